"""An edition arranged for its page: sections in order, every line with its numbered references. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby

from django.utils.translation import gettext as _

from therapies.content import (
    Bibliography,
    Content,
    Edition,
    Figure,
    Item,
    Line,
    Reference,
    Source,
    Stage,
    Statement,
    Test,
)
from therapies.glossary import WORDS
from therapies.vocabulary import LEVELS, SECTIONS

# What everybody should see. The other sections wait behind their headings, so that a phone shows the whole page at once.
OPEN = ("glance", "warning", "schedule", "day-of", "risks", "what", "visit", "newer")


@dataclass(frozen=True)
class Cited:
    line: Line
    references: tuple[Reference, ...]


@dataclass(frozen=True)
class Bar:
    """A visit in minutes: checks and medicines, drip, watching."""

    label: str
    ready: int
    drip: int
    watch: int

    @property
    def total(self) -> int:
        return self.ready + self.drip + self.watch


@dataclass
class Figures:
    """The figures of one group: those that stand alone, each with large dots, and those of the table."""

    title: str
    large: list[Cited]
    rows: list[Cited]


@dataclass
class Section:
    key: str
    title: str
    prose: list[Cited] = field(default_factory=list)
    facts: list[tuple[str, list[Cited]]] = field(default_factory=list)
    figures: list[Figures] = field(default_factory=list)
    tests: list[Cited] = field(default_factory=list)
    stages: list[Cited] = field(default_factory=list)
    warnings: list[tuple[str, list[Cited]]] = field(default_factory=list)
    bars: list[Bar] = field(default_factory=list)

    @property
    def is_open(self) -> bool:
        return self.key in OPEN

    def lines(self) -> Iterator[Line]:
        """Everything that it shows, as it shows it."""
        groups = [self.stages, *(lines for _, lines in self.warnings), self.prose, *(lines for _, lines in self.facts)]
        groups += [lines for figures in self.figures for lines in (figures.large, figures.rows)]
        yield from (cited.line for lines in (*groups, self.tests) for cited in lines)


@dataclass(frozen=True)
class Page:
    edition: Edition
    sections: list[Section]
    sources: tuple[Source, ...]

    def texts(self) -> Iterator[str]:
        """What may use a word that is explained: all but the explanations themselves."""
        yield self.edition.content.lead
        for section in self.sections:
            if section.key != WORDS:
                for line in section.lines():
                    yield from _texts(line)
        yield from (question.text for question in self.edition.content.questions)


def _texts(line: Line) -> tuple[str, ...]:
    """What a line says on its page: its sentences, and what a row of a table is of; no headings."""
    match line:
        case Statement():
            return (line.text,)
        case Stage():
            return line.text, line.next_words
        case Test():
            return line.name, line.why, line.when
        case Figure():
            return line.what, line.text
        case Item():
            return line.action, line.why
    raise TypeError(line)


def bars(stages: tuple[Stage, ...]) -> list[Bar]:
    """One bar for each length of visit; stages of the same length share one, and a shorter drip has its own."""
    lengths: dict[tuple[int, int, int], list[str]] = {}
    for stage in stages:
        if stage.drip_minutes:
            visit = (stage.ready_minutes, stage.drip_minutes, stage.watch_minutes)
            lengths.setdefault(visit, []).append(stage.name)
        if stage.short_drip_minutes:
            visit = (stage.ready_minutes, stage.short_drip_minutes, stage.watch_minutes)
            lengths.setdefault(visit, []).append(_("%(visit)s, shorter, for some people") % {"visit": stage.name})
    return [Bar(", ".join(names), *visit) for visit, names in lengths.items()]


def _only_after_treatment(item: Item, content: Content) -> bool:
    after = {stage.key for stage in content.stages if stage.after}
    return bool(item.stages) and after.issuperset(item.stages)


def arrange(edition: Edition) -> Page:
    content = edition.content
    bibliography = Bibliography(content)

    def cited(line: Line) -> Cited:
        return Cited(line, bibliography.cite(line.citations))

    sections = []
    for key, title in SECTIONS.get(content.kind, {}).items():
        section = Section(key, _(title))
        statements = [line for line in content.statements if line.section == key]
        section.prose = [cited(line) for line in statements if not line.label]
        labels = dict.fromkeys(line.label for line in statements if line.label)
        section.facts = [(label, [cited(line) for line in statements if line.label == label]) for label in labels]
        for group, lines in groupby((f for f in content.figures if f.section == key), lambda f: f.group):
            figures = Figures(group, [], [])
            for line in lines:
                (figures.large if line.picture and line.of == 100 else figures.rows).append(cited(line))
            section.figures.append(figures)
        if key == "tests":
            section.tests = [cited(line) for line in content.tests]
        if key == "schedule":
            section.stages = [cited(line) for line in content.stages]
        if key == "day-of":
            section.bars = bars(content.stages)
        if key == "risks" and content.kind == "therapy":
            # What another item of the same edition replaces would be read twice.
            replaced = {key for item in content.items for key in item.replaces}
            items = [item for item in content.items if item.level and item.key not in replaced]
            # So would the twin of a warning that is worded anew for after treatment.
            others = {(i.level, frozenset(i.signs)) for i in items if not _only_after_treatment(i, content)}
            items = [
                item
                for item in items
                if not (_only_after_treatment(item, content) and (item.level, frozenset(item.signs)) in others)
            ]
            section.warnings = [
                (level, [cited(item) for item in items if item.level == level])
                for level in LEVELS
                if any(item.level == level for item in items)
            ]
        if section != Section(key, section.title):
            sections.append(section)
    return Page(edition, sections, bibliography.sources)


def brand_names(content: Content) -> list[str]:
    """The brands of a therapy one by one: of "generic only, once Novantrone" the one that is a name."""
    return re.findall(r"\b[A-Z][\w-]*(?: [A-Z][\w-]*)*", content.brands)


def compared(contents: list[Content]) -> list[tuple[str, list[tuple[str, str]]]]:
    """The facts at a glance side by side: each label with the name of every therapy and what it says under it, which may
    be nothing. Labels stand in the order of the first therapy that has them."""
    labels: dict[str, None] = {}
    texts: dict[tuple[str, str], list[str]] = {}
    for content in contents:
        for line in content.statements:
            if line.section == "glance" and line.label:
                labels.setdefault(line.label)
                texts.setdefault((content.slug, line.label), []).append(line.text)
    return [(label, [(c.name, " ".join(texts.get((c.slug, label), []))) for c in contents]) for label in labels]


def _part(line: Line, content: Content) -> str:
    """What readers call the part of the page, or of the list, where a line stands."""
    match line:
        case Stage():
            return _(SECTIONS["therapy"]["schedule"])
        case Test():
            return _(SECTIONS[content.kind]["tests"])
        case Item():
            return _("Checklist")
        case Statement() | Figure():
            return _(SECTIONS[content.kind][line.section])
    raise TypeError(line)


def cited_sources(content: Content) -> list[tuple[Source, list[str]]]:
    """Every source of an edition with the parts of the page and of the list that rest on it."""
    citing: dict[str, list[str]] = {}
    for line in content.lines():
        for citation in line.citations:
            citing.setdefault(citation.source, []).append(_part(line, content))
    return [(source, list(dict.fromkeys(citing.get(source.key, [])))) for source in content.sources]
