"""Vectors of E-13.1 to E-13.7 and E-13.14 to E-13.16: following the signed roster.

The authority is the smallest there may be: two root holders, two registrars, both always needed,
and one online pair. Each file stands here by its pieces: its signatures were drawn once.
"""

from hashlib import sha256
from typing import Any, Final

from keys.address import MemberId, Role
from keys.calendar import Day, Instant
from keys.errors import (
    NotYet,
    Refusal,
    RosterExpired,
    RosterMalformed,
    RosterMixed,
    RosterPin,
    RosterRollback,
    RosterUnsigned,
)
from keys.member import Directory, Member
from keys.metadata import Listed
from keys.quorum import TufRole
from keys.register import Register, Roster
from keys.roster import TrustedRoster
from keys.schedule import CheckpointKey
from tests.vectors.cast import EVA, OLE
from tests.vectors.making import Book, Gives, Said, seed
from tests.vectors.octets import Json, of
from tests.vectors.rosterfiles import DAY, NOW, Change, Files

CLAUSE = "E-13"
ABOUT = "Roster: TUF files and how they are followed. `held` is followed first, at `held_at`."
_HELD: Final = Instant(NOW + 3_600)


def _files(said: Said, name: str) -> dict[str, bytes | None]:
    return {file: said.read(data) for file, data in said.table(name).items()}


def _follow(said: Said) -> Gives:
    trusted = TrustedRoster.bootstrap(said.octets("root"), said.octets("pin"))
    if held := _files(said, "held"):
        trusted = trusted.update(held, Instant(said.number("held_at")))
    trusted = trusted.update(_files(said, "files"), Instant(said.number("now")))
    assert TrustedRoster.decode(trusted.encode(), trusted.pin).roster == trusted.roster
    return {
        "root_version": trusted.root_version,
        "version": trusted.roster.version,
        "hash": trusted.roster.hash.hex(),
        "fresh_until": trusted.fresh_until,
    }


def _state(said: Said) -> Gives:
    trusted = TrustedRoster.decode(said.octets("state"), said.octets("pin"))
    return {"version": trusted.roster.version, "fresh_until": trusted.fresh_until}


def _gossip(said: Said) -> Gives:
    roster = Roster.decode(said.octets("register"), said.number("own_version"))
    return {"behind": roster.is_behind(said.number("version"), said.octets("hash"))}


OPENERS = {"follow": _follow, "state": _state, "gossip": _gossip}


def _directory(name: str) -> Directory:
    return Directory(name, "Region øst", "Kvinner og barn", "Heis", "+47 22 00 00 00")


def _registers() -> tuple[bytes, bytes]:
    ole = Member(OLE.identity, Role.POLICE, None, _directory("Øst politidistrikt"), 7)
    eva = Member(EVA.identity, Role.CENTRE, OLE.member_id, _directory("Nord krisesenter"), 8)
    key = CheckpointKey("test.folge", seed("checkpoint key"))
    first = Register("test.folge", key).enrolled(ole).enrolled(eva)
    return first.encode(), first.revoking(MemberId(EVA.member_id), Day(20_833)).encode()


def write(book: Book) -> None:
    """Write the file."""
    for member in (EVA, OLE):
        book.keep(f"identity of {member.name}", member.identity.encode().hex())
    files = Files(book)
    files.root("root", lambda _: None)
    one, two = _registers()
    first = files.version(1, one, NOW)
    _first(book, first)
    _timestamps(book, first)
    second = files.version(2, two, _HELD)
    _second(book, files, first, second)
    _roots(book, files, second)
    _states(book, second)


def _pin(book: Book, name: str = "root") -> str:
    return sha256(book.read(of(name))).hexdigest()


def _first(book: Book, first: dict[str, Json]) -> None:
    book.good(
        "the first roster",
        "E-13.7",
        "",
        "follow",
        root=of("root"),
        pin=_pin(book),
        held={},
        held_at=0,
        files=dict(first),
        now=NOW,
    )
    book.also("its last second", "E-13.5", "48 hours", now=NOW + 2 * DAY - 1)
    book.bad("the second after", "E-13.7", RosterExpired, "", now=NOW + 2 * DAY)
    book.also("a clock 300 seconds behind", "E-13.7", "", now=NOW - 300)
    book.bad("a clock 301 seconds behind", "E-13.7", NotYet, "", now=NOW - 301)
    book.bad("another root is pinned", "E-13.7", RosterPin, "", pin=seed("a pin").hex())
    for name in first:
        rest: Json = {file: data for file, data in first.items() if file != name}
        word = name if "roster" not in name else "the register"
        book.bad(f"{word} is not there", "E-13.7", RosterMixed, "", files=rest)
    register = next(name for name in first if "roster" in name)
    cut: Json = {**first, register: of("register 1", 0, -1)}
    book.bad("the register cut", "E-13.7", RosterMixed, "", files=cut)
    swapped: Json = {**first, "timestamp.json": of("snapshot 1")}
    book.bad("a snapshot in the timestamp's place", "E-13.4", RosterMixed, "", files=swapped)


def _timestamps(book: Book, first: dict[str, Json]) -> None:
    """Change the timestamp's bytes: it stands first in line, and nothing lists its hash."""
    file = book.read(of("timestamp 1"))
    cut = file.index(b'},{"keyid"')
    begin = file.index(b'[{"keyid"') + 1
    end = file.index(b'],"signed"')
    one, other = of("timestamp 1", begin, cut + 1), of("timestamp 1", cut + 2, end)
    head, tail = of("timestamp 1", 0, begin), of("timestamp 1", end)
    version = file.index(b'"version":1}}', end)
    rows: tuple[tuple[str, str, type[Refusal], Json], ...] = (
        ("only its first signature", "E-13.7", RosterUnsigned, [head, one, tail]),
        ("only its second signature", "E-13.7", RosterUnsigned, [head, other, tail]),
        ("no signature", "E-13.7", RosterUnsigned, [head, tail]),
        (
            "its signatures exchanged",
            "E-13.4",
            RosterMalformed,
            [head, other, {"text": ","}, one, tail],
        ),
        ("a space in it", "E-13.4", RosterMalformed, [{"text": "{ "}, of("timestamp 1", 1)]),
        ("a line break behind it", "E-13.4", RosterMalformed, [of("timestamp 1"), {"text": "\n"}]),
        ("a byte short", "E-13.4", RosterMalformed, of("timestamp 1", 0, -1)),
        (
            "a field twice",
            "E-13.4",
            RosterMalformed,
            [
                of("timestamp 1", 0, version),
                {"text": '"version":1,'},
                of("timestamp 1", version),
            ],
        ),
        (
            "the version 1.0",
            "E-13.4",
            RosterMalformed,
            [of("timestamp 1", 0, version), {"text": '"version":1.0}}'}],
        ),
        ("nothing in it", "E-13.4", RosterMalformed, ""),
        ("more than 32,768 bytes", "E-13.4", RosterMalformed, {"repeat": "20", "times": 32_769}),
    )
    for name, clause, refusal, data in rows:
        files: Json = {**first, "timestamp.json": data}
        book.bad(f"a timestamp: {name}", clause, refusal, "", files=files)


def _second(book: Book, files: Files, first: dict[str, Json], second: dict[str, Json]) -> None:
    whole = {**first, **second}
    book.good(
        "a second roster",
        "E-13.7",
        "eva is revoked",
        "follow",
        root=of("root"),
        pin=_pin(book),
        held=dict(second),
        held_at=_HELD,
        files=dict(whole),
        now=_HELD,
    )
    old: Json = {**whole, "timestamp.json": of("timestamp 1")}
    book.bad("the first timestamp again", "E-13.7", RosterRollback, "", files=old)
    targets = Listed.of(1, book.read(of("targets 1")))
    snapshot = files.listing("snapshot 3", TufRole.SNAPSHOT, 3, targets, _HELD + 2 * DAY)
    listed = Listed.of(3, snapshot)
    files.listing("timestamp 3", TufRole.TIMESTAMP, 3, listed, _HELD + 2 * DAY)
    back = {**whole, "3.snapshot.json": of("snapshot 3"), "timestamp.json": of("timestamp 3")}
    text = "by the broker's own keys"
    book.bad("a newer snapshot over the first roster", "E-13.7", RosterRollback, text, files=back)
    held: Json = {}
    book.also("the same for whoever holds nothing", "E-13.7", "", held=held)


def _roots(book: Book, files: Files, second: dict[str, Json]) -> None:
    files.root("root 2", lambda _: None, 2)
    with_root: Json = {**second, "2.root.json": of("root 2")}
    book.good(
        "a second root",
        "E-13.7",
        "",
        "follow",
        root=of("root"),
        pin=_pin(book),
        held={},
        held_at=0,
        files=with_root,
        now=_HELD,
    )
    again: Json = {**second, "2.root.json": of("root")}
    book.bad("the first root under the second's name", "E-13.7", RosterRollback, "", files=again)
    wrong: Json = {**second, "2.root.json": of("targets 2")}
    book.bad("targets in a root's place", "E-13.4", RosterMixed, "", files=wrong)
    file = book.read(of("root 2"))
    begin, cut = file.index(b'[{"keyid"') + 1, file.index(b'},{"keyid"') + 2
    fewer: Json = [of("root 2", 0, begin), of("root 2", cut)]
    lacking: Json = {**second, "2.root.json": fewer}
    book.bad("a signature too few", "E-13.7", RosterUnsigned, "", files=lacking)
    rows: tuple[tuple[str, str, Change], ...] = (
        ("a threshold of two of four", "E-13.6", lambda said: _role(said, "root", 2)),
        ("a threshold above its keys", "E-13.6", lambda said: _role(said, "targets", 5)),
        ("an odd number of keys", "E-13.6", _odd),
        ("a key in another spelling", "E-13.2", _respelt),
    )
    for name, clause, change in rows:
        files.root(f"root with {name}", change, 2)
        changed: Json = {**second, "2.root.json": of(f"root with {name}")}
        book.bad(f"a root with {name}", clause, RosterMalformed, "well signed", files=changed)


def _role(said: dict[str, Any], role: str, threshold: int) -> None:
    said["roles"][role]["threshold"] = threshold


def _odd(said: dict[str, Any]) -> None:
    gone = said["roles"]["targets"]["keyids"].pop()
    said["roles"]["targets"]["threshold"] = 3
    del said["keys"][gone]


def _respelt(said: dict[str, Any]) -> None:
    key = next(key for key in said["keys"].values() if key["keytype"] == "ed25519")
    key["keyval"]["public"] = key["keyval"]["public"].upper()


def _states(book: Book, second: dict[str, Json]) -> None:
    trusted = TrustedRoster.bootstrap(book.read(of("root")), bytes.fromhex(_pin(book)))
    files = {name: book.read(data) for name, data in second.items()}
    state = trusted.update(files, _HELD).encode()
    names = ("root", "timestamp 2", "snapshot 2", "targets 2", "register 2")
    kept = book.brief(state, *names)
    pin = _pin(book)
    book.good("a kept state", "E-13.16", "verified anew", "state", state=kept, pin=pin)
    book.bad("another pin", "E-13.16", RosterPin, "", pin=seed("a pin").hex())
    book.bad("a byte behind it", "E-13.16", RosterMalformed, "", state=[*kept, "00"])
    swapped = [of("timestamp 1") if piece == of("timestamp 2") else piece for piece in kept]
    book.bad("an older timestamp in it", "E-13.16", RosterMixed, "", state=swapped)
    register = book.read(of("register 2"))
    book.good(
        "a note by one with the same roster",
        "E-13.15",
        "",
        "gossip",
        register=of("register 2"),
        own_version=2,
        version=2,
        hash=sha256(register).hexdigest(),
    )
    book.also("a note by one with a newer roster", "E-13.15", "", version=3)
    book.also("a note by one with an older roster", "E-13.15", "", version=1)
    book.bad("the same version, another hash", "E-13.15", RosterMixed, "", hash="00" * 32)
