"""The keys board of a real day: what is published, verified by the broker, and read by everybody.

This file knows how the broker checks and keeps what a member tells, and how each member reads it
with the client's own `Peers`. What lies between, the network, is not there; the bytes of every
answer are counted. It refuses to know when anything is told.
"""

from asyncio import Runner
from collections.abc import Iterable

from broker.publishing import read_publication
from broker.storage import Store
from client.peers import Peers
from keys.address import MemberId
from keys.calendar import Day
from keys.wire import Value, pack, unpack
from tests.bench.simulation.costs import Costs
from tests.bench.simulation.people import Register


class KeysBoard:
    """What `client.peers` reads by, instead of a `Transport`; and where members publish."""

    def __init__(self, store: Store, runner: Runner, register: Register, costs: Costs) -> None:
        self._store = store
        self._runner = runner
        self._register = register
        self._costs = costs
        self._has_news = False

    def publish(self, kind: str, signed: bytes, today: Day) -> None:
        """Let the broker check and keep what a member tells."""
        told = pack(["publish", 1, kind, signed])
        self._costs.told[kind] += len(told)
        with self._costs.of("broker: keys board"):
            made = read_publication(told, self._register, today)  # type: ignore[arg-type]
            kept = self._store.publish(made.member_id, made.kind, made.signed, made.last_day)
            self._runner.run(kept)
        self._has_news = True

    async def keys(self, after: int, most: int) -> Value:
        """Give a page, as the broker's answer to a member."""
        found = await self._store.published(after, most)
        cursor = found[-1].cursor if found else after
        page = pack(["keys", 1, cursor, [[entry.kind, entry.signed] for entry in found]])
        self._costs.board += len(page)
        return unpack(page, limit=1 << 21)

    def read(self, readers: Iterable[tuple[MemberId, Peers]], today: Day) -> None:
        """Let everybody read on, if there is anything new; an answer of nothing is not counted."""
        if not self._has_news:
            return
        self._has_news = False
        with self._costs.of("member: read the keys board"):
            for member_id, peers in readers:
                work = peers.follow(self, self._register, today, member_id)  # type: ignore[arg-type]
                self._runner.run(work)
