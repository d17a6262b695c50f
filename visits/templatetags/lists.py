"""For staff's review: which lists a changed item stands on."""

from django import template

from therapies.content import Content, Item
from therapies.library import library
from therapies.vocabulary import SETTINGS, SITUATIONS
from visits.checklist import visits_of

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
    for words, name, vocabulary in (("Who says", "situations", SITUATIONS), ("Where", "settings", SETTINGS)):
        said = dict.fromkeys(vocabulary[key] for item in items for key in getattr(item, name))
        if said:
            found.append(f"{words}: {', '.join(said)}.")
    return found
