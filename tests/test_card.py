"""The arrival card shows what is needed at the door, only what is shared, and never «no»."""

from collections.abc import Mapping
from datetime import date
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from client.card import arrival_card, offered
from client.cardlayout import ALSO, CARD_FIELDS, HOME, LAYOUT, Heading
from client.case import (
    EVERY_PART,
    HIDDEN,
    NUMBERED,
    PARTS,
    WITHOUT_CASE,
    Decision,
    Flag,
    Part,
    PartId,
    PartName,
    Source,
    State,
    part_id,
)
from client.case.checking import checked
from client.case.declaration import walk
from client.case.digital_safety import CheckState
from client.sheet import Item, Say, Sheet
from client.sheettext import WIDTH, render
from keys.words import Language, Words
from tests.cases import DAY, NOON, answer, named_parts, only

LEAVES = {
    path: asked
    for name, part in PARTS.items()
    if name is not PartName.ATTACHMENT
    for path, asked in walk(part)
    if asked.group is None
}
EVERYTHING = frozenset(EVERY_PART)
PHONE = "000 00 201"


def made(name: str, **fields: object) -> Part:
    """Give a part with these answers."""
    return checked(PARTS[PartName(name)], fields, name)


def ident(name: PartName) -> PartId:
    """Give the id of a part, the first one where it is numbered."""
    return part_id(name, 1 if name in NUMBERED else 0)


def card_of(parts: Mapping[str, Part], consented: frozenset[PartId] = EVERYTHING) -> Sheet:
    """Give the card of what a person shared after yes to all, or to some."""
    given_parts = {PartId(name): part for name, part in parts.items()}
    return arrival_card(given_parts, consented, offered=consented)


def lines_of(card: Sheet, language: str = "nb") -> list[str]:
    """Give the card's lines in a language."""
    return render(card, Words("client", language))


def contents(card: Sheet) -> list[Item]:
    """Give the lines that show something somebody answered."""
    return [
        item
        for section in card.blocks
        for item in section.items
        if item.label is not None and item.label.msgid.startswith("field.")
    ]


# ── What stands on the card ──────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("path", LEAVES)
def test_the_card_shows_exactly_what_is_flagged_for_arrival(path: str) -> None:
    """Each question alone: it is on the card when it is flagged A, or named beside, else not."""
    name = PartName(path.partition(".")[0])
    part = made(name, **only(path, LEAVES[path]))
    card = arrival_card({ident(name): part}, EVERYTHING, offered=EVERYTHING)
    assert bool(contents(card)) is (path in CARD_FIELDS)
    for language in Language:
        assert all(len(line) <= WIDTH for line in lines_of(card, language))


def test_what_is_on_the_card_without_the_flag_is_a_short_list() -> None:
    """The danger in one line, who, weapon, the digital recheck, who sends: the card is small."""
    flagged = {path for path, asked in LEAVES.items() if Flag.ARRIVAL in asked.flags}
    assert not ALSO & flagged
    assert len([path for path in ALSO if path.partition(".")[0] not in WITHOUT_CASE]) == 6
    assert not [path for path in CARD_FIELDS if path.partition(".")[0] in HIDDEN]


def test_the_sections_stand_in_their_order() -> None:
    """Who, danger, measures, call, do not, children, health, wishes, digital, next, sender."""
    parts = [made(path.partition(".")[0], **only(path, asked)) for path, asked in LEAVES.items()]
    full: dict[str, Part] = {}
    for part in parts:
        name = PartName(part.WORD)
        known = full.get(ident(name), part).model_dump(exclude_none=True)
        full[ident(name)] = checked(PARTS[name], known | part.model_dump(exclude_none=True), name)
    rows = made("digital_safety", find_my=answer(CheckState.RISK_FOUND))
    full["digital_safety"] = rows
    titles = [section.title.msgid for section in card_of(full).blocks]
    assert titles == [f"card.{heading}" for heading in Heading]


def test_every_heading_and_home_is_in_the_table() -> None:
    """No part of the card is without its place."""
    assert set(LAYOUT) == set(Heading) - {Heading.REST}
    assert set(HOME) == {PartName(path.partition(".")[0]) for path in CARD_FIELDS}
    assert HOME[PartName.PERSON] is Heading.WHO


def test_open_digital_risks_are_named() -> None:
    """The rows with a risk found stand on the card; the ones mended do not."""
    rows = {"find_my": answer(CheckState.RISK_FOUND, note="del av familien")}
    part = made("digital_safety", **rows, phone_new=answer(CheckState.FIXED))
    text = "\n".join(lines_of(card_of({"digital_safety": part})))
    assert "Finn iPhone, Google Finn enheten, Samsung: del av familien" in " ".join(text.split())
    assert "kontantkort" not in text


def test_a_childs_digital_risk_is_named_with_the_child() -> None:
    """The child's own devices stand with the child."""
    digital = {"children_games": answer(CheckState.RISK_FOUND), "note": answer("Discord")}
    digital |= {"children_phones": answer(CheckState.FIXED)}
    child = made("child", call_name=answer("Ánde"), digital=digital)
    assert "  Navn: Ánde · Digital risiko: spill; Merknad: Discord" in lines_of(
        card_of({"child.1": child})
    )


def test_ages_are_counted_from_the_day_of_the_answer() -> None:
    """A year of birth gives the age in that year; no clock is asked."""
    text = lines_of(card_of({"person": made("person", birth_year=answer(1991))}))
    assert "  Alder: 35 år i 2026 (født 1991)" in text


def test_a_group_is_one_line_with_its_first_answer_first() -> None:
    """«Besøksforbud: Ja; Til: …»: the measure, then what belongs to it."""
    order = {
        "in_force": answer("yes"),
        "until": answer(date(2027, 5, 1)),
        "case_ref": answer("26/1"),
    }
    part = made("protection", restraining_order=order, contact_ban={"zone": answer("Hele byen")})
    text = lines_of(card_of({"protection": part}))
    assert "  Besøksforbud: Ja; Til: 1. mai 2027; Saksnummer: 26/1" in [
        line.partition(" · ")[0] for line in text
    ]
    assert any("Kontaktforbud: Sone: Hele byen" in line for line in text)


def test_whom_to_call_when_is_easy_to_find() -> None:
    """The line to call and the reason stand together."""
    call = {"call": answer("112"), "happening": answer("utøver ved døra")}
    text = lines_of(card_of({"protection": made("protection", who_to_call_if=(call,))}))
    assert text[text.index("RING DETTE HVIS …") + 1] == "  Ring: 112; Hvis: utøver ved døra"


@pytest.mark.parametrize(
    ("language", "moment"),
    [
        ("nb", "9. november 2026 kl. 12.05"),
        ("nn", "9. november 2026 kl. 12.05"),
        ("en", "9 November 2026 at 12:05"),
    ],
)
def test_a_moment_is_written_as_people_here_write_it(language: str, moment: str) -> None:
    """Day before month, and the clock behind."""
    card = card_of({"journey": made("journey", arrival_from=answer(NOON))})
    assert any(line.endswith(moment) for line in lines_of(card, language))


# ── What is not there ────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("language", "health", "history"),
    [
        (
            "nb",
            "Helse: ikke delt – brukerens valg",
            "Tidligere opphold: ikke delt – brukerens valg",
        ),
        (
            "nn",
            "Helse: ikkje delt – brukaren sitt val",
            "Tidlegare opphald: ikkje delt – brukaren sitt val",
        ),
        (
            "en",
            "Health: not shared – the person's choice",
            "Earlier stays: not shared – the person's choice",
        ),
    ],
)
def test_what_is_not_shared_is_the_persons_choice_and_never_no(
    language: str, health: str, history: str
) -> None:
    """A part that she keeps to herself is said to be so, and nothing is guessed from it."""
    consented = frozenset({PartId("person")})
    asked = offered(Decision.YES_SOME, consented)
    card = arrival_card({PartId("person"): made("person")}, consented, offered=asked)
    text = "\n".join(lines_of(card, language))
    assert health in text
    assert history in text
    for word in (": Nei", ": No\n", "Ingen", "None"):
        assert word not in text


def test_every_withheld_part_is_named_once() -> None:
    """Each part asked about and not shared has one line, under its own heading."""
    nothing: frozenset[PartId] = frozenset()
    card = arrival_card({}, nothing, offered=offered(Decision.YES_SOME, nothing))
    named = [
        cast("Say", dict(item.label.facts)["part"]).msgid
        for section in card.blocks
        for item in section.items
        if item.label is not None and item.label.msgid == "card.not_shared_part"
    ]
    asked = set(PartName) - HIDDEN - NUMBERED - WITHOUT_CASE
    assert sorted(named) == sorted(f"part.{name}" for name in asked)


def test_yes_to_all_leaves_nothing_withheld() -> None:
    """Whoever shared everything has refused nothing; what is missing was not filled in."""
    consented = frozenset({PartId("person")})
    asked = offered(Decision.YES_ALL, consented)
    card = arrival_card({PartId("person"): made("person")}, consented, offered=asked)
    text = "\n".join(lines_of(card))
    assert "ikke delt" not in text
    assert text.count("Ikke med – spør personen") == 3


@pytest.mark.parametrize("state", [State.UNKNOWN, State.NOT_ASKED, State.NONE_KNOWN])
def test_not_knowing_is_said_as_not_knowing(state: State) -> None:
    """«Ukjent» and «ikke spurt» are written out, with their note."""
    lacking = {"state": state, "source": Source.STAFF, "as_of": DAY, "note": "spør igjen"}
    text = "\n".join(lines_of(card_of({"threat": made("threat", knows_centre=lacking)})))
    words = Words("client", "nb").say(f"choice.state.{state}")
    assert f"Vet hvilket krisesenter: {words} – spør igjen" in text


def test_a_part_without_consent_is_not_shown_even_when_it_is_there() -> None:
    """The card asks the consent, not the package."""
    person = made("person", call_name=answer("HEMMELIG"))
    card = arrival_card(
        {PartId("person"): person}, frozenset(), offered=frozenset({PartId("person")})
    )
    text = "\n".join(lines_of(card))
    assert "HEMMELIG" not in text
    assert "Bruker: ikke delt – brukerens valg" in text


def test_a_withheld_child_is_named_only_where_it_was_asked_about() -> None:
    """Nobody learns that there is a child from a card that holds none."""
    one, two = PartId("child.1"), PartId("child.2")
    child = made("child", call_name=answer("Biret"))
    some = arrival_card({one: child}, frozenset({one}), offered=frozenset({one, two}))
    assert "  Barn 2: ikke delt – brukerens valg" in lines_of(some)
    asked = offered(Decision.YES_SOME, {PartId("person")})
    none = arrival_card({}, frozenset({PartId("person")}), offered=asked)
    assert "Barn" not in "\n".join(lines_of(none))


@pytest.mark.parametrize("language", Language)
def test_residence_and_trafficking_are_never_on_the_card(language: Language) -> None:
    """Not their answers, not their names, not that they are withheld."""
    parts = {
        PartId("residence"): made("residence", status=answer("none"), lawyer=answer("MERKE")),
        PartId("trafficking"): made("trafficking", debts=answer("MERKE")),
    }
    for consented in (EVERYTHING, frozenset[PartId]()):
        card = arrival_card(parts, consented, offered=EVERYTHING)
        text = "\n".join(lines_of(card, language))
        assert "MERKE" not in text
        for name in HIDDEN:
            assert Words("client", language).say(f"part.{name}") not in text


def test_an_empty_card_says_what_is_not_known() -> None:
    """Silence about danger, measures and health is never left silent."""
    card = arrival_card({}, frozenset(), offered=frozenset(), code_name="GRAN-427")
    text = lines_of(card)
    assert text[0] == "ANKOMSTKORT GRAN-427"
    nowhere = ["  Ikke med – spør personen"] * 3
    assert [line for line in text[1:] if line.startswith("  ")] == nowhere
    here = {name: made(name) for name in ("threat", "protection", "health_access")}
    assert "\n".join(lines_of(card_of(here))).count("Ikke fylt ut") == 3


@pytest.mark.parametrize(
    ("language", "more"),
    [
        ("nb", "  Mer om faren: les Trusselbilde"),
        ("nn", "  Meir om faren: les Trusselbilete"),
        ("en", "  More about the danger: read Threat picture"),
    ],
)
def test_the_danger_in_one_line_stands_first_and_points_to_the_rest(
    language: str, more: str
) -> None:
    """What was said at night is read before all else; what the card leaves out, it points to."""
    said = "Han har kniv og er på vei"
    line = made("threat", worst_fear=answer(said), overall_level=answer("high"))
    text = lines_of(card_of({"threat": line}), language)
    danger = text.index(Words("client", language).say("card.danger").upper())
    assert said in text[danger + 1].partition(" · ")[0]
    assert more not in text
    for lacking in (
        made("threat", indicators=answer(("stalking",))),
        made("threat", perpetrators=({"helpers": answer(("Bror",))},)),
    ):
        text = lines_of(card_of({"threat": lacking}), language)
        assert text[danger + 1] == more
    withheld = arrival_card({PartId("threat"): line}, frozenset(), offered=frozenset())
    assert said not in "\n".join(lines_of(withheld, language))


def test_what_left_in_haste_says_so_and_of_nobody_that_she_refused() -> None:
    """One question was asked at night: what is not there, she was never asked about."""
    parts = {PartId("threat"): made("threat", worst_fear=answer("Han er på vei"))}
    consented = frozenset({PartId("threat"), PartId("journey")})
    asked = offered(Decision.YES_SOME, consented, haste=True)
    text = lines_of(arrival_card(parts, consented, offered=asked, haste=True))
    assert text[1] == "HASTESENDING: BARE FARE, REISE OG AVSENDER ER MED"
    assert "brukerens valg" not in "\n".join(text)
    assert "  Ikke med – spør personen" in text
    back = arrival_card({}, frozenset({PartId("journey")}), offered=asked, haste=True)
    assert "  Trusselbilde: ikke delt – brukerens valg" in lines_of(back)


# ── Any card ─────────────────────────────────────────────────────────────────────────────────
@settings(deadline=None, max_examples=60)
@given(
    st.lists(named_parts(), max_size=4).map(dict),
    st.frozensets(st.sampled_from(EVERY_PART), max_size=12),
    st.sampled_from(Language),
)
def test_any_case_gives_a_card_that_fits_the_sheets_width(
    parts: dict[PartId, Part], consented: frozenset[PartId], language: Language
) -> None:
    """Whatever is written, the card can be written out, and no line is too wide."""
    card = arrival_card(parts, consented, offered=offered(Decision.YES_SOME, consented))
    lines = lines_of(card, language)
    assert all(len(line) <= WIDTH for line in lines)
    assert all(line == line.rstrip() for line in lines)


def test_the_card_keeps_every_letter() -> None:
    """Northern Sámi letters come out as they went in."""
    part = made(
        "person", call_name=answer("Máret Čappa đŋšŧž"), languages=answer(("davvisámegiella",))
    )
    text = "\n".join(lines_of(card_of({"person": part})))
    assert "Máret Čappa đŋšŧž" in text
    assert "davvisámegiella" in text


@pytest.mark.parametrize("language", Language)
def test_the_senders_number_stands_on_the_card_whatever_was_filled_in(language: Language) -> None:
    """«The number in the directory» cannot be rung from a sheet of paper (§ 2.15)."""
    said = Words("client", language).say("card.phone")
    for parts in ({}, {PartId("sender"): made("sender", call_back=answer("directory_number"))}):
        card = arrival_card(parts, EVERYTHING, offered=EVERYTHING, phone=PHONE)
        (block,) = [one for one in card.blocks if one.title == Say("card.sender")]
        assert block.items[-1] == Item(Say("card.phone"), (PHONE,))
        assert f"{said}: {PHONE}" in " ".join(lines_of(card, language=language))
        gone = arrival_card(parts, EVERYTHING, offered=EVERYTHING, phone="")
        assert said not in " ".join(lines_of(gone, language=language))
