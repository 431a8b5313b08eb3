"""A whole case as JSON, and the JSON Schema (2020-12) that says what such a case may hold.

This file knows how the one declaration of each question becomes a schema: titles in a chosen
language, flags, limits and closed lists. It refuses to know where the JSON goes, and it holds no
answer of its own.

A part that is not there was not shared or not filled in; it never means «no».
"""

from collections.abc import Callable, Iterator
from enum import StrEnum
from types import MappingProxyType
from typing import Final, TypeAlias, cast

from client.case import (
    BANNER,
    BETWEEN,
    EVERY_PART,
    HIDDEN,
    INPUTS,
    NUMBERED,
    PARTS,
    Flag,
    PartName,
    Section,
    Source,
    State,
)
from client.case.declaration import Kind, Question, choice_msgid, list_word, questions, walk
from client.case.text import SHORT
from client.casefile import CaseFile, CaseHeader
from client.law import LAW, Law, law_msgid
from client.since import (
    HEADS,
    MOST,
    NOTES,
    RENEWALS,
    SINCE,
    VERSIONS,
    NoteSince,
    RenewalSince,
    SinceArrival,
    VersionHead,
)
from keys.words import Language, Words

Json: TypeAlias = "bool | int | str | list[Json] | dict[str, Json] | None"
"""What JSON can say, floats left out: no case has one."""

Object: TypeAlias = "dict[str, Json]"

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
FORMAT: Final = "folge.case"
VERSION: Final = 3
"""Of the document; each part has its own.

1 had one text for all children in the consent; 2 said nothing of what came after the case."""

_DATE: Final = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_SIMPLE: Final = MappingProxyType({Kind.DATE: "date", Kind.MOMENT: "moment", Kind.PART: "part_id"})


def document(case: CaseFile) -> Object:
    """Return `case` as the JSON that `case_schema` describes; what is empty is left out."""
    made: Object = {"format": FORMAT, "version": VERSION, CaseHeader.WORD: _dumped(case.header)}
    made["parts"] = {
        name: {"version": part.VERSION, "answers": _dumped(part)}
        for name, part in case.parts.items()
    }
    for section in (case.place_inquiry, case.consent, case.police_request):
        if section is not None:
            made[section.WORD] = _dumped(section)
    if case.since is not None:
        made[SINCE] = _since(case.since)
    return made


def _since(since: SinceArrival) -> Object:
    """Return what came later; a list that is empty is left out."""
    versions: Object = {
        part: [
            {**_dumped(one.head), "version": one.content.VERSION, "answers": _dumped(one.content)}
            for one in said
        ]
        for part, said in since.versions.items()
    }
    notes: list[Json] = [_dumped(one) for one in since.notes]
    renewals: list[Json] = [_dumped(one) for one in since.renewals]
    made: Object = {NOTES: notes, VERSIONS: versions, RENEWALS: renewals}
    return {name: one for name, one in made.items() if one}


def case_schema(language: Language, law: Law = LAW) -> Object:
    """Return the JSON Schema of a whole case, with titles in `language`, and what `law` says."""
    return _Making(Words("client", language), law).whole()


def _dumped(section: Section) -> Object:
    return cast("Object", section.model_dump(mode="json", exclude_none=True))


class _Making:
    """Makes one schema in the words of one language."""

    def __init__(self, words: Words, law: Law) -> None:
        self._say = words.say
        self._law = law

    def whole(self) -> Object:
        """Return the schema of a case."""
        properties: Object = {
            "format": {"const": FORMAT},
            "version": {"const": VERSION},
            CaseHeader.WORD: self._section(CaseHeader, CaseHeader.WORD),
            "parts": _by_part(self._part),
        }
        properties |= {kind.WORD: self._section(kind, kind.WORD) for kind in INPUTS}
        properties[SINCE] = self._since()
        return {
            "$schema": DIALECT,
            "title": self._say("schema.title"),
            "description": self._say("schema.description"),
            "type": "object",
            "properties": properties,
            "required": ["format", "version", CaseHeader.WORD, "parts"],
            "additionalProperties": False,
            "$defs": self._shared(),
            "x-law": self._references(),
        }

    def _since(self) -> Object:
        listed: Object = {
            NOTES: self._later(NOTES, _several(self._section(NoteSince, NoteSince.WORD))),
            VERSIONS: self._later(VERSIONS, {**_by_part(self._versions), "minProperties": 1}),
            RENEWALS: self._later(
                RENEWALS, _several(self._section(RenewalSince, RenewalSince.WORD))
            ),
        }
        return {
            "title": self._say(f"schema.{SINCE}"),
            "description": self._say("schema.since_described"),
            "type": "object",
            "properties": listed,
            "minProperties": 1,
            "additionalProperties": False,
        }

    def _later(self, name: str, made: Object) -> Object:
        return {"title": self._say(f"schema.{SINCE}.{name}"), **made}

    def _versions(self, name: PartName) -> Object:
        """Return the schema of what one part said at each time."""
        one = self._section(VersionHead, VersionHead.WORD)
        answers: Object = {
            "version": {"const": PARTS[name].VERSION},
            "answers": {"$ref": f"#answers.{name}"},
        }
        one["properties"] = {**cast("Object", one["properties"]), **answers}
        one["required"] = [*cast("list[Json]", one["required"]), *answers]
        return {**self._about(name), **_several(one)}

    def _references(self) -> Object:
        about: Object = {"version": self._law.version, "as_of": self._law.as_of.isoformat()}
        return about | {one: self._say(law_msgid(one)) for one in self._law.references}

    def _shared(self) -> Object:
        moment = f"^{_DATE}T[0-9]{{2}}:[0-9]{{2}}:00$"
        shared: Object = {
            "date": {"type": "string", "format": "date", "pattern": f"^{_DATE}$"},
            "moment": {"type": "string", "pattern": moment},
            "part_id": {"enum": cast("Json", [*EVERY_PART])},
        }
        shared |= {f"list.{list_word(kind)}": self._list(kind) for kind in _lists()}
        # No case holds these; whoever reads a centre's answer elsewhere finds its form here.
        shared |= {kind.WORD: self._between(kind) for kind in BETWEEN}
        return shared

    def _between(self, kind: type[Section]) -> Object:
        return {"title": self._say(f"part.{kind.WORD}"), **self._section(kind, kind.WORD)}

    def _list(self, choices: type[StrEnum]) -> Object:
        words = [{"const": one.value, "title": self._say(choice_msgid(one))} for one in choices]
        return {"oneOf": cast("Json", words)}

    def _part(self, name: PartName) -> Object:
        kind = PARTS[name]
        answers: Object = {
            "version": {"const": kind.VERSION},
            "answers": {"$anchor": f"answers.{name}", **self._section(kind, name)},
        }
        return {
            **self._about(name),
            "type": "object",
            "properties": answers,
            "required": ["version", "answers"],
            "additionalProperties": False,
        }

    def _about(self, name: PartName) -> Object:
        about: Object = {"title": self._say(f"part.{name}")}
        return {**about, "description": self._say(BANNER)} if name in HIDDEN else about

    def _section(self, section: type[Section], path: str) -> Object:
        asked = questions(section)
        return {
            "type": "object",
            "properties": {
                one.name: self._question(one, f"{path}.{one.name}", section) for one in asked
            },
            "required": [one.name for one in asked if one.required],
            "additionalProperties": False,
        }

    def _question(self, asked: Question, path: str, section: type[Section]) -> Object:
        made = self._value(asked, path)
        if asked.many:
            least = 1 if asked.answered else 0
            listed: Object = {"minItems": least, "maxItems": section.CAP, "items": made}
            made = {"type": "array", **listed}
        if asked.answered:
            made = _answer(made)
        about: Object = {"title": self._say(f"field.{path}")}
        if asked.flags:
            about["x-flags"] = [flag.value for flag in Flag if flag in asked.flags]
        if asked.stages:
            about["x-when"] = [stage.value for stage in asked.stages]
        return {**about, **made}

    def _value(self, asked: Question, path: str) -> Object:
        if asked.group is not None:
            return self._section(asked.group, path)
        if asked.choices is not None:
            return {"$ref": f"#/$defs/list.{list_word(asked.choices)}"}
        if asked.kind in _SIMPLE:
            return {"$ref": f"#/$defs/{_SIMPLE[asked.kind]}"}
        if asked.kind is Kind.NUMBER:
            return _without_none({"type": "integer", "minimum": asked.least, "maximum": asked.most})
        return _without_none({"type": "string", "minLength": 1, "maxLength": asked.limit})


def _answer(value: Object) -> Object:
    """Return the schema of an answer: a value exactly when the state says that it is given."""
    return {
        "type": "object",
        "properties": {
            "state": {"$ref": f"#/$defs/list.{list_word(State)}"},
            "value": value,
            "note": {"type": "string", "minLength": 1, "maxLength": SHORT},
            "source": {"$ref": f"#/$defs/list.{list_word(Source)}"},
            "as_of": {"$ref": "#/$defs/date"},
        },
        "required": ["state", "source", "as_of"],
        "additionalProperties": False,
        "if": {"properties": {"state": {"const": State.GIVEN.value}}},
        "then": {"required": ["value"]},
        "else": {"properties": {"value": False}},
    }


def _without_none(schema: Object) -> Object:
    return {name: value for name, value in schema.items() if value is not None}


def _by_part(made: Callable[[PartName], Object]) -> Object:
    """Return the schema of a table that has one entry for each part, numbered or not."""
    singles: Object = {name.value: made(name) for name in PARTS if name not in NUMBERED}
    numbered: Object = {
        f"^{name}[.]({'|'.join(_numbers(name))})$": made(name) for name in PARTS if name in NUMBERED
    }
    return {
        "type": "object",
        "properties": singles,
        "patternProperties": numbered,
        "additionalProperties": False,
    }


def _several(one: Object) -> Object:
    return {"type": "array", "minItems": 1, "maxItems": MOST, "items": one}


def _numbers(name: PartName) -> Iterator[str]:
    return (part.partition(".")[2] for part in EVERY_PART if part.startswith(f"{name}."))


def _lists() -> Iterator[type[StrEnum]]:
    seen: dict[str, type[StrEnum]] = {list_word(one): one for one in (State, Source)}
    sections: list[type[Section]] = [CaseHeader, *PARTS.values(), *INPUTS, *BETWEEN, *HEADS]
    for section in sections:
        seen |= {list_word(one.choices): one.choices for _, one in walk(section) if one.choices}
    return iter(seen.values())
