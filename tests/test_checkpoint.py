"""Promises of the tree and its checkpoints: everybody is shown one history, and it only grows."""

import base64
import json
from hashlib import sha256
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keys import signednote
from keys.address import Board, CellClass, CellHash
from keys.checkpoint import (
    LEAF_BYTES,
    Checkpoint,
    Frontier,
    Root,
    agrees,
    check_newer,
    extend,
    follow,
    hash_leaf,
    leaf_hash,
    leaf_record,
    origin_of,
    parse_and_verify,
    records,
    same_history,
)
from keys.errors import (
    BadSignature,
    BatchMismatch,
    CheckpointForked,
    CheckpointRewound,
    OverLong,
    Refusal,
    WrongChannel,
    WrongShape,
)

PUBLISHED: Final = Path(__file__).parent / "vectors/published"
RFC6962: Final = json.loads((PUBLISHED / "rfc6962-roots.json").read_text())
SIGNED_NOTE: Final[dict[str, str]] = json.loads((PUBLISHED / "c2sp-signed-note.json").read_text())

SEED: Final = bytes(range(32))
OTHER_SEED: Final = bytes(range(1, 33))
PUBLIC: Final = signednote.public_of(SEED)
ORIGIN: Final = origin_of("folge.example", Board.CENTRE)


def record(number: int, cls: CellClass = CellClass.NOTE) -> bytes:
    """Return the record of a made-up cell."""
    return leaf_record(cls, CellHash(sha256(number.to_bytes(8, "big")).digest()))


def batch(*numbers: int) -> bytes:
    """Return the leaf list of a batch of notes."""
    return b"".join(sorted(map(record, numbers)))


def signed(after: Frontier, number: int = 0) -> Checkpoint:
    """Return an honest broker's checkpoint of a board."""
    return Checkpoint(ORIGIN, after.size, after.root, number)


FIRST: Final = batch(*range(5))
SECOND: Final = batch(*range(5, 12))
ONE: Final = extend(Frontier(), FIRST)
TWO: Final = extend(ONE, SECOND)


# ── The tree ─────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("size", range(9))
def test_the_roots_are_the_published_ones(size: int) -> None:
    """The standard's eight leaves give the roots that others have published."""
    tree = Frontier()
    for leaf in RFC6962["leaves"][:size]:
        tree = tree.append(hash_leaf(bytes.fromhex(leaf)))
    assert (tree.size, tree.root.hex()) == (size, RFC6962["roots"][size])


def as_defined(hashes: list[bytes]) -> bytes:
    """Return the root as RFC 6962 § 2.1 defines it: split at the largest power of two."""
    if len(hashes) <= 1:
        return hashes[0] if hashes else sha256().digest()
    split = 1 << (len(hashes) - 1).bit_length() - 1
    return sha256(b"\1" + as_defined(hashes[:split]) + as_defined(hashes[split:])).digest()


@settings(deadline=None, max_examples=60)
@given(numbers=st.sets(st.integers(0, 10**6), max_size=70), cut=st.integers(0, 70))
def test_growing_and_building_give_the_same_tree(numbers: set[int], cut: int) -> None:
    """A tree that grew batch by batch is the tree built at once, and fits in few hashes."""
    leaves = batch(*numbers)
    grown = extend(
        extend(Frontier(), leaves[: cut * LEAF_BYTES]),
        leaves[cut * LEAF_BYTES :],
    )
    one_by_one = Frontier()
    for each in records(leaves):
        one_by_one = one_by_one.append(hash_leaf(each))
    assert grown == one_by_one == Frontier.decode(grown.encode())
    assert grown.root == as_defined([hash_leaf(each) for each in records(leaves)])
    assert len(grown.hashes) == len(numbers).bit_count()


def test_a_leaf_is_class_and_hash() -> None:
    """Two cells with the same bytes and another class are two leaves."""
    cell = CellHash(sha256(b"cell").digest())
    assert leaf_record(CellClass.M, cell) == b"\2" + cell
    assert leaf_hash(CellClass.M, cell) == sha256(b"\0\2" + cell).digest()
    assert leaf_hash(CellClass.M, cell) != leaf_hash(CellClass.S, cell)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        ONE.encode()[:-1],
        ONE.encode() + bytes(32),
        (6).to_bytes(8, "big") + bytes(3 * 32),
        (7).to_bytes(8, "big") + bytes(2 * 32),
        bytes(8) + bytes(32),
        (1 << 63).to_bytes(8, "big") + bytes(32),
        bytes(7),
    ],
    ids=[
        "nothing",
        "cut",
        "one-hash-more",
        "too-many-for-six",
        "too-few-for-seven",
        "empty-with-hash",
        "too-large",
        "half-a-size",
    ],
)
def test_a_frontier_that_does_not_add_up_is_refused(data: bytes) -> None:
    """A tree has one hash for each 1 in its size, neither more nor fewer."""
    with pytest.raises(WrongShape):
        Frontier.decode(data)


@settings(deadline=None, max_examples=150)
@given(data=st.binary(max_size=120))
def test_any_bytes_are_a_frontier_or_refused(data: bytes) -> None:
    """No bytes make the parser do anything but answer."""
    try:
        tree = Frontier.decode(data)
    except WrongShape:
        return
    assert tree.encode() == data


@pytest.mark.parametrize(
    "leaves",
    [
        FIRST[:-1],
        FIRST + b"\0",
        FIRST[LEAF_BYTES:] + FIRST[:LEAF_BYTES],
        FIRST[:LEAF_BYTES] + FIRST,
        record(1, CellClass.S) + record(2, CellClass.NOTE),
        b"\5" + bytes(32),
        b"\xff" * LEAF_BYTES,
    ],
    ids=["cut", "one-byte-more", "disorder", "twice", "class-disorder", "class-5", "class-255"],
)
def test_a_leaf_list_out_of_order_is_refused(leaves: bytes) -> None:
    """A batch has one order, so that it has one root and shows no times."""
    with pytest.raises(BatchMismatch):
        extend(Frontier(), leaves)


@settings(deadline=None, max_examples=150)
@given(leaves=st.binary(max_size=3 * LEAF_BYTES) | st.permutations([FIRST, SECOND]).map(b"".join))
def test_any_bytes_are_a_leaf_list_or_refused(leaves: bytes) -> None:
    """No leaf list makes the reader do anything but answer."""
    try:
        found = records(leaves)
    except BatchMismatch:
        return
    assert b"".join(found) == leaves


# ── The signed text ──────────────────────────────────────────────────────────────────────────
def test_a_signed_note_is_the_published_one() -> None:
    """The example in the form's first implementation comes out byte for byte, both ways."""
    name, text, note = (SIGNED_NOTE[key] for key in ("name", "text", "note"))
    seed, public = (bytes.fromhex(SIGNED_NOTE[key]) for key in ("seed", "public"))
    assert signednote.sign(text, name, seed) == note
    assert signednote.open_(note, name, public) == text
    assert signednote.key_id(name, public).hex() == SIGNED_NOTE["key_id"]


def test_a_checkpoint_is_these_very_lines() -> None:
    """Origin, size, root, batch: anybody's checkpoint reader can read it."""
    text = Checkpoint(ORIGIN, 20_852_163, Root(bytes(32)), 7).sign(SEED)
    key = sha256(ORIGIN.encode() + b"\n\1" + PUBLIC).digest()[:4]
    lines = text.split("\n")
    assert lines[:5] == [
        "folge.example/centre",
        "20852163",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        "batch 7",
        "",
    ]
    assert lines[5].startswith("— folge.example/centre ")
    assert base64.b64decode(lines[5].split(" ")[2])[:4] == key
    assert lines[6:] == [""]


@settings(deadline=None, max_examples=60)
@given(
    board=st.sampled_from(Board),
    size=st.integers(0, 2**63 - 1),
    root=st.binary(min_size=32, max_size=32),
    number=st.integers(0, 2**63 - 1),
)
def test_what_is_signed_is_read(board: Board, size: int, root: bytes, number: int) -> None:
    """Any checkpoint comes back as it was signed."""
    said = Checkpoint(origin_of("folge.example", board), size, Root(root), number)
    assert parse_and_verify(said.sign(SEED), PUBLIC, said.origin) == said


GOOD: Final = signed(TWO, 2)
ROOT64: Final = base64.b64encode(TWO.root).decode()


@pytest.mark.parametrize(
    "text",
    [
        f"{ORIGIN}\n012\n{ROOT64}\nbatch 2\n",
        f"{ORIGIN}\n+12\n{ROOT64}\nbatch 2\n",
        f"{ORIGIN}\n١٢\n{ROOT64}\nbatch 2\n",
        f"{ORIGIN}\n-1\n{ROOT64}\nbatch 2\n",
        f"{ORIGIN}\n{1 << 63}\n{ROOT64}\nbatch 2\n",
        f"{ORIGIN}\n{'9' * 5_000}\n{ROOT64}\nbatch 2\n",
        f"{ORIGIN}\n12\n{ROOT64[:-1]}\nbatch 2\n",
        f"{ORIGIN}\n12\n{ROOT64} \nbatch 2\n",
        f"{ORIGIN}\n12\nAAAA\nbatch 2\n",
        f"{ORIGIN}\n12\n{ROOT64}\n",
        f"{ORIGIN}\n12\n{ROOT64}\nbatch 02\n",
        f"{ORIGIN}\n12\n{ROOT64}\nbatch  2\n",
        f"{ORIGIN}\n12\n{ROOT64}\nbatch {1 << 63}\n",
        f"{ORIGIN}\n12\n{ROOT64}\nbatch 2\nbatch 3\n",
        f"{ORIGIN}\n12\n{ROOT64}\nbatch 2\ntime 5\n",
        f"{ORIGIN}\n12\n{ROOT64}\ntime 5\n",
        f"{ORIGIN}\n12\n{ROOT64}\n\nbatch 2\n",
        f"\n{ORIGIN}\n12\n{ROOT64}\nbatch 2\n",
        "12\n",
    ],
    ids=[
        "leading-zero",
        "sign",
        "other-digits",
        "negative",
        "too-large",
        "endless-number",
        "root-unpadded",
        "root-space",
        "root-short",
        "no-batch",
        "batch-leading-zero",
        "batch-two-spaces",
        "batch-too-large",
        "two-batches",
        "one-more-line",
        "another-line",
        "empty-line",
        "begins-empty",
        "one-line",
    ],
)
def test_another_form_is_refused_though_signed(text: str) -> None:
    """A checkpoint has four lines of one form, also when the right key signed others."""
    with pytest.raises(WrongShape):
        parse_and_verify(signednote.sign(text, ORIGIN, SEED), PUBLIC, ORIGIN)


SIGNED: Final = GOOD.sign(SEED)
LINE: Final = SIGNED.split("\n\n")[1]


@pytest.mark.parametrize(
    "note",
    [
        "",
        "\n\n",
        f"\n\n{LINE}",
        GOOD.text,
        GOOD.text + LINE,
        GOOD.text + "\n",
        SIGNED.replace("\n", "\r\n"),
        SIGNED[:-1],
        SIGNED + "\n",
        SIGNED + "x\n",
        SIGNED + LINE,
        SIGNED.replace("— ", "- "),
        SIGNED.replace("— ", "—"),
        SIGNED.replace("— ", "—  "),
        SIGNED[:-1] + " \n",
        SIGNED.replace(ORIGIN + " ", "folge+example/centre "),
        SIGNED.replace(ORIGIN + " ", "folge\u00a0example "),
        SIGNED + "— witness.example AAAA\n",
        SIGNED + "— witness.example AAAAAA=\n",
        SIGNED + "— witness.example !!!!!!!!\n",
        SIGNED + "\t\n",
        SIGNED.replace("batch", "batch\0"),
        SIGNED.replace("batch", "batch\ud800"),
    ],
    ids=[
        "nothing",
        "blank",
        "no-text",
        "no-signature",
        "no-blank-line",
        "no-line",
        "crlf",
        "no-last-newline",
        "empty-line-after",
        "junk-after",
        "signed-twice",
        "hyphen",
        "no-space",
        "two-spaces",
        "trailing-space",
        "plus-in-name",
        "space-in-name",
        "key-id-alone",
        "unpadded-by-others",
        "no-base64-by-others",
        "tab",
        "nul",
        "surrogate",
    ],
)
def test_what_is_no_signed_note_is_refused(note: str) -> None:
    """A note has one form: text, blank line, signature lines, each ending in a newline."""
    with pytest.raises(WrongShape):
        parse_and_verify(note, PUBLIC, ORIGIN)


@pytest.mark.parametrize(
    "note",
    [
        SIGNED.replace("12\n", "13\n", 1),
        SIGNED.replace("batch 2", "batch 3"),
        GOOD.sign(OTHER_SEED),
        SIGNED.replace("— folge.example/centre", "— folge.example/police"),
        GOOD.text + "\n" + Checkpoint(ORIGIN, 0, TWO.root, 2).sign(SEED).split("\n\n")[1],
        GOOD.text
        + f"\n— {ORIGIN} "
        + base64.b64encode(signednote.key_id(ORIGIN, PUBLIC) + bytes(63)).decode()
        + "\n",
    ],
    ids=["size", "batch", "another-key", "another-name", "anothers-signature", "63-bytes"],
)
def test_a_forged_checkpoint_is_refused(note: str) -> None:
    """Nothing in a checkpoint can be changed, and no other key can speak for the broker."""
    with pytest.raises(BadSignature):
        parse_and_verify(note, PUBLIC, ORIGIN)


def test_a_checkpoint_of_another_board_is_refused() -> None:
    """The police board's checkpoint cannot stand in for the centre board's."""
    police = origin_of("folge.example", Board.POLICE)
    with pytest.raises(BadSignature):
        parse_and_verify(Checkpoint(police, 0, TWO.root, 0).sign(SEED), PUBLIC, ORIGIN)
    crossed = signednote.sign(Checkpoint(police, 12, TWO.root, 2).text, ORIGIN, SEED)
    with pytest.raises(WrongChannel):
        parse_and_verify(crossed, PUBLIC, ORIGIN)


def test_witnesses_may_sign_beside_the_broker() -> None:
    """Lines by keys we do not know are passed over, sixteen of them and before ours too."""
    unknown = [f"— witness.example/{n} {base64.b64encode(bytes(68)).decode()}\n" for n in range(16)]
    same_name = f"— {ORIGIN} {base64.b64encode(bytes(68)).decode()}\n"
    note = f"{GOOD.text}\n{same_name}{''.join(unknown[:8])}{LINE}{''.join(unknown[8:])}"
    assert parse_and_verify(note, PUBLIC, ORIGIN) == GOOD


def test_an_endless_note_is_refused() -> None:
    """A note that would fill the memory is refused before it is read."""
    with pytest.raises(OverLong):
        parse_and_verify(SIGNED + "x" * signednote.LIMIT, PUBLIC, ORIGIN)


@settings(deadline=None, max_examples=200)
@given(
    note=st.text(max_size=120)
    | st.tuples(st.integers(0, len(SIGNED)), st.text(max_size=3)).map(
        lambda cut: SIGNED[: cut[0]] + cut[1] + SIGNED[cut[0] + 1 :]
    )
)
def test_any_text_is_the_signed_checkpoint_or_refused(note: str) -> None:
    """No text makes the parser do anything but answer, and no change passes."""
    try:
        found = parse_and_verify(note, PUBLIC, ORIGIN)
    except Refusal:
        return
    assert (found, note) == (GOOD, SIGNED)


@pytest.mark.parametrize(
    ("text", "name", "seed"),
    [
        ("a\n", "two words", SEED),
        ("a\n", "", SEED),
        ("a\n", "a+b", SEED),
        ("a", ORIGIN, SEED),
        ("a\r\n", ORIGIN, SEED),
        ("a\n", ORIGIN, SEED[1:]),
    ],
    ids=["space", "nameless", "plus", "no-newline", "carriage-return", "short-seed"],
)
def test_what_would_be_no_note_is_not_signed(text: str, name: str, seed: bytes) -> None:
    """The signer makes nothing that a reader would refuse."""
    with pytest.raises(WrongShape):
        signednote.sign(text, name, seed)


# ── Can both be true? ────────────────────────────────────────────────────────────────────────
@settings(deadline=None, max_examples=60)
@given(sizes=st.lists(st.integers(0, 9), min_size=1, max_size=6), data=st.data())
def test_an_honest_board_never_alarms(sizes: list[int], data: st.DataObject) -> None:
    """Whatever a reader remembers of an honest board agrees with all that follows."""
    trees, lists = [Frontier()], list[bytes]()
    for at, size in enumerate(sizes):
        lists.append(batch(*range(100 * at, 100 * at + size)))
        trees.append(extend(trees[-1], lists[-1]))
    known = {tree.size: tree.root for tree in trees}
    last = signed(trees[-1])
    for tree in trees:
        assert agrees(tree.size, tree.root, known)
        check_newer(tree.size, tree.root, last)
    inside = data.draw(st.integers(trees[-2].size, trees[-1].size))
    seen = extend(trees[-2], lists[-1][: (inside - trees[-2].size) * LEAF_BYTES])
    assert same_history(seen.size, seen.root, trees[-2], lists[-1], last) == trees[-1]
    assert follow(trees[-2], lists[-1], last) == trees[-1]


def test_a_shortened_board_is_seen() -> None:
    """A board that lost cells since last time is refused as such."""
    with pytest.raises(CheckpointRewound):
        check_newer(TWO.size, TWO.root, signed(ONE))
    with pytest.raises(CheckpointRewound):
        same_history(TWO.size, TWO.root, Frontier(), FIRST, signed(ONE))


OTHER_ONE: Final = extend(Frontier(), batch(*range(20, 25)))
OTHER_TWO: Final = extend(OTHER_ONE, SECOND)


@pytest.mark.parametrize(
    ("seen", "before", "leaves", "after"),
    [
        (OTHER_ONE, ONE, SECOND, TWO),
        (ONE, OTHER_ONE, SECOND, OTHER_TWO),
        (OTHER_TWO, ONE, SECOND, TWO),
        (extend(ONE, batch(*range(30, 33))), ONE, SECOND, TWO),
    ],
    ids=["another-past", "moved-to-another-past", "same-size", "another-batch"],
)
def test_a_forked_board_is_seen(
    seen: Frontier, before: Frontier, leaves: bytes, after: Frontier
) -> None:
    """Two signed accounts that cannot both be true are told apart from damage."""
    with pytest.raises(CheckpointForked):
        same_history(seen.size, seen.root, before, leaves, signed(after))


def test_the_same_size_with_another_root_is_a_fork() -> None:
    """Two checkpoints of one size have one root."""
    with pytest.raises(CheckpointForked):
        check_newer(TWO.size, TWO.root, signed(OTHER_TWO))


@pytest.mark.parametrize(
    ("before", "leaves"),
    [
        (ONE, FIRST),
        (ONE, batch(*range(5, 11))),
        (ONE, batch(*range(6, 13))),
        (ONE, b""),
        (Frontier(), SECOND),
        (OTHER_ONE, SECOND),
    ],
    ids=["another-batch", "a-cell-less", "a-cell-exchanged", "no-cells", "no-past", "another-past"],
)
def test_a_batch_that_its_checkpoint_does_not_sign_is_refused(
    before: Frontier, leaves: bytes
) -> None:
    """A dropped, added or exchanged cell does not fit the signed root."""
    with pytest.raises(BatchMismatch):
        follow(before, leaves, signed(TWO))


def test_a_gap_in_the_history_is_seen() -> None:
    """A batch that begins after what is remembered proves nothing about what lies between."""
    third = extend(TWO, batch(*range(12, 14)))
    with pytest.raises(BatchMismatch):
        same_history(ONE.size, ONE.root, TWO, batch(*range(12, 14)), signed(third))


KNOWN: Final = {ONE.size: ONE.root, TWO.size: TWO.root}


@pytest.mark.parametrize(
    ("size", "root"),
    [(ONE.size, TWO.root), (TWO.size, ONE.root), (ONE.size + 1, ONE.root)],
    ids=["another-root", "another-last-root", "where-no-batch-ended"],
)
def test_what_another_member_saw_betrays_a_fork(size: int, root: Root) -> None:
    """The first honest pair that compares notes catches a broker with two boards."""
    with pytest.raises(CheckpointForked):
        agrees(size, root, KNOWN)


@pytest.mark.parametrize("size", [0, ONE.size - 1, TWO.size + 1])
def test_what_lies_outside_our_memory_is_not_judged(size: int) -> None:
    """Older or newer than what we followed is neither right nor wrong."""
    assert not agrees(size, Root(bytes(32)), KNOWN)
    assert not agrees(size, Root(bytes(32)), {})
