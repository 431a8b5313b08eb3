"""Who says so, and since when: once for a part where every answer has the same.

This file knows where an origin stands on a page. It refuses to leave out any that differs: then
each answer says its own.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from client.sheet import Block, Item, Origin, Phrase, Say


def once(blocks: Sequence[Block]) -> tuple[Block, ...]:
    """Return the blocks of one part; an origin that is everybody's stands above the first."""
    match [one for block in blocks for one in _origins(block.items)]:
        case [shared, *more] if more and {*more} == {shared}:
            pass
        case _:
            return tuple(blocks)  # one alone says its own, as do several that differ
    bare = [replace(block, items=tuple(map(_bare, block.items))) for block in blocks]
    above = Item(Say("sheet.origin"), (shared.source, shared.as_of))
    first, *others = bare
    return (replace(first, items=(above, *first.items)), *others)


def _origins(items: Sequence[Phrase]) -> Iterator[Origin]:
    for item in items:
        if isinstance(item, Item):
            if item.origin is not None:
                yield item.origin
            yield from _origins(item.phrases)


def _bare(item: Item) -> Item:
    inner = (_bare(one) if isinstance(one, Item) else one for one in item.phrases)
    return replace(item, phrases=tuple(inner), origin=None)
