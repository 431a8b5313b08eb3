"""Residence, so that deadlines are kept. It must never touch the place.

Everything here is hidden until the person has come, and never stands on the arrival card. The
banner over it is `banner.residence`. This part refuses to be a condition: no field is required,
and an empty one is never remarked on.
"""

from enum import StrEnum
from typing import Annotated

from client.case.answer import Answer, Flags, Part
from client.case.part_id import PartName
from client.case.text import Line, Shorts


class ResidenceStatus(StrEnum):
    """On what ground somebody stays in the country; unknown and not asked are states."""

    CITIZEN = "citizen"
    PERMIT = "permit"
    FAMILY_PERMIT = "family_permit"
    ABUSE_PROVISION = "abuse_provision"
    ASYLUM = "asylum"
    REFLECTION_PERIOD = "reflection_period"
    NONE = "none"


class Residence(Part):
    """Opphold."""

    WORD = PartName.RESIDENCE

    status: Annotated[Answer[ResidenceStatus] | None, Flags("X9")] = None
    deadlines: Annotated[Answer[Shorts] | None, Flags("X9")] = None
    lawyer: Annotated[Answer[Line] | None, Flags("X9")] = None
    authority_contact: Annotated[Answer[Line] | None, Flags("X9")] = None
