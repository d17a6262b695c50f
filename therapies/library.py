"""The newest edition of everything, typed, in memory, with the pages made from it.

Public pages are made once from here and served as bytes. The process looks whether something newer was published at most
every few seconds; when the database is away, what it has goes on being served.
"""

import gzip
import hashlib
import logging
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps

from django.db import Error
from django.db.models import Count, Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.http import quote_etag

from therapies import content
from therapies.models import Edition, Review

CHECK_SECONDS = 3
PATIENCE_SECONDS = 30  # after the database did not answer
LANGUAGE = "en-US"
GUIDE = "guide"
TAKES_GZIP = re.compile(r"(?:^|[\s,])gzip(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))")
State = tuple[int, int]
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Page:
    body: bytes
    zipped: bytes
    etag: str
    content_type: str


@dataclass(frozen=True)
class Library:
    """`state` is the highest id and the number of editions: as editions are only ever added, it names what is published,
    also where two were added at once and came in the other order."""

    state: State
    editions: dict[str, content.Edition]
    pages: dict[str, Page] = field(default_factory=dict)

    @property
    def is_ready(self) -> bool:
        """Whether there is something to serve: the guide and a therapy at least."""
        return self.guide is not None and bool(self.therapies)

    @property
    def therapies(self) -> list[content.Edition]:
        return [edition for edition in self.editions.values() if edition.content.kind == "therapy"]

    @property
    def any_checked(self) -> bool:
        return any(edition.checked for edition in self.editions.values())

    @property
    def guide(self) -> content.Edition | None:
        return self.editions.get(GUIDE)


def typed(row: Edition) -> content.Edition:
    """An edition with how many of its lines, in exactly these words, a clinician has checked, and who."""
    read = content.from_json(row.content)
    reviews = list(Review.objects.filter(subject=row.subject).select_related("reviewed_by").order_by("-reviewed_at"))
    prints = content.line_fingerprints(read) if reviews else {}
    fitting = [review for review in reviews if prints.get(review.key) == review.fingerprint]
    return content.Edition(
        content=read,
        number=row.number,
        published_on=timezone.localdate(row.published_at),
        checked=len({review.key for review in fitting}),
        checked_by=tuple(dict.fromkeys(str(review.reviewed_by) for review in fitting)),
    )


def _read(state: State) -> Library:
    rows = Edition.objects.live().filter(subject__language=LANGUAGE).select_related("subject")
    rows = rows.order_by("subject__order", "subject__name")
    return Library(state=state, editions={row.subject.slug: typed(row) for row in rows})


NOTHING: State = (0, 0)
_library = Library(state=NOTHING, editions={})
_look_at = float("-inf")


def library() -> Library:
    """The library as of at most CHECK_SECONDS ago, or as it was when the database last answered."""
    global _library, _look_at
    if time.monotonic() < _look_at:
        return _library
    patience = PATIENCE_SECONDS
    try:
        found = Edition.objects.aggregate(newest=Max("pk"), count=Count("pk"))
        state = (found["newest"] or 0, found["count"])
        if state != _library.state:
            _library = _read(state)
        patience = CHECK_SECONDS
    except Error:
        logger.exception("The database does not answer; what was published before goes on being served.")
    except (TypeError, KeyError):
        logger.exception("An edition can't be read by this release; what was read before goes on being served.")
    _look_at = time.monotonic() + patience
    return _library


def look_again() -> None:
    """Look at the next request, whatever the time: for whoever just published in this process."""
    global _look_at
    _look_at = float("-inf")


def not_ready(request: HttpRequest) -> HttpResponse:
    """What readers get while nothing is published or nothing could be read yet."""
    response = render(request, "503.html", status=503)
    response["Retry-After"] = str(PATIENCE_SECONDS)
    response["Cache-Control"] = "no-store"
    return response


def made_once(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """For a view whose page depends on its path and the library alone: rendered once for each state of the library,
    then served as bytes, compressed where the browser takes it, or as 304."""

    @wraps(view)
    def serve(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        current = library()
        if not current.is_ready:
            return not_ready(request)
        page = current.pages.get(request.path)
        if page is None:
            response = view(request, *args, **kwargs)
            if response.status_code != 200:
                return response
            body = response.content
            page = Page(
                body, gzip.compress(body, mtime=0), hashlib.sha256(body).hexdigest()[:20], response["Content-Type"]
            )
            current.pages[request.path] = page
        zipped = TAKES_GZIP.search(request.headers.get("Accept-Encoding", "")) is not None
        etag = quote_etag(f"{page.etag}-{'gz' if zipped else 'id'}")
        response = HttpResponse(page.zipped if zipped else page.body, content_type=page.content_type)
        response["ETag"] = etag
        response["Cache-Control"] = "public, max-age=60, stale-while-revalidate=600, stale-if-error=86400"
        if zipped:
            response["Content-Encoding"] = "gzip"
        patch_vary_headers(response, ["Accept-Encoding"])
        return get_conditional_response(request, etag, response=response) or response

    return serve
