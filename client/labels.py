"""A label and what is said behind it, as one line.

This file knows that a question has its own mark. It refuses to know a word of either.
"""


def labelled(label: str, said: str) -> str:
    """Return `said` behind its label: a colon between them, unless the label is a question."""
    return f"{label} {said}" if label.endswith("?") else f"{label}: {said}"
