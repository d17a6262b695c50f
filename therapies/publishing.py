"""From the working copy to editions: the only writer of editions, reviews and withdrawals.

The gate stands here, once, for every door: the admin, a forged request, a shell. What a reviewer publishes was written by
somebody else whose name is known; what is new to readers was confirmed against its source.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from therapies import content, vocabulary
from therapies.changes import Change, changes
from therapies.models import (
    CITING,
    Citation,
    Edition,
    Line,
    Review,
    Reviewer,
    Seal,
    Source,
    Subject,
    Withdrawal,
    in_force,
)
from therapies.problems import problems, replacement_problems, silenced, window_problems
from therapies.rows import fingerprint_of, lock, model_of, row_values, save, snapshot, write, write_citations

# Reasons, in a row's history, of what writes no new word: a reviewer who does these may still review the line. They are
# looked for, so they are the same in every language.
WORDLESS = CONFIRMED, WITHDRAWN, SENT_BACK = "Confirmed", "Withdrawn", "Sent back"

MEANWHILE = gettext_lazy("This was changed while you were reading. Read what it says now, then send your answer again.")


class NotPublishable(Exception):
    """Says, in a sentence for staff, why this can't be done."""


@dataclass(frozen=True)
class Draft:
    """The working copy beside what readers have now."""

    live: Edition | None
    before: content.Content | None
    content: content.Content
    changes: list[Change]

    @property
    def fingerprint(self) -> str:
        """Names what a reviewer reads: every word, and whether the page is withdrawn."""
        away = self.live.page_withdrawal if self.live else None
        return content.fingerprint({"content": content.to_json(self.content), "withdrawal": away and away.pk})


def draft(subject: Subject) -> Draft:
    """Raises NotPublishable where a row can't be read."""
    live = in_force(subject)
    try:
        before = live.served() if live else None
        snap = snapshot(subject)
    except TypeError as error:
        raise NotPublishable(str(error)) from error
    return Draft(live, before, snap, changes(before, snap))


def as_edition(draft: Draft) -> content.Edition:
    """What readers would have if this were published today, for previews."""
    number = draft.live.number + 1 if draft.live else 1
    return content.Edition(draft.content, number, timezone.localdate())


def working_copy() -> dict[str, content.Edition]:
    """Everything as it would be if all of it were published now, for previews. Raises NotPublishable as `draft` does, and
    where no dates can be made of a window."""
    drafts = {subject: draft(subject) for subject in Subject.objects.filter(language=vocabulary.LANGUAGE)}
    if undated := [problem for proposed in drafts.values() for problem in window_problems(proposed.content)]:
        raise NotPublishable(" ".join(undated))
    return {
        subject.slug: as_edition(proposed)
        for subject, proposed in drafts.items()
        if proposed.content.stages or subject.kind != "therapy"
    }


def broken_rules(subject: Subject, draft: Draft) -> list[str]:
    """What must be put right before this may be published: sentences that begin with the key of a line."""
    others = Subject.objects.filter(language=subject.language).exclude(pk=subject.pk)
    # House rules are the clinic's to mend: one whose item is gone stops no other page.
    around = [replace(edition.served(), overrides=()) for other in others if (edition := in_force(other))]
    return problems(draft.content) + replacement_problems([*around, draft.content])


def authors(subject: Subject, since: datetime | None) -> dict[str, set[int | None]]:
    """Who changed each line since then, its citations included; None where nobody knows."""

    def recent(model: Any, **where: Any) -> Any:
        rows = model.history.filter(**where).exclude(history_change_reason__in=WORDLESS)
        return rows.filter(history_date__gt=since) if since else rows

    found: dict[str, set[int | None]] = {}
    for name in content.LINE_TYPES:
        model = model_of(name)
        for key, user in recent(model, subject=subject).values_list("key", "history_user"):
            found.setdefault(key, set()).add(user)
        if name in CITING:
            keys = dict(model.history.filter(subject=subject).values_list("id", "key"))
            field = f"{CITING[name]}_id"
            for pk, user in recent(Citation, **{f"{field}__in": keys}).values_list(field, "history_user"):
                found.setdefault(keys[pk], set()).add(user)
    for (user,) in recent(Subject, id=subject.pk).values_list("history_user"):
        found.setdefault(subject.slug, set()).add(user)
    return found


def _confirmed(subject: Subject, prints: dict[str, str]) -> set[str]:
    """Keys of lines that a reviewer saw in their source in exactly these words, or that an edition already said so."""
    found = {
        key
        for key, fingerprint in Review.objects.filter(subject=subject, seen_on__isnull=False).values_list(
            "key", "fingerprint"
        )
        if prints.get(key) == fingerprint
    }
    for edition in subject.editions.select_related("subject", "seal"):
        if edition.is_sealed:
            said = content.line_fingerprints(content.from_json(edition.content))
            found |= {key for key, fingerprint in said.items() if prints.get(key) == fingerprint}
    return found


def as_saved(row: Any) -> bool:
    """Whether a row says what its history says that it was last saved as."""
    newest = row.history.first()
    return newest is not None and all(
        getattr(newest, f.attname) == getattr(row, f.attname) for f in row._meta.concrete_fields
    )


def _is_as_saved(subject: Subject, change: Change) -> bool:
    """Whether nobody has changed it, or one of its citations, past the history."""
    row: Any = subject if change.kind == "page" else getattr(subject, change.kind).filter(key=change.key).first()
    citations = row.citations.all() if row and change.kind in CITING else ()
    return row is None or all(map(as_saved, [row, *citations]))


def _left_out(subject: Subject, change: Change) -> bool:
    """Whether somebody known left this line out: a reviewer who rejects it writes no new word."""
    row = getattr(subject, change.kind).filter(key=change.key).first() if change.how == "removed" else None
    newest = row.history.first() if isinstance(row, Line) else None  # type: ignore[attr-defined]
    return newest is not None and newest.mark == Line.LEFT_OUT and newest.history_user_id is not None


def needs_confirming(row: Line) -> bool:
    """Whether a verified row says something that readers do not have and nobody has seen in its source."""
    subject = row.subject  # type: ignore[attr-defined]
    live = in_force(subject)
    known = {line.key for line in live.served().lines()} if live else set()
    return (
        subject.kind != "clinic"
        and row.mark == Line.VERIFIED
        and row.key not in known
        and row.key not in _confirmed(subject, {row.key: fingerprint_of(row)})
    )


def objections(subject: Subject, draft: Draft, by: User) -> list[str]:
    """Why this person may not publish this draft, as sentences; nothing where they may."""
    found = []
    if not (Reviewer.objects.filter(user=by).exists() and by.has_perm("therapies.add_edition")):
        found.append(_("Only a clinical reviewer, with name and credentials on their profile, can publish."))
    withdrawal = draft.live.page_withdrawal if draft.live else None
    if withdrawal and withdrawal.withdrawn_by.user_id == by.pk:
        found.append(_("You withdrew this page yourself. Somebody else has to put it back."))
    if not draft.changes and draft.live and not withdrawal:
        found.append(_("Edition %(number)s already says exactly this.") % {"number": draft.live.number})
    wrote_since = authors(subject, draft.live.published_at if draft.live else None)
    # What readers have never seen may have waited through editions, as "to check" or uncited: all of its history counts.
    wrote_ever = authors(subject, None)
    prints = content.line_fingerprints(draft.content)
    confirmed = _confirmed(subject, prints) if any(change.how == "added" for change in draft.changes) else set()
    own, unknown, unseen = [], [], []
    for change in draft.changes:
        is_new = change.how == "added"
        wrote = (wrote_ever if is_new else wrote_since).get(change.key, set())
        # A source comes and goes with the lines that cite it, and a page with its first edition.
        comes_by_itself = change.kind in ("page", "sources") and change.how != "changed"
        if by.pk in wrote:
            own.append(change.key)
        elif is_new and change.kind in CITING and subject.kind != "clinic":
            if change.key not in confirmed:
                unseen.append(change.key)
        elif not (wrote - {None} or comes_by_itself or _left_out(subject, change)) or not _is_as_saved(subject, change):
            unknown.append(change.key)
    if own:
        told = _("You changed %(keys)s yourself. Somebody else has to review that.")
        found.append(told % {"keys": ", ".join(sorted(own))})
    if unknown:
        told = _("Nobody knows who changed %(keys)s. An editor opens it in the admin and saves it again.")
        found.append(told % {"keys": ", ".join(unknown)})
    if unseen:
        told = _("%(keys)s: new to readers, and nobody has confirmed it in its source yet.")
        found.append(told % {"keys": ", ".join(unseen)})
    return found


def _publish(subject: Subject, draft: Draft, change_note: str, **more: Any) -> Edition:
    found = broken_rules(subject, draft)
    if draft.before is not None:
        found += silenced(draft.before, draft.content, change_note)
    if found:
        raise NotPublishable(" ".join(found))
    data = content.to_json(draft.content)
    newest = subject.editions.first()
    edition = Edition.objects.create(
        subject=subject,
        number=newest.number + 1 if newest else 1,
        content=data,
        fingerprint=content.fingerprint(data),
        change_note=change_note,
        **more,
    )
    Seal.objects.create(edition=edition, signature=edition.signature())
    return edition


@transaction.atomic
def publish_starter(subject: Subject) -> Edition:
    """Publish starter content as edition 1, without a reviewer. Only the seed does this, and only once for a subject."""
    if subject.editions.exists():
        told = _("%(subject)s already has an edition. From now on a reviewer publishes.")
        raise NotPublishable(told % {"subject": subject})
    return _publish(subject, draft(subject), "Starter content.")


@transaction.atomic
def publish(
    subject: Subject, *, by: User, change_note: str, change_kind: str, review_again_on: date, read: str | None = None
) -> Edition:
    """Publish the working copy as the next edition, and record that this reviewer read every changed line. `read` is the
    fingerprint of the draft that was on their screen.

    Raises NotPublishable, with the reasons: who is no reviewer, who changed one of these lines themselves since the live
    edition, a line whose author nobody knows, a new line that nobody confirmed, a broken rule of the content, or nothing
    to publish.
    """
    subject = lock(subject.pk)
    proposed = draft(subject)
    if found := objections(subject, proposed, by):
        raise NotPublishable(" ".join(found))
    if read is not None and read != proposed.fingerprint:
        raise NotPublishable(str(MEANWHILE))
    edition = _publish(
        subject,
        proposed,
        change_note,
        published_by=by,
        change_kind=change_kind,
        review_again_on=review_again_on,
    )
    prints = content.line_fingerprints(proposed.content)
    Review.objects.bulk_create(
        Review(subject=subject, key=change.key, fingerprint=prints[change.key], reviewed_by=by.reviewer)
        for change in proposed.changes
        if change.key in prints
    )
    return edition


def _reviewer(by: User, permission: str) -> Reviewer:
    reviewer = Reviewer.objects.filter(user=by).first()
    if reviewer is None or not by.has_perm(f"therapies.{permission}"):
        raise NotPublishable(_("Only a clinical reviewer, with name and credentials on their profile, can do this."))
    return reviewer


def _as_it_is_now(row: Any) -> Any:
    """The row again, with its subject locked. Raises NotPublishable where it says something else by now, or can't be read."""
    lock(row.subject_id)
    now = type(row).objects.get(pk=row.pk)
    try:
        same = fingerprint_of(now) == fingerprint_of(row)
    except TypeError as error:
        raise NotPublishable(str(error)) from error
    if not same:
        raise NotPublishable(f"{row.key}: {MEANWHILE}")
    return now


@transaction.atomic
def confirm(row: Any, *, by: User, source: Source, place: str, seen_on: date) -> None:
    """A reviewer saw what this line says in this source, at this place, on that day. From now on it may be published.

    A source or place that the line does not cite yet becomes a citation, of which the reviewer is then the author. Raises
    NotPublishable for who is no reviewer, or wrote the line, or gives no place in a label, or a day to come; and for a line
    that was left out, or says something else by now than this row.
    """
    reviewer = _reviewer(by, "add_review")
    row = _as_it_is_now(row)
    if row.mark == Line.LEFT_OUT:
        raise NotPublishable(_("%(key)s: it was left out. An editor sets it to check first.") % {"key": row.key})
    if by.pk in authors(row.subject, None).get(row.key, set()):
        raise NotPublishable(_("%(key)s: you wrote it yourself. Somebody else has to confirm it.") % {"key": row.key})
    if source.subject_id != row.subject_id:
        told = _("%(key)s: %(source)s is not among its sources.")
        raise NotPublishable(told % {"key": row.key, "source": source.key})
    if source.kind in vocabulary.PLACE_REQUIRED and not place:
        told = _("%(key)s: name the place in %(source)s, such as section 2.1.")
        raise NotPublishable(told % {"key": row.key, "source": source.key})
    if seen_on > timezone.localdate():
        raise NotPublishable(_("%(key)s: the day on which you saw it can't be in the future.") % {"key": row.key})
    cited = [(citation.source_id, citation.place) for citation in row.citations.all()]
    if (source.pk, place) not in cited:
        save(Citation(source=source, place=place, order=len(cited), **{row._meta.model_name: row}), by, "")
    if row.mark != Line.VERIFIED:
        row.mark = Line.VERIFIED
        save(row, by, CONFIRMED)
    row = type(row).objects.get(pk=row.pk)
    Review.objects.create(
        subject=row.subject, key=row.key, fingerprint=fingerprint_of(row), reviewed_by=reviewer,
        source=source.key, place=place, seen_on=seen_on,
    )  # fmt: skip


@transaction.atomic
def reject(row: Any, *, by: User, reason: str) -> None:
    """A reviewer leaves a line out for good; the reason stands in its note. Raises NotPublishable as `confirm` does."""
    reviewer = _reviewer(by, "add_review")
    row = _as_it_is_now(row)
    if not reason:
        raise NotPublishable(_("%(key)s: say why you reject it.") % {"key": row.key})
    row.mark = Line.LEFT_OUT
    told = _("Rejected by %(reviewer)s, %(day)s: %(reason)s")
    told %= {"reviewer": reviewer, "day": timezone.localdate(), "reason": reason}
    row.note = f"{told}\n{row.note}".strip()
    save(row, by, WITHDRAWN)


@transaction.atomic
def send_back(subject: Subject, key: str, *, by: User, reason: str) -> None:
    """A reviewer does not want a change: the line says again what readers have, a new one is left out. What was proposed
    stays in the row's history, the reason in its note."""
    reviewer = _reviewer(by, "add_review")
    subject = lock(subject.pk)
    proposed = draft(subject)
    change = next((change for change in proposed.changes if change.key == key and change.kind in CITING), None)
    if change is None:
        raise NotPublishable(_("%(key)s: no line that waits for review.") % {"key": key})
    if not reason:
        raise NotPublishable(_("%(key)s: say why you send it back.") % {"key": key})
    row = getattr(subject, change.kind).get(key=key)
    live = next((line for line in proposed.before.lines() if line.key == key), None) if proposed.before else None
    if live is None:
        row.mark = Line.LEFT_OUT
    else:
        line = content.line_json(live)
        for field, value in row_values(change.kind, line).items():
            setattr(row, field, value)
        row.mark = Line.VERIFIED
        sources = {source.key: source for source in subject.sources.all()}
        if deleted := sorted({source for source, _ in line["citations"]} - sources.keys()):
            told = _("%(key)s: readers have it with %(sources)s, which was deleted. An editor adds that source again.")
            raise NotPublishable(told % {"key": key, "sources": ", ".join(deleted)})
        write_citations({row: line["citations"]}, CITING[change.kind], sources, by, SENT_BACK)
    told = _("Sent back by %(reviewer)s, %(day)s: %(reason)s")
    told %= {"reviewer": reviewer, "day": timezone.localdate(), "reason": reason}
    row.note = f"{told}\n{row.note}".strip()
    save(row, by, SENT_BACK)


@transaction.atomic
def withdraw(subject: Subject, key: str, *, by: User, reason: str) -> Withdrawal:
    """Take a line, or with an empty key the whole page, from readers at once. One reviewer alone can; putting it back
    takes the gate. Raises NotPublishable for who is no reviewer, or where readers do not have it."""
    reviewer = _reviewer(by, "add_withdrawal")
    live = in_force(lock(subject.pk))
    if live is None or live.page_withdrawal:
        raise NotPublishable(_("Readers have no page on %(subject)s now.") % {"subject": subject})
    line = next((line for line in live.served().lines() if line.key == key), None)
    if key and line is None:
        raise NotPublishable(_("Readers have no line %(key)s now.") % {"key": key})
    if line is not None and live.served().stages == (line,):
        told = _("%(key)s is the last visit of %(subject)s. Without it no list can be made: withdraw the page.")
        raise NotPublishable(told % {"key": key, "subject": subject})
    for name in CITING if key else ():
        for row in getattr(subject, name).filter(key=key):
            row.mark = Line.LEFT_OUT
            save(row, by, WITHDRAWN)
    words = next((said for name in ("action", "text", "name", "what") if (said := getattr(line, name, ""))), "")
    return Withdrawal.objects.create(edition=live, key=key, words=words, reason=reason, withdrawn_by=reviewer)


@transaction.atomic
def restore(edition: Edition, *, by: User) -> None:
    """Make the working copy say what an earlier edition says, without the lines that were withdrawn since and have not come
    back. Readers see it once it went through the gate."""
    if not edition.is_sealed:
        raise NotPublishable(_("%(edition)s does not stand under its seal.") % {"edition": edition})
    subject = lock(edition.subject_id)
    live = in_force(subject)
    there = {line.key for line in live.served().lines()} if live else set()
    since = Withdrawal.objects.filter(edition__subject=subject, edition__number__gte=edition.number)
    gone = set(since.exclude(key="").values_list("key", flat=True)) - there
    data = content.to_json(content.without(content.from_json(edition.content), gone))
    write(subject, data, by=by, reason=f"Restored from edition {edition.number}", mark=Line.VERIFIED)
