"""For the printed list: its code, where to type it, and a picture of an address for a phone's camera."""

from functools import lru_cache

import segno
from django import template
from django.conf import settings
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from visits.checklist import Checklist, Entry
from visits.codes import code_of
from visits.plan import Mark, Plan

register = template.Library()


@register.filter
def check_code(made: Checklist) -> str:
    """The code of a list, such as OCRW31-1-1-KD."""
    return code_of(made)


@register.filter
def check_address(made: Checklist) -> str:
    """Where a phone that reads the picture on the sheet goes."""
    return settings.SITE_URL + reverse("check-sheet", args=[code_of(made)])


@register.simple_tag
def check_place() -> str:
    """Where to type a code, as people type it: infusion.example.org/check/."""
    return settings.SITE_URL.partition("://")[2] + reverse("check")


@register.filter
def mark(plan: Plan, entry: Entry) -> Mark:
    """What was done to an entry of a kept list."""
    return plan.marks.get(entry.item.key, Mark())


@register.filter
def check_picture(made: Checklist) -> SafeString:
    """The address that tells whether this list has changed since, as a QR code."""
    return _check_picture(get_language(), check_address(made))


@lru_cache(1_000)  # it says which therapy, visit and editions, and nothing of a person
def _check_picture(language: str | None, address: str) -> SafeString:
    return qr(address)


@register.filter
def qr(address: str) -> SafeString:
    """An address as a QR code, in inline SVG: black, for a white ground (`share__code`)."""
    title = _("The address as a picture, for a phone’s camera")
    code = segno.make(address, error="m", micro=False)
    svg = code.svg_inline(svgclass="share__code", lineclass=None, omitsize=True, title=title)
    return mark_safe(svg)  # noqa: S308 - made by the library; the address is only drawn # nosec B308 B703
