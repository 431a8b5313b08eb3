"""The demo's first chapters: the members come up, and cases follow people who said yes."""

from keys.arrival import ArrivalCode
from keys.errors import CodeSlip, WrongCode
from tests import acts, samplefiles
from tests.stage import Stage, holds
from tests.world import PLACES


async def opening(play: Stage) -> None:
    """Two districts and two centres join, publish their keys and try themselves out."""
    told = play.told
    with told.chapter("opening"):
        with told.step("opening.roster", centres=2, districts=2):
            await play.enter("innlandet", "vest", "granlia", "fjordglott")
        with told.step("opening.ready"):
            doctors = [await party.do("doctor") for party in play.cast.values()]
            assert all(one["ready"] and one["roster_fresh"] for one in doctors), doctors
        with told.step("opening.self"):
            await play.here.tick()
            assert all(party.service.health.self_tested for party in play.cast.values())


async def full_consent(play: Stage) -> None:
    """T1: she said yes to all; the code on her card opens, another does not."""
    here, told, granlia, fjordglott = play.here, play.told, play["granlia"], play["fjordglott"]
    ends = {"frm": granlia.name, "to": fjordglott.name}
    with told.chapter("t1"):
        with told.step("t1.case", frm=granlia.name, case="GRAN-427"):
            answer = await granlia.do("new", case=acts.sample("GRAN-427"))
            assert answer["code_name"] == "GRAN-427"
        with told.step("t1.inquiry", **ends):
            inquiry = await acts.inquire(here, granlia, fjordglott, "GRAN-427")
        await play.status(fjordglott, inquiry, told.say("paper.inquiry", to=fjordglott.name))
        with told.step("t1.yes", **ends):
            await acts.accept(here, fjordglott, inquiry)
            assert (await acts.row(granlia, "asked", "GRAN-427"))["answer"] == "yes"
        with told.step("t1.consent", **ends):
            assert (await granlia.do("consent", code_name="GRAN-427"))["consent"]
        with told.step("t1.check"):
            assert (await granlia.do("check", code_name="GRAN-427"))["ready"]
        with told.step("t1.sent", **ends):
            code, package = await acts.send(here, granlia, fjordglott, "GRAN-427")
        told.paper(told.say("paper.code"), [code])
        with told.step("t1.waits", to=fjordglott.name):
            row = await acts.row(fjordglott, "in", package)
            assert (row["state"], row["from"]) == ("waiting", granlia.name)
            assert not await holds(fjordglott, [b"Marte", b"Veum"])
        await play.status(fjordglott, package)
        await _door(play, package, code)
        with told.step("t1.journal", **ends):
            await fjordglott.do("confirm", code_name=package)
            await acts.until_state(here, granlia, "out", "GRAN-427", "confirmed")
        with told.step("t1.forgets", **ends):
            gone = [fjordglott.member_id, fjordglott.name.encode()]
            assert not await holds(granlia, gone)
        play.came["GRAN-427"] = package


async def _door(play: Stage, package: str, code: str) -> None:
    """She stands in the door: a slip, a wrong code, the right one."""
    told, fjordglott = play.told, play["fjordglott"]
    other = "2" if code[0] != "2" else "3"
    with told.refused(CodeSlip, "t1.slip"):
        await fjordglott.do("arrive", code_name=package, arrival_code=other + code[1:])
    with told.refused(WrongCode, "t1.wrong"):
        wrong = ArrivalCode.generate().text
        await fjordglott.do("arrive", code_name=package, arrival_code=wrong)
    with told.step("t1.opened", to=fjordglott.name):
        lines = await acts.opened(play.here, fjordglott, package, code)
        assert any("Marte" in line for line in lines)
    told.paper(told.say("paper.card", to=fjordglott.name), lines)


async def partial_consent(play: Stage) -> None:
    """T2: she said yes to some; what she did not share is not in the bytes."""
    here, told, sender, receiver = play.here, play.told, play["fjordglott"], play["granlia"]
    ends = {"frm": sender.name, "to": receiver.name}
    text = acts.sample("ELV-118", of=sender.name, to=receiver.name)
    with told.chapter("t2"):
        with told.step("t2.yes", **ends):
            await acts.ready(here, sender, text, receiver)
        with told.step("t2.sent", **ends):
            code, package = await acts.send(here, sender, receiver, "ELV-118")
        with told.step("t2.opened", to=receiver.name):
            await acts.opened(here, receiver, package, code)
            lines = await acts.card(receiver, package, "nn")
        told.paper(told.say("paper.card", to=receiver.name), lines)
        with told.step("t2.not_shared"):
            shown = "\n".join(lines)
            assert shown.count("ikkje delt – brukaren sitt val") >= 2, shown
        with told.step("t2.absent", to=receiver.name):
            parts = (await receiver.do("read", code_name=package))["parts"]
            assert isinstance(parts, list)
            assert not {"health_access", "history"} & set(map(str, parts))
        play.came["ELV-118"] = package


async def children(play: Stage) -> None:
    """T4: a centre joins late, and a mother comes with two children, a photo and a large scan."""
    here, told, sender = play.here, play.told, play["granlia"]
    with told.chapter("t4"):
        with told.step("t4.late", to=PLACES["elvebredden"].name):
            await play.enter("elvebredden", home="vest")
            receiver = play["elvebredden"]
            members = (await sender.do("directory"))["members"]
            assert isinstance(members, list)
            assert len(members) == len(play.cast)
        ends = {"frm": sender.name, "to": receiver.name}
        text = acts.sample("VIDDE-256", of=sender.name, to=receiver.name)
        photo, scan = play.files / "utover.jpg", play.files / "kjennelse-skann.pdf"
        with told.step("t4.attached", mebi=samplefiles.SCAN_BYTES // samplefiles.MEBI):
            await acts.ready(here, sender, text)
            for part, path in (
                ("attachment.1", samplefiles.photo(photo)),
                ("attachment.2", samplefiles.scan(scan)),
            ):
                await sender.do("part", code_name="VIDDE-256", attachment=part, path=str(path))
            await sender.do("consent", code_name="VIDDE-256")  # she has seen both
        with told.step("t4.sent", **ends), told.progress() as tell:
            code, package = await acts.send(
                here, sender, receiver, "VIDDE-256", by_phone="duty", tell=tell
            )
        with told.step("t4.opened", to=receiver.name):
            lines = await acts.opened(here, receiver, package, code)
        told.paper(told.say("paper.card", to=receiver.name), lines)
        with told.step("t4.letters"):
            shown = "\n".join(lines)
            assert all(name in shown for name in ("Máret", "Ánde", "Biret")), shown
        with told.step("t4.scan"), told.progress() as tell:
            back = play.files / "tilbake.pdf"
            await receiver.do(
                "read", tell=tell, code_name=package, part="attachment.2", path=str(back)
            )
            assert back.read_bytes() == scan.read_bytes()
        with told.step("t4.photo"):
            back = play.files / "tilbake.jpg"
            await receiver.do("read", code_name=package, part="attachment.1", path=str(back))
            assert samplefiles.CAMERA.encode() not in back.read_bytes()
        with told.step("t4.journal", **ends):
            await receiver.do("confirm", code_name=package)
            await acts.until_state(here, sender, "out", "VIDDE-256", "confirmed")
