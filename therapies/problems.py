"""What must be put right before a content may be published, as sentences for staff. Pure: no Django.

No line without a source that resolves, no place missing for a label, no warning replaced by a weaker one, no safety item
dropped in silence, no house rule instead of a label's.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict

from therapies.content import LINE_TYPES, Content, Item, Location, Window, texts_in
from therapies.vocabulary import (
    ANCHORS,
    CALLS,
    ELSEWHERE,
    FARTHEST,
    KINDS,
    LEVELS,
    LONGEST,
    OWNERS,
    PHASES,
    PLACE_REQUIRED,
    PREMEDICINES,
    SECTIONS,
    SETTINGS,
    SITUATIONS,
    SOURCE_KINDS,
    UNITS,
)

PHONE = re.compile(r"\+?(?:[ ().-]*[0-9]){7,15}[ ).-]*(?:ext\.? ?[0-9]{1,6})?", re.IGNORECASE)
EARLIEST = 240  # minutes before the visit


def _problems_of_item(item: Item, content: Content) -> Iterator[str]:
    if item.kind == "task" and not (item.call and item.say and item.done_when):
        yield "a task needs whom to call, what to say, and how one knows that it is done"
    if item.level and item.kind != "watch":
        yield "only signs to watch for have a level"
    if item.kind == "asked" and (item.phase != "at-the-visit" or not item.action.endswith("?")):
        yield "what the nurse asks is a question, and is asked at the visit"
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
    ]
    for name, values, known in choices:
        for value in values:
            if value not in known:
                yield f"{value!r} is not a known {name}"
    yield from _problems_of_window(item.window)


def _problems_of_window(window: Window) -> Iterator[str]:
    for anchor in (window.anchor, window.last_anchor or window.anchor):
        if anchor not in ANCHORS:
            yield f"{anchor!r} is not a known anchor"
    if window.unit not in UNITS:
        yield f"{window.unit!r} is not a known unit"
    elif any(abs(bound or 0) > FARTHEST[window.unit] for bound in (window.first, window.last, window.every)):
        yield "its window lies too far away"
    if window.every and window.first is None:
        yield "a repeating item needs a first day"
    same_anchor = not window.last_anchor or window.last_anchor == window.anchor
    if same_anchor and window.first is not None and window.last is not None and window.first > window.last:
        yield "its window ends before it begins"


def window_problems(content: Content) -> list[str]:
    """Windows of which no dates can be made, as sentences for staff."""
    windows = [(item.key, item.window) for item in content.items]
    windows += [(override.key, override.window) for override in content.overrides]
    return [f"{key}: {problem}." for key, window in windows for problem in _problems_of_window(window)]


def _problems_of_location(location: Location) -> Iterator[str]:
    if location.key == ELSEWHERE:
        yield "this key means a place of somebody else's; choose another one"
    if not location.name.strip():
        yield "a location needs a name"
    if not location.phone:
        yield "a location needs a telephone number"
    for phone in filter(None, (location.phone, location.after_hours)):
        if not PHONE.fullmatch(phone):
            yield f"{phone!r} does not look like a telephone number"
    if not 0 <= location.arrive_minutes <= EARLIEST:
        yield f"{location.arrive_minutes} minutes early is too much; {EARLIEST} are the limit"


def _problems_of_clinic(content: Content) -> Iterator[str]:
    """Each with its key."""
    items = {item.key for item in content.items}
    others = [line.key for line in content.lines() if line.key not in items] + [q.key for q in content.questions]
    for key in others:
        yield f"{key}: a clinic has locations, house rules and items, and nothing else."
    if content.premedicines:
        yield f"{content.name}: pre-medicines are a therapy's, not a clinic's."
    for item in content.items:
        if item.replaces:
            yield f"{item.key}: a house rule stands beside the label's, never instead of it, so it replaces nothing."
    for location in content.locations:
        yield from (f"{location.key}: {problem}." for problem in _problems_of_location(location))
    ruled: set[str] = set()
    for override in content.overrides:
        if override.window.first is None and override.window.last is None:
            yield f"{override.key}: a house rule needs a first or a last day."
        yield from (f"{override.key}: {problem}." for problem in _problems_of_window(override.window))
        if not override.why.strip():
            yield f"{override.key}: say why your clinic does it so."
        if override.item in ruled:
            yield f"{override.key}: {override.item} has a house rule already."
        ruled.add(override.item)


def _long_texts(content: Content) -> Iterator[str]:
    named = [(line.key, asdict(line)) for name in LINE_TYPES for line in getattr(content, name)]
    named.append((content.name, {"brands": content.brands, "say": content.say, "lead": content.lead}))
    for key, values in named:
        for name, value in values.items():
            length = max((len(text) for text in texts_in(value)), default=0)
            if length > LONGEST:
                yield f"{key}: {name} has {length:,} characters; {LONGEST:,} are the limit."


def problems(content: Content) -> list[str]:
    """What must be put right before this content may be published, as sentences for staff."""
    found: list[str] = []
    sources = {source.key: source for source in content.sources}
    house = [location.key for location in content.locations] + [override.key for override in content.overrides]
    others = [*sources, *(question.key for question in content.questions)]
    keys = Counter([line.key for line in content.lines()] + house + others)
    found += [f"{key}: this key is there twice." for key, times in keys.items() if times > 1]
    for line in content.lines():
        if not line.citations and content.kind != "clinic":  # the clinic itself is the source of its rules
            found.append(f"{line.key}: cites no source.")
        for citation in line.citations:
            source = sources.get(citation.source)
            if source is None:
                found.append(f"{line.key}: cites {citation.source}, which is not among the sources.")
            elif source.kind in PLACE_REQUIRED and not citation.place:
                found.append(f"{line.key}: names no place in {citation.source}.")
    for item in content.items:
        found += [f"{item.key}: {problem}." for problem in _problems_of_item(item, content)]
    for figure in content.figures:
        for low, high in ((figure.drug_low, figure.drug_high), (figure.other_low, figure.other_high)):
            if low is not None and not 0 <= low <= (low if high is None else high) <= figure.of:
                found.append(f"{figure.key}: {low} to {high} is no share of {figure.of}.")
    if content.kind == "clinic":
        found += _problems_of_clinic(content)
    else:
        found += [f"{key}: only a clinic has locations and house rules." for key in house]
    found += _long_texts(content)
    known_sections = SECTIONS.get(content.kind, {})
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
    """What is wrong between contents that are in force together: a key that two of them have; where "replaces" would lose
    something, such as a warning whose signs or level the other does not hold; and where a house rule is of an item that is
    not there or repeats."""
    items = {item.key: item for content in contents for item in content.items}
    return [
        *_shared_keys(contents),
        *_lost_by_replacing(items),
        *_circles(items),
        *_lost_house_rules(contents, items),
        *_shared_sources(contents),
    ]


def _shared_keys(contents: list[Content]) -> Iterator[str]:
    names: dict[str, list[str]] = {}
    for content in contents:
        for item in content.items:
            names.setdefault(item.key, []).append(content.name)
    yield from (f"{key}: is a key of {' and of '.join(where)}." for key, where in names.items() if len(where) > 1)


def _lost_by_replacing(items: dict[str, Item]) -> Iterator[str]:
    order = list(LEVELS)
    for item in items.values():
        for key in item.replaces:
            other = items.get(key)
            if other is None:
                continue  # Not published now: nothing to replace.
            if other.safety and not item.safety:
                yield f"{item.key}: is no safety item, so it can't replace {key}."
            elif other.level and (
                not item.level
                or order.index(item.level) > order.index(other.level)
                or not set(other.signs) <= set(item.signs)
            ):
                missing = ", ".join(sorted(set(other.signs) - set(item.signs))) or "its level"
                yield f"{item.key}: replaces {key} without {missing}."


def _circles(items: dict[str, Item]) -> Iterator[str]:
    for item in items.values():
        seen, step = {item.key}, set(item.replaces)
        while step:
            if item.key in step:
                yield f"{item.key}: replaces itself in a circle."
                break
            seen |= step
            step = {key for k in step if k in items for key in items[k].replaces} - (seen - {item.key})


def _lost_house_rules(contents: list[Content], items: dict[str, Item]) -> Iterator[str]:
    for override in (override for content in contents for override in content.overrides):
        if override.item not in items:
            yield f"{override.key}: there is no item {override.item}."
        elif items[override.item].window.every:
            yield f"{override.key}: {override.item} repeats, and a house rule can't move what repeats."


def _shared_sources(contents: list[Content]) -> Iterator[str]:
    """Keys by which the clinic means another source than a therapy or the guide does."""
    for clinic in (content for content in contents if content.kind == "clinic"):
        own = {source.key: source for source in clinic.sources}
        for content in contents:
            taken = [source.key for source in content.sources if own.get(source.key, source) != source]
            yield from (f"{key}: is the key of another source in {content.name}." for key in taken)


def silenced(before: Content, after: Content, change_note: str) -> list[str]:
    """Safety items in force that would be gone, or no safety items any more, without the note naming them."""
    kept = {item.key for item in after.items if item.safety}
    gone = [
        item.key
        for item in before.items
        if item.safety
        and item.key not in kept
        and not re.search(rf"(?<![\w-]){re.escape(item.key)}(?![\w-])", change_note)
    ]
    return [f"{key}: a safety item in force would be gone. If that is meant, name {key} in the note." for key in gone]
