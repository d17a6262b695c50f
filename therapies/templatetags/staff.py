"""What staff see on the start page of the admin, and lookups that their templates need."""

from typing import Any

from django import template

from therapies import staff

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
