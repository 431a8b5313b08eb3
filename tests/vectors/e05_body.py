"""Vectors of E-5.1 to E-5.6: what is signed, and which way each kind goes."""

from keys.address import Board, Role
from keys.body import Body, Kind, check_route
from keys.errors import (
    OverLong,
    TrailingBytes,
    UnknownKind,
    UnknownVersion,
    WrongBoard,
    WrongRole,
    WrongShape,
)
from keys.wire import Packable, pack
from tests.vectors.cast import EVA, IDA, TODAY
from tests.vectors.making import Book, Gives, Said, seed

CLAUSE = "E-5"
ABOUT = "Body, kinds and their ways. `kind` is the schema word."


def _body(said: Said) -> Gives:
    body = Body.decode(said.octets("body"))
    return {
        "channel": body.channel.value,
        "kind": body.kind.word,
        "sender": body.sender_id.hex(),
        "recipient": body.recipient_id.hex(),
        "roster_version": body.roster_version,
        "board_epoch": body.board_epoch,
        "gossip": [[seen.board.value, seen.size, seen.root.hex()] for seen in body.gossip],
        "manifest": body.manifest.hex(),
    }


def _route(said: Said) -> Gives:
    kind, board = Kind[said.text("kind").upper()], Board(said.text("board"))
    roles = Role(said.text("from")), Role(said.text("to"))
    check_route(kind, board, *roles, to_self=said.flag("to_self"))
    return {}


OPENERS = {"body": _body, "way": _route}


def write(book: Book) -> None:
    """Write the file."""
    _bodies(book)
    _ways(book)


def _fields(**but: Packable) -> list[Packable]:
    honest: dict[str, Packable] = {
        "version": 1,
        "channel": "centre",
        "kind": 1,
        "sender": EVA.member_id,
        "recipient": IDA.member_id,
        "roster_version": 7,
        "roster_hash": seed("roster"),
        "board_epoch": TODAY,
        "salt": seed("a prekey id", 16),
        "key_hash": seed("key hash"),
        "gossip": [["centre", 9, seed("root")]],
        "manifest": b"two beds, one cot",
    }
    assert but.keys() <= honest.keys()
    return [*(honest | but).values()]


def _body_of(**but: Packable) -> str:
    return pack(_fields(**but)).hex()


def _bodies(book: Book) -> None:
    honest = _body_of()
    book.good("a place inquiry", "E-5.1", "", "body", body=honest)
    three: list[Packable] = [[board.value, 2**64 - 1, bytes(32)] for board in Board]
    full: dict[str, Packable] = {
        "roster_version": 2**64 - 1,
        "board_epoch": 2**32 - 1,
        "gossip": three,
    }
    fullest = _body_of(**full, manifest=bytes(2_048))
    book.also("the fullest body", "E-5.6", "2,382 bytes", body=fullest)
    root = seed("root")
    shapes: tuple[tuple[str, dict[str, Packable]], ...] = (
        ("the keys board", {"channel": "keys"}),
        ("a sender id of 31 bytes", {"sender": EVA.member_id[1:]}),
        ("a recipient id of 33 bytes", {"recipient": IDA.member_id + b"\0"}),
        ("a roster version below zero", {"roster_version": -1}),
        ("a roster hash of 31 bytes", {"roster_hash": root[1:]}),
        ("a board epoch after all days", {"board_epoch": 1 << 32}),
        ("a salt of 17 bytes", {"salt": bytes(17)}),
        ("a key hash of 16 bytes", {"key_hash": bytes(16)}),
        ("four checkpoints", {"gossip": [*three, three[0]]}),
        ("two checkpoints of one board", {"gossip": [["centre", 9, root], ["centre", 10, root]]}),
        ("a checkpoint of the keys board", {"gossip": [["keys", 9, root]]}),
        ("a checkpoint with a root of 31 bytes", {"gossip": [["centre", 9, root[1:]]]}),
        ("a checkpoint with a field too many", {"gossip": [["centre", 9, root, 1]]}),
        ("a manifest that is text", {"manifest": "two beds, one cot"}),
    )
    for name, but in shapes:
        book.bad(name, "E-5.1", WrongShape, "", body=_body_of(**but))
    book.bad("no manifest", "E-5.1", WrongShape, "", body=pack(_fields()[:-1]).hex())
    book.bad(
        "a field behind the manifest", "E-5.1", WrongShape, "", body=pack([*_fields(), None]).hex()
    )
    book.bad("a byte behind the body", "E-5.1", TrailingBytes, "", body=honest + "00")
    book.bad("version 2", "E-5.2", UnknownVersion, "", body=_body_of(version=2))
    for number in (16, 18, 99):
        name = f"kind {number}, {'reserved' if number < 17 else 'unknown'}"
        book.bad(name, "E-5.3", UnknownKind, "", body=_body_of(kind=number))
    book.bad(
        "a manifest of 2,049 bytes",
        "E-5.6",
        WrongShape,
        "",
        body=_body_of(manifest=bytes(2_049)),
    )
    over = _body_of(**full, manifest=bytes(2_048 + 66))
    book.bad("a body of 2,448 bytes", "E-4.5", OverLong, "", body=over)


def _ways(book: Book) -> None:
    def good(kind: str, board: str, sender: str, recipient: str, *, to_self: bool = False) -> None:
        book.good(
            f"{kind}: {sender} to {'itself' if to_self else recipient} on {board}",
            "E-5.5" if to_self else "E-5.4",
            "",
            "way",
            kind=kind,
            board=board,
            to_self=to_self,
            **{"from": sender, "to": recipient},
        )

    for kind in ("place_inquiry", "place_answer", "case_package", "package_update"):
        good(kind, "centre", "centre", "centre")
        book.bad(f"{kind}: to the police", "E-5.4", WrongRole, "", to="police")
        book.bad(f"{kind}: on the police board", "E-5.4", WrongBoard, "", board="police")
    for kind in ("withdrawal", "release", "receipt"):
        good(kind, "centre", "centre", "centre")
        book.bad(f"{kind}: from the police", "E-5.4", WrongRole, "", **{"from": "police"})
    for kind in ("police_request", "police_view_request", "police_withdrawal"):
        good(kind, "police", "centre", "police")
        book.bad(f"{kind}: from the police", "E-5.4", WrongRole, "", **{"from": "police"})
        book.bad(f"{kind}: to a centre", "E-5.4", WrongRole, "", to="centre")
        book.bad(f"{kind}: on the centres' board", "E-5.4", WrongBoard, "", board="centre")
    book.bad("a reserved kind has no way", "E-5.3", UnknownKind, "", kind="refusal")
    for kind in (
        "police_notice",
        "police_contact",
        "police_receipt",
        "police_view",
        "police_view_answer",
    ):
        good(kind, "police", "police", "police")
        book.bad(f"{kind}: from a centre", "E-5.4", WrongRole, "", **{"from": "centre"})
        book.bad(f"{kind}: to a centre", "E-5.4", WrongRole, "", to="centre")
    good("police_status", "reply", "police", "centre")
    book.bad("a status to the police", "E-5.4", WrongRole, "", to="police")
    book.bad("a status on the police board", "E-5.4", WrongBoard, "", board="police")
    good("dummy", "police", "centre", "centre", to_self=True)
    book.bad("a dummy to somebody else", "E-5.5", WrongRole, "", to_self=False)
    book.bad("a dummy on a board one may not write", "E-5.5", WrongBoard, "", board="reply")
