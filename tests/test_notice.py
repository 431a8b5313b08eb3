"""Promises of what the police are told: closed lines, a basis, two people, and no way back."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Final, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from client.case import PoliceBasis, PoliceLine, PoliceRequestInput
from client.case.checking import checked
from client.case.police_request import Consultation, InConsultation
from client.case.words import AgeBand, YesNo
from client.notice import (
    Asked,
    Choice,
    District,
    Keep,
    PoliceNotice,
    PoliceRequest,
    Remove,
    Review,
    Reword,
)
from client.policelines import NoticeContent, RequestContent
from client.refusals import (
    ApprovalMissing,
    LineAdded,
    LinesUnanswered,
    MissingAnswer,
    NoBasis,
    WrongAnswer,
    WrongDistrict,
)
from keys.body import Kind
from keys.errors import Malformed, Refusal, UnknownField, UnknownVersion, WrongRole, WrongShape
from keys.wire import Packable, pack, unpack
from tests.handovers import AWAY, FJORD, HOME, TODAY, sample, view, view_request

EXAMPLES: Final = settings(max_examples=60, deadline=None)
ORIGIN: Final = b"o" * 32


def line(**said: object) -> PoliceLine:
    """Return a line with its reason."""
    return checked(PoliceLine, {"why_needed": "må vite det", **said}, "line")


ARRIVAL: Final = line(arrival_window="15.11 kl. 16–20")
THREATS: Final = line(specific_threats=["skal sendes ut av landet", "skal hentes"])
SOUGHT: Final = line(perpetrator={"name": "onkel", "vehicles": ["hvit varebil"]})
CHILDREN: Final = line(
    children_count_and_ages={"count": 1, "age_bands": [AgeBand.A6_9], "names": ["Ánde"]}
)
ABDUCTION: Final = line(abduction_risk="far vil hente gutten")
LINES: Final = (ARRIVAL, THREATS, SOUGHT, CHILDREN, ABDUCTION)
SAID: Final = PoliceRequestInput(
    police_basis=PoliceBasis.CONSENT_POLICE,
    user_told=YesNo.YES,
    user_objects=YesNo.NO,
    move_in_consultation_with_police=Consultation(
        answer=InConsultation.YES,
        role="vaktleder",
        at=datetime(2026, 11, 15, 2, 10),  # noqa: DTZ001 - on the wall
    ),
    lines=LINES,
)
ASKED: Final = Asked(YesNo.YES, ("Kari", "Ola"), emergency=False, today=TODAY)


def request(said: PoliceRequestInput = SAID, asked: Asked = ASKED) -> PoliceRequest:
    """Return a centre's request."""
    return PoliceRequest.from_input(said, asked)


def changed(**fields: object) -> PoliceRequestInput:
    """Return what was written down with some fields otherwise."""
    return SAID.model_copy(update=fields)


# ── The centre's request ─────────────────────────────────────────────────────────────────────
def test_a_request_says_what_was_written_and_who_approved_stays_here() -> None:
    """The district reads the lines and how many approved; staff's names never leave."""
    made = request()
    assert made.kind is Kind.POLICE_REQUEST
    assert made.content.said == SAID
    assert made.content.approvals == 2
    data = made.content.encode()
    assert RequestContent.decode(data) == made.content
    assert b"Kari" not in data
    assert b"Ola" not in data


def test_the_sample_emergency_asks_the_police() -> None:
    """The night case that the demo plays may be sent by one tired person."""
    case = sample("skog-903")
    assert case.police_request is not None
    assert case.consent is not None
    asked = Asked(case.consent.police_contact_consent, ["Kari"], emergency=True, today=TODAY)
    made = PoliceRequest.from_input(case.police_request, asked)
    assert RequestContent.decode(made.content.encode()) == made.content


NOT_YET: Final = Consultation(answer=InConsultation.NOT_YET_EMERGENCY)
NO_ROLE: Final = Consultation(answer=InConsultation.YES)
WHY_NOT: Final = "user_told_why_not"
WITHOUT: Final = [
    pytest.param(changed(police_basis=None), ASKED, NoBasis, id="no basis"),
    pytest.param(
        SAID, replace(ASKED, police_contact=YesNo.NO), NoBasis, id="her consent, and she said no"
    ),
    pytest.param(
        SAID, replace(ASKED, police_contact=None), NoBasis, id="her consent, and nobody asked"
    ),
    pytest.param(changed(user_objects=YesNo.YES), ASKED, NoBasis, id="she objects"),
    pytest.param(SAID, replace(ASKED, approvals=["Kari"]), ApprovalMissing, id="one approval"),
    pytest.param(
        SAID, replace(ASKED, approvals=["Kari", " KARI "]), ApprovalMissing, id="one person twice"
    ),
    pytest.param(
        SAID, replace(ASKED, approvals=["Kari", " "]), ApprovalMissing, id="nobody as second"
    ),
    pytest.param(
        SAID,
        replace(ASKED, approvals=[], emergency=True),
        ApprovalMissing,
        id="an emergency approved by nobody",
    ),
    pytest.param(changed(lines=()), ASKED, MissingAnswer, id="no line"),
    pytest.param(changed(user_told=None), ASKED, MissingAnswer, id="not said whether she knows"),
    pytest.param(changed(user_told=YesNo.NO), ASKED, MissingAnswer, id="not said why she does not"),
    pytest.param(
        changed(move_in_consultation_with_police=None),
        ASKED,
        MissingAnswer,
        id="not said whether the police know of the move",
    ),
    pytest.param(
        changed(move_in_consultation_with_police=NOT_YET),
        ASKED,
        MissingAnswer,
        id="the police not yet asked, and no emergency",
    ),
    pytest.param(
        changed(move_in_consultation_with_police=NO_ROLE),
        ASKED,
        MissingAnswer,
        id="the police asked, not said whom",
    ),
]


@pytest.mark.parametrize(("said", "asked", "refusal"), WITHOUT)
def test_the_police_are_told_nothing_without_what_must_be_there(
    said: PoliceRequestInput, asked: Asked, refusal: type[Refusal]
) -> None:
    """A basis, two people, a reason for each line, and an honest word on what she knows."""
    with pytest.raises(refusal):
        request(said, asked)


@pytest.mark.parametrize("basis", [one for one in PoliceBasis if one != "consent_police"])
def test_another_basis_does_not_need_her_consent_and_does_not_hide_her_objection(
    basis: PoliceBasis,
) -> None:
    """Danger to life may be told against her will; that she objects is told with it."""
    said = changed(
        police_basis=basis,
        user_told=YesNo.NO,
        user_told_why_not="Farlig nå",
        user_objects=YesNo.YES,
    )
    made = request(said, replace(ASKED, police_contact=YesNo.NO))
    assert RequestContent.decode(made.content.encode()).said.user_objects is YesNo.YES


@pytest.mark.parametrize("consultation", [None, NOT_YET])
def test_at_night_the_rest_may_follow(consultation: Consultation | None) -> None:
    """In an emergency one approval is enough, and the police need not have been asked before."""
    asked = replace(ASKED, approvals=["Kari"], emergency=True)
    assert request(changed(move_in_consultation_with_police=consultation), asked)


# ── The home district's review ───────────────────────────────────────────────────────────────
DISTRICT: Final = District(AWAY.member)
REVIEW: Final = Review(request().content, ORIGIN, HOME.id)
KEEP_ALL: Final[tuple[Choice, ...]] = (Keep(),) * len(LINES)


def notice(*choices: Choice, authority: str = "vaktleder, operasjonssentralen") -> PoliceNotice:
    """Return the notice that these choices make; what is not said is kept."""
    whole = (*choices, *KEEP_ALL[len(choices) :])
    return REVIEW.notice(whole, DISTRICT, authority, TODAY)


def test_a_notice_says_the_lines_that_the_district_keeps() -> None:
    """Kept lines go on, removed ones are gone from the bytes, reworded ones say the new words."""
    sooner = line(arrival_window="sondag kveld")
    made = notice(Reword(sooner), Remove())
    assert made.kind is Kind.POLICE_NOTICE
    assert made.district == AWAY.id
    assert made.origin == ORIGIN
    assert made.content.lines == (sooner, SOUGHT, CHILDREN, ABDUCTION)
    data = made.content.encode()
    assert NoticeContent.decode(data) == made.content
    assert b"sondag kveld" in data
    for gone in ("16–20", "sendes ut av landet", "vaktleder\x00", "consent_police"):
        assert gone.encode() not in data


def test_a_notice_holds_nothing_of_the_request_but_its_lines() -> None:
    """Who approved, on what basis and whether she objects stays with the home district."""
    fields = unpack(notice().content.encode())
    assert isinstance(fields, list)
    said = unpack(cast("bytes", fields[2]))
    assert isinstance(said, dict)
    assert set(said) == {"lines"}
    assert len(fields) == 5


ADDED: Final = [
    pytest.param(0, line(travel_risk="ferje"), id="a line of another kind"),
    pytest.param(1, line(specific_threats=["a", "b", "c"]), id="a third threat"),
    pytest.param(2, line(perpetrator={"name": "onkel", "weapons": "rifle"}), id="a weapon"),
    pytest.param(
        2, line(perpetrator={"name": "onkel", "vehicles": ["hvit", "rød"]}), id="a second car"
    ),
    pytest.param(
        3,
        line(children_count_and_ages={"count": 1, "names": ["Ánde", "Biret"]}),
        id="another child's name",
    ),
]


@pytest.mark.parametrize(("place", "new"), ADDED)
def test_a_review_never_adds_what_the_centre_did_not_say(place: int, new: PoliceLine) -> None:
    """Rewording says the same kind of thing, with no field and no line more."""
    choices: list[Choice] = [*KEEP_ALL]
    choices[place] = Reword(new)
    with pytest.raises(LineAdded):
        notice(*choices)


def test_a_reworded_line_may_say_less() -> None:
    """A car may be left out, a name shortened, a threat put in other words."""
    less = line(perpetrator={"name": "en slektning"})
    assert notice(Keep(), Keep(), Reword(less)).content.lines[2] == less


def test_a_child_is_not_named_when_the_danger_of_abduction_is_removed() -> None:
    """Children's names go only with a danger of abduction, also in the notice."""
    with pytest.raises(WrongAnswer):
        notice(Keep(), Keep(), Keep(), Keep(), Remove())


SHORT: Final = [
    pytest.param(KEEP_ALL[1:], "vaktleder", LinesUnanswered, id="a line nobody decided on"),
    pytest.param((Remove(),) * len(LINES), "vaktleder", MissingAnswer, id="nothing left"),
    pytest.param(KEEP_ALL, " ", MissingAnswer, id="on no authority"),
    pytest.param(KEEP_ALL, "x" * 161, WrongAnswer, id="an authority as long as a letter"),
]


@pytest.mark.parametrize(("choices", "authority", "refusal"), SHORT)
def test_a_notice_is_decided_line_by_line_and_on_an_authority(
    choices: Sequence[Choice], authority: str, refusal: type[Refusal]
) -> None:
    """The district says of each line whether it goes on, and on what it acts."""
    with pytest.raises(refusal):
        REVIEW.notice(choices, DISTRICT, authority, TODAY)


def test_a_notice_is_for_another_district() -> None:
    """A district does not send a notice to itself: it knows already."""
    with pytest.raises(WrongDistrict):
        REVIEW.notice(KEEP_ALL, District(HOME.member), "vaktleder", TODAY)


WHY: Final = {"why_needed": "må vite det"}


# ── A question about the new place ───────────────────────────────────────────────────────────
ASKED_VIEW: Final = replace(ASKED, kind=Kind.POLICE_VIEW_REQUEST)


def test_a_question_about_a_place_has_only_the_lines_marked_for_it() -> None:
    """Who moves is not in it, nor the mark, nor with whom the move was discussed."""
    made = view_request()
    assert made.kind is Kind.POLICE_VIEW_REQUEST
    assert [one.kind for one in made.content.said.lines] == ["destination_area", "links_to_area"]
    data = made.content.encode()
    assert RequestContent.decode(data, Kind.POLICE_VIEW_REQUEST) == made.content
    for gone in (b"Hana", b"ask_destination", b"consultation"):
        assert gone not in data
    with pytest.raises(Malformed):
        RequestContent.decode(data)


def test_the_mark_does_not_travel_with_a_request_either() -> None:
    """What the centre asks elsewhere is no part of what it asks here."""
    marked = tuple(one.model_copy(update={"ask_destination": YesNo.YES}) for one in LINES)
    assert request(changed(lines=marked)).content.said.lines == LINES


PLACE: Final = line(destination_area="Elva", ask_destination="yes")
NO_VIEW: Final = [
    pytest.param((), MissingAnswer, id="no line"),
    pytest.param((line(destination_area="Elva"),), MissingAnswer, id="a line that was not marked"),
    pytest.param(
        (line(links_to_area=["hytte"], ask_destination="yes"),), MissingAnswer, id="no place"
    ),
    pytest.param(
        (PLACE, line(subject_name="Hana", ask_destination="yes")), WrongAnswer, id="her name"
    ),
    pytest.param(
        (PLACE, line(safe_contact="000", ask_destination="yes")), WrongAnswer, id="her number"
    ),
]


@pytest.mark.parametrize(("lines", "refusal"), NO_VIEW)
def test_a_question_about_a_place_is_about_a_place_and_not_about_her(
    lines: tuple[PoliceLine, ...], refusal: type[Refusal]
) -> None:
    """It says where, and who may come looking; nothing that names or describes her."""
    with pytest.raises(refusal):
        request(changed(lines=lines), ASKED_VIEW)


def test_a_question_about_a_place_needs_the_same_basis_and_the_same_two_people() -> None:
    """Asking the police tells them something too."""
    with pytest.raises(ApprovalMissing):
        request(changed(lines=(PLACE,)), replace(ASKED_VIEW, approvals=["Kari"]))
    with pytest.raises(NoBasis):
        request(changed(lines=(PLACE,), user_objects=YesNo.YES), ASKED_VIEW)


def test_the_home_district_asks_the_other_with_the_lines_it_keeps() -> None:
    """It becomes a question and never a notice; what is left still says which place."""
    made = view()
    assert made.kind is Kind.POLICE_VIEW
    assert NoticeContent.decode(made.content.encode(), Kind.POLICE_VIEW) == made.content
    with pytest.raises(Malformed):
        NoticeContent.decode(made.content.encode())
    review = Review(view_request().content, ORIGIN, HOME.id)
    reworded = Reword(line(destination_area="Elvedalen", ask_destination="yes"))
    spoken = review.notice([reworded, Remove()], DISTRICT, "vaktleder", TODAY)
    assert spoken.content.lines == (line(destination_area="Elvedalen"),)
    with pytest.raises(MissingAnswer):
        review.notice([Remove(), Keep()], DISTRICT, "vaktleder", TODAY)


HOSTILE_VIEWS: Final = [
    pytest.param({"destination_area": "Elva", "ask_destination": "yes"}, id="the mark"),
    pytest.param({"subject_name": "Hana"}, id="her name"),
    pytest.param({"links_to_area": ["hytte"]}, id="no place"),
]


@pytest.mark.parametrize("said", HOSTILE_VIEWS)
def test_the_other_district_reads_no_more_than_a_place(said: Mapping[str, Packable]) -> None:
    """A district with a changed program cannot ask with a whole story."""
    lines: list[Packable] = [{**WHY, **said}]
    data = pack(["police_view", 1, pack({"lines": lines}), "vaktleder", TODAY])
    with pytest.raises(WrongShape):
        NoticeContent.decode(data, Kind.POLICE_VIEW)


# ── What cannot be made otherwise ────────────────────────────────────────────────────────────
def test_no_centre_becomes_a_district() -> None:
    """Whoever is a centre in the roster is never somewhere to send a notice."""
    with pytest.raises(WrongRole):
        District(FJORD.member)
    with pytest.raises(WrongRole):
        replace(DISTRICT, member=FJORD.member)


def test_no_request_and_no_notice_is_made_by_hand() -> None:
    """A hostile program that leaves out the maker is refused."""
    witness = object()
    with pytest.raises(NoBasis):
        PoliceRequest(request().content, witness=witness)  # pyright: ignore[reportArgumentType] - the attack
    with pytest.raises(NoBasis):
        PoliceNotice(notice().content, ORIGIN, AWAY.id, witness=witness)  # pyright: ignore[reportArgumentType] - the attack


# ── As bytes ─────────────────────────────────────────────────────────────────────────────────
def forged(at: int, value: Packable) -> bytes:
    """Return a request with one field written otherwise."""
    fields = unpack(request().content.encode())
    assert isinstance(fields, list)
    return pack([*fields[:at], value, *fields[at + 1 :]])


def said(**fields: Packable) -> bytes:
    """Return what a request says, with some fields written otherwise."""
    kept = unpack(cast("bytes", cast("list[object]", unpack(request().content.encode()))[2]))
    assert isinstance(kept, dict)
    return pack({**kept, **fields})


FORGED: Final = [
    pytest.param(forged(1, 2), UnknownVersion, id="a version of tomorrow"),
    pytest.param(forged(2, b""), Malformed, id="nothing said"),
    pytest.param(
        forged(2, said(lines=[{**WHY, "health": "gravid"}])), UnknownField, id="a line on health"
    ),
    pytest.param(
        forged(2, said(lines=[{**WHY, "travel_risk": "x", "valid_until": "2026-12-01"}])),
        WrongShape,
        id="two things on a line",
    ),
    pytest.param(
        forged(2, said(lines=[{"travel_risk": "x"}])), WrongShape, id="a line with no why"
    ),
    pytest.param(
        forged(2, said(lines=[{**WHY, "birth_year": "1990"}])), WrongShape, id="a year in letters"
    ),
    pytest.param(
        forged(2, said(lines=[{**WHY, "subject_name": "01019012345"}])),
        WrongShape,
        id="an identity number",
    ),
    pytest.param(forged(2, said(lines=[])), WrongShape, id="no line"),
    pytest.param(forged(2, said(police_basis=None)), WrongShape, id="no basis"),
    pytest.param(forged(4, 1), WrongShape, id="one approval"),
]


@pytest.mark.parametrize(("data", "refusal"), FORGED)
def test_the_district_applies_the_same_rules(data: bytes, refusal: type[Refusal]) -> None:
    """A centre with a changed program gets nothing past its district that it could not say."""
    with pytest.raises(refusal):
        RequestContent.decode(data)


def notice_of(lines: list[Packable], authority: str = "vaktleder") -> bytes:
    """Return a notice that no honest district wrote."""
    return pack(["police_notice", 1, pack({"lines": lines}), authority, TODAY])


NAMED: Final[Packable] = {**WHY, "children_count_and_ages": {"count": 1, "names": ["Ánde"]}}
FORGED_NOTICES: Final = [
    pytest.param(notice_of([]), WrongShape, id="no line"),
    pytest.param(notice_of([{**WHY, "history": "alt"}]), UnknownField, id="her history"),
    pytest.param(notice_of([NAMED]), WrongShape, id="a child's name without abduction"),
    pytest.param(notice_of([{**WHY, "travel_risk": "x"}], "\x1b[2J"), WrongShape, id="an odd sign"),
    pytest.param(notice_of([{**WHY, "travel_risk": "x"}], ""), WrongShape, id="on no authority"),
    pytest.param(
        notice_of([{**WHY, "travel_risk": "x", "links_to_area": []}]),
        WrongShape,
        id="written in another way",
    ),
]


@pytest.mark.parametrize(("data", "refusal"), FORGED_NOTICES)
def test_the_receiving_district_reads_only_the_closed_lines(
    data: bytes, refusal: type[Refusal]
) -> None:
    """A district with a changed program cannot send a case as a notice."""
    with pytest.raises(refusal):
        NoticeContent.decode(data)


TEXTS: Final = st.sampled_from(["grønn bil", "tante i nabobyen", "ikke ring", "kl. 16–20"])
ANY_LINE: Final = st.one_of(
    TEXTS.map(lambda text: line(travel_risk=text)),
    TEXTS.map(lambda text: line(do_not=[text])),
    st.integers(1900, 2100).map(lambda year: line(birth_year=year)),
    st.dates(date(2026, 1, 1), date(2027, 1, 1)).map(lambda day: line(valid_until=day)),
)


@EXAMPLES
@given(st.lists(ANY_LINE, min_size=1, max_size=6).map(tuple), TEXTS)
def test_a_notice_is_read_as_it_was_written(lines: tuple[PoliceLine, ...], authority: str) -> None:
    """Every notice comes back from its bytes the same."""
    made = NoticeContent(lines, authority, TODAY)
    assert NoticeContent.decode(made.encode()) == made


@EXAMPLES
@given(st.binary(max_size=120))
def test_any_bytes_give_a_message_or_one_refusal(data: bytes) -> None:
    """Whatever arrives, the program neither stumbles nor guesses."""
    for decode in (RequestContent.decode, NoticeContent.decode):
        with pytest.raises(Refusal):
            decode(data)
