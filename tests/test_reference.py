"""The reference says what the programs do: no command, option, setting or refusal is left out."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from broker.settings import Settings as BrokerSettings
from client.__main__ import cli
from client.settings import NAMES
from docs import commands, refusals
from keys.errors import FAMILIES, by_code

REFERENCE = Path(commands.__file__).with_name("reference")
COMMANDS = dict(commands.commands(cli, "folge"))


def test_the_page_of_commands_is_current() -> None:
    """What stands in it is what the program says of itself."""
    assert commands.PAGE.read_text("utf-8") == commands.page()


def test_the_page_of_refusals_is_current() -> None:
    """Every code with its sentence, as it stands in the catalogue."""
    assert refusals.PAGE.read_text("utf-8") == refusals.page()


def test_every_refusal_stands_on_the_page() -> None:
    """A code that a script may meet can be looked up."""
    page = refusals.PAGE.read_text("utf-8")
    for family in FAMILIES:
        for leaf in family.__subclasses__():
            if by_code(leaf.code) is leaf:
                assert f"| `{leaf.code}` |" in page


@pytest.mark.parametrize("name", COMMANDS)
def test_no_option_takes_anything_personal(name: str) -> None:
    """Names, numbers, addresses, codes and passphrases are never typed as options."""
    forbidden = re.compile(r"--(name|passphrase|code|address|phone|birth.*)")
    for option in COMMANDS[name].params:
        assert not any(forbidden.fullmatch(one) for one in option.opts)


def test_the_page_of_settings_has_every_setting() -> None:
    """Both programs' settings, and no other."""
    page = (REFERENCE / "settings.md").read_text("utf-8")
    member, _, broker = page.partition("## `folge-broker`")
    found = re.compile(r"^\| `(\w+)` \|", re.MULTILINE)
    assert set(found.findall(member)) == set(NAMES)
    assert set(found.findall(broker)) == {one.name for one in fields(BrokerSettings)}
