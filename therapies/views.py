"""Public pages, from the Library. No view here reads a row that staff edit; only what is past asks the database, and the
report of a mistake writes to it."""

import logging
import math
import sys
from collections.abc import Callable
from datetime import date, timedelta
from functools import wraps
from typing import Any

from django.conf import settings
from django.db import DatabaseError, Error, InterfaceError, OperationalError, connection, transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import Resolver404, resolve, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe
from django.views.defaults import server_error

from msinfusion.same_site import same_site
from therapies import content
from therapies.changes import told
from therapies.forms import ReportForm, SearchForm
from therapies.glossary import FirstUses, Glossary
from therapies.library import CLINIC, GUIDE, Library, library, made_once, not_ready, past
from therapies.models import Edition, Report
from therapies.pages import arrange, cited_sources, compared
from therapies.vocabulary import CHANGE_KINDS, LANGUAGE

REPORTS_AN_HOUR = 30
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
LONGEST_ADDRESS = 200
TESTED_ON = date(2026, 11, 27)  # said on /accessibility/
logger = logging.getLogger(__name__)


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
    contents = [edition.content for edition in current.therapies]
    rows = compared(contents)
    texts = [one.summary for one in contents] + [text for _, texts in rows for _, text in texts]
    words = FirstUses(current.glossary, texts)
    return render(request, "therapies/index.html", {"library": current, "rows": rows, "words": words})


def _address(slug: str, page: str = "", *numbers: int) -> str:
    """Where an edition and its past are read; the newest one where no page is named."""
    name, args = (slug, []) if slug in (GUIDE, CLINIC) else ("therapy", [slug])
    return reverse(f"{name}-{page}" if page else name, args=[*args, *numbers])


def _newest(request: HttpRequest, slug: str, page: str = "", *numbers: int) -> content.Edition:
    """What is in force of a therapy or the guide, or was until it was withdrawn. An address has one spelling."""
    current = library()
    newest = current.editions.get(slug) or current.withdrawn.get(slug)
    if newest is None or request.path != _address(slug, page, *numbers):
        raise Http404("We have no such page.")
    return newest


def _rows(slug: str) -> QuerySet[Edition]:
    rows = Edition.objects.select_related("subject", "published_by__reviewer")
    return rows.filter(subject__slug=slug, subject__language=LANGUAGE)


def _sealed(slug: str, number: int) -> Edition:
    """An edition that was published through the gate. What else stands in the table is nobody's to read."""
    row = get_object_or_404(_rows(slug), number=number)
    if not row.is_sealed:
        raise Http404("We have no such edition.")
    return row


def _needs_the_database(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """For a view that asks the database about the past: while it is away, readers are told to come back."""

    @wraps(view)
    def ask(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except Error:
            logger.exception("The database does not answer; %s can't be shown.", request.path)
            return not_ready(request)

    return ask


def _edition(request: HttpRequest, shown: content.Edition, newest: content.Edition) -> HttpResponse:
    slug = newest.content.slug
    context = {
        "edition": shown,
        "newest": newest,
        "newest_address": _address(slug),
        "editions_address": _address(slug, "editions"),
    }
    if shown.withdrawn:
        return render(request, "therapies/withdrawn.html", context)
    page = arrange(shown)
    # A past edition explains none: it stays as it was, whatever the guide says since.
    glossary = library().glossary_of(shown.content) if shown == newest else Glossary()
    words = FirstUses(glossary, page.texts())
    return render(request, "therapies/edition.html", context | {"page": page, "words": words})


@require_safe
@made_once
def newest_edition(request: HttpRequest, slug: str) -> HttpResponse:
    newest = _newest(request, slug)
    return _edition(request, newest, newest)


@require_safe
@made_once
@_needs_the_database
def one_edition(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """An edition as it was, marked when it is not the newest."""
    newest = _newest(request, slug, "edition", number)
    shown = newest if number == newest.number else past(_sealed(slug, number), newest)
    return _edition(request, shown, newest)


@require_safe
@made_once
@_needs_the_database
def editions(request: HttpRequest, slug: str) -> HttpResponse:
    """Every edition that readers ever had, newest first."""
    newest = _newest(request, slug, "editions")
    found: list[dict[str, Any]] = []
    for number in _rows(slug).order_by("number").values_list("number", flat=True):
        row = _rows(slug).get(number=number)  # one at a time: an edition is large
        if not row.is_sealed:
            continue
        away = row.page_withdrawal
        before = found[-1]["number"] if found and not found[-1]["away"] and not away else None
        found.append(
            {
                "number": number,
                "published_on": row.published_at,
                "published_by": getattr(row.published_by, "reviewer", None),
                "change_kind": _(CHANGE_KINDS.get(row.change_kind, "")),
                "change_note": row.change_note,
                "away": away,
                "address": _address(slug, "edition", number),
                "changes_address": _address(slug, "changes", before, number) if before else "",
            }
        )
    context = {"newest": newest, "newest_address": _address(slug), "editions": found[::-1]}
    return render(request, "therapies/editions.html", context)


@require_safe
@_needs_the_database
def changes(request: HttpRequest, slug: str, before: int, after: int) -> HttpResponse:
    """What one edition says differently from an earlier one. Not kept in memory: of pairs there can be many."""
    newest = _newest(request, slug, "changes", before, after)
    if before >= after:
        raise Http404("The earlier edition comes first.")
    old, new = (past(_sealed(slug, number), newest) for number in (before, after))
    shown = not (old.withdrawn or new.withdrawn)
    found = told(old.content, new.content) if shown else []
    context = {
        "newest": newest,
        "old": old,
        "new": new,
        "sides": (old, new),
        "shown": shown,
        "groups": [
            (_("About safety"), [change for change in found if change.fields and change.safety]),
            (_("Everything else"), [change for change in found if change.fields and not change.safety]),
        ],
        "unseen": sum(not change.fields for change in found),
        "old_address": _address(slug, "edition", before),
        "new_address": _address(slug, "edition", after),
        "editions_address": _address(slug, "editions"),
    }
    response = render(request, "therapies/changes.html", context)
    response["Cache-Control"] = "public, max-age=60"
    return response


def _page_of_ours(address: str) -> str:
    """The address where a reader met a mistake, if it is one of ours; else nothing."""
    try:
        match = resolve(address)
    except Resolver404:
        return ""
    current = library()
    slug = match.kwargs.get("slug", GUIDE)
    known = slug == GUIDE or slug in current.editions or slug in current.withdrawn
    # Admin pages are not readers', and what else may stand in an address (a token) is nobody's business here.
    ours = not match.app_names and match.kwargs.keys() <= {"slug", "name", "number", "before", "after"}
    return address if known and ours and len(address) <= LONGEST_ADDRESS else ""


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sensitive_post_parameters()
@same_site
def report(request: HttpRequest) -> HttpResponse:
    """A mistake that a reader tells us of. Of the reader nothing is kept."""
    if request.method != "POST":
        page = _page_of_ours(request.GET.get("page", ""))
        return render(request, "therapies/report.html", {"form": ReportForm(), "page_path": page})
    page = _page_of_ours(request.POST.get("page", ""))
    form = ReportForm(request.POST)
    context = {"form": form, "page_path": page}
    if not form.is_valid():
        return render(request, "therapies/report.html", context, status=422)
    try:
        wait = _keep(page, form.cleaned_data["text"])
    except Error:
        logger.error("The database does not answer; a report could not be kept.")  # and no word of it in the log
        wait, context["away"] = MINUTE, True
    if wait is None:
        return render(request, "therapies/report.html", context | {"sent": True})
    context["minutes"] = math.ceil(wait / MINUTE)
    response = render(request, "therapies/report.html", context, status=503 if "away" in context else 429)
    response["Retry-After"] = str(math.ceil(wait.total_seconds()))
    return response


@transaction.atomic
def _keep(page: str, text: str) -> timedelta | None:
    """Keep a report, once: who sends it twice within an hour is thanked twice. Where too many came within the hour, how
    long to wait instead."""
    # One at a time, also on PostgreSQL: whoever counts holds the oldest row.
    Report.objects.select_for_update().order_by("pk").first()
    now = timezone.now()
    recent = Report.objects.filter(reported_at__gt=now - HOUR)
    if recent.filter(page=page, text=text).exists():
        return None
    if recent.count() >= REPORTS_AN_HOUR:
        return recent[REPORTS_AN_HOUR - 1].reported_at + HOUR - now
    Report.objects.create(page=page, text=text)
    return None


@require_safe
@made_once
def sources(request: HttpRequest) -> HttpResponse:
    cited = [(edition, cited_sources(edition.content)) for edition in library().sourced]
    return render(request, "therapies/sources.html", {"cited": cited})


@require_safe
@made_once
def page(request: HttpRequest, name: str) -> HttpResponse:
    return render(request, f"{name}.html", {"library": library(), "tested_on": TESTED_ON})


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sensitive_post_parameters()
@same_site
def search(request: HttpRequest) -> HttpResponse:
    """Words looked for in all that is published. They come in a POST, make one page, and are forgotten."""
    current = library()
    if not current.is_ready:
        return not_ready(request)
    context: dict[str, Any] = {"library": current}
    if request.method != "POST":
        return render(request, "therapies/search.html", context)
    form = SearchForm(request.POST)
    context |= {"form": form, "q": request.POST.get("q", "")}
    if not form.is_valid():
        return render(request, "therapies/search.html", context, status=422)
    found = current.index.search(form.cleaned_data["q"])
    pages = []
    for one in found.pages:
        slug = one.edition.content.slug
        address = _address(slug)
        if one.on_list:
            address = reverse("new-visit") + (f"?therapy={slug}" if one.edition.content.kind == "therapy" else "")
        pages.append((one, address))
    return render(request, "therapies/search.html", context | {"found": found, "pages": pages})


def public_pages(current: Library) -> dict[str, date | None]:
    """The address of every page that says the same to everybody, with the day its words last changed, where we know it."""
    newest = max((edition.published_on for edition in current.editions.values()), default=None)
    pages: dict[str, date | None] = {reverse(name): newest for name in ("home", "therapies", "sources", "about")}
    for slug, edition in current.editions.items():
        pages |= {_address(slug): edition.published_on, _address(slug, "editions"): edition.published_on}
    return pages | {reverse(name): None for name in ("privacy", "accessibility")}


@require_safe
@made_once
def sitemap(request: HttpRequest) -> HttpResponse:
    """The addresses that search engines may show: all pages, and the forms."""
    current = library()
    forms = ("new-visit", "check") if current.makes_lists else ("check",)
    found = public_pages(current) | {reverse(form): None for form in forms}
    pages = {settings.SITE_URL + path: day for path, day in found.items()}
    return render(request, "sitemap.xml", {"pages": pages}, content_type="application/xml")


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """What search engines may read. Private pages say "noindex" themselves: to be heard, they must not be forbidden."""
    lines = ["User-agent: *", "Disallow: /admin/", "", f"Sitemap: {settings.SITE_URL}/sitemap.xml", ""]
    return HttpResponse("\n".join(lines), content_type="text/plain")


@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker. It stands at the root, since one can only answer for addresses below its own."""
    response = render(request, "sw.js", content_type="text/javascript")
    response["Cache-Control"] = "no-cache"
    return response


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


def no_right(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Staff, whose account may not do this."""
    return render(request, "403.html", {"no_right": True}, status=403)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "400.html", status=400)


def broken(request: HttpRequest) -> HttpResponse:
    """What nobody expected; or the database, where no page of its own says so, as in the admin: it is away, or somebody
    else held for too long what this needed. Then nothing of this request was stored, and it can be sent again."""
    if isinstance(sys.exception(), OperationalError | InterfaceError):
        return not_ready(request)
    return server_error(request)
