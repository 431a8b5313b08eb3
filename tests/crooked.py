"""A broker for the client's tests: honest until a test bends it, and small enough to bend.

It speaks PROTOCOL.md over real HTTP on loopback and keeps everything in memory. `bent` holds, for
a method and a path, the handler that answers instead.
"""

import re
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from secrets import token_urlsafe

from aiohttp import web
from yarl import URL

from client.doors import Doors
from keys.address import CELL_BYTES, CLASS_CODE, Board, CellClass, CellHash, TokenClass
from keys.armour import from_url
from keys.calendar import Week
from keys.checkpoint import Checkpoint, Frontier, extend, leaf_record, origin_of
from keys.errors import (
    DoubleSpend,
    NotHere,
    ProofReplayed,
    Refusal,
    WrongOffset,
    http_status,
)
from keys.proof import Proof
from keys.signednote import public_of
from keys.token import IssuerSecret, Token
from keys.wire import Packable, pack, unpack

SEED = b"c" * 32
PUBLIC = public_of(SEED)
INSTANCE = "test.folge"
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Cell = tuple[CellClass, bytes]
Upload = tuple[Board, CellClass, bytearray]


@cache
def issuer_key(_class: TokenClass, _week: Week) -> IssuerSecret:
    """Return the issuer's key for that class and week, the same in every test."""
    return IssuerSecret.generate()


def answer(value: Packable, status: int = 200) -> web.Response:
    """Return a structured answer."""
    return web.Response(body=pack(value), status=status, content_type="application/msgpack")


def refuses(refusal: Refusal) -> web.Response:
    """Return the answer that a refusal is."""
    facts: list[Packable] = [dict(refusal.facts)] if refusal.facts else []
    return answer(["refusal", 1, refusal.code, *facts], http_status(type(refusal)))


@dataclass
class Batch:
    """One batch as it is served."""

    files: dict[CellClass, bytes]
    leaves: bytes
    frontier: Frontier
    checkpoint: str
    number: int

    @property
    def packed(self) -> list[Packable]:
        """The descriptor."""
        described: list[Packable] = [
            [CLASS_CODE[cls], len(data) // CELL_BYTES[cls], sha256(data).digest()]
            for cls, data in sorted(self.files.items(), key=lambda one: CLASS_CODE[one[0]])
        ]
        leaves = sha256(self.leaves).digest()
        return [
            "batch",
            1,
            self.number,
            described,
            leaves,
            self.frontier.encode(),
            self.checkpoint,
        ]


@dataclass
class Asked:
    """One request that came."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


@dataclass
class Crooked:
    """What the broker holds. `bent[method, path]` answers instead of it."""

    instance: str = INSTANCE
    boards: dict[Board, list[Batch]] = field(default_factory=lambda: {one: [] for one in Board})
    waiting: dict[Board, list[Cell]] = field(default_factory=lambda: {one: [] for one in Board})
    keys: list[list[Packable]] = field(default_factory=list[list[Packable]])
    files: dict[str, bytes] = field(default_factory=dict[str, bytes])
    spent: dict[bytes, bytes] = field(default_factory=dict[bytes, bytes])
    uploads: dict[str, Upload] = field(default_factory=dict[str, Upload])
    begun: dict[bytes, str] = field(default_factory=dict[bytes, str])
    proofs: set[bytes] = field(default_factory=set[bytes])
    bent: dict[tuple[str, str], Handler] = field(default_factory=dict[tuple[str, str], Handler])
    asked: list[Asked] = field(default_factory=list[Asked])
    url: str = ""

    @property
    def doors(self) -> Doors:
        """Where to knock; the issuer sits behind the same door."""
        return Doors(URL(self.url), URL(self.url))

    def close(self, board: Board, *cells: Cell) -> Batch:
        """Close a batch of what waits on a board, and of `cells`."""
        everything = [*self.waiting[board], *cells]
        self.waiting[board].clear()
        batches = self.boards[board]
        made = next_batch(self.instance, board, batches[-1] if batches else None, everything)
        batches.append(made)
        return made

    def targets(self, method: str = "GET") -> list[str]:
        """Return what was asked for, in order."""
        return [one.target for one in self.asked if one.method == method]

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one request."""
        self.asked.append(
            Asked(request.method, request.path_qs, dict(request.headers), await request.read())
        )
        bent = self.bent.get((request.method, request.path))
        try:
            return await (bent or self.honest)(request)
        except Refusal as refusal:
            return refuses(refusal)

    async def honest(self, request: web.Request) -> web.StreamResponse:
        """Answer as a broker should."""
        if "Folge-Proof" in request.headers:
            key = Proof.parse(request.headers["Folge-Proof"]).replay_key
            if key in self.proofs:
                raise ProofReplayed
            self.proofs.add(key)
        for method, pattern, go in (
            ("GET", r"/v1/boards/(\w+)/batches", self._batches),
            ("GET", r"/v1/boards/(\w+)/batches/(\d+)/leaves", self._leaves),
            ("GET", r"/v1/boards/(\w+)/batches/(\d+)/cells/(\w+)", self._cells),
            ("POST", r"/v1/boards/(\w+)/cells/(\w+)", self._post),
            ("POST", r"/v1/boards/(\w+)/uploads/(\w+)", self._begin),
            ("HEAD", r"/v1/uploads/([\w-]+)", self._head),
            ("PATCH", r"/v1/uploads/([\w-]+)", self._patch),
            ("GET", r"/v1/keys", self._keys),
            ("POST", r"/v1/keys", self._publish),
            ("GET", r"/v1/roster/([\w.-]+)", self._roster),
            ("POST", r"/v1/tokens", self._issue),
        ):
            found = re.fullmatch(pattern, request.path)
            if found and method == request.method:
                return await go(request, *found.groups())
        raise NotHere

    async def _batches(self, request: web.Request, board: str) -> web.StreamResponse:
        after, most = int(request.query["after"]), int(request.query["most"])
        found = [one.packed for one in self.boards[Board(board)] if one.number > after]
        return answer(["batches", 1, found[:most]])

    def _batch(self, board: str, number: str) -> Batch:
        for batch in self.boards[Board(board)]:
            if batch.number == int(number):
                return batch
        raise NotHere

    async def _leaves(self, _: web.Request, board: str, number: str) -> web.StreamResponse:
        return web.Response(body=self._batch(board, number).leaves)

    async def _cells(
        self, request: web.Request, board: str, number: str, cls: str
    ) -> web.StreamResponse:
        data = self._batch(board, number).files.get(CellClass(cls))
        if data is None:
            raise NotHere
        wanted = request.headers.get("Range")
        if wanted is None:
            return web.Response(body=data)
        start = int(wanted.removeprefix("bytes=").removesuffix("-"))
        return web.Response(body=data[start:], status=206)

    def _pay(self, request: web.Request, thing: bytes) -> None:
        token = Token.from_header(request.headers["Folge-Token"])
        if self.spent.setdefault(token.spent_key, thing) != thing:
            raise DoubleSpend

    async def _post(self, request: web.Request, board: str, cls: str) -> web.StreamResponse:
        body = await request.read()
        digest = sha256(body).digest()
        known = digest in self.spent.values()
        self._pay(request, digest)
        if not known:
            self.waiting[Board(board)].append((CellClass(cls), body))
        return answer(["kept", 1, digest], 201)

    async def _begin(self, request: web.Request, board: str, cls: str) -> web.StreamResponse:
        token = Token.from_header(request.headers["Folge-Token"])
        place = self.begun.setdefault(token.spent_key, token_urlsafe(32))
        self._pay(request, place.encode())
        upload = self.uploads.setdefault(place, (Board(board), CellClass(cls), bytearray()))
        headers = {"Location": f"/v1/uploads/{place}", "Upload-Offset": str(len(upload[2]))}
        return web.Response(status=201, headers=headers)

    def _upload(self, place: str) -> Upload:
        if place not in self.uploads:
            raise NotHere
        return self.uploads[place]

    async def _head(self, _: web.Request, place: str) -> web.StreamResponse:
        length = str(len(self._upload(place)[2]))
        return web.Response(status=204, headers={"Upload-Offset": length})

    async def _patch(self, request: web.Request, place: str) -> web.StreamResponse:
        board, cls, data = self._upload(place)
        if int(request.headers["Upload-Offset"]) != len(data):
            raise WrongOffset(offset=len(data))
        data += await request.read()
        if len(data) < CELL_BYTES[cls]:
            return web.Response(status=204, headers={"Upload-Offset": str(len(data))})
        cell = (cls, bytes(data))
        if cell not in self.waiting[board]:
            self.waiting[board].append(cell)
        return answer(["kept", 1, sha256(data).digest()], 201)

    async def _keys(self, request: web.Request) -> web.StreamResponse:
        after, most = int(request.query["after"]), int(request.query["most"])
        found = self.keys[after : after + most]
        return answer(["keys", 1, after + len(found), found])

    async def _publish(self, request: web.Request) -> web.StreamResponse:
        value = unpack(await request.read())
        assert isinstance(value, list)
        self.keys.append([*value[2:]])
        return answer(["published", 1], 201)

    async def _roster(self, _: web.Request, name: str) -> web.StreamResponse:
        if name not in self.files:
            raise NotHere
        return web.Response(body=self.files[name])

    async def _issue(self, request: web.Request) -> web.StreamResponse:
        value = unpack(await request.read())
        assert from_url(request.headers["Folge-Certificate"], "certificate")
        match value:
            case ["issue", 1, str(token_class), int(week), int(), list(blinded)]:
                secret = issuer_key(TokenClass.parse(token_class), Week(week))
                signed = [secret.blind_sign(one) for one in blinded if isinstance(one, bytes)]
                return answer(["issued", 1, signed], 201)
            case _:
                raise AssertionError


def next_batch(instance: str, board: Board, last: Batch | None, cells: list[Cell]) -> Batch:
    """Return the batch of `cells` that follows `last`, signed by the broker."""
    records = sorted(leaf_record(cls, CellHash(sha256(body).digest())) for cls, body in cells)
    frontier = extend(last.frontier if last else Frontier(), b"".join(records))
    number = last.number + 1 if last else 1
    origin = origin_of(instance, board)
    checkpoint = Checkpoint(origin, frontier.size, frontier.root, number).sign(SEED)
    files: dict[CellClass, bytes] = {}
    for cls in CellClass:
        bodies = sorted((sha256(body).digest(), body) for at, body in cells if at is cls)
        if bodies:
            files[cls] = b"".join(body for _, body in bodies)
    return Batch(files, b"".join(records), frontier, checkpoint, number)


@asynccontextmanager
async def crooked(broker: Crooked | None = None) -> AsyncGenerator[Crooked, None]:
    """Run a broker on loopback."""
    made = broker or Crooked()
    app = web.Application(client_max_size=1 << 30)
    app.router.add_route("*", "/{tail:.*}", made.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield made
    finally:
        await runner.cleanup()
