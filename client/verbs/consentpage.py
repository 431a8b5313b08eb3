"""The page for the person as a form: its texts in her language, and every part with all it says.

This file knows that what is shown of a part is decoded from the very bytes that would be sealed
(CONSENT C-2.7), and that an attachment has no answer of its own (C-1.4). It refuses to answer.
"""

from collections.abc import Mapping

from client.card import part_label
from client.case import (
    WITHOUT_CASE,
    Part,
    PartId,
    decode_part,
    encode_part,
    name_of,
    order_of,
)
from client.case.attachment import Attachment
from client.casefile import write_part
from client.casesheet import section_block
from client.consentsheet import spoken, unboxed
from client.residentwords import ResidentWords, languages
from client.sheet import Sheet
from client.sheetwords import SheetWords
from keys.wire import Packable


def as_form(
    sheet: Sheet, parts: Mapping[PartId, Part], words: ResidentWords
) -> dict[str, Packable]:
    """Return the page's blocks and the parts of a case, in the language of `words`.

    Returns:
        `title`; `blocks`, each a name, a heading and its lines with whether they have a box;
        `parts`, each its id, its line on the page, all that it says as label and text, the same
        exactly as a case file, and the part that an attachment goes with; `language` and
        `languages`; and `warning`, when nobody has looked the language over.
    """
    said = SheetWords(words, compact=False)
    blocks: list[Packable] = []
    lines: list[str] = []
    for block in sheet.blocks:
        rows: list[Packable] = []
        for item in block.items:
            boxed, what = unboxed(item)
            rows.append([boxed, said.say(what) if boxed else said.line(item)])
            lines += [said.say(what)] if boxed and spoken(block) == "what" else []
        blocks.append([spoken(block), said.say(block.title), rows])
    asked = sorted((one for one in parts if name_of(one) not in WITHOUT_CASE), key=order_of)
    shown: list[Packable] = [
        _part(part, parts[part], line, said) for part, line in zip(asked, lines, strict=True)
    ]
    return {
        "title": said.say(sheet.title),
        "blocks": blocks,
        "parts": shown,
        "language": words.tag,
        "languages": [*languages()],
        "warning": unsure(words),
    }


def unsure(words: ResidentWords) -> str:
    """Return the sentence that nobody has looked a language over; nothing where somebody has."""
    return "" if words.complete else words.say("resident.unreviewed", language=words.name)


def _part(part: PartId, content: Part, line: str, said: SheetWords) -> list[Packable]:
    octets = encode_part(part, content)
    sealed = decode_part(part, octets)
    block = section_block(sealed, part_label(part))
    rows: list[Packable] = [[*said.halves(item)] for item in block.items]
    exact = write_part(part, sealed, said.words.lang)
    with_ = str(content.shared_with) if isinstance(content, Attachment) else ""
    return [str(part), line, rows, exact, with_]
