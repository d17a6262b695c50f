"""What one content says differently from another: line by line, field by field, word by word. Pure: no Django."""

from dataclasses import dataclass, fields
from datetime import date
from difflib import SequenceMatcher
from typing import Any

from therapies.content import LINE_TYPES, Content, line_json, plain_json, to_json
from therapies.vocabulary import (
    ANCHORS,
    CALLS,
    KINDS,
    LEVELS,
    OWNERS,
    PHASES,
    PREMEDICINES,
    REQUIRED,
    SECTIONS,
    SETTINGS,
    SITUATIONS,
    SOURCE_KINDS,
)

SAME, GONE, NEW = "same", "gone", "new"
# What readers call a field. What is not here means nothing to them.
LABELS = {
    "name": "Name", "brands": "Sold as", "say": "Say", "lead": "First words", "summary": "In short",
    "compiled_on": "Compiled on", "settings": "Where", "premedicines": "Medicines before the drip",
    "infusion_days": "Infusion days in the picture", "test_days": "Test days in the picture",
    "title": "Document", "publisher": "From", "dated": "Dated", "kind": "Kind", "read_in": "How we read it",
    "section": "Section", "label": "About", "text": "Words", "days": "Days in a row",
    "ready_minutes": "Minutes of checks first", "drip_minutes": "Minutes of drip",
    "short_drip_minutes": "Minutes of the shorter drip", "watch_minutes": "Minutes of watching",
    "next": "Next dose", "next_words": "About the next dose", "when": "When", "required": "How firm",
    "group": "Who was in the trial", "what": "What happened", "drug_low": "With the drug, at least",
    "drug_high": "With the drug, at most", "other_low": "Compared with, at least",
    "other_high": "Compared with, at most", "comparator": "Compared with", "of": "Out of",
    "action": "What to do", "why": "Why", "owner": "Who does it", "phase": "Part of the list",
    "safety": "About safety", "level": "How urgent", "done_when": "Done when", "call": "Whom to call",
    "stages": "For these visits", "first": "A first visit", "after": "After treatment",
    "first_visit": "Only for a first visit", "therapies": "For these drugs", "situations": "For these people",
    "premedicine": "Only with this medicine", "window": "Days", "replaces": "Takes the place of", "signs": "Signs",
    "citations": "Source", "label_changed": "The label changed here in",
    "phone": "Telephone by day", "after_hours": "Telephone at night and on weekends", "address": "Address",
    "directions": "Directions and parking", "comforts": "Comforts", "arrive_minutes": "Come how many minutes early",
    "food": "Food", "visitors": "Visitors", "children": "Children", "item": "For the line",
}  # fmt: skip
VOCABULARY = {
    "settings": SETTINGS, "premedicines": PREMEDICINES, "premedicine": PREMEDICINES, "kind": KINDS | SOURCE_KINDS,
    "required": REQUIRED, "owner": OWNERS, "phase": PHASES, "level": LEVELS, "call": CALLS, "situations": SITUATIONS,
}  # fmt: skip
MAIN = {
    "sources": "title", "stages": "name", "statements": "text", "tests": "name", "figures": "what",
    "items": "action", "questions": "text", "locations": "name", "overrides": "why",
}  # fmt: skip
PARTS = {
    "page": "The page as a whole", "sources": "Sources", "stages": "Visits", "tests": "Tests and checks",
    "questions": "Questions to ask", "locations": "Places", "overrides": "House rules",
}  # fmt: skip
NEXT = ("next_from", "next_offset_days", "next_count", "next_unit")
TIMING = ("window", "phase", "days", "next", "next_words", "arrive_minutes")


@dataclass(frozen=True)
class FieldChange:
    """A field in both wordings. `words` is the whole text in pieces, each the same, gone or new."""

    name: str
    words: tuple[tuple[str, str], ...]

    @property
    def label(self) -> str:
        """What people call the field."""
        return LABELS.get(self.name, self.name.replace("_", " ").capitalize())


@dataclass(frozen=True)
class Change:
    """A line that was added, removed or changed. `kind` is the list it stands in, such as "items"."""

    key: str
    kind: str
    how: str
    safety: bool
    fields: tuple[FieldChange, ...]


def words_between(before: str, after: str) -> tuple[tuple[str, str], ...]:
    """Both texts in pieces of whole words."""
    old, new = before.split(), after.split()
    pieces = []
    for tag, a, b, c, d in SequenceMatcher(a=old, b=new, autojunk=False).get_opcodes():
        if tag == "equal":
            pieces.append((SAME, " ".join(old[a:b])))
            continue
        pieces += [(kind, " ".join(words)) for kind, words in ((GONE, old[a:b]), (NEW, new[c:d])) if words]
    return tuple(pieces)


def _plain(value: Any) -> str:
    """A value as staff read it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return _window(value)
    if isinstance(value, list):
        return "; ".join(" ".join(one) if isinstance(one, list) else str(one) for one in value)
    return "" if value is None else str(value)


def _fields(before: dict[str, Any], after: dict[str, Any]) -> tuple[FieldChange, ...]:
    names = [name for name in {**before, **after} if name != "key" and before.get(name) != after.get(name)]
    return tuple(FieldChange(name, words_between(_plain(before.get(name)), _plain(after.get(name)))) for name in names)


def changes(before: Content | None, after: Content) -> list[Change]:
    """Everything that would be different for readers, safety items first. `before` is None where nothing is live yet."""
    found = []
    top = [f.name for f in fields(Content) if f.name not in LINE_TYPES]
    old, new = ({n: plain_json(getattr(c, n)) for n in top} if c else {} for c in (before, after))
    if changed := _fields(old, new):
        found.append(Change(after.slug, "page", "changed" if before else "added", safety=False, fields=changed))
    for kind in LINE_TYPES:
        was = {line.key: line for line in getattr(before, kind, ())}
        now = {line.key: line for line in getattr(after, kind)}
        for key in {**now, **was}:
            if was.get(key) == now.get(key):
                continue
            how = "added" if key not in was else "removed" if key not in now else "changed"
            old, new = (line_json(side[key]) if key in side else {} for side in (was, now))
            safety = bool(old.get("safety") or new.get("safety"))
            found.append(Change(key, kind, how, safety, _fields(old, new)))
    return sorted(found, key=lambda change: not change.safety)


@dataclass(frozen=True)
class Told:
    """A change as readers are told of it. `kind` and `key` name the line; `words` say which it is where its own words
    stayed the same. No `fields`: nothing that a reader would see is different."""

    kind: str
    key: str
    part: str
    how: str
    safety: bool
    words: str
    fields: tuple[FieldChange, ...]

    @property
    def weight(self) -> str:
        """Safety, timing or wording: in this order people are told."""
        days = self.kind == "overrides" or any(field.name in TIMING for field in self.fields)
        return "safety" if self.safety else "timing" if days else "wording"


def told(before: Content, after: Content) -> list[Told]:
    """Everything that is different for readers, in plain words, safety lines first."""
    old, new = to_json(before), to_json(after)
    named = {line["key"]: line[main] for kind, main in MAIN.items() for side in (old, new) for line in side[kind]}
    found = []
    for change in changes(before, after):
        was, now = (_line(side, change) for side in (old, new))
        main = MAIN.get(change.kind, "")
        names = dict.fromkeys("next" if field.name in NEXT else field.name for field in change.fields)
        if change.how == "removed":
            names = dict.fromkeys(name for name in (main, "why") if name in names)
        fields = []
        for name in names:
            words = words_between(_told(name, was, named, after.kind), _told(name, now, named, after.kind))
            if name in LABELS and any(how != SAME for how, _ in words):
                fields.append(FieldChange(name, words))
        line = now or was
        stayed = "" if main in names else str(line.get(main, ""))
        part = _part(change.kind, line, after.kind)
        found.append(Told(change.kind, change.key, part, change.how, change.safety, stayed, tuple(fields)))
    return found


def _line(side: dict[str, Any], change: Change) -> dict[str, Any]:
    if change.kind == "page":
        return side
    return next((line for line in side[change.kind] if line["key"] == change.key), {})


def _part(kind: str, line: dict[str, Any], of: str) -> str:
    """What readers call the part of the page, or of the list, where a line stands."""
    if kind == "items":
        return f"Checklist, {PHASES[line['phase']].lower()}"
    return PARTS.get(kind) or SECTIONS[of][line["section"]]


def _told(name: str, line: dict[str, Any], named: dict[str, str], kind: str) -> str:
    """A field of a line as readers are told it."""
    if name == "next":
        if not line.get("next_count"):
            return ""
        after = day_in_words(line["next_offset_days"], "days", line["next_from"])
        return f"{_count(line['next_count'], line['next_unit'])} after {after}"
    value = line.get(name)
    if value is None or (not value and not name.startswith(("drug_", "other_"))):
        return ""
    if name == "window":
        return _window(value)
    if name == "citations":
        return "; ".join(", ".join(filter(None, (named.get(source, source), place))) for source, place in value)
    if name == "compiled_on":
        day = date.fromisoformat(value)
        return f"{day:%B} {day.day}, {day.year}"
    if name == "section":
        return SECTIONS[kind][value]
    words: dict[str, str] = VOCABULARY.get(name, named if name == "stages" else {})
    if name == "replaces":
        return "; ".join(named[key] for key in value if key in named)
    if isinstance(value, list):
        return "; ".join(words.get(one, str(one).replace("-", " ")) for one in value)
    return "yes" if value is True else words.get(value, str(value))


def _count(number: int, unit: str) -> str:
    return f"{number} {unit.removesuffix('s') if number == 1 else unit}"


def day_in_words(offset: int, unit: str, anchor: str) -> str:
    """A day of no visit in particular, such as "14 days before the visit's first day"."""
    where = f"{'before' if offset < 0 else 'after'} {ANCHORS[anchor]}"
    return f"{_count(abs(offset), unit)} {where}" if offset else ANCHORS[anchor]


def _window(window: dict[str, Any]) -> str:
    unit, anchor = window["unit"], window["anchor"]
    said = [window["words"]]
    if window["first"] is not None:
        said.append(f"from {day_in_words(window['first'], unit, anchor)}")
    if window["last"] is not None:
        said.append(f"until {day_in_words(window['last'], unit, window['last_anchor'] or anchor)}")
    if window["every"]:
        said.append(f"every {_count(window['every'], unit)}")
    if window["hours"]:
        said.append(f"until {window['hours']} hours after the drip ends")
    if window["practical"]:
        said.append("a good time, which no label gives")
    return ", ".join(filter(None, said))
