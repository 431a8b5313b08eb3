"""Vectors of E-3: the one suite, its keys, and the batches that publish them."""

from itertools import chain
from typing import Final

from keys.calendar import Day
from keys.epoch import EpochBatch, EpochRole, key_hash, key_id
from keys.errors import BadSignature, NoKeys, TrailingBytes, WrongShape
from keys.hpke import HpkePublic, HpkeSecret, open_
from keys.identity import SIGNATURE_BYTES, Identity, PublicIdentity, Purpose
from keys.wire import Packable, pack
from tests.vectors.cast import EVA, IDA, TODAY
from tests.vectors.making import Book, Gives, Said, prefixed, seed
from tests.vectors.octets import Json, of

CLAUSE = "E-3"
ABOUT = "Epoch keys: HPKE with MLKEM768-X25519, HKDF-SHA256, ChaCha20-Poly1305; signed batches."
_MLKEM: Final = 1_184


def _key_of(said: Said) -> Gives:
    secret = HpkeSecret.from_seed(said.octets("seed"))
    return {"hash": key_hash(secret.public).hex(), "id": key_id(secret.public).hex()}


def _public(said: Said) -> Gives:
    return {"hash": key_hash(HpkePublic.decode(said.octets("public"))).hex()}


def _open(said: Said) -> Gives:
    secret = HpkeSecret.from_seed(said.octets("seed"))
    plain = open_(secret, said.octets("info"), said.octets("sealed"))
    return {"plain": None if plain is None else plain.hex()}


def _batch(said: Said) -> Gives:
    batch = EpochBatch.decode(said.octets("batch"))
    batch.check(PublicIdentity.decode(said.octets("identity")))
    day = batch.for_day(Day(said.number("day")))
    return {
        "days": len(batch.days),
        "outer": key_hash(day.outer_public).hex(),
        "inner": key_hash(day.inner_public).hex(),
    }


OPENERS = {"key of a seed": _key_of, "public key": _public, "open": _open, "batch": _batch}


def write(book: Book) -> None:
    """Write the file."""
    book.good("a key of a seed", "E-3.1", "", "key of a seed", seed=seed("a key").hex())
    book.bad("a key's seed of 31 bytes", "E-3.1", WrongShape, "", seed=seed("a key", 31).hex())
    _publics(book)
    _sealings(book)
    _batches(book)


def _publics(book: Book) -> None:
    raw = HpkeSecret.from_seed(seed("a key")).public.raw
    book.keep("public", raw.hex())
    lattice, point = of("public", 0, _MLKEM), of("public", _MLKEM)
    book.good("a public key", "E-3.3", "", "public key", public=of("public"))
    rows: tuple[tuple[str, str, Json], ...] = (
        ("a byte short", "", of("public", 0, -1)),
        ("a byte more", "", [of("public"), "00"]),
        ("only the ML-KEM half", "", lattice),
        ("only the X25519 half", "", point),
        ("a coefficient of 3,329", "q itself, FIPS 203", ["010d", of("public", 2)]),
        ("a coefficient of 4,095", "", ["ff0f", of("public", 2)]),
        ("the point 0", "small order", [lattice, "00" * 32]),
        ("the point 1", "small order", [lattice, "01" + "00" * 31]),
        (
            "a point of order 8",
            "small order",
            [lattice, "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"],
        ),
        ("the point 2^255 - 19", "0, not reduced", [lattice, "ed" + "ff" * 30 + "7f"]),
    )
    for name, comment, public in rows:
        book.bad(name, "E-3.2", WrongShape, comment, public=public)


def _sealings(book: Book) -> None:
    secret = HpkeSecret.from_seed(seed("a key"))
    sealed = book.seal("sealed", secret.public, b"info", b"hello")
    book.good(
        "sealed to that key",
        "E-3.1",
        "`plain` is nil when the bytes are not for this key, which is no refusal (E-3.2)",
        "open",
        seed=seed("a key").hex(),
        info=b"info".hex(),
        sealed=sealed,
    )
    encapsulated, rest = of("sealed", 0, 1_088), of("sealed", 1_120)
    tag = bytes([book.read(of("sealed", -1))[0] ^ 1]).hex()
    rows: tuple[tuple[str, dict[str, Json]], ...] = (
        ("for another key", {"seed": seed("another key").hex()}),
        ("under another info", {"info": b"inf".hex()}),
        ("a bit of the tag", {"sealed": [of("sealed", 0, -1), tag]}),
        ("the ML-KEM ciphertext zero", {"sealed": ["00" * 1_088, of("sealed", 1_088)]}),
        (
            "an ephemeral point of small order",
            {"sealed": [encapsulated, "00" * 32, rest]},
        ),
        ("only the encapsulation", {"sealed": of("sealed", 0, 1_120)}),
        ("nothing sealed", {"sealed": ""}),
    )
    for name, but in rows:
        book.also(name, "E-3.2", "", **but)


def _batches(book: Book) -> None:
    days = [Day(TODAY + at) for at in range(2)]
    pairs = [
        [EVA.epoch(role, day).public.raw for role in (EpochRole.OUTER, EpochRole.INNER)]
        for day in days
    ]
    keys = ("outer 1", "inner 1", "outer 2", "inner 2")
    for name, raw in zip(keys, chain(*pairs), strict=True):
        book.keep(name, raw.hex())

    def made(name: str, *fields: Packable, by: Identity = EVA.secret) -> list[Json]:
        body = pack(["epochs", 1, *fields])
        signature = book.sign(f"batch {name}", by, Purpose.EPOCHS, body)
        return prefixed(book.brief(body, *keys), signature, sizes=(len(body), SIGNATURE_BYTES))

    honest = made("honest", EVA.member_id, TODAY, pairs)
    book.keep("batch", honest)
    eva = book.keep("eva", EVA.identity.encode().hex())
    ida = book.keep("ida", IDA.identity.encode().hex())
    book.good("two days of eva's", "E-3.4", "", "batch", batch=of("batch"), identity=eva, day=TODAY)
    book.also("the second day", "E-3.4", "", day=TODAY + 1)
    book.bad("the day before", "E-3.5", NoKeys, "", day=TODAY - 1)
    book.bad("the day after", "E-3.5", NoKeys, "", day=TODAY + 2)
    book.bad("read for another member", "E-3.4", BadSignature, "", identity=ida)
    fifteen = [*pairs * 7, pairs[0]]
    same = [pairs[0][0], pairs[0][0]]
    shorter = [[pairs[0][0][1:], pairs[0][1]]]
    small = [[pairs[0][0][:_MLKEM] + bytes(32), pairs[0][1]]]
    forged = made("forged", EVA.member_id, TODAY, pairs, by=IDA.secret)
    behind: list[Json] = [of("batch"), "00"]
    rows = (
        ("fifteen days", WrongShape, made("of fifteen", EVA.member_id, TODAY, fifteen)),
        ("no day", WrongShape, made("of none", EVA.member_id, TODAY, [])),
        ("a day with one key", WrongShape, made("half", EVA.member_id, TODAY, [pairs[0][:1]])),
        ("a key of 1,215 bytes", WrongShape, made("short", EVA.member_id, TODAY, shorter)),
        ("one key for both layers", WrongShape, made("same", EVA.member_id, TODAY, [same])),
        ("one pair for two days", WrongShape, made("again", EVA.member_id, TODAY, [pairs[0]] * 2)),
        ("a key of small order", WrongShape, made("small", EVA.member_id, TODAY, small)),
        (
            "in eva's name by ida",
            BadSignature,
            forged,
        ),
        ("a byte behind it", TrailingBytes, behind),
    )
    for name, refusal, batch in rows:
        book.bad(f"a batch: {name}", "E-3.4", refusal, "", batch=batch)
