"""The member's settings: few, each checked, and an unknown one refused."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from yarl import URL

from client.doors import Doors
from client.settings import NAMES, Settings
from keys.errors import BadSettings
from keys.words import Language

PIN = "ab" * 32
GOOD = f"""
broker = "https://formidler.example"
issuer = "https://utsteder.example:8443/"
root_pin = "{PIN}"
language = "nn"
"""


def read(tmp_path: Path, text: str) -> Settings:
    """Read settings from a file with that text."""
    path = tmp_path / "settings.toml"
    path.write_text(text, "utf-8")
    return Settings.read(path)


def test_settings_are_read_as_written(tmp_path: Path) -> None:
    """Address, pin and language stand as somebody typed them."""
    found = read(tmp_path, GOOD)
    assert found.doors.broker == URL("https://formidler.example")
    assert found.doors.issuer.port == 8443
    assert found.root_pin == b"\xab" * 32
    assert found.language is Language.NN
    assert read(tmp_path, found.write()) == found
    assert read(tmp_path, GOOD.replace('language = "nn"', "")).language is Language.NB


@settings(deadline=None, max_examples=50)
@given(
    st.sampled_from(
        ["https://a.example", "https://a.example:1", "http://[::1]:9", "http://127.0.0.1"]
    ),
    st.binary(min_size=32, max_size=32),
    st.sampled_from(Language),
)
def test_what_is_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, door: str, pin: bytes, language: Language
) -> None:
    """A settings file that the program wrote means what it was told."""
    made = Settings(Doors(URL(door), URL(door)), pin, language)
    assert read(tmp_path_factory.mktemp("settings"), made.write()) == made


BEHIND = GOOD + 'proxy = "http://mellom.example:3128"\n'


def test_a_proxy_is_read_as_written(tmp_path: Path) -> None:
    """It stands beside the doors that it leads to, and none is there unasked."""
    found = read(tmp_path, BEHIND)
    assert found.doors.proxy == URL("http://mellom.example:3128")
    assert read(tmp_path, found.write()) == found
    assert read(tmp_path, GOOD).doors.proxy is None


@pytest.mark.parametrize(
    "proxy",
    [
        "https://mellom.example",
        "socks5://mellom.example:1080",
        "http://mellom.example/path",
        "http://kari:hemmelig@mellom.example",
        "mellom.example:3128",
        "",
    ],
)
def test_what_is_no_proxy_is_refused(tmp_path: Path, proxy: str) -> None:
    """A path, a password or another protocol is not tried and seen to fail."""
    with pytest.raises(BadSettings) as caught:
        read(tmp_path, GOOD + f'proxy = "{proxy}"\n')
    assert caught.value.facts == {"field": "proxy"}


@pytest.mark.parametrize("name", ["broker", "issuer"])
def test_no_open_door_goes_through_a_proxy(tmp_path: Path, name: str) -> None:
    """What is not closed by TLS would show the proxy every path and token."""
    lines = [line for line in BEHIND.splitlines() if not line.startswith(name)]
    assert read(tmp_path, "\n".join([*lines, f'{name} = "https://a.example"']))
    with pytest.raises(BadSettings) as caught:
        read(tmp_path, "\n".join([*lines, f'{name} = "http://127.0.0.1:8440"']))
    assert caught.value.facts == {"field": "proxy"}


def changed(name: str, value: str) -> str:
    """Return good settings with one line changed."""
    lines = [line for line in GOOD.splitlines() if not line.startswith(name)]
    return "\n".join([*lines, f"{name} = {value}"])


BAD = {
    "no file in its form": ("broker = ", "settings.toml"),
    "a setting that is not there": (GOOD.replace("broker", "#"), "broker"),
    "an unknown one": (GOOD + 'Passord = "hemmelig"', "unknown"),
    "a clock": (GOOD + "clock = 1", "unknown"),
    "a door without TLS": (changed("broker", '"http://formidler.example"'), "broker"),
    "a door to a path": (changed("issuer", '"https://a.example/x"'), "issuer"),
    "a door with a question": (changed("issuer", '"https://a.example/?x"'), "issuer"),
    "a door with a name": (changed("broker", '"https://kari@a.example"'), "broker"),
    "a door with a passphrase": (changed("broker", '"https://:p@a.example"'), "broker"),
    "a door of another kind": (changed("broker", '"ftp://a.example"'), "broker"),
    "no address": (changed("broker", '"formidler"'), "broker"),
    "an address with a space": (changed("broker", '"https://a b.example"'), "broker"),
    "a port beyond all ports": (changed("broker", '"https://a.example:99999"'), "broker"),
    "a number for a door": (changed("broker", "7"), "broker"),
    "a short pin": (changed("root_pin", '"abcd"'), "root_pin"),
    "a pin in capitals": (changed("root_pin", f'"{PIN.upper()}"'), "root_pin"),
    "a language that it has not": (changed("language", '"fr"'), "language"),
    "a number for a language": (changed("language", "1"), "language"),
}


@pytest.mark.parametrize(("text", "field"), BAD.values(), ids=BAD)
def test_bad_settings_are_refused_by_name(tmp_path: Path, text: str, field: str) -> None:
    """A setting that cannot be right is named, and its value is not repeated."""
    with pytest.raises(BadSettings) as caught:
        read(tmp_path, text)
    assert dict(caught.value.facts) == {"field": field}


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    """Without settings nothing starts, and nothing is guessed."""
    with pytest.raises(BadSettings):
        Settings.read(tmp_path / "settings.toml")
    (tmp_path / "settings.toml").write_bytes(b"\xff")
    with pytest.raises(BadSettings):
        Settings.read(tmp_path / "settings.toml")


@settings(deadline=None, max_examples=100)
@given(st.text(max_size=80) | st.sampled_from(NAMES).map(lambda name: f'{name} = "x"'))
def test_any_text_is_settings_or_refused(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    """Whatever somebody types, the program answers with settings or one refusal."""
    path = tmp_path_factory.getbasetemp() / "any.toml"
    path.write_text(text, "utf-8", errors="replace")
    with suppress(BadSettings):
        Settings.read(path)
