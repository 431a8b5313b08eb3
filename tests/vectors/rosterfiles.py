"""The smallest authority there may be, and its TUF files, each written by its pieces."""

import json
from collections.abc import Callable, Iterable
from hashlib import sha256
from typing import Any, Final

from securesystemslib.formats import encode_canonical  # pyright: ignore[reportUnknownVariableType] - its parameter types are bare

from keys.calendar import Instant
from keys.metadata import Listed, write_listing, write_root
from keys.quorum import RoleKeys, TufRole
from keys.tufkeys import KeyPair
from keys.wire import lp
from tests.vectors.making import Book, seed
from tests.vectors.octets import Json, of

NOW: Final = Instant(1_800_000_000)
DAY: Final = 86_400
Change = Callable[[dict[str, Any]], object]


def pair(name: str) -> KeyPair:
    """Return that signer's keys, always the same."""
    return KeyPair.from_seed(seed(f"pair {name}", 64))


HOLDERS: Final = (pair("holder 1"), pair("holder 2"))
REGISTRARS: Final = (pair("registrar 1"), pair("registrar 2"))
ONLINE: Final = pair("online")


class Files:
    """Makes the four files and writes them by their pieces."""

    def __init__(self, book: Book) -> None:
        self._book = book

    def signed(self, name: str, file: bytes, pairs: Iterable[KeyPair], change: Change) -> Json:
        """Name `file` after `change`, well signed by `pairs`."""
        part = json.loads(file)["signed"]
        change(part)
        payload = str(encode_canonical(part)).encode()
        drawn = [self._drawn(f"{name}, signature", pair, payload) for pair in pairs]
        signatures = sorted((line for lines in drawn for line in lines), key=lambda one: one[0])
        listed = [{"keyid": key_id, "sig": sig} for key_id, sig in signatures]
        whole = {"signatures": listed, "signed": part}
        made = json.dumps(whole, sort_keys=True, separators=(",", ":")).encode()
        spelt = tuple(key for key in self._book.named if key.startswith(f"{name}, signature"))
        keys = ("keys of the root",) if "keys of the root" in self._book.named else ()
        return self._book.keep(name, self._book.brief(made, *keys, spelt=spelt))

    def _drawn(self, name: str, pair: KeyPair, payload: bytes) -> list[tuple[str, str]]:
        classical, quantum = pair.sign(payload)
        name = f"{name} {pair.card.card_id.hex()[:8]}"
        kept = self._book.draw(
            name, lp(pair.seed, payload), lambda: bytes.fromhex(quantum.signature)
        )
        return [
            (classical.keyid, classical.signature),
            (quantum.keyid, self._book.read(kept).hex()),
        ]

    def root(self, name: str, change: Change, version: int = 1) -> Json:
        """Name a root."""
        roles = {
            TufRole.ROOT: RoleKeys.by_persons(tuple(pair.card for pair in HOLDERS), 2),
            TufRole.TARGETS: RoleKeys.by_persons(tuple(pair.card for pair in REGISTRARS), 2),
            TufRole.SNAPSHOT: RoleKeys((ONLINE.card,), 2),
            TufRole.TIMESTAMP: RoleKeys((ONLINE.card,), 2),
        }
        file = write_root(version, Instant(NOW + 365 * DAY), roles)
        if "keys of the root" not in self._book.named:
            begin, end = file.index(b'"keys":'), file.index(b',"roles":')
            self._book.keep("keys of the root", [{"text": file[begin:end].decode()}])
        return self.signed(name, file, HOLDERS, change)

    def listing(
        self, name: str, role: TufRole, version: int, listed: Listed, expires: int
    ) -> bytes:
        """Name a timestamp, snapshot or targets file and return it."""
        pairs = REGISTRARS if role is TufRole.TARGETS else (ONLINE,)
        file = write_listing(role, version, Instant(expires), listed)
        return self._book.read(self.signed(name, file, pairs, lambda _: None))

    def version(self, number: int, register: bytes, signed_at: int) -> dict[str, Json]:
        """Name one whole version of the roster and return its files as a vector has them."""
        name = f"register {number}"
        self._book.keep(name, self._book.brief(register, "identity of eva", "identity of ole"))
        targets = self.listing(
            f"targets {number}",
            TufRole.TARGETS,
            number,
            Listed.of(0, register),
            NOW + 35 * DAY,
        )
        expires = signed_at + 2 * DAY
        snapshot = self.listing(
            f"snapshot {number}", TufRole.SNAPSHOT, number, Listed.of(number, targets), expires
        )
        listed = Listed.of(number, snapshot)
        self.listing(f"timestamp {number}", TufRole.TIMESTAMP, number, listed, expires)
        return {
            f"{number}.targets.json": of(f"targets {number}"),
            f"{sha256(register).hexdigest()}.roster.msgpack": of(name),
            f"{number}.snapshot.json": of(f"snapshot {number}"),
            "timestamp.json": of(f"timestamp {number}"),
        }
