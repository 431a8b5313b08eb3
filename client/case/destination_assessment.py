"""Whether the new place is safe for exactly this person.

This part knows what the police at the destination said *before* the move, and who might look
there. It refuses to know the centre's address: the directory has it.
"""

from enum import StrEnum
from typing import Annotated

from client.case.answer import Answer, Flags, Part
from client.case.numbers import Moment
from client.case.part_id import PartName
from client.case.text import Line, Lines, Long, Name, Short, Shorts
from client.case.words import District, YesNo


class Conclusion(StrEnum):
    """Safe for exactly this person?"""

    SAFE = "safe"
    IN_DOUBT = "in_doubt"
    NOT_SAFE = "not_safe"


class DistrictAnswer(StrEnum):
    """What the own district answers when it has asked the police at the destination."""

    CONTACTED_NO_KNOWN_LINKS = "contacted_no_known_links"
    CONTACTED_ADVISE_AGAINST = "contacted_advise_against"
    CONTACTED_WILL_CALL = "contacted_will_call"
    COULD_NOT_CONTACT = "could_not_contact"


class DestinationAssessment(Part):
    """Vurdering av nytt sted."""

    WORD = PartName.DESTINATION_ASSESSMENT
    VERSION = 2

    centre_id: Annotated[Answer[Line] | None, Flags("S")] = None
    police_district_id: Annotated[Answer[District] | None, Flags("S")] = None
    dest_police_contacted_at: Annotated[Answer[Moment] | None, Flags("S")] = None
    contact_role: Annotated[Answer[Name] | None, Flags("S")] = None
    channel: Annotated[Answer[Name] | None, Flags("S")] = None
    own_district_answer: Annotated[Answer[DistrictAnswer] | None, Flags("S")] = None
    dest_police_view: Annotated[Answer[Long] | None, Flags("S")] = None
    perp_links_to_area: Annotated[Answer[Lines] | None, Flags("S")] = None
    user_links_to_area: Annotated[Answer[Lines] | None, Flags("S")] = None
    community_exposure: Annotated[Answer[Short] | None, Flags("S9")] = None
    distance_ok: Annotated[Answer[YesNo] | None, Flags("S")] = None
    transport_risk: Annotated[Answer[Short] | None, Flags("S")] = None
    centre_fits: Answer[YesNo] | None = None
    rejected_alternatives: Answer[Shorts] | None = None
    conclusion: Annotated[Answer[Conclusion] | None, Flags("S")] = None
    decided_by: Annotated[Answer[Line] | None, Flags("S")] = None
