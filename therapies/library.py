"""The newest edition of everything, typed, in memory, with the pages made from it.

Public pages are made once from here and served as bytes. The process looks whether something newer was published at most
every few seconds; when the database is away, what it has goes on being served.
"""

import gzip
import hashlib
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps

from django.db import DatabaseError
from django.db.models import Max
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.http import quote_etag

from therapies import content
from therapies.models import Edition

CHECK_SECONDS = 3
LANGUAGE = "en-US"
GUIDE = "guide"
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Page:
    body: bytes
    zipped: bytes
    etag: str
    content_type: str


@dataclass(frozen=True)
class Library:
    """`newest` is the highest edition id, which names this state of the content."""

    newest: int
    editions: dict[str, content.Edition]
    pages: dict[str, Page] = field(default_factory=dict)

    @property
    def therapies(self) -> list[content.Edition]:
        return [edition for edition in self.editions.values() if edition.content.kind == "therapy"]

    @property
    def guide(self) -> content.Edition | None:
        return self.editions.get(GUIDE)


def typed(row: Edition) -> content.Edition:
    return content.Edition(
        content=content.from_json(row.content),
        number=row.number,
        published_on=timezone.localdate(row.published_at),
    )


def _read() -> Library:
    rows = Edition.objects.live().filter(subject__language=LANGUAGE).select_related("subject")
    rows = rows.order_by("subject__order", "subject__name")
    return Library(
        newest=max((row.pk for row in rows), default=0),
        editions={row.subject.slug: typed(row) for row in rows},
    )


_library = Library(newest=0, editions={})
_looked_at = float("-inf")


def library() -> Library:
    """The library as of at most CHECK_SECONDS ago."""
    global _library, _looked_at
    now = time.monotonic()
    if now - _looked_at < CHECK_SECONDS:
        return _library
    _looked_at = now
    try:
        newest = Edition.objects.aggregate(newest=Max("pk"))["newest"] or 0
        if newest != _library.newest:
            _library = _read()
    except DatabaseError:
        logger.exception("The database does not answer; what was published before goes on being served.")
    return _library


def forget() -> None:
    """Read everything again at the next request, whatever the time: for whoever just published here, and for tests."""
    global _library, _looked_at
    _library, _looked_at = Library(newest=0, editions={}), float("-inf")


def made_once(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """For a view whose page depends on its path and the library alone: rendered once for each state of the library,
    then served as bytes, compressed where the browser takes it, or as 304."""

    @wraps(view)
    def serve(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        current = library()
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
        zipped = "gzip" in request.headers.get("Accept-Encoding", "")
        etag = quote_etag(f"{page.etag}-{'gz' if zipped else 'id'}")
        response = HttpResponse(page.zipped if zipped else page.body, content_type=page.content_type)
        response["ETag"] = etag
        response["Cache-Control"] = "public, max-age=60, stale-while-revalidate=600, stale-if-error=86400"
        if zipped:
            response["Content-Encoding"] = "gzip"
        patch_vary_headers(response, ["Accept-Encoding"])
        return get_conditional_response(request, etag, response=response) or response

    return serve
