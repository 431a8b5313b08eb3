"""Strict YAML: text to a tree of texts, lists and maps, and back.

This file knows the small part of YAML that a case needs. Every plain word stays text, so that
«no» is a language and not a false, and the questions decide what a text means. It refuses anchors,
aliases, tags and directives (which can hide or multiply), a key said twice, a second document,
depth and bulk. It refuses to know a single question.
"""

from collections.abc import Iterator
from typing import Final, Protocol, TypeAlias, cast

import yaml

from client.refusals import NotYaml, YamlTrick
from keys.errors import DuplicateKey, OverLong

Node: TypeAlias = "str | list[Node] | dict[str, Node] | None"

LIMIT: Final = 1 << 20
"""The longest file, in bytes of UTF-8."""
DEPTH: Final = 12
"""The deepest nesting of lists and maps."""

WIDTH: Final = 90
"""Where written lines are folded, in characters."""

_NULL: Final = "tag:yaml.org,2002:null"
_EMPTY: Final = frozenset({"", "~", "null", "Null", "NULL"})


def parse(data: bytes | str) -> Node:
    """Read one document.

    Raises:
        OverLong: more than `LIMIT` bytes, or nested deeper than `DEPTH`.
        DuplicateKey: a map says a key twice.
        YamlTrick: an anchor, alias, tag, directive, second document or a key that is no word.
        NotYaml: anything else that is not one YAML document in UTF-8.
    """
    text = _text(data)
    try:
        return _Builder(text).document()
    except yaml.MarkedYAMLError as error:
        raise NotYaml(line=_line(error.problem_mark)) from None
    # ValueError and OverflowError: an escape for a character that Unicode does not have.
    except (yaml.YAMLError, ValueError, OverflowError):
        raise NotYaml(line=0) from None


def write(tree: Node) -> str:
    """Return `tree` as YAML that `parse` reads back unchanged."""
    return yaml.dump(
        tree,
        Dumper=_Dumper,
        allow_unicode=True,
        default_flow_style=False,
        sort_keys=False,
        width=WIDTH,
    )


class _Place(Protocol):
    """Where in the file: PyYAML has two classes for it, and no common one."""

    @property
    def line(self) -> int: ...


class _Dumper(yaml.SafeDumper):
    """Quotes only what `parse` would otherwise take for nothing: there are no other types."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - PyYAML's own class attribute
        first: [(tag, pattern) for tag, pattern in pairs if tag == _NULL]
        for first, pairs in yaml.SafeDumper.yaml_implicit_resolvers.items()
    }

    def ignore_aliases(self, data: object) -> bool:
        """Write a list twice rather than name it once."""
        del data
        return True


def _escaped(_dumper: _Dumper, data: str) -> yaml.ScalarNode:
    """Escape a next-line sign: unescaped, between quotes, it is read back as a space."""
    style = '"' if "\x85" in data else None
    return yaml.ScalarNode("tag:yaml.org,2002:str", data, style=style)


_Dumper.add_representer(str, _escaped)


class _Builder:
    """Turns the events of libyaml, which PyYAML carries, into a tree, refusing on the way."""

    def __init__(self, text: str) -> None:
        self._events = yaml.parse(text, Loader=yaml.CSafeLoader)

    def document(self) -> Node:
        """Read the whole stream: at most one document."""
        next(self._events)  # the stream begins
        start = next(self._events)
        if isinstance(start, yaml.StreamEndEvent):
            return None
        if isinstance(start, yaml.DocumentStartEvent) and (start.version or start.tags):
            raise YamlTrick(line=_line(start.start_mark))
        tree = self._node(next(self._events), 0)
        next(self._events)  # the document ends
        after = next(self._events)
        if not isinstance(after, yaml.StreamEndEvent):
            raise YamlTrick(line=_line(after.start_mark))
        return tree

    def _node(self, event: yaml.Event, depth: int) -> Node:
        line = _line(event.start_mark)
        if depth > DEPTH:
            raise OverLong(limit=DEPTH)
        if getattr(event, "anchor", None) is not None or getattr(event, "tag", None) is not None:
            raise YamlTrick(line=line)
        if isinstance(event, yaml.SequenceStartEvent):
            return [self._node(item, depth + 1) for item in self._until(yaml.SequenceEndEvent)]
        if isinstance(event, yaml.MappingStartEvent):
            return self._map(depth)
        scalar = cast("yaml.ScalarEvent", event)
        return None if scalar.implicit[0] and scalar.value in _EMPTY else scalar.value

    def _map(self, depth: int) -> dict[str, Node]:
        made: dict[str, Node] = {}
        for event in self._until(yaml.MappingEndEvent):
            key = self._node(event, depth + 1)
            if not isinstance(key, str):
                raise YamlTrick(line=_line(event.start_mark))
            if key in made:
                raise DuplicateKey(line=_line(event.start_mark))
            made[key] = self._node(next(self._events), depth + 1)
        return made

    def _until(self, end: type[yaml.Event]) -> Iterator[yaml.Event]:
        for event in self._events:
            if isinstance(event, end):
                return
            yield event


def _text(data: bytes | str) -> str:
    if isinstance(data, str):
        # Four bytes a character is the most that UTF-8 takes: no need to encode a huge text.
        if len(data) > LIMIT or len(data.encode("utf-8", "surrogatepass")) > LIMIT:
            raise OverLong(limit=LIMIT)
        return data
    if len(data) > LIMIT:
        raise OverLong(limit=LIMIT)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NotYaml(line=data.count(b"\n", 0, error.start) + 1) from None


def _line(mark: _Place | None) -> int:
    return 0 if mark is None else mark.line + 1
