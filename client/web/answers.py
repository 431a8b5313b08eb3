"""Answers of a form as lines to read: what is asked, and what was said to it.

This file knows fields. It refuses to know which case they are of, and to judge an answer.
"""

from collections.abc import Sequence

from client.cli.voice import Voice
from client.labels import labelled
from client.web.fields import Field


def read(voice: Voice, shown: Sequence[Field]) -> list[str]:
    """Return a line for each field that says anything: its label, and what it says."""
    return [labelled(voice.say(one.asked.label), said(voice, one)) for one in shown if one.filled]


def said(voice: Voice, one: Field) -> str:
    """Return what a field says, in words; of a group, what each of its rows says."""
    rows = ["; ".join(read(voice, row)) for row in one.rows]
    chosen = [voice.say(word.label) for word in one.asked.choices if word.word in one.chosen]
    lack = [voice.say(word.label) for word in one.asked.lacks if word.word == one.lack]
    text = [", ".join(one.text.split("\n"))] if one.asked.lines else [one.text]
    value = ", ".join(word for word in (*text, *chosen, *lack, *rows) if word)
    return f"{value} ({one.note})" if one.note and value else value or one.note
