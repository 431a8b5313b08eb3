"""An exported case read back: JSON that holds exactly what `client.schema` describes, or nothing.

This file knows the closed form. Whatever the program would not have written itself is refused by
name: bulk, depth, a key said twice, an unknown field, another format, a newer version. It refuses
to quote what it refuses, and to know where the file lies.
"""

import json
from collections.abc import Collection, Iterator
from types import MappingProxyType
from typing import Final, NoReturn, TypeVar, cast

from client.case import (
    INPUTS,
    PARTS,
    ConsentInput,
    Part,
    PartId,
    PlaceInquiryInput,
    PoliceRequestInput,
    Section,
    name_of,
    order_of,
    parse_part_id,
)
from client.case.checking import checked
from client.case.upgrades import Body, upgraded, upgraded_consent
from client.casefile import CaseFile, CaseHeader
from client.refusals import NewerPart, NotJson, NotOurJson, TooMany
from client.schema import FORMAT, VERSION, Json, Object, document
from client.since import (
    MOST,
    NOTES,
    RENEWALS,
    SINCE,
    VERSIONS,
    NoteSince,
    RenewalSince,
    SinceArrival,
    VersionHead,
    VersionSince,
    told_apart,
)
from keys.errors import DuplicateKey, OverLong, UnknownField, UnknownVersion, WrongShape

S = TypeVar("S", bound=Section)

LIMIT: Final = 1 << 23
"""The longest file, in bytes: a case, and what its parts were before."""
_DIGITS: Final = 18
_KEYS: Final = frozenset(
    {"format", "version", CaseHeader.WORD, "parts", SINCE, *(kind.WORD for kind in INPUTS)}
)
_LATER: Final = frozenset({NOTES, VERSIONS, RENEWALS})
_VERSION_KEYS: Final = frozenset({*VersionHead.model_fields, "version", "answers"})


def encode(tree: Object) -> bytes:
    """Return a JSON object as bytes, the same each time."""
    return (json.dumps(tree, ensure_ascii=False, indent=1) + "\n").encode("utf-8")


def read_document(data: bytes) -> CaseFile:
    """Read what `client.schema.document` wrote; older versions of a part are made new.

    Raises:
        OverLong: more than `LIMIT` bytes, or nested too deep.
        NotJson, DuplicateKey: it is no JSON object, or says a key twice.
        NotOurJson: it is no case, or not as this program writes one.
        UnknownVersion, NewerPart: a later program wrote it.
        TooMany: so much came later that no case here could hold it.
        UnknownField, and what `client.case.checking.checked` raises: naming the field.
    """
    tree = _parsed(data)
    if tree.get("format") != FORMAT or not tree.keys() >= {CaseHeader.WORD, "parts"}:
        raise NotOurJson
    if not tree.keys() <= _KEYS:
        raise UnknownField(field=CaseHeader.WORD)
    tree = _newest_form(tree)
    if SINCE in tree:
        later: Object = {SINCE: _since_newest(tree[SINCE])}
        tree = {**tree, **later}
    parts = {part: _newest(part, body) for part, body in _parts(tree["parts"])}
    case = CaseFile(
        checked(CaseHeader, tree[CaseHeader.WORD], CaseHeader.WORD),
        MappingProxyType({part: _part(part, parts[part]) for part in sorted(parts, key=order_of)}),
        _input(PlaceInquiryInput, tree),
        _input(ConsentInput, tree),
        _input(PoliceRequestInput, tree),
        _since(cast("Object", tree[SINCE]), parts) if SINCE in tree else None,
    )
    # pydantic is lenient («7» for 7); what the program would not have written is not read at all.
    written = {
        part: {"version": PARTS[name_of(part)].VERSION, "answers": body}
        for part, body in parts.items()
    }
    if document(case) != {**tree, "parts": written}:
        raise NotOurJson
    return case


def _newest_form(tree: Object) -> Object:
    """Return the document in its newest form; an older one says nothing of what came later."""
    match tree.get("version"):
        case bool():  # to a match, `True` is a number too
            raise UnknownVersion
        case int(version) if version == VERSION:
            return tree
        case 1 | 2 if SINCE in tree:
            raise UnknownField(field=CaseHeader.WORD)
        case 2:
            return {**tree, "version": VERSION}
        case 1:  # what is said of a child stands in a row of its own since
            consent = tree.get(ConsentInput.WORD)
            if not isinstance(consent, dict):
                return {**tree, "version": VERSION}
            if "children" in consent:
                raise UnknownField(field=ConsentInput.WORD)
            newest = cast("Object", {"children": [], **upgraded_consent(consent)})
            return {**tree, "version": VERSION, ConsentInput.WORD: newest}
        case _:
            raise UnknownVersion


def _parsed(data: bytes) -> Object:
    if len(data) > LIMIT:
        raise OverLong(limit=LIMIT)
    try:
        tree: object = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_once,
            parse_int=_whole,
            parse_float=_no_number,
            parse_constant=_no_number,
        )
    except RecursionError:
        raise OverLong(limit=LIMIT) from None
    except ValueError:  # of json and of utf-8
        raise NotJson from None
    if not isinstance(tree, dict):
        raise NotJson
    return cast("Object", tree)


def _once(pairs: list[tuple[str, Json]]) -> Object:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise DuplicateKey
    return made


def _whole(digits: str) -> int:
    if len(digits) > _DIGITS:
        raise NotJson
    return int(digits)


def _no_number(_: str) -> NoReturn:
    raise NotJson


def _parts(tree: Json) -> list[tuple[PartId, Object]]:
    if not isinstance(tree, dict):
        raise NotOurJson
    found: list[tuple[PartId, Object]] = []
    for name, body in tree.items():
        try:
            part = parse_part_id(name)
        except WrongShape:
            raise UnknownField(field="parts") from None
        if not isinstance(body, dict) or body.keys() != {"version", "answers"}:
            raise NotOurJson
        found.append((part, body))
    return found


def _newest(part: PartId, body: Object) -> Object:
    name, version, answers = name_of(part), body["version"], body["answers"]
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise NotOurJson
    if version > PARTS[name].VERSION:
        raise NewerPart(part=part)
    if not isinstance(answers, dict):
        raise NotOurJson
    try:
        return cast("Object", upgraded(name, version, cast("Body", answers)))
    except WrongShape:
        raise NotOurJson from None


def _part(part: PartId, answers: Object) -> Part:
    return checked(PARTS[name_of(part)], answers, part)


def _input(kind: type[S], tree: Object) -> S | None:
    found = tree.get(kind.WORD)
    return None if found is None else checked(kind, found, kind.WORD)


def _since_newest(tree: Json) -> Object:
    """Return what came later with every version's answers in their newest form.

    Raises:
        NotOurJson: a list is empty or none.
        UnknownField: of what came later, or of a version.
        NewerPart: a later program wrote it.
    """
    if not isinstance(tree, dict):
        raise NotOurJson
    if not tree.keys() <= _LATER:
        raise UnknownField(field=SINCE)
    if not tree or not all(tree.values()):
        raise NotOurJson
    versions = tree.get(VERSIONS, {})
    if not isinstance(versions, dict):
        raise NotOurJson
    several = {_known(part): _several(said, VersionHead.WORD) for part, said in versions.items()}
    if not all(several.values()):
        raise NotOurJson
    newest: Object = {
        part: [_version_newest(part, one) for one in said] for part, said in several.items()
    }
    return {**tree, **({VERSIONS: newest} if newest else {})}


def _known(part: str) -> PartId:
    try:
        return parse_part_id(part)
    except WrongShape:
        raise UnknownField(field=VersionHead.WORD) from None


def _version_newest(part: PartId, said: Object) -> Json:
    if not said.keys() <= _VERSION_KEYS:
        raise UnknownField(field=VersionHead.WORD)
    if not said.keys() >= {"version", "answers"}:
        raise NotOurJson
    return {**said, "version": PARTS[name_of(part)].VERSION, "answers": _newest(part, said)}


def _since(tree: Object, parts: Collection[PartId]) -> SinceArrival:
    versions: dict[PartId, tuple[VersionSince, ...]] = {}
    for name, said in cast("Object", tree.get(VERSIONS, {})).items():
        part = parse_part_id(name)
        versions[part] = tuple(_version(part, one) for one in _several(said, name))
        if not told_apart(versions[part]):
            raise NotOurJson
    found = SinceArrival(
        tuple(_heads(NoteSince, tree.get(NOTES, []))),
        MappingProxyType({part: versions[part] for part in sorted(versions, key=order_of)}),
        tuple(_heads(RenewalSince, tree.get(RENEWALS, []))),
    )
    if not {*versions, *(one.part for one in found.notes)} <= set(parts):
        raise NotOurJson  # of a part that was taken back, what came later is gone too
    return found


def _version(part: PartId, said: Object) -> VersionSince:
    head = {name: one for name, one in said.items() if name in VersionHead.model_fields}
    content = _part(part, cast("Object", said["answers"]))
    return VersionSince(checked(VersionHead, head, VersionHead.WORD), content)


def _heads(kind: type[S], tree: Json) -> Iterator[S]:
    for number, one in enumerate(_several(tree, kind.WORD), 1):
        yield checked(kind, one, f"{kind.WORD}.{number}")


def _several(tree: Json, field: str) -> list[Object]:
    """Return a list of objects.

    Raises:
        NotOurJson: it is none.
        TooMany: it is longer than a case here can grow.
    """
    if not isinstance(tree, list):
        raise NotOurJson
    if len(tree) > MOST:
        raise TooMany(field=field, limit=MOST)
    if not all(isinstance(one, dict) for one in tree):
        raise NotOurJson
    return cast("list[Object]", tree)
