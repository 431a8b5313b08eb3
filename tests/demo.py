"""The main job from end to end on invented cases: `make demo`.

Usage: demo.py [--lang nb|nn|en] [--keep DIR]

Everything runs in this process, each member with its own directory and keys, over real HTTP on
loopback. The last line says how many steps were played and how many did not hold; the exit code is
1 when one did not. Nothing is left behind unless `--keep` names a directory that does not exist.
"""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable, Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import Final, TypeAlias

import click
from rich.console import Console

from keys.words import Language
from tests.demo_after import changed, onward
from tests.demo_cases import children, full_consent, opening, partial_consent
from tests.demo_mishaps import absent, stolen, waiting, withdrawn
from tests.demo_operator import operator
from tests.demo_police import no_consent
from tests.stage import Stage, stage

Chapter: TypeAlias = Callable[[Stage], Awaitable[None]]
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
    keep: bool = False,
    console: Console | None = None,
) -> int:
    """Play chapters in `path`; return the exit code."""
    async with stage(path, lang, console) as made:
        made.told.heading()
        for chapter in chapters:
            try:
                await chapter(made)
            except Exception:  # noqa: BLE001 - the rest cannot be played, and that is told
                made.told.broken(chapter.__name__)
                break
        if keep:
            made.told.aside("kept", path=str(path))
        told = made.told
    return told.end()


@click.command()
@click.option("--lang", type=click.Choice([str(one) for one in Language]), default="nb")
@click.option("--keep", type=click.Path(path_type=Path, exists=False, resolve_path=True))
def main(lang: str, keep: Path | None) -> None:
    """Play the main job from end to end on invented cases."""
    if keep is not None and keep.exists():
        raise click.BadParameter("the directory is there already", param_hint="--keep")
    with ExitStack() as stack:
        if keep is None:
            path = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="folge-")))
        else:
            keep.mkdir(mode=0o700)
            path = keep
        raise SystemExit(asyncio.run(play(path, Language.parse(lang), keep=keep is not None)))


if __name__ == "__main__":
    main()
