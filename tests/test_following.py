"""Following the roster: only what verifies is trusted, and what is trusted is kept."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiohttp import web

from client.following import Following
from client.ledger import Ledger
from client.shelf import Shelf
from client.transport import Transport
from keys.calendar import Instant
from keys.errors import (
    BrokerGone,
    Distrusted,
    NotYet,
    Refusal,
    RosterExpired,
    RosterMalformed,
    RosterMixed,
    RosterPin,
    RosterUnsigned,
)
from tests import rosters
from tests.crooked import Crooked, crooked
from tests.machines import prove, store
from tests.rosters import DAY, LATER, NOW, Files, authority, published, second


@dataclass
class Member:
    """A member that follows, and the broker it follows."""

    ledger: Ledger
    broker: Crooked
    transport: Transport
    following: Following

    async def update(self, now: int = NOW) -> None:
        """Fetch what is new."""
        await self.following.update(self.transport, Instant(now))

    async def restarted(self, pin: bytes | None = None) -> Following:
        """Return what the next run of the program begins with."""
        made = Following(self.ledger, pin or authority().pin)
        await made.load()
        return made


@asynccontextmanager
async def member(path: Path, files: Files | None = None) -> AsyncGenerator[Member, None]:
    """Run a member that knows nothing but the pin."""
    broker = Crooked(files=published() if files is None else files)
    async with (
        store(path, unlocked=False) as ledger,
        crooked(broker),
        Transport(broker.doors, prove) as transport,
    ):
        yield Member(ledger, broker, transport, Following(ledger, authority().pin))


async def test_from_the_printed_pin_to_a_roster_that_survives_a_restart(tmp_path: Path) -> None:
    """The pin on the letter is enough to find the list, and the list is kept."""
    async with member(tmp_path) as one:
        assert not one.following.known
        assert not one.following.fresh(NOW)
        with pytest.raises(NotYet):
            _ = one.following.roster
        await one.update()
        assert one.following.known
        assert one.following.fresh(NOW)
        assert not one.following.fresh(Instant(NOW + 3 * DAY))
        assert {name.name for name in one.following.roster.members} == set(rosters.NAMES)
        again = await one.restarted()
        assert again.roster == one.following.roster
        assert again.fresh(NOW)


async def test_only_what_is_new_is_fetched(tmp_path: Path) -> None:
    """An hour later nothing has changed, and the list itself is not fetched again."""
    async with member(tmp_path) as one:
        await one.update()
        one.broker.asked.clear()
        await one.update()
        assert not any(target.endswith(".roster.msgpack") for target in one.broker.targets())
        one.broker.files = second()
        await one.update(LATER)
        assert one.following.roster.version == 2
        assert (await one.restarted()).roster.version == 2


async def test_without_a_broker_nothing_is_known_and_nothing_lost(tmp_path: Path) -> None:
    """A broker that is away costs nothing but time."""
    async with member(tmp_path) as one:

        async def cut(request: web.Request) -> web.StreamResponse:
            assert request.transport is not None
            request.transport.abort()
            raise ConnectionResetError

        one.broker.bent["GET", "/v1/roster/1.root.json"] = cut
        with pytest.raises(BrokerGone):
            await one.update()
        assert not one.following.known
        one.broker.bent.clear()
        await one.update()
        one.broker.bent["GET", "/v1/roster/timestamp.json"] = cut
        with pytest.raises(BrokerGone):
            await one.update()
        assert one.following.roster.version == 1


def without(name: str) -> Callable[[], Files]:
    """Return the first roster without one file."""
    return lambda: {key: data for key, data in published().items() if key != name}


def tampered(name: str) -> Callable[[], Files]:
    """Return the first roster with one byte of a file changed."""

    def made() -> Files:
        data = published()[name]
        return published() | {name: data[:-3] + bytes([data[-3] ^ 1]) + data[-2:]}

    return made


BAD: dict[str, tuple[Callable[[], Files], type[Refusal]]] = {
    "no root": (without("1.root.json"), BrokerGone),
    "another root": (tampered("1.root.json"), RosterPin),
    "no timestamp": (without("timestamp.json"), RosterMixed),
    "a tampered snapshot": (tampered("1.snapshot.json"), RosterMixed),
    "a timestamp without end": (
        lambda: published() | {"timestamp.json": bytes(1 << 20)},
        RosterMalformed,
    ),
    "a root longer than any": (
        lambda: published() | {"1.root.json": bytes(3 << 20)},
        RosterMalformed,
    ),
}


@pytest.mark.parametrize(("files", "refusal"), BAD.values(), ids=BAD)
async def test_a_roster_that_does_not_verify_is_not_begun(
    tmp_path: Path, files: Callable[[], Files], refusal: type[Refusal]
) -> None:
    """Whatever a broker serves in its place, nothing is trusted that the pin does not lead to."""
    async with member(tmp_path, files()) as one:
        with pytest.raises(refusal):
            await one.update()
        assert not one.following.known
        assert not (await one.restarted()).known


async def test_a_refused_update_leaves_the_old_list(tmp_path: Path) -> None:
    """A broker cannot put a member back, or into the dark; it can only let the list grow old."""
    async with member(tmp_path) as one:
        await one.update()
        before = one.following.roster
        forged = published() | {"2.root.json": published()["1.root.json"]}
        for files, now, refusal in (
            (without("timestamp.json")(), NOW, RosterMixed),
            (published(), NOW + 9 * DAY, RosterExpired),
            (forged, NOW, Distrusted),
        ):
            one.broker.files = files
            with pytest.raises(refusal):
                await one.update(now)
            assert one.following.roster == before
            assert (await one.restarted()).roster == before


async def test_a_root_that_takes_a_key_away_counts_at_once(tmp_path: Path) -> None:
    """A stolen key is locked out although the broker withholds the rest of the update."""
    root = rosters.next_root()["2.root.json"]
    async with member(tmp_path) as one:
        await one.update()
        one.broker.files = published() | {"2.root.json": root, "timestamp.json": b"{}"}
        with pytest.raises((RosterMalformed, RosterUnsigned)):
            await one.update()
        kept = await one.restarted()
        async with one.ledger.reading() as rows:
            kept_rows = [value for _, value in await rows.rows(Shelf.ROSTER)]
        assert len([one for one in kept_rows if root in one]) == 1
        assert kept.roster == one.following.roster


async def test_another_pin_opens_no_kept_list(tmp_path: Path) -> None:
    """A program that was told another pin does not go on with the old list."""
    async with member(tmp_path) as one:
        await one.update()
        with pytest.raises(RosterPin):
            await one.restarted(b"p" * 32)


async def test_a_damaged_list_is_fetched_anew(tmp_path: Path) -> None:
    """A bad spot on the disk costs one fetch."""
    async with member(tmp_path) as one:
        await one.update()
        async with one.ledger.transaction("damage") as rows:
            await rows._sql(  # pyright: ignore[reportPrivateUsage] - damage is no row's own doing
                "UPDATE rows SET sealed = x'00' WHERE shelf = ?", "roster"
            )
        again = await one.restarted()
        assert not again.known
        await again.update(one.transport, NOW)
        assert again.roster == one.following.roster
