"""The main job from end to end on invented cases: `make demo`.

Usage: demo.py [--lang nb|nn|en] [--stories] [--keep DIR]

`--stories` plays further chapters after the usual ones, in a world of their own.
Everything runs in this process, each member with its own directory and keys, over real HTTP on
loopback. The last line says how many steps were played and how many did not hold; the exit code is
1 when one did not. Nothing is left behind unless `--keep` names a directory that does not exist.
"""

import asyncio
import tempfile
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import click
from rich.console import Console

from keys.words import Language
from tests.demo_after import changed, onward
from tests.demo_cases import children, full_consent, opening, partial_consent
from tests.demo_mishaps import absent, stolen, waiting, withdrawn
from tests.demo_operator import operator
from tests.demo_police import no_consent
from tests.demo_stories import STORIES
from tests.narrator import Narrator
from tests.stage import DAYS, NIGHTS, Chapter, Scene, stage

CHAPTERS: Final[tuple[Chapter, ...]] = (
    opening,
    full_consent,
    partial_consent,
    changed,
    withdrawn,
    no_consent,
    children,
    onward,
    stolen,
    waiting,
    absent,
    operator,
)


async def play(
    path: Path,
    lang: Language,
    *,
    chapters: Iterable[Chapter] = CHAPTERS,
    stories: Iterable[Chapter] = (),
    keep: bool = False,
    console: Console | None = None,
) -> int:
    """Play chapters in `path`, and stories in a directory below it; return the exit code."""
    told = Narrator(lang, console)
    told.heading()
    await _evening(path, told, DAYS, tuple(chapters))
    further = tuple(stories)
    if further:
        below = path / "stories"
        below.mkdir(mode=0o700)
        await _evening(below, told, NIGHTS, further)
    if keep:
        told.aside("kept", path=str(path))
    return told.end()


async def _evening(path: Path, told: Narrator, scene: Scene, chapters: Iterable[Chapter]) -> None:
    """Play chapters in one world; when one cannot even begin, the rest are not played."""
    async with stage(path, told, scene) as made:
        for chapter in chapters:
            try:
                await chapter(made)
            except Exception:  # noqa: BLE001 - the rest cannot be played, and that is told
                told.broken(chapter.__name__)
                break


@click.command()
@click.option("--lang", type=click.Choice([str(one) for one in Language]), default="nb")
@click.option("--stories", is_flag=True)
@click.option("--keep", type=click.Path(path_type=Path, exists=False, resolve_path=True))
def main(lang: str, keep: Path | None, *, stories: bool) -> None:
    """Play the main job from end to end on invented cases."""
    if keep is not None and keep.exists():
        raise click.BadParameter("the directory is there already", param_hint="--keep")
    with ExitStack() as stack:
        if keep is None:
            path = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="folge-")))
        else:
            keep.mkdir(mode=0o700)
            path = keep
        more = STORIES if stories else ()
        code = asyncio.run(play(path, Language.parse(lang), stories=more, keep=keep is not None))
        raise SystemExit(code)


if __name__ == "__main__":
    main()
