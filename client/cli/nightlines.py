"""What the night path says: what was sent, the code, and what is left to do by when.

This file knows how it looks. It refuses to say anything was sent that was not.
"""

from collections.abc import Mapping

from client.cli import lines
from client.cli.console import Console
from client.cli.outcome import left_to_do, outcome, until
from client.cli.typed import shown
from client.vocabulary import PhoneRole
from keys.wire import Value


def emergency(console: Console, answer: Mapping[str, Value]) -> list[str]:
    """Return the lines of a move at night, what concerns the person first."""
    say, name = console.say, lines.text(answer, "code_name")
    yes = lines.text(answer, "asked") == "yes"
    found = [*outcome(console, answer), *([] if yes else _police(console, name))]
    code = lines.text(answer, "arrival_code")
    found += [say("cli.code", code=code)] if code else []
    found += until(console, answer)
    found += [f"  {one}" for one in left_to_do(console, answer)]
    left = yes and bool(answer.get("kept") or answer.get("queued"))
    return [*found, say("emergency.next"), *_next(console, name, left=left, yes=yes)]


def _police(console: Console, name: str) -> list[str]:
    """Return the telephone first, and then what is typed to tell the police in writing."""
    form = shown(console.words, "police_request")
    file = f"{form}.yaml"
    return [
        console.say("emergency.ring_police"),
        console.say("emergency.police_request"),
        f"  folge form {form} > {file}",
        f"  {console.say('emergency.fill_in', file=file)}",
        f"  folge part {name} {file}",
        f"  folge police request {name}",
    ]


def _next(console: Console, name: str, *, left: bool, yes: bool) -> list[str]:
    """Return what is typed next, with what it is for."""
    if left:
        rows = [("tasks", "tasks"), ("release", "release"), ("withdraw", "withdraw")]
    elif yes:
        rows = [("to", f"consent --centre {console.say('metavar.centre')}"), ("send", "send")]
    else:
        rows = [("ask", "consent --show"), ("tasks", "tasks")]
    found: list[str] = []
    for why, typed in rows:
        verb, _, more = typed.partition(" ")
        phone = f"--agreed-by-phone {shown(console.words, PhoneRole.DUTY)}"
        more = phone if verb == "send" else more
        found.append(f"  folge {verb} {name} {more}".rstrip())
        found.append(f"    {console.say(f'emergency.next.{why}')}")
    return found
