"""From rows to editions: the only writer of editions, and the loader of content files into the working copy."""

from dataclasses import fields
from datetime import date, datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from therapies import content
from therapies.changes import Change, changes
from therapies.models import Citation, Edition, Line, Question, Review, Reviewer, Source, Subject
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


def _changed_by(subject: Subject, user: User, since: datetime | None) -> set[str]:
    """Keys of the lines that this person changed since then, their citations included."""

    def recent(model: Any, **where: Any) -> Any:
        rows = model.history.filter(history_user=user, **where)
        return rows.filter(history_date__gt=since) if since else rows

    keys = set()
    for name, field in CITING.items():
        model: Any = Subject._meta.get_field(name).related_model
        keys |= set(recent(model, subject=subject).values_list("key", flat=True))
        cited = recent(Citation, **{f"{field}__in": list(getattr(subject, name).values_list("pk", flat=True))})
        keys |= set(
            model.objects.filter(pk__in=cited.values_list(f"{field}_id", flat=True)).values_list("key", flat=True)
        )
    keys |= set(recent(Source, subject=subject).values_list("key", flat=True))
    keys |= set(recent(Question, subject=subject).values_list("key", flat=True))
    return keys | ({subject.slug} if recent(Subject, id=subject.pk).exists() else set())


def proposed(subject: Subject) -> tuple[Edition | None, content.Content, list[Change]]:
    """The live edition, the working copy as readers would see it, and what is different. Raises NotPublishable where a
    row can't be read."""
    live = subject.editions.first()
    try:
        snap = snapshot(subject)
    except TypeError as error:
        raise NotPublishable(str(error)) from error
    return live, snap, changes(content.from_json(live.content) if live else None, snap)


def _as_edition(
    subject: Subject, live: Edition | None, snap: content.Content, change_note: str, **more: Any
) -> Edition:
    contents = _live_contents(subject.language) | {subject.slug: snap}
    found = problems(snap) + replacement_problems(list(contents.values()))
    if live is not None:
        found += silenced(content.from_json(live.content), snap, change_note)
    if found:
        raise NotPublishable(" ".join(found))
    data = content.to_json(snap)
    return Edition.objects.create(
        subject=subject,
        number=live.number + 1 if live else 1,
        content=data,
        fingerprint=content.fingerprint(data),
        change_note=change_note,
        **more,
    )


@transaction.atomic
def publish_starter(subject: Subject) -> Edition:
    """Publish starter content as edition 1, without a reviewer. Only the seed does this, and only once for a subject."""
    if subject.editions.exists():
        raise NotPublishable(f"{subject} already has an edition. From now on a reviewer publishes.")
    live, snap, _ = proposed(subject)
    return _as_edition(subject, live, snap, "Starter content.")


@transaction.atomic
def publish(subject: Subject, *, by: User, change_note: str, change_kind: str, review_again_on: date) -> Edition:
    """Publish the working copy as the next edition, and record that this reviewer read every changed line.

    Raises NotPublishable, with the reason, for who is no reviewer, who changed one of these lines themselves since the
    live edition, where a rule of the content is broken, or where nothing has changed.
    """
    subject = Subject.objects.select_for_update().get(pk=subject.pk)
    reviewer = Reviewer.objects.filter(user=by).first()
    if reviewer is None or not by.has_perm("therapies.add_edition"):
        raise NotPublishable("Only a clinical reviewer, with name and credentials on their profile, can publish.")
    live, snap, changed = proposed(subject)
    if not changed and live is not None:
        raise NotPublishable(f"Edition {live.number} already says exactly this.")
    # A line that readers have never seen may have waited as "to check" through editions: all of its history counts.
    own = _changed_by(subject, by, live.published_at if live else None) & {change.key for change in changed}
    own |= _changed_by(subject, by, None) & {change.key for change in changed if change.how == "added"}
    if own:
        raise NotPublishable(f"You changed {', '.join(sorted(own))} yourself. Somebody else has to review that.")
    edition = _as_edition(
        subject, live, snap, change_note, published_by=by, change_kind=change_kind, review_again_on=review_again_on
    )
    prints = content.line_fingerprints(snap)
    Review.objects.bulk_create(
        [
            Review(subject=subject, key=change.key, fingerprint=prints[change.key], reviewed_by=reviewer)
            for change in changed
            if change.key in prints
        ],
        ignore_conflicts=True,
    )
    return edition


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
            for number, (key, where) in enumerate(citations):
                Citation.objects.create(order=number, source=sources[key], place=where, **{CITING[name]: row})
    return subject
