"""Opening a slot so that nothing of its keys stays in the process (E-14.10 ff.).

This file knows libsodium's own two calls, into buffers that it overwrites afterwards: PyNaCl's
give bytes, and free a buffer behind them as it was, where it lies for as long as the process runs.
It refuses to know what a slot is. The passphrase is text that Python holds; nobody can wipe that.
"""

from importlib import import_module
from typing import Any, Final

from keys.errors import NoMemory, WrongPassphrase
from keys.rows import KEY_BYTES, TAG_BYTES

_SODIUM: Final = import_module("nacl._sodium")  # compiled: nobody wrote down its types
ffi: Any = _SODIUM.ffi
lib: Any = _SODIUM.lib
_ARGON2ID: Final = 2
"""`crypto_pwhash_ALG_ARGON2ID13`."""


def derived(passphrase: bytes, salt: bytes, passes: int, memory: int) -> bytearray:
    """Return the 32-byte wrapping key: Argon2id (RFC 9106) of the passphrase.

    Whoever called wipes it with `wipe`.

    Raises:
        NoMemory: the machine lacks the memory that the cost names.
    """
    key = bytearray(KEY_BYTES)
    held = (ffi.from_buffer(key), KEY_BYTES, passphrase, len(passphrase), salt)
    if lib.crypto_pwhash(*held, passes, memory, _ARGON2ID):
        wipe(key)
        raise NoMemory
    return key


def unwrapped(sealed: bytes, aad: bytes, nonce: bytes, key: bytearray) -> bytearray:
    """Return the 32 bytes that are sealed under `key`, which is wiped.

    Raises:
        WrongPassphrase: that key does not open it.
    """
    out = bytearray(KEY_BYTES)
    if len(sealed) != KEY_BYTES + TAG_BYTES:
        wipe(key)
        raise WrongPassphrase
    bound = (sealed, len(sealed), aad, len(aad), nonce, ffi.from_buffer(key))
    failed = lib.crypto_aead_xchacha20poly1305_ietf_decrypt(
        ffi.from_buffer(out), ffi.NULL, ffi.NULL, *bound
    )
    wipe(key)
    if failed:
        raise WrongPassphrase
    return out


def wipe(octets: bytearray) -> None:
    """Overwrite what a buffer holds."""
    octets[:] = bytes(len(octets))
