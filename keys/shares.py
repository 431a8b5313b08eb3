"""One secret among several people, on paper: so many of them together have it, fewer have nothing.

This file knows replicated XOR sharing and its sheets of words (ENVELOPE E-16.2, E-16.3). It refuses
to know what the secret is for, where a sheet lies, and to accept a slip of the pen.

Every group of people that must not have the secret lacks one piece, and all pieces together are
the secret: XOR and nothing else, so that a share can be made up by hand from what stands here.
Source: Ito, Saito, Nishizeki, «Secret sharing scheme realizing general access structure» (1987).
"""

import secrets
import string
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Final, Self

from keys.errors import BadSettings, BelowThreshold, Damaged, WrongShape
from keys.mnemonics import english

SECRET_BYTES: Final = 32
TAG_BYTES: Final = 16
MOST_HOLDERS: Final = 5
WORDS: Final = 24
"""Words in a piece: 256 bits and 8 of a check (BIP 39)."""
_ROW: Final = 6
SHEET_LIMIT: Final = 16_384
"""The longest sheet, in characters."""


@dataclass(frozen=True, slots=True)
class Share:
    """What one person holds.

    Attributes:
        number: whose of the shares it is, from 1.
        holders: how many there are.
        needed: how many together have the secret.
        tag: 16 bytes of the id of what the secret is, so that shares of two are not mixed up.
        pieces: by their letters, 32 bytes each.
    """

    number: int
    holders: int
    needed: int
    tag: bytes
    pieces: dict[str, bytes] = field(repr=False)

    def sheet(self) -> str:
        """Return the lines that are printed and typed in again; without a word about their use."""
        lines = [
            f"share {self.number} of {self.holders}, {self.needed} needed",
            f"key {grouped(self.tag)}",
        ]
        for letter, piece in self.pieces.items():
            words = english().to_mnemonic(piece).split()
            rows = [words[at : at + _ROW] for at in range(0, WORDS, _ROW)]
            lines += [
                f"{mark} {' '.join(row)}" for mark, row in zip(letter + "   ", rows, strict=True)
            ]
        return "\n".join(lines) + "\n"

    @classmethod
    def read(cls, text: str) -> Self:
        """Read a sheet: capitals, spaces and empty lines do not count, nor what follows a `#`.

        Raises:
            WrongShape: a line has not its form, or a word was misread; `line` says where.
        """
        lines = [
            (number, line.partition("#")[0].lower().replace(",", " ").split())
            for number, line in enumerate(text[:SHEET_LIMIT].splitlines(), start=1)
        ]
        lines = [(number, words) for number, words in lines if words]
        if len(text) > SHEET_LIMIT or len(lines) < 3:  # noqa: PLR2004 - head, key, one piece
            raise WrongShape(field="share")
        (first, head), (second, key), *rest = lines
        number, holders, needed = _head(first, head)
        tag = _tag(second, key)
        last = rest[-1][0]
        pieces = _pieces([(at, word) for at, words in rest for word in words])
        if tuple(pieces) != letters_of(number, holders, needed):
            raise WrongShape(field="share.pieces", line=last)
        return cls(number, holders, needed, tag, pieces)


def split(secret: bytes, holders: int, needed: int, tag: bytes) -> tuple[Share, ...]:
    """Split a secret among `holders`, of whom `needed` have it together.

    Args:
        secret: 32 bytes.
        holders: 2 to 5.
        needed: 2 to `holders`.
        tag: 16 bytes of the id of what it is.

    Raises:
        BadSettings: so many people cannot be.
    """
    every = _letters(holders, needed)
    pieces = {letter: secrets.token_bytes(SECRET_BYTES) for letter in every}
    *_, last = every
    pieces[last] = _xor([secret, *(pieces[letter] for letter in every if letter != last)])
    return tuple(
        Share(one, holders, needed, tag, {letter: pieces[letter] for letter in mine})
        for one in range(1, holders + 1)
        if (mine := letters_of(one, holders, needed))
    )


def join(shares: Sequence[Share]) -> bytes:
    """Return the secret of enough shares.

    Whether it is the right one shows by its key: XOR finds no mistake.

    Raises:
        BelowThreshold: too few of them, by so many.
        Damaged: they are not of one secret, or two have another piece of the same letter.
    """
    first = shares[0] if shares else None
    if first is None:
        raise BelowThreshold(count=2)
    kinds = {(one.holders, one.needed, one.tag) for one in shares}
    found: dict[str, bytes] = {}
    for share in shares:
        for letter, piece in share.pieces.items():
            if found.setdefault(letter, piece) != piece:
                raise Damaged
    if len(kinds) != 1:
        raise Damaged
    missing = first.needed - len({one.number for one in shares})
    if missing > 0:
        raise BelowThreshold(count=missing)
    return _xor(found.values())


def letters_of(number: int, holders: int, needed: int) -> tuple[str, ...]:
    """Return the letters of the pieces that a share has.

    Raises:
        BadSettings: there is no such share.
    """
    if not 1 <= number <= holders:
        raise BadSettings(field="holders")
    return tuple(
        letter for letter, lacks in _letters(holders, needed).items() if number not in lacks
    )


def _letters(holders: int, needed: int) -> dict[str, tuple[int, ...]]:
    """Return who lacks each piece: every group that is one too small to have the secret."""
    if not 2 <= needed <= holders <= MOST_HOLDERS:  # noqa: PLR2004 - one person alone is no sharing
        raise BadSettings(field="holders")
    groups = combinations(range(1, holders + 1), needed - 1)
    return dict(zip(string.ascii_lowercase, groups, strict=False))


def _xor(parts: Iterable[bytes]) -> bytes:
    total = 0
    for part in parts:
        total ^= int.from_bytes(part, "big")
    return total.to_bytes(SECRET_BYTES, "big")


def grouped(tag: bytes) -> str:
    """Return a tag as it is read and compared: hexadecimal, in groups of four digits."""
    digits = tag.hex()
    return " ".join(digits[at : at + 4] for at in range(0, len(digits), 4))


def _head(line: int, words: list[str]) -> tuple[int, int, int]:
    match words:
        case ["share", number, "of", holders, needed, "needed"] if all(
            len(one) == 1 and one in string.digits for one in (number, holders, needed)
        ):
            try:
                letters_of(int(number), int(holders), int(needed))
            except BadSettings:
                raise WrongShape(field="share.head", line=line) from None
            return int(number), int(holders), int(needed)
        case _:
            raise WrongShape(field="share.head", line=line)


def _tag(line: int, words: list[str]) -> bytes:
    digits = "".join(words[1:])
    if words[0] != "key" or len(digits) != 2 * TAG_BYTES or set(digits) - set("0123456789abcdef"):
        raise WrongShape(field="share.key", line=line)
    return bytes.fromhex(digits)


def _pieces(typed: list[tuple[int, str]]) -> dict[str, bytes]:
    """Read letters, each with its words behind it; no word has one letter alone."""
    known = frozenset(english().wordlist)
    phrases: dict[str, list[str]] = {}
    letter = ""
    for line, word in typed:
        if len(word) == 1 and word not in phrases:
            letter = word
            phrases[letter] = []
        elif word not in known or not letter:
            raise WrongShape(field="share.words", line=line)
        else:
            phrases[letter].append(word)
    for phrase in phrases.values():
        if len(phrase) != WORDS or not english().check(" ".join(phrase)):
            raise WrongShape(field="share.words", line=typed[-1][0])
    return {one: bytes(english().to_entropy(phrase)) for one, phrase in phrases.items()}
