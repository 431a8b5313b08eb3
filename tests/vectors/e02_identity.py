"""Vectors of E-2: who a member is, what its keys sign, and what a machine may show for itself."""

from keys.address import MemberId
from keys.calendar import Day
from keys.errors import BadCertificate, BadSignature, TrailingBytes, Truncated, WrongShape
from keys.identity import (
    IDENTITY_SEED_BYTES,
    SIGNATURE_BYTES,
    Identity,
    MachineCertificate,
    MachineKey,
    MachinePublic,
    PublicIdentity,
    Purpose,
    fingerprint_digits,
    fingerprint_words,
    machine_input,
    signed_input,
    verify_machine,
)
from keys.wire import Packable, pack
from tests.vectors.cast import EVA, IDA, TODAY
from tests.vectors.making import Book, Gives, Said, prefixed, seed
from tests.vectors.octets import Json, of

CLAUSE = "E-2"
ABOUT = "Identity: two keys, two signatures; machine keys and their certificates; fingerprints."
_BODY = b"a signed body"


def _identity(said: Said) -> Gives:
    return {"member_id": PublicIdentity.decode(said.octets("identity")).member_id.hex()}


def _keys_of(said: Said) -> Gives:
    public = Identity.from_seed(said.octets("seed")).public
    return {"ed25519": public.ed25519.hex(), "member_id": public.member_id.hex()}


def _machine_of(said: Said) -> Gives:
    return {"public": MachineKey.from_seed(said.octets("seed")).public.hex()}


def _signature(said: Said) -> Gives:
    public = PublicIdentity.decode(said.octets("identity"))
    purpose, body = Purpose(said.text("purpose")), said.octets("body")
    public.verify(purpose, body, said.octets("signature"))
    return {"input": signed_input(purpose, public.member_id, body).hex()}


def _machine_signature(said: Said) -> Gives:
    member_id, body = MemberId(said.octets("member_id")), said.octets("body")
    purpose = Purpose(said.text("purpose"))
    public = MachinePublic(said.octets("public"))
    verify_machine(public, purpose, body, member_id, said.octets("signature"))
    return {"input": machine_input(purpose, member_id, body).hex()}


def _certificate(said: Said) -> Gives:
    certificate = MachineCertificate.decode(said.octets("certificate"))
    identity = PublicIdentity.decode(said.octets("identity"))
    certificate.check(identity, Day(said.number("today")))
    return {"public": certificate.machine_public.hex()}


def _fingerprint(said: Said) -> Gives:
    member_id = MemberId(said.octets("member_id"))
    return {
        "words": " ".join(fingerprint_words(member_id)),
        "digits": " ".join(fingerprint_digits(member_id)),
    }


OPENERS = {
    "identity": _identity,
    "keys of a seed": _keys_of,
    "machine key of a seed": _machine_of,
    "signature": _signature,
    "machine signature": _machine_signature,
    "certificate": _certificate,
    "fingerprint": _fingerprint,
}


def write(book: Book) -> None:
    """Write the file."""
    eva = book.keep("eva", EVA.identity.encode().hex())
    ida = book.keep("ida", IDA.identity.encode().hex())
    _identities(book, eva)
    _signatures(book, eva, ida)
    _machines(book)
    _certificates(book, eva, ida)
    for member_id in (bytes(32), bytes(EVA.member_id)):
        name = "fingerprint of zeros" if not any(member_id) else "fingerprint of eva"
        book.good(name, "E-2.8", "", "fingerprint", member_id=member_id.hex())


def _identities(book: Book, eva: Json) -> None:
    ed25519, mldsa = EVA.identity.ed25519, EVA.identity.mldsa
    book.good(
        "eva's identity", "E-2.1", "her member id is a hash of both keys", "identity", identity=eva
    )
    rows: tuple[tuple[str, list[Packable]], ...] = (
        ("an Ed25519 key of 31 bytes", ["identity", 1, ed25519[1:], mldsa]),
        ("an ML-DSA-65 key of 1,951 bytes", ["identity", 1, ed25519, mldsa[1:]]),
        ("only the old half", ["identity", 1, ed25519]),
        ("the halves exchanged", ["identity", 1, mldsa, ed25519]),
    )
    for name, fields in rows:
        book.bad(name, "E-2.1", WrongShape, "", identity=pack(fields).hex())
    book.good("two seeds of zeros", "E-2.2", "the known answer", "keys of a seed", seed="00" * 64)
    book.also("eva's seeds", "E-2.5", "", seed=EVA.secret.seed.hex())
    for size in (IDENTITY_SEED_BYTES - 1, IDENTITY_SEED_BYTES + 1):
        book.bad(f"a seed of {size} bytes", "E-2.5", WrongShape, "", seed="00" * size)
    machine = seed("eva machine")
    book.good("eva's machine key", "E-2.6", "", "machine key of a seed", seed=machine.hex())
    book.bad("a machine seed of 31 bytes", "E-2.5", WrongShape, "", seed=machine[1:].hex())


def _signatures(book: Book, eva: Json, ida: Json) -> None:
    book.sign("by eva", EVA.secret, Purpose.ENVELOPE, _BODY)
    by_ida = book.sign("by ida", IDA.secret, Purpose.ENVELOPE, _BODY)
    flipped = bytes([book.read(of("by eva", 63, 64))[0] ^ 0x80]).hex()
    book.good(
        "eva's signature",
        "E-2.4",
        "`input` is what both halves sign",
        "signature",
        identity=eva,
        purpose="envelope",
        body=_BODY.hex(),
        signature=of("by eva"),
    )
    rows: tuple[tuple[str, str, Json], ...] = (
        (
            "a bit of the old half",
            "S is 2^255 more",
            [of("by eva", 0, 63), flipped, of("by eva", 64)],
        ),
        ("the old half zero", "", ["00" * 64, of("by eva", 64)]),
        ("the new half zero", "", [of("by eva", 0, 64), "00" * 3_309]),
        ("the old half ida's", "", [of("by ida", 0, 64), of("by eva", 64)]),
        ("the new half ida's", "", [of("by eva", 0, 64), of("by ida", 64)]),
        ("the halves exchanged in a signature", "", [of("by eva", 64), of("by eva", 0, 64)]),
        ("the new half stripped", "", of("by eva", 0, 64)),
        ("the old half stripped", "", of("by eva", 64)),
        ("a byte short", "", of("by eva", 0, SIGNATURE_BYTES - 1)),
        ("a byte more", "", [of("by eva"), "00"]),
        ("another member's signature", "", by_ida),
    )
    for name, comment, signature in rows:
        book.bad(name, "E-2.4", BadSignature, comment, signature=signature)
    book.bad("another member's identity", "E-2.4", BadSignature, "", identity=ida)
    book.bad("another body", "E-2.4", BadSignature, "", body=_BODY[1:].hex())
    book.bad("another purpose", "E-2.3", BadSignature, "", purpose="epochs")


def _machines(book: Book) -> None:
    by_machine = EVA.machine.sign(Purpose.READ, _BODY, EVA.member_id)
    as_identity = EVA.secret.sign(Purpose.READ, _BODY)[:64]
    book.good(
        "eva's machine's signature",
        "E-2.6",
        "Ed25519 alone; `input` is what it signs",
        "machine signature",
        public=EVA.machine.public.hex(),
        member_id=EVA.member_id.hex(),
        purpose="read",
        body=_BODY.hex(),
        signature=by_machine.hex(),
    )
    book.bad("for another member", "E-2.6", BadSignature, "", member_id=IDA.member_id.hex())
    book.bad("by another machine", "E-2.6", BadSignature, "", public=IDA.machine.public.hex())
    book.bad("for another purpose", "E-2.6", BadSignature, "", purpose="envelope")
    book.bad("a machine's over another body", "E-2.6", BadSignature, "", body="00")
    book.bad("63 bytes", "E-2.6", BadSignature, "", signature=by_machine[1:].hex())
    order = 2**252 + 27742317777372353535851937790883648493
    high = int.from_bytes(by_machine[32:], "little") + order
    book.bad(
        "S with the group order added",
        "E-2.6",
        BadSignature,
        "the equation holds; RFC 8032 refuses it",
        signature=(by_machine[:32] + high.to_bytes(32, "little")).hex(),
    )
    neutral = "01" + "00" * 31
    book.good(
        "a signature by a key like any other",
        "E-2.6",
        "the base of the next",
        "machine signature",
        public=IDA.machine.public.hex(),
        member_id=EVA.member_id.hex(),
        purpose="read",
        body="",
        signature=IDA.machine.sign(Purpose.READ, b"", EVA.member_id).hex(),
    )
    book.bad("R and S of nothing", "E-2.6", BadSignature, "", signature=neutral + "00" * 32)
    book.bad("a key of small order", "E-2.6", BadSignature, "the neutral element", public=neutral)
    book.good(
        "eva's own Ed25519 key as a machine's",
        "E-2.6",
        "allowed, and of no use to anybody: see the next",
        "machine signature",
        public=EVA.identity.ed25519.hex(),
        member_id=EVA.member_id.hex(),
        purpose="read",
        body=_BODY.hex(),
        signature=MachineKey.from_seed(EVA.secret.seed[:32])
        .sign(Purpose.READ, _BODY, EVA.member_id)
        .hex(),
    )
    book.bad(
        "half of an identity's signature as a machine's",
        "E-2.6",
        BadSignature,
        "the two inputs never begin alike",
        signature=as_identity.hex(),
    )


def _certificates(book: Book, eva: Json, ida: Json) -> None:
    def made(name: str, *fields: Packable, by: Identity = EVA.secret) -> list[Json]:
        body = pack(["machine", 1, *fields])
        signature = book.sign(f"certificate {name}", by, Purpose.MACHINE, body)
        return prefixed(body.hex(), signature, sizes=(len(body), SIGNATURE_BYTES))

    member_id, public = EVA.member_id, EVA.machine.public
    honest = made("honest", member_id, public, TODAY, TODAY + 29)
    book.good(
        "a certificate for thirty days",
        "E-2.7",
        "",
        "certificate",
        certificate=honest,
        identity=eva,
        today=TODAY,
    )
    book.also("its last day", "E-2.7", "", today=TODAY + 29)
    book.bad("the day before it begins", "E-2.7", BadCertificate, "", today=TODAY - 1)
    book.bad("the day after it ends", "E-2.7", BadCertificate, "", today=TODAY + 30)
    book.bad("a certificate by another member", "E-2.7", BadCertificate, "", identity=ida)
    size = len(pack(["machine", 1, member_id, public, TODAY, TODAY + 29]))
    wrong = of("certificate honest", 0, SIGNATURE_BYTES - 1)
    rows: tuple[
        tuple[str, type[BadCertificate | WrongShape | TrailingBytes | Truncated], Json], ...
    ] = (
        (
            "a certificate in eva's name by ida",
            BadCertificate,
            made("by ida", member_id, public, TODAY, TODAY + 29, by=IDA.secret),
        ),
        (
            "a certificate signed for another purpose",
            BadCertificate,
            [
                *honest[:-1],
                book.sign(
                    "certificate as envelope",
                    EVA.secret,
                    Purpose.ENVELOPE,
                    pack(["machine", 1, member_id, public, TODAY, TODAY + 29]),
                ),
            ],
        ),
        (
            "a certificate for 31 days",
            WrongShape,
            made("31 days", member_id, public, TODAY, TODAY + 30),
        ),
        (
            "a certificate for no day",
            WrongShape,
            made("no day", member_id, public, TODAY, TODAY - 1),
        ),
        (
            "a machine key of 31 bytes",
            WrongShape,
            made("short", member_id, public[1:], TODAY, TODAY),
        ),
        ("a byte behind the signature", TrailingBytes, [*honest, "00"]),
        ("a signature that is cut", Truncated, [*honest[:-1], wrong]),
    )
    assert book.read(honest[0]) == size.to_bytes(4, "big")
    for name, refusal, certificate in rows:
        book.bad(name, "E-2.7", refusal, "", certificate=certificate)
