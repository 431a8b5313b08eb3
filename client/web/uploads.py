"""A file that comes from the browser, held once, in memory that no disk has.

This file knows a form in pieces (RFC 7578): its token first, then its texts, then its file. It
refuses a file that is longer than any attachment may be before it has all come, a form without a
token before any of the file has come, and to leave a byte of it when it is let go.
"""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

from aiohttp import BodyPartReader, MultipartReader, web

from client.filekind import HEAD, MOST
from client.web import inmemory
from client.web.inmemory import InMemory
from keys.errors import TooLarge, WrongShape

PLACE: Final = "/attach/"
"""Where files come: the one address whose forms may be long."""
_TEXT: Final = 4_096
_PIECE: Final = 1 << 18
_FIELDS: Final = 16
_READER: Final = web.RequestKey("upload", MultipartReader)


async def token(request: web.Request) -> str:
    """Return the token of a form, which stands first in it; nothing more of it is read yet."""
    if not request.content_type.startswith("multipart/"):
        return ""
    reader = MultipartReader(request.headers, request.content)
    request[_READER] = reader
    part = await reader.next()
    if not isinstance(part, BodyPartReader) or part.name != "csrf":
        return ""
    return await _text(part)


class Upload:
    """The rest of a form: its texts, and where its file can be read while it is held."""

    def __init__(self, file: InMemory) -> None:
        self.texts: dict[str, str] = {}
        self.length = 0
        self._to = file

    @property
    def path(self) -> str:
        """Where another program of this user reads it; nothing lies on a disk."""
        return self._to.path

    @property
    def head(self) -> bytes:
        """Its first bytes, which tell what it is."""
        return self._to.head(HEAD)

    async def take(self, request: web.Request) -> None:
        """Read the rest of a form as it comes.

        Raises:
            TooLarge: its file is longer than an attachment may be; the rest of it is not read.
            WrongShape: it is no such form.
        """
        reader = request[_READER]
        for _ in range(_FIELDS):
            part = await reader.next()
            if part is None:
                return
            if not isinstance(part, BodyPartReader) or part.name is None:
                raise WrongShape(field="form")
            if part.filename is None:
                self.texts[part.name] = await _text(part)
            else:
                await self._file(part)
        raise WrongShape(field="form")

    async def _file(self, part: BodyPartReader) -> None:
        while piece := await part.read_chunk(_PIECE):
            self.length += len(piece)
            if self.length > MOST:
                raise TooLarge(limit=MOST)
            self._to.write(piece)


@contextmanager
def held() -> Generator[Upload, None, None]:
    """Give room for a file that is in memory alone, and is gone when the block ends."""
    with inmemory.held() as file:
        yield Upload(file)


async def _text(part: BodyPartReader) -> str:
    """Read one text of a form.

    Raises:
        WrongShape: it is too long, or no text.
    """
    found = bytearray()
    while piece := await part.read_chunk(_TEXT):
        found += piece
        if len(found) > _TEXT:
            raise WrongShape(field="form")
    try:
        return found.decode().strip()
    except UnicodeDecodeError:
        raise WrongShape(field="form") from None
