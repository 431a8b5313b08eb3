"""A file that is in memory and on no disk, which another program of this user can reach by a path.

This file knows how one is had and let go. It refuses to know what is written into it, and to leave
a byte of it when it is let go.
"""

import os
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

_NAME: Final = "desk"


class InMemory:
    """One such file, while it is held."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    @property
    def path(self) -> str:
        """Where another program of this user reads or writes it."""
        return f"/proc/{os.getpid()}/fd/{self._descriptor}"

    def write(self, data: bytes | bytearray) -> None:
        """Write all of this behind what is there."""
        left = memoryview(data)
        while left:
            left = left[os.write(self._descriptor, left) :]

    def head(self, count: int) -> bytes:
        """Return its first bytes."""
        return os.pread(self._descriptor, count, 0)

    def octets(self) -> bytes:
        """Return all of it."""
        return self.head(os.fstat(self._descriptor).st_size)


@contextmanager
def held() -> Generator[InMemory, None, None]:
    """Give room in memory; it is gone when the block ends."""
    descriptor = os.memfd_create(_NAME, os.MFD_CLOEXEC)
    try:
        yield InMemory(descriptor)
    finally:
        os.close(descriptor)
