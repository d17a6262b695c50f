"""From rows to editions: the only writer of editions, and the loader of content files into the working copy."""

from dataclasses import fields
from datetime import date
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from therapies import content
from therapies.models import Citation, Edition, Line, Source, Subject
from therapies.problems import problems, replacement_problems, silenced

SUBJECT_FIELDS = [
    "kind", "slug", "language", "name", "brands", "say", "lead", "summary", "settings", "premedicines",
    "infusion_days", "test_days",
]  # fmt: skip
CITING = {"stages": "stage", "statements": "statement", "tests": "test", "figures": "figure", "items": "item"}


class NotPublishable(Exception):
    """Says, in a sentence for staff, why this wording can't be put before readers."""


def _line(row: Any, cls: type) -> dict[str, Any]:
    data = {name: getattr(row, name) for name in content.row_fields(cls)}
    if isinstance(row, Line):
        data["citations"] = [[citation.source.key, citation.place] for citation in row.citations.all()]  # type: ignore[attr-defined]
    if cls is content.Item:
        data["window"] = {f.name: getattr(row, f"window_{f.name}") for f in fields(content.Window)}
    return data


def snapshot(subject: Subject) -> content.Content:
    """The working copy as readers would see it: verified lines, and the sources they cite."""
    data: dict[str, Any] = {name: getattr(subject, name) for name in SUBJECT_FIELDS}
    data["compiled_on"] = subject.compiled_on.isoformat()
    for name, cls in content.LINE_TYPES.items():
        rows = getattr(subject, name).all()
        if name in CITING:
            rows = rows.filter(mark=Line.VERIFIED).prefetch_related("citations__source")
        data[name] = [_line(row, cls) for row in rows]
    cited = {key for name in CITING for line in data[name] for key, _ in line["citations"]}
    data["sources"] = [source for source in data["sources"] if source["key"] in cited]
    return content.from_json(data)


def _live_contents(language: str) -> dict[str, content.Content]:
    editions = Edition.objects.live().filter(subject__language=language).select_related("subject")
    return {edition.subject.slug: content.from_json(edition.content) for edition in editions}


@transaction.atomic
def publish(subject: Subject, *, by: User | None, change_note: str) -> Edition:
    """Publish the working copy as the next edition. Without a person (`by` None) only as the very first one.

    Raises NotPublishable where a rule of the content is broken or nothing has changed.
    """
    subject = Subject.objects.select_for_update().get(pk=subject.pk)
    newest = subject.editions.first()
    if by is None and newest is not None:
        raise NotPublishable(f"{subject} already has an edition. From now on a person publishes.")
    try:
        snap = snapshot(subject)
    except TypeError as error:
        raise NotPublishable(str(error)) from error
    contents = _live_contents(subject.language) | {subject.slug: snap}
    found = problems(snap) + replacement_problems(list(contents.values()))
    if newest is not None:
        found += silenced(content.from_json(newest.content), snap, change_note)
    if found:
        raise NotPublishable(" ".join(found))
    data = content.to_json(snap)
    fingerprint = content.fingerprint(data)
    if newest is not None and newest.fingerprint == fingerprint:
        raise NotPublishable(f"Edition {newest.number} already says exactly this.")
    return Edition.objects.create(
        subject=subject,
        number=newest.number + 1 if newest else 1,
        content=data,
        fingerprint=fingerprint,
        change_note=change_note,
        published_by=by,
    )


@transaction.atomic
def load(data: dict[str, Any], *, order: int = 0) -> Subject:
    """Load a content file into the working copy of a subject that does not exist yet. Publishes nothing."""
    subject = Subject.objects.create(
        **{name: data[name] for name in SUBJECT_FIELDS if name in data},
        compiled_on=date.fromisoformat(data["compiled_on"]),
        order=order,
    )
    sources: dict[str, Source] = {}
    for name in content.LINE_TYPES:
        model: Any = Subject._meta.get_field(name).related_model
        for place, line in enumerate(data[name]):
            values = dict(line)
            citations = values.pop("citations", [])
            for key, value in values.pop("window", {}).items():
                values[f"window_{key}"] = value
            row = model.objects.create(subject=subject, order=place, **values)
            if name == "sources":
                sources[row.key] = row
            Citation.objects.bulk_create(
                Citation(order=number, source=sources[key], place=where, **{CITING[name]: row})
                for number, (key, where) in enumerate(citations)
            )
    return subject
