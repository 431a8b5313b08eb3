"""Promises about signed bodies: every kind has one way, and nothing is read in two ways."""

from dataclasses import replace
from itertools import product
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keys.address import Board, MemberId, Role
from keys.body import (
    BODY_LIMIT,
    MANIFEST_LIMIT,
    RESERVED,
    ROUTES,
    Body,
    Kind,
    Seen,
    body_hash,
    check_route,
    takes_blobs,
)
from keys.calendar import Day
from keys.errors import (
    Malformed,
    OverLong,
    Refused,
    TooLarge,
    TrailingBytes,
    UnknownKind,
    UnknownVersion,
    WrongBoard,
    WrongRole,
    WrongShape,
)
from keys.wire import Packable, pack, unpack

EVA: Final = MemberId(b"e" * 32)
IDA: Final = MemberId(b"i" * 32)
KINDS: Final = [kind for kind in Kind if kind not in RESERVED]
hashes = st.binary(min_size=32, max_size=32)
checkpoints = st.builds(Seen, st.sampled_from(Board), st.integers(0, 2**64 - 1), hashes)
bodies = st.builds(
    Body,
    channel=st.sampled_from(Board),
    kind=st.sampled_from(KINDS),
    sender_id=hashes.map(MemberId),
    recipient_id=hashes.map(MemberId),
    roster_version=st.integers(0, 2**64 - 1),
    roster_hash=hashes,
    board_epoch=st.integers(0, 2**32 - 1).map(Day),
    salt=st.binary(min_size=16, max_size=16),
    key_hash=hashes,
    gossip=st.lists(checkpoints, max_size=3, unique_by=lambda seen: seen.board).map(tuple),
    manifest=st.binary(max_size=MANIFEST_LIMIT),
)
BODY: Final = Body(
    channel=Board.CENTRE,
    kind=Kind.PLACE_INQUIRY,
    sender_id=EVA,
    recipient_id=IDA,
    roster_version=7,
    roster_hash=b"r" * 32,
    board_epoch=Day(20_000),
    salt=b"p" * 16,
    key_hash=b"k" * 32,
    gossip=(Seen(Board.CENTRE, 9, b"c" * 32),),
    manifest=b"manifest",
)


def fields_with(at: int, value: Packable) -> bytes:
    """Return the body's bytes with one field replaced by any value."""
    fields: list[Packable] = []
    read = unpack(BODY.encode())
    assert isinstance(read, list)
    fields.extend(read)
    fields[at : at + 1] = [value]
    return pack(fields)


@settings(deadline=None, max_examples=200)
@given(bodies)
def test_a_body_reads_back_as_written(body: Body) -> None:
    """What a sender signs is what the receiver reads."""
    assert Body.decode(body.encode()) == body


def test_the_bytes_of_a_body_are_those_of_the_written_rules() -> None:
    """Twelve fields in their order, and nothing else."""
    expected = (
        b"\x9c\x01\xa6centre\x01\xc4\x20" + b"e" * 32 + b"\xc4\x20" + b"i" * 32 + b"\x07\xc4\x20"
        b"" + b"r" * 32 + b"\xcd\x4e\x20\xc4\x10" + b"p" * 16 + b"\xc4\x20" + b"k" * 32 + b"\x91"
        b"\x93\xa6centre\x09\xc4\x20" + b"c" * 32 + b"\xc4\x08manifest"
    )
    assert BODY.encode() == expected
    assert len(body_hash(expected)) == 32


@settings(deadline=None, max_examples=300)
@given(st.binary(max_size=600))
def test_any_bytes_are_a_body_or_a_refusal(junk: bytes) -> None:
    """Noise gives one orderly refusal."""
    with pytest.raises(Malformed):
        Body.decode(junk)


@settings(deadline=None, max_examples=300)
@given(st.data())
def test_a_cut_or_lengthened_body_is_refused(data: st.DataObject) -> None:
    """A body that is cut short, lengthened or doubled is refused."""
    encoded = BODY.encode()
    cut = data.draw(st.integers(0, len(encoded) - 1))
    with pytest.raises(Malformed):
        Body.decode(encoded[:cut])
    with pytest.raises(TrailingBytes):
        Body.decode(encoded + data.draw(st.binary(min_size=1, max_size=40)))
    with pytest.raises(TrailingBytes):
        Body.decode(encoded * 2)


@pytest.mark.parametrize(
    ("at", "value", "refusal"),
    [
        pytest.param(0, 2, UnknownVersion, id="a newer version"),
        pytest.param(0, "1", WrongShape, id="a version in letters"),
        pytest.param(0, True, WrongShape, id="a version that is a truth"),
        pytest.param(1, "keys", WrongShape, id="a board without cells"),
        pytest.param(1, 1, WrongShape, id="a board by number"),
        pytest.param(2, 18, UnknownKind, id="a kind that is not there"),
        pytest.param(2, -1, WrongShape, id="a kind below all kinds"),
        pytest.param(2, Kind.REFUSAL.value, UnknownKind, id="a reserved kind"),
        pytest.param(3, b"e" * 31, WrongShape, id="a sender cut short"),
        pytest.param(4, "ida", WrongShape, id="a recipient by name"),
        pytest.param(5, -1, WrongShape, id="a roster before the first"),
        pytest.param(6, b"", WrongShape, id="no roster hash"),
        pytest.param(7, 1 << 32, WrongShape, id="a day after all days"),
        pytest.param(8, b"p" * 17, WrongShape, id="a long salt"),
        pytest.param(9, None, WrongShape, id="no key hash"),
        pytest.param(10, None, WrongShape, id="no gossip list"),
        pytest.param(10, [b"x"], WrongShape, id="gossip that is no checkpoint"),
        pytest.param(10, [["centre", 1]], WrongShape, id="a checkpoint without a root"),
        pytest.param(
            10, [["centre", 1, b"c" * 32, 0]], WrongShape, id="a checkpoint with a field more"
        ),
        pytest.param(10, [["centre", 1, b"c" * 32]] * 2, WrongShape, id="one board twice"),
        pytest.param(
            10,
            [[board.value, 1, b"c" * 32] for board in Board] + [["centre", 1, b"c" * 32]],
            WrongShape,
            id="four checkpoints",
        ),
        pytest.param(11, "text", WrongShape, id="a manifest of text"),
        pytest.param(11, bytes(MANIFEST_LIMIT + 1), WrongShape, id="a manifest too long"),
        pytest.param(11, bytes(BODY_LIMIT), OverLong, id="a body too long"),
    ],
)
def test_a_body_of_another_form_is_refused(
    at: int, value: Packable, refusal: type[Malformed]
) -> None:
    """Each field has one type and one range; everything else has its own refusal."""
    with pytest.raises(refusal):
        Body.decode(fields_with(at, value))


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(pack([]), id="no fields"),
        pytest.param(pack({"version": 1}), id="a map"),
        pytest.param(fields_with(11, b"x")[:1] + fields_with(0, 1)[1:-10], id="a field missing"),
        pytest.param(b"\x9d" + BODY.encode()[1:] + b"\x01", id="a field more"),
    ],
)
def test_a_body_with_other_fields_is_refused(data: bytes) -> None:
    """A field that is missing or extra is never guessed at or skipped."""
    with pytest.raises(Malformed):
        Body.decode(data)


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        pytest.param(replace(BODY, manifest=bytes(2_049)), TooLarge, id="a manifest too long"),
        pytest.param(replace(BODY, kind=Kind.REFUSAL), UnknownKind, id="a reserved kind"),
        pytest.param(replace(BODY, salt=b""), WrongShape, id="no salt"),
        pytest.param(replace(BODY, gossip=BODY.gossip * 2), WrongShape, id="one board twice"),
    ],
)
def test_nobody_signs_what_nobody_would_read(
    body: Body, refusal: type[Malformed | Refused]
) -> None:
    """The sender is refused for the same reasons as the bytes would be."""
    with pytest.raises(refusal):
        body.encode()


def test_the_fullest_body_is_as_long_as_a_note_allows() -> None:
    """The longest manifest leaves room for the largest numbers and all gossip."""
    gossip = tuple(Seen(board, 2**64 - 1, bytes(32)) for board in Board)
    fullest = replace(
        BODY,
        roster_version=2**64 - 1,
        board_epoch=Day(2**32 - 1),
        gossip=gossip,
        manifest=bytes(MANIFEST_LIMIT),
    )
    assert len(fullest.encode()) <= BODY_LIMIT
    assert MANIFEST_LIMIT >= 1_600


MEANT: Final[dict[Kind, tuple[Board, Role, Role]]] = {
    Kind.PLACE_INQUIRY: (Board.CENTRE, Role.CENTRE, Role.CENTRE),
    Kind.PLACE_ANSWER: (Board.CENTRE, Role.CENTRE, Role.CENTRE),
    Kind.CASE_PACKAGE: (Board.CENTRE, Role.CENTRE, Role.CENTRE),
    Kind.PACKAGE_UPDATE: (Board.CENTRE, Role.CENTRE, Role.CENTRE),
    Kind.WITHDRAWAL: (Board.CENTRE, Role.CENTRE, Role.CENTRE),
    Kind.RELEASE: (Board.CENTRE, Role.CENTRE, Role.CENTRE),
    Kind.POLICE_REQUEST: (Board.POLICE, Role.CENTRE, Role.POLICE),
    Kind.POLICE_NOTICE: (Board.POLICE, Role.POLICE, Role.POLICE),
    Kind.POLICE_CONTACT: (Board.POLICE, Role.POLICE, Role.POLICE),
    Kind.POLICE_STATUS: (Board.REPLY, Role.POLICE, Role.CENTRE),
    Kind.RECEIPT: (Board.CENTRE, Role.CENTRE, Role.CENTRE),
    Kind.POLICE_RECEIPT: (Board.POLICE, Role.POLICE, Role.POLICE),
    Kind.POLICE_VIEW_REQUEST: (Board.POLICE, Role.CENTRE, Role.POLICE),
    Kind.POLICE_WITHDRAWAL: (Board.POLICE, Role.CENTRE, Role.POLICE),
    Kind.POLICE_VIEW: (Board.POLICE, Role.POLICE, Role.POLICE),
    Kind.POLICE_VIEW_ANSWER: (Board.POLICE, Role.POLICE, Role.POLICE),
}


@pytest.mark.parametrize("kind", sorted(MEANT))
def test_every_kind_goes_one_way_only(kind: Kind) -> None:
    """Each kind of message goes between two roles on one board; all other ways are shut."""
    open_ways: list[tuple[Board, Role, Role]] = []
    for board, sender, recipient in product(Board, Role, Role):
        try:
            check_route(kind, board, sender, recipient)
        except (WrongRole, WrongBoard):
            continue
        open_ways.append((board, sender, recipient))
    assert open_ways == [MEANT[kind]]


@pytest.mark.parametrize("kind", sorted(RESERVED))
def test_a_reserved_kind_goes_nowhere(kind: Kind) -> None:
    """A kind kept for later has no way at all yet."""
    assert not takes_blobs(kind)
    with pytest.raises(UnknownKind):
        check_route(kind, Board.POLICE, Role.POLICE, Role.POLICE)


def test_a_dummy_goes_to_its_own_sender_on_any_board_it_may_write() -> None:
    """Cover traffic goes to oneself, and looks like everything else on that board."""
    check_route(Kind.DUMMY, Board.CENTRE, Role.CENTRE, Role.CENTRE, to_self=True)
    check_route(Kind.DUMMY, Board.POLICE, Role.CENTRE, Role.CENTRE, to_self=True)
    check_route(Kind.DUMMY, Board.REPLY, Role.POLICE, Role.POLICE, to_self=True)
    with pytest.raises(WrongBoard):
        check_route(Kind.DUMMY, Board.REPLY, Role.CENTRE, Role.CENTRE, to_self=True)
    with pytest.raises(WrongRole):
        check_route(Kind.DUMMY, Board.CENTRE, Role.CENTRE, Role.CENTRE)


def test_no_kind_takes_content_from_police_to_a_centre() -> None:
    """From the police a centre gets closed codes on the reply board, never a blob."""
    to_centres = {kind: way for kind, way in ROUTES.items() if way.to_role is Role.CENTRE}
    from_police = {kind for kind, way in to_centres.items() if way.from_role is Role.POLICE}
    assert from_police == {Kind.POLICE_STATUS}
    assert not takes_blobs(Kind.POLICE_STATUS)
    assert not takes_blobs(Kind.DUMMY)
    assert takes_blobs(Kind.CASE_PACKAGE)


def test_every_kind_has_a_way_or_is_reserved() -> None:
    """No kind is forgotten in the table of ways."""
    assert set(ROUTES) | RESERVED | {Kind.DUMMY} == set(Kind)
