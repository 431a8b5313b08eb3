"""Puts notes together by the words of ENVELOPE E-4, byte for byte, and not by our code."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from keys.calendar import Day
from keys.epoch import EpochRole, key_hash, key_id
from keys.hpke import HpkeSecret
from keys.hpke import seal as hpke_seal
from keys.wire import lp
from tests.vectors.cast import TODAY, Actor
from tests.vectors.making import Book
from tests.vectors.octets import Json

SUITE: Final = bytes.fromhex("647a00010003")
SEALING: Final = 1_136
"""Sealed bytes are this much longer."""


@dataclass(frozen=True, slots=True)
class Layers:
    """The two layers of a note, and all that they are bound to."""

    reader: Actor
    plain: Callable[[], bytes]
    """Draws the inner plaintext."""
    means: bytes
    """What decides its meaning: the plaintext itself, but for what is random in it."""
    size: int
    """The plaintext's length."""
    blobs: bytes = b""
    board: str = "centre"
    day: Day = TODAY
    salt: bytes = b"i" * 16
    inner_board: str | None = None
    inner_key: HpkeSecret | None = None
    around: Callable[[bytes], bytes] | None = None
    """Makes the outer plaintext around the sealed inner layer, where it is not the honest one."""

    def draw(self, book: Book, name: str) -> Json:
        """Draw the note, or keep the one that means the same."""
        recipe = lp(
            b"note", self.means, self._inner_info, self._outer(bytes(self.size)), self._outer_info
        )
        return book.draw(name, recipe, self._sealed)

    @property
    def _inner_public(self) -> HpkeSecret:
        return self.inner_key or self.reader.epoch(EpochRole.INNER).hpke

    @property
    def _inner_info(self) -> bytes:
        board = (self.inner_board or self.board).encode()
        hashed = key_hash(self._inner_public.public)
        return b"inner" + lp(SUITE, board, self.reader.member_id, self.salt, hashed)

    @property
    def _outer_info(self) -> bytes:
        day, named = self.day.to_bytes(4, "big"), key_id(self.reader.epoch(EpochRole.OUTER).public)
        return b"outer" + lp(SUITE, self.board.encode(), day, self.reader.member_id, named)

    def _outer(self, inner: bytes) -> bytes:
        if self.around is not None:
            return self.around(inner)
        return lp(self.salt, self.blobs, inner)

    def _sealed(self) -> bytes:
        inner = hpke_seal(self._inner_public.public, self._inner_info, self.plain())
        outer = self.reader.epoch(EpochRole.OUTER).public
        return hpke_seal(outer, self._outer_info, self._outer(inner))
