"""Where a member connects.

This file knows two addresses. It refuses to know how they are reached: `transport.py` does.
"""

from dataclasses import dataclass

from yarl import URL


@dataclass(frozen=True, slots=True)
class Doors:
    """Where the broker and its issuer answer: base addresses without a path."""

    broker: URL
    issuer: URL
