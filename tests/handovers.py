"""Five desks without a network: three centres, two districts, and what passes between them."""

import io
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from importlib.resources import files
from typing import BinaryIO, Final, Protocol

from client.case import (
    ConsentInput,
    Decision,
    Part,
    PartId,
    PoliceBasis,
    PoliceLine,
    PoliceRequestInput,
    parse_part_id,
)
from client.case.answer import Answer, Source
from client.case.attachment import Attachment, AttachmentType
from client.case.child import Child
from client.case.consent import GivenBy, Release
from client.case.person import Person
from client.case.sender import Sender
from client.case.threat import Threat
from client.case.words import YesNo
from client.casefile import CaseFile, read_case
from client.consent import Consent
from client.draft import AttachedFile, ConsentedPackage, Draft
from client.handover import hand_over, notify
from client.notice import Asked, District, Keep, PoliceNotice, PoliceRequest, Review
from client.received import Acceptance, Known, Received
from client.reception import Opener, open_inner, open_outer
from client.sealed import Job, SealedEnvelope, Seat, To
from keys.address import Board, MemberId, PackageId, Role
from keys.blob import BlobKey, BlobReader, blob_context
from keys.body import Kind
from keys.calendar import Day, day_number
from keys.chunks import Commitment
from keys.container import ContainerReader
from keys.epoch import EpochBatch, EpochRole, EpochSecret
from keys.identity import Identity, MachineCertificate, MachineKey
from keys.manifest import Accepted, PackageManifest
from keys.roster import Directory, Member

TODAY: Final = day_number(date(2026, 11, 18))
YES: Final = b"y" * 32
"""The hash of the yes that every package rests on, unless a test says otherwise."""
VIEW: Final = Kind.POLICE_VIEW_REQUEST
PACKAGE_ID: Final = PackageId(b"package-id-of-16")


class Note(Protocol):
    """Anything that was sealed, honestly or not."""

    @property
    def note(self) -> bytes:
        """Its 8,192 bytes."""
        ...

    @property
    def board(self) -> Board:
        """Where it is posted."""
        ...


@dataclass(frozen=True, slots=True)
class Desk:
    """A member with its secrets."""

    member: Member
    identity: Identity
    machine: MachineKey
    outer: EpochSecret
    inner: EpochSecret

    @property
    def id(self) -> MemberId:
        """The member's id."""
        return self.member.member_id

    @property
    def keys(self) -> EpochBatch:
        """Its published keys for today."""
        return batch(self.member.name)

    @property
    def to(self) -> To:
        """How others write to it."""
        return To(self.member, self.keys)

    @property
    def seat(self) -> Seat:
        """From where its staff write."""
        return Seat(self.member, self.identity, 7, b"r" * 32, TODAY)

    @property
    def machine_seat(self) -> Seat:
        """From where its machine writes."""
        return replace(self.seat, signer=self.machine)

    def opener(self, replay: frozenset[bytes] = frozenset()) -> Opener:
        """What it opens with; it knows everybody."""
        return Opener(self.member, {}, [self.inner], member_of, certificates_of, replay)

    def opened(self, sealed: Note, known: Known | None = None, today: Day = TODAY) -> Received:
        """Open a note that somebody sealed."""
        arrived = open_outer(sealed.note, sealed.board, self.id, [self.outer])
        assert arrived is not None
        return open_inner(arrived, self.opener(), known or NOTHING_KNOWN, today)


@cache
def desk(name: str, role: Role, home: MemberId | None = None) -> Desk:
    """Return the same desk for the same name, always."""
    seed = name.encode().ljust(32, b".")
    identity = Identity.from_seed(seed * 2)
    entry = Directory(name, "", "", "", "000 00 000")
    return Desk(
        Member(identity.public, role, home, entry, 0),
        identity,
        MachineKey.from_seed(seed),
        EpochSecret.from_seed(EpochRole.OUTER, TODAY, seed),
        EpochSecret.from_seed(EpochRole.INNER, TODAY, seed[::-1]),
    )


@cache
def batch(name: str) -> EpochBatch:
    """Return a desk's published keys."""
    one = EVERYBODY[name]
    return EpochBatch.issue(one.identity, [one.outer, one.inner])


HOME: Final = desk("Innlandet", Role.POLICE)
AWAY: Final = desk("Vest", Role.POLICE)
GRANLIA: Final = desk("Krisesenteret Granlia", Role.CENTRE, HOME.id)
FJORD: Final = desk("Krisesenteret Fjordgløtt", Role.CENTRE, AWAY.id)
ELV: Final = desk("Krisesenteret Elvebredden", Role.CENTRE, AWAY.id)
EVERYBODY: Final = {one.member.name: one for one in (HOME, AWAY, GRANLIA, FJORD, ELV)}
_BY_ID: Final = {one.id: one for one in EVERYBODY.values()}

NOTHING_KNOWN: Final = Known({}, {}, {}, {})
SAID_YES: Final = Known({YES: Acceptance(GRANLIA.id, TODAY, used=False)}, {}, {}, {})
"""What Fjordgløtt remembers: it has said yes to Granlia."""


def member_of(member_id: MemberId) -> Member:
    """Look a member up."""
    return _BY_ID[member_id].member


def certificates_of(member_id: MemberId) -> list[MachineCertificate]:
    """Return a member's machine certificate."""
    one = _BY_ID[member_id]
    return [MachineCertificate.issue(one.identity, one.machine.public, TODAY, 30)]


class Shelf:
    """Sealed cells in memory, where the product has files."""

    def __init__(self) -> None:
        self.cells: dict[str, bytes] = {}

    @contextmanager
    def writing(self) -> Generator[tuple[str, BinaryIO], None, None]:
        """Give a name and a file that is kept when all went well."""
        name = f"cell-{len(self.cells)}"
        with io.BytesIO() as file:
            yield name, file
            self.cells[name] = file.getvalue()

    def reading(self, name: str) -> io.BytesIO:
        """Open a kept cell."""
        return io.BytesIO(self.cells[name])


def job(shelf: Shelf, package_id: PackageId = PACKAGE_ID) -> Job:
    """Return the work of sealing one envelope onto `shelf`."""
    return Job(package_id, shelf)


def manifest_of(sealed: SealedEnvelope) -> PackageManifest:
    """Return a sealed envelope's manifest."""
    return PackageManifest.decode(sealed.manifest, sealed.kind)


# ── A small case of one's own ────────────────────────────────────────────────────────────────
WHEN: Final = date(2026, 11, 18)


def answer(value: object) -> Answer[object]:
    """Return an answer that staff wrote down."""
    return Answer(value=value, source=Source.STAFF, as_of=WHEN)


def part(name: str) -> PartId:
    """Return a part id."""
    return parse_part_id(name)


def child(name: str, age: int = 7) -> Child:
    """Return a child."""
    return Child.model_validate({"call_name": answer(name), "age": answer(age)})


def attachment(belongs_to: str, file: str = "bilde.jpg") -> Attachment:
    """Return what is known of a file."""
    return Attachment(type=AttachmentType.PERPETRATOR_PHOTO, belongs_to=part(belongs_to), file=file)


def person(name: str = "Marte") -> Person:
    """Return a person."""
    return Person.model_validate({"call_name": answer(name)})


def threat(fear: str = "at han kommer") -> Threat:
    """Return a threat picture."""
    return Threat.model_validate({"worst_fear": answer(fear)})


def sender(role: str = "miljøterapeut") -> Sender:
    """Return who sends."""
    return Sender.model_validate({"role": answer(role)})


PARTS: Final[Mapping[PartId, Part]] = {
    part("person"): person(),
    part("threat"): threat(),
    part("child.1"): child("Ánde", 9),
    part("child.2"): child("Biret", 4),
    part("attachment.1"): attachment("threat"),
    part("attachment.2"): attachment("child.2", "tegning.jpg"),
    part("sender"): sender(),
}
FILES: Final = {
    part("attachment.1"): b"photo of the perpetrator " * 4,
    part("attachment.2"): b"a drawing",
}


def attached(content: bytes) -> AttachedFile:
    """Return a file that lies in memory."""
    return AttachedFile(len(content), lambda: io.BytesIO(content))


DRAFT: Final = Draft("GRAN-427", PARTS, {name: attached(file) for name, file in FILES.items()})
YES_TO_ALL: Final = ConsentInput(decision=Decision.YES_ALL, given_by=GivenBy.USER)


def yes_to(*names: str, release: Release = Release.ARRIVAL) -> ConsentInput:
    """Return a yes to some parts."""
    return ConsentInput(
        decision=Decision.YES_SOME,
        given_by=GivenBy.USER,
        parts=tuple(map(part, names)),
        release=release,
    )


def consent(said: ConsentInput = YES_TO_ALL, to: Desk = FJORD) -> Consent:
    """Return the consent that was given to the small case."""
    return Consent.given_in(said, PARTS, to.member, TODAY)


def package(said: ConsentInput = YES_TO_ALL) -> ConsentedPackage:
    """Return the small case, consented to."""
    return DRAFT.consented(consent(said), Accepted(YES), FJORD.id, TODAY)


@cache
def sample(name: str) -> CaseFile:
    """Return one of the sample cases."""
    text = files("client").joinpath(f"samples/{name}.yaml").read_text(encoding="utf-8")
    return read_case(text, today=WHEN)


# ── What is sealed ────────────────────────────────────────────────────────────────────────────
def handed(
    made: ConsentedPackage | None = None, shelf: Shelf | None = None, **to: Desk
) -> SealedEnvelope:
    """Hand a package over from Granlia to Fjordgløtt."""
    receiver = to.get("to", FJORD)
    return hand_over(
        package() if made is None else made,
        receiver.to,
        to.get("seat", GRANLIA).seat,
        job(Shelf() if shelf is None else shelf),
    )


def record_of(sealed: SealedEnvelope, shelf: Shelf, index: int = 0) -> tuple[list[str], bytes]:
    """Open a sealed container as nobody but its receiver can: its part ids and all its bytes."""
    manifest = manifest_of(sealed)
    keys = [blob.key for blob in manifest.blobs]
    if sealed.release is not None:
        keys = list(sealed.release.keys)
    blob, key = manifest.blobs[index], BlobKey(keys[index] or b"")
    context = blob_context(manifest.package_id, index, sealed.board)
    with shelf.reading(sealed.files[index].name) as cell:
        data = BlobReader(cell, blob.cls, key, Commitment(blob.commitment), context)
        reader = ContainerReader(data, manifest.package_id)
        sink = io.BytesIO()
        for entry in reader.entries:
            reader.open_part(entry.part_id, sink)
    return [str(entry.part_id) for entry in reader.entries], sink.getvalue()


def written(value: object, note: str = "𐐀" * 280) -> dict[str, object]:
    """Return an answer as large as its value and note make it."""
    return {"value": value, "note": note, "source": "staff", "as_of": WHEN}


def request() -> PoliceRequest:
    """Return a centre's request."""
    said = sample("skog-903").police_request
    assert said is not None
    return PoliceRequest.from_input(
        said, Asked(YesNo.YES, ["A", "B"], emergency=False, today=TODAY)
    )


def notice() -> PoliceNotice:
    """Return the notice that the home district made of it."""
    review = Review(request().content, b"o" * 32, HOME.id)
    choices = [Keep()] * len(review.request.said.lines)
    return review.notice(choices, District(AWAY.member), "vaktleder", TODAY)


VIEW_SAID: Final = PoliceRequestInput(
    police_basis=PoliceBasis.CONSENT_POLICE,
    user_told=YesNo.YES,
    lines=(
        PoliceLine(
            why_needed="der skal hun bo", ask_destination=YesNo.YES, destination_area="Elva"
        ),
        PoliceLine(why_needed="han leter", ask_destination=YesNo.YES, links_to_area=("hytte",)),
        PoliceLine(why_needed="hvem det er", subject_name="Hana R."),
    ),
)
"""A request of which two lines are marked for a question about the place."""


def view_request() -> PoliceRequest:
    """Return a centre's question about a place."""
    asked = Asked(YesNo.YES, ["A", "B"], emergency=False, today=TODAY, kind=VIEW)
    return PoliceRequest.from_input(VIEW_SAID, asked)


def view() -> PoliceNotice:
    """Return the question that the home district made of it."""
    review = Review(view_request().content, b"v" * 32, HOME.id)
    return review.notice([Keep(), Keep()], District(AWAY.member), "vaktleder", TODAY)


def told(what: PoliceRequest | PoliceNotice, to: Desk, by: Desk) -> SealedEnvelope:
    """Tell a district something."""
    return notify(what, District(to.member), to.keys, by.seat, job(Shelf()))
