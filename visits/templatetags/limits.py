"""For pages that say a limit."""

from django import template
from django.utils.formats import number_format

from visits import limits

register = template.Library()


@register.simple_tag
def limit(name: str) -> str:
    """A number of visits/limits.py, such as 1,000."""
    return number_format(getattr(limits, name), force_grouping=True)
