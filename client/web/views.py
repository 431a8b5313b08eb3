"""Answers of the service as rows of a page, in the words that the command line says them in.

This file knows which button stands on which row. It refuses to know a verb.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from client.cli import lines, statustext
from client.cli.attention import alarm, other, restored, turned_away
from client.cli.voice import Voice
from client.vocabulary import READ
from client.web.door import Visit
from keys.calendar import Instant
from keys.wire import Value

Answer: TypeAlias = Mapping[str, Value]

_SENT: Final = frozenset({"kept", "stored", "opened", "confirmed", "unconfirmed", "answered"})
_NOT_YET: Final = frozenset({"intended", "sealed"})
_LEFT: Final = frozenset({"kept", "stored", "opened"})
LIVE: Final = _NOT_YET | _LEFT
"""States of what went to the own district and has not come to its end."""
_POLICE: Final = "police"
_ASKED: Final = frozenset({"police_request", "police_view_request"})
_POLICE_READ: Final = ("waiting", "opened", "confirmed")
_HERE: Final = {"recheck": "recheck", "consent_ends": "renew", "consent_ended": "renew"}
"""On which page staff answer a reminder of a case that is open here."""
_SHADES: Final = {"red": "danger", "yellow": "warning", "green": "success"}
OPEN: Final = ("opened", "confirmed")
UNREAD: Final = ("incomplete", "waiting")  # whoever comes while a file travels is let in too


@dataclass(frozen=True, slots=True)
class Row:
    """One thing in a list.

    Attributes:
        code_name: its name here, which names nobody.
        state: its state in words.
        colour: how the state is shown beside the words: `info`, `success`, `warning`, `neutral`.
        what: which kind of thing, and with whom.
        notes: what there is to say beside.
        buttons: where one goes next, each an address and the msgid of its text.
        asides: where one may go as well, and nobody should by habit: what is taken back there goes.
    """

    code_name: str
    state: str
    colour: str
    what: tuple[str, ...]
    notes: tuple[str, ...] = ()
    buttons: tuple[tuple[str, str], ...] = ()
    asides: tuple[tuple[str, str], ...] = ()


def came(voice: Voice, visit: Visit, answer: Answer) -> list[Row]:
    """Return what came, what can be done now first."""
    rows = [_came(voice, visit, row) for row in lines.rows(answer, "in")]
    for row in lines.rows(answer, "inquiries"):
        address = f"/place/{visit.word(lines.text(row, 'code_name'))}"
        button = () if lines.text(row, "answer") else ((address, "web.place.answer"),)
        rows.append(_asked(voice, row, lines.facts(voice, row), button))
    return sorted(rows, key=lambda row: not row.buttons)


def came_to(voice: Voice, visit: Visit, answer: Answer) -> list[tuple[str, str, list[Row]]]:
    """Return what came, under headings where a district has two kinds of it.

    Each is the msgid of a heading, or none, what is said where nothing came, and the rows.
    """
    if visit.role != _POLICE:
        return [("", "web.inbox_none", came(voice, visit, answer))]
    found: dict[str, list[Row]] = {"web.requests": [], "web.warned": []}
    for one in lines.rows(answer, "in"):
        heading = "web.requests" if lines.text(one, "kind") in _ASKED else "web.warned"
        found[heading].append(_came(voice, visit, one))
    return [
        (heading, f"{heading}.none", sorted(rows, key=lambda row: not row.buttons))
        for heading, rows in found.items()
    ]


def _came(voice: Voice, visit: Visit, row: Answer) -> Row:
    code_name, state = lines.text(row, "code_name"), lines.text(row, "state")
    word = visit.word(code_name)
    buttons: list[tuple[str, str]] = []
    asides: list[tuple[str, str]] = []
    if lines.text(row, "kind") == "case_package":
        if state in UNREAD:
            buttons.append((f"/arrival/{word}", "web.arrived"))
        if lines.number(row, "answer_by"):
            buttons.append((f"/journal/{word}", "web.answer_journal"))
        if state in OPEN:
            buttons.append((f"/card/{word}", "web.show_card"))
            asides.append((f"/back/{word}", "web.back_all"))
        if state in (*UNREAD, *OPEN):
            asides.append((f"/not-ours/{word}", "web.not_ours"))
    elif state in _POLICE_READ:
        done = state == "confirmed" or bool(row.get("settled"))
        page = "review" if lines.text(row, "kind") in _ASKED else "notice"
        (asides if done else buttons).append((f"/{page}/{word}", f"web.{page}.go"))
    colours = {"waiting": "info", "opened": "warning", "confirmed": "success"}
    notes = [voice.say("status.by_phone")] if row.get("by_phone") else []
    notes += lines.owed_in(voice, row)
    if lines.number(row, "tries"):
        notes.append(voice.say("web.tries", count=lines.number(row, "tries")))
    what = (voice.say(f"kind.{lines.text(row, 'kind')}"), other(voice, row, "from"))
    colour = colours.get(state, "neutral")
    told = lines.state_in(voice, row)
    return Row(code_name, told, colour, what, tuple(notes), tuple(buttons), tuple(asides))


def _asked(
    voice: Voice,
    row: Answer,
    notes: list[str],
    buttons: tuple[tuple[str, str], ...] = (),
    asides: tuple[tuple[str, str], ...] = (),
) -> Row:
    said = lines.text(row, "answer") or "none"
    what = (voice.say("kind.place_inquiry"), other(voice, row, "centre"))
    state = voice.say(f"inquiry.{said}")
    return Row(lines.text(row, "code_name"), state, "neutral", what, tuple(notes), buttons, asides)


def out(voice: Voice, visit: Visit, answer: Answer) -> list[tuple[str, list[Row]]]:
    """Return what goes out: the msgid of a heading, and its rows; what is not sent comes first."""
    told = {
        lines.text(one, "code_name")
        for one in lines.rows(answer, "reminders")
        if lines.unanswered(one)
    }
    drafts = [_draft(voice, visit, one) for one in lines.rows(answer, "drafts")]
    found: dict[str, list[Row]] = {"web.not_sent": drafts, "web.sent": [], "web.over": []}
    found["web.sent"] += [
        _asked(voice, one, lines.onward(voice, one), asides=_answers(visit, one))
        for one in lines.rows(answer, "asked")
    ]
    for one in lines.rows(answer, "out"):
        state = lines.text(one, "state")
        where = "web.not_sent" if state in _NOT_YET else "web.over"
        found["web.sent" if state in _SENT else where].append(_out(voice, visit, one, told))
    return list(found.items())


def _answers(visit: Visit, row: Answer) -> tuple[tuple[str, str], ...]:
    return ((f"/ask/{visit.word(lines.text(row, 'code_name'))}", "web.ask.see"),)


def _draft(voice: Voice, visit: Visit, row: Answer) -> Row:
    state = "status.consent" if row.get("consent") else "status.draft"
    code_name = lines.text(row, "code_name")
    word = visit.word(code_name)
    asked, checked = (f"/consent/{word}", "web.consent"), (f"/send/{word}", "web.send")
    ready = (checked, asked) if row.get("consent") else (asked, checked)
    buttons = ((f"/case/{word}", "web.steps.go_on"), *ready)
    asides = ((f"/police/{word}", "web.police"),)
    return Row(code_name, voice.say(state), "warning", (), buttons=buttons, asides=asides)


def _out(voice: Voice, visit: Visit, row: Answer, told: set[str]) -> Row:
    state = lines.text(row, "state")
    colours = {"confirmed": "success", "intended": "warning", "sealed": "warning"}
    what = (voice.say(f"kind.{lines.text(row, 'kind')}"), other(voice, row, "to"))
    notes = lines.notes_out(voice, row, told)
    colour = colours.get(state, "info" if state in _SENT else "neutral")
    code_name = lines.text(row, "code_name")
    asides: list[tuple[str, str]] = []
    buttons: list[tuple[str, str]] = []
    if lines.text(row, "kind") == "case_package":
        word = visit.word(code_name)
        if state in _NOT_YET:
            buttons.append((f"/job/{word}", "web.job.runs"))
        if state in _LEFT:
            buttons.append((f"/sent/{word}", "web.sent.show"))
        if row.get("again"):
            buttons.append((f"/send/{word}", "web.send"))
        if state in _NOT_YET | _LEFT:
            asides.append((f"/back/{word}", "web.back_all"))
        if state in _LEFT:
            asides.append((f"/wrong/{word}", "web.wrong"))
    if visit.role != _POLICE and (lines.text(row, "kind") in _ASKED or state in _NOT_YET | _LEFT):
        asides.append((f"/police/{visit.word(code_name)}", "web.police"))
    told_ = voice.say(f"state.{state}")
    return Row(code_name, told_, colour, what, tuple(notes), tuple(buttons), tuple(asides))


def told(voice: Voice, row: Answer) -> Row:
    """Return what went to the own district, with its state and the one word that came back."""
    state = lines.text(row, "state")
    what = (voice.say(f"kind.{lines.text(row, 'kind')}"), other(voice, row, "to"))
    notes = tuple(lines.notes_out(voice, row, ()))
    colour = "success" if state == "answered" else "info" if state in LIVE else "neutral"
    return Row(lines.text(row, "code_name"), voice.say(f"state.{state}"), colour, what, notes)


def findings(voice: Voice, answer: Answer) -> list[tuple[str, str, str]]:
    """Return what the check found: its colour as a word, how it is shown, and the sentence."""
    found: list[tuple[str, str, str]] = []
    for one in lines.items(answer, "findings"):
        match one:
            case [str(colour), str(msgid), *rest]:
                number = rest[0] if rest and isinstance(rest[0], int) else 0
                said = voice.say(msgid, number=number)
                found.append((voice.say(f"colour.{colour}"), _SHADES[colour], said))
            case _:
                continue
    return found


def tasks(voice: Voice, visit: Visit, answer: Answer) -> list[Row]:
    """Return what is left to do, with until when and why."""
    found: list[Row] = []
    for one in lines.rows(answer, "tasks"):
        until = voice.words.moment(Instant(lines.number(one, "deadline")))
        late = bool(one.get("overdue"))
        when = voice.say("task.overdue" if late else "task.until", when=until)
        state = when if lines.number(one, "deadline") else voice.say("web.no_deadline")
        name, colour = lines.text(one, "code_name"), "danger" if late else "info"
        told = lines.text(one, "task") == READ
        why = voice.say("web.astray.why") if told else lines.why(voice, one)
        buttons = ((f"/astray/{visit.word(name)}", "web.astray"),) if told else ()
        found.append(Row(name, state, colour, (), (why,), buttons))
    return found


def reminders(
    voice: Voice, visit: Visit, answer: Answer
) -> list[tuple[str, list[str], tuple[str, str, str] | None]]:
    """Return each reminder, below it whom to ring in order, and the button that leads there."""
    found: list[tuple[str, list[str], tuple[str, str, str] | None]] = []
    for one in lines.rows(answer, "reminders"):
        head, *rest = lines.reminder(voice, one)
        there = _leads(visit, answer, one)
        found.append((head.strip(), [line.strip() for line in rest], there))
    return found


def _leads(visit: Visit, answer: Answer, reminder: Answer) -> tuple[str, str, str] | None:
    """Return where a reminder is answered, the msgid of its button, and the case; if anywhere."""
    name, what = lines.text(reminder, "code_name"), lines.text(reminder, "what")
    here = lines.row(answer, "in", name, "case_package")
    if here is not None and lines.text(here, "state") in OPEN and what in _HERE:
        page = _HERE[what]
        return f"/{page}/{visit.word(name)}", f"web.{page}", name
    draft = lines.row(answer, "drafts", name)
    if draft is not None and what == "consent_ends":
        return f"/consent/{visit.word(name)}", "web.consent", name
    return None


def look(voice: Voice, answer: Answer) -> list[str]:
    """Return what is to be looked at: names of cases, who waits for a second, what was refused."""
    names = lines.texts(answer, "attention")
    found = [statustext.to_look_at(voice, answer, one) for one in names]
    names = lines.texts(answer, "second")
    found += [voice.say("status.second", names=", ".join(names))] if names else []
    found += lines.recused(voice, answer)
    count = lines.number(answer, "refused")
    found += [voice.say("status.refused", count=count)] if count else []
    return found + turned_away(voice, lines.items(answer, "turned_away"))


def notices(voice: Voice, answer: Answer) -> list[str]:
    """Return what comes before everything: alarms, warnings, what was forgotten unseen."""
    found = [alarm(voice, word) for word in lines.texts(answer, "alarms")]
    found += restored(voice, answer)
    found += [voice.say(f"warning.{word}") for word in lines.texts(answer, "warnings")]
    gone = lines.number(answer, "forgotten")
    return found + ([voice.say("status.gone_unseen", count=gone)] if gone else [])


def blocks(answer: Answer) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return a sheet's headings with their lines, a line as its label and what is said."""
    found: list[tuple[str, list[tuple[str, str]]]] = []
    for block in lines.items(answer, "blocks"):
        match block:
            case [str(title), list(rows)]:
                found.append((title, [_line(row) for row in rows]))
            case _:
                continue
    return found


def _line(row: Value) -> tuple[str, str]:
    match row:
        case [str(label), str(said)]:
            return label, said
        case _:
            return "", ""
