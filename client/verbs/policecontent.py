"""What a case would say to the police, as it is written down.

This file knows the case. It refuses to know who approved it: that is asked when it is sent.
"""

from client.case import PoliceRequestInput
from client.casefile import CaseFile
from client.findings import urgent
from client.notice import asking
from client.office import Office
from client.policelines import RequestContent
from client.refusals import WrongState
from client.transfer import Transfer
from client.verbs.cases import case_of
from keys.body import Kind


def said_of(office: Office, transfer: Transfer) -> tuple[CaseFile, PoliceRequestInput]:
    """Return the case, and what was written down for the police.

    Raises:
        WrongState: nothing was.
    """
    case = case_of(office, transfer)
    if case.police_request is None:
        raise WrongState(kind="request.unwritten")
    return case, case.police_request


def content_of(office: Office, transfer: Transfer, kind: Kind) -> RequestContent:
    """Return what a case would say to the own district, before anybody approved it.

    Raises:
        WrongState: nothing was written down for the police.
    """
    case, said = said_of(office, transfer)
    return RequestContent(asking(said, kind), urgent(case), 0, office.today, kind)
