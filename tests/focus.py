"""Where the keyboard stands is seen: drawn, within the window, and under nothing that lies above.

Every stop of the Tab key on a page is looked at: an outline or a shadow on it or on what holds it,
and at its middle and its corners the page has it, or a part or a label of it (WCAG 2.4.7, 2.4.11).
"""

from typing import Final

from playwright.async_api import Page

MOST: Final = 400
"""How often Tab is pressed at most before the page has come round."""
_INSET: Final = 3
_LOOK: Final = """inset => {
    const one = document.activeElement;
    if (!one || one === document.body || one === document.documentElement) return null;
    const at = Array.from(document.querySelectorAll("*")).indexOf(one);
    const name = `${one.tagName.toLowerCase()}#${one.id || one.name || one.textContent.trim()}`;
    const drawn = [one, one.parentElement].map(it => getComputedStyle(it)).some(it =>
        (it.outlineStyle !== "none" && parseFloat(it.outlineWidth) > 0) || it.boxShadow !== "none");
    // What breaks over lines is looked at line by line: its corners are not its own.
    const [box] = one.getClientRects();
    const left = box.left + inset, right = box.right - inset;
    const top = Math.max(box.top + inset, 1);
    const bottom = Math.min(box.bottom - inset, innerHeight - 1);
    const middle = [(left + right) / 2, (top + bottom) / 2];
    const points = [middle, [left, top], [right, top], [left, bottom], [right, bottom]];
    const hers = hit => hit && (one.contains(hit) || hit.contains(one)
        || Array.from(one.labels || []).some(label => label.contains(hit)));
    const across = box.right > 0 && box.left < innerWidth;
    const inside = across && box.bottom > 0 && box.top < innerHeight;
    const covered = points.some(([x, y]) => !hers(document.elementFromPoint(x, y)));
    const faults = {"not drawn": !drawn, "out of sight": !inside, "covered": inside && covered};
    return [at, name.slice(0, 60), Object.keys(faults).filter(word => faults[word])];
}"""


async def stops(page: Page) -> dict[str, list[str]]:
    """Press Tab from the top of a page until it has come round; return each stop with its faults.

    Args:
        page: any page; nothing on it is pressed.
    """
    await page.evaluate("scrollTo(0, 0); document.activeElement.blur()")
    found: dict[int, tuple[str, list[str]]] = {}
    for _ in range(MOST):
        await page.keyboard.press("Tab")
        seen = await page.evaluate(_LOOK, _INSET)
        if seen is None:
            if found:
                break
            continue
        at, name, faults = seen
        if at in found:
            break
        found[at] = (str(name), list(faults))
    else:
        raise AssertionError("Tab comes round to nowhere")
    return {f"{at} {name}": faults for at, (name, faults) in found.items()}


async def unseen(page: Page, least: int = 10) -> list[str]:
    """Return each stop of the keyboard that is not seen on a page, with what hides it.

    Args:
        page: any page.
        least: how many stops it has at least, so that an empty page is not a good one.
    """
    seen = await stops(page)
    assert len(seen) >= least, seen
    return [f"{name}: {', '.join(faults)}" for name, faults in seen.items() if faults]
