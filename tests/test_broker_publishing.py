"""The `keys` board and the roster's files: signed by their owners, given to all alike."""

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from broker.publishing import A_DAY
from keys.address import MemberId
from keys.calendar import Day, Week, start_of, week_of
from keys.epoch import EpochBatch, EpochRole, EpochSecret
from keys.errors import (
    BadCertificate,
    BadSignature,
    Expired,
    ForbiddenType,
    NotYet,
    OverLong,
    QuotaSpent,
    Refusal,
    RevokedMember,
    TrailingBytes,
    Truncated,
    UnknownMember,
    UnknownVersion,
    WrongShape,
    WrongSize,
    http_status,
)
from keys.identity import Identity, MachineCertificate, Purpose
from keys.prekeys import generate, issue
from keys.wire import Fields, lp, pack, unlp
from tests.brokers import TODAY, Answer, World, certificate, machine, register, running
from tests.rosters import NOW, identity

THIS_WEEK = week_of(TODAY)


def refused(answer: Answer, leaf: type[Refusal]) -> None:
    """Show that an answer is that refusal."""
    assert answer.leaf is leaf, answer
    assert answer.status == http_status(leaf)


@cache
def epochs(name: str, first: int = TODAY, days: int = 14) -> bytes:
    """Return that member's signed epoch keys for some days."""
    made = [
        EpochSecret.generate(role, Day(first + ahead))
        for ahead in range(days)
        for role in EpochRole
    ]
    return EpochBatch.issue(identity(name), made).encode()


async def publish(world: World, kind: str, signed: bytes) -> Answer:
    """Publish signed bytes."""
    return await world.ask("POST", "/v1/keys", pack(["publish", 1, kind, signed]))


async def on_board(world: World) -> list[object]:
    """Return all that stands on the board."""
    fields = Fields((await world.read("ost", "/v1/keys")).value, "keys")
    fields.number("next")
    return [*fields.items("entries", most=100)]


# ── Publishing ───────────────────────────────────────────────────────────────────────────────
async def test_epoch_keys_are_published_and_read(tmp_path: Path) -> None:
    """A fortnight of keys goes up as it was signed, and comes down as it went up."""
    async with running(tmp_path) as world:
        answer = await publish(world, "epochs", epochs("nord"))
        assert (answer.status, answer.value) == (201, ["published", 1])
        assert ["epochs", epochs("nord")] in await on_board(world)


async def test_the_same_keys_twice_stand_once(tmp_path: Path) -> None:
    """A client that lost the answer publishes again, and nobody downloads it twice."""
    async with running(tmp_path) as world:
        before = len(await on_board(world))
        for _ in range(2):
            assert (await publish(world, "epochs", epochs("nord"))).status == 201
        assert len(await on_board(world)) == before + 1


async def test_keys_whose_days_are_over_leave_the_board(tmp_path: Path) -> None:
    """Old keys are not kept."""
    async with running(tmp_path) as world:
        await publish(world, "epochs", epochs("nord", days=1))
        world.clock.set(start_of(Day(TODAY + 2)))
        await world.broker.close_slot()
        assert ["epochs", epochs("nord", days=1)] not in await on_board(world)


def _stranger() -> bytes:
    somebody = Identity.generate()
    return MachineCertificate.issue(somebody, machine("sor").public, TODAY, 30).encode()


def _resigned() -> bytes:
    """Somebody else's certificate body under one's own signature."""
    body = MachineCertificate.decode(certificate("sor")).body
    return lp(body, identity("nord").sign(Purpose.MACHINE, body))


def _flipped(signed: bytes) -> bytes:
    return signed[:-1] + bytes([signed[-1] ^ 1])


def _epochs_of(first: int, days: int) -> bytes:
    body = pack(["epochs", 1, identity("nord").public.member_id, first, [b""] * days])
    return lp(body, identity("nord").sign(Purpose.EPOCHS, body))


def _list(name: str, week: int = THIS_WEEK) -> bytes:
    others = [identity("ost").public.member_id]
    return issue(identity(name), Week(week), generate(others, Week(week)))[0].encode()


def _other_keys() -> bytes:
    """A sheet under the signature of another list."""
    body, signature, _, _ = unlp(_list("nord"), 4)
    return lp(body, signature, *unlp(_list("nord"), 4)[2:])


def _unsigned() -> bytes:
    body, signature, hashes, slots = unlp(_list("nord"), 4)
    return lp(body, _flipped(signature), hashes, slots)


FORGED: list[tuple[str, str, Callable[[], bytes], type[Refusal]]] = [
    ("cert-of-a-stranger", "cert", _stranger, UnknownMember),
    ("cert-signed-by-another", "cert", _resigned, BadCertificate),
    ("cert-flipped", "cert", lambda: _flipped(certificate("sor")), BadCertificate),
    ("cert-of-tomorrow", "cert", lambda: certificate("sor", Day(TODAY + 1)), BadCertificate),
    ("cert-of-last-month", "cert", lambda: certificate("sor", Day(TODAY - 30)), BadCertificate),
    ("cert-cut", "cert", lambda: certificate("sor")[:-1], Truncated),
    ("cert-and-more", "cert", lambda: certificate("sor") + b"x", TrailingBytes),
    ("cert-as-epochs", "epochs", lambda: certificate("sor"), WrongShape),
    ("epochs-as-cert", "cert", lambda: epochs("nord"), OverLong),
    ("epochs-flipped", "epochs", lambda: _flipped(epochs("nord")), BadSignature),
    ("epochs-over", "epochs", lambda: _epochs_of(TODAY - 14, 14), Expired),
    ("epochs-too-far-ahead", "epochs", lambda: _epochs_of(TODAY + 3, 14), NotYet),
    ("epochs-of-no-day", "epochs", lambda: _epochs_of(TODAY, 0), WrongShape),
    ("epochs-of-fifteen-days", "epochs", lambda: _epochs_of(TODAY, 15), WrongShape),
    ("list-of-a-stranger", "prekeys", lambda: _list("nobody"), UnknownMember),
    ("list-flipped", "prekeys", _unsigned, BadSignature),
    ("list-of-other-keys", "prekeys", _other_keys, WrongShape),
    ("list-over", "prekeys", lambda: _list("nord", THIS_WEEK - 2), Expired),
    ("list-too-far-ahead", "prekeys", lambda: _list("nord", THIS_WEEK + 2), NotYet),
    ("another-kind", "letters", lambda: certificate("sor"), WrongShape),
]


@pytest.mark.parametrize(
    ("kind", "signed", "leaf"), [pytest.param(*row[1:], id=row[0]) for row in FORGED]
)
async def test_keys_are_taken_from_their_owner_only(
    tmp_path: Path, kind: str, signed: Callable[[], bytes], leaf: type[Refusal]
) -> None:
    """Nobody publishes keys in another's name, nor keys that are not for these days."""
    async with running(tmp_path) as world:
        before = await on_board(world)
        refused(await publish(world, kind, signed()), leaf)
        assert await on_board(world) == before


BODIES = [
    pytest.param(b"", "not_msgpack", id="empty"),
    pytest.param(b"\xc1", "not_msgpack", id="no-msgpack"),
    pytest.param(pack(["publish", 1, "cert"]), WrongShape.code, id="field-missing"),
    pytest.param(pack(["publish", 1, "cert", b"", 0]), WrongShape.code, id="field-too-many"),
    pytest.param(pack(["publish", 2, "cert", b""]), UnknownVersion.code, id="unknown-version"),
    pytest.param(pack(["publish", 1, "cert", b""]) + b"x", TrailingBytes.code, id="trailing"),
    pytest.param(b"\x91\xcb" + bytes(8), ForbiddenType.code, id="a-float"),
    pytest.param(bytes(69_633), WrongSize.code, id="oversized"),
]


@pytest.mark.parametrize(("body", "code"), BODIES)
async def test_a_publication_of_another_form_is_refused(
    tmp_path: Path, body: bytes, code: str
) -> None:
    """Whatever is sent, the answer is one word from the list."""
    async with running(tmp_path) as world:
        answer = await world.ask("POST", "/v1/keys", body)
        assert answer.code == code, answer


async def test_a_revoked_member_publishes_no_more(tmp_path: Path) -> None:
    """Whoever was revoked cannot come back with new keys."""
    async with running(tmp_path) as world:
        world.renew(register().revoking(identity("nord").public.member_id, Day(TODAY)))
        await world.broker.close_slot()
        refused(await publish(world, "epochs", epochs("nord")), RevokedMember)


async def test_nobody_floods_the_board(tmp_path: Path) -> None:
    """One member cannot make everybody else download without end."""
    async with running(tmp_path, published=()) as world:
        made = [epochs("nord", TODAY + ahead, days) for ahead in (0, 1) for days in (1, 2)]
        kinds = [("epochs", one) for one in made]
        for back in range(5):
            firsts = [certificate("nord", Day(TODAY - back), days) for days in range(6, 31)]
            kinds += [("cert", one) for one in firsts]
        last = kinds.pop()
        assert len(kinds) == A_DAY
        for kind, signed in kinds:
            assert (await publish(world, kind, signed)).status == 201
        refused(await publish(world, *last), QuotaSpent)
        assert (await world.publish("sor")).status == 201
        world.clock.set(NOW + 86_400)
        assert (await publish(world, *last)).status == 201


async def test_nobody_spends_what_another_may_publish(tmp_path: Path) -> None:
    """Whoever tells once more what stands on the board, which all can read, hinders no owner."""
    async with running(tmp_path, published=()) as world:
        for _ in range(A_DAY + 1):
            assert (await world.publish("nord")).status == 201
        assert (await publish(world, "epochs", epochs("nord"))).status == 201


def test_an_epoch_batch_names_its_member_in_the_field_the_broker_reads() -> None:
    """The broker reads the outside of what it does not own the code to open."""
    batch = EpochBatch.decode(epochs("nord"))
    assert batch.member_id == MemberId(identity("nord").public.member_id)


# ── Reading ──────────────────────────────────────────────────────────────────────────────────
async def test_keys_are_read_by_all_in_the_order_they_came(tmp_path: Path) -> None:
    """Everybody downloads everybody's keys, so fetching them tells nothing."""
    async with running(tmp_path) as world:
        first = Fields((await world.read("ost", "/v1/keys?after=0&most=3")).value, "keys")
        cursor, page = first.number("next"), first.items("entries", most=3)
        assert page == [["cert", certificate(name, TODAY)] for name in ("ost", "vest", "nord")]
        rest = await world.read("ost", f"/v1/keys?after={cursor}")
        fields = Fields(rest.value, "keys")
        last, page = fields.number("next"), fields.items("entries", most=3)
        assert page == [["cert", certificate("sor", TODAY)]]
        end = await world.read("ost", f"/v1/keys?after={last}")
        assert end.value == ["keys", 1, last, []]


async def test_the_roster_is_served_to_anybody(tmp_path: Path) -> None:
    """A new member can check the roster before it has proved anything."""
    async with running(tmp_path) as world:
        for path in (tmp_path / "roster").iterdir():
            answer = await world.ask("GET", f"/v1/roster/{path.name}")
            assert (answer.status, answer.body) == (200, path.read_bytes())


ELSEWHERE = ["9.root.json", "..%2Fbroker%2Fonline.key", "online.key", "timestamp.json.new", ".."]


@pytest.mark.parametrize("name", ELSEWHERE)
async def test_nothing_but_the_roster_is_served(tmp_path: Path, name: str) -> None:
    """No path leads out of the roster's directory."""
    async with running(tmp_path) as world:
        (tmp_path / "roster" / "online.key").write_bytes(b"kanari")
        sent = f"GET /v1/roster/{name} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()
        answer = await world.raw(sent)
        assert re.match(rb"HTTP/1.1 404 ", answer)
        assert b"kanari" not in answer
