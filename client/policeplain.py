"""A request, a notice or a question to the police as plain values, for a list or a terminal.

This file knows what staff are shown of each. It refuses to leave anything out that was said: who
objects is shown, not hidden.
"""

from typing import cast

from client.case import PoliceLine, PoliceRequestInput
from client.case.words import YesNo
from client.control import Answer
from client.policelines import NoticeContent, RequestContent
from keys.wire import Packable


def described(content: RequestContent | NoticeContent) -> Answer:
    """Return what a request or a notice says, as plain values."""
    if isinstance(content, NoticeContent):
        return {
            "kind": content.kind.word,
            "authority": content.authority,
            "lines": [_line(line) for line in content.lines],
        }
    said = content.said
    return {
        "kind": content.kind.word,
        "basis": "" if said.police_basis is None else said.police_basis.value,
        "user_told": "" if said.user_told is None else said.user_told.value,
        "user_told_why_not": said.user_told_why_not or "",
        "user_objects": "" if said.user_objects is None else said.user_objects.value,
        "consultation": _consultation(said),
        "approvals": content.approvals,
        "emergency": content.emergency,
        "lines": [_line(line) for line in said.lines],
    }


def marked(said: PoliceRequestInput) -> list[Packable]:
    """Return of each line whether also the police at the new place may be asked with it."""
    return [line.ask_destination is YesNo.YES for line in said.lines]


def _consultation(said: PoliceRequestInput) -> list[Packable]:
    """Return whether, with whom and when the move was discussed with the police."""
    found = said.move_in_consultation_with_police
    if found is None:
        return []
    when = "" if found.at is None else f"{found.at:%Y-%m-%d %H:%M}"
    return [found.answer.value, found.role or "", when]


def _line(line: PoliceLine) -> Packable:
    """Return a line as [kind, what it says, why]; what it says as plain values."""
    said = line.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
    reason = said.pop("why_needed", "")
    return [line.kind, cast("Packable", said.get(line.kind)), str(reason)]
