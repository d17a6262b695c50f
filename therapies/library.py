"""The newest sealed edition of everything, typed, in memory, with the pages made from it.

Public pages are made once from here and served as bytes. The process looks whether something newer was published, reviewed
or withdrawn at most every few seconds; when the database is away, what it has goes on being served, and a process that has
nothing yet serves the reserve.
"""

import gzip
import hashlib
import logging
import re
import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cached_property, wraps

import brotli
from django.db import Error
from django.db.models import Count, Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.http import quote_etag

from therapies import content, reserve
from therapies.glossary import Glossary
from therapies.models import Edition, Review, Seal, Subject, Withdrawal, in_force
from therapies.search import Index
from therapies.vocabulary import LANGUAGE

CHECK_SECONDS = 3
PATIENCE_SECONDS = 30  # after the database did not answer
RESERVE_SECONDS = 3600  # after which the reserve is written again, so that it counts for another day
GUIDE, CLINIC = "guide", "clinic"
COMPRESS: dict[str, Callable[[bytes], bytes]] = {  # the smaller one first
    "br": brotli.compress,
    "gzip": lambda body: gzip.compress(body, mtime=0),
}
TAKES = {name: re.compile(rf"(?:^|[\s,]){name}(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$)|\w)") for name in COMPRESS}
NOTICE_DAYS = 365  # how long readers are told of what was withdrawn and has not come back
State = tuple[int, int, int, int, str, date | None]
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Page:
    """`bodies` are its bytes by encoding; "" is plain."""

    bodies: dict[str, bytes]
    etag: str
    content_type: str


@dataclass(frozen=True)
class Answer:
    """All of an answer to everybody, as WSGI has it."""

    status: str
    headers: list[tuple[str, str]]
    body: bytes


@dataclass(frozen=True)
class Library:
    """`state` is the highest id and the number of editions, the numbers of reviews and of withdrawals, a seal, and today.
    Editions are only ever added, so it names what is published, also where two were added at once and came in the other
    order; seals change all together. `editions` are all that readers may have now; a page that was withdrawn is in
    `withdrawn` instead. A draft is the working copy, for staff alone."""

    state: State
    editions: dict[str, content.Edition]
    withdrawn: dict[str, content.Edition] = field(default_factory=dict)
    is_draft: bool = False
    pages: dict[str, Page] = field(default_factory=dict)
    given: dict[Hashable, Answer] = field(default_factory=dict)  # see msinfusion/front.py
    earlier: dict[tuple[str, int], content.Edition] = field(default_factory=dict)  # those of lists made before

    @property
    def makes_lists(self) -> bool:
        """Whether a checklist can be made: every one needs the guide."""
        return self.guide is not None and self.is_ready

    @property
    def is_ready(self) -> bool:
        """Whether there is something to serve: the guide and a therapy at least, or word that they were withdrawn."""
        kinds = {edition.content.kind for edition in (*self.editions.values(), *self.withdrawn.values())}
        return kinds >= {"guide", "therapy"}

    @property
    def therapies(self) -> list[content.Edition]:
        return [edition for edition in self.editions.values() if edition.content.kind == "therapy"]

    @property
    def withdrawn_therapies(self) -> list[content.Edition]:
        return [edition for edition in self.withdrawn.values() if edition.content.kind == "therapy"]

    @property
    def sourced(self) -> list[content.Edition]:
        """All but the clinic's own edition, which needs no source."""
        return [edition for edition in self.editions.values() if edition.content.kind != "clinic"]

    @cached_property
    def index(self) -> Index:
        """All of it, ready to be searched; made at the first search."""
        return Index(self.editions.values())

    @cached_property
    def glossary(self) -> Glossary:
        """The words that the guide in force explains; none while there is no guide."""
        return Glossary(self.guide.content if self.guide else None)

    def glossary_of(self, shown: content.Content) -> Glossary:
        """The words to explain on a page: the guide explains its own, a therapy has those of the guide in force."""
        return Glossary(shown) if shown.kind == "guide" else self.glossary

    @property
    def any_checked(self) -> bool:
        return any(edition.checked for edition in self.sourced)

    @property
    def guide(self) -> content.Edition | None:
        return self.editions.get(GUIDE)

    @property
    def clinic(self) -> content.Edition | None:
        return self.editions.get(CLINIC)


def _notices(edition: Edition, kept: set[str], today: date) -> tuple[content.Notice, ...]:
    """What was withdrawn of this edition and those before it, and has not come back."""
    since = today - timedelta(days=NOTICE_DAYS)
    rows = Withdrawal.objects.filter(
        edition__subject=edition.subject, edition__number__lte=edition.number, withdrawn_at__date__gt=since
    )
    newest = {row.key: row for row in rows.exclude(key="").order_by("withdrawn_at") if row.key not in kept}
    return tuple(_notice(row) for row in newest.values())


def _notice(row: Withdrawal) -> content.Notice:
    return content.Notice(row.words, row.reason, timezone.localdate(row.withdrawn_at))


def typed(row: Edition) -> content.Edition:
    """An edition with how many of its lines, in exactly these words, a clinician has checked, and who; and what was
    withdrawn of it."""
    read = row.served()
    today = timezone.localdate()
    reviews = list(Review.objects.filter(subject=row.subject).select_related("reviewed_by").order_by("-reviewed_at"))
    prints = content.line_fingerprints(read) if reviews else {}
    fitting = [review for review in reviews if prints.get(review.key) == review.fingerprint]
    reviewer = getattr(row.published_by, "reviewer", None)
    away = row.page_withdrawal
    return content.Edition(
        content=read,
        number=row.number,
        published_on=timezone.localdate(row.published_at),
        checked=len({review.key for review in fitting}),
        checked_by=tuple(dict.fromkeys(str(review.reviewed_by) for review in fitting)),
        published_by=str(reviewer or ""),
        change_kind=row.change_kind,
        change_note=row.change_note,
        review_again_on=row.review_again_on,
        overdue=row.review_again_on is not None and row.review_again_on < today,
        notices=_notices(row, {line.key for line in read.lines()}, today),
        withdrawn=_notice(away) if away else None,
    )


def _withdrawn_since(row: Edition, held: content.Content, newest: content.Edition) -> dict[str, content.Notice]:
    """What was withdrawn since of what an edition holds, by key, the whole page under "", unless readers have the very same
    words again."""
    then = content.line_fingerprints(held)
    now = {} if newest.withdrawn else content.line_fingerprints(newest.content)
    found: dict[str, content.Notice] = {}
    rows = Withdrawal.objects.filter(edition__subject=row.subject, edition__number__gte=row.number)
    for withdrawal in rows.order_by("withdrawn_at"):
        key = withdrawal.key
        still_held = key in then and then[key] != now.get(key)
        if withdrawal.edition_id == row.pk or not key or still_held:
            found[key] = replace(_notice(withdrawal), is_back=key in now)
    return found


def past(row: Edition, newest: content.Edition) -> content.Edition:
    """An edition as it was, with word of what was withdrawn since of what it holds, unless readers have the very same
    words again. It is never overdue: a newer one is."""
    edition = typed(row)
    since = _withdrawn_since(row, edition.content, newest)
    notices = {(n.words, n.reason, n.on): n for n in (*edition.notices, *since.values())}
    return replace(edition, notices=tuple(notices.values()), overdue=False)


def edition_of(current: Library, slug: str, number: int) -> content.Edition:
    """An edition that a list was made from, without the lines that were withdrawn since; withdrawn itself where the whole
    page was since. Raises Edition.DoesNotExist where no sealed one has this number."""
    newest = current.editions.get(slug) or current.withdrawn.get(slug)
    if newest and newest.number == number:
        return newest
    if (slug, number) in current.earlier:
        return current.earlier[slug, number]
    rows = Edition.objects.select_related("subject", "published_by__reviewer")
    row = rows.get(subject__slug=slug, subject__language=LANGUAGE, number=number)
    if newest is None or not row.is_sealed:
        raise Edition.DoesNotExist
    edition = past(row, newest)
    since = _withdrawn_since(row, edition.content, newest)
    edition = replace(edition, content=content.without(edition.content, set(since)), withdrawn=since.get(""))
    current.earlier[slug, number] = edition
    return edition


def _read(state: State) -> Library:
    """What is in force. An edition without its seal is not served, and said so in the log; the one before it is."""
    in_order = []
    for subject in Subject.objects.filter(language=LANGUAGE).order_by("order", "name"):
        row = in_force(subject)
        newest = subject.editions.values_list("number", flat=True).first()
        if newest and (row is None or newest != row.number):
            logger.error(
                "%s, edition %s is not served: it has no valid seal. It was not published by this site, or was changed, or "
                "SECRET_KEY is another one now (then: manage.py reseal).",
                subject,
                newest,
            )
        if row:
            in_order.append(typed(row))
    return _library_of(in_order, state)


def _library_of(editions: list[content.Edition], state: State) -> Library:
    return Library(
        state=state,
        editions={edition.content.slug: edition for edition in editions if not edition.withdrawn},
        withdrawn={edition.content.slug: edition for edition in editions if edition.withdrawn},
    )


NOTHING: State = (0, 0, 0, 0, "", None)
_library = Library(state=NOTHING, editions={})
_look_at = _reserve_at = float("-inf")
_looking = threading.Lock()


def library() -> Library:
    """The library as of at most CHECK_SECONDS ago, or as it was when the database last answered."""
    if time.monotonic() < _look_at:
        return _library
    # One looks, the others go on with what is there; while nothing is, they wait.
    if _looking.acquire(blocking=not _library.is_ready):
        try:
            if time.monotonic() >= _look_at:
                _look()
        finally:
            _looking.release()
    return _library


def _look() -> None:
    global _library, _look_at, _reserve_at
    patience = PATIENCE_SECONDS
    try:
        found = Edition.objects.aggregate(newest=Max("pk"), count=Count("pk"))
        added = (Review.objects.count(), Withdrawal.objects.count())
        seal = Seal.objects.aggregate(greatest=Max("signature"))["greatest"] or ""
        state = (found["newest"] or 0, found["count"], *added, seal, timezone.localdate())
        if state != _library.state:
            _library, _reserve_at = _read(state), float("-inf")
        if _library.is_ready and time.monotonic() >= _reserve_at:
            reserve.write([*_library.editions.values(), *_library.withdrawn.values()])
            _reserve_at = time.monotonic() + RESERVE_SECONDS
        patience = CHECK_SECONDS
    except Error:
        logger.exception("The database does not answer; what was published before goes on being served.")
        if not _library.is_ready:
            _library = _library_of(reserve.read(), NOTHING)
        if not _library.is_ready:
            patience = CHECK_SECONDS
    except (TypeError, KeyError):
        logger.exception("An edition can't be read by this release; what was read before goes on being served.")
    _look_at = time.monotonic() + patience


def given_before() -> dict[Hashable, Answer] | None:
    """Answers that hold now; none while it is time to look whether something is new."""
    return _library.given if time.monotonic() < _look_at else None


def encoding_for(accepted: str) -> str:
    """How a page goes to a browser that sent this Accept-Encoding; "" is plain."""
    return next((name for name, takes in TAKES.items() if takes.search(accepted)), "")


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
            bodies = {"": body} | {name: compress(body) for name, compress in COMPRESS.items()}
            page = Page(bodies, hashlib.sha256(body).hexdigest()[:20], response["Content-Type"])
            current.pages[request.path] = page
        encoding = encoding_for(request.headers.get("Accept-Encoding", ""))
        etag = quote_etag(f"{page.etag}-{encoding or 'id'}")
        response = HttpResponse(page.bodies[encoding], content_type=page.content_type)
        response["ETag"] = etag
        response["Cache-Control"] = "public, max-age=60, stale-while-revalidate=600, stale-if-error=86400"
        if encoding:
            response["Content-Encoding"] = encoding
        patch_vary_headers(response, ["Accept-Encoding"])
        answer: HttpResponse = get_conditional_response(request, etag, response=response) or response
        answer.is_for_everybody = True  # type: ignore[attr-defined]
        return answer

    return serve
