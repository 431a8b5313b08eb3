"""The issuer's memory: how many tokens each member has had, and what it was answered.

This file knows members by id, days and counts, for that is what a quota is about. It refuses to
know a token: what it remembers of an answer is blind, and no cell on any board can be found from
it. It lies on the issuer's disk and not on the broker's.
"""

import asyncio
import sqlite3
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, Protocol, Self

from broker.database import Hold, connect
from broker.files import make_directory
from broker.migrate import migrate
from broker.storage import AfterStep, Digest
from broker.writer import NoBodies, Writer, no_step
from keys.address import MemberId, TokenClass
from keys.calendar import Day, Week
from keys.errors import NotHere, QuotaSpent


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """One member's request for blind signatures: who, for what, when, and which exactly.

    Attributes:
        request_hash: SHA-256 of the request's body.
        count: number of blinded messages in it, at least 1.
    """

    member_id: MemberId
    token_class: TokenClass
    week: Week
    day: Day
    request_hash: Digest
    count: int


class Portions(Protocol):
    """The issuer's memory: how many tokens each member has had today. A store of its own.

    It never sees a token: a blinded message tells nothing about the token it becomes.
    """

    async def portion(self, withdrawal: Withdrawal, quota: int) -> bytes | None:
        """Take `count` from the member's quota of that class and day, or find the answer.

        Returns the remembered response when this very request was answered before. None means:
        sign and call `remember`. The same request again takes nothing more, answered or not.

        Raises:
            QuotaSpent: the day's portion does not hold that many more.
            BrokerBusy, DiskFull: as `Store.admit`; nothing was taken.
        """
        ...

    async def remember(self, withdrawal: Withdrawal, response: bytes) -> None:
        """Keep the response to a request that `portion` let through; the first one counts.

        Raises:
            NotHere: `portion` has not let this request through.
            BrokerBusy, DiskFull: as `Store.admit`.
        """
        ...

    async def expire(self, today: Day) -> None:
        """Forget the portions of days before yesterday."""
        ...

    async def close(self) -> None:
        """Let go of the file."""
        ...


_KEY: Final = "member_id = ? AND token_class = ? AND day = ? AND request_hash = ?"


class SqlitePortions:
    """`Portions` in a directory of its own; open it with `SqlitePortions.open`."""

    def __init__(self, hold: Hold, connection: sqlite3.Connection, after_step: AfterStep) -> None:
        self._hold = hold
        self._connection = connection
        self._writer = Writer(connection, NoBodies(), after_step)

    @classmethod
    async def open(cls, directory: Path, after_step: AfterStep = no_step) -> Self:
        """Open the store in `directory`, or make one there.

        Raises:
            StoreInUse: another process has it.
            UnknownVersion: a newer program wrote it.
            StoreDamaged, DiskFull: it cannot be opened.
        """
        hold, connection = await asyncio.to_thread(_open, directory)
        return cls(hold, connection, after_step)

    async def portion(self, withdrawal: Withdrawal, quota: int) -> bytes | None:
        """Take from the day's quota, or find the earlier answer; see `Portions.portion`."""
        return await self._writer.run(partial(_take, asked=withdrawal, quota=quota))

    async def remember(self, withdrawal: Withdrawal, response: bytes) -> None:
        """Keep the response to a request; see `Portions.remember`."""
        await self._writer.run(partial(_remember, asked=withdrawal, response=response))

    async def expire(self, today: Day) -> None:
        """Forget the days before yesterday; see `Portions.expire`."""
        await self._writer.run(partial(_forget, today=today), forget=True)

    async def close(self) -> None:
        """Let go of the file."""
        await self._writer.close()
        self._connection.close()
        self._hold.release()


def _open(directory: Path) -> tuple[Hold, sqlite3.Connection]:
    make_directory(directory)
    with ExitStack() as undo:
        hold = Hold(directory / "lock")
        undo.callback(hold.release)
        connection = connect(directory / "issuer.sqlite")
        undo.callback(connection.close)
        migrate(connection, "issuer")
        undo.pop_all()
    return hold, connection


def _key(asked: Withdrawal) -> tuple[bytes, str, int, bytes]:
    return (
        asked.member_id,
        str(asked.token_class),
        asked.day,
        asked.request_hash,
    )


def _take(connection: sqlite3.Connection, asked: Withdrawal, quota: int) -> bytes | None:
    found: tuple[bytes | None] | None = connection.execute(
        f"SELECT response FROM portions WHERE {_KEY}",  # noqa: S608 - a constant
        _key(asked),
    ).fetchone()
    if found is not None:
        return found[0]
    (had,) = connection.execute(
        "SELECT coalesce(sum(count), 0) FROM portions "
        "WHERE member_id = ? AND token_class = ? AND day = ?",
        _key(asked)[:3],
    ).fetchone()
    if had + asked.count > quota:
        raise QuotaSpent
    connection.execute(
        "INSERT INTO portions VALUES (?, ?, ?, ?, ?, ?, NULL)",
        (*_key(asked), asked.week, asked.count),
    )
    return None


def _remember(connection: sqlite3.Connection, asked: Withdrawal, response: bytes) -> None:
    changed = connection.execute(
        f"UPDATE portions SET response = coalesce(response, ?) WHERE {_KEY}",  # noqa: S608 - a constant
        (response, *_key(asked)),
    )
    if changed.rowcount != 1:
        raise NotHere


def _forget(connection: sqlite3.Connection, today: Day) -> None:
    connection.execute("DELETE FROM portions WHERE day < ?", (today - 1,))
