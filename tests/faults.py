"""Faults that tests call forth: a disk without room, and a process of its own to kill."""

import resource
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager


def run(script: str, *arguments: str) -> int:
    """Run a script in a process of its own; give its exit status, negative for a signal."""
    return subprocess.run(
        [sys.executable, "-c", script, *arguments], check=False, timeout=60
    ).returncode


@contextmanager
def little_room(size: int) -> Generator[None, None, None]:
    """Have the kernel refuse, for a while, to write any file longer than `size` bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
