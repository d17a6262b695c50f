"""What of a checklist stands on one leaf, and how many of its lines go on in the booklet.

Pure: no Django, no clock, no database. A style sheet can't know what fits, so it is counted here in lines of a column, rather
too many than too few. The sizes were measured in Chromium on Letter and A4; tests/browser/test_paper.py prints them.

Nothing is shortened. Where a list is too long for one leaf, warning signs stand first, all of them: half of a list of signs
would say that the other half is harmless. They make the leaf longer before one of them gives way. Then comes what is there
for safety, then the rest, in the order of the booklet. One sentence says how many lines go on in the booklet, and from which
of its headings on.
"""

from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from math import ceil
from textwrap import wrap

from therapies.vocabulary import LEVELS, OWNERS
from visits.checklist import Checklist, Entry, by_date

PARTS = {  # the headings of the booklet that stand under one of the sheet, in the order of the sheet
    "late": ("late",),
    "now": ("now",),
    "until": ("weeks-before", "week-before", "day-before"),
    "bring": ("bring",),
    "day": ("day-of", "at-the-visit", "rest-of-the-day"),
    "after": ("days-after",),
    "before": ("before",),
    "asked": ("asked",),
}
BEFORE = ("weeks-before", "week-before", "day-before", "day-of")
SAID = ("late", "now")  # parts that say what to say
MOST_UNDONE = 6  # on the page for the nurse


@dataclass(frozen=True)
class Size:
    """`wide` is how many characters stand in a line of a column, `lines` how many lines all columns hold under the title.
    The others are lines, too: what a heading takes, the space between two entries, and a bar of the day."""

    key: str
    wide: int
    lines: int
    heading: float
    gap: float
    bar: float

    def of(self, text: str) -> int:
        return len(wrap(text, self.wide))


SIZES = (
    Size("standard", wide=46, lines=204, heading=1.8, gap=0.15, bar=4),
    Size("large", wide=68, lines=132, heading=1.8, gap=0.15, bar=4),
)


@dataclass(frozen=True)
class Group:
    """Entries that say the same about when; `says_when` is False where their heading says it."""

    entries: tuple[Entry, ...]
    says_when: bool


@dataclass(frozen=True)
class Sheet:
    """`more` lines go on in the booklet, under its heading `more_from` and those that follow: late, now, a phase, warning,
    before or asked. `done` is what was ticked."""

    size: str
    parts: tuple[tuple[str, tuple[Group, ...]], ...]
    warnings: tuple[tuple[str, tuple[Entry, ...]], ...]
    done: tuple[Entry, ...]
    more: int
    more_from: str

    @property
    def hatch(self) -> str:
        return f"hatch-{self.size}"


@dataclass(frozen=True)
class Card:
    """What a helper watches for after the infusion: `now` are all signs for 911, `ending` those to call about for some time
    only. `more` others to call about have no end; they stand on the sheet."""

    now: tuple[Entry, ...]
    ending: tuple[Entry, ...]
    more: int


@dataclass(frozen=True)
class NursePage:
    """What the nurse asks before the drip, and which tasks up to the visit are not done: what is late, then safety, then by
    date. `more` of them stand on the list alone."""

    asked: tuple[Entry, ...]
    undone: tuple[Entry, ...]
    more: int


def make_nurse_page(made: Checklist, done: Collection[str] = ()) -> NursePage | None:
    """The page to fill in by hand and give to the nurse; None where no visit is ahead, or no question is published. The keys
    in `done` were ticked."""
    if not made.asked or made.today > made.days[-1]:
        return None
    tasks = [e for e in made.entries if e.item.kind == "task" and e.item.phase in BEFORE and e.item.key not in done]
    tasks.sort(key=lambda e: (e.state != "missed", not e.item.safety, by_date(e)))
    return NursePage(made.asked, tuple(tasks[:MOST_UNDONE]), max(0, len(tasks) - MOST_UNDONE))


def make_card(made: Checklist) -> Card | None:
    """The card for the fridge; None after treatment, where no infusion has just been."""
    if made.stage.after:
        return None
    phases = [entry for phase, entries in made.phases if phase == "rest-of-the-day" for entry in entries]
    signs = [entry for _, entries in made.warnings for entry in entries] + [e for e in phases if e.item.level]
    call = [entry for entry in signs if entry.item.level == "same-day"]
    ending = sorted((e for e in call if e.last or e.item.window.hours), key=by_date)
    return Card(
        now=tuple(entry for entry in signs if entry.item.level == "now"),
        ending=tuple(ending),
        more=len(call) - len(ending),
    )


def _in_booklet(made: Checklist) -> Iterator[tuple[str, Entry]]:
    """Every entry with its heading, in the order of the booklet."""
    warnings = tuple(entry for _, entries in made.warnings for entry in entries)
    for heading, entries in (
        ("late", made.late), ("now", made.now), *made.phases, ("warning", warnings), ("before", made.before),
        ("asked", made.asked),
    ):  # fmt: skip
        for entry in entries:
            yield heading, entry


def _groups(part: str, entries: Iterable[Entry], made: Checklist) -> Iterator[Group]:
    for _, same in groupby(entries, key=lambda entry: entry.when):
        group = tuple(same)
        first = group[0]
        is_said = part == "bring" or (part == "day" and first.first == first.last == made.days[0])
        yield Group(group, says_when=part not in ("before", "asked") and (not is_said or first.rule is not None))


def _arranged(made: Checklist, size: str, shown: Collection[str], done: Collection[str]) -> Sheet:
    left: dict[str, list[Entry]] = {}
    more = []
    for heading, entry in _in_booklet(made):
        if entry.item.key not in shown:
            more.append(heading)
        elif entry.item.key not in done:
            left.setdefault(heading, []).append(entry)
    parts = []
    for part, headings in PARTS.items():
        entries = [entry for heading in headings for entry in left.get(heading, ())]
        if part not in SAID:
            entries.sort(key=by_date)
        if entries:
            parts.append((part, tuple(_groups(part, entries, made))))
    warnings = left.get("warning", [])
    return Sheet(
        size=size,
        parts=tuple(parts),
        warnings=tuple(
            (level, group) for level in LEVELS if (group := tuple(e for e in warnings if e.item.level == level))
        ),
        done=tuple(e for e in made.entries if e.item.key in done and e.item.key in shown),
        more=len(more),
        more_from=more[0] if more else "",
    )


def _when_lines(entry: Entry, size: Size) -> int:
    """At least as many lines as templates/visits/_when.html makes."""
    window = entry.item.window
    words = window.words or ("From Wed, Dec 30 to Wed, Dec 30" if entry.own_state == "later" else "Was due Wed, Dec 30")
    words += " a good time" * window.practical + " Last 3 days" * entry.is_last_days
    rule = " your clinic: from Wed, Dec 30 to Wed, Dec 30" if entry.rule else ""
    return size.of(words + rule) + (len(entry.dates) + 1 if entry.dates else 0)


def _lines(sheet: Sheet, made: Checklist, size: Size, texts: dict[str, int]) -> int:
    """How many lines a sheet takes under its title."""
    lines = 0.0
    for part, groups in sheet.parts:
        lines += size.heading
        for group in groups:
            lines += _when_lines(group.entries[0], size) if group.says_when else 0
            for entry in group.entries:
                lines += texts[entry.item.key] + size.gap
                if part in SAID:
                    lines += size.of(f"Say: “{entry.item.say}”")
        if part == "day":
            lines += size.bar * (1 + bool(made.stage.drip_minutes) + bool(made.stage.short_drip_minutes))
    for _, entries in sheet.warnings:
        lines += size.heading + 1
        for entry in entries:
            ends = 2 if entry.until or entry.item.window.words else 1 if entry.last else 0
            lines += texts[entry.item.key] + ends + size.gap
    if sheet.done:
        lines += size.heading + sum(texts[entry.item.key] + size.gap for entry in sheet.done)
    if sheet.more:
        lines += 3
    return ceil(lines)


def make_sheets(made: Checklist, done: Collection[str] = ()) -> list[Sheet]:
    """One leaf of a checklist in standard print and two in large, with all of it that fits. The keys in `done` were ticked
    and come at the end."""
    return [_sheet(made, size, done) for size in SIZES]


def _sheet(made: Checklist, size: Size, done: Collection[str]) -> Sheet:
    entries = made.entries
    signs = {e.item.key for _, level in made.warnings for e in level}
    # What the nurse asks has a page of its own, so it gives way first.
    order = sorted(
        entries,
        key=lambda e: (e.item.key not in signs, e.item.kind == "asked", not e.item.safety, e.item.key in done),
    )
    keys = [e.item.key for e in order]
    home = "If you get it at home: "
    texts = {e.item.key: size.of(f"{home * e.if_home}{e.item.action} {OWNERS[e.item.owner]}") for e in entries}
    notices = (*made.therapy.notices, *made.guide.notices)
    room = size.lines - sum(size.of(f"{notice.words} {notice.reason}") + 6 for notice in notices)

    def of(number: int) -> Sheet:
        return _arranged(made, size.key, keys[:number], done)

    numbers = range(len(signs), len(keys) + 1)
    fits = bisect_right(numbers, room, key=lambda number: ceil(_lines(of(number), made, size, texts)))
    return of(numbers[max(0, fits - 1)])
