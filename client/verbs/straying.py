"""Who read a case at the centre that it was not meant for, as the two desks tell each other.

This file knows closed words. It refuses to send them: the desks ring, and each writes down what it
knows (CONSENT C-19).
"""

from dataclasses import replace

from client import audit
from client.astray import Astray
from client.audit import Act, Entry
from client.control import Answer
from client.office import Office
from client.refusals import UnknownWord, WrongState
from client.shelf import Shelf
from client.verbs.arguments import Arguments
from client.vocabulary import ReadBy
from keys.errors import NotHere


async def astray(office: Office, given: Arguments) -> Answer:
    """Write down who read a case that went astray, in closed words; nothing leaves.

    Raises:
        NotHere: no case of that name went astray.
        WrongState: nobody has opened it, as far as this desk knows.
        UnknownWord: a word is none of the list, or `nobody` stands beside another.
    """
    code_name = given.text("code_name")
    words = given.texts("words")
    given.end()
    staff = office.staff
    said = _read_by(words)
    async with office.ledger.transaction("astray-told") as rows:
        found = [
            (row, one)
            for row, value in await rows.rows(Shelf.ASTRAY)
            if (one := Astray.decode(value)).code_name == code_name
        ]
        if not found:
            raise NotHere
        row, one = found[-1]
        if not one.since:
            raise WrongState(kind="astray.not_opened")
        await rows.put(Shelf.ASTRAY, row, replace(one, said=said).encode())
        await audit.write(rows, Entry(office.now, Act.ASTRAY_TOLD, code_name, staff.name))
    return {"words": [one.value for one in said], "ours": one.ours}


def _read_by(words: tuple[str, ...]) -> tuple[ReadBy, ...]:
    known_words = {one.value: one for one in ReadBy}
    alone = ReadBy.NOBODY.value in words and len(words) > 1
    if not words or alone or not set(words) <= known_words.keys():
        raise UnknownWord(field="astray.word", count=len(ReadBy))
    return tuple(known_words[one] for one in dict.fromkeys(words))
