"""Several PCs at one desk: enrolled by a certificate, each visit a colleague's own, and removed."""

import asyncio
import ssl
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import aiohttp
import pytest
import pytest_asyncio
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs12

from client.control import ControlClient
from client.deskpcs import AuthorityRow
from client.refusals import NotLeader, PcTaken, UnknownPc
from client.shelf import Shelf
from client.verbs.pcs import FILE, TRUST
from client.web.app import opened_to_pcs
from client.web.door import COOKIE
from client.web.house import MOST, House, context
from client.web.pages import Paper
from keys.errors import Locked, SlotTaken, WrongShape
from keys.words import Words
from tests.browser import IDLE
from tests.clock import DrivenClock
from tests.parties import PASSPHRASE, STAFF, Party, village
from tests.world import START, World

pytestmark = pytest.mark.asyncio(loop_scope="module")
WORDS: Final = Words("client")
HOST: Final = "arbeidsbord.granlia.invalid"
ANOTHER: Final = "annet.granlia.invalid"
OLA, OLAS = "Ola", "en annen og like rolig setning"


@dataclass(eq=False)
class Pc:
    """A staff PC with its browser: one kept connection, and the certificate that it shows."""

    house: House
    http: aiohttp.ClientSession = field(repr=False)
    cookie: str = ""
    csrf: str = ""

    async def ask(
        self,
        method: str,
        path: str,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[int, Mapping[str, str], str]:
        """Ask as the browser's own pages do; `headers` replace the usual ones."""
        usual = {
            "Host": self.house.host,
            "Sec-Fetch-Site": "same-origin",
            "Sec-Fetch-Dest": "document",
            "Cookie": f"{COOKIE}={self.cookie}",
            **({"Origin": self.house.origin} if method == "POST" else {}),
        }
        async with self.http.request(
            method,
            f"https://127.0.0.1:{self.house.port}{path}",
            data=form,
            headers={**usual, **(headers or {})},
            server_hostname=HOST,
            allow_redirects=False,
        ) as answer:
            text = await answer.text()
            csrf = text.partition('name="csrf" value="')[2].partition('"')[0]
            self.csrf = csrf or self.csrf
            return answer.status, dict(answer.headers), text

    async def get(self, path: str = "/") -> str:
        """Return where a page leads, or what it says."""
        _, headers, text = await self.ask("GET", path)
        return headers.get("Location", text)

    async def post(self, path: str, **form: str) -> tuple[int, Mapping[str, str], str]:
        """Press a button."""
        return await self.ask("POST", path, {"csrf": self.csrf, **form})

    async def arrive(self) -> None:
        """Open the address: an enrolled PC finds the lock."""
        _, headers, _ = await self.ask("GET", "/", headers={"Sec-Fetch-Site": "none"})
        assert headers["Location"] == "/unlock"
        self.cookie = headers["Set-Cookie"].partition("=")[2].partition(";")[0]
        assert WORDS.say("web.unlock") in await self.get("/unlock")

    async def enter(self, name: str = STAFF, passphrase: str = PASSPHRASE) -> None:
        """Unlock."""
        status, headers, text = await self.post("/unlock", name=name, passphrase=passphrase)
        assert (status, headers.get("Location")) == (303, "/"), text
        assert WORDS.say("web.inbox") in await self.get()


@dataclass(eq=False)
class Centre:
    """A centre whose desk is open to its PCs."""

    path: Path
    party: Party
    house: House
    clock: DrivenClock

    async def enrol(self, name: str) -> Path:
        """Enrol a PC; return the directory of its files."""
        to = self.path / f"pinne-{name}"
        found = await self.party.do("pcs add", pc_name=name, path=str(to), passphrase=PASSPHRASE)
        (to / "password").write_text(str(found["password"]), "utf-8")
        return to

    @asynccontextmanager
    async def pc(self, files: Path | None) -> AsyncGenerator[Pc, None]:
        """Sit down at a PC into which those files were put; at a strange one without."""
        tls = ssl.create_default_context(cadata=self.trusted)
        if files is not None:
            install(tls, files)
        # One connection, kept open: what is removed is out on it too.
        connector = aiohttp.TCPConnector(ssl=tls, limit=1)
        jar = aiohttp.DummyCookieJar()
        async with aiohttp.ClientSession(connector=connector, cookie_jar=jar) as http:
            yield Pc(self.house, http)

    @property
    def trusted(self) -> str:
        """The authority's certificate, as a PC's browser is told to trust it."""
        return (self.path / "pinne-vakt" / TRUST).read_text("ascii")

    async def log(self) -> list[tuple[str, str, str]]:
        """Return the log without its times: act, about, by."""
        await self.party.unlock()
        found = (await self.party.do("log"))["lines"]
        assert isinstance(found, list)
        return [(str(one[1]), str(one[2]), str(one[3])) for one in found if isinstance(one, list)]

    @property
    def keys_are_gone(self) -> bool:
        """Whether the service's memory holds no staff key: nobody is in, and the store is shut."""
        office = self.party.service.office
        return not office.visits.logins and not office.ledger.unlocked


def install(tls: ssl.SSLContext, files: Path) -> None:
    """Do what a browser does with the file and its password."""
    secret = (files / "password").read_bytes()
    key, own, _ = pkcs12.load_key_and_certificates((files / FILE).read_bytes(), secret)
    assert key is not None
    assert own is not None
    pem = files / "installed.pem"
    pem.write_bytes(
        own.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    tls.load_cert_chain(pem)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def granlia() -> AsyncGenerator[tuple[World, Party], None]:
    """A centre whose service runs."""
    async with village("granlia") as (here, (party,)):
        yield here, party


@pytest_asyncio.fixture(loop_scope="module")
async def centre(granlia: tuple[World, Party], tmp_path: Path) -> AsyncGenerator[Centre, None]:
    """Two of the staff and one enrolled PC, under a new authority; all locked."""
    _, party = granlia
    await party.unlock()
    with suppress(SlotTaken):
        await party.do("staff add", name=OLA, new=OLAS, passphrase=PASSPHRASE)
    for host in (ANOTHER, HOST):
        await party.do("pcs host", host=host, passphrase=PASSPHRASE)
    clock = DrivenClock(START)
    service = ControlClient(party.home.socket)
    house = House(service.do, clock, Paper(WORDS, IDLE), HOST)
    house.tls = context(await service.do("pcs served", {}))
    async with opened_to_pcs(house, "127.0.0.1", 0) as address:
        assert address == f"https://{HOST}:{house.port}/"
        made = Centre(tmp_path, party, house, clock)
        await made.enrol("vakt")
        await party.do("lock")
        assert made.keys_are_gone
        yield made


async def test_a_pc_is_enrolled_and_a_strange_one_does_not_even_see_the_lock(
    centre: Centre,
) -> None:
    """The file and the password let a browser in; without, or from elsewhere, TLS ends it."""
    async with centre.pc(centre.path / "pinne-vakt") as pc:
        await pc.arrive()
        await pc.enter()
        text = await pc.get()
        assert WORDS.say("web.at_pc", name=STAFF, pc="vakt") in text
        status, headers, _ = await pc.ask("GET", "/static/desk.css")
        assert (status, headers["Cache-Control"]) == (200, "no-store")
    async with centre.pc(None) as strange:
        with pytest.raises(aiohttp.ClientError):
            await strange.ask("GET", "/unlock")
    await centre.party.unlock()
    foreign = centre.path / "pinne-fremmed"
    await centre.party.do("pcs host", host=ANOTHER, passphrase=PASSPHRASE)
    await centre.party.do("pcs add", pc_name="x", path=str(foreign), passphrase=PASSPHRASE)
    assert (foreign / TRUST).read_text("ascii") != centre.trusted
    assert ("unlocked", "vakt", STAFF) in await centre.log()


async def test_two_visits_are_two_colleagues_and_one_lock_locks_one(centre: Centre) -> None:
    """Shift change: each name in the log; whoever goes home locks nobody else out."""
    second = await _enrolled(centre, "kontor-2")
    async with centre.pc(centre.path / "pinne-vakt") as one, centre.pc(second) as two:
        await one.arrive()
        await one.enter()
        assert not centre.keys_are_gone
        await two.arrive()
        assert await two.get() == "/unlock"  # a colleague's login opens nothing here
        await two.enter(OLA, OLAS)
        found = html_of(await two.get("/everybody"))
        assert WORDS.say("pcs.inside", name=STAFF, pc="vakt") in found
        assert WORDS.say("pcs.inside", name=OLA, pc="kontor-2") in found
        assert (await one.post("/lock"))[1]["Location"] == "/unlock"
        assert await one.get() == "/unlock"
        assert WORDS.say("web.inbox") in await two.get()
        assert not centre.keys_are_gone
        await two.post("/lock")
        assert centre.keys_are_gone
    log = await centre.log()
    seen = [one for one in log if one[0] in ("unlocked", "locked")]
    assert seen[-5:-1] == [
        ("unlocked", "vakt", STAFF),
        ("unlocked", "kontor-2", OLA),
        ("locked", "", STAFF),
        ("locked", "", OLA),
    ]


def html_of(page: str) -> str:
    """Return a page's text as it is read."""
    return page.replace("&#39;", "'")


async def _enrolled(centre: Centre, name: str) -> Path:
    await centre.party.unlock()
    found = await centre.enrol(name)
    await centre.party.do("lock")
    return found


async def test_a_login_is_its_visits_own(centre: Centre) -> None:
    """Terminal, another PC and a cookie that was carried over: none acts on a colleague's login."""
    second = await _enrolled(centre, "kontor-2")
    async with centre.pc(centre.path / "pinne-vakt") as one, centre.pc(second) as two:
        await one.arrive()
        await one.enter()
        with pytest.raises(Locked):
            await centre.party.do("log")
        assert not (await centre.party.do("status"))["unlocked"]
        with pytest.raises(Locked):
            await centre.party.do("pcs remove", pc_name="vakt")
        with pytest.raises(Locked):  # a visit that the service does not know
            await centre.party.do("log", visit="guessed")
        two.cookie = one.cookie
        assert await two.get() == "/unlock"
        assert WORDS.say("web.inbox") in await one.get()
        two.cookie, two.csrf = one.cookie, one.csrf
        assert (await two.post("/lock"))[0] == 403
        assert WORDS.say("web.inbox") in await one.get()


async def test_a_removed_pc_is_out_at_once_also_on_an_open_connection(centre: Centre) -> None:
    """The next request on the same connection fails, and whoever was in there is logged out."""
    lost = await _enrolled(centre, "baerbar")
    async with centre.pc(centre.path / "pinne-vakt") as one, centre.pc(lost) as two:
        await two.arrive()
        await two.enter(OLA, OLAS)
        await one.arrive()
        await one.enter()
        found = await centre.party.do("unlock", name=STAFF, passphrase=PASSPHRASE)
        assert found["unlocked"]
        await centre.party.do("pcs remove", pc_name="baerbar")
        office = centre.party.service.office
        assert [login.staff.name for login in office.visits.logins.values()] == [STAFF, STAFF]
        for path in ("/", "/unlock", "/static/desk.css", "/alive"):
            status, _, text = await two.ask("GET", path)
            assert (status, WORDS.say("web.no_pc") in text) == (403, True), path
        with pytest.raises(UnknownPc):
            await centre.party.do("unlock", name=OLA, passphrase=OLAS, visit="v", pc="0" * 64)
        assert WORDS.say("web.inbox") in await one.get()
        with pytest.raises(UnknownPc):
            await centre.party.do("pcs remove", pc_name="baerbar")
    assert ("pc_removed", "baerbar", STAFF) in await centre.log()


async def test_lock_for_everybody_reaches_every_pc(centre: Centre) -> None:
    """At the button and at the machine's keyboard; keys go, and pages elsewhere find it out."""
    second = await _enrolled(centre, "kontor-2")
    async with centre.pc(centre.path / "pinne-vakt") as one, centre.pc(second) as two:
        for visit in (one, two):
            await visit.arrive()
        for by_button in (True, False):
            await one.enter()
            await two.enter(OLA, OLAS)
            assert (await two.ask("GET", "/alive"))[0] == 204
            if by_button:
                await one.post("/everybody")
            else:
                await centre.party.do("lock")
            assert centre.keys_are_gone
            assert await two.get("/alive") == "/unlock"
            for visit in (one, two):
                assert await visit.get() == "/unlock"
                await visit.get("/unlock")


async def test_each_visit_locks_by_its_own_idleness_and_a_machine_that_slept_locks_all(
    centre: Centre,
) -> None:
    """What a page asks by itself keeps nothing open; a jump of the clock ends every login."""
    second = await _enrolled(centre, "kontor-2")
    async with centre.pc(centre.path / "pinne-vakt") as one, centre.pc(second) as two:
        await one.arrive()
        await one.enter()
        await two.arrive()
        await two.enter(OLA, OLAS)
        for _ in range(IDLE // 20):
            centre.clock.advance(20)
            await asyncio.sleep(0)
            await one.get()
            await two.get("/alive")
        assert WORDS.say("web.inbox") in await one.get()
        assert await two.get() == "/unlock"
        assert not centre.keys_are_gone
        centre.clock.advance(IDLE - 1)
        for _ in range(200):
            if centre.keys_are_gone:
                break
            await asyncio.sleep(0.01)
        assert centre.keys_are_gone


async def test_a_colleague_who_is_removed_is_out_everywhere(centre: Centre) -> None:
    """Also where they have unlocked already."""
    async with centre.pc(centre.path / "pinne-vakt") as one:
        await one.arrive()
        await one.enter(OLA, OLAS)
        await centre.party.unlock()
        await centre.party.do("staff remove", name=OLA, passphrase=PASSPHRASE)
        assert await one.get() == "/unlock"


async def test_a_machine_that_is_stolen_shows_sealed_rows_alone(centre: Centre) -> None:
    """Nobody's name of a PC, no fingerprint and no key of the authority lies readable on the disk.

    With the machine key beside it a thief opens what the machine may; never the authority.
    """
    ledger = centre.party.service.office.ledger
    await centre.party.unlock()
    async with ledger.reading() as rows:
        ((_, kept),) = await rows.rows(Shelf.DESK_AUTHORITY)
        pcs = [value for _, value in await rows.rows(Shelf.DESK_PC)]
    authority = AuthorityRow.decode(kept).authority
    assert pcs
    await centre.party.do("lock")
    with pytest.raises(Locked):
        async with ledger.reading() as rows:
            await rows.rows(Shelf.DESK_AUTHORITY)
    disk = b"".join(one.read_bytes() for one in centre.party.home.path.rglob("*") if one.is_file())
    shown = await ControlClient(centre.party.home.socket).do("pcs served", {})
    key = shown["key"]
    assert isinstance(key, bytes)
    for secret in (authority.key, authority.key[-64:], key, key[40:80], HOST.encode(), b"vakt"):
        assert secret not in disk


async def test_a_leader_stands_behind_a_pc_and_anybody_removes_one(centre: Centre) -> None:
    """Names are checked, a name is used once, and the file of another password does not open."""
    await centre.party.do("unlock", name=OLA, passphrase=OLAS)
    to = str(centre.path / "pinne-ola")
    with pytest.raises(NotLeader):
        await centre.party.do("pcs add", pc_name="min", path=to, passphrase=OLAS)
    behind = {"by": STAFF, "passphrase": PASSPHRASE}
    with pytest.raises(PcTaken):
        await centre.party.do("pcs add", pc_name="vakt", path=to, **behind)
    for name in ("Kari Nordmann", "-", "x" * 25, "a.b"):
        with pytest.raises(WrongShape):
            await centre.party.do("pcs add", pc_name=name, path=to, **behind)
    for host in ("granlia", "10.0.0.5", "Granlia.no", "-a.no"):
        with pytest.raises(WrongShape):
            await centre.party.do("pcs host", host=host, **behind)
    assert not Path(to).exists()
    await centre.party.do("pcs remove", pc_name="vakt")
    assert (await centre.party.do("pcs list"))["pcs"] == []
    with pytest.raises(ValueError, match="password"):
        pkcs12.load_key_and_certificates((centre.path / "pinne-vakt" / FILE).read_bytes(), b"feil")


async def test_a_pc_has_so_many_visits_and_no_more(centre: Centre) -> None:
    """The oldest locked one makes room; one that is in use never does."""
    async with centre.pc(centre.path / "pinne-vakt") as pc:
        await pc.arrive()
        await pc.enter()
        kept = pc.cookie
        for _ in range(MOST + 3):
            pc.cookie = ""
            await pc.arrive()
        assert len(centre.house.desks) == MOST
        pc.cookie = kept
        assert WORDS.say("web.inbox") in await pc.get()
