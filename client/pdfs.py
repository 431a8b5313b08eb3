"""PDFs are written anew before they are attached, with what is seen on their pages and little else.

This file knows a PDF by its content, and which entries a page needs to look as it did. Everything
else is left behind: scripts, actions, links, forms, comments, embedded files, earlier versions, who
wrote it and when. It refuses what cannot be looked into: passwords, layers that can be hidden, and
pictures in forms whose notes it cannot take out. What remains is said in README.

Source: ISO 32000-2 (§ 7.7 document structure, § 12 interactive features, § 14 interchange).
"""

import io
import logging
import warnings
import zlib
from typing import BinaryIO, Final, Protocol, cast

import pikepdf
from pikepdf import AccessMode, Array, Dictionary, Name, Object, Page, Pdf, Stream, Token, TokenType

from client.jpegs import without_notes
from client.refusals import UnreadablePdf

MOST_PAGES: Final = 5_000
MOST_CONTENT: Final = 16 << 20
"""The longest text of one page or form in bytes, unpacked; a longer one is refused unread."""
_MOST_OBJECTS: Final = 500_000
_MOST_LEVELS: Final = 64
_STEP: Final = 1 << 16
_GLYPH: Final = "a glyph"

_PAGE: Final = (
    "Type MediaBox CropBox BleedBox TrimBox ArtBox Rotate UserUnit Contents Resources Group"
)
_FONT: Final = (
    "BaseFont FirstChar LastChar Widths FontDescriptor Encoding BaseEncoding Differences ToUnicode"
    " FontBBox FontMatrix CharProcs DescendantFonts CIDSystemInfo Registry Ordering Supplement DW W"
    " DW2 W2 CIDToGIDMap FontName FontStretch FontWeight Flags ItalicAngle Ascent Descent Leading"
    " CapHeight XHeight StemV StemH AvgWidth MaxWidth MissingWidth FontFile FontFile2 FontFile3"
    " CharSet CIDSet CMapName WMode UseCMap Length1 Length2 Length3"
)
_IMAGE: Final = (
    "Subtype Width Height ColorSpace BitsPerComponent ImageMask Mask Decode Interpolate SMask Matte"
    " Intent Filter DecodeParms Length K Columns Rows BlackIs1 EncodedByteAlign EndOfLine"
    " EndOfBlock Predictor Colors EarlyChange ColorTransform JBIG2Globals"
)
_PAINT: Final = (
    "FormType BBox Matrix S CS I LW LC LJ ML D RI OP op OPM Font BG BG2 UCR UCR2 TR TR2 HT FL SM SA"
    " BM CA ca AIS TK G BC PatternType PaintType TilingType XStep YStep Shading ExtGState"
    " ShadingType Background AntiAlias Domain Function Coords Extend BitsPerCoordinate BitsPerFlag"
    " VerticesPerRow FunctionType Range Size BitsPerSample Order Encode C0 C1 N Functions Bounds"
    " WhitePoint BlackPoint Gamma Pattern XObject ProcSet Colorants Process Components HalftoneType"
    " Frequency Angle SpotFunction AccurateScreens"
)
_KEPT: Final = frozenset(f"/{word}" for word in f"{_PAGE} {_FONT} {_IMAGE} {_PAINT}".split())
"""Every entry that stays, of whatever it is an entry."""
_NAMED: Final = frozenset(
    {"/XObject", "/Font", "/ExtGState", "/ColorSpace", "/Pattern", "/Shading"}
    | {"/CharProcs", "/Colorants"}
)
"""Entries that hold things under names of the document's own choosing."""
_MARKS: Final = frozenset({"BMC", "BDC", "EMC", "MP", "DP"})
_JPEG: Final = frozenset({"/DCT", "/DCTDecode"})
_OPAQUE: Final = frozenset({*_JPEG, "/JPXDecode", "/Crypt"})
"""Forms in which a picture may carry notes that stay unseen here."""
_PLAIN: Final = frozenset({"/ASCIIHexDecode", "/ASCII85Decode"})
_DEVICES: Final = {1: Name.DeviceGray, 3: Name.DeviceRGB, 4: Name.DeviceCMYK}
logging.getLogger("pikepdf").setLevel(logging.CRITICAL)  # else it may log what a file holds


class Source(Protocol):
    """A PDF that can be read at any place, such as an open file."""

    def read(self, most: int = -1, /) -> bytes:
        """Return the next bytes."""
        ...

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Go to a place."""
        ...

    def tell(self) -> int:
        """Return the place."""
        ...


def cleaned(source: Source) -> bytes:
    """Return a PDF whose pages look the same, and which holds nothing but them.

    What stood in the fields of a form and what was stamped on a page is drawn into the page.

    Raises:
        UnreadablePdf: it is damaged, locked, has layers, or holds what cannot be looked into.
    """
    out = io.BytesIO()
    try:
        with (
            warnings.catch_warnings(),
            # Read, not mapped: a file that shrinks meanwhile must not end this program.
            Pdf.open(
                cast("BinaryIO", source), suppress_warnings=True, access_mode=AccessMode.stream
            ) as old,
            Pdf.new() as new,
        ):
            warnings.simplefilter("ignore")
            _refuse_what_hides(old)
            old.generate_appearance_streams()
            old.flatten_annotations()
            for page in old.pages:
                _only_drawn(page)
                new.pages.append(page)
            _Cleaner(new).clean()
            new.remove_unreferenced_resources()
            new.save(
                out, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate
            )
    except UnreadablePdf:
        raise
    except Exception:  # noqa: BLE001 - a damaged file makes the library raise almost anything
        raise UnreadablePdf from None
    return out.getvalue()


def _refuse_what_hides(pdf: Pdf) -> None:
    if pdf.is_encrypted or "/OCProperties" in pdf.Root or not 0 < len(pdf.pages) <= MOST_PAGES:
        raise UnreadablePdf


def _only_drawn(page: Page) -> None:
    """Take from a page what does not make its picture, so that nothing behind it is copied."""
    for name in ("/Resources", "/MediaBox", "/CropBox", "/Rotate"):
        # What a page inherits must be its own before it leaves its tree.
        found = _inherited(page.obj, name)
        if found is not None:
            page.obj[name] = found
    for name in set(page.obj.keys()) - {f"/{word}" for word in _PAGE.split()} - {"/Parent"}:
        del page.obj[name]


def _inherited(page: Object, name: str) -> Object | None:
    for _ in range(_MOST_LEVELS):
        if name in page:
            return page[name]
        if "/Parent" not in page:
            break
        page = page["/Parent"]
    return None


class _Cleaner:
    """Goes through everything that a new PDF's pages reach, each thing once."""

    def __init__(self, pdf: Pdf) -> None:
        self._pdf = pdf
        self._seen: set[tuple[int, int]] = set()
        self._left: list[tuple[str, Object]] = []

    def clean(self) -> None:
        """Clean them all."""
        for page in self._pdf.pages:
            if "/Contents" in page.obj:
                found = page.obj.Contents
                self._refuse_too_long(list(found) if isinstance(found, Array) else [found])
                page.contents_coalesce()
                page.obj.Contents.write(page.get_filtered_contents(_Drawing()))
            self._prune(page.obj, "")
        while self._left:
            self._one(*self._left.pop())

    def _one(self, name: str, what: Object) -> None:
        """Clean what stands under `name`."""
        if what.is_indirect:
            if what.objgen in self._seen:
                return
            self._seen.add(what.objgen)
            if len(self._seen) > _MOST_OBJECTS:
                raise UnreadablePdf
        if isinstance(what, Array):
            for at, one in enumerate(list(what)):
                self._take(what, at, "", one)
            return
        if isinstance(what, Stream):
            self._stream(name, what)
        self._prune(what, name)

    def _prune(self, what: Object, name: str) -> None:
        for key in list(what.keys()):
            if key == "/Parent" and what.get("/Type") == Name.Page:
                continue
            if name in _NAMED and isinstance(what, Dictionary):
                self._take(what, key, _GLYPH if name == "/CharProcs" else "", what[key])
            elif key in _KEPT:
                self._take(what, key, key, what[key])
            else:
                del what[key]

    def _take(self, within: Object, at: int | str, name: str, one: object) -> None:
        if isinstance(one, Array) and len(one) > 1 and one[0] == Name.ICCBased:
            # A profile names the device that made it; the plain colours look nearly the same.
            within[at] = _DEVICES[int(one[1].N)]
        elif isinstance(one, Dictionary | Array | Stream):
            self._left.append((name, one))

    def _stream(self, name: str, stream: Stream) -> None:
        filters = _filters(stream)
        if filters and filters[-1] in _JPEG:
            raw = self._unpacked(stream, filters[:-1])
            if (picture := without_notes(raw)) != raw or len(filters) > 1:  # else it stays on disk
                stream.write(picture, filter=Name.DCTDecode)
        elif set(filters) & _OPAQUE:
            raise UnreadablePdf
        elif stream.get("/Subtype") == Name.Form or "/PaintType" in stream or name == _GLYPH:
            self._refuse_too_long([stream])
            stream.write(Page(stream).get_filtered_contents(_Drawing()))

    def _refuse_too_long(self, streams: list[Object]) -> None:
        """Refuse a drawing that would fill the memory when it is unpacked."""
        total = 0
        for stream in streams:
            if not isinstance(stream, Stream):
                raise UnreadablePdf
            total += len(self._unpacked(stream, _filters(stream)))
            if total > MOST_CONTENT:
                raise UnreadablePdf

    def _unpacked(self, stream: Stream, filters: list[str]) -> bytes:
        """Undo filters; what grows beyond all measure is refused on the way."""
        raw = stream.read_raw_bytes()
        inflates = filters[-1:] == ["/FlateDecode"]
        outer = filters[:-1] if inflates else filters
        if not set(outer) <= _PLAIN:
            raise UnreadablePdf
        if outer:
            names = Array([Name(one) for one in outer])
            raw = Stream(self._pdf, raw, Filter=names).read_bytes()
        return _inflated(raw) if inflates else raw


class _Drawing(pikepdf.TokenFilter):
    """Lets drawing through, and holds back remarks and marked content's own words."""

    def __init__(self) -> None:
        super().__init__()
        self._held: list[Token] = []
        self._inline = False

    def handle_token(self, token: Token) -> list[Token] | None:
        """Return what is to be written once an operator has come with its operands."""
        kind = token.type_
        if kind == TokenType.comment:
            return None
        if self._inline and kind == TokenType.name_ and token.value in _OPAQUE:
            raise UnreadablePdf
        self._held.append(token)
        if kind not in (TokenType.word, TokenType.inline_image, TokenType.eof):
            return None
        held, self._held = self._held, []
        self._inline = kind == TokenType.word and (token.value == "BI" or self._inline)
        return None if kind == TokenType.word and token.value in _MARKS else held


def _filters(stream: Stream) -> list[str]:
    found = stream.get("/Filter")
    if found is None:
        return []
    return [str(one) for one in found] if isinstance(found, Array) else [str(found)]


def _inflated(raw: bytes) -> bytes:
    unpacker, out = zlib.decompressobj(), io.BytesIO()
    while not unpacker.eof and (piece := unpacker.decompress(raw, _STEP)):
        raw = unpacker.unconsumed_tail
        out.write(piece)
        if out.tell() > MOST_CONTENT:
            raise UnreadablePdf
    return out.getvalue()
