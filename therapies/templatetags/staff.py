"""What staff see on the start page of the admin, and how hard a changed line is to read."""

from typing import Any

from django import template

from therapies import content, staff
from therapies.models import Report
from therapies.reading import grade, too_long

register = template.Library()


@register.inclusion_tag("admin/therapies/cockpit.html", takes_context=True)
def cockpit(context: dict[str, Any]) -> dict[str, Any]:
    """What there is to do, subject by subject, for who may see it."""
    perms = context["perms"]
    return {"work": staff.work(), "reports": Report.objects.count(), "perms": perms}


@register.simple_tag
def reading(before: content.Line | None, after: content.Line | None) -> str:
    """How hard a changed line was and would be to read."""
    grades = [f"{grade(words):.1f}" for line in (before, after) if line and (words := content.words_of(line))]
    long = len(too_long(content.words_of(after))) if after else 0
    said = f"Reading grade {', then '.join(grades)}." if grades else ""
    return f"{said} {long} sentence{'s' if long > 1 else ''} of more than 20 words." if long else said
