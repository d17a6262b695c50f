"""Kept visits: a checklist at a private address, and what people do to it. No account; who has the link has the list.

The token stands in the address alone: never in a log line of ours, a referrer, a cache or another page. An unknown, a
deleted and an expired link get the same answer.
"""

import datetime as dt
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from msinfusion.same_site import same_site
from therapies.content import PHASES, Edition
from therapies.library import GUIDE, edition_of, library
from therapies.pages import bars
from visits.checklist import Answers, Checklist, build
from visits.forms import VisitForm
from visits.models import Change, Visit, hashed, new_token
from visits.paper import make_card, make_sheets
from visits.plan import NOTHING, Line, Plan, State, last_dated, make_plan

LONGEST_NOTE, LONGEST_OWN = 1_000, 200  # characters
MOST_OWN, MOST_CHANGES = 100, 5_000


class Refused(Exception):
    """Says, in a sentence for the person, why this can't be done. Nothing was stored."""


@dataclass(frozen=True)
class Kept:
    """A kept visit as its owner or helper opened it."""

    visit: Visit
    token: str
    is_helper: bool
    states: dict[str, State]
    editions: dict[str, Edition]
    answers: Answers

    @property
    def new_own(self) -> str:
        """A name for the next thing of one's own: sent twice, it is one thing."""
        return secrets.token_hex(4)

    @property
    def made(self) -> Checklist:
        therapy, guide = self.editions[self.visit.answers["therapy"]], self.editions[GUIDE]
        zone = ZoneInfo(settings.TIME_ZONE)
        return build(therapy, guide, self.answers, timezone.localdate(), zone, self.editions.get("clinic"))


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
    """For a page whose address is a secret: nobody keeps it, follows it or finds it."""

    @wraps(view)
    @sensitive_post_parameters()
    @same_site
    def serve(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        response = view(request, *args, **kwargs)
        response["Cache-Control"] = "no-store"
        response["Referrer-Policy"] = "no-referrer"
        response["X-Robots-Tag"] = "noindex, nofollow"
        return response

    return serve


def _gone(request: HttpRequest) -> HttpResponse:
    return render(request, "visits/gone.html", status=404)


def opened(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Find the visit of a token, for its owner or its helper. `kept` is handed to the view in place of the token."""

    @wraps(view)
    def find(request: HttpRequest, token: str) -> HttpResponse:
        secret, today = hashed(token), timezone.localdate()
        visit = Visit.objects.of(secret).first()
        if visit is None:
            return _gone(request)
        if visit.is_over(today):
            visit.delete()
            return _gone(request)
        states = states_of(visit)
        current = library()
        editions = {slug: edition_of(current, slug, number) for slug, number in visit.editions.items()}
        answers = as_answers(visit.answers, states)
        kept = Kept(visit, token, visit.helper_hash == secret, states, editions, answers)
        if visit.opened_on != today:
            visit.opened_on, visit.ends_on = today, Visit.end_after(last_dated(kept.made))
            visit.save(update_fields=["opened_on", "ends_on"])
        return view(request, kept)

    return find


@require_POST
@private
def keep(request: HttpRequest) -> HttpResponse:
    """Turn the answers of a list into a kept visit, and go to its address."""
    current = library()
    form = VisitForm(request.POST, library=current, today=timezone.localdate())
    if current.guide is None or not form.is_valid() or form.chosen is None:
        return redirect("new-visit")
    data = {name: request.POST.get(name, "") for name in ("therapy", "stage", "date", "time", "setting", "location")}
    data["situations"] = request.POST.getlist("situations")  # type: ignore[assignment]
    used = {data["therapy"]: form.chosen, GUIDE: current.guide, "clinic": current.clinic}
    made = build(form.chosen, current.guide, form.answers(), form.today, ZoneInfo(settings.TIME_ZONE), current.clinic)
    token = new_token()
    Visit.objects.create(
        owner_hash=hashed(token),
        answers=data,
        editions={slug: edition.number for slug, edition in used.items() if edition},
        opened_on=form.today,
        ends_on=Visit.end_after(last_dated(made)),
    )
    return redirect("visit", token)


def _back(kept: Kept) -> HttpResponse:
    return redirect("visit", kept.token)


def _page(request: HttpRequest, kept: Kept, template: str, status: int = 200, **more: object) -> HttpResponse:
    plan = make_plan(kept.made, kept.states)
    context = {"kept": kept, "plan": plan, "list": plan.list, "phases": PHASES, **more}
    return render(request, template, context, status=status)


@require_safe
@private
@opened
def visit(request: HttpRequest, kept: Kept) -> HttpResponse:
    """What is now, what comes later, what is done."""
    return _page(request, kept, "visits/visit.html")


@require_safe
@private
@opened
def whole(request: HttpRequest, kept: Kept) -> HttpResponse:
    """The whole list, to read and to print."""
    made = kept.made
    done = {about.removeprefix("done:") for about, state in kept.states.items() if state.value == "1"}
    context = {
        "list": made,
        "sheets": make_sheets(made, done),
        "card": make_card(made),
        "bar": bars((made.stage,)),
        "kept": kept,
        "done": done,
    }
    return render(request, "visits/checklist.html", context)


@require_safe
@private
@opened
def step(request: HttpRequest, kept: Kept) -> HttpResponse:
    """One thing at a time, with big targets: the first that is not done, or the nth."""
    at = _number(request.GET.get("n", ""))
    line = next(iter(make_plan(kept.made, kept.states).to_do[at:]), None)
    return _page(request, kept, "visits/step.html", at=at, line=line)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0


def _check(kept: Kept, about: str, value: str, plan: Plan) -> None:
    """Raises Refused where this can't be said about this list."""
    kind, _, box = about.partition(":")
    boxes = {line.box for line in (*plan.lines, *plan.removed)}
    keys = {line.entry.item.key if line.entry else line.box for line in plan.lines}
    if kind == "done":
        if box not in boxes or value not in ("", "1"):
            raise Refused("This thing is not on your list any more. Look at the list again.")
    elif kind == "note":
        if box not in keys:
            raise Refused("This thing is not on your list any more. Look at the list again.")
        if len(value) > LONGEST_NOTE:
            raise Refused(f"A note has at most {LONGEST_NOTE:,} characters. Yours has {len(value):,}. Make it shorter.")
    elif kind == "own":
        own = sum(line.entry is None for line in plan.lines)
        if not about[4:].isalnum() or len(about) > 20:
            raise Refused("This thing is not on your list any more. Look at the list again.")
        if value and own >= MOST_OWN and about not in kept.states:
            raise Refused(f"A list holds at most {MOST_OWN} things of your own. Take one away first.")
    else:
        raise Refused("We could not read that. Look at the list again.")


def _write(kept: Kept, about: str, number: int, value: str) -> None:
    """Add a change. Raises Refused where somebody else changed the same meanwhile; what holds already is said again
    without harm."""
    there = kept.states.get(about, NOTHING)
    if there.value == value:
        return
    if number != there.number + 1:
        raise Refused("Somebody changed this meanwhile. Here is how it stands now.")
    if sum(state.number for state in kept.states.values()) >= MOST_CHANGES:
        raise Refused("This list was changed too often. Make a new one.")
    try:
        with transaction.atomic():
            Change.objects.create(visit=kept.visit, about=about, number=number, value=value, by_helper=kept.is_helper)
    except IntegrityError:
        raise Refused("Somebody changed this meanwhile. Here is how it stands now.") from None


def _own_value(request: HttpRequest, there: State) -> str:
    """One's own thing as it is stored; nothing where it is taken away, what it was where it is put back."""
    if "remove" in request.POST:
        return ""
    if "back" in request.POST:
        return there.before
    text = " ".join(request.POST.get("text", "").replace("\0", " ").split())
    phase = request.POST.get("phase", "")
    if not text:
        raise Refused("Say what there is to do.")
    if len(text) > LONGEST_OWN:
        raise Refused(f"One thing has at most {LONGEST_OWN} characters. Yours has {len(text)}. Make it shorter.")
    if phase not in PHASES:
        raise Refused("Choose when it is to be done.")
    return json.dumps({"text": text, "phase": phase}, ensure_ascii=False)


@require_POST
@private
@opened
def change(request: HttpRequest, kept: Kept) -> HttpResponse:
    """Tick, untick, note, add and take away. Each says which change of its thing it is, so that nothing is lost."""
    about, digits = request.POST.get("about", "")[:80], request.POST.get("number", "")
    value = request.POST.get("value", "").replace("\r\n", "\n").replace("\0", "").strip()
    plan = make_plan(kept.made, kept.states)
    try:
        if about.startswith("own:"):
            value = _own_value(request, kept.states.get(about, NOTHING))
        _check(kept, about, value, plan)
        _write(kept, about, _number(digits), value)
    except Refused as refusal:
        fresh = opened_again(kept)
        typed = value if about.startswith("note:") else request.POST.get("text", "")
        status = 409 if "meanwhile" in str(refusal) else 422
        return _page(request, fresh, "visits/visit.html", status, refusal=str(refusal), typed=typed, about=about)
    if "step" in request.POST:
        return redirect(f"{reverse('visit-step', args=[kept.token])}?n={_number(request.POST['step'])}")
    if not request.htmx:  # type: ignore[attr-defined]
        box = about.partition(":")[2] if not about.startswith("own:") else about
        return redirect(f"{reverse('visit', args=[kept.token])}#i-{box}")
    fresh = opened_again(kept)
    box = about if about.startswith("own:") else about.partition(":")[2]
    line = next((line for line in make_plan(fresh.made, fresh.states).lines if _is_about(line, box)), None)
    return _page(request, fresh, "visits/visit.html#changed", line=line, swap=True)


def _is_about(line: Line, box: str) -> bool:
    return box in (line.box, line.entry.item.key if line.entry else line.box)


def opened_again(kept: Kept) -> Kept:
    """The same visit with what was done to it since."""
    states = states_of(kept.visit)
    return Kept(kept.visit, kept.token, kept.is_helper, states, kept.editions, as_answers(kept.visit.answers, states))


@require_POST
@private
@opened
def move(request: HttpRequest, kept: Kept) -> HttpResponse:
    """Another date for the visit: every window moves, ticks stay. Only the owner can."""
    if kept.is_helper:
        return _page(request, kept, "visits/visit.html", 403, refusal="Only the owner of this list can move the visit.")
    given = {**kept.visit.answers, "date": request.POST.get("date", ""), "time": request.POST.get("time", "")}
    form = VisitForm(given, library=library(), today=timezone.localdate())
    problems = [str(error) for name in ("date", "time") for error in form.errors.get(name, [])]
    if problems:
        return _page(request, kept, "visits/visit.html", 422, refusal=" ".join(problems))
    there = kept.states.get("date", NOTHING)
    try:
        _write(kept, "date", there.number + 1, f"{given['date']} {given['time']}")
    except Refused as refusal:
        return _page(request, opened_again(kept), "visits/visit.html", 409, refusal=str(refusal))
    fresh = opened_again(kept)
    fresh.visit.ends_on = Visit.end_after(last_dated(fresh.made))
    fresh.visit.save(update_fields=["ends_on"])
    return _back(kept)


@require_POST
@private
@opened
def helper(request: HttpRequest, kept: Kept) -> HttpResponse:
    """Make a link for a helper, or end it. A new link ends the one before. The link is shown once, on the answer."""
    if kept.is_helper:
        return _page(
            request, kept, "visits/visit.html", 403, refusal="Only the owner of this list can make or end links."
        )
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
        return _page(request, kept, "visits/visit.html", 403, refusal="Only the owner of this list can delete it.")
    if "sure" not in request.POST:
        return _page(request, kept, "visits/delete.html")
    kept.visit.delete()
    return render(request, "visits/deleted.html")
