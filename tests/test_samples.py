"""The five sample cases are whole, fictional, and what the design says they are."""

import re
from datetime import date
from pathlib import Path

import pytest

from client.card import arrival_card, offered
from client.case import (
    HIDDEN,
    PARTS,
    WITHOUT_CASE,
    Decision,
    Part,
    PartId,
    decode_part,
    encode_part,
    name_of,
)
from client.case.attachment import Attachment
from client.case.declaration import walk
from client.casefile import CaseFile, read_case, write_case
from client.sheettext import WIDTH, render
from keys.words import Language, Words

SAMPLES = Path(__file__).parent.parent / "client" / "samples"
FILES = sorted(SAMPLES.glob("*.yaml"))
TODAY = date(2000, 1, 1)  # every sample names its own day
SHEET = 60


def sample(code: str) -> CaseFile:
    """Read the sample with that code name."""
    return read_case((SAMPLES / f"{code.lower()}.yaml").read_bytes(), today=TODAY)


def sent(case: CaseFile) -> tuple[dict[PartId, Part], frozenset[PartId]]:
    """Give what the consent lets go, as a handover would, and the parts it names."""
    consent = case.consent
    assert consent is not None
    if consent.decision is Decision.YES_ALL:
        chosen = frozenset(case.parts)
    elif consent.decision is Decision.YES_SOME:
        chosen = frozenset(consent.parts)
    else:
        return {}, frozenset()
    parts = {
        part: case.parts[part]
        for part in case.parts
        if part in chosen or name_of(part) in WITHOUT_CASE
    }
    return parts, chosen


def card_lines(case: CaseFile, language: str) -> list[str]:
    """Give the receiver's arrival card."""
    parts, chosen = sent(case)
    assert case.consent is not None
    asked = offered(case.consent.decision, chosen)
    card = arrival_card(parts, chosen, offered=asked, code_name=case.header.code_name)
    return render(card, Words("client", language))


CASES = pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])


def test_there_are_five_samples() -> None:
    """Each has its file, and the page beside them names it."""
    names = {path.stem for path in FILES}
    assert names == {"gran-427", "elv-118", "skog-903", "vidde-256", "odde-771"}
    listed = (SAMPLES / "README.md").read_text(encoding="utf-8")
    assert all(f"`{path.name}`" in listed for path in FILES)


@CASES
def test_a_sample_is_read_and_written_unchanged(path: Path) -> None:
    """Each sample is a real input, in every language."""
    case = read_case(path.read_bytes(), today=TODAY)
    assert case.header.code_name == path.stem.upper()
    assert case.header.as_of.year == 2026
    for language in Language:
        assert read_case(write_case(case, language), today=TODAY) == case


@CASES
def test_a_samples_parts_survive_their_bytes(path: Path) -> None:
    """What the receiver decodes is what the sender wrote."""
    case = read_case(path.read_bytes(), today=TODAY)
    for name, part in case.parts.items():
        assert decode_part(name, encode_part(name, part)) == part


@CASES
@pytest.mark.parametrize("language", Language)
def test_a_samples_card_fits_one_sheet(path: Path, language: Language) -> None:
    """One A4: at most sixty lines of ninety columns, in any language."""
    lines = card_lines(read_case(path.read_bytes(), today=TODAY), language)
    assert len(lines) <= SHEET
    assert max(len(line) for line in lines) <= WIDTH


@CASES
def test_a_sample_is_fiction(path: Path) -> None:
    """Mail ends in .invalid, numbers begin with 000, and no example is anybody's."""
    text = path.read_text(encoding="utf-8")
    assert all(host.endswith(".invalid") for host in re.findall(r"@([\w.-]+)", text))
    numbers = re.findall(r"(?<![\d-])\d{2,3}[ ]\d{2}[ ]\d{2,3}(?![\d-])", text)
    assert all(number.startswith("000") for number in numbers)
    assert "http" not in text


@CASES
def test_a_sample_needs_no_state_beyond_its_file(path: Path) -> None:
    """The centre it comes from and goes to are named, and are invented ones."""
    header = read_case(path.read_bytes(), today=TODAY).header
    invented = {
        *("Granlia", "Fjordgløtt", "Elvebredden", "Skjærgården"),
        *("Nordlysgarden", "Viddeheim", "Kysthamna"),
    }
    for centre in (header.from_centre, header.to_centre):
        assert centre is not None
        assert centre.removeprefix("Krisesenteret ") in invented


def test_the_first_is_shared_in_full() -> None:
    """T1: everything goes, and the card holds the danger and the way he could find her."""
    text = "\n".join(card_lines(sample("GRAN-427"), "nb"))
    for words in ("Marte", "Svært høy", "jaktrifle (registrert)", "Besøksforbud: Ja; Til: 1. mai"):
        assert words in text
    assert "Lojalitetskort" in text
    assert "Mer om faren: les Trusselbilde" in text
    assert "ikke delt" not in text


def test_the_second_shares_some_and_keeps_the_rest() -> None:
    """T2: health and earlier stays are her choice, in nynorsk, and are not sent."""
    case = sample("ELV-118")
    parts, _chosen = sent(case)
    assert {"health_access", "history"} <= set(case.parts) - set(parts)
    lines = card_lines(case, "nn")
    text = "\n".join(lines)
    assert "  Helse: ikkje delt – brukaren sitt val" in lines
    assert "  Tidlegare opphald: ikkje delt – brukaren sitt val" in lines
    assert "Blodtrykk" not in text
    assert "Vestlandet" not in text
    assert case.header.move_number == 2


def test_the_third_lets_nothing_go_to_the_centre() -> None:
    """T3: no consent, a request to the police in closed lines, and things that stay."""
    case = sample("SKOG-903")
    assert sent(case) == ({}, frozenset())
    assert case.police_request is not None
    assert [line.kind for line in case.police_request.lines] == [
        *("subject_name", "arrival_window", "perpetrator", "specific_threats"),
        *("links_to_area", "do_not", "measures_in_force"),
    ]
    assert len(case.header.must_not_leave) == 4
    told = write_case(case).partition("police_request:")[2]
    kept = ("Ronja", "Innelåst", "Sertralin", "Vassbotn")
    for canary in kept:
        assert canary in write_case(case)
        assert canary not in told


def test_the_fourth_keeps_every_letter_and_each_child_apart() -> None:
    """T4: á č đ ŋ š ŧ ž survive, and the children have a part each."""
    case = sample("VIDDE-256")
    assert [part for part in case.parts if part.startswith("child")] == ["child.1", "child.2"]
    text = "\n".join(card_lines(case, "nb"))
    for words in ("Máret", "Ánde", "Issát", "davvisámegiella", "Må aldri hente: Far, Farfar"):
        assert words in text
    person = encode_part(PartId("person"), case.parts[PartId("person")])
    assert "Máret Elle Čappa".encode() in person
    attached = [part for part in case.parts.values() if isinstance(part, Attachment)]
    assert [(each.file, each.shared_with) for each in attached] == [
        ("utover.jpg", "threat"),
        ("kjennelse-skann.pdf", "protection"),
    ]


@pytest.mark.parametrize("language", Language)
def test_the_fifth_shows_residence_and_trafficking_nowhere_on_the_card(language: Language) -> None:
    """T5: even with consent to all, the card does not mention them."""
    case = sample("ODDE-771")
    assert {"residence", "trafficking"} <= set(sent(case)[0])
    text = "\n".join(card_lines(case, language))
    for words in ("refleksjonsperiode", "Passet", "ROSA"):
        assert words not in text
    for name in HIDDEN:
        assert Words("client", language).say(f"part.{name}") not in text


def test_the_fifth_asks_for_a_place_like_anybody() -> None:
    """T5: the inquiry holds counts, needs and a unit, and nothing else."""
    inquiry = sample("ODDE-771").place_inquiry
    assert inquiry is not None
    asked = inquiry.model_dump(exclude_none=True)
    assert {key for key, value in asked.items() if value} == {
        *("adults_count", "unit", "interpreter_languages", "night_arrival"),
    }


def test_the_samples_use_every_kind_of_part_but_a_few() -> None:
    """Together the samples exercise the schema, so that a change in it is seen."""
    used = {
        name_of(part) for path in FILES for part in read_case(path.read_bytes(), today=TODAY).parts
    }
    assert set(PARTS) - used <= {"safety_plan", "follow_up", "journey"}
    assert sum(1 for part in PARTS.values() for _ in walk(part)) > 250
