"""All parts by name, and each part's bytes.

This file knows which class a part id stands for and the one encoding of a part:
`[part id, version, {field: …}]` in the strict msgpack of `keys.wire`. There is one encoding of
each version of a part, and no other is read. It refuses to know how the bytes are sealed.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, cast

from client.case.answer import Part
from client.case.attachment import Attachment
from client.case.checking import checked
from client.case.child import Child
from client.case.consent import ConsentInput
from client.case.destination_assessment import DestinationAssessment
from client.case.digital_safety import DigitalSafety
from client.case.follow_up import FollowUp
from client.case.health_access import HealthAccess
from client.case.history import History
from client.case.joint_assessment import JointAssessment
from client.case.journey import Journey
from client.case.move_assessment import MoveAssessment
from client.case.part_id import PartId, PartName, name_of
from client.case.person import Person
from client.case.place_answer import PlaceAnswerInput
from client.case.place_inquiry import PlaceInquiryInput
from client.case.police_request import PoliceRequestInput
from client.case.practical import Practical
from client.case.protection import Protection
from client.case.residence import Residence
from client.case.safety_plan import SafetyPlan
from client.case.sender import Sender
from client.case.threat import Threat
from client.case.trafficking import Trafficking
from client.case.upgrades import upgraded
from client.case.validity import Validity
from client.refusals import NewerPart
from keys.errors import Refused, WrongShape
from keys.wire import Packable, pack, unpack

PARTS: Final[Mapping[PartName, type[Part]]] = MappingProxyType(
    {
        PartName(part.WORD): part
        for part in (
            MoveAssessment,
            JointAssessment,
            DestinationAssessment,
            Person,
            Threat,
            Protection,
            SafetyPlan,
            DigitalSafety,
            Child,
            HealthAccess,
            Practical,
            Residence,
            Trafficking,
            History,
            FollowUp,
            Journey,
            Attachment,
            Sender,
            Validity,
        )
    }
)
"""Every part, in the fixed order of `PartName`."""

INPUTS: Final = (PlaceInquiryInput, ConsentInput, PoliceRequestInput)
"""What stands in a case beside its parts: the inquiry, the consent and the police request."""

BETWEEN: Final = (PlaceAnswerInput,)
"""What one centre tells another, and no case holds: the answer about a place."""

HIDDEN: Final = frozenset({PartName.RESIDENCE, PartName.TRAFFICKING})
"""Parts that never stand on the arrival card and never weigh in a question of place."""

BANNER: Final = "banner.residence"
"""What stands over a hidden part wherever it is shown: it never affects the place."""

AFRESH: Final = frozenset(
    {
        PartName.MOVE_ASSESSMENT,
        PartName.JOINT_ASSESSMENT,
        PartName.DESTINATION_ASSESSMENT,
        PartName.JOURNEY,
        PartName.SENDER,
        PartName.VALIDITY,
    }
)
"""Parts that belong to one move and are written anew for the next."""
WITHOUT_CASE: Final = frozenset({PartName.SENDER, PartName.VALIDITY})
"""Parts that hold nothing about the person: nobody is asked to consent to them."""


def encode_part(part_id: PartId, part: Part) -> bytes:
    """Return the bytes of `part` under its id.

    Raises:
        WrongShape: `part` is not of the kind that `part_id` names.
    """
    if not isinstance(part, PARTS[name_of(part_id)]):
        raise WrongShape(field="part_id")
    body = cast("dict[str, Packable]", part.model_dump(mode="json", exclude_none=True))
    return pack([part_id, part.VERSION, body])


def decode_part(part_id: PartId, data: bytes) -> Part:
    """Read the bytes of one part.

    Raises:
        NewerPart: a later program wrote it; nothing is lost by waiting for an update.
        UnknownField: a field that its version does not have.
        WrongShape: anything else that `encode_part` would not have written.
        NotMsgpack, TrailingBytes, DuplicateKey, ForbiddenType, OverLong: see `keys.wire.unpack`.
    """
    name = name_of(part_id)
    kind = PARTS[name]
    match unpack(data):
        case [str(tag), int(version), dict(body)] if tag == part_id and _counts(version):
            if version > kind.VERSION:
                raise NewerPart(part=part_id)
        case _:
            raise WrongShape(part=part_id)
    if pack([part_id, version, body]) != data:
        raise WrongShape(part=part_id)
    newest = upgraded(name, version, body)
    try:
        part = checked(kind, newest, part_id)
    except Refused as slip:
        raise WrongShape(field=slip.facts["field"]) from None
    # pydantic is lenient («7» for 7); an encoding that is not our own is not read at all.
    if encode_part(part_id, part) != pack([part_id, kind.VERSION, newest]):
        raise WrongShape(part=part_id)
    return part


def _counts(version: int) -> bool:
    """Tell whether this is a version's number; to a match, `True` is a number too."""
    return version is not True and version > 0
