"""An enrolment request: what a member-to-be sends the registrars, signed by the keys it brings.

This file knows the form of a request and that its keys are in the sender's hand (ENVELOPE
E-13.18). It refuses to know whether the sender is who it says: two registrars ask that, by
telephone, with the fingerprint's words.
"""

from dataclasses import dataclass, field
from typing import Final, Self

from keys.address import MemberId, Role
from keys.errors import WrongShape
from keys.identity import SIGNATURE_BYTES, Identity, PublicIdentity, Purpose
from keys.member import MINUTES_A_DAY, Directory, Member, line, read_home
from keys.wire import Fields, lp, pack, unlp

_LIMIT: Final = 8_192
_IDENTITY_LIMIT: Final = 4_096
_DIRECTORY_ITEMS: Final = 7


@dataclass(frozen=True, slots=True)
class EnrolmentRequest:
    """A request whose signature, by the identity that it brings, has verified."""

    instance: str
    """The broker's text id, so that a request to a test world enrols nobody in the real one."""
    identity: PublicIdentity
    role: Role
    home_district: MemberId | None
    """The police member that a centre asks for; the registrars may know it only later."""
    directory: Directory
    body: bytes = field(repr=False)
    """The bytes that were signed, exactly as they came."""
    signature: bytes = field(repr=False)

    @property
    def member_id(self) -> MemberId:
        """The member id that enrolment would give."""
        return self.identity.member_id

    @classmethod
    def make(
        cls,
        identity: Identity,
        instance: str,
        role: Role,
        directory: Directory,
        home_district: MemberId | None = None,
    ) -> Self:
        """Write and sign a request.

        Raises:
            WrongShape: a text is too long, too short or no line; a district with a home.
        """
        body = pack(
            [
                "enrolment",
                1,
                instance,
                identity.public.encode(),
                role.value,
                home_district,
                directory.packed(),
            ]
        )
        return cls.decode(lp(body, identity.sign(Purpose.ENROL, body)))

    def encode(self) -> bytes:
        """Return `lp(body, signature)`, the body as it was signed."""
        return lp(self.body, self.signature)

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read and verify what `encode` writes.

        Raises:
            Malformed: `data` has not that form, or a district asks for a home district.
            BadSignature: the identity in it did not sign it.
        """
        if len(data) > _LIMIT:
            raise WrongShape(field="enrolment")
        body, signature = unlp(data, 2)
        fields = Fields.decode(body, "enrolment", limit=_LIMIT - SIGNATURE_BYTES)
        instance = line(fields, "instance", least=1, most=64)
        identity = PublicIdentity.decode(fields.octets("identity", most=_IDENTITY_LIMIT))
        role = fields.choice("role", Role)
        home = read_home(fields)
        directory = Directory.read(fields.items("directory", most=_DIRECTORY_ITEMS))
        fields.end()
        if home is not None and role is not Role.CENTRE:
            raise WrongShape(field="enrolment.home_district")
        identity.verify(Purpose.ENROL, body, signature)
        return cls(instance, identity, role, home, directory, body, signature)

    def member(self, home_district: MemberId | None = None) -> Member:
        """Return the roster line for this request.

        Args:
            home_district: what the registrars decided; without it, what the request asks for.

        Raises:
            WrongShape: a centre without a home district, or a district with one.
        """
        home = self.home_district if home_district is None else home_district
        # Members withdraw tokens at minutes spread over the day by their ids, not all at once.
        minute = int.from_bytes(self.member_id[:8], "big") % MINUTES_A_DAY
        return Member(self.identity, self.role, home, self.directory, minute)
