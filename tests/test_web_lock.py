"""The lock of the desk: at the button, by itself, from the keyboard, and when the program ends."""

import asyncio
import signal
import sys
from collections.abc import AsyncGenerator
from typing import Final

import pytest
import pytest_asyncio

from client.web.door import LONGEST
from keys.words import Language, Words
from tests.browser import IDLE, Tab, desk_of
from tests.clock import DrivenClock
from tests.parties import PASSPHRASE, STAFF, Party, village
from tests.world import START, World

pytestmark = pytest.mark.asyncio(loop_scope="module")
WORDS: Final = Words("client")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def centre() -> AsyncGenerator[tuple[World, Party], None]:
    """One centre whose service runs."""
    async with village("granlia") as (here, (party,)):
        yield here, party


@pytest_asyncio.fixture(loop_scope="module")
async def clock() -> DrivenClock:
    """Return the clock that the desk goes by."""
    return DrivenClock(START)


@pytest_asyncio.fixture(loop_scope="module")
async def tab(centre: tuple[World, Party], clock: DrivenClock) -> AsyncGenerator[Tab, None]:
    """Its desk, opened and unlocked in one browser."""
    async with desk_of(centre[1], clock) as made:
        await made.enter()
        yield made


async def shut(tab: Tab) -> bool:
    """Return whether every page leads to the lock."""
    answers = [await tab.get(path) for path in ("/", "/list", "/card/x")]
    return all(one.headers.get("Location") == "/unlock" for one in answers)


async def open_(party: Party) -> bool:
    """Return whether the service's own staff lock is open."""
    return bool((await party.do("status"))["unlocked"])


async def test_the_lock_knows_nothing_of_what_is_behind(centre: tuple[World, Party]) -> None:
    """No title, count or name: a page that says «locked» and two fields."""
    async with desk_of(centre[1], centre[0].clock) as tab:
        await tab.start()
        found = await tab.get("/unlock")
        assert f"<title>{WORDS.say('web.title_locked')}</title>" in found.text
        for word in (centre[1].name, "Følge", WORDS.say("web.inbox"), STAFF):
            assert f">{word}<" not in found.text
        assert await shut(tab)


async def test_a_wrong_passphrase_is_told_and_the_name_is_kept(
    centre: tuple[World, Party],
) -> None:
    """What was wrong, and what to do; the passphrase stands nowhere."""
    async with desk_of(centre[1], centre[0].clock) as tab:
        await tab.start()
        found = await tab.post("/unlock", name=STAFF, passphrase="en gal setning")
        assert found.status == 403
        assert WORDS.say("refusal.wrong_passphrase.do") in found.text
        assert f'value="{STAFF}"' in found.text
        assert "en gal setning" not in found.text
        assert await shut(tab)
        assert (await tab.post("/unlock", name=STAFF, passphrase=PASSPHRASE)).status == 303


async def test_the_button_locks_desk_and_service(tab: Tab, centre: tuple[World, Party]) -> None:
    """Pages lead to the lock, the keys are let go, and old forms do nothing any more."""
    visit = tab.desk.door.visit
    assert visit is not None
    old = visit.csrf
    assert not await shut(tab)
    assert (await tab.post("/lock")).headers["Location"] == "/unlock"
    assert await shut(tab)
    assert not await open_(centre[1])
    form = {"csrf": old, "name": STAFF, "passphrase": PASSPHRASE}
    assert (await tab.ask("POST", "/unlock", form)).status == 403


async def test_the_first_page_says_when_the_boards_were_last_read(
    tab: Tab, centre: tuple[World, Party]
) -> None:
    """What the service says stands there, and moves on only when every board was read."""
    here, party = centre
    await here.tick()
    read = here.clock.now()
    lines = WORDS.say("status.read", when=WORDS.lately(read, read))
    here.clock.advance(60)
    assert f">{lines}<" in (await tab.get("/")).text
    assert (await party.do("status"))["read_at"] == read
    await here.tick()
    assert (await party.do("status"))["read_at"] == here.clock.now()
    assert f">{lines}<" not in (await tab.get("/")).text


async def test_it_locks_by_itself_when_nobody_touches_it(
    tab: Tab, clock: DrivenClock, centre: tuple[World, Party]
) -> None:
    """A second before the time it is open; at the time it is not, also with no page asked for."""
    clock.advance(IDLE - 1)
    assert (await tab.get("/")).status == 200
    clock.advance(IDLE)
    for _ in range(100):
        if not await open_(centre[1]):
            break
    assert not await open_(centre[1])
    assert await shut(tab)


async def test_who_is_there_keeps_it_open_but_not_for_ever(tab: Tab, clock: DrivenClock) -> None:
    """Each touch counts; after ten hours one unlocks again all the same."""
    for _ in range(LONGEST // (IDLE - 1)):
        clock.advance(IDLE - 1)
        assert (await tab.post("/stay")).status == 204
    clock.advance(IDLE - 1)
    assert await shut(tab)


async def test_a_machine_that_slept_is_locked_when_it_wakes(tab: Tab, clock: DrivenClock) -> None:
    """The clock jumps: the first request after it finds the lock."""
    clock.advance(8 * 3_600)
    assert await shut(tab)


async def test_what_is_locked_at_the_keyboard_is_locked_in_the_browser(
    tab: Tab, centre: tuple[World, Party]
) -> None:
    """`folge lock` locks the pages too; the next one leads to the lock."""
    await centre[1].do("lock")
    assert await shut(tab)
    assert tab.desk.door.visit is not None
    assert not tab.desk.door.visit.name


async def test_another_language_is_a_button_and_stands_in_no_address(tab: Tab) -> None:
    """Every page has the three, also the lock; an unknown one is refused in words."""
    for lang in (Language.NN, Language.EN, Language.NB):
        assert (await tab.post("/language", language=lang.value)).headers["Location"] == "/"
        assert Words("client", lang).say("web.sends_nothing") in (await tab.get("/")).text
    assert (await tab.post("/language", language="xx")).status == 409


async def test_a_desk_that_is_closed_locks(centre: tuple[World, Party]) -> None:
    """Whoever stops the program leaves nothing open behind."""
    async with desk_of(centre[1], centre[0].clock) as tab:
        await tab.enter()
        assert await open_(centre[1])
    assert not await open_(centre[1])


async def test_the_program_opens_the_desk_until_it_is_told_to_stop(
    centre: tuple[World, Party],
) -> None:
    """`folge desk` prints one address, and ends without a fault."""
    party = centre[1]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "client", "--home", str(party.home.path)),
        *("desk", "--no-browser"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    async with asyncio.timeout(60):
        assert (await process.stdout.readline()).decode().strip() == WORDS.say("web.opened")
        address = (await process.stdout.readline()).decode().strip()
        assert address.startswith("http://")
        assert ".localhost:" in address
        process.send_signal(signal.SIGTERM)
        _, err = await process.communicate()
    assert process.returncode == 0
    assert err.decode().strip() == WORDS.say("web.stop")
