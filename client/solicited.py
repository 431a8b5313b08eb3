"""Whether a believed note is one that this member has reason to take: the rules of the door in.

This file knows what each kind must fit (CONSENT C-9): a package fits a yes that was given, a
receipt something that was sent, a withdrawal something that came. It refuses to look anything up
and to open anything: what this member remembers, and the opened note, are arguments.
"""

from typing import Final

from client.draft import check_phone
from client.inquiry import PlaceAnswer, PlaceInquiry, check_suggestion
from client.messages import (
    PoliceContact,
    PoliceStatus,
    PoliceViewAnswer,
    PoliceWithdrawal,
    StatusWord,
    Withdrawal,
)
from client.outgoing import FATES, known_by
from client.received import (
    Came,
    Held,
    Known,
    Received,
    ReceivedAnswer,
    ReceivedContact,
    ReceivedDummy,
    ReceivedInquiry,
    ReceivedNotice,
    ReceivedPackage,
    ReceivedPoliceWithdrawal,
    ReceivedReceipt,
    ReceivedRefused,
    ReceivedRelease,
    ReceivedRequest,
    ReceivedStatus,
    ReceivedUpdate,
    ReceivedViewAnswer,
    ReceivedWithdrawal,
)
from client.refusals import ConsentWithdrawn, NotYours, Unsolicited, WrongAnswer, WrongDistrict
from keys.address import MemberId, PackageId
from keys.body import Kind
from keys.calendar import Day
from keys.errors import Refusal, Replayed, WrongShape
from keys.manifest import Accepted, AgreedByPhone, Follows, Manifest, PackageManifest
from keys.receipt import Receipt, ReceiptStatus, ReleaseNote

ASKED: Final = frozenset({Kind.POLICE_REQUEST, Kind.POLICE_VIEW_REQUEST})
"""What a centre asks of its own district."""
TURNED_AWAY: Final = (Unsolicited, NotYours, WrongDistrict, ConsentWithdrawn)
"""What `read` raises when a rule says no to a note that is otherwise in order."""


def read(came: Came, raw: bytes, manifest: Manifest, known: Known, me: MemberId) -> Received:
    """Return what an opened note is, when this member has reason to take it (C-9).

    Args:
        came: what is known of it whatever it says.
        raw: its manifest's bytes.
        manifest: the same, where the lowest floor reads that kind.
        known: what this member remembers.
        me: this member.

    Raises:
        Unsolicited: it answers nothing that was asked for, promised or sent.
        NotYours: it speaks of a package that is not between the sender and this member.
        WrongDistrict: a request from a centre whose district this is not.
        ConsentWithdrawn: a package that was taken back before it came.
        Replayed: a package under the id of another that came or was sent.
        Malformed: its manifest has not its form.
    """
    if came.kind is Kind.DUMMY:
        if raw:
            raise WrongShape(field="dummy")
        return ReceivedDummy(came)
    if came.sender.member_id == me:
        raise Unsolicited
    if isinstance(manifest, PackageManifest):
        return _package(came, manifest, known, me)
    if isinstance(manifest, Receipt):
        _check_receipt(came, manifest, known)
        return ReceivedReceipt(came, manifest)
    if isinstance(manifest, ReleaseNote):
        _check_taken(came, known, manifest.package_id, manifest.manifest_hash)
        return ReceivedRelease(came, manifest)
    return _message(came, raw, known, me)


def turned_away(came: Came, manifest: Manifest, refusal: Refusal, today: Day) -> ReceivedRefused:
    """Return a note that a rule said no to, with what its sender is told (C-9.7)."""
    if not isinstance(manifest, PackageManifest):
        return ReceivedRefused(came, refusal)
    package_id = manifest.package_id
    # Who took something back waits to hear that it is gone.
    back = isinstance(refusal, ConsentWithdrawn)
    if came.kind in ASKED:
        said = StatusWord.WITHDRAWN_DESTROYED if back else StatusWord.WRONG_DISTRICT
        return ReceivedRefused(came, refusal, PoliceStatus(package_id, said, today))
    word = ReceiptStatus.DELETED if back else ReceiptStatus.REFUSED
    return ReceivedRefused(came, refusal, Receipt(package_id, came.manifest_hash, word, today))


def _package(came: Came, manifest: PackageManifest, known: Known, me: MemberId) -> Received:
    if manifest.package_id in known.packages or manifest.package_id in known.sent:
        raise Replayed  # it would stand in the other's rows
    if (came.sender.member_id, manifest.package_id) in known.withdrawn:
        raise ConsentWithdrawn
    if came.kind in ASKED:
        if came.sender.home_district != me:
            raise WrongDistrict
        return ReceivedRequest(came, manifest)
    if came.kind in (Kind.POLICE_NOTICE, Kind.POLICE_VIEW):
        return ReceivedNotice(came, manifest)
    if isinstance(manifest.prev, Follows):
        return ReceivedUpdate(came, manifest, _followed(came, manifest.prev, known))
    return ReceivedPackage(came, manifest, _check_promised(came, manifest, known))


def _check_promised(came: Came, manifest: PackageManifest, known: Known) -> PackageId | None:
    """Accept a package that rests on a yes (C-9.1); return which one it replaces, if any (C-9.10).

    The day that counts is that of the key it was sealed to: a package sent in time is not turned
    away because nobody unlocked over the weekend.
    """
    prev = manifest.prev
    if isinstance(prev, AgreedByPhone):
        try:
            check_phone(prev, came.day)
        except WrongAnswer:
            raise Unsolicited from None
        return None
    yes = known.acceptances.get(prev.hash) if isinstance(prev, Accepted) else None
    if yes is None or yes.to != came.sender.member_id or came.day > yes.valid_until:
        raise Unsolicited
    if not yes.used:
        return None
    if yes.shut is None or manifest.day <= yes.shut[1]:
        raise Unsolicited
    return yes.shut[0]


def _followed(came: Came, follows: Follows, known: Known) -> PackageId:
    wanted = Held(came.sender.member_id, follows.hash)
    for package_id, held in known.packages.items():
        if held == wanted:
            return package_id
    raise Unsolicited


def _message(came: Came, raw: bytes, known: Known, me: MemberId) -> Received:
    """Read a message whose manifest only this floor knows."""
    match came.kind:
        case Kind.PLACE_INQUIRY:
            return ReceivedInquiry(came, PlaceInquiry.decode(raw))
        case Kind.PLACE_ANSWER:
            answer = PlaceAnswer.decode(raw)
            check_suggestion(answer, came.sender.member_id, me)
            if came.sender.member_id not in known.asked.get(answer.inquiry_id, frozenset()):
                raise Unsolicited
            return ReceivedAnswer(came, answer)
        case Kind.WITHDRAWAL:
            back = Withdrawal.decode(raw)
            _check_taken(came, known, back.package_id, back.manifest_hash)
            return ReceivedWithdrawal(came, back)
        case _:
            return _of_the_police(came, raw, known, me)


def _of_the_police(came: Came, raw: bytes, known: Known, me: MemberId) -> Received:
    """Read a message of the police channel."""
    match came.kind:
        case Kind.POLICE_STATUS:
            status = PoliceStatus.decode(raw)
            _check_between(came, known.sent.get(status.request_id))
            return ReceivedStatus(came, status)
        case Kind.POLICE_WITHDRAWAL:
            taken = PoliceWithdrawal.decode(raw)
            _check_asked(came, known.packages.get(taken.request_id), me)
            return ReceivedPoliceWithdrawal(came, taken)
        case Kind.POLICE_VIEW_ANSWER:
            view = PoliceViewAnswer.decode(raw)
            _check_between(came, known.sent.get(view.view_id))
            return ReceivedViewAnswer(came, view)
        case _:
            contact = PoliceContact.decode(raw)
            _check_between(came, known.sent.get(contact.notice_id))
            return ReceivedContact(came, contact)


def _check_between(came: Came, sent: Held | None, said: bytes | None = None) -> None:
    """Accept word about something only from the member it was sent to (C-9.4)."""
    if sent is None:
        raise Unsolicited
    if sent.member != came.sender.member_id or said not in (None, sent.manifest_hash):
        raise NotYours


def _check_receipt(came: Came, receipt: Receipt, known: Known) -> None:
    """Accept a receipt from whoever the package went to, also when that is forgotten (C-11.12)."""
    mark = known.marks.get(receipt.package_id)
    if receipt.status in FATES and mark == known_by(came.sender.member_id, receipt.manifest_hash):
        return
    _check_between(came, known.sent.get(receipt.package_id), receipt.manifest_hash)


def _check_asked(came: Came, request: Held | None, me: MemberId) -> None:
    """Accept word about a request only from the centre that asked; it may be faster than it."""
    if request is None and came.sender.home_district != me:
        raise WrongDistrict
    if request is not None and request.member != came.sender.member_id:
        raise NotYours


def _check_taken(came: Came, known: Known, package_id: PackageId, said: bytes) -> None:
    """Accept word about a package only from its sender; it may be faster than the package."""
    package = known.packages.get(package_id)
    if package_id in known.sent or package not in (None, Held(came.sender.member_id, said)):
        raise NotYours
