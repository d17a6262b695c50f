"""What staff see on the start page of the admin, and lookups that their templates need."""

from typing import Any

from django import template

from therapies import content, staff
from therapies.reading import grade, too_long

register = template.Library()


@register.inclusion_tag("admin/therapies/cockpit.html", takes_context=True)
def cockpit(context: dict[str, Any]) -> dict[str, Any]:
    """What there is to do, subject by subject, for who may see it."""
    perms = context["perms"]
    return {"work": staff.work(), "reports": staff.reports(), "perms": perms}


@register.filter
def at(values: dict[str, Any], key: str) -> Any:
    """What a dictionary holds under a key that only the template knows."""
    return values.get(key)


@register.simple_tag
def reading(before: Any, after: Any) -> str:
    """How hard a changed line was and would be to read."""
    grades = [f"{grade(words):.1f}" for line in (before, after) if line and (words := content.words_of(line))]
    long = len(too_long(content.words_of(after))) if after else 0
    said = f"Reading grade {', then '.join(grades)}." if grades else ""
    return f"{said} {long} sentence{'s' if long > 1 else ''} of more than 20 words." if long else said
