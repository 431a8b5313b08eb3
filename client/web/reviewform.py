"""What stands on a form of the police channel: what was typed, and what is wrong in it.

This file knows the lines of a request with what a district chose for each. It refuses to know a
verb but by what it is asked.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from aiohttp import web

from client.cli import lines
from client.vocabulary import LineChoice
from client.web import linefields, views
from client.web.desk import Desk
from client.web.linefields import Entry, Typed
from client.yamltree import write
from keys.errors import Refusal
from keys.wire import Packable

Slip: TypeAlias = tuple[str, str]
"""What is wrong in a form, and the field to go to; no field where it is of no one."""
Blocks: TypeAlias = Sequence[tuple[str, list[tuple[str, str]]]]
"""A sheet on the screen: headings with their lines, a line as its label and what is said."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line on the page: what it says, why, what was chosen, and fields to say it otherwise."""

    at: int
    kind: str
    label: str
    text: str = field(repr=False)
    why: str = field(repr=False)
    new_why: str = field(repr=False)
    choice: str
    fields: tuple[linefields.Field, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Shown:
    """What the page of a request is made of: the service's answer, and what was typed."""

    answer: views.Answer = field(repr=False)
    typed: Typed = field(repr=False)

    @property
    def entries(self) -> list[Entry]:
        """The lines as the centre wrote them."""
        return linefields.of_answer(lines.items(self.answer, "lines"))

    def choice(self, at: int) -> str:
        """What was chosen for a line; nothing until somebody chooses."""
        return first(self.typed, f"choice.{at}")

    def lines(self) -> list[Line]:
        """Return every line with what was chosen for it."""
        typed = linefields.of_form(self.typed)
        told = views.blocks(self.answer)[-1][1]
        found: list[Line] = []
        for at, entry in enumerate(self.entries):
            new = typed[at] if at < len(typed) else entry
            label, text = told[at][0].rstrip(":"), told[at][1]
            there = {one.name for one in linefields.fields(entry, at, filled=True)}
            fields = tuple(one for one in linefields.fields(new, at) if one.name in there)
            plain = text.removesuffix(f" – {entry.why}")
            found.append(
                Line(at, entry.kind, label, plain, entry.why, new.why, self.choice(at), fields)
            )
        return found

    def relayed(self, code_name: str, language: str) -> dict[str, Packable]:
        """Return what the verb is asked: a choice for each line, and those that are reworded."""
        words = [self.choice(at) or LineChoice.REMOVE for at in range(len(self.entries))]
        new = [
            replace(one, on=self.choice(at) == LineChoice.REWORD)
            for at, one in enumerate(linefields.of_form(self.typed))
        ]
        # A child may be named only beside a danger of abduction: what is kept of it stands behind.
        kept = [
            one
            for at, one in enumerate(self.entries)
            if one.kind == "abduction_risk" and self.choice(at) == LineChoice.KEEP
        ]
        said_ = linefields.tree(new)
        text = write({"police_request": {"lines": said_ + linefields.tree(kept)}}) if said_ else ""
        return {
            "code_name": code_name,
            "district": first(self.typed, "district"),
            "choices": [*map(str, words)],
            "case": text,
            "authority": first(self.typed, "authority"),
            "language": language,
        }


def first(typed: Typed, name: str) -> str:
    """Return what stands in a field, without spaces around it."""
    return next(iter(typed.get(name, ())), "").strip()


async def typed_in(request: web.Request) -> dict[str, list[str]]:
    """Return what stands in the fields of the form that was sent."""
    form = await request.post()
    return {name: [str(one) for one in form.getall(name)] for name in form}


def slips_of(desk: Desk, refusal: Refusal) -> list[Slip]:
    """Return the sentences of a refusal as what is wrong in a form.

    A field's name in a case file says nothing to whoever fills in a page: a link leads to it.
    """
    facts = {name: one for name, one in refusal.facts.items() if name != "field"}
    told = desk.paper.words.told(type(refusal)(sent=refusal.sent, **facts))
    return [(told.what, ""), (told.sent, ""), (told.do, "")]
