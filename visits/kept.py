"""Kept visits: a checklist at a private address, and what people do to it. No account; who has the link has the list.

The token stands in the address alone: never in a log line of ours, a referrer, a cache or another page. An unknown, a
deleted and an expired link get the same answer.

Whoever changes a visit takes a turn: one transaction that holds its row. So two who change it at once come one after the
other, and what fails half-way has changed nothing.
"""

import datetime as dt
import json
import logging
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, wraps
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import Error, transaction
from django.db.models import Value
from django.db.models.functions import Greatest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_POST, require_safe

from msinfusion.same_site import same_site
from therapies import models
from therapies.content import Edition, Notice
from therapies.library import CLINIC, GUIDE, PATIENCE_SECONDS, edition_of, library
from therapies.pages import bars
from therapies.vocabulary import PHASES
from visits.checklist import Answers, Checklist, build
from visits.forms import VisitForm
from visits.ics import ics
from visits.limits import LONGEST_NOTE, LONGEST_OWN, MOST_CHANGES, MOST_OWN
from visits.living import News, lines_of, news, with_safety
from visits.models import Change, Visit, VisitQuerySet, hashed, new_token
from visits.paper import make_card, make_nurse_page, make_sheets
from visits.plan import NOTHING, Plan, State, last_dated, make_plan
from visits.views import checklist, no_list, words_on

logger = logging.getLogger(__name__)


class Refused(Exception):
    """Says, in a sentence for the person, why this can't be done. Nothing was stored."""

    status = 422


class Overtaken(Refused):
    """Somebody else changed the same since the page was shown."""

    status = 409


@dataclass(frozen=True)
class Kept:
    """A kept visit as its owner or helper opened it. `pinned` are the editions that its list was made from, `newest` those in
    force. `away` are those of the pinned ones that no list is without and that were taken from readers; `clinic_away` tells
    of the clinic's own rules, which a list is made without."""

    visit: Visit
    token: str
    is_helper: bool
    states: dict[str, State]
    pinned: dict[str, Edition]
    newest: dict[str, Edition]
    away: tuple[Edition, ...]
    clinic_away: Notice | None
    answers: Answers

    @property
    def therapy(self) -> str:
        return str(self.visit.answers["therapy"])

    @property
    def address(self) -> str:
        """Where the owner, or the helper, opens this visit."""
        return settings.SITE_URL + reverse("visit", args=[self.token])

    @cached_property
    def change_address(self) -> str:
        """Where changes are sent, of which each line has several forms."""
        return reverse("change-visit", args=[self.token])

    @property
    def new_own(self) -> str:
        """A name for the next thing of one's own: sent twice, it is one thing."""
        return secrets.token_hex(4)

    def _build(self, editions: dict[str, Edition]) -> Checklist:
        therapy, guide = editions[self.therapy], editions[GUIDE]
        zone = ZoneInfo(settings.TIME_ZONE)
        return build(therapy, guide, self.answers, timezone.localdate(), zone, editions.get(CLINIC))

    @cached_property
    def made(self) -> Checklist:
        """The list in the words it was made from, but with every safety item as it is now."""
        return self._build(with_safety(self.pinned, self.newest))

    @cached_property
    def news(self) -> tuple[News, ...]:
        """What changed on this list since."""
        if self.numbers(self.pinned) == self.numbers(self.newest):
            return ()
        lines = lines_of(self._build(self.pinned))
        if self.can_renew:
            lines |= lines_of(self._build(self.newest))
        return news(self.pinned, self.newest, lines)

    @property
    def can_renew(self) -> bool:
        """Whether the newest editions make a list for this visit."""
        therapy = self.newest.get(self.therapy)
        return GUIDE in self.newest and therapy is not None and therapy.content.stage(self.answers.stage) is not None

    @property
    def newest_words(self) -> str:
        """Names the newest editions, so that nobody takes over words other than those shown."""
        return " ".join(f"{slug}-{number}" for slug, number in sorted(self.numbers(self.newest).items()))

    @staticmethod
    def numbers(editions: dict[str, Edition]) -> dict[str, int]:
        return {slug: edition.number for slug, edition in editions.items()}

    @property
    def changed_lines(self) -> int:
        return sum(len(one.changes) for one in self.news)


def states_of(visit: Visit) -> dict[str, State]:
    """How everything about a visit stands, from one query."""
    found: dict[str, State] = {}
    for change in visit.changes.order_by("number"):
        before = found.get(change.about, NOTHING).value
        on = timezone.localdate(change.made_at)
        found[change.about] = State(change.value, change.number, on, change.by_helper, before)
    return found


def as_answers(kept: dict[str, object], states: dict[str, State]) -> Answers:
    """What was answered, on the day to which the visit was moved since."""
    moved = states.get("date", NOTHING).value
    day, time = moved.split(" ") if moved else (str(kept["date"]), str(kept["time"] or ""))
    return Answers(
        stage=str(kept["stage"]),
        date=dt.date.fromisoformat(day),
        time=dt.time.fromisoformat(time) if time else None,
        setting=str(kept["setting"]) if kept["setting"] else None,
        location=str(kept["location"]) if kept["location"] else None,
        situations=frozenset(kept["situations"]),  # type: ignore[call-overload]
    )


def private(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """For a page whose address is a secret: nobody keeps it, follows it or finds it. While the database is away, people are
    told so, and that nothing was stored. It comes compressed, with random bytes, so that its size gives nothing away."""

    @wraps(view)
    @gzip_page
    @sensitive_post_parameters()
    @same_site
    def serve(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        try:
            response = view(request, *args, **kwargs)
        except Error as error:
            # By its name alone: what a database says of an error may hold what somebody wrote.
            logger.error("The database does not answer; a kept list can't be reached (%s).", type(error).__name__)
            response = _unreachable(request)
        response["Cache-Control"] = "no-store"
        response["X-Robots-Tag"] = "noindex, nofollow"
        return response

    return serve


def _gone(request: HttpRequest) -> HttpResponse:
    return render(request, "visits/gone.html", status=404)


def _typed(request: HttpRequest) -> str:
    """What somebody wrote, to show it back where it was not stored."""
    return request.POST.get("value" if request.POST.get("about", "").startswith("note:") else "text", "")


def _unreachable(request: HttpRequest) -> HttpResponse:
    """While the database is away. What was sent stands there, to be sent again; nothing of it was stored."""
    part = "#line" if request.htmx else ""  # type: ignore[attr-defined]
    context = {"typed": _typed(request)}
    response = render(request, f"visits/unreachable.html{part}", context, status=503)
    response["Retry-After"] = str(PATIENCE_SECONDS)
    if part:
        response["HX-Retarget"], response["HX-Reswap"] = "closest li", "beforeend"
    return response


def opened(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Find the visit of a token, for its owner or its helper. `kept` is handed to the view in place of the token."""

    def serve(request: HttpRequest, token: str, visits: VisitQuerySet) -> HttpResponse:
        secret, today = hashed(token), timezone.localdate()
        visit = visits.of(secret).first()
        if visit is None:
            return _gone(request)
        if visit.is_over(today):
            visit.delete()
            return _gone(request)
        try:
            kept = _kept(visit, token, states_of(visit), is_helper=visit.helper_hash == secret)
        except models.Edition.DoesNotExist:
            logger.error("A kept visit names an edition that has no valid seal, or is not there.")
            return _unreachable(request)
        if visit.opened_on != today:
            visit.opened_on = today
            if not kept.away:
                visit.ends_on = max(visit.ends_on, Visit.end_after(last_dated(kept.made)))
            # Never sooner, also where the visit is moved at this moment.
            Visit.objects.filter(pk=visit.pk).update(opened_on=today, ends_on=Greatest("ends_on", Value(visit.ends_on)))
        return view(request, kept)

    @wraps(view)
    def find(request: HttpRequest, token: str) -> HttpResponse:
        if request.method != "POST":
            return serve(request, token, Visit.objects.all())
        len(request.POST)  # all of it is here before anybody else has to wait for this turn
        with transaction.atomic():
            return serve(request, token, Visit.objects.select_for_update())

    return find


def _kept(visit: Visit, token: str, states: dict[str, State], *, is_helper: bool) -> Kept:
    """Raises Edition.DoesNotExist where an edition that the list was made from can't be had."""
    current, therapy = library(), visit.answers["therapy"]
    pinned = {slug: edition_of(current, slug, number) for slug, number in visit.editions.items()}
    answers = as_answers(visit.answers, states)
    if pinned[therapy].content.stage(answers.stage) is None:
        pinned[therapy] = _without_its_stage(pinned[therapy], answers.stage)
    away = tuple(pinned[slug] for slug in (therapy, GUIDE) if pinned[slug].withdrawn)
    clinic_away = pinned[CLINIC].withdrawn if CLINIC in pinned else None
    if clinic_away:
        del pinned[CLINIC]
    newest = {slug: current.editions[slug] for slug in (therapy, GUIDE, CLINIC) if slug in current.editions}
    return Kept(visit, token, is_helper, states, pinned, newest, away, clinic_away, answers)


def _without_its_stage(edition: Edition, stage: str) -> Edition:
    """An edition of which this visit alone was withdrawn: of that visit there is no list, as if the page were away."""
    rows = models.Withdrawal.objects.filter(edition__subject__slug=edition.content.slug, key=stage)
    row = rows.latest("withdrawn_at")
    return replace(edition, withdrawn=Notice(row.words, row.reason, timezone.localdate(row.withdrawn_at)))


def _shows_the_list(view: Callable[[HttpRequest, Kept], HttpResponse]) -> Callable[[HttpRequest, Kept], HttpResponse]:
    """For a view that needs the list. While what it was made from is away, people are told so; nothing is lost."""

    @wraps(view)
    def show(request: HttpRequest, kept: Kept) -> HttpResponse:
        if not kept.away:
            return view(request, kept)
        if request.method != "POST":
            return render(request, "visits/away.html", {"kept": kept})
        more = {"refusal": _("What you just did was not saved."), "typed": _typed(request)}
        return render(request, "visits/away.html", {"kept": kept, **more}, status=503)

    return show


@require_POST
@private
def keep(request: HttpRequest) -> HttpResponse:
    """Turn the answers of a list into a kept visit, and go to its address. Answers of which no list can be made get what
    the form answers to them."""
    current = library()
    if not current.is_ready:
        return _unreachable(request)
    if current.guide is None:
        return no_list(request)
    form = VisitForm(request.POST, library=current, today=timezone.localdate())
    if not form.is_valid() or form.chosen is None:
        return checklist(request)
    answers, (day, time) = form.answers(), _day_and_time(form.cleaned_data)
    data = {
        "therapy": form.chosen.content.slug,
        "stage": answers.stage,
        "date": day,
        "time": time,
        "setting": answers.setting or "",
        "location": answers.location or "",
        "situations": form.cleaned_data["situations"],
    }
    used = {form.chosen.content.slug: form.chosen, GUIDE: current.guide, CLINIC: current.clinic}
    made = build(form.chosen, current.guide, answers, form.today, ZoneInfo(settings.TIME_ZONE), current.clinic)
    token = new_token()
    Visit.objects.create(
        owner_hash=hashed(token),
        answers=data,
        editions={slug: edition.number for slug, edition in used.items() if edition},
        opened_on=form.today,
        ends_on=Visit.end_after(max(last_dated(made), form.today)),  # also where everything is over already
    )
    return redirect("visit", token)


def _day_and_time(data: Mapping[str, Any]) -> tuple[str, str]:
    """Both as they are stored, in whatever way they were typed."""
    return data["date"].isoformat(), f"{data['time']:%H:%M}" if data["time"] else ""


def _back(kept: Kept) -> HttpResponse:
    return redirect("visit", kept.token)


def _page(request: HttpRequest, kept: Kept, template: str, status: int = 200, **more: object) -> HttpResponse:
    plan = make_plan(kept.made, kept.states)
    context = {"kept": kept, "plan": plan, "list": plan.list, "phases": PHASES, **more}
    return render(request, template, context, status=status)


@require_safe
@private
@opened
@_shows_the_list
def visit(request: HttpRequest, kept: Kept) -> HttpResponse:
    """What is now, what comes later, what is done."""
    return _page(request, kept, "visits/visit.html")


@require_safe
@private
@opened
@_shows_the_list
def whole(request: HttpRequest, kept: Kept) -> HttpResponse:
    """The whole list, to read and to print."""
    made, plan = kept.made, make_plan(kept.made, kept.states)
    context = {
        "list": made,
        "plan": plan,
        "sheets": make_sheets(plan),
        "card": make_card(made),
        "nurse": make_nurse_page(plan),
        "bar": bars((made.stage,)),
        "words": words_on(made, library()),
        "kept": kept,
    }
    return render(request, "visits/checklist.html", context)


@require_safe
@private
@opened
@_shows_the_list
def step(request: HttpRequest, kept: Kept) -> HttpResponse:
    """One thing at a time, with big targets: the first that is not done, or the nth."""
    at = _number(request.GET.get("n", ""))
    line = next(iter(make_plan(kept.made, kept.states).to_do[at:]), None)
    return _page(request, kept, "visits/step.html", at=at, line=line)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0


def _check(kept: Kept, about: str, value: str, plan: Plan) -> None:
    """Raises Refused where this can't be said about this list."""
    kind, box = about.partition(":")[::2]
    boxes = {line.box for line in (*plan.lines, *plan.removed)}
    keys = {line.key for line in plan.lines}
    if kind == "done":
        if box not in boxes or value not in ("", "1"):
            raise Refused(_("This thing is not on your list any more. Look at the list again."))
    elif kind == "note":
        if box not in keys:
            raise Refused(_("This thing is not on your list any more. Look at the list again."))
        if len(value) > LONGEST_NOTE:
            words = _("A note has at most %(most)s characters. Yours has %(number)s. Make it shorter.")
            raise Refused(words % {"most": _thousands(LONGEST_NOTE), "number": _thousands(len(value))})
    elif kind == "own":
        own = sum(line.entry is None for line in plan.lines)
        if not box.isascii() or not box.isalnum() or len(about) > 20:
            raise Refused(_("This thing is not on your list any more. Look at the list again."))
        if value and own >= MOST_OWN and not kept.states.get(about, NOTHING).value:
            words = _("A list holds at most %(most)s things of your own. Take one away first.")
            raise Refused(words % {"most": _thousands(MOST_OWN)})
    else:
        raise Refused(_("We could not read that. Look at the list again."))


def _thousands(number: int) -> str:
    return number_format(number, force_grouping=True)


def _write(kept: Kept, about: str, number: int, value: str) -> Kept:
    """Add a change, in a turn of its own: nobody else changes anything until it is over, so what comes of it need not be
    asked for. Raises Overtaken where somebody else changed the same since the page was shown; what holds already is said
    again without harm."""
    there = kept.states.get(about, NOTHING)
    if there.value == value:
        return kept
    if number != there.number + 1:
        raise Overtaken(_("Somebody changed this meanwhile. Here is how it stands now."))
    if sum(state.number for state in kept.states.values()) >= MOST_CHANGES:
        raise Refused(_("This list was changed too often. Make a new one."))
    made = Change.objects.create(visit=kept.visit, about=about, number=number, value=value, by_helper=kept.is_helper)
    state = State(value, number, timezone.localdate(made.made_at), kept.is_helper, there.value)
    return _again(kept, kept.states | {about: state})


def _own_value(request: HttpRequest, there: State) -> str:
    """One's own thing as it is stored; nothing where it is taken away, what it was where it is put back."""
    if "remove" in request.POST:
        return ""
    if "back" in request.POST:
        return there.before
    text = " ".join(request.POST.get("text", "").replace("\0", " ").split())
    phase = request.POST.get("phase", "")
    if not text:
        raise Refused(_("Say what there is to do."))
    if len(text) > LONGEST_OWN:
        words = _("One thing has at most %(most)s characters. Yours has %(number)s. Make it shorter.")
        raise Refused(words % {"most": _thousands(LONGEST_OWN), "number": _thousands(len(text))})
    if phase not in PHASES:
        raise Refused(_("Choose when it is to be done."))
    return json.dumps({"text": text, "phase": phase}, ensure_ascii=False)


@require_POST
@private
@opened
@_shows_the_list
def change(request: HttpRequest, kept: Kept) -> HttpResponse:
    """Tick, untick, note, add and take away. Each says which change of its thing it is, so that nothing is lost."""
    about, digits = request.POST.get("about", "")[:80], request.POST.get("number", "")
    value = request.POST.get("value", "").replace("\r\n", "\n").replace("\0", "").strip()
    plan = make_plan(kept.made, kept.states)
    try:
        if about.startswith("own:"):
            value = _own_value(request, kept.states.get(about, NOTHING))
        _check(kept, about, value, plan)
        changed = _write(kept, about, _number(digits), value)
    except Refused as refusal:
        return _changed(request, kept, about, refusal.status, refusal=str(refusal), typed=_typed(request))
    if "step" in request.POST:
        return redirect(f"{reverse('visit-step', args=[kept.token])}?n={_number(request.POST['step'])}")
    if not request.htmx:  # type: ignore[attr-defined]
        box = about.partition(":")[2] if not about.startswith("own:") else about
        return redirect(f"{reverse('visit', args=[kept.token])}#i-{box}")
    return _changed(request, changed, about)


def _changed(request: HttpRequest, kept: Kept, about: str, status: int = 200, **more: object) -> HttpResponse:
    """For htmx, every line that a change was about, put in place of what stands there; else, or where there is none, the
    whole page."""
    box = about if about.startswith("own:") else about.partition(":")[2]
    lines = [line for line in make_plan(kept.made, kept.states).lines if box in (line.box, line.key)]
    more["about"] = about
    if request.htmx and lines:  # type: ignore[attr-defined]
        return _page(request, kept, "visits/visit.html#changed", status, lines=lines, swap=True, **more)
    response = _page(request, kept, "visits/visit.html", status, **more)
    response["HX-Retarget"], response["HX-Reswap"] = "body", "innerHTML show:window:top"
    return response


def _again(kept: Kept, states: dict[str, State]) -> Kept:
    """The same visit as it is now, where everything about it stands so."""
    return _kept(kept.visit, kept.token, states, is_helper=kept.is_helper)


@require_POST
@private
@opened
@_shows_the_list
def move(request: HttpRequest, kept: Kept) -> HttpResponse:
    """Another date for the visit: every window moves, ticks stay. Only the owner can."""
    if kept.is_helper:
        refusal = _("Only the owner of this list can move the visit.")
        return _page(request, kept, "visits/visit.html", 403, refusal=refusal)
    given = {**kept.visit.answers, "date": request.POST.get("date", ""), "time": request.POST.get("time", "")}
    form = VisitForm(given, library=library(), today=timezone.localdate())
    problems = [str(error) for name in ("date", "time") for error in form.errors.get(name, [])]
    if problems:
        return _page(request, kept, "visits/visit.html", 422, refusal=" ".join(problems))
    there = kept.states.get("date", NOTHING)
    moved = " ".join(_day_and_time(form.cleaned_data))
    try:
        fresh = _write(kept, "date", there.number + 1, moved)
    except Refused as refused:
        return _page(request, kept, "visits/visit.html", 422, refusal=str(refused))
    fresh.visit.ends_on = Visit.end_after(last_dated(fresh.made))
    fresh.visit.save(update_fields=["ends_on"])
    return _back(kept)


@require_POST
@private
@opened
def renew(request: HttpRequest, kept: Kept) -> HttpResponse:
    """Take over the words in force, those that the page showed. Ticks and notes belong to things and stay."""
    refusal = ""
    if not kept.can_renew:
        refusal = _("Our newest words have no list for this visit. Make a new one.")
    elif request.POST.get("words") != kept.newest_words:
        refusal = _("The words changed once more meanwhile. Here they are. Look at them again.")
    if refusal and kept.away:
        return render(request, "visits/away.html", {"kept": kept, "refusal": refusal}, status=409)
    if refusal:
        return _page(request, kept, "visits/visit.html", 409, refusal=refusal)
    kept.visit.editions = Kept.numbers(kept.newest)
    fresh = _again(kept, kept.states)
    fresh.visit.ends_on = Visit.end_after(last_dated(fresh.made))
    fresh.visit.save(update_fields=["editions", "ends_on"])
    return _back(kept)


@require_POST
@private
@opened
@_shows_the_list
def calendar(request: HttpRequest, kept: Kept) -> HttpResponse:
    """The days of this list as a calendar file. Brought in again after a change, it changes what is there."""
    current = library()
    parts = [current.editions.get(slug) or current.withdrawn.get(slug) for slug in (kept.therapy, GUIDE, CLINIC)]
    # Only ever grows: with every move, and with every edition, since new words may bring new days.
    sequence = kept.states.get("date", NOTHING).number + sum(edition.number - 1 for edition in parts if edition)

    def uid(box: str) -> str:
        return salted_hmac("visits.ics", f"{kept.visit.pk}:{box}", algorithm="sha256").hexdigest()[:32]

    plan = make_plan(kept.made, kept.states)
    body = ics(plan, uid=uid, sequence=sequence, stamp=timezone.now(), named="named" in request.POST)
    if not body:
        return _page(request, kept, "visits/visit.html", 422, refusal=_("No day is left to put into a calendar."))
    response = HttpResponse(body, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="visit.ics"'
    return response


@require_POST
@private
@opened
@_shows_the_list
def helper(request: HttpRequest, kept: Kept) -> HttpResponse:
    """Make a link for a helper, or end it. A new link ends the one before. The link is shown once, on the answer."""
    if kept.is_helper:
        refusal = _("Only the owner of this list can make or end links.")
        return _page(request, kept, "visits/visit.html", 403, refusal=refusal)
    token = "" if "end" in request.POST else new_token()
    kept.visit.helper_hash = hashed(token) if token else None
    kept.visit.save(update_fields=["helper_hash"])
    link = settings.SITE_URL + reverse("visit", args=[token]) if token else ""
    return _page(request, kept, "visits/visit.html", link=link)


@require_POST
@private
@opened
def delete(request: HttpRequest, kept: Kept) -> HttpResponse:
    """Ask once, then delete the visit and all that was done to it. Only the owner can."""
    if kept.is_helper:
        if kept.away:
            return render(request, "visits/away.html", {"kept": kept}, status=403)
        return _page(request, kept, "visits/visit.html", 403, refusal=_("Only the owner of this list can delete it."))
    if "sure" not in request.POST:
        return render(request, "visits/delete.html", {"kept": kept})
    kept.visit.delete()
    return render(request, "visits/deleted.html")
