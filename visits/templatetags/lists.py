"""For staff's review: which lists a changed line stands on, and how many people keep one of them."""

from collections.abc import Iterable
from datetime import date

from django import template
from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext as _

from therapies.content import Content, Item, Location, Override, Question, Stage
from therapies.library import library
from therapies.staff import Proposal
from therapies.vocabulary import SETTINGS, SITUATIONS
from visits.checklist import Answers, holds, is_to_ask, visits_of
from visits.models import Visit

register = template.Library()


@register.simple_tag
def lists_with(before: Item | None, after: Item | None, content: Content) -> list[str]:
    """Sentences: the therapies and visits whose lists hold the item now or would, and the people it is for."""
    therapies = [content] if content.kind == "therapy" else [edition.content for edition in library().therapies]
    items = [item for item in (before, after) if item is not None]
    found = []
    for therapy in therapies:
        stages = {stage.key: stage.name for item in items for stage in visits_of(item, therapy)}
        names = [stage.name for stage in therapy.stages if stage.key in stages]
        if names:
            found.append(f"{therapy.name}: {', '.join(names)}.")
    said = {_(SITUATIONS[key]): None for item in items for key in item.situations}
    if said:
        found.append(_("Who says: %(answers)s.") % {"answers": ", ".join(said)})
    places = {_(SETTINGS[key]): None for item in items for key in item.settings}
    if places:
        found.append(_("Where: %(places)s.") % {"places": ", ".join(places)})
    return found


Kept = list[tuple[str, Answers, int]]


@register.simple_tag
def kept_answers() -> Kept:
    """How many visits are kept, by therapy and what was answered. Dates are left out: no line depends on them."""
    names = ("therapy", "stage", "setting", "location", "situations")
    found = (
        Visit.objects.exclude(pk__in=Visit.objects.over(timezone.localdate()))
        .values(*(f"answers__{name}" for name in names))
        .annotate(number=Count("pk"))
    )
    return [
        (
            group["answers__therapy"],
            Answers(
                stage=group["answers__stage"],
                date=date.max,
                setting=group["answers__setting"] or None,
                location=group["answers__location"] or None,
                situations=frozenset(group["answers__situations"]),
            ),
            group["number"],
        )
        for group in found
    ]


@register.simple_tag
def kept_with(proposals: Proposal | Iterable[Proposal], content: Content, kept: Kept) -> int:
    """How many kept visits have one of these lines on their list now, or would have it."""
    changed = [proposals] if isinstance(proposals, Proposal) else proposals
    lines = [line for one in changed for line in (one.before, one.after) if line]
    therapies = {edition.content.slug: edition.content for edition in library().therapies}
    if content.kind == "therapy":
        therapies = {content.slug: content}
    guide = library().guide
    general = [content, *([guide.content] if guide else [])]
    found = 0
    for slug, answers, number in kept:
        therapy = therapies.get(slug)
        stage = therapy.stage(answers.stage) if therapy else None
        if therapy and stage and any(_is_on(line, [therapy, *general], stage, answers) for line in lines):
            found += number
    return found


def _is_on(line: object, contents: list[Content], stage: Stage, answers: Answers) -> bool:
    """Whether a line is on the list of these answers; the first of the contents is its therapy's."""
    match line:
        case Item():
            return holds(line, contents[0], stage, answers)
        case Override():
            item = next((item for one in contents for item in one.items if item.key == line.item), None)
            return item is not None and holds(item, contents[0], stage, answers)
        case Question():
            return is_to_ask(line, contents[0], stage, answers)
        case Stage():
            return line.key == stage.key
        case Location():
            return line.key == answers.location
        case _:
            return False
