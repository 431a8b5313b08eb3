"""What stories do is typed: every act of the desk has its line, and nothing else has one."""

import pytest

from client.verbs.table import LONG, PLAIN
from keys.wire import Packable
from tests.keyboard import written

LINES: list[tuple[str, dict[str, Packable], str]] = [
    ("new", {"case": "language: nb\n"}, "new -"),
    ("onward", {"code_name": "ELV-118"}, "new --from ELV-118"),
    ("inquire", {"code_name": "A-1", "centres": ["En", "To"]}, "inquire A-1 En To"),
    (
        "answer",
        {"code_name": "A-1", "value": "no", "reasons": ["full", "unsafe_here"], "suggest": "To"},
        "answer A-1 nei --reason fullt --reason utrygt_her --suggest To",
    ),
    (
        "answer",
        {"code_name": "A-1", "value": "yes_from", "from": "2026-11-30"},
        "answer A-1 ja_fra --from 2026-11-30",
    ),
    (
        "consent show",
        {"code_name": "A-1", "language": "se", "named": True},
        "consent --show A-1 --language se --named",
    ),
    ("send", {"code_name": "A-1", "agreed_by_phone": ""}, "send A-1"),
    (
        "withdraw",
        {"code_name": "A-1", "parts": ["threat", "child.2"], "unasked": False},
        "withdraw A-1 --part trussel --part barn.2",
    ),
    (
        "withdraw",
        {"code_name": "A-1", "wrong_recipient": True},
        "withdraw A-1 --wrong-recipient",
    ),
    ("arrive", {"code_name": "A-1", "arrival_code": "x"}, "arrive A-1 --code-fd FD"),
    ("arrive", {"code_name": "A-1", "called": True}, "arrive A-1 --called --no-code"),
    ("card", {"code_name": "A-1", "language": "nn"}, "--lang nn card A-1"),
    ("read", {"code_name": "A-1", "part": "threat"}, "read A-1 trussel"),
    ("recuse", {"code_name": "A-1", "lift": True}, "recuse A-1 --lift"),
    ("recuse", {"code_name": "A-1", "who": "Ola"}, "recuse A-1 --name-fd FD"),
    ("astray", {"code_name": "A-1", "words": ["on_duty"]}, "astray A-1 vakten"),
    ("export", {"code_name": "A-1", "path": "ut"}, "export A-1 --to ut"),
    ("tasks", {}, "tasks"),
    ("staff list", {}, "staff list"),
    (
        "staff lead",
        {"by": "Kari", "passphrase": "min", "name": "Ola", "ends": True},
        "staff lead --end --by --passphrase-fd FD --name-fd FD",
    ),
    (
        "withdraw",
        {"code_name": "A-1", "unasked": True, "leader": "Kari"},
        "withdraw A-1 --unasked --leader",
    ),
    ("police view", {"code_name": "A-1"}, "police view A-1"),
    ("police request", {"code_name": "A-1", "second": "Ola"}, "police request A-1 --second"),
]


@pytest.mark.parametrize(("verb", "given", "line"), LINES, ids=[line for _, _, line in LINES])
def test_an_act_is_typed_as_a_person_types_it(
    verb: str, given: dict[str, Packable], line: str
) -> None:
    """The words stand in the order of the command's page of help, closed ones in bokmål."""
    assert written(verb, given).words == line.split()


@pytest.mark.parametrize("verb", sorted({*PLAIN, *LONG, "unlock", "lock", "sync"}))
def test_every_act_of_the_desk_has_its_command(verb: str) -> None:
    """Nothing that the service does for staff is out of reach of the keyboard."""
    assert written(verb, {}).words


def test_what_is_secret_or_personal_stands_in_no_line() -> None:
    """Codes, passphrases, cases, names of colleagues and the danger of a night are told beside."""
    for verb, given, said in (
        ("unlock", {"name": "Kari", "passphrase": "rolig"}, "Kari\nrolig\n"),
        ("arrive", {"code_name": "A-1", "arrival_code": "hemmelig"}, "hemmelig\n"),
        ("recuse", {"code_name": "A-1", "who": "Kari"}, "Kari\n"),
        ("emergency", {"centre": "En", "danger": "kniv", "asked": "yes"}, "En\n\nkniv\nja\n"),
        ("emergency", {"asked": "not_asked"}, "\n\n\n\n"),
        ("staff add", {"passphrase": "min", "name": "Ola", "new": "hans"}, "min\nOla\nhans\n"),
        ("staff lead", {"by": "Kari", "passphrase": "min", "name": "Ola"}, "Kari\nmin\nOla\n"),
    ):
        line = written(verb, dict(given))
        assert line.secret == said
        assert not set(said.split()) & set(line.words)
    line = written("part", {"code_name": "A-1", "case": "person: {call_name: Marte}"})
    assert (line.words, line.typed) == (["part", "A-1", "-"], "person: {call_name: Marte}")
    line = written("police contact", {"code_name": "A-1", "role": "vakt", "phone": "000"})
    assert line.typed == "vakt\n000\n"


def test_what_cannot_be_typed_is_an_error() -> None:
    """An act that no command does, and an argument that none takes, are found at once."""
    with pytest.raises(LookupError, match="search"):
        written("search", {})
    with pytest.raises(LookupError, match="police"):
        written("police search", {})
    with pytest.raises(LookupError, match="force"):
        written("send", {"code_name": "A-1", "force": True})
