"""The demo's voice: what is told, in which language, and the count of steps that held.

A step is told when it has held, and told otherwise when it has not; nothing is told before it has
happened. The demo's own texts lie in `demo_texts/`; what the program would say to its users is
taken from the program.
"""

import sys
import traceback
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Final

from babel.messages.pofile import read_po
from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.panel import Panel
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn
from rich.table import Table
from rich.text import Text

from client.control import Tell
from keys.calendar import Clock, Instant
from keys.errors import Refusal
from keys.words import Language, Words
from tests.clock import DrivenClock

TEXTS: Final = Path(__file__).parent / "demo_texts"
WIDTH: Final = 100
_INDENT: Final = 4


class ChapterFailed(Exception):  # noqa: N818 - the end of a chapter, whose error is told already
    """A step did not hold, so what follows it cannot be played."""


@cache
def texts(lang: Language) -> Mapping[str, str]:
    """Return the demo's own texts in one language, by msgid."""
    with (TEXTS / f"{lang}.po").open("rb") as source:
        read = read_po(source, locale=str(lang), abort_invalid=True)
    return {str(one.id): str(one.string) for one in read if one.id and one.string}


class Narrator:
    """Tells one play.

    Args:
        lang: of what is told.
        console: where it is told; standard output unless a test gives another.

    Attributes:
        clock: of the world that is played in; whoever sets the stage sets it.
    """

    def __init__(self, lang: Language, console: Console | None = None) -> None:
        self._texts = texts(lang)
        self.clock: Clock = DrivenClock(Instant(0))
        self._console = console or Console(width=WIDTH, highlight=False)
        self.words: Final = Words("client", lang)
        self.steps = 0
        self.errors = 0
        self._chapters = 0

    def say(self, msgid: str, **facts: int | str) -> str:
        """Return one of the demo's texts."""
        return self._texts[msgid].format(**facts)

    def heading(self) -> None:
        """Tell what this is."""
        self._console.print(Text(self.say("title"), "bold"))
        self._aside(self.say("subtitle"))

    @contextmanager
    def chapter(self, msgid: str) -> Generator[None, None, None]:
        """Tell a chapter; when one of its steps does not hold, the next chapter goes on."""
        self._chapters += 1
        self._console.print()
        title = self.say(f"chapter.{msgid}.title")
        self._console.print(f"[bold]{self._chapters}  {escape(title)}[/bold]")
        self._console.print(Text(f"   {self.words.moment(self.clock.now())}", "dim"))
        self._aside(self.say(f"chapter.{msgid}.about"))
        try:
            yield
        except ChapterFailed:
            return
        except Exception:  # noqa: BLE001 - whatever happens is an error of the play, and is told
            self._failed(msgid)

    @contextmanager
    def step(self, msgid: str, **facts: int | str) -> Generator[None, None, None]:
        """Tell a step once what is in the block has happened and held."""
        try:
            yield
        except Exception:  # noqa: BLE001 - an error of any kind is a step that did not hold
            self._failed(msgid, **facts)
            raise ChapterFailed from None
        self._held(msgid, **facts)

    @contextmanager
    def refused(
        self, leaf: type[Refusal], msgid: str, **facts: int | str
    ) -> Generator[None, None, None]:
        """Tell a step that must be refused, with the words in which the program refuses it."""
        try:
            yield
        except leaf as refusal:
            self._held(msgid, **facts)
            self.quote(self.words.refusal(refusal))
        except Exception:  # noqa: BLE001 - an error of any kind is a step that did not hold
            self._failed(msgid, **facts)
            raise ChapterFailed from None
        else:
            self._failed(msgid, **facts)
            raise ChapterFailed

    @contextmanager
    def progress(self) -> Generator[Tell, None, None]:
        """Show how far sealing, sending and fetching have come, as the program tells it."""
        columns = (TextColumn("      {task.description:<28}"), BarColumn(24), DownloadColumn())
        with Progress(*columns, console=self._console) as bars:
            known: dict[str, TaskID] = {}

            def tell(msgid: str, done: int, total: int) -> None:
                if msgid not in known:
                    known[msgid] = bars.add_task(self.words.say(msgid), total=total or None)
                bars.update(known[msgid], completed=done, total=total or done)

            yield tell

    def quote(self, text: str) -> None:
        """Tell in the program's own words."""
        self._console.print(Padding(Text(f"«{text}»", "italic"), (0, 0, 0, _INDENT + 2)))

    def aside(self, msgid: str, **facts: int | str) -> None:
        """Tell something beside the steps."""
        self._aside(self.say(msgid, **facts))

    def paper(self, title: str, lines: Iterable[str]) -> None:
        """Show something as it stands on a screen or a sheet of paper."""
        sheet = Panel(Text("\n".join(lines)), title=escape(title), title_align="left", width=96)
        self._console.print(Padding(sheet, (0, 0, 0, _INDENT)))

    def table(self, msgid: str, rows: Iterable[tuple[str, str, str]]) -> None:
        """Show the table of three columns whose headings are `<msgid>.1` to `.3`."""
        sheet = Table(width=WIDTH, show_lines=True)
        for number in (1, 2, 3):
            sheet.add_column(self.say(f"{msgid}.{number}"), ratio=(3, 4, 5)[number - 1])
        for row in rows:
            sheet.add_row(*map(escape, row))
        self._console.print(sheet)

    def broken(self, chapter: str) -> None:
        """Tell that a chapter could not even begin, for want of what an earlier one left."""
        self._failed(chapter)

    def end(self) -> int:
        """Tell how many steps held, as the last line; return the exit code."""
        self._console.print()
        self._console.print(self.say("end", steps=self.steps, errors=self.errors))
        return 1 if self.errors else 0

    def _held(self, msgid: str, **facts: int | str) -> None:
        self.steps += 1
        self._line("✓", "green", self.say(f"step.{msgid}", **facts))

    def _failed(self, msgid: str, **facts: int | str) -> None:
        self.steps += 1
        self.errors += 1
        told = self._texts.get(f"step.{msgid}", msgid)
        self._line("✗", "bold red", told.format(**facts) if facts else told)
        traceback.print_exc(file=sys.stderr)

    def _line(self, mark: str, style: str, text: str) -> None:
        row = Table.grid(padding=(0, 1))
        row.add_column(width=_INDENT)
        row.add_column()
        row.add_row(Text(f"   {mark}", style), text)
        self._console.print(row)

    def _aside(self, text: str) -> None:
        self._console.print(Padding(Text(text, "dim"), (0, 0, 0, 3)))
