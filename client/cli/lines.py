"""Answers as lines of text for a person.

This file knows how lists look. It refuses to know where they come from.
"""

from collections.abc import Collection, Mapping

from client.cli.voice import Voice
from client.labels import labelled
from keys.calendar import Day, Instant
from keys.wire import Value

_RING_THEM = frozenset({"declined", "could_not_contact"})
"""Words of the own district after which the centre rings it."""
_LOCKED = frozenset({"sealed", "kept", "stored", "opened"})
"""States of a case that is sealed to whoever it goes to, who is not forgotten."""
_NO_CONTACT = "check.could_not_contact"


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


def row(
    answer: Mapping[str, Value], which: str, code_name: str, kind: str = ""
) -> Mapping[str, Value] | None:
    """Return the newest row of a case in one of the lists, of a kind if one is named; or None."""
    there = [one for one in rows(answer, which) if kind in ("", text(one, "kind"))]
    return next((one for one in reversed(there) if text(one, "code_name") == code_name), None)


def kept_out(answer: Mapping[str, Value]) -> list[tuple[str, str]]:
    """Return who keeps out of which case, as pairs of code name and name."""
    found: list[tuple[str, str]] = []
    for pair in items(answer, "recused"):
        match pair:
            case [str(name), str(who)]:
                found.append((name, who))
            case _:
                continue
    return found


def recused(voice: Voice, answer: Mapping[str, Value]) -> list[str]:
    """Return who keeps out of which case, in words."""
    return [voice.say("status.recused", name=name, who=who) for name, who in kept_out(answer)]


def unanswered(reminder: Mapping[str, Value]) -> bool:
    """Tell whether a reminder says that nobody has answered."""
    return text(reminder, "what") == "not_answered"


def reminder(voice: Voice, row: Mapping[str, Value]) -> list[str]:
    """Return a reminder, and below it whom to ring, in order."""
    say = voice.say
    said = say(f"remind.{text(row, 'what')}", day=day(voice, number(row, "day")))
    found = [f"  {text(row, 'code_name')}  {said}"]
    for place, who in enumerate(texts(row, "ring"), start=1):
        phone = f" {text(row, 'phone')}" if who in ("receiver", "sender") else ""
        found.append(f"    {place}. {say(f'ring.{who}')}{phone}".rstrip())
    return found


def onward(voice: Voice, row: Mapping[str, Value]) -> list[str]:
    """Return what an answer to an inquiry says beside its word, and whom to ring."""
    found = [
        voice.say(f"inquiry.{name}", day=day(voice, number(row, name)))
        for name in ("first", "valid_until")
        if number(row, name)
    ]
    found += [voice.say(f"inquiry.reason.{word}") for word in texts(row, "reasons")]
    phone, suggest = text(row, "phone"), text(row, "suggest")
    if suggest:
        found.append(voice.say("inquiry.suggest", centre=suggest))
    elif text(row, "answer") == "no":
        found.append(voice.say("inquiry.we_help"))
    if phone:
        found.append(voice.say("inquiry.ring", phone=phone))
    return found


def facts(voice: Voice, row: Mapping[str, Value]) -> list[str]:
    """Return what an inquiry asks, a line for each question."""
    found: list[str] = []
    for fact in items(row, "facts"):
        match fact:
            case [str(name), list(said)]:
                label = voice.say(f"field.place_inquiry.{name}")
                texts = [_fact(voice, name, one) for one in said]
                found.append(labelled(label, ", ".join(texts)))
            case _:
                continue
    return found


def _fact(voice: Voice, name: str, said: Value) -> str:
    if isinstance(said, int):
        return voice.words.day(Day(said)) if name == "from_when" else str(said)
    return voice.say(str(said))


def notes_out(voice: Voice, row: Mapping[str, Value], told: Collection[str]) -> list[str]:
    """Return what there is to say of one envelope beside its state."""
    say = voice.say
    found: list[str] = []
    if text(row, "police"):
        found.append(say(f"police.status.{text(row, 'police')}"))
    if text(row, "reason"):
        found.append(say(f"police.reason.{text(row, 'reason')}"))
    if text(row, "police") in _RING_THEM and text(row, "district_phone"):
        found.append(say("police.ring_own", phone=text(row, "district_phone")))
    if text(row, "answer"):
        found.append(say(f"answered.{text(row, 'answer')}"))
    flags = ("recipient_gone", "contradicted", "no_answer", "uncertain", "again")
    astray = text(row, "state") == "misrouted"
    found += [
        say("status.again_misrouted" if flag == "again" and astray else f"status.{flag}")
        for flag in flags
        if row.get(flag) and not (flag == "no_answer" and text(row, "code_name") in told)
    ]
    return found


def secrecy(voice: Voice, row: Mapping[str, Value]) -> list[str]:
    """Return what keys that are stolen later open of a case that is on its way or has come."""
    found = text(row, "forward_secrecy")
    case = text(row, "kind") == "case_package" and text(row, "state") in _LOCKED
    return [voice.say(f"status.secrecy.{found}")] if found and case else []


def state_in(voice: Voice, row: Mapping[str, Value]) -> str:
    """Return the state of what came, in words."""
    kind, state = text(row, "kind"), text(row, "state")
    if not kind.startswith("police_"):
        return voice.say(f"state.in.{state}")
    if state == "confirmed" and text(row, "police"):
        return voice.say(f"state.in.police.{text(row, 'police')}")
    if kind == "police_view" and state == "opened" and row.get("settled"):
        return voice.say("state.in.police.answered")
    return voice.say("state.in.unread" if state == "waiting" else f"state.in.{state}")


def owed_in(voice: Voice, row: Mapping[str, Value]) -> list[str]:
    """Return until when the sender waits for an answer about the journal."""
    if not number(row, "answer_by"):
        return []
    asked = "status.journal_late" if row.get("late") else "status.journal"
    return [voice.say(asked, day=day(voice, number(row, "answer_by")))]


def part_label(voice: Voice, part_id: str) -> str:
    """Return a part's name in words, with its number where it has one."""
    name, _, number_ = part_id.partition(".")
    return f"{voice.say(f'part.{name}')} {number_}".rstrip()


def consented(voice: Voice, answer: Mapping[str, Value]) -> str:
    """Return what an answer of the person lets out, or that it lets out nothing."""
    centre = text(answer, "centre")
    if not answer.get("consent"):
        return voice.say("cli.no_consent", centre=centre) if centre else voice.say("cli.no_centre")
    return voice.say("cli.consent", centre=centre)


def sent(voice: Voice, answer: Mapping[str, Value]) -> list[str]:
    """Return whether all of it is with the broker, why not, and the arrival code."""
    kept = [voice.say("cli.kept" if answer.get("kept") else "cli.waiting")]
    said = rides(voice, answer) or kept
    why = f"refusal.{text(answer, 'why')}.what"
    if why in voice.words:
        said.append(voice.say(why))
    code = text(answer, "arrival_code")
    return [*said, *([voice.say("cli.code", code=code)] if code else [])]


def waits(voice: Voice, answer: Mapping[str, Value]) -> list[str]:
    """Return by when what waits in the lanes has left; nothing where nothing waits in them.

    Of what is urgent also whether some of it has left, and what to do when that is too late.
    """
    by = number(answer, "leaves_by")
    if not by:
        return []
    at = voice.words.moment(Instant(by))
    if not answer.get("held_up"):
        return [voice.say("cli.rides", moment=at)]
    begun = voice.say("web.rides.begun" if answer.get("begun") else "not_sent")
    return [begun, voice.say("cli.held_up", moment=at)]


def rides(voice: Voice, answer: Mapping[str, Value]) -> list[str]:
    """Return what `waits` does, and how what is not urgent may be made so."""
    found = waits(voice, answer)
    return [*found, voice.say("cli.rides_why")] if found and not answer.get("held_up") else found


def haste(voice: Voice, answer: Mapping[str, Value], seen: str = "urgent.seen") -> list[str]:
    """Return what is seen of what leaves at once, and by when the last of it leaves that must wait.

    Args:
        voice: says it.
        answer: how it would leave.
        seen: what says what is seen: of what a centre asks the police that is more.
    """
    by = number(answer, "haste_by")
    moment = voice.words.moment(Instant(by)) if by else ""
    if answer.get("haste_waits"):
        later = [voice.say(seen)] if answer.get("haste_seen") else []
        return [voice.say("urgent.waits", moment=moment), *later]
    at_once = [] if answer.get("rides") else [voice.say("urgent.no_lane")]
    waits = [voice.say("urgent.held_up", moment=moment)] if by else []
    return [*at_once, voice.say(seen), *waits]


def asking(voice: Voice, directory: Mapping[str, Value], count: int) -> list[str]:
    """Return the same of `count` questions, and how many of them leave at once if not all do."""
    spare = number(directory, "at_once")
    seen = haste(voice, {"rides": directory.get("rides")}) if spare else []
    return [*seen, *([voice.say("urgent.only", count=spare)] if spare < count else [])]


def soon(voice: Voice, answer: Mapping[str, Value]) -> list[str]:
    """Return when what waits for the next fixed sending leaves, where the answer says it."""
    minutes = number(answer, "minutes")
    return [voice.say("cli.soon", minutes=minutes)] if minutes else []


def phone_not_urgent(answer: Mapping[str, Value]) -> bool:
    """Tell whether a check found that a yes by telephone is not for a case like this (C-4.6)."""
    found = items(answer, "findings")
    return any(isinstance(one, list) and "check.phone_not_urgent" in one for one in found)


def findings(voice: Voice, answer: Mapping[str, Value]) -> list[str]:
    """Return what the check found, each with its colour as a word."""
    found: list[str] = []
    for one in items(answer, "findings"):
        match one:
            case [str(colour), str(msgid)]:
                found.append(f"{voice.say('colour.' + colour)}  {voice.say(msgid)}")
            case [str(colour), str(msgid), int(child)]:
                said = voice.say(msgid, number=child)
                found.append(f"{voice.say('colour.' + colour)}  {said}")
            case _:
                continue
    if any(isinstance(one, list) and _NO_CONTACT in one for one in items(answer, "findings")):
        found.append(voice.say("police.ring_own", phone=text(answer, "district_phone")))
    return found


def tasks(voice: Voice, answer: Mapping[str, Value]) -> list[str]:
    """Return what is left to do: the case, the task's name, until when, and why."""
    found: list[str] = []
    for one in rows(answer, "tasks"):
        until = voice.words.moment(Instant(number(one, "deadline")))
        when = voice.say("task.overdue" if one.get("overdue") else "task.until", when=until)
        at = f"{number(one, 'at')}." if number(one, "at") else ""
        head = [text(one, "code_name"), *([at] if at else []), text(one, "task")]
        found.append("  ".join([*head, *([when] if number(one, "deadline") else [])]))
        found.append(f"  {why(voice, one)}")
    return found


def why(voice: Voice, task: Mapping[str, Value]) -> str:
    """Return why a task is one, with the law that says so."""
    law = f" ({voice.say(text(task, 'law'))})" if text(task, "law") else ""
    return voice.say(text(task, "why"), number=number(task, "number")) + law


def day(voice: Voice, value: int) -> str:
    """Return a day in words."""
    return voice.words.day(Day(value))
