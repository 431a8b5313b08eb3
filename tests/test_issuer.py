"""The issuer: each member its daily portion, the same for all, and never a look at a token."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from broker import issuer
from keys.address import TokenClass
from keys.armour import to_url
from keys.calendar import Day, first_day
from keys.errors import (
    BadCertificate,
    BadProof,
    BrokerBusy,
    Expired,
    NotMsgpack,
    NotYet,
    ProofReplayed,
    QuotaSpent,
    Refusal,
    RevokedMember,
    TrailingBytes,
    Truncated,
    UnknownMember,
    UnknownVersion,
    WrongShape,
    WrongSize,
    WrongTokenClass,
)
from keys.proof import HEADER
from keys.token import verify
from keys.wire import Packable, pack
from tests.brokers import (
    CC_NOTE,
    CC_S,
    PP_NOTE,
    TODAY,
    WEEK,
    Answer,
    certificate,
    issuer_key,
    proof,
    register,
    roster_in,
)
from tests.offices import NEXT, TARGET, asking, blind_noise, office, refused, requests, signed
from tests.rosters import NOW, identity


# ── What is given ────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(("name", "token_class"), [("nord", CC_S), ("ost", PP_NOTE)])
async def test_what_is_signed_becomes_good_tokens(
    tmp_path: Path, name: str, token_class: TokenClass
) -> None:
    """A member gets permissions that the broker takes, and that the issuer never saw."""
    async with office(tmp_path) as there:
        made = requests(3, token_class)
        found = signed(await there.ask(name, asking(made, token_class)))
        for request, signature in zip(made, found, strict=True):
            token = request.finalize(signature)
            verify(token, issuer_key(token_class, WEEK).public, request.challenge)
            assert token.nonce not in there.log.getvalue().encode()


async def test_the_same_request_is_answered_alike_and_takes_nothing_more(tmp_path: Path) -> None:
    """A lost answer costs nothing: ask again, also after a restart."""
    quota = register().schedule.quota(CC_S)
    body = pack(["issue", 1, str(CC_S), WEEK, TODAY, blind_noise(quota)])
    async with office(tmp_path) as there:
        first = await there.ask("nord", body)
        assert len(signed(first)) == quota
        assert (await there.ask("nord", body)).body == first.body
    async with office(tmp_path) as there:
        assert (await there.ask("nord", body)).body == first.body
        refused(await there.ask("nord", asking(requests(1, CC_S), CC_S)), QuotaSpent)


async def test_two_same_requests_at_once_are_one(tmp_path: Path) -> None:
    """Impatience is not punished with half a portion."""
    async with office(tmp_path) as there:
        body = asking(requests(2, CC_S), CC_S)
        answers = await asyncio.gather(*(there.ask("nord", body) for _ in range(4)))
        assert len({answer.body for answer in answers}) == 1
        quota = register().schedule.quota(CC_S)
        rest = pack(["issue", 1, str(CC_S), WEEK, TODAY, blind_noise(quota - 2)])
        assert len(signed(await there.ask("nord", rest))) == quota - 2


async def test_a_portion_is_a_members_own(tmp_path: Path) -> None:
    """One member's portion, class and day takes nothing from another's."""
    async with office(tmp_path) as there:
        quota = register().schedule.quota(CC_S)
        body = pack(["issue", 1, str(CC_S), WEEK, TODAY, blind_noise(quota)])
        signed(await there.ask("nord", body))
        refused(await there.ask("nord", asking(requests(1, CC_S), CC_S)), QuotaSpent)
        signed(await there.ask("sor", asking(requests(1, CC_S), CC_S)))
        signed(await there.ask("nord", asking(requests(1))))
        signed(await there.ask("nord", asking(requests(1, CC_S), CC_S, day=TODAY + 1)))


async def test_nothing_is_taken_when_a_request_asks_too_much(tmp_path: Path) -> None:
    """More than the portion is refused whole; the portion itself is still there."""
    async with office(tmp_path) as there:
        quota = register().schedule.quota(CC_S)
        much = pack(["issue", 1, str(CC_S), WEEK, TODAY, blind_noise(quota + 1)])
        refused(await there.ask("nord", much), QuotaSpent)
        whole = pack(["issue", 1, str(CC_S), WEEK, TODAY, blind_noise(quota)])
        assert len(signed(await there.ask("nord", whole))) == quota


# ── What is refused ──────────────────────────────────────────────────────────────────────────
BODIES: list[tuple[str, Callable[[], bytes], type[Refusal]]] = [
    ("other-role", lambda: asking(requests(1, PP_NOTE), PP_NOTE), WrongTokenClass),
    ("yesterday", lambda: asking(requests(1), day=TODAY - 1), Expired),
    ("next-week", lambda: asking(requests(1), week=NEXT, day=first_day(NEXT)), NotYet),
    ("day-of-another-week", lambda: asking(requests(1), week=NEXT), WrongShape),
    (
        "no-such-class",
        lambda: pack(["issue", 1, "cc-xxl", WEEK, TODAY, blind_noise(1)]),
        WrongShape,
    ),
    ("nothing", lambda: asking([]), WrongShape),
    ("too-many", lambda: pack(["issue", 1, str(CC_NOTE), WEEK, TODAY, [b""] * 401]), WrongShape),
    ("short", lambda: pack(["issue", 1, str(CC_NOTE), WEEK, TODAY, [bytes(255)]]), WrongShape),
    ("long", lambda: pack(["issue", 1, str(CC_NOTE), WEEK, TODAY, [bytes(257)]]), WrongShape),
    ("above-the-modulus", lambda: _with([b"\xff" * 256]), WrongShape),
    ("no-bytes", lambda: _with([1]), WrongShape),
    ("unknown-version", lambda: pack(["issue", 2]), UnknownVersion),
    ("trailing", lambda: asking(requests(1)) + b"x", TrailingBytes),
    ("garbage", lambda: b"\xc1", NotMsgpack),
    ("oversized", lambda: bytes(200_000), WrongSize),
]


def _with(blinded: list[Packable]) -> bytes:
    return pack(["issue", 1, str(CC_NOTE), WEEK, TODAY, blinded])


@pytest.mark.parametrize(("body", "leaf"), [pytest.param(*row[1:], id=row[0]) for row in BODIES])
async def test_a_request_that_is_not_right_is_refused(
    tmp_path: Path, body: Callable[[], bytes], leaf: type[Refusal]
) -> None:
    """Only the role's own classes, for the days that are left, in the one form."""
    async with office(tmp_path) as there:
        refused(await there.ask("nord", body()), leaf)


HEADERS: list[tuple[str, dict[str, Callable[[bytes], str]], type[Refusal]]] = [
    ("other-body", {HEADER: lambda _: proof("nord", "POST", TARGET)}, BadProof),
    ("other-path", {HEADER: lambda b: proof("nord", "POST", "/v1/keys", NOW, b)}, BadProof),
    ("no-proof", {HEADER: lambda _: ""}, WrongShape),
    ("stranger", {HEADER: lambda b: proof("stranger", "POST", TARGET, NOW, b)}, UnknownMember),
    ("empty-certificate", {"Folge-Certificate": lambda _: ""}, Truncated),
    (
        "anothers-certificate",
        {"Folge-Certificate": lambda _: to_url(certificate("sor", TODAY))},
        BadCertificate,
    ),
    (
        "old-certificate",
        {"Folge-Certificate": lambda _: to_url(certificate("nord", Day(TODAY - 30)))},
        BadCertificate,
    ),
]


@pytest.mark.parametrize(("heads", "leaf"), [pytest.param(*row[1:], id=row[0]) for row in HEADERS])
async def test_only_a_member_that_proves_it_is_given_tokens(
    tmp_path: Path, heads: dict[str, Callable[[bytes], str]], leaf: type[Refusal]
) -> None:
    """Permissions go to members' own machines and to nobody else."""
    async with office(tmp_path) as there:
        body = asking(requests(1))
        made = {name: value(body) for name, value in heads.items()}
        refused(await there.ask("nord", body, **made), leaf)


async def test_a_certificate_that_is_not_shown_is_missed(tmp_path: Path) -> None:
    """The issuer reads no board, so who asks must bring its certificate."""
    async with office(tmp_path) as there:
        body = asking(requests(1))
        head = {HEADER: proof("nord", "POST", TARGET, NOW, body)}
        async with there.http.post(there.issuer.url + TARGET, data=body, headers=head) as answer:
            found = Answer(answer.status, dict(answer.headers), await answer.read())
        refused(found, BadCertificate)


async def test_a_proof_is_used_once_here_too(tmp_path: Path) -> None:
    """Who overhears a request cannot draw another's portion with it."""
    async with office(tmp_path) as there:
        body = asking(requests(1))
        head = {HEADER: proof("nord", "POST", TARGET, NOW, body)}
        signed(await there.ask("nord", body, **head))
        refused(await there.ask("nord", body, **head), ProofReplayed)


async def test_a_revoked_member_is_given_no_more(tmp_path: Path) -> None:
    """The next token a lost member asks for is refused."""
    async with office(tmp_path) as there:
        files = {path.name: path.read_bytes() for path in (tmp_path / "roster").iterdir()}
        gone = register().revoking(identity("nord").public.member_id, Day(TODAY))
        roster_in(tmp_path / "roster", gone, NOW, files)
        await there.issuer.keep_up()
        refused(await there.ask("nord", asking(requests(1))), RevokedMember)


async def test_an_issuer_with_too_much_to_sign_says_when_to_come_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A rush is put off, not piled up, and takes nothing from anybody's portion."""
    async with office(tmp_path) as there:
        quota = register().schedule.quota(CC_S)
        body = pack(["issue", 1, str(CC_S), WEEK, TODAY, blind_noise(quota)])
        monkeypatch.setattr(issuer, "WAITING", 0)
        answer = await there.ask("nord", body)
        refused(answer, BrokerBusy)
        assert answer.headers["Retry-After"] == str(issuer.BUSY_SECONDS)
        monkeypatch.undo()
        assert len(signed(await there.ask("nord", body))) == quota
