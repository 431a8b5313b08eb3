"""References to the law are a table with a version, in every language, and nothing beside it."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from importlib.resources import files
from pathlib import Path
from zipfile import ZipFile

import pytest
from babel.messages.pofile import read_po

from client.law import LAW, BrokenLawError, law_msgid, parsed
from client.schema import case_schema
from keys.words import Language, Words, catalogue

SECTION = re.compile(r"(?:§|\bart\.) ?\d+(?: [a-z]\b)?")
NAMED = re.compile(
    # -loven, -lova and forms; regulations, conventions and GDPR, in bokmål and nynorsk.
    r"\b\w{3,}lov(?:en|a|ens|as|givning\w*|verk\w*)?\b|\b\w*forskrift\w*|\b\w*forordning\w*"
    r"|\b\w*konvensjon\w*|\bgdpr\b|\bgrunnlov\w*"
    # In English: an act, a code, a regulation, a convention, a directive.
    r"|\b(?:centre|administration|welfare|data|police|archives|children|personnel|rights) act\b"
    r"|\bpenal code\b|\bcriminal code\b|\bprocedure act\b|\b\w+ regulations?\b|\bregulations? on\b"
    r"|\bconventions?\b|\bdirectives?\b"
    # In Northern Sámi: a law, a regulation.
    r"|\b\w*láhka\w*|\b\w*lága\w*|\b\w*láhkaásahus\w*|\b\w*njuolggadus\w*",
    re.IGNORECASE,
)
"""A law that is named by words, whether its paragraph is said or not."""

UNNAMED = re.compile(
    r"\b(?:en|ei|noen|nokon|any|a) (?:annen |anna |other )?(?:lov|law)\b", re.IGNORECASE
)
UNKNOWN_LAW: Mapping[str, str] = {
    "answered.kept_by_duty": "the receiver says so; which law binds its journal it alone knows",
    "web.journal.kept_by_duty": "the same word where it is chosen: it names no law to the sender",
}
"""Texts that speak of a law without naming one, each with its reason."""


def texts() -> Iterator[tuple[str, str, str]]:
    """Give every text that anybody reads: the catalogue's name, the msgid and the text."""
    for floor in ("client", "broker", "keys"):
        for language in Language:
            if (files(floor) / "locale" / f"{language}.po").is_file():
                for msgid, text in catalogue(floor, language).items():
                    yield language, msgid, text if isinstance(text, str) else " ".join(text)
    for path in (Path(__file__).parent.parent / "client" / "locale" / "resident").glob("*.po"):
        with path.open("rb") as source:
            for one in read_po(source, abort_invalid=True):
                yield path.stem, str(one.id), str(one.string)


def resting(msgid: str) -> str | None:
    """Give what a text rests on: of its own wording itself, of a word of the table what it says."""
    kind, _, word = msgid.partition(".")
    if kind == "law":
        return word
    return LAW.rests_on.get(word if kind == "choice" else f"task.{word}")


def stem(name: str) -> str:
    """Give the name of a law as the other form of Norwegian and the other article have it."""
    plain = name.casefold().replace("loven", "lov").replace("lova", "lov")
    return plain.replace("ningen", "ning").replace("ninga", "ning")


@pytest.mark.parametrize("language", Language)
def test_every_reference_is_worded_in_every_language_and_none_is_left_over(
    language: Language,
) -> None:
    """Each provision with its paragraph or article, each act without, and no other."""
    words = Words("client", language)
    for one in LAW.references:
        assert bool(SECTION.search(words.say(law_msgid(one)))) == (one in LAW.provisions), one
    worded = {msgid for msgid in catalogue("client", language) if msgid.startswith("law.")}
    assert worded == {law_msgid(one) for one in LAW.references}


def test_everything_that_is_rested_on_is_there() -> None:
    """A word of the table rests on what the table has, and says so in its label."""
    assert set(LAW.rests_on.values()) <= set(LAW.references)
    assert set(LAW.provisions.values()) <= set(LAW.acts)
    says = {msgid for _, msgid, text in texts() if NAMED.search(text)}
    for word in LAW.rests_on:
        assert word.startswith("task.") or f"choice.{word}" in says, word


def test_no_text_names_a_law_that_is_not_in_the_table() -> None:
    """For staff and for the person: by «§», by «art.» or by words, it is the table's own law."""
    found = 0
    for tag, msgid, text in texts():
        said, names = SECTION.search(text), [stem(one[0]) for one in NAMED.finditer(text)]
        if said is None and not names:
            continue
        found += 1
        rests = resting(msgid)
        assert rests is not None, (tag, msgid)
        words = Words("client", tag)
        reference = next(one for one in LAW.references if one == rests)
        act = stem(words.say(law_msgid(LAW.provisions.get(reference, reference))))
        assert all(one in act or act in one for one in names), (tag, msgid)
        if said is not None:
            kept = SECTION.search(words.say(law_msgid(reference)))
            assert kept is not None, (tag, msgid)
            assert said[0] == kept[0], (tag, msgid)
    assert found >= 3 * len(LAW.references)


def test_what_speaks_of_a_law_without_its_name_is_listed_with_its_reason() -> None:
    """Whoever writes «a law demands it» says here why no law is named."""
    assert {msgid for _, msgid, text in texts() if UNNAMED.search(text)} == set(UNKNOWN_LAW)


@pytest.mark.parametrize(
    "text",
    [
        "Dette følger av krisesenterlova.",
        "Etter personvernforordningen kan du klage.",
        "The crisis centre act says so.",
        "Your rights under GDPR",
        "Straffeloven krever det.",
        "Barnevernslova gjeld.",
        "Forskriften om fysisk sikkerhet",
        "Istanbulkonvensjonen",
        "Heahtečoahkkáiláhka cealká dan.",
    ],
)
def test_the_guard_finds_a_law_that_is_named_by_words(text: str) -> None:
    """The guard above would find these in any catalogue."""
    assert NAMED.search(text)


@pytest.mark.parametrize(
    "text", ["Dette har vi lova deg.", "Du har lov.", "the act of sending", "arrival code", "GPS"]
)
def test_the_guard_leaves_other_words_alone(text: str) -> None:
    """A promise, a permission and an act of one's own are no laws."""
    assert not NAMED.search(text)


# ── The table ────────────────────────────────────────────────────────────────────────────────
TABLE = (files("client") / "law.toml").read_text("utf-8")


def test_the_schema_says_what_the_table_says() -> None:
    """Whoever reads the schema sees version, day and references; another table, other ones."""
    law = case_schema(Language.EN)["x-law"]
    assert isinstance(law, dict)
    assert (law["version"], law["as_of"]) == (LAW.version, LAW.as_of.isoformat())
    assert date(2026, 1, 1) <= LAW.as_of
    assert set(law) == {"version", "as_of", *LAW.references}
    changed = parsed(
        TABLE.replace(f"version = {LAW.version}", f"version = {LAW.version + 1}")
        .replace("2026-11-01", "2027-01-01")
        .replace('gdpr_7 = "gdpr"\n', "")
    )
    other = case_schema(Language.EN, changed)["x-law"]
    assert isinstance(other, dict)
    assert (other["version"], other["as_of"]) == (LAW.version + 1, "2027-01-01")
    assert set(law) - set(other) == {"gdpr_7"}


BROKEN: Mapping[str, tuple[str, str]] = {
    "no TOML": ("version = 3", "version ="),
    "no version": ("version = 3", ""),
    "a version of truth": ("version = 3", "version = true"),
    "a day that is a text": ("as_of = 2026-11-01", 'as_of = "2026-11-01"'),
    "a day with its hour": ("as_of = 2026-11-01", "as_of = 2026-11-01T00:00:00"),
    "a key there is not": ("version = 3", "version = 3\nauthor = 1"),
    "an act twice": ('    "gdpr",\n', '    "gdpr",\n    "gdpr",\n'),
    "an act that is a number": ('    "gdpr",\n', '    "gdpr",\n    7,\n'),
    "a provision of no act": ('gdpr_7 = "gdpr"', 'gdpr_7 = "gdrp"'),
    "a provision named for another act": ('gdpr_7 = "gdpr"', 'penal_code_7 = "gdpr"'),
    "a provision that is a number": ('gdpr_7 = "gdpr"', "gdpr_7 = 7"),
    "a word there is not": ('"police_basis.strl196"', '"police_basis.strl197"'),
    "rests on what is not there": ('strl196" = "penal_code_196"', 'strl196" = "penal_code_197"'),
    "a table that is a text": ("[rests_on]", 'rests_on = "x"\n[more]'),
}


@pytest.mark.parametrize(("old", "new"), BROKEN.values(), ids=BROKEN)
def test_a_broken_table_is_refused_when_it_is_read(old: str, new: str) -> None:
    """It is read once, when the program starts; nothing runs with half of it."""
    assert parsed(TABLE) == LAW
    assert TABLE.count(old) == 1
    with pytest.raises(BrokenLawError):
        parsed(TABLE.replace(old, new))


def test_a_task_that_nobody_has_is_refused() -> None:
    """The tasks of the table are tasks of the program."""
    assert LAW.of_tasks(["astray_authority", "astray_person"])
    with pytest.raises(BrokenLawError):
        LAW.of_tasks(["astray_authority"])
    assert replace(LAW, rests_on={}).of_tasks([]) == {}


def test_the_table_is_in_the_wheel(tmp_path: Path) -> None:
    """What is installed has it."""
    ask = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    root = Path(__file__).parent.parent
    subprocess.run(ask, cwd=root, check=True, capture_output=True, timeout=120)
    (wheel,) = tmp_path.glob("*.whl")
    with ZipFile(wheel) as packed:
        assert packed.read("client/law.toml").decode() == TABLE
    assert json.loads(json.dumps(case_schema(Language.NB)))["x-law"]
