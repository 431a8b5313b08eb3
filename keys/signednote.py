"""Text under Ed25519 signatures, in the form of C2SP signed-note (ENVELOPE E-11.6).

This file knows that form. It refuses to know what the text says (`checkpoint` does), to take a
second form for the first, and to hand out any text before its signature is verified.
"""

import re
from hashlib import sha256
from typing import Final

from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey, VerifyKey

from keys.armour import from_standard, to_standard
from keys.errors import BadSignature, OverLong, WrongShape

LIMIT: Final = 1 << 17
"""Characters in a note: room for sixteen signatures, post-quantum ones too."""
SEED_BYTES: Final = 32
PUBLIC_BYTES: Final = 32
_ED25519: Final = b"\1"
_KEY_ID_BYTES: Final = 4
_SIGNATURE_BYTES: Final = 64
_CONTROL: Final = re.compile(r"[\x00-\x09\x0b-\x1f\ud800-\udfff]")
_NAME: Final = re.compile(r"[^\s+\x00-\x1f]+")
_LINE: Final = re.compile(rf"— ({_NAME.pattern}) (\S+)")


def public_of(seed: bytes) -> bytes:
    """Return the 32-byte public key of a signing seed.

    Raises:
        WrongShape: `seed` is not 32 bytes.
    """
    if len(seed) != SEED_BYTES:
        raise WrongShape(field="note.seed")
    return bytes(SigningKey(seed).verify_key)


def key_id(name: str, public: bytes) -> bytes:
    """Return the 4 bytes that name a key in a signature line."""
    return sha256(name.encode() + b"\n" + _ED25519 + public).digest()[:_KEY_ID_BYTES]


def sign(text: str, name: str, seed: bytes) -> str:
    """Return `text`, a blank line, and its one signature line.

    Args:
        text: ends in a newline.
        name: the key's name: no white space, no plus sign.
        seed: 32 bytes.

    Raises:
        WrongShape: text, name or seed is not of that form.
    """
    public = public_of(seed)
    if not _NAME.fullmatch(name) or not text.endswith("\n") or _CONTROL.search(text):
        raise WrongShape(field="note")
    signature = SigningKey(seed).sign(text.encode()).signature
    return f"{text}\n— {name} {to_standard(key_id(name, public) + signature)}\n"


def open_(note: str, name: str, public: bytes) -> str:
    """Return the note's text when the key `public` of that `name` signed it, once.

    Lines by other keys are ignored, as the form asks: witnesses may add theirs.

    Raises:
        OverLong: more than `LIMIT` characters.
        WrongShape: not a signed note, or two lines by this key.
        BadSignature: no line by this key, or one that does not verify.
    """
    if len(note) > LIMIT:
        raise OverLong(limit=LIMIT)
    text, blank, tail = note.rpartition("\n\n")
    if not blank or not text or not tail.endswith("\n") or _CONTROL.search(note):
        raise WrongShape(field="note")
    text += "\n"
    mine = [
        found[_KEY_ID_BYTES:]
        for by, found in map(_signature, tail[:-1].split("\n"))
        if by == name and found.startswith(key_id(name, public))
    ]
    if len(mine) > 1:
        raise WrongShape(field="note")
    if not mine or len(mine[0]) != _SIGNATURE_BYTES:
        raise BadSignature
    try:
        VerifyKey(public).verify(text.encode(), mine[0])
    except BadSignatureError:
        raise BadSignature from None
    return text


def _signature(line: str) -> tuple[str, bytes]:
    """Read one signature line: the key's name, and its id before the signature."""
    found = _LINE.fullmatch(line)
    if found is None:
        raise WrongShape(field="note")
    signed = from_standard(found[2], "note")
    if len(signed) <= _KEY_ID_BYTES:
        raise WrongShape(field="note")
    return found[1], signed
