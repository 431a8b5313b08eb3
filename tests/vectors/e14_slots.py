"""Vectors of E-14.10 to E-14.17: the slot file, passphrases, and the wait after wrong tries."""

import tempfile
from pathlib import Path
from typing import Final

import nacl.bindings
import nacl.pwhash.argon2id as argon2

from keys.calendar import Instant
from keys.errors import (
    BadSettings,
    LastSlot,
    NotHere,
    OverLong,
    SlotTaken,
    StoreDamaged,
    WaitBeforeTrying,
    WeakPassphrase,
    WrongPassphrase,
)
from keys.keystore import StaffSlots
from keys.rows import StoreKey
from keys.secretfile import write_secret
from keys.slots import Cost, Slot, SlotFile, check_strength, passphrase_octets
from keys.wire import Packable, lp, pack
from tests.vectors.making import Book, Gives, Said, seed
from tests.vectors.octets import Json

CLAUSE = "E-14"
ABOUT = "Staff slots, passphrases and waits. Nothing of it leaves the machine."
_KEY: Final = bytes(range(32))
_PASSES: Final = 2
_MEMORY: Final = 19 << 20
_PASSPHRASE: Final = "blåbærsyltetøy på loff"


def _unlock(said: Said) -> Gives:
    file = SlotFile.decode(said.octets("file"))
    key = file.find(said.text("name")).unwrap(said.text("passphrase"))
    return {"slots": len(file.slots), "check": key.derive("check").hex()}


def _wait(said: Said) -> Gives:
    slot = Slot(
        bytes(16),
        "eva",
        Cost(_PASSES, _MEMORY),
        bytes(16),
        said.number("failures"),
        Instant(said.number("last_try")),
        b"",
    )
    after, wait = slot.knock(Instant(said.number("now")))
    if wait:
        raise WaitBeforeTrying(seconds=wait)
    return {"failures": after.failures, "last_try": after.last_try}


def _passphrase(said: Said) -> Gives:
    check_strength(said.text("passphrase"))
    return {"octets": passphrase_octets(said.text("passphrase")).hex()}


def _cost(said: Said) -> Gives:
    cost = Cost(said.number("passes"), said.number("memory"))
    return {"passes": cost.passes, "memory": cost.memory}


def _removed(said: Said) -> Gives:
    with tempfile.TemporaryDirectory() as place:
        slots = _slots(Path(place), said)
        slots.remove(said.text("name"))
        return {"names": [*slots.names()]}


def _added(said: Said) -> Gives:
    with tempfile.TemporaryDirectory() as place:
        slots = _slots(Path(place), said)
        key = StoreKey(said.octets("store_key"))
        slots.add(key, said.text("name"), _PASSPHRASE, Cost(_PASSES, _MEMORY))
        return {"names": [*slots.names()]}


def _slots(directory: Path, said: Said) -> StaffSlots:
    path = directory / "slots"
    write_secret(path, said.octets("file"))
    return StaffSlots(path)


OPENERS = {
    "unlock": _unlock,
    "wait": _wait,
    "new passphrase": _passphrase,
    "cost": _cost,
    "slot removed": _removed,
    "slot added": _added,
}


def write(book: Book) -> None:
    """Write the file."""
    _slot_files(book)
    _passphrases(book)
    _waits(book)


def _slot(owner: str, /, **but: Packable) -> list[Packable]:
    slot_id, salt, nonce = seed(f"id {owner}", 16), seed(f"salt {owner}", 16), seed("n", 24)
    numbers = _PASSES.to_bytes(4, "big"), _MEMORY.to_bytes(8, "big")
    aad = b"folge/1\0slot" + lp(slot_id, owner.encode(), *numbers, salt)
    key = argon2.kdf(32, _PASSPHRASE.encode(), salt, _PASSES, _MEMORY)
    box = nacl.bindings.crypto_aead_xchacha20poly1305_ietf_encrypt(_KEY, aad, nonce, key)
    honest: dict[str, Packable] = {
        "id": slot_id,
        "name": owner,
        "passes": _PASSES,
        "memory": _MEMORY,
        "salt": salt,
        "failures": 0,
        "last_try": 0,
        "wrapped": nonce + box,
    }
    assert but.keys() <= honest.keys()
    return ["slot", 1, *(honest | but).values()]


def _file(*slots: Packable) -> str:
    return pack(["staff-slots", 1, StoreKey(_KEY).derive("check"), [*slots]]).hex()


def _slot_files(book: Book) -> None:
    eva, ida = _slot("Eva"), _slot("Ida")
    two = _file(eva, ida)
    book.good(
        "two slots",
        "E-14.12",
        "",
        "unlock",
        file=two,
        name="Eva",
        passphrase=_PASSPHRASE,
    )
    book.also("the other slot", "E-14.12", "", name="Ida")
    book.also("a name in capitals", "E-14.10", "", name="EVA")
    apart = _PASSPHRASE.replace("å", "a\u030a")
    book.also("«å» as two signs", "E-14.11", "NFKC", passphrase=apart)
    book.bad("another passphrase", "E-14.12", WrongPassphrase, "", passphrase="blåbærsyltetøy")
    book.bad("a name without a slot", "E-14.13", NotHere, "", name="Ole")
    tampered: tuple[tuple[str, Packable], ...] = (
        ("another salt", _slot("Eva", salt=bytes(16))),
        ("three passes", _slot("Eva", passes=3)),
        ("another id", _slot("Eva", id=bytes(16))),
    )
    for name, slot in tampered:
        book.bad(f"a slot: {name}", "E-14.12", WrongPassphrase, "", file=_file(slot, ida))
    many = [["slot", 1, seed(f"{n}", 16), f"{n}", *eva[4:]] for n in range(101)]
    damaged: tuple[tuple[str, str], ...] = (
        ("no slot", _file()),
        ("101 slots", _file(*many)),
        ("one name twice", _file(eva, _slot("Ida", name="ｅＶＡ"))),
        ("one id twice", _file(eva, _slot("Ida", id=eva[2]))),
        ("one pass", _file(_slot("Eva", passes=1))),
        ("less than 19 MiB", _file(_slot("Eva", memory=_MEMORY - 1))),
        ("more than 512 MiB", _file(_slot("Eva", memory=(512 << 20) + 1))),
        ("71 wrapped bytes", _file(_slot("Eva", wrapped=bytes(71)))),
        ("a byte behind it", two + "00"),
        ("another version", pack(["staff-slots", 2]).hex()),
    )
    for name, data in damaged:
        book.bad(f"a slot file: {name}", "E-14.10", StoreDamaged, "", file=data)
    book.good("a slot removed", "E-14.17", "", "slot removed", file=two, name="Eva")
    book.bad("the last slot", "E-14.17", LastSlot, "", file=_file(eva))
    key = _KEY.hex()
    book.good("a slot added", "E-14.17", "", "slot added", file=two, name="Ole", store_key=key)
    book.bad("a name that has one", "E-14.17", SlotTaken, "", name="eva")
    book.bad("around another key", "E-14.10", StoreDamaged, "", store_key="00" * 32)


def _passphrases(book: Book) -> None:
    book.good("twelve characters", "E-14.11", "", "new passphrase", passphrase="blåbærsyltet")
    twelve = "bla\u030abærsyltet"
    book.also("thirteen signs that are twelve", "E-14.11", "NFKC", passphrase=twelve)
    book.bad("eleven characters", "E-14.11", WeakPassphrase, "", passphrase="blåbærsylte")
    eleven = "bla\u030abærsylte"
    book.bad("twelve signs that are eleven", "E-14.11", WeakPassphrase, "", passphrase=eleven)
    long: Json = {"repeat": "61", "times": 1_025}
    book.bad("1,025 characters", "E-14.11", OverLong, "", passphrase=long)
    book.good("the least cost", "E-14.11", "", "cost", passes=_PASSES, memory=_MEMORY)
    rows: tuple[tuple[str, dict[str, Json]], ...] = (
        ("one pass", {"passes": 1}),
        ("17 passes", {"passes": 17}),
        ("a byte less than 19 MiB", {"memory": _MEMORY - 1}),
        ("a byte more than 512 MiB", {"memory": (512 << 20) + 1}),
    )
    for name, but in rows:
        book.bad(f"a cost: {name}", "E-14.11", BadSettings, "", **but)


def _waits(book: Book) -> None:
    now = 1_800_000_000
    for failures, delay in ((5, 5), (6, 15), (7, 60), (8, 300), (9, 900), (50, 900)):
        book.good(
            f"the try after {failures} wrong ones",
            "E-14.14",
            f"open after {delay} s; it is counted before it is made",
            "wait",
            failures=failures,
            last_try=now,
            now=now + delay,
        )
        name = f"the same a second too soon after {failures}"
        book.bad(name, "E-14.14", WaitBeforeTrying, "", now=now + delay - 1)
        back = f"a clock set back after {failures}"
        book.bad(back, "E-14.15", WaitBeforeTrying, "the whole delay", now=now - 86_400)
    book.good("the fifth try", "E-14.13", "", "wait", failures=4, last_try=now, now=now)
