"""A kept visit as a calendar file (RFC 5545): visit days, due dates with alarms, the run of tests, the next dose.

Pure: no clock, no database. Titles are neutral unless names are asked for: a calendar is often seen by others.
Times are floating: they are the clock on the wall of the place, wherever the phone is.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from django.utils.translation import gettext as _
from icalendar import Alarm, Calendar, Event

from visits.checklist import Entry, run_of
from visits.plan import Line, Plan

DAY = timedelta(days=1)
MORNING = timedelta(hours=9)  # when an alarm sounds
SHORT_MONTH_DAYS = 28
MINUTES_UNKNOWN = 60


@dataclass(frozen=True, kw_only=True)
class Dated:
    """One thing with a date. `box` is what its UID is made of. `neutral` is its title where no names are asked for."""

    box: str
    start: date | datetime
    end: date | datetime
    neutral: str
    named: str
    about: str = ""
    alarm: timedelta | None = None
    rule: dict[str, object] | None = None
    without: tuple[date, ...] = ()
    place: str = ""


def _alarm(day: date, today: date) -> timedelta:
    """Nine in the morning of the day before; of the day itself, where the day before is no longer to come."""
    return MORNING if day <= today + DAY else MORNING - DAY


def _visit_days(plan: Plan) -> Iterator[Dated]:
    """Also those gone by: a visit that was moved must move in the calendar. Of a course, only the first day's time is
    known."""
    made = plan.list
    stage, name = made.stage, made.therapy.content.name
    if stage.after:
        return
    place = ", ".join(filter(None, (made.location.name, made.location.address))) if made.location else ""
    minutes = stage.ready_minutes + stage.drip_minutes + stage.watch_minutes
    for n, day in enumerate(made.days):
        named = _("%(therapy)s infusion")
        if len(made.days) > 1:
            named = _("%(therapy)s infusion, day %(number)s of %(days)s")
        event = Dated(
            box=f"visit-{n + 1}",
            start=day,
            end=day + DAY,
            neutral=_("Appointment"),
            named=named % {"therapy": name, "number": n + 1, "days": len(made.days)},
            about=f"{stage.name}.",
            alarm=_alarm(day, made.today) if day > made.today else None,
            place=place,
        )
        if n == 0 and made.starts_at:
            end = made.starts_at + timedelta(minutes=minutes or MINUTES_UNKNOWN)
            event = replace(event, start=made.starts_at, end=end, alarm=-DAY if day > made.today + DAY else None)
        yield event


def _rule(entry: Entry, plan: Plan) -> dict[str, object]:
    """How a repeating item goes on, as visits.checklist runs it: in a month that is too short, on its last day."""
    window, days = entry.item.window, plan.list.days
    rule: dict[str, object] = {"freq": "MONTHLY" if window.unit == "months" else "DAILY", "interval": window.every}
    if entry.last:
        rule["until"] = entry.last
    day = (days[0] if window.anchor == "first-day" else days[-1]).day
    if window.unit == "months" and day > SHORT_MONTH_DAYS:
        rule |= {"bymonthday": list(range(SHORT_MONTH_DAYS, day + 1)), "bysetpos": -1}
    return rule


def _task(lines: list[Line], plan: Plan) -> Dated | None:
    """A task that is not done, on its last day; a late one today. All dates of a repeating one are one event."""
    made, entry = plan.list, lines[0].entry
    if entry is None or entry.state == "past":
        return None
    done = {line.on for line in lines if line.on and line.is_done}
    if entry.dates:
        coming = (day for day in run_of(entry.item, made.days, entry.last) if day >= made.today and day not in done)
        start = next(coming, None)
    else:
        start = max(entry.due, made.today) if entry.due and not lines[0].is_done else None
    if start is None:
        return None
    return Dated(
        box=entry.item.key,
        start=start,
        end=start + DAY,
        neutral=_("Task"),
        named=entry.item.action,
        about=entry.item.why,
        alarm=_alarm(start, made.today),
        rule=_rule(entry, plan) if entry.dates else None,
        without=tuple(sorted(day for day in done if day > start)),
    )


def _events(plan: Plan) -> Iterator[Dated]:
    made = plan.list
    yield from _visit_days(plan)
    tasks: dict[str, list[Line]] = {}
    for line in plan.lines:
        if line.entry and line.entry.item.kind == "task" and line not in plan.before:
            tasks.setdefault(line.entry.item.key, []).append(line)
    yield from filter(None, (_task(lines, plan) for lines in tasks.values()))
    if made.next_dose and made.next_dose >= made.today:
        yield Dated(
            box="next-dose",
            start=made.next_dose,
            end=made.next_dose + DAY,
            neutral=_("Appointment, about this day"),
            named=_("Next %(therapy)s infusion, about this day") % {"therapy": made.therapy.content.name.lower()},
            about=_("About this day. Your team sets the day."),
        )


def ics(plan: Plan, *, uid: Callable[[str], str], sequence: int, stamp: datetime, named: bool) -> bytes:
    """The calendar file, or nothing where no day is left to put into one. `uid` gives each thing the name that stays its
    own however often the file is made; with a higher `sequence`, a calendar that has it takes the new days."""
    calendar = Calendar()
    calendar.add("prodid", "-//MS Infusion//Visit//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    for one in _events(plan):
        event, title = Event(), one.named if named else one.neutral
        event.add("uid", uid(one.box))
        event.add("dtstamp", stamp)
        event.add("sequence", sequence)
        event.add("dtstart", one.start)
        event.add("dtend", one.end)
        event.add("summary", title)
        event.add("class", "PRIVATE")
        event.add("transp", "OPAQUE" if isinstance(one.start, datetime) else "TRANSPARENT")
        if named and one.about:
            event.add("description", one.about)
        if named and one.place:
            event.add("location", one.place)
        if one.rule:
            event.add("rrule", one.rule)
        for day in one.without:
            event.add("exdate", day)
        if one.alarm is not None:
            alarm = Alarm()
            alarm.add("action", "DISPLAY")
            alarm.add("description", title)
            alarm.add("trigger", one.alarm)
            event.add_component(alarm)
        calendar.add_component(event)
    return calendar.to_ical() if calendar.subcomponents else b""
