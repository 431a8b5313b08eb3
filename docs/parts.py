"""Write docs/reference/parts.md anew from the declarations: `.venv/bin/python docs/parts.py`.

This file knows how the declarations become tables. A test compares the page with what this writes,
so the page never says what the program does not do.
"""

from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

from client.cardlayout import CARD_FIELDS, Heading
from client.case import (
    MOST,
    PARTS,
    ConsentInput,
    Flag,
    PlaceAnswerInput,
    PlaceInquiryInput,
    PoliceRequestInput,
    Section,
    Source,
    State,
)
from client.case.declaration import Kind, Question, When, choice_msgid, list_word, walk
from client.casefile import LISTS, CaseHeader
from client.slugs import said
from keys.body import ROUTES
from keys.words import Language, Words

PAGE = Path(__file__).with_name("reference") / "parts.md"
SECTIONS: tuple[type[Section], ...] = (
    CaseHeader,
    PlaceInquiryInput,
    PlaceAnswerInput,
    *PARTS.values(),
    ConsentInput,
    PoliceRequestInput,
)
WORDS = {language: Words("client", language) for language in Language}
FLAGS = {
    Flag.ARRIVAL: "needed at arrival: stands on the arrival card",
    Flag.SAFETY: "safety-critical: may be chosen as a line to the police",
    Flag.CHILD: "concerns a child",
    Flag.SPECIAL: "special category of personal data, or criminal data",
    Flag.HIDDEN: "never in a place inquiry, never shown before the person has come",
    Flag.SHORT: "the free text is short and optional",
}
HEAD = """# The parts of a case

Written by `docs/parts.py` from the declarations in `client/case/`; change those, not this page.

A case file is YAML. The keys are the words in the first column; a field inside a group is
indented. What is written is an *answer*: a value, or one of the states below, from a source, as
of a day. A bare value has the file's own `source` and `as_of`; an answer that differs is written
out: `{value: …, source: …, as_of: …, note: …}`, or `{state: …}`. An empty list `[]` says «none
known». A choice may have its note behind it: `ja – jaktrifle`. A bare value for a group answers
its first question. Dates are `2026-11-09` or `9.11.2026`; moments add `10:20`.

Words of closed lists may be written as the id or as the label in bokmål, nynorsk or English;
capitals, spaces and marks do not matter. A list has at most MOST lines. No field takes a national
identity number. Nothing but what is marked *required* has to be filled in.
"""


def page() -> str:
    """Return the whole page."""
    sections = (line for part in SECTIONS for line in _section(part))
    return "\n".join([*_head(), *_messages(), *sections, *_lists()])


def _head() -> Iterator[str]:
    yield HEAD.replace("MOST", str(MOST))
    yield "| flag | meaning |\n|---|---|"
    yield from (f"| {flag} | {meaning} |" for flag, meaning in FLAGS.items())
    yield "\nThe column *card* has a dot where the arrival card shows the answer. Its headings:\n"
    yield from (f"1. {_title(heading)}" for heading in Heading)


def _messages() -> Iterator[str]:
    yield "\n## Kinds of message\n\nEach has one way, by role and board; nothing goes any other."
    yield "What a centre tells the police goes to its own district alone.\n"
    yield "| kind | bokmål | nynorsk | English | from | to | board |"
    yield "|---" * 7 + "|"
    for kind, route in sorted(ROUTES.items()):
        labels = " | ".join(WORDS[language].say(f"kind.{kind.word}") for language in Language)
        way = f"{route.from_role} | {route.to_role} | {route.board}"
        yield f"| `{kind.word}` | {labels} | {way} |"


def _title(heading: Heading) -> str:
    return "each child" if heading is Heading.CHILD else WORDS[Language.EN].say(f"card.{heading}")


def _section(section: type[Section]) -> Iterator[str]:
    keys = {CaseHeader.WORD: "the top of the file"} | {
        name: f"`{key}`" for key, name in LISTS.items()
    }
    key = keys.get(section.WORD, f"`{section.WORD}`")
    names = [WORDS[language].say(f"part.{section.WORD}") for language in Language]
    yield f"\n## {names[-1]} ({key})\n\n{names[0]} · {names[1]}\n"
    yield "| field | bokmål | nynorsk | English | takes | flags | card |"
    yield "|---" * 7 + "|"
    yield from (_row(path, asked) for path, asked in walk(section))


def _row(path: str, asked: Question) -> str:
    _, *steps = path.split(".")
    name = "&nbsp;&nbsp;" * (len(steps) - 1) + f"`{_key(steps[-1])}`"
    labels = " | ".join(WORDS[language].say(f"field.{path}") for language in Language)
    flags = " ".join(flag for flag in Flag if flag in asked.flags)
    card = "•" if path in CARD_FIELDS else ""
    return f"| {name} | {labels} | {_takes(asked)} | {flags} | {card} |"


def _key(name: str) -> str:
    return {"from_centre": "from", "to_centre": "to"}.get(name, name)


def _takes(asked: Question) -> str:
    kind: str = asked.kind
    if asked.limit is not None:
        kind = f"text ≤ {asked.limit}"
    if asked.choices is not None:
        word = list_word(asked.choices)
        kind = f"[{word}](#{word})"
    if asked.kind is Kind.PART:
        kind = "part id"
    stages = " ".join(WORDS[Language.EN].say(choice_msgid(stage)) for stage in asked.stages)
    # The reader fills in a code name and a day where the file has none.
    required = asked.required and asked.name not in {"code_name", "as_of"}
    more = [kind, "list" if asked.many else "", "required" if required else "", stages]
    return ", ".join(part for part in more if part)


def _lists() -> Iterator[str]:
    yield "\n## Closed lists\n"
    lists: dict[str, type[StrEnum]] = {"state": State, "source": Source, "when": When}
    for part in SECTIONS:
        lists |= {list_word(each.choices): each.choices for _, each in walk(part) if each.choices}
    for word in sorted(lists):
        yield f"\n### {word}\n\n| id | bokmål | nynorsk | English |\n|---|---|---|---|"
        for choice in lists[word]:
            labels = " | ".join(f"`{said(choice, language)}`" for language in Language)
            yield f"| `{choice}` | {labels} |"
    yield ""


if __name__ == "__main__":
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")
