"""Vectors of E-5.7 to E-5.12: what a package says of itself, and the release of its keys."""

from typing import Final, TypeAlias

from keys.body import Kind
from keys.calendar import Day
from keys.errors import Expired, Refusal, TrailingBytes, WrongShape
from keys.manifest import PackageManifest, check_expiry, read_manifest
from keys.receipt import ReleaseNote, manifest_hash
from keys.wire import Packable, pack
from tests.vectors.cast import TODAY
from tests.vectors.making import Book, Gives, Said, seed

CLAUSE = "E-5"
ABOUT = "Manifests of the kinds with blobs, and of releases. `kind` is the schema word."
_RECORD: Final = [seed("record"), seed("key"), seed("commitment"), "s"]
_ATTACHED: Final = [seed("attachments"), seed("key 2"), seed("commitment 2"), "xl256"]
_Fields: TypeAlias = dict[str, Packable]
_Row: TypeAlias = tuple[str, str, _Fields]
"""A breach: its name, its clause, and the fields that commit it."""


def _manifest(said: Said) -> Gives:
    kind, data = Kind[said.text("kind").upper()], said.octets("manifest")
    made = read_manifest(kind, data)
    assert isinstance(made, PackageManifest)
    check_expiry(made, Day(said.number("today")))
    return {
        "package_id": made.package_id.hex(),
        "release": made.release.value,
        "expires": made.expires,
        "blobs": [[blob.blob_id.hex(), blob.cls.value] for blob in made.blobs],
        "hash": manifest_hash(data).hex(),
    }


def _release(said: Said) -> Gives:
    note = ReleaseNote.decode(said.octets("manifest"))
    return {"manifest_hash": note.manifest_hash.hex(), "keys": [key.hex() for key in note.keys]}


OPENERS = {"manifest": _manifest, "release": _release}


def write(book: Book) -> None:
    """Write the file."""
    _case_packages(book)
    _other_packages(book)
    _releases(book)


def _package(**but: Packable) -> str:
    honest: dict[str, Packable] = {
        "package_id": seed("a package", 16),
        "day": TODAY,
        "expires": TODAY + 7,
        "prev": ["accepted", seed("an answer")],
        "release": "arrival",
        "blobs": [[_RECORD[0], None, *_RECORD[2:]], [_ATTACHED[0], None, *_ATTACHED[2:]]],
        "consent": [seed("a consent"), TODAY + 7],
        "locked": seed("locked", 143),
    }
    assert but.keys() <= honest.keys()
    return pack(["package", 1, *(honest | but).values()]).hex()


def _case_packages(book: Book) -> None:
    book.good(
        "a case package that waits for arrival",
        "E-5.7",
        "",
        "manifest",
        kind="case_package",
        manifest=_package(),
        today=TODAY,
    )
    book.also("on its last day", "E-5.7", "", today=TODAY + 7)
    book.bad("the day after its last", "E-5.7", Expired, "", today=TODAY + 8)
    phone: list[Packable] = ["phone", "leader", TODAY]
    ahead: _Fields = {"release": "ahead", "blobs": [_RECORD], "locked": None}
    book.also("agreed by telephone", "E-5.8", "", manifest=_package(prev=phone))
    book.also("ahead of arrival", "E-5.11", "", manifest=_package(**ahead))
    locked, unlocked = [_RECORD[0], None, *_RECORD[2:]], [_ATTACHED[0], None, *_ATTACHED[2:]]
    short = [_RECORD[0], bytes(31), *_RECORD[2:]]
    rows: tuple[_Row, ...] = (
        ("a package id of 15 bytes", "E-5.7", {"package_id": bytes(15)}),
        ("expired before its day", "E-5.7", {"expires": TODAY - 1}),
        ("unsolicited", "E-5.8", {"prev": None}),
        ("follows another, as only an update does", "E-5.8", {"prev": ["follows", bytes(32)]}),
        ("a word for a reason that no kind has", "E-5.8", {"prev": ["asked", bytes(32)]}),
        ("an acceptance of 31 bytes", "E-5.8", {"prev": ["accepted", bytes(31)]}),
        ("agreed by a name", "E-5.8", {"prev": ["phone", "Kari Nordmann", TODAY]}),
        ("agreed by nobody", "E-5.8", {"prev": ["phone", "", TODAY]}),
        ("agreed by a word of 41 letters", "E-5.8", {"prev": ["phone", "x" * 41, TODAY]}),
        ("agreed on no day", "E-5.8", {"prev": ["phone", "leader", -1]}),
        ("no blobs", "E-5.9", {"blobs": []}),
        ("three blobs", "E-5.9", {"blobs": [locked, unlocked, [bytes(32), *unlocked[1:]]]}),
        ("one blob twice", "E-5.9", {"blobs": [locked, locked]}),
        ("a record of 64 MiB", "E-5.9", {"blobs": [[*locked[:-1], "xl64"]]}),
        ("a blob of the class of notes", "E-5.9", {"blobs": [[*locked[:-1], "note"]]}),
        ("a commitment of 31 bytes", "E-5.9", {"blobs": [[*locked[:2], bytes(31), "s"]]}),
        ("without consent", "E-5.10", {"consent": None}),
        ("longer than the consent", "E-5.10", {"consent": [bytes(32), TODAY + 6]}),
        ("a consent without its last day", "E-5.10", {"consent": [bytes(32)]}),
        ("a third way of release", "E-5.11", {"release": "now"}),
        ("waiting, and nothing locked", "E-5.11", {"locked": None}),
        ("waiting, with the keys in clear", "E-5.11", {"blobs": [_RECORD]}),
        ("waiting, with one key in clear", "E-5.11", {"blobs": [_RECORD, unlocked]}),
        ("301 locked bytes", "E-5.11", {"locked": bytes(301)}),
        ("ahead, and locked", "E-5.11", {**ahead, "locked": bytes(143)}),
        ("ahead, without keys", "E-5.11", {**ahead, "blobs": [locked]}),
        ("ahead, with a key of 31 bytes", "E-5.11", {**ahead, "blobs": [short]}),
    )
    for name, clause, but in rows:
        book.bad(f"a case package: {name}", clause, WrongShape, "", manifest=_package(**but))
    book.bad("another kind's reason", "E-5.8", WrongShape, "", kind="package_update")


def _other_packages(book: Book) -> None:
    ahead: _Fields = {"release": "ahead", "blobs": [_RECORD], "locked": None}
    follows: list[Packable] = ["follows", seed("a manifest")]
    origin: list[Packable] = ["origin", seed("an origin")]
    police = ahead | {"consent": None}
    consent: list[Packable] = [bytes(32), TODAY + 7]
    asked: tuple[_Row, ...] = (
        ("with a reason", "E-5.8", {"prev": origin}),
        ("with a consent", "E-5.10", {"consent": consent}),
        (
            "that waits for arrival",
            "E-5.11",
            {
                "release": "arrival",
                "blobs": [[_RECORD[0], None, *_RECORD[2:]]],
                "locked": bytes(143),
            },
        ),
    )
    told: tuple[_Row, ...] = (
        ("with no origin", "E-5.8", {"prev": None}),
        ("with an acceptance", "E-5.8", {"prev": ["accepted", bytes(32)]}),
        ("with a consent", "E-5.10", {"consent": consent}),
    )
    kinds: tuple[tuple[str, _Fields, tuple[_Row, ...]], ...] = (
        ("package_update", {"prev": follows}, (("with no reason", "E-5.8", {"prev": None}),)),
        ("police_request", {**police, "prev": None}, asked),
        ("police_view_request", {**police, "prev": None}, asked),
        ("police_notice", {**police, "prev": origin}, told),
        ("police_view", {**police, "prev": origin}, told),
    )
    for kind, honest, breaches in kinds:
        book.good(
            f"{kind}: a manifest",
            "E-5.8",
            "",
            "manifest",
            kind=kind,
            manifest=_package(**honest),
            today=TODAY,
        )
        for name, clause, but in breaches:
            book.bad(f"{kind}: {name}", clause, WrongShape, "", manifest=_package(**honest | but))


def _releases(book: Book) -> None:
    def release(*keys: Packable) -> str:
        return pack(["release", 1, seed("a package", 16), seed("a manifest"), [*keys]]).hex()

    key = seed("key")
    book.good("a release note", "E-5.12", "", "release", manifest=release(key, seed("key 2")))
    rows: tuple[tuple[str, type[Refusal], str], ...] = (
        ("no key", WrongShape, release()),
        ("three keys", WrongShape, release(key, key, key)),
        ("a key of 31 bytes", WrongShape, release(key[1:])),
        ("a byte behind it", TrailingBytes, release(key) + "00"),
    )
    for name, refusal, data in rows:
        book.bad(f"a release note: {name}", "E-5.12", refusal, "", manifest=data)
