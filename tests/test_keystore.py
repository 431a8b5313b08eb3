"""The machine's lock and the staff's lock open to whom they should, after any crash."""

import signal
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from keys.calendar import Instant
from keys.errors import (
    AlreadyThere,
    DiskFull,
    LastSlot,
    NotHere,
    OverLong,
    SlotTaken,
    StoreDamaged,
    UnsafeFile,
    WaitBeforeTrying,
    WeakPassphrase,
    WrongPassphrase,
)
from keys.keystore import (
    CREDENTIAL,
    Cost,
    MachineLock,
    StaffSlots,
    StoreKey,
    read_secret,
    write_secret,
)
from keys.slots import SlotFile
from tests.faults import little_room, run

CHEAP = Cost(passes=2, memory=19 << 20)
GOOD = "riktig hest batteri stift"
WRONG = "feil hest batteri stift"
OTHER = "en helt annen setning"
NOON = Instant(1_795_377_900)


@pytest.fixture
def slots(tmp_path: Path) -> StaffSlots:
    """Give a staff lock with one slot, Kari's."""
    made, _ = StaffSlots.create(tmp_path / "staff.slots", "Kari", GOOD, CHEAP)
    return made


def mode_of(path: Path) -> int:
    """Give a file's permission bits."""
    return stat.S_IMODE(path.stat().st_mode)


# ── the machine lock ─────────────────────────────────────────────────────────────────────────
def test_the_machine_lock_opens_by_itself(tmp_path: Path) -> None:
    """After a restart the service has its key again, and the file is its own alone."""
    made = MachineLock.create(tmp_path)
    assert MachineLock.open(tmp_path).store_key.reveal() == made.store_key.reveal()
    assert mode_of(tmp_path / "machine.key") == 0o600
    assert made.store_key.reveal().hex() not in repr(made)


def test_a_machine_key_is_made_once(tmp_path: Path) -> None:
    """A second set-up cannot throw away the key that opens the store."""
    key = MachineLock.create(tmp_path).store_key.reveal()
    with pytest.raises(AlreadyThere):
        MachineLock.create(tmp_path)
    assert MachineLock.open(tmp_path).store_key.reveal() == key


@pytest.mark.parametrize("length", [0, 31, 33])
def test_a_machine_key_of_another_length_is_refused(tmp_path: Path, length: int) -> None:
    """A cut or filled file is no key."""
    write_secret(tmp_path / "machine.key", bytes(length))
    with pytest.raises(StoreDamaged):
        MachineLock.open(tmp_path)


def test_the_machine_key_may_come_from_systemd(tmp_path: Path) -> None:
    """A credential is read from the directory that the service was given."""
    write_secret(tmp_path / CREDENTIAL, bytes(range(32)))
    (tmp_path / CREDENTIAL).chmod(0o440)
    assert MachineLock.from_credential(tmp_path).store_key.reveal() == bytes(range(32))
    for mode in (0o444, 0o460):
        (tmp_path / CREDENTIAL).chmod(mode)
        with pytest.raises(UnsafeFile):
            MachineLock.from_credential(tmp_path)


def test_a_service_without_its_credential_is_told_so(tmp_path: Path) -> None:
    """Neither file nor credential: nothing is invented in their place."""
    with pytest.raises(NotHere):
        MachineLock.from_credential(tmp_path)
    with pytest.raises(NotHere):
        MachineLock.open(tmp_path)


# ── the staff lock ───────────────────────────────────────────────────────────────────────────
def test_every_staff_member_opens_the_same_store(tmp_path: Path) -> None:
    """Each has a passphrase of their own and none needs another's."""
    slots, key = StaffSlots.create(tmp_path / "staff.slots", "Kari", GOOD, CHEAP)
    slots.add(key, "Ola", OTHER, CHEAP)
    assert slots.names() == ("Kari", "Ola")
    assert mode_of(slots.path) == 0o600
    for name, passphrase in [("Kari", GOOD), ("Ola", OTHER), ("kari", GOOD)]:
        assert slots.unlock(name, passphrase, NOON).reveal() == key.reveal()
    with pytest.raises(WrongPassphrase):
        slots.unlock("Ola", GOOD, NOON)


def test_a_staff_lock_is_made_once(slots: StaffSlots) -> None:
    """A second set-up cannot throw away the slots."""
    with pytest.raises(AlreadyThere):
        StaffSlots.create(slots.path, "Ola", OTHER, CHEAP)
    assert slots.names() == ("Kari",)


def test_wrong_tries_make_the_next_wait_also_after_a_restart(slots: StaffSlots) -> None:
    """The count lies on disk: a program that starts anew waits all the same."""
    for left in (4, 3, 2, 1, 0):
        with pytest.raises(WrongPassphrase) as wrong:
            StaffSlots(slots.path).unlock("Kari", WRONG, NOON)
        assert wrong.value.facts == {"tries": left}
    for passphrase in (WRONG, GOOD):
        with pytest.raises(WaitBeforeTrying) as early:
            StaffSlots(slots.path).unlock("Kari", passphrase, Instant(NOON + 2))
        assert early.value.facts == {"seconds": 3}
    slots.unlock("Kari", GOOD, Instant(NOON + 5))
    with pytest.raises(WrongPassphrase) as wrong:
        slots.unlock("Kari", WRONG, Instant(NOON + 5))
    assert wrong.value.facts == {"tries": 4}


def test_one_persons_wrong_tries_do_not_hold_up_another(slots: StaffSlots) -> None:
    """At night a colleague can still get in."""
    slots.add(slots.unlock("Kari", GOOD, NOON), "Ola", OTHER, CHEAP)
    for _ in range(5):
        with pytest.raises(WrongPassphrase):
            slots.unlock("Kari", WRONG, NOON)
    with pytest.raises(WaitBeforeTrying):
        slots.unlock("Kari", GOOD, NOON)
    slots.unlock("Ola", OTHER, NOON)


def test_a_clock_set_back_is_remembered_over_a_restart(slots: StaffSlots) -> None:
    """The wait counts anew from the step back, once, and then it ends."""
    for _ in range(5):
        with pytest.raises(WrongPassphrase):
            slots.unlock("Kari", WRONG, NOON)
    back = NOON - 1_000_000
    for now, seconds in [(back, 5), (back + 1, 4), (back + 4, 1)]:
        with pytest.raises(WaitBeforeTrying) as early:
            StaffSlots(slots.path).unlock("Kari", GOOD, Instant(now))
        assert early.value.facts == {"seconds": seconds}
    slots.unlock("Kari", GOOD, Instant(back + 5))


KILLED_TRY = """
import os, sys
from pathlib import Path
from keys import slotkey
slotkey.derived = lambda *arguments: os.kill(os.getpid(), 9)
from keys.keystore import StaffSlots
StaffSlots(Path(sys.argv[1])).unlock("Kari", "feil hest batteri stift", 1_795_377_900)
"""


def test_killing_the_program_gives_no_free_try(slots: StaffSlots) -> None:
    """A try counts from before it is made, so pulling the plug saves nobody a try."""
    for _ in range(5):
        assert run(KILLED_TRY, str(slots.path)) == -signal.SIGKILL
    with pytest.raises(WaitBeforeTrying):
        slots.unlock("Kari", GOOD, NOON)


COUNTED = """
import sys
from pathlib import Path
from keys.errors import WaitBeforeTrying, WrongPassphrase
from keys.keystore import StaffSlots
tried = 0
for _ in range(6):
    try:
        StaffSlots(Path(sys.argv[1])).unlock("Kari", "feil hest batteri stift", 1_795_377_900)
    except WrongPassphrase:
        tried += 1
    except WaitBeforeTrying:
        pass
sys.exit(tried)
"""


def test_two_processes_share_one_count_of_tries(slots: StaffSlots) -> None:
    """Guessing from two programs at once gives five free tries in all, not five each."""
    with ThreadPoolExecutor() as pool:
        guessers = [pool.submit(run, COUNTED, str(slots.path)) for _ in range(2)]
    assert sum(guesser.result() for guesser in guessers) == 5


def test_a_full_disk_refuses_the_try_rather_than_leave_it_uncounted(slots: StaffSlots) -> None:
    """Filling the disk buys nobody free guesses, and the right passphrase works afterwards."""
    before = slots.path.read_bytes()
    with little_room(10), pytest.raises(DiskFull):
        slots.unlock("Kari", WRONG, NOON)
    assert slots.path.read_bytes() == before
    slots.unlock("Kari", GOOD, NOON)


def test_a_removed_staff_member_cannot_open(slots: StaffSlots) -> None:
    """Whoever has left the centre has left the lock too."""
    key = slots.unlock("Kari", GOOD, NOON)
    slots.add(key, "Ola", OTHER, CHEAP)
    slots.remove("Kari")
    assert slots.names() == ("Ola",)
    with pytest.raises(NotHere):
        slots.unlock("Kari", GOOD, NOON)
    assert slots.unlock("Ola", OTHER, NOON).reveal() == key.reveal()


def test_the_last_slot_stays(slots: StaffSlots) -> None:
    """Nobody can lock everybody out."""
    with pytest.raises(LastSlot):
        slots.remove("Kari")
    with pytest.raises(NotHere):
        slots.remove("Ola")
    slots.unlock("Kari", GOOD, NOON)


def test_a_changed_passphrase_replaces_the_old_one(slots: StaffSlots) -> None:
    """The new one opens the same store; the old one opens nothing."""
    key = slots.unlock("Kari", GOOD, NOON)
    slots.change("Kari", GOOD, OTHER, NOON)
    assert slots.unlock("Kari", OTHER, NOON).reveal() == key.reveal()
    with pytest.raises(WrongPassphrase):
        slots.unlock("Kari", GOOD, NOON)


def test_changing_a_passphrase_asks_for_the_old_one(slots: StaffSlots) -> None:
    """A desk left open gives nobody a way to lock its owner out; a weak one is refused first."""
    with pytest.raises(WrongPassphrase):
        slots.change("Kari", WRONG, OTHER, NOON)
    with pytest.raises(WeakPassphrase):
        slots.change("Kari", GOOD, "kort", NOON)
    slots.unlock("Kari", GOOD, NOON)


def test_a_name_has_one_slot(slots: StaffSlots) -> None:
    """Nobody can hide behind a colleague's name."""
    key = slots.unlock("Kari", GOOD, NOON)
    with pytest.raises(SlotTaken):
        slots.add(key, "KARI", OTHER, CHEAP)


def test_only_the_open_stores_own_key_is_wrapped(slots: StaffSlots) -> None:
    """A new colleague never gets a slot that opens to the wrong store."""
    with pytest.raises(StoreDamaged):
        slots.add(StoreKey.generate(), "Ola", OTHER, CHEAP)


def test_the_file_has_room_for_a_hundred(slots: StaffSlots) -> None:
    """The hundred-and-first staff member is refused in words."""
    file = SlotFile.decode(read_secret(slots.path))
    others = (replace(file.slots[0], slot_id=bytes([n]) * 16, name=f"nr {n}") for n in range(99))
    write_secret(slots.path, SlotFile(file.check, (*file.slots, *others)).encode())
    with pytest.raises(OverLong):
        slots.add(slots.unlock("Kari", GOOD, NOON), "Ola", OTHER, CHEAP)


def test_an_old_copy_of_the_slots_brings_back_a_removed_slot_and_so_the_key_must_rotate(
    slots: StaffSlots,
) -> None:
    """Said aloud because no file can prevent it: who kept a copy keeps the old key."""
    copied = slots.path.read_bytes()
    key = slots.unlock("Kari", GOOD, NOON)
    slots.add(key, "Ola", OTHER, CHEAP)
    slots.remove("Kari")
    write_secret(slots.path, copied)
    assert slots.unlock("Kari", GOOD, NOON).reveal() == key.reveal()


def unlock(slots: StaffSlots) -> None:
    """Unlock as Kari."""
    slots.unlock("Kari", GOOD, NOON)


def remove(slots: StaffSlots) -> None:
    """Remove Kari."""
    slots.remove("Kari")


@pytest.mark.parametrize("use", [StaffSlots.names, unlock, remove])
def test_a_broken_or_open_slot_file_is_refused(
    slots: StaffSlots, use: Callable[[StaffSlots], object]
) -> None:
    """Others' eyes, other bytes or no file at all: each is told, and nothing is written."""
    slots.path.chmod(0o644)
    with pytest.raises(UnsafeFile):
        use(slots)
    write_secret(slots.path, b"not slots")
    with pytest.raises(StoreDamaged):
        use(slots)
    slots.path.unlink()
    with pytest.raises(NotHere):
        use(slots)
