"""The program as staff meet it: what stands on the screen, and how it ends."""

import json
import re
from pathlib import Path

import pytest

from client.shelf import Shelf
from keys.words import Words
from tests import acts
from tests.parties import village
from tests.program import UNLOCKING, folge, run
from tests.transcript import PAGES, PLAYS

ESCAPE = "\x1b"


@pytest.mark.parametrize("name", PLAYS)
async def test_the_screen_shows_what_is_written_down(name: str) -> None:
    """Every line, every sentence and every exit code is the one that was looked at and kept."""
    play, lang = PLAYS[name]
    page = await play(lang)
    assert page.text() == (PAGES / f"{name}.txt").read_text("utf-8")
    for seen in page.runs:
        assert "Traceback" not in seen.said
        assert ESCAPE not in seen.said
        assert not (seen.code and seen.out), seen


@pytest.mark.parametrize("name", PLAYS)
def test_a_sentence_on_the_screen_has_fifteen_words_at_most(name: str) -> None:
    """Who reads it is tired: what a refusal says comes in short sentences."""
    for line in (PAGES / f"{name}.txt").read_text("utf-8").splitlines():
        if not line.startswith("! ") or "Error:" in line:
            continue
        for sentence in re.split(r"(?<=[.?!]) ", line.removeprefix("! ")):
            assert len(sentence.split()) <= 15, sentence


async def test_every_answer_can_be_had_as_json() -> None:
    """With --json, standard output is one JSON object, whether it was done or refused."""
    async with village("granlia") as (_, (centre,)):
        case = acts.sample("GRAN-427")
        for words, typed, code in (
            (("new",), case, 0),
            (("status",), "", 0),
            (("check", "GRAN-427"), "", 0),
            (("log",), "", 0),
            (("directory",), "", 0),
            (("doctor",), "", 0),
            (("send", "GRAN-427"), "", 4),
        ):
            ended = await folge(centre, "--json", *words, typed=typed)
            assert ended.code == code, ended
            answer: object = json.loads(ended.out)
            assert isinstance(answer, dict)
            refused = re.match(r'{"refused": "[a-z_]+", "sent": "nothing"', ended.out)
            assert bool(refused) == bool(code)


@pytest.mark.parametrize(
    "option", ["--name", "--name=Marte", "--passphrase", "--code", "--address", "--phone"]
)
async def test_nothing_about_a_person_is_taken_from_the_command_line(
    option: str, tmp_path: Path
) -> None:
    """Shell histories and process lists are read by others: such an option is refused unread."""
    ended = await run(tmp_path, "new", option)
    assert ended.code == 2
    assert "Marte" not in ended.said


async def test_a_descriptor_that_is_not_open_is_refused(tmp_path: Path) -> None:
    """A slip in a script ends in a sentence."""
    ended = await run(tmp_path, "unlock", "--passphrase-fd", "77")
    assert ended.code == 4
    assert "Traceback" not in ended.said


async def test_the_name_and_the_passphrase_come_as_two_lines() -> None:
    """One descriptor says both, and what a passphrase is stands nowhere on the screen."""
    async with village("granlia") as (_, (centre,)):
        await centre.do("lock")
        ended = await folge(centre, "unlock", "--passphrase-fd", "FD", secret=UNLOCKING)
        assert ended.code == 0
        assert UNLOCKING.splitlines()[1] not in ended.said
        async with centre.service.office.ledger.reading() as rows:
            assert await rows.ids(Shelf.LOG)


async def test_a_member_is_restored_from_its_backup_and_by_nobody_else() -> None:
    """Whoever knows a passphrase of that day gets the member back; a guess is refused."""
    async with village("granlia") as (here, (centre,)):
        copy, anew = here.path / "kopi", here.path / "ny"
        words = ("backup", str(copy), "--passphrase-fd", "FD")
        ended = await folge(centre, *words, secret=UNLOCKING)
        assert ended.code == 0, ended
        twice = await folge(centre, *words, secret=UNLOCKING)
        assert twice.code == 4, twice
        again = ("restore", str(copy), "--passphrase-fd", "FD")
        wrong = await run(anew, *again, secret=UNLOCKING.replace("rolig", "urolig"))
        assert wrong.code == 3, wrong
        assert not anew.exists() or not list(anew.iterdir())
        right = await run(anew, *again, secret=UNLOCKING)
        assert right.code == 0, right
        for msgid in ("status.restored_staff", "cli.restored_next"):
            assert Words("client").say(msgid) in right.said
        assert (anew / "ledger.db").exists()
