"""Every process that this one starts, as any other on the machine could read it: words and setting.

The interpreter itself tells of each start, so nothing is stood in for and every way is heard:
`subprocess`, `asyncio`, `os.exec`, `os.posix_spawn`, `os.system`. This file refuses to judge what
is said there.
"""

import os
import sys
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final, cast

_BY: Final = frozenset({"subprocess.Popen", "os.exec", "os.posix_spawn", "os.spawn"})
_SHELL: Final = "os.system"
_listening: Final[list[list[bytes]]] = []


def _heard(event: str, arguments: tuple[object, ...]) -> None:
    """Write a start down for whoever listens."""
    if not _listening or (event not in _BY and event != _SHELL):
        return
    said = [*_octets(arguments)]
    inherited = b"".join(b"%s=%s\0" % pair for pair in os.environb.items())
    for listener in _listening:
        listener.append(b"\0".join([*said, inherited]))


def _octets(said: object) -> Iterable[bytes]:
    """Yield every word and name in the arguments of a start."""
    if isinstance(said, bytes):
        yield said
    elif isinstance(said, str | Path):
        yield os.fsencode(said)
    elif isinstance(said, Mapping):
        for pair in cast("Mapping[object, object]", said).items():
            yield b"=".join(_octets(pair))
    elif isinstance(said, Iterable):
        for one in cast("Iterable[object]", said):
            yield from _octets(one)


@contextmanager
def starts() -> Generator[list[bytes]]:
    """Return a list to which every start is added until the block ends."""
    if _heard not in _hooked:
        sys.addaudithook(_heard)
        _hooked.append(_heard)
    found: list[bytes] = []
    _listening.append(found)
    try:
        yield found
    finally:
        _listening.remove(found)


_hooked: Final[list[object]] = []
"""A hook can never be taken out again: it is put in once."""
