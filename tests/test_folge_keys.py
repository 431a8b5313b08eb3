"""`folge-keys`: several persons sign a roster step by step, and each sees what is signed."""

import json
import os
import runpy
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import keys.__main__
from keys.__main__ import main, system_now
from keys.address import TOKEN_CLASSES, Role
from keys.bundle import Bundle
from keys.calendar import Instant, Week, day_of, week_of
from keys.changes import Changes
from keys.console import read_bundle, read_roster
from keys.enrolment import EnrolmentRequest
from keys.errors import NotHere
from keys.holder import HolderFile
from keys.identity import fingerprint_words
from keys.issuers import encode_issuers
from keys.roster import TrustedRoster
from keys.schedule import LONGEST_NOTE_SLOT
from keys.slots import Cost
from keys.token import IssuerPublic
from keys.trail import AuditorPublic, Entry, trail_of
from keys.words import Language, Words
from tests import trails
from tests.rosters import DAY, INSTANCE, NOW, directory, identity, pair, request

PASSPHRASE = "tolv bokstaver til sammen"
CHEAP = Cost(2, 19 << 20)
CHECKPOINT = b"\1" * 32


@dataclass(frozen=True)
class Desk:
    """One directory with everybody's files in it, and a program to call."""

    path: Path
    lang: str = "nb"
    now: int = NOW

    def run(self, *arguments: str, typed: str = "") -> Result:
        """Call the program as a person does; return what it said and how it ended."""
        runner = CliRunner()
        full = ["--lang", self.lang, *arguments]
        before = Path.cwd()
        os.chdir(self.path)
        try:
            return runner.invoke(main, full, input=typed, obj=lambda: Instant(self.now))
        finally:
            os.chdir(before)

    def done(self, *arguments: str, typed: str = "") -> str:
        """Call the program and show that it ended well."""
        result = self.run(*arguments, typed=typed)
        assert result.exit_code == 0, (result.output, result.exception)
        return result.stdout

    def json(self, *arguments: str, typed: str = "") -> dict[str, object]:
        """Call the program for an answer that another program reads."""
        found: dict[str, object] = json.loads(self.done("--json", *arguments, typed=typed))
        return found

    def refused(self, code: int, *arguments: str, typed: str = "") -> str:
        """Call the program and show that it refuses with that exit code, in words only."""
        result = self.run(*arguments, typed=typed)
        assert result.exit_code == code, (result.exit_code, result.output, result.exception)
        assert "Traceback" not in result.output
        return result.stderr

    def sign(self, bundle: str, name: str) -> None:
        """Sign as that person."""
        typed = f"ja\n{PASSPHRASE}\n"
        extra = () if bundle == "root" else ("--published", "roster")
        self.done("sign", bundle, "--key", name, *extra, typed=typed)

    def draft(self) -> None:
        """Draft the first list of members."""
        first = ("--instance", INSTANCE, "--checkpoint", "checkpoint.public")
        self.done("draft", "roster", "--out", "list", *first)

    def enrol(self, name: str, *extra: str) -> str:
        """Enrol that member after having heard the words."""
        heard = " ".join(fingerprint_words(identity(name).public.member_id))
        return self.done("enrol", "list", f"{name}.request", "--words", heard, *extra)


def hold(path: Path, name: str) -> None:
    """Write a person's sealed key file and card."""
    file = HolderFile.seal(pair(name), PASSPHRASE, CHEAP)
    for where, data in ((name, file.encode()), (f"{name}.card", pair(name).card.encode())):
        (path / where).write_bytes(data)
        (path / where).chmod(0o600)


def asked(path: Path) -> None:
    """Write everybody's enrolment requests."""
    for name in ("ost", "vest"):
        (path / f"{name}.request").write_bytes(request(name, Role.POLICE).encode())
    (path / "nord.request").write_bytes(request("nord", Role.CENTRE, "ost").encode())
    (path / "sor.request").write_bytes(request("sor", Role.CENTRE).encode())


CREATE = (
    *("authority", "create", "--out", "root", "--needed", "2", "2", "--online", "online.card"),
    *("--holder", "anne.card", "--holder", "berit.card"),
    *("--registrar", "randi.card", "--registrar", "siri.card"),
)


@pytest.fixture(scope="session")
def office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two holders, two registrars, a broker's keys and four requests, and a published root."""
    path = tmp_path_factory.mktemp("office")
    for name in ("anne", "berit", "randi", "siri", "online"):
        hold(path, name)
    (path / "online.key").write_bytes(pair("online").seed)
    (path / "online.key").chmod(0o600)
    (path / "checkpoint.public").write_text(CHECKPOINT.hex() + "\n", encoding="ascii")
    (path / "roster").mkdir()
    asked(path)
    desk = Desk(path)
    desk.done(*CREATE)
    desk.sign("root", "anne")
    desk.sign("root", "berit")
    desk.done("publish", "root", "--to", "roster")
    return path


@pytest.fixture
def desk(office: Path, tmp_path: Path) -> Desk:
    """Return a fresh copy of the office, in which no list of members is published yet."""
    path = tmp_path / "office"
    _copy(office, path)
    return Desk(path)


def _copy(source: Path, path: Path) -> None:
    path.mkdir()
    for file in source.iterdir():
        if file.is_dir():
            _copy(file, path / file.name)
            continue
        (path / file.name).write_bytes(file.read_bytes())
        (path / file.name).chmod(0o600)


def published(desk: Desk) -> str:
    """Enrol a district and a centre, sign, publish; return the pin."""
    desk.draft()
    desk.enrol("ost")
    desk.enrol("nord")
    desk.sign("list", "randi")
    desk.sign("list", "siri")
    desk.done("publish", "list", "--to", "roster", "--online", "online.key")
    (desk.path / "list").unlink()
    return str(desk.json("show", "roster")["pin"])


# ── The whole way ────────────────────────────────────────────────────────────────────────────
def test_a_roster_goes_from_cards_to_a_member_s_trust(desk: Desk) -> None:
    """Draft, enrol, sign twice, publish, verify: and a member's program agrees."""
    pin = published(desk)
    told = desk.json("verify", "roster", "--pin", pin)
    assert told == {
        "outcome": "verified",
        "root_version": 1,
        "version": 1,
        "members": 2,
        "fresh": NOW + 2 * DAY,
    }
    files = {file.name: file.read_bytes() for file in (desk.path / "roster").iterdir()}
    trusted = TrustedRoster.bootstrap(files["1.root.json"], bytes.fromhex(pin))
    assert {one.name for one in trusted.update(files, NOW).roster.members} == {"ost", "nord"}


def test_the_next_list_builds_on_the_published_one(desk: Desk) -> None:
    """Members come, move and go; the second signer sees each change by name."""
    pin = published(desk)
    desk.done("draft", "roster", "--out", "list", "--note-slot-seconds", "150")
    desk.enrol("vest")
    ids = {name: identity(name).public.member_id.hex() for name in ("ost", "vest", "nord", "sor")}
    desk.enrol("sor", "--home", ids["vest"])
    desk.done("home", "list", ids["nord"][:8], ids["vest"].upper())
    desk.done("revoke", "list", ids["ost"][:12])
    week = week_of(day_of(NOW))
    sheet = encode_issuers(
        {(TOKEN_CLASSES[0], Week(week)): IssuerPublic.of_modulus((1 << 2047) + 1)}
    )
    (desk.path / "sheet").write_bytes(sheet)
    desk.done("issuers", "list", "sheet")
    desk.done("rename", "list", "second.folge")
    shown = desk.run(
        "sign", "list", "--key", "randi", "--published", "roster", typed=f"ja\n{PASSPHRASE}\n"
    )
    assert shown.exit_code == 0
    for line in ("Nye medlemmer: 2", "Endrede medlemmer: 1", "Strøkne medlemmer: 1", ids["ost"]):
        assert line in shown.stderr
    assert "formidlerens navn" in shown.stderr
    desk.sign("list", "siri")
    desk.done("publish", "list", "--to", "roster", "--online", "online.key")
    told = desk.json("show", "roster")
    assert (told["version"], told["members"], told["instance"]) == (2, 3, "second.folge")
    assert desk.json("verify", "roster", "--pin", pin)["version"] == 2


@pytest.mark.parametrize("lang", [lang.value for lang in Language])
@pytest.mark.parametrize("seconds", ["301", "320", "600", "86400", "7", "299"])
def test_no_list_has_a_slot_that_shuts_the_door(desk: Desk, lang: str, seconds: str) -> None:
    """What is too long between two readings, or fills no day, is refused before a file is made."""
    desk, words = replace(desk, lang=lang), Words("keys", lang)
    first = ("--instance", INSTANCE, "--checkpoint", "checkpoint.public")
    told = desk.refused(
        4, "draft", "roster", "--out", "list", *first, "--note-slot-seconds", seconds
    )
    for half in ("what", "do"):
        assert words.say(f"refusal.bad_settings.{half}_field.note_slot") in told
    assert str(LONGEST_NOTE_SLOT) in told
    assert not (desk.path / "list").exists()


@pytest.mark.parametrize("seconds", ["300", "288", "1"])
def test_any_shorter_slot_that_fills_a_day_is_drafted(desk: Desk, seconds: str) -> None:
    """The longest that is allowed is among them."""
    first = ("--instance", INSTANCE, "--checkpoint", "checkpoint.public")
    desk.done("draft", "roster", "--out", "list", *first, "--note-slot-seconds", seconds)
    roster = read_bundle(desk.path / "list").roster
    assert roster is not None
    assert roster.register.schedule.note_slot_seconds == int(seconds)


def test_copies_signed_in_two_towns_are_joined_when_published(desk: Desk) -> None:
    """Two registrars need not wait for each other."""
    desk.draft()
    (desk.path / "copy").write_bytes((desk.path / "list").read_bytes())
    desk.sign("list", "randi")
    desk.sign("copy", "siri")
    desk.done("publish", "list", "copy", "--to", "roster")
    assert (desk.path / "roster" / "1.targets.json").exists()
    assert not (desk.path / "roster" / "timestamp.json").exists()


def test_a_new_root_takes_old_registrars_away_and_the_list_is_signed_anew(desk: Desk) -> None:
    """A registrar leaves: holders sign a new root, and the new registrars sign the list again."""
    pin = published(desk)
    (desk.path / "root").unlink()
    hold(desk.path, "tone")
    create = [("tone.card" if one == "siri.card" else one) for one in CREATE]
    desk.done(*create, "--published", "roster")
    for name in ("anne", "berit"):
        typed = f"ja\n{PASSPHRASE}\n"
        desk.done("sign", "root", "--key", name, "--published", "roster", typed=typed)
    desk.done("publish", "root", "--to", "roster")
    desk.refused(6, "verify", "roster", "--pin", pin)
    desk.done("draft", "roster", "--out", "list")
    desk.sign("list", "tone")
    desk.refused(
        4, "sign", "list", "--key", "siri", "--published", "roster", typed=f"ja\n{PASSPHRASE}\n"
    )
    desk.sign("list", "randi")
    desk.done("publish", "list", "--to", "roster", "--online", "online.key")
    told = desk.json("verify", "roster", "--pin", pin)
    assert (told["root_version"], told["version"]) == (2, 2)


# ── Who asks ─────────────────────────────────────────────────────────────────────────────────
def test_a_request_is_shown_with_the_words_to_be_heard(desk: Desk) -> None:
    """The registrar reads the twelve words while the centre says them."""
    said = desk.done("request", "show", "nord.request")
    member_id = identity("nord").public.member_id
    assert " ".join(fingerprint_words(member_id)) in said
    assert "krisesenter" in said
    assert desk.json("request", "verify", "nord.request")["member"] == member_id.hex()
    (desk.path / "bad").write_bytes((desk.path / "nord.request").read_bytes()[:-1] + b"x")
    desk.refused(6, "request", "verify", "bad")


def test_nobody_is_enrolled_without_a_typed_yes_or_the_words(desk: Desk) -> None:
    """A return key struck by habit enrols nobody."""
    desk.draft()
    before = (desk.path / "list").read_bytes()
    said = desk.refused(4, "enrol", "list", "ost.request", typed="\n")
    assert "Ingenting er gjort." in said
    assert " ".join(fingerprint_words(identity("ost").public.member_id)) in said
    said = desk.refused(6, "enrol", "list", "ost.request", "--words", "apple " * 12)
    assert "Ordene fra telefonen passer ikke" in said
    assert (desk.path / "list").read_bytes() == before
    desk.done("enrol", "list", "ost.request", typed="JA\n")
    assert (desk.path / "list").read_bytes() != before


def test_a_request_to_another_world_or_without_a_home_is_refused(desk: Desk) -> None:
    """A test centre is not enrolled in earnest, and no home district is guessed."""
    (desk.path / "checkpoint.public").write_text("01" * 32, encoding="ascii")
    other = ("--instance", "other.folge", "--checkpoint", "checkpoint.public")
    desk.done("draft", "roster", "--out", "other", *other)
    desk.refused(4, "enrol", "other", "ost.request")
    desk.draft()
    desk.enrol("ost")
    desk.refused(6, "enrol", "list", "sor.request")
    desk.enrol("nord")
    centre = identity("nord").public.member_id.hex()
    desk.refused(4, "enrol", "list", "sor.request", "--home", centre)
    desk.refused(6, "enrol", "list", "sor.request", "--home", "0" * 64)
    desk.refused(6, "revoke", "list", centre[:7])


def test_a_member_changes_its_directory_entry_with_a_new_signed_request(desk: Desk) -> None:
    """A new telephone number; the same keys, the same home district, and a call all the same."""
    desk.draft()
    desk.enrol("ost")
    desk.enrol("nord")
    entry = replace(directory("nord"), call_back_phone="99 00 00 00")
    new = EnrolmentRequest.make(identity("nord"), INSTANCE, Role.CENTRE, entry)
    (desk.path / "new.request").write_bytes(new.encode())
    desk.refused(4, "amend", "list", "new.request", typed="nei\n")
    desk.done("amend", "list", "new.request", typed="ja\n")
    roster = Bundle.decode((desk.path / "list").read_bytes()).roster
    assert roster is not None
    line = roster.member(identity("nord").public.member_id)
    assert line.directory == entry
    assert line.home_district == identity("ost").public.member_id


def test_a_draft_needs_a_name_and_a_key_the_first_time(desk: Desk) -> None:
    """The broker's name and key are said once, by whoever drafts the first list."""
    desk.refused(4, "draft", "roster", "--out", "list")
    (desk.path / "checkpoint.public").write_text("not a key", encoding="ascii")
    first = ("--instance", INSTANCE, "--checkpoint", "checkpoint.public")
    desk.refused(4, "draft", "roster", "--out", "list", *first)
    desk.refused(4, "rename", "root", "x")


# ── Who signs ────────────────────────────────────────────────────────────────────────────────
def test_signing_needs_a_typed_yes_the_passphrase_and_a_part_in_it(desk: Desk) -> None:
    """Three ways to be refused, three exit codes, and nothing is signed."""
    desk.draft()
    before = (desk.path / "list").read_bytes()
    sign = ("sign", "list", "--published", "roster", "--key")
    desk.refused(4, *sign, "randi", typed="nei\n")
    desk.refused(3, *sign, "randi", typed="ja\nikke dette passordet\n")
    desk.refused(4, *sign, "anne", typed=f"ja\n{PASSPHRASE}\n")
    desk.refused(4, "sign", "list", "--key", "randi", typed=f"ja\n{PASSPHRASE}\n")
    (desk.path / "randi").chmod(0o644)
    desk.refused(4, *sign, "randi", typed=f"ja\n{PASSPHRASE}\n")
    assert (desk.path / "list").read_bytes() == before


def test_a_bundle_under_another_root_is_not_signed_nor_published(desk: Desk) -> None:
    """A signer compares with their own copy, not with what came by mail."""
    desk.draft()
    (desk.path / "elsewhere").mkdir()
    (desk.path / "root").unlink()
    desk.done(*CREATE)
    for name in ("anne", "berit"):
        desk.sign("root", name)
    desk.done("publish", "root", "--to", "elsewhere")
    said = desk.refused(6, "sign", "list", "--key", "randi", "--published", "elsewhere")
    assert "Traceback" not in said
    for name in ("randi", "siri"):
        desk.sign("list", name)
    desk.refused(6, "publish", "list", "--to", "elsewhere")
    desk.done("publish", "list", "--to", "roster")


def test_too_few_signatures_are_not_published_nor_is_anything_twice(desk: Desk) -> None:
    """One registrar is not enough, and a version is published once."""
    desk.draft()
    desk.sign("list", "randi")
    said = desk.refused(4, "publish", "list", "--to", "roster")
    assert "For få har skrevet under." in said
    desk.sign("list", "siri")
    desk.done("publish", "list", "--to", "roster")
    desk.refused(6, "publish", "list", "--to", "roster")
    desk.refused(4, "publish", "root", "--to", "roster")
    next_root = [*CREATE[:-1], CREATE[-1], "--published", "roster"]
    (desk.path / "root").unlink()
    desk.done(*next_root)
    typed = f"ja\n{PASSPHRASE}\n"
    for name in ("anne", "berit"):
        desk.done("sign", "root", "--key", name, "--published", "roster", typed=typed)
    (desk.path / "roster" / "2.root.json").mkdir()
    desk.refused(4, "publish", "root", "--to", "roster")


def test_a_file_that_is_there_is_never_written_over(desk: Desk) -> None:
    """Neither a key nor a draft is lost to a slip."""
    desk.refused(4, "key", "create", "randi")
    desk.refused(4, *CREATE)
    desk.draft()
    first = ("--instance", INSTANCE, "--checkpoint", "checkpoint.public")
    desk.refused(4, "draft", "roster", "--out", "list", *first)


def test_changes_of_one_kind_are_told_alone(desk: Desk) -> None:
    """What stays as it was is not among what a signer reads."""
    published(desk)
    desk.done("draft", "roster", "--out", "list")
    bundle = Bundle.decode((desk.path / "list").read_bytes())
    assert bundle.roster is not None
    same = bundle.roster.register
    assert Changes.between(same, same) == Changes((), (), (), ())


def forget(bundle: Bundle, *names: str) -> bytes:
    """Return a draft in which these neither are members nor were ever struck."""
    assert bundle.roster is not None
    register, out = bundle.roster.register, {identity(name).public.member_id for name in names}
    kept = tuple(one for one in register.members if one.member_id not in out)
    gone = tuple(one for one in register.revoked if one.member_id not in out)
    return bundle.revised(replace(register, members=kept, revoked=gone)).encode()


@pytest.mark.parametrize("name", ["nord", "vest"])
def test_nobody_goes_from_the_list_without_a_word(desk: Desk, name: str) -> None:
    """A member is struck or stays, and who was struck stays struck: else nobody signs."""
    published(desk)
    desk.done("draft", "roster", "--out", "list")
    desk.enrol("vest")
    desk.sign("list", "randi")
    desk.sign("list", "siri")
    desk.done("publish", "list", "--to", "roster")
    (desk.path / "list").unlink()
    desk.done("draft", "roster", "--out", "list")
    desk.done("revoke", "list", identity("vest").public.member_id.hex())
    desk.sign("list", "randi")
    desk.sign("list", "siri")
    desk.done("publish", "list", "--to", "roster")
    (desk.path / "list").unlink()
    desk.done("draft", "roster", "--out", "list")
    honest = Bundle.decode((desk.path / "list").read_bytes())
    (desk.path / "list").write_bytes(forget(honest, name))
    ways = ("sign", "list", "--key", "randi", "--published", "roster")
    desk.refused(6, *ways, typed=f"ja\n{PASSPHRASE}\n")
    signed = Bundle.decode((desk.path / "list").read_bytes())
    for signer in ("randi", "siri"):
        signed = signed.signed(pair(signer))
    (desk.path / "list").write_bytes(signed.encode())
    desk.refused(6, "publish", "list", "--to", "roster")


def test_a_signer_compares_with_the_newest_list(desk: Desk) -> None:
    """Who looks at an old copy would not see what changed since: nothing is signed."""
    desk.draft()
    desk.enrol("ost")
    _copy(desk.path / "roster", desk.path / "old")
    desk.sign("list", "randi")
    desk.sign("list", "siri")
    desk.done("publish", "list", "--to", "roster")
    (desk.path / "list").unlink()
    desk.done("draft", "roster", "--out", "list")
    ways = ("sign", "list", "--key", "randi", "--published")
    desk.refused(6, *ways, "old", typed=f"ja\n{PASSPHRASE}\n")
    desk.done(*ways, "roster", typed=f"ja\n{PASSPHRASE}\n")


def test_a_root_draft_shows_whose_keys_and_how_many(desk: Desk) -> None:
    """Holders read what they put their names to."""
    told = desk.json("show", "root")
    assert (told["role"], told["root_needed"], told["targets_needed"]) == ("root", 4, 4)
    assert set(told["targets_keys"]) == pair("randi").card.key_ids | pair("siri").card.key_ids  # type: ignore[call-overload] # a list, as JSON has it
    assert "rot" in desk.done("show", "root")


# ── The terminal ─────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("nb", "Passordet en gang til"),
        ("nn", "Passordet ein gong til"),
        ("en", "The password once more"),
    ],
)
def test_a_pair_of_keys_is_made_behind_a_passphrase(desk: Desk, lang: str, said: str) -> None:
    """The passphrase is asked for twice and shown never; the card is to hand over."""
    result = Desk(desk.path, lang).run("key", "create", "tone", typed=f"{PASSPHRASE}\n" * 2)
    assert result.exit_code == 0
    assert said in result.output
    assert PASSPHRASE not in result.output
    file = HolderFile.decode((desk.path / "tone").read_bytes())
    assert file.open(PASSPHRASE).card == file.card
    assert (desk.path / "tone.card").read_bytes() == file.card.encode()
    assert (desk.path / "tone").stat().st_mode & 0o777 == 0o600


def test_a_weak_passphrase_is_refused_in_words(desk: Desk) -> None:
    """Twelve characters at least, said in a sentence."""
    desk.refused(4, "key", "create", "tone", typed="kort\nkort\n")
    assert not (desk.path / "tone").exists()


def test_a_passphrase_is_read_from_a_descriptor_and_never_from_arguments(desk: Desk) -> None:
    """A script hands it over without anybody else on the machine reading it."""
    for data, code in ((f"{PASSPHRASE}\n".encode(), 0), (b"x" * 5_000, 6)):
        reader, writer = os.pipe()
        os.write(writer, data)
        os.close(writer)
        command = ("--published", "roster", "--key", "randi", "--passphrase-fd", str(reader))
        if not (desk.path / "list").exists():
            desk.draft()
        result = desk.run("sign", "list", *command, typed="ja\n")
        os.close(reader)
        assert result.exit_code == code
    closed = ("--published", "roster", "--key", "randi", "--passphrase-fd", "999")
    desk.refused(4, "sign", "list", *closed, typed="ja\n")
    assert desk.run("sign", "list", "--passphrase", PASSPHRASE).exit_code == 2


def test_a_refusal_for_a_program_is_one_json_object(desk: Desk) -> None:
    """The code is stable; the sentence beside it is for people."""
    result = desk.run("--json", "verify", "roster", "--pin", "00" * 32)
    assert result.exit_code == 6
    assert json.loads(result.stdout) == {"refused": "roster_pin"}
    desk.refused(4, "verify", "roster", "--pin", "not a number")


def test_unreadable_and_endless_files_are_refused_in_words(desk: Desk) -> None:
    """No stack trace, whatever lies on the disk."""
    (desk.path / "big").write_bytes(bytes(10_000))
    desk.refused(6, "request", "show", "big")
    (desk.path / "roster" / "3.targets.json").mkdir()
    desk.refused(4, "show", "roster")
    (desk.path / "empty").mkdir()
    desk.refused(6, "show", "empty")
    assert desk.run("show", "nothing here").exit_code == 2
    with pytest.raises(NotHere):
        read_roster(desk.path / "nothing here")


def test_a_roster_that_lacks_its_first_root_has_no_pin(desk: Desk) -> None:
    """The letter's fingerprint is the first root's and no later one's."""
    roster = desk.path / "roster"
    assert "version" not in desk.json("show", "roster")
    (roster / "1.root.json").rename(roster / "2.root.json")
    desk.refused(6, "show", "roster")


def test_an_expired_roster_is_told_apart(desk: Desk) -> None:
    """Whoever checks learns that nobody has signed for two days."""
    pin = published(desk)
    late = Desk(desk.path, now=NOW + 2 * DAY)
    result = late.run("--json", "verify", "roster", "--pin", pin)
    assert (result.exit_code, json.loads(result.stdout)) == (6, {"refused": "roster_expired"})


def test_the_installed_program_runs_on_the_system_s_clock(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A real process, a real pipe, and the transcript that a person would see."""
    assert abs(system_now() - int(desk.path.stat().st_mtime)) < 3_600
    monkeypatch.setattr(sys, "argv", ["folge-keys", "--help"])
    with pytest.raises(SystemExit):
        runpy.run_path(keys.__main__.__file__, run_name="__main__")
    reader, writer = os.pipe()
    os.write(writer, f"{PASSPHRASE}\n".encode())
    os.close(writer)
    command = [sys.executable, "-m", "keys", "--lang", "en", "key", "create", "tone"]
    done = subprocess.run(
        [*command, "--passphrase-fd", str(reader)],
        cwd=desk.path,
        env={"PYTHONPATH": str(Path(__file__).parent.parent)},
        pass_fds=(reader,),
        capture_output=True,
        text=True,
        check=False,
    )
    os.close(reader)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[:3] == [
        "The key file is made. Keep it yourself, and hand the card over.",
        "Key file: tone",
        "Card: tone.card",
    ]
    card = HolderFile.decode((desk.path / "tone").read_bytes()).card
    assert lines[3] == f"Words: {' '.join(fingerprint_words(card.card_id))}"  # type: ignore[arg-type] # told like a member's
    assert len(lines[4].split()) == 13


# ── the auditor's key ────────────────────────────────────────────────────────────────────────
def _audited(desk: Desk, *arguments: str) -> AuditorPublic:
    """Make an auditor's key, and a trail of two lines beside it."""
    desk.done("audit", "create", ".", *arguments)
    auditor = AuditorPublic.decode((desk.path / "auditor.public").read_bytes())
    first = Entry.seal(auditor, trails.HERE, 1, None, trails.RECORD)
    second = Entry.seal(
        auditor, trails.HERE, 2, first, replace(trails.RECORD, code_name="LYNG-001")
    )
    (desk.path / "trail").write_bytes(trail_of([first.encode(), second.encode()]))
    return auditor


@pytest.mark.parametrize(
    ("lang", "what"), [("nb", "saksmappe"), ("nn", "saksmappe"), ("en", "case")]
)
def test_two_of_three_read_where_a_case_went(desk: Desk, lang: str, what: str) -> None:
    """The leader and one more, with their sheets: no one of them alone, nor the centre itself."""
    auditor = _audited(desk)
    for path in desk.path.glob("share-*.txt"):
        assert path.stat().st_mode & 0o777 == 0o600
        assert auditor.fingerprint in path.read_text()
    said = replace(desk, lang=lang).done("audit", "open", "trail", "share-3.txt", "share-1.txt")
    assert f"{what} · GRAN-427 · Fjordgløtt · {trails.THERE.hex()} · Kari" in said
    assert "LYNG-001" in said
    one = desk.done("audit", "open", "trail", "share-2.txt", "share-1.txt", "--case", "lyng-001")
    assert "LYNG-001" in one
    assert "GRAN-427" not in one


def test_one_sheet_alone_a_slip_and_other_sheets_open_nothing(desk: Desk, tmp_path: Path) -> None:
    """Each is refused in words that say what to do, and nothing of the trail is shown."""
    _audited(desk)
    other = tmp_path / "other"
    other.mkdir(mode=0o700)
    desk.done("audit", "create", str(other))
    (desk.path / "slip.txt").write_text(
        (desk.path / "share-2.txt").read_text().replace("b", "p", 9)
    )
    (desk.path / "bytes.txt").write_bytes(b"\xff\xfe")
    for shares in (
        ["share-1.txt"],
        ["share-1.txt", "share-1.txt"],
        ["share-1.txt", "slip.txt"],
        ["share-1.txt", "bytes.txt"],
        ["share-1.txt", str(other / "share-2.txt")],
    ):
        result = desk.run("audit", "open", "trail", *shares)
        assert result.exit_code not in (0, 1), shares
        assert "GRAN-427" not in result.output
    shares = [str(other / f"share-{number}.txt") for number in (1, 2)]
    said = json.loads(desk.done("--json", "audit", "open", "trail", *shares))
    assert (said["unreadable"], said["broken"]) == (2, 0)
    assert [line["what"] for line in said["entries"]] == ["unreadable"] * 2


@pytest.mark.parametrize(
    ("lang", "word", "few"),
    [("nb", "Ark 2", "mangler: 1"), ("nn", "Ark 2", "manglar: 1"), ("en", "Sheet 2", "missing: 1")],
)
def test_a_misread_sheet_is_told_by_its_line(desk: Desk, lang: str, word: str, few: str) -> None:
    """Whoever types from paper learns which sheet and line to compare; never a stack trace."""
    _audited(desk)
    typed = desk.path / "typed.txt"
    lines = (desk.path / "share-2.txt").read_text().splitlines()
    lines[6] = lines[6].replace(lines[6].split()[1], "flamme", 1)
    typed.write_text("\n".join(lines))
    spoken = replace(desk, lang=lang)
    said = spoken.run("audit", "open", "trail", "share-1.txt", "typed.txt").output
    assert word in said
    assert " 7." in said
    assert few in spoken.run("audit", "open", "trail", "share-1.txt").output
    sheet = (desk.path / "share-2.txt").read_bytes()
    typed.write_bytes(b"\xef\xbb\xbf" + sheet[sheet.index(b"share 2") :])
    assert "GRAN-427" in spoken.done("audit", "open", "trail", "share-1.txt", "typed.txt")


def test_a_break_in_the_trail_is_told(desk: Desk) -> None:
    """Whoever takes a line out of the middle does not hide that there was one."""
    auditor = _audited(desk)
    lines = trails.chained(3, auditor)
    (desk.path / "trail").write_bytes(trail_of([lines[0].encode(), lines[2].encode()]))
    said = json.loads(desk.done("--json", "audit", "open", "trail", "share-1.txt", "share-2.txt"))
    assert (said["first"], said["last"], said["broken"]) == (1, 3, 1)
    assert [line.get("chain") for line in said["entries"]] == [None, "broken"]


def test_an_auditors_key_is_never_written_over(desk: Desk) -> None:
    """Whoever asks again keeps the sheets that are out; a sharing that is none is refused."""
    before = _audited(desk)
    assert desk.run("audit", "create", ".").exit_code == 4
    assert AuditorPublic.decode((desk.path / "auditor.public").read_bytes()) == before
    (desk.path / "auditor.public").unlink()
    assert desk.run("audit", "create", ".").exit_code == 4
    wide = desk.path / "wide"
    wide.mkdir(mode=0o700)
    assert desk.run("audit", "create", "wide", "--holders", "2", "--needed", "3").exit_code == 4
    assert not list(wide.iterdir())
    desk.done("audit", "create", "wide", "--holders", "5", "--needed", "3")
    assert len(list(wide.glob("share-*.txt"))) == 5
