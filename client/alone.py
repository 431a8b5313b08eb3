"""One desk at a time for a member: a second would lock and unlock behind the first one's back.

This file knows a lock file. It refuses to go by what stands in it, or by its being there: the
kernel lets go of the lock with the process, however that ends.
"""

import fcntl
import os
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

from client.disk import in_words
from client.home import Home
from client.refusals import DeskRunning

_OPEN: Final = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC


@contextmanager
def only_desk(home: Home) -> Generator[None, None, None]:
    """Hold the member's desk until the block ends.

    Raises:
        DeskRunning: another process holds it.
        UnsafeFile, NotHere: of the member's directory, as `Home.check`.
    """
    home.check()
    with in_words():
        descriptor = os.open(home.desk_lock, _OPEN, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DeskRunning from None
        yield
    finally:
        os.close(descriptor)
