"""How a checklist says its headings and days, and its runway."""

from collections.abc import Iterable
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from django import template
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext_noop, ngettext
from django.utils.translation import gettext as _

from therapies.templatetags.editions import squares
from therapies.vocabulary import PHASES, STOPS
from visits.checklist import Checklist, Entry

register = template.Library()
CALL_NAMES = {
    # Translators: as it stands after "call"
    "clinic": gettext_noop("your MS clinic"),
    # Translators: as it stands after "call"
    "lab": gettext_noop("the lab"),
    # Translators: as it stands after "call"
    "infusion-center": gettext_noop("the infusion team"),
    # Translators: as it stands after "call"
    "insurer": gettext_noop("your health plan"),
}
STATE, SMALL, BREAK = '<span class="due__state">{}</span>', " <small>{}</small>", SafeString("<br>")
LONG_LATE = 61  # days
HEADINGS = {
    "late": gettext_noop("Late"),
    "now": gettext_noop("Now: this week"),
    "warning": gettext_noop("Warning signs"),
    "before": gettext_noop("Before the visit"),
    "asked": gettext_noop("What the nurse asks"),
}


@register.filter
def call_name(call: str) -> str:
    return _(CALL_NAMES[call])


@register.simple_tag
def heading(checklist: Checklist, part: str) -> str:
    """What stands above a part of the list: a phase, late, now, warning, before or asked."""
    if part == "days-after" and checklist.stage.after:
        return _("What goes on")
    if part == "bring" and checklist.answers.setting == "home":
        return _("Have ready")
    return _(HEADINGS.get(part) or PHASES[part])


@register.filter
def short_day(day: date, today: date) -> str:
    """ "Wed, Dec 2"; with the year where it is not this one."""
    return date_format(day, "SHORT_DAY_THIS_YEAR_FORMAT" if day.year == today.year else "SHORT_DAY_FORMAT")


@register.filter
def long_day(day: date, today: date) -> str:
    return date_format(day, "DAY_THIS_YEAR_FORMAT" if day.year == today.year else "DAY_FORMAT")


@register.filter
def day_tag(day: date, today: date) -> SafeString:
    return _day_tags(get_language(), day.year, today.year)[day]


@lru_cache(30)
def _day_tags(language: str | None, year: int, this_year: int) -> dict[date, SafeString]:
    """Every day of a year: one list has a hundred, and days that were kept one by one would be somebody's."""
    first, today = date(year, 1, 1), date(this_year, 1, 1)
    days = (first + timedelta(days=number) for number in range(366))
    return {day: format_html('<time datetime="{}">{}</time>', day.isoformat(), short_day(day, today)) for day in days}


@register.simple_tag
def day_tags(days: Iterable[date], today: date, between: str) -> SafeString:
    return format_html_join(between, "{}", ((day_tag(day, today),) for day in days))


@register.filter
def days_late(number: int) -> str:
    """ "3 days late"; nothing where it is not late, or so late that the number helps nobody."""
    return ngettext("%(n)s day late", "%(n)s days late", number) % {"n": number} if 0 < number < LONG_LATE else ""


def _said(words: str, today: date, **named: date | SafeString | str | None) -> SafeString:
    """Words of ours with days, or tags of ours, in them."""
    tags = {name: day_tag(one, today) if isinstance(one, date) else one for name, one in named.items()}
    return mark_safe(words % tags)  # noqa: S308 - both are ours # nosec B308 B703


@register.simple_tag
def rule_days(entry: Entry, today: date) -> SafeString | str:
    """The days of a house rule, such as "by Thu, Dec 3"."""
    rule = entry.rule
    if rule is None or not (rule.first or rule.last):
        return ""
    if rule.last is None:
        words = _("from %(day)s on")
    elif rule.first == rule.last:
        words = _("on %(day)s")
    elif rule.first and rule.first > today:
        words = _("from %(first)s to %(last)s")
    else:
        words = _("by %(day)s") if entry.item.kind == "task" else _("until %(day)s")
    return _said(words, today, first=rule.first, last=rule.last, day=rule.last or rule.first)


@register.simple_tag
def when(entry: Entry, today: date) -> SafeString:
    """When an entry is due or holds, whether few days are left, and what the clinic says of it."""
    said = [_own_when(entry, today)]
    if entry.is_last_days:
        said.append(format_html(STATE, _("Last 3 days")))
    window = entry.item.window
    if window.practical and entry.own_state not in ("missed", "past") and not entry.item.level and not window.words:
        said.append(format_html(SMALL, _("a good time")))
    if entry.rule:
        said.append(format_html(SMALL, _said(_("your clinic: %(days)s"), today, days=rule_days(entry, today))))
    return format_html_join("", "{}", ((one,) for one in said))


def _own_when(entry: Entry, today: date) -> SafeString | str:
    window, first, last = entry.item.window, entry.first, entry.last
    if entry.own_state == "missed":
        if window.practical:
            return _said(_("Best by %(day)s"), today, day=last)
        said, late = _said(_("Was due %(day)s"), today, day=last), days_late(entry.days_late)
        return said + format_html(STATE, late) if late else said
    if entry.dates:
        days = _said(_("About %(days)s"), today, days=day_tags(entry.dates, today, BREAK))
        goes_on = _("then on, until %(day)s") if last else _("then on, with no end date")
        return days + format_html("<br><small>{}</small>", _said(goes_on, today, day=last))
    if window.words:
        return window.words
    if entry.own_state == "past":
        over = last is not None and last < today  # else it is past because the visit is
        return _said(_("Over since %(day)s") if over else _("Before the visit"), today, day=last)
    if first and first == last:
        return _said(_("Today, %(day)s") if first == today else "%(day)s", today, day=first)
    if last and entry.own_state == "later":
        return _said(_("From %(first)s to %(last)s"), today, first=first, last=last)
    if last:
        return _said(_("By %(day)s") if entry.item.kind == "task" else _("Until %(day)s"), today, day=last)
    if first and entry.own_state == "later":
        return _said(_("From %(day)s on"), today, day=first)
    return _("From now on") if first else _("Any day")


@register.simple_tag
def until(entry: Entry, today: date) -> SafeString | str:
    """Until when to watch for a sign, as a sentence; nothing where that has no end."""
    window, hours = entry.item.window, entry.item.window.hours
    if entry.until:
        said = ngettext(
            "Until about %(moment)s, %(hours)s hour after the drip ends.",
            "Until about %(moment)s, %(hours)s hours after the drip ends.",
            hours,
        )
        return said % {"moment": date_format(entry.until, "DAY_TIME_FORMAT"), "hours": hours}
    if hours:
        said = ngettext(
            "Until %(hours)s hour after the drip ends.", "Until %(hours)s hours after the drip ends.", hours
        )
        return said % {"hours": hours}
    if window.words:
        return f"{window.words}."
    if entry.last and not window.practical and entry.own_state != "past":
        return _said(_("Until %(day)s."), today, day=entry.last)
    return ""


@register.filter
def how_far(checklist: Checklist) -> str:
    """How far the visit is, in a sentence."""
    left, one_day = (checklist.days[0] - checklist.today).days, len(checklist.days) == 1
    if left == 0:
        return _("It is today.")
    if left == 1:
        return _("It is tomorrow.")
    if left == -1:
        return _("It was yesterday.") if one_day else _("It began yesterday.")
    if left > 0:
        said = ngettext("%(days)s day from today.", "%(days)s days from today.", left)
    elif one_day:
        said = ngettext("It was %(days)s day ago.", "It was %(days)s days ago.", -left)
    else:
        said = ngettext("It began %(days)s day ago.", "It began %(days)s days ago.", -left)
    return said % {"days": abs(left)}


@register.inclusion_tag("visits/_runway.html")
def runway(checklist: Checklist) -> dict[str, Any]:
    """Five equal steps from now to after, not to scale: a square for each entry, black ones late."""
    here = min(
        (e.item.phase for e in checklist.entries if e.state in ("open", "last-chance", "missed")),
        key=lambda phase: next(n for n, phases in enumerate(STOPS.values()) if phase in phases),
        default="days-after",
    )
    if checklist.visit_is_over:
        here = "days-after"
    listed = {phase for phase, _ in checklist.phases}
    stops = []
    for name, phases in STOPS.items():
        entries = [e for e in checklist.entries if e.item.phase in phases and e.state != "past"]
        stops.append(
            {
                "name": _(name),
                "target": next((phase for phase in phases if phase in listed), "ahead"),
                "count": len(entries),
                "late": sum(e.state == "missed" for e in entries),
                "here": here in phases,
                "visit": "day-of" in phases,
            }
            | squares(len(entries))
        )
    return {"stops": stops}
