"""Every `folge` command that talks to the service, in the order in which they are shown.

This file knows which there are. It refuses to know what they do.
"""

from typing import Final

import click

from client.cli.cases import (
    answer,
    check,
    consent,
    discard,
    done,
    inquire,
    new,
    part,
    preview,
    recuse,
    tasks,
)
from client.cli.completion import completion
from client.cli.desk import (
    attended,
    backup,
    directory,
    doctor,
    lock,
    log,
    record,
    status,
    sync,
    unlock,
)
from client.cli.forms import form, schema
from client.cli.paper import export, import_, print_
from client.cli.police import police
from client.cli.receiving import (
    arrive,
    astray,
    card,
    confirm,
    journal,
    misrouted,
    note,
    read,
    recheck,
    renew,
)
from client.cli.sending import add, again, emergency, release, send, withdraw

COMMANDS: Final[tuple[click.Command, ...]] = (
    *(unlock, lock, status, attended, sync, new, import_, emergency, part, discard),
    *(preview, consent, check),
    *(tasks, done, recuse, inquire, answer, send, add, again, withdraw, release, arrive, card),
    *(read, print_, export, confirm, note, recheck, renew, journal, misrouted, astray),
    *(log, record, directory),
    *(doctor, backup, police, form, schema, completion),
)
