"""What staff see on the start page of the admin, and how hard a changed line is to read."""

from typing import Any

from django import template

from therapies import content, staff
from therapies.models import Report, in_force
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
    grades = [f"{max(0, grade(words)):.1f}" for line in (before, after) if line and (words := content.words_of(line))]
    long = len(too_long(content.words_of(after))) if after else 0
    said = f"Reading grade {', then '.join(grades)}." if grades else ""
    return f"{said} {long} sentence{'s' if long > 1 else ''} of more than 20 words." if long else said


@register.inclusion_tag("admin/therapies/readers_have.html")
def readers_have(row: Any) -> dict[str, Any]:
    """What readers have of a line now, and whether the row says something else."""
    live = in_force(row.subject)
    line = next((line for line in live.served().lines() if line.key == row.key), None) if live else None
    try:
        differs = line is not None and content.fingerprint(content.line_json(line)) != fingerprint_of(row)
    except TypeError:  # a row that can't be read: the review screen says what is wrong
        differs = True
    return {"live": live, "said": content.words_of(line), "differs": differs, "row": row}
