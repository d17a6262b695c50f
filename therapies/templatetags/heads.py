"""What a page tells search engines and who is sent its link: only what the page itself says; and where on the site it is.

A page without one of these tags asks not to be indexed: base.html says so.
"""

import json
from typing import Any

from django import template
from django.conf import settings
from django.utils.safestring import SafeString
from django.utils.translation import get_language, to_locale

from therapies.content import Edition
from therapies.pages import brand_names, cited_sources

register = template.Library()
# A data block ends at "</script>" whatever JSON says, so these stand as their numbers.
ESCAPES = {ord(letter): f"\\u{ord(letter):04X}" for letter in "<>&\u2028\u2029"}


@register.simple_tag
def language_tag() -> str:
    """The language of a page as HTML names it, such as "en-US"."""
    return to_locale(get_language() or settings.LANGUAGE_CODE).replace("_", "-")


@register.simple_tag(takes_context=True)
def here(context: dict[str, Any], part: str) -> SafeString | str:
    """For a link to a part of the site: says that the page belongs to it."""
    return SafeString(' aria-current="true"') if context["request"].path.startswith(part) else ""


@register.inclusion_tag("_head.html", takes_context=True)
def head(context: dict[str, Any], title: str, description: str) -> dict[str, Any]:
    """The head of a page that search engines may show, at the address it has."""
    return {"title": title, "description": description, "site": settings.SITE_URL, "path": context["request"].path}


@register.inclusion_tag("_head.html", takes_context=True)
def head_of(context: dict[str, Any], edition: Edition) -> dict[str, Any]:
    """The head of the page of an edition in force, with what schema.org has words for."""
    content = edition.content
    title = f"{content.name} ({content.brands})" if content.brands else content.name
    places = ", ".join(location.name for location in content.locations)
    description = content.lead or content.summary or places or content.name
    data = "" if content.kind == "clinic" else _json(_as_data(edition, title, description))
    return {**head(context, title, description), "data": data}


def _as_data(edition: Edition, title: str, description: str) -> dict[str, Any]:
    """A schema.org MedicalWebPage. The page names who checked it and no day, so there is no `lastReviewed`."""
    content = edition.content
    data: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "MedicalWebPage",
        "name": title,
        "description": description,
        "inLanguage": content.language,
        "dateModified": edition.published_on.isoformat(),
    }
    if edition.checked == edition.total:
        data["reviewedBy"] = [{"@type": "Person", "name": name} for name in edition.checked_by]
    if content.kind == "therapy":
        drug = {"@type": "Drug", "name": content.name, "nonProprietaryName": content.name}
        data["about"] = drug | ({"alternateName": brand_names(content)} if brand_names(content) else {})
        labels = (source.title for source, parts in cited_sources(content) if source.kind == "label" and parts)
        data["citation"] = list(dict.fromkeys(labels))
    return data


def _json(data: dict[str, Any]) -> SafeString:
    """JSON that can stand within a script element."""
    return SafeString(
        json.dumps(data, ensure_ascii=False, separators=(",", ":")).translate(ESCAPES)
    )  # what could end the element is escaped # nosec B703
