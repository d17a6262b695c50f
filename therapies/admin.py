"""Staff edit rows here. What they do beyond single rows (review, check, withdraw, restore) is in staff.py."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.admin.widgets import AdminTextareaWidget
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import Max
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.urls import path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from simple_history.admin import SimpleHistoryAdmin

from therapies import staff, vocabulary
from therapies.models import (
    CITING,
    Citation,
    Edition,
    Figure,
    Item,
    Line,
    Location,
    Override,
    Question,
    Report,
    Reviewer,
    Source,
    Stage,
    Statement,
    Subject,
    Test,
    choices,
)
from therapies.publishing import as_saved, needs_confirming
from therapies.rows import lock

FOR_STAFF = (_("For staff"), {"fields": ("subject", "key", "order", "mark", "label_changed", "facts", "note")})
LABEL_CHANGED = ("label_changed", admin.EmptyFieldListFilter)


class Choices(forms.MultipleChoiceField):
    """A list of known words, as boxes to tick."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, names: dict[str, str], **kwargs: Any) -> None:
        super().__init__(choices=choices(names), required=False, **kwargs)


class Words(forms.CharField):
    """A list of texts, with commas between them."""

    widget = forms.Textarea(attrs={"rows": 2})

    def __init__(self, **kwargs: Any) -> None:
        help_text = kwargs.pop("help_text", _("With commas between them."))
        super().__init__(required=False, max_length=vocabulary.LONGEST, help_text=help_text, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(str(word) for word in value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        if "\0" in (value or ""):
            raise forms.ValidationError(_("Null characters are not allowed."))
        return [word.strip() for word in (value or "").replace("\n", ",").split(",") if word.strip()]

    def run_validators(self, value: Any) -> None:
        super().run_validators(self.prepare_value(value))

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(self.to_python(data) != (initial or []))


class Numbers(Words):
    def to_python(self, value: Any) -> Any:
        try:
            return [int(word) for word in super().to_python(value)]
        except ValueError:
            raise forms.ValidationError(_("Give whole numbers, with commas between them.")) from None


def subject_of(pk: Any) -> Subject | None:
    """The subject that an address names, which may say anything."""
    return Subject.objects.filter(pk=pk).first() if str(pk).isdecimal() else None


class RowForm(forms.ModelForm):
    """A row as staff edit it. `version` names the row and its citations as they were when the form was opened: who saves
    what somebody else has saved meanwhile is told, keeps what they typed, and overwrites nothing unless they save again."""

    version = forms.CharField(widget=forms.HiddenInput, required=False, label="")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            if field.label is None:
                field.label = capfirst(self._name_of(name))
        if self.instance.pk:
            self.initial["version"] = self.fields["version"].initial = self._version()
        if "mark" in self.fields:
            verified = self.instance.pk and self.instance.mark == Line.VERIFIED
            offered = (Line.VERIFIED if verified else Line.TO_CHECK, Line.LEFT_OUT)
            self.fields["mark"].choices = [(mark, name) for mark, name in Line.MARKS.items() if mark in offered]  # type: ignore[attr-defined]
            self.fields["mark"].help_text = _("Only a reviewer’s confirmation makes a line verified.")

    def _name_of(self, name: str) -> Any:
        """What people call a field."""
        return self.instance._meta.get_field(name).verbose_name

    def _version(self) -> str:
        newest = type(self.instance).history.filter(id=self.instance.pk).aggregate(newest=Max("history_id"))["newest"]
        name = self.instance._meta.model_name
        if name not in CITING.values():
            return str(newest)
        cited = Citation.history.filter(**{f"{name}_id": self.instance.pk}).aggregate(newest=Max("history_id"))
        return f"{newest}-{cited['newest']}"

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.instance.pk and (subject := cleaned.get("subject")):
            lock(subject.pk)  # one who clicks twice adds one row, and is told
        opened = self.data.get(self.add_prefix("version"), "")
        now = self._version() if self.instance.pk else ""
        if self.instance.pk and opened and opened != now:
            data = QueryDict(mutable=True)
            data.update(self.data)
            data[self.add_prefix("version")] = now
            self.data = data
            raise forms.ValidationError(self._meanwhile(opened))
        return cleaned

    def _meanwhile(self, opened: str) -> str:
        """Who saved this row since then, and what it says now."""
        history = type(self.instance).history
        newest = history.filter(id=self.instance.pk).first()
        before = history.filter(history_id=opened.split("-")[0]).first() if opened.split("-")[0].isdecimal() else None
        theirs = [
            gettext("%(field)s: “%(words)s”") % {"field": self._name_of(name), "words": getattr(newest, name)}
            for name in self.fields
            if before and hasattr(newest, name) and getattr(newest, name) != getattr(before, name)
        ]
        at = timezone.localtime(newest.history_date)
        return gettext(
            "%(who)s saved this at %(time)s on %(day)s, while you were writing. It now says: %(theirs)s. Nothing is "
            "overwritten, and what you typed still stands below. Save again to put your words over theirs."
        ) % {
            "who": newest.history_user or gettext("Somebody"),
            "time": date_format(at, "H:i"),
            "day": date_format(at, "MONTH_DAY_FORMAT"),
            "theirs": "; ".join(theirs) or gettext("other citations"),
        }


class SubjectForm(RowForm):
    settings = Choices(vocabulary.SETTINGS)
    premedicines = Choices(vocabulary.PREMEDICINES)
    infusion_days = Numbers(help_text=_("Days from the first infusion, over two years."))
    test_days = Numbers(help_text=_("Days on which tests between doses come due."))


class ForWhomForm(RowForm):
    """Whom a row is for, as boxes to tick: stages of its therapy (for the guide and the clinic: of all), therapies."""

    situations = Choices(vocabulary.SITUATIONS, help_text=_("Any of these; none: everybody."))
    stages = Choices({}, help_text=_("None: every visit, but not after treatment."))
    therapies = Choices({}, help_text=_("For the guide’s and the clinic’s own; none: all."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        subject = self.instance.subject if self.instance.pk else subject_of(self.initial.get("subject"))
        stages = Stage.objects.select_related("subject").exclude(mark=Line.LEFT_OUT)
        if subject and subject.kind == "therapy":
            stages = stages.filter(subject=subject)
        named: dict[str, list[str]] = {}
        for stage in stages:
            named.setdefault(stage.key, []).append(f"{stage.name} ({stage.subject.name})")
        therapies = dict(Subject.objects.filter(kind="therapy").values_list("slug", "name"))
        for name, known in (
            ("stages", {key: ", ".join(names) for key, names in named.items()}),
            ("therapies", therapies),
        ):
            value = getattr(self.instance, name)
            there = {str(key): str(key) for key in value} if isinstance(value, list) else {}
            self.fields[name].choices = list((there | known).items())  # type: ignore[attr-defined]


class ItemForm(ForWhomForm):
    settings = Choices(vocabulary.SETTINGS, help_text=_("None: wherever it is given."))
    replaces = Words(help_text=_("Keys of items that this one makes needless, with commas between them."))
    signs = Words(help_text=_("The signs a warning holds, with commas between them."))


class OverrideForm(RowForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in {"window_first", "window_last"} & self.fields.keys():  # none, for who may only look
            self.fields[name].help_text = _("Before the day it counts from: with a minus. -7 is 7 days before.")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        first, last = cleaned.get("window_first"), cleaned.get("window_last")
        if first is None and last is None:
            raise forms.ValidationError(_("Give the first day or the last day, or both."))
        if first is not None and last is not None and first > last:
            raise forms.ValidationError(_("It ends before it begins. -7 is before -1."))
        if not Item.objects.filter(key=cleaned.get("item", "")).exists():
            self.add_error(
                "item", _("There is no item with this key. Find it with “Find a sentence” on the start page.")
            )
        return cleaned


class CitationForm(forms.ModelForm):
    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        source = cleaned.get("source")
        row = next(
            (cleaned[name] for name in CITING.values() if cleaned.get(name)), None
        )  # also of a line that is being added
        if source and row and row.subject_id and source.subject_id != row.subject_id:
            raise forms.ValidationError(
                gettext("%(key)s is a source of %(other)s, not of %(subject)s. Choose one of %(subject)s’s, or add it.")
                % {"key": source.key, "other": source.subject, "subject": row.subject}
            )
        return cleaned


class CitationInline(admin.TabularInline):
    model = Citation
    form = CitationForm
    autocomplete_fields = ("source",)
    fields = ("source", "place", "order")
    extra = 1


class RowAdmin(SimpleHistoryAdmin):
    """What all rows have in common: one writer at a time, texts with a limit, a key that stays."""

    form = RowForm
    save_on_top = True
    list_per_page = 50

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if isinstance(db_field, models.TextField):
            kwargs["max_length"] = vocabulary.LONGEST
            kwargs["widget"] = AdminTextareaWidget(attrs={"rows": 3})
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        row: Any = super().get_object(request, object_id, from_field)
        if row is not None and request.method == "POST":
            lock(getattr(row, "subject_id", row.pk))
            row = super().get_object(request, object_id, from_field)
        if row is None and request.method == "POST":
            texts = [f.name for f in self.model._meta.fields if isinstance(f, models.CharField | models.TextField)]
            typed = [text for name in texts if (text := request.POST.get(name))]
            if typed:
                told = gettext("Somebody deleted this while you were writing. You had: %(words)s")
                messages.warning(request, told % {"words": "; ".join(typed)})
        return row

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("subject", "key") if obj else ()

    def revert_disabled(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        if not unquote(object_id).isdecimal():
            raise Http404
        return super().history_view(request, object_id, extra_context)  # type: ignore[no-any-return]

    def history_form_view(
        self, request: HttpRequest, object_id: str, version_id: str, extra_context: Any = None
    ) -> HttpResponse:
        """An earlier wording is there to be read. The form of django-simple-history would also save it: for who may only
        look, past the lock, without the citations, and with the mark and the names of that time."""
        if request.method == "POST":
            raise PermissionDenied
        if not (unquote(object_id).isdecimal() and version_id.isdecimal()):
            raise Http404
        return super().history_form_view(request, object_id, version_id, extra_context)  # type: ignore[no-any-return]


@admin.register(Subject)
class SubjectAdmin(RowAdmin):
    form = SubjectForm
    list_display = ("name", "kind", "slug", "language")
    search_fields = ("name", "slug")
    change_form_template = "admin/therapies/subject/change_form.html"

    def get_readonly_fields(self, request: HttpRequest, obj: Subject | None = None) -> tuple[str, ...]:
        """What names a subject stays once readers have seen an edition of it."""
        return ("kind", "slug", "language") if obj and obj.editions.exists() else ()

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"compiled_on": timezone.localdate(), **super().get_changeform_initial_data(request)}

    def has_delete_permission(self, request: HttpRequest, obj: Subject | None = None) -> bool:
        return False

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("find/", view(staff.find), name="therapies_find"),
            path("<int:pk>/preview/", view(staff.preview), name="therapies_subject_preview"),
            path("<int:pk>/publish/", view(staff.review), name="therapies_subject_publish"),
            path("<int:pk>/check/", view(staff.check), name="therapies_subject_check"),
            path("<int:pk>/withdraw/", view(staff.withdraw), name="therapies_subject_withdraw"),
            *super().get_urls(),
        ]


def tell_what_is_next(request: HttpRequest, subject: Subject, *, is_to_check: bool = False) -> None:
    """After a row was saved: that readers do not see it yet, with the way to where they will."""
    where = "check" if is_to_check else "publish"
    what = gettext("See what waits for review: %(subject)s") % {"subject": subject}
    if is_to_check:
        what = gettext("Check it against its source")
    url = reverse(f"admin:therapies_subject_{where}", args=[subject.pk])
    told = gettext("Readers do not see this yet.")
    messages.info(request, format_html('{} <a href="{}">{}</a>', told, url, what))


class LineAdmin(RowAdmin):
    inlines = (CitationInline,)
    list_filter: ClassVar[Any] = ("subject", "mark", LABEL_CHANGED)
    list_select_related = ("subject",)
    search_fields: ClassVar[Any] = ("key", "note", "facts")
    change_form_template = "admin/therapies/line_change_form.html"

    class Media:
        js = ("js/staff.js",)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A line is left out instead: its key stays taken, and nobody who has it open loses what they typed."""
        return False

    def get_formset_kwargs(self, request: HttpRequest, obj: Any, inline: Any, prefix: str) -> dict[str, Any]:
        """Where somebody deleted a citation that this form still has, it starts again from those that are there now. (The
        form's version is an older one then, too, so nothing is saved.) Django would show neither row nor error."""
        kwargs: dict[str, Any] = super().get_formset_kwargs(request, obj, inline, prefix)
        if obj.pk and "data" in kwargs:
            sent = {name: value for name, value in request.POST.items() if name.startswith(f"{prefix}-") and value}
            there = {str(pk) for pk in obj.citations.values_list("pk", flat=True)}
            if {value for name, value in sent.items() if name.endswith("-id")} - there:
                places = "; ".join(str(value) for name, value in sent.items() if name.endswith("-place"))
                told = gettext(
                    "Somebody changed the citations while you were writing. Below are theirs. You had these places: %(places)s"
                )
                messages.warning(request, told % {"places": places or gettext("none")})
                kwargs = {"instance": obj, "prefix": prefix, "queryset": kwargs["queryset"]}
        return kwargs

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        subject = lock(obj.subject_id)
        if not change and not obj.order:
            last = type(obj).objects.filter(subject=subject).aggregate(last=Max("order"))["last"]
            obj.order = 0 if last is None else last + 1
        if subject.kind == "clinic" and obj.mark == Line.TO_CHECK:
            obj.mark = Line.VERIFIED  # the clinic itself is the source of its own rules
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        row = type(form.instance).objects.get(pk=form.instance.pk)
        for citation in row.citations.all():
            if not as_saved(citation):
                citation.save()  # whoever saves the line has seen its citations, and answers for them
        if needs_confirming(row):
            row.mark = Line.TO_CHECK
            row.save()
        tell_what_is_next(request, row.subject, is_to_check=row.mark == Line.TO_CHECK)


@admin.register(Stage)
class StageAdmin(LineAdmin):
    list_display = ("key", "subject", "name", "mark")
    search_fields = ("key", "name", "text")
    fieldsets = (
        (_("Words"), {"fields": ("version", "name", "text", "next_words")}),
        (_("Which visit"), {"fields": ("first", "after", "days")}),
        (_("The day"), {"fields": (("ready_minutes", "drip_minutes"), ("short_drip_minutes", "watch_minutes"))}),
        (_("Next dose"), {"fields": (("next_count", "next_unit"), ("next_from", "next_offset_days"))}),
        FOR_STAFF,
    )


@admin.register(Statement)
class StatementAdmin(LineAdmin):
    list_display = ("key", "subject", "section", "label", "text", "mark")
    list_filter = ("subject", "mark", "section", LABEL_CHANGED)
    search_fields = ("key", "label", "text", "facts")
    fieldsets = (
        (_("Words"), {"fields": ("version", "section", "label", "text")}),
        FOR_STAFF,
    )


@admin.register(Test)
class TestAdmin(LineAdmin):
    list_display = ("key", "subject", "name", "codes", "mark")
    search_fields = ("key", "name", "codes")
    fieldsets = (
        (_("Words"), {"fields": ("version", "name", "why", "when", "required")}),
        (_("Codes"), {"fields": ("codes", "codes_to_check")}),
        FOR_STAFF,
    )


@admin.register(Figure)
class FigureAdmin(LineAdmin):
    list_display = ("key", "subject", "group", "what", "mark")
    search_fields = ("key", "group", "what", "text")
    fieldsets = (
        (_("Words"), {"fields": ("version", "section", "group", "what", "text", "comparator")}),
        (_("Numbers"), {"fields": (("drug_low", "drug_high"), ("other_low", "other_high"), ("of", "picture"))}),
        FOR_STAFF,
    )


@admin.register(Item)
class ItemAdmin(LineAdmin):
    form = ItemForm
    list_display = ("key", "subject", "phase", "kind", "level", "action", "mark")
    list_filter = (
        "subject", "mark", "phase", "kind", "level", "safety", "editorial", LABEL_CHANGED,
    )  # fmt: skip
    search_fields = ("key", "action", "why", "say", "done_when", "facts")
    fieldsets = (
        (_("Words"), {"fields": ("version", "action", "why", "done_when", "say")}),
        (_("Who and how urgent"), {"fields": ("owner", "call", "kind", "level", "safety", "editorial", "signs")}),
        (_("When"), {"fields": (
            "phase", ("window_first", "window_last", "window_unit"), ("window_anchor", "window_last_anchor"),
            ("window_every", "window_hours"), "window_words", "window_practical",
        )}),
        (_("For whom"), {"fields": (
            "stages", "first_visit", "settings", "situations", "premedicine", "therapies", "replaces",
        )}),
        FOR_STAFF,
    )  # fmt: skip


class OtherRowAdmin(RowAdmin):
    """Rows that state nothing of a drug, and so need no source."""

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        lock(obj.subject_id)
        super().save_model(request, obj, form, change)
        tell_what_is_next(request, obj.subject)


@admin.register(Question)
class QuestionAdmin(OtherRowAdmin):
    form = ForWhomForm
    list_display = ("key", "subject", "text", "rank")
    list_filter = ("subject",)
    search_fields = ("key", "text")


@admin.register(Source)
class SourceAdmin(OtherRowAdmin):
    list_display = ("key", "subject", "kind", "title", "dated", "weak")
    list_filter = ("subject", "kind", "weak")
    search_fields = ("key", "title", "publisher", "subject__name")


class ClinicRowAdmin(OtherRowAdmin):
    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "subject":
            kwargs["queryset"] = Subject.objects.filter(kind="clinic")
            kwargs["initial"] = kwargs["queryset"].first()
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


@admin.register(Location)
class LocationAdmin(ClinicRowAdmin):
    list_display = ("name", "phone", "after_hours", "address")
    search_fields = ("key", "name", "address")


@admin.register(Override)
class OverrideAdmin(ClinicRowAdmin):
    form = OverrideForm
    list_display = ("key", "item", "why")
    search_fields = ("key", "item", "why")


@admin.register(Edition)
class EditionAdmin(admin.ModelAdmin):
    list_display = (
        "subject",
        "number",
        "published_at",
        "published_by",
        "change_kind",
        "change_note",
        "review_again_on",
    )
    list_filter = ("subject", "change_kind")
    fields = list_display
    search_fields = ("change_note",)
    change_form_template = "admin/therapies/edition_change_form.html"

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(staff.restore)
        return [path("<int:pk>/restore/", view, name="therapies_edition_restore"), *super().get_urls()]

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


@admin.register(Report)
class ReportAdmin(admin.ModelAdmin):
    """Mistakes that readers reported. What is dealt with is deleted: nobody keeps what readers wrote."""

    list_display = ("reported_at", "page", "text")
    search_fields = ("page", "text")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Report | None = None) -> bool:
        return False
