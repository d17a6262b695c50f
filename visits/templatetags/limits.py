"""For pages that say a limit."""

from django import template

from visits import limits

register = template.Library()


@register.simple_tag
def limit(name: str) -> str:
    """A number of visits/limits.py, such as 1,000."""
    return f"{getattr(limits, name):,}"
