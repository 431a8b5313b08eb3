"""The look before sending: red only for what may keep information back, and a move never stops."""

from datetime import date
from pathlib import Path

import pytest

from client.case import HIDDEN, PARTS, PartId
from client.case.checking import checked
from client.case.declaration import When, questions
from client.case.digital_safety import ChildDigital
from client.casefile import CaseFile, read_case
from client.findings import agreed_on, findings, holds_back, police_contacted
from client.found import Colour
from client.tasks import URGENT_SECONDS, tasks_of
from keys.calendar import Instant
from keys.words import Language, Words
from tests.cases import answer

DAY = date(2026, 11, 9)
NOW = Instant(1_794_549_600)
CHILD_ROWS = [one.name for one in questions(ChildDigital) if When.BEFORE in one.stages]
SAMPLES = Path(__file__).parent.parent / "client" / "samples"


def case_of(text: str) -> CaseFile:
    """Give the case that is written so."""
    return read_case(text, today=DAY)


def words_of(text: str) -> set[str]:
    """Give the names of what is found in a case."""
    return {one.name for one in findings(case_of(text))}


URGENT = "emergency: ja\n"
CALLED = "destination_assessment: {dest_police_contacted_at: 2026-11-09 10:20}\n"
DANGER = "threat: {worst_fear: At han kommer i natt}\n"
YES = "consent: {decision: ja_alt}\n"
ROWS = f"{YES[:-2]}, children: "
ROWS_OK = ", ".join(f"{one}: ok" for one in CHILD_ROWS)
CHECKED = f"{{{ROWS_OK}, review_before: {{done_by: barnefaglig ansatt}}}}"
JOINT = "{parental_responsibility: felles, age: 9}"


@pytest.mark.parametrize(
    ("text", "red"),
    [
        pytest.param("", True, id="nothing is filled in"),
        pytest.param(CALLED, False, id="called"),
        pytest.param(f"{CALLED}journey: {{arrival_until: 2026-11-09 16:00}}", False, id="before"),
        pytest.param(
            f"{CALLED}journey: {{arrival_from: 2026-11-09 08:00, arrival_until: 2026-11-09 12:00}}",
            False,
            id="while she is on her way",
        ),
        pytest.param(
            f"{CALLED}journey: {{arrival_from: 2026-11-08 08:00, arrival_until: 2026-11-08 12:00}}",
            True,
            id="written as called after she came",
        ),
        pytest.param(
            "destination_assessment: {own_district_answer: contacted_will_call}",
            False,
            id="the own district has asked",
        ),
        pytest.param(
            "destination_assessment: {own_district_answer: contacted_advise_against}",
            False,
            id="the police advise against: that is for people to weigh",
        ),
        pytest.param(
            "destination_assessment: {own_district_answer: could_not_contact}",
            True,
            id="nobody was reached",
        ),
        pytest.param(
            "destination_assessment: {dest_police_contacted_at: ukjent}", True, id="not known when"
        ),
        pytest.param("emergency: ja\n", True, id="urgent, and no word of why"),
        pytest.param("emergency: ja\n" + DANGER, False, id="urgent, with one line of danger"),
        pytest.param(
            "move_assessment: {emergency: {is_emergency: ja, why: Han står utenfor}}",
            False,
            id="urgent, as the assessment says",
        ),
        pytest.param(
            "emergency: ja\nmove_assessment: {necessary_why: Han står utenfor}",
            False,
            id="urgent, and necessary because",
        ),
        pytest.param(
            "emergency: ja\nthreat: {threats_made: [Jeg finner deg]}", False, id="a threat"
        ),
        pytest.param(DANGER, True, id="danger, and not urgent"),
    ],
)
def test_only_the_destination_police_can_hold_information_back(text: str, red: bool) -> None:  # noqa: FBT001 - a row
    """Whoever has called, or says that it is urgent and why, can send; all the rest is yellow."""
    case = case_of(text)
    assert holds_back(case) is red
    reds = {one.name for one in findings(case) if one.colour is Colour.RED}
    assert reds == ({"destination_police"} if red else set())
    assert not (red and police_contacted(case))


FOUND: dict[str, tuple[str, str]] = {
    "no_threat": (CALLED, DANGER),
    "no_move_assessment": (CALLED, "move_assessment: {}"),
    "no_destination": ("", CALLED),
    "no_joint_assessment": ("", "joint_assessment: {}"),
    "no_digital": ("", "digital_safety: {}"),
    "no_necessary": (
        "move_assessment: {necessary: ja}",
        "move_assessment: {necessary: ja, necessary_why: Hun er funnet}",
    ),
    "no_appropriate": (
        "move_assessment: {}",
        "move_assessment: {appropriate: ja, appropriate_why: Hun vil selv}",
    ),
    "move_not_advised": ("move_assessment: {appropriate: nei}", "move_assessment: {}"),
    "no_alternatives": ("move_assessment: {}", "move_assessment: {alternatives_tried: []}"),
    "no_burden": ("move_assessment: {}", "move_assessment: {burden_adult: ukjent}"),
    "no_why_previous_failed": (
        "move_assessment: {move_number: 2}",
        "move_assessment: {move_number: 2, why_previous_failed: Ingen spurte politiet}",
    ),
    "no_user_view": ("joint_assessment: {}", "joint_assessment: {user_view: Ja}"),
    "no_centre_view": ("joint_assessment: {}", "joint_assessment: {centre_view: Ja}"),
    "no_police_view": ("joint_assessment: {}", "joint_assessment: {home_police_view: Ja}"),
    "no_agreement": ("joint_assessment: {}", "joint_assessment: {agreed: alle}"),
    "child_welfare": (
        "threat: {indicators: [vold mot barn]}",
        "threat: {indicators: [vold mot barn]}\nprotection: {barnevern_involved: nei}",
    ),
    "no_disagreement": (
        "joint_assessment: {agreed: ikke alle}",
        "joint_assessment: {agreed: ikke alle, disagreement: Hun vil ikke}",
    ),
    "not_agreed": ("joint_assessment: {agreed: ikke alle}", "joint_assessment: {agreed: alle}"),
    "no_conclusion": (CALLED, "destination_assessment: {conclusion: trygt}"),
    "destination_doubted": ("destination_assessment: {conclusion: not_safe}", CALLED),
    "child_not_heard.1": ("children: [{age: 4}]", "children: [{own_words: Får bamsen egen seng}]"),
    "child_not_prepared.1": ("children: [{prepared: nei}]", "children: [{prepared: ja}]"),
    "child_no_farewell.1": ("children: [{farewell: nei}]", "children: [{farewell: ja}]"),
    "child_no_burden.2": (
        "children: [{age: 4}, {age: 9}]",
        "children: [{age: 4}, {age: 9, burden: Ny skole igjen}]",
    ),
    "digital_incomplete": ("digital_safety: {find_my: ok}", ""),
    "digital_risk": (
        "digital_safety: {first_days: risk_found}",
        "digital_safety: {find_my: ok}\nchildren: [{digital: {children_phones: risk_found}}]",
    ),
    "no_recheck_date": ("digital_safety: {}", "digital_safety: {recheck_date: 2026-11-20}"),
    "no_one_parent_why.1": (
        f"{YES}children: [{{parental_responsibility: felles}}]",
        f"{ROWS}[{{child: child.1, one_parent_why: Fare}}]}}\nchildren: [{JOINT}]",
    ),
    "no_one_parent_why.2": (
        f"{ROWS}[{{child: child.1, one_parent_why: Fare}}]}}\nchildren: [{JOINT}, {JOINT}]",
        f"{ROWS}[{{child: child.2, one_parent_why: Fare}}]}}\nchildren: [{JOINT}, {JOINT}]",
    ),
    "no_child_view.2": (
        f"{ROWS}[{{child: child.1, child_view: Vil}}]}}\nchildren: [{{age: 8}}, {{age: 7}}]",
        f"{ROWS}[{{child: child.2, child_view: Vil}}]}}\nchildren: [{{age: 6}}, {{age: 7}}]",
    ),
    "child_no_never_pickup.1": (
        "children: [{pickup_list: [Mor]}]",
        "children: [{never_pickup: ingen_kjente}]",
    ),
    "child_digital_incomplete.2": (
        f"children: [{{digital: {CHECKED}}}, {{digital: {{children_phones: ok}}}}]",
        f"children: [{{}}, {{digital: {CHECKED}}}]",
    ),
    "child_digital_incomplete.1": (
        f"children: [{{digital: {{{ROWS_OK}}}}}]",
        f"children: [{{digital: {CHECKED}}}]",
    ),
    "digital_no_review": (
        "digital_safety: {find_my: ok, review_at_arrival: {done_by: nattevakt}}",
        "digital_safety: {review_before: {done_by: miljøterapeut}}",
    ),
    "child_digital_risk.1": (
        "children: [{digital: {toys_bags_tags: risk_found}}]",
        "children: [{digital: {toys_bags_tags: fixed}}]\ndigital_safety: {find_my: risk_found}",
    ),
    "child_no_responsibility.1": (
        f"{YES}children: [{{age: 4}}]",
        f"{YES}children: [{{parental_responsibility: ukjent}}]",
    ),
    "consent_not_informed": (
        f"{YES[:-2]}, informed_benefits: ja, informed_rights: ja, informed_no_consequence: nei}}",
        f"{YES[:-2]}, informed_benefits: ja, informed_rights: ja, informed_no_consequence: ja}}",
    ),
    "consent_not_how": (
        f"{YES[:-2]}, form: skriftlig}}",
        f"{YES[:-2]}, form: skriftlig, informed_in_language: [norsk]}}",
    ),
    "consent_no_interpreter": (
        f"{YES}person: {{interpreter_need: ja}}",
        f"{YES[:-2]}, interpreter_used: telefontolk}}\nperson: {{interpreter_need: ja}}",
    ),
    "no_links": (CALLED, "destination_assessment: {perp_links_to_area: []}"),
    "within_24h": (
        "move_assessment: {emergency: {fill_in_within_24h: [Barna, Medisin]}}",
        "move_assessment: {emergency: {fill_in_within_24h: ingen_kjente}}",
    ),
    "conflict_of_interest": (
        "conflict_of_interest: ja",
        "{conflict_of_interest: ja, handed_to: leder}",
    ),
}


@pytest.mark.parametrize("name", FOUND)
def test_what_is_missing_is_found_and_what_is_there_is_not(name: str) -> None:
    """Each finding stands when it should and goes when the answer is written."""
    missing, there = FOUND[name]
    assert name in words_of(missing)
    assert name not in words_of(there)


def test_what_is_said_of_one_child_speaks_for_no_other() -> None:
    """Each child that lacks a reason or its own view is named; the one that has them is not."""
    row = "{child: child.2, one_parent_why: Fare, child_view: Vil}"
    found = words_of(f"{ROWS}[{row}]}}\nchildren: [{JOINT}, {JOINT}, {JOINT}]")
    lacking = {f"{word}.{at}" for word in ("no_one_parent_why", "no_child_view") for at in (1, 3)}
    assert {one for one in found if one.startswith(("no_one_parent", "no_child_view"))} == lacking


def test_an_older_text_for_all_children_speaks_for_an_only_child_alone() -> None:
    """It is kept as it was written; with more children nobody can tell whom it was about."""
    older = f"{YES[:-2]}, one_parent_why: Fare, child_view: Vil}}\n"
    assert "no_one_parent_why.1" not in words_of(f"{older}children: [{JOINT}]")
    assert "no_child_view.1" not in words_of(f"{older}children: [{JOINT}]")
    both = words_of(f"{older}children: [{JOINT}, {JOINT}]")
    assert both >= {"no_one_parent_why.1", "no_one_parent_why.2"}
    assert both >= {"no_child_view.1", "no_child_view.2"}


@pytest.mark.parametrize("said", ["no", "ask_later", "not_asked_urgent"])
def test_nobody_has_to_explain_a_no(said: str) -> None:
    """How somebody was asked is missed beside a yes alone, and it holds nothing back (C-1.12)."""
    more = "person: {interpreter_need: ja}\nchildren: [{age: 9}]"
    asked = {"consent_not_informed", "consent_not_how", "consent_no_interpreter"}
    found = findings(case_of(YES + more))
    assert {one.name for one in found} >= asked | {"child_no_responsibility.1"}
    assert {one.colour for one in found if one.name in asked} == {Colour.YELLOW}
    of_a_no = words_of(f"consent: {{decision: {said}}}\n{more}")
    assert not [one for one in of_a_no if one.startswith("consent_") or "responsib" in one]


def test_a_first_move_is_not_asked_why_the_previous_failed() -> None:
    """That question comes with the second move."""
    assert "no_why_previous_failed" not in words_of("move_assessment: {move_number: 1}")
    assert "no_why_previous_failed" in words_of("move_number: 3\nmove_assessment: {}")


def test_a_finished_digital_review_is_not_remarked_on() -> None:
    """Every row before leaving is checked, or said not to apply, or declined."""
    review = PARTS[next(name for name in PARTS if name == "digital_safety")]
    rows = {
        name: answer("ok")
        for name in review.model_fields
        if name not in {"note", "recheck_date", "user_skill", "perp_skill"}
        and not name.startswith("review")
    }
    part = checked(review, rows, "digital_safety")
    case = CaseFile(case_of("").header, {PartId("digital_safety"): part})
    assert "digital_incomplete" not in {one.name for one in findings(case)}


@pytest.mark.parametrize("language", Language)
def test_every_finding_is_a_sentence_in_every_language(language: Language) -> None:
    """What is found is told in words, with the child's number where it is about a child."""
    words = Words("client", language)
    for missing, _ in FOUND.values():
        for one in findings(case_of(missing)):
            assert words.say(f"check.{one.word}", number=one.number)


def test_hidden_parts_are_never_remarked_on() -> None:
    """Empty or full, residence, trafficking and kind of violence change nothing that is found."""
    base = findings(case_of("threat: {}"))
    for name in HIDDEN:
        assert findings(case_of(f"threat: {{}}\n{name}: {{}}")) == base
    filled = "threat: {violence_types: [fysisk]}\nresidence: {status: ingen}\ntrafficking: {}"
    assert findings(case_of(filled)) == base
    assert findings(case_of("threat: {violence_types: ukjent}")) == base


def test_the_gravest_stands_first() -> None:
    """Red before yellow, so that a tired reader sees it."""
    assert findings(case_of("children: [{age: 4}]"))[0].colour is Colour.RED


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*.yaml")), ids=lambda path: path.stem)
def test_no_sample_case_is_held_back_without_a_reason(path: Path) -> None:
    """The samples that are sent have asked the police there first."""
    case = read_case(path.read_text("utf-8"), today=DAY)
    assert holds_back(case) is (path.stem == "skog-903")


# ── Tasks ────────────────────────────────────────────────────────────────────────────────────
def test_an_urgent_move_gives_every_task_a_day() -> None:
    """At night three fields are enough; the rest is to be filled in within 24 hours."""
    tasks = tasks_of(case_of("emergency: ja\n" + DANGER), NOW, ())
    assert {one.deadline for one in tasks} == {Instant(NOW + URGENT_SECONDS)}
    assert "destination_police_urgent" in {one.found.name for one in tasks}
    assert not any(one.overdue(Instant(NOW + URGENT_SECONDS)) for one in tasks)
    assert all(one.overdue(Instant(NOW + URGENT_SECONDS + 1)) for one in tasks)


def test_a_move_that_is_not_urgent_has_tasks_without_a_deadline() -> None:
    """Nobody is hurried where nothing hurries."""
    tasks = tasks_of(case_of(CALLED), Instant(0), ())
    assert tasks
    assert not any(one.deadline or one.overdue(NOW) for one in tasks)


def test_a_task_is_done_when_somebody_says_so_or_the_answer_is_there() -> None:
    """A mark takes one task and leaves the others; a written answer takes it away."""
    text = "emergency: ja\n" + DANGER
    tasks = tasks_of(case_of(text), NOW, {"no_digital"})
    assert [one.found.name for one in tasks if one.done] == ["no_digital"]
    assert not [one for one in tasks if one.done and one.overdue(Instant(NOW + 99_999))]
    after = tasks_of(case_of(text + "digital_safety: {}"), NOW, ())
    assert "no_digital" not in {one.found.name for one in after}


def test_what_is_only_worth_knowing_is_no_task() -> None:
    """A disagreement is kept and shown; nobody has to make it go away."""
    text = "joint_assessment: {agreed: ikke alle, disagreement: Hun vil ikke}"
    assert "not_agreed" in words_of(text)
    assert "not_agreed" not in {one.found.name for one in tasks_of(case_of(text), NOW, ())}


@pytest.mark.parametrize(
    ("text", "signed", "said"),
    [
        ("", False, ["no_place", "phone_not_urgent"]),
        (DANGER, False, ["no_place", "phone_not_urgent"]),
        (URGENT, False, ["no_place"]),
        ("move_assessment: {emergency: {is_emergency: ja}}", False, ["no_place"]),
        ("", True, ["place"]),
        (URGENT, True, ["place"]),
    ],
)
def test_a_yes_by_phone_is_for_what_cannot_wait(
    text: str, said: list[str], *, signed: bool
) -> None:
    """It is said in yellow where the case does not say so, and never holds anything back."""
    found = agreed_on(case_of(text), signed=signed)
    assert [one.word for one in found] == said
    assert all(one.colour is (Colour.GREEN if signed else Colour.YELLOW) for one in found)
    assert not any(one.task for one in found)
