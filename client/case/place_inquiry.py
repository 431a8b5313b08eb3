"""What a place inquiry may ask: counts, needs and days, and nothing about the person.

This section is closed. It refuses, by having no such field and no free text, a name, a
municipality, citizenship, residence, kind of violence, relation, religion, who pays and consent.
"""

from datetime import date
from enum import StrEnum

from client.case.answer import Section
from client.case.numbers import Count
from client.case.spoken import Spoken
from client.case.words import AgeBand, CallBack, YesNo


class Unit(StrEnum):
    """The unit that the person chooses."""

    WOMENS_UNIT = "womens_unit"
    MENS_UNIT = "mens_unit"
    OWN_UNIT = "own_unit"


class AccessNeed(StrEnum):
    """What the place must have; a need, never a diagnosis."""

    WHEELCHAIR = "wheelchair"
    HEARING_LOOP = "hearing_loop"
    ASSISTANT = "assistant"
    GUIDE_DOG = "guide_dog"
    VISUAL_ALARM = "visual_alarm"
    LIFT = "lift"
    ADAPTED_BATHROOM = "adapted_bathroom"
    QUIET_ROOM = "quiet_room"
    ALLERGY_FRIENDLY = "allergy_friendly"
    SUBSTANCE_SUPPORT = "substance_support"
    MENTAL_HEALTH_SUPPORT = "mental_health_support"


class Pet(StrEnum):
    """Animals that come along."""

    DOG = "dog"
    CAT = "cat"
    SMALL_ANIMAL = "small_animal"
    OTHER = "other"


class AvoidArea(StrEnum):
    """That some area must be avoided is said on the phone; which one is never written."""

    WE_WILL_PHONE = "we_will_phone"


class PlaceInquiryInput(Section):
    """Plassforespørsel, as written in a case file; client/inquiry.py sends it as it is."""

    WORD = "place_inquiry"

    adults_count: Count | None = None
    children_ages: tuple[AgeBand, ...] = ()
    unit: Unit | None = None
    from_when: date | None = None
    nights_est: Count | None = None
    access_needs: tuple[AccessNeed, ...] = ()
    interpreter_languages: tuple[Spoken, ...] = ()
    pets: tuple[Pet, ...] = ()
    separate_unit_wanted: YesNo | None = None
    avoid_area_code: AvoidArea | None = None
    night_arrival: YesNo | None = None
    callback_via: CallBack | None = None
