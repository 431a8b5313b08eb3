"""Answers as lines of text for a person.

This file knows how lists look. It refuses to know where they come from.
"""

from collections.abc import Collection, Mapping

from client.cli.attention import alarm, other, turned_away
from client.cli.console import Console
from keys.calendar import Day, Instant
from keys.wire import Value


def text(row: Mapping[str, Value], name: str) -> str:
    """Return a text of an answer, or nothing."""
    value = row.get(name)
    return value if isinstance(value, str) else ""


def number(row: Mapping[str, Value], name: str) -> int:
    """Return a number of an answer, or 0."""
    value = row.get(name)
    return value if isinstance(value, int) else 0


def items(row: Mapping[str, Value], name: str) -> list[Value]:
    """Return a list of an answer, or an empty one."""
    value = row.get(name)
    return value if isinstance(value, list) else []


def texts(row: Mapping[str, Value], name: str) -> list[str]:
    """Return a list of texts of an answer."""
    return [one for one in items(row, name) if isinstance(one, str)]


def rows(row: Mapping[str, Value], name: str) -> list[Mapping[str, Value]]:
    """Return a list of maps of an answer."""
    return [one for one in items(row, name) if isinstance(one, dict)]


def status(console: Console, answer: Mapping[str, Value]) -> list[str]:
    """Return the three lists: out, in, and what to look at."""
    say = console.say
    lines = [alarm(console, word) for word in texts(answer, "alarms")]
    lines += [say(f"warning.{word}") for word in texts(answer, "warnings")]
    if number(answer, "forgotten"):
        lines.append(say("status.gone_unseen", count=number(answer, "forgotten")))
    if not answer.get("unlocked"):
        new = number(answer, "new")
        return [*lines, say("status.locked"), *([say("status.something_new")] if new else [])]
    out = [_draft(console, one) for one in rows(answer, "drafts")]
    out += [_asked(console, one) for one in rows(answer, "asked")]
    told = {text(one, "code_name") for one in rows(answer, "reminders") if _unanswered(one)}
    out += [line for one in rows(answer, "out") for line in _out(console, one, told)]
    came: list[str] = []
    for one in rows(answer, "inquiries"):
        came += [_asked(console, one), *(f"  {fact}" for fact in _facts(console, one))]
    came += [line for one in rows(answer, "in") for line in _in(console, one)]
    for heading, found in (("status.out", out), ("status.in", came)):
        lines += [say(heading), *(f"  {line}" for line in found or [say("status.nothing")])]
    left = tasks(console, answer)
    lines += [say("status.tasks"), *(f"  {line}" for line in left)] if left else []
    attention = texts(answer, "attention")
    if attention:
        lines.append(say("status.attention", names=", ".join(attention)))
    for kept_out in items(answer, "recused"):
        match kept_out:
            case [str(name), str(who)]:
                lines.append(say("status.recused", name=name, who=who))
            case _:
                continue
    second = texts(answer, "second")
    if second:
        lines.append(say("status.second", names=", ".join(second)))
    if number(answer, "refused"):
        lines.append(say("status.refused", count=number(answer, "refused")))
        lines += [f"  {line}" for line in turned_away(console, items(answer, "turned_away"))]
    due = [line for one in rows(answer, "reminders") for line in _reminder(console, one)]
    return [*lines, *([say("status.reminders"), *due] if due else [])]


def _unanswered(reminder: Mapping[str, Value]) -> bool:
    return text(reminder, "what") == "not_answered"


def _reminder(console: Console, row: Mapping[str, Value]) -> list[str]:
    """Return a reminder, and below it whom to ring, in order."""
    say = console.say
    said = say(f"remind.{text(row, 'what')}", day=day(console, number(row, "day")))
    found = [f"  {text(row, 'code_name')}  {said}"]
    for place, who in enumerate(texts(row, "ring"), start=1):
        phone = f" {text(row, 'phone')}" if who in ("receiver", "sender") else ""
        found.append(f"    {place}. {say(f'ring.{who}')}{phone}".rstrip())
    return found


def _draft(console: Console, row: Mapping[str, Value]) -> str:
    state = "consent" if row.get("consent") else "draft"
    return f"{text(row, 'code_name')}  {console.say(f'status.{state}')}"


def _asked(console: Console, row: Mapping[str, Value]) -> str:
    said = text(row, "answer") or "none"
    answer = console.say(f"inquiry.{said}")
    return f"{text(row, 'code_name')}  {other(console, row, 'centre')}  {answer}"


def _facts(console: Console, row: Mapping[str, Value]) -> list[str]:
    """Return what an inquiry asks, a line for each question."""
    found: list[str] = []
    for fact in items(row, "facts"):
        match fact:
            case [str(name), list(said)]:
                label = console.say(f"field.place_inquiry.{name}")
                texts = [_fact(console, name, one) for one in said]
                found.append(f"{label}: {', '.join(texts)}")
            case _:
                continue
    return found


def _fact(console: Console, name: str, said: Value) -> str:
    if isinstance(said, int):
        return console.words.day(Day(said)) if name == "from_when" else str(said)
    return console.say(str(said))


def _out(console: Console, row: Mapping[str, Value], told: Collection[str]) -> list[str]:
    """Return the lines of one envelope; what a reminder says of those in `told` is not repeated."""
    say = console.say
    state = say(f"state.{text(row, 'state')}")
    kind = say(f"kind.{text(row, 'kind')}")
    to = other(console, row, "to")
    found = [f"{text(row, 'code_name')}  {kind}  {to}  {state}"]
    if text(row, "police"):
        found.append(f"  {say('police.status.' + text(row, 'police'))}")
    if text(row, "answer"):
        found.append(f"  {say('answered.' + text(row, 'answer'))}")
    flags = ("recipient_gone", "contradicted", "no_answer", "uncertain", "again")
    found += [
        f"  {say('status.' + flag)}"
        for flag in flags
        if row.get(flag) and not (flag == "no_answer" and text(row, "code_name") in told)
    ]
    return found


def _in(console: Console, row: Mapping[str, Value]) -> list[str]:
    say = console.say
    shut = text(row, "kind").startswith("police_") and text(row, "state") == "waiting"
    state = say("state.in.unread" if shut else f"state.in.{text(row, 'state')}")
    kind = say(f"kind.{text(row, 'kind')}")
    phone = f"  {say('status.by_phone')}" if row.get("by_phone") else ""
    found = [f"{text(row, 'code_name')}  {kind}  {other(console, row, 'from')}  {state}{phone}"]
    if number(row, "answer_by"):
        asked = "status.journal_late" if row.get("late") else "status.journal"
        found.append(f"  {say(asked, day=day(console, number(row, 'answer_by')))}")
    return found


def part_label(console: Console, part_id: str) -> str:
    """Return a part's name in words, with its number where it has one."""
    name, _, number_ = part_id.partition(".")
    return f"{console.say(f'part.{name}')} {number_}".rstrip()


def sent(console: Console, answer: Mapping[str, Value]) -> list[str]:
    """Return whether all of it is with the broker, why not, and the arrival code."""
    said = [console.say("cli.kept" if answer.get("kept") else "cli.waiting")]
    why = f"refusal.{text(answer, 'why')}.what"
    if why in console.words:
        said.append(console.say(why))
    code = text(answer, "arrival_code")
    return [*said, *([console.say("cli.code", code=code)] if code else [])]


def findings(console: Console, answer: Mapping[str, Value]) -> list[str]:
    """Return what the check found, each with its colour as a word."""
    found: list[str] = []
    for one in items(answer, "findings"):
        match one:
            case [str(colour), str(msgid)]:
                found.append(f"{console.say('colour.' + colour)}  {console.say(msgid)}")
            case [str(colour), str(msgid), int(child)]:
                said = console.say(msgid, number=child)
                found.append(f"{console.say('colour.' + colour)}  {said}")
            case _:
                continue
    return found


def tasks(console: Console, answer: Mapping[str, Value]) -> list[str]:
    """Return what is left to do: the case, the task's name, until when, and why."""
    found: list[str] = []
    for one in rows(answer, "tasks"):
        until = console.words.moment(Instant(number(one, "deadline")))
        when = console.say("task.overdue" if one.get("overdue") else "task.until", when=until)
        head = [text(one, "code_name"), text(one, "task")]
        found.append("  ".join([*head, *([when] if number(one, "deadline") else [])]))
        law = f" ({console.say(text(one, 'law'))})" if text(one, "law") else ""
        found.append(f"  {console.say(text(one, 'why'), number=number(one, 'number'))}{law}")
    return found


def day(console: Console, value: int) -> str:
    """Return a day in words."""
    return console.words.day(Day(value))
