"""A document shows its pages, and tells nobody who wrote it, where and when."""

import contextlib
import io
import zlib
from collections.abc import Callable
from hashlib import shake_256
from typing import Final

import pikepdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pikepdf import Array, Dictionary, Name, Pdf, Stream, String
from PIL import Image, ImageCms

from client import pdfs
from client.filekind import FileKind, kind_of
from client.jpegs import without_notes
from client.pdfs import cleaned
from client.refusals import UnreadablePdf

SHOWN: Final = "Kjennelse fra Oppdiktet tingrett"
WORD: Final = "Solvikveien14"
"""What nobody may find again; it stands in one place at a time."""


def document() -> Pdf:
    """Return an invented document of one page."""
    pdf = Pdf.new()
    page = pdf.add_blank_page(page_size=(595, 842))
    font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
    page.obj.Resources = Dictionary(Font=Dictionary(F1=font))
    draw(pdf, f"BT /F1 12 Tf 72 720 Td ({SHOWN}) Tj ET")
    return pdf


def draw(pdf: Pdf, more: str) -> None:
    """Draw more on the first page."""
    pdf.pages[0].contents_add(pdf.make_stream(more.encode()))


def saved(pdf: Pdf) -> bytes:
    """Return a document as a file."""
    out = io.BytesIO()
    pdf.save(out)
    return out.getvalue()


def opened(data: bytes) -> bytes:
    """Return everything that a file holds, as it is and unpacked."""
    out = io.BytesIO()
    with Pdf.open(io.BytesIO(data)) as pdf:
        pdf.save(
            out,
            compress_streams=False,
            stream_decode_level=pikepdf.StreamDecodeLevel.generalized,
            object_stream_mode=pikepdf.ObjectStreamMode.disable,
        )
    return data + out.getvalue()


def holds(data: bytes, word: str) -> bool:
    """Whether a word stands anywhere in a file."""
    found = opened(data)
    spelled = (word.encode(), word.encode("utf-16-be"), word.encode().hex().encode())
    return any(one in found for one in spelled)


def jpeg(word: str = "") -> bytes:
    """Return an invented photo, which says a word wherever a photo can."""
    exif = Image.Exif()
    exif[0x010E] = word
    out = io.BytesIO()
    grain = shake_256(b"grain").digest(32 * 24 * 3)
    with Image.frombytes("RGB", (32, 24), grain) as made:
        made.save(out, "JPEG", exif=exif, comment=word.encode(), progressive=True)
    return out.getvalue() + word.encode()


def picture(pdf: Pdf, data: bytes, **more: pikepdf.Object) -> Stream:
    """Put a photo onto the page."""
    made = pdf.make_stream(data, Type=Name.XObject, Subtype=Name.Image, Filter=Name.DCTDecode)
    made.Width, made.Height, made.BitsPerComponent = 32, 24, 8
    made.ColorSpace = Name.DeviceRGB
    for name, value in more.items():
        made[f"/{name}"] = value
    pdf.pages[0].add_resource(made, Name.XObject, Name.Im1)
    draw(pdf, "q 32 0 0 24 72 600 cm /Im1 Do Q")
    return made


def form(pdf: Pdf, data: bytes, **more: pikepdf.Object) -> Stream:
    """Put a form of its own onto the page."""
    made = pdf.make_stream(data, Type=Name.XObject, Subtype=Name.Form)
    made.BBox = Array([0, 0, 50, 50])
    for name, value in more.items():
        made[f"/{name}"] = value
    pdf.pages[0].add_resource(made, Name.XObject, Name.Fm1)
    draw(pdf, "/Fm1 Do")
    return made


def annotation(pdf: Pdf, kind: str, **more: object) -> None:
    """Put something to click on onto the page."""
    made = Dictionary(Type=Name.Annot, Subtype=Name(f"/{kind}"), Rect=Array([10, 10, 60, 60]))
    for name, value in more.items():
        made[f"/{name}"] = value
    pdf.pages[0].obj.Annots = Array([pdf.make_indirect(made)])


def script(word: str = WORD) -> Dictionary:
    """Return a script."""
    return Dictionary(S=Name.JavaScript, JS=String(f"app.alert('{word}')"))


def embedded(pdf: Pdf) -> Dictionary:
    """Return a file within the file."""
    stream = pdf.make_stream(WORD.encode(), Type=Name.EmbeddedFile)
    return Dictionary(Type=Name.Filespec, F=String(f"{WORD}.txt"), EF=Dictionary(F=stream))


def author(pdf: Pdf) -> None:
    """Say who wrote it."""
    pdf.docinfo["/Author"] = WORD


def xmp(pdf: Pdf) -> None:
    """Say it in the newer way."""
    with pdf.open_metadata() as found:
        found["dc:title"] = WORD


def page_metadata(pdf: Pdf) -> None:
    """Say it of one page."""
    pdf.pages[0].obj.Metadata = pdf.make_stream(WORD.encode(), Type=Name.Metadata)


def page_piece_info(pdf: Pdf) -> None:
    """Leave a program's own notes on a page."""
    pdf.pages[0].obj.PieceInfo = Dictionary(Word=Dictionary(Private=String(WORD)))


def open_action(pdf: Pdf) -> None:
    """Run a script when it opens."""
    pdf.Root.OpenAction = script()


def named_script(pdf: Pdf) -> None:
    """Keep a script under a name."""
    pdf.Root.Names = Dictionary(JavaScript=Dictionary(Names=Array([String("a"), script()])))


def page_action(pdf: Pdf) -> None:
    """Run a script when a page is turned."""
    pdf.pages[0].obj.AA = Dictionary(O=script())


def embedded_file(pdf: Pdf) -> None:
    """Carry another file."""
    names = Array([String("a"), embedded(pdf)])
    pdf.Root.Names = Dictionary(EmbeddedFiles=Dictionary(Names=names))


def associated_file(pdf: Pdf) -> None:
    """Carry another file in the newer way."""
    pdf.pages[0].obj.AF = Array([embedded(pdf)])


def link(pdf: Pdf) -> None:
    """Lead to a page on the net."""
    uri = Dictionary(S=Name.URI, URI=String(f"https://{WORD}.invalid/"))
    annotation(pdf, "Link", A=uri)


def comment(pdf: Pdf) -> None:
    """Remark on something."""
    annotation(pdf, "Text", Contents=String(WORD), T=String(WORD))


def attached_to_page(pdf: Pdf) -> None:
    """Pin a file to a page."""
    annotation(pdf, "FileAttachment", FS=embedded(pdf))


def hidden_stamp(pdf: Pdf) -> None:
    """Stamp a page so that nobody sees it."""
    look = pdf.make_stream(f"BT /F1 9 Tf ({WORD}) Tj ET".encode(), Subtype=Name.Form)
    look.BBox = Array([0, 0, 50, 50])
    annotation(pdf, "Stamp", AP=Dictionary(N=look), F=2)


def field_script(pdf: Pdf) -> None:
    """Compute a field by a script."""
    annotation(pdf, "Widget", FT=Name.Tx, T=String(WORD), AA=Dictionary(K=script()))
    pdf.Root.AcroForm = Dictionary(Fields=pdf.pages[0].obj.Annots, XFA=String(WORD))


def outline(pdf: Pdf) -> None:
    """Name a chapter."""
    with pdf.open_outline() as found:
        found.root.append(pikepdf.OutlineItem(WORD, 0))


def page_label(pdf: Pdf) -> None:
    """Name a page."""
    pdf.Root.PageLabels = Dictionary(Nums=Array([0, Dictionary(P=String(WORD))]))


def structure(pdf: Pdf) -> None:
    """Describe a page for those who hear it."""
    item = Dictionary(Type=Name.StructElem, S=Name.Figure, Alt=String(WORD))
    pdf.Root.StructTreeRoot = Dictionary(Type=Name.StructTreeRoot, K=pdf.make_indirect(item))


def remark(pdf: Pdf) -> None:
    """Write a remark between the lines that draw."""
    draw(pdf, f"% {WORD}\nq Q")


def actual_text(pdf: Pdf) -> None:
    """Say something else than is drawn."""
    draw(pdf, f"/Span << /ActualText ({WORD}) >> BDC q Q EMC")


def properties(pdf: Pdf) -> None:
    """Mark something, with the words elsewhere."""
    pdf.pages[0].obj.Resources.Properties = Dictionary(M=Dictionary(Word=String(WORD)))
    draw(pdf, "/Span /M BDC q Q EMC")


def photo_notes(pdf: Pdf) -> None:
    """Show a photo with the camera's notes."""
    picture(pdf, jpeg(WORD))


def wrapped_photo_notes(pdf: Pdf) -> None:
    """Show such a photo packed once more."""
    filters = Array([Name.FlateDecode, Name.DCTDecode])
    picture(pdf, b"", Filter=filters).write(
        zlib.compress(jpeg(WORD)), filter=filters, decode_parms=Array([None, None])
    )


def photo_metadata(pdf: Pdf) -> None:
    """Show a photo with notes beside it."""
    picture(pdf, jpeg(), Metadata=pdf.make_stream(WORD.encode(), Type=Name.Metadata))


def thumbnail(pdf: Pdf) -> None:
    """Keep a small picture of the page as it once was."""
    pdf.pages[0].obj.Thumb = pdf.make_stream(jpeg(WORD), Filter=Name.DCTDecode)


def form_remark(pdf: Pdf) -> None:
    """Write a remark in a form of its own."""
    form(pdf, f"q % {WORD}\nQ".encode())


def form_notes(pdf: Pdf) -> None:
    """Leave a program's own notes on a form."""
    form(pdf, b"q Q", PieceInfo=Dictionary(Word=String(WORD)))


def inner_form(pdf: Pdf) -> None:
    """Write a remark in a form that a form shows."""
    inner = pdf.make_stream(f"q % {WORD}\nQ".encode(), Type=Name.XObject, Subtype=Name.Form)
    inner.BBox = Array([0, 0, 9, 9])
    form(pdf, b"/In Do", Resources=Dictionary(XObject=Dictionary(In=inner)))


def glyph(pdf: Pdf) -> None:
    """Write a remark in a letter."""
    proc = pdf.make_stream(f"1 0 d0 % {WORD}\n".encode())
    font = Dictionary(Type=Name.Font, Subtype=Name.Type3, CharProcs=Dictionary(a=proc))
    pdf.pages[0].obj.Resources.Font.F2 = pdf.make_indirect(font)


def tile(pdf: Pdf) -> None:
    """Write a remark in a pattern."""
    made = pdf.make_stream(f"q % {WORD}\nQ".encode(), PatternType=1, PaintType=1, TilingType=1)
    pdf.pages[0].obj.Resources.Pattern = Dictionary(P1=made)


def font_entry(pdf: Pdf) -> None:
    """Add an entry of one's own to a font."""
    pdf.pages[0].obj.Resources.Font.F1.Word = String(WORD)


def colour_profile(pdf: Pdf) -> None:
    """Name the device in the colours."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    stream = pdf.make_stream(profile + WORD.encode(), N=3)
    picture(pdf, jpeg(), ColorSpace=Array([Name.ICCBased, stream]))


def language(pdf: Pdf) -> None:
    """Say which language is its own."""
    pdf.Root.Lang = String(WORD)


PLACES: Final[tuple[Callable[[Pdf], None], ...]] = (
    *(author, xmp, page_metadata, page_piece_info, open_action, named_script, page_action),
    *(embedded_file, associated_file, link, comment, attached_to_page, hidden_stamp),
    *(field_script, outline, page_label, structure, remark, actual_text, properties),
    *(photo_notes, wrapped_photo_notes, photo_metadata, thumbnail, form_remark, form_notes),
    *(inner_form, glyph, tile, font_entry, colour_profile, language),
)


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.__name__)
def test_what_is_not_on_the_page_stays_behind(place: Callable[[Pdf], None]) -> None:
    """Wherever a program hides a word, it is not in what is attached, and the page still is."""
    pdf = document()
    place(pdf)
    before = saved(pdf)
    assert WORD.encode() in opened(before) or holds(before, WORD) or place is wrapped_photo_notes
    after = cleaned(io.BytesIO(before))
    assert not holds(after, WORD)
    assert SHOWN.encode() in opened(after)
    with Pdf.open(io.BytesIO(after)) as found:
        assert set(found.Root.keys()) == {"/Type", "/Pages"}
        assert set(found.trailer.keys()) <= {"/Root", "/Size", "/ID", "/Type", "/W", "/Index"} | {
            "/Length",
            "/Filter",
            "/DecodeParms",
        }


def test_earlier_versions_stay_behind() -> None:
    """What was changed before it was saved, and what follows the end, is not in the file."""
    old = saved(document())
    changed = b"9 0 obj\n(%s)\nendobj\n" % WORD.encode()
    with_history = b"%PDF-1.7\n%" + WORD.encode() + old[8:] + changed + b"%%EOF\n"
    assert holds(with_history, WORD)
    assert not holds(cleaned(io.BytesIO(with_history)), WORD)


def test_what_was_filled_in_is_still_read() -> None:
    """A form's answers and a visible stamp are drawn into the page."""
    pdf = document()
    look = pdf.make_stream(b"BT /F1 9 Tf (Anke innen 14 dager) Tj ET", Subtype=Name.Form)
    look.BBox = Array([0, 0, 50, 50])
    annotation(pdf, "Stamp", AP=Dictionary(N=look), F=4)
    after = cleaned(io.BytesIO(saved(pdf)))
    assert b"Anke innen 14 dager" in opened(after)
    with Pdf.open(io.BytesIO(after)) as found:
        assert "/Annots" not in found.pages[0].obj


def test_a_photo_in_a_document_keeps_every_pixel() -> None:
    """The camera's notes go; the pixels are the same."""
    before = jpeg(WORD)
    after = without_notes(before)
    assert WORD.encode() not in after
    with Image.open(io.BytesIO(before)) as old, Image.open(io.BytesIO(after)) as new:
        assert old.tobytes() == new.tobytes()


def test_a_clean_document_is_left_as_it_is() -> None:
    """Making it anew twice gives the same bytes."""
    once = cleaned(io.BytesIO(saved(document())))
    assert cleaned(io.BytesIO(once)) == once


def test_a_page_keeps_what_it_has_from_the_page_tree() -> None:
    """A size and a font that stand once for all pages are still there."""
    pdf = document()
    page = pdf.pages[0].obj
    pdf.Root.Pages.Resources, pdf.Root.Pages.MediaBox = page.Resources, page.MediaBox
    del page.Resources, page.MediaBox
    with Pdf.open(io.BytesIO(cleaned(io.BytesIO(saved(pdf))))) as found:
        assert [int(one) for one in found.pages[0].mediabox] == [0, 0, 595, 842]
        assert found.pages[0].obj.Resources.Font.F1.BaseFont == Name.Helvetica


def test_an_empty_page_and_a_picture_shown_twice_are_no_trouble() -> None:
    """A page without a drawing stays; what two pages show is looked at once."""
    pdf = document()
    shared = picture(pdf, jpeg(WORD))
    for _ in range(2):
        page = pdf.add_blank_page()
        page.obj.Resources = Dictionary(XObject=Dictionary(Im1=shared))
        del page.obj.Contents
    after = cleaned(io.BytesIO(saved(pdf)))
    assert not holds(after, WORD)
    with Pdf.open(io.BytesIO(after)) as found:
        assert len(found.pages) == 3


def test_a_page_tree_without_end_is_no_trouble() -> None:
    """A tree that goes in a circle is a document or a refusal, and not for ever."""
    with contextlib.suppress(UnreadablePdf):
        pdf = document()
        pdf.Root.Pages.Parent = pdf.Root.Pages
        cleaned(io.BytesIO(saved(pdf)))


def test_a_drawing_wrapped_in_letters_is_read() -> None:
    """Older programs write a drawing as letters only."""
    out = io.BytesIO()
    pdf = document()
    lines = f"q % {WORD}\nQ".encode().hex().encode() + b">"
    pdf.pages[0].obj.Contents = Stream(pdf, lines, Filter=Name.ASCIIHexDecode)
    as_it_is = pikepdf.StreamDecodeLevel.none
    pdf.save(out, compress_streams=False, stream_decode_level=as_it_is)
    assert WORD.encode().hex().encode() in out.getvalue()
    assert not holds(cleaned(out), WORD)


# ── what is refused ──────────────────────────────────────────────────────────────────────────
def locked(pdf: Pdf) -> bytes:
    """Lock it with a password."""
    out = io.BytesIO()
    pdf.save(out, encryption=pikepdf.Encryption(owner="a", user="b"))
    return out.getvalue()


def restricted(pdf: Pdf) -> bytes:
    """Let it be read, and not changed."""
    out = io.BytesIO()
    pdf.save(out, encryption=pikepdf.Encryption(owner="a", user=""))
    return out.getvalue()


def layered(pdf: Pdf) -> bytes:
    """Give it a layer that can be hidden."""
    layer = pdf.make_indirect(Dictionary(Type=Name.OCG, Name=String("Skjult")))
    pdf.Root.OCProperties = Dictionary(OCGs=Array([layer]), D=Dictionary())
    return saved(pdf)


def without_pages(pdf: Pdf) -> bytes:
    """Take its pages away."""
    del pdf.pages[0]
    return saved(pdf)


def swelling(pdf: Pdf) -> bytes:
    """Make a small file that would fill the memory when it is unpacked."""
    packed = zlib.compress(b" " * (pdfs.MOST_CONTENT + 1))
    pdf.pages[0].obj.Contents = Stream(pdf, packed, Filter=Name.FlateDecode)
    return saved(pdf)


def swelling_in_parts(pdf: Pdf) -> bytes:
    """The same in many parts, none of which is too long."""
    packed = zlib.compress(b" " * (pdfs.MOST_CONTENT // 2))
    parts = [pdf.make_indirect(Stream(pdf, packed, Filter=Name.FlateDecode)) for _ in range(3)]
    pdf.pages[0].obj.Contents = Array(parts)
    return saved(pdf)


def packed_otherwise(pdf: Pdf) -> bytes:
    """Draw in a packing that nobody has used for long."""
    pdf.pages[0].obj.Contents = Stream(pdf, b"\x80\x0b\x60\x50", Filter=Name.LZWDecode)
    out = io.BytesIO()
    as_it_is = pikepdf.StreamDecodeLevel.none
    pdf.save(out, compress_streams=False, stream_decode_level=as_it_is)
    return out.getvalue()


def opaque_picture(pdf: Pdf) -> bytes:
    """Show a picture in a form whose notes cannot be taken out."""
    picture(pdf, b"no such picture", Filter=Name.JPXDecode)
    return saved(pdf)


def opaque_inline_picture(pdf: Pdf) -> bytes:
    """Show one between the lines that draw."""
    draw(pdf, "BI /W 1 /H 1 /BPC 8 /CS /G /F /DCT ID abc\nEI")
    return saved(pdf)


def broken_photo(pdf: Pdf) -> bytes:
    """Show half a photo."""
    picture(pdf, jpeg()[:200])
    return saved(pdf)


def no_photo(pdf: Pdf) -> bytes:
    """Show a photo that is none."""
    picture(pdf, b"no such picture")
    return saved(pdf)


def odd_photo(pdf: Pdf) -> bytes:
    """Show a photo with something between its segments."""
    picture(pdf, jpeg()[:2] + b"\x00" + jpeg()[2:])
    return saved(pdf)


def contents_that_are_none(pdf: Pdf) -> bytes:
    """Draw with a number."""
    pdf.pages[0].obj.Contents = Array([7])
    return saved(pdf)


def nothing_of_a_pdf(_pdf: Pdf) -> bytes:
    """Be a PDF by the first bytes only."""
    return b"%PDF-1.7\n" + bytes(100)


REFUSED: Final = (
    *(locked, restricted, layered, without_pages, swelling, swelling_in_parts, packed_otherwise),
    *(opaque_picture, opaque_inline_picture, broken_photo, no_photo, odd_photo),
    *(contents_that_are_none, nothing_of_a_pdf),
)


@pytest.mark.parametrize("kind", REFUSED, ids=lambda kind: kind.__name__)
def test_what_cannot_be_looked_into_is_refused(kind: Callable[[Pdf], bytes]) -> None:
    """A document that might carry more than it shows is turned away."""
    with pytest.raises(UnreadablePdf):
        cleaned(io.BytesIO(kind(document())))


def test_too_many_things_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A document of more parts than any has is turned away."""
    monkeypatch.setattr(pdfs, "_MOST_OBJECTS", 1)
    pdf = document()
    photo_notes(pdf)
    form_remark(pdf)
    whole = io.BytesIO(saved(pdf))
    with pytest.raises(UnreadablePdf):
        cleaned(whole)


@given(at=st.integers(0, 3_000), junk=st.binary(max_size=60))
@settings(deadline=None, max_examples=60)
def test_any_damaged_document_is_a_document_or_a_refusal(at: int, junk: bytes) -> None:
    """Whatever a file holds, the answer is a clean document or a sentence."""
    pdf = document()
    photo_notes(pdf)
    whole = saved(pdf)
    with contextlib.suppress(UnreadablePdf):
        after = cleaned(io.BytesIO(whole[:at] + junk + whole[at + len(junk) :]))
        assert kind_of(after) is FileKind.PDF


def test_colours_of_a_photo_are_still_understood() -> None:
    """The one segment that says what the colours mean stays, and nothing behind it."""
    out = io.BytesIO()
    with Image.new("CMYK", (8, 8), (10, 20, 30, 40)) as made:
        made.save(out, "JPEG")
    before = out.getvalue()
    at = before.index(b"\xff\xee")
    assert before[at:] == without_notes(before)[without_notes(before).index(b"\xff\xee") :]
    longer = b"\xff\xee\x00\x1b" + before[at + 4 : at + 16] + WORD.encode()
    swollen = before[:at] + longer + before[at + 16 :]
    assert without_notes(swollen) == without_notes(before)
    other = b"\xff\xee\x00\x0f" + WORD.encode()
    assert WORD.encode() not in without_notes(before[:at] + other + before[at + 16 :])
