"""A case: the mapping of one person's situation, part by part.

One declaration per question feeds the check, the labels (`client/locale`), the arrival card and
docs/reference/parts.md. Which parts exist is `PARTS`. This package knows no consent and no
addressee: a case has no way out of here.
"""

from client.case.answer import MOST, Answer, Flag, Part, Section, Source, State
from client.case.consent import ConsentInput, Decision, Release
from client.case.part_id import (
    EVERY_PART,
    NUMBERED,
    PartId,
    PartName,
    name_of,
    number_of,
    order_of,
    parse_part_id,
    part_id,
)
from client.case.place_answer import PlaceAnswerInput
from client.case.place_inquiry import PlaceInquiryInput
from client.case.police_request import PoliceBasis, PoliceLine, PoliceRequestInput
from client.case.registry import (
    AFRESH,
    BANNER,
    BETWEEN,
    HIDDEN,
    INPUTS,
    PARTS,
    WITHOUT_CASE,
    decode_part,
    encode_part,
)

__all__ = [
    "AFRESH",
    "BANNER",
    "BETWEEN",
    "EVERY_PART",
    "HIDDEN",
    "INPUTS",
    "MOST",
    "NUMBERED",
    "PARTS",
    "WITHOUT_CASE",
    "Answer",
    "ConsentInput",
    "Decision",
    "Flag",
    "Part",
    "PartId",
    "PartName",
    "PlaceAnswerInput",
    "PlaceInquiryInput",
    "PoliceBasis",
    "PoliceLine",
    "PoliceRequestInput",
    "Release",
    "Section",
    "Source",
    "State",
    "decode_part",
    "encode_part",
    "name_of",
    "number_of",
    "order_of",
    "parse_part_id",
    "part_id",
]
