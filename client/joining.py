"""What a member-to-be tells the registrars: its directory entry, and the request that carries it.

This file knows which words an entry has. It refuses to make anything while an entry is wrong: what
the registrars' program would refuse is refused before there is a key.
"""

from collections.abc import Callable, Mapping
from typing import Final

from client.enrol import make_member
from client.home import Home
from client.settings import Settings
from keys.address import MemberId, Role
from keys.enrolment import EnrolmentRequest
from keys.errors import BadSettings
from keys.identity import Identity
from keys.keystore import MODERATE, Cost
from keys.member import Directory

ENTRY: Final = ("instance", "role", "name", "region", "units", "access", "call_back_phone")
"""The words of an entry; a centre may have `home_district` besides, in hexadecimal."""


def asker(said: Mapping[str, str]) -> Callable[[Identity], EnrolmentRequest]:
    """Return what makes the request of an identity.

    Args:
        said: every word of `ENTRY`, and `home_district`, which may be empty.

    Raises:
        BadSettings: the role or the home district is none.
        WrongShape: a text is too long, too short or no line.
    """
    try:
        role = Role(said["role"])
        home = MemberId(bytes.fromhex(said["home_district"]))
    except ValueError:
        raise BadSettings(field="entry") from None
    directory = Directory(
        said["name"], said["region"], said["units"], said["access"], said["call_back_phone"]
    )

    def made(identity: Identity) -> EnrolmentRequest:
        return EnrolmentRequest.make(identity, said["instance"], role, directory, home or None)

    made(Identity.generate())
    return made


async def join(
    home: Home,
    settings: Settings,
    said: Mapping[str, str],
    who: tuple[str, str],
    cost: Cost = MODERATE,
) -> EnrolmentRequest:
    """Make this machine a member, and keep the request with it; returns the request.

    Args:
        home: a directory that does not hold a member yet.
        settings: written down for the service.
        said: the entry, as `asker` takes it.
        who: the first colleague's name and passphrase.
        cost: of guessing a passphrase; only tests pass a cheap one.

    Raises:
        AlreadyThere: a member lives there; nothing was changed.
        BadSettings, WrongShape, WeakPassphrase: as `asker` and `make_member`; nothing was made.
    """
    made = asker(said)

    def asking(identity: Identity) -> bytes:
        return made(identity).encode()

    await make_member(home, settings, *who, cost, asking)
    return EnrolmentRequest.decode(home.request.read_bytes())


def asked(home: Home) -> EnrolmentRequest | None:
    """Return the request that was kept here, or None where no member was made whole.

    Raises:
        Malformed, BadSignature: another program wrote that file.
    """
    if not home.settings.exists() or not home.request.exists():
        return None
    return EnrolmentRequest.decode(home.request.read_bytes())
