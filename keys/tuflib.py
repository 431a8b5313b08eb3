"""The one door to python-tuf and securesystemslib: the names that this floor uses of them.

This file knows where the two libraries keep their classes and nothing about what they are for.
Both re-export these names from their public packages (`tuf.api.metadata`,
`securesystemslib.signer`) without saying so to type checkers, so they are taken from where they
are defined; should a release move one, it breaks here and nowhere else.
"""

from securesystemslib.signer._constants import ED25519, KEY_TYPE_ED25519, KEY_TYPE_MLDSA, MLDSA_65_1
from securesystemslib.signer._crypto_signer import CryptoSigner
from securesystemslib.signer._key import Key, SSlibKey
from securesystemslib.signer._signature import Signature
from tuf.api._payload import (
    MetaFile,
    Role,
    Root,
    Signed,
    Snapshot,
    TargetFile,
    Targets,
    Timestamp,
    VerificationResult,
)
from tuf.api.metadata import Metadata
from tuf.api.serialization import DeserializationError
from tuf.api.serialization.json import CanonicalJSONSerializer

__all__ = [
    "ED25519",
    "KEY_TYPE_ED25519",
    "KEY_TYPE_MLDSA",
    "MLDSA_65_1",
    "CanonicalJSONSerializer",
    "CryptoSigner",
    "DeserializationError",
    "Key",
    "MetaFile",
    "Metadata",
    "Role",
    "Root",
    "SSlibKey",
    "Signature",
    "Signed",
    "Snapshot",
    "TargetFile",
    "Targets",
    "Timestamp",
    "VerificationResult",
]
