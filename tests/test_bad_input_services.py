"""Each bad input, once through running services and a real broker, between two honest packages.

A row is what a broken or hostile other end, line, clock or disk produces. Whoever meets it is told
by name, in three languages, whether anything left; no log has a word of a case or a stack trace;
and what honest people send before and after it arrives and opens.
"""

import logging
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import count
from types import MappingProxyType
from typing import Final, TypeAlias

import pytest
import pytest_asyncio

from client.control import ControlClient
from client.doors import Doors
from client.lanes import Lane
from client.service import Service
from client.shelf import Shelf
from keys.address import Board, CellClass, Role, TokenClass, writer_class
from keys.body import Kind
from keys.calendar import DAY_SECONDS, Day, Instant, start_of
from keys.errors import Refusal, Sent, by_code
from keys.manifest import Origin
from keys.wire import Packable, Value, pack, unpack
from keys.words import Language, Words
from tests import acts, malice
from tests.bent import BATCHES, NOTES, Bending, Line, bent_line
from tests.clock import DrivenClock
from tests.faults import little_room
from tests.parties import PASSPHRASE, STAFF, Party, leave, village
from tests.program import folge
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

SATURDAY: Final = Instant(1_794_636_000)
BLOBS: Final = MappingProxyType(
    {CellClass.S: 24, CellClass.M: 0, CellClass.XL64: 0, CellClass.XL256: 0}
)
FEW: Final = 6
"""How many notes a row may send."""
CASE_WORDS: Final = ("Marte", "Solbakk", "Veum", "Granlia", "Fjordgløtt", "FØR-", "ETTER-")
WORDS: Final = {lang: Words("client", lang) for lang in Language}
_serial = count(100)


@dataclass(eq=False)
class Street:
    """The members of this file, and what they have met."""

    here: World
    district: Party
    sender: Party
    centre: Party
    third: Party
    line: Line
    """Between the centre and the broker."""

    async def deliver(self, party: Party) -> None:
        """Let a slot end, and a member read."""
        await self.here.close_slot()
        await party.sync()

    async def rested(self) -> None:
        """Go on late on the next day when the lanes can spare too few tokens on this one."""
        turns = self.sender.service.office.poster().turns
        spare = await turns.spare(Board.CENTRE, CellClass.NOTE, self.here.today)
        assert spare is not None
        if spare < FEW:
            self.here.clock.set(start_of(Day(self.here.today + 1)) + 64_800)
            await self.here.tick()

    async def sent(self, word: str) -> str:
        """Send an honest package, which the centre may prepare by; return its code name."""
        name = f"{word}-{next(_serial)}"
        await acts.ready(self.here, self.sender, prepared(name))
        answer = await self.sender.do("send", code_name=name, agreed_by_phone="duty")
        assert answer["kept"], answer
        return name

    async def came(self) -> str:
        """Let the centre read; return what the one package is called that comes."""
        before = await acts.known(self.centre, "in")
        await self.deliver(self.centre)
        return await acts.fresh(self.centre, "in", before)

    async def opens(self, package: str, code: str = "") -> None:
        """Open a package at the door and read it."""
        await self.centre.do("arrive", code_name=package, arrival_code=code, called=True)
        assert await acts.card(self.centre, package)


def prepared(name: str) -> str:
    """Return a sample case of a person who agreed that the centre prepares."""
    text = acts.sample("GRAN-427", name=name)
    return text.replace("  decision: ja_alt\n", "  decision: ja_alt\n  release: ahead\n")


async def quarantined(party: Party) -> Counter[str]:
    """Return the code of everything that a member turned away."""
    async with party.service.office.ledger.reading() as rows:
        kept = [value.decode() for _, value in await rows.rows(Shelf.QUARANTINE)]
    return Counter(line.partition(" ")[2] for line in kept)


Act: TypeAlias = Callable[[Street], Awaitable[Refusal]]


async def _turned_away(at: Party, street: Street) -> Refusal:
    """Let a member read what was posted, and return the one refusal that it found."""
    before = await quarantined(at)
    await street.deliver(at)
    (code,) = (await quarantined(at) - before).elements()
    leaf = by_code(code)
    assert leaf is not None
    return leaf()


async def _refused(party: Party, verb: str, **given: Packable) -> Refusal:
    """Have a service carry out a verb, and return what it was refused."""
    with pytest.raises(Refusal) as met:
        await ControlClient(party.home.socket).do(verb, given)
    return met.value


async def _hindered(party: Party) -> Refusal:
    """Let a service read, and return what staff who wait for it are told."""
    with pytest.raises(Refusal) as met:
        await party.sync()
    return met.value


# ── another end with true keys ───────────────────────────────────────────────────────────────
def _bent(bend: malice.Bend) -> Act:
    async def act(street: Street) -> Refusal:
        mark, contents = malice.record(street.sender, street.centre)
        made = malice.package(street.sender, contents, mark)
        said = replace(made.said(), bend=bend)
        await malice.tell(street.sender, street.centre, said, made.blob)
        return await _turned_away(street.centre, street)

    return act


def _shorter(body: list[Value]) -> None:
    manifest = body[-1]
    assert isinstance(manifest, bytes)
    body[-1] = manifest[: len(manifest) // 2]


def _longer(body: list[Value]) -> None:
    manifest = body[-1]
    assert isinstance(manifest, bytes)
    body[-1] = manifest + bytes(2_470 - len(pack(body)))


def _newer(body: list[Value]) -> None:
    body[0] = 2


def _other_board(body: list[Value]) -> None:
    body[1] = Board.POLICE.value


async def _longer_note(street: Street) -> Refusal:
    said = malice.Said(Kind.WITHDRAWAL, b"", bend=_longer)
    await malice.tell(street.sender, street.centre, said)
    return await _turned_away(street.centre, street)


async def _same_package_again(street: Street) -> Refusal:
    mark, contents = malice.record(street.sender, street.centre)
    made = malice.package(street.sender, contents, mark)
    await malice.tell(street.sender, street.centre, made.said(), made.blob)
    package = await street.came()
    await malice.tell(street.sender, street.centre, made.said())
    refusal = await _turned_away(street.centre, street)
    await street.opens(package, made.code)
    return refusal


async def _replayed_by_another(street: Street) -> Refusal:
    mark, contents = malice.record(street.sender, street.centre)
    made = malice.package(street.sender, contents, mark)
    said = made.said()
    signed = await malice.sign(street.sender, street.centre, said)
    note = await malice.sealed(street.sender, street.centre, signed, said)
    await malice.post(street.sender, Board.CENTRE, malice.note_cell(note), made.blob)
    package = await street.came()
    again = await malice.sealed(street.third, street.centre, signed, said)
    await malice.post(street.third, Board.CENTRE, malice.note_cell(again))
    refusal = await _turned_away(street.centre, street)
    await street.opens(package, made.code)
    return refusal


async def _past_its_last_day(street: Street) -> Refusal:
    mark, contents = malice.record(street.sender, street.centre)
    made = malice.package(street.sender, contents, mark, days=(-3, -1))
    await malice.tell(street.sender, street.centre, made.said(), made.blob)
    return await _turned_away(street.centre, street)


async def _meant_for_a_third(street: Street) -> Refusal:
    mark, contents = malice.record(street.sender, street.centre)
    made = malice.package(street.sender, contents, mark)
    said = replace(made.said(), named=street.third.member_id)
    signed = await malice.sign(street.sender, street.centre, said)
    note = await malice.sealed(street.third, street.centre, signed, said)
    await malice.post(street.third, Board.CENTRE, malice.note_cell(note))
    return await _turned_away(street.centre, street)


async def _notice_by_a_centre(street: Street) -> Refusal:
    made = malice.package(
        street.sender, (("notice", b""),), None, board=Board.POLICE, prev=Origin(bytes(32))
    )
    said = made.said(Kind.POLICE_NOTICE, Board.POLICE)
    await malice.tell(street.sender, street.district, said, made.blob)
    return await _turned_away(street.district, street)


async def _request_to_a_foreign_district(street: Street) -> Refusal:
    made = malice.package(street.sender, (("request", b""),), None, board=Board.POLICE)
    said = made.said(Kind.POLICE_REQUEST, Board.POLICE)
    await malice.tell(street.sender, street.district, said, made.blob)
    return await _turned_away(street.district, street)


async def _bent_part(street: Street, bend: Callable[[list[Value]], None], state: str) -> Refusal:
    """Send a package of which one part is bent; the state says what becomes of it at the door."""
    mark, contents = malice.record(street.sender, street.centre)
    name, octets = contents[1]
    value = unpack(octets)
    assert isinstance(value, list)
    bend(value)
    bent = (contents[0], (name, pack(value)), *contents[2:])
    made = malice.package(street.sender, bent, mark)
    await malice.tell(street.sender, street.centre, made.said(), made.blob)
    package = await street.came()
    refusal = await _refused(
        street.centre, "arrive", code_name=package, arrival_code=made.code, called=True
    )
    assert await acts.state(street.centre, "in", package) == state
    return refusal


async def _field_of_tomorrow(street: Street) -> Refusal:
    def bend(value: list[Value]) -> None:
        fields = value[2]
        assert isinstance(fields, dict)
        fields["of_tomorrow"] = "Marte"

    return await _bent_part(street, bend, "refused")


async def _part_of_tomorrow(street: Street) -> Refusal:
    def bend(value: list[Value]) -> None:
        value[1] = 99

    return await _bent_part(street, bend, "waiting")


async def _consent_of_tomorrow(street: Street) -> Refusal:
    mark, contents = malice.record(street.sender, street.centre)
    value = unpack(contents[0][1])
    assert isinstance(value, list)
    value[1] = 99
    consent = pack(value)
    later = replace(mark, hash=sha256(consent).digest())
    made = malice.package(street.sender, (("consent", consent), *contents[1:]), later)
    await malice.tell(street.sender, street.centre, made.said(), made.blob)
    package = await street.came()
    refusal = await _refused(
        street.centre, "arrive", code_name=package, arrival_code=made.code, called=True
    )
    assert await acts.state(street.centre, "in", package) == "waiting"
    return refusal


async def _word_between_centres_on_the_police_board(street: Street) -> Refusal:
    office = street.sender.service.office
    note = (await office.dummy(Lane(Board.CENTRE))).note
    token_class = TokenClass(writer_class(Role.CENTRE, Board.CENTRE), CellClass.NOTE)
    async with office.ledger.transaction("taken") as rows:
        token = await office.wallet.take(rows, token_class, office.today)
    with pytest.raises(Refusal) as met:
        await office.transport.post_cell(Board.POLICE, CellClass.NOTE, note, token)
    return met.value


async def _police_board_read_by_a_centre(street: Street) -> Refusal:
    with pytest.raises(Refusal) as met:
        await street.sender.service.office.transport.note_file(Board.POLICE, 1, 8_192)
    return met.value


# ── the line, the broker, the disk, the clock ────────────────────────────────────────────────
def _on_the_line(path: str, bend: Bending) -> Act:
    async def act(street: Street) -> Refusal:
        await street.sent("LINJE")
        await street.here.close_slot()
        before = street.line.bent
        street.line.bends.append((path, bend))
        try:
            refusal = await _hindered(street.centre)
        finally:
            street.line.bends.clear()
        assert street.line.bent > before
        await street.opens(await street.came())
        return refusal

    return act


async def _broker_away(street: Street) -> Refusal:
    await street.sent("BORTE")
    await street.here.stop()
    try:
        refusal = await _hindered(street.centre)
    finally:
        await street.here.start()
    await street.opens(await street.came())
    return refusal


async def _no_room(street: Street) -> Refusal:
    """There is no room where the centre keeps what comes: it waits on the board."""
    await street.sent("PLASS")
    await street.here.close_slot()
    with little_room(4_096):
        refusal = await _hindered(street.centre)
    await street.opens(await street.came())
    return refusal


async def _clock(street: Street, seconds: int) -> Refusal:
    """Run the third centre by a clock that is wrong, and then by the right one again."""
    third = street.third
    await leave(street.here, third)
    wrong = DrivenClock(Instant(street.here.clock.now() + seconds))
    service = await Service(third.home, third.settings, wrong).start()
    try:
        await third.unlock()
        refusal = await _hindered(replace(third, service=service))
    finally:
        await service.close()
    street.third = await third.again(street.here)
    street.here.services[third.home.path.name] = street.third.service
    await street.third.unlock()
    await street.third.sync()
    return refusal


def _clock_off(seconds: int) -> Act:
    async def act(street: Street) -> Refusal:
        return await _clock(street, seconds)

    return act


async def _no_tokens(street: Street) -> Refusal:
    """The day's tokens are spent; what was to be sent stays, and is sent when there are some."""
    name = f"TOM-{next(_serial)}"
    office = street.sender.service.office
    await acts.ready(street.here, street.sender, prepared(name))
    async with office.ledger.transaction("set-aside") as rows:
        aside = await rows.rows(Shelf.TOKEN)
        for row, _ in aside:
            await rows.delete(Shelf.TOKEN, row)
    refusal = await _refused(street.sender, "send", code_name=name, agreed_by_phone="duty")
    assert await acts.state(street.sender, "out", name) == "intended"
    async with office.ledger.transaction("put-back") as rows:
        for row, value in aside:
            await rows.put(Shelf.TOKEN, row, value)
    await street.sender.do("send", code_name=name, agreed_by_phone="duty")
    await street.opens(await street.came())
    return refusal


async def _wrong_passphrase(street: Street) -> Refusal:
    await street.centre.do("lock")
    refusal = await _refused(street.centre, "unlock", name=STAFF, passphrase=PASSPHRASE[::-1])
    await street.centre.unlock()
    return refusal


async def _attachment_of_a_gigabyte(street: Street) -> Refusal:
    path = street.here.path / "stor.bin"
    with path.open("wb") as file:
        file.truncate(1 << 30)
    name = f"STOR-{next(_serial)}"
    await acts.ready(street.here, street.sender, prepared(name))
    given = {"code_name": name, "attachment": "attachment.1", "path": str(path)}
    refusal = await _refused(street.sender, "part", **given)
    path.unlink()
    return refusal


ROWS: Final[tuple[tuple[str, str, Act], ...]] = (
    ("truncated: half a manifest under a good signature", "not_msgpack", _bent(_shorter)),
    (
        "truncated: a list of batches cut on the line",
        "not_msgpack",
        _on_the_line(BATCHES, lambda octets: octets[:-9]),
    ),
    (
        "truncated: notes cut on the line",
        "batch_mismatch",
        _on_the_line(NOTES, lambda octets: octets[:-1]),
    ),
    (
        "oversized: more on the line than the broker signed",
        "batch_mismatch",
        _on_the_line(NOTES, lambda octets: octets + octets),
    ),
    ("oversized: a body with more than its clause allows", "over_long", _longer_note),
    (
        "oversized: an attachment larger than the largest class",
        "too_large",
        _attachment_of_a_gigabyte,
    ),
    ("duplicated: the same package in a new note", "replayed", _same_package_again),
    ("replayed: a member seals another's note once more", "replayed", _replayed_by_another),
    ("expired: a package past its last day", "expired", _past_its_last_day),
    ("wrong board: the body names another than it came on", "wrong_channel", _bent(_other_board)),
    (
        "wrong board: a centre's token on the board that police read",
        "wrong_token_class",
        _word_between_centres_on_the_police_board,
    ),
    ("wrong board: a centre asks for what police read", "not_here", _police_board_read_by_a_centre),
    ("wrong role: a centre poses as a district", "wrong_role", _notice_by_a_centre),
    ("wrong recipient: sealed anew to another", "wrong_recipient", _meant_for_a_third),
    (
        "foreign district: a request to another centre's district",
        "wrong_district",
        _request_to_a_foreign_district,
    ),
    ("unknown version: a body of tomorrow", "unknown_version", _bent(_newer)),
    (
        "unknown field: a part with more than this version knows",
        "unknown_field",
        _field_of_tomorrow,
    ),
    ("unknown version: a part that a later program wrote", "newer_part", _part_of_tomorrow),
    ("unknown version: a consent of tomorrow", "unknown_version", _consent_of_tomorrow),
    ("wrong passphrase", "wrong_passphrase", _wrong_passphrase),
    ("full disk", "disk_full", _no_room),
    ("clock a day ahead", "proof_stale", _clock_off(DAY_SECONDS)),
    ("clock a day behind", "proof_stale", _clock_off(-DAY_SECONDS)),
    ("broker gone", "broker_gone", _broker_away),
    ("out of tokens", "out_of_tokens", _no_tokens),
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def street() -> AsyncGenerator[Street, None]:
    """Three centres and a district that is home to none of the senders; one line can be bent."""
    async with AsyncExitStack() as stack:
        keys = ("vest", "granlia", "fjordglott", "elvebredden")
        here, found = await stack.enter_async_context(village(*keys, start=SATURDAY, blobs=BLOBS))
        district, sender, centre, third = found
        line = await stack.enter_async_context(bent_line(here.doors.broker))
        await leave(here, centre)
        doors = Doors(line.url, here.doors.issuer)
        centre.settings = replace(centre.settings, doors=doors)
        centre.service = (await centre.again(here)).service
        here.services[centre.home.path.name] = centre.service
        await centre.unlock()
        yield Street(here, district, sender, centre, third, line)


def check_told(refusal: Refusal) -> None:
    """Hold a refusal to its sentences: what happened, whether anything left, and what to do."""
    for words in WORDS.values():
        told = words.told(refusal)
        assert told.what
        assert told.do
        assert told.sent == words.say(f"sent.{refusal.sent.value}")


@pytest.mark.parametrize(("code", "act"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
async def test_each_is_refused_by_name_and_nothing_is_lost(
    street: Street,
    code: str,
    act: Act,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Between two honest packages: a name, three sentences in three languages, and no trace."""
    caplog.set_level(logging.INFO)
    await street.rested()
    await street.sent("FØR")
    waiting = await street.came()
    refusal = await act(street)
    assert refusal.code == code
    assert refusal.sent is Sent.NOTHING
    check_told(refusal)
    await street.sent("ETTER")
    await street.opens(await street.came())
    await street.opens(waiting)
    said = caplog.text + "".join(capfd.readouterr())
    said += "".join(path.read_text("utf-8") for path in street.here.path.glob("*.log"))
    assert "Traceback" not in said
    assert not [word for word in CASE_WORDS if word in said]


@pytest.mark.parametrize("lang", Language)
async def test_staff_read_in_their_language_why_something_was_turned_away(
    street: Street, lang: Language
) -> None:
    """The list says what happened, that nothing left, and what to do, for each that came."""
    await street.rested()
    refusal = await _bent(_newer)(street)
    codes = {*await quarantined(street.centre)}
    assert refusal.code in codes
    shown = await folge(street.centre, "status", lang=lang)
    assert shown.code == 0
    for code in codes:
        leaf = by_code(code)
        assert leaf is not None
        told = WORDS[lang].told(leaf())
        assert f"{told.what} {told.sent} {told.do}" in shown.out
        assert told.sent == WORDS[lang].say("sent.nothing")
