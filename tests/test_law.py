"""References to the law are a table with a version, in every language, and nothing beside it."""

import re
from datetime import date

import pytest

from client.case.declaration import choice_msgid
from client.law import AS_OF, RESTS_ON, VERSION, Provision, law_msgid
from client.schema import case_schema
from keys.words import Language, Words, catalogue

SECTION = re.compile(r"(?:§|art\.) ?\d+(?: [a-z]\b)?")


@pytest.mark.parametrize("language", Language)
def test_every_provision_is_worded_in_every_language(language: Language) -> None:
    """Each has a text with its paragraph or article."""
    words = Words("client", language)
    for provision in Provision:
        assert SECTION.search(words.say(law_msgid(provision)))


@pytest.mark.parametrize("language", Language)
def test_no_label_names_a_paragraph_that_is_not_in_the_table(language: Language) -> None:
    """A label that says «§» rests on a provision of the table, and says the same paragraph."""
    resting = {choice_msgid(word): provision for word, provision in RESTS_ON.items()}
    words = Words("client", language)
    for msgid, text in catalogue("client", language).items():
        if "§" not in str(text) or msgid.startswith("law."):
            continue
        said = SECTION.search(str(text))
        kept = SECTION.search(words.say(law_msgid(resting[msgid])))
        assert said is not None
        assert kept is not None
        assert said[0] == kept[0], msgid


def test_the_table_says_when_it_was_compared() -> None:
    """Whoever reads the schema sees the version and the day of the references."""
    law = case_schema(Language.EN)["x-law"]
    assert isinstance(law, dict)
    assert (law["version"], law["as_of"]) == (VERSION, AS_OF.isoformat())
    assert date(2026, 1, 1) <= AS_OF
    assert set(law) == {"version", "as_of", *Provision}
