"""What the client's floor refuses, besides what the lowest floor refuses.

This file knows the reasons that have to do with cases and the people who write them. Like
`keys.errors`, it refuses to carry what somebody wrote: a refusal names the question by its schema
word, never the answer. The sentences are in `client/locale/*.po`.
"""

from keys.errors import Malformed, OutOfTurn, Refused


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


# ── Malformed: the file is not in its form ───────────────────────────────────────────────────
class NotYaml(Malformed):
    """The file is not YAML, or not UTF-8; `line` is where reading stopped."""

    code = "not_yaml"


class YamlTrick(Malformed):
    """An anchor, an alias, a tag or a second document, none of which a case needs."""

    code = "yaml_trick"


# ── Out of turn ──────────────────────────────────────────────────────────────────────────────
class WrongState(OutOfTurn):
    """This step does not belong in the state that the transfer is in."""

    code = "wrong_state"
