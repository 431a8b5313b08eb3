"""The closed words that people answer with, at the keyboard and in the browser alike.

This file knows the lists of which a message may hold one word, and nothing of the messages: what
each word means to whom it goes is in their own files. It refuses free text, which could be about
somebody, and it refuses to read a case.
"""

from enum import StrEnum
from typing import Final

READ: Final = "astray_read"
"""The task at which it is asked who read what was not meant for the centre that opened it."""


class AnswerValue(StrEnum):
    """What a centre says to a question about a place (CONSENT C-4.2)."""

    YES = "yes"
    YES_FROM = "yes_from"
    PHONE_ME = "phone_me"
    NO = "no"


class NoReason(StrEnum):
    """Why not, now. None of them concerns a person, and there is no free text."""

    FULL = "full"
    UNSAFE_HERE = "unsafe_here"
    CANNOT_MEET_ACCESS_NEED_NOW = "cannot_meet_access_need_now"


class Help(StrEnum):
    """What a centre offers that knows no other centre to suggest."""

    WE_HELP_TO_FIND = "we_help_to_find"


class LineChoice(StrEnum):
    """What the home district does with one line of a request (C-7)."""

    KEEP = "keep"
    REMOVE = "remove"
    REWORD = "reword"


class DeclineReason(StrEnum):
    """Why a district declines; none of them concerns the person."""

    NOT_NECESSARY = "not_necessary"
    ALREADY_NOTIFIED = "already_notified"
    NEED_TO_TALK = "need_to_talk"


class ViewWord(StrEnum):
    """What the district of the new place says of it to the home district."""

    NO_KNOWN_LINKS = "no_known_links"
    ADVISE_AGAINST = "advise_against"
    WILL_CALL = "will_call"


class PlaceWord(StrEnum):
    """What the home district says to the centre that asked about a new place (C-5.2)."""

    CONTACTED_NO_KNOWN_LINKS = "contacted_no_known_links"
    CONTACTED_ADVISE_AGAINST = "contacted_advise_against"
    CONTACTED_WILL_CALL = "contacted_will_call"
    COULD_NOT_CONTACT = "could_not_contact"


class SheetName(StrEnum):
    """What can be printed of a case; a single child's page goes by the part, `child.2`."""

    CARD = "card"
    CASE = "case"
    COPY = "copy"
    CHILDREN = "children"
    DIGITAL = "digital"
    CHECKLIST = "checklist"
    JOURNAL = "journal"


class JournalWord(StrEnum):
    """What became, in a centre's own journal, of what was taken back (C-11).

    Each is the receipt that the sender gets; `keys.receipt` has the same words.
    """

    DELETED = "deleted"
    KEPT_BY_DUTY = "kept_by_duty"
    KEPT_IN_ARCHIVE = "kept_in_archive"
    KEPT_FOR_CLAIM = "kept_for_claim"


class PhoneRole(StrEnum):
    """Who said yes to a place by telephone; a role, never a name (C-4.6)."""

    LEADER = "leader"
    DUTY = "duty"
    STAFF = "staff"


class ReadBy(StrEnum):
    """Who read it at the centre that it was not meant for; `read_by.<word>` in the catalogues."""

    NOBODY = "nobody"
    ON_DUTY = "on_duty"
    SEVERAL = "several"
    LEADER = "leader"
    COPIED = "copied"


class Purpose(StrEnum):
    """What a new yes is to, at the centre that a case came to (CONSENT C-18)."""

    KEEP = "keep"  # what came may be used here
    NEXT_MOVE = "next_move"  # what came may be used to prepare her next move
