"""A case written by an older program opens here, and one by a newer program waits unharmed."""

import json
from datetime import date
from pathlib import Path
from typing import cast

import pytest

from client.case import PARTS, Answer, PartId, Source, State, decode_part, encode_part, name_of
from client.case.answer import Section
from client.case.threat import Threat
from client.case.upgrades import UPGRADES, upgraded
from client.casefile import read_case, write_case
from client.casejson import encode, read_document
from client.casesheet import Printable, case_sheets
from client.refusals import NewerPart, UnknownWord, WrongAnswer
from client.schema import Json, document
from client.sheettext import render
from keys.errors import OutOfTurn, Refusal, UnknownField, UnknownVersion, WrongShape
from keys.wire import Packable, Value, pack, unpack
from keys.words import Language, Words

DAY = date(2026, 11, 9)


def kept() -> list[tuple[PartId, bytes]]:
    """Give the parts that the first version wrote, each with its bytes."""
    lines = Path(__file__).with_name("parts_v1.txt").read_text(encoding="utf-8").splitlines()
    rows = [line.split(" ") for line in lines if not line.startswith("#")]
    return [(PartId(name), bytes.fromhex(data)) for name, data in rows]


def body_of(data: bytes) -> dict[str, Value]:
    """Give the fields inside a part's bytes."""
    value = unpack(data)
    assert isinstance(value, list)
    return cast("dict[str, Value]", value[2])


OLD = dict(reversed(kept()))


@pytest.mark.parametrize(("part", "data"), kept())
def test_a_part_of_the_first_version_opens_and_loses_nothing(part: PartId, data: bytes) -> None:
    """Every answer of the older part is in the opened one, to the last letter."""
    opened = decode_part(part, data)
    newest = body_of(encode_part(part, opened))
    for name, answer in body_of(data).items():
        if (part, name) != ("threat", "threats_made"):
            assert newest[name] == answer, name
    assert decode_part(part, encode_part(part, opened)) == opened


@pytest.mark.parametrize(("part", "data"), kept())
def test_a_part_of_the_first_version_opens_whatever_it_left_out(part: PartId, data: bytes) -> None:
    """Few cases answer every question: without any one answer, and with any one alone, it opens."""
    value = unpack(data)
    assert isinstance(value, list)
    body = body_of(data)
    answers = {one for one, said in body.items() if isinstance(said, dict) and "source" in said}
    for name in answers:
        for out in ({name}, answers - {name}, answers):
            few = {one: said for one, said in body.items() if one not in out}
            opened = decode_part(part, pack([value[0], value[1], cast("Packable", few)]))
            assert decode_part(part, encode_part(part, opened)) == opened


def test_an_older_threat_with_a_field_that_never_was_is_refused() -> None:
    """Whatever is left out: a changed program gets a refusal, and never a fault of ours."""
    data = OLD[PartId("threat")]
    said = {name: one for name, one in body_of(data).items() if name != "threats_made"}
    with pytest.raises(UnknownField):
        decode_part(PartId("threat"), pack(["threat", 1, cast("Packable", {**said, "x": 1})]))


def test_older_threats_become_rows_and_keep_who_said_so() -> None:
    """Each threat of the older list is a row of its own; the note stays with the first."""
    opened = decode_part(PartId("threat"), OLD[PartId("threat")])
    assert isinstance(opened, Threat)
    first, second = (row.words for row in opened.threats_made)
    assert first is not None
    assert second is not None
    assert first.value == second.value == "Máret sier: threats_made"
    assert (first.note, second.note) == ("Merk: threats_made", None)
    assert {first.source, second.source} == {Source.USER}


def test_no_known_threats_is_still_said_after_the_upgrade() -> None:
    """«None known» in an older part is not silence in the newer one."""
    opened = decode_part(PartId("threat"), kept()[-1][1])
    assert isinstance(opened, Threat)
    assert [row.words for row in opened.threats_made] == [
        Answer(state=State.NONE_KNOWN, source=Source.POLICE, as_of=DAY)
    ]


def test_every_changed_part_has_a_step_and_a_kept_example() -> None:
    """A part that gets a new version cannot forget those who still have the older one."""
    assert {name: len(steps) + 1 for name, steps in UPGRADES.items()} == {
        name: part.VERSION for name, part in PARTS.items() if part.VERSION > 1
    }
    assert {name_of(part) for part, _ in kept()} == set(UPGRADES)


@pytest.mark.parametrize("part", OLD)
def test_a_part_of_a_newer_version_is_kept_and_said_in_a_sentence(part: PartId) -> None:
    """Staff are told to update and open again: waiting, not broken."""
    newer = pack([part, PARTS[name_of(part)].VERSION + 1, {"something": 1}])
    with pytest.raises(NewerPart) as refused:
        decode_part(part, newer)
    assert isinstance(refused.value, OutOfTurn)
    for language in Language:
        told = Words("client", language).told(refused.value)
        assert told.what
        assert told.do


@pytest.mark.parametrize("part", OLD)
def test_an_older_part_has_no_field_of_the_newer(part: PartId) -> None:
    """Bytes that no version would have written are not read."""
    for step in UPGRADES[name_of(part)]:
        for path in step.added:
            value: Packable = {"said": 1}
            for name in reversed(path):
                value = {name: value}
            with pytest.raises(UnknownField):
                decode_part(part, pack([part, 1, value]))


GIVEN = {"state": "given", "value": ["x"], "source": "user", "as_of": "2026-11-09"}
ATTACKS: dict[str, Packable] = {
    "the newer form under the older number": [{"words": GIVEN}],
    "an empty list": GIVEN | {"value": []},
    "a text": "x",
    "no source": {"state": "unknown"},
    "another word": GIVEN | {"by": "x"},
}


@pytest.mark.parametrize("said", ATTACKS.values(), ids=ATTACKS)
def test_older_threats_in_no_known_form_are_refused(said: Packable) -> None:
    """The step reads what the first version wrote, and nothing else."""
    with pytest.raises(Refusal) as refused:
        decode_part(PartId("threat"), pack(["threat", 1, {"threats_made": said}]))
    assert type(refused.value) in {WrongShape, UnknownField}


def test_bytes_with_a_twist_are_not_an_older_part() -> None:
    """An older part has one encoding too."""
    name, data = kept()[0]
    assert data[:2] == b"\x93" + bytes([0xA0 | len(name)])
    with pytest.raises(WrongShape):
        decode_part(name, b"\x93\xd9" + bytes([len(name)]) + data[2:])


def test_a_part_that_never_changed_has_no_steps() -> None:
    """Nothing is done to what is newest already."""
    assert upgraded(name_of(PartId("validity")), 1, {}) == {}
    assert isinstance(PARTS[name_of(PartId("validity"))](), Section)


# ── A written consent, which is no part ──────────────────────────────────────────────────────
OLD_CONSENT = """consent:
  decision: ja_alt
  given_by: foreldreansvarlig
  one_parent_why: Far er ikke spurt av hensyn til barnas sikkerhet; vurdert med leder.
  child_view: Ánde vil at de nye skal vite hvem som aldri kan hente ham.
"""
"""As the sample case of two children had it before each child had a row."""


def test_an_older_consent_opens_and_loses_nothing() -> None:
    """The one text for all children is kept in a row that names no child, also on paper."""
    case = read_case(OLD_CONSENT, today=DAY)
    assert case.consent is not None
    (row,) = case.consent.children
    assert (row.child, row.one_parent_why, row.child_view) == (
        None,
        "Far er ikke spurt av hensyn til barnas sikkerhet; vurdert med leder.",
        "Ánde vil at de nye skal vite hvem som aldri kan hente ham.",
    )
    assert read_case(write_case(case), today=DAY) == case
    (sheet,) = case_sheets(Printable.draft(case))
    assert "vurdert med leder" in " ".join(render(sheet, Words("client", Language.NB)))


def exported(version: int, consent: dict[str, Json]) -> bytes:
    """Give an export of a case that has a consent and nothing else."""
    tree = document(read_case("code_name: GRAN-427", today=DAY))
    said: dict[str, Json] = {"decision": "yes_all", "release": "arrival", **CONSENT_LISTS}
    return encode({**tree, "version": version, "consent": {**said, **consent}})


CONSENT_LISTS: dict[str, Json] = {"parts": [], "informed_in_language": [], "withdrawn_parts": []}
TEXTS: dict[str, Json] = {"one_parent_why": "Fare", "child_view": "Vil"}
ROW: dict[str, Json] = {"child": "child.1", **TEXTS}


def test_an_older_export_opens_and_loses_nothing() -> None:
    """A document of version 1 is read as version 2 writes it; one of version 2 as it is."""
    consent = read_document(exported(1, TEXTS)).consent
    assert consent is not None
    assert [row.model_dump(exclude_none=True) for row in consent.children] == [TEXTS]
    assert read_document(exported(2, {"children": [ROW]})).consent is not None
    silent = read_document(exported(1, {})).consent
    assert silent is not None
    assert silent.children == ()
    without = {key: one for key, one in json.loads(exported(1, {})).items() if key != "consent"}
    assert read_document(encode(without)).consent is None


@pytest.mark.parametrize(
    ("version", "consent", "leaf"),
    [
        pytest.param(2, {**TEXTS, "children": []}, UnknownField, id="the older form as the newer"),
        pytest.param(1, {"children": [ROW]}, UnknownField, id="the newer form as the older"),
        pytest.param(4, {"children": []}, UnknownVersion, id="a later version"),
        pytest.param(True, TEXTS, UnknownVersion, id="no number"),
        pytest.param(2, {"children": [ROW, ROW]}, WrongAnswer, id="a child twice"),
        pytest.param(2, {"children": [{"child": "person"}]}, UnknownWord, id="no child"),
    ],
)
def test_a_consent_in_no_known_form_is_refused(
    version: int, consent: dict[str, Json], leaf: type[Refusal]
) -> None:
    """Each version is read in its own form, and in no other."""
    with pytest.raises(leaf):
        read_document(exported(version, consent))


def test_an_older_form_that_was_left_empty_says_nothing() -> None:
    """Whoever printed the older form and wrote nothing there has answered nothing."""
    case = read_case("consent: {decision: nei, one_parent_why: , child_view: }", today=DAY)
    assert case.consent is not None
    assert case.consent.children == ()
    with pytest.raises(UnknownField):
        read_case("consent: {decision: nei, child_view: Vil, children: [child.1]}", today=DAY)
