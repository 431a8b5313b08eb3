"""An empty section of a case as YAML, with a comment at every question, for writing in a file.

This file knows how a form is written out as lines. It refuses to know a question: all it says is
read from `client.forms`. A form that is left empty is read back as a part without an answer.
"""

from collections.abc import Iterator
from typing import Final

from client.case import NUMBERED, WITHOUT_CASE, PartName
from client.case.declaration import Kind
from client.casefile import LISTS
from client.forms import Form, FormQuestion, asked_in
from client.slugs import said_short, slug
from keys.words import Words

_EXAMPLES: Final = {Kind.DATE: "2026-11-09", Kind.MOMENT: "2026-11-09 10:20"}
_INDENT: Final = "  "


def empty_form(form: Form, words: Words) -> list[str]:
    """Return the lines of an empty, commented YAML section in the language of `words`."""
    say = words.say
    forced = any(one.required for one in asked_in(form))
    lines = [f"# {say(form.title)}", f"# {say('form.head_marked' if forced else 'form.head')}"]
    if form.banner:
        lines.append(f"# {say(form.banner)}")
    key = next((key for key, name in LISTS.items() if name == form.word), form.word)
    lines.append(f"{key}:")
    first = f"{_INDENT}- " if form.word in NUMBERED else _INDENT
    rest = " " * len(first)
    for page in form.pages:
        lines += ["", f"{rest}# {say(page.title)} – {say(page.why)}"]
        for asked in page.questions:
            for line in _question(asked, words):
                lead = rest
                if not line.startswith("#"):
                    lead, first = first, rest
                lines.append(f"{lead}{line}")
    return lines


def _question(asked: FormQuestion, words: Words) -> Iterator[str]:
    yield f"# {_about(asked, words)}"
    name = asked.path.rpartition(".")[2]
    if not asked.inner:
        yield f"{name}:"
        return
    # An empty group would be an entry of its own: whoever needs it takes the marks away.
    yield f"# {name}:"
    lead = "- " if asked.lines else _INDENT
    for inner in asked.inner:
        for line in _question(inner, words):
            yield f"#   {lead if not line.startswith('#') else _INDENT}{line}"
            lead = lead if line.startswith("#") else _INDENT


def _about(asked: FormQuestion, words: Words) -> str:
    say = words.say
    said = [say(asked.label)]
    if asked.required:
        said.append(say("form.required"))
    if asked.choices:
        listed = ", ".join(slug(say(choice.label)) for choice in asked.choices)
        said.append(say("form.words", words=listed))
    if asked.kind is Kind.PART:
        listed = ", ".join(
            said_short(name, words.lang) + (".1" if name in NUMBERED else "")
            for name in PartName
            if name not in WITHOUT_CASE
        )
        said.append(say("form.words", words=listed))
    if asked.limit is not None:
        said.append(say("form.limit", limit=asked.limit))
    if asked.kind in _EXAMPLES:
        said.append(_EXAMPLES[asked.kind])
    if asked.lines and not asked.inner:
        said.append(say("form.list"))
    if asked.never_gate:
        said.append(say("form.never_gate"))
    return " · ".join(said)
