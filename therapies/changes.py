"""What one content says differently from another: line by line, field by field, word by word. Pure: no Django."""

from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from therapies.content import LINE_TYPES, Content, to_json

SAME, GONE, NEW = "same", "gone", "new"


@dataclass(frozen=True)
class FieldChange:
    """A field in both wordings. `words` is the whole text in pieces, each the same, gone or new."""

    name: str
    words: tuple[tuple[str, str], ...]


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
        return ", ".join(f"{name} {_plain(one)}" for name, one in value.items() if one not in (None, "", 0, False))
    if isinstance(value, list):
        return "; ".join(" ".join(one) if isinstance(one, list) else str(one) for one in value)
    return "" if value is None else str(value)


def _fields(before: dict[str, Any], after: dict[str, Any]) -> tuple[FieldChange, ...]:
    names = [name for name in {**before, **after} if name != "key" and before.get(name) != after.get(name)]
    return tuple(FieldChange(name, words_between(_plain(before.get(name)), _plain(after.get(name)))) for name in names)


def changes(before: Content | None, after: Content) -> list[Change]:
    """Everything that would be different for readers, safety items first. `before` is None where nothing is live yet."""
    old = to_json(before) if before else {name: [] for name in LINE_TYPES}
    new = to_json(after)
    found = []
    top = [name for name in new if name not in LINE_TYPES]
    if fields := _fields({n: old.get(n) for n in top}, {n: new[n] for n in top}):
        found.append(Change(after.slug, "page", "changed" if before else "added", safety=False, fields=fields))
    for kind in LINE_TYPES:
        was = {line["key"]: line for line in old[kind]}
        now = {line["key"]: line for line in new[kind]}
        for key in {**now, **was}:
            if was.get(key) == now.get(key):
                continue
            how = "added" if key not in was else "removed" if key not in now else "changed"
            safety = bool(was.get(key, {}).get("safety") or now.get(key, {}).get("safety"))
            found.append(Change(key, kind, how, safety, _fields(was.get(key, {}), now.get(key, {}))))
    return sorted(found, key=lambda change: not change.safety)
