"""The demo's mishaps: a yes taken back, a machine stolen, a person who never comes."""

from typing import Final

from client.refusals import WrongState
from keys.address import Board
from keys.errors import RevokedMember
from tests import acts
from tests.parties import leave
from tests.stage import AFTER, NOON, Stage, holds

EXPECTED: Final = "LIND-552"
NAME: Final = "Ingunn"


async def withdrawn(play: Stage) -> None:
    """T5: she takes her yes back before anybody has opened; her card then opens nothing."""
    here, told, sender, centre = play.here, play.told, play["fjordglott"], play["granlia"]
    ends = {"frm": sender.name, "to": centre.name}
    with told.chapter("t5"):
        with told.step("t5.sent", **ends):
            text = acts.sample("ODDE-771").replace("2026-11-17", "2026-11-13")
            name = await acts.ready(here, sender, text)
            code, package = await acts.send(here, sender, centre, name, by_phone="duty")
        with told.step("t5.withdrawn", frm=sender.name):
            await sender.do("withdraw", code_name=name)
            await acts.until_state(here, centre, "in", package, "withdrawn")
            assert await acts.state(sender, "out", name) == "withdrawn"
        with told.step("t5.gone", to=centre.name):
            assert await acts.state(centre, "in", package) == "withdrawn"
        with told.refused(WrongState, "t5.code", to=centre.name):
            await centre.do("arrive", code_name=package, arrival_code=code)


async def stolen(play: Stage) -> None:
    """The receiving centre's machine is stolen: a new identity, and the case comes again."""
    here, told, sender, old = play.here, play.told, play["granlia"], play["fjordglott"]
    ends = {"frm": sender.name, "to": old.name}
    with told.chapter("lost"):
        with told.step("lost.sent", **ends):
            text = acts.sample("GRAN-427", name="RYPE-310")
            name = await acts.ready(here, sender, text)
            code, _ = await acts.send(here, sender, old, name, by_phone="duty")
        with told.step("lost.revoked", to=old.name):
            await leave(here, old)
            here.revoke(old.member_id)
            await play.enter("fjordglott", directory="fjordglott-2")
            new = play["fjordglott"]
            assert new.member_id != old.member_id
        with told.step("lost.seen", **ends):
            assert (await acts.row(sender, "out", name))["recipient_gone"]
        await play.status(sender, name)
        with told.step("lost.again", **ends):
            known = await acts.known(new, "in")
            await sender.do("key same", name=new.name)
            await sender.do("again", code_name=name, agreed_by_phone="leader")
            await here.tick()
            package = await acts.fresh(new, "in", known)
        with told.step("lost.opened", to=new.name):
            lines = await acts.opened(here, new, package, code)
            assert any("Marte" in line for line in lines)
            await new.do("confirm", code_name=package)
            await acts.until_state(here, sender, "out", name, "confirmed")
        thief = (await old.again(here)).service
        try:
            with told.refused(RevokedMember, "lost.thief", to=old.name):
                await thief.office.transport.batches(Board.CENTRE, 0, 1)
        finally:
            await thief.close()


async def waiting(play: Stage) -> None:
    """Somebody is on her way; the case waits for her."""
    here, told, sender, centre = play.here, play.told, play["granlia"], play["elvebredden"]
    with told.chapter("waiting"), told.step("waiting.sent", frm=sender.name, to=centre.name):
        text = acts.sample("GRAN-427", name=EXPECTED, to=centre.name).replace("Marte", NAME)
        await acts.ready(here, sender, text)
        play.expected = await acts.send(here, sender, centre, EXPECTED, by_phone="staff")
        await acts.until_state(here, sender, "out", EXPECTED, "stored")


async def absent(play: Stage) -> None:
    """She never comes: the sender is told, and after its days it opens for nobody."""
    told, sender, centre = play.told, play["granlia"], play["elvebredden"]
    code, package = play.expected
    with told.chapter("absent"):
        with told.step("absent.asked", frm=sender.name):
            play.until(NOON)
            assert (await acts.row(sender, "out", EXPECTED))["never_opened"]
        await play.status(sender, EXPECTED)
        with told.step("absent.over", frm=sender.name, to=centre.name):
            play.until(AFTER)
            await sender.unlock()
            await centre.unlock()
            assert await acts.state(sender, "out", EXPECTED) == "expired"
            assert await acts.state(centre, "in", package) == "expired"
        with told.refused(WrongState, "absent.shut", to=centre.name):
            await centre.do("arrive", code_name=package, arrival_code=code)
        with told.step("absent.empty", to=centre.name):
            assert not await holds(centre, [NAME.encode()])
