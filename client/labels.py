"""A label and what is said behind it, as one line.

This file knows that a question has its own mark. It refuses to know a word of either.
"""


def marked(label: str) -> str:
    """Return a label with its mark: a colon, unless it is a question."""
    return label if label.endswith("?") else f"{label}:"


def labelled(label: str, said: str) -> str:
    """Return `said` behind its label and the label's mark."""
    return f"{marked(label)} {said}"
