"""Public pages, from the Library. No view here reads a row; only a past edition asks the database."""

from django.db import DatabaseError, connection
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from therapies.library import GUIDE, LANGUAGE, library, made_once, typed
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


@require_safe
@made_once
def detail(request: HttpRequest, slug: str) -> HttpResponse:
    edition = library().editions.get(slug)
    if edition is None or edition.content.kind != "therapy":
        raise Http404("We have no page on this therapy.")
    return render(request, "therapies/detail.html", {"page": arrange(edition)})


@require_safe
@made_once
def guide(request: HttpRequest) -> HttpResponse:
    edition = library().guide
    if edition is None:
        raise Http404("The guide is not published yet.")
    return render(request, "therapies/guide.html", {"page": arrange(edition)})


@require_safe
@made_once
def past_edition(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """An edition as it was, marked when it is not the newest."""
    template = "therapies/guide.html" if slug == GUIDE else "therapies/detail.html"
    address = (
        reverse("guide-edition", args=[number]) if slug == GUIDE else reverse("therapy-edition", args=[slug, number])
    )
    newest = library().editions.get(slug)
    if newest is None or request.path != address:
        raise Http404("We have no such edition.")
    edition = newest
    if number != newest.number:
        rows = Edition.objects.select_related("subject")
        edition = typed(get_object_or_404(rows, subject__slug=slug, subject__language=LANGUAGE, number=number))
    return render(request, template, {"page": arrange(edition), "newest": newest, "is_past_address": True})


@require_safe
@made_once
def sources(request: HttpRequest) -> HttpResponse:
    cited = [(edition, cited_sources(edition.content)) for edition in library().editions.values()]
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
