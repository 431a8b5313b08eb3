"""The vocabulary of refusals: five families, one leaf for each reason.

This file knows every reason that can cross a floor or the wire, and its HTTP status. It refuses
to carry case data: a refusal holds a code, whether anything left the machine, and numbers or
schema words from a closed list, never a value that somebody typed. The sentences people read
are in the catalogues (`locale/*.po`), one for each code and language.

Source: the design's principle «refusals are a vocabulary» (sigstore's diagnostics, h11's blame).
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import ClassVar, Final


class Sent(StrEnum):
    """Whether anything left this machine before the refusal."""

    NOTHING = "nothing"
    MAYBE = "maybe"
    YES = "yes"


FACTS: Final[Mapping[str, type[int] | type[str]]] = MappingProxyType(
    {
        "field": str,  # a schema word, such as `threat.weapons`; never what somebody wrote in it
        "part": str,  # a part's schema word
        "board": str,
        "kind": str,
        "limit": int,
        "count": int,
        "tries": int,
        "seconds": int,
        "day": int,
        "version": int,
        "line": int,
        "offset": int,
    }
)
"""The only details a refusal may carry, and their types."""

_SCHEMA_WORD: Final = re.compile(r"[a-z0-9][a-z0-9_.-]{0,79}")
# What somebody wrote has capitals, spaces or other letters sooner or later; a schema word never
# does. So the first test that lets typed text into a refusal fails, and no log shows a name.


class Refusal(Exception):  # noqa: N818 - a refusal is an answer, not an accident
    """The root of the vocabulary. Only leaves are raised.

    Args:
        sent: whether anything left this machine.
        facts: details from `FACTS`; anything else is a programming error.
    """

    code: ClassVar[str] = ""

    def __init__(self, *, sent: Sent = Sent.NOTHING, **facts: int | str) -> None:
        for name, value in facts.items():
            kind = FACTS.get(name)
            if kind is None or not isinstance(value, kind):
                raise TypeError(name)
            if isinstance(value, str) and not _SCHEMA_WORD.fullmatch(value):
                raise TypeError(name)
        super().__init__(self.code)
        self.sent = sent
        self.facts: Mapping[str, int | str] = MappingProxyType(dict(facts))


class Refused(Refusal):
    """A rule says no; the worker can act on it."""


class Distrusted(Refusal):
    """Something is not what it claims to be; stop and call."""


class Malformed(Refusal):
    """The bytes do not have the form; drop them."""


class OutOfTurn(Refusal):
    """Right, but too late, too early or twice."""


class Unreachable(Refusal):
    """The other side, or a resource, is not there; try again."""


FAMILIES: Final = (Refused, Distrusted, Malformed, OutOfTurn, Unreachable)


# ── Malformed ────────────────────────────────────────────────────────────────────────────────
class NotMsgpack(Malformed):
    """The bytes are not one msgpack value (ENVELOPE E-1)."""

    code = "not_msgpack"


class TrailingBytes(Malformed):
    """Bytes follow the value."""

    code = "trailing_bytes"


class DuplicateKey(Malformed):
    """A map names a key twice."""

    code = "duplicate_key"


class ForbiddenType(Malformed):
    """A float, an extension type or a non-text key, none of which the format has."""

    code = "forbidden_type"


class OverLong(Malformed):
    """Longer or deeper than its clause allows."""

    code = "over_long"


class WrongShape(Malformed):
    """A field is missing, extra, of another type or out of range."""

    code = "wrong_shape"


class WrongSize(Malformed):
    """A cell is not of its class's exact size."""

    code = "wrong_size"


class UnknownVersion(Malformed):
    """A newer or foreign version; the program is too old to judge it, so it refuses."""

    code = "unknown_version"


class UnknownKind(Malformed):
    """A message kind this version does not have."""

    code = "unknown_kind"


class UnknownField(Malformed):
    """A field this version does not have; unknown fields refuse, they are never skipped."""

    code = "unknown_field"


class BadPadding(Malformed):
    """Padding that is not all zero, or of the wrong length."""

    code = "bad_padding"


class BlobListMismatch(Malformed):
    """The signed manifest and the outer layer do not list the same blobs."""

    code = "blob_list_mismatch"


class Truncated(Malformed):
    """The bytes end too early."""

    code = "truncated"


class CodeSlip(Malformed):
    """An arrival code whose check character does not fit: a slip of the pen, not a wrong code."""

    code = "code_slip"


# ── Distrusted ───────────────────────────────────────────────────────────────────────────────
class BadSignature(Distrusted):
    """A signature does not verify, or one of the two required halves does not."""

    code = "bad_signature"


class UnknownMember(Distrusted):
    """The roster has no such member."""

    code = "unknown_member"


class RevokedMember(Distrusted):
    """The roster says this member was revoked."""

    code = "revoked_member"


class BadCertificate(Distrusted):
    """A machine key's certificate is missing, expired or not by its member."""

    code = "bad_certificate"


class Damaged(Distrusted):
    """Sealed bytes do not open: an authentication tag fails."""

    code = "damaged"


class CommitmentMismatch(Distrusted):
    """The key or bytes are not those that the signed manifest commits to."""

    code = "commitment_mismatch"


class WrongRecipient(Distrusted):
    """The signed body names another recipient: somebody sealed it anew."""

    code = "wrong_recipient"


class WrongChannel(Distrusted):
    """The signed body names another board than the one it came on."""

    code = "wrong_channel"


class KeyMismatch(Distrusted):
    """The signed body names another key than the one that opened it."""

    code = "key_mismatch"


class RosterUnsigned(Distrusted):
    """Too few good signatures on a part of the roster."""

    code = "roster_unsigned"


class RosterRollback(Distrusted):
    """An older version than one already trusted."""

    code = "roster_rollback"


class RosterExpired(Distrusted):
    """A part of the roster is past its expiry."""

    code = "roster_expired"


class RosterMixed(Distrusted):
    """Parts that do not belong together: a hash, length or version is not the one listed."""

    code = "roster_mixed"


class RosterPin(Distrusted):
    """The first root is not the one printed on the enrolment letter."""

    code = "roster_pin"


class RosterMalformed(Distrusted):
    """A part of the roster is not in its form."""

    code = "roster_malformed"


class FingerprintMismatch(Distrusted):
    """The words heard by telephone are not those of the keys that were sent."""

    code = "fingerprint_mismatch"


class CheckpointForked(Distrusted):
    """Two signed checkpoints that cannot both be true: the broker shows different boards."""

    code = "checkpoint_forked"


class CheckpointRewound(Distrusted):
    """A board shorter than one already seen."""

    code = "checkpoint_rewound"


class CellMissing(Distrusted):
    """A cell that was acknowledged is not in the leaf list within two batches."""

    code = "cell_missing"


class BatchMismatch(Distrusted):
    """A batch's bytes are not those its checkpoint commits to."""

    code = "batch_mismatch"


class BadToken(Distrusted):
    """A token that its class's issuer did not sign."""

    code = "bad_token"


class BadProof(Distrusted):
    """A read proof that its member did not sign, or for another request."""

    code = "bad_proof"


# ── Out of turn ──────────────────────────────────────────────────────────────────────────────
class Replayed(OutOfTurn):
    """Already opened once."""

    code = "replayed"


class Expired(OutOfTurn):
    """Past its last day."""

    code = "expired"


class NotYet(OutOfTurn):
    """Before its first day, or before arrival."""

    code = "not_yet"


class ProofStale(OutOfTurn):
    """A read proof outside the minutes in which it counts: is this machine's clock right?"""

    code = "proof_stale"


class ProofReplayed(OutOfTurn):
    """A read proof that was used before."""

    code = "proof_replayed"


class DoubleSpend(OutOfTurn):
    """The token was spent on another cell."""

    code = "double_spend"


class WaitBeforeTrying(OutOfTurn):
    """Too many wrong passphrases; the next try is open after `seconds`."""

    code = "wait_before_trying"


class WrongOffset(OutOfTurn):
    """An upload continues at `offset`, not where this piece begins."""

    code = "wrong_offset"


# ── Refused ──────────────────────────────────────────────────────────────────────────────────
class WrongBoard(Refused):
    """This role may not use that board."""

    code = "wrong_board"


class WrongRole(Refused):
    """This kind of message does not go between these roles."""

    code = "wrong_role"


class WrongTokenClass(Refused):
    """The token is for another board or cell class."""

    code = "wrong_token_class"


class QuotaSpent(Refused):
    """This member has had its tokens of that class for the day."""

    code = "quota_spent"


class NotHere(Refused):
    """Missing, expired or denied: one answer, so that asking tells nothing."""

    code = "not_here"


class TooLarge(Refused):
    """It does not fit in the largest class: split it, or carry it."""

    code = "too_large"


class Locked(Refused):
    """The staff lock is closed."""

    code = "locked"


class WrongPassphrase(Refused):
    """The passphrase opens no slot. `tries` are left before a wait."""

    code = "wrong_passphrase"


class WeakPassphrase(Refused):
    """The passphrase is shorter than `limit` characters."""

    code = "weak_passphrase"


class SlotTaken(Refused):
    """A staff member of that name already has a slot."""

    code = "slot_taken"


class LastSlot(Refused):
    """The last slot cannot be removed: nobody could open the store."""

    code = "last_slot"


class WrongCode(Refused):
    """A well-formed arrival code that does not open this package."""

    code = "wrong_code"


class BelowThreshold(Refused):
    """Fewer holders than the rule demands have signed."""

    code = "below_threshold"


class ForeignKey(Refused):
    """These keys have no part in what is to be signed."""

    code = "foreign_key"


class AlreadyThere(Refused):
    """Something of that name exists and is never overwritten."""

    code = "already_there"


class UnsafeFile(Refused):
    """A secret file that others may read; nothing is read from it."""

    code = "unsafe_file"


class InstanceReused(Refused):
    """A restored store never answers under a name it had before (PROTOCOL P-11.6)."""

    code = "instance_reused"


class BadSettings(Refused):
    """A setting is unknown, missing or out of range."""

    code = "bad_settings"


# ── Unreachable ──────────────────────────────────────────────────────────────────────────────
class BrokerGone(Unreachable):
    """No answer from the broker."""

    code = "broker_gone"


class BrokerFault(Unreachable):
    """The broker met something it has no word for; nothing was acknowledged."""

    code = "broker_fault"


class BrokerBusy(Unreachable):
    """The broker has too much to write; try again after `seconds`."""

    code = "broker_busy"


class DiskFull(Unreachable):
    """No room to write; nothing was acknowledged."""

    code = "disk_full"


class NoMemory(Unreachable):
    """Too little memory for the work that a passphrase or code is made to cost."""

    code = "no_memory"


class NoKeys(Unreachable):
    """The recipient has published no keys for today: it cannot receive yet; call."""

    code = "no_keys"


class OutOfTokens(Unreachable):
    """No tokens of that class are left; new ones come on `day`."""

    code = "out_of_tokens"


class SigningFault(Unreachable):
    """A signature failed the signer's own check; nothing of it was given out."""

    code = "signing_fault"


class StoreDamaged(Unreachable):
    """A store on this machine cannot be read as it was written."""

    code = "store_damaged"


class StoreInUse(Unreachable):
    """Another process on this machine holds the store open."""

    code = "store_in_use"


_BY_FAMILY: Final[Mapping[type[Refusal], int]] = MappingProxyType(
    {Refused: 403, Distrusted: 403, Malformed: 400, OutOfTurn: 409, Unreachable: 503}
)
_BY_LEAF: Final[Mapping[type[Refusal], int]] = MappingProxyType(
    {NotHere: 404, WrongSize: 413, TooLarge: 413, QuotaSpent: 429, DiskFull: 507, ProofStale: 401}
)


def leaves(root: type[Refusal] = Refusal) -> tuple[type[Refusal], ...]:
    """Return every leaf below `root` that is loaded, in order of definition."""
    below = root.__subclasses__()
    if not below:
        return (root,)
    return tuple(leaf for child in below for leaf in leaves(child))


def http_status(leaf: type[Refusal]) -> int:
    """Return the HTTP status of a refusal: its own where it has one, else its family's."""
    own = _BY_LEAF.get(leaf)
    if own is not None:
        return own
    return next(status for family, status in _BY_FAMILY.items() if issubclass(leaf, family))


def by_code(code: str) -> type[Refusal] | None:
    """Return the leaf with that stable code, or None when this version has none."""
    return next((leaf for leaf in leaves() if leaf.code == code), None)
