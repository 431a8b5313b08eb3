"""Vectors of E-10: one header that says whose machine made one request."""

from typing import Final

from keys.armour import to_url
from keys.calendar import Instant
from keys.errors import BadProof, ProofStale, Refusal, UnknownVersion, WrongShape
from keys.identity import MachinePublic
from keys.proof import Asked, Proof, make
from tests.vectors.cast import EVA, IDA
from tests.vectors.making import Book, Gives, Said, seed
from tests.vectors.octets import Json

CLAUSE = "E-10"
ABOUT = "Read proofs: the header `Folge-Proof` is text; `now` is the broker's clock."
_NOW: Final = Instant(1_800_000_000)
_TARGET: Final = "/v1/boards/centre/batches?after=7&most=100"
_NOTHING: Final = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def _proof(said: Said) -> Gives:
    proof = Proof.parse(said.text("header"))
    instance, method, target = (said.text(name) for name in ("instance", "method", "target"))
    asked = Asked(instance, method, target, said.octets("body_hash"))
    proof.verify(MachinePublic(said.octets("machine")), asked, Instant(said.number("now")))
    return {
        "member_id": proof.member_id.hex(),
        "replay_key": proof.replay_key.hex(),
        "counts_until": proof.counts_until,
    }


OPENERS = {"proof": _proof}


def write(book: Book) -> None:
    """Write the file."""
    asked = Asked("test.folge", "GET", _TARGET, bytes.fromhex(_NOTHING))
    nonce = seed("a nonce", 16)
    header = make(EVA.machine, EVA.member_id, asked, _NOW, nonce)
    data = Proof.parse(header)
    book.good(
        "a read",
        "E-10.3",
        "",
        "proof",
        header=header,
        machine=EVA.machine.public.hex(),
        instance=asked.instance,
        method=asked.method,
        target=asked.target,
        body_hash=_NOTHING,
        now=_NOW,
    )
    book.also("300 seconds after", "E-10.5", "", now=_NOW + 300)
    book.also("300 seconds before", "E-10.5", "", now=_NOW - 300)
    book.bad("301 seconds after", "E-10.5", ProofStale, "", now=_NOW + 301)
    book.bad("301 seconds before", "E-10.5", ProofStale, "", now=_NOW - 301)
    _requests(book)

    def anew(member: bytes, instant: int, version: str = "01") -> str:
        head = bytes.fromhex(version) + member + instant.to_bytes(8, "big")
        return to_url(head + nonce + data.signature)

    rows: tuple[tuple[str, str, type[Refusal], str], ...] = (
        ("in another member's name", "E-10.4", BadProof, anew(IDA.member_id, _NOW)),
        ("of another instant", "E-10.4", BadProof, anew(EVA.member_id, _NOW + 1)),
        ("a second bit of the nonce", "E-10.4", BadProof, _flipped(header, 60)),
        ("a bit of the signature", "E-10.4", BadProof, _flipped(header, 100)),
        ("version 2", "E-10.1", UnknownVersion, anew(EVA.member_id, _NOW, "02")),
        ("a byte short", "E-10.1", WrongShape, header[:-2]),
        ("a byte more", "E-10.1", WrongShape, header + "A"),
        ("padding", "E-10.1", WrongShape, header + "=="),
        ("white space", "E-10.1", WrongShape, header[:80] + "\n" + header[80:]),
        (
            "a character of the other alphabet",
            "E-10.1",
            WrongShape,
            header[:80] + "+" + header[81:],
        ),
        ("a stray bit", "E-10.1", WrongShape, _stray(header)),
        ("nothing", "E-10.1", WrongShape, ""),
    )
    for name, clause, refusal, text in rows:
        book.bad(f"a header: {name}", clause, refusal, "", header=text)


def _requests(book: Book) -> None:
    rows: tuple[tuple[str, str, type[Refusal], dict[str, Json]], ...] = (
        ("another broker", "E-10.2", BadProof, {"instance": "real.folge"}),
        ("another method", "E-10.2", BadProof, {"method": "POST"}),
        ("another path", "E-10.2", BadProof, {"target": "/v1/boards/police/batches"}),
        ("another body", "E-10.2", BadProof, {"body_hash": seed("a body").hex()}),
        ("another machine", "E-10.4", BadProof, {"machine": IDA.machine.public.hex()}),
        ("a path that is not ASCII", "E-10.2", WrongShape, {"target": "/v1/å"}),
        ("no path", "E-10.2", WrongShape, {"target": ""}),
        ("no method", "E-10.2", WrongShape, {"method": ""}),
        ("a body hash of 31 bytes", "E-10.2", WrongShape, {"body_hash": _NOTHING[2:]}),
    )
    for name, clause, refusal, but in rows:
        book.bad(name, clause, refusal, "", **but)


def _flipped(header: str, at: int) -> str:
    other = "A" if header[at] != "A" else "B"
    return header[:at] + other + header[at + 1 :]


def _stray(header: str) -> str:
    """Set one of the two bits that the last character does not use."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return header[:-1] + alphabet[alphabet.index(header[-1]) | 1]
