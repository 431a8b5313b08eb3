"""Vectors of E-11: leaf lists, frontiers, signed checkpoints, and whether two can both be true."""

from typing import Final

from keys import signednote
from keys.address import CellClass, CellHash
from keys.armour import to_standard
from keys.checkpoint import (
    Checkpoint,
    Frontier,
    Root,
    agrees,
    check_newer,
    extend,
    follow,
    leaf_hash,
    leaf_record,
    parse_and_verify,
    records,
    same_history,
)
from keys.errors import (
    BadSignature,
    BatchMismatch,
    CheckpointForked,
    CheckpointRewound,
    OverLong,
    Refusal,
    WrongChannel,
    WrongShape,
)
from keys.signednote import key_id, public_of
from tests.vectors.making import Book, Gives, Said, seed
from tests.vectors.octets import Json, of

CLAUSE = "E-11"
ABOUT = "Merkle tree and checkpoints. Checkpoints are text."
_ORIGIN: Final = "test.folge/centre"
_SEED: Final = seed("checkpoint key")
_PUBLIC: Final = public_of(_SEED).hex()


def _leaf(said: Said) -> Gives:
    cls, cell = CellClass(said.text("class")), CellHash(said.octets("cell_hash"))
    return {"record": leaf_record(cls, cell).hex(), "leaf": leaf_hash(cls, cell).hex()}


def _leaves(said: Said) -> Gives:
    after = extend(Frontier(), said.octets("leaves"))
    assert len(records(said.octets("leaves"))) == after.size
    return {"size": after.size, "root": after.root.hex(), "frontier": after.encode().hex()}


def _frontier(said: Said) -> Gives:
    frontier = Frontier.decode(said.octets("frontier"))
    return {"size": frontier.size, "root": frontier.root.hex()}


def _read(said: Said, name: str = "checkpoint") -> Checkpoint:
    return parse_and_verify(said.text(name), said.octets("public"), said.text("origin"))


def _checkpoint(said: Said) -> Gives:
    found = _read(said)
    return {"size": found.size, "root": found.root.hex(), "batch": found.batch}


def _follow(said: Said) -> Gives:
    before = Frontier.decode(said.octets("before"))
    return {"after": follow(before, said.octets("leaves"), _read(said)).encode().hex()}


def _history(said: Said) -> Gives:
    before, root = Frontier.decode(said.octets("before")), Root(said.octets("root"))
    size, new = said.number("size"), _read(said)
    check_newer(size, root, new)
    after = same_history(size, root, before, said.octets("leaves"), new)
    return {"after": after.encode().hex()}


def _gossip(said: Said) -> Gives:
    known = {int(size): Root(said.read(root)) for size, root in said.table("known").items()}
    return {"agrees": agrees(said.number("size"), Root(said.octets("root")), known)}


OPENERS = {
    "leaf": _leaf,
    "leaf list": _leaves,
    "frontier": _frontier,
    "checkpoint": _checkpoint,
    "batch": _follow,
    "history": _history,
    "gossip": _gossip,
}


def _record(number: int, cls: CellClass = CellClass.NOTE) -> bytes:
    return leaf_record(cls, CellHash(seed(f"cell {number}")))


def _list(*numbers: int) -> str:
    return b"".join(sorted(map(_record, numbers))).hex()


def write(book: Book) -> None:
    """Write the file."""
    cell = seed("cell 0").hex()
    book.good("a note's leaf", "E-11.1", "", "leaf", **{"class": "note"}, cell_hash=cell)
    book.also("a leaf of class xl256", "E-11.1", "", **{"class": "xl256"})
    _lists(book)
    _frontiers(book)
    _checkpoints(book)
    _batches(book)
    _histories(book)


def _lists(book: Book) -> None:
    five, records_ = _list(*range(5)), sorted(map(_record, range(5)))
    book.good("five notes", "E-11.2", "", "leaf list", leaves=five)
    book.also("an empty batch", "E-11.2", "its root is the hash of nothing", leaves="")
    blob = (b"".join(records_) + _record(9, CellClass.S)).hex()
    book.also("five notes and a blob", "E-11.2", "notes stand first", leaves=blob)
    rows: tuple[tuple[str, str], ...] = (
        ("a part of a record", five[:-2]),
        ("two records exchanged", b"".join(records_[::-1]).hex()),
        ("a record twice", b"".join([records_[0], *records_]).hex()),
        ("an unknown class", five + "05" + "ff" * 32),
        ("a blob before a note", (_record(9, CellClass.S) + records_[0]).hex()),
    )
    for name, leaves in rows:
        book.bad(f"a leaf list: {name}", "E-11.2", BatchMismatch, "", leaves=leaves)


def _frontiers(book: Book) -> None:
    five = extend(Frontier(), bytes.fromhex(_list(*range(5)))).encode()
    book.good("a frontier of five leaves", "E-11.3", "", "frontier", frontier=five.hex())
    book.also("a frontier of none", "E-11.3", "", frontier="00" * 8)
    rows = (
        ("a hash too few", five[:-32]),
        ("a hash too many", five + bytes(32)),
        ("half a hash", five[:-16]),
        ("a size that is cut", five[:7]),
        ("a size of 2^63", (1 << 63).to_bytes(8, "big") + bytes(32)),
    )
    for name, data in rows:
        book.bad(f"a frontier: {name}", "E-11.3", WrongShape, "", frontier=data.hex())


def _signed(text: str, name: str = _ORIGIN, secret: bytes = _SEED) -> str:
    return signednote.sign(text, name, secret)


def _checkpoints(book: Book) -> None:
    root = "xUBTzGO0eXQRLlr2hq1RzqTUoS3gHfyNDKDm2WVfvKU="
    text = f"{_ORIGIN}\n12\n{root}\nbatch 2\n"
    honest = _signed(text)
    body, line = honest.split("\n\n")
    book.good(
        "a checkpoint",
        "E-11.5",
        "",
        "checkpoint",
        checkpoint=honest,
        public=_PUBLIC,
        origin=_ORIGIN,
    )
    stranger = _signed(text, "witness.example", seed("witness")).split("\n\n")[1]
    book.also("with a witness's line", "E-11.6", "passed over", checkpoint=honest + stranger)
    shapes = (
        ("three lines", f"{_ORIGIN}\n12\n{root}\n"),
        ("five lines", text + "more\n"),
        ("a size with a leading zero", text.replace("\n12\n", "\n012\n")),
        ("a size with a sign", text.replace("\n12\n", "\n+12\n")),
        ("a size of 2^63", text.replace("\n12\n", f"\n{2**63}\n")),
        ("a root without padding", text.replace("=", "")),
        ("a root of the other alphabet", text.replace("x", "-", 1).replace("-UBT", "_UBT")),
        ("a root of 31 bytes", text.replace(root, to_standard(bytes(31)))),
        ("another extension line", text.replace("batch", "lot")),
        ("a batch with a leading zero", text.replace("batch 2", "batch 02")),
    )
    for name, said in shapes:
        book.bad(
            f"a checkpoint: {name}", "E-11.5", WrongShape, "well signed", checkpoint=_signed(said)
        )
    moved = text.replace("/centre", "/police")
    book.bad("another board's text", "E-11.6", WrongChannel, "", checkpoint=_signed(moved))
    _notes(book, honest, body, line)


def _notes(book: Book, honest: str, body: str, line: str) -> None:
    forged = _signed(body + "\n", secret=seed("another key")).split("\n\n")[1]
    short = f"— {_ORIGIN} AAAAAA==\n"
    rows: tuple[tuple[str, type[Refusal], str], ...] = (
        ("another key's line only", BadSignature, f"{body}\n\n{forged}"),
        ("a changed size", BadSignature, honest.replace("\n12\n", "\n13\n")),
        ("a signature that is cut", BadSignature, _cut(honest)),
        ("its line twice", WrongShape, honest + line),
        ("no line at all", WrongShape, f"{body}\n"),
        ("no blank line", WrongShape, f"{body}\n{line}"),
        ("no newline at the end", WrongShape, honest[:-1]),
        ("a control character", WrongShape, honest.replace("batch", "batch\t")),
        ("a carriage return", WrongShape, honest.replace("\n", "\r\n")),
        ("a hyphen for the dash", WrongShape, honest.replace("— ", "- ")),
        ("a line of a key id alone", WrongShape, honest + short),
    )
    for name, refusal, text in rows:
        book.bad(f"a signed note: {name}", "E-11.6", refusal, "", checkpoint=text)
    longer: Json = {"repeat": "78", "times": 131_073}
    book.bad("131,073 characters", "E-11.6", OverLong, "", checkpoint=longer)
    book.bad("another key", "E-11.6", BadSignature, "", public="00" * 31 + "01")


def _cut(honest: str) -> str:
    head, _, _ = honest.rpartition(" ")
    data = key_id(_ORIGIN, bytes.fromhex(_PUBLIC)) + bytes(63)
    return f"{head} {to_standard(data)}\n"


def _batches(book: Book) -> None:
    one = extend(Frontier(), bytes.fromhex(_list(*range(5))))
    two = extend(one, bytes.fromhex(_list(*range(5, 12))))
    signed = Checkpoint(_ORIGIN, two.size, two.root, 2).sign(_SEED)
    book.keep("first", _list(*range(5)))
    book.keep("second", _list(*range(5, 12)))
    book.keep("one", one.encode().hex())
    book.good(
        "a second batch",
        "E-11.7",
        "",
        "batch",
        before=of("one"),
        leaves=of("second"),
        checkpoint=signed,
        public=_PUBLIC,
        origin=_ORIGIN,
    )
    fewer = of("second", 0, -33)
    book.bad("a leaf left out", "E-11.7", BatchMismatch, "", leaves=fewer)
    book.bad("another batch's leaves", "E-11.7", BatchMismatch, "", leaves=of("first"))
    book.bad("another tree before it", "E-11.7", BatchMismatch, "", before="00" * 8)
    other = Checkpoint(_ORIGIN, two.size, Root(bytes(32)), 2).sign(_SEED)
    book.bad("a checkpoint of another root", "E-11.7", BatchMismatch, "", checkpoint=other)


def _histories(book: Book) -> None:
    one = extend(Frontier(), bytes.fromhex(_list(*range(5))))
    two = extend(one, bytes.fromhex(_list(*range(5, 12))))
    signed = Checkpoint(_ORIGIN, two.size, two.root, 2).sign(_SEED)
    known: dict[str, Json] = {"5": one.root.hex(), "12": two.root.hex()}
    book.good(
        "remembered after the first batch",
        "E-11.8",
        "the second is a continuation of it",
        "history",
        size=5,
        root=one.root.hex(),
        before=of("one"),
        leaves=of("second"),
        checkpoint=signed,
        public=_PUBLIC,
        origin=_ORIGIN,
    )
    book.bad("a longer board remembered", "E-11.8", CheckpointRewound, "", size=13)
    book.bad("another root remembered", "E-11.8", CheckpointForked, "", root="00" * 32)
    book.bad("a batch between them left out", "E-11.8", BatchMismatch, "", size=4)
    book.bad("the same size with another root", "E-11.8", CheckpointForked, "", size=12)
    book.good(
        "another member saw five leaves",
        "E-11.9",
        "",
        "gossip",
        size=5,
        root=one.root.hex(),
        known=known,
    )
    book.also("a board longer than one's own", "E-11.9", "cannot be judged", size=13)
    book.also("a board older than one's memory", "E-11.9", "cannot be judged", size=4)
    book.bad("a size at which no batch ended", "E-11.9", CheckpointForked, "", size=6)
    book.bad("another root at that size", "E-11.9", CheckpointForked, "", root="00" * 32)
