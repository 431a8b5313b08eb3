"""The operator's settings: few, all demanded, and each documented in one table."""

import re
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.settings import Address, Settings, names
from keys.errors import BadSettings

PROTOCOL = Path(__file__).parent.parent / "broker" / "PROTOCOL.md"
GOOD = {
    "listen": '"127.0.0.1:8440"',
    "data": '"/var/lib/folge-broker"',
    "roster": '"/srv/roster"',
    "root_pin": f'"{"0a" * 32}"',
}


def toml(**changed: str | None) -> str:
    """Return the good settings with some of them changed, or left out when None."""
    table = {name: value for name, value in (GOOD | changed).items() if value is not None}
    return "\n".join(f"{name} = {value}" for name, value in table.items())


def test_settings_are_read_as_they_are_written() -> None:
    """A file with all four settings is understood."""
    assert Settings.parse(toml()) == Settings(
        Address("127.0.0.1", 8440),
        Path("/var/lib/folge-broker"),
        Path("/srv/roster"),
        b"\x0a" * 32,
    )


def test_an_ipv6_address_stands_in_brackets() -> None:
    """Both kinds of network address can be listened on."""
    assert Settings.parse(toml(listen='"[::1]:0"')).listen == Address("::1", 0)


@pytest.mark.parametrize("name", GOOD)
def test_a_setting_that_is_missing_is_named(name: str) -> None:
    """The operator is told which line is lacking."""
    with pytest.raises(BadSettings) as refused:
        Settings.parse(toml(**{name: None}))
    assert refused.value.facts == {"field": name}


WRONG = [
    pytest.param("listen", '"127.0.0.1"', id="no-port"),
    pytest.param("listen", '"127.0.0.1:65536"', id="port-too-high"),
    pytest.param("listen", '":80"', id="no-host"),
    pytest.param("listen", '"a b:80"', id="space-in-host"),
    pytest.param("listen", "8440", id="a-number"),
    pytest.param("data", '"var/lib"', id="relative-path"),
    pytest.param("data", '"/var\\u0000lib"', id="zero-in-path"),
    pytest.param("roster", '""', id="empty-path"),
    pytest.param("roster", '["/srv"]', id="a-list"),
    pytest.param("root_pin", f'"{"0A" * 32}"', id="capitals"),
    pytest.param("root_pin", f'"{"0a" * 31}"', id="short-pin"),
    pytest.param("root_pin", "true", id="a-truth"),
]


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_a_setting_of_another_form_is_named_and_its_value_is_not(name: str, value: str) -> None:
    """A wrong line is named; what stands in it is not repeated anywhere."""
    with pytest.raises(BadSettings) as refused:
        Settings.parse(toml(**{name: value}))
    assert refused.value.facts == {"field": name}


def test_an_unknown_setting_refuses_and_is_not_repeated() -> None:
    """A line that this program does not know stops it, for it may be meant to protect."""
    with pytest.raises(BadSettings) as refused:
        Settings.parse(toml() + '\npassphrase_kanari = "x"')
    assert refused.value.facts == {"field": "unknown"}


@pytest.mark.parametrize(
    "text", ["=", "listen", toml() + "\n" + toml()], ids=["=", "word", "twice"]
)
def test_what_is_no_settings_file_is_said_so(text: str) -> None:
    """A file in another form is refused as a whole."""
    with pytest.raises(BadSettings) as refused:
        Settings.parse(text)
    assert refused.value.facts == {"field": "config"}


@given(st.text(max_size=200))
def test_any_text_gives_settings_or_one_refusal(text: str) -> None:
    """Whatever stands in the file, the program answers in its own words."""
    with suppress(BadSettings):
        Settings.parse(text)


def test_settings_come_from_a_file(tmp_path: Path) -> None:
    """The file on disk is what counts."""
    path = tmp_path / "broker.toml"
    path.write_text(toml(), "utf-8")
    assert Settings.load(path) == Settings.parse(toml())


@pytest.mark.parametrize("content", [None, b"\xff\xfe"], ids=["missing", "not-text"])
def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path, content: bytes | None) -> None:
    """A missing or garbled file is one refusal, not an accident."""
    path = tmp_path / "broker.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BadSettings) as refused:
        Settings.load(path)
    assert refused.value.facts == {"field": "config"}


def test_the_documented_table_is_the_settings() -> None:
    """An operator finds every setting in the manual, and the manual invents none."""
    section = PROTOCOL.read_text("utf-8").partition("## P-12 ")[2]
    assert tuple(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)) == names()


def test_no_setting_is_about_time() -> None:
    """No operator can move the program's clock."""
    assert not [name for name in names() if re.search(r"time|clock|now|day|date|offset", name)]
