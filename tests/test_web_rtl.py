"""The page that is turned towards the person, in a language that runs from right to left.

There is none in the product yet: the room for more is tried with a catalogue whose letters mean
nothing, read by the program's own loader beside the one that is there.
"""

import shutil
from importlib.resources import files
from pathlib import Path
from typing import Final

import pytest
from playwright.async_api import expect

from client import residentwords
from keys.words import Words
from tests.axe import LOOKS, faults
from tests.browser import chromium, desk_of, needs_chromium
from tests.clock import DrivenClock
from tests.parties import village
from tests.test_web_arrival import unlocked
from tests.test_web_consent import BLOBS, SATURDAY, begun

pytestmark = [pytest.mark.asyncio, needs_chromium]
CATALOGUE: Final = """msgid ""
msgstr ""
"Language: he\\n"
"Content-Type: text/plain; charset=utf-8\\n"

msgid "consentsheet.title"
msgstr "אבג דהו זחט"

msgid "consentsheet.question.yes"
msgstr "אבג דהו"

msgid "consentsheet.question.no"
msgstr "זחט יכל"

msgid "consentsheet.question.later"
msgstr "מנס עפצ קרש"
"""
_PLACES: Final = """found => found.map(one => {
  const box = one.getBoundingClientRect();
  return [Math.round(box.left), Math.round(box.right), Math.round(box.top)];
})"""


async def test_a_language_from_right_to_left_runs_its_way_and_norwegian_runs_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Answers begin at the right, her boxes stand there, and the exact words stay as written."""
    room = tmp_path / "locale" / "resident"
    shutil.copytree(str(files("client") / "locale" / "resident"), room)
    (room / "he.po").write_text(CATALOGUE, "utf-8")
    monkeypatch.setattr(residentwords, "files", lambda _: tmp_path)
    async with village("granlia", "fjordglott", start=SATURDAY, blobs=BLOBS) as (here, found):
        await begun(found[0], "HOGRE-510")
        async with (
            desk_of(found[0], DrivenClock(here.clock.now())) as tab,
            chromium(viewport={"width": 980, "height": 900}) as context,
        ):
            page = await context.new_page()
            await unlocked(page, tab.address)
            await page.goto(f"http://{tab.desk.host}/list")
            row = page.locator("li.row", has_text="HOGRE-510")
            await row.get_by_role("link", name=Words("client").say("web.consent")).click()
            await page.select_option("#tongue", "he")
            await page.check("#user")
            await page.click("button[value=show]")
            turned = page.locator("section.turned")
            await expect(turned).to_have_attribute("dir", "rtl")
            await expect(turned).to_have_attribute("lang", "he")
            await expect(turned.locator("h1")).to_have_text("אבג דהו זחט")
            answers = await page.locator(".equal button").all_inner_texts()
            assert [one.strip() for one in answers] == ["אבג דהו", "זחט יכל", "מנס עפצ קרש"]
            yes, no, later = await page.locator(".equal button").evaluate_all(_PLACES)
            assert yes[2] == no[2] == later[2]
            assert yes[0] >= no[1] >= no[0] >= later[1]
            box, label = await page.locator("#threat, label[for=threat]").evaluate_all(_PLACES)
            assert box[0] >= label[0]
            whole = await turned.evaluate("one => one.getBoundingClientRect().right")
            assert whole - box[1] < 100
            # What would be sent is Norwegian, and stands as it was written.
            exact = page.locator("pre").first
            assert await exact.evaluate("one => getComputedStyle(one).direction") == "ltr"
            frame = page.locator("header, footer")
            for at in range(await frame.count()):
                drawn = "one => getComputedStyle(one).direction"
                assert await frame.nth(at).evaluate(drawn) == "ltr"
            faults_ = [one for look in LOOKS for one in await faults(page, look)]
            assert faults_ == []
            await page.check("#threat")
            await page.click("button[value=yes]")
            await page.wait_for_selector("body.consented")
            await expect(page.locator("section.turned")).to_have_attribute("dir", "rtl")
        await found[0].unlock()
        said = await found[0].do("consent show", code_name="HOGRE-510", form=True)
        assert "threat" in str(said["shared"])
