"""The form and the checklist. Answers are health data: they come in a POST, make one page, and are forgotten."""

from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_http_methods, require_safe
from django.views.decorators.vary import vary_on_headers
from django_htmx.middleware import HtmxDetails

from msinfusion.same_site import same_site
from therapies.glossary import Word
from therapies.library import GUIDE, NOTHING, Library, library, not_ready
from therapies.pages import bars
from therapies.publishing import NotPublishable, working_copy
from visits.checklist import Checklist, build
from visits.forms import VisitForm
from visits.paper import make_card, make_nurse_page, make_sheets
from visits.plan import make_plan

KEPT = ("therapy", "stage", "date", "time", "setting", "location")  # answers of one value each


class HtmxHttpRequest(HttpRequest):
    htmx: HtmxDetails


def no_list(request: HttpRequest) -> HttpResponse:
    """Every list needs the guide. Where it was withdrawn, readers are told why; else that they should come back."""
    away = library().withdrawn.get(GUIDE)
    if away is None:
        return not_ready(request)
    response = render(request, "503.html", {"away": away}, status=503)
    response["Cache-Control"] = "no-store"
    return response


def words_on(made: Checklist, current: Library) -> list[Word]:
    """What the guide explains of the words of a list."""
    texts = (text for entry in made.entries for text in (entry.item.action, entry.item.why))
    return current.glossary.used_in(texts)


def _form(request: HttpRequest, current: Library, **given: Any) -> VisitForm:
    """The form; htmx asks the address it came from again when the therapy changes."""
    form = VisitForm(library=current, today=timezone.localdate(), **given)
    address = request.path if current.is_draft else reverse("new-visit")
    form.fields["therapy"].widget.attrs["hx-get"] = address
    return form


def _show(request: HttpRequest, template: str, current: Library, status: int = 200, **context: Any) -> HttpResponse:
    address = request.path if current.is_draft else reverse("checklist")
    return render(request, template, {"library": current, "address": address, **context}, status=status)


def _new(request: HtmxHttpRequest, current: Library) -> HttpResponse:
    slug = request.GET.get("therapy")
    known = (*current.therapies, *current.withdrawn_therapies)
    if slug and slug not in (edition.content.slug for edition in known):
        raise Http404("We have no checklist for this drug.")
    form = _form(request, current, initial={"therapy": slug, "setting": "", "location": ""})
    template = "visits/new.html#by-therapy" if request.htmx else "visits/new.html"
    return _show(request, template, current, form=form)


def _answer(request: HttpRequest, current: Library) -> HttpResponse:
    """The list; or the form again, where an answer needs another look or is to be changed."""
    assert current.guide is not None  # noqa: S101 - both callers have looked
    if "change" in request.POST:
        initial: dict[str, Any] = {name: request.POST.get(name, "") for name in KEPT}
        initial["situations"] = request.POST.getlist("situations")
        return _show(request, "visits/new.html", current, form=_form(request, current, initial=initial))
    form = _form(request, current, data=request.POST)
    if not form.is_valid() or form.chosen is None:
        return _show(request, "visits/new.html", current, status=422, form=form)
    zone = ZoneInfo(settings.TIME_ZONE)
    made = build(form.chosen, current.guide, form.answers(), form.today, zone, current.clinic)
    plan = make_plan(made, {})
    return _show(
        request,
        "visits/checklist.html",
        current,
        list=made,
        plan=plan,
        sheets=make_sheets(plan),
        card=make_card(made),
        nurse=make_nurse_page(plan),
        bar=bars((made.stage,)),
        words=words_on(made, current),
        given=[(name, value) for name in form.fields for value in request.POST.getlist(name) if value],
    )


@require_safe
@gzip_page
@vary_on_headers("HX-Request")
def new(request: HtmxHttpRequest) -> HttpResponse:
    """The form. The address carries the therapy and no other answer."""
    current = library()
    return _new(request, current) if current.makes_lists else no_list(request)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@gzip_page
@sensitive_post_parameters()
@same_site
def checklist(request: HttpRequest) -> HttpResponse:
    """Answers in, checklist out; stores nothing. `change` gives the form back with the answers in it."""
    if request.method != "POST":
        return redirect("new-visit")
    current = library()
    return _answer(request, current) if current.makes_lists else no_list(request)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sensitive_post_parameters()
@same_site
def preview(request: HtmxHttpRequest) -> HttpResponse:
    """For staff: the same form and list for any visit, made from the working copy."""
    if not request.user.has_perm("therapies.view_item"):
        raise PermissionDenied
    try:
        current = Library(state=NOTHING, editions=working_copy(), is_draft=True)
    except NotPublishable as refusal:
        messages.error(request, str(refusal))
        return redirect("admin:index")
    if not current.makes_lists:
        messages.error(request, _("A list needs the guide and a therapy with a stage that is not “to check”."))
        return redirect("admin:index")
    return _answer(request, current) if request.method == "POST" else _new(request, current)
