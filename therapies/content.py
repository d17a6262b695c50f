"""The shape of an edition: what readers are told, typed, to and from JSON.

Pure: knows nothing of Django, of rows or of requests. Everything published since the first edition must still load, so
a change of shape raises SCHEMA and keeps reading the older ones. The choices of its fields stand in vocabulary.py.
"""

import hashlib
import json
import reprlib
from collections.abc import Callable, Iterator
from dataclasses import MISSING, dataclass, field, fields, replace
from datetime import date
from functools import cache
from typing import Any, get_args, get_origin, get_type_hints

from therapies.vocabulary import LANGUAGE

SCHEMA = 1


@dataclass(frozen=True, slots=True)
class Source:
    """A document. `title` names the document itself; `read_in` says in which copy it was read. A `weak` one is never linked."""

    key: str
    title: str
    publisher: str
    kind: str
    dated: str = ""
    url: str = ""
    read_in: str = ""
    weak: bool = False


@dataclass(frozen=True, slots=True)
class Citation:
    source: str
    place: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What every line of an edition has: a key that stays, what it rests on, and the month its label part was changed in
    words that nobody here has seen yet ("May 2026")."""

    key: str
    citations: tuple[Citation, ...] = ()
    label_changed: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage(Line):
    """Which visit of a therapy. `days` are infusion days in a row. The next dose is due `next_count` `next_unit` after the
    visit's `next_from` day moved by `next_offset_days`; a count of 0 means that no date follows."""

    name: str
    text: str = ""
    first: bool = False
    after: bool = False
    days: int = 1
    ready_minutes: int = 0
    drip_minutes: int = 0
    short_drip_minutes: int = 0
    watch_minutes: int = 0
    next_from: str = "first-day"
    next_offset_days: int = 0
    next_count: int = 0
    next_unit: str = "days"
    next_words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement(Line):
    section: str
    text: str
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Test(Line):
    """A test or check. `codes` are LOINC codes, for staff."""

    __test__ = False

    name: str
    why: str
    when: str
    required: str = "label"
    codes: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure(Line):
    """A number of a trial, of so many people: with the drug and with what it was compared to. A range has low and high.
    What one person can have several times, such as relapses in a year, is no share of people: it is a statement."""

    section: str
    group: str
    what: str
    drug_low: int
    drug_high: int
    other_low: int | None = None
    other_high: int | None = None
    comparator: str = ""
    of: int = 100
    picture: bool = False
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """First and last day of an item, in `unit`s counted from `anchor` (the end from `last_anchor`). Open where None.
    `every` > 0 repeats from `first` on until `last`. `hours` runs from the end of the drip. Words stand where no date can:
    what counts from a start that nobody was asked for. `practical`: no label gives these days."""

    first: int | None = None
    last: int | None = None
    unit: str = "days"
    anchor: str = "first-day"
    last_anchor: str = ""
    every: int = 0
    hours: int = 0
    words: str = ""
    practical: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Item(Line):
    """One line of a checklist with its rules; visits/checklist.py says how they are read."""

    kind: str
    phase: str
    action: str
    why: str
    owner: str
    safety: bool = False
    level: str = ""
    done_when: str = ""
    say: str = ""
    call: str = ""
    stages: tuple[str, ...] = ()
    first_visit: bool = False
    therapies: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    situations: tuple[str, ...] = ()
    premedicine: str = ""
    window: Window = Window()
    replaces: tuple[str, ...] = ()
    signs: tuple[str, ...] = ()
    editorial: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Something to ask the team. It states nothing, so it cites nothing."""

    key: str
    text: str
    stages: tuple[str, ...] = ()
    first_visit: bool = False
    therapies: tuple[str, ...] = ()
    situations: tuple[str, ...] = ()
    rank: int = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """A place of the clinic's. `arrive_minutes` is how early to come. Its texts are the clinic's own and cite nothing."""

    key: str
    name: str
    phone: str
    after_hours: str = ""
    address: str = ""
    directions: str = ""
    comforts: str = ""
    arrive_minutes: int = 0
    food: str = ""
    visitors: str = ""
    children: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """A house rule: the clinic's own days for the item of this key, shown beside the item's own, never instead."""

    key: str
    item: str
    why: str
    window: Window


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """One therapy, the guide, or the clinic's own locations and rules, in one language. `infusion_days` and `test_days`
    count from the first infusion, over two years, and draw the timeline. `settings` are the places this therapy may be
    given in."""

    kind: str
    slug: str
    name: str
    language: str = LANGUAGE
    brands: str = ""
    say: str = ""
    lead: str = ""
    summary: str = ""
    compiled_on: date
    settings: tuple[str, ...] = ()
    premedicines: tuple[str, ...] = ()
    infusion_days: tuple[int, ...] = ()
    test_days: tuple[int, ...] = ()
    sources: tuple[Source, ...] = ()
    stages: tuple[Stage, ...] = ()
    statements: tuple[Statement, ...] = ()
    tests: tuple[Test, ...] = ()
    figures: tuple[Figure, ...] = ()
    items: tuple[Item, ...] = ()
    questions: tuple[Question, ...] = ()
    locations: tuple[Location, ...] = ()
    overrides: tuple[Override, ...] = ()
    schema: int = field(default=SCHEMA)

    def lines(self) -> Iterator[Stage | Statement | Test | Figure | Item]:
        """Everything that states something, and so must cite."""
        yield from self.stages
        yield from self.statements
        yield from self.tests
        yield from self.figures
        yield from self.items

    def stage(self, key: str) -> Stage | None:
        return next((stage for stage in self.stages if stage.key == key), None)


@dataclass(frozen=True, slots=True)
class Notice:
    """What a reviewer took from readers, why, and when. Without words: the whole page. `is_back`: readers have the line
    again, in other words."""

    words: str
    reason: str
    on: date
    is_back: bool = False


@dataclass(frozen=True, slots=True)
class Edition:
    """A published content with its number and the day it was published, as the Library holds it. Withdrawn lines are not
    in it any more; `notices` tell of them. `withdrawn` is set while the whole page is. `overdue` on the day of reading."""

    content: Content
    number: int
    published_on: date
    checked: int = 0
    checked_by: tuple[str, ...] = ()
    published_by: str = ""
    change_kind: str = ""
    change_note: str = ""
    review_again_on: date | None = None
    overdue: bool = False
    notices: tuple[Notice, ...] = ()
    withdrawn: Notice | None = None

    @property
    def total(self) -> int:
        """How many lines a clinician can check."""
        return sum(1 for _ in self.content.lines())


LINE_TYPES: dict[str, type] = {
    "sources": Source,
    "stages": Stage,
    "statements": Statement,
    "tests": Test,
    "figures": Figure,
    "items": Item,
    "questions": Question,
    "locations": Location,
    "overrides": Override,
}


def _build(cls: type, data: dict[str, Any]) -> Any:
    """One dataclass from its JSON. Raises TypeError, with a sentence, where a field is unknown, missing or of a wrong kind."""
    named = data.get("key", cls.__name__)
    kinds = _kinds(cls)
    if unknown := [name for name in data if name not in kinds]:
        raise TypeError(f"{named}: {unknown[0]!r} is not a known field.")
    values: dict[str, Any] = {n: tuple(value) if isinstance(value, list) else value for n, value in data.items()}
    if isinstance(values.get("citations"), tuple):
        for pair in values["citations"]:
            if not (isinstance(pair, list) and len(pair) == 2 and all(isinstance(word, str) for word in pair)):
                raise TypeError(f"{named}: a citation is a source and the place in it, not {reprlib.repr(pair)}.")
        values["citations"] = tuple(Citation(*pair) for pair in values["citations"])
    if isinstance(values.get("window"), dict):
        try:
            values["window"] = _build(Window, values["window"])
        except TypeError as error:
            raise TypeError(f"{named}: {error}") from error
    for name, value in values.items():
        if not kinds[name](value):
            raise TypeError(f"{named}: {name} can't be {reprlib.repr(value)}.")
    if missing := [name for name in _required(cls) if name not in values]:
        raise TypeError(f"{named}: {missing[0]} is missing.")
    return cls(**values)


@cache
def _required(cls: type) -> list[str]:
    return [f.name for f in fields(cls) if f.default is MISSING]


@cache
def _kinds(cls: type) -> dict[str, Callable[[Any], bool]]:
    """The fields of a dataclass, each with what tells whether a value is of its type."""
    hints = get_type_hints(cls)
    return {f.name: _is_a(hints[f.name]) for f in fields(cls)}


def _is_a(kind: Any) -> Callable[[Any], bool]:
    """Tells whether a value is of a field's type: a plain class, `int | None`, or a tuple of one class."""
    if get_origin(kind) is tuple:
        one = get_args(kind)[0]
        return lambda value: isinstance(value, tuple) and all(isinstance(part, one) for part in value)
    if kind is bool:
        return lambda value: isinstance(value, bool)
    return lambda value: isinstance(value, kind) and not isinstance(value, bool)


def from_json(data: dict[str, Any]) -> Content:
    """Content from its JSON. Raises TypeError, with a sentence, where a field is missing, unknown or of a wrong kind."""
    if data.get("schema", SCHEMA) != SCHEMA:
        raise TypeError(f"This edition has shape {data['schema']}; this release reads shape {SCHEMA}.")
    values = dict(data)
    if "compiled_on" in values:
        try:
            values["compiled_on"] = date.fromisoformat(values["compiled_on"])
        except (TypeError, ValueError):
            raise TypeError(f"compiled_on can't be {values['compiled_on']!r}. Write a date as 2026-11-22.") from None
    for name, cls in LINE_TYPES.items():
        values[name] = tuple(_build(cls, line) for line in values.get(name, []))
    content = _build(Content, values)
    assert isinstance(content, Content)  # noqa: S101 - for the type checker
    return content


def to_json(content: Content) -> dict[str, Any]:
    """JSON of a content: every field, so that an edition says all that it means."""
    return {f.name: plain_json(getattr(content, f.name)) for f in fields(content)}


def plain_json(value: Any) -> Any:
    """A value of a field as JSON holds it: tuples as lists, a date as its text, a citation as its source and place."""
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, tuple):
        return [plain_json(one) for one in value]
    if isinstance(value, date):
        return value.isoformat()
    return [value.source, value.place] if isinstance(value, Citation) else line_json(value)


def line_json(line: Any) -> dict[str, Any]:
    """JSON of one line."""
    return {f.name: plain_json(getattr(line, f.name)) for f in fields(line)}


def edition_from_json(data: dict[str, Any]) -> Edition:
    """An edition as the Library holds it, of what `line_json` made of it. Raises TypeError, ValueError or KeyError where
    this release writes it differently."""

    def notice(of: dict[str, Any]) -> Notice:
        return Notice(**of | {"on": date.fromisoformat(of["on"])})

    again, away = data["review_again_on"], data["withdrawn"]
    typed = {
        "content": from_json(data["content"]),
        "published_on": date.fromisoformat(data["published_on"]),
        "checked_by": tuple(data["checked_by"]),
        "review_again_on": date.fromisoformat(again) if again else None,
        "notices": tuple(map(notice, data["notices"])),
        "withdrawn": notice(away) if away else None,
    }
    return Edition(**data | typed)


def words_of(line: Any) -> str:
    """What a line, or its row, says to readers, in one text."""
    return " ".join(
        text for name in ("action", "text", "name", "what", "why", "when") if (text := getattr(line, name, ""))
    )


def texts_in(value: Any) -> Iterator[str]:
    """Every text that a value of a line holds, also within lists and dictionaries; not the keys of these."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list | tuple):
        for one in value.values() if isinstance(value, dict) else value:
            yield from texts_in(one)


def line_from_json(name: str, data: dict[str, Any]) -> Any:
    """One line of the list of this name. Raises TypeError with a sentence."""
    return _build(LINE_TYPES[name], data)


@dataclass(frozen=True, slots=True)
class Reference:
    """A citation as a reader meets it: the number of the source in the list of its page, and the place in it."""

    number: int
    place: str


class Bibliography:
    """Numbers sources in the order in which one page or checklist cites them."""

    def __init__(self, *contents: Content) -> None:
        self._known = {source.key: source for content in contents for source in content.sources}
        self._numbers: dict[str, int] = {}

    def cite(self, citations: tuple[Citation, ...]) -> tuple[Reference, ...]:
        return tuple(
            Reference(self._numbers.setdefault(citation.source, len(self._numbers) + 1), citation.place)
            for citation in citations
        )

    @property
    def sources(self) -> tuple[Source, ...]:
        return tuple(self._known[key] for key in self._numbers)


def fingerprint(data: dict[str, Any]) -> str:
    """SHA-256 over the JSON of a content, the same whatever the order of keys."""
    return hashlib.sha256(json.dumps(data, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def line_fingerprints(content: Content) -> dict[str, str]:
    """The fingerprint of every line that states something, by its key: of its words, rules and citations."""
    return {line.key: fingerprint(line_json(line)) for line in content.lines()}


def without(content: Content, keys: set[str]) -> Content:
    """The content without the lines of these keys. Sources stay: other lines may cite them."""
    kept: Any = {
        n: tuple(line for line in getattr(content, n) if line.key not in keys) for n in LINE_TYPES if n != "sources"
    }
    return replace(content, **kept)
