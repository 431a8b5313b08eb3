"""Who may ask the desk for anything: this browser's own pages, and nobody else.

This file knows headers, and decides as a table of rules over them. It refuses to know a page.

A browser that does not say where a request comes from is refused (Fetch Metadata, W3C), and so is
a name that is not ours: a foreign page that points its own name at this machine (DNS rebinding)
asks under that name. `Referrer-Policy` is `same-origin`, and not `no-referrer`: under the latter
browsers send `Origin: null` with our own forms (Fetch § 3.1).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Self

HEADERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "Content-Security-Policy": "; ".join(
            (
                *("default-src 'none'", "script-src 'self'", "style-src 'self'"),
                *("img-src 'self' data:", "font-src 'self'", "connect-src 'self'"),
                *("form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'"),
            )
        ),
        "Cache-Control": "no-store",
        "Referrer-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), clipboard-read=()",
    }
)
"""What every answer carries. Images may be data: the style sheet holds its icons so."""

_OWN: Final = frozenset({"same-origin"})
_TYPED: Final = _OWN | {"none"}
_PLACES: Final = frozenset({"document", "empty", "style", "script", "font", "image"})
READS: Final = frozenset({"GET"})
WRITES: Final = frozenset({"POST"})


class Foreign(StrEnum):
    """Why a request was turned away."""

    METHOD = "method"
    HOST = "host"
    SITE = "site"
    PLACE = "place"
    ORIGIN = "origin"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request says of itself; what it does not say is empty.

    Attributes:
        method: `GET` or `POST`.
        host: under which name and port the desk was asked for.
        site: `Sec-Fetch-Site`: who made the browser ask.
        place: `Sec-Fetch-Dest`: what the answer is for.
        origin: whose page a form stood on.
    """

    method: str
    host: str
    site: str
    place: str
    origin: str

    @classmethod
    def of(cls, method: str, headers: Mapping[str, str]) -> Self:
        """Read the headers of a request."""
        names = ("Host", "Sec-Fetch-Site", "Sec-Fetch-Dest", "Origin")
        return cls(method, *(headers.get(name, "") for name in names))


def foreign(asked: Asked, origin: str) -> Foreign | None:
    """Return why a request is not one of our own pages', or None when it is.

    Args:
        asked: what the request says.
        origin: our only one: scheme and name, and the port where it is not the scheme's own.
    """
    host = origin.partition("://")[2]
    writes = asked.method in WRITES
    rules = (
        (Foreign.METHOD, asked.method in READS | WRITES),
        (Foreign.HOST, asked.host == host),
        (Foreign.SITE, asked.site in (_OWN if writes else _TYPED)),
        (Foreign.PLACE, asked.place in _PLACES),
        (Foreign.ORIGIN, asked.origin == origin or not (writes or asked.origin)),
    )
    return next((why for why, holds in rules if not holds), None)
