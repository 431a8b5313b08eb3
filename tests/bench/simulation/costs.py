"""What a real day costs, and its tokens: asked for, signed blind, unblinded, checked.

This file knows how processor time is counted by work, and that every cell is paid for by a real
token. It refuses to know what is paid for.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import process_time

from client.rows import Transaction
from keys.address import TOKEN_CLASSES, CellClass, Role, TokenClass
from keys.calendar import Day, week_of
from keys.token import Challenge, IssuerSecret, Token, prepare, verify
from tests.cells import INSTANCE


@dataclass(slots=True)
class Costs:
    """What was measured: seconds of processor time by work, and bytes by what they are."""

    seconds: Counter[str] = field(default_factory=Counter)
    up: Counter[tuple[Role, CellClass]] = field(default_factory=Counter)
    down: Counter[Role] = field(default_factory=Counter)
    cells: int = 0
    tokens: int = 0
    tried: Counter[Role] = field(default_factory=Counter)
    disk: int = 0
    told: Counter[str] = field(default_factory=Counter)
    """Bytes that all members have published, by kind."""
    board: int = 0
    """Bytes that all members have read of the keys board."""
    lists: int = 0
    begun: int = 0
    """Envelopes that begin a package: sealed to a one-time key where there is one."""
    once: int = 0
    """How many of those had one."""
    opened_once: int = 0

    def forget(self) -> None:
        """Begin anew: what came before is not of this day."""
        self.seconds.clear()
        self.told.clear()
        self.board = self.lists = 0

    @contextmanager
    def of(self, work: str) -> Iterator[None]:
        """Measure a block."""
        began = process_time()
        try:
            yield
        finally:
            self.seconds[work] += process_time() - began


class Tokens:
    """The issuer of a day, and the wallets: a token is signed blind when a slot needs it."""

    def __init__(self, costs: Costs, today: Day) -> None:
        self._costs = costs
        self._week = week_of(today)
        self._keys = {cls: IssuerSecret.generate() for cls in TOKEN_CLASSES}
        self._ready: dict[TokenClass, list[Token]] = {cls: [] for cls in TOKEN_CLASSES}

    def stock(self, needed: Mapping[TokenClass, int]) -> None:
        """Make tokens for a slot: asked for, signed, unblinded."""
        for cls, count in needed.items():
            key, challenge = self._keys[cls], Challenge(INSTANCE, cls, self._week)
            self._costs.tokens += count
            with self._costs.of("member: ask for tokens"):
                asked = [prepare(key.public, challenge) for _ in range(count)]
            with self._costs.of("issuer: sign tokens"):
                signed = [key.blind_sign(one.blinded) for one in asked]
            with self._costs.of("member: ask for tokens"):
                made = [one.finalize(said) for one, said in zip(asked, signed, strict=True)]
            self._ready[cls] += made

    async def take(self, _rows: Transaction, cls: TokenClass, _today: Day) -> Token:
        """Give one, as `Wallet.take`."""
        return self._ready[cls].pop()

    def check(self, token: Token, cls: TokenClass) -> None:
        """Verify one, as the broker does.

        Raises:
            BadToken: it is not good for that.
        """
        verify(token, self._keys[cls].public, Challenge(INSTANCE, cls, self._week))
