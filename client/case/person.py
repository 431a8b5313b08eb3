"""Who comes, and how to meet and reach her or him safely.

This part knows a birth *year* and what the person wants to be called. It refuses to know a
national identity number, and every text refuses one.
"""

from typing import Annotated

from client.case.answer import Answer, Flags, Part
from client.case.numbers import Year
from client.case.part_id import PartName
from client.case.text import Lines, Long, Name, Names, Short
from client.case.words import AddressBlock, YesNo


class Person(Part):
    """Bruker."""

    WORD = PartName.PERSON
    VERSION = 2

    call_name: Annotated[Answer[Name] | None, Flags("A")] = None
    full_name: Annotated[Answer[Name] | None, Flags("SX")] = None
    birth_year: Annotated[Answer[Year] | None, Flags("AS")] = None
    gender_self: Annotated[Answer[Name] | None, Flags("A9")] = None
    pronoun: Annotated[Answer[Name] | None, Flags("A9")] = None
    languages: Annotated[Answer[Names] | None, Flags("A")] = None
    reads: Annotated[Answer[Names] | None, Flags("A")] = None
    interpreter_need: Annotated[Answer[YesNo] | None, Flags("AS")] = None
    interpreter_avoid: Annotated[Answer[Short] | None, Flags("AS")] = None
    safe_contact: Annotated[Answer[Short] | None, Flags("AS")] = None
    unsafe_contacts: Annotated[Answer[Lines] | None, Flags("AS")] = None
    trusted_person: Answer[Short] | None = None
    trusted_person_may_be_contacted: Answer[YesNo] | None = None
    population_register_protection: Annotated[Answer[AddressBlock] | None, Flags("AS")] = None
    looks_out_for: Annotated[Answer[Long] | None, Flags("A")] = None
