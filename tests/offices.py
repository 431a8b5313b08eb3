"""A real issuer on loopback for tests, and what members send it."""

import io
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_bytes

import aiohttp

from broker.issuer import KEYS, MOST, Issuer
from broker.issuerkeys import WeeklyKeys
from broker.settings import Settings
from keys.address import TokenClass
from keys.armour import to_url
from keys.calendar import Week
from keys.errors import Refusal, http_status
from keys.proof import HEADER
from keys.register import Register
from keys.secretfile import write_secret
from keys.token import Challenge, Request, prepare
from keys.wire import Fields, Packable, pack
from tests.brokers import (
    CC_NOTE,
    TODAY,
    WEEK,
    Answer,
    DrivenClock,
    certificate,
    issuer_key,
    issuers,
    proof,
    roster_in,
    settings_in,
)
from tests.clock import PromptClock
from tests.rosters import INSTANCE

TARGET = "/v1/tokens"
NEXT = Week(WEEK + 1)


@dataclass(frozen=True, slots=True)
class Office:
    """An issuer that runs, and hands to reach it by."""

    issuer: Issuer
    clock: DrivenClock
    http: aiohttp.ClientSession
    path: Path
    log: io.StringIO

    async def ask(self, name: str, body: bytes, **headers: str) -> Answer:
        """Ask as that member; `headers` replace the usual ones."""
        usual = {
            HEADER: proof(name, "POST", TARGET, self.clock.now(), body),
            "Folge-Certificate": to_url(certificate(name, TODAY)),
        }
        named = {key.replace("_", "-"): value for key, value in headers.items()}
        url = self.issuer.url + TARGET
        async with self.http.post(url, data=body, headers=usual | named) as answer:
            return Answer(answer.status, dict(answer.headers), await answer.read())


@asynccontextmanager
async def office(
    path: Path,
    made: Register | None = None,
    weeks: Iterable[Week] = (WEEK,),
    *,
    holds: bool = False,
) -> AsyncGenerator[Office, None]:
    """Run an issuer in `path`.

    Args:
        path: where its files lie.
        made: what the registrars sign, when not the usual.
        weeks: that it has keys for.
        holds: whether an answer waits until the test has moved the clock so far.
    """
    settings = issuer_settings(path, weeks)
    if not settings.roster.exists():
        roster_in(settings.roster, made)
    clock, log = DrivenClock(), io.StringIO()
    its = clock if holds else PromptClock(clock)
    async with Issuer(settings, its, log) as issuer, aiohttp.ClientSession() as http:
        yield Office(issuer, clock, http, path, log)


def requests(count: int, token_class: TokenClass = CC_NOTE, week: Week = WEEK) -> list[Request]:
    """Return the secret halves of `count` tokens to be."""
    public = issuer_key(token_class, week).public
    return [prepare(public, Challenge(INSTANCE, token_class, week)) for _ in range(count)]


def asking(
    made: Sequence[Request],
    token_class: TokenClass = CC_NOTE,
    week: Week = WEEK,
    day: int = TODAY,
) -> bytes:
    """Return the body that asks for those tokens."""
    return pack(["issue", 1, str(token_class), week, day, [one.blinded for one in made]])


def blind_noise(count: int) -> list[Packable]:
    """Return blinded messages that hide nothing: any number below the modulus is one."""
    return [bytes(1) + token_bytes(255) for _ in range(count)]


def signed(answer: Answer) -> list[bytes]:
    """Return the blind signatures of an answer."""
    assert answer.status == 201, answer
    fields = Fields(answer.value, "issued")
    found = fields.items("signatures", most=MOST)
    fields.end()
    return [one for one in found if isinstance(one, bytes)]


def refused(answer: Answer, leaf: type[Refusal]) -> None:
    """Show that an answer is that refusal."""
    assert answer.leaf is leaf, answer
    assert answer.status == http_status(leaf)


def issuer_settings(path: Path, weeks: Iterable[Week] = (WEEK,)) -> Settings:
    """Return the settings of an issuer that can begin: its secret keys are in place."""
    settings = settings_in(path, "issuer")
    place = settings.data / KEYS
    for (token_class, week), secret in issuers(weeks).items():
        directory_of = place / str(week)
        directory_of.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not (directory_of / f"{token_class}.key").exists():
            write_secret(directory_of / f"{token_class}.key", secret.to_der())
    assert WeeklyKeys(place).load(WEEK)
    return settings
