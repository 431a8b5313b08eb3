"""Wrong programs. Each line marked `# refused:` must be refused by mypy and by pyright.

Nothing here is ever run. `test_must_fail.py` runs both type checkers over this file and demands an
error on every marked line and on no other, so that a door that is widened by mistake is noticed.
"""

from dataclasses import replace

from client.case import ConsentInput, PlaceInquiryInput, PoliceRequestInput
from client.consent import Consent
from client.draft import AttachedFile, ConsentedPackage, Draft
from client.handover import answer, dummy, hand_over, notify
from client.inquiry import InquiryId, PlaceAnswer, PlaceInquiry
from client.messages import PoliceContact, PoliceStatus
from client.notice import Asked, District, Keep, PoliceNotice, PoliceRequest, Review
from client.policelines import NoticeContent, RequestContent
from client.received import (
    ReceivedNotice,
    ReceivedPackage,
    ReceivedRefused,
    ReceivedRequest,
)
from client.reception import (
    OpenedRecord,
    Package,
    open_attachments,
    open_notice,
    open_record,
    release,
)
from client.sealed import Job, SealedEnvelope, Seat, To
from keys.address import Board, CellHash, MemberId, PackageId
from keys.blob import BlobKey, new_blob_key
from keys.calendar import Day, Instant
from keys.container import PartKey
from keys.epoch import EpochBatch
from keys.hpke import HpkePublic, HpkeSecret
from keys.identity import Identity, MachineKey, PublicIdentity
from keys.keystore import RowSealer
from keys.manifest import Accepted, Follows, PackageManifest
from keys.receipt import Receipt, ReleaseNote
from keys.roster import Member


def a_case_leaves_without_a_consent(
    draft: Draft, consent: Consent, said: ConsentInput, to: To, seat: Seat, job: Job
) -> None:
    """Ways around the consent."""
    hand_over(draft, to, seat, job)  # refused: a draft has no way out
    hand_over(draft.parts, to, seat, job)  # refused: nor have its parts
    hand_over(consent, to, seat, job)  # refused: a consent is not what it permits
    draft.hand_over(to)  # refused: a draft cannot send itself
    draft.encode()  # refused: nor become bytes
    answer(draft, to, seat)  # refused: nor be a message without content
    draft.consented(said, Accepted(b""), MemberId(b""), Day(0))  # refused: an answer is no consent
    draft.consented(None, Accepted(b""), MemberId(b""), Day(0))  # refused: no consent is none
    draft.consented(consent, None, MemberId(b""), Day(0))  # refused: unsolicited
    draft.consented(consent, Follows(b""), MemberId(b""), Day(0))  # refused: an update is none


def a_package_is_made_or_changed_by_hand(
    package: ConsentedPackage, draft: Draft, file: AttachedFile, centre: MemberId
) -> None:
    """Ways around the one maker."""
    ConsentedPackage(  # refused: no witness
        package.consent, package.prev, draft.parts, draft.files
    )
    ConsentedPackage(
        package.consent,
        package.prev,
        draft.parts,
        draft.files,
        witness=True,  # refused: not the witness
    )
    replace(package, parts=draft.parts)  # refused: a package cannot be copied with other content
    package.parts = draft.parts  # refused: nor be given other parts
    package.parts[next(iter(draft.parts))] = next(iter(draft.parts.values()))  # refused: nor more
    package.files[next(iter(draft.files))] = file  # refused: nor files
    package.recipient = centre  # refused: nor another addressee
    package.consent.recipient = centre  # refused: nor may its consent


def a_package_goes_elsewhere(
    package: ConsentedPackage, member: Member, district: District, seat: Seat, job: Job
) -> None:
    """Ways around the addressee."""
    hand_over(package, district, seat, job)  # refused: to a police district
    hand_over(package, member.member_id, seat, job)  # refused: to a bare id
    notify(package, district, EpochBatch.decode(b""), seat, job)  # refused: as a police notice
    answer(package, To(member, EpochBatch.decode(b"")), seat)  # refused: as a receipt


def the_police_are_told_more_or_others_are(  # noqa: PLR0917 - wrong programs need much
    request: PoliceRequest,
    content: RequestContent,
    read: NoticeContent,
    said: PoliceRequestInput,
    member: Member,
    district: District,
    keys: EpochBatch,
    seat: Seat,
    job: Job,
) -> None:
    """Ways around basis, approval and district."""
    notify(said, district, keys, seat, job)  # refused: what was written down is no request
    notify(content, district, keys, seat, job)  # refused: a received request goes no further
    notify(read, district, keys, seat, job)  # refused: nor does a received notice
    notify(request, member, keys, seat, job)  # refused: a roster entry is no district
    notify(request, member.member_id, keys, seat, job)  # refused: nor is an id
    District(member.member_id)  # refused: only a member becomes a district
    District("oslo")  # refused: nor does a name
    PoliceRequest(content)  # refused: no witness
    PoliceNotice(read, b"", member.member_id)  # refused: no witness
    PoliceRequest.from_input(said)  # refused: nobody approved it
    PoliceRequest.from_input(said, Asked(None, ()))  # refused: not said whether it is an emergency
    request.content.approvals = 2  # refused: approvals are not written in afterwards
    replace(request, content=content)  # refused: a request cannot be copied
    Review(request, b"", member.member_id)  # refused: a review is of what was received
    review = Review(content, b"", member.member_id)
    review.notice([Keep()], member, "", Day(0))  # refused: a roster entry is no district
    review.notice([said], district, "", Day(0))  # refused: a choice adds no lines


def a_centre_is_told_what_only_the_police_may_know(
    notice: PoliceNotice, read: NoticeContent, contact: PoliceContact, to: To, seat: Seat, job: Job
) -> None:
    """Ways from the police to a centre."""
    answer(notice, to, seat)  # refused: a notice is never an answer
    answer(read, to, seat)  # refused: nor is what it says
    hand_over(notice, to, seat, job)  # refused: nor a case
    PoliceStatus(PackageId(b""), "relayed to Vest", Day(0))  # refused: a status is a word of a list
    contact.centre  # refused: a contact knows no centre  # noqa: B018


def a_place_inquiry_asks_too_much(inquiry: PlaceInquiry, inquiry_id: InquiryId) -> None:
    """Ways to ask what must not decide."""
    PlaceInquiry(inquiry_id, municipality="0301")  # refused: it has no such field
    PlaceInquiryInput(municipality="0301")  # refused: nor has what is asked
    PlaceInquiryInput(unit="kvinneavdeling i Oslo")  # refused: and no free text
    inquiry.residence_status = "none"  # refused: nor can one be added
    inquiry.said.residence_status = "none"  # refused: nor to what is asked
    PlaceAnswer.no(inquiry_id, ["she has no permit"], PlaceAnswer)  # refused: nor a reason
    PlaceAnswer.no(inquiry_id, [])  # refused: a no suggests another place


def something_is_opened_that_may_not_be(  # noqa: PLR0917 - wrong programs need much
    refused: ReceivedRefused,
    received: ReceivedPackage,
    asked: ReceivedRequest,
    told: ReceivedNotice,
    manifest: PackageManifest,
    record: OpenedRecord,
    envelope: SealedEnvelope,
    package: Package,
    receipt: Receipt,
) -> None:
    """Ways around release and refusal."""
    refused.manifest  # refused: what a rule turned away has nothing to open  # noqa: B018
    received.parts  # refused: before it is released no part is known  # noqa: B018
    received.consent  # refused: nor what was consented to  # noqa: B018
    release(manifest, "ABCDE")  # refused: typed text is no code until it is read as one
    release(manifest, receipt)  # refused: a receipt releases nothing
    record.parts.clear()  # refused: what was opened is not changed
    open_record(envelope, b"", package, MemberId(b""), Day(0))  # refused: an envelope is no cell
    open_attachments(envelope, b"", package, None)  # refused: files without their record
    open_notice(told, b"", package)  # refused: a note is no cell
    asked.forward  # refused: no message has a way on  # noqa: B018


def a_key_is_taken_for_another(  # noqa: PLR0917 - one of each
    identity: Identity,
    machine: MachineKey,
    public: PublicIdentity,
    secret: HpkeSecret,
    sealer: RowSealer,
    member: Member,
    seat: Seat,
    keys: EpochBatch,
) -> None:
    """Ways to confuse the roles of keys."""
    Seat(member, public, 1, b"", Day(0))  # refused: a public key signs nothing
    Seat(member, secret, 1, b"", Day(0))  # refused: a receiving key signs nothing
    Seat(member, sealer, 1, b"", Day(0))  # refused: nor does a store key
    Seat(member, identity, 1, b"", Instant(0))  # refused: an instant is no day
    To(member, public)  # refused: an identity receives nothing
    To(member, member.member_id)  # refused: an id is no key
    To(keys, member)  # refused: the wrong way round
    dummy(Board.CENTRE, machine, seat)  # refused: a machine key receives nothing
    dummy("centre", keys, seat)  # refused: a text is no board
    ReleaseNote(PackageId(b""), b"", machine)  # refused: a machine key opens no blob
    part_key: PartKey = new_blob_key()  # refused: a blob's key is no part's
    blob_key: BlobKey = part_key.hex()  # refused: a text is no key
    receiving: HpkePublic = secret  # refused: a secret is not public
    cell: CellHash = member.member_id  # refused: a member is no cell
    package_id: PackageId = member.member_id  # refused: nor a package
    print(blob_key, receiving, cell, package_id)  # noqa: T201 - so that each is used
