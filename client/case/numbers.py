"""Counts, years and moments: the plain values that are no text.

This file knows their bounds. It refuses to know a day of birth, and time zones: a moment is the
local Norwegian time on the wall, to the minute.
"""

from datetime import datetime
from typing import Annotated, Final, TypeAlias

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError


def _on_the_wall(moment: datetime) -> datetime:
    if moment.tzinfo is not None or moment.second or moment.microsecond:
        raise PydanticCustomError("wrong_answer", "a local time, to the minute")
    return moment


MOST_COUNTED: Final = 999
"""The largest count."""

Count: TypeAlias = Annotated[int, Field(ge=0, le=MOST_COUNTED)]
"""How many: adults, nights, years of a child, the number of a move."""

Year: TypeAlias = Annotated[int, Field(ge=1900, le=2100)]
"""A year of birth; a day of birth is never asked for."""

Moment: TypeAlias = Annotated[datetime, AfterValidator(_on_the_wall)]
"""A date and a time of day in Norway."""
