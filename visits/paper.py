"""What of a checklist stands on one leaf, and how many of its lines go on in the booklet.

Pure: no clock, no database. A style sheet can't know what fits, so it is counted here in lines of a column, rather
too many than too few. The sizes were measured in Chromium on Letter and A4; tests/browser/test_paper.py prints them.

Nothing is shortened. Where a list is too long for one leaf, warning signs stand first, all of them: half of a list of signs
would say that the other half is harmless. They make the leaf longer before one of them gives way. Then comes what is there
for safety, then what people added themselves, then the rest, in the order of the booklet; what is over comes last of all.
One sentence says how many lines go on in the booklet, and from which of its headings on. People's notes stand in the booklet
alone: one may be as long as a third of a page.
"""

from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache
from itertools import groupby
from math import ceil
from textwrap import wrap
from typing import NamedTuple

from django.utils.formats import date_format
from django.utils.translation import get_language, gettext, ngettext

from therapies.vocabulary import OWNERS
from visits.checklist import Checklist, Entry, by_date, is_over
from visits.plan import Line, Plan

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
LONG_DAY = datetime.combine(date(2026, 9, 30), time(10, 30))  # stands for any day and hour where lines are counted
NARROW = frozenset("abcdefghijklmnopqrstuvwxyz0123456789 .,:;!?'\"()-’“”")


@lru_cache(maxsize=10_000)
def _wrapped(text: str, wide: int) -> int:
    """In how many lines a text of ours stands. Words of editions are the same on everybody's list, so they are counted once."""
    return len(wrap(text, wide))


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
        return _wrapped(text, self.wide)

    def of_own(self, text: str) -> int:
        """Of words that we did not choose: a capital, or a letter of another script, may be as wide as three of ours."""
        return len(wrap("".join(letter if letter in NARROW else 3 * letter for letter in text), self.wide))


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
    """A part is its name, its entries and what people added to it. `more` lines go on in the booklet, under its heading
    `more_from` and those that follow: late, now, a phase, warning, before or asked. `done` is what was ticked,
    `done_own` what of it people had added."""

    size: str
    parts: tuple[tuple[str, tuple[Group, ...], tuple[Line, ...]], ...]
    warnings: tuple[tuple[str, tuple[Entry, ...]], ...]
    done: tuple[Entry, ...]
    done_own: tuple[Line, ...]
    more: int
    more_from: str

    @property
    def hatch(self) -> str:
        return f"hatch-{self.size}"


@dataclass(frozen=True)
class Whole:
    """All that could stand on a sheet. `things` are by their keys, each with its heading in the booklet; `parts` are as
    those of a sheet, not yet in groups."""

    plan: Plan
    things: dict[str, tuple[str, Entry | Line]]
    parts: list[tuple[str, list[Entry], list[Line]]]


class Height(NamedTuple):
    """How many lines a thing takes: its words, what says when for its group, and what to say or until when to watch."""

    text: int
    when: int = 0
    more: int = 0


@dataclass(frozen=True)
class Card:
    """What a helper watches for after the infusion: `now` are all signs for 911, `ending` those to call about for some time
    only, of which none is over. `more` others to call about have no end; they stand on the sheet."""

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


def make_nurse_page(plan: Plan) -> NursePage | None:
    """The page to fill in by hand and give to the nurse; None where no visit is ahead, or no question is published."""
    made = plan.list
    if not made.asked or made.today > made.days[-1]:
        return None
    tasks = [e for e in made.entries if e.item.kind == "task" and e.item.phase in BEFORE]
    tasks = [e for e in tasks if not plan.marks[e.item.key].is_done]
    tasks.sort(key=lambda e: (e.state != "missed", not e.item.safety, by_date(e)))
    return NursePage(made.asked, tuple(tasks[:MOST_UNDONE]), max(0, len(tasks) - MOST_UNDONE))


def make_card(made: Checklist) -> Card | None:
    """The card for the fridge; None after treatment, where no infusion has just been."""
    if made.stage.after:
        return None
    phases = [entry for phase, entries in made.phases if phase == "rest-of-the-day" for entry in entries]
    signs = [entry for _, entries in made.warnings for entry in entries] + [e for e in phases if e.item.level]
    call = [entry for entry in signs if entry.item.level == "same-day" and entry.state != "past"]
    ending = sorted((e for e in call if e.last or e.item.window.hours), key=by_date)
    return Card(
        now=tuple(entry for entry in signs if entry.item.level == "now"),
        ending=tuple(ending),
        more=len(call) - len(ending),
    )


def _key(thing: Entry | Line) -> str:
    return thing.item.key if isinstance(thing, Entry) else thing.box


def _in_booklet(plan: Plan) -> Iterator[tuple[str, Entry | Line]]:
    """Everything with its heading, in the order of the booklet."""
    made = plan.list
    for heading, entries in (("late", made.late), ("now", made.now)):
        yield from ((heading, entry) for entry in entries)
    for phase, entries, own in plan.phases:
        yield from ((phase, entry) for entry in entries)
        yield from ((phase, line) for line in own)
    yield from (("warning", entry) for _, entries in made.warnings for entry in entries)
    yield from (("before", entry) for entry in made.before)
    yield from (("asked", entry) for entry in made.asked)


def _groups(part: str, entries: Iterable[Entry], made: Checklist) -> Iterator[Group]:
    for _, same in groupby(entries, key=lambda entry: entry.when):
        group = tuple(same)
        first = group[0]
        is_said = part == "bring" or (part == "day" and first.first == first.last == made.days[0])
        yield Group(group, says_when=part not in ("before", "asked") and (not is_said or first.rule is not None))


def _parts(things: Iterable[tuple[str, Entry | Line]]) -> list[tuple[str, list[Entry], list[Line]]]:
    """The parts of a sheet that holds everything, each with its entries in their order and what people added to it."""
    found = []
    by_heading: dict[str, list[Entry | Line]] = {}
    for heading, thing in things:
        by_heading.setdefault(heading, []).append(thing)
    for part, headings in PARTS.items():
        group = [thing for heading in headings for thing in by_heading.get(heading, ())]
        entries = [thing for thing in group if isinstance(thing, Entry)]
        if part not in SAID:
            entries.sort(key=by_date)
        found.append((part, entries, [thing for thing in group if isinstance(thing, Line)]))
    return sorted(found, key=lambda part: is_over(part[1]) and not part[2])


def _arranged(whole: Whole, size: str, shown: Collection[str], ticked: Collection[str]) -> Sheet:
    made, left = whole.plan.list, set(shown).difference(ticked)
    parts = []
    for part, of_part, own_of_part in whole.parts:
        entries = [entry for entry in of_part if entry.item.key in left]
        own = tuple(line for line in own_of_part if line.box in left)
        if entries or own:
            parts.append((part, tuple(_groups(part, entries, made)), own))
    warnings = ((level, tuple(e for e in entries if e.item.key in left)) for level, entries in made.warnings)
    done = [thing for key, (_, thing) in whole.things.items() if key in shown and key in ticked]
    more = [heading for key, (heading, _) in whole.things.items() if key not in shown]
    return Sheet(
        size=size,
        parts=tuple(parts),
        warnings=tuple((level, entries) for level, entries in warnings if entries),
        done=tuple(thing for thing in done if isinstance(thing, Entry)),
        done_own=tuple(thing for thing in done if isinstance(thing, Line)),
        more=len(more),
        more_from=more[0] if more else "",
    )


@lru_cache(maxsize=1_000)
def _when_words(language: str | None, words: str, later: bool, practical: bool, few_left: bool, ruled: bool) -> str:
    """At least as many words as a sheet says of when (templatetags/dates.py), with long days for all days."""
    day = date_format(LONG_DAY, "SHORT_DAY_THIS_YEAR_FORMAT")
    days = {"first": day, "last": day}
    if not words:
        words = gettext("From %(first)s to %(last)s") % days if later else gettext("Was due %(day)s") % {"day": day}
    if practical:
        words += f" {gettext('a good time')}"
    if few_left:
        words += f" {gettext('Last 3 days')}"
    if ruled:
        words += f" {gettext('your clinic: %(days)s') % {'days': gettext('from %(first)s to %(last)s') % days}}"
    return words


def _when_lines(entry: Entry, size: Size, language: str | None) -> int:
    window, later, ruled = entry.item.window, entry.own_state == "later", entry.rule is not None
    words = _when_words(language, window.words, later, window.practical, entry.is_last_days, ruled)
    return size.of(words) + (len(entry.dates) + 1 if entry.dates else 0)


def _until_lines(entry: Entry, size: Size) -> int:
    """At least as many lines as a sheet says of until when to watch for a sign (templatetags/dates.py)."""
    if not entry.until:
        return 2 if entry.item.window.words else 1 if entry.last else 0
    hours = entry.item.window.hours
    words = ngettext(
        "Until about %(moment)s, %(hours)s hour after the drip ends.",
        "Until about %(moment)s, %(hours)s hours after the drip ends.",
        hours,
    )
    return size.of(words % {"moment": date_format(LONG_DAY, "DAY_TIME_FORMAT"), "hours": hours})


def _heights(whole: Whole, size: Size) -> dict[str, Height]:
    """How many lines each thing takes, by its key."""
    home, owners = f"{gettext('If you get it at home:')} ", {key: gettext(name) for key, name in OWNERS.items()}
    day, language = date_format(LONG_DAY, "SHORT_DAY_FORMAT"), get_language()
    found = {}
    for key, (heading, thing) in whole.things.items():
        if isinstance(thing, Line):
            found[key] = Height(size.of_own(thing.action) + 1)
            continue
        mark = whole.plan.marks.get(key)
        dates = "; ".join([day] * len(mark.dates)) if mark else ""
        done = size.of(gettext("Done: %(days)s.") % {"days": dates}) if dates else 0
        text = size.of(f"{home * thing.if_home}{thing.item.action} {owners[thing.item.owner]}") + done
        if heading == "warning":
            found[key] = Height(text, more=_until_lines(thing, size))
        else:
            say = size.of(f"{gettext('Say:')} “{thing.item.say}”") if heading in SAID else 0
            found[key] = Height(text, _when_lines(thing, size, language), say)
    return found


def _lines(sheet: Sheet, bar: float, size: Size, heights: dict[str, Height]) -> int:
    """How many lines a sheet takes under its title. `bar` is what the hours of the day take."""
    lines = 0.0
    for part, groups, own in sheet.parts:
        lines += size.heading + bool(own) + sum(heights[line.box].text + size.gap for line in own)
        for group in groups:
            of_group = [heights[entry.item.key] for entry in group.entries]
            lines += of_group[0].when if group.says_when else 0
            lines += sum(height.text + height.more + size.gap for height in of_group)
        if part == "day":
            lines += bar
    for _, entries in sheet.warnings:
        of_level = [heights[entry.item.key] for entry in entries]
        lines += size.heading + 1 + sum(height.text + height.more + size.gap for height in of_level)
    if sheet.done or sheet.done_own:
        done = [*(entry.item.key for entry in sheet.done), *(line.box for line in sheet.done_own)]
        lines += size.heading + sum(heights[key].text + size.gap for key in done)
    if sheet.more:
        lines += 3
    return ceil(round(lines, 2))  # a sum of tenths may be a hair more than what it is


def make_sheets(plan: Plan) -> list[Sheet]:
    """One leaf of a checklist in standard print and two in large, with all of it that fits. What was ticked comes at the
    end. Notes are not on it: they stand in the booklet."""
    things = {_key(thing): (heading, thing) for heading, thing in _in_booklet(plan)}
    whole = Whole(plan, things, _parts(things.values()))
    return [_sheet(whole, size) for size in SIZES]


def _sheet(whole: Whole, size: Size) -> Sheet:
    made = whole.plan.list
    ticked = {key for key, mark in whole.plan.marks.items() if mark.is_done} | {line.box for line in whole.plan.done}

    def gives_way(key: str) -> tuple[bool, ...]:
        heading, thing = whole.things[key]
        is_safe = isinstance(thing, Entry) and thing.item.safety
        over = isinstance(thing, Entry) and thing.state == "past"
        # What is over gives way first; then what the nurse asks, since it has a page of its own.
        return (heading != "warning", over, heading == "asked", not is_safe, key in ticked, not isinstance(thing, Line))

    keys = sorted(whole.things, key=gives_way)
    heights = _heights(whole, size)
    notices = (*made.therapy.notices, *made.guide.notices)
    room = size.lines - sum(size.of(f"{notice.words} {notice.reason}") + 6 for notice in notices)

    def of(number: int) -> Sheet:
        return _arranged(whole, size.key, set(keys[:number]), ticked)

    rows = 1 + bool(made.stage.drip_minutes) + bool(made.stage.short_drip_minutes)
    bar = 0 if made.visit_is_over else rows * size.bar
    signs = sum(heading == "warning" for heading, _ in whole.things.values())
    numbers = range(signs, len(keys) + 1)
    fits = bisect_right(numbers, room, key=lambda number: _lines(of(number), bar, size, heights))
    return of(numbers[max(0, fits - 1)])
