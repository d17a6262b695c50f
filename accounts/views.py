"""The second step of signing in, and what stands in its way."""

import math
from collections.abc import Callable
from functools import wraps
from typing import Any

import django_otp
import segno
from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth import REDIRECT_FIELD_NAME, logout
from django.contrib.auth.models import User
from django.contrib.auth.views import redirect_to_login
from django.forms.renderers import TemplatesSetting
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import mark_safe
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django_otp.middleware import is_verified

from accounts import second_step as step

KEY = "second-step-key"  # of a phone that is being set up, in the session of who sets it up
FEW = 3  # codes on paper: time to make new ones


class CodeForm(forms.Form):
    default_renderer = TemplatesSetting  # as all forms of staff
    code = forms.CharField(
        label=_("Code"),
        max_length=30,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True, "size": 12}
        ),
    )

    def clean_code(self) -> str:
        return "".join(self.cleaned_data["code"].replace("-", " ").split())


def _for_staff(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """For a screen between the two steps: whoever has given a password sees it."""

    @wraps(view)
    @never_cache
    @sensitive_post_parameters()
    def serve(request: HttpRequest) -> HttpResponse:
        user = request.user
        if not (isinstance(user, User) and user.is_active and user.is_staff):
            return redirect_to_login(reverse("admin:index"), reverse("admin:login"))
        if "sign_out" in request.POST:
            logout(request)
            return redirect("admin:login")
        return view(request, user)

    return serve


def _next(request: HttpRequest) -> str:
    """The page that somebody wanted to see; the start page where that is not one of ours."""
    wanted = request.GET.get(REDIRECT_FIELD_NAME, "")
    start = reverse("admin:index")
    is_ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if is_ours and wanted.startswith(start) else start


def _screen(request: HttpRequest, name: str, status: int = 200, **context: Any) -> HttpResponse:
    context |= {**admin.site.each_context(request), "is_nav_sidebar_enabled": False, "next": _next(request)}
    return render(request, f"admin/accounts/{name}.html", context, status=status)


def _open(request: HttpRequest, device: Any) -> None:
    """The second step is done. Who held the session before holds another one's now."""
    django_otp.login(request, device)
    request.session.pop(KEY, None)
    request.session.cycle_key()


def _wait(seconds: int) -> str:
    if seconds > 60:
        minutes = math.ceil(seconds / 60)
        told = ngettext("Try again in %(n)s minute.", "Try again in %(n)s minutes.", minutes)
        return told % {"n": minutes}
    return ngettext("Try again in %(n)s second.", "Try again in %(n)s seconds.", seconds) % {"n": seconds}


@_for_staff
def second_step(request: HttpRequest, user: User) -> HttpResponse:
    """Asks for a code. For who has given it: how many codes on paper are left, and a way to begin anew."""
    if step.phone_of(user) is None:
        return redirect_to_login(_next(request), reverse("admin:second_step_set_up"))
    if is_verified(request.user):
        if "anew" not in request.POST:
            return _screen(request, "second_step", title=gettext("Your second step"), left=step.codes_left(user))
        step.reset(user)
        logout(request)
        messages.success(request, gettext("Your phone and your codes are forgotten. Sign in and set up your phone."))
        return redirect("admin:login")
    form = CodeForm(request.POST or None)
    if form.is_valid():
        try:
            device = step.opened_by(user, form.cleaned_data["code"])
        except step.Wait as wait:
            form.add_error("code", f"{gettext('Too many wrong codes.')} {_wait(wait.seconds)}")
        else:
            if device:
                _open(request, device)
                _tell_what_is_left(request, user)
                return redirect(_next(request))
            told = gettext("This code does not fit. Each code opens once: wait for the next one.")
            form.add_error("code", told)
    status = 422 if form.errors else 200
    return _screen(request, "second_step", status, title=gettext("Second step"), form=form)


def _tell_what_is_left(request: HttpRequest, user: User) -> None:
    left = step.codes_left(user)
    if left <= FEW:
        told = ngettext(
            "You have %(n)s code on paper left. Make new ones under “Second step”, on top.",
            "You have %(n)s codes on paper left. Make new ones under “Second step”, on top.",
            left,
        )
        messages.warning(request, told % {"n": left})


@_for_staff
def set_up(request: HttpRequest, user: User) -> HttpResponse:
    """A picture for the phone; then, once, the codes for paper. The key stays in this session until a code has shown that the
    phone holds it: nobody else can have put it there."""
    if step.phone_of(user):
        return redirect_to_login(_next(request), reverse("admin:second_step"))
    key = request.session.setdefault(KEY, step.new_key())
    form = CodeForm(request.POST or None)
    del form.fields["code"].widget.attrs["autofocus"]  # the picture comes first
    if form.is_valid():
        if done := step.set_up(user, key, form.cleaned_data["code"]):
            device, codes = done
            _open(request, device)
            title = gettext("Keep these codes")
            return _screen(request, "codes", title=title, codes=[f"{code[:5]} {code[5:]}" for code in codes])
        form.add_error("code", gettext("This code does not fit. Type the one that your app shows now."))
    address = step.address_of(user, key)
    picture = segno.make(address, error="m", micro=False)
    title = gettext("The key as a picture, for your app")
    drawn = picture.svg_inline(svgclass="picture", lineclass=None, omitsize=True, title=title)
    return _screen(
        request,
        "set_up",
        422 if form.errors else 200,
        title=gettext("Set up your second step"),
        form=form,
        key=step.typed_key(key),
        address=address,
        picture=mark_safe(drawn),  # noqa: S308 - made by the library; the address is only drawn # nosec B308 B703
    )


def locked(request: HttpRequest, *told: Any, seconds: int | None = None) -> HttpResponse:
    """What whoever tried too often gets, whether that name exists or not. It ends by itself."""
    seconds = seconds or int(settings.AXES_COOLOFF_TIME.total_seconds())
    response = _screen(request, "locked", 429, title=gettext("Too many tries"), wait=_wait(seconds))
    response["Retry-After"] = str(seconds)
    return response
