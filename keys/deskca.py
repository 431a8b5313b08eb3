"""The small authority of one centre: it says which PCs may ask the desk, and which desk is ours.

This file knows certificates (RFC 5280) and the file that enrols a PC (PKCS #12, RFC 7292). It
refuses to know who sits at a PC, to keep a PC's key, and to vouch for any host but the desk's:
whoever had the authority's key could stand in for that one name and for no other.

Browsers know neither Ed25519 nor ML-DSA in certificates, so the keys are of the curve P-256.
"""

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final, Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from keys.calendar import DAY_SECONDS, Instant
from keys.errors import WrongShape

AUTHORITY_DAYS: Final = 3_650
SERVER_DAYS: Final = 397
"""No browser asks for less of a certificate, and some take none that lasts longer."""
PC_DAYS: Final = 730
_HOST: Final = re.compile(r"(?=.{1,253}\Z)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")
_NAME: Final = re.compile(r"[a-zæøå0-9](?:[a-zæøå0-9-]{0,22}[a-zæøå0-9])?")
_ALPHABET: Final = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUPS, _GROUP = 5, 4
_ROUNDS: Final = 200_000
_EARLY: Final = 3_600  # a PC whose clock is behind takes a new certificate too


def check_host(name: str) -> None:
    """Accept the name under which PCs find the desk: a name in lower case, with a dot in it.

    Raises:
        WrongShape: it is none.
    """
    if not _HOST.fullmatch(name):
        raise WrongShape(field="pcs.host")


def check_pc(name: str) -> None:
    """Accept the name of a PC: at most 24 small letters, digits and hyphens.

    Raises:
        WrongShape: it is none.
    """
    if not _NAME.fullmatch(name):
        raise WrongShape(field="pcs.name")


def fingerprint(certificate: bytes) -> str:
    """Return by what a PC is known: the SHA-256 of its certificate, in hexadecimal."""
    return sha256(certificate).hexdigest()


def password() -> str:
    """Return a new password for an enrolment file: 99 bits, without letters that look alike."""
    groups = ("".join(secrets.choice(_ALPHABET) for _ in range(_GROUP)) for _ in range(_GROUPS))
    return "-".join(groups)


@dataclass(frozen=True, slots=True)
class Served:
    """What the desk serves with.

    Attributes:
        key: the private key, PEM.
        chain: the certificate and its authority's, PEM.
        until: when it ends.
    """

    key: bytes = field(repr=False)
    chain: bytes
    until: Instant


@dataclass(frozen=True, slots=True)
class Enrolled:
    """What a PC is enrolled with.

    Attributes:
        known_by: its `fingerprint`.
        file: the PKCS #12 file, which the password opens; nothing else holds the key.
        until: when it ends.
    """

    known_by: str
    file: bytes = field(repr=False)
    until: Instant


@dataclass(frozen=True, slots=True)
class DeskAuthority:
    """The authority of one desk.

    Attributes:
        host: the only name that it vouches for.
        key: its private key, PKCS #8.
        certificate: its own certificate, DER.
    """

    host: str
    key: bytes = field(repr=False)
    certificate: bytes

    @classmethod
    def create(cls, host: str, now: Instant) -> Self:
        """Make a new authority for a host.

        Raises:
            WrongShape: it is no name of a host.
        """
        check_host(host)
        key = ec.generate_private_key(ec.SECP256R1())
        own = _named("desk")
        made = _begun(own, own, key.public_key(), now, AUTHORITY_DAYS)
        made = made.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        made = made.add_extension(_usage(signs=True), critical=True)
        only = x509.NameConstraints([x509.DNSName(host)], None)
        made = made.add_extension(only, critical=True)
        certificate = made.sign(key, hashes.SHA256())
        return cls(host, _private(key), certificate.public_bytes(serialization.Encoding.DER))

    @property
    def pem(self) -> bytes:
        """The certificate that a PC's browser is told to trust, PEM."""
        return _pem(self._own)

    def serve(self, now: Instant) -> Served:
        """Return a new key for the desk, with what proves it."""
        key = ec.generate_private_key(ec.SECP256R1())
        made = _begun(_named(self.host), self._own.subject, key.public_key(), now, SERVER_DAYS)
        names = x509.SubjectAlternativeName([x509.DNSName(self.host)])
        made = made.add_extension(names, critical=False)
        chain = (self._signed(made, ExtendedKeyUsageOID.SERVER_AUTH), self._own)
        return Served(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            ),
            b"".join(map(_pem, chain)),
            _ends(now, SERVER_DAYS),
        )

    def enrol(self, name: str, secret: str, now: Instant) -> Enrolled:
        """Return what one PC is enrolled with.

        Args:
            name: of the PC, which its browser shows.
            secret: opens the file.
            now: from when it holds.

        Raises:
            WrongShape: the name is none for a PC.
        """
        check_pc(name)
        key = ec.generate_private_key(ec.SECP256R1())
        # With a space in it, nothing takes the name for that of a host.
        made = _begun(_named(f"desk {name}"), self._own.subject, key.public_key(), now, PC_DAYS)
        certificate = self._signed(made, ExtendedKeyUsageOID.CLIENT_AUTH)
        sealed = (
            serialization.PrivateFormat.PKCS12.encryption_builder()
            .kdf_rounds(_ROUNDS)
            .key_cert_algorithm(pkcs12.PBES.PBESv2SHA256AndAES256CBC)
            .hmac_hash(hashes.SHA256())
            .build(secret.encode())
        )
        file = pkcs12.serialize_key_and_certificates(
            f"desk {name}".encode(), key, certificate, [self._own], sealed
        )
        known = fingerprint(certificate.public_bytes(serialization.Encoding.DER))
        return Enrolled(known, file, _ends(now, PC_DAYS))

    @property
    def _own(self) -> x509.Certificate:
        return x509.load_der_x509_certificate(self.certificate)

    def _signed(
        self, made: x509.CertificateBuilder, purpose: x509.ObjectIdentifier
    ) -> x509.Certificate:
        key = serialization.load_der_private_key(self.key, None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise WrongShape(field="pcs.key")
        own = x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key())
        extensions: Sequence[tuple[x509.ExtensionType, bool]] = (
            (x509.BasicConstraints(ca=False, path_length=None), True),
            (_usage(signs=False), True),
            (x509.ExtendedKeyUsage([purpose]), False),
            (own, False),
        )
        for extension, critical in extensions:
            made = made.add_extension(extension, critical=critical)
        return made.sign(key, hashes.SHA256())


def _begun(
    subject: x509.Name,
    issuer: x509.Name,
    public: ec.EllipticCurvePublicKey,
    now: Instant,
    days: int,
) -> x509.CertificateBuilder:
    known = x509.SubjectKeyIdentifier.from_public_key(public)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.fromtimestamp(now - _EARLY, UTC))
        .not_valid_after(datetime.fromtimestamp(_ends(now, days), UTC))
        .add_extension(known, critical=False)
    )


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )


def _ends(now: Instant, days: int) -> Instant:
    return Instant(now + days * DAY_SECONDS)


def _private(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)
