"""What of a checklist stands on one leaf, and how many of its lines go on in the booklet.

Pure: no clock, no database. A style sheet can't know what fits, so it is counted here in lines of a column, rather
too many than too few. The sizes were measured in Chromium on Letter and A4; tests/browser/test_paper.py prints them.

Nothing is shortened. Where a list is too long for one leaf, warning signs stand first, all of them: half of a list of signs
would say that the other half is harmless. They make the leaf longer before one of them gives way. Then comes what is there
for safety, then what people added themselves, then the rest, in the order of the booklet. One sentence says how many lines
go on in the booklet, and from which of its headings on. People's notes stand in the booklet alone: one may be as long as a
third of a page.
"""

from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import groupby
from math import ceil
from textwrap import wrap

from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext

from therapies.vocabulary import LEVELS, OWNERS
from visits.checklist import Checklist, Entry, by_date
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
LONG_DAY = date(2026, 12, 30)  # stands for any day where lines are counted
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
    call = [entry for entry in signs if entry.item.level == "same-day"]
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


def _arranged(plan: Plan, size: str, shown: Collection[str], ticked: Collection[str]) -> Sheet:
    made = plan.list
    left: dict[str, list[Entry]] = {}
    left_own: dict[str, list[Line]] = {}
    done: list[Entry] = []
    done_own: list[Line] = []
    more = []
    for heading, thing in _in_booklet(plan):
        is_done = _key(thing) in ticked
        if _key(thing) not in shown:
            more.append(heading)
        elif isinstance(thing, Entry):
            (done if is_done else left.setdefault(heading, [])).append(thing)
        else:
            (done_own if is_done else left_own.setdefault(heading, [])).append(thing)
    parts = []
    for part, headings in PARTS.items():
        entries = [entry for heading in headings for entry in left.get(heading, ())]
        own = tuple(line for heading in headings for line in left_own.get(heading, ()))
        if part not in SAID:
            entries.sort(key=by_date)
        if entries or own:
            parts.append((part, tuple(_groups(part, entries, made)), own))
    warnings = left.get("warning", [])
    return Sheet(
        size=size,
        parts=tuple(parts),
        warnings=tuple(
            (level, group) for level in LEVELS if (group := tuple(e for e in warnings if e.item.level == level))
        ),
        done=tuple(done),
        done_own=tuple(done_own),
        more=len(more),
        more_from=more[0] if more else "",
    )


def _when_lines(entry: Entry, size: Size, day: str) -> int:
    """At least as many lines as templates/visits/_when.html makes. `day` is a long one."""
    window = entry.item.window
    words = window.words
    if not words and entry.own_state == "later":
        words = gettext("From %(first)s to %(last)s") % {"first": day, "last": day}
    elif not words:
        words = gettext("Was due %(day)s") % {"day": day}
    if window.practical:
        words += f" {gettext('a good time')}"
    if entry.is_last_days:
        words += f" {gettext('Last 3 days')}"
    if entry.rule:
        days = gettext("from %(first)s to %(last)s") % {"first": day, "last": day}
        words += f" {gettext('your clinic: %(days)s') % {'days': days}}"
    return size.of(words) + (len(entry.dates) + 1 if entry.dates else 0)


def _until_lines(entry: Entry, size: Size) -> int:
    """At least as many lines as templates/visits/_until.html makes."""
    if not entry.until:
        return 2 if entry.item.window.words else 1 if entry.last else 0
    hours = entry.item.window.hours
    words = ngettext(
        "Until about %(moment)s, %(hours)s hour after the drip ends.",
        "Until about %(moment)s, %(hours)s hours after the drip ends.",
        hours,
    )
    return size.of(words % {"moment": date_format(entry.until, "DAY_TIME_FORMAT"), "hours": hours})


def _lines(sheet: Sheet, plan: Plan, size: Size, texts: dict[str, int]) -> int:
    """How many lines a sheet takes under its title."""
    stage, lines = plan.list.stage, 0.0
    day = date_format(LONG_DAY, "SHORT_DAY_THIS_YEAR_FORMAT")
    for part, groups, own in sheet.parts:
        lines += size.heading + bool(own) + sum(texts[line.box] + size.gap for line in own)
        for group in groups:
            lines += _when_lines(group.entries[0], size, day) if group.says_when else 0
            for entry in group.entries:
                lines += texts[entry.item.key] + size.gap
                if part in SAID:
                    lines += size.of(f"{gettext('Say:')} “{entry.item.say}”")
        if part == "day":
            lines += size.bar * (1 + bool(stage.drip_minutes) + bool(stage.short_drip_minutes))
    for _, entries in sheet.warnings:
        lines += size.heading + 1
        for entry in entries:
            lines += texts[entry.item.key] + _until_lines(entry, size) + size.gap
    if sheet.done or sheet.done_own:
        done = [*(entry.item.key for entry in sheet.done), *(line.box for line in sheet.done_own)]
        lines += size.heading + sum(texts[key] + size.gap for key in done)
    if sheet.more:
        lines += 3
    return ceil(lines)


def make_sheets(plan: Plan) -> list[Sheet]:
    """One leaf of a checklist in standard print and two in large, with all of it that fits. What was ticked comes at the
    end. Notes are not on it: they stand in the booklet."""
    return [_sheet(plan, size) for size in SIZES]


def _texts(plan: Plan, size: Size) -> dict[str, int]:
    """How many lines the words of each thing take, by its key."""
    home, owners = f"{gettext('If you get it at home:')} ", {key: gettext(name) for key, name in OWNERS.items()}
    day = date_format(LONG_DAY, "SHORT_DAY_FORMAT")
    found = {}
    for _, thing in _in_booklet(plan):
        if isinstance(thing, Entry):
            mark = plan.marks.get(thing.item.key)
            dates = "; ".join([day] * len(mark.dates)) if mark else ""
            done = size.of(gettext("Done: %(days)s.") % {"days": dates}) if dates else 0
            text = f"{home * thing.if_home}{thing.item.action} {owners[thing.item.owner]}"
            found[thing.item.key] = size.of(text) + done
        else:
            found[thing.box] = size.of_own(thing.action) + 1
    return found


def _sheet(plan: Plan, size: Size) -> Sheet:
    things = [thing for _, thing in _in_booklet(plan)]
    signs = {entry.item.key for _, entries in plan.list.warnings for entry in entries}
    safe = {thing.item.key for thing in things if isinstance(thing, Entry) and thing.item.safety}
    done = {key for key, mark in plan.marks.items() if mark.is_done} | {line.box for line in plan.done}
    own = {thing.box for thing in things if isinstance(thing, Line)}
    asked = {entry.item.key for entry in plan.list.asked}  # has a page of its own, so it gives way first
    keys = sorted(
        map(_key, things),
        key=lambda key: (key not in signs, key in asked, key not in safe, key in done, key not in own),
    )
    texts = _texts(plan, size)
    notices = (*plan.list.therapy.notices, *plan.list.guide.notices)
    room = size.lines - sum(size.of(f"{notice.words} {notice.reason}") + 6 for notice in notices)

    def of(number: int) -> Sheet:
        return _arranged(plan, size.key, set(keys[:number]), done)

    numbers = range(len(signs), len(keys) + 1)
    fits = bisect_right(numbers, room, key=lambda number: _lines(of(number), plan, size, texts))
    return of(numbers[max(0, fits - 1)])
