"""What must be put right before a content may be published, as sentences for staff. Pure: no Django.

No line without a source that resolves, no place missing for a label, no warning replaced by a weaker one, no safety item
dropped in silence.
"""

import re
from collections.abc import Iterator

from therapies.content import (
    ANCHORS,
    CALLS,
    FARTHEST,
    KINDS,
    LEVELS,
    OWNERS,
    PHASES,
    PLACE_REQUIRED,
    PREMEDICINES,
    SECTIONS,
    SETTINGS,
    SITUATIONS,
    SOURCE_KINDS,
    UNITS,
    Content,
    Item,
)


def _problems_of_item(item: Item, content: Content) -> Iterator[str]:
    if item.kind == "task" and not (item.call and item.say and item.done_when):
        yield "a task needs whom to call, what to say, and how one knows that it is done"
    if item.level and item.kind != "watch":
        yield "only signs to watch for have a level"
    if item.level in ("now", "same-day") and not item.safety:
        yield "a warning is a safety item"
    if item.level and not item.signs:
        yield "a warning names its signs"
    if item.therapies and content.kind == "therapy":
        yield "only guide items name therapies"
    stages = {stage.key for stage in content.stages}
    if content.kind == "therapy" and not stages.issuperset(item.stages):
        yield f"has no stage {', '.join(sorted(set(item.stages) - stages))}"
    choices = [
        ("kind", (item.kind,), KINDS),
        ("phase", (item.phase,), PHASES),
        ("owner", (item.owner,), OWNERS),
        ("call", filter(None, (item.call,)), CALLS),
        ("level", filter(None, (item.level,)), LEVELS),
        ("premedicine", filter(None, (item.premedicine,)), PREMEDICINES),
        ("settings", item.settings, SETTINGS),
        ("situations", item.situations, SITUATIONS),
        ("anchor", (item.window.anchor, item.window.last_anchor or "first-day"), ANCHORS),
        ("unit", (item.window.unit,), UNITS),
    ]
    for name, values, known in choices:
        for value in values:
            if value not in known:
                yield f"{value!r} is not a known {name}"
    window = item.window
    if any(abs(bound or 0) > FARTHEST[window.unit] for bound in (window.first, window.last, window.every)):
        yield "its window lies too far away"
    same_anchor = not window.last_anchor or window.last_anchor == window.anchor
    if same_anchor and window.first is not None and window.last is not None and window.first > window.last:
        yield "its window ends before it begins"
    if window.every and window.first is None:
        yield "a repeating item needs a first day"


def problems(content: Content) -> list[str]:
    """What must be put right before this content may be published, as sentences for staff."""
    found = []
    sources = {source.key: source for source in content.sources}
    keys: set[str] = set()
    for line in content.lines():
        if line.key in keys:
            found.append(f"{line.key}: this key is there twice.")
        keys.add(line.key)
        if not line.citations:
            found.append(f"{line.key}: cites no source.")
        for citation in line.citations:
            source = sources.get(citation.source)
            if source is None:
                found.append(f"{line.key}: cites {citation.source}, which is not among the sources.")
            elif source.kind in PLACE_REQUIRED and not citation.place:
                found.append(f"{line.key}: names no place in {citation.source}.")
    for item in content.items:
        found += [f"{item.key}: {problem}." for problem in _problems_of_item(item, content)]
    known_sections = SECTIONS[content.kind]
    placed = [(line.key, line.section) for line in content.statements]
    placed += [(line.key, line.section) for line in content.figures]
    found += [f"{key}: {section!r} is not a known section." for key, section in placed if section not in known_sections]
    if content.kind == "therapy" and not content.stages:
        found.append(f"{content.name}: a therapy needs a stage.")
    for source in content.sources:
        if source.url and not source.url.startswith(("https://", "http://")):
            found.append(f"{source.key}: its address must begin with https:// or http://.")
        if source.kind not in SOURCE_KINDS:
            found.append(f"{source.key}: {source.kind!r} is not a known kind of source.")
    return found


def replacement_problems(contents: list[Content]) -> list[str]:
    """Where "replaces" would lose something: an unknown key, or a warning whose signs or level the other does not hold."""
    items = {item.key: item for content in contents for item in content.items}
    order = list(LEVELS)
    names: dict[str, list[str]] = {}
    for content in contents:
        for item in content.items:
            names.setdefault(item.key, []).append(content.name)
    found = [f"{key}: is a key of {' and of '.join(where)}." for key, where in names.items() if len(where) > 1]
    for item in items.values():
        for key in item.replaces:
            other = items.get(key)
            if other is None:
                continue  # Not published now: nothing to replace.
            if other.safety and not item.safety:
                found.append(f"{item.key}: is no safety item, so it can't replace {key}.")
            elif other.level and (
                not item.level
                or order.index(item.level) > order.index(other.level)
                or not set(other.signs) <= set(item.signs)
            ):
                missing = ", ".join(sorted(set(other.signs) - set(item.signs))) or "its level"
                found.append(f"{item.key}: replaces {key} without {missing}.")
    for item in items.values():
        seen, step = {item.key}, set(item.replaces)
        while step:
            if item.key in step:
                found.append(f"{item.key}: replaces itself in a circle.")
                break
            seen |= step
            step = {key for k in step if k in items for key in items[k].replaces} - (seen - {item.key})
    return found


def silenced(before: Content, after: Content, change_note: str) -> list[str]:
    """Safety items in force that would be gone, or no safety items any more, without the note naming them."""
    kept = {item.key for item in after.items if item.safety}
    named = set(re.findall(r"[\w-]+", change_note))
    gone = [item.key for item in before.items if item.safety and item.key not in kept | named]
    return [f"{key}: a safety item in force would be gone. If that is meant, name {key} in the note." for key in gone]
