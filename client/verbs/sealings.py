"""What is sealed with content: to a district for the block that binds it, and the row of it.

This file knows in which order keys, seat and a one-time key are had. It refuses to know what stands
in a request or a notice, and who approved it.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from client import handover
from client.handover import Job, PoliceNotice, SealedEnvelope
from client.notice import District, PoliceRequest
from client.office import Office
from client.outbox import OUTBOX
from client.outgoing import Outgoing
from client.verbs.envelopes import OneTime, kept_when_bound, one_time
from client.verbs.sending import fresh_package
from keys.address import MemberId


@asynccontextmanager
async def sealed_notice(
    office: Office, what: PoliceRequest | PoliceNotice, district: District
) -> AsyncGenerator[tuple[SealedEnvelope, OneTime], None]:
    """Seal a request or a notice to a district, for the block that binds it."""
    keys = await office.keys_of(district.member_id)
    seat = await office.seat(office.staff.identity)
    async with one_time(office, district.member_id, seat.today) as once:
        job = Job(fresh_package(), office.cells, prekey=once.key)
        sealed = await asyncio.to_thread(handover.notify, what, district, keys, seat, job)
        with kept_when_bound(office, sealed):
            yield sealed, once


def outgoing(
    office: Office, sealed: SealedEnvelope, to: MemberId, transfer: bytes, code_name: str
) -> Outgoing:
    """Return the row of what was sealed to a district."""
    return Outgoing(
        package_id=sealed.package_id,
        kind=sealed.kind,
        state=OUTBOX.start,
        transfer=transfer,
        code_name=code_name,
        recipient=to,
        manifest_hash=sealed.manifest_hash,
        keys=(),
        code="",
        files=tuple(file.name for file in sealed.files),
        made=office.today,
        expires=sealed.expires,
    )
