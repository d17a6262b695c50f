"""Is a printed list still right? A code names a visit and its editions, and nothing of the person."""

from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from msinfusion.same_site import same_site
from therapies import models
from therapies.content import Edition, Stage
from therapies.library import CLINIC, GUIDE, Library, edition_of, library, logger, not_ready
from visits.codes import Code, is_of, read
from visits.limits import LONGEST_CODE
from visits.living import lines_for, news


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@same_site
def check(request: HttpRequest) -> HttpResponse:
    """Where a code is typed."""
    typed = request.POST.get("code", "")[:LONGEST_CODE]
    if request.method != "POST":
        return render(request, "visits/check.html")
    code = read(typed)
    return redirect("check-sheet", code.text) if code else _unknown(request, typed, 422)


def _unknown(request: HttpRequest, typed: str, status: int = 404) -> HttpResponse:
    return render(request, "visits/check.html", {"unknown": True, "typed": typed}, status=status)


def _visit_of(current: Library, code: Code) -> tuple[Stage, dict[str, Edition]] | None:
    """The visit that a code names, and the editions that its sheet was made from."""
    numbers = {GUIDE: code.guide} | ({CLINIC: code.clinic} if code.clinic else {})
    for newest in (*current.therapies, *current.withdrawn_therapies):
        slug = newest.content.slug
        try:
            therapy = edition_of(current, slug, code.therapy)
            stage = next((stage for stage in therapy.content.stages if is_of(code, slug, stage.key)), None)
            if stage:
                return stage, {slug: therapy} | {name: edition_of(current, name, n) for name, n in numbers.items()}
        except models.Edition.DoesNotExist:
            continue
    return None


@require_safe
@never_cache
def sheet(request: HttpRequest, code: str) -> HttpResponse:
    """Whether the words of a printed list have changed since, and exactly what."""
    current, said = library(), read(code[:LONGEST_CODE])
    if not current.is_ready:
        return not_ready(request)
    try:
        found = _visit_of(current, said) if said else None
    except Error:
        logger.exception("The database does not answer; a printed list can't be checked.")
        return not_ready(request)
    if found is None:
        return _unknown(request, code)
    stage, printed = found
    slug = next(iter(printed))
    newest = {name: current.editions[name] for name in printed if name in current.editions}
    lines = lines_for(stage, printed[slug].content, [e.content for side in (printed, newest) for e in side.values()])
    changed = news(printed, newest, lines)
    notices = [n for e in printed.values() for n in e.notices if n.words and n.on >= e.published_on]
    context = {
        "code": code,
        "stage": stage,
        "therapy": printed[slug],
        "printed": list(printed.values()),
        "newest": newest.values(),
        "away": [edition for edition in printed.values() if edition.withdrawn],
        "news": changed,
        "number": sum(len(one.changes) for one in changed) + len(notices),
        "notices": {"notices": notices},
        "stage_is_gone": slug in newest and newest[slug].content.stage(stage.key) is None,
        "can_print": slug in newest and GUIDE in newest,
    }
    return render(request, "visits/check.html", context)
