"""The questions that make a checklist: stages, settings and situations of the published editions, as a form."""

import datetime as dt
from typing import Any

from django import forms
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from therapies.library import Library
from therapies.vocabulary import ELSEWHERE, SETTINGS, SITUATIONS
from visits.checklist import Answers, earliest_date, latest_date

GROUPS = {
    _("This visit"): ("first-time", "past-reaction", "needles", "veins", "port"),
    _("Getting there"): ("drives", "far", "mobility-aid", "works", "child"),
    _("How MS is for me"): ("fatigue", "heat", "bladder", "vision", "focus"),
    _("My health"): ("daily-medicines", "diabetes", "pregnancy", "breastfeeding", "language"),
}


class Radios(forms.RadioSelect):
    template_name = "forms/choices.html"


class Ticks(forms.CheckboxSelectMultiple):
    template_name = "forms/choices.html"


class VisitForm(forms.Form):
    """Choices follow the therapy: of no therapy yet, all of them. The place is asked where the clinic has locations.
    `today` is the date in the site's time zone. For a therapy that was withdrawn, an error says why there is no list, and
    what was answered about it stays."""

    therapy = forms.ChoiceField(
        label=_("Your drug"),
        widget=Radios(
            attrs={
                "hx-target": "#stage-field",
                "hx-select": "#stage-field",
                "hx-select-oob": "#setting-field,#fits:innerHTML",
                "hx-swap": "outerHTML",
            }
        ),
        error_messages={
            "required": _("Choose your drug."),
            "invalid_choice": _("We have no checklist for this drug. Choose one of these."),
        },
    )
    stage = forms.ChoiceField(
        label=_("Which visit is this?"),
        widget=Radios,
        error_messages={
            "required": _("Choose which visit this is."),
            "invalid_choice": _("This visit does not belong to your drug. Choose one of these."),
        },
    )
    date = forms.DateField(
        label=_("First day of the visit"),
        help_text=_("No date yet? Use your best guess."),
        widget=forms.DateInput(attrs={"type": "date", "class": "input"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d"],
        error_messages={"required": _("Give a date."), "invalid": _("Give a real date, such as 2026-12-16.")},
    )
    time = forms.TimeField(
        label=_("Time, if you know it"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time", "class": "input"}, format="%H:%M"),
        input_formats=["%H:%M"],
        error_messages={"invalid": _("Give a time of the day, such as 09:30, or leave it empty.")},
    )
    setting = forms.ChoiceField(
        label=_("Where will you get it?"),
        required=False,
        widget=Radios,
        error_messages={"invalid_choice": _("This drug is not given there. Choose one of these, or “Not sure”.")},
    )
    location = forms.ChoiceField(
        label=_("Which place?"),
        required=False,
        widget=Radios,
        error_messages={"invalid_choice": _("We do not know this place. Choose one of these, or “Not sure”.")},
    )
    situations = forms.MultipleChoiceField(
        label=_("What is true for you?"),
        required=False,
        choices=[(group, [(key, _(SITUATIONS[key])) for key in keys]) for group, keys in GROUPS.items()],
        help_text=_("Tick all that fit. Not sure about one? Tick it. A tick only adds help."),
        widget=Ticks,
        error_messages={"invalid_choice": _("We do not know one of these answers. Tick what fits, and send it again.")},
    )

    def __init__(self, data: Any = None, *, initial: Any = None, library: Library, today: dt.date) -> None:
        super().__init__(data, initial=initial, auto_id="%s")
        therapies, withdrawn, clinic = library.therapies, library.withdrawn_therapies, library.clinic
        self.today = today
        self.chosen = {edition.content.slug: edition for edition in therapies}.get(self["therapy"].value() or "")
        self.choice("therapy").choices = [
            (e.content.slug, f"{e.content.name} ({e.content.brands})" if e.content.brands else e.content.name)
            for e in therapies
        ]
        away = [edition for edition in withdrawn if edition.content.slug == self["therapy"].value()]
        for notice in filter(None, (edition.withdrawn for edition in away)):
            words = gettext(
                "We took our page on this drug away on %(day)s, so no list can be made for it. Ask your team. "
                "Why it is away: %(reason)s"
            ) % {"day": date_format(notice.on), "reason": notice.reason}
            # The value goes in by %.
            self.fields["therapy"].error_messages["invalid_choice"] = words.replace("%", "%%")
        self.offered = [self.chosen] if self.chosen else [*therapies, *away]
        stages = [(e.content.name, [(stage.key, stage.name) for stage in e.content.stages]) for e in self.offered]
        self.choice("stage").choices = stages[0][1] if self.chosen else stages
        if any(stage.after for e in self.offered for stage in e.content.stages):
            self.fields["date"].help_text = gettext(
                "No date yet? Use your best guess. After treatment, give the day of your last infusion. Was it in the last "
                "30 days? Choose that visit above: its list has the signs of the first days."
            )
        settings = [key for key in SETTINGS if any(key in edition.content.settings for edition in self.offered)]
        self.choice("setting").choices = [
            *((key, gettext(SETTINGS[key])) for key in settings),
            ("", gettext("Not sure")),
        ]
        if clinic and clinic.content.locations:
            places = [(location.key, location.name) for location in clinic.content.locations]
            self.choice("location").choices = [
                *places,
                (ELSEWHERE, gettext("Somewhere else")),
                ("", gettext("Not sure")),
            ]
        else:
            del self.fields["location"]

    def choice(self, name: str) -> forms.ChoiceField:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - these four are
        return field

    def clean_date(self) -> dt.date:
        """The range depends on the stage; of no known stage, what any of those on offer allows."""
        day: dt.date = self.cleaned_data["date"]
        known = self.chosen.content.stage(self.cleaned_data.get("stage", "")) if self.chosen else None
        stages = [known] if known else [stage for e in self.offered for stage in e.content.stages]
        if not stages:
            return day  # every page is withdrawn: that the drug is none of ours is said already
        first = min(earliest_date(stage, self.today) for stage in stages)
        last = max(latest_date(stage, self.today) for stage in stages)
        if known and known.after and day > last:
            raise forms.ValidationError(gettext("Give the day of your last infusion. It can't be in the future."))
        if day < first:
            words = gettext("This day is too long ago. Give %(day)s or later.")
            raise forms.ValidationError(words % {"day": date_format(first)})
        if day > last:
            words = gettext("This day is too far off. Give %(day)s or earlier.")
            raise forms.ValidationError(words % {"day": date_format(last)})
        return day

    def answers(self) -> Answers:
        data = self.cleaned_data
        return Answers(
            stage=data["stage"],
            date=data["date"],
            time=data["time"],
            setting=data["setting"] or None,
            location=data.get("location") or None,
            situations=frozenset(data["situations"]),
        )
