"""What the tests of a case share, and strategies that draw any case.

The strategies draw every part, every question and every state of an answer. They read the
same declarations as the program, so a new question is drawn without being named.
"""

from datetime import date, datetime
from typing import cast
from unicodedata import normalize

from hypothesis import strategies as st
from pydantic_core import PydanticCustomError

from client.case import (
    EVERY_PART,
    PARTS,
    ConsentInput,
    Part,
    PartId,
    PartName,
    PlaceAnswerInput,
    PlaceInquiryInput,
    PoliceLine,
    PoliceRequestInput,
    Section,
    Source,
    State,
    order_of,
    part_id,
)
from client.case.answer import MOST
from client.case.checking import checked
from client.case.consent import ChildConsent
from client.case.declaration import Kind, Question, questions, walk
from client.case.person import Person
from client.case.text import TextRule
from client.casefile import CaseFile, CaseHeader
from client.codename import new_code_name

DAY = date(2026, 11, 9)
SECTIONS: tuple[type[Section], ...] = (
    CaseHeader,
    PlaceInquiryInput,
    PlaceAnswerInput,
    *PARTS.values(),
    ConsentInput,
    PoliceRequestInput,
)
# Built from pieces, so that no such number stands in the tree; the check digits are wrong.
SOMEBODYS_NUMBER = "010190" + "12345"


NOON = datetime(2026, 11, 9, 12, 5)  # noqa: DTZ001 - the time on the wall
VALUES: dict[Kind, object] = {
    Kind.TEXT: "MERKE",
    Kind.NUMBER: 7,
    Kind.DATE: DAY,
    Kind.MOMENT: NOON,
}


DAYS = st.dates(date(1900, 1, 1), date(2100, 12, 31))
MOMENTS = st.datetimes(datetime(1900, 1, 1), datetime(2100, 12, 31)).map(  # noqa: DTZ001 - wall time
    lambda moment: moment.replace(second=0, microsecond=0)
)
# Texts that YAML or the shorthand could take for something else.
TRICKY = st.sampled_from(
    [
        *("ukjent", "Veit ikkje", "ja", "no", "null", "~", "NULL", "yes", "12", "1.5", "0x1F"),
        *("2026-11-05", "- a", "# b", "a: b", "a #b", "&c", "*d", "!e", "|", ">", "{f}", "[g]"),
        *("'", '"', "%h", "@i", "`j`", "? k", ": l", "--- m", "ja – n", "nei, o", "<<", "="),
        *("Máret Čappa đŋšŧž", "to\nlinjer", "a\n\n\nb", "tab\tber", "\N{SNOWMAN}", "\U0001f43b"),
    ]
)
LETTERS = st.text(
    st.characters(exclude_categories=("Cs", "Cc", "Cn", "Co")), min_size=1, max_size=24
)


def answer(value: object, **more: object) -> dict[str, object]:
    """Give an answer's values with a source and a day."""
    return {"value": value, "source": Source.STAFF, "as_of": DAY} | more


def only(path: str, asked: Question) -> dict[str, object]:
    """Give a part's values in which one question is answered, however deep it stands."""
    leaf = next(iter(asked.choices)) if asked.choices else VALUES[asked.kind]
    if path.endswith("birth_year"):
        leaf = 1991
    values: object = answer((leaf,) if asked.many else leaf)
    name, *steps = path.split(".")
    groups = dict(walk(PARTS[PartName(name)]))
    for depth in range(len(steps), 0, -1):
        values = {steps[depth - 1]: values}
        outer = groups.get(".".join((name, *steps[: depth - 1])))
        if outer is not None and outer.many:
            values = (values,)
    return cast("dict[str, object]", values)


def person(**fields: object) -> Person:
    """Give the part about the person, with these answers."""
    return checked(Person, {name: answer(value) for name, value in fields.items()}, "person")


def _kept(rule: TextRule, text: str) -> bool:
    try:
        return rule.check(text) == text
    except PydanticCustomError:
        return False


def texts(limit: int, *, file: bool = False) -> st.SearchStrategy[str]:
    """Draw a text of at most `limit` characters in the form that is kept."""
    rule = TextRule(limit, file=file)
    drawn = st.one_of(TRICKY, LETTERS).map(lambda text: normalize("NFC", text).strip()[:limit])
    return drawn.filter(lambda text: _kept(rule, text))


def leaves(asked: Question) -> st.SearchStrategy[object]:
    """Draw one value of the kind that `asked` asks for."""
    if asked.choices is not None:
        return st.sampled_from(list(asked.choices))
    if asked.name == "code_name":
        return st.builds(new_code_name)
    if asked.name == "birth_year":
        return st.integers(1900, 2100)
    if asked.name == "child":
        return st.sampled_from([part for part in EVERY_PART if part.startswith("child.")])
    drawn: dict[Kind, st.SearchStrategy[object]] = {
        Kind.TEXT: texts(asked.limit or 0, file=asked.name == "file"),
        Kind.NUMBER: st.integers(0, 999),
        Kind.DATE: DAYS,
        Kind.MOMENT: MOMENTS,
        Kind.PART: st.sampled_from(EVERY_PART),
    }
    return drawn[asked.kind]


def answers(value: st.SearchStrategy[object]) -> st.SearchStrategy[dict[str, object]]:
    """Draw an answer: a value or the lack of one, from somebody, as of a day, perhaps noted."""
    said: dict[str, st.SearchStrategy[object]] = {
        "source": st.sampled_from(Source),
        "as_of": DAYS,
    }
    noted: dict[str, st.SearchStrategy[object]] = {"note": st.none() | texts(280)}
    given = st.fixed_dictionaries({"value": value, **said, **noted})
    lacking: st.SearchStrategy[object] = st.sampled_from(
        [state for state in State if state is not State.GIVEN]
    )
    return given | st.fixed_dictionaries({"state": lacking, **said, **noted})


def fields(asked: Question, depth: int) -> st.SearchStrategy[object]:
    """Draw what may stand in the field of `asked`."""
    if asked.group is not None:
        group = sections(asked.group, depth + 1)
        if asked.group is ChildConsent:
            rows = st.lists(group, max_size=2, unique_by=lambda row: str(row.get("child")))
            return rows.map(tuple)
        return st.lists(group, max_size=2).map(tuple) if asked.many else group
    leaf = leaves(asked)
    value: st.SearchStrategy[object] = leaf
    if asked.many:
        value = st.lists(leaf, min_size=int(asked.answered), max_size=3).map(tuple)
    return answers(value) if asked.answered else value


@st.composite
def sections(draw: st.DrawFn, model: type[Section], depth: int = 0) -> dict[str, object]:
    """Draw the values of a section: what is required, and a few of the other questions."""
    asked = list(questions(model))
    chosen = [each for each in asked if each.required]
    left_out = {"names", "ask_destination"}  # these stand beside others, not by themselves
    others = [each for each in asked if not each.required and each.name not in left_out]
    most = 1 if model is PoliceLine else max(1, 4 - depth)
    least = 1 if model is PoliceLine else 0
    chosen += draw(st.lists(st.sampled_from(others), min_size=least, max_size=most, unique=True))
    values = {each.name: draw(fields(each, depth)) for each in chosen}
    return draw(st.just(values).filter(_said)) if model is PoliceLine else values


def _said(line: dict[str, object]) -> bool:
    return () not in line.values()


def built(model: type[Section]) -> st.SearchStrategy[Section]:
    """Draw a whole section."""
    return sections(model).map(lambda values: checked(model, values, "drawn"))


@st.composite
def named_parts(draw: st.DrawFn) -> tuple[PartId, Part]:
    """Draw one part under its id."""
    name = draw(st.sampled_from(PartName))
    numbered = name in {PartName.CHILD, PartName.ATTACHMENT}
    number = draw(st.integers(1, MOST)) if numbered else 0
    return part_id(name, number), cast("Part", draw(built(PARTS[name])))


@st.composite
def case_files(draw: st.DrawFn) -> CaseFile:
    """Draw a whole case file, as reading one could have made it."""
    parts = dict(draw(st.lists(named_parts(), max_size=4)))
    header = cast("CaseHeader", draw(built(CaseHeader)))
    return CaseFile(
        header=header.model_copy(update={"move_number": None}),
        parts=_in_order(parts),
        place_inquiry=cast("PlaceInquiryInput", draw(built(PlaceInquiryInput))),
        consent=cast("ConsentInput | None", draw(st.none() | built(ConsentInput))),
        police_request=cast(
            "PoliceRequestInput | None", draw(st.none() | built(PoliceRequestInput))
        ),
    )


def _in_order(parts: dict[PartId, Part]) -> dict[PartId, Part]:
    """Number children and attachments from 1 without gaps, as their place in a list does."""
    counts: dict[str, int] = {}
    made: dict[PartId, Part] = {}
    for part in sorted(parts, key=order_of):
        name = PartName(parts[part].WORD)
        if "." in part:
            counts[name] = counts.get(name, 0) + 1
        made[part_id(name, counts.get(name, 0))] = parts[part]
    return made
