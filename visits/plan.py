"""A kept checklist with what was done to it: what is left, what is now, what is done.

Pure: no Django, no clock, no database. Everything done to a kept visit is a `Done` about something ("done:OCR-C01",
"note:OCR-C01", "own:k3f9"); the newest says how it stands.
"""

import json
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

from therapies.vocabulary import PHASES
from visits.checklist import MOST_ASKS, NEXT_DATES, NOW_DAYS, CallCard, Checklist, Entry, is_over
from visits.limits import MOST_NOW


@dataclass(frozen=True)
class State:
    """How something stands: its value after `number` changes, on which day it was changed last, and the value before."""

    value: str = ""
    number: int = 0
    on: date | None = None
    by_helper: bool = False
    before: str = ""


NOTHING = State()


@dataclass(frozen=True)
class Line:
    """One thing to tick: an item of the list, one date of a repeating item, or somebody's own. `box` is what a tick belongs
    to: the item's key, with the date where it repeats. `entry` is None for one's own."""

    box: str
    action: str
    phase: str
    entry: Entry | None
    on: date | None = None
    done: State = NOTHING
    note: State = NOTHING
    own: State = NOTHING

    @property
    def key(self) -> str:
        """What a note belongs to: one for all dates of a repeating item."""
        return self.entry.item.key if self.entry else self.box

    @property
    def is_done(self) -> bool:
        return self.done.value == "1"

    @property
    def is_late(self) -> bool:
        return self.entry is not None and self.entry.state == "missed" and not self.is_done

    @property
    def due(self) -> date | None:
        return self.on or (self.entry.due if self.entry else None)


@dataclass(frozen=True)
class Mark:
    """What was done to an item, for where it stands once with all its dates. `dates` are those that were ticked. What goes
    on after the dates that are shown is never done as a whole."""

    is_done: bool = False
    dates: tuple[date, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class Plan:
    """Every line stands once: now (at most three), later under its phase, over, before the visit, or done. What is over, or
    belonged before a visit that is over, is no longer to do; it can still be ticked."""

    list: Checklist
    now: tuple[Line, ...]
    later: tuple[tuple[str, tuple[Line, ...]], ...]
    over: tuple[Line, ...]
    before: tuple[Line, ...]
    done: tuple[Line, ...]
    removed: tuple[Line, ...]
    lines: tuple[Line, ...]

    @property
    def total(self) -> int:
        """How many are done or still to do."""
        return len(self.done) + len(self.to_do)

    @property
    def late(self) -> int:
        return sum(line.is_late for line in self.lines)

    @property
    def late_later(self) -> int:
        """How many are late and wait until what is now is done."""
        return self.late - sum(line.is_late for line in self.now)

    @property
    def due_this_week(self) -> int:
        week = {entry.item.key for entry in self.list.now}
        left = [line for line in self.lines if line.entry and line.entry.item.key in week and not line.is_done]
        return sum(line.due is not None and (line.due - self.list.today).days <= NOW_DAYS for line in left)

    @property
    def next_day(self) -> date | None:
        """The first day on which something comes that is not done and not now."""
        now = {line.box for line in self.now}
        days = [line.due for line in self.lines if not line.is_done and line.box not in now]
        return min((day for day in days if day and day >= self.list.today), default=None)

    @cached_property
    def marks(self) -> dict[str, Mark]:
        """What was done to each item that can be ticked, by its key."""
        lines: dict[str, list[Line]] = {}
        for line in self.lines:
            if line.entry:
                lines.setdefault(line.entry.item.key, []).append(line)
        return {
            key: Mark(
                is_done=sum(line.on is None or line.on >= self.list.today for line in group) < NEXT_DATES
                and all(line.is_done for line in group),
                dates=tuple(line.on for line in group if line.on and line.is_done),
                note=group[0].note.value,
            )
            for key, group in lines.items()
        }

    @property
    def calls(self) -> tuple[CallCard, ...]:
        """The call cards of the list, without what is done."""
        found = []
        for card in self.list.calls:
            left = tuple(e for e in (*card.asks, *card.also) if not self.marks[e.item.key].is_done)
            if left:
                found.append(replace(card, asks=left[:MOST_ASKS], also=left[MOST_ASKS:]))
        return tuple(found)

    @cached_property
    def phases(self) -> tuple[tuple[str, tuple[Entry, ...], tuple[Line, ...]], ...]:
        """The phases of the whole list, each with its entries and with what people added to it."""
        entries, own = dict(self.list.phases), [line for line in self.lines if line.entry is None]
        phases = (
            (phase, entries.get(phase, ()), tuple(line for line in own if line.phase == phase)) for phase in PHASES
        )
        found = [phase for phase in phases if phase[1] or phase[2]]
        return tuple(sorted(found, key=lambda phase: is_over(phase[1]) and not phase[2]))

    @property
    def to_do(self) -> tuple[Line, ...]:
        """What is not done, in the order in which to do it."""
        return (*self.now, *(line for _, lines in self.later for line in lines))


def _lines(made: Checklist, states: dict[str, State]) -> list[Line]:
    """A line for everything that can be ticked; signs to watch for and the nurse's questions are not ticked."""
    found = []
    for entry in made.entries:
        item = entry.item
        if item.kind in ("watch", "asked"):
            continue
        for day in entry.dates or (None,):
            box = f"{item.key}@{day.isoformat()}" if day else item.key
            found.append(Line(box, item.action, item.phase, entry, day))
    for about, state in states.items():
        if about.startswith("own:"):
            own = json.loads(state.value or state.before)
            found.append(Line(about, own["text"], own["phase"], None, own=state))
    return [
        replace(
            line,
            done=states.get(f"done:{line.box}", NOTHING),
            note=states.get(f"note:{line.key}", NOTHING),
        )
        for line in found
    ]


def _is_now(line: Line, made: Checklist) -> bool:
    if line.entry is None:
        return False
    if line.entry.item.kind == "task":
        keys = {entry.item.key for entry in (*made.late, *made.now)}
        first = line.on is None or line.on == line.entry.dates[0]
        return line.entry.item.key in keys and first
    return line.entry.state == "last-chance" and line.entry.last == made.today


def make_plan(made: Checklist, states: dict[str, State]) -> Plan:
    """What is left of a checklist, and what was done."""
    lines = _lines(made, states)
    removed = tuple(line for line in lines if line.own.number and not line.own.value)
    lines = [line for line in lines if line not in removed]
    before_keys = {entry.item.key for entry in made.before}
    undone = [line for line in lines if not line.is_done]
    before = tuple(line for line in undone if line.entry and line.entry.item.key in before_keys)
    over = tuple(line for line in undone if line.entry and line.entry.state == "past" and line not in before)
    to_do = [line for line in undone if line not in before and line not in over]
    now = tuple([line for line in to_do if _is_now(line, made)][:MOST_NOW])
    rest = [line for line in to_do if line not in now]
    return Plan(
        list=made,
        now=now,
        later=tuple(
            (phase, tuple(group)) for phase in PHASES if (group := [line for line in rest if line.phase == phase])
        ),
        over=over,
        before=before,
        done=tuple(line for line in lines if line.is_done),
        removed=removed,
        lines=tuple(lines),
    )


def last_dated(made: Checklist) -> date:
    """The last day that anything on the list has, at least the last day of the visit."""
    days = [made.days[-1]]
    for entry in made.entries:
        days += [day for day in (entry.last, *entry.dates) if day]
    return max(days)
