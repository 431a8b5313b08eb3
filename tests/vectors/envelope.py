"""Writes `envelope.json`: one good note, and notes that each fail in exactly one way.

Sealing is random, so every run writes other notes of the same meaning. They are made once for a
version of the envelope, reviewed and committed; `tests/test_opening.py` opens them ever after.
Run it from the root of the repository: `python -m tests.vectors.envelope`.
"""

import json
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Final

from keys.address import Board
from keys.body import Kind
from keys.errors import (
    BadSignature,
    BlobListMismatch,
    KeyMismatch,
    Refusal,
    UnknownKind,
    UnknownVersion,
    WrongChannel,
    WrongRecipient,
    WrongRole,
)
from tests.notes import (
    BY_MACHINE,
    EVA,
    HONEST,
    IDA,
    IDS,
    KARI,
    NOTICE,
    SIGNATURE,
    TODAY,
    Note,
    with_field,
)

NOTES: Final[dict[str, tuple[Note, type[Refusal] | None]]] = {
    "a case package": (HONEST, None),
    "a receipt by the machine": (BY_MACHINE, None),
    "re-sealed as if from the first sender": (replace(HONEST, reader=KARI), WrongRecipient),
    "moved to another board": (replace(NOTICE, channel=Board.CENTRE), WrongChannel),
    "the old half of the signature broken": (
        replace(HONEST, signature=bytes(64) + SIGNATURE[64:]),
        BadSignature,
    ),
    "the new half of the signature broken": (
        replace(HONEST, signature=SIGNATURE[:64] + bytes(3_309)),
        BadSignature,
    ),
    "a case package by the machine": (replace(HONEST, signer=EVA.machine), BadSignature),
    "a notice by a centre": (replace(NOTICE, sender=IDA), WrongRole),
    "another prekey id": (replace(HONEST, prekey_id=bytes(16)), KeyMismatch),
    "a blob left out": (replace(HONEST, blobs=IDS[:1]), BlobListMismatch),
    "a newer version": (replace(HONEST, raw=with_field(0, 2)), UnknownVersion),
    "a reserved kind": (replace(HONEST, raw=with_field(2, Kind.REFUSAL.value)), UnknownKind),
}


def main() -> None:
    """Write the file."""
    notes = [
        {
            "name": name,
            "board": note.board.value,
            "sender_identity": b64encode(note.sender.identity.encode()).decode(),
            "sender_machine": note.sender.machine.public.hex(),
            "reader": note.reader.member_id.hex(),
            "outer_seed": note.reader.outer.seed.hex(),
            "inner_seed": note.reader.inner.seed.hex(),
            "body_hash": sha256(note.body).hexdigest(),
            "note": b64encode(note.sealed).decode(),
            "refusal": refusal.code if refusal else "",
        }
        for name, (note, refusal) in NOTES.items()
    ]
    said = {"clauses": "E-4, E-5, E-9", "day": TODAY, "notes": notes}
    path = Path(__file__).with_name("envelope.json")
    path.write_text(json.dumps(said, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
