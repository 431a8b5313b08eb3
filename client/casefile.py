"""A case as a file that a person can write: YAML in, YAML out.

This file knows what a case file holds and its shorthand: a bare value is an answer with the file's
own source and day; `[]` says «none known»; «ja – jaktrifle» is a choice and its note; a bare value
for a group answers its first question. It refuses everything it does not know, naming the field
and never what was written. It knows no consent and no addressee.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Final, TypeVar, cast

from client.case import (
    INPUTS,
    MOST,
    NUMBERED,
    PARTS,
    ConsentInput,
    Part,
    PartId,
    PartName,
    PlaceInquiryInput,
    PoliceRequestInput,
    Section,
    Source,
    name_of,
    order_of,
    part_id,
)
from client.case.checking import checked
from client.case.move_assessment import MoveAssessment
from client.case.numbers import Count, Moment
from client.case.text import Name, Shorts
from client.case.upgrades import upgraded_consent
from client.case.words import YesNo
from client.casereader import Reader
from client.casewriter import Writer
from client.codename import CodeName, new_code_name
from client.refusals import TooMany, WrongAnswer
from client.since import SinceArrival
from client.yamltree import Node, parse, write
from keys.errors import UnknownField
from keys.words import Language, Words

S = TypeVar("S", bound=Section)

LISTS: Final[Mapping[str, PartName]] = MappingProxyType(
    {"children": PartName.CHILD, "attachments": PartName.ATTACHMENT}
)
"""The keys under which numbered parts stand, in order from 1."""

_KEYS: Final[Mapping[str, str]] = MappingProxyType({"from": "from_centre", "to": "to_centre"})
_LIST_OF: Final = {name: key for key, name in LISTS.items()}
_ROOT: Final = "case"


class CaseHeader(Section):
    """What stands at the top of a case file."""

    WORD = _ROOT

    code_name: CodeName
    language: Language = Language.NB
    from_centre: Name | None = None
    to_centre: Name | None = None
    move_number: Count | None = None
    emergency: YesNo = YesNo.NO
    conflict_of_interest: YesNo | None = None
    handed_to: Name | None = None
    time: Moment | None = None
    source: Source = Source.STAFF
    as_of: date
    must_not_leave: Shorts = ()


@dataclass(frozen=True, slots=True)
class CaseFile:
    """One case on its way from or to a file. `parts` stand in their fixed order.

    `since` is history and no answer: a case file that people write has none.
    """

    header: CaseHeader
    parts: Mapping[PartId, Part] = field(repr=False)
    place_inquiry: PlaceInquiryInput | None = None
    consent: ConsentInput | None = None
    police_request: PoliceRequestInput | None = None
    since: SinceArrival | None = None


def read_case(data: bytes | str, *, today: date) -> CaseFile:
    """Read a case file; `today` is the answers' day where the file names none.

    A file without a code name gets a new one.

    Raises:
        NotYaml, YamlTrick, DuplicateKey, OverLong: see `client.yamltree.parse`.
        UnknownField, UnknownWord, MissingAnswer, WrongAnswer, TextTooLong, TooMany, NationalId,
            OddCharacter: naming the field.
    """
    root = parse(data)
    if not isinstance(root, dict | None):
        raise WrongAnswer(field=_ROOT)
    root = root or {}
    header = _header({key: node for key, node in root.items() if key not in _SECTIONS}, today)
    reader = Reader(header.source, header.as_of)
    return CaseFile(
        header=header,
        parts=MappingProxyType(_parts(root, reader, header)),
        place_inquiry=_input(PlaceInquiryInput, root, reader),
        consent=_input(ConsentInput, root, reader),
        police_request=_input(PoliceRequestInput, root, reader),
    )


def write_case(case: CaseFile, language: Language | None = None) -> str:
    """Return `case` as YAML in the words of `language`, by default the case's own.

    `read_case` of what this writes is `case`.
    """
    chosen = language or case.header.language
    writer = Writer(chosen, case.header.source, case.header.as_of)
    names = {name: key for key, name in _KEYS.items()}
    tree: dict[str, Node] = {
        names.get(name, name): node for name, node in writer.section(case.header).items()
    }
    lists: dict[str, list[Node]] = {key: [] for key in LISTS}
    if case.place_inquiry is not None:
        tree[case.place_inquiry.WORD] = writer.section(case.place_inquiry)
    for part_id_, part in case.parts.items():
        key = _LIST_OF.get(name_of(part_id_))
        if key is None:
            tree[part_id_] = writer.section(part)
        else:
            lists[key].append(writer.section(part))
    tree |= {key: items for key, items in lists.items() if items}
    for asked in (case.consent, case.police_request):
        if asked is not None:
            tree[asked.WORD] = writer.section(asked)
    warning = Words("client", chosen).say("yaml.header")
    return f"# {warning}\n{write(tree)}"


def write_part(part: PartId, content: Part, language: Language) -> str:
    """Return one part as YAML in the words of `language`, every answer with its date."""
    return write({part: Writer(language, Source.STAFF, date.min).section(content)})


_SINGLE: Final = frozenset(name.value for name in PARTS if name not in NUMBERED)
_SECTIONS: Final = _SINGLE | set(LISTS) | {kind.WORD for kind in INPUTS}


def _header(root: dict[str, Node], today: date) -> CaseHeader:
    if any(name in root for name in _KEYS.values()):
        raise UnknownField(field=_ROOT)
    node: Node = {_KEYS.get(key, key): value for key, value in root.items()}
    values = Reader(Source.STAFF, today).section(CaseHeader, node, _ROOT)
    return checked(CaseHeader, {"code_name": new_code_name(), "as_of": today} | values, _ROOT)


def _parts(root: dict[str, Node], reader: Reader, header: CaseHeader) -> dict[PartId, Part]:
    nodes: dict[PartId, Node] = {
        part_id(PartName(key)): root[key] for key in root if key in _SINGLE
    }
    for key, name in LISTS.items():
        items = root.get(key) or []
        if not isinstance(items, list):
            raise WrongAnswer(field=key)
        if len(items) > MOST:
            raise TooMany(field=key, limit=MOST)
        nodes |= {part_id(name, at): node for at, node in enumerate(items, start=1)}
    return {part: _part(part, nodes[part], reader, header) for part in sorted(nodes, key=order_of)}


def _part(part: PartId, node: Node, reader: Reader, header: CaseHeader) -> Part:
    kind = PARTS[name_of(part)]
    values = reader.section(kind, node, part)
    if kind is MoveAssessment and header.move_number is not None:
        number = {"value": header.move_number, "source": reader.source, "as_of": reader.as_of}
        values.setdefault("move_number", number)
    return checked(kind, values, part)


def _input(kind: type[S], root: dict[str, Node], reader: Reader) -> S | None:
    node = root.get(kind.WORD)
    if node is None:
        return None
    if kind is ConsentInput and isinstance(node, dict):
        node = cast("Node", upgraded_consent(node))
    return checked(kind, reader.section(kind, node, kind.WORD), kind.WORD)
