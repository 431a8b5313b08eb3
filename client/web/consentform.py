"""The answer to the question of consent as a form: what was typed, and the case file it makes.

This file knows the fields of the page and the schema words of the answer. It refuses to decide what
an answer permits: the verb does, from the same text that the command line reads.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, TypeAlias

from client.case import Decision, PartName, Release
from client.case.consent import Form, GivenBy
from client.case.words import YesNo
from client.yamltree import Node, write
from keys.wire import Value

ANSWERS: Final[Mapping[str, Decision]] = MappingProxyType(
    {"yes": Decision.YES_SOME, "no": Decision.NO, "later": Decision.ASK_LATER}
)
"""What each of the three buttons says."""
INFORMED: Final = ("informed_benefits", "informed_rights", "informed_no_consequence")
LONGEST: Final = 280
"""Characters of a text; what is longer the verb refuses."""
_TEXTS: Final = ("recipient_centre", "interpreter_used", "ends_on")
_WORDS: Final = MappingProxyType({"given_by": {*GivenBy}, "form": {*Form}, "release": {*Release}})
_CARRIED: Final = ("confidentiality_basis", "processing_basis", "note", "police_contact_consent")
"""What stands in an answer and is asked about elsewhere: a new answer leaves it as it is."""
Typed: TypeAlias = Mapping[str, list[str]]
"""A form that was sent: each name with everything that was sent under it."""
_OF_A_CHILD: Final = ("one_parent_why", "child_view")


@dataclass(frozen=True, slots=True)
class Filled:
    """What stands in the fields of the page.

    Attributes:
        values: text fields and chosen words by their names.
        ticked: the parts that she has ticked; none before she has.
        told: what was explained before the question.
        named: whether the page says the centre's name.
        language: of the page.
    """

    values: Mapping[str, str]
    ticked: frozenset[str]
    told: frozenset[str]
    named: bool
    language: str

    @classmethod
    def before(cls, said: Mapping[str, Value], language: str) -> "Filled":
        """Return what was written down before, without any tick: those she sets anew each time."""
        texts = {name: str(said.get(name) or "") for name in (*_TEXTS, *_WORDS)}
        tongues = said.get("informed_in_language")
        spoken = tongues if isinstance(tongues, list) else []
        texts["informed_in_language"] = ", ".join(map(str, spoken))
        for row in _rows(said.get("children")):
            child = str(row.get("child") or "")
            texts |= {f"{child}.{name}": str(row.get(name) or "") for name in _OF_A_CHILD}
        told = frozenset(one for one in INFORMED if said.get(one) == YesNo.YES)
        return cls(MappingProxyType(texts), frozenset(), told, named=False, language=language)

    @classmethod
    def typed(cls, form: Typed, children: list[str]) -> "Filled":
        """Return what was typed."""

        def one(name: str) -> str:
            return form.get(name, [""])[-1].strip()

        names = [*_TEXTS, *_WORDS, "informed_in_language"]
        names += [f"{child}.{name}" for child in children for name in _OF_A_CHILD]
        values = MappingProxyType({name: one(name) for name in names})
        ticked = frozenset(form.get("part", []))
        told = frozenset(name for name in INFORMED if one(name) == "yes")
        named = one("named") == "yes"
        return cls(values, ticked, told, named=named, language=one("tongue"))


def children(parts: list[str]) -> list[str]:
    """Return the children among the parts of a case."""
    return [one for one in parts if one.partition(".")[0] == PartName.CHILD]


def written(filled: Filled, answer: str, parts: list[str], before: Mapping[str, Value]) -> str:
    """Return the case file that an answer makes.

    Args:
        filled: what stands in the fields.
        answer: `yes`, `no` or `later`.
        parts: that she was asked about; all of them ticked is a yes to everything.
        before: what was answered before, as a mapping of schema words.
    """
    said: dict[str, Node] = {name: str(before[name]) for name in _CARRIED if name in before}
    chosen: list[Node] = [one for one in parts if one in filled.ticked]
    whole = answer == "yes" and len(chosen) == len(parts)
    said["decision"] = (Decision.YES_ALL if whole else ANSWERS[answer]).value
    if answer == "yes" and not whole:
        said["parts"] = chosen
    said |= {name: filled.values[name] for name in (*_TEXTS, *_WORDS) if filled.values.get(name)}
    said |= {name: YesNo.YES.value for name in INFORMED if name in filled.told}
    tongues = filled.values.get("informed_in_language", "").split(",")
    spoken: list[Node] = [one.strip() for one in tongues if one.strip()]
    said |= {"informed_in_language": spoken} if spoken else {}
    rows: list[Node] = [row for child in children(parts) if len(row := _row(filled, child)) > 1]
    said |= {"children": rows} if rows else {}
    return write({"consent": said})


def _row(filled: Filled, child: str) -> dict[str, Node]:
    found: dict[str, Node] = {"child": child}
    for name in _OF_A_CHILD:
        text = filled.values.get(f"{child}.{name}", "")
        found |= {name: text} if text else {}
    return found


def _rows(value: Value) -> list[Mapping[str, Value]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
