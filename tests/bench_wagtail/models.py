from django.db import models
from wagtail.models import Page


class WholePage(Page):
    """A page whose HTML stands in the database."""

    body = models.TextField()
