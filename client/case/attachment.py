"""What is known of an attached file; the bytes travel apart.

This part knows a closed type, the part the file belongs to and the part whose consent covers it.
It refuses to know a path, and everything that the file says about where and when it was made: the
sender strips that when the file is added.
"""

from datetime import date
from enum import StrEnum

from client.case.answer import Part, Source
from client.case.part_id import PartId, PartName, PartRef
from client.case.text import FileName, Short


class AttachmentType(StrEnum):
    """What may be attached."""

    PERPETRATOR_PHOTO = "perpetrator_photo"
    COURT_DECISION = "court_decision"
    SAFETY_PLAN = "safety_plan"
    MEDICAL_NOTE = "medical_note"


class Attachment(Part):
    """Vedlegg. `consent_part` is the part it is shared with; by default the one it belongs to.

    `source` and `as_of` say who the file is from and when it was true: a picture grows old.
    """

    WORD = PartName.ATTACHMENT
    VERSION = 2

    type: AttachmentType
    belongs_to: PartRef
    consent_part: PartRef | None = None
    file: FileName
    description: Short | None = None
    source: Source | None = None
    as_of: date | None = None

    @property
    def shared_with(self) -> PartId:
        """The part whose consent covers this file."""
        return self.consent_part or self.belongs_to
