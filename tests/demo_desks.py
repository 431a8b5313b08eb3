"""The demo's other desk: who keeps out, what is gone through again, what enters the journal.

This file knows what is done where she has come. It refuses to tell the sender any of it.
"""

import json
from pathlib import Path
from typing import Final

from client.cli import lines, statustext
from client.refusals import Recused
from client.verbs.exporting import JSON, PDF, SCHEMA
from keys.calendar import Instant
from tests import acts
from tests.demo_people import read, sent
from tests.parties import PASSPHRASE, STAFF, Party
from tests.stage import Stage, holds

COLLEAGUE: Final = "Ola"
WORD: Final = "en annen og like rolig setning"
FRIDAY: Final = Instant(1_795_172_400)
"""Friday 20 November 2026, 12.00 in Norway."""
FOUND: Final = "Nettbrettet var delt"
CHECK: Final = f"""digital_safety:
  find_my: {{value: risk_found, note: {FOUND}}}
  recheck_date: 2026-11-20
  review_at_arrival: {{done_by: nattevakt, done_on: 2026-11-17, with_user: ja}}
"""
LATER: Final = "digital_safety: {find_my: fixed, recheck_date: 2027-01-04}"


async def recused(play: Stage) -> None:
    """Somebody on duty knows her: they let her in, and a colleague reads the case."""
    here, told, sender, centre = play.here, play.told, play["elvebredden"], play["granlia"]
    ends = {"frm": sender.name, "to": centre.name}
    with told.chapter("recused"):
        with told.step("recused.colleague", to=centre.name, one=STAFF, other=COLLEAGUE):
            added = {"name": COLLEAGUE, "new": WORD, "passphrase": PASSPHRASE}
            await centre.do("staff add", added)
        with told.step("recused.said", one=STAFF, **ends):
            code, package = await sent(play, "KJENT-870", "Gudrun", sender, centre)
            await centre.do("recuse", code_name=package)
        with told.step("recused.opened", one=STAFF):
            card = await acts.opened(here, centre, package, code)
            assert any("Gudrun" in line for line in card)
        with told.refused(Recused, "recused.shut", one=STAFF):
            await centre.do("read", code_name=package, part="threat")
        with told.step("recused.read", other=COLLEAGUE):
            await _shift(centre, COLLEAGUE, WORD)
            said = await centre.do("read", code_name=package, part="threat")
            assert said["part"] == "threat"
            log = str((await centre.do("log"))["lines"])
            assert f"recused', '{package}', '{STAFF}'" in log
            await _shift(centre, STAFF, PASSPHRASE)
        shown = lines.recused(play.desk(centre), await centre.do("status"))
        told.paper(told.say("paper.status", to=centre.name), shown)
        with told.step("recused.silent", one=STAFF, **ends):
            await acts.until_state(here, sender, "out", "KJENT-870", "opened")
            seen = await sender.do("status")
            assert seen["recused"] == []
            assert STAFF not in "\n".join(statustext.status(play.desk(sender), seen))


async def _shift(centre: Party, name: str, passphrase: str) -> None:
    """Let somebody else sit down."""
    await centre.do("lock")
    await centre.do("unlock", name=name, passphrase=passphrase)


async def recheck(play: Stage) -> None:
    """The digital check is gone through with her at the new centre, and again on its day."""
    here, told, sender, centre = play.here, play.told, play["granlia"], play["fjordglott"]
    with told.chapter("recheck"):
        with told.step("recheck.opened", to=centre.name):
            code, package = await sent(play, "SJEKK-700", "Solveig", sender, centre)
            await acts.opened(here, centre, package, code)
        with told.step("recheck.found", to=centre.name):
            answer = await centre.do("recheck", code_name=package, case=CHECK)
            assert answer["parts"] == ["digital_safety"]
            shown = await read(play, centre, package, "digital_safety")
            assert FOUND in "\n".join(shown)
            assert any("budfirma" in line for line in shown)
        told.paper(told.say("paper.part", to=centre.name), shown)
        with told.step("recheck.silent", frm=sender.name):
            await here.tick(2)
            assert not await holds(sender, [FOUND.encode()])
            assert await _due(play, centre, package) == []
        with told.step("recheck.due", to=centre.name):
            play.until(FRIDAY)
            for party in play.cast.values():
                await party.unlock()
            await here.tick(2)
            (due,) = await _due(play, centre, package)
        told.quote(due.strip())
        with told.step("recheck.later", to=centre.name):
            await centre.do("recheck", code_name=package, case=LATER)
            assert await _due(play, centre, package) == []


async def _due(play: Stage, centre: Party, package: str) -> list[str]:
    """Return the line that staff read when the check is to be done again."""
    found = lines.rows(await centre.do("status"), "reminders")
    mine = [one for one in found if (one["what"], one["code_name"]) == ("recheck", package)]
    return [line for one in mine for line in lines.reminder(play.desk(centre), one)]


async def journal(play: Stage) -> None:
    """Out to the centre's own journal, and in again twice: one case, and no consent in it."""
    here, told, sender, centre = play.here, play.told, play["fjordglott"], play["elvebredden"]
    to = play.files / "journal"
    with told.chapter("journal"):
        with told.step("journal.opened", to=centre.name):
            code, package = await sent(play, "FAGS-660", "Borghild", sender, centre)
            await acts.opened(here, centre, package, code)
        ask = {"code_name": package, "path": str(to)}
        with told.step("journal.out", to=centre.name):
            await centre.do("export", ask)
            before = _files(to)
            assert set(before) == {PDF, JSON, SCHEMA}
            assert "Borghild" in json.dumps(json.loads(before[JSON]), ensure_ascii=False)
        listed = [f"{name}  {len(data)}" for name, data in before.items()]
        told.paper(told.say("paper.export", to=centre.name), listed)
        with told.step("journal.same"):
            await centre.do("export", ask)
            assert _files(to) == before
        known = await acts.known(centre, "drafts")
        for step in ("cli.imported", "cli.imported_already"):
            with told.step("journal.in", to=centre.name):
                found = await centre.do("import", path=str(to))
                assert bool(found.get("already")) == (step == "cli.imported_already")
            told.quote(told.words.say(step, name=lines.text(found, "code_name")))
        with told.step("journal.once"):
            name = await acts.fresh(centre, "drafts", known)
            assert not (await acts.row(centre, "drafts", name))["consent"]
        with told.step("journal.confirmed", frm=sender.name, to=centre.name):
            await centre.do("confirm", code_name=package)
            await acts.until_state(here, sender, "out", "FAGS-660", "confirmed")


def _files(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(directory.iterdir())}
