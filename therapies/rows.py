"""Rows to content and content to rows: the working copy, and the files it comes from and goes to. Publishes nothing."""

from collections.abc import Iterable
from dataclasses import MISSING, fields
from datetime import date
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import prefetch_related_objects
from simple_history.utils import bulk_create_with_history

from therapies import content
from therapies.models import CITING, Citation, Line, Source, Subject

SUBJECT_FIELDS = [
    "kind", "slug", "language", "name", "brands", "say", "lead", "summary", "settings", "premedicines",
    "infusion_days", "test_days",
]  # fmt: skip

Cited = dict[tuple[str, int], list[list[str]]]  # what rows cite, by list and id


def model_of(name: str) -> Any:
    """The model of the rows of a list such as "items"."""
    return Subject._meta.get_field(name).related_model


def rows_of(subject: Subject, name: str) -> Any:
    """The rows of one list of a subject, in their order; of what cites, with citations and their sources at hand."""
    rows = getattr(subject, name).all()
    return rows.prefetch_related("citations__source") if name in CITING else rows


def _cited(row: Any) -> list[list[str]]:
    return [[citation.source.key, citation.place] for citation in row.citations.all()]


def citations_of(subjects: list[Subject]) -> Cited:
    """What all rows of these subjects cite, as `_cited` gives it of one."""
    found: Cited = {}
    for name, field in CITING.items():
        cited = Citation.objects.filter(**{f"{field}__subject__in": subjects})
        for pk, *pair in cited.values_list(f"{field}_id", "source__key", "place"):
            found.setdefault((name, pk), []).append(pair)
    return found


def _data(row: Any, cls: type, cited: list[list[str]] | None = None) -> dict[str, Any]:
    """The JSON of a row as its line, window and citations included; citations are read unless they are given."""
    names = [f.name for f in fields(cls)]
    data = {name: getattr(row, name) for name in names if name not in ("citations", "window")}
    if "citations" in names:
        data["citations"] = _cited(row) if cited is None else cited
    if "window" in names:
        data["window"] = {f.name: getattr(row, f"window_{f.name}", f.default) for f in fields(content.Window)}
    return data


def fingerprint_of(row: Line) -> str:
    """The fingerprint of a row's line as readers would have it, as `content.line_fingerprints` gives it."""
    name = next(name for name in CITING if isinstance(row, model_of(name)))
    line = content.line_from_json(name, _data(row, content.LINE_TYPES[name]))
    return content.fingerprint(content.line_json(line))


def snapshot(subject: Subject, cited: Cited | None = None) -> content.Content:
    """The working copy as readers would see it: verified lines, and the sources they cite. What the lines cite is read
    unless it is given."""
    cited = citations_of([subject]) if cited is None else cited
    data: dict[str, Any] = {name: getattr(subject, name) for name in SUBJECT_FIELDS}
    data["compiled_on"] = subject.compiled_on.isoformat()
    for name, cls in content.LINE_TYPES.items():
        data[name] = [
            _data(row, cls, cited.get((name, row.pk), []))
            for row in getattr(subject, name).all()
            if name not in CITING or row.mark == Line.VERIFIED
        ]
    used = {key for name in CITING for line in data[name] for key, _ in line["citations"]}
    data["sources"] = [source for source in data["sources"] if source["key"] in used]
    return content.from_json(data)


def lock(subject_id: int) -> Subject:
    """One writer of a subject at a time: who saves a row while it is being published is later than that edition."""
    return Subject.objects.select_for_update().get(pk=subject_id)


def save(row: Any, by: User | None, reason: str) -> None:
    """Save a row; its history says who did, and why."""
    row._history_user, row._change_reason = by, reason
    row.save()


def _defaults(cls: type) -> dict[str, Any]:
    return {f.name: [] if f.default == () else f.default for f in fields(cls) if f.default is not MISSING}


def staff_fields(name: str) -> list[str]:
    """Columns of the rows of a list that are for staff alone: they stand in content files and in no edition."""
    ours = {"id", "subject", "order"} | {f.name for f in fields(content.LINE_TYPES[name])}
    names = [f.name for f in model_of(name)._meta.concrete_fields if f.name not in ours]
    return [name for name in names if not name.startswith("window_")]


def row_values(name: str, line: dict[str, Any]) -> dict[str, Any]:
    """The columns of a row of this list as its line says them, at their defaults where the line lacks them; without what is
    for staff alone."""
    values = _defaults(content.LINE_TYPES[name]) | line
    for other in ("citations", "window", *staff_fields(name)):
        values.pop(other, None)
    columns = {f.name for f in model_of(name)._meta.concrete_fields}
    if "window_first" in columns:
        bounds = {bound: value for bound, value in _defaults(content.Window).items() if f"window_{bound}" in columns}
        values |= {f"window_{bound}": value for bound, value in (bounds | line.get("window", {})).items()}
    return values


def as_file(subject: Subject) -> dict[str, Any]:
    """The working copy as its content file says it: every line, whatever its mark, with what is for staff. What is empty
    or at its default is left out."""
    names = [f.name for f in Subject._meta.concrete_fields if f.name in {*SUBJECT_FIELDS, "compiled_on"}]
    data = {name: value for name in names if (value := getattr(subject, name))}
    data["compiled_on"] = subject.compiled_on.isoformat()
    for name in content.LINE_TYPES:
        if rows := list(rows_of(subject, name)):
            data[name] = [_line_in_file(name, row) for row in rows]
    return data


def _line_in_file(name: str, row: Any) -> dict[str, Any]:
    cls = content.LINE_TYPES[name]
    said, defaults = _data(row, cls), _defaults(cls) | {"window": {}}
    if "window" in said:
        bounds = _defaults(content.Window)
        said["window"] = {bound: value for bound, value in said["window"].items() if value != bounds[bound]}
    last = ["citations", "label_changed"]
    names = [*(f.name for f in fields(cls) if f.name not in last), *last]
    line = {n: said[n] for n in names if n in said and said[n] != defaults.get(n, MISSING)}
    for n in staff_fields(name):
        if value := getattr(row, n):
            line[n] = value.isoformat() if isinstance(value, date) else value
    return line


def write_citations(
    cited: dict[Any, list[list[str]]], field: str, sources: dict[str, Source], by: User | None, reason: str
) -> None:
    """Give rows of one list these citations, pairs of the key of a source and a place in it; touches none of a row that has
    them."""
    prefetch_related_objects(list(cited), "citations__source")
    new = []
    for row, pairs in cited.items():
        if _cited(row) == pairs:
            continue
        for citation in row.citations.all():
            citation._history_user, citation._change_reason = by, reason
            citation.delete()
        new += [
            Citation(order=n, source=sources[key], place=place, **{field: row}) for n, (key, place) in enumerate(pairs)
        ]
    bulk_create_with_history(new, Citation, default_user=by, default_change_reason=reason)


def _set(row: Any, values: dict[str, Any]) -> bool:
    """Give a row these values; whether that changed it."""
    before = {f.attname: getattr(row, f.attname) for f in row._meta.concrete_fields}
    for name, value in values.items():
        setattr(row, name, row._meta.get_field(name).to_python(value))
    return before != {f.attname: getattr(row, f.attname) for f in row._meta.concrete_fields}


@transaction.atomic
def write(subject: Subject, data: dict[str, Any], *, by: User | None, reason: str, mark: str) -> None:
    """Make the working copy say what a content file or an earlier edition says. Publishes nothing.

    What readers see is at its default where the data lacks it; what is for staff alone stays as it is. A new line gets this
    mark ("" for the one in the file), and so does one that was not verified: always where the mark is "verified", else when
    the line says something else than before. What a file leaves out is never to check. Lines that the data lacks are left
    out, and kept; questions, locations and house rules are deleted. Rows that say all of it already are not touched.
    Raises ValidationError or FieldDoesNotExist for what no row can hold.
    """
    page = _defaults(content.Content) | data
    if _set(subject, {name: page[name] for name in [*SUBJECT_FIELDS, "compiled_on"]}) or subject.pk is None:
        save(subject, by, reason)
    sources = {source.key: source for source in subject.sources.all()}
    for name in content.LINE_TYPES:
        there = {row.key: row for row in rows_of(subject, name)}
        lines = data.get(name, [])
        keys = {line["key"]: None for line in lines}
        in_order = [key for key in there if key in keys] == list(keys)
        cited = {}
        for order, line in enumerate(lines):
            row = there.pop(line["key"], None) or model_of(name)(subject=subject, key=line["key"])
            new = row.pk is None
            says_else = _set(row, row_values(name, line))
            changed = _set(row, {n: line[n] for n in staff_fields(name) if n in line and n != "mark"})
            if not in_order:
                changed |= _set(row, {"order": order})
            if name in CITING:
                cites_else = not new and _cited(row) != line.get("citations", [])
                changed |= _set(row, {"mark": _mark(row, line, mark, says_else=says_else or cites_else)})
            if new or says_else or changed:
                if by is not None:
                    row.full_clean(exclude=["subject"])
                save(row, by, reason)
            if name == "sources":
                sources[row.key] = row
            cited[row] = line.get("citations", [])
        if name in CITING:
            write_citations(cited, CITING[name], sources, by, reason)
        if name != "sources":
            _leave_out(there.values(), by, reason)


def _mark(row: Line, line: dict[str, Any], mark: str, *, says_else: bool) -> str:
    """The mark that `write` gives a row: what is verified stays so, and what was left out until it says something else."""
    if row.pk and (row.mark == Line.VERIFIED or not (mark == Line.VERIFIED or says_else)):
        return row.mark
    given: str = line.get("mark", Line.TO_CHECK)
    return given if not mark or given == Line.LEFT_OUT else mark


def _leave_out(rows: Iterable[Any], by: User | None, reason: str) -> None:
    """Lines are kept under their mark; what is no line has none and is deleted."""
    for row in rows:
        if not isinstance(row, Line):
            row._history_user = by
            row.delete()
        elif row.mark == Line.VERIFIED:
            row.mark = Line.LEFT_OUT
            save(row, by, reason)


@transaction.atomic
def load(data: dict[str, Any], *, order: int = 0) -> Subject:
    """Load a starter file into the working copy of a subject that does not exist yet. Publishes nothing."""
    subject = Subject(order=order)
    write(subject, data, by=None, reason="Starter content", mark="")
    return subject
