"""The member's settings: few, and an unknown one is refused.

This file knows where the broker is and what it must prove. It refuses to have a setting that two
members need not set differently, and none moves time, softens consent or keeps anything longer.
"""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final, Self

from yarl import URL

from client.doors import Doors
from client.retention import ARRIVAL_HOURS, RULES, SETTABLE, Held, Limits
from keys.errors import BadSettings
from keys.words import Language

_PIN: Final = re.compile(r"[0-9a-f]{64}")
_HOST: Final = re.compile(r"[A-Za-z0-9.:-]{1,253}")
_LOCAL: Final = frozenset({"127.0.0.1", "::1", "localhost"})
_DAYS: Final = {f"{held}_days": held for held in SETTABLE}
NAMES: Final = ("broker", "issuer", "proxy", "root_pin", "language", "arrival_hours", *_DAYS)
"""Every setting there is; docs/reference/settings.md has the same list."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What one member's service needs to be told.

    Attributes:
        doors: addresses of broker and issuer, `https` or loopback, and of a proxy before them.
        root_pin: 32 bytes, SHA-256 of the first root, from the enrolment letter.
        language: of what the service says when nobody asked in another.
        arrival_hours: after an arrival window, until both desks ask whether somebody has come.
        limits: how long anything is kept; only shorter than the program's own days.
    """

    doors: Doors
    root_pin: bytes
    language: Language = Language.NB
    arrival_hours: int = ARRIVAL_HOURS
    limits: Limits = Limits()  # noqa: RUF009 - it is frozen

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read the settings file.

        Raises:
            BadSettings: it is missing or no TOML, or a setting is unknown, missing or out of
                range; `field` names it, or says `unknown`.
            KeptTooLong: a setting would keep something longer than the program does.
        """
        try:
            found = tomllib.loads(path.read_text("utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
            raise BadSettings(field="settings.toml") from None
        if not found.keys() <= set(NAMES):
            # Its name is not repeated: it may be a secret that was typed in a wrong place.
            raise BadSettings(field="unknown")
        pin = _text(found, "root_pin")
        if not _PIN.fullmatch(pin):
            raise BadSettings(field="root_pin")
        doors = _doors(found)
        language = found.get("language", Language.NB.value)
        if not isinstance(language, str):
            raise BadSettings(field="language")
        return cls(
            doors, bytes.fromhex(pin), Language.parse(language), _hours(found), _limits(found)
        )

    def write(self) -> str:
        """Return the file that `read` reads."""
        proxy = "" if self.doors.proxy is None else f'proxy = "{self.doors.proxy}"\n'
        return (
            f'broker = "{self.doors.broker}"\n'
            f'issuer = "{self.doors.issuer}"\n'
            f"{proxy}"
            f'root_pin = "{self.root_pin.hex()}"\n'
            f'language = "{self.language}"\n'
            f"arrival_hours = {self.arrival_hours}\n"
        ) + "".join(f"{held}_days = {days}\n" for held, days in self.limits.days.items())


def _text(found: dict[str, object], name: str) -> str:
    value = found.get(name)
    if not isinstance(value, str):
        raise BadSettings(field=name)
    return value


def _hours(found: dict[str, object]) -> int:
    value = found.get("arrival_hours", ARRIVAL_HOURS)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= ARRIVAL_HOURS:
        raise BadSettings(field="arrival_hours")
    return value


def _limits(found: dict[str, object]) -> Limits:
    """Read the days that this member keeps less long than it might."""
    days: dict[Held, int] = {}
    for name, held in _DAYS.items():
        value = found.get(name, RULES[held].days)
        if not isinstance(value, int) or isinstance(value, bool):
            raise BadSettings(field=name)
        if name in found:
            days[held] = value
    return Limits(MappingProxyType(days))


def _doors(found: dict[str, object]) -> Doors:
    """Read where to connect; a proxy only carries what is closed to it.

    What goes to an `http` door through a proxy is no tunnel: the proxy would read every path and
    every token.
    """
    broker, issuer = _door(found, "broker"), _door(found, "issuer")
    if "proxy" not in found:
        return Doors(broker, issuer)
    proxy = _address(found, "proxy")
    if proxy.scheme != "http" or {broker.scheme, issuer.scheme} != {"https"}:
        raise BadSettings(field="proxy")
    return Doors(broker, issuer, proxy)


def _door(found: dict[str, object], name: str) -> URL:
    """Read where somebody answers: TLS, unless it is this very machine."""
    url = _address(found, name)
    local = url.scheme == "http" and url.host in _LOCAL
    if not (url.scheme == "https" or local):
        raise BadSettings(field=name)
    return url


def _address(found: dict[str, object], name: str) -> URL:
    """Read an address without a path, a name or a password."""
    try:
        url = URL(_text(found, name))
        bare = url.origin() == url
    except ValueError:
        raise BadSettings(field=name) from None
    if not bare or not _HOST.fullmatch(url.raw_host or ""):
        raise BadSettings(field=name)
    return url
