"""A form's questions as fields of a page, and what was typed in them as answers again.

This file knows how each kind of question stands on a page. It refuses to judge an answer: what was
typed goes to the service as it is, and comes back to the page as it was. It refuses to know an
address.

A field is named by its question, such as `birth_year`, and by its row where it has one:
`perpetrators.2.birth_year`, counted from 1 as a refusal counts it. Beside it stand `…~lack`, the
honest lack of a value, and `…~note`.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Protocol

from client.case.declaration import Kind
from client.forms import FormQuestion
from client.yamltree import Node
from keys.wire import Value

LACK: Final = "~lack"
NOTE: Final = "~note"
FEW: Final = 8
"""The most words that stand as radio buttons; more of them are a list that opens."""
SHORT: Final = 160
"""The longest text that has one line."""
NOT_ASKED: Final = "not_asked"
_DAY: Final = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:T(\d{2}):(\d{2})(?::\d{2})?)?")
_NO_ANSWER: Final[Mapping[str, Value]] = MappingProxyType({})


class Form(Protocol):
    """What was typed: the values of each name."""

    def getall(self, key: str, default: list[object]) -> Sequence[object]:
        """Return the values of a name."""
        ...

    def __iter__(self) -> Iterator[str]:
        """Give every name."""
        ...


@dataclass(frozen=True, slots=True)
class Field:
    """One question on a page.

    Attributes:
        name: of its fields in the form.
        asked: the question.
        text: what stands in it.
        chosen: the words that are chosen.
        lack: the lack that is chosen, or nothing.
        note: what is said beside.
        wrong: why it was refused, as a sentence, or nothing.
        rows: of a group, its rows; one, where it has only one.
    """

    name: str
    asked: FormQuestion
    text: str = field(default="", repr=False)
    chosen: frozenset[str] = field(default=frozenset(), repr=False)
    lack: str = ""
    note: str = field(default="", repr=False)
    wrong: str = ""
    rows: "tuple[tuple[Field, ...], ...]" = field(default=(), repr=False)

    @property
    def control(self) -> str:
        """How it stands on the page: the name of a macro."""
        kind, several = self.asked.kind, bool(self.asked.lines)
        if kind is Kind.GROUP:
            return "rows" if several else "group"
        if kind is Kind.CHOICE and several:
            return "several"
        if kind is Kind.CHOICE:
            return "radios" if len(self.asked.choices) <= FEW else "list"
        if several or (kind is Kind.TEXT and (self.asked.limit or 0) > SHORT):
            return "text"
        return "line"

    @property
    def filled(self) -> bool:
        """Whether anything is said in it or below it."""
        own = bool(self.text or self.chosen or self.lack or self.note)
        return own or any(one.filled for row in self.rows for one in row)

    @property
    def faulty(self) -> bool:
        """Whether anything in it or below it was refused."""
        return bool(self.wrong) or any(one.faulty for row in self.rows for one in row)


def fields(
    asked: Sequence[FormQuestion],
    answers: Mapping[str, Value],
    wrong: Mapping[str, str] = MappingProxyType({}),
    more: str = "",
    above: str = "",
) -> tuple[Field, ...]:
    """Return questions as fields.

    Args:
        asked: the questions.
        answers: what stands there, by question, as the service tells it or as it was typed.
        wrong: sentences by the name of a field.
        more: the list that gets one more row.
        above: the name of the row that the questions stand in, with its dot.
    """
    return tuple(_field(one, answers.get(_word(one)), wrong, more, above) for one in asked)


def _word(asked: FormQuestion) -> str:
    return asked.path.rpartition(".")[2]


def _field(
    asked: FormQuestion, said: Value, wrong: Mapping[str, str], more: str, above: str
) -> Field:
    name = above + _word(asked)
    told = wrong.get(name, "")
    if asked.kind is Kind.GROUP and not asked.lines:
        inner = said if isinstance(said, dict) else _NO_ANSWER
        row = fields(asked.inner, inner, wrong, "", f"{name}.")
        return Field(name, asked, wrong=told, rows=(row,))
    if asked.kind is Kind.GROUP:
        there = [one for one in said if isinstance(one, dict)] if isinstance(said, list) else []
        there += [{}] if name == more or not there else []
        rows = tuple(
            fields(asked.inner, one, wrong, "", f"{name}.{at}.")
            for at, one in enumerate(there, start=1)
        )
        return Field(name, asked, wrong=told, rows=rows)
    answer = said if isinstance(said, dict) else {"value": said}
    return Field(
        name,
        asked,
        text="" if asked.choices else _text(asked.kind, answer.get("value")),
        chosen=frozenset(_chosen(answer.get("value"))) if asked.choices else frozenset(),
        lack=_lack(answer.get("state")),
        note=str(answer.get("note") or ""),
        wrong=told,
    )


def _lack(state: Value) -> str:
    return state if isinstance(state, str) and state != "given" else ""


def _chosen(value: Value) -> list[str]:
    several = value if isinstance(value, list) else [value]
    return [str(one) for one in several if one is not None]


def _text(kind: Kind, value: Value) -> str:
    """Return a value as it is typed: days in the Norwegian order, one entry of a list a line."""
    if isinstance(value, list):
        return "\n".join(" ".join(str(one).split()) for one in value)
    text = "" if value is None else str(value)
    found = _DAY.fullmatch(text) if kind in (Kind.DATE, Kind.MOMENT) else None
    if found is None:
        return text
    year, month, day, hour, minute = found.groups()
    return f"{day}.{month}.{year}" + (f" kl. {hour}.{minute}" if hour else "")


def typed(asked: Sequence[FormQuestion], form: Form, above: str = "") -> dict[str, Node]:
    """Return what was typed, by question; None where nothing was."""
    return {_word(one): _typed(one, form, above + _word(one)) for one in asked}


def _typed(asked: FormQuestion, form: Form, name: str) -> Node:
    if asked.kind is Kind.GROUP and not asked.lines:
        return _none_if_empty(typed(asked.inner, form, f"{name}."))
    if asked.kind is Kind.GROUP:
        numbers = sorted({_number(one, name) for one in form} - {0})
        rows = [_none_if_empty(typed(asked.inner, form, f"{name}.{at}.")) for at in numbers]
        return [row for row in rows if row is not None] or None
    lines = [str(one).replace("\r\n", "\n").strip() for one in form.getall(name, [])]
    value = _value(asked, lines)
    lack, note = _one(form, name + LACK), _one(form, name + NOTE)
    if asked.choices and isinstance(value, str) and value.startswith("~"):
        lack, value = value[1:], None  # a lack is one of the radio buttons
    if not asked.lacks:
        return value
    said: dict[str, Node] = {"value": value, "state": lack or None, "note": note or None}
    return _none_if_empty(said)


def _none_if_empty(said: dict[str, Node]) -> Node:
    left = {name: one for name, one in said.items() if one is not None}
    return dict(left) if left else None


def _number(name: str, above: str) -> int:
    step = name.removeprefix(f"{above}.").partition(".")[0] if name.startswith(f"{above}.") else ""
    return int(step) if step.isascii() and step.isdecimal() and len(step) < FEW else 0


def _value(asked: FormQuestion, said: list[str]) -> Node:
    there = [one for one in said if one]
    if not asked.lines:
        return there[0] if there else None
    if not asked.choices:
        there = [line.strip() for one in there for line in one.splitlines() if line.strip()]
    return list(there) or None


def _one(form: Form, name: str) -> str:
    return next((str(one).strip() for one in form.getall(name, [])), "")


def odd(asked: Sequence[FormQuestion], nodes: Mapping[str, Node]) -> dict[str, str]:
    """Return the fields whose answer contradicts itself, each with the msgid that says how."""
    found: dict[str, str] = {}
    for one in asked:
        name = _word(one)
        node = nodes.get(name)
        if one.kind is Kind.GROUP:
            for at, row in enumerate(node if isinstance(node, list) else [node], start=1):
                above = f"{name}.{at}." if one.lines else f"{name}."
                inner = odd(one.inner, row if isinstance(row, dict) else {})
                found |= {above + field: why for field, why in inner.items()}
        elif isinstance(node, dict) and {"value", "state"} <= node.keys():
            found[name] = "web.form.both"
        elif isinstance(node, dict) and node.keys() == {"note"}:
            found[name] = "web.form.note_alone"
    return found


def with_rest(asked: Sequence[FormQuestion], nodes: dict[str, Node]) -> dict[str, Node]:
    """Return answers in which every question that is left open says that nobody was asked.

    A group says nothing of itself, and what is hidden from the place is nothing to ask for.
    """
    open_ = [one for one in asked if one.lacks and not one.never_gate and not nodes[_word(one)]]
    rest: dict[str, Node] = {_word(one): {"state": NOT_ASKED} for one in open_}
    return nodes | rest
