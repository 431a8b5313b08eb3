"""Who reads: a member's own machine, by a proof for one request that is used once."""

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from keys.address import Board, CellClass
from keys.armour import from_url, to_url
from keys.calendar import Day, start_of
from keys.errors import (
    BadCertificate,
    BadProof,
    ProofReplayed,
    ProofStale,
    Refusal,
    RevokedMember,
    UnknownMember,
    UnknownVersion,
    WrongShape,
    http_status,
)
from keys.proof import HEADER
from tests.brokers import (
    TODAY,
    Answer,
    World,
    cell,
    proof,
    register,
    running,
    token,
)
from tests.rosters import NOW, identity

CELLS = "/v1/boards/centre/batches/1/cells/note"
LEAVES = "/v1/boards/centre/batches/1/leaves"
BATCHES = "/v1/boards/centre/batches?after=0&most=100"
CENTRE = Board.CENTRE


def refused(answer: Answer, leaf: type[Refusal]) -> None:
    """Show that an answer is that refusal."""
    assert answer.leaf is leaf, answer
    assert answer.status == http_status(leaf)


async def with_notes(world: World, count: int = 3) -> bytes:
    """Post notes, close the slot, and return the batch's file as it must be."""
    cells = [cell() for _ in range(count)]
    for body in cells:
        assert (await world.post(CENTRE, CellClass.NOTE, body, token())).status == 201
    await world.broker.close_slot()
    return b"".join(sorted(cells, key=lambda one: sha256(one).digest()))


# ── Proofs ───────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("target", [BATCHES, LEAVES, CELLS, "/v1/keys"])
async def test_nothing_is_read_without_a_proof(tmp_path: Path, target: str) -> None:
    """Sealed bytes are not for the open internet."""
    async with running(tmp_path) as world:
        await with_notes(world)
        refused(await world.ask("GET", target), WrongShape)


async def test_a_proof_is_used_once(tmp_path: Path) -> None:
    """Who overhears a request cannot make it again."""
    async with running(tmp_path) as world:
        shown = {HEADER: proof("sor", "GET", BATCHES)}
        assert (await world.ask("GET", BATCHES, None, **shown)).status == 200
        refused(await world.ask("GET", BATCHES, None, **shown), ProofReplayed)


async def test_a_proof_does_not_outlive_a_restart(tmp_path: Path) -> None:
    """A broker that has forgotten what was used refuses all that might have been."""
    shown = proof("sor", "GET", BATCHES, NOW)
    async with running(tmp_path) as world:
        assert (await world.ask("GET", BATCHES, None, **{HEADER: shown})).status == 200
        clock = world.clock
    clock.set(NOW + 1)
    async with running(tmp_path, clock=clock) as world:
        refused(await world.ask("GET", BATCHES, None, **{HEADER: shown}), ProofStale)


@pytest.mark.parametrize("apart", [-301, 301])
async def test_a_proof_counts_for_minutes(tmp_path: Path, apart: int) -> None:
    """A machine whose clock is wrong is told so, and old proofs are worth nothing."""
    async with running(tmp_path) as world:
        world.clock.set(NOW + 1_000)
        shown = {HEADER: proof("sor", "GET", BATCHES, world.clock.now() + apart)}  # type: ignore[arg-type]
        refused(await world.ask("GET", BATCHES, None, **shown), ProofStale)


def _flipped(header: str) -> str:
    data = bytearray(from_url(header, "proof"))
    data[-1] ^= 1
    return to_url(bytes(data))


def _version_two(header: str) -> str:
    return to_url(b"\2" + from_url(header, "proof")[1:])


PROOFS: list[tuple[str, Callable[[], str], type[Refusal]]] = [
    ("flipped", lambda: _flipped(proof("sor", "GET", BATCHES)), BadProof),
    ("other-path", lambda: proof("sor", "GET", LEAVES), BadProof),
    ("other-query", lambda: proof("sor", "GET", BATCHES.replace("0&", "1&")), BadProof),
    ("other-method", lambda: proof("sor", "POST", BATCHES), BadProof),
    ("other-body", lambda: proof("sor", "GET", BATCHES, NOW, b"x"), BadProof),
    ("other-instance", lambda: proof("sor", "GET", BATCHES, instance="former"), BadProof),
    ("unknown-version", lambda: _version_two(proof("sor", "GET", BATCHES)), UnknownVersion),
    ("truncated", lambda: proof("sor", "GET", BATCHES)[:-4], WrongShape),
    ("oversized", lambda: proof("sor", "GET", BATCHES) + "AAAA", WrongShape),
    ("stranger", lambda: proof("stranger", "GET", BATCHES), UnknownMember),
]


@pytest.mark.parametrize(("made", "leaf"), [pytest.param(*row[1:], id=row[0]) for row in PROOFS])
async def test_a_proof_that_is_not_right_is_refused(
    tmp_path: Path, made: Callable[[], str], leaf: type[Refusal]
) -> None:
    """A proof is for one request, by one machine, of one member."""
    async with running(tmp_path) as world:
        refused(await world.ask("GET", BATCHES, None, **{HEADER: made()}), leaf)


async def test_a_proof_that_stands_twice_is_refused(tmp_path: Path) -> None:
    """Two proofs on one request could be two members; neither is believed."""
    async with running(tmp_path) as world:
        both = [(HEADER, proof(name, "GET", BATCHES)) for name in ("sor", "nord")]
        async with world.http.get(world.broker.url + BATCHES, headers=both) as answer:
            refused(Answer(answer.status, dict(answer.headers), await answer.read()), WrongShape)


async def test_a_revoked_member_reads_no_more(tmp_path: Path) -> None:
    """As soon as the registrars have signed it, a lost member is out."""
    async with running(tmp_path) as world:
        world.renew(register().revoking(identity("sor").public.member_id, Day(TODAY)))
        await world.broker.close_slot()
        refused(await world.read("sor", BATCHES), RevokedMember)
        assert (await world.read("nord", BATCHES)).status == 200


async def test_a_certificate_ends(tmp_path: Path) -> None:
    """A machine that has not been vouched for this month reads nothing, until it is."""
    async with running(tmp_path) as world:
        assert (await world.read("sor", BATCHES)).status == 200
        world.clock.set(start_of(Day(TODAY + 30)))
        refused(await world.read("sor", BATCHES), BadCertificate)
        assert (await world.publish("sor", Day(TODAY + 30))).status == 201
        assert (await world.read("sor", BATCHES)).status == 200


async def test_a_machine_without_a_certificate_reads_nothing(tmp_path: Path) -> None:
    """A member begins by showing its machine."""
    async with running(tmp_path, published=()) as world:
        refused(await world.read("sor", BATCHES), BadCertificate)
