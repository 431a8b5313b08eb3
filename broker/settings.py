"""What an operator may choose, and nothing else.

This file knows the few settings of `folge-broker` and their form (PROTOCOL.md § 12). It refuses
to know what the signed roster says (lanes, quotas, issuer keys) and what one value serves for
all: those are constants. Time is nobody's setting.
"""

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Final, Self

from keys.errors import BadSettings, UnsafeFile

_LISTEN: Final = re.compile(r"(\[[0-9A-Fa-f:.]{2,45}\]|[0-9A-Za-z.-]{1,253}):([0-9]{1,5})")
_PORTS: Final = 65_536
_PIN: Final = re.compile(r"[0-9a-f]{64}")
_PATH: Final = re.compile(r"/[^\0\n]{0,4095}")


@dataclass(frozen=True, slots=True)
class Address:
    """Where a program listens; port 0 lets the system choose one."""

    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one program, broker or issuer; each has its own file.

    All are demanded and none has a default: a wrong guess at an address, a directory or a pin is
    worse than a question.

    Attributes:
        listen: address of the HTTP server (TLS ends in the proxy before it).
        data: absolute directory for what this program writes; nobody else may read it.
        roster: absolute directory of the roster's files, which the broker serves and signs.
        root_pin: 32 bytes, SHA-256 of the first `root.json`, from the enrolment letter.
    """

    listen: Address
    data: Path
    roster: Path
    root_pin: bytes

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read TOML; a setting that is unknown, missing or of another form refuses.

        Raises:
            BadSettings: `field` names the setting, never its value; `config` when `text` is no
                TOML, and `unknown` for a name this version does not have (it is not repeated: it
                may be a secret that was typed in a wrong place).
        """
        try:
            table: dict[str, object] = tomllib.loads(text)
        except tomllib.TOMLDecodeError:
            raise BadSettings(field="config") from None
        if not table.keys() <= set(names()):
            raise BadSettings(field="unknown")
        return cls(
            listen=_address(table, "listen"),
            data=_directory(table, "data"),
            roster=_directory(table, "roster"),
            root_pin=bytes.fromhex(_text(table, "root_pin", _PIN)[0]),
        )

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read the settings file at `path`.

        Raises:
            BadSettings: as `parse`, or the file is not readable UTF-8 text (`config`).
            UnsafeFile: `data` is another user's. Root would leave files in it that the program's
                own user cannot read.
        """
        try:
            text = path.read_text("utf-8")
        except (OSError, UnicodeDecodeError):
            raise BadSettings(field="config") from None
        settings = cls.parse(text)
        if _is_of_others(settings.data):
            raise UnsafeFile
        return settings


def names() -> tuple[str, ...]:
    """Return every setting's name, in the order of the documented table."""
    return tuple(field.name for field in fields(Settings))


def _is_of_others(directory: Path) -> bool:
    try:
        return directory.stat().st_uid != os.geteuid()
    except OSError:
        return False  # it is not there yet, or what uses it says what is wrong with it


def _text(table: Mapping[str, object], name: str, form: re.Pattern[str]) -> re.Match[str]:
    value = table.get(name)
    found = form.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise BadSettings(field=name)
    return found


def _address(table: Mapping[str, object], name: str) -> Address:
    found = _text(table, name, _LISTEN)
    port = int(found[2])
    if port >= _PORTS:
        raise BadSettings(field=name)
    return Address(found[1].strip("[]"), port)


def _directory(table: Mapping[str, object], name: str) -> Path:
    return Path(_text(table, name, _PATH)[0])
