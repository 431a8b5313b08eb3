"""What pages are drawn with: read once, and served from memory.

This file knows style sheets, scripts and fonts. It refuses to serve anything else that lies there.
"""

from importlib.resources import files
from types import MappingProxyType
from typing import Final

from aiohttp import web

_TYPES: Final = MappingProxyType(
    {".css": "text/css", ".js": "text/javascript", ".woff2": "font/woff2"}
)


def _shelf() -> dict[str, tuple[bytes, str]]:
    """Read what pages are drawn with; nothing else has an address."""
    found: dict[str, tuple[bytes, str]] = {}
    static = files("client.web") / "static"
    for place in (static, static / "vendor"):
        for one in place.iterdir():
            kind = _TYPES.get(f".{one.name.rpartition('.')[2]}")
            if kind is not None:
                found[one.name] = (one.read_bytes(), kind)
    return found


_STATIC: Final = _shelf()


async def asset(request: web.Request) -> web.StreamResponse:
    """Answer with a style sheet, script or font.

    Raises:
        HTTPNotFound: there is none of that name.
    """
    found = _STATIC.get(request.match_info["name"])
    if found is None:
        raise web.HTTPNotFound
    body, kind = found
    return web.Response(body=body, content_type=kind)
