"""Every address of the desk, and what is done there.

This file knows methods, addresses and names. It refuses to know what any of them does, and who is
let in.
"""

from collections.abc import Awaitable, Callable
from types import MappingProxyType
from typing import Final

from aiohttp import web

from client.web import (
    adding,
    arriving,
    asking,
    attaching,
    beginning,
    comparing,
    consenting,
    errands,
    haste,
    helping,
    keepingout,
    looking,
    machine,
    noticing,
    onward,
    placing,
    policesending,
    policing,
    reading,
    rechecking,
    renewing,
    replying,
    reviewing,
    sending,
    sent,
    staffing,
    steps,
    takingback,
    undoing,
    writing,
)
from client.web.desk import Desk
from client.web.door import Visit

Errand = Callable[[Desk, Visit, web.Request], Awaitable[web.StreamResponse]]

LOCKED: Final = "/unlock"
ALIVE: Final = "/alive"
"""What a page of another PC asks every few seconds; nobody's hand, so it keeps nothing open."""


def _at_centres(errand: Errand) -> Errand:
    """Keep a police district from pages for what only a centre does: there is no such page."""

    async def done(desk: Desk, visit: Visit, request: web.Request) -> web.StreamResponse:
        if visit.role == "police":
            raise web.HTTPNotFound
        return await errand(desk, visit, request)

    return done


ERRANDS: Final = MappingProxyType[tuple[str, str], Errand](
    {
        ("GET", LOCKED): errands.locked,
        ("POST", LOCKED): errands.unlock,
        ("POST", "/lock"): errands.lock,
        ("GET", "/everybody"): errands.before_everybody,
        ("POST", "/everybody"): errands.everybody,
        ("POST", "/stay"): errands.stay,
        ("GET", ALIVE): errands.stay,
        ("POST", "/language"): errands.language,
        ("POST", "/text-size"): errands.text_size,
        ("GET", "/help"): helping.help_,
        ("GET", "/broker"): helping.broker,
        ("GET", "/accessibility"): helping.accessibility,
        ("GET", "/directory"): looking.directory,
        ("POST", "/directory"): looking.directory,
        ("GET", "/key/{word}"): comparing.before,
        ("POST", "/key/{word}"): comparing.answer,
        ("GET", "/keys"): comparing.sheet,
        ("POST", "/keys"): comparing.gone_through,
        ("GET", "/log"): looking.log,
        ("POST", "/log"): looking.log,
        ("POST", "/log-file"): looking.log_file,
        ("GET", "/settings"): machine.settings,
        ("POST", "/settings"): machine.lock_after,
        ("GET", "/colleagues"): staffing.before_adding,
        ("POST", "/colleagues"): staffing.add,
        ("GET", "/colleague/{word}"): staffing.shown,
        ("POST", "/colleague/{word}"): staffing.change,
        ("GET", "/passphrase"): staffing.before_passphrase,
        ("POST", "/passphrase"): staffing.passphrase,
        ("GET", "/pcs"): machine.before_enrolling,
        ("POST", "/pcs"): machine.enrol,
        ("GET", "/pc/{word}"): machine.before_removing,
        ("POST", "/pc/{word}"): machine.remove,
        ("GET", "/backup"): machine.before_backup,
        ("POST", "/backup"): machine.backup,
        ("GET", "/"): errands.inbox,
        ("GET", "/list"): errands.list_,
        ("POST", "/seen"): errands.seen,
        ("GET", "/new"): _at_centres(beginning.choose),
        ("POST", "/new"): _at_centres(beginning.begin),
        ("GET", "/urgent"): _at_centres(haste.asked),
        ("POST", "/urgent"): _at_centres(haste.answer),
        ("GET", "/case/{word}"): steps.overview,
        ("GET", "/form/{word}"): writing.shown,
        ("POST", "/form/{word}"): writing.save,
        ("GET", "/attach/{word}"): attaching.shown,
        ("POST", "/attach/{word}"): attaching.add,
        ("GET", "/ask/{word}"): asking.asked,
        ("POST", "/ask/{word}"): asking.ask,
        ("GET", "/place/{word}"): placing.asked,
        ("POST", "/place/{word}"): placing.answer,
        ("GET", "/arrival/{word}"): arriving.code,
        ("POST", "/arrival/{word}"): arriving.arrive,
        ("GET", "/card/{word}"): arriving.card,
        ("POST", "/paper/{word}"): arriving.paper,
        ("GET", "/opened/{word}"): reading.whole,
        ("GET", "/part/{word}"): reading.part,
        ("POST", "/part/{word}"): reading.note,
        ("GET", "/picture/{word}"): reading.picture,
        ("POST", "/file/{word}"): reading.file,
        ("POST", "/journal-pdf/{word}"): reading.journal,
        ("GET", "/onward/{word}"): onward.before,
        ("POST", "/onward/{word}"): onward.begin,
        ("GET", "/renew/{word}"): renewing.asked,
        ("POST", "/renew/{word}"): renewing.renew,
        ("GET", "/recheck/{word}"): rechecking.which,
        ("GET", "/check-again/{word}"): rechecking.shown,
        ("POST", "/check-again/{word}"): rechecking.save,
        ("GET", "/confirm/{word}"): arriving.before_confirming,
        ("POST", "/confirm/{word}"): arriving.confirm,
        ("GET", "/consent/{word}"): consenting.before,
        ("POST", "/consent/{word}"): consenting.answer,
        ("GET", "/consented/{word}"): consenting.answered,
        ("POST", "/consented/{word}"): consenting.police,
        ("POST", "/copy/{word}"): consenting.copy,
        ("GET", "/send/{word}"): sending.before,
        ("POST", "/send/{word}"): sending.sure,
        ("POST", "/sending/{word}"): sending.send,
        ("GET", "/job/{word}"): sending.job,
        ("POST", "/stop/{word}"): sending.stop,
        ("GET", "/sent/{word}"): sent.sent,
        ("GET", "/slip/{word}"): sent.slip,
        ("GET", "/operator/{word}"): helping.operator,
        ("GET", "/add/{word}"): adding.which,
        ("GET", "/addition/{word}"): adding.shown,
        ("POST", "/addition/{word}"): adding.pressed,
        ("GET", "/release/{word}"): sent.before_release,
        ("POST", "/release/{word}"): sent.release,
        ("GET", "/not-come/{word}"): sent.not_come,
        ("GET", "/journal/{word}"): arriving.journal,
        ("POST", "/journal/{word}"): arriving.answer,
        ("GET", "/back/{word}"): takingback.before,
        ("POST", "/back/{word}"): takingback.back,
        ("GET", "/keep-out/{word}"): keepingout.asked,
        ("POST", "/keep-out/{word}"): keepingout.answer,
        ("GET", "/astray/{word}"): undoing.before_astray,
        ("POST", "/astray/{word}"): undoing.astray,
        ("GET", "/wrong/{word}"): undoing.before_wrong,
        ("POST", "/wrong/{word}"): undoing.wrong,
        ("GET", "/not-ours/{word}"): undoing.before_not_ours,
        ("POST", "/not-ours/{word}"): undoing.not_ours,
        ("GET", "/police/{word}"): policing.request_,
        ("POST", "/police/{word}"): policing.save,
        ("GET", "/police-check/{word}"): policesending.check,
        ("POST", "/police-check/{word}"): policesending.send,
        ("GET", "/police-back/{word}"): policing.before_back,
        ("POST", "/police-back/{word}"): policing.back,
        ("POST", "/police-paper/{word}"): noticing.paper,
        ("GET", "/review/{word}"): reviewing.review,
        ("POST", "/review/{word}"): reviewing.pressed,
        ("GET", "/outside/{word}"): replying.before_outside,
        ("POST", "/outside/{word}"): replying.outside,
        ("GET", "/decline/{word}"): replying.before_decline,
        ("POST", "/decline/{word}"): replying.decline,
        ("GET", "/reply/{word}"): replying.before_reply,
        ("POST", "/reply/{word}"): replying.reply,
        ("GET", "/not-our-district/{word}"): replying.before_not_ours,
        ("POST", "/not-our-district/{word}"): replying.not_ours,
        ("GET", "/notice/{word}"): noticing.notice,
        ("POST", "/notice/{word}"): noticing.answer,
        ("POST", "/notice-open/{word}"): noticing.open_,
    }
)
"""Every page and button of the desk; a method and an address to what is done."""
