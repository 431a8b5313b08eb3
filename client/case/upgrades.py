"""Older versions of a part and of a written consent, step by step to the newest.

This file knows, for each part that has changed, which fields each version added and how an older
body is written anew (CONSENT C-3.6); and how an older consent is, which is no part and travels with
none (C-1.13). Nothing that somebody answered is lost on the way. It refuses a field that the older
version did not have, and to know what is done with the part.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import takewhile
from types import MappingProxyType
from typing import Final, TypeVar

from client.case.part_id import PartName
from client.case.threat import Threat
from keys.errors import UnknownField, WrongShape
from keys.wire import Value

Body = dict[str, Value]
V = TypeVar("V")

_SAID: Final = frozenset({"state", "source", "as_of"})


def _same(body: Body) -> Body:
    return body


@dataclass(frozen=True, slots=True)
class Step:
    """From one version of a part to the next.

    Attributes:
        added: fields that only the newer version has, as paths below the part.
        rewrite: makes the newer body of the older one; raises WrongShape when it cannot.
    """

    added: frozenset[tuple[str, ...]]
    rewrite: Callable[[Body], Body] = _same


def _added(paths: str) -> frozenset[tuple[str, ...]]:
    return frozenset(tuple(path.split(".")) for path in paths.split())


def _threats_by_row(body: Body) -> Body:
    """Make a row of each threat; what was said of all of them stays with the first."""
    if "threats_made" not in body:
        # The first version left an empty answer out; in another place it is another encoding.
        before = set(takewhile(lambda name: name != "threats_made", Threat.model_fields))
        head = {name: said for name, said in body.items() if name in before}
        return {**head, "threats_made": [], **body}
    answer = body["threats_made"]
    if not isinstance(answer, dict) or not answer.keys() >= _SAID:
        raise WrongShape(field="threat.threats_made")
    values = answer.get("value")
    if values is None:
        return {**body, "threats_made": [{"words": answer}]}
    if not isinstance(values, list) or not values:
        raise WrongShape(field="threat.threats_made")
    rows: list[Value] = []
    for words in values:
        # In the order of an answer's fields: another order is another encoding.
        said: Body = {name: words if name == "value" else answer[name] for name in answer}
        if rows:
            said.pop("note", None)
        rows.append({"words": said})
    return {**body, "threats_made": rows}


UPGRADES: Final[Mapping[PartName, tuple[Step, ...]]] = MappingProxyType(
    {
        PartName.MOVE_ASSESSMENT: (Step(_added("burden_helpers")),),
        PartName.DESTINATION_ASSESSMENT: (Step(_added("own_district_answer")),),
        PartName.PERSON: (Step(_added("trusted_person_may_be_contacted")),),
        PartName.THREAT: (Step(_added("risk_tool.level"), _threats_by_row),),
        PartName.DIGITAL_SAFETY: (Step(_added("review_before review_at_arrival")),),
        PartName.CHILD: (
            Step(
                _added(
                    "burden digital.recheck_date digital.review_before digital.review_at_arrival"
                )
            ),
        ),
        PartName.JOURNEY: (Step(_added("if_not_arrived")),),
        PartName.ATTACHMENT: (Step(_added("source as_of")),),
    }
)
"""For each part that has changed, its steps in order: the first leads from version 1 to 2."""


def upgraded(name: PartName, version: int, body: Body) -> Body:
    """Return `body`, written by `version` of a part, as the newest version writes it.

    Raises:
        UnknownField: it has a field that its version did not have.
        WrongShape: it is not what that version wrote.
    """
    for step in UPGRADES.get(name, ())[version - 1 :]:
        if any(_has(body, path) for path in step.added):
            raise UnknownField(field=name.value)
        body = step.rewrite(body)
    return body


_FOR_ALL: Final = ("one_parent_why", "child_view")


def upgraded_consent(body: Mapping[str, V]) -> dict[str, V | list[dict[str, V]]]:
    """Return a written consent with its one text for all children as a row of its own.

    That row names no child, so it speaks for one only where there is but one. A consent that has
    rows already is left alone: it is not an older one.
    """
    if body.get("children") is not None or not any(name in body for name in _FOR_ALL):
        return {**body}
    newest: dict[str, V | list[dict[str, V]]] = {
        name: said for name, said in body.items() if name not in {*_FOR_ALL, "children"}
    }
    row = {name: body[name] for name in _FOR_ALL if body.get(name) is not None}
    return {**newest, "children": [row]} if row else newest


def _has(value: Value, path: tuple[str, ...]) -> bool:
    if not path:
        return True
    return isinstance(value, dict) and path[0] in value and _has(value[path[0]], path[1:])
