"""Every page of the desk as pictures, wide and narrow, light and dark: `make screenshots`.

Usage: screenshots.py [DIRECTORY]
"""

import asyncio
import shutil
from pathlib import Path
from typing import Final

import click
from playwright.async_api import Page

from tests.axe import LOOKS
from tests.browser import CHROMIUM
from tests.tourhalves import walk

PLACE: Final = Path(__file__).parents[1] / "build" / "screenshots"


async def take(to: Path) -> int:
    """Write a picture of each page in each look; return how many pages there were.

    Args:
        to: an empty directory; the names begin with a number in the order of the walk.
    """

    async def seeing(page: Page, name: str) -> None:
        for look in LOOKS:
            await look.take(page)
            path = to / f"{name}-{look.width}-{look.scheme}.png"
            await page.screenshot(path=path, full_page=True)

    return (await walk(seeing)).seen


@click.command()
@click.argument("directory", type=click.Path(path_type=Path, file_okay=False), default=PLACE)
def main(directory: Path) -> None:
    """Write every page of the desk as pictures."""
    if not CHROMIUM:
        raise click.ClickException("no chromium: apt-get install chromium")
    if directory == PLACE:
        shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True, exist_ok=True)
    if next(directory.iterdir(), None) is not None:
        raise click.BadParameter("the directory is not empty")
    pages = asyncio.run(take(directory))
    click.echo(f"{pages} pages, {pages * len(LOOKS)} pictures: {directory}")


if __name__ == "__main__":
    main()
