"""Vectors of E-13.17 and E-13.19: a holder's file, and the bundles that signers hand on."""

from typing import Final

import nacl.pwhash.argon2id as argon2
from nacl.secret import Aead

from keys.bundle import Bundle
from keys.calendar import Instant
from keys.errors import (
    BelowThreshold,
    Damaged,
    ForeignKey,
    Refusal,
    RosterMalformed,
    RosterMixed,
    TrailingBytes,
    WrongPassphrase,
    WrongShape,
)
from keys.holder import HolderFile
from keys.metadata import Listed, write_listing
from keys.quorum import TufRole
from keys.register import Register
from keys.schedule import CheckpointKey
from keys.tufkeys import KeyPair
from keys.wire import Packable, lp, pack
from tests.vectors.making import Book, Gives, Said, seed
from tests.vectors.octets import Json, of
from tests.vectors.rosterfiles import DAY, HOLDERS, NOW, REGISTRARS, Files, pair

CLAUSE = "E-13"
ABOUT = "Holders' files and bundles. `signer` is the seed of the pair that signs next."
_PASSPHRASE: Final = "correct horse battery"
_PASSES: Final = 2
_MEMORY: Final = 19 << 20
_LATER: Final = Instant(NOW + 35 * DAY)


def _holder(said: Said) -> Gives:
    opened = HolderFile.decode(said.octets("file")).open(said.text("passphrase"))
    return {"card_id": opened.card.card_id.hex()}


def _files(said: Said) -> Gives:
    bundle = Bundle.decode(said.octets("bundle"))
    return {"missing": bundle.missing, "files": [*sorted(bundle.files())]}


def _sign(said: Said) -> Gives:
    bundle = Bundle.decode(said.octets("bundle"))
    return {"missing": bundle.signed(KeyPair.from_seed(said.octets("signer"))).missing}


OPENERS = {"holder": _holder, "files of a bundle": _files, "signature in a bundle": _sign}


def write(book: Book) -> None:
    """Write the file."""
    _holders(book)
    files = Files(book)
    files.root("root", lambda _: None)
    content = Register("test.folge", CheckpointKey("test.folge", seed("checkpoint key"))).encode()
    book.keep("register", content.hex())
    file = write_listing(TufRole.TARGETS, 1, _LATER, Listed.of(0, content))
    files.signed("targets", file, REGISTRARS, lambda _: None)
    files.signed("targets by one", file, REGISTRARS[:1], lambda _: None)
    _bundles(book)


# ── A holder's file ──────────────────────────────────────────────────────────────────────────
def _holders(book: Book) -> None:
    one, other = pair("holder 1"), pair("holder 2")
    salt = seed("a salt", 16)

    def sealed(card: bytes, secret: bytes) -> bytes:
        key = argon2.kdf(32, _PASSPHRASE.encode(), salt, _PASSES, _MEMORY)
        cost = _PASSES.to_bytes(4, "big") + _MEMORY.to_bytes(8, "big")
        aad = b"folge/1\0holder" + lp(card, cost, salt)
        return bytes(Aead(key).encrypt(secret, aad, seed("a nonce", 24)))

    def file(**but: Packable) -> Json:
        honest: dict[str, Packable] = {
            "card": one.card.encode(),
            "passes": _PASSES,
            "memory": _MEMORY,
            "salt": salt,
            "sealed": sealed(one.card.encode(), one.seed),
        }
        assert but.keys() <= honest.keys()
        packed = pack(["holder", 1, *(honest | but).values()])
        return book.brief(packed, "card of holder 1", "card of holder 2")

    for number, member in enumerate((one, other), start=1):
        book.keep(f"card of holder {number}", member.card.encode().hex())
    book.good("a holder's file", "E-13.17", "", "holder", file=file(), passphrase=_PASSPHRASE)
    book.also(
        "a passphrase in other signs", "E-13.17", "NFKC", passphrase="\uff43" + _PASSPHRASE[1:]
    )
    wrong = _PASSPHRASE.upper()
    book.bad("another passphrase", "E-13.17", WrongPassphrase, "", passphrase=wrong)
    rows: tuple[tuple[str, type[Refusal], Json], ...] = (
        ("another card in the clear", WrongPassphrase, file(card=other.card.encode())),
        ("more passes than it was sealed with", WrongPassphrase, file(passes=3)),
        ("another salt", WrongPassphrase, file(salt=seed("other", 16))),
        (
            "keys that are not the card's",
            Damaged,
            file(sealed=sealed(one.card.encode(), other.seed)),
        ),
        ("one pass", WrongShape, file(passes=1)),
        ("17 passes", WrongShape, file(passes=17)),
        ("less than 19 MiB", WrongShape, file(memory=_MEMORY - 1)),
        ("more than 512 MiB", WrongShape, file(memory=(512 << 20) + 1)),
        ("a salt of 15 bytes", WrongShape, file(salt=salt[1:])),
        ("a byte behind it", TrailingBytes, [file(), "00"]),
    )
    for name, refusal, data in rows:
        book.bad(f"a holder's file: {name}", "E-13.17", refusal, "", file=data)


# ── Bundles ──────────────────────────────────────────────────────────────────────────────────
def _bundles(book: Book) -> None:
    def bundle(targets: str = "targets", **but: Packable) -> Json:
        honest: dict[str, Packable] = {
            "role": "targets",
            "file": book.read(of(targets)),
            "judge": book.read(of("root")),
            "content": book.read(of("register")),
        }
        assert but.keys() <= honest.keys()
        packed = pack(["bundle", 1, *(honest | but).values()])
        return book.brief(packed, targets, "root", "register")

    root = bundle(role="root", file=book.read(of("root")), judge=None, content=b"")
    book.good("a bundle that two signed", "E-13.19", "", "files of a bundle", bundle=bundle())
    book.also("a root that its holders signed", "E-13.19", "", bundle=root)
    rows: tuple[tuple[str, type[Refusal], Json], ...] = (
        ("signed by one", BelowThreshold, bundle("targets by one")),
        ("another register", RosterMixed, bundle(content=b"\0")),
        ("no judge", WrongShape, bundle(judge=None)),
        ("a root with a register", WrongShape, bundle(role="root", file=book.read(of("root")))),
        ("a role that nobody signs by hand", WrongShape, bundle(role="snapshot")),
        ("a root called targets", RosterMixed, bundle(file=book.read(of("root")))),
        (
            "a file with a byte behind it",
            RosterMalformed,
            bundle(file=book.read(of("targets")) + b"\n"),
        ),
        ("a byte behind it", TrailingBytes, [bundle(), "00"]),
    )
    for name, refusal, data in rows:
        book.bad(f"a bundle: {name}", "E-13.19", refusal, "", bundle=data)
    book.good(
        "the second registrar signs",
        "E-13.19",
        "",
        "signature in a bundle",
        bundle=bundle("targets by one"),
        signer=REGISTRARS[1].seed.hex(),
    )
    holder = HOLDERS[0].seed.hex()
    book.bad("a root holder signs targets", "E-13.19", ForeignKey, "", signer=holder)
