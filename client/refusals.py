"""What the client's floor refuses, besides what the lowest floor refuses.

This file knows the reasons that have to do with cases and the people who write them. Like
`keys.errors`, it refuses to carry what somebody wrote: a refusal names the question by its schema
word, never the answer. The sentences are in `client/locale/*.po`.
"""

from keys.errors import Distrusted, Malformed, OutOfTurn, Refused, Unreachable


# ── Refused: whoever wrote it can mend it ────────────────────────────────────────────────────
class NationalId(Refused):
    """A text holds eleven digits in the form of a national identity number."""

    code = "national_id"


class UnknownWord(Refused):
    """An answer is none of the `count` words that `field` takes."""

    code = "unknown_word"


class TextTooLong(Refused):
    """A text is longer than the `limit` characters that `field` takes."""

    code = "text_too_long"


class TooMany(Refused):
    """A list is longer than the `limit` lines that `field` takes."""

    code = "too_many"


class OddCharacter(Refused):
    """A text holds a control character, which could disguise what it says."""

    code = "odd_character"


class WrongAnswer(Refused):
    """An answer is not of the kind that `field` asks for: a date, a number, a text, a list."""

    code = "wrong_answer"


class MissingAnswer(Refused):
    """`field` is one of the few that cannot be left out."""

    code = "missing_answer"


class NoSuchPage(Refused):
    """The page for the person is not written in the language that was asked for."""

    code = "no_such_page"


class KeptTooLong(Refused):
    """The setting `field` would keep something longer than `limit` days, or not long enough."""

    code = "kept_too_long"


# ── Refused: consent, place and police (CONSENT.md) ──────────────────────────────────────────
class ConsentMissing(Refused):
    """Nobody has consented to this: the answer is no, was not asked for, or names nothing."""

    code = "consent_missing"


class ConsentWithdrawn(Refused):
    """The consent was taken back."""

    code = "consent_withdrawn"


class ConsentOtherRecipient(Refused):
    """The consent is for another centre."""

    code = "consent_other_recipient"


class PartNotThere(Refused):
    """A consented `part` is not in the case."""

    code = "part_not_there"


class PartNotShared(Refused):
    """The `part` that is to be taken back was not shared: nothing is taken back."""

    code = "part_not_shared"


class PartChanged(Refused):
    """What stands at `part` is another child or file than the one that was consented to."""

    code = "part_changed"


class NotSeen(Refused):
    """Something was written after what was shown, or after the yes, and nobody has looked at it."""

    code = "not_seen"


class AttachmentAlone(Refused):
    """The attachment `part` belongs to a part that was not consented to."""

    code = "attachment_alone"


class AttachmentMissing(Refused):
    """The file of the attachment `part` is not there."""

    code = "attachment_missing"


class Unsolicited(Refused):
    """It answers nothing that this member asked for, promised or sent."""

    code = "unsolicited"


class PlaceMissing(Refused):
    """No centre has said yes to a place for this case, or its yes is over."""

    code = "place_missing"


class DestinationPoliceMissing(Refused):
    """The police at the destination were not contacted, and the case does not say it is urgent."""

    code = "destination_police_missing"


class CodeNameTaken(Refused):
    """Another case on this desk has this code name."""

    code = "code_name_taken"


class OtherImport(Refused):
    """A case of that code name is here with other contents; neither is changed."""

    code = "other_import"


class NotInDirectory(Refused):
    """No member of that role has this name in the directory, or more than one has."""

    code = "not_in_directory"


class WrongDistrict(Refused):
    """The police district is not the one this goes to."""

    code = "wrong_district"


class NoBasis(Refused):
    """Nothing permits telling the police, or the person's answer speaks against it."""

    code = "no_basis"


class BasisNotConsent(Refused):
    """What the police were told does not rest on the person's consent: it cannot be taken back."""

    code = "basis_not_consent"


class ApprovalMissing(Refused):
    """Fewer than `count` different people have approved."""

    code = "approval_missing"


class LinesUnanswered(Refused):
    """Of `count` lines of a request, `limit` were answered for."""

    code = "lines_unanswered"


class LineAdded(Refused):
    """A reworded line says more, or another thing, than the line it replaces."""

    code = "line_added"


# ── Distrusted: the other side did not keep the rules ────────────────────────────────────────
class ConsentMismatch(Distrusted):
    """What came is not what its consent permits; nothing of it is shown."""

    code = "consent_mismatch"


class NotYours(Distrusted):
    """A member speaks of a package that is not between it and this member."""

    code = "not_yours"


class OtherAuditor(Distrusted):
    """The file has another auditor's key than the one whose fingerprint was typed."""

    code = "other_auditor"


class UnreadableImage(Refused):
    """A picture is damaged, too large, or cannot be made anew without what the camera wrote."""

    code = "unreadable_image"


class UnreadablePdf(Refused):
    """A PDF is damaged, locked, has layers, or holds what nobody can look into here."""

    code = "unreadable_pdf"


class UnknownFileKind(Refused):
    """The file is neither a JPEG, a PNG nor a PDF."""

    code = "unknown_file_kind"


# ── Malformed: the file is not in its form ───────────────────────────────────────────────────
class NotYaml(Malformed):
    """The file is not YAML, or not UTF-8; `line` is where reading stopped."""

    code = "not_yaml"


class NotJson(Malformed):
    """The file is not one JSON object in UTF-8 with whole numbers only."""

    code = "not_json"


class NotOurJson(Malformed):
    """The JSON is no case as this program exports it."""

    code = "not_our_json"


class YamlTrick(Malformed):
    """An anchor, an alias, a tag or a second document, none of which a case needs."""

    code = "yaml_trick"


# ── Out of turn ──────────────────────────────────────────────────────────────────────────────
class ConsentEnded(OutOfTurn):
    """The consent's last day, `day`, has passed, or its first has not come."""

    code = "consent_ended"


class StaleSync(OutOfTurn):
    """The boards were last read more than `seconds` ago: a withdrawal may be waiting there."""

    code = "stale_sync"


class NotReleased(OutOfTurn):
    """It waits for arrival: there is no code, and the sender has not said that the person came."""

    code = "not_released"


class Recused(OutOfTurn):
    """Whoever has unlocked keeps out of this case, because they know somebody in it."""

    code = "recused"


class KeyStopped(OutOfTurn):
    """The member it goes to read out other digits than the register's, by telephone."""

    code = "key_stopped"


class KeyChanged(OutOfTurn):
    """The member it goes to has a new key, and nobody has compared it by telephone."""

    code = "key_changed"


class NotLeader(OutOfTurn):
    """Only a leader may do or decide this alone."""

    code = "not_leader"


class NoSuchStaff(OutOfTurn):
    """Nobody of the staff has that name in the lock."""

    code = "no_such_staff"


class NoDeskHost(OutOfTurn):
    """This machine has no name yet under which other PCs could find its desk."""

    code = "no_desk_host"


class NoTrail(OutOfTurn):
    """Nothing has been written for an auditor yet."""

    code = "no_trail"


class UnknownPc(OutOfTurn):
    """No PC of that name is enrolled here, or it is not enrolled any more."""

    code = "unknown_pc"


class PcTaken(OutOfTurn):
    """A PC of that name is enrolled already."""

    code = "pc_taken"


class DeskRunning(OutOfTurn):
    """A desk of this member is open already."""

    code = "desk_running"


class NewerPart(OutOfTurn):
    """A later program wrote `part`; it can be opened here when this program is updated."""

    code = "newer_part"


class WrongState(OutOfTurn):
    """This step does not belong in the state that the transfer is in."""

    code = "wrong_state"


# ── Unreachable ──────────────────────────────────────────────────────────────────────────────
class ProxyGone(Unreachable):
    """The proxy before the broker does not answer, or lets nothing through."""

    code = "proxy_gone"


class ServiceGone(Unreachable):
    """The service of this user does not run."""

    code = "service_gone"


class ServiceFault(Unreachable):
    """The service met a fault of its own while it carried this out."""

    code = "service_fault"
