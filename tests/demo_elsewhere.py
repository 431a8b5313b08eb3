"""The demo's changed plans: she goes to another centre, and a centre gets new keys meanwhile.

This file knows what the desks do then. It refuses to let a yes to one centre count for another.
"""

from client.refusals import ConsentMissing, WrongState
from tests import acts
from tests.demo_people import anew, sent, until_both
from tests.parties import leave
from tests.stage import Stage, holds


async def elsewhere(play: Stage) -> None:
    """On her way she feels safe at another centre: a new yes for it, and a new code."""
    here, told, sender = play.here, play.told, play["granlia"]
    first, other = play["fjordglott"], play["elvebredden"]
    with told.chapter("elsewhere"):
        with told.step("elsewhere.sent", frm=sender.name, to=first.name):
            code, package = await sent(play, "VEND-710", "Synnøve", sender, first)
        with told.step("elsewhere.back", frm=sender.name, to=first.name):
            await sender.do("withdraw", code_name="VEND-710")
            await until_both(play, sender, "VEND-710", first, package, "withdrawn")
        with told.refused(ConsentMissing, "elsewhere.no_yes", frm=sender.name, to=other.name):
            await sender.do("again", code_name="VEND-710", agreed_by_phone="duty")
        with told.refused(WrongState, "elsewhere.not_on", to=first.name):
            await first.do("onward", code_name=package)
        with told.step("elsewhere.again", frm=sender.name, to=other.name):
            fresh, there = await anew(play, "VEND-710", "Synnøve", sender, other)
            assert fresh != code
        with told.step("elsewhere.opened", to=other.name):
            lines = await acts.opened(here, other, there, fresh)
            assert any("Synnøve" in line for line in lines)
            assert not await holds(first, ["Synnøve".encode()])
        await play.status(sender, "VEND-710")


async def new_key(play: Stage) -> None:
    """The receiver's machine breaks while she travels, and has new keys; her card stays good."""
    here, told, sender, old = play.here, play.told, play["granlia"], play["fjordglott"]
    ends = {"frm": sender.name, "to": old.name}
    with told.chapter("new_key"):
        with told.step("new_key.sent", **ends):
            code, _ = await sent(play, "LAAS-711", "Hjørdis", sender, old)
        with told.step("new_key.new", to=old.name):
            await leave(here, old)
            here.revoke(old.member_id)
            await play.enter("fjordglott", directory="fjordglott-2")
            new = play["fjordglott"]
            assert not await acts.known(new, "in")
        with told.step("new_key.ring", **ends):
            assert (await acts.row(sender, "out", "LAAS-711"))["recipient_gone"]
        await play.status(sender, "LAAS-711")
        with told.step("new_key.again", **ends):
            before = await acts.known(new, "in")
            await sender.do("key same", name=new.name)
            answer = await sender.do("again", code_name="LAAS-711", agreed_by_phone="duty")
            assert answer["arrival_code"] == code
            await here.tick()
            package = await acts.fresh(new, "in", before)
        with told.step("new_key.opened", to=new.name):
            lines = await acts.opened(here, new, package, code)
            assert any("Hjørdis" in line for line in lines)
