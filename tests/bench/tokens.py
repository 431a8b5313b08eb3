"""How many tokens a second, beside the bare RSA operation that each step cannot do without."""

from collections.abc import Callable
from time import perf_counter
from typing import Final, NamedTuple

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA384

from keys.address import TokenClass
from keys.calendar import Week
from keys.token import Challenge, IssuerSecret, prepare, verify

SECONDS: Final = 0.5
"""How long each row is measured."""
PSS: Final = padding.PSS(padding.MGF1(SHA384()), salt_length=48)


class Row(NamedTuple):
    """One line of the table: ours and the bare operation, each by its rate."""

    what: str
    per_second: float
    beside: str
    beside_per_second: float


def rate(act: Callable[[], object]) -> float:
    """Return how often `act` runs in a second, warmed up."""
    act()
    began, done = perf_counter(), 0
    while perf_counter() - began < SECONDS:
        act()
        done += 1
    return done / (perf_counter() - began)


def rows() -> list[Row]:
    """Return blind-sign (beside two bare operations), ask and finalize, and verify."""
    issuer = IssuerSecret.generate()
    challenge = Challenge("folge.example", TokenClass.parse("cc-note"), Week(2_970))
    request = prepare(issuer.public, challenge)
    answer = issuer.blind_sign(request.blinded)
    token = request.finalize(answer)
    key = rsa.generate_private_key(65_537, 2048)
    signature = key.sign(token.input, PSS, SHA384())
    public, n, e = key.public_key(), issuer.public.key.n, issuer.public.key.e
    d = pow(e, -1, (issuer.key.p - 1) * (issuer.key.q - 1))
    number = int.from_bytes(request.blinded, "big")
    signed = rate(lambda: issuer.blind_sign(request.blinded))
    verified = rate(lambda: public.verify(signature, token.input, PSS, SHA384()))
    return [
        Row(
            "blind-sign, blinded and checked",
            signed,
            "RSA-2048 sign by OpenSSL",
            rate(lambda: key.sign(token.input, PSS, SHA384())),
        ),
        Row(
            "blind-sign, blinded and checked",
            signed,
            "one bare pow(m, d, n)",
            rate(lambda: pow(number, d, n)),
        ),
        Row(
            "ask and finalize",
            rate(lambda: (prepare(issuer.public, challenge), request.finalize(answer))),
            "RSA-2048 verify by OpenSSL",
            verified,
        ),
        Row(
            "verify",
            rate(lambda: verify(token, issuer.public, challenge)),
            "RSA-2048 verify by OpenSSL",
            verified,
        ),
    ]


if __name__ == "__main__":
    for row in rows():
        print(
            f"{row.what:34}{row.per_second:9.0f}/s   {row.beside:28}{row.beside_per_second:9.0f}/s"
        )
