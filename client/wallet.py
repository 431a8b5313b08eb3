"""Anonymous tokens on this machine: asked for in portions, kept sealed, spent once.

This file knows how a token is asked for so that a crash loses none and asks for none twice, and
that a token leaves the wallet in the same step that binds it to a cell. It refuses to know what
is posted with it. Source: PROTOCOL P-10, ENVELOPE E-12.
"""

import asyncio
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Final, Self

from client.ledger import Ledger, Transaction
from client.shelf import Shelf
from client.transport import Transport
from keys.address import CLASSES_ON, TOKEN_CLASSES, Role, TokenClass, writable, writer_class
from keys.calendar import Day, Week, week_of
from keys.errors import BadToken, OutOfTokens, QuotaSpent
from keys.roster import Roster
from keys.token import AUTHENTICATOR_BYTES, Challenge, Request, Token, prepare
from keys.wire import Fields, Packable, Value, pack

AT_ONCE: Final = 100
"""The most tokens asked for in one request; the issuer takes up to 400."""
_GROUP: Final = 16
_LAST_DAY: Final = (1 << 32) - 1
_INSTANCE: Final = b"wallet-instance"
_DAY: Final = 8
_WEEKS_BACK: Final = 520
"""Tokens of that many past weeks are found: ten years without power."""


@dataclass(frozen=True, slots=True)
class Portion:
    """Tokens of one class to ask for, for one day."""

    token_class: TokenClass
    week: Week
    day: Day
    count: int

    def row(self, ledger: Ledger, serial: int) -> bytes:
        """Return the ledger's row id for the `serial`-th portion of its class and day."""
        return ledger.key(
            str(self.token_class).encode(),
            self.week.to_bytes(8, "big"),
            self.day.to_bytes(8, "big"),
            serial.to_bytes(4, "big"),
        )


@dataclass(frozen=True, slots=True)
class Asked:
    """Prepared requests of one piece of a portion, as they are kept until they are answered."""

    day: Day
    requests: tuple[Request, ...]

    def fits(self, challenge: Challenge, issuer: bytes, count: int) -> bool:
        """Whether they are still what would be asked for now: the roster may have changed."""
        return len(self.requests) == count and all(
            (request.challenge, request.issuer.der) == (challenge, issuer)
            for request in self.requests
        )

    def encode(self) -> bytes:
        """Return this as bytes, for the ledger."""
        packed: list[Packable] = [request.encode() for request in self.requests]
        return pack(["asked", 1, self.day, packed])

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read what `encode` writes.

        Raises:
            Malformed: it has not that form.
        """
        fields = Fields.decode(data, "asked")
        day = Day(fields.number("day", most=_LAST_DAY))
        items = fields.strings("requests", most=AT_ONCE)
        fields.end()
        return cls(day, tuple(Request.decode(item) for item in items))


def needed(role: Role) -> tuple[TokenClass, ...]:
    """Return the token classes that a member of `role` spends."""
    return tuple(
        TokenClass(writer_class(role, board), cls)
        for board in writable(role)
        for cls in CLASSES_ON[board]
    )


class Wallet:
    """The tokens of one member, in its ledger under the machine lock."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    async def stock(self, token_class: TokenClass, week: Week) -> int:
        """Return how many tokens of that class and week are left."""
        async with self._ledger.reading() as rows:
            return await self.count(rows, token_class, week)

    async def count(self, rows: Transaction, token_class: TokenClass, week: Week) -> int:
        """Return the same inside the caller's transaction."""
        return len(await rows.ids(Shelf.TOKEN, self._group(token_class, week)))

    async def take(
        self, rows: Transaction, token_class: TokenClass, today: Day, keep: int = 0
    ) -> Token:
        """Remove one token inside the caller's transaction and return it.

        They leave in the order of their hashes, which is nobody's order of asking.

        Args:
            rows: the caller's transaction.
            token_class: which.
            today: whose week it is for.
            keep: how many must be left: they are the lanes'.

        Raises:
            OutOfTokens: none of that class is to spare; `day` says when new ones come.
        """
        found = await rows.ids(Shelf.TOKEN, self._group(token_class, week_of(today)))
        for row in found[: max(0, len(found) - keep)]:
            value = await rows.get_whole(Shelf.TOKEN, row)
            await rows.delete(Shelf.TOKEN, row)
            if value is not None:
                return Token.decode(value)
        raise OutOfTokens(day=today + 1)

    async def lacking(
        self, roster: Roster, due: Iterable[tuple[int, Portion]]
    ) -> tuple[tuple[int, Portion], ...]:
        """Return those of `due`, pairs of serial and portion, of which some piece was never had."""
        await self._belong(roster.instance)
        async with self._ledger.reading() as rows:
            had = frozenset(await rows.ids(Shelf.PORTION))
        return tuple(
            (serial, portion)
            for serial, portion in due
            if not had.issuperset(row for _, row in self._pieces(portion, serial))
        )

    async def withdraw(
        self,
        transport: Transport,
        roster: Roster,
        portion: Portion,
        serial: int,
        certificate: bytes,
    ) -> int:
        """Ask for a portion, unless it was had before; returns how many tokens came.

        The requests are on disk before they are made, and the same ones are made again after a
        crash; each piece is marked in the step that keeps its tokens. So no piece is asked for
        twice, and none is lost.

        Raises:
            BrokerGone: the issuer did not answer; asking again costs nothing.
            NotYet: the roster names no key for that class and week.
            BadToken: an answer hides no signature by the key in the roster.
        """
        await self._belong(roster.instance)
        got = 0
        for piece, row in self._pieces(portion, serial):
            async with self._ledger.reading() as rows:
                done = bool(await rows.ids(Shelf.PORTION, row))
            if not done:
                asked = await self._prepared(roster, piece, row)
                got += await self._ask(transport, piece, row, asked, certificate)
        return got

    async def discard_all(self) -> int:
        """Destroy every token and request: after a restore they may have been spent already.

        The marks of portions go too, so that new tokens are asked for as far as the day's quota
        still goes. Returns how many tokens there were.
        """
        async with self._ledger.transaction("tokens-discarded") as rows:
            return await _clear(rows)

    async def forget(self, today: Day) -> None:
        """Drop what is over: tokens of past weeks, marks and requests of past days.

        Nothing ahead of `today`, which is proven and may lag: their portions are asked for once.
        """
        week = week_of(today)
        async with self._ledger.transaction("tokens-forgotten") as rows:
            tokens = await rows.ids(Shelf.TOKEN)
            over = self._over({row[:_GROUP] for row in tokens}, week)
            for row in tokens:
                if row[:_GROUP] in over:
                    await rows.delete(Shelf.TOKEN, row)
            for row, value in await rows.rows(Shelf.PORTION):
                if int.from_bytes(value, "big") < today:
                    await rows.delete(Shelf.PORTION, row)
            for row, value in await rows.rows(Shelf.TOKEN_REQUEST):
                if Asked.decode(value).day < today:
                    await rows.delete(Shelf.TOKEN_REQUEST, row)

    def _over(self, groups: AbstractSet[bytes], week: Week) -> AbstractSet[bytes]:
        """Return those of `groups`, which begin row ids, that are of a week before `week`."""
        left = set(groups)
        left -= {
            self._group(token_class, Week(week + ahead))
            for token_class in TOKEN_CLASSES
            for ahead in range(2)
        }
        # As a rule nothing is left now: an id alone does not say how old it is.
        past = range(week - 1, max(0, week - _WEEKS_BACK) - 1, -1) if left else ()
        return left & {
            self._group(token_class, Week(back)) for back in past for token_class in TOKEN_CLASSES
        }

    def _pieces(self, portion: Portion, serial: int) -> Iterator[tuple[Portion, bytes]]:
        """Return what is asked for at once, each with the row that marks it as had."""
        whole = portion.row(self._ledger, serial)
        for start in range(0, portion.count, AT_ONCE):
            piece = replace(portion, count=min(AT_ONCE, portion.count - start))
            yield piece, whole + start.to_bytes(4, "big")

    async def _belong(self, instance: str) -> None:
        """Throw everything away when the broker is another one than it was (PROTOCOL P-11.6)."""
        async with self._ledger.reading() as rows:
            known = await rows.get_whole(Shelf.META, _INSTANCE)
        if known == instance.encode():
            return
        async with self._ledger.transaction("wallet-moved") as rows:
            await _clear(rows)
            await rows.put(Shelf.META, _INSTANCE, instance.encode())

    def _group(self, token_class: TokenClass, week: Week) -> bytes:
        """Return what the row ids of one class and week begin with."""
        return self._ledger.key(str(token_class).encode(), week.to_bytes(8, "big"))

    async def _prepared(self, roster: Roster, piece: Portion, row: bytes) -> Asked:
        issuer = roster.issuer_key(piece.token_class, piece.week)
        challenge = Challenge(roster.instance, piece.token_class, piece.week)
        async with self._ledger.reading() as rows:
            found = dict(await rows.rows(Shelf.TOKEN_REQUEST))
        if row in found:
            kept = Asked.decode(found[row])
            if kept.fits(challenge, issuer.der, piece.count):
                return kept
        # A millisecond each: in a thread, so that no slot is late for it.
        requests = await asyncio.to_thread(
            lambda: tuple(prepare(issuer, challenge) for _ in range(piece.count))
        )
        made = Asked(piece.day, requests)
        async with self._ledger.transaction("tokens-prepared") as rows:
            await rows.put(Shelf.TOKEN_REQUEST, row, made.encode())
        return made

    async def _ask(
        self,
        transport: Transport,
        piece: Portion,
        row: bytes,
        asked: Asked,
        certificate: bytes,
    ) -> int:
        blinded = [request.blinded for request in asked.requests]
        body = pack(["issue", 1, str(piece.token_class), piece.week, piece.day, blinded])
        try:
            signed = _signatures(await transport.issue(body, certificate), len(blinded))
        except QuotaSpent:
            # More was asked for than the day holds: after a restore, say. It is not asked again.
            signed = ()
        tokens = [
            request.finalize(signature)
            for request, signature in zip(asked.requests, signed, strict=False)
        ]
        group = self._group(piece.token_class, piece.week)
        async with self._ledger.transaction("tokens-kept") as rows:
            for token in tokens:
                await rows.put(Shelf.TOKEN, group + token.spent_key, token.encode())
            await rows.delete(Shelf.TOKEN_REQUEST, row)
            await rows.put(Shelf.PORTION, row, piece.day.to_bytes(_DAY, "big"))
        return len(tokens)


async def _clear(rows: Transaction) -> int:
    count = len(await rows.ids(Shelf.TOKEN))
    for shelf in (Shelf.TOKEN, Shelf.TOKEN_REQUEST, Shelf.PORTION):
        for row in await rows.ids(shelf):
            await rows.delete(shelf, row)
    return count


def _signatures(value: Value, count: int) -> tuple[bytes, ...]:
    fields = Fields(value, "issued")
    found = fields.strings("signatures", least=count, most=count)
    fields.end()
    if any(len(signature) != AUTHENTICATOR_BYTES for signature in found):
        raise BadToken
    return found
