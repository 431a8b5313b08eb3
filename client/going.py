"""How far the envelopes are that this machine is posting at this moment.

This file knows counts of bytes, by envelope, and that one posts at a time. It refuses to remember
any of it: what the broker has, the broker says when the next try begins.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import TypeAlias

Gone: TypeAlias = Callable[[bytes, int], None]
"""Told of which envelope how many bytes have gone since the last call; 0 when it begins."""


def unheard(_owner: bytes, _count: int) -> None:
    """Tell nobody how much has gone."""


class Going:
    """What is being posted now. Make it inside the event loop."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()
        self._gone: dict[bytes, int] = {}

    @asynccontextmanager
    async def posting(self, tell: Gone = unheard) -> AsyncGenerator[Gone, None]:
        """Post alone until the block ends; what is told of it is known here meanwhile."""

        def told(owner: bytes, count: int) -> None:
            self._gone[owner] = self._gone.get(owner, 0) + count
            tell(owner, count)

        async with self._turn:
            try:
                yield told
            finally:
                self._gone.clear()

    def of(self, owner: bytes) -> int | None:
        """Return how many bytes of an envelope the broker has; None when it is not being posted."""
        return self._gone.get(owner)
