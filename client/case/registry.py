"""All parts by name, and each part's bytes.

This file knows which class a part id stands for and the one encoding of a part:
`[part id, version, {field: …}]` in the strict msgpack of `keys.wire`. There is one encoding of a
part and no other is read. It refuses to know how the bytes are sealed.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, cast

from client.case.answer import Part
from client.case.attachment import Attachment
from client.case.checking import checked
from client.case.child import Child
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
from client.case.practical import Practical
from client.case.protection import Protection
from client.case.residence import Residence
from client.case.safety_plan import SafetyPlan
from client.case.sender import Sender
from client.case.threat import Threat
from client.case.trafficking import Trafficking
from client.case.validity import Validity
from keys.errors import Refused, UnknownVersion, WrongShape
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

HIDDEN: Final = frozenset({PartName.RESIDENCE, PartName.TRAFFICKING})
"""Parts that never stand on the arrival card and never weigh in a question of place."""

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
        UnknownVersion: a newer or foreign version of the part.
        UnknownField: a field that this version does not have.
        WrongShape: anything else that `encode_part` would not have written.
        NotMsgpack, TrailingBytes, DuplicateKey, ForbiddenType, OverLong: see `keys.wire.unpack`.
    """
    kind = PARTS[name_of(part_id)]
    match unpack(data):
        case [str(tag), int(version), dict(body)] if tag == part_id:
            if version != kind.VERSION:
                raise UnknownVersion(part=part_id)
        case _:
            raise WrongShape(part=part_id)
    try:
        part = checked(kind, body, part_id)
    except Refused as slip:
        raise WrongShape(field=slip.facts["field"]) from None
    # pydantic is lenient («7» for 7); an encoding that is not our own is not read at all.
    if encode_part(part_id, part) != data:
        raise WrongShape(part=part_id)
    return part
