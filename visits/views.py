"""The form and the checklist. Answers are health data: they come in a POST, make one page, and are forgotten."""

from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe
from django.views.decorators.vary import vary_on_headers
from django_htmx.middleware import HtmxDetails

from msinfusion.same_site import same_site
from therapies.library import GUIDE, library, not_ready
from therapies.pages import bars
from visits.checklist import build
from visits.forms import VisitForm


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


@require_safe
@vary_on_headers("HX-Request")
def new(request: HtmxHttpRequest) -> HttpResponse:
    """The form. The address carries the therapy and no other answer; htmx asks again when the therapy changes."""
    current = library()
    if current.guide is None or not current.is_ready:
        return no_list(request)
    slug = request.GET.get("therapy")
    editions, withdrawn = current.therapies, current.withdrawn_therapies
    if slug and slug not in (edition.content.slug for edition in (*editions, *withdrawn)):
        raise Http404("We have no checklist for this drug.")
    today = timezone.localdate()
    form = VisitForm(initial={"therapy": slug, "setting": ""}, therapies=editions, withdrawn=withdrawn, today=today)
    template = "visits/new.html#by-therapy" if request.htmx else "visits/new.html"
    return render(request, template, {"form": form, "library": current})


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sensitive_post_parameters()
@same_site
def checklist(request: HttpRequest) -> HttpResponse:
    """Answers in, checklist out; stores nothing. `change` gives the form back with the answers in it."""
    if request.method != "POST":
        return redirect("new-visit")
    current = library()
    if current.guide is None or not current.is_ready:
        return no_list(request)
    withdrawn = current.withdrawn_therapies
    today = timezone.localdate()
    if "change" in request.POST:
        initial = {name: request.POST.get(name, "") for name in ("therapy", "stage", "date", "time", "setting")}
        initial_situations = {"situations": request.POST.getlist("situations")}
        form = VisitForm(
            initial=initial | initial_situations, therapies=current.therapies, withdrawn=withdrawn, today=today
        )
        return render(request, "visits/new.html", {"form": form, "library": current})
    form = VisitForm(request.POST, therapies=current.therapies, withdrawn=withdrawn, today=today)
    if not form.is_valid() or form.chosen is None:
        return render(request, "visits/new.html", {"form": form, "library": current}, status=422)
    made = build(form.chosen, current.guide, form.answers(), today, ZoneInfo(settings.TIME_ZONE))
    return render(request, "visits/checklist.html", {"list": made, "bar": bars((made.stage,)), "form": form})
