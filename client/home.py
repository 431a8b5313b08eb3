"""Where one member's files lie on this machine.

This file knows names and modes. It refuses to know contents.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from client.disk import in_words
from keys.errors import UnsafeFile

_PRIVATE = 0o700
_OTHERS = 0o077


@dataclass(frozen=True, slots=True)
class Home:
    """A directory that its owner alone may enter."""

    path: Path

    def make(self) -> None:
        """Make the directory, or accept it when only its owner may enter.

        Raises:
            UnsafeFile: others may enter it.
            DiskFull, StoreDamaged: it cannot be made.
        """
        with in_words():
            self.path.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
        self.check()

    def check(self) -> None:
        """Accept the directory when it is this user's and only its owner may enter.

        Raises:
            UnsafeFile: others may enter it, or it is somebody else's.
            NotHere: there is none.
        """
        with in_words():
            found = self.path.stat()
        if found.st_mode & _OTHERS or found.st_uid != os.geteuid():
            raise UnsafeFile

    @property
    def settings(self) -> Path:
        """The settings file."""
        return self.path / "settings.toml"

    @property
    def request(self) -> Path:
        """What the registrars get: public, and kept for whoever has mislaid it."""
        return self.path / "enrolment.request"

    @property
    def slots(self) -> Path:
        """The staff lock."""
        return self.path / "staff.slots"

    @property
    def ledger(self) -> Path:
        """The encrypted store."""
        return self.path / "ledger.db"

    @property
    def cells(self) -> Path:
        """Sealed cells and staged attachments, under names that mean nothing."""
        return self.path / "cells"

    @property
    def socket(self) -> Path:
        """Where the service listens for its own user."""
        return self.path / "control.sock"

    @property
    def desk_lock(self) -> Path:
        """What the one desk that is open holds; empty."""
        return self.path / "desk.lock"
