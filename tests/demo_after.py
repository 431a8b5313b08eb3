"""The demo after arrival: a correction, a part taken back, a new yes, and a further move."""

from typing import Final

from client.refusals import ConsentMissing
from tests import acts
from tests.parties import Party
from tests.stage import Stage, holds

OLD, NEW = "Søskenbarn i nabokommunen", "Søskenbarn med kvit varebil"
_YES: Final = {
    "purpose": "keep",
    "given_by": "user",
    "form": "oral_with_witness",
    "language": "norsk",
}


async def changed(play: Stage) -> None:
    """T2 goes on: the sender corrects something, she takes a part back, and says yes anew."""
    here, told, sender, centre = play.here, play.told, play["fjordglott"], play["granlia"]
    ends = {"frm": sender.name, "to": centre.name}
    package = play.came["ELV-118"]
    with told.chapter("after"):
        with told.step("after.corrected", **ends):
            text = acts.sample("ELV-118", of=sender.name, to=centre.name).replace(OLD, NEW)
            case = text.partition("\nconsent:")[0]
            answer = await sender.do("add", code_name="ELV-118", case=case, seen=True)
            assert answer["parts"] == ["threat"]
        with told.step("after.beside", to=centre.name):
            await acts.until(here, lambda: _versions(centre, package, 2))
            assert await holds(centre, [NEW.encode()])
        with told.step("after.taken_back", frm=sender.name):
            await sender.do("withdraw", code_name="ELV-118", parts=["threat"])
            await acts.until(here, lambda: _answered(sender, "ELV-118", "deleted"))
        with told.step("after.gone", to=centre.name):
            assert not await holds(centre, [OLD.encode(), NEW.encode(), b"Arvid"])
            assert await holds(centre, [b"Sigrid"])
        with told.step("t2.journal", **ends):
            await centre.do("confirm", code_name=package)
            await acts.until_state(here, sender, "out", "ELV-118", "confirmed")
        with told.step("after.renewed", to=centre.name):
            await centre.do("renew", dict(_YES), code_name=package)
        with told.step("after.back_here", to=centre.name):
            await centre.do("withdraw", code_name=package, parts=["journey"])
            assert "journey" not in str((await centre.do("read", code_name=package))["parts"])
            assert await acts.state(centre, "in", package) == "confirmed"
        told.paper(told.say("paper.card", to=centre.name), await acts.card(centre, package, "nn"))


async def _versions(centre: Party, package: str, count: int) -> bool:
    said = (await centre.do("read", code_name=package, part="threat"))["versions"]
    assert isinstance(said, list)
    return len(said) == count


async def _answered(sender: Party, code_name: str, answer: str) -> bool:
    return (await acts.row(sender, "out", code_name))["answer"] == answer


async def onward(play: Stage) -> None:
    """T1 moves again: the receiver sends its own copy on, with a yes of its own, to a third."""
    here, told, first = play.here, play.told, play["granlia"]
    sender, third = play["fjordglott"], play["elvebredden"]
    ends = {"frm": sender.name, "to": third.name}
    with told.chapter("onward"):
        heard = await acts.rows(first, "out")
        with told.step("onward.begun", frm=sender.name):
            answer = await sender.do("onward", code_name=play.came["GRAN-427"])
            name = str(answer["code_name"])
        with told.refused(ConsentMissing, "onward.no_yes", **ends):
            await sender.do("send", code_name=name, agreed_by_phone="duty")
        with told.step("onward.why", frm=sender.name):
            why = "{move_number: 2, why_previous_failed: Hun ble kjent igjen på butikken.}"
            asked = "{dest_police_contacted_at: 2026-11-15T08:20}"
            text = f"move_assessment: {why}\ndestination_assessment: {asked}\n"
            await sender.do("part", code_name=name, case=text)
        with told.step("onward.sent", **ends):
            yes = f"consent: {{decision: ja_alt, given_by: bruker, recipient_centre: {third.name}}}"
            await sender.do("consent", code_name=name, case=yes)
            code, package = await acts.send(here, sender, third, name, by_phone="duty")
        with told.step("onward.opened", to=third.name):
            lines = await acts.opened(here, third, package, code)
            assert any("Marte" in line for line in lines)
        with told.step("onward.silent", frm=first.name):
            assert await acts.rows(first, "out") == heard
            assert not await holds(first, [third.name.encode(), third.member_id])
