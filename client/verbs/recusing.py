"""Keeping out of a case: whoever knows somebody in it says so, or a colleague says it of them.

This file knows staff names and code names. It refuses to say why: that is nobody's business here.
"""

from client import audit, recusal
from client.audit import Act, Entry
from client.control import Answer
from client.office import Office
from client.verbs import finding, staffing
from client.verbs.arguments import Arguments
from keys.errors import NotHere


async def recuse(office: Office, given: Arguments) -> Answer:
    """Keep somebody of the staff out of a case, oneself unless another is named; or end that.

    Raises:
        NotHere: no case has that name here, or they do not keep out of it.
        NoSuchStaff: nobody of the staff has that name.
    """
    code_name = given.text("code_name")
    who = given.maybe("who")
    lift = given.flag("lift")
    given.end()
    staff = office.staff
    who = await staffing.one_of_us(office, who or staff.name)
    async with office.ledger.transaction("recused") as rows:
        if not await finding.names_a_case(rows, code_name):
            raise NotHere
        if not lift:
            await recusal.keep_out(rows, office, code_name, who)
        elif not await recusal.let_in(rows, office, code_name, who):
            raise NotHere
        act = Act.RECUSAL_LIFTED if lift else Act.RECUSED
        await audit.write(rows, Entry(office.now, act, code_name, staff.name))
        await office.attend(rows, code_name)
    return {"who": who}
