from django.urls import path, register_converter

from visits import kept, views


class Token:
    """A kept visit's secret: 22 characters, 128 random bits."""

    regex = "[A-Za-z0-9_-]{22}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(Token, "token")

urlpatterns = [
    path("new/", views.new, name="new-visit"),
    path("checklist/", views.checklist, name="checklist"),
    path("keep/", kept.keep, name="keep-visit"),
    path("<token:token>/", kept.visit, name="visit"),
    path("<token:token>/list/", kept.whole, name="visit-list"),
    path("<token:token>/step/", kept.step, name="visit-step"),
    path("<token:token>/change/", kept.change, name="change-visit"),
    path("<token:token>/move/", kept.move, name="move-visit"),
    path("<token:token>/renew/", kept.renew, name="renew-visit"),
    path("<token:token>/calendar/", kept.calendar, name="visit-calendar"),
    path("<token:token>/helper/", kept.helper, name="visit-helper"),
    path("<token:token>/delete/", kept.delete, name="delete-visit"),
]
