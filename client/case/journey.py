"""The way there and the first door.

This part knows who drives and when to expect somebody. It refuses to hold the address, and its
label says so.
"""

from enum import StrEnum
from typing import Annotated

from client.case.answer import Answer, Flags, Part
from client.case.numbers import Moment
from client.case.part_id import PartName
from client.case.text import Line, Lines, Short


class Driver(StrEnum):
    """Who brings the person."""

    POLICE = "police"
    TAXI = "taxi"
    STAFF = "staff"
    SELF = "self"
    OTHER = "other"


class PhoneOnTheWay(StrEnum):
    """What the phone does on the way."""

    ON = "on"
    OFF = "off"
    FLIGHT_MODE = "flight_mode"
    LEFT_BEHIND = "left_behind"


class Journey(Part):
    """Reise og ankomst."""

    WORD = PartName.JOURNEY
    VERSION = 2

    driver: Annotated[Answer[Driver] | None, Flags("AS")] = None
    route_risk: Annotated[Answer[Short] | None, Flags("AS")] = None
    arrival_from: Annotated[Answer[Moment] | None, Flags("AS")] = None
    arrival_until: Annotated[Answer[Moment] | None, Flags("AS")] = None
    meeting_point: Annotated[Answer[Line] | None, Flags("AS")] = None
    person_is_told: Annotated[Answer[Short] | None, Flags("AS")] = None
    if_not_arrived: Annotated[Answer[Lines] | None, Flags("AS")] = None
    phone: Annotated[Answer[PhoneOnTheWay] | None, Flags("AS")] = None
