"""The threat picture: who, how near, how dangerous (the safety regulation § 4 a).

This part knows what is needed for safety. It refuses to be a journal: the history of violence has
280 characters.
"""

from datetime import date
from enum import StrEnum
from typing import Annotated

from client.case.answer import Answer, Flags, Part, Section
from client.case.numbers import Count, Year
from client.case.part_id import PartName
from client.case.text import Lines, Name, Short
from client.case.words import Level, Skill, YesNo


class Indicator(StrEnum):
    """Signs that weigh in every risk tool."""

    DEATH_THREATS = "death_threats"
    STRANGULATION = "strangulation"
    STALKING = "stalking"
    JEALOUSY = "jealousy"
    CONTROL = "control"
    ECONOMIC_VIOLENCE = "economic_violence"
    RECENT_SEPARATION = "recent_separation"
    PREGNANCY = "pregnancy"
    VIOLENCE_TO_CHILDREN = "violence_to_children"
    VIOLENCE_TO_ANIMALS = "violence_to_animals"
    SUICIDE_THREATS = "suicide_threats"
    ABDUCTION = "abduction"
    FORCED_MARRIAGE = "forced_marriage"
    HONOUR_MOTIVE = "honour_motive"


class ViolenceType(StrEnum):
    """Kinds of violence. Never asked for, sorted by or shown before the person has come."""

    PHYSICAL = "physical"
    PSYCHOLOGICAL = "psychological"
    SEXUAL = "sexual"
    ECONOMIC = "economic"
    MATERIAL = "material"
    DIGITAL = "digital"
    CONTROL = "control"
    TRAFFICKING = "trafficking"


class RiskToolName(StrEnum):
    """Structured tools that the police use."""

    SARA_SV = "sara_sv"
    PATRIARK = "patriark"
    OTHER = "other"


class RiskTool(Section):
    """A structured assessment: which, by whom, when, and what it came to."""

    tool: Answer[RiskToolName] | None = None
    done_by: Answer[Name] | None = None
    done_on: Answer[date] | None = None
    level: Answer[Level] | None = None


class Uttered(Section):
    """One threat: the words, the day and whom they were said to."""

    words: Answer[Short] | None = None
    said_on: Answer[date] | None = None
    said_to: Answer[Name] | None = None


class Perpetrator(Section):
    """One who uses violence, or leads those who do."""

    name: Annotated[Answer[Name] | None, Flags("S9")] = None
    birth_year: Annotated[Answer[Year] | None, Flags("S9")] = None
    relation: Annotated[Answer[Name] | None, Flags("S9")] = None
    description: Annotated[Answer[Short] | None, Flags("AS")] = None
    photo_attachment: Annotated[Answer[Count] | None, Flags("AS")] = None
    vehicles: Annotated[Answer[Lines] | None, Flags("AS")] = None
    whereabouts: Annotated[Answer[Short] | None, Flags("S")] = None
    travel_ability: Annotated[Answer[YesNo] | None, Flags("S")] = None
    helpers: Annotated[Answer[Lines] | None, Flags("S")] = None
    weapons: Annotated[Answer[YesNo] | None, Flags("S")] = None
    substance: Annotated[Answer[Short] | None, Flags("S9")] = None
    mental_health: Annotated[Answer[Short] | None, Flags("S9")] = None
    convictions: Annotated[Answer[Short] | None, Flags("S9")] = None
    breaches: Annotated[Answer[Short] | None, Flags("S9")] = None
    tech_skill: Annotated[Answer[Skill] | None, Flags("AS")] = None
    register_access: Annotated[Answer[YesNo] | None, Flags("AS")] = None


class Threat(Part):
    """Trusselbilde."""

    WORD = PartName.THREAT
    VERSION = 2

    perpetrators: tuple[Perpetrator, ...] = ()
    knows_user_left: Annotated[Answer[YesNo] | None, Flags("AS")] = None
    knows_centre: Annotated[Answer[YesNo] | None, Flags("AS")] = None
    worst_fear: Annotated[Answer[Short] | None, Flags("S")] = None
    threats_made: Annotated[tuple[Uttered, ...], Flags("S")] = ()
    escalation: Annotated[Answer[YesNo] | None, Flags("S")] = None
    indicators: Annotated[Answer[tuple[Indicator, ...]] | None, Flags("S9")] = None
    violence_types: Annotated[Answer[tuple[ViolenceType, ...]] | None, Flags("X9")] = None
    honour_related: Annotated[Answer[Short] | None, Flags("S9")] = None
    violence_history_short: Annotated[Answer[Short] | None, Flags("9–")] = None
    risk_tool: Annotated[RiskTool | None, Flags("S")] = None
    risk_tool_result_by_police: Annotated[Answer[Level] | None, Flags("S")] = None
    overall_level: Annotated[Answer[Level] | None, Flags("AS")] = None
    change_triggers: Annotated[Answer[Lines] | None, Flags("S")] = None
