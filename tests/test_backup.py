"""Backup and restore: what waits is kept, what may have been used is never used again."""

import asyncio
import shutil
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from client import claims
from client.alarms import Alarm, Alarms
from client.backup import (
    Passphrase,
    backup,
    clear_unfinished,
    restore,
)
from client.backupfile import MAGIC, MOST_SLOTS, Cover, Head
from client.cells import CellFiles
from client.home import Home
from client.keyring import Keyring
from client.lanes import Lane
from client.ledger import Ledger
from client.line import Rank
from client.poster import Poster
from client.posting import Cell, note_cell
from client.restored import Restored, last_restore
from client.shelf import Shelf
from client.transport import Transport
from client.wallet import Wallet
from keys.address import Board, CellClass, Role
from keys.calendar import Day, Instant, start_of
from keys.chunks import ChunkCipher, sealed_spans
from keys.errors import (
    AlreadyThere,
    CommitmentMismatch,
    Damaged,
    DiskFull,
    Malformed,
    NotHere,
    Refusal,
    StoreDamaged,
    TrailingBytes,
    Truncated,
    WrongPassphrase,
)
from keys.keystore import Cost, MachineLock, RowSealer, StaffSlots, StoreKey, write_secret
from keys.wire import pack
from tests.crooked import Crooked, crooked
from tests.faults import little_room, run
from tests.machines import CC_NOTE, CC_S, CP_NOTE, TODAY, cell, fill, hash_of, prove
from tests.notes import IDA

CHEAP = Cost(passes=2, memory=19 << 20)
KARI, OLA = "en lang og rolig setning", "en annen rolig setning"
NOW = start_of(TODAY)
SETTINGS = b'broker = "https://formidler.example"\n'
BLOB = cell(CellClass.S)
OWNER = b"o" * 16
ARRIVED = b"an inner layer that waits for staff"


def by(name: str = "Kari", passphrase: str = KARI, now: Instant = NOW) -> Passphrase:
    """Return who makes or opens a backup."""
    return Passphrase(name, passphrase, now)


@dataclass
class Member:
    """A member's directory with its locks open."""

    home: Home
    machine: StoreKey
    ledger: Ledger
    cells: CellFiles

    @property
    def poster(self) -> Poster:
        """What posts for it."""
        return Poster(self.ledger, Wallet(self.ledger), self.cells, Role.CENTRE, dict)


@asynccontextmanager
async def living(path: Path) -> AsyncGenerator[Member, None]:
    """Make a member, with tokens, an envelope on its way and a package that waits."""
    home = Home(path / "home")
    home.make()
    slots, key = StaffSlots.create(home.slots, "Kari", KARI, CHEAP)
    slots.add(key, "Ola", OLA, CHEAP)
    write_secret(home.settings, SETTINGS)
    lock = MachineLock.create(home.path)
    async with opened(home, lock.store_key, key) as member:
        await fill(member.ledger, CC_NOTE, 6)
        await fill(member.ledger, CP_NOTE, 2)
        await fill(member.ledger, CC_S, 1)
        await Keyring(member.ledger).certify_machine(IDA.secret, TODAY, 30)
        await Keyring(member.ledger).refill(IDA.secret, TODAY)
        with member.cells.writing() as (name, file):
            file.write(BLOB)
        async with member.ledger.transaction("living") as rows:
            await rows.put(Shelf.ARRIVED, hash_of(BLOB), ARRIVED)
            await rows.put(Shelf.BLOB, hash_of(BLOB), name.encode())
            await claims.claim(rows, [hash_of(BLOB)], b"h" * 32, TODAY)
            await rows.put(Shelf.DRAFT, b"draft", b"GRAN-427")
            await member.poster.bind(rows, Board.CENTRE, OWNER, [note_cell(cell())], TODAY)
            await rows.put(Shelf.OWED, b"w" * 16, b"owed")
            await member.poster.queue(rows, Board.CENTRE, cell(), TODAY, b"w" * 16, Rank.ANSWER)
        yield member


@asynccontextmanager
async def opened(
    home: Home, machine_key: StoreKey, staff: StoreKey
) -> AsyncGenerator[Member, None]:
    """Open a member's ledger."""
    ledger = await Ledger.open(home.ledger, RowSealer(machine_key), machine_key.derive("index"))
    ledger.unlock(RowSealer(staff))
    try:
        yield Member(home, machine_key, ledger, CellFiles(home.cells))
    finally:
        await ledger.close()


@asynccontextmanager
async def reopened(
    home: Home, name: str = "Kari", word: str = KARI
) -> AsyncGenerator[Member, None]:
    """Open a member's directory as the service does."""
    staff = StaffSlots(home.slots).unlock(name, word, NOW)
    async with opened(home, MachineLock.open(home.path).store_key, staff) as member:
        yield member


async def saved(member: Member, path: Path, **also: str) -> Path:
    """Make a backup."""
    destination = path / "copy.folge"
    names = tuple(also.values())
    size = await backup(member.home, member.ledger, member.machine, by(), destination, names)
    assert destination.stat().st_size == size
    return destination


async def everything(ledger: Ledger, shelf: Shelf) -> dict[bytes, bytes]:
    """Return a shelf's rows."""
    async with ledger.reading() as rows:
        return dict(await rows.rows(shelf))


async def dummy(_: Lane) -> Cell:
    """Make a dummy."""
    return note_cell(cell())


async def posted_by(member: Member, broker: Crooked) -> None:
    """Have a member post whatever it has."""
    async with Transport(broker.doors, prove) as transport:
        await member.poster.post_bound(transport, TODAY)
        for _ in range(3):
            await member.poster.tick(transport, TODAY, dummy)


# ── the promise ──────────────────────────────────────────────────────────────────────────────
async def test_a_restored_client_reuses_nothing_and_keeps_what_waits(tmp_path: Path) -> None:
    """No token and no cell from before the backup is used again; no case and no key is lost."""
    async with living(tmp_path) as member, crooked() as broker:
        copy = await saved(member, tmp_path)
        before = await everything(member.ledger, Shelf.TOKEN)
        keys = await everything(member.ledger, Shelf.INNER_KEY)
        await posted_by(member, broker)
        assert len(broker.waiting[Board.CENTRE]) == 4
        used = {one.headers["Folge-Token"] for one in broker.asked}
        sent = {one.body for one in broker.asked}
    shutil.rmtree(member.home.path)
    done = await restore(copy, member.home, by(now=Instant(NOW + 3 * 86_400)))
    assert done == Restored(1, TODAY, Day(TODAY + 3), tokens=8, cells=2, missing=0)
    async with reopened(member.home) as again, crooked() as broker:
        assert await last_restore(again.ledger) == done
        assert dict(await Alarms(again.ledger).all()) == {Alarm.RESTORED: 1}
        assert before
        assert not await everything(again.ledger, Shelf.TOKEN)
        assert await again.poster.discarded() == {OWNER}
        assert await again.poster.waiting(OWNER) == 1
        await posted_by(again, broker)
        assert not broker.asked
        await fill(again.ledger, CC_NOTE, 3)
        await posted_by(again, broker)
        assert broker.asked
        assert not {one.headers["Folge-Token"] for one in broker.asked} & used
        assert not {one.body for one in broker.asked} & sent
        assert await Keyring(again.ledger).machine() is None
        assert await everything(again.ledger, Shelf.INNER_KEY) == keys
        assert await everything(again.ledger, Shelf.ARRIVED) == {hash_of(BLOB): ARRIVED}
        assert await everything(again.ledger, Shelf.DRAFT) == {b"draft": b"GRAN-427"}
        assert await everything(again.ledger, Shelf.OWED) == {b"w" * 16: b"owed"}
        (name,) = (await everything(again.ledger, Shelf.BLOB)).values()
        assert again.cells.path(name.decode()).read_bytes() == BLOB
    assert member.home.settings.read_bytes() == SETTINGS
    assert member.home.path.stat().st_mode & 0o777 == 0o700


async def test_a_backup_disturbs_nothing(tmp_path: Path) -> None:
    """The service that is backed up goes on with its tokens and cells, and nothing is left over."""
    async with living(tmp_path) as member, crooked() as broker:
        await saved(member, tmp_path)
        assert len(await everything(member.ledger, Shelf.TOKEN)) == 8
        assert await last_restore(member.ledger) is None
        await posted_by(member, broker)
        assert len(broker.waiting[Board.CENTRE]) == 4
        assert not (member.home.path / "backup.part").exists()


async def test_a_restore_of_a_restore_counts_on(tmp_path: Path) -> None:
    """Each restore is a generation of its own."""
    async with living(tmp_path) as member:
        copy = await saved(member, tmp_path)
    first = Home(tmp_path / "first")
    await restore(copy, first, by())
    async with reopened(first) as member:
        await fill(member.ledger, CC_NOTE, 2)
        copy = await saved(member, first.path)
    second = Home(tmp_path / "second")
    done = await restore(copy, second, by("Ola", OLA))
    assert (done.generation, done.tokens, done.cells) == (2, 2, 0)


async def test_what_a_draft_has_staged_comes_along(tmp_path: Path) -> None:
    """Files that only staff rows name are kept when they are named, and others are not."""
    async with living(tmp_path) as member:
        with member.cells.writing() as (staged, file):
            file.write(b"staged")
        with member.cells.writing() as (_, file):
            file.write(b"stray")
        copy = await saved(member, tmp_path, staged=staged)
    home = Home(tmp_path / "again")
    await restore(copy, home, by())
    assert len(list(home.cells.iterdir())) == 2
    assert (home.cells / staged).read_bytes() == b"staged"


async def test_a_blob_that_the_backup_has_not_is_waited_for_again(tmp_path: Path) -> None:
    """When a file was gone already, the ledger does not go on naming it."""
    async with living(tmp_path) as member:
        (name,) = (await everything(member.ledger, Shelf.BLOB)).values()
        member.cells.delete(name.decode())
        copy = await saved(member, tmp_path)
    home = Home(tmp_path / "again")
    assert (await restore(copy, home, by())).missing == 1
    async with reopened(home) as again, again.ledger.reading() as rows:
        assert await claims.wanted(rows) == {hash_of(BLOB)}


# ── whose passphrase ─────────────────────────────────────────────────────────────────────────
async def test_any_staff_members_passphrase_opens_it(tmp_path: Path) -> None:
    """Whoever could unlock on the day of the backup can restore it."""
    async with living(tmp_path) as member:
        copy = await saved(member, tmp_path)
        StaffSlots(member.home.slots).change("Ola", OLA, "et helt nytt passord", NOW)
    home = Home(tmp_path / "again")
    await restore(copy, home, by("Ola", OLA))
    async with reopened(home, "Ola", OLA) as again:
        assert await everything(again.ledger, Shelf.DRAFT)


@pytest.mark.parametrize(
    ("who", "refusal"),
    [(by(passphrase="noe helt annet enn det"), WrongPassphrase), (by("Per"), NotHere)],
    ids=["a wrong passphrase", "somebody else"],
)
async def test_nobody_else_opens_or_makes_one(
    tmp_path: Path, who: Passphrase, refusal: type[Refusal]
) -> None:
    """Without a staff passphrase there is no backup and no restore, and nothing is left."""
    async with living(tmp_path) as member:
        with pytest.raises(refusal):
            await backup(member.home, member.ledger, member.machine, who, tmp_path / "x")
        assert not (tmp_path / "x").exists()
        copy = await saved(member, tmp_path)
    with pytest.raises(refusal):
        await restore(copy, Home(tmp_path / "again"), who)
    assert {path.name for path in tmp_path.iterdir()} == {"home", "copy.folge"}


async def test_the_file_shows_names_of_staff_and_nothing_else(tmp_path: Path) -> None:
    """What a finder of the file learns is who has a slot: no case, no key, no token."""
    async with living(tmp_path) as member:
        copy = await saved(member, tmp_path)
        ((_, token), *_) = (await everything(member.ledger, Shelf.TOKEN)).items()
    found = copy.read_bytes()
    assert copy.stat().st_mode & 0o777 == 0o600
    assert b"Kari" in found
    for secret in (member.machine.reveal(), token, b"GRAN-427", BLOB[:64], SETTINGS, b"SQLite"):
        assert secret not in found


# ── files that are not as they were written ──────────────────────────────────────────────────
CHANGES: dict[str, tuple[Callable[[bytes], bytes], tuple[type[Refusal], ...]]] = {
    "no backup": (lambda data: b"x" * len(data), (Malformed,)),
    "nothing": (lambda _: b"", (Truncated,)),
    "only the beginning": (lambda data: data[: len(MAGIC) + 2], (Truncated,)),
    "another version": (lambda data: data.replace(b"backup 1", b"backup 2", 1), (Malformed,)),
    "slots without end": (
        lambda data: MAGIC + (MOST_SLOTS + 1).to_bytes(4, "big") + data,
        (Malformed,),
    ),
    "cut short": (lambda data: data[:-1], (Truncated,)),
    "half of it": (lambda data: data[: len(data) // 2], (Truncated,)),
    "longer": (lambda data: data + b"x", (TrailingBytes,)),
    "a flipped bit in the middle": (
        lambda data: data[:60_000] + bytes([data[60_000] ^ 1]) + data[60_001:],
        (Damaged,),
    ),
    "a flipped bit at the end": (lambda data: data[:-1] + bytes([data[-1] ^ 1]), (Damaged,)),
}


@pytest.mark.parametrize(("change", "refusals"), CHANGES.values(), ids=CHANGES)
async def test_a_changed_backup_is_refused_and_leaves_nothing(
    tmp_path: Path,
    change: Callable[[bytes], bytes],
    refusals: tuple[type[Refusal], ...],
) -> None:
    """A backup is put back as it was written or not at all."""
    async with living(tmp_path) as member:
        copy = await saved(member, tmp_path)
    copy.write_bytes(change(copy.read_bytes()))
    with pytest.raises(refusals):
        await restore(copy, Home(tmp_path / "again"), by())
    assert {path.name for path in tmp_path.iterdir()} == {"home", "copy.folge"}


async def test_what_stands_in_clear_is_bound_to_what_is_sealed(tmp_path: Path) -> None:
    """Nobody can put other slots, another length or another nonce in front of a backup."""
    async with living(tmp_path) as member:
        copy = await saved(member, tmp_path)
        StaffSlots(member.home.slots).change("Ola", OLA, "et helt nytt passord", NOW)
        slots = member.home.slots.read_bytes()
    data = copy.read_bytes()
    cover = Cover.read(BytesIO(data))
    rest = data[len(cover.encode()) :]
    for other in (
        replace(cover, slots=slots),
        replace(cover, nonce=bytes(32)),
        replace(cover, length=cover.length - 1),
    ):
        copy.write_bytes(other.encode() + rest)
        with pytest.raises(CommitmentMismatch):
            await restore(copy, Home(tmp_path / "again"), by())


async def test_a_sealed_part_not_in_its_form_is_refused(tmp_path: Path) -> None:
    """Even what the right key opens is read as one thing only."""
    head = Head(TODAY, b"k" * 32, SETTINGS, (("ledger.db", 5),))
    good = len(head.encode()).to_bytes(4, "big") + head.encode()
    for bad in (b"\0\0\0\1x", good + b"12345" + b"trailing"):
        async with living(tmp_path) as member:
            staff = StaffSlots(member.home.slots).unlock("Kari", KARI, NOW)
            copy = sealed(member.home.slots.read_bytes(), staff, bad, tmp_path / "copy.folge")
        with pytest.raises(StoreDamaged):
            await restore(copy, Home(tmp_path / "again"), by())
        shutil.rmtree(member.home.path)


def sealed(slots: bytes, staff: StoreKey, plain: bytes, path: Path) -> Path:
    """Return a backup whose sealed part is `plain`."""
    cover = Cover(slots, b"n" * 32, len(plain))
    cipher = ChunkCipher.fresh(cover.key(staff), cover.context)
    spans = [bytes(span) for span in sealed_spans(BytesIO(plain), len(plain), cipher)]
    path.write_bytes(cover.encode() + b"".join(spans))
    return path


# ── places and room ──────────────────────────────────────────────────────────────────────────
async def test_a_member_is_never_overwritten(tmp_path: Path) -> None:
    """A restore goes into an empty place, and a backup into a new file."""
    async with living(tmp_path) as member:
        copy = await saved(member, tmp_path)
        before = copy.read_bytes()
        with pytest.raises(AlreadyThere):
            await saved(member, tmp_path)
        assert copy.read_bytes() == before
    with pytest.raises(AlreadyThere):
        await restore(copy, member.home, by())
    empty = Home(tmp_path / "empty")
    empty.path.mkdir()
    await restore(copy, empty, by())
    assert empty.path.stat().st_mode & 0o777 == 0o700
    with pytest.raises(NotHere):
        await restore(tmp_path / "nowhere", Home(tmp_path / "other"), by())


async def test_without_room_nothing_is_left(tmp_path: Path) -> None:
    """A full disk, at either end, leaves no half of anything."""
    async with living(tmp_path) as member:
        for room in (8_000, 90_000):
            with little_room(room), pytest.raises(DiskFull):
                await saved(member, tmp_path)
            assert {path.name for path in tmp_path.iterdir()} == {"home"}
            assert not (member.home.path / "backup.part").exists()
        copy = await saved(member, tmp_path)
    for room in (4_000, 60_000):
        with little_room(room), pytest.raises(DiskFull):
            await restore(copy, Home(tmp_path / "again"), by())
        assert {path.name for path in tmp_path.iterdir()} == {"home", "copy.folge"}


KILLED = """
import asyncio, os, signal, sys
from pathlib import Path
from client import backup
from client.home import Home
from keys.calendar import Instant

def killed(*_):
    os.kill(os.getpid(), signal.SIGKILL)

setattr(backup, sys.argv[4], killed)
who = backup.Passphrase("Kari", sys.argv[3], Instant(int(sys.argv[5])))
asyncio.run(backup.restore(Path(sys.argv[1]), Home(Path(sys.argv[2])), who))
"""


@pytest.mark.parametrize("moment", ["_opened", "_burn", "_noted", "sync_directory"])
async def test_a_killed_restore_can_be_done_again(tmp_path: Path, moment: str) -> None:
    """Pulling the plug in the middle leaves no member that has not burnt its tokens."""
    async with living(tmp_path) as member:
        copy = await saved(member, tmp_path)
    home = Home(tmp_path / "again")
    said = (str(copy), str(home.path), KARI, moment, str(NOW))
    assert await asyncio.to_thread(run, KILLED, *said) == -9
    if moment == "sync_directory":
        with pytest.raises(AlreadyThere):
            await restore(copy, home, by())
    else:
        assert not home.path.exists()
        await restore(copy, home, by())
    async with reopened(home) as again:
        assert not await everything(again.ledger, Shelf.TOKEN)
        assert (await last_restore(again.ledger)) is not None


async def test_what_a_killed_backup_left_is_removed(tmp_path: Path) -> None:
    """A copy of the ledger that nobody waits for does not outlive what is deleted from it."""
    async with living(tmp_path) as member:
        (member.home.path / "backup.part").mkdir()
        (member.home.path / "backup.part" / "ledger.db").write_bytes(b"old")
        clear_unfinished(member.home)
        clear_unfinished(member.home)
        assert not (member.home.path / "backup.part").exists()
        (member.home.path / "backup.part").mkdir()
        (member.home.path / "backup.part" / "ledger.db").write_bytes(b"old")
        await saved(member, tmp_path)


# ── forms ────────────────────────────────────────────────────────────────────────────────────
NAMES = st.text("0123456789abcdef", min_size=1, max_size=32)
HEADS = st.builds(
    Head,
    day=st.integers(0, 40_000).map(Day),
    machine_key=st.binary(min_size=32, max_size=32),
    settings=st.binary(max_size=40),
    files=st.lists(st.tuples(NAMES, st.integers(0, 2**40)), min_size=1, max_size=5).map(tuple),
)


@settings(deadline=None, max_examples=50)
@given(HEADS, st.binary(max_size=40), st.binary(min_size=32, max_size=32), st.integers(0, 2**45))
def test_what_is_written_is_read(head: Head, slots: bytes, nonce: bytes, length: int) -> None:
    """The head and the cover of a backup are read as they were written."""
    assert Head.decode(head.encode()) == head
    assert head.machine_key.hex() not in repr(head)
    cover = Cover(slots, nonce, length)
    assert Cover.read(BytesIO(cover.encode())) == cover


@pytest.mark.parametrize(
    "files",
    [[], [7], [["../x", 1]], [["/etc/passwd", 1]], [[".x", 1]], [["", 1]], [["a", -1]], [["a"]]],
    ids=str,
)
def test_a_name_that_leads_elsewhere_is_refused(files: list[list[str | int]]) -> None:
    """Nothing in a backup can be written outside the directory that is restored."""
    with pytest.raises(Malformed):
        Head.decode(pack(["backup", 1, 1, b"k" * 32, b"", files]))


@settings(deadline=None, max_examples=150)
@given(st.binary(max_size=120))
def test_any_bytes_are_a_cover_and_a_head_or_refused(data: bytes) -> None:
    """Whatever the file is, reading it ends in a value or one refusal."""
    for go in (
        lambda: Head.decode(data),
        lambda: Cover.read(BytesIO(data)),
        lambda: Cover.read(BytesIO(MAGIC + data)),
    ):
        with suppress(Malformed):
            go()


def test_a_length_beyond_all_disks_is_refused() -> None:
    """A number that cannot be true is not believed."""
    with pytest.raises(Malformed):
        Cover.read(BytesIO(MAGIC + bytes(4) + bytes(32) + b"\xff" * 8))


@given(st.lists(st.integers(0, 2**40), min_size=6, max_size=6))
def test_what_a_restore_did_is_read_as_written(numbers: list[int]) -> None:
    """The numbers of a restore stay as they were told."""
    generation, made, day, *counts = numbers
    done = Restored(generation, Day(made), Day(day), *counts)
    assert Restored.decode(done.encode()) == done
