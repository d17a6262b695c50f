"""What readers can send to the staff."""

from typing import Any

from django import forms
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _

from therapies.search import words

LONGEST_REPORT = 1000
LONGEST_SEARCH = 100


def _number(number: int) -> str:
    return number_format(number, force_grouping=True)


class ReportForm(forms.Form):
    """A mistake on a page, in the reader's words."""

    text = forms.CharField(
        label=_("What is wrong?"),
        help_text=_("Copy the words that are wrong. Say what is right, if you know it. At most 1,000 characters."),
        widget=forms.Textarea(attrs={"class": "input input--long", "rows": 8}),
        error_messages={"required": _("Write what is wrong.")},
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, auto_id="%s")

    def clean_text(self) -> str:
        """No limit stands in the field itself: a browser would cut off what is pasted there without a word."""
        text: str = self.cleaned_data["text"].replace("\r\n", "\n")
        if len(text) > LONGEST_REPORT:
            raise forms.ValidationError(
                _("This has %(count)s characters. At most %(limit)s are possible. Make it shorter.")
                % {"count": _number(len(text)), "limit": _number(LONGEST_REPORT)}
            )
        return text


class SearchForm(forms.Form):
    """Words to look for."""

    q = forms.CharField(error_messages={"required": _("Type a word to look for.")})

    def clean_q(self) -> str:
        query: str = self.cleaned_data["q"]
        if len(query) > LONGEST_SEARCH:
            raise forms.ValidationError(
                _("This has %(count)s characters. At most %(limit)s are possible. Use fewer words.")
                % {"count": _number(len(query)), "limit": _number(LONGEST_SEARCH)}
            )
        if not words(query):
            raise forms.ValidationError(_("Type a word to look for."))
        return query
