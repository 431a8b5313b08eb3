"""What a district is shown of a request, a notice or a question, as lines of text.

This file knows the order and the labels. It refuses to leave out that the person objects.
"""

from collections.abc import Mapping

from client.cli import lines
from client.cli.console import Console
from client.labels import labelled
from keys.wire import Value


def shown(console: Console, answer: Mapping[str, Value]) -> list[str]:
    """Return a request or a notice, line by line with each reason."""
    say = console.say
    found = [say("police_only"), say(f"kind.{lines.text(answer, 'kind')}")]
    if lines.text(answer, "basis"):
        found.append(say(f"choice.police_basis.{lines.text(answer, 'basis')}"))
    for name in ("user_told", "user_objects"):
        if lines.text(answer, name):
            label = say(f"field.police_request.{name}")
            found.append(labelled(label, say(f"choice.yes_no.{lines.text(answer, name)}")))
    if lines.text(answer, "user_told_why_not"):
        label = say("field.police_request.user_told_why_not")
        found.append(labelled(label, lines.text(answer, "user_told_why_not")))
    match lines.items(answer, "consultation"):
        case [str(said), str(role), str(when)]:
            label = say("field.police_request.move_in_consultation_with_police")
            known = (say(f"choice.in_consultation.{said}"), role, when)
            found.append(labelled(label, ", ".join(one for one in known if one)))
        case _:
            pass
    if lines.text(answer, "authority"):
        found.append(f"{say('police.authority')}: {lines.text(answer, 'authority')}")
    for number_, line in enumerate(lines.items(answer, "lines"), start=1):
        match line:
            case [str(kind), what, str(why)]:
                label = say(f"field.police_request.lines.{kind}")
                found.append(f"{number_}. {labelled(label, _said(what))}")
                found.append(f"   {say('police.why')}: {why}")
            case _:
                continue
    return found + _heard(console, answer)


def _heard(console: Console, answer: Mapping[str, Value]) -> list[str]:
    """Return what other districts said back, for the home district alone."""
    say = console.say
    found: list[str] = []
    for said in lines.items(answer, "heard"):
        match said:
            case [str(word), str(role), str(phone), int(when)]:
                spoken = [say(f"choice.view_word.{word}")] if word else []
                spoken += [say("police.ring", role=role, phone=phone)] if phone else []
                found.append(f"{lines.day(console, when)}  {'  '.join(spoken)}")
            case _:
                continue
    return [say("police.heard"), *found] if found else []


def _said(value: Value) -> str:
    if isinstance(value, list):
        return "; ".join(_said(one) for one in value)
    if isinstance(value, dict):
        return "; ".join(_said(one) for one in value.values())
    return str(value)
