"""What staff heard when they compared a member's key by telephone, and whether it may be sent to.

This file knows three rows: the case's own word on its receiver, one sheet for all members at once,
and a stop for one key. It refuses to keep a word on one member alone: that would say, after the
receiver is forgotten, to whom something was sent (ADR 28). A stop says the opposite.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from secrets import token_bytes
from typing import Final, Self

from client import keyages
from client.ledger import Transaction
from client.refusals import KeyChanged, KeyStopped
from client.shelf import Shelf
from client.transfer import Heard
from keys.address import MemberId
from keys.calendar import Day
from keys.roster import Roster
from keys.wire import Fields, pack

_SHEET: Final = b"sheet"
_ID: Final = 32
_ROW: Final = 16
_NAME: Final = 80
_NEVER: Final = Day(0)


class Word(StrEnum):
    """What is known of a key."""

    SAME = "same"
    STOPPED = "stopped"
    CHANGED = "changed"  # within the last days, and nobody has compared it since
    UNHEARD = "unheard"


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of a member's key, since when, and by whom it was compared."""

    word: Word
    day: Day = _NEVER
    who: str = ""


@dataclass(frozen=True, slots=True)
class Stop:
    """A key that somebody read out otherwise; one that a leader lifted is not confirmed by it."""

    member_id: MemberId
    day: Day
    who: str
    lifted: bool

    def encode(self) -> bytes:
        """Return this row as bytes."""
        return pack(["key_stop", 1, self.member_id, self.day, self.who, self.lifted])

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read what `encode` writes.

        Raises:
            Malformed: it has not that form.
        """
        fields = Fields.decode(data, "key_stop")
        made = cls(
            MemberId(fields.octets("member", size=_ID)),
            Day(fields.number("day")),
            fields.text("who", most=_NAME),
            fields.flag("lifted"),
        )
        fields.end()
        return made


@dataclass(frozen=True, slots=True)
class Known:
    """What staff have heard and seen of all keys, as it is read once.

    Attributes:
        stops: by member.
        sheet: the register's number, the day and who, of the sheet for all; None without one.
        ages: since when each key stands in the register.
    """

    stops: Mapping[MemberId, Stop]
    sheet: tuple[int, Day, str] | None
    ages: Mapping[MemberId, keyages.Age]

    def standing(self, member_id: MemberId, today: Day, heard: Heard | None = None) -> Standing:
        """Return what is known of a member's key.

        Args:
            member_id: whose; another key is another member id, and nothing is known of it.
            today: the current day.
            heard: what the case at hand says of its receiver.
        """
        stop, age = self.stops.get(member_id), self.ages.get(member_id)
        if stop is not None and not stop.lifted:
            return Standing(Word.STOPPED, stop.day, stop.who)
        if heard is not None and heard.member_id == member_id:
            return Standing(Word.SAME, heard.day, heard.who)
        sheet = self.sheet
        if sheet is not None and stop is None and age is not None and age.version <= sheet[0]:
            return Standing(Word.SAME, *sheet[1:])
        if age is not None and age.is_new(today):
            return Standing(Word.CHANGED, age.changed)
        return Standing(Word.UNHEARD)


async def known(rows: Transaction) -> Known:
    """Return what staff have heard and seen of all keys; the staff lock must be open."""
    stops = {stop.member_id: stop for _, stop in await _stops(rows)}
    return Known(stops, await _sheet(rows), await keyages.ages(rows))


async def standing(
    rows: Transaction, member_id: MemberId, today: Day, heard: Heard | None = None
) -> Standing:
    """Return what `Known.standing` does, of one member."""
    return (await known(rows)).standing(member_id, today, heard)


async def refuse_stopped(rows: Transaction, member_id: MemberId) -> None:
    """Let something be sent, unless staff have heard another key than the register's.

    Raises:
        KeyStopped: they have, and no leader has lifted it.
    """
    stop = await _stop(rows, member_id)
    if stop is not None and not stop.lifted:
        raise KeyStopped


async def refuse_unheard(
    rows: Transaction, member_id: MemberId, today: Day, heard: Heard | None, *, urgent: bool
) -> None:
    """Let a case be sent, unless its receiver's key is stopped, or new and not compared.

    Raises:
        KeyStopped: as `refuse_stopped`.
        KeyChanged: it is new, nobody has compared it, and the move can wait.
    """
    found = await standing(rows, member_id, today, heard)
    if found.word is Word.STOPPED:
        raise KeyStopped
    if found.word is Word.CHANGED and not urgent:
        raise KeyChanged


async def confirm_all(rows: Transaction, roster: Roster, today: Day, who: str) -> None:
    """Note that every key of a register was compared; it names no member.

    Stops stand; what a leader has lifted counts as compared.
    """
    await keyages.note(rows, None, roster, today)
    for row, stop in await _stops(rows):
        if stop.lifted:
            await rows.delete(Shelf.COMPARED, row)
    await rows.put(Shelf.COMPARED, _SHEET, pack(["key_sheet", 1, roster.version, today, who]))


async def stop(rows: Transaction, member_id: MemberId, today: Day, who: str) -> None:
    """Note that somebody read out another key; nothing is sent to this one."""
    await _put(rows, Stop(member_id, today, who, lifted=False))


async def lift(rows: Transaction, member_id: MemberId, today: Day, who: str) -> bool:
    """Let this key be sent to again; it counts as not compared. Return whether it was stopped."""
    found = await _stop(rows, member_id)
    if found is None or found.lifted:
        return False
    await _put(rows, Stop(member_id, today, who, lifted=True))
    return True


async def over(rows: Transaction, roster: Roster) -> list[bytes]:
    """Return the rows of stops for keys that the register has no more."""
    there = {one.member_id for one in roster.members}
    return [row for row, stop in await _stops(rows) if stop.member_id not in there]


async def tidy(rows: Transaction, roster: Roster) -> bool:
    """Forget stops for keys that the register has no more; return whether there were any."""
    found = await over(rows, roster)
    for row in found:
        await rows.delete(Shelf.COMPARED, row)
    return bool(found)


async def _put(rows: Transaction, stop: Stop) -> None:
    # Row ids lie in clear in the file, so they name nobody: the few stops are looked through.
    there = [row for row, one in await _stops(rows) if one.member_id == stop.member_id]
    await rows.put(Shelf.COMPARED, there[0] if there else token_bytes(_ROW), stop.encode())


async def _stop(rows: Transaction, member_id: MemberId) -> Stop | None:
    found = [stop for _, stop in await _stops(rows) if stop.member_id == member_id]
    return found[0] if found else None


async def _stops(rows: Transaction) -> list[tuple[bytes, Stop]]:
    found = await rows.rows(Shelf.COMPARED)
    return [(row, Stop.decode(value)) for row, value in found if row != _SHEET]


async def _sheet(rows: Transaction) -> tuple[int, Day, str] | None:
    kept = await rows.get(Shelf.COMPARED, _SHEET)
    if kept is None:
        return None
    fields = Fields.decode(kept, "key_sheet")
    found = fields.number("version"), Day(fields.number("day")), fields.text("who", most=_NAME)
    fields.end()
    return found
