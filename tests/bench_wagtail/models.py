from wagtail.fields import RichTextField
from wagtail.models import Page


class WholePage(Page):
    """A page whose HTML stands in the database, in the field that Wagtail has for that."""

    body = RichTextField()
