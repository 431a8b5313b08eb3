"""Which button stands on which row of the desk in the browser."""

import pytest

from client.web import views
from client.web.door import Visit
from client.web.pages import Paper
from keys.wire import Value
from keys.words import Language, Words


def row(state: str) -> dict[str, Value]:
    """Return a case that came, as the service tells of it."""
    return {
        "code_name": "GRAN-427",
        "kind": "case_package",
        "state": state,
        "from": "Krisesenteret Granlia",
        "left": False,
        "day": 20_771,
        "by_phone": False,
        "tries": 0,
        "answer_by": 0,
        "late": False,
    }


@pytest.mark.parametrize("state", ["incomplete", "waiting"])
def test_whoever_comes_while_a_file_travels_is_let_in(state: str) -> None:
    """An attachment on its way closes no door, and hides no wrong address."""
    paper = Paper(Words("client", Language.NB), 300)
    (made,) = views.came(paper, Visit(), {"in": [row(state)], "inquiries": []})
    assert [text for _, text in made.buttons] == ["web.arrived"]
    assert [text for _, text in made.asides] == ["web.not_ours"]


@pytest.mark.parametrize(
    ("kind", "page", "heading"),
    [
        ("police_request", "review", "web.requests"),
        ("police_view_request", "review", "web.requests"),
        ("police_notice", "notice", "web.warned"),
        ("police_view", "notice", "web.warned"),
    ],
)
def test_a_district_finds_requests_and_notices_apart(kind: str, page: str, heading: str) -> None:
    """Each leads to its own page; what is over is read there still, and is no errand."""
    paper, visit = Paper(Words("client", Language.NB), 300), Visit(role="police")
    came: dict[str, Value] = {**row("waiting"), "kind": kind}
    for state, place in (("waiting", "buttons"), ("opened", "buttons"), ("confirmed", "asides")):
        found = views.came_to(paper, visit, {"in": [{**came, "state": state}]})
        (made,) = next(rows for msgid, _, rows in found if msgid == heading)
        assert sum(len(rows) for _, _, rows in found) == 1
        ((address, _),) = getattr(made, place)
        assert address.startswith(f"/{page}/")
        assert len(made.buttons) + len(made.asides) == 1
    (gone,) = views.came(paper, visit, {"in": [{**came, "state": "withdrawn"}]})
    assert not gone.buttons + gone.asides


def test_only_a_centre_is_led_to_the_request_to_the_police() -> None:
    """A district has sent notices, and asks no district of its own."""
    paper = Paper(Words("client", Language.NB), 300)
    sent: dict[str, Value] = {"code_name": "GRAN-427", "kind": "police_request", "state": "kept"}
    for role, kind, there in (
        ("centre", "police_request", True),
        ("police", "police_notice", False),
    ):
        answer: dict[str, Value] = {"out": [{**sent, "kind": kind}], "drafts": [], "asked": []}
        rows = [one for _, found in views.out(paper, Visit(role=role), answer) for one in found]
        asides = [address for one in rows for address, _ in one.asides]
        assert any(one.startswith("/police/") for one in asides) is there
