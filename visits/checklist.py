"""What the rules make of editions, answers and today: a dated checklist.

Pure: no Django, no clock, no database. Every rule of a checklist stands in this file once; the words and numbers it works
on stand in the editions. In short:

An item holds when its stage, therapy, setting, situation and pre-medicine all hold (`holds`). A more specific item that
holds takes the place of those it replaces. Its window becomes dates (`_dates`), and dates and today give its state
(`_state`). Then every item stands in exactly one place (`_place`): late, now, its phase, warnings, before the visit, or what the
nurse asks.

A clinic's house rules stand beside the label's, never instead: its items come on top, and where it has days of its own
for an item (`HouseRule`), both are kept, and the more urgent of both counts.
"""

import calendar
import datetime as dt
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from itertools import count, dropwhile, islice
from zoneinfo import ZoneInfo

from therapies.content import (
    Bibliography,
    Content,
    Edition,
    Item,
    Location,
    Override,
    Question,
    Reference,
    Source,
    Stage,
    Window,
)
from therapies.vocabulary import CALLS, ELSEWHERE, LEVELS, PHASES, SITUATIONS

LAST_CHANCE_DAYS = 3  # an item's last days
NOW_DAYS = 7  # "now" is this week
AHEAD_DAYS = 30  # what comes due on one day in months to come opens this long before it
NEXT_DATES = 3  # how many dates of a repeating item are shown
MOST_ASKS = 5  # on one call card
MOST_QUESTIONS = 7
FRONT_SIGNS = ("breathing", "sudden-weakness")
STATES = ("missed", "last-chance", "open", "later", "past")  # most urgent first
CALLS_OF_THE_CLINIC = ("clinic", "infusion-center")  # whose numbers are those of the location
UP_TO_THE_VISIT = ("weeks-before", "week-before", "day-before", "bring", "day-of", "at-the-visit")


@dataclass(frozen=True, kw_only=True)
class Answers:
    """What the person said. `date` is the visit's first day, or after treatment the day of the last infusion. `time` is
    the clock time it starts, if known; `setting` is None where the person is not sure. `location` is the key of one of
    the clinic's, or ELSEWHERE; None where the person is not sure or was not asked."""

    stage: str
    date: dt.date
    time: dt.time | None = None
    setting: str | None = None
    location: str | None = None
    situations: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class HouseRule:
    """The clinic's own days for an item, as the clinic gives them, and what state they alone would give."""

    why: str
    first: date | None
    last: date | None
    state: str
    days_late: int = 0


@dataclass(frozen=True, kw_only=True)
class Entry:
    """An item on this list. `first` and `last` are its own days as they are shown: never before today while it is open.
    `dates` are the next dates of a repeating item; a task's first may be up to a week ago. `until` is a wall clock time.
    `if_home` says that the item is only for those treated at home, and this person is not sure. `house` marks an item of
    the clinic's. `state` is the more urgent of `own_state`, which its own days give, and that of the clinic's `rule` for
    it."""

    item: Item
    state: str
    own_state: str
    first: date | None
    last: date | None
    dates: tuple[date, ...] = ()
    until: datetime | None = None
    if_home: bool = False
    references: tuple[Reference, ...] = ()
    days_late: int = 0
    house: bool = False
    rule: HouseRule | None = None

    @cached_property
    def due(self) -> date | None:
        """Its own last day or the clinic's, whichever is earlier."""
        own = self.dates[0] if self.dates else self.last
        return min((day for day in (own, self.rule and self.rule.last) if day), default=None)

    @property
    def is_last_days(self) -> bool:
        """Whether to say that few days are left: not of a day or a span that was never longer."""
        return (
            self.own_state == "last-chance" and self.item.kind == "task" and not self.dates and self.first != self.last
        )

    @cached_property
    def when(self) -> tuple[object, ...]:
        """Entries that say the same about when stand under one date."""
        window = self.item.window
        kind = self.item.kind == "task"
        return (
            self.own_state in ("missed", "past"),
            self.first,
            self.last,
            self.dates,
            self.rule and (self.rule.first, self.rule.last),
            window.words,
            window.practical,
            kind,
        )


@dataclass(frozen=True)
class CallCard:
    """Whom to call and what to ask. `location` holds the numbers, where they are known."""

    call: str
    asks: tuple[Entry, ...]
    also: tuple[Entry, ...]
    location: Location | None


@dataclass(frozen=True, kw_only=True)
class Checklist:
    """`clinic` is the edition whose house rules are on the list; `location` is the place of it that the person chose. `asked`
    is what the nurse asks before the drip: it is to be answered, not done."""

    therapy: Edition
    guide: Edition
    clinic: Edition | None
    location: Location | None
    stage: Stage
    answers: Answers
    today: date
    days: tuple[date, ...]
    late: tuple[Entry, ...]
    now: tuple[Entry, ...]
    phases: tuple[tuple[str, tuple[Entry, ...]], ...]
    before: tuple[Entry, ...]
    warnings: tuple[tuple[str, tuple[Entry, ...]], ...]
    calls: tuple[CallCard, ...]
    asked: tuple[Entry, ...]
    questions: tuple[Question, ...]
    next_dose: date | None
    stage_references: tuple[Reference, ...]
    sources: tuple[Source, ...]

    @property
    def entries(self) -> list[Entry]:
        """Every entry, once, in the order of the page."""
        phases = [entry for _, entries in self.phases for entry in entries]
        warnings = [entry for _, entries in self.warnings for entry in entries]
        return [*self.late, *self.now, *phases, *warnings, *self.before, *self.asked]

    @property
    def front_warnings(self) -> list[Entry]:
        """The warnings for the first page of paper: a lost breath and a stroke can't wait for page 9."""
        now = [e for level, group in self.warnings if level == "now" for e in group if not e.house]
        first = [next((e for e in now if sign in e.item.signs), None) for sign in FRONT_SIGNS]
        return list(dict.fromkeys(e for e in first if e)) or now[:1]

    @property
    def can_start(self) -> int:
        """How many tasks are open that need not be finished this week."""
        return sum(e.item.kind == "task" and e.state == "open" for _, group in self.phases for e in group)

    @property
    def next_due(self) -> date | None:
        """When the next task after this week's comes due."""
        tasks = [e for _, entries in self.phases for e in entries if e.item.kind == "task" and e.state != "past"]
        return min((e.due for e in tasks if e.due), default=None)

    @property
    def starts_at(self) -> datetime | None:
        """When the first infusion day begins, on the wall clock."""
        return datetime.combine(self.days[0], self.answers.time) if self.answers.time else None

    @property
    def arrive_at(self) -> datetime | None:
        """When to be there, on the wall clock, where the place asks to come early and that is on the same day."""
        if self.location is None or not self.location.arrive_minutes or self.starts_at is None:
            return None
        arrive_at = self.starts_at - timedelta(minutes=self.location.arrive_minutes)
        return arrive_at if arrive_at.date() == self.starts_at.date() else None

    @property
    def visit_is_over(self) -> bool:
        return self.stage.after or self.today > self.days[-1]


def add_months(day: date, months: int, *, later: bool) -> date:
    """The same day so many calendar months on. Where that month is too short: its last day, or with `later` the first
    day of the month after, as "at least" and "until" ask for."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    month += 1
    length = calendar.monthrange(year, month)[1]
    if day.day <= length:
        return date(year, month, day.day)
    return date(year, month, length) + timedelta(days=1 if later else 0)


def _add(day: date, number: int, unit: str, *, later: bool = True) -> date:
    return add_months(day, number, later=later) if unit == "months" else day + timedelta(days=number)


def _stage_holds(row: Item | Question, stage: Stage, answers: Answers) -> bool:
    """Named stages; a first visit's rows in first stages and where the person says `first-time`; else every visit, but
    not after treatment, where only what names it enters."""
    if row.first_visit and "first-time" in answers.situations and not stage.after:
        return True
    if row.stages:
        return stage.key in row.stages
    return stage.first if row.first_visit else not stage.after


def holds(item: Item, therapy: Content, stage: Stage, answers: Answers) -> bool:
    """Whether an item is for this person. Not sure about the setting hides nothing that a definite answer would show."""
    settings = {answers.setting} if answers.setting else set(therapy.settings)
    return (
        _stage_holds(item, stage, answers)
        and (not item.therapies or therapy.slug in item.therapies)
        and (not item.settings or not settings.isdisjoint(item.settings))
        and (not item.situations or not answers.situations.isdisjoint(item.situations))
        and (not item.premedicine or item.premedicine in therapy.premedicines)
    )


def visits_of(item: Item, therapy: Content) -> list[Stage]:
    """The visits of a therapy on whose lists this item can stand. Where somebody says that a later visit is the first one,
    an item for a first visit stands there too."""
    situations = frozenset(SITUATIONS) - {"first-time"}
    return [
        stage
        for stage in therapy.stages
        if holds(item, therapy, stage, Answers(stage=stage.key, date=date.max, situations=situations))
    ]


def _chosen(items: Iterable[Item], therapy: Content, stage: Stage, answers: Answers) -> list[Item]:
    """The items that hold, without those that another of them replaces. Replacing has no circles (therapies.problems), so
    what is replaced is always covered by one that stays."""
    held = [item for item in items if holds(item, therapy, stage, answers)]
    by_key = {item.key: item for item in held}
    replaced = {
        key for item in held for key in item.replaces if key in by_key and _covers(item, by_key[key], therapy, answers)
    }
    return [item for item in held if item.key not in replaced]


def _covers(item: Item, other: Item, therapy: Content, answers: Answers) -> bool:
    """Whether an item holds wherever the other one may: what is for home alone replaces nothing while the person is not
    sure where it will be."""
    if answers.setting or not item.settings:
        return True
    places = set(therapy.settings)
    return places.intersection(item.settings) >= places.intersection(other.settings or places)


def _dates(window: Window, days: tuple[date, ...]) -> tuple[date | None, date | None]:
    """First and last day of a window. One day before the visit means from that day to the eve of the visit."""
    anchors = {"first-day": days[0], "last-day": days[-1], "last-dose": days[-1]}
    first = last = None
    if window.first is not None:
        first = _add(anchors[window.anchor], window.first, window.unit)
    if window.last is not None:
        last = _add(anchors[window.last_anchor or window.anchor], window.last, window.unit)
    return first, last


def run_of(item: Item, days: tuple[date, ...], last: date | None) -> Iterator[date]:
    """The dates of a repeating item, also those gone by; without end where its window has none. `last` is its last day."""
    window = item.window
    assert window.first is not None  # noqa: S101 - therapies.problems refuses a repeat without a first day
    anchor = days[0] if window.anchor == "first-day" else days[-1]
    for step in count(window.first, window.every):
        day = _add(anchor, step, window.unit, later=False)
        if last is not None and day > last:
            return
        yield day


def _state(item: Item, first: date | None, last: date | None, today: date, days: tuple[date, ...], after: bool) -> str:
    """later, open, last-chance, missed or past. Only a task can be missed, and nothing that belongs before a visit is
    missed once that visit is over."""
    visit_is_over = not after and today > days[-1]
    goes_on = item.kind == "watch" and last is None
    if visit_is_over and item.phase in UP_TO_THE_VISIT and not goes_on:
        return "past"
    if item.kind == "task" and first is not None and first == last and first > days[-1]:
        first -= timedelta(days=AHEAD_DAYS)  # a single day in months to come: nobody gets an appointment for tomorrow
    if last is not None and today > last:
        return "missed" if item.kind == "task" else "past"
    if item.kind == "task" and first is last is None and item.phase == "days-after" and today < days[0]:
        return "later"  # said in words: nobody asks for the next test before the first
    if first is not None and today < first:
        return "later"
    if last is not None and (last - today).days < LAST_CHANCE_DAYS:
        return "last-chance"
    return "open"


def _shown_dates(item: Item, run: Iterable[date], today: date) -> tuple[date, ...]:
    """The next dates of a repeating item. They say "about", so a task's date stands for a week longer: who is a day late for a
    monthly test is not told to come in a month."""
    since = today - timedelta(days=NOW_DAYS) if item.kind == "task" else today
    coming = dropwhile(lambda day: day < since, run)
    dates = tuple(islice(coming, NEXT_DATES + 1))
    return dates if dates and dates[0] < today else dates[:NEXT_DATES]


def _repeating_state(dates: tuple[date, ...], today: date) -> str:
    """Dates gone by are never missed. The next one opens a month ahead."""
    if not dates:
        return "past"
    left = (dates[0] - today).days
    if left < LAST_CHANCE_DAYS:
        return "last-chance"
    return "open" if left <= AHEAD_DAYS else "later"


def _drip_ends_at(stage: Stage, answers: Answers, days: tuple[date, ...], zone: ZoneInfo) -> datetime | None:
    """When the drip of the last infusion day ends at the usual speed, after the longest likely checks."""
    if answers.time is None or stage.after or not stage.drip_minutes:
        return None
    start = datetime.combine(days[-1], answers.time, tzinfo=zone)
    end = start.astimezone(UTC) + timedelta(minutes=stage.ready_minutes + stage.drip_minutes)
    return end.astimezone(zone)


def _house_rule(override: Override, item: Item, today: date, days: tuple[date, ...], *, after: bool) -> HouseRule:
    """A day that the clinic leaves open is the item's own, save a first day that would lie behind the clinic's last."""
    first, last = _dates(override.window, days)
    own_first, own_last = _dates(item.window, days)
    start, end = first or own_first, last or own_last
    if first is None and start and end and end < start:
        start = None
    state = _state(item, start, end, today, days, after)
    days_late = (today - last).days if state == "missed" and last else 0
    return HouseRule(why=override.why, first=first, last=last, state=state, days_late=max(0, days_late))


def _with_house_rules(
    entries: list[Entry], overrides: Iterable[Override], today: date, days: tuple[date, ...], *, after: bool
) -> list[Entry]:
    """The same entries; those that the clinic has days of its own for with its rule, save what repeats."""
    of_item = {override.item: override for override in overrides}
    found = []
    for entry in entries:
        override = of_item.get(entry.item.key)
        if override and not entry.item.window.every:
            rule = _house_rule(override, entry.item, today, days, after=after)
            entry = replace(entry, rule=rule, state=min(entry.state, rule.state, key=STATES.index))
        found.append(entry)
    return found


def _entry(
    item: Item, stage: Stage, answers: Answers, today: date, days: tuple[date, ...], drip_ends_at: datetime | None
) -> Entry:
    first, last = _dates(item.window, days)
    until = None
    if item.window.hours and drip_ends_at is not None:
        # Hours pass as they pass: on a night when the clocks change, the wall clock says one more or one less.
        until = (drip_ends_at.astimezone(UTC) + timedelta(hours=item.window.hours)).astimezone(drip_ends_at.tzinfo)
        last = max(last, until.date()) if last else last
    dates: tuple[date, ...] = ()
    if item.window.every:
        first = next(run_of(item, days, last), first)
        dates = _shown_dates(item, run_of(item, days, last), today)
        state = _repeating_state(dates, today)
    else:
        state = _state(item, first, last, today, days, stage.after)
    return Entry(
        item=item,
        state=state,
        own_state=state,
        first=max(first, today) if first and state in ("open", "last-chance") else first,
        last=last,
        dates=dates,
        until=until.replace(tzinfo=None) if until else None,
        if_home=item.settings == ("home",) and answers.setting is None,
        days_late=(today - last).days if state == "missed" and last else 0,
    )


def _urgency(entry: Entry) -> tuple[bool, date]:
    return (not entry.item.safety, entry.due or date.max)


def by_date(entry: Entry) -> tuple[object, ...]:
    """What is over last; then by date, so that what says the same about when stands together."""
    window = entry.item.window
    is_habit = entry.item.kind != "task"
    due, first = entry.due or date.max, entry.first or date.min
    return (entry.state == "past", due, first, is_habit, window.practical, window.words)


def is_over(entries: Collection[Entry]) -> bool:
    """Whether nothing of it is still to do or to watch for. Such a part stands behind the others."""
    return bool(entries) and all(entry.state == "past" for entry in entries)


def _place(entry: Entry, today: date, days: tuple[date, ...], *, after: bool) -> str:
    """The one place of an entry on the list: asked, late, before the visit, a warning, now, or its phase."""
    item = entry.item
    if item.kind == "asked":
        return "asked"
    if entry.state == "missed":
        return "late"
    if entry.state == "past" and item.phase in UP_TO_THE_VISIT and today > days[-1]:
        return "before"
    # A warning that ends with the visit stands in its phase, and one that is over too; every other apart, by level. Of
    # the first level none is ever said to be over on a visit's list: trouble breathing is a reason to call on any day.
    counts = entry.state != "past" or (item.level == "now" and not after)
    ends_with_the_visit = entry.last is not None and entry.last <= days[-1] and not after
    if item.level and counts and not ends_with_the_visit:
        return "warning"
    is_open_task = item.kind == "task" and entry.state in ("open", "last-chance")
    if is_open_task and entry.due is not None and (entry.due - today).days <= NOW_DAYS:
        return "now"
    return "phase"


def _calls(entries: list[Entry], location: Location | None) -> Iterator[CallCard]:
    """One card for each whom to call: late and open tasks, late ones first, at most five; the rest is to ask as well."""
    for call in CALLS:
        tasks = [e for e in entries if e.item.call == call and e.item.kind == "task"]
        asks = [e for e in tasks if e.state in ("missed", "open", "last-chance")]
        asks.sort(key=lambda entry: (entry.state != "missed", *_urgency(entry)))
        if asks:
            numbers = location if call in CALLS_OF_THE_CLINIC else None
            yield CallCard(call, tuple(asks[:MOST_ASKS]), tuple(asks[MOST_ASKS:]), numbers)


def is_to_ask(question: Question, therapy: Content, stage: Stage, answers: Answers) -> bool:
    """Whether a question is one for this person, of which the first seven stand on the list."""
    return (
        _stage_holds(question, stage, answers)
        and (not question.therapies or therapy.slug in question.therapies)
        and (not question.situations or not answers.situations.isdisjoint(question.situations))
    )


def _questions(therapy: Content, guide: Content, stage: Stage, answers: Answers) -> tuple[Question, ...]:
    """At most seven: those for this person's situations first, then by rank, the therapy's before the guide's."""
    chosen = [
        question for question in (*therapy.questions, *guide.questions) if is_to_ask(question, therapy, stage, answers)
    ]
    chosen.sort(key=lambda question: (not question.situations, question.rank))
    return tuple(chosen[:MOST_QUESTIONS])


def _next_dose(stage: Stage, days: tuple[date, ...]) -> date | None:
    if not stage.next_count:
        return None
    anchor = days[0] if stage.next_from == "first-day" else days[-1]
    return _add(anchor + timedelta(days=stage.next_offset_days), stage.next_count, stage.next_unit)


def build(
    therapy: Edition,
    guide: Edition,
    answers: Answers,
    today: date,
    zone: ZoneInfo,
    clinic: Edition | None = None,
) -> Checklist:
    """The checklist of one visit. `today` is the date in `zone`. The clinic's rules hold wherever the person did not say
    that it is elsewhere. Raises ValueError for a stage that the therapy lacks."""
    stage = therapy.content.stage(answers.stage)
    if stage is None:
        raise ValueError(f"{therapy.content.name} has no stage {answers.stage!r}")
    days = tuple(answers.date + timedelta(days=n) for n in range(max(1, stage.days)))
    if answers.location == ELSEWHERE:
        clinic = None
    rules = clinic.content if clinic else None
    location = next((place for place in rules.locations if place.key == answers.location), None) if rules else None
    drip_ends_at = _drip_ends_at(stage, answers, days, zone)
    items = _chosen((*therapy.content.items, *guide.content.items), therapy.content, stage, answers)
    entries = [_entry(item, stage, answers, today, days, drip_ends_at) for item in items]
    if rules:
        house = [item for item in rules.items if holds(item, therapy.content, stage, answers)]
        entries += [replace(_entry(item, stage, answers, today, days, drip_ends_at), house=True) for item in house]
        entries = _with_house_rules(entries, rules.overrides, today, days, after=stage.after)
    places: dict[str, list[Entry]] = {"asked": [], "late": [], "before": [], "warning": [], "now": [], "phase": []}
    for entry in sorted(entries, key=by_date):
        places[_place(entry, today, days, after=stage.after)].append(entry)
    late, now, before = sorted(places["late"], key=_urgency), places["now"], places["before"]
    phases = {phase: [e for e in places["phase"] if e.item.phase == phase] for phase in PHASES}
    phases = dict(sorted(phases.items(), key=lambda phase: is_over(phase[1])))
    warnings = {level: [e for e in places["warning"] if e.item.level == level] for level in LEVELS}

    # Of two sources under one key, the label's is the one that counts, so it comes last.
    contents = (*((clinic.content,) if clinic else ()), therapy.content, guide.content)
    bibliography = Bibliography(*contents)
    ordered = (late, now, *phases.values(), *warnings.values(), before, places["asked"])
    referenced = [replace(e, references=bibliography.cite(e.item.citations)) for group in ordered for e in group]
    by_key = {entry.item.key: entry for entry in referenced}
    stage_references = bibliography.cite(stage.citations)

    def again(group: Iterable[Entry]) -> tuple[Entry, ...]:
        return tuple(by_key[entry.item.key] for entry in group)

    return Checklist(
        therapy=therapy,
        guide=guide,
        clinic=clinic,
        location=location,
        stage=stage,
        answers=answers,
        today=today,
        days=days,
        late=again(late),
        now=again(now),
        phases=tuple((phase, again(group)) for phase, group in phases.items() if group),
        before=again(before),
        warnings=tuple((level, again(group)) for level, group in warnings.items() if group),
        calls=tuple(_calls(referenced, location)),
        asked=again(places["asked"]),
        questions=_questions(therapy.content, guide.content, stage, answers),
        next_dose=_next_dose(stage, days),
        stage_references=stage_references,
        sources=bibliography.sources,
    )


def earliest_date(stage: Stage, today: date) -> date:
    """A visit may lie up to 30 days back, the last infusion of a treatment up to 10 years."""
    return add_months(today, -120, later=False) if stage.after else today - timedelta(days=30)


def latest_date(stage: Stage, today: date) -> date:
    """A visit may lie up to 2 years ahead; the last infusion of a treatment is never in the future."""
    return today if stage.after else add_months(today, 24, later=True)
