"""What staff see on the start page of the admin, and how hard a changed line is to read."""

from typing import Any

from django import template
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext

from therapies import content, staff
from therapies.models import Citation, Report, in_force
from therapies.publishing import SENT_BACK
from therapies.reading import grade, too_long
from therapies.rows import fingerprint_of

register = template.Library()


@register.inclusion_tag("admin/therapies/cockpit.html", takes_context=True)
def cockpit(context: dict[str, Any]) -> dict[str, Any]:
    """What there is to do, subject by subject, for who may see it."""
    perms = context["perms"]
    return {"work": staff.work(), "reports": Report.objects.count(), "perms": perms}


@register.simple_tag
def reading(before: content.Line | None, after: content.Line | None) -> str:
    """How hard a changed line was and would be to read."""
    grades = [
        number_format(max(0, grade(words)), 1) for line in (before, after) if line and (words := content.words_of(line))
    ]
    long = len(too_long(content.words_of(after))) if after else 0
    said = []
    if len(grades) == 2:
        said.append(gettext("Reading grade %(before)s, then %(after)s.") % {"before": grades[0], "after": grades[1]})
    elif grades:
        said.append(gettext("Reading grade %(grade)s.") % {"grade": grades[0]})
    if long:
        told = ngettext(
            "%(number)s sentence of more than 20 words.", "%(number)s sentences of more than 20 words.", long
        )
        said.append(told % {"number": long})
    return " ".join(said)


@register.filter
def cites(citation: Citation) -> SafeString:
    """A citation in a sentence, with a link to its source where that has an address."""
    source = format_html("{}", citation.source.title)
    if citation.source.url:
        title = gettext("%(title)s (opens a new tab)") % {"title": citation.source.title}
        link = '<a href="{}" rel="noreferrer" target="_blank">{}</a>'
        source = format_html(link, citation.source.url, title)
    if citation.place:
        return format_html(gettext("Cites {source}, {place}."), source=source, place=citation.place)
    return format_html(gettext("Cites {source}."), source=source)


@register.inclusion_tag("admin/therapies/readers_have.html")
def readers_have(row: Any) -> dict[str, Any]:
    """What readers have of a line now, whether the row says something else, and whether its note begins with why it was
    sent back."""
    live = in_force(row.subject)
    line = next((line for line in live.served().lines() if line.key == row.key), None) if live else None
    try:
        differs = line is not None and content.fingerprint(content.line_json(line)) != fingerprint_of(row)
    except TypeError:  # a row that can't be read: the review screen says what is wrong
        differs = True
    sent = row.history.filter(history_change_reason=SENT_BACK).first()
    sent_back = sent is not None and row.note.startswith(sent.note.splitlines()[0])
    return {"live": live, "said": content.words_of(line), "differs": differs, "row": row, "sent_back": sent_back}
