"""What one member's service and its verbs work with: store, keys, connections, lock and time.

This file knows where everything is and who is in. It refuses to know what is done with it: the
service ticks, and the verbs do what staff ask.
"""

import asyncio
import secrets
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Self

from client import handover, reception
from client.alarms import Alarms
from client.arrived import Arrived
from client.backup import Passphrase, backup, clear_unfinished
from client.cells import CellFiles
from client.following import Following
from client.going import Going, Gone, unheard
from client.handover import Seat, To
from client.home import Home
from client.keyring import Keyring, Machine
from client.lanes import Lane
from client.ledger import Ledger, Step, Transaction, no_step
from client.poster import Poster
from client.posting import Cell, note_cell
from client.reader import Reader, Report
from client.settings import Settings
from client.shelf import Shelf
from client.spares import Spares
from client.staff import Staff
from client.transport import Progress, Transport, say_nothing
from client.upkeep import Chores, Upkeep
from client.visits import HERE, Login, Visits
from client.waiting import Waiting
from client.wallet import Wallet
from keys.address import Board, CellClass, MemberId
from keys.calendar import Clock, Day, Instant, day_of
from keys.epoch import EpochBatch, EpochSecret
from keys.errors import Locked, NoKeys, NotYet, Refusal
from keys.identity import Identity, MachineKey
from keys.keystore import MachineLock, RowSealer, StaffSlots
from keys.proof import Asked, make
from keys.roster import Member, Roster


def _never(_note: bytes, _board: Board, _keys: Sequence[EpochSecret]) -> Arrived | None:
    """Open nothing."""


class Office:
    """One member's working parts. Make it with `open`, end it with `close`."""

    def __init__(
        self, home: Home, settings: Settings, clock: Clock, ledger: Ledger, lock: MachineLock
    ) -> None:
        self.home = home
        self.settings = settings
        self.ledger = ledger
        self.cells = CellFiles(home.cells)
        self.following = Following(ledger, settings.root_pin)
        self.keyring = Keyring(ledger)
        self.wallet = Wallet(ledger)
        self.spares = Spares()
        self.upkeep = Upkeep(Chores(ledger, self.following, self.keyring, self.wallet))
        self.transport = Transport(settings.doors, self._prove)
        self.alarms = Alarms(ledger)
        self.has_leavings = True  # destroyed rows may lie in the log, also of a process that died
        self._clock = clock
        self._lock = lock
        self.visits = Visits()
        self.waiting = Waiting()
        self._entering = 0
        self.sealing = asyncio.Lock()
        self.going = Going()
        self._reading = asyncio.Lock()
        self.read_at_once = False  # every board to its end, within the slot in which it was begun

    @classmethod
    async def open(
        cls, home: Home, settings: Settings, clock: Clock, *, after_step: Step = no_step
    ) -> Self:
        """Open the machine lock and the ledger.

        Raises:
            UnsafeFile: others may read what only this user may.
            StoreDamaged: the ledger is not as it was written.
        """
        home.check()
        clear_unfinished(home)
        lock = MachineLock.open(home.path)
        sealer, index = RowSealer(lock.store_key), lock.store_key.derive("index")
        ledger = await Ledger.open(home.ledger, sealer, index, after_step=after_step)
        office = cls(home, settings, clock, ledger, lock)
        await office.upkeep.load()
        return office

    async def close(self) -> None:
        """Close the staff lock, the connections and the ledger."""
        self.leave()
        await self.transport.close()
        await self.ledger.close()
        self._lock.store_key.wipe()

    # ── time and place ───────────────────────────────────────────────────────────────────────
    @property
    def now(self) -> Instant:
        """The current instant, from the clock this office was given."""
        return self._clock.now()

    @property
    def today(self) -> Day:
        """The current UTC day."""
        return day_of(self.now)

    async def sleep_until(self, instant: Instant) -> None:
        """Return at `instant`."""
        await self._clock.sleep_until(instant)

    @property
    def roster(self) -> Roster:
        """The trusted roster.

        Raises:
            NotYet: none was fetched yet.
        """
        return self.following.roster

    @property
    def me(self) -> Member:
        """This member, as the roster has it.

        Raises:
            NotYet: before the first staff unlock, or before there is a roster.
            UnknownMember, RevokedMember: the roster does not name it (any more).
        """
        return self.roster.member(self.machine.member_id)

    @property
    def machine(self) -> Machine:
        """This machine's signing key.

        Raises:
            NotYet: before the first staff unlock made one.
        """
        if self.upkeep.machine is None:
            raise NotYet
        return self.upkeep.machine

    @property
    def ready(self) -> bool:
        """Whether this member has a machine key and stands in the roster."""
        try:
            _ = self.me
        except Refusal:
            return False
        return True

    # ── the staff lock ───────────────────────────────────────────────────────────────────────
    @property
    def staff(self) -> Staff:
        """Who asks; for what the service does by itself, who has unlocked first.

        Raises:
            Locked: they have not unlocked.
        """
        return self.visits.staff

    @property
    def unlocked(self) -> bool:
        """Whether whoever asks has unlocked; for the service itself, whether anybody has."""
        return self.visits.mine is not None

    async def enter(self, name: str, passphrase: str, visit: str = HERE, pc: str = "") -> None:
        """Open the staff lock for one visit, renew what only staff can renew.

        Raises:
            WrongPassphrase, WaitBeforeTrying, NotHere: as `StaffSlots.unlock`.
        """
        slots = StaffSlots(self.home.slots)
        self._entering += 1  # whoever leaves meanwhile takes no key from who comes
        try:
            key = await asyncio.to_thread(slots.unlock, name, passphrase, self.now)
            if not self.ledger.unlocked:
                self.ledger.unlock(RowSealer(key), self.visits.may_read)
            key.wipe()
            with self.visits.on_behalf_of(None):
                staff = await Staff.enter(self.ledger, name)
                await self.upkeep.certify(staff.identity, self.today)
            if not self.ledger.unlocked:
                raise Locked
            self.visits.enter(visit, Login(staff, pc, self.now))
        finally:
            self._entering -= 1
            self._close_behind_the_last()

    def leave(self) -> None:
        """Close the staff lock for everybody; the service goes on ticking."""
        self.visits.end(lambda _visit, _login: True)
        self.ledger.lock()

    def leave_where(self, ends: Callable[[str, Login], bool]) -> None:
        """End some logins; the keys go with the last."""
        self.visits.end(ends)
        self._close_behind_the_last()

    def _close_behind_the_last(self) -> None:
        if not self.visits.logins and not self._entering:
            self.ledger.lock()

    # ── whom one writes to, as whom ──────────────────────────────────────────────────────────
    async def seat(self, signer: Identity | MachineKey) -> Seat:
        """Return from where a note is sealed now: roster, day and the checkpoints one has seen."""
        seen = await Reader(self.ledger, self.keyring, self.cells, _never).seen(self.me.role)
        return Seat(self.me, signer, self.roster.version, self.roster.hash, self.today, seen)

    async def keys_of(self, member_id: MemberId) -> EpochBatch:
        """Return a member's published keys.

        Raises:
            NoKeys: it has published none for today: it cannot receive yet.
            UnknownMember, RevokedMember: it is no member (any more).
        """
        return await self.keyring.peer(self.roster, member_id, self.today)

    async def to(self, member_id: MemberId) -> To:
        """Return whom a note is sealed to; raises as `keys_of`."""
        return To(self.roster.member(member_id), await self.keys_of(member_id))

    async def dummy(self, lane: Lane) -> Cell:
        """Seal a cell to oneself, or to nobody while there are no keys of one's own for today.

        Raises:
            DiskFull: there is no room for a blob of nothing.
        """
        if lane.cls is not CellClass.NOTE:
            made = await asyncio.to_thread(handover.dummy_blob, lane.board, lane.cls, self.cells)
            return Cell(made.cls, made.blob_id, file=made.name)
        seat = await self.seat(self.machine.key)
        keys: EpochBatch | None = None
        with suppress(NoKeys):
            keys = await self.keyring.own(self.roster, self.me.member_id, seat.today)
        return note_cell(await asyncio.to_thread(handover.dummy, lane.board, keys, seat))

    # ── posting and reading ──────────────────────────────────────────────────────────────────
    def poster(self) -> Poster:
        """Return what posts for this member."""
        me, held, of = self.me, self.upkeep.held_back, (self.ledger, self.wallet, self.cells)
        return Poster(*of, me.role, lambda: held(me, self.now), self.spares)

    async def post_bound(self, progress: Gone = unheard) -> tuple[Refusal, ...]:
        """Post what staff have sent; returns what the broker refused."""
        async with self.going.posting(progress) as told:
            return await self.poster().post_bound(self.transport, self.today, told)

    async def read_boards(self, progress: Progress = say_nothing) -> Report:
        """Read every board as far as it goes; what was refused stands in the report."""
        me = self.me
        async with self._reading:
            began, self.read_at_once = self.now, False
            reader = Reader(
                self.ledger,
                self.keyring,
                self.cells,
                lambda note, board, keys: reception.open_outer(note, board, me.member_id, keys),
            )
            report = await reader.sync(self.transport, self.roster, me.role, self.today, progress)
            slots = {one // self.roster.schedule.note_slot_seconds for one in (began, self.now)}
            self.read_at_once = report.whole and len(slots) == 1
            return report

    async def forget_unreadable(self, today: Day) -> None:
        """Drop layers whose keys are over and claims on blobs that will never come."""
        await Reader(self.ledger, self.keyring, self.cells, _never).forget(today)

    async def back_up(self, by: Passphrase, path: Path, also: Collection[str]) -> int:
        """Write a backup; returns its size, and raises as `client.backup.backup`."""
        return await backup(self.home, self.ledger, self._lock.store_key, by, path, also)

    # ── what staff should look at ────────────────────────────────────────────────────────────
    async def attend(self, rows: Transaction, code_name: str) -> None:
        """Put a case on the list of those to look at."""
        name = code_name.encode()
        await rows.put(Shelf.ATTENTION, self.ledger.key(b"attention", name), name)

    @staticmethod
    def fresh_id() -> bytes:
        """Return a new random row id."""
        return secrets.token_bytes(16)

    def discard(self, files: tuple[str, ...]) -> None:
        """Remove cell files whose keys or rows are being destroyed."""
        for name in files:
            self.cells.delete(name)

    def _prove(self, method: str, target: str, body_hash: bytes) -> str:
        asked = Asked(self.roster.instance, method, target, body_hash)
        return make(self.machine.key, self.machine.member_id, asked, self.now, self.fresh_id())
