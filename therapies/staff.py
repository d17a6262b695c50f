"""Screens of clinic staff beyond single rows: what there is to do, review and publish, check against sources, withdraw."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import reduce
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Q
from django.forms.renderers import TemplatesSetting
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from therapies import content, publishing, vocabulary
from therapies.changes import Change, changes
from therapies.glossary import FirstUses
from therapies.library import library, look_again, typed
from therapies.models import CITING, Edition, Line, Source, Subject, choices, in_force
from therapies.pages import arrange
from therapies.publishing import (
    MEANWHILE,
    SENT_BACK,
    Draft,
    NotPublishable,
    as_edition,
    authors,
    broken_rules,
    draft,
    objections,
)
from therapies.rows import citations_of, fingerprint_of, model_of, rows_of, snapshot

PER_PAGE = 20
# What staff call the parts of a page, by the kind of a change.
PARTS = {
    "page": _("Page"),
    "sources": _("Sources"),
    "stages": _("Stages"),
    "statements": _("Statements"),
    "tests": _("Tests"),
    "figures": _("Figures"),
    "items": _("Items"),
    "questions": _("Questions"),
    "locations": _("Locations"),
    "overrides": _("Overrides"),
}
HOW = {"added": _("added"), "removed": _("removed"), "changed": _("changed")}
HOW_AND_WHO = {
    "added": _("added by %(who)s"),
    "removed": _("removed by %(who)s"),
    "changed": _("changed by %(who)s"),
}
CHECK_AGAIN_DAYS = {True: 183, False: 365}  # of a change to a safety item, of any other


def row_url(row: Any) -> str:
    return reverse(f"admin:therapies_{row._meta.model_name}_change", args=[row.pk])


def lines_of(subject: Subject) -> Iterator[Any]:
    """Rows of all that states something."""
    for name in CITING:
        yield from rows_of(subject, name)


def addresses(subject: Subject) -> dict[str, str]:
    """Where each row of a subject is edited, by its key."""
    found = {subject.slug: row_url(subject)}
    for name in content.LINE_TYPES:
        for row in getattr(subject, name).all():
            found[row.key] = row_url(row)
    return found


@dataclass(frozen=True)
class Work:
    """What there is to do on one subject. `changed` is None where the working copy can't be read, and `trouble` says why."""

    subject: Subject
    live: content.Edition | None
    changed: int | None
    trouble: str
    to_check: int
    unsourced: int
    unchecked: int
    sent_back: list[tuple[str, str]]
    older_labels: list[Source]


def work() -> list[Work]:
    """What there is to do, subject by subject."""
    found = []
    subjects = list(Subject.objects.prefetch_related(*content.LINE_TYPES))
    cited = citations_of(subjects)
    sent_back = {
        (name, pk)
        for name in CITING
        for pk in model_of(name).history.filter(history_change_reason=SENT_BACK).values_list("id", flat=True)
    }
    for subject in subjects:
        live = in_force(subject)
        edition = typed(live) if live else None
        trouble = ""
        changed: int | None = None
        try:
            changed = len(changes(edition.content if edition else None, snapshot(subject, cited)))
        except TypeError as error:
            trouble = str(error)
        lines = {(name, row.pk): row for name in CITING for row in getattr(subject, name).all()}
        found.append(
            Work(
                subject=subject,
                live=edition,
                changed=changed,
                trouble=trouble,
                to_check=sum(row.mark == Line.TO_CHECK for row in lines.values()),
                unsourced=sum(_is_unsourced(row, cited.get(one)) for one, row in lines.items()),
                unchecked=edition.total - edition.checked if edition and subject.kind != "clinic" else 0,
                sent_back=[
                    (row.key, row_url(row))
                    for one, row in lines.items()
                    # until somebody saves it
                    if one in sent_back and row.history.first().history_change_reason == SENT_BACK
                ],
                older_labels=[source for source in subject.sources.all() if source.is_older_than_label],
            )
        )
    return found


def _is_unsourced(row: Any, cited: Any) -> bool:
    return row.mark != Line.LEFT_OUT and row.subject.kind != "clinic" and not cited


def _subject(request: HttpRequest, pk: int) -> Subject:
    subject = get_object_or_404(Subject, pk=pk)
    if not request.user.has_perm("therapies.view_subject"):
        raise PermissionDenied
    return subject


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101 - the admin let them in
    return request.user


def _page(
    request: HttpRequest, name: str, subject: Subject, title: str, status: int = 200, **more: Any
) -> HttpResponse:
    context = {**admin.site.each_context(request), "subject": subject, "title": title, "opts": Subject._meta, **more}
    return render(request, f"admin/therapies/subject/{name}.html", context, status=status)


def preview(request: HttpRequest, pk: int) -> HttpResponse:
    """The page as readers would see it, from the working copy, by the public template."""
    subject = _subject(request, pk)
    try:
        proposed = draft(subject)
    except NotPublishable as refusal:
        messages.error(request, str(refusal))
        return redirect(row_url(subject))
    edition = as_edition(proposed)
    page = arrange(edition)
    words = FirstUses(library().glossary_of(edition.content), page.texts())
    context = {"page": page, "words": words, "newest": edition, "is_draft": True}
    return render(request, "therapies/edition.html", context)


class StaffForm(forms.Form):
    default_renderer = TemplatesSetting  # Django's own fields; the site's renderer makes those of readers


class PublishForm(StaffForm):
    change_kind = forms.ChoiceField(label=_("What kind of change"), choices=choices(vocabulary.CHANGE_KINDS))
    review_again_on = forms.DateField(
        label=_("Check again by"),
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("In 12 months; safety in 6."),
    )
    change_note = forms.CharField(
        label=_("What changed, in words for patients"),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=vocabulary.LONGEST,
    )
    without = forms.BooleanField(
        label=_("Publish without the lines above that are still to check"),
        error_messages={"required": _("Some lines that were worked on will not go out. Tick this if that is meant.")},
    )

    def clean_review_again_on(self) -> date:
        day: date = self.cleaned_data["review_again_on"]
        if day <= timezone.localdate():
            raise forms.ValidationError(_("Give a day to come."))
        return day


@dataclass(frozen=True)
class Proposal:
    """One change as a reviewer reads it, with the line as readers have it and as they would; None where there is none."""

    change: Change
    url: str
    by: list[str]
    before: content.Line | None
    after: content.Line | None

    @property
    def line(self) -> str:
        """What the line says, for who reads a change of one of its fields."""
        return content.words_of(self.after or self.before)

    @property
    def can_go_back(self) -> bool:
        return self.change.kind in CITING

    @property
    def heading(self) -> str:
        return gettext("Safety") if self.change.safety else str(PARTS[self.change.kind])

    @property
    def how(self) -> str:
        """Such as "changed by editor"; without a name where nobody knows."""
        if not self.by:
            return str(HOW[self.change.how])
        return HOW_AND_WHO[self.change.how] % {"who": all_of(self.by)}


def all_of(names: list[str]) -> str:
    """Names as they stand in a sentence."""
    return reduce(lambda first, last: gettext("%(first)s and %(last)s") % {"first": first, "last": last}, names)


def _proposals(proposed: Draft, wrote: dict[str, set[int | None]], urls: dict[str, str]) -> list[Proposal]:
    names = {user.pk: str(user) for user in User.objects.filter(pk__in={pk for who in wrote.values() for pk in who})}
    before = {line.key: line for line in proposed.before.lines()} if proposed.before else {}
    after = {line.key: line for line in proposed.content.lines()}
    return [
        Proposal(
            change=change,
            url=urls.get(change.key, ""),
            by=sorted(names[pk] for pk in wrote.get(change.key, ()) if pk in names),
            before=before.get(change.key),
            after=after.get(change.key),
        )
        for change in proposed.changes
    ]


def _with_addresses(problems: Iterable[str], urls: dict[str, str]) -> list[tuple[str, str]]:
    """Sentences, each with where to edit the line that it names first; "" where it names none."""
    keys = "|".join(re.escape(key) for key in sorted(urls, key=len, reverse=True))
    named = [(problem, re.search(rf"(?<![\w-])(?:{keys})(?![\w-])", problem)) for problem in problems]
    return [(problem, urls[match[0]] if match else "") for problem, match in named]


def _worked_on(subject: Subject, wrote: dict[str, set[int | None]]) -> list[Any]:
    """Lines that somebody wrote since the live edition, and that stay out of the next one: still to check."""
    return [row for row in lines_of(subject) if row.mark == Line.TO_CHECK and wrote.get(row.key, set()) - {None}]


def review(request: HttpRequest, pk: int) -> HttpResponse:
    """Live against proposed, word by word; a reviewer approves and publishes it here, or sends a change back."""
    subject = _subject(request, pk)
    try:
        proposed = draft(subject)
    except NotPublishable as refusal:
        return _page(request, "publish", subject, gettext("Review and publish"), 422, trouble=str(refusal))
    is_safety = any(change.safety for change in proposed.changes)
    again = timezone.localdate() + timedelta(days=CHECK_AGAIN_DAYS[is_safety])
    initial = {"review_again_on": again, "change_kind": "safety" if is_safety else "wording"}
    sends_back = "send_back" in request.POST
    wrote = authors(subject, proposed.live.published_at if proposed.live else None)
    waiting = _worked_on(subject, wrote)
    form = PublishForm(request.POST if request.method == "POST" and not sends_back else None, initial=initial)
    if not waiting:
        del form.fields["without"]
    error = ""
    try:
        if sends_back:
            key = request.POST["send_back"]
            publishing.send_back(subject, key, by=_user(request), reason=request.POST.get("reason", "").strip())
            told = gettext("Sent back: %(key)s. The reason stands in its note.")
            messages.success(request, told % {"key": key})
            return redirect("admin:therapies_subject_publish", pk)
        if form.is_valid():
            form.cleaned_data.pop("without", None)
            read = request.POST.get("read", "")
            edition = publishing.publish(subject, by=_user(request), read=read, **form.cleaned_data)
            look_again()
            told = gettext("Published: %(edition)s. Readers have it within seconds.")
            messages.success(request, told % {"edition": edition})
            return redirect("admin:index")
    except NotPublishable as refusal:
        error = str(refusal)
    urls = addresses(subject)
    return _page(
        request,
        "publish",
        subject,
        gettext("Review and publish"),
        422 if error or form.errors else 200,
        form=form,
        error=error,
        waiting=[(row, row_url(row)) for row in waiting],
        live=proposed.live,
        content=proposed.content,
        read=proposed.fingerprint,
        withdrawal=proposed.live.page_withdrawal if proposed.live else None,
        proposals=_proposals(proposed, wrote, urls),
        broken=_with_addresses(broken_rules(subject, proposed), urls),
        objections=objections(subject, proposed, _user(request))
        if request.user.has_perm("therapies.add_edition")
        else [],
    )


class CheckForm(StaffForm):
    """What a reviewer says of one line. The line itself is in the form's prefix."""

    decision = forms.ChoiceField(
        label=_("What you found"),
        choices=[("", _("Not now")), ("confirm", _("I saw it in this source")), ("reject", _("Leave it out"))],
        required=False,
        widget=forms.RadioSelect,
    )
    source = forms.ModelChoiceField(Source.objects.none(), label=_("Source"), required=False)
    place = forms.CharField(
        label=_("Place"), max_length=150, required=False, widget=forms.TextInput(attrs={"size": 40})
    )
    seen_on = forms.DateField(label=_("Seen on"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    reason = forms.CharField(
        label=_("If you leave it out: why"), max_length=500, required=False, widget=forms.TextInput(attrs={"size": 60})
    )

    def __init__(self, data: Any, row: Any, sources: Any) -> None:
        cited = row.citations.all()
        first = cited[0] if cited else None
        initial = {
            "decision": "",
            "source": first.source_id if first else None,
            "place": first.place if first else "",
        }
        super().__init__(data, initial=initial, prefix=f"{row._meta.model_name}-{row.pk}", auto_id="id_%s")
        self.fields["source"].queryset = sources  # type: ignore[attr-defined]
        self.row = row

    @property
    def read(self) -> str:
        """Names what the page shows of the line: a reviewer answers for these words, not for later ones."""
        try:
            return fingerprint_of(self.row)
        except TypeError:
            return ""

    @property
    def is_weak(self) -> bool:
        """Whether it rests on nothing but copies on hosts that are not trusted."""
        cited = self.row.citations.all()
        return bool(cited) and all(citation.source.weak for citation in cited)

    def carry_out(self, by: User) -> bool:
        """Do what was decided. True where something was; errors stand on the form."""
        data = self.cleaned_data
        try:
            if data["decision"] and self.data.get(self.add_prefix("read"), "") != self.read:
                raise NotPublishable(f"{self.row.key}: {MEANWHILE}")
            if data["decision"] == "confirm":
                if not data["source"] or not data["seen_on"]:
                    told = gettext("Name the source, the place in it, and the day on which you saw it.")
                    raise NotPublishable(told)
                publishing.confirm(
                    self.row, by=by, source=data["source"], place=data["place"].strip(), seen_on=data["seen_on"]
                )
            elif data["decision"] == "reject":
                publishing.reject(self.row, by=by, reason=data["reason"].strip())
        except NotPublishable as refusal:
            self.add_error(None, str(refusal))
            return False
        return bool(data["decision"])


def _urgency(row: Any) -> tuple[bool, bool]:
    """Safety lines that rest on weak hosts alone come first."""
    safety = getattr(row, "safety", False)
    cited = row.citations.all()
    return (not (safety and all(citation.source.weak for citation in cited)), not safety)


def _waiting(subject: Subject, show: str) -> list[Any]:
    lines = list(lines_of(subject))
    if show == "unsourced":
        return [row for row in lines if _is_unsourced(row, row.citations.all())]
    if show == "unchecked":
        live = in_force(subject)
        if live is None:
            return []
        prints = content.line_fingerprints(live.served())
        said = set(subject.reviews.values_list("key", "fingerprint"))
        lines = [row for row in lines if row.key in prints and (row.key, prints[row.key]) not in said]
    else:
        lines = [row for row in lines if row.mark == Line.TO_CHECK]
    return sorted(lines, key=_urgency)


def check(request: HttpRequest, pk: int) -> HttpResponse:
    """Lines that nobody has seen in their source yet: a reviewer confirms them, or leaves them out."""
    subject = _subject(request, pk)
    show = request.GET.get("show", "to-check")
    lines = Paginator(_waiting(subject, show), PER_PAGE).get_page(request.GET.get("page"))
    can_check = request.user.has_perm("therapies.add_review") and show != "unsourced"
    sources = subject.sources.all()
    data = request.POST if request.method == "POST" else None
    rows = list(lines)
    if data is not None:  # the lines that the page showed, whatever has been dealt with since
        asked = {name.rsplit("-", 1)[0] for name in data if name.endswith("-decision")}
        rows = [row for row in lines_of(subject) if f"{row._meta.model_name}-{row.pk}" in asked]
    checks = [CheckForm(data, row, sources) for row in rows]
    if data is not None:
        if not can_check:
            raise PermissionDenied
        carried = [form for form in checks if form.is_valid() and form.carry_out(_user(request))]
        done = [form.row.key for form in carried]
        for decision, told in (
            ("confirm", gettext("Confirmed: %(keys)s.")),
            ("reject", gettext("Left out: %(keys)s.")),
        ):
            if keys := [form.row.key for form in carried if form.cleaned_data["decision"] == decision]:
                messages.success(request, told % {"keys": ", ".join(keys)})
        if done:
            look_again()
        if not any(form.errors for form in checks):
            return redirect(f"{request.path}?show={show}")
        checks = [form for form in checks if form.row.key not in done]
    return _page(
        request,
        "check",
        subject,
        gettext("Check against the sources"),
        422 if data is not None else 200,
        lines=lines,
        checks=[(form, content.words_of(form.row), row_url(form.row)) for form in checks],
        show=show,
        can_check=can_check,
    )


class WithdrawForm(StaffForm):
    reason = forms.CharField(
        label=_("Why, in words for patients"),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=500,
        help_text=_("Readers see this at once, with today’s date."),
    )


def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Withdraw a line (`?key=`) or the whole page from readers, at once."""
    subject = _subject(request, pk)
    key = request.GET.get("key", "")
    live = in_force(subject)
    line = next((line for line in live.served().lines() if line.key == key), None) if live else None
    form = WithdrawForm(request.POST or None)
    if form.is_valid():
        try:
            publishing.withdraw(subject, key, by=_user(request), reason=form.cleaned_data["reason"])
        except NotPublishable as refusal:
            form.add_error(None, str(refusal))
        else:
            look_again()
            told = gettext("Withdrawn: %(what)s. Readers see that, and why, within seconds.")
            messages.success(request, told % {"what": key or subject})
            return redirect("admin:index")
    status = 422 if form.errors else 200
    title = gettext("Withdraw from readers")
    return _page(request, "withdraw", subject, title, status, form=form, key=key, words=content.words_of(line))


def restore(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask once, then make the working copy say what an edition says."""
    edition = get_object_or_404(Edition.objects.select_related("subject"), pk=pk)
    if not request.user.has_perm("therapies.change_item"):
        raise PermissionDenied
    if request.method == "POST":
        try:
            publishing.restore(edition, by=_user(request))
        except NotPublishable as refusal:
            messages.error(request, str(refusal))
            return redirect("admin:therapies_edition_change", pk)
        told = gettext("The working copy says what %(edition)s says. Readers do not see this yet.")
        messages.success(request, told % {"edition": edition})
        return redirect("admin:therapies_subject_publish", edition.subject_id)
    return _page(request, "restore", edition.subject, gettext("Restore into the working copy"), edition=edition)


def _says(fields: list[str], words: str) -> Q:
    """Every word in one of these fields, whichever apostrophe was typed."""
    found = Q()
    for word in words.split():
        spellings = {word, word.replace("'", "’"), word.replace("’", "'")}
        found &= Q(*(Q(**{f"{f}__icontains": spelled}) for f in fields for spelled in spellings), _connector=Q.OR)
    return found


def find(request: HttpRequest) -> HttpResponse:
    """Rows that say these words, whatever kind they are."""
    if not request.user.has_perm("therapies.view_item"):
        raise PermissionDenied
    words = " ".join(request.GET.get("q", "").replace("\0", " ").split())[:200]
    found = []
    for name in content.LINE_TYPES if words else ():
        model = model_of(name)
        fields = [
            f.name for f in model._meta.fields if f.get_internal_type() in ("CharField", "TextField", "SlugField")
        ]
        rows = model.objects.select_related("subject").filter(_says(fields, words))
        found += [(row.subject, row, content.words_of(row), row_url(row)) for row in rows[:50]]
    if words:
        pages = Subject.objects.filter(_says(["name", "brands", "say", "lead", "summary"], words))
        found += [(page, page, page.lead or page.summary, row_url(page)) for page in pages]
    context = {**admin.site.each_context(request), "title": gettext("Find a sentence"), "words": words, "found": found}
    return render(request, "admin/therapies/find.html", context)
