"""A kept list whose words changed since: what is safety is taken from the newest editions at once, the rest is told.

Pure: no Django, no clock, no database. Editions come by slug, those that the list was made from and the newest ones.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from therapies.changes import Told, told
from therapies.content import Content, Edition, Item, Override, Stage
from therapies.vocabulary import SITUATIONS
from visits.checklist import Answers, Checklist, holds

WEIGHTS = ("safety", "timing", "wording")
Editions = Mapping[str, Edition]


def with_safety(pinned: Editions, newest: Editions) -> dict[str, Edition]:
    """The pinned editions with every item that is a safety item then or now as the newest ones have it. Visits that the
    newest have no more keep what was about their safety: that they are gone says nothing of it."""
    contents = [edition.content for side in (pinned, newest) for edition in side.values()]
    safety = {item.key for content in contents for item in content.items if item.safety}
    both = pinned.keys() & newest.keys()
    then, now = ({stage.key for slug in both for stage in side[slug].content.stages} for side in (pinned, newest))
    mixed = dict(pinned)
    for slug, new in newest.items():
        old = pinned.get(slug) or replace(new, content=emptied(new.content))
        if old.number == new.number and slug in pinned:
            continue
        content = _mixed(old.content, new.content, safety, then - now)
        if slug not in pinned and not content.items:
            continue
        checked = min(old.checked, new.checked, sum(1 for _ in content.lines()))
        mixed[slug] = replace(old, content=content, checked=checked)
    return mixed


def emptied(content: Content) -> Content:
    """What a list had of an edition that was not there yet."""
    return replace(content, items=(), questions=(), locations=(), overrides=())


def _mixed(old: Content, new: Content, safety: set[str], gone: set[str]) -> Content:
    """Places and pre-medicines of both, since they only add items. No old item replaces a safety item: the newest edition
    may have taken that back, and two items that replace each other would both be gone."""
    now = {item.key: item for item in new.items}
    items: list[Item] = []
    for item in old.items:
        if item.key not in safety:
            items.append(replace(item, replaces=tuple(key for key in item.replaces if key not in safety)))
        elif item.key in now:
            held = gone.intersection(item.stages) if now[item.key].stages else set()
            items.append(replace(now[item.key], stages=(*now[item.key].stages, *held)))
        elif gone.intersection(item.stages):
            items.append(item)
    there = {item.key for item in old.items}
    items += [item for item in new.items if item.key in safety and item.key not in there]
    cited = {citation.source for item in items if item.key in safety for citation in item.citations}
    sources = {source.key: source for source in old.sources}
    sources |= {source.key: source for source in new.sources if source.key in cited}
    return replace(
        old,
        items=tuple(items),
        sources=tuple(sources.values()),
        settings=tuple(dict.fromkeys((*old.settings, *new.settings))),
        premedicines=tuple(dict.fromkeys((*old.premedicines, *new.premedicines))),
    )


@dataclass(frozen=True)
class News:
    """What changed on one list: the newest edition that says it differently, and how it says it, safety first. `at_once`:
    it came with one edition, so its day is known."""

    edition: Edition
    changes: tuple[Told, ...]
    at_once: bool

    @property
    def safety(self) -> bool:
        return any(change.safety for change in self.changes)


def news(pinned: Editions, newest: Editions, lines: set[tuple[str, str]]) -> tuple[News, ...]:
    """What changed of these lines, each a kind and a key; what changed last comes first."""
    found = []
    for slug, new in newest.items():
        old = pinned[slug].content if slug in pinned else emptied(new.content)
        number = pinned[slug].number if slug in pinned else 0
        changes = [c for c in told(old, new.content) if c.fields and (c.kind, c.key) in lines]
        if changes and number != new.number:
            changes.sort(key=lambda change: WEIGHTS.index(change.weight))
            found.append(News(new, tuple(changes), at_once=new.number == number + 1))
    return tuple(sorted(found, key=lambda one: one.edition.published_on, reverse=True))


def lines_of(made: Checklist) -> set[tuple[str, str]]:
    """Every line that a list is made from."""
    keys = {entry.item.key for entry in made.entries}
    rules = made.clinic.content.overrides if made.clinic else ()
    lines = {("items", key) for key in keys}
    lines |= {("overrides", rule.key) for rule in rules if rule.item in keys}
    lines |= {("questions", question.key) for question in made.questions}
    lines.add(("stages", made.stage.key))
    if made.location:
        lines.add(("locations", made.location.key))
    return lines


def lines_for(stage: Stage, therapy: Content, contents: Iterable[Content]) -> set[tuple[str, str]]:
    """Every line that can stand on a list of this visit, whoever it is for."""
    anybody = Answers(stage=stage.key, date=date.max, situations=frozenset(SITUATIONS))
    lines = {("stages", stage.key)}
    rules: list[Override] = []
    for content in contents:
        lines |= {("items", item.key) for item in content.items if holds(item, therapy, stage, anybody)}
        lines |= {("questions", q.key) for q in content.questions if not q.stages or stage.key in q.stages}
        lines |= {("locations", location.key) for location in content.locations}
        rules += content.overrides
    return lines | {("overrides", rule.key) for rule in rules if ("items", rule.item) in lines}
