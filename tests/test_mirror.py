"""The roster at the broker: obeyed when it verifies, kept fresh, and never half taken."""

import asyncio
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from broker.app import Broker
from broker.ownkeys import CHECKPOINT_KEY, ONLINE_KEY, OwnKeys
from keys.calendar import Day
from keys.errors import (
    AlreadyThere,
    BadSettings,
    ForeignKey,
    Refusal,
    RosterExpired,
    RosterPin,
    StoreDamaged,
    StoreInUse,
    UnsafeFile,
    http_status,
)
from keys.roster import TrustedRoster
from keys.secretfile import write_secret
from keys.tufkeys import KeyPair
from tests.brokers import TODAY, DrivenClock, World, prepared, register, running
from tests.rosters import NOW, authority, identity

HOUR = 3_600


async def trusted(world: World) -> TrustedRoster:
    """Return what a new member that fetches everything from the broker would trust."""
    state = TrustedRoster.bootstrap(authority().roots[0], authority().pin)
    steps = state.steps(world.clock.now())
    want = next(steps)
    while True:
        answer = await world.ask("GET", f"/v1/roster/{want.name}")
        try:
            want = steps.send(answer.body if answer.status == 200 else None)
        except StopIteration as done:
            found: TrustedRoster = done.value
            return found


def version_of(world: World, name: str = "timestamp.json") -> int:
    """Return the version of a served file."""
    signed = json.loads((world.path / "roster" / name).read_bytes())["signed"]
    version = signed["version"]
    assert isinstance(version, int)
    return version


async def test_a_member_follows_the_broker_to_the_roster(tmp_path: Path) -> None:
    """From the pinned root to the register, all that is needed is served and verifies."""
    async with running(tmp_path) as world:
        assert (await trusted(world)).roster.version == 1


async def test_the_roster_is_signed_anew_every_hour(tmp_path: Path) -> None:
    """As long as the broker runs, members know that the roster is fresh."""
    async with running(tmp_path) as world:
        first = version_of(world)
        world.clock.set(NOW + HOUR - 1)
        await world.broker.close_slot()
        assert version_of(world) == first
        for hour in range(1, 5):
            world.clock.set(NOW + hour * HOUR)
            await world.broker.close_slot()
            assert version_of(world) == first + hour
        assert (await trusted(world)).fresh(world.clock.now())
        kept = {path.name for path in (tmp_path / "roster").glob("*.snapshot.json")}
        assert len(kept) == 2


async def test_what_the_broker_signs_can_be_read_by_the_issuer(tmp_path: Path) -> None:
    """Broker and issuer are two users of the machine that share the roster and nothing else."""
    async with running(tmp_path):
        for name in ("timestamp.json", "2.snapshot.json"):
            assert (tmp_path / "roster" / name).stat().st_mode & 0o777 == 0o644


async def test_a_new_roster_is_taken_up_within_a_slot(tmp_path: Path) -> None:
    """What registrars put in is served, signed and obeyed at the end of the slot."""
    async with running(tmp_path) as world:
        world.renew(register().revoking(identity("sor").public.member_id, Day(TODAY)))
        await world.broker.close_slot()
        assert (await trusted(world)).roster.version == 2
        assert {"event": "roster_trusted", "version": 2} in [
            {key: value for key, value in line.items() if key != "slot"} for line in world.lines()
        ]


async def test_a_half_delivered_roster_changes_nothing(tmp_path: Path) -> None:
    """While files are still being copied in, the old roster is served and obeyed."""
    async with running(tmp_path) as world:
        before = set((tmp_path / "roster").glob("*.msgpack"))
        world.renew(register().revoking(identity("sor").public.member_id, Day(TODAY)))
        (register_file,) = set((tmp_path / "roster").glob("*.msgpack")) - before
        held = register_file.read_bytes()
        (tmp_path / "roster" / "timestamp.json").unlink()
        register_file.unlink()
        world.clock.set(NOW + HOUR)
        await world.broker.close_slot()
        assert (await trusted(world)).roster.version == 1
        assert world.lines()[-2]["event"] == "refused"
        register_file.write_bytes(held)
        await world.broker.close_slot()
        assert (await trusted(world)).roster.version == 2


async def test_a_forged_roster_changes_nothing(tmp_path: Path) -> None:
    """Files that the registrars did not sign are told in the log and not used."""
    async with running(tmp_path) as world:
        first = (tmp_path / "roster" / "1.targets.json").read_bytes()
        forged = first.replace(b'"version":1', b'"version":2')
        (tmp_path / "roster" / "2.targets.json").write_bytes(forged)
        await world.broker.close_slot()
        assert (await trusted(world)).roster.version == 1
        assert (await world.ask("GET", "/v1/roster/2.targets.json")).status == 404


async def test_when_the_name_changes_the_broker_ends(tmp_path: Path) -> None:
    """A broker never serves one name's boards under another: it ends, to begin anew."""
    async with running(tmp_path) as world:
        work = asyncio.create_task(world.broker.run())
        await world.clock.asleep()
        world.renew(register("new.folge"))
        world.clock.set(NOW + 300)
        async with asyncio.timeout(10):
            await work
        assert world.broker.moved
        assert (await world.ask("GET", "/health")).status == 503
    async with running(tmp_path, register("new.folge")) as world:
        answer = await world.ask("GET", "/health")
        assert (answer.status, answer.value) == (200, ["health", 1, "ok"])


# ── What a broker does not begin with ────────────────────────────────────────────────────────
def _no_root(path: Path) -> None:
    (path / "roster" / "1.root.json").unlink()


def _other_root(path: Path) -> None:
    (path / "roster" / "1.root.json").write_bytes(b"{}")


def _no_directory(path: Path) -> None:
    (path / "roster").rename(path / "elsewhere")


def _no_checkpoint_key(path: Path) -> None:
    (path / "broker" / CHECKPOINT_KEY).unlink()


def _other_checkpoint_key(path: Path) -> None:
    write_secret(path / "broker" / CHECKPOINT_KEY, b"d" * 32)


def _short_key(path: Path) -> None:
    write_secret(path / "broker" / CHECKPOINT_KEY, b"d" * 31)


def _other_online_key(path: Path) -> None:
    write_secret(path / "broker" / ONLINE_KEY, KeyPair.generate().seed)


def _open_key(path: Path) -> None:
    (path / "broker" / ONLINE_KEY).chmod(0o644)


FAULTS: list[tuple[Callable[[Path], None], type[Refusal]]] = [
    (_no_root, BadSettings),
    (_other_root, RosterPin),
    (_no_directory, BadSettings),
    (_no_checkpoint_key, BadSettings),
    (_other_checkpoint_key, BadSettings),
    (_short_key, StoreDamaged),
    (_other_online_key, ForeignKey),
    (_open_key, UnsafeFile),
]


@pytest.mark.parametrize(
    ("fault", "leaf"), [pytest.param(*row, id=row[0].__name__) for row in FAULTS]
)
async def test_a_broker_begins_only_when_all_is_right(
    tmp_path: Path, fault: Callable[[Path], None], leaf: type[Refusal]
) -> None:
    """A missing, foreign or unsafe key or roster is found out before anybody is served."""
    settings = prepared(tmp_path)
    fault(tmp_path)
    with pytest.raises(leaf):
        await Broker(settings, DrivenClock(), io.StringIO()).__aenter__()


async def test_two_brokers_on_one_store_are_one_too_many(tmp_path: Path) -> None:
    """A second broker on the same disk does not begin."""
    async with running(tmp_path):
        with pytest.raises(StoreInUse):
            await Broker(prepared(tmp_path), DrivenClock(), io.StringIO()).__aenter__()


def test_own_keys_are_made_once(tmp_path: Path) -> None:
    """Keys that a roster may name already are never replaced."""
    made = OwnKeys.make(tmp_path / "data")
    assert OwnKeys.load(tmp_path / "data").checkpoint_public == made.checkpoint_public
    with pytest.raises(AlreadyThere):
        OwnKeys.make(tmp_path / "data")
    assert repr(made) == "OwnKeys()"


# ── Health ───────────────────────────────────────────────────────────────────────────────────
async def test_health_tells_a_roster_that_members_no_longer_send_by(tmp_path: Path) -> None:
    """When the registrars are late, the operator sees it."""
    async with running(tmp_path) as world:
        for day in range(1, 36):
            world.clock.set(NOW + day * 86_400)
            await world.broker.close_slot()
        answer = await world.ask("GET", "/health")
        assert (answer.status, answer.leaf) == (503, RosterExpired)
        assert http_status(RosterExpired) != 503


async def test_health_tells_a_slot_that_does_not_end(tmp_path: Path) -> None:
    """A broker that has stopped closing its batches is not well, though it answers."""
    async with running(tmp_path) as world:
        world.clock.set(NOW + 900)
        assert (await world.ask("GET", "/health")).status == 200
        world.clock.set(NOW + 901)
        assert (await world.ask("GET", "/health")).code == "broker_fault"
