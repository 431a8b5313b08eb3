"""The one door to GMP: the modular arithmetic that the RSA of this floor uses.

This file knows four functions on whole numbers and their types, which the library itself does
not declare. It refuses to know what the numbers are for.
"""

from typing import Final, Protocol, SupportsInt, cast

import gmpy2  # type: ignore[import-untyped]  # pyright: ignore[reportMissingTypeStubs] - it has none


class _Library(Protocol):
    def gcd(self, a: int, b: int, /) -> SupportsInt: ...
    def invert(self, number: int, modulus: int, /) -> SupportsInt: ...
    def powmod(self, base: int, exponent: int, modulus: int, /) -> SupportsInt: ...
    def powmod_sec(self, base: int, exponent: int, modulus: int, /) -> SupportsInt: ...


_GMP: Final = cast("_Library", gmpy2)


def gcd(a: int, b: int) -> int:
    """Return the greatest common divisor of two numbers."""
    return int(_GMP.gcd(a, b))


def invert(number: int, modulus: int) -> int:
    """Return the inverse of `number` modulo `modulus`; ZeroDivisionError when it has none."""
    return int(_GMP.invert(number, modulus))


def powmod(base: int, exponent: int, modulus: int) -> int:
    """Return `base` to a public exponent; the time it takes depends on the numbers."""
    return int(_GMP.powmod(base, exponent, modulus))


def powmod_secret(base: int, exponent: int, modulus: int) -> int:
    """Return `base` to a secret exponent above 0, by GMP's side-channel resistant `mpz_powm_sec`.

    `modulus` is odd. Time and memory access depend on the lengths of the numbers alone.
    """
    return int(_GMP.powmod_sec(base, exponent, modulus))
