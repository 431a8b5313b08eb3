"""From plain values to a section, or to one refusal that names the field and nothing else.

pydantic's own errors quote what they refuse, so none of them leaves this file. It refuses to know
where the values came from.
"""

from collections.abc import Sequence
from typing import Final, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from client.case.answer import Section
from client.refusals import (
    MissingAnswer,
    NationalId,
    OddCharacter,
    TextTooLong,
    TooMany,
    UnknownWord,
    WrongAnswer,
)
from keys.errors import Refusal, UnknownField

S = TypeVar("S", bound=Section)

PATH: Final = 80
"""The longest field path a refusal carries, in characters."""

_PLAIN: Final[dict[str, type[Refusal]]] = {
    "extra_forbidden": UnknownField,
    "enum": UnknownWord,
    "unknown_word": UnknownWord,
    "missing": MissingAnswer,
    "national_id": NationalId,
    "odd_character": OddCharacter,
}
_LIMITED: Final[dict[str, type[Refusal]]] = {"text_too_long": TextTooLong, "too_many": TooMany}


def checked(model: type[S], values: object, path: str) -> S:
    """Return `values` as a `model`; `path` is where it stands, such as `child.1`.

    Raises:
        UnknownField: a field that `model` lacks; the refusal names the section it stood in.
        UnknownWord, MissingAnswer, NationalId, OddCharacter, TextTooLong, TooMany, WrongAnswer:
            of `client.refusals`, naming the field.
    """
    try:
        return model.model_validate(values)
    except ValidationError as errors:
        first = errors.errors(include_url=False, include_input=False)[0]
    raise _refusal(first, path)


def join(path: str, *more: int | str) -> str:
    """Return a field path: names joined by dots, list places counted from 1."""
    steps = (str(step + 1) if isinstance(step, int) else step for step in more)
    return ".".join((path, *steps))[:PATH]


def _refusal(error: ErrorDetails, path: str) -> Refusal:
    kind = error["type"]
    # The last step of an unknown field is what somebody wrote: it is left out.
    steps = error["loc"][:-1] if kind == "extra_forbidden" else error["loc"]
    field = join(path, *_named(steps))
    if kind in _LIMITED:
        limit = error.get("ctx", {}).get("limit", 0)
        return _LIMITED[kind](field=field, limit=limit)
    return _PLAIN.get(kind, WrongAnswer)(field=field)


def _named(steps: Sequence[int | str]) -> tuple[int | str, ...]:
    """Leave out the answer's own inner name: people asked about a field, not about its value.

    An answer stands in a field, so its `value` is never the first step.
    """
    return (*steps[:1], *(step for step in steps[1:] if step != "value"))
