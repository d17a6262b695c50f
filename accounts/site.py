"""The admin's front door: a name and a password, then a code."""

import math
from typing import Any

from django.conf import settings
from django.contrib.admin import AdminSite
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django_otp.middleware import is_verified

from msinfusion.rates import wait_of


class StaffSite(AdminSite):
    """Nobody sees a screen who has not done both steps. On a site that is only tried out, the first one is enough."""

    def has_permission(self, request: HttpRequest) -> bool:
        return super().has_permission(request) and (is_verified(request.user) or not settings.SECOND_STEP)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        from accounts import views

        if request.method == "POST" and (wait := wait_of(request, "login")):
            return views.locked(request, seconds=math.ceil(wait))
        if request.method == "GET" and super().has_permission(request) and not self.has_permission(request):
            next_page = request.GET.get(REDIRECT_FIELD_NAME) or reverse("admin:index")
            return redirect_to_login(next_page, reverse("admin:second_step"))
        return super().login(request, extra_context)

    def get_urls(self) -> list[Any]:
        from accounts import views

        ours = [
            path("second-step/", views.second_step, name="second_step"),
            path("second-step/set-up/", views.set_up, name="second_step_set_up"),
        ]
        return [*ours, *super().get_urls()]
