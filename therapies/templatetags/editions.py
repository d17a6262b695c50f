"""How an edition's lines are shown: names, references, and pictures from its own data.

Pictures are inline SVG with x in per cent and y in em, so that lines stretch with the page and words keep their size. Every
picture has its message in words beside it or in its label.
"""

import math
import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import lru_cache, reduce
from typing import Any

from django import template
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from therapies.changes import day_in_words
from therapies.content import Content, Item, Line, Reference, Window
from therapies.glossary import FirstUses
from therapies.library import library
from therapies.pages import Bar
from therapies.vocabulary import LEVELS, OWNERS, PHASES, REQUIRED, SETTINGS, SOURCE_KINDS, STOPS

register = template.Library()
TWO_YEARS = 730
ACROSS, SQUARE = 5, 11  # squares in a row of the runway; what one takes, with the room beside it
EXAMPLE = (6, 4, 3, 5, 3)  # squares of a list that is nobody's
DOTS_IN_LINE = 20
NAMES = {
    "level": LEVELS,
    "phase": PHASES,
    "owner": OWNERS,
    "required": REQUIRED,
    "source": SOURCE_KINDS,
    "setting": SETTINGS,
}


@register.filter
def named(key: str, vocabulary: str) -> str:
    """What readers call a level, phase, owner, ..."""
    return _(NAMES[vocabulary][key])


@register.simple_tag
def references(cited: Iterable[Reference]) -> SafeString:
    """ "Source 1, section 2.1 and Source 4", each linked to the list of sources on the same page."""
    return _references(get_language(), tuple(cited))


@lru_cache(4_000)  # the same on very many lists, and nobody's own
def _references(language: str | None, cited: tuple[Reference, ...]) -> SafeString:
    links = [format_html('<a href="#s{}">{}</a>', one.number, _reference(one)) for one in cited]
    if len(links) > 1:
        links[-2:] = [SafeString(all_of(links[-2:]))]  # both are made safe above # nosec B703
    return format_html_join(", ", "{}", ((link,) for link in links))


def _reference(one: Reference) -> str:
    if one.place:
        return _("Source\u00a0%(number)s, %(place)s") % {"number": one.number, "place": one.place}
    return _("Source\u00a0%(number)s") % {"number": one.number}


@register.filter
def all_of(names: Iterable[str]) -> str:
    """ "Ann and Bob"."""
    return reduce(lambda first, last: _("%(first)s and %(last)s") % {"first": first, "last": last}, names)


@register.filter
def one_of(names: Iterable[str]) -> str:
    """ "Ann or Bob"."""
    return reduce(lambda first, last: _("%(first)s or %(last)s") % {"first": first, "last": last}, names)


@register.filter
def quoted(names: Iterable[str]) -> list[str]:
    """Each between quotation marks."""
    return [_("“%(words)s”") % {"words": name} for name in names]


@register.filter
def explained(text: str, words: FirstUses) -> SafeString:
    """A text where each word that the page meets for the first time leads to its explanation on the page."""
    links = (
        format_html('<a class="word" href="#w{}">{}</a>', word.number, piece) if word else piece
        for piece, word in words.pieces(text)
    )
    return format_html_join("", "{}", ((piece,) for piece in links))


@register.simple_tag
def changed(line: Line) -> SafeString | str:
    """Where the label has newer words here that nobody of us has seen, the sentence that says so."""
    if not line.label_changed:
        return ""
    words = _("This part of the label changed in %(month)s. We have not seen the new words.")
    return format_html(' <span class="changed">{}</span>', words % {"month": line.label_changed})


@register.filter
def dialled(phone: str) -> str:
    """A telephone number as a link dials it. An extension stays for the person to say or to press."""
    return re.sub(r"[^0-9+]", "", re.split("ext", phone, flags=re.IGNORECASE)[0])


@register.filter
def in_words(window: Window) -> str:
    """The days of a house rule, of no visit in particular: "by 14 days before the first day of the visit"."""

    def day(number: int | None, anchor: str) -> str:
        return "" if number is None else day_in_words(number, window.unit, anchor).replace("'", "\u2019")

    first = day(window.first, window.anchor)
    last = day(window.last, window.last_anchor or window.anchor)
    if first and last:
        if first == last:
            return _("on %(day)s") % {"day": first}
        return _("from %(first)s to %(last)s") % {"first": first, "last": last}
    return _("by %(day)s") % {"day": last} if last else _("from %(day)s on") % {"day": first}


@register.filter
def item_of(key: str) -> tuple[str, Item] | None:
    """The item of this key that is in force, with the name of its edition."""
    editions = library().editions.values()
    return next(((e.content.name, item) for e in editions for item in e.content.items if item.key == key), None)


@register.filter
def duration(minutes: int) -> str:
    """Minutes as people say them: "45 minutes", "1 hour", "2½ hours"."""
    hours, rest = divmod(minutes, 60)
    if rest not in (0, 30) or not hours:
        return ngettext("%(minutes)s minute", "%(minutes)s minutes", minutes) % {"minutes": minutes}
    if rest:
        return _("%(hours)s½ hours") % {"hours": hours}
    return ngettext("%(hours)s hour", "%(hours)s hours", hours) % {"hours": hours}


@register.inclusion_tag("therapies/_years.html")
def years(content: Content) -> dict[str, Any]:
    """Two years of a therapy: a dot is one infusion day, days in a row stack upward, marks below are tests. To scale."""

    def x(day: int) -> str:
        return f"{1 + 98 * day / TWO_YEARS:.2f}%"

    stacked: list[tuple[int, int]] = []
    height = 0
    for day in content.infusion_days:
        height = height + 1 if stacked and day == stacked[-1][0] + 1 else 0
        stacked.append((day, height))
    base = 1.08 + 0.58 * max((level for _, level in stacked), default=0)
    starts = [(day - level, level) for day, level in stacked]
    return {
        "name": content.name,
        "summary": content.summary,
        "days": len(content.infusion_days),
        "tests": len(content.test_days),
        "height": f"{base + 1.15:.2f}em",
        "line": f"{base:.2f}em",
        "below": f"{base + 0.85:.2f}em",
        "dots": [(x(start), f"{base - 0.45 - 0.58 * level:.2f}em") for start, level in starts],
        "marks": [x(day) for day in content.test_days],
    }


def squares(number: int) -> dict[str, Any]:
    """So many squares in a heap, one for each thing to do: where each stands, and what room they take."""
    height = SQUARE * max(1, math.ceil(number / ACROSS))
    places = tuple((1 + SQUARE * (n % ACROSS), height - 10 - SQUARE * (n // ACROSS)) for n in range(number))
    return {"squares": places, "width": SQUARE * ACROSS, "height": height}


@register.inclusion_tag("therapies/_example.html")
def example() -> dict[str, Any]:
    """The runway of a list that is nobody's, to show what a list is."""
    stops = zip(STOPS.items(), EXAMPLE, strict=True)
    return {"stops": [{"name": _(name), "visit": "day-of" in p} | squares(n) for (name, p), n in stops]}


@register.inclusion_tag("therapies/_bars.html")
def day_bars(bars: list[Bar], starts_at: datetime | None = None, hatch: str = "hatch") -> dict[str, Any]:
    """Visits as bars: hatched is checks and medicines, solid is the drip, white is watching. Hours from the start, or
    clock times where the start is known. To scale. `hatch` is the id of its pattern, one for each picture on a page."""
    hours = max(2, math.ceil(max(bar.total for bar in bars) / 60))
    step = 1 if hours <= 4 else 2

    def x(minutes: int) -> str:
        return f"{100 * minutes / (60 * hours):.2f}%"

    def label(hour: int) -> str:
        if starts_at is None:
            return _("%(hours)s h") % {"hours": hour}
        at = starts_at + timedelta(hours=hour)
        return date_format(at, "TIME_FORMAT" if at.minute else "HOUR_FORMAT")

    marked = range(0, hours + 1, step)
    # On the narrowest phone "12:30 p.m." needs half of the width, "12 p.m." a third and "12 h" a fifth.
    share = 5 if starts_at is None else 2 if starts_at.minute else 3
    labelled = marked[:: math.ceil(hours / share / step)]
    ticks = [
        (
            x(60 * hour),
            "start" if hour == 0 else "end" if hour == hours else "middle",
            label(hour) if hour in labelled else "",
        )
        for hour in marked
    ]
    return {
        "hatch": hatch,
        "bars": [
            {
                "bar": bar,
                "said": _bar_in_words(bar),
                "ready": x(bar.ready),
                "drip_x": x(bar.ready),
                "drip": x(bar.drip),
                "drip_middle": x(bar.ready + bar.drip // 2),
                "drip_is_wide": bar.drip / (60 * hours) > 0.25,
                "watch_x": x(bar.ready + bar.drip),
                "watch": x(bar.watch),
            }
            for bar in bars
        ],
        "ticks": ticks,
        "ready": max(bar.ready for bar in bars),
        "watch": any(bar.watch for bar in bars),
    }


def _bar_in_words(bar: Bar) -> str:
    if bar.ready and bar.watch:
        words = _(
            "%(visit)s: up to %(ready)s of checks and medicines, about %(drip)s of drip, at least %(watch)s of watching."
        )
    elif bar.ready:
        words = _("%(visit)s: up to %(ready)s of checks and medicines, about %(drip)s of drip.")
    elif bar.watch:
        words = _("%(visit)s: about %(drip)s of drip, at least %(watch)s of watching.")
    else:
        words = _("%(visit)s: about %(drip)s of drip.")
    times = {"ready": duration(bar.ready), "drip": duration(bar.drip), "watch": duration(bar.watch)}
    return words % {"visit": bar.label, **times}


@register.inclusion_tag("therapies/_dots.html")
def dots(low: int, high: int | None) -> dict[str, Any]:
    """100 dots: full is certain, a ring is the rest of a range, empty is nobody."""
    high = low if high is None else high
    shares = (("full", 0, low), ("ring", low, high), ("empty", high, 100))
    drawn = [(kind, _lines_of_dots(first, last)) for kind, first, last in shares if first < last]
    return {"said": _dots_in_words(low, high), "drawn": drawn}


def _lines_of_dots(first: int, last: int) -> str:
    """The path through some of 100 dots in 5 lines of 20, each 1 wide; a line that is dashed with dots draws them. (A pattern
    of a dot would be as short, but browsers print patterns as blurred pictures.)"""
    path = ""
    while first < last:
        y, x = divmod(first, DOTS_IN_LINE)
        count = min(last - first, DOTS_IN_LINE - x)
        path += f"M{x}.5 {y}.5h{count - 1}.1"  # a little longer, so that rounding does not lose its last dot
        first += count
    return path


def _dots_in_words(low: int, high: int) -> str:
    """Of 100 dots: those that are full, are rings, are empty."""
    if low == high:
        full = ngettext("100 dots. %(low)s is full.", "100 dots. %(low)s are full.", low)
    else:
        full = ngettext(
            "100 dots. %(low)s is full, and up to %(high)s with the rings.",
            "100 dots. %(low)s are full, and up to %(high)s with the rings.",
            low,
        )
    empty = ngettext("%(none)s is empty.", "%(none)s are empty.", 100 - high)
    return f"{full % {'low': low, 'high': high}} {empty % {'none': 100 - high}}"


@register.filter
def span(low: int, high: int | None) -> str:
    """One number, or a range: "9", "34 to 40"."""
    return str(low) if high in (None, low) else _("%(low)s to %(high)s") % {"low": low, "high": high}
