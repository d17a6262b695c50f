"""What must be put right before a content may be published, as sentences for staff. Pure: of Django, only words and
numbers of a language.

No line without a source that resolves, no place missing for a label, no warning replaced by a weaker one, no safety item
dropped in silence, no house rule instead of a label's.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict

from django.utils.formats import number_format
from django.utils.translation import gettext as _

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
    named = {"key": item.key}
    if item.kind == "task" and not (item.call and item.say and item.done_when):
        yield _("%(key)s: a task needs whom to call, what to say, and how one knows that it is done.") % named
    if item.level and item.kind != "watch":
        yield _("%(key)s: only signs to watch for have a level.") % named
    if item.kind == "asked" and (item.phase != "at-the-visit" or not item.action.endswith("?")):
        yield _("%(key)s: what the nurse asks is a question, and is asked at the visit.") % named
    if item.level in ("now", "same-day") and not item.safety:
        yield _("%(key)s: a warning is a safety item.") % named
    if item.level and not item.signs:
        yield _("%(key)s: a warning names its signs.") % named
    if item.therapies and content.kind == "therapy":
        yield _("%(key)s: only guide items name therapies.") % named
    stages = {stage.key for stage in content.stages}
    if content.kind == "therapy" and not stages.issuperset(item.stages):
        yield _("%(key)s: has no stage %(stages)s.") % {
            **named,
            "stages": ", ".join(sorted(set(item.stages) - stages)),
        }
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
        yield from (_unknown(item.key, value, name) for value in values if value not in known)
    yield from _problems_of_window(item.key, item.window)


def _unknown(key: str, value: str, field: str) -> str:
    """Of a value that only a content file can hold, so its field is called as it is called there."""
    return _("%(key)s: '%(value)s' is not a known %(field)s.") % {"key": key, "value": value, "field": field}


def _problems_of_window(key: str, window: Window) -> Iterator[str]:
    named = {"key": key}
    for anchor in (window.anchor, window.last_anchor or window.anchor):
        if anchor not in ANCHORS:
            yield _unknown(key, anchor, "anchor")
    if window.unit not in UNITS:
        yield _unknown(key, window.unit, "unit")
    elif any(abs(bound or 0) > FARTHEST[window.unit] for bound in (window.first, window.last, window.every)):
        yield _("%(key)s: its window lies too far away.") % named
    if window.every and window.first is None:
        yield _("%(key)s: a repeating item needs a first day.") % named
    same_anchor = not window.last_anchor or window.last_anchor == window.anchor
    if same_anchor and window.first is not None and window.last is not None and window.first > window.last:
        yield _("%(key)s: its window ends before it begins.") % named


def window_problems(content: Content) -> list[str]:
    """Windows of which no dates can be made, as sentences for staff."""
    windows = [(item.key, item.window) for item in content.items]
    windows += [(override.key, override.window) for override in content.overrides]
    return [problem for key, window in windows for problem in _problems_of_window(key, window)]


def _problems_of_location(location: Location) -> Iterator[str]:
    named = {"key": location.key}
    if location.key == ELSEWHERE:
        yield _("%(key)s: this key means a place of somebody else's; choose another one.") % named
    if not location.name.strip():
        yield _("%(key)s: a location needs a name.") % named
    if not location.phone:
        yield _("%(key)s: a location needs a telephone number.") % named
    for phone in filter(None, (location.phone, location.after_hours)):
        if not PHONE.fullmatch(phone):
            yield _("%(key)s: '%(phone)s' does not look like a telephone number.") % {**named, "phone": phone}
    if not 0 <= location.arrive_minutes <= EARLIEST:
        told = _("%(key)s: %(minutes)s minutes early is too much; %(most)s are the limit.")
        yield told % {**named, "minutes": location.arrive_minutes, "most": EARLIEST}


def _problems_of_clinic(content: Content) -> Iterator[str]:
    items = {item.key for item in content.items}
    others = [line.key for line in content.lines() if line.key not in items] + [q.key for q in content.questions]
    for key in others:
        yield _("%(key)s: a clinic has locations, house rules and items, and nothing else.") % {"key": key}
    if content.premedicines:
        yield _("%(name)s: pre-medicines are a therapy's, not a clinic's.") % {"name": content.name}
    for item in content.items:
        if item.replaces:
            told = _("%(key)s: a house rule stands beside the label's, never instead of it, so it replaces nothing.")
            yield told % {"key": item.key}
    for location in content.locations:
        yield from _problems_of_location(location)
    ruled: set[str] = set()
    for override in content.overrides:
        named = {"key": override.key}
        if override.window.first is None and override.window.last is None:
            yield _("%(key)s: a house rule needs a first or a last day.") % named
        yield from _problems_of_window(override.key, override.window)
        if not override.why.strip():
            yield _("%(key)s: say why your clinic does it so.") % named
        if override.item in ruled:
            yield _("%(key)s: %(item)s has a house rule already.") % {**named, "item": override.item}
        ruled.add(override.item)


def _long_texts(content: Content) -> Iterator[str]:
    told = _("%(key)s: %(field)s has %(length)s characters; %(most)s are the limit.")
    most = number_format(LONGEST, force_grouping=True)
    texts = [(line.key, asdict(line)) for name in LINE_TYPES for line in getattr(content, name)]
    texts.append((content.name, {"brands": content.brands, "say": content.say, "lead": content.lead}))
    for key, values in texts:
        for field, value in values.items():
            length = max((len(text) for text in texts_in(value)), default=0)
            if length > LONGEST:
                said = number_format(length, force_grouping=True)
                yield told % {"key": key, "field": field, "length": said, "most": most}


def problems(content: Content) -> list[str]:
    """What must be put right before this content may be published, as sentences for staff."""
    found: list[str] = []
    sources = {source.key: source for source in content.sources}
    house = [location.key for location in content.locations] + [override.key for override in content.overrides]
    others = [*sources, *(question.key for question in content.questions)]
    keys = Counter([line.key for line in content.lines()] + house + others)
    found += [_("%(key)s: this key is there twice.") % {"key": key} for key, times in keys.items() if times > 1]
    for line in content.lines():
        if not line.citations and content.kind != "clinic":  # the clinic itself is the source of its rules
            found.append(_("%(key)s: cites no source.") % {"key": line.key})
        for citation in line.citations:
            source = sources.get(citation.source)
            named = {"key": line.key, "source": citation.source}
            if source is None:
                found.append(_("%(key)s: cites %(source)s, which is not among the sources.") % named)
            elif source.kind in PLACE_REQUIRED and not citation.place:
                found.append(_("%(key)s: names no place in %(source)s.") % named)
    for item in content.items:
        found += _problems_of_item(item, content)
    for figure in content.figures:
        for low, high in ((figure.drug_low, figure.drug_high), (figure.other_low, figure.other_high)):
            if low is not None and not 0 <= low <= (low if high is None else high) <= figure.of:
                told = _("%(key)s: %(low)s to %(high)s is no share of %(of)s.")
                found.append(told % {"key": figure.key, "low": low, "high": high, "of": figure.of})
    if content.kind == "clinic":
        found += _problems_of_clinic(content)
    else:
        found += [_("%(key)s: only a clinic has locations and house rules.") % {"key": key} for key in house]
    found += _long_texts(content)
    known_sections = SECTIONS.get(content.kind, {})
    placed = [(line.key, line.section) for line in content.statements]
    placed += [(line.key, line.section) for line in content.figures]
    found += [_unknown(key, section, "section") for key, section in placed if section not in known_sections]
    if content.kind == "therapy" and not content.stages:
        found.append(_("%(name)s: a therapy needs a stage.") % {"name": content.name})
    for source in content.sources:
        if source.url and not source.url.startswith(("https://", "http://")):
            found.append(_("%(key)s: its address must begin with https:// or http://.") % {"key": source.key})
        if source.kind not in SOURCE_KINDS:
            told = _("%(key)s: '%(kind)s' is not a known kind of source.")
            found.append(told % {"key": source.key, "kind": source.kind})
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
    for key, (first, *others) in names.items():
        for other in others:
            yield _("%(key)s: is a key of %(name)s and of %(other)s.") % {"key": key, "name": first, "other": other}


def _lost_by_replacing(items: dict[str, Item]) -> Iterator[str]:
    order = list(LEVELS)
    for item in items.values():
        for key in item.replaces:
            other = items.get(key)
            if other is None:
                continue  # Not published now: nothing to replace.
            if other.safety and not item.safety:
                told = _("%(key)s: is no safety item, so it can't replace %(other)s.")
                yield told % {"key": item.key, "other": key}
            elif other.level and (
                not item.level
                or order.index(item.level) > order.index(other.level)
                or not set(other.signs) <= set(item.signs)
            ):
                named = {"key": item.key, "other": key}
                if missing := sorted(set(other.signs) - set(item.signs)):
                    named["signs"] = ", ".join(missing)
                    yield _("%(key)s: replaces %(other)s without %(signs)s.") % named
                else:
                    yield _("%(key)s: replaces %(other)s without its level.") % named


def _circles(items: dict[str, Item]) -> Iterator[str]:
    for item in items.values():
        seen, step = {item.key}, set(item.replaces)
        while step:
            if item.key in step:
                yield _("%(key)s: replaces itself in a circle.") % {"key": item.key}
                break
            seen |= step
            step = {key for k in step if k in items for key in items[k].replaces} - (seen - {item.key})


def _lost_house_rules(contents: list[Content], items: dict[str, Item]) -> Iterator[str]:
    for override in (override for content in contents for override in content.overrides):
        named = {"key": override.key, "item": override.item}
        if override.item not in items:
            yield _("%(key)s: there is no item %(item)s.") % named
        elif items[override.item].window.every:
            yield _("%(key)s: %(item)s repeats, and a house rule can't move what repeats.") % named


def _shared_sources(contents: list[Content]) -> Iterator[str]:
    """Keys by which the clinic means another source than a therapy or the guide does."""
    for clinic in (content for content in contents if content.kind == "clinic"):
        own = {source.key: source for source in clinic.sources}
        for content in contents:
            taken = [source.key for source in content.sources if own.get(source.key, source) != source]
            told = _("%(key)s: is the key of another source in %(name)s.")
            yield from (told % {"key": key, "name": content.name} for key in taken)


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
    told = _("%(key)s: a safety item in force would be gone. If that is meant, name %(key)s in the note.")
    return [told % {"key": key} for key in gone]
