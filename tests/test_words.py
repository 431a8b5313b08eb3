"""Every sentence a person can meet exists in every language and says what it must."""

import re
import sys
from importlib.resources import files
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.pofile import read_po

from keys.calendar import Day, Instant
from keys.errors import (
    FACTS,
    BadSettings,
    Expired,
    OutOfTokens,
    Replayed,
    Sent,
    WaitBeforeTrying,
    WeakPassphrase,
    WrongPassphrase,
    leaves,
)
from keys.words import FLOOR, Language, MissingWords, Text, Words, catalogue

FLOORS = ("keys", "broker", "client")
SPEAKING = tuple(floor for floor in FLOORS if files(floor).joinpath("locale/nb.po").is_file())
MACHINE_ROOM = re.compile(
    r"\b(envelope|payload|sync\w*|cell|batch|token|roster|checkpoint|hash|blob|msgpack|prekey|"
    r"konvolutt|nyttelast|synk\w*|token\w*|autentiser\w*|krypto\w*|parameter\w*|ugyldig input)\b",
    re.IGNORECASE,
)
COMMAND_ONLY = {
    "refusal.no_desk_host.do": "a name of the machine in its network is given by whoever runs it",
    "refusal.no_trail.do": "an auditor's key is taken into use beside the desk",
    "refusal.not_our_json.do": "a folder of an export is read in by the command alone",
}
"""Refusals that name a command for which the desk has no button, each with its reason."""
COMMAND = re.compile(r"\bfolge [a-z…]|--[a-z]")
BESIDE = re.compile(r"kommandolinj|command line|på sid[ea]n?\b|on the page")
"""What tells that a command is for whoever sits at no page."""
QUOTED = re.compile(r"[«“]([^»”]+)[»”]")
REFUSAL = re.compile(
    r"refusal\.(?P<code>[a-z_]+?)\.(?P<half>what|do)(?:_(?P<fact>[a-z]+)(?P<word>\.[a-z0-9_.]+)?)?"
)


def forms(text: Text) -> tuple[str, ...]:
    """Give a text's forms as a row, whether it counts something or not."""
    return (text,) if isinstance(text, str) else text


def fields(text: Text) -> set[str]:
    """Give the names of the fields that any form of a text uses."""
    return {name for form in forms(text) for _, name, _, _ in Formatter().parse(form) if name}


def floor_of(leaf: type) -> str:
    """Give the floor that defines a refusal."""
    return leaf.__module__.partition(".")[0]


@pytest.mark.parametrize("lang", Language)
def test_every_refusal_is_told_in_three_sentences(lang: Language) -> None:
    """Whatever goes wrong, people read what happened, what was sent and what to do."""
    told = 0
    for leaf in leaves():
        if floor_of(leaf) in FLOORS:
            words = Words(floor_of(leaf), lang)
            for sent in Sent:
                sentences = words.told(leaf(sent=sent))
                assert all((sentences.what, sentences.sent, sentences.do)), leaf
                assert words.refusal(leaf(sent=sent)) == str(sentences)
            told += 1
    assert told >= 65


def test_no_sentence_tells_a_refusal_that_does_not_exist() -> None:
    """A refusal that is renamed or removed takes its sentences with it."""
    codes = {leaf.code for leaf in leaves() if floor_of(leaf) == FLOOR}
    for msgid in catalogue(FLOOR, Language.NB):
        found = REFUSAL.fullmatch(msgid)
        assert found is None or found["code"] in codes, msgid
        assert found is not None or not msgid.startswith("refusal."), msgid


@pytest.mark.parametrize("lang", Language)
def test_a_refusal_uses_only_the_fact_that_its_variant_names(lang: Language) -> None:
    """A sentence that needs a number is told only when the number is there."""
    for msgid, text in catalogue(FLOOR, lang).items():
        found = REFUSAL.fullmatch(msgid)
        if found is not None:
            fact = found["fact"]
            assert fields(text) == ({fact} if fact and not found["word"] else set()), msgid
            assert fact is None or fact in FACTS, msgid


@pytest.mark.parametrize("floor", SPEAKING)
@pytest.mark.parametrize("lang", [Language.NN, Language.EN])
def test_the_languages_say_the_same_things(floor: str, lang: Language) -> None:
    """No language lacks a text, has one too many, or leaves out a number or a name."""
    source, other = catalogue(floor, Language.NB), catalogue(floor, lang)
    assert set(source) == set(other)
    differing = [msgid for msgid in source if fields(source[msgid]) != fields(other[msgid])]
    assert not differing
    assert not [msgid for msgid in source if len(forms(source[msgid])) != len(forms(other[msgid]))]


@pytest.mark.parametrize("floor", SPEAKING)
@pytest.mark.parametrize("lang", Language)
def test_every_catalogue_is_finished(floor: str, lang: Language) -> None:
    """No text is empty, doubtful or written twice."""
    path = files(floor) / "locale" / f"{lang}.po"
    with path.open("rb") as source:
        read = [message for message in read_po(source, abort_invalid=True) if message.id]
    assert not [message.id for message in read if message.fuzzy or not message.string]
    written = re.findall(r'^msgid "(.+)"$', path.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(written) == len(set(written)) == len(catalogue(floor, lang))


@pytest.mark.parametrize("floor", SPEAKING)
@pytest.mark.parametrize("lang", Language)
def test_sentences_are_short_and_plain(floor: str, lang: Language) -> None:
    """At most fifteen words to a sentence, and none from the machine room."""
    for msgid, text in catalogue(floor, lang).items():
        for form in forms(text):
            assert MACHINE_ROOM.search(form) is None, msgid
            for sentence in re.split(r"[.!?:]\s|\n", form):
                assert len(sentence.split()) <= 15, (msgid, sentence)


def on_the_desk(lang: Language) -> set[str]:
    """Give what stands on the pages of the desk, its buttons among it, in one language."""
    shown = catalogue("client", lang).items()
    return {form for name, text in shown if name.startswith("web.") for form in forms(text)}


def first_a_command(text: str, shown: set[str]) -> bool:
    """Tell whether a text sends its reader to a command, and to no page or button before it."""
    before, command, _ = text.partition(next(iter(COMMAND.findall(text)), "\n"))
    named = any(one in shown for one in QUOTED.findall(before))
    return bool(command) and not named and not BESIDE.search(before)


@pytest.mark.parametrize("lang", Language)
def test_what_to_do_is_on_the_page_before_it_is_a_command(lang: Language) -> None:
    """Whoever reads a refusal in a browser reads first which button to press there."""
    shown = on_the_desk(lang)
    told = {one: text for one, text in catalogue("client", lang).items() if REFUSAL.match(one)}
    told |= {one: text for one, text in catalogue("keys", lang).items() if REFUSAL.match(one)}
    found = {one for one in told if any(first_a_command(form, shown) for form in forms(told[one]))}
    assert found == {*COMMAND_ONLY}
    label = Words("client", lang).say("web.list")
    assert first_a_command("Se navnene: «folge status».", shown)
    assert first_a_command(f"Se navnene: «folge status», eller «{label}».", shown)
    assert first_a_command("Se navnene: «Ingen slik side», eller «folge status».", shown)
    assert not first_a_command(f"Se navnene: «{label}», eller «folge status».", shown)


@pytest.mark.parametrize(
    ("lang", "day", "moment"),
    [
        ("nb", "22. november 2026", "22. november 2026 kl. 21.05"),
        ("nn", "22. november 2026", "22. november 2026 kl. 21.05"),
        ("en", "22 November 2026", "22 November 2026 at 21:05"),
    ],
)
def test_dates_are_written_as_people_here_write_them(lang: str, day: str, moment: str) -> None:
    """The day comes before the month, and the hour is the Norwegian one."""
    words = Words("keys", lang)
    assert words.day(Day(20_779)) == day
    assert words.moment(Instant(1_795_377_900)) == moment


def test_the_summer_hour_is_said_in_summer() -> None:
    """In July Norway is two hours ahead of UTC."""
    assert Words().moment(Instant(1_784_000_000)) == "14. juli 2026 kl. 05.33"


@pytest.mark.parametrize(
    ("lang", "time"), [("nb", "kl. 00.01"), ("nn", "kl. 00.01"), ("en", "at 00:01")]
)
def test_a_moment_of_today_is_said_without_its_date(lang: str, time: str) -> None:
    """It is today from midnight to midnight in Norway, which is an hour earlier elsewhere."""
    words, then = Words("keys", lang), Instant(1_795_302_060)  # 22 November, one past midnight
    midnight = then - 60
    for now in (then, midnight, midnight + 86_399):
        assert words.lately(then, Instant(now)) == time
    for now in (midnight - 1, midnight + 86_400):
        assert words.lately(then, Instant(now)) == words.moment(then)


@pytest.mark.parametrize(
    ("seconds", "nb", "nn", "en"),
    [
        (1, "1 sekund", "1 sekund", "1 second"),
        (5, "5 sekunder", "5 sekund", "5 seconds"),
        (90, "90 sekunder", "90 sekund", "90 seconds"),
        (91, "2 minutter", "2 minutt", "2 minutes"),
        (900, "15 minutter", "15 minutt", "15 minutes"),
        (7_201, "3 timer", "3 timar", "3 hours"),
    ],
)
def test_a_wait_is_rounded_up_never_down(seconds: int, nb: str, nn: str, en: str) -> None:
    """Whoever waits as long as the sentence says is let in."""
    assert [Words("keys", lang).span(seconds) for lang in ("nb", "nn", "en")] == [nb, nn, en]


def test_facts_make_the_sentence_more_exact() -> None:
    """A wait is told in minutes, a day as a date, a count as a number."""
    words = Words("keys", "nb")
    assert words.told(WaitBeforeTrying(seconds=300)).do == "Vent 5 minutter, og prøv igjen."
    assert words.told(OutOfTokens(day=20_780)).do.startswith("Nye kommer 23. november 2026.")
    assert words.told(Expired(day=20_779)).what == "Fristen gikk ut 22. november 2026."
    assert words.told(WrongPassphrase(tries=4)).what == "Feil passord. 4 forsøk før ventetid."
    assert words.told(WeakPassphrase(limit=12)).what == "Passordet må ha minst 12 tegn."


@pytest.mark.parametrize("day", [-1, 2_932_897, 1 << 60])
def test_a_day_that_no_calendar_has_is_left_unsaid(day: int) -> None:
    """A broker that answers nonsense gets the plain sentence told, not a crash."""
    assert Words().told(Expired(day=day)).what == Words().told(Expired()).what


def test_a_fact_that_no_sentence_uses_is_left_unsaid() -> None:
    """A refusal may carry more than its sentence tells."""
    assert Words().told(Replayed(version=3)) == Words().told(Replayed())


def test_whether_something_left_the_machine_is_always_said() -> None:
    """The three answers are three different sentences."""
    assert len({Words().told(Replayed(sent=sent)).sent for sent in Sent}) == 3


def test_a_missing_text_is_an_error_and_never_another_language() -> None:
    """Silence and mixed languages are bugs, so they stop the program in a test."""
    with pytest.raises(MissingWords):
        Words("keys", "nn").say("no.such.text")


def test_a_language_that_is_not_complete_is_refused() -> None:
    """A language tag from outside is answered in words."""
    with pytest.raises(BadSettings):
        Words("keys", "no")


HEADER = 'msgid ""\nmsgstr ""\n"Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n\n'
UPSTAIRS = """
msgid "sent.nothing"
msgstr "Ikke et ord."

msgid "greeting"
msgstr "Hei, {name}."

msgid "unwritten"
msgstr ""

msgid "children"
msgid_plural "children"
msgstr[0] "{count} barn er her."
msgstr[1] "{count} barna er her."
"""


@pytest.fixture
def upstairs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Words:
    """Give the words of a floor made for this test, which stands on the keys."""
    locale = tmp_path / "upstairs_words" / "locale"
    locale.mkdir(parents=True)
    (locale.parent / "__init__.py").write_text('"""A floor."""\n')
    (locale / "nb.po").write_text(HEADER + UPSTAIRS, encoding="utf-8")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    catalogue.cache_clear()
    return Words("upstairs_words")


def test_an_upper_floor_speaks_first_and_the_lowest_fills_in(upstairs: Words) -> None:
    """The desk may put a sentence its own way; what it leaves out is still told."""
    told = upstairs.told(Replayed())
    assert told.sent == "Ikke et ord."
    assert told.what == Words().told(Replayed()).what
    assert "greeting" in upstairs
    assert "greeting" not in Words()


def test_a_text_that_counts_has_a_form_for_one(upstairs: Words) -> None:
    """One and several are said differently."""
    assert upstairs.say("children", count=1) == "1 barn er her."
    assert upstairs.say("children", count=2) == "2 barna er her."


@pytest.mark.parametrize("msgid", ["greeting", "unwritten", "children"])
def test_a_text_without_its_fact_is_an_error(upstairs: Words, msgid: str) -> None:
    """A half-filled or unwritten sentence is never shown."""
    with pytest.raises(MissingWords):
        upstairs.say(msgid)
