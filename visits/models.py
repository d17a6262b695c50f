"""A visit that somebody chose to keep: answers, and everything done to its list since. No name, no address, no account."""

import hashlib
import secrets
from datetime import date, timedelta

from django.db import models

from visits.limits import DAYS_AFTER_LAST, DAYS_UNOPENED


def new_token() -> str:
    """A secret for an address: 128 random bits."""
    return secrets.token_urlsafe(16)


def hashed(token: str) -> str:
    """What is stored of a token. It is looked up by this, so no comparison tells how much of a guess was right."""
    return hashlib.sha256(token.encode()).hexdigest()


class VisitQuerySet(models.QuerySet["Visit"]):
    def of(self, secret: str) -> "VisitQuerySet":
        """The visit whose owner's or helper's token has this hash."""
        return self.filter(models.Q(owner_hash=secret) | models.Q(helper_hash=secret))

    def over(self, today: date) -> "VisitQuerySet":
        """Those whose time is over, counted from the last dated item, or from when anybody opened them."""
        return self.filter(models.Q(ends_on__lt=today) | models.Q(opened_on__lt=today - timedelta(days=DAYS_UNOPENED)))


class Visit(models.Model):
    """`answers` are what the form takes, apart from the date and time, which may move (a Change). `editions` are the
    numbers of the editions that its list is made from, by slug."""

    owner_hash = models.CharField(max_length=64, unique=True)
    helper_hash = models.CharField(max_length=64, unique=True, null=True)  # noqa: DJ001 - many visits have no helper
    answers = models.JSONField()
    editions = models.JSONField()
    opened_on = models.DateField()
    ends_on = models.DateField()

    objects = VisitQuerySet.as_manager()

    def __str__(self) -> str:
        return f"Visit {self.pk}"

    @staticmethod
    def end_after(last: date) -> date:
        """The last day a visit is kept, from the last day that anything on its list has."""
        return last + timedelta(days=DAYS_AFTER_LAST)

    def is_over(self, today: date) -> bool:
        return self.ends_on < today or self.opened_on < today - timedelta(days=DAYS_UNOPENED)


class Change(models.Model):
    """Something done to a kept visit; nothing of it is ever changed, so two people at once lose nothing.

    `about` says what, such as "done:OCR-C01" or "note:OCR-C01"; the one with the highest number says how it stands.
    Numbers are given by the page that shows the list, and the same number can't be given twice: of two phones that change
    the same thing at once one is told, and an old page that is sent again does no harm. Whoever changes a visit holds its
    row meanwhile, so that one comes after the other.
    """

    visit = models.ForeignKey(Visit, models.CASCADE, related_name="changes")
    about = models.CharField(max_length=80)
    number = models.PositiveIntegerField()
    value = models.TextField(blank=True)
    by_helper = models.BooleanField()
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("pk",)
        constraints = (models.UniqueConstraint(fields=["visit", "about", "number"], name="change_number_once"),)

    def __str__(self) -> str:
        return f"{self.about}, {self.number}"
