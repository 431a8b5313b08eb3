"""Hands that fill in a whole case in a browser: every question of every page, as staff do.

This file knows how each kind of question is answered with clicks and keys. It refuses to know a
case: whoever calls says what stands in it, and sees what came of it.
"""

import re
from collections.abc import Mapping
from typing import Final, cast

from playwright.async_api import Page

from client.case import NUMBERED, PartId, Section, name_of
from client.casefile import CaseFile
from client.forms import form
from client.web.fields import Field, fields
from keys.wire import Value
from keys.words import Words

SAY: Final = Words("client").say
ON: Final = "main button.ds-button[value=on]"
_WITHOUT: Final = ("consent", "attachment", "police_request")
_WORD: Final = re.compile(r"[a-z][a-z0-9_]*")
Answers = Mapping[str, Value]


def answers_of(section: Section) -> Answers:
    """Return what stands in a form, with the ids of its words."""
    return cast("Answers", section.model_dump(mode="json", exclude_none=True))


def bare(value: Value) -> Value:
    """Return answers without who said them and when: what is typed today is said today.

    Words of a closed list stand in the list's order, which is that of the boxes on a page.
    """
    match value:
        case dict():
            kept = {name: one for name, one in value.items() if name not in ("as_of", "source")}
            return {name: bare(one) for name, one in kept.items()}
        case list() if all(isinstance(one, str) and _WORD.fullmatch(one) for one in value):
            return sorted(value, key=str)
        case list():
            return [bare(one) for one in value]
        case _:
            return value


def title_of(form_: str) -> str:
    """Return how the overview names a form."""
    name, _, number = form_.partition(".")
    return f"{SAY(f'part.{name}')} {number}".rstrip()


async def type_case(page: Page, case: CaseFile) -> None:
    """From the overview of an empty case, fill in everything; come back to it.

    Args:
        page: stands at the overview.
        case: what is filled in; attachments, consent and police are pages of their own.
    """
    wanted: dict[str, Section] = {}
    if case.place_inquiry is not None:
        wanted["place_inquiry"] = case.place_inquiry
    wanted |= {part: one for part, one in case.parts.items() if name_of(part) not in _WITHOUT}
    for name, section in wanted.items():
        await type_form(page, name, answers_of(section))


async def type_form(page: Page, name: str, answers: Answers) -> None:
    """From the overview, fill in every page of one form, and come back."""
    await page.wait_for_selector("body.steps")
    word = name.partition(".")[0]
    step = page.locator("li.step", has=page.locator("strong", has_text=title_of(name)))
    if word in NUMBERED and await step.count() == 0:
        await page.click(f"a.ds-button:has-text('{SAY('web.steps.child')}')")
    else:
        await step.first.locator("a.ds-button").click()
    for one in form(word).pages:
        await page.wait_for_selector("body.form")
        assert await page.locator("h1").inner_text() == SAY(one.title)
        shown = fields(one.questions, answers)
        for field in sorted(shown, key=lambda field: field.control == "rows"):
            await _answer(page, field)
        async with page.expect_navigation():
            await page.click(ON)
        assert await page.locator(".ds-error-summary").count() == 0, one.title
    await page.wait_for_selector("body.steps")


async def _answer(page: Page, field: Field) -> None:
    """Answer one question as `field` says; leave open what it leaves open."""
    if not field.filled:
        return
    at = f"[id='{field.name}']"
    match field.control:
        case "group":
            await _unfold(page, f"details:has(> summary{at})")
            for one in field.rows[0]:
                await _answer(page, one)
        case "rows":
            for number, row in enumerate(field.rows):
                if number:
                    async with page.expect_navigation():
                        await page.click(f"button[value='more.{field.name}']")
                for one in row:
                    await _answer(page, one)
        case "line" | "text":
            await page.fill(at, field.text)
        case "list":
            lack = f"~{field.lack}" if field.lack else ""
            await page.select_option(at, lack or next(iter(field.chosen)))
        case _:
            for word in field.chosen:
                await page.check(f"[name='{field.name}'][value='{word}']")
    await _beside(page, field)


async def _beside(page: Page, field: Field) -> None:
    """Say the honest lack of a value, and what is noted beside it."""
    if field.lack and field.control == "radios":
        await page.check(f"[name='{field.name}'][value='~{field.lack}']")
    elif field.lack and field.control != "list":
        await page.select_option(f"[id='{field.name}~lack']", field.lack)
    if field.note:
        await _unfold(page, f"details:has([id='{field.name}~note'])")
        await page.fill(f"[id='{field.name}~note']", field.note)


async def _unfold(page: Page, selector: str) -> None:
    found = page.locator(selector).last
    if await found.get_attribute("open") is None:
        await found.locator("> summary").click()


async def consent(page: Page, case: CaseFile, centre: str) -> list[PartId]:
    """From the overview, turn the page to the person and let her answer; return the parts.

    Args:
        page: stands at the overview.
        case: with what she says.
        centre: whom she moves to.
    """
    said = case.consent
    assert said is not None
    await page.click("li.step a[href^='/consent/']")
    await page.wait_for_selector("body.consent")
    await page.select_option("#recipient_centre", centre)
    for word in (said.given_by, said.form):
        if word is not None:
            await page.check(f"#{word}")
    answers = answers_of(said)
    tongues = answers.get("informed_in_language")
    assert isinstance(tongues, list)
    await page.fill("#informed_in_language", ", ".join(map(str, tongues)))
    await page.fill("#interpreter_used", str(answers.get("interpreter_used") or ""))
    for one in ("informed_benefits", "informed_rights", "informed_no_consequence"):
        await page.check(f"#{one}")
    for row in said.children or ():
        for name in ("one_parent_why", "child_view"):
            await page.fill(f"[id='{row.child}.{name}']", str(getattr(row, name) or ""))
    await page.click("button[value=show]")
    await page.wait_for_selector("section.turned")
    boxes = await page.locator("input[name=part]").all()
    there = [str(await box.get_attribute("value")) for box in boxes]
    chosen = [one for one in there if not said.parts or one in said.parts]
    for one in chosen:
        await page.check(f"input[name=part][value='{one}']")
    await page.click("button[value=yes]")
    await page.wait_for_selector("body.consented")
    return cast("list[PartId]", chosen)
