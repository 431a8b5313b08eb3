"""Parts and answers are named as they are called, or were, in any of the three languages."""

from datetime import date

import pytest

from client.case import NUMBERED, WITHOUT_CASE, PartName
from client.casefile import read_case, write_case
from client.forms import form
from client.formtext import empty_form
from client.refusals import UnknownWord
from client.slugs import find_part, said_short
from keys.words import Language, Words

DAY = date(2026, 11, 9)


@pytest.mark.parametrize("lang", Language)
@pytest.mark.parametrize("name", PartName)
def test_a_part_is_named_by_its_word_its_label_or_its_id(name: PartName, lang: Language) -> None:
    """«trussel», «Trusselbilde» and `threat` are one part; a child has its number."""
    end = "2" if name in NUMBERED else ""
    label = Words("client", lang).say(f"part.{name}")
    ways = [(one, f"{one}.{end}" if end else one) for one in (name, said_short(name, lang), label)]
    wanted = f"{name}.{end}" if end else name.value
    assert {find_part(way) for _, way in ways} == {wanted}
    assert find_part(f"{label} {end}".strip()) == wanted


def test_a_consent_names_parts_in_norwegian() -> None:
    """The list is read as it is written on the form, and a slip is refused by its field."""
    text = "consent:\n  decision: ja_noe\n  parts: [bruker, Trusselbilde, barn.1, threat]\n"
    consent = read_case(text, today=DAY).consent
    assert consent is not None
    assert consent.parts == ("person", "threat", "child.1", "threat")
    with pytest.raises(UnknownWord) as slip:
        read_case(text.replace("bruker", "brukeren_min"), today=DAY)
    assert str(slip.value.facts["field"]).startswith("consent.parts")
    assert "folge form" in Words("client").told(slip.value).do


@pytest.mark.parametrize("lang", Language)
def test_the_form_lists_the_words_for_parts(lang: Language) -> None:
    """Whoever fills in the consent sees what can be written there."""
    lines = empty_form(form("consent"), Words("client", lang))
    comment = lines[lines.index("  parts:") - 1]
    for name in PartName:
        assert (said_short(name, lang) in comment) is (name not in WITHOUT_CASE)
    assert f"{said_short(PartName.CHILD, lang)}.1" in comment


@pytest.mark.parametrize("said", ["brudd_nylig", "nyleg_brot", "Nylig samlivsbrudd"])
def test_a_file_of_an_earlier_program_is_read_still(said: str) -> None:
    """A label may change; what was written with the old one means the same."""
    text = f"threat:\n  indicators: [{said}]\nprotection:\n  custody_status_perp: soner\n"
    text += "digital_safety:\n  find_my: greit\nconsent:\n  decision: spør_igjen_seinare\n"
    case = read_case(text, today=DAY)
    now = read_case(write_case(case, Language.NN), today=DAY)
    assert now == case
    assert "nyleg_samlivsbrot" in write_case(case, Language.NN)
