"""The broker's own two keys: the one that signs checkpoints, and the roster's online pair.

This file knows where they lie in `data` and what registrars and root holders must be shown of
them. It refuses to know any other secret: what seals and opens is not on this floor.
"""

from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_bytes
from typing import Final, Self

from broker.files import make_directory
from keys.errors import BadSettings, NotHere, StoreDamaged
from keys.secretfile import read_secret, write_secret
from keys.signednote import SEED_BYTES, public_of
from keys.tufkeys import PAIR_SEED_BYTES, KeyPair

CHECKPOINT_KEY: Final = "checkpoint.key"
"""32 bytes: the Ed25519 seed by which checkpoints are signed."""
ONLINE_KEY: Final = "online.key"
"""64 bytes: the pair that signs timestamp and snapshot."""


@dataclass(frozen=True, slots=True)
class OwnKeys:
    """Both keys of one broker."""

    checkpoint_seed: bytes = field(repr=False)
    online: KeyPair = field(repr=False)

    @property
    def checkpoint_public(self) -> bytes:
        """32 bytes, for the registrars: the roster's checkpoint key."""
        return public_of(self.checkpoint_seed)

    @property
    def online_card(self) -> bytes:
        """The online pair's public halves, for the root holders (E-13.3)."""
        return self.online.card.encode()

    @classmethod
    def load(cls, data: Path) -> Self:
        """Read both keys from the directory `data`.

        Raises:
            BadSettings: one is missing; `field` is its file's name.
            UnsafeFile: others than this user may touch one.
            StoreDamaged: one is of another length, or cannot be read.
        """
        seed = _read(data / CHECKPOINT_KEY, SEED_BYTES)
        return cls(seed, KeyPair.from_seed(_read(data / ONLINE_KEY, PAIR_SEED_BYTES)))

    @classmethod
    def make(cls, data: Path) -> Self:
        """Make both keys in the directory `data`, once.

        Raises:
            AlreadyThere: there is one already; it is never replaced.
            DiskFull, StoreDamaged, UnsafeFile: they could not be written safely.
        """
        make_directory(data)
        write_secret(data / CHECKPOINT_KEY, token_bytes(SEED_BYTES), fresh=True)
        write_secret(data / ONLINE_KEY, KeyPair.generate().seed, fresh=True)
        return cls.load(data)


def _read(path: Path, size: int) -> bytes:
    try:
        found = read_secret(path)
    except NotHere:
        raise BadSettings(field=path.name) from None
    if len(found) != size:
        raise StoreDamaged
    return found
