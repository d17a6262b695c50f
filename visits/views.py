"""The form and the checklist. Answers are health data: they come in a POST, make one page, and are forgotten."""

from collections.abc import Callable
from functools import wraps
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe
from django.views.decorators.vary import vary_on_headers
from django_htmx.middleware import HtmxDetails

from therapies.library import library, not_ready
from therapies.pages import bars
from visits.checklist import build
from visits.forms import VisitForm

KEPT = ("therapy", "stage", "date", "time", "setting", "location")  # answers of one value each


class HtmxHttpRequest(HttpRequest):
    htmx: HtmxDetails


def same_site(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Refuse a POST that a browser sends from another site. Readers have no cookie that a forged request could use;
    browsers say by themselves where a request comes from, and what is no browser says nothing."""

    @wraps(view)
    def check(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if request.method == "POST":
            fetch_site = request.headers.get("Sec-Fetch-Site")
            origin = request.headers.get("Origin")
            if fetch_site:
                from_here = fetch_site in ("same-origin", "none")
            else:
                from_here = origin in (None, f"http://{request.get_host()}", f"https://{request.get_host()}")
            if not from_here:
                return render(request, "403.html", status=403)
            if int(request.META.get("CONTENT_LENGTH") or 0) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
                raise RequestDataTooBig("An answer is a few hundred bytes.")
        return view(request, *args, **kwargs)

    return csrf_exempt(check)


@require_safe
@vary_on_headers("HX-Request")
def new(request: HtmxHttpRequest) -> HttpResponse:
    """The form. The address carries the therapy and no other answer; htmx asks again when the therapy changes."""
    if not library().is_ready:
        return not_ready(request)
    slug = request.GET.get("therapy")
    editions = library().therapies
    if slug and slug not in (edition.content.slug for edition in editions):
        raise Http404("We have no checklist for this drug.")
    initial = {"therapy": slug, "setting": "", "location": ""}
    form = VisitForm(initial=initial, therapies=editions, clinic=library().clinic, today=timezone.localdate())
    template = "visits/new.html#by-therapy" if request.htmx else "visits/new.html"
    return render(request, template, {"form": form})


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
        return not_ready(request)
    today = timezone.localdate()
    if "change" in request.POST:
        initial = {name: request.POST.get(name, "") for name in KEPT}
        initial_situations = {"situations": request.POST.getlist("situations")}
        form = VisitForm(
            initial=initial | initial_situations, therapies=current.therapies, clinic=current.clinic, today=today
        )
        return render(request, "visits/new.html", {"form": form})
    form = VisitForm(request.POST, therapies=current.therapies, clinic=current.clinic, today=today)
    if not form.is_valid() or form.chosen is None:
        return render(request, "visits/new.html", {"form": form}, status=422)
    made = build(form.chosen, current.guide, form.answers(), today, ZoneInfo(settings.TIME_ZONE), current.clinic)
    return render(request, "visits/checklist.html", {"list": made, "bar": bars((made.stage,)), "form": form})
