"""Writes one file of vectors: named bytes, good vectors, and ones that change a single input.

This file knows the form of a vector file and keeps two promises for whoever fills one: a vector
says what our code really answers, or it cannot be written; and bytes that a random draw went
into are drawn once and kept, so that writing the files anew changes nothing.
"""

from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256, shake_256
from typing import Final, TypeAlias, cast

from keys.errors import Refusal
from keys.hpke import HpkePublic
from keys.hpke import seal as hpke_seal
from keys.identity import Identity, Purpose
from keys.wire import lp
from tests.vectors.octets import Json, Octets, of

Gives: TypeAlias = dict[str, Json]
SHOWN: Final = 256
"""The most bytes that a vector's answer writes out."""


class Said:
    """The inputs of one vector, as an opener reads them."""

    def __init__(self, inputs: Mapping[str, Json], octets: Octets) -> None:
        self._inputs = inputs
        self._octets = octets

    def octets(self, name: str) -> bytes:
        """Return an input that is bytes."""
        return self._octets.read(self._inputs[name])

    def text(self, name: str) -> str:
        """Return an input that is text; where that is long, it is written as its bytes are."""
        value = self._inputs[name]
        return value if isinstance(value, str) else self._octets.read(value).decode()

    def number(self, name: str) -> int:
        """Return an input that is a whole number."""
        value = self._inputs[name]
        assert isinstance(value, int), name
        return value

    def flag(self, name: str) -> bool:
        """Return an input that is true or false."""
        return self._inputs[name] is True

    def items(self, name: str) -> list[Json]:
        """Return an input that is a list."""
        value = self._inputs[name]
        assert isinstance(value, list), name
        return value

    def each(self, name: str) -> list[bytes]:
        """Return an input that is a list of bytes."""
        return [self._octets.read(value) for value in self.items(name)]

    def table(self, name: str) -> dict[str, Json]:
        """Return an input that is an object."""
        value = self._inputs[name]
        assert isinstance(value, dict), name
        return value

    def read(self, value: Json) -> bytes:
        """Return bytes that stand inside a list or an object."""
        return self._octets.read(value)


Opener: TypeAlias = Callable[[Said], Gives]


@dataclass(slots=True)
class Book:
    """One vector file being written."""

    clause: str
    about: str
    openers: Mapping[str, Opener]
    before: Mapping[str, Json] = field(default_factory=dict[str, Json])
    """The named bytes of the file as it is; nothing when all is to be drawn anew."""
    named: dict[str, Json] = field(default_factory=dict[str, Json])
    vectors: list[Json] = field(default_factory=list[Json])
    _opener: str = ""
    _base: str = ""
    _said: dict[str, Json] = field(default_factory=dict[str, Json])

    # ── Bytes ────────────────────────────────────────────────────────────────────────────────
    def keep(self, name: str, said: Json) -> Json:
        """Give bytes a name; return how vectors write them."""
        assert self.named.setdefault(name, said) == said, name
        return of(name)

    def read(self, said: Json) -> bytes:
        """Return the bytes that `said` stands for."""
        return Octets(self.named).read(said)

    def brief(self, data: bytes, *names: str, spelt: tuple[str, ...] = ()) -> list[Json]:
        """Write `data` with those named bytes in it by their names; `spelt` ones as hexadecimal."""
        known: list[tuple[bytes, Json]] = [(self.read(of(name)), of(name)) for name in names]
        known += [(self.read(of(name)).hex().encode(), {"hex": of(name)}) for name in spelt]
        return _brief(data, known)

    def draw(self, name: str, recipe: bytes, make: Callable[[], bytes]) -> Json:
        """Give a name to bytes that `make` draws at random: the kept ones, if they are of `recipe`.

        The recipe is everything that decides what the bytes mean.
        """
        mark = sha256(recipe).hexdigest()[:32]
        match self.before.get(name):
            case {"base64": str(text), "recipe": str(was)} if was == mark:
                return self.keep(name, {"base64": text, "recipe": mark})
            case _:
                drawn = b64encode(make()).decode()
                return self.keep(name, {"base64": drawn, "recipe": mark})

    def sign(self, name: str, identity: Identity, purpose: Purpose, body: bytes) -> Json:
        """Draw an identity's signature: its second half is random."""
        recipe = lp(b"sign", identity.seed, purpose.encode(), body)
        return self.draw(name, recipe, lambda: identity.sign(purpose, body))

    def seal(self, name: str, public: HpkePublic, info: bytes, plain: bytes) -> Json:
        """Draw an HPKE sealing: its encapsulation is random."""
        recipe = lp(b"seal", public.raw, info, plain)
        return self.draw(name, recipe, lambda: hpke_seal(public, info, plain))

    # ── Vectors ──────────────────────────────────────────────────────────────────────────────
    def good(self, name: str, clause: str, comment: str, opener: str, /, **said: Json) -> None:
        """Write a vector that passes; the ones after it change one of its inputs."""
        self._base, self._opener, self._said = name, opener, said
        head: dict[str, Json] = {"name": name, "clause": clause, "comment": comment}
        gives = self._answer(said)
        assert not isinstance(gives, Refusal), (name, gives)
        self.vectors.append({**head, "open": opener, "input": dict(said), "gives": gives})

    def also(self, name: str, clause: str, comment: str, /, **but: Json) -> None:
        """Write a vector that passes too, with one input of the last good one changed."""
        gives = self._answer(self._said | but)
        assert not isinstance(gives, Refusal), (name, gives)
        self._changed(name, clause, comment, but, {"gives": gives})

    def bad(
        self, name: str, clause: str, refusal: type[Refusal], comment: str, /, **but: Json
    ) -> None:
        """Write a vector that is refused for the one input in which it is not the last good one."""
        found = self._answer(self._said | but)
        assert isinstance(found, refusal), (name, found)
        self._changed(name, clause, comment, but, {"refusal": refusal.code})

    def _changed(
        self, name: str, clause: str, comment: str, but: dict[str, Json], outcome: Gives
    ) -> None:
        assert len(but) == 1, name
        assert but.keys() <= self._said.keys(), name
        head: dict[str, Json] = {"name": name, "clause": clause, "comment": comment}
        self.vectors.append({**head, "like": self._base, "but": dict(but), **outcome})

    def _answer(self, said: Mapping[str, Json]) -> Gives | Refusal:
        return answer(self.openers[self._opener], Said(said, Octets(self.named)))

    def written(self) -> dict[str, Json]:
        """Return the file."""
        names = [cast("Gives", vector)["name"] for vector in self.vectors]
        assert len({str(name) for name in names}) == len(names)
        return {
            "clause": self.clause,
            "about": self.about,
            "bytes": dict(self.named),
            "vectors": self.vectors,
        }


def _brief(data: bytes, known: Sequence[tuple[bytes, Json]]) -> list[Json]:
    for octets, said in known:
        head, found, tail = data.partition(octets)
        if found:
            return [*_brief(head, known), said, *_brief(tail, known)]
    if data.isascii() and data.decode().isprintable() and data:
        return [{"text": data.decode()}]
    return [data.hex()] if data else []


def answer(opener: Opener, said: Said) -> Gives | Refusal:
    """Return what our code answers."""
    try:
        return opener(said)
    except Refusal as refusal:
        return refusal


def seed(words: str, size: int = 32) -> bytes:
    """Return the fixed secret that `words` stand for: SHAKE256 of them."""
    return shake_256(b"folge vectors: " + words.encode()).digest(size)


def shown(data: bytes) -> Json:
    """Write what an opener gives: in hexadecimal, or by length and hash when it is long."""
    if len(data) <= SHOWN:
        return data.hex()
    return {"length": len(data), "sha256": sha256(data).hexdigest()}


def prefixed(*parts: Json, sizes: tuple[int, ...]) -> list[Json]:
    """Write `lp` of parts whose lengths are `sizes`."""
    return [
        piece
        for part, size in zip(parts, sizes, strict=True)
        for piece in (size.to_bytes(4, "big").hex(), part)
    ]
