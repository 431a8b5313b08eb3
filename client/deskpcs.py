"""The rows of the desk's other PCs: the authority, what the desk shows, and who is enrolled.

This file knows their bytes. It refuses to know what a certificate says: `keys.deskca` does.
"""

from dataclasses import dataclass, field
from typing import Final, Self

from keys.calendar import Instant
from keys.deskca import DeskAuthority
from keys.wire import Fields, pack

_HOST: Final = 253
_NAME: Final = 24
_OCTETS: Final = 16_384
_HEX: Final = 64


@dataclass(frozen=True, slots=True)
class AuthorityRow:
    """The authority, behind the staff lock: a machine that is off gives nobody a new PC."""

    authority: DeskAuthority

    def encode(self) -> bytes:
        """Return this as bytes, for the ledger."""
        one = self.authority
        return pack(["desk-authority", 1, one.host, one.key, one.certificate])

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read what `encode` writes.

        Raises:
            Malformed: it has not that form.
        """
        fields = Fields.decode(data, "desk-authority")
        host = fields.text("host", most=_HOST, least=1)
        key = fields.octets("key", most=_OCTETS)
        certificate = fields.octets("certificate", most=_OCTETS)
        fields.end()
        return cls(DeskAuthority(host, key, certificate))


@dataclass(frozen=True, slots=True)
class HostRow:
    """What the desk shows to other PCs, also while everybody has locked.

    Attributes:
        host: the name under which they find it.
        trusts: the authority's certificate, PEM.
        key: of the desk, PEM.
        chain: what proves the key, PEM.
        until: when that ends.
    """

    host: str
    trusts: bytes
    key: bytes = field(repr=False)
    chain: bytes
    until: Instant

    def encode(self) -> bytes:
        """Return this as bytes, for the ledger."""
        return pack(["desk-host", 1, self.host, self.trusts, self.key, self.chain, self.until])

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read what `encode` writes.

        Raises:
            Malformed: it has not that form.
        """
        fields = Fields.decode(data, "desk-host")
        made = cls(
            host=fields.text("host", most=_HOST, least=1),
            trusts=fields.octets("trusts", most=_OCTETS),
            key=fields.octets("key", most=_OCTETS),
            chain=fields.octets("chain", most=_OCTETS),
            until=Instant(fields.number("until")),
        )
        fields.end()
        return made


@dataclass(frozen=True, slots=True)
class PcRow:
    """One PC that may ask the desk.

    Attributes:
        known_by: the fingerprint of its certificate.
        name: what the centre calls it.
        until: when its certificate ends.
    """

    known_by: str
    name: str
    until: Instant

    def encode(self) -> bytes:
        """Return this as bytes, for the ledger."""
        return pack(["desk-pc", 1, self.known_by, self.name, self.until])

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read what `encode` writes.

        Raises:
            Malformed: it has not that form.
        """
        fields = Fields.decode(data, "desk-pc")
        made = cls(
            known_by=fields.text("known_by", most=_HEX, least=_HEX),
            name=fields.text("name", most=_NAME, least=1),
            until=Instant(fields.number("until")),
        )
        fields.end()
        return made
