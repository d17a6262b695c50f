"""Staff edit rows here and publish them. Editions can be read and never changed."""

from datetime import timedelta
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from simple_history.admin import SimpleHistoryAdmin

from therapies import content
from therapies.changes import Change
from therapies.library import look_again
from therapies.models import (
    Citation,
    Edition,
    Figure,
    Item,
    Line,
    Question,
    Reviewer,
    Source,
    Stage,
    Statement,
    Subject,
    Test,
)
from therapies.pages import arrange
from therapies.publishing import NotPublishable, draft, publish


class Choices(forms.MultipleChoiceField):
    """A list of known words, as boxes to tick."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, choices: dict[str, str], **kwargs: Any) -> None:
        super().__init__(choices=list(choices.items()), required=False, **kwargs)


class Words(forms.CharField):
    """A list of texts, with commas between them."""

    widget = forms.Textarea(attrs={"rows": 2})

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, help_text=kwargs.pop("help_text", "With commas between them."), **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(str(word) for word in value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        return [word.strip() for word in (value or "").replace("\n", ",").split(",") if word.strip()]

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(self.to_python(data) != (initial or []))


class Numbers(Words):
    def to_python(self, value: Any) -> Any:
        try:
            return [int(word) for word in super().to_python(value)]
        except ValueError:
            raise forms.ValidationError("Give whole numbers, with commas between them.") from None


class SubjectForm(forms.ModelForm):
    settings = Choices(content.SETTINGS, label="Places it may be given in")
    premedicines = Choices(content.PREMEDICINES)
    infusion_days = Numbers(help_text="Days from the first infusion, over two years.")
    test_days = Numbers(help_text="Days on which tests between doses come due.")


class ItemForm(forms.ModelForm):
    settings = Choices(content.SETTINGS, help_text="None: wherever it is given.")
    situations = Choices(content.SITUATIONS, help_text="Any of these; none: everybody.")
    stages = Words(help_text="Keys of stages. None: every visit, but not after treatment.")
    therapies = Words(help_text="Of the guide's items: slugs of therapies. None: all.")
    replaces = Words(help_text="Keys of items that this one makes needless.")
    signs = Words(help_text="The signs a warning holds.")


class QuestionForm(forms.ModelForm):
    situations = Choices(content.SITUATIONS, help_text="Any of these; none: everybody.")
    stages = Words(help_text="Keys of stages. None: every visit, but not after treatment.")
    therapies = Words(help_text="Of the guide's questions: slugs of therapies. None: all.")


class PublishForm(forms.Form):
    change_kind = forms.ChoiceField(label="What kind of change", choices=list(content.CHANGE_KINDS.items()))
    review_again_on = forms.DateField(
        label="Check again by", widget=forms.DateInput(attrs={"type": "date"}), help_text="In 12 months; safety in 6."
    )
    change_note = forms.CharField(
        label="What changed, in words for patients", widget=forms.Textarea(attrs={"rows": 3}), max_length=2000
    )


class CitationInline(admin.TabularInline):
    model = Citation
    autocomplete_fields = ("source",)
    fields = ("source", "place", "order")
    extra = 1


@admin.register(Subject)
class SubjectAdmin(SimpleHistoryAdmin):
    form = SubjectForm
    list_display = ("name", "kind", "live_edition", "to_check")
    search_fields = ("name", "slug")
    change_form_template = "admin/therapies/subject/change_form.html"

    @admin.display(description="Live edition")
    def live_edition(self, subject: Subject) -> str:
        edition = subject.editions.first()
        return f"{edition.number}, {edition.published_at:%Y-%m-%d}" if edition else "none"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Subject]:
        to_check = Q(items__mark=Line.TO_CHECK)
        subjects: QuerySet[Subject] = super().get_queryset(request)
        return subjects.annotate(items_to_check=Count("items", filter=to_check))

    @admin.display(description="Items to check")
    def to_check(self, subject: Any) -> int:
        return int(subject.items_to_check)

    def get_readonly_fields(self, request: HttpRequest, obj: Subject | None = None) -> tuple[str, ...]:
        """What names a subject stays once readers have seen an edition of it."""
        return ("kind", "slug", "language") if obj and obj.editions.exists() else ()

    def has_delete_permission(self, request: HttpRequest, obj: Subject | None = None) -> bool:
        return False

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/preview/", view(self.preview_view), name="therapies_subject_preview"),
            path("<int:pk>/publish/", view(self.publish_view), name="therapies_subject_publish"),
            *super().get_urls(),
        ]

    def preview_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The page as readers would see it, from the working copy, by the public template."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        subject = get_object_or_404(Subject, pk=pk)
        try:
            proposed = draft(subject)
        except NotPublishable as refusal:
            messages.error(request, str(refusal))
            return redirect("admin:therapies_subject_change", pk)
        number = proposed.live.number + 1 if proposed.live else 1
        edition = content.Edition(proposed.content, number, timezone.localdate())
        context = {"page": arrange(edition), "newest": edition, "is_draft": True}
        return render(request, "therapies/edition.html", context)

    def publish_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Live against proposed, word by word; a reviewer approves and publishes it here."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        subject = get_object_or_404(Subject, pk=pk)
        today = timezone.localdate()
        live: Edition | None = None
        changed: list[Change] = []
        try:
            proposed = draft(subject)
            live, changed = proposed.live, proposed.changes
        except NotPublishable as refusal:
            messages.error(request, str(refusal))
        days = 183 if any(change.safety for change in changed) else 365
        form = PublishForm(request.POST or None, initial={"review_again_on": today + timedelta(days=days)})
        if form.is_valid():
            try:
                edition = publish(subject, by=request.user, **form.cleaned_data)  # type: ignore[arg-type]
            except NotPublishable as refusal:
                form.add_error(None, str(refusal))
            else:
                look_again()
                messages.success(request, f"Published: {edition}.")
                return redirect(reverse("admin:therapies_subject_change", args=[pk]))
        context = {
            **self.admin_site.each_context(request),
            "subject": subject,
            "form": form,
            "title": "Review and publish",
            "changes": changed,
            "live": live,
        }
        status = 422 if form.errors else 200
        return render(request, "admin/therapies/subject/publish.html", context, status=status)


class LineAdmin(SimpleHistoryAdmin):
    inlines = (CitationInline,)
    list_filter: ClassVar[Any] = ("subject", "mark")
    list_select_related = ("subject",)
    search_fields: ClassVar[Any] = ("key", "note", "facts")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        url = reverse("admin:therapies_subject_publish", args=[obj.subject_id])
        messages.info(
            request,
            format_html(
                'Readers do not see this yet. <a href="{}">See what changes, and publish {}</a>', url, obj.subject
            ),
        )


@admin.register(Stage)
class StageAdmin(LineAdmin):
    list_display = ("key", "subject", "name", "mark")


@admin.register(Statement)
class StatementAdmin(LineAdmin):
    list_display = ("key", "subject", "section", "label", "text", "mark")
    list_filter = ("subject", "mark", "section")
    search_fields = ("key", "label", "text", "facts")


@admin.register(Test)
class TestAdmin(LineAdmin):
    list_display = ("key", "subject", "name", "codes", "mark")
    search_fields = ("key", "name", "codes")


@admin.register(Figure)
class FigureAdmin(LineAdmin):
    list_display = ("key", "subject", "group", "what", "mark")
    search_fields = ("key", "group", "what", "text")


@admin.register(Item)
class ItemAdmin(LineAdmin):
    form = ItemForm
    list_display = ("key", "subject", "phase", "kind", "level", "action", "mark")
    list_filter = ("subject", "mark", "phase", "kind", "level", "safety")
    search_fields = ("key", "action", "why", "say", "done_when", "facts")
    fieldsets = (
        ("Words", {"fields": ("action", "why", "done_when", "say")}),
        ("Who and how urgent", {"fields": ("owner", "call", "kind", "level", "safety", "editorial", "signs")}),
        ("When", {"fields": (
            "phase", ("window_first", "window_last", "window_unit"), ("window_anchor", "window_last_anchor"),
            ("window_every", "window_hours"), "window_words", "window_practical",
        )}),
        ("For whom", {"fields": (
            "stages", "first_visit", "settings", "situations", "premedicine", "therapies", "replaces",
        )}),
        ("For staff", {"fields": ("subject", "key", "order", "mark", "label_changed", "facts", "note")}),
    )  # fmt: skip


@admin.register(Question)
class QuestionAdmin(SimpleHistoryAdmin):
    form = QuestionForm
    list_display = ("key", "subject", "text", "rank")
    list_filter = ("subject",)
    search_fields = ("key", "text")


@admin.register(Source)
class SourceAdmin(SimpleHistoryAdmin):
    list_display = ("key", "subject", "kind", "title", "dated", "weak")
    list_filter = ("subject", "kind", "weak")
    search_fields = ("key", "title", "publisher")


@admin.register(Edition)
class EditionAdmin(admin.ModelAdmin):
    list_display = ("subject", "number", "published_at", "published_by", "change_note")
    list_filter = ("subject",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Edition | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Edition | None = None) -> bool:
        return False


@admin.register(Reviewer)
class ReviewerAdmin(admin.ModelAdmin):
    list_display = ("name", "credentials", "user")
    autocomplete_fields = ("user",)
