"""How vectors write bytes: in hexadecimal, and shorter where they are long or stand twice.

This file knows the few forms that `README.md` lists. It computes a chunked message by itself,
from the words of ENVELOPE E-6 and not by our code, so that a vector's bytes are a witness of
their own.
"""

from base64 import b64decode
from collections.abc import Mapping
from typing import TypeAlias, cast

from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

Json: TypeAlias = "bool | int | str | list[Json] | dict[str, Json] | None"

_LABEL = b"c2sp.org/chunked-encryption@v1+AEAD_CHACHA20_POLY1305\0"
_CHUNK = 16_384


class Octets:
    """Reads written bytes; `named` are those that a file gives a name to."""

    def __init__(self, named: Mapping[str, Json]) -> None:
        self._named = named
        self._read: dict[str, bytes] = {}

    def named(self, name: str) -> bytes:
        """Return the bytes of that name."""
        if name not in self._read:
            self._read[name] = self.read(self._named[name])
        return self._read[name]

    def read(self, said: Json) -> bytes:
        """Return the bytes that `said` stands for."""
        if isinstance(said, str):
            return bytes.fromhex(said)
        if isinstance(said, list):
            return b"".join(map(self.read, said))
        return self._long(said)

    def _long(self, said: Json) -> bytes:
        match said:
            case {"of": str(name)}:
                begin, end = said.get("from"), said.get("to")
                return self.named(name)[cast("int | None", begin) : cast("int | None", end)]
            case {"repeat": piece, "times": int(times)}:
                return self.read(piece) * times
            case {"base64": str(text)}:
                return b64decode(text, validate=True)
            case {"text": str(text)}:
                return text.encode()
            case {"hex": spelt}:
                return self.read(spelt).hex().encode()
            case {"chunked": dict(message)}:
                return self._chunked(message)
            case _:
                raise ValueError(said)

    def _chunked(self, message: dict[str, Json]) -> bytes:
        key, salt, context, plain = (
            self.read(message[name]) for name in ("key", "salt", "context", "plain")
        )
        derived = HKDFExpand(SHA512(), 76, _LABEL + salt + context).derive(key)
        aead, base = ChaCha20Poly1305(derived[:32]), int.from_bytes(derived[32:44], "big")
        chunks = (
            aead.encrypt(
                (base ^ number).to_bytes(12, "big"),
                plain[number * _CHUNK : (number + 1) * _CHUNK],
                None,
            )
            for number in range(len(plain) // _CHUNK + 1)
        )
        return salt + derived[44:] + b"".join(chunks)


def of(name: str, begin: int | None = None, end: int | None = None) -> Json:
    """Write the named bytes, or those from `begin` to `end`."""
    said: dict[str, Json] = {"of": name}
    if begin is not None:
        said["from"] = begin
    if end is not None:
        said["to"] = end
    return said
