"""A file goes to a case from the browser: made anew, held once, never in the clear on the disk."""

import html
import io
from collections.abc import AsyncGenerator
from typing import Final

import aiohttp
import pytest
import pytest_asyncio
from PIL import Image
from yarl import URL

from client.web import uploads
from client.web.app import MOST
from client.web.attaching import where
from client.web.door import COOKIE
from keys.words import Words
from tests.browser import Seen, Tab, chromium, desk_of, needs_chromium
from tests.clock import DrivenClock
from tests.parties import PASSPHRASE, STAFF, Party, village
from tests.test_images import SECRET, picture
from tests.test_web_arrival import unlocked
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")
WORDS: Final = Words("client")
SAID: Final = {"type": "perpetrator_photo", "belongs_to": "threat", "description": "Han"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desks() -> AsyncGenerator[tuple[World, Party], None]:
    """A centre that writes."""
    async with village("granlia") as (here, (sender,)):
        yield here, sender


async def brings(tab: Tab, path: str, file: bytes | None, csrf: str = "", **said: str) -> Seen:
    """Send a form with a file as a browser does, its token first."""
    visit = tab.desk.door.visit
    assert visit is not None
    form = aiohttp.FormData()
    form.add_field("csrf", csrf or visit.csrf)
    for name, one in said.items():
        form.add_field(name, one)
    form.add_field("file", file or b"", filename="Solvik 14.jpg" if file else "")
    headers = {
        "Host": tab.desk.host,
        "Sec-Fetch-Site": "same-origin",
        "Sec-Fetch-Dest": "document",
        "Origin": f"http://{tab.desk.host}",
        "Cookie": f"{COOKIE}={tab.cookie}",
    }
    port = tab.desk.host.rpartition(":")[2]
    url = URL(f"http://127.0.0.1:{port}{path}", encoded=True)
    async with tab.http.post(url, data=form, headers=headers, allow_redirects=False) as answer:
        return Seen(answer.status, dict(answer.headers), await answer.text())


async def begun(here: World, sender: Party, name: str) -> DrivenClock:
    """Begin a case; return a clock of the desk's own."""
    await sender.do("unlock", name=STAFF, passphrase=PASSPHRASE)
    await sender.do("new", case=f"code_name: {name}\n")
    return DrivenClock(here.clock.now())


def noise(side: int) -> bytes:
    """Return an invented picture that is longer than any form of the desk."""
    out = io.BytesIO()
    Image.effect_noise((side, side), 90).convert("RGB").save(out, "PNG")
    return out.getvalue()


async def test_a_picture_is_made_anew_and_what_was_taken_out_is_said(
    desks: tuple[World, Party], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may be longer than a form; what is refused says so, and what was typed stays."""
    here, sender = desks
    name, cells = "BILDE-401", sender.home.path / "cells"
    before = set(cells.iterdir())
    async with desk_of(sender, await begun(here, sender, name)) as tab:
        await tab.enter()
        visit = tab.desk.door.visit
        assert visit is not None
        at, steps = where(visit, name, 1), f"/case/{visit.word(name)}"
        for file, said, msgid in (
            (None, SAID, "web.attach.lacks.file"),
            (picture("JPEG"), {"description": "Han"}, "web.attach.lacks.type"),
            (b"MZ not at all", SAID, "web.attach.again"),
        ):
            seen = await brings(tab, at, file, **said)
            page = html.unescape(seen.text)
            assert seen.status == 422
            assert WORDS.say(msgid) in page
            assert WORDS.say("attach.remains") in page
            assert 'value="Han"' in page
        assert set(cells.iterdir()) == before
        foreign = await brings(tab, at, picture("JPEG"), csrf="not ours", **SAID)
        assert foreign.status == 403
        long = noise(400)
        assert len(long) > MOST
        for file in (picture("JPEG"), long):
            assert SECRET in picture("JPEG")
            assert (await brings(tab, at, file, **SAID)).headers["Location"] == steps
            page = html.unescape((await tab.get(steps)).text)
            assert WORDS.say("web.attach.clean.picture") in page
            assert WORDS.say("web.attach.there") in page
            assert len(set(cells.iterdir()) - before) == 1
        monkeypatch.setattr(uploads, "MOST", 1_000)
        seen = await brings(tab, at, long, **SAID)
        assert seen.status == 422
        assert WORDS.say("web.attach.again") in html.unescape(seen.text)
        monkeypatch.undo()
        assert (await brings(tab, at, None, **(SAID | {"description": "Ny"}))).status == 303
        assert 'value="Ny"' in (await tab.get(at)).text
        assert (await tab.post("/urgent", danger="x" * MOST)).status == 413  # elsewhere as before
    await sender.do("unlock", name=STAFF, passphrase=PASSPHRASE)
    told = (await sender.do("written", code_name=name, part="attachment.1"))["answers"]
    assert isinstance(told, dict)
    assert "Solvik" not in str(told)
    assert str(told["file"]).endswith("-1.png")
    found = {one for path in sender.home.path.rglob("*") if path.is_file() for one in [path]}
    assert not [path for path in found if SECRET in path.read_bytes()]


@needs_chromium
async def test_in_chromium_a_file_is_chosen_and_added(desks: tuple[World, Party]) -> None:
    """The browser sends the token first, as the desk asks."""
    here, sender = desks
    clock = await begun(here, sender, "FIL-402")
    async with desk_of(sender, clock) as tab, chromium() as context:
        page = await context.new_page()
        await unlocked(page, tab.address)
        visit = tab.desk.door.visit
        assert visit is not None
        await page.goto(f"http://{tab.desk.host}{where(visit, 'FIL-402', 1)}")
        await page.check("#type")
        await page.select_option("#belongs_to", "threat")
        file = {"name": "Solvik 14.jpg", "mimeType": "image/jpeg", "buffer": picture("JPEG")}
        await page.set_input_files("#file", files=[file])  # type: ignore[list-item]
        await page.click("main form button")
        await page.wait_for_selector("body.steps")
        assert WORDS.say("web.attach.clean.picture") in (await page.text_content("main") or "")
