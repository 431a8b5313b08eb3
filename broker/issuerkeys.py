"""The issuer's weekly keys on disk: made ahead, signed for by the registrars, destroyed after.

This file knows one directory of files, `{week}/{token class}.key`, each an RSA-2048 key by which
tokens of one class and one week are made (PROTOCOL.md P-10.7, P-10.8). It refuses to decide which
of them may be used: that is the signed roster's to say.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from broker.files import disk, make_directory
from keys.address import TOKEN_CLASSES, TokenClass
from keys.calendar import Week
from keys.errors import NotHere
from keys.issuers import Issuers, ordered_issuers
from keys.secretfile import read_secret, write_secret
from keys.token import IssuerSecret

_SUFFIX: Final = ".key"


class WeeklyKeys:
    """The keys in one directory.

    Args:
        directory: made when the first key is.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._read: dict[Path, IssuerSecret] = {}

    def make(self, weeks: Iterable[Week], classes: Iterable[TokenClass] = TOKEN_CLASSES) -> None:
        """Make the keys of `weeks` that are not there yet; those that are stay as they are.

        Raises:
            DiskFull, StoreDamaged, UnsafeFile: a key could not be written safely.
        """
        wanted = tuple(classes)
        for week in weeks:
            make_directory(self._directory / str(week))
            for token_class in wanted:
                path = self._path(token_class, week)
                if not path.exists():
                    write_secret(path, IssuerSecret.generate().to_der(), fresh=True)

    def load(self, week: Week) -> dict[TokenClass, IssuerSecret]:
        """Return the keys of `week` that are there.

        Raises:
            UnsafeFile: others may read one of them.
            StoreDamaged, WrongShape: one of them is no longer a key.
        """
        found: dict[TokenClass, IssuerSecret] = {}
        for token_class in TOKEN_CLASSES:
            with suppress(NotHere):
                found[token_class] = self._key(self._path(token_class, week))
        return found

    def _key(self, path: Path) -> IssuerSecret:
        """Return the key in a file; OpenSSL examines it when it is not the one read before."""
        der = read_secret(path)
        known = self._read.get(path)
        if known is None or known.to_der() != der:
            known = self._read[path] = IssuerSecret.from_der(der)
        return known

    def sheet(self) -> Issuers:
        """Return the public half of every key, for the registrars to put into the roster.

        Raises:
            UnsafeFile, StoreDamaged, WrongShape: as `load`.
        """
        return ordered_issuers(
            {
                (token_class, week): secret.public
                for week in self._weeks()
                for token_class, secret in self.load(week).items()
            }
        )

    def destroy_before(self, week: Week) -> tuple[Week, ...]:
        """Destroy the keys of every week before `week`; return those weeks.

        Raises:
            StoreDamaged: one could not be destroyed.
        """
        over = tuple(old for old in self._weeks() if old < week)
        for old in over:
            directory = self._directory / str(old)
            for path in directory.iterdir():
                self._read.pop(path, None)
                _destroy(path)
            directory.rmdir()
        return over

    def _path(self, token_class: TokenClass, week: Week) -> Path:
        return self._directory / str(week) / f"{token_class}{_SUFFIX}"

    def _weeks(self) -> Iterator[Week]:
        if not self._directory.is_dir():
            return
        for path in sorted(self._directory.iterdir()):
            if path.name.isascii() and path.name.isdigit():
                yield Week(int(path.name))


def _destroy(path: Path) -> None:
    """Overwrite a file and remove it.

    Where a disk writes elsewhere what it overwrites, this is no more than removal; the data
    directory belongs on an encrypted disk (RUNBOOK).
    """
    with disk():
        with path.open("r+b") as file:
            file.write(bytes(path.stat().st_size))
            file.flush()
            os.fsync(file.fileno())
        path.unlink()
