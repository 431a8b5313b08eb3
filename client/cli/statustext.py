"""The status on the screen: what to look at first, then what came, what went, and how much is left.

This file knows the order of the lists. It refuses to say that something is to be looked at without
saying why.
"""

from collections.abc import Collection, Mapping

from client.cli import lines
from client.cli.attention import alarm, other, restored, turned_away
from client.cli.voice import Voice
from keys.calendar import Instant
from keys.wire import Value


def status(voice: Voice, answer: Mapping[str, Value]) -> list[str]:
    """Return what to look at, what to remember, what came, what went, and how much is left."""
    say = voice.say
    found = [alarm(voice, word) for word in lines.texts(answer, "alarms")]
    found += restored(voice, answer)
    found += [say(f"warning.{word}") for word in lines.texts(answer, "warnings")]
    if lines.number(answer, "forgotten"):
        found.append(say("status.gone_unseen", count=lines.number(answer, "forgotten")))
    found += last_read(voice, answer)
    if not answer.get("unlocked"):
        new = lines.number(answer, "new")
        return [*found, say("status.locked"), *([say("status.something_new")] if new else [])]
    return [*found, *_first(voice, answer), *_lists(voice, answer), *_last(voice, answer)]


def last_read(voice: Voice, answer: Mapping[str, Value]) -> list[str]:
    """Return when every board was last read, with the day when it was not today.

    It is the same locked and unlocked; a service that does not say so is not spoken for, nor is a
    clock that was set back.
    """
    match answer.get("read_at"), answer.get("now"):
        case int(last), int(now) if last <= now:
            pass
        case _:
            return []
    if not last:
        return [voice.say("status.never_read")]
    return [voice.say("status.read", when=voice.words.lately(Instant(last), Instant(now)))]


def _first(voice: Voice, answer: Mapping[str, Value]) -> list[str]:
    """Return what somebody should look at, and what is due."""
    say = voice.say
    looked = [f"  {to_look_at(voice, answer, one)}" for one in lines.texts(answer, "attention")]
    found = [say("status.attention"), *looked] if looked else []
    second = lines.texts(answer, "second")
    if second:
        found.append(say("status.second", names=", ".join(second)))
    if lines.number(answer, "refused"):
        found.append(say("status.refused", count=lines.number(answer, "refused")))
        away = turned_away(voice, lines.items(answer, "turned_away"))
        found += [f"  {line}" for line in away]
    due = [line for one in lines.rows(answer, "reminders") for line in lines.reminder(voice, one)]
    return [*found, *([say("status.reminders"), *due] if due else [])]


def to_look_at(voice: Voice, answer: Mapping[str, Value], name: str) -> str:
    """Return a case that somebody should look at, and what has happened to it."""
    code_name, _, code = name.partition(" (")
    refused = f"refusal.{code.removesuffix(')')}.what"
    if code and refused in voice.words:
        return f"{code_name}  {voice.say(refused)}"
    said = [
        lines.state_in(voice, one)
        for one in lines.rows(answer, "in")
        if lines.text(one, "code_name") == name
    ]
    said += [
        voice.say(f"state.{lines.text(one, 'state')}")
        for one in lines.rows(answer, "out")
        if lines.text(one, "code_name") == name
    ]
    return f"{code_name}  {said[-1] if said else voice.say('status.changed')}"


def _lists(voice: Voice, answer: Mapping[str, Value]) -> list[str]:
    """Return what came and what went."""
    came: list[str] = []
    for one in lines.rows(answer, "inquiries"):
        came += [_asked(voice, one), *(f"  {fact}" for fact in lines.facts(voice, one))]
    came += [line for one in lines.rows(answer, "in") for line in _in(voice, one)]
    out = [_draft(voice, one) for one in lines.rows(answer, "drafts")]
    for one in lines.rows(answer, "asked"):
        out += [_asked(voice, one), *(f"  {line}" for line in lines.onward(voice, one))]
    reminders = lines.rows(answer, "reminders")
    told = {lines.text(one, "code_name") for one in reminders if lines.unanswered(one)}
    out += [line for one in lines.rows(answer, "out") for line in _out(voice, one, told)]
    found: list[str] = []
    for heading, listed in (("status.in", came), ("status.out", out)):
        nothing = [voice.say("status.nothing")]
        found += [voice.say(heading), *(f"  {line}" for line in listed or nothing)]
    return found


def _last(voice: Voice, answer: Mapping[str, Value]) -> list[str]:
    """Return who keeps out of what, and how much is left to do."""
    found = lines.recused(voice, answer)
    left = lines.rows(answer, "tasks")
    if left:
        found.append(voice.say("status.tasks", count=len(left)))
    late = sum(bool(one.get("overdue")) for one in left)
    return [*found, *([voice.say("status.tasks_late", count=late)] if late else [])]


def _draft(voice: Voice, row: Mapping[str, Value]) -> str:
    state = "consent" if row.get("consent") else "draft"
    return f"{lines.text(row, 'code_name')}  {voice.say(f'status.{state}')}"


def _asked(voice: Voice, row: Mapping[str, Value]) -> str:
    said = lines.text(row, "answer") or "none"
    answer = voice.say(f"inquiry.{said}")
    return f"{lines.text(row, 'code_name')}  {other(voice, row, 'centre')}  {answer}"


def _out(voice: Voice, row: Mapping[str, Value], told: Collection[str]) -> list[str]:
    """Return the lines of one envelope; what a reminder says of those in `told` is not repeated."""
    state = voice.say(f"state.{lines.text(row, 'state')}")
    kind = voice.say(f"kind.{lines.text(row, 'kind')}")
    to = other(voice, row, "to")
    head = f"{lines.text(row, 'code_name')}  {kind}  {to}  {state}"
    notes = [*lines.notes_out(voice, row, told), *lines.secrecy(voice, row)]
    return [head, *(f"  {note}" for note in notes)]


def _in(voice: Voice, row: Mapping[str, Value]) -> list[str]:
    state, kind = lines.state_in(voice, row), voice.say(f"kind.{lines.text(row, 'kind')}")
    phone = f"  {voice.say('status.by_phone')}" if row.get("by_phone") else ""
    head = f"{lines.text(row, 'code_name')}  {kind}  {other(voice, row, 'from')}  {state}{phone}"
    return [head, *(f"  {note}" for note in lines.owed_in(voice, row))]
