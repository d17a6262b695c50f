"""What one content says differently from another: line by line, field by field, word by word. Pure."""

from dataclasses import dataclass, fields
from datetime import date
from difflib import SequenceMatcher
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_noop as _

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
    "name": _("Name"), "brands": _("Sold as"), "lead": _("First words"), "summary": _("In short"),
    # Translators: the words to say on the telephone
    "say": _("Say"),
    "compiled_on": _("Compiled on"),
    # Translators: the places where a drug may be given
    "settings": _("Where"),
    "premedicines": _("Medicines before the drip"),
    "infusion_days": _("Infusion days in the picture"), "test_days": _("Test days in the picture"),
    "title": _("Document"),
    # Translators: the publisher of a document
    "publisher": _("From"),
    "dated": _("Dated"), "kind": _("Kind"), "read_in": _("How we read it"), "section": _("Section"),
    # Translators: what a sentence is about
    "label": _("About"),
    # Translators: the text of a line
    "text": _("Words"),
    "days": _("Days in a row"),
    "ready_minutes": _("Minutes of checks first"), "drip_minutes": _("Minutes of drip"),
    "short_drip_minutes": _("Minutes of the shorter drip"), "watch_minutes": _("Minutes of watching"),
    "next": _("Next dose"), "next_words": _("About the next dose"), "when": _("When"), "required": _("How firm"),
    "group": _("Who was in the trial"), "what": _("What happened"), "drug_low": _("With the drug, at least"),
    "drug_high": _("With the drug, at most"), "other_low": _("Compared with, at least"),
    "other_high": _("Compared with, at most"), "comparator": _("Compared with"),
    # Translators: a number of people follows
    "of": _("Out of"),
    "action": _("What to do"), "why": _("Why"), "owner": _("Who does it"), "phase": _("Part of the list"),
    "safety": _("About safety"), "level": _("How urgent"), "done_when": _("Done when"), "call": _("Whom to call"),
    "stages": _("For these visits"), "first": _("A first visit"), "after": _("After treatment"),
    "first_visit": _("Only for a first visit"), "therapies": _("For these drugs"),
    "situations": _("For these people"), "premedicine": _("Only with this medicine"), "window": _("Days"),
    "replaces": _("Takes the place of"), "signs": _("Signs"), "citations": _("Source"),
    # Translators: a month follows
    "label_changed": _("The label changed here in"),
    "phone": _("Telephone by day"), "after_hours": _("Telephone at night and on weekends"), "address": _("Address"),
    "directions": _("Directions and parking"), "comforts": _("Comforts"),
    "arrive_minutes": _("Come how many minutes early"), "food": _("Food"), "visitors": _("Visitors"),
    "children": _("Children"), "item": _("For the line"),
}  # fmt: skip
# And these mean something to staff.
STAFF_LABELS = {
    "slug": _("Slug"), "language": _("Language"), "url": _("Url"), "weak": _("Weak"), "next_from": _("Next from"),
    "next_offset_days": _("Next offset days"), "next_count": _("Next count"), "next_unit": _("Next unit"),
    "codes": _("Codes"), "picture": _("Picture"), "editorial": _("Editorial"), "rank": _("Rank"),
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
    "page": _("The page as a whole"), "sources": _("Sources"), "stages": _("Visits"), "tests": _("Tests and checks"),
    "questions": _("Questions to ask"), "locations": _("Places"), "overrides": _("House rules"),
}  # fmt: skip
BEFORE = {
    "first-day": _("%(time)s before the visit's first day"),
    "last-day": _("%(time)s before the visit's last day"),
    "last-dose": _("%(time)s before the last dose"),
}
AFTER = {
    "first-day": _("%(time)s after the visit's first day"),
    "last-day": _("%(time)s after the visit's last day"),
    "last-dose": _("%(time)s after the last dose"),
}
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
        return gettext({**LABELS, **STAFF_LABELS}.get(self.name, self.name))


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
        return gettext("yes") if value else gettext("no")
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
        return gettext("Checklist, %(phase)s") % {"phase": gettext(PHASES[line["phase"]]).lower()}
    return gettext(PARTS.get(kind) or SECTIONS[of][line["section"]])


def _told(name: str, line: dict[str, Any], named: dict[str, str], kind: str) -> str:
    """A field of a line as readers are told it."""
    if name == "next":
        if not line.get("next_count"):
            return ""
        after = day_in_words(line["next_offset_days"], "days", line["next_from"])
        # Translators: such as "6 months after the visit's first day"
        said = gettext("%(time)s after %(day)s")
        return said % {"time": _count(line["next_count"], line["next_unit"]), "day": after}
    value = line.get(name)
    if value is None or (not value and not name.startswith(("drug_", "other_"))):
        return ""
    if name == "window":
        return _window(value)
    if name == "citations":
        return "; ".join(", ".join(filter(None, (named.get(source, source), place))) for source, place in value)
    if name == "compiled_on":
        return date_format(date.fromisoformat(value))
    if name == "section":
        return gettext(SECTIONS[kind][value])
    words = named if name == "stages" else {key: gettext(one) for key, one in VOCABULARY.get(name, {}).items()}
    if name == "replaces":
        return "; ".join(named[key] for key in value if key in named)
    if isinstance(value, list):
        return "; ".join(words.get(one, str(one).replace("-", " ")) for one in value)
    return gettext("yes") if value is True else words.get(value, str(value))


def _count(number: int, unit: str) -> str:
    if unit == "months":
        return ngettext("%(number)s month", "%(number)s months", number) % {"number": number}
    return ngettext("%(number)s day", "%(number)s days", number) % {"number": number}


def day_in_words(offset: int, unit: str, anchor: str) -> str:
    """A day of no visit in particular, such as "14 days before the visit's first day"."""
    if not offset:
        return gettext(ANCHORS[anchor])
    return gettext((BEFORE if offset < 0 else AFTER)[anchor]) % {"time": _count(abs(offset), unit)}


def _window(window: dict[str, Any]) -> str:
    """The days of a line. Each part is a phrase of its own."""
    unit, anchor = window["unit"], window["anchor"]
    said = [window["words"]]
    if window["first"] is not None:
        # Translators: the day is such as "14 days before the visit's first day"
        said.append(gettext("from %(day)s") % {"day": day_in_words(window["first"], unit, anchor)})
    if window["last"] is not None:
        # Translators: the day is such as "14 days before the visit's first day"
        said.append(
            gettext("until %(day)s") % {"day": day_in_words(window["last"], unit, window["last_anchor"] or anchor)}
        )
    if window["every"]:
        # Translators: the time is such as "3 months"
        said.append(gettext("every %(time)s") % {"time": _count(window["every"], unit)})
    if hours := window["hours"]:
        words = ngettext("until %(hours)s hour after the drip ends", "until %(hours)s hours after the drip ends", hours)
        said.append(words % {"hours": hours})
    if window["practical"]:
        said.append(gettext("a good time, which no label gives"))
    return ", ".join(filter(None, said))
