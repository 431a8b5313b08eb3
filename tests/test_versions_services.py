"""A whole case that an older program sealed opens at a real service, and a newer one waits there.

The sender seals what the first version wrote, byte by byte; what comes is opened at the door with
the code, and read in words. What a later program wrote is refused with a sentence, and stays.
"""

from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import pytest
import pytest_asyncio

from client.case import PARTS, ConsentInput, Decision, PartId, decode_part, name_of, order_of
from client.case.consent import GivenBy
from client.case.threat import Threat
from client.consent import Consent
from client.refusals import NewerPart
from client.shelf import Shelf
from client.verbs import finding
from keys.address import CellClass
from keys.calendar import DAY_SECONDS, Instant
from keys.manifest import ConsentMark, PackageManifest
from keys.wire import Packable, Value, pack, unpack
from keys.words import Language, Words
from tests import acts, malice
from tests.parties import Party, leave, village
from tests.program import Ended, in_process
from tests.stage import holds
from tests.test_versions import kept
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

SATURDAY: Final = Instant(1_794_636_000)
BLOBS: Final = MappingProxyType(
    {CellClass.S: 16, CellClass.M: 0, CellClass.XL64: 0, CellClass.XL256: 0}
)
PHOTO: Final = b"\xff\xd8\xff\xe0" + b"a photo " * 40
OLD: Final = dict(reversed(kept()))
"""What the first version wrote of each part that has changed since."""


@dataclass(frozen=True, slots=True)
class Desks:
    """Who sends, as an older or a later program would, and who is at the door."""

    here: World
    sender: Party
    centre: Party

    async def came(self, made: malice.Made) -> str:
        """Post a package; return what the centre calls it when it waits there."""
        before = await acts.known(self.centre, "in")
        await malice.tell(self.sender, self.centre, made.said(), *made.blobs)
        await self.here.tick()
        package = await acts.fresh(self.centre, "in", before)
        assert await acts.state(self.centre, "in", package) == "waiting"
        return package

    async def at_the_door(self, package: str, code: str, lang: Language) -> Ended:
        """Type the code of somebody who has come; return what stands on the screen."""
        await self.centre.sync()
        line = ("arrive", package, "--code-fd", "FD")
        return await in_process(self.centre, *line, lang=lang, secret=code)

    async def reads(self, lang: Language, *words: str) -> str:
        """Type a command that is not refused; return what is read, without the lines' ends."""
        ended = await in_process(self.centre, *words, lang=lang)
        assert ended.code == 0, ended.said
        return " ".join(ended.out.split())

    async def sealed(self, package: str) -> tuple[bytes, bytes]:
        """Return the row of what came, and the sealed bytes that lie here."""
        office = self.centre.service.office
        async with office.ledger.reading() as rows:
            came = await finding.incoming(rows, package)
            manifest = PackageManifest.decode(came.manifest, came.kind)
            file = await rows.get(Shelf.BLOB, manifest.blobs[0].blob_id)
        assert file is not None
        with office.cells.reading(file.decode()) as cell:
            return came.encode(), cell.read()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desks() -> AsyncGenerator[Desks, None]:
    """Two centres."""
    async with village("granlia", "fjordglott", start=SATURDAY, blobs=BLOBS) as (here, found):
        yield Desks(here, *found)


def older(desks: Desks) -> malice.Made:
    """Seal every part that has changed, as the first version wrote it, with a yes to all."""
    office = desks.sender.service.office
    parts = {part: decode_part(part, data) for part, data in OLD.items()}
    said = ConsentInput(decision=Decision.YES_ALL, given_by=GivenBy.USER)
    member = office.roster.member(desks.centre.member_id)
    consent = Consent.given_in(said, parts, member, office.today)
    record = [(part, OLD[part]) for part in sorted(OLD, key=order_of)]
    contents = (("consent", consent.encode()), *record)
    mark = ConsentMark(consent.hash, consent.ends)
    return malice.package(desks.sender, contents, mark, files=(("attachment.1", PHOTO),))


def texts(said: Value) -> Iterator[str]:
    """Give every free text of an older part, in answers, notes and lists."""
    match said:
        case str() if said.startswith(("Máret sier", "Merk")):
            yield said
        case list():
            for one in said:
                yield from texts(one)
        case dict():
            for one in said.values():
                yield from texts(one)
        case _:
            pass


ON_THE_CARD: Final = (
    "call_name",
    "unsafe_contacts",
    "worst_fear",
    "never_pickup",
    "must_not_reach",
    "secret_rules",
    "route_risk",
)
"""Of these the card speaks wherever they are answered."""


async def test_an_older_case_opens_at_the_door_and_every_answer_is_read(desks: Desks) -> None:
    """With its code, its photo and its consent: the card and each part say all, in words."""
    made = older(desks)
    package = await desks.came(made)
    opened = await desks.at_the_door(package, made.code, Language.NB)
    assert opened.code == 0, opened.said
    for lang in Language:
        card = await desks.reads(lang, "card", package)
        assert [one for one in ON_THE_CARD if f"Máret sier: {one}" not in card] == []
        for part, data in OLD.items():
            shown = await desks.reads(lang, "read", package, part)
            said = [*texts(unpack(data))]
            assert said
            assert [one for one in said if one not in shown] == [], (lang, part)
            said_by = Words("client", lang).say("choice.source.user")
            assert said_by in shown or part == "attachment.1"
    photo = desks.here.path / "bilde.jpg"
    line = ("read", package, "attachment.1", "--file", str(photo))
    assert (await in_process(desks.centre, *line)).code == 0
    assert photo.read_bytes() == PHOTO
    await acts.confirm(desks.here, desks.centre, package)
    assert await acts.state(desks.centre, "in", package) == "confirmed"


def newer(desks: Desks, *, of: str = "threat") -> malice.Made:
    """Seal an honest record of which a later program wrote one part."""
    mark, contents = malice.record(desks.sender, desks.centre)
    version = PARTS[name_of(PartId(of))].VERSION + 1
    said: Packable = {"worst_fear": "Hemmelegord", "of_tomorrow": {"state": "unknown"}}
    assert of in dict(contents)
    record = [(part, pack([of, version, said]) if part == of else at) for part, at in contents]
    return malice.package(desks.sender, tuple(record), mark)


async def refused(desks: Desks, package: str, code: str) -> None:
    """See that a code opens nothing, why that is said in every language, and that nothing is lost.

    What lies here is to the last byte what lay here before.
    """
    before = await desks.sealed(package)
    for lang in Language:
        told = Words("client", lang).told(NewerPart())
        assert told.sent == Words("client", lang).say("sent.nothing")
        ended = await desks.at_the_door(package, code, lang)
        assert ended.code == 4
        for sentence in (told.what, told.sent, told.do):
            assert sentence in " ".join(ended.said.split()), (lang, sentence)
        for verb in ("card", "read"):
            assert (await in_process(desks.centre, verb, package, lang=lang)).code != 0
    assert await desks.sealed(package) == before
    assert await acts.state(desks.centre, "in", package) == "waiting"


async def test_a_newer_part_is_refused_with_a_sentence_and_stays_sealed(desks: Desks) -> None:
    """Also days later: nothing is shown, nothing destroyed, and the next case opens as ever."""
    made = newer(desks)
    package = await desks.came(made)
    away = (await desks.centre.do("status"))["turned_away"]
    await refused(desks, package, made.code)
    desks.here.clock.advance(2 * DAY_SECONDS)
    await desks.here.tick(2)
    await refused(desks, package, made.code)
    assert (await desks.centre.do("status"))["turned_away"] == away
    assert not await holds(desks.centre, [b"Hemmelegord", b"Marte"])
    mark, contents = malice.record(desks.sender, desks.centre)
    honest = malice.package(desks.sender, contents, mark)
    other = await desks.came(honest)
    assert (await desks.at_the_door(other, honest.code, Language.NB)).code == 0
    assert "Marte" in await desks.reads(Language.NB, "card", other)


async def test_it_opens_with_the_same_code_when_the_program_is_renewed(
    desks: Desks, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The centre's program is of before the newest form of a part, until it is renewed."""
    name = await acts.ready(desks.here, desks.sender, acts.sample("GRAN-427", name="NY-428"))
    code, package = await acts.send(desks.here, desks.sender, desks.centre, name, by_phone="duty")
    with monkeypatch.context() as then:
        then.setattr(Threat, "VERSION", Threat.VERSION - 1)
        await refused(desks, package, code)
    await leave(desks.here, desks.centre)
    renewed = await desks.centre.again(desks.here)
    desks.centre.service = renewed.service
    desks.here.services[desks.centre.home.path.name] = renewed.service
    await desks.centre.unlock()
    assert (await desks.at_the_door(package, code, Language.NB)).code == 0
    assert "Marte" in await desks.reads(Language.NB, "card", package)
    assert "At han skal komme om natta" in await desks.reads(Language.NB, "read", package, "threat")


async def test_more_of_a_case_in_a_newer_form_waits_and_staff_are_told_once(
    desks: Desks, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The case stays open; what was added is laid beside it when the program is renewed."""
    here, sender, centre = desks.here, desks.sender, desks.centre
    name = await acts.ready(here, sender, acts.sample("GRAN-427", name="MEIR-429"))
    code, package = await acts.send(here, sender, centre, name, by_phone="duty")
    await acts.opened(here, centre, package, code)
    await here.tick(3)
    text = acts.sample("GRAN-427", name=name).replace("Mørkegrå stasjonsvogn", "Kvit varebil")
    added = text[: text.index("consent:")]
    assert (await sender.do("add", code_name=name, case=added, seen=True))["parts"] == ["threat"]
    with monkeypatch.context() as then:
        then.setattr(Threat, "VERSION", Threat.VERSION - 1)
        await here.tick(4)
        assert await acts.state(centre, "in", package) == "opened"
        for lang in Language:
            told = Words("client", lang).told(NewerPart())
            shown = await desks.reads(lang, "status")
            assert f"{package} {told.what}" in shown
            assert f"{told.what} {told.sent} {told.do}" in shown
        await centre.do("attended")
        await here.tick(2)
        assert (await centre.do("status"))["attention"] == []
    assert "Kvit varebil" not in await desks.reads(Language.NB, "card", package)
    await here.tick()
    assert "Kvit varebil" in await desks.reads(Language.NB, "card", package)
    away = (await centre.do("status"))["turned_away"]
    assert isinstance(away, list)
    assert not [one for one in away if isinstance(one, list) and "newer_part" in one]
