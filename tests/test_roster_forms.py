"""Files that are not in their one form are refused, whoever signed them (E-13.4, E-13.6, P9).

In these attacks the holders, the registrars or the broker were made to sign nonsense: the
signatures are good, and the form alone is what stops it.
"""

import json
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from hypothesis import given, settings
from hypothesis import strategies as st

from keys.errors import (
    Refusal,
    RosterMalformed,
    RosterMixed,
    RosterUnsigned,
)
from keys.metadata import Listed
from keys.quorum import LAST_VERSION
from keys.register import MOST_CONTENT
from keys.tuflib import SSlibKey
from tests.rosters import (
    LATER,
    TIMESTAMP,
    Change,
    Files,
    by_key_id,
    compact,
    first,
    next_root,
    online,
    pair,
    read,
    refuses,
    registrars,
    rows,
    second,
    tampered,
    targets,
    third,
    timestamp_with,
    trusted,
)


# ── Form ─────────────────────────────────────────────────────────────────────────────────────
def one_signature_twice() -> Files:
    """One registrar's signatures, each listed twice to make four."""
    made = json.loads(targets(registrars()[:1]))
    made["signatures"] = by_key_id([*made["signatures"], *made["signatures"]])
    return third(compact(made))


def one_signature_under_two_names() -> Files:
    """One registrar's signatures again, under the other registrar's key ids."""
    made = json.loads(targets(registrars()[:1]))
    others = sorted(registrars()[1].card.key_ids)
    again = [
        one | {"keyid": key_id} for one, key_id in zip(made["signatures"], others, strict=True)
    ]
    made["signatures"] = by_key_id([*made["signatures"], *again])
    return third(compact(made))


def shouted_signature() -> Files:
    """A good signature in another spelling."""
    made = json.loads(targets(registrars()))
    made["signatures"][0]["sig"] = made["signatures"][0]["sig"].upper()
    return third(compact(made))


def signature_that_is_a_number() -> Files:
    """A signature that is no text."""
    made = json.loads(targets(registrars()))
    made["signatures"][0]["sig"] = 7
    return third(compact(made))


def signatures_out_of_order() -> Files:
    """The same signatures in another order: one file has one form."""
    made = json.loads(targets(registrars()))
    made["signatures"].reverse()
    return third(compact(made))


def unknown_signature_field() -> Files:
    """A field beside a signature, which no signature covers."""
    made = json.loads(targets(registrars()))
    made["signatures"][0]["note"] = "x"
    return third(compact(made))


def unknown_outer_field() -> Files:
    """A field beside what is signed."""
    return third(compact(json.loads(targets(registrars())) | {"note": "x"}))


def pretty_json() -> Files:
    """The same JSON with spaces."""
    return third(json.dumps(json.loads(targets(registrars())), sort_keys=True).encode())


def doubled_json_key() -> Files:
    """A key that stands twice: one reader takes the first, another the last."""
    return third(targets(registrars()).replace(b'"version":3', b'"version":2,"version":3'))


def signed_nonsense(change: Change) -> Callable[[], Files]:
    """Return an attack: targets after `change`, which both registrars were made to sign."""
    return lambda: third(tampered(targets([]), change, registrars()))


def signed_timestamp(change: Change) -> Callable[[], Files]:
    """Return an attack: a timestamp after `change`, by the broker's keys."""
    return lambda: timestamp_with(change)


def signed_root(change: Change) -> Callable[[], Files]:
    """Return an attack: a second root after `change`, which both holders were made to sign."""
    return lambda: next_root(change)


def a_name_more(said: dict[str, Any]) -> None:
    """List a second target."""
    said["targets"]["other"] = said["targets"]["roster.msgpack"]


def no_name(said: dict[str, Any]) -> None:
    """List no target."""
    said["targets"] = {}


def delegate(said: dict[str, Any]) -> None:
    """Let somebody else sign targets too."""
    said["delegations"] = {"keys": {}, "roles": []}


def custom(said: dict[str, Any]) -> None:
    """Say something about the target that no reader understands."""
    said["targets"]["roster.msgpack"]["custom"] = {"x": 1}


def only_sha512(said: dict[str, Any]) -> None:
    """List another hash than ours."""
    said["targets"]["roster.msgpack"]["hashes"] = {"sha512": "00" * 64}


def no_hash(said: dict[str, Any]) -> None:
    """List a snapshot by its version alone, as TUF allows."""
    del said["meta"]["snapshot.json"]["hashes"]


def no_length(said: dict[str, Any]) -> None:
    """List a snapshot without its length, as TUF allows."""
    del said["meta"]["snapshot.json"]["length"]


def truth_for_a_length(said: dict[str, Any]) -> None:
    """A length that is True."""
    said["meta"]["snapshot.json"]["length"] = True


def truth_for_a_version(said: dict[str, Any]) -> None:
    """A version that is True, which Python takes for 1."""
    said["version"] = True


def endless_version(said: dict[str, Any]) -> None:
    """A version beyond every counter."""
    said["version"] = LAST_VERSION + 1


def short_year(said: dict[str, Any]) -> None:
    """A date in another spelling."""
    said["expires"] = said["expires"].replace("-01-", "-1-")


def date_of_no_calendar(said: dict[str, Any]) -> None:
    """A date that does not exist."""
    said["expires"] = "2027-02-30T00:00:00Z"


def other_spec(said: dict[str, Any]) -> None:
    """Another version of TUF."""
    said["spec_version"] = "1.0.0"


def inconsistent(said: dict[str, Any]) -> None:
    """A root without consistent snapshots."""
    said["consistent_snapshot"] = False


def threshold(role: str, number: object) -> Change:
    """Return a change: another threshold."""
    return lambda said: said["roles"][role].update(threshold=number)


def registrars_are_holders(said: dict[str, Any]) -> None:
    """The root holders as registrars too: four keys, two persons, and no second look."""
    said["roles"]["targets"]["keyids"] = said["roles"]["root"]["keyids"]
    for key_id in [one for card in registrars() for one in card.card.key_ids]:
        del said["keys"][key_id]


def operator_is_registrar(said: dict[str, Any]) -> None:
    """The broker's own keys among the registrars'."""
    ids = said["roles"]["targets"]["keyids"] + said["roles"]["timestamp"]["keyids"]
    said["roles"]["targets"]["keyids"] = sorted(ids)


def other_keys_for_snapshot(said: dict[str, Any]) -> None:
    """Snapshot by other keys than timestamp."""
    said["roles"]["snapshot"] = said["roles"]["targets"]


def spare_key(said: dict[str, Any]) -> None:
    """A key that no role uses."""
    key = pair("spare").card.keys[0]
    said["keys"][key.keyid] = key.to_dict()


def lacking_key(said: dict[str, Any]) -> None:
    """A role that names a key which is not there."""
    said["keys"].pop(said["roles"]["targets"]["keyids"][0])


def half_a_pair(said: dict[str, Any]) -> None:
    """A registrar with one key only."""
    gone = registrars()[0].card.keys[0].keyid
    said["roles"]["targets"]["keyids"].remove(gone)
    said["roles"]["targets"]["threshold"] = 3
    del said["keys"][gone]


def two_keys_of_one_kind(said: dict[str, Any]) -> None:
    """A registrar with two Ed25519 keys and none that a quantum computer leaves whole."""
    gone = registrars()[0].card.keys[1].keyid
    key = pair("spare").card.keys[0]
    ids = [one for one in said["roles"]["targets"]["keyids"] if one != gone]
    said["roles"]["targets"]["keyids"] = sorted([*ids, key.keyid])
    del said["keys"][gone]
    said["keys"][key.keyid] = key.to_dict()


def a_third_ed25519_key(said: dict[str, Any]) -> None:
    """Two whole registrars, and half of a third."""
    key = pair("spare").card.keys[0]
    said["roles"]["targets"]["keyids"] = sorted([*said["roles"]["targets"]["keyids"], key.keyid])
    said["keys"][key.keyid] = key.to_dict()


def key_under_another_name(said: dict[str, Any]) -> None:
    """One key again under a made-up id, to be counted twice."""
    real, gone = registrars()[0].card.keys[0].keyid, registrars()[1].card.keys[0].keyid
    rename(said, gone, "00" * 32, said["keys"][real])


def key_in_capitals(said: dict[str, Any]) -> None:
    """One key again in another spelling, which hashes to another id."""
    key = registrars()[0].card.keys[0]
    gone = registrars()[1].card.keys[0].keyid
    shouted = key.to_dict() | {"keyval": {"public": key.keyval["public"].upper()}}
    rename(said, gone, hashed(shouted), shouted)


def key_with_a_field_more(said: dict[str, Any]) -> None:
    """A key with a field that its id does not cover."""
    said["keys"][registrars()[0].card.keys[0].keyid]["note"] = "x"


def key_with_a_value_more(said: dict[str, Any]) -> None:
    """A key with a second value, and the id of both."""
    gone = registrars()[1].card.keys[0]
    odd = gone.to_dict() | {"keyval": gone.keyval | {"private": ""}}
    rename(said, gone.keyid, hashed(odd), odd)


def key_that_is_no_text(said: dict[str, Any]) -> None:
    """A key of a kind that keeps its value elsewhere."""
    gone = registrars()[1].card.keys[0].keyid
    said["keys"][gone]["scheme"] = "pgp+eddsa-ed25519"
    said["keys"][gone]["keytype"] = "eddsa"
    said["keys"][gone]["keyval"] = {"public": {"q": "00" * 32}}


def key_too_short(said: dict[str, Any]) -> None:
    """Thirty-one bytes of a key."""
    said["keys"][registrars()[1].card.keys[0].keyid]["keyval"]["public"] = "00" * 31


def rsa_key(said: dict[str, Any]) -> None:
    """An RSA key, which TUF knows and we do not."""
    put(said, SSlibKey.from_crypto(generate_private_key(65_537, 2_048).public_key()))


def weaker_mldsa_key(said: dict[str, Any]) -> None:
    """An ML-DSA-44 key in ML-DSA-65's place."""
    put(said, SSlibKey.from_crypto(MLDSA44PrivateKey.generate().public_key()))


def weaker_key_in_disguise(said: dict[str, Any]) -> None:
    """An ML-DSA-44 key that says it is ML-DSA-65."""
    weak = SSlibKey.from_crypto(MLDSA44PrivateKey.generate().public_key())
    put(said, SSlibKey(weak.keyid, weak.keytype, "ml-dsa-65/1", weak.keyval))


def key_of_an_unknown_algorithm(said: dict[str, Any]) -> None:
    """A key whose algorithm no library has: an SPKI of a made-up kind."""
    pem = "-----BEGIN PUBLIC KEY-----\nMAowBQYDKgMEAwEA\n-----END PUBLIC KEY-----\n"
    put(said, SSlibKey("00" * 32, "ml-dsa", "ml-dsa-65/1", {"public": pem}))


def key_ids_in_one_word(said: dict[str, Any]) -> None:
    """Key ids as one text, which Python would read letter by letter."""
    said["roles"]["targets"]["keyids"] = "abc"


def key_ids_that_are_numbers(said: dict[str, Any]) -> None:
    """Key ids that are no texts."""
    said["roles"]["targets"]["keyids"] = [1, 2, 3, 4]


def fifth_role(said: dict[str, Any]) -> None:
    """A role of which TUF knows nothing."""
    said["roles"]["mirrors"] = said["roles"]["targets"]


def put(said: dict[str, Any], key: SSlibKey) -> None:
    """Put `key` in the place of a registrar's ML-DSA-65 key."""
    rename(said, registrars()[1].card.keys[1].keyid, key.keyid, key.to_dict())


def rename(said: dict[str, Any], gone: str, key_id: str, key: dict[str, Any]) -> None:
    """Put `key` under `key_id` in the place of the registrar's key `gone`."""
    del said["keys"][gone]
    said["keys"][key_id] = key
    ids = [one for one in said["roles"]["targets"]["keyids"] if one != gone]
    said["roles"]["targets"]["keyids"] = sorted([*ids, key_id])


def hashed(key: dict[str, Any]) -> str:
    """Return the id that securesystemslib gives a key."""
    return sha256(compact(key)).hexdigest()


# ── Endless data ─────────────────────────────────────────────────────────────────────────────
def endless(name: str) -> Callable[[], Files]:
    """Return an attack: a file that does not end."""
    return lambda: second() | {name: b"[" * (1 << 20)}


def heap_of_signatures() -> Files:
    """A good timestamp under a heap of strangers' signatures."""
    file = timestamp_with(lambda _: None)["timestamp.json"]
    part = read(TIMESTAMP, file)
    heap = [one for name in "abcde" for one in pair(name).sign(part.payload)]
    return second() | {"timestamp.json": part.signed_also(heap)}


def deep_json() -> Files:
    """JSON nested so deep that a reader falls over."""
    return second() | {"timestamp.json": b"[" * 30_000}


def endless_register() -> Files:
    """A register beyond every limit, which both registrars were made to sign."""
    big = bytes(MOST_CONTENT + 1)
    name = f"{sha256(big).hexdigest()}.roster.msgpack"
    return third(targets(registrars(), listed=Listed.of(0, big))) | {name: big}


def register_of_rubbish() -> Files:
    """A register that is none, which both registrars were made to sign."""
    name = f"{sha256(b'rubbish').hexdigest()}.roster.msgpack"
    return third(targets(registrars(), listed=Listed.of(0, b"rubbish"))) | {name: b"rubbish"}


def changes(
    refusal: type[Refusal], made: Callable[[Change], Callable[[], Files]], *all_: Change
) -> list[Any]:
    """Return a row for each change that is refused so."""
    return [
        pytest.param(made(change), refusal, id=f"{made.__name__}-{getattr(change, '__name__', '')}")
        for change in all_
    ]


FORMS = [
    *rows(RosterUnsigned, one_signature_under_two_names),
    *rows(
        RosterMalformed,
        one_signature_twice,
        shouted_signature,
        signature_that_is_a_number,
        signatures_out_of_order,
        unknown_signature_field,
        unknown_outer_field,
        pretty_json,
        doubled_json_key,
        heap_of_signatures,
        deep_json,
        endless_register,
        register_of_rubbish,
    ),
    *changes(
        RosterMalformed,
        signed_nonsense,
        a_name_more,
        no_name,
        delegate,
        custom,
        only_sha512,
        endless_version,
    ),
    *changes(
        RosterMalformed,
        signed_timestamp,
        no_hash,
        no_length,
        truth_for_a_length,
        truth_for_a_version,
        short_year,
        date_of_no_calendar,
        other_spec,
    ),
    *changes(
        RosterMalformed,
        signed_root,
        inconsistent,
        registrars_are_holders,
        operator_is_registrar,
        other_keys_for_snapshot,
        spare_key,
        lacking_key,
        half_a_pair,
        two_keys_of_one_kind,
        a_third_ed25519_key,
        key_under_another_name,
        key_in_capitals,
        key_with_a_field_more,
        key_with_a_value_more,
        key_that_is_no_text,
        key_too_short,
        rsa_key,
        weaker_mldsa_key,
        weaker_key_in_disguise,
        key_of_an_unknown_algorithm,
        key_ids_in_one_word,
        key_ids_that_are_numbers,
        fifth_role,
    ),
    *[
        pytest.param(
            signed_root(threshold(role, number)), RosterMalformed, id=f"threshold-{role}-{number}"
        )
        for role in ("root", "targets", "timestamp")
        for number in (0, 1, 5, True)
    ],
    pytest.param(
        signed_root(threshold("targets", 2)), RosterMalformed, id="threshold-one-registrar-enough"
    ),
    *[
        pytest.param(endless(name), RosterMalformed, id=f"endless-{name}")
        for name in ("2.root.json", "timestamp.json")
    ],
]


@pytest.mark.parametrize(("attack", "refusal"), FORMS)
def test_another_form_is_refused(attack: Callable[[], Files], refusal: type[Refusal]) -> None:
    """One file has one form; good signatures do not make another one right."""
    refuses(attack(), refusal)


# ── Rubbish ──────────────────────────────────────────────────────────────────────────────────
NAMES = ("2.root.json", "timestamp.json")


@settings(deadline=None, max_examples=100)
@given(st.sampled_from(NAMES), st.binary(max_size=200) | st.text().map(str.encode))
def test_any_bytes_for_a_file_are_one_refusal(name: str, data: bytes) -> None:
    """Whatever the network sends, the answer is one refusal and the old roster."""
    refuses(second() | {name: data}, RosterMalformed)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@settings(deadline=None, max_examples=100)
@given(st.sampled_from(["_type", "version", "expires", "meta", "spec_version", "new"]), JSON)
def test_any_json_in_a_field_is_one_refusal(field: str, value: object) -> None:
    """A field that holds something else is refused before a signature is looked at."""
    made = json.loads(online(second(), Listed.of(2, second()["2.targets.json"]))["timestamp.json"])
    made["signed"][field] = value
    with pytest.raises((RosterMalformed, RosterMixed, RosterUnsigned)):
        trusted().update(second() | {"timestamp.json": compact(made)}, LATER)


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_a_flipped_byte_in_any_file_is_refused(data: st.DataObject) -> None:
    """Damage in one byte of any file is found."""
    files = second()
    held = first()
    name = data.draw(st.sampled_from(["timestamp.json", "2.snapshot.json", "2.targets.json"]))
    file = bytearray(files[name])
    file[data.draw(st.integers(0, len(file) - 1))] ^= data.draw(st.integers(1, 255))
    with pytest.raises((RosterMalformed, RosterMixed, RosterUnsigned)):
        held.update(files | {name: bytes(file)}, LATER)
