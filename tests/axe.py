"""What is wrong with a page for whoever cannot see it, point at it or have it wide: axe-core.

The script is put into the page by the debugger, so that the content policy of the page stays on
while it is looked at. `vendor/VENDOR.toml` says where axe comes from.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from playwright.async_api import Page

SOURCE: Final = (Path(__file__).parent / "vendor" / "axe.min.js").read_text("utf-8")
RULES: Final = (
    *("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"),
    "best-practice",
)
"""WCAG 2.2, levels A and AA, and what axe's makers recommend besides."""
WIDTHS: Final = (1280, 320)
SCHEMES: Final = ("light", "dark")
HEIGHT: Final = 800
COLOURS: Final = ("color-contrast", "link-in-text-block")
"""The rules that light or dark can change; the others see the same page in both."""
_ASK: Final = """async ([type, values]) => {
    // Light turned to dark fades, and a dialogue fades in: what is judged is where colours rest.
    for (const one of document.getAnimations()) {
        if (one.effect.getComputedTiming().endTime !== Infinity) one.finish();
    }
    const rules = type === "tag" ? {"target-size": {enabled: true}} : {};
    const found = await axe.run(document, {
        runOnly: {type, values}, rules, resultTypes: ["violations"],
    });
    return found.violations.flatMap(one => one.nodes.map(node =>
        `${one.id}: ${node.html.slice(0, 200)}: ${node.failureSummary}`));
}"""
_LOOK: Final = """() => ({
    width: document.documentElement.scrollWidth,
    title: document.title.trim(),
    lang: document.documentElement.lang,
    heads: document.querySelectorAll("h1").length,
})"""
_LARGEST: Final = """() => {
    const [root, before] = [document.documentElement, document.documentElement.dataset.text];
    root.dataset.text = "larger";
    const width = root.scrollWidth;
    if (before === undefined) delete root.dataset.text; else root.dataset.text = before;
    return width;
}"""


@dataclass(frozen=True, slots=True)
class Look:
    """One way in which a page is looked at."""

    width: int
    scheme: str

    async def take(self, page: Page) -> None:
        """Make the page so wide, and light or dark, as its reader's machine would."""
        await page.set_viewport_size({"width": self.width, "height": HEIGHT})
        await page.emulate_media(color_scheme="dark" if self.scheme == "dark" else "light")


LOOKS: Final = tuple(Look(width, scheme) for width in WIDTHS for scheme in SCHEMES)


async def faults(page: Page, look: Look) -> list[str]:
    """Return what is wrong with the page as it is shown, each in a line; nothing when all is well.

    Args:
        page: any page of the desk.
        look: how wide and how light; the page is left so.
    """
    await look.take(page)
    if not await page.evaluate("typeof axe === 'object'"):
        await page.evaluate(f"{SOURCE};0")
    seen = await page.evaluate(_LOOK)
    held = {
        f"{seen['width']} pixels wide": seen["width"] <= look.width,
        "no title": bool(seen["title"]),
        "no language": seen["lang"] in ("nb", "nn", "en"),
        f"{seen['heads']} first headings": seen["heads"] == 1,
    }
    if look.scheme == "light":
        largest = await page.evaluate(_LARGEST)
        held[f"{largest} pixels wide with the largest text"] = largest <= look.width
    plain = [fault for fault, holds in held.items() if not holds]
    asked = ("rule", COLOURS) if look.scheme == "dark" else ("tag", RULES)
    found = await page.evaluate(_ASK, [asked[0], list(asked[1])])
    return [f"{look.width} {look.scheme}: {one}" for one in [*plain, *found]]
