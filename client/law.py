"""Which provisions of law the product refers to, as data with a version and a day.

This file knows ids, and which closed words rest on which provision. The wording is in the
catalogues (`law.<id>`), so that a change of law is a change of a table. It refuses to hold what is
not known for certain: a provision whose number nobody has confirmed is not here.
"""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from client.case.consent import ConfidentialityBasis
from client.case.police_request import PoliceBasis

VERSION: Final = 2
"""Raised whenever a provision is added, removed or renumbered."""

AS_OF: Final = date(2026, 11, 1)
"""The month that the table was last compared with the law."""


class Provision(StrEnum):
    """A provision that the product refers to."""

    CRISIS_CENTRE_ACT_5 = "crisis_centre_act_5"
    PUBLIC_ADMINISTRATION_ACT_13A = "public_administration_act_13a"
    PENAL_CODE_196 = "penal_code_196"
    SAFETY_REGULATION_4 = "safety_regulation_4"
    GDPR_7 = "gdpr_7"
    GDPR_9 = "gdpr_9"
    GDPR_33 = "gdpr_33"
    GDPR_34 = "gdpr_34"


RESTS_ON: Final[Mapping[StrEnum, Provision]] = MappingProxyType(
    {
        ConfidentialityBasis.CONSENT: Provision.PUBLIC_ADMINISTRATION_ACT_13A,
        PoliceBasis.KL5_DANGER: Provision.CRISIS_CENTRE_ACT_5,
        PoliceBasis.STRL196: Provision.PENAL_CODE_196,
    }
)
"""The words of closed lists whose labels name a provision, and which."""


def law_msgid(provision: Provision) -> str:
    """Return the message id of a provision's wording."""
    return f"law.{provision}"
