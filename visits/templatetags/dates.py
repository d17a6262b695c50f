"""How a checklist says days, and its runway."""

from datetime import date
from typing import Any

from django import template
from django.utils.dateformat import format as format_date
from django.utils.html import format_html
from django.utils.safestring import SafeString

from visits.checklist import Checklist, Entry

register = template.Library()
CALL_NAMES = {
    "clinic": "your MS clinic",
    "lab": "the lab",
    "infusion-center": "the infusion team",
    "insurer": "your health plan",
}
STOPS = (
    ("Weeks before", ("weeks-before",)),
    ("Week before", ("week-before",)),
    ("Day before", ("day-before", "bring")),
    ("Visit day", ("day-of", "at-the-visit", "rest-of-the-day")),
    ("Days after", ("days-after",)),
)
ACROSS = 5  # squares in a row of the runway


@register.filter
def call_name(call: str) -> str:
    return CALL_NAMES[call]


@register.filter
def short_day(day: date, today: date) -> str:
    """ "Wed, Dec 2"; with the year where it is not this one."""
    return format_date(day, "D, M j" if day.year == today.year else "D, M j, Y")


@register.filter
def long_day(day: date, today: date) -> str:
    return format_date(day, "l, F j" if day.year == today.year else "l, F j, Y")


@register.filter
def day_tag(day: date, today: date) -> SafeString:
    return format_html('<time datetime="{}">{}</time>', day.isoformat(), short_day(day, today))


@register.simple_tag
def rule_days(entry: Entry, today: date) -> SafeString | str:
    """The days of a house rule, such as "by Thu, Dec 3"."""
    rule = entry.rule
    if rule is None:
        return ""
    if rule.last is None:
        return format_html("from {} on", day_tag(rule.first, today)) if rule.first else ""
    if rule.first == rule.last:
        return format_html("on {}", day_tag(rule.last, today))
    if rule.first and rule.first > today:
        return format_html("from {} to {}", day_tag(rule.first, today), day_tag(rule.last, today))
    return format_html("{} {}", "by" if entry.item.kind == "task" else "until", day_tag(rule.last, today))


@register.filter
def how_far(checklist: Checklist) -> str:
    """How far the visit is, in a sentence."""
    left = (checklist.days[0] - checklist.today).days
    past = "It was" if len(checklist.days) == 1 else "It began"
    if left == 0:
        return "It is today."
    if left == 1:
        return "It is tomorrow."
    if left == -1:
        return f"{past} yesterday."
    return f"{left} days from today." if left > 0 else f"{past} {-left} days ago."


@register.inclusion_tag("visits/_runway.html")
def runway(checklist: Checklist) -> dict[str, Any]:
    """Five equal steps from now to after, not to scale: a square for each entry, black ones late."""
    here = min(
        (e.item.phase for e in checklist.entries if e.state in ("open", "last-chance", "missed")),
        key=lambda phase: next(n for n, (_, phases) in enumerate(STOPS) if phase in phases),
        default="days-after",
    )
    if checklist.visit_is_over:
        here = "days-after"
    listed = {phase for phase, _ in checklist.phases}
    stops = []
    for name, phases in STOPS:
        entries = [e for e in checklist.entries if e.item.phase in phases and e.state != "past"]
        late = sum(e.state == "missed" for e in entries)
        rows = -(-len(entries) // ACROSS)
        height = max(1, rows) * 11
        stops.append(
            {
                "name": name,
                "target": next((phase for phase in phases if phase in listed), "ahead"),
                "count": len(entries),
                "late": late,
                "width": ACROSS * 11,
                "height": height,
                "squares": [
                    (1 + 11 * (n % ACROSS), height - 10 - 11 * (n // ACROSS), n < late) for n in range(len(entries))
                ],
                "here": here in phases,
                "visit": name == "Visit day",
            }
        )
    return {"stops": stops}
