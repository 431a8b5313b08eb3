"""A client that posts cells with tokens that another client has too, and says what it heard.

`python -m tests.rival_client URL FILE NAME`: FILE holds one token's header on each line. For each
this process posts a note of its own, the same whenever it is started under the same name, and
prints the line's number with `kept` or the refusal's code. When nobody answers any more it ends.
"""

import asyncio
import sys
from hashlib import sha256, shake_256
from pathlib import Path

from yarl import URL

from client.doors import Doors
from client.transport import Transport
from keys.address import NOTE_BYTES, Board, CellClass
from keys.errors import Refusal, Unreachable
from keys.token import Token


def note_of(name: str, number: int) -> bytes:
    """Return what a client posts with a token: 8,192 bytes that say nothing."""
    return shake_256(f"{name} {number}".encode()).digest(NOTE_BYTES)


def prove(*_: object) -> str:
    """Sign nothing: whoever posts a cell is nobody."""
    raise AssertionError


async def post_all(url: URL, tokens: list[str], name: str) -> None:
    """Post a note with every token, one after the other."""
    async with Transport(Doors(url, url), prove) as transport:
        for number, header in enumerate(tokens):
            body, by = note_of(name, number), Token.from_header(header)
            try:
                heard = await transport.post_cell(Board.CENTRE, CellClass.NOTE, body, by)
                assert heard == sha256(body).digest()
                said = "kept"
            except Unreachable:
                return
            except Refusal as refusal:
                said = refusal.code
            print(number, said, flush=True)  # noqa: T201 - the answer, to whoever asked


if __name__ == "__main__":
    asyncio.run(post_all(URL(sys.argv[1]), Path(sys.argv[2]).read_text().split(), sys.argv[3]))
