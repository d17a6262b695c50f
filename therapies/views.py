"""Public pages, from the Library. No view here reads a row; only a past edition asks the database."""

from django.db import DatabaseError, connection
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from therapies import content
from therapies.library import CLINIC, GUIDE, LANGUAGE, library, made_once, typed
from therapies.models import Edition
from therapies.pages import arrange, cited_sources, compared


@require_safe
@made_once
def home(request: HttpRequest) -> HttpResponse:
    current = library()
    items = current.guide.content.items if current.guide else ()
    urgent = [item for item in items if item.level == "now" and not item.therapies and not item.premedicine]
    return render(request, "therapies/home.html", {"library": current, "urgent": urgent})


@require_safe
@made_once
def index(request: HttpRequest) -> HttpResponse:
    current = library()
    rows = compared([edition.content for edition in current.therapies])
    return render(request, "therapies/index.html", {"library": current, "rows": rows})


def _address(slug: str, number: int | None = None) -> str:
    """Where an edition is read; without a number, the newest one."""
    name, args = (slug, []) if slug in (GUIDE, CLINIC) else ("therapy", [slug])
    return reverse(f"{name}-edition", args=[*args, number]) if number is not None else reverse(name, args=args)


def _edition(request: HttpRequest, shown: content.Edition, newest: content.Edition) -> HttpResponse:
    context = {"page": arrange(shown), "newest": newest, "newest_address": _address(newest.content.slug)}
    return render(request, "therapies/edition.html", context)


@require_safe
@made_once
def newest_edition(request: HttpRequest, slug: str) -> HttpResponse:
    newest = library().editions.get(slug)
    if newest is None or request.path != _address(slug):
        raise Http404("We have no page on this therapy.")
    return _edition(request, newest, newest)


@require_safe
@made_once
def one_edition(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """An edition as it was, marked when it is not the newest."""
    newest = library().editions.get(slug)
    if newest is None or request.path != _address(slug, number):
        raise Http404("We have no such edition.")
    if number == newest.number:
        return _edition(request, newest, newest)
    rows = Edition.objects.select_related("subject")
    row = get_object_or_404(rows, subject__slug=slug, subject__language=LANGUAGE, number=number)
    return _edition(request, typed(row), newest)


@require_safe
@made_once
def sources(request: HttpRequest) -> HttpResponse:
    cited = [(edition, cited_sources(edition.content)) for edition in library().sourced]
    return render(request, "therapies/sources.html", {"cited": cited})


@require_safe
@made_once
def page(request: HttpRequest, name: str) -> HttpResponse:
    return render(request, f"{name}.html", {"library": library()})


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok", content_type="text/plain")


@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return HttpResponse("The database does not answer.", content_type="text/plain", status=503)
    return HttpResponse("ok", content_type="text/plain")


def forbidden(request: HttpRequest, reason: str = "") -> HttpResponse:
    return render(request, "403.html", status=403)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "400.html", status=400)
