"""Every verb by its name: which errand it is, and whether it tells how far it is.

This file knows the table. It refuses to know what a verb does, and what happens around it.
"""

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Final

from client.control import Answer, Tell
from client.office import Office
from client.verbs import (
    adding,
    agreeing,
    auditing,
    cases,
    comparing,
    consenting,
    discarding,
    emergencies,
    exporting,
    keeping,
    noting,
    operatorview,
    overview,
    pcs,
    places,
    police,
    policeprint,
    printing,
    reading,
    receiving,
    rechecking,
    recusing,
    resending,
    reviewing,
    sending,
    staffing,
    stopping,
    straying,
    takenback,
    takingback,
    tasks,
    viewing,
    writing,
)
from client.verbs.arguments import Arguments

Plain = Callable[[Office, Arguments], Awaitable[Answer]]
Long = Callable[[Office, Arguments, Tell], Awaitable[Answer]]

PLAIN: Final[Mapping[str, Plain]] = MappingProxyType(
    {
        "backup": keeping.backup,
        "new": cases.new,
        "onward": emergencies.onward,
        "part": cases.part,
        "written": writing.show,
        "write": writing.write,
        "discard": discarding.discard,
        "consent": cases.consent,
        "consent show": consenting.show,
        "preview": consenting.preview,
        "check": cases.check,
        "tasks": tasks.tasks,
        "done": tasks.done,
        "astray": straying.astray,
        "inquire": places.inquire,
        "answer": places.answer,
        "status": overview.status,
        "attended": overview.attended,
        "log": overview.log,
        "record": overview.record,
        "directory": overview.directory,
        "operator-view": operatorview.view,
        "doctor": overview.doctor,
        "journal": takenback.journal,
        "note": noting.note,
        "recheck": rechecking.recheck,
        "renew": agreeing.renew,
        "release": takingback.release,
        "stop": stopping.stop,
        "card": receiving.card,
        "print": printing.printed,
        "confirm": receiving.confirm,
        "misrouted": receiving.misrouted,
        "recuse": recusing.recuse,
        "staff list": staffing.listed,
        "staff add": staffing.add,
        "staff remove": staffing.remove,
        "staff lead": staffing.lead,
        "staff passphrase": staffing.passphrase,
        "pcs host": pcs.host,
        "pcs add": pcs.add,
        "pcs list": pcs.listed,
        "pcs remove": pcs.remove,
        "auditor": auditing.show,
        "auditor use": auditing.use,
        "auditor end": auditing.end,
        "auditor trail": auditing.write,
        "key show": comparing.show,
        "key same": comparing.same,
        "key differs": comparing.differs,
        "key lift": comparing.lift,
        "key sheet": comparing.sheet,
        "key all": comparing.every,
        "police waiting": police.waiting,
        "police print": policeprint.printed,
        "police withdraw": police.withdraw,
        "police review": reviewing.review,
        "police answer": viewing.answer,
        "police reply": viewing.reply,
        "police contact": viewing.contact,
        "police misrouted": reviewing.misrouted,
        "police outside": reviewing.outside,
        "police decline": reviewing.decline,
    }
)
"""The verbs that are done at once."""

LONG: Final[Mapping[str, Long]] = MappingProxyType(
    {
        "send": sending.send,
        "emergency": emergencies.emergency,
        "again": resending.again,
        "add": adding.add,
        "withdraw": takingback.withdraw,
        "arrive": receiving.arrive,
        "read": reading.read,
        "export": exporting.export,
        "import": exporting.imported,
        "police request": police.request,
        "police view": police.view,
        "police approve": police.approve,
        "police relay": reviewing.relay,
    }
)
"""The verbs that tell how far they are."""
