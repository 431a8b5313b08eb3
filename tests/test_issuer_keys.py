"""The issuer's weekly keys: named by the roster, used in their week, destroyed after it."""

import asyncio
import io
import json
import shutil
from pathlib import Path

import pytest

from broker.issuer import KEYS, Issuer
from broker.issuerkeys import WeeklyKeys
from keys.address import TOKEN_CLASSES, CellClass, TokenClass, WriterClass
from keys.armour import to_url
from keys.calendar import Day, Week, first_day, start_of
from keys.errors import (
    BadSettings,
    NotYet,
    RosterPin,
    UnsafeFile,
    WrongShape,
)
from keys.issuers import decode_issuers, encode_issuers
from keys.token import IssuerSecret
from tests.brokers import (
    CC_NOTE,
    TODAY,
    WEEK,
    Answer,
    DrivenClock,
    certificate,
    register,
    roster_in,
)
from tests.offices import NEXT, asking, issuer_settings, office, refused, requests, signed
from tests.rosters import NOW


# ── Weeks and keys ───────────────────────────────────────────────────────────────────────────
async def test_when_a_week_is_over_its_keys_are_destroyed(tmp_path: Path) -> None:
    """Nobody can make last week's permissions any more, not even with the disk."""
    weeks = (WEEK, NEXT)
    async with office(tmp_path, register(weeks=weeks), weeks) as there:
        keys = WeeklyKeys(tmp_path / "issuer" / KEYS)
        assert set(keys.load(WEEK)) == set(keys.load(NEXT)) == {at[0] for at in _named(WEEK)}
        there.clock.set(start_of(first_day(NEXT)))
        await there.issuer.keep_up()
        assert keys.load(WEEK) == {}
        assert not (tmp_path / "issuer" / KEYS / str(WEEK)).exists()
        head = {"Folge-Certificate": to_url(certificate("nord", TODAY))}
        made = requests(1, week=NEXT)
        body = asking(made, week=NEXT, day=first_day(NEXT))
        made[0].finalize(signed(await there.ask("nord", body, **head))[0])


def test_a_key_file_is_examined_again_when_it_is_another(tmp_path: Path) -> None:
    """OpenSSL examines a key once; what somebody puts in its place is never taken for it."""
    keys, wanted = WeeklyKeys(tmp_path / KEYS), (CC_NOTE,)
    keys.make((WEEK,), wanted)
    first = keys.load(WEEK)[CC_NOTE]
    assert keys.load(WEEK)[CC_NOTE] is first
    path = tmp_path / KEYS / str(WEEK) / f"{CC_NOTE}.key"
    path.unlink()
    keys.make((WEEK,), wanted)
    second = keys.load(WEEK)[CC_NOTE]
    assert second.to_der() != first.to_der()
    path.write_bytes(b"no key")
    with pytest.raises(WrongShape):
        keys.load(WEEK)
    keys.destroy_before(NEXT)
    assert keys.load(WEEK) == {}


def _named(week: Week) -> set[tuple[TokenClass, Week]]:
    return {at for at in register(weeks=(week,)).issuers if at[1] == week}


async def test_a_key_that_the_roster_does_not_name_signs_nothing(tmp_path: Path) -> None:
    """The issuer cannot mark one member with a key of its own: the roster names them all."""
    async with office(tmp_path, register(), (WEEK, NEXT)) as there:
        there.clock.set(start_of(Day(first_day(NEXT) - 1)))
        await there.issuer.keep_up()
        body = asking(requests(1, week=NEXT), week=NEXT, day=first_day(NEXT))
        refused(await there.ask("nord", body), NotYet)


@pytest.mark.parametrize("fault", ["missing", "another", "all"])
async def test_an_issuer_without_this_weeks_keys_does_not_begin(tmp_path: Path, fault: str) -> None:
    """Keys that are not those in the roster are found out before anybody is given a token."""
    settings = issuer_settings(tmp_path)
    roster_in(settings.roster)
    week = settings.data / KEYS / str(WEEK)
    if fault == "all":
        shutil.rmtree(week)
    else:
        path = week / f"{CC_NOTE}.key"
        path.unlink()
        if fault == "another":
            path.touch(0o600)
            path.write_bytes(IssuerSecret.generate().to_der())
    with pytest.raises(BadSettings) as refusal:
        await Issuer(settings, DrivenClock(), io.StringIO()).__aenter__()
    assert refusal.value.facts == {"field": "issuer_keys"}


async def test_an_issuer_reads_no_key_that_others_may_read(tmp_path: Path) -> None:
    """A key file that is open to others stops the program."""
    settings = issuer_settings(tmp_path)
    roster_in(settings.roster)
    (settings.data / KEYS / str(WEEK) / f"{CC_NOTE}.key").chmod(0o640)
    with pytest.raises(UnsafeFile):
        await Issuer(settings, DrivenClock(), io.StringIO()).__aenter__()


async def test_an_issuer_trusts_no_roster_but_the_pinned(tmp_path: Path) -> None:
    """A roster that does not lead back to the enrolment letter is not used."""
    settings = issuer_settings(tmp_path)
    roster_in(settings.roster)
    (settings.roster / "1.root.json").write_bytes(b"{}")
    with pytest.raises(RosterPin):
        await Issuer(settings, DrivenClock(), io.StringIO()).__aenter__()


def test_the_sheet_holds_every_public_key_and_nothing_secret(tmp_path: Path) -> None:
    """The registrars get exactly the public halves, in the form they sign."""
    keys = WeeklyKeys(tmp_path / "keys")
    assert keys.sheet() == {}
    some = (CC_NOTE, TokenClass(WriterClass.PR, CellClass.NOTE))
    keys.make((NEXT, WEEK), some)
    again = keys.load(WEEK)[CC_NOTE].to_der()
    keys.make((WEEK,), some)
    sheet = encode_issuers(keys.sheet())
    assert keys.load(WEEK)[CC_NOTE].to_der() == again
    assert set(decode_issuers(sheet)) == {(cls, week) for cls in some for week in (WEEK, NEXT)}
    assert again not in sheet
    assert len(TOKEN_CLASSES) == 16


# ── Health ───────────────────────────────────────────────────────────────────────────────────
async def test_health_says_when_keys_or_roster_run_out(tmp_path: Path) -> None:
    """The operator hears of it before the members do."""
    async with office(tmp_path) as there:

        async def health() -> tuple[int, str]:
            async with there.http.get(f"{there.issuer.url}/health") as answer:
                body = await answer.read()
                return answer.status, Answer(answer.status, dict(answer.headers), body).code

        assert await health() == (200, "")
        there.clock.set(NOW + 2 * 86_400 - 1)
        assert await health() == (200, "")
        there.clock.set(NOW + 2 * 86_400)
        assert await health() == (503, "roster_expired")
        there.clock.set(start_of(first_day(NEXT)))
        roster_in(
            tmp_path / "roster",
            None,
            there.clock.now(),
            {path.name: path.read_bytes() for path in (tmp_path / "roster").iterdir()},
        )
        await there.issuer.keep_up()
        assert await health() == (503, "not_yet")


async def test_the_issuer_keeps_up_slot_after_slot(tmp_path: Path) -> None:
    """Left alone, it does its rounds at the end of each slot and ends under a new name."""
    async with office(tmp_path) as there:
        work = asyncio.create_task(there.issuer.run())
        files = {path.name: path.read_bytes() for path in (tmp_path / "roster").iterdir()}
        await there.clock.asleep()
        roster_in(tmp_path / "roster", register("new.folge"), NOW, files)
        there.clock.set(NOW + 300)
        async with asyncio.timeout(10):
            await work
        assert there.issuer.moved


async def test_a_round_that_fails_is_told_and_made_again(tmp_path: Path) -> None:
    """One bad file does not end the issuer: the next round finds it mended."""
    async with office(tmp_path) as there:
        work = asyncio.create_task(there.issuer.run())
        await there.clock.asleep()
        bad = tmp_path / "issuer" / KEYS / "1"
        (bad / "a-directory").mkdir(parents=True)
        there.clock.set(NOW + 300)
        await there.clock.asleep()
        (bad / "a-directory").rmdir()
        there.clock.set(NOW + 600)
        await there.clock.asleep()
        assert not bad.exists()
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
    told = [line["event"] for line in map(json.loads, there.log.getvalue().splitlines())]
    assert "refused" in told
    assert "week_closed" in told
