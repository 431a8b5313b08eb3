"""Closed lists of words that more than one part uses.

This file knows ids, in English. It refuses to know how they are said: each has a label in every
language under `choice.<list>.<id>`, and a file may use the id or any label.
"""

from enum import StrEnum


class YesNo(StrEnum):
    """A plain answer; «unknown» and «not asked» are states of the answer itself."""

    YES = "yes"
    NO = "no"


class Level(StrEnum):
    """How dangerous it is, all in all."""

    MODERATE = "moderate"
    HIGH = "high"
    VERY_HIGH = "very_high"


class Skill(StrEnum):
    """How much somebody can do with phones and computers."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class AddressBlock(StrEnum):
    """Protection of an address in the population register."""

    NONE = "none"
    APPLIED = "applied"
    CONFIDENTIAL = "confidential"
    STRICTLY_CONFIDENTIAL = "strictly_confidential"


class District(StrEnum):
    """The police districts. Chosen, never derived from a municipality."""

    OSLO = "oslo"
    OST = "ost"
    INNLANDET = "innlandet"
    SOROST = "sorost"
    AGDER = "agder"
    SORVEST = "sorvest"
    VEST = "vest"
    MOREOGROMSDAL = "moreogromsdal"
    TRONDELAG = "trondelag"
    NORDLAND = "nordland"
    TROMS = "troms"
    FINNMARK = "finnmark"


class AgeBand(StrEnum):
    """A child's age where the child must not be recognised."""

    A0_2 = "0-2"
    A3_5 = "3-5"
    A6_9 = "6-9"
    A10_12 = "10-12"
    A13_17 = "13-17"


class CallBack(StrEnum):
    """How to ring back: never a number that came with a message."""

    DIRECTORY_NUMBER = "directory_number"
