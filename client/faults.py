"""A fault of this program's own, met while it works by itself: told as a refusal, never as a trace.

This file knows that whatever goes wrong with one thing keeps no other from happening. It refuses
to log more of a fault than its class: its trace may quote a case.
"""

import logging
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

from client.refusals import ServiceFault
from keys.errors import Refusal, Sent

_log: Final = logging.getLogger("folge")


@contextmanager
def as_refusals() -> Generator[None, None, None]:
    """Turn everything that no rule foresaw into one refusal.

    Raises:
        ServiceFault: something went wrong that is no refusal.
    """
    try:
        yield
    except Refusal:
        raise
    except Exception as fault:  # noqa: BLE001 - the unforeseen must end neither service nor tick
        _log.error("a tick failed: %s", type(fault).__name__)
        raise ServiceFault(sent=Sent.MAYBE) from None
