"""Vectors of E-12: tokens, issuer keys, requests. The issuer's key was drawn once and is public."""

from hashlib import sha256
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from keys.address import TokenClass
from keys.armour import to_url
from keys.blindrsa import blind
from keys.calendar import Week
from keys.errors import BadToken, OverLong, Refusal, TrailingBytes, WrongShape
from keys.token import Challenge, IssuerPublic, IssuerSecret, Request, Token, verify
from keys.wire import Packable, pack
from tests.vectors.making import Book, Gives, Said, seed, shown
from tests.vectors.octets import Json, of

CLAUSE = "E-12"
ABOUT = "Tokens: RFC 9474 blind signatures in RFC 9578's shape. The issuer's secret is no secret."
_CLASS: Final = "cc-note"
_WEEK: Final = Week(2_857)
_NONCE: Final = seed("token nonce")
_SALT: Final = seed("token salt", 48)
_FORM: Final = (Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def _challenge_of(said: Said) -> Challenge:
    token_class = TokenClass.parse(said.text("token_class"))
    return Challenge(said.text("instance"), token_class, Week(said.number("week")))


def _challenge(said: Said) -> Gives:
    return {"digest": _challenge_of(said).digest.hex()}


def _token(said: Said) -> Gives:
    token = Token.decode(said.octets("token"))
    verify(token, IssuerPublic(said.octets("issuer")), _challenge_of(said))
    return {"key_id": token.key_id.hex(), "spent_key": token.spent_key.hex()}


def _header(said: Said) -> Gives:
    token = Token.from_header(said.text("header"))
    return {"sha256": sha256(token.encode()).hexdigest()}


def _issuer(said: Said) -> Gives:
    return {"key_id": IssuerPublic(said.octets("issuer")).key_id.hex()}


def _blinding(said: Said) -> Gives:
    factor = int.from_bytes(said.octets("factor"), "big")
    key = IssuerPublic(said.octets("issuer")).key
    blinded, inverse = blind(key, said.octets("input"), said.octets("salt"), factor)
    return {"blinded": shown(blinded), "inverse": shown(inverse.to_bytes(256, "big"))}


def _blind_signature(said: Said) -> Gives:
    issuer = IssuerSecret.from_der(said.octets("secret"))
    return {"answer": shown(issuer.blind_sign(said.octets("blinded")))}


def _request(said: Said) -> Gives:
    request = Request.decode(said.octets("request"))
    token = request.finalize(said.octets("answer"))
    return {"token_sha256": sha256(token.encode()).hexdigest()}


OPENERS = {
    "challenge": _challenge,
    "token": _token,
    "header": _header,
    "issuer key": _issuer,
    "blinding": _blinding,
    "blind signature": _blind_signature,
    "request": _request,
}


def write(book: Book) -> None:
    """Write the file."""
    book.draw("issuer secret", b"issuer key 1", lambda: IssuerSecret.generate().to_der())
    book.draw("other secret", b"issuer key 2", lambda: IssuerSecret.generate().to_der())
    issuer = IssuerSecret.from_der(book.read(of("issuer secret")))
    other = IssuerSecret.from_der(book.read(of("other secret")))
    book.keep("issuer", issuer.public.der.hex())
    book.keep("other issuer", other.public.der.hex())
    _challenges(book)
    _made(book, issuer)
    _tokens(book)
    _headers(book)
    _issuers(book)
    _requests(book)
    _signing(book)


def _challenges(book: Book) -> None:
    book.good(
        "a challenge",
        "E-12.3",
        "",
        "challenge",
        instance="test.folge",
        token_class=_CLASS,
        week=_WEEK,
    )
    rows: tuple[tuple[str, dict[str, Json]], ...] = (
        ("no instance", {"instance": ""}),
        ("an instance of 65 characters", {"instance": "x" * 65}),
        ("a week below zero", {"week": -1}),
        ("a week of 2^32", {"week": 1 << 32}),
        ("a class that nobody has", {"token_class": "pr-s"}),
    )
    for name, but in rows:
        book.bad(f"a challenge: {name}", "E-12.3", WrongShape, "", **but)


def _made(book: Book, issuer: IssuerSecret) -> None:
    """Name a token, and all that its making passes between the two ends."""
    challenge = Challenge("test.folge", TokenClass.parse(_CLASS), _WEEK)
    said = b"\0\2" + _NONCE + challenge.digest + issuer.public.key_id
    factor = int.from_bytes(seed("token factor", 255), "big")
    blinded, inverse = blind(issuer.public.key, said, _SALT, factor)
    answer = issuer.blind_sign(blinded)
    request = Request(challenge, issuer.public, _NONCE, inverse, blinded)
    book.keep("input", said.hex())
    book.keep("blinded", blinded.hex())
    book.keep("answer", answer.hex())
    book.keep("inverse", inverse.to_bytes(256, "big").hex())
    token = request.finalize(answer)
    book.keep("authenticator", token.authenticator.hex())
    book.keep("token", [of("input"), of("authenticator")])
    book.good(
        "a blinded message",
        "E-12.4",
        "encoded by EMSA-PSS with that salt, times factor^e",
        "blinding",
        issuer=of("issuer"),
        input=of("input"),
        salt=_SALT.hex(),
        factor=factor.to_bytes(256, "big").hex(),
    )
    p = issuer.key.p.to_bytes(256, "big").hex()
    book.bad("a factor that shares one with n", "E-12.4", BadToken, "p itself", factor=p)


def _tokens(book: Book) -> None:
    book.good(
        "a token",
        "E-12.7",
        "",
        "token",
        token=of("token"),
        issuer=of("issuer"),
        instance="test.folge",
        token_class=_CLASS,
        week=_WEEK,
    )
    rows: tuple[tuple[str, type[Refusal], dict[str, Json]], ...] = (
        ("another instance", BadToken, {"instance": "real.folge"}),
        ("another class", BadToken, {"token_class": "cp-note"}),
        ("another week", BadToken, {"week": _WEEK + 1}),
        ("another issuer key", BadToken, {"issuer": of("other issuer")}),
        ("another nonce", BadToken, {"token": ["0002", "00" * 32, of("token", 34)]}),
        ("an authenticator of zeros", BadToken, {"token": [of("input"), "00" * 256]}),
        ("an authenticator not below n", BadToken, {"token": [of("input"), "ff" * 256]}),
    )
    for name, refusal, but in rows:
        book.bad(f"a token: {name}", "E-12.7", refusal, "", **but)
    shapes: tuple[tuple[str, Json], ...] = (
        ("353 bytes", of("token", 0, -1)),
        ("355 bytes", [of("token"), "00"]),
        ("another token type", ["0001", of("token", 2)]),
        ("nothing", ""),
    )
    for name, token in shapes:
        book.bad(f"a token: {name}", "E-12.1", WrongShape, "", token=token)
    unsalted = _unsalted(book)
    book.bad("a token: a salt of no bytes", "E-12.7", BadToken, "well signed", token=unsalted)


def _unsalted(book: Book) -> Json:
    """Sign the input as the variant PSSZERO does: a good signature of a form that is not ours."""
    issuer = IssuerSecret.from_der(book.read(of("issuer secret")))
    blinded, inverse = blind(issuer.public.key, book.read(of("input")), b"", 3)
    signed = int.from_bytes(issuer.blind_sign(blinded), "big") * inverse % issuer.public.key.n
    return [of("input"), signed.to_bytes(256, "big").hex()]


def _headers(book: Book) -> None:
    header = to_url(book.read(of("token")))
    book.good("a token's header", "E-12.1", "472 characters", "header", header=header)
    for name, text in (
        ("padding", header + "="),
        ("the other alphabet", header[:90] + "+" + header[91:]),
        ("a space", header[:90] + " " + header[90:]),
        ("four characters short", header[:-4]),
    ):
        book.bad(f"a header: {name}", "E-12.1", WrongShape, "", header=text)


def _issuers(book: Book) -> None:
    book.good("an issuer key", "E-12.2", "342 bytes", "issuer key", issuer=of("issuer"))
    n = book.read(of("issuer", 81, 337))
    even, short = n[:-1] + bytes([n[-1] ^ 1]), bytes([n[0] & 0x7F]) + n[1:]
    rows: tuple[tuple[str, Json], ...] = (
        ("a byte short", of("issuer", 0, -1)),
        ("a byte more", [of("issuer"), "00"]),
        ("a salt of 32 bytes", [of("issuer", 0, 65), "20", of("issuer", 66)]),
        ("an even modulus", [of("issuer", 0, 81), even.hex(), of("issuer", 337)]),
        ("a modulus of 2,047 bits", [of("issuer", 0, 81), short.hex(), of("issuer", 337)]),
        ("the exponent 65,539", [of("issuer", 0, 337), "0203010003"]),
    )
    for name, der in rows:
        book.bad(f"an issuer key: {name}", "E-12.2", WrongShape, "", issuer=der)


def _requests(book: Book) -> None:
    fields: dict[str, Packable] = {
        "instance": "test.folge",
        "token_class": _CLASS,
        "week": _WEEK,
        "issuer": book.read(of("issuer")),
        "nonce": _NONCE,
        "inverse": book.read(of("inverse")),
        "blinded": book.read(of("blinded")),
    }

    def request(**but: Packable) -> Json:
        packed = pack(["token_request", 1, *(fields | but).values()])
        return book.brief(packed, "issuer", "inverse", "blinded")

    book.good(
        "a kept request and its answer",
        "E-12.5",
        "",
        "request",
        request=request(),
        answer=of("answer"),
    )
    for name, answer in (
        ("255 bytes", of("answer", 1)),
        ("zeros", "00" * 256),
        ("the blinded message itself", of("blinded")),
    ):
        book.bad(f"an answer: {name}", "E-12.5", BadToken, "", answer=answer)
    rows: tuple[tuple[str, type[Refusal], Json], ...] = (
        ("another nonce", BadToken, request(nonce=bytes(32))),
        ("another issuer key", BadToken, request(issuer=book.read(of("other issuer")))),
        ("another inverse", BadToken, request(inverse=bytes(255) + b"\1")),
    )
    for name, refusal, data in rows:
        book.bad(f"a request: {name}", "E-12.5", refusal, "", request=data)
    behind: list[Json] = [request(), "00"]
    shapes: tuple[tuple[str, type[Refusal], Json], ...] = (
        ("a nonce of 31 bytes", WrongShape, request(nonce=bytes(31))),
        ("a class that nobody has", WrongShape, request(token_class="cc")),
        ("a byte behind it", TrailingBytes, behind),
        ("more than a megabyte", OverLong, {"repeat": "00", "times": 1_048_577}),
    )
    for name, refusal, data in shapes:
        book.bad(f"a request: {name}", "E-12.9", refusal, "", request=data)


def _signing(book: Book) -> None:
    n = of("issuer", 81, 337)
    book.good(
        "a blind signature",
        "E-12.6",
        "always the same answer",
        "blind signature",
        secret=of("issuer secret"),
        blinded=of("blinded"),
    )
    book.bad("the modulus itself", "E-12.6", WrongShape, "", blinded=n)
    book.bad("255 bytes to sign", "E-12.6", WrongShape, "", blinded=of("blinded", 1))
    book.bad("257 bytes to sign", "E-12.6", WrongShape, "", blinded=["00", of("blinded")])
    small = book.draw("small secret", b"1024 bits", lambda: _rsa(65_537, 1_024))
    curve = ed25519.Ed25519PrivateKey.from_private_bytes(seed("no RSA key"))
    rows: tuple[tuple[str, Json], ...] = (
        ("of 1,024 bits", small),
        ("with the exponent 3", book.draw("e = 3", b"exponent 3", lambda: _rsa(3, 2_048))),
        ("of another kind", curve.private_bytes(*_FORM).hex()),
        ("that is no key", "00" * 32),
    )
    for name, secret in rows:
        book.bad(f"a secret key {name}", "E-12.10", WrongShape, "", secret=secret)


def _rsa(exponent: int, bits: int) -> bytes:
    return rsa.generate_private_key(exponent, bits).private_bytes(*_FORM)
