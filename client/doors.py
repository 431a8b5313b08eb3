"""Where a member connects.

This file knows two addresses, and who stands between. It refuses to know how they are reached:
`transport.py` does.
"""

from dataclasses import dataclass

from yarl import URL


@dataclass(frozen=True, slots=True)
class Doors:
    """Where the broker and its issuer answer: base addresses without a path.

    Attributes:
        broker: where cells are left and read.
        issuer: where tokens are issued.
        proxy: an ordinary HTTP CONNECT proxy that everything goes through, or None.
    """

    broker: URL
    issuer: URL
    proxy: URL | None = None
