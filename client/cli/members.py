"""The directory as lines of text: who is a member, how to ring them, and who can receive now.

This file knows how that list looks. It refuses to know where it comes from.
"""

from collections.abc import Mapping

from client.cli.console import Console
from client.cli.keys import state
from client.cli.lines import rows, text
from keys.wire import Value


def directory(console: Console, answer: Mapping[str, Value]) -> list[str]:
    """Return the directory, with who can receive now."""
    say = console.say
    return [
        "  ".join(
            said
            for said in (
                text(one, "name"),
                say("role." + text(one, "role")),
                text(one, "region"),
                text(one, "phone"),
                say("directory.ready" if one.get("receives") else "directory.call"),
                state(console, {**one, "day": one.get("key_day", 0)}),
            )
            if said
        )
        for one in rows(answer, "members")
    ]
