"""Health and access: what must be in place from the first hour.

This part knows needs. It refuses to know diagnoses, and no need ever weakens the place.
"""

from typing import Annotated

from client.case.answer import Answer, Flags, Part
from client.case.part_id import PartName
from client.case.text import Lines, Short
from client.case.words import YesNo


class HealthAccess(Part):
    """Helse og tilrettelegging."""

    WORD = PartName.HEALTH_ACCESS

    mobility: Annotated[Answer[Short] | None, Flags("A9")] = None
    hearing: Annotated[Answer[Short] | None, Flags("A9")] = None
    vision: Annotated[Answer[Short] | None, Flags("A9")] = None
    cognition: Annotated[Answer[Short] | None, Flags("A9")] = None
    allergy: Annotated[Answer[Short] | None, Flags("A9")] = None
    medication_due_72h: Annotated[Answer[Short] | None, Flags("A9")] = None
    pregnancy: Annotated[Answer[YesNo] | None, Flags("A9")] = None
    assistance: Annotated[Answer[Short] | None, Flags("A9")] = None
    equipment_to_bring: Annotated[Answer[Lines] | None, Flags("A9")] = None
    support_agreed: Annotated[Answer[Short] | None, Flags("A9")] = None
