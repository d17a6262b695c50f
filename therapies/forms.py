"""What readers can send to the staff."""

from typing import Any

from django import forms

from therapies.search import words

LONGEST_REPORT = 1000
LONGEST_SEARCH = 100


class ReportForm(forms.Form):
    """A mistake on a page, in the reader's words."""

    text = forms.CharField(
        label="What is wrong?",
        help_text="Copy the words that are wrong. Say what is right, if you know it. At most 1,000 characters.",
        widget=forms.Textarea(attrs={"class": "input input--long", "rows": 8}),
        error_messages={"required": "Write what is wrong."},
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, auto_id="%s")

    def clean_text(self) -> str:
        """No limit stands in the field itself: a browser would cut off what is pasted there without a word."""
        text: str = self.cleaned_data["text"].replace("\r\n", "\n")
        if len(text) > LONGEST_REPORT:
            raise forms.ValidationError(
                f"This has {len(text):,} characters. At most {LONGEST_REPORT:,} are possible. Make it shorter."
            )
        return text


class SearchForm(forms.Form):
    """Words to look for."""

    q = forms.CharField(error_messages={"required": "Type a word to look for."})

    def clean_q(self) -> str:
        query: str = self.cleaned_data["q"]
        if len(query) > LONGEST_SEARCH:
            raise forms.ValidationError(
                f"This has {len(query):,} characters. At most {LONGEST_SEARCH} are possible. Use fewer words."
            )
        if not words(query):
            raise forms.ValidationError("Type a word to look for.")
        return query
