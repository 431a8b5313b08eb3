"""The signed body of a note: who says what kind of thing to whom, on which board.

This file knows every message kind and between which roles it may go (ENVELOPE E-5). It refuses
to know what a message says beyond its manifest's bytes, and who is in the roster. Body bytes are
signed and compared as they are; they are never encoded anew after they were signed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from hashlib import sha256
from types import MappingProxyType
from typing import Final, Protocol, Self

from keys.address import WRITERS, Board, MemberId, Role
from keys.calendar import Day
from keys.errors import TooLarge, UnknownKind, WrongBoard, WrongRole, WrongShape
from keys.identity import MEMBER_ID_BYTES, PublicIdentity
from keys.wire import Fields, Value, pack, unpack

VERSION: Final = 1
HASH_BYTES: Final = 32
SALT_BYTES: Final = 16
MANIFEST_LIMIT: Final = 2_048
"""The longest manifest, in bytes: with it the fullest body still fits in a note (E-5.6)."""
BODY_LIMIT: Final = 2_447
"""The longest body that fits in a note which names two blobs (E-4.5)."""
_LAST_DAY: Final = (1 << 32) - 1


class Kind(IntEnum):
    """What a note is. The numbers are the wire's and are never used for anything else."""

    DUMMY = 0
    PLACE_INQUIRY = 1
    PLACE_ANSWER = 2
    CASE_PACKAGE = 3
    PACKAGE_UPDATE = 4
    WITHDRAWAL = 5
    RELEASE = 6
    POLICE_REQUEST = 7
    POLICE_VIEW_REQUEST = 8
    POLICE_WITHDRAWAL = 9
    POLICE_NOTICE = 10
    POLICE_CONTACT = 11
    POLICE_STATUS = 12
    RECEIPT = 13
    POLICE_RECEIPT = 14
    POLICE_VIEW = 15
    REFUSAL = 16  # reserved
    POLICE_VIEW_ANSWER = 17

    @property
    def word(self) -> str:
        """The schema word that refusals and catalogues use, such as `case_package`."""
        return self.name.lower()


RESERVED: Final = frozenset({Kind.REFUSAL})
"""Numbers that are spoken for and that this version refuses."""


@dataclass(frozen=True, slots=True)
class Route:
    """The one way a kind may go."""

    board: Board
    from_role: Role
    to_role: Role
    blobs: bool = False
    """Whether its manifest is a `PackageManifest` and names blobs."""
    machine_ok: bool = False
    """Whether a machine key may sign it: only ever a receipt that says `stored`."""


def _between_centres(*, blobs: bool = False, machine_ok: bool = False) -> Route:
    return Route(Board.CENTRE, Role.CENTRE, Role.CENTRE, blobs, machine_ok)


def _to_the_own_district(*, blobs: bool = False) -> Route:
    return Route(Board.POLICE, Role.CENTRE, Role.POLICE, blobs)


def _between_districts(*, blobs: bool = False, machine_ok: bool = False) -> Route:
    return Route(Board.POLICE, Role.POLICE, Role.POLICE, blobs, machine_ok)


ROUTES: Final[Mapping[Kind, Route]] = MappingProxyType(
    {
        Kind.PLACE_INQUIRY: _between_centres(),
        Kind.PLACE_ANSWER: _between_centres(),
        Kind.CASE_PACKAGE: _between_centres(blobs=True),
        Kind.PACKAGE_UPDATE: _between_centres(blobs=True),
        Kind.WITHDRAWAL: _between_centres(),
        Kind.RELEASE: _between_centres(),
        Kind.POLICE_REQUEST: _to_the_own_district(blobs=True),
        Kind.POLICE_VIEW_REQUEST: _to_the_own_district(blobs=True),
        Kind.POLICE_WITHDRAWAL: _to_the_own_district(),
        Kind.POLICE_NOTICE: _between_districts(blobs=True),
        Kind.POLICE_CONTACT: _between_districts(),
        Kind.POLICE_STATUS: Route(Board.REPLY, Role.POLICE, Role.CENTRE),
        Kind.RECEIPT: _between_centres(machine_ok=True),
        Kind.POLICE_RECEIPT: _between_districts(machine_ok=True),
        Kind.POLICE_VIEW: _between_districts(blobs=True),
        Kind.POLICE_VIEW_ANSWER: _between_districts(),
    }
)
"""Every kind's one way (E-5.4). A dummy has none: it goes to its own sender, on any board."""


def check_route(
    kind: Kind, board: Board, from_role: Role, to_role: Role, *, to_self: bool = False
) -> None:
    """Accept only when `kind` may go from one role to the other on `board` (E-5.4, E-5.5).

    Raises:
        UnknownKind: the kind is reserved.
        WrongRole: it does not go between these roles, or a dummy goes to somebody else.
        WrongBoard: it does not go on that board, or the role may not write there.
    """
    if kind is Kind.DUMMY:
        if not to_self:
            raise WrongRole(kind=kind.word)
        if (from_role, board) not in WRITERS:
            raise WrongBoard(board=board)
        return
    route = ROUTES.get(kind)
    if route is None:
        raise UnknownKind(kind=kind.word)
    if (from_role, to_role) != (route.from_role, route.to_role):
        raise WrongRole(kind=kind.word)
    if board is not route.board:
        raise WrongBoard(board=board)


class MemberView(Protocol):
    """What signing and routing need of a member in the signed roster."""

    @property
    def member_id(self) -> MemberId:
        """The hash of the member's identity keys."""
        ...

    @property
    def role(self) -> Role:
        """A centre or a police district."""
        ...

    @property
    def identity(self) -> PublicIdentity:
        """The keys its signatures are checked with."""
        ...

    @property
    def home_district(self) -> MemberId | None:
        """A centre's own police district; whether a request came to it is the client's rule."""
        ...


def takes_blobs(kind: Kind) -> bool:
    """Return whether a note of `kind` names blobs, in a `PackageManifest`."""
    return kind in ROUTES and ROUTES[kind].blobs


def machine_signs(kind: Kind) -> bool:
    """Return whether a machine key may sign any note of `kind` (E-9.3)."""
    return kind is Kind.DUMMY or (kind in ROUTES and ROUTES[kind].machine_ok)


@dataclass(frozen=True, slots=True)
class Seen:
    """A checkpoint that the sender has seen, repeated so that two members can compare."""

    board: Board
    size: int
    root: bytes
    """32 bytes: the Merkle root at that size."""


@dataclass(frozen=True, slots=True)
class Body:
    """What the sender signs (E-5.1)."""

    channel: Board
    kind: Kind
    # Who writes to whom is as secret as what is written: neither end is ever printed.
    sender_id: MemberId = field(repr=False)
    recipient_id: MemberId = field(repr=False)
    roster_version: int
    roster_hash: bytes
    board_epoch: Day
    """The UTC day of the epoch key that the outer layer is sealed to."""
    salt: bytes
    """16 random bytes, which the inner layer is bound to (E-4.4)."""
    key_hash: bytes
    """32 bytes: SHA-256 of the public key that the inner layer is sealed to."""
    gossip: tuple[Seen, ...]
    """One checkpoint at most for each board."""
    manifest: bytes = field(repr=False)
    """What its kind says it is; blob keys may stand in it, so it is never printed."""

    def encode(self) -> bytes:
        """Return the bytes to sign; whoever decodes them gets this body back.

        Raises:
            TooLarge: the manifest is longer than `MANIFEST_LIMIT`.
            Malformed: a field is out of range, just as when it is read.
        """
        if len(self.manifest) > MANIFEST_LIMIT:
            raise TooLarge(limit=MANIFEST_LIMIT)
        data = pack(
            [
                VERSION,
                self.channel.value,
                self.kind.value,
                self.sender_id,
                self.recipient_id,
                self.roster_version,
                self.roster_hash,
                self.board_epoch,
                self.salt,
                self.key_hash,
                [[seen.board.value, seen.size, seen.root] for seen in self.gossip],
                self.manifest,
            ]
        )
        self.decode(data)
        return data

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read what `encode` writes.

        Raises:
            UnknownVersion: the first field is another version (E-5.2).
            UnknownKind: a number without a kind, or a reserved one (E-5.3).
            Malformed: any other breach of the form (the leaves of `wire`).
        """
        value = unpack(data, limit=BODY_LIMIT)
        if not isinstance(value, list):
            raise WrongShape(field="body")
        fields = Fields(["body", *value], "body", VERSION)
        body = cls(
            channel=fields.choice("channel", Board),
            kind=kind_of(fields.number("kind")),
            sender_id=MemberId(fields.octets("sender_id", size=MEMBER_ID_BYTES)),
            recipient_id=MemberId(fields.octets("recipient_id", size=MEMBER_ID_BYTES)),
            roster_version=fields.number("roster_version"),
            roster_hash=fields.octets("roster_hash", size=HASH_BYTES),
            board_epoch=Day(fields.number("board_epoch", most=_LAST_DAY)),
            salt=fields.octets("salt", size=SALT_BYTES),
            key_hash=fields.octets("key_hash", size=HASH_BYTES),
            gossip=_gossip(fields.items("gossip", most=len(Board))),
            manifest=fields.octets("manifest", most=MANIFEST_LIMIT),
        )
        fields.end()
        return body


def body_hash(data: bytes) -> bytes:
    """Return the SHA-256 of signed body bytes: how answers and replay sets name a note."""
    return sha256(data).digest()


def kind_of(number: int) -> Kind:
    """Return the kind that a number names.

    Raises:
        UnknownKind: a number without a kind, or a reserved one (E-5.3).
    """
    try:
        kind = Kind(number)
    except ValueError:
        raise UnknownKind from None
    if kind in RESERVED:
        raise UnknownKind(kind=kind.word)
    return kind


def _gossip(items: list[Value]) -> tuple[Seen, ...]:
    seen = tuple(_seen(item) for item in items)
    if len({checkpoint.board for checkpoint in seen}) != len(seen):
        raise WrongShape(field="body.gossip")
    return seen


def _seen(item: Value) -> Seen:
    if not isinstance(item, list):
        raise WrongShape(field="body.gossip")
    fields = Fields(["gossip", 1, *item], "gossip")
    board = fields.choice("board", Board)
    size = fields.number("size")
    root = fields.octets("root", size=HASH_BYTES)
    fields.end()
    return Seen(board, size, root)
