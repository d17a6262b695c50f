"""Whether the site can be read in another language: every word of the interface goes through gettext.

The pages are made in a language that marks what went through it (pseudo.py). What stands unmarked must be content.
"""

import json
import re
from dataclasses import fields
from datetime import date, timedelta
from functools import cache
from html.parser import HTMLParser
from importlib import import_module
from itertools import cycle
from pathlib import Path

import pytest
from django.core.exceptions import SuspiciousOperation
from django.test import RequestFactory
from django.urls import reverse
from django.utils import timezone
from django.views.defaults import server_error
from icalendar import Calendar
from pseudo import CLOSES, CODE, OPENS, pseudo, spoken
from test_clinic import clinic  # noqa: F401
from test_kept import add, box_of, database_away, keep, tick, write
from test_plain_words import PAGES
from test_visit_pages import CHECKLIST, answers, in_days

from factories import edit, make_content, make_item, make_stage
from reading import unlinked
from therapies.changes import GONE, LABELS, NEW, STAFF_LABELS, told
from therapies.content import LINE_TYPES, Content, line_fingerprints
from therapies.library import look_again, not_ready
from therapies.models import Edition, Report, Review, Subject, Withdrawal
from therapies.models import Location as LocationRow
from therapies.publishing import publish, withdraw
from therapies.views import REPORTS_AN_HOUR, bad_request, forbidden
from therapies.vocabulary import SITUATIONS

WORD = re.compile(r"[^\W\d_]{2,}(?:['’-][^\W\d_]+)*")
SENTENCE = re.compile(r"\w \w.*[.?!]$", re.DOTALL)  # what is shorter may be a name of the vocabulary as well
NAMES = ("MS Infusion",)
SEVERAL = 3  # words of one text in a row are a part of it; fewer may stand in it by chance
SAID = ("aria-label", "title", "alt", "placeholder", "label", "data-label")  # attributes that are read
HEAD_SAID = ("description", "og:description", "og:title")
INLINE = ("a", "abbr", "b", "code", "del", "em", "i", "ins", "mark", "small", "span", "strong", "time", "tspan")
# Fields of an edition that hold keys; nobody reads these.
KEYS = {
    "anchor", "call", "citations", "item", "key", "kind", "language", "last_anchor", "level", "next_from", "next_unit",
    "owner", "phase", "premedicine", "premedicines", "replaces", "required", "section", "settings", "situations", "slug",
    "therapies", "unit", "url",
}  # fmt: skip


def unmarked(text):
    """What stands outside of the marks."""
    pieces, depth = [], 0
    for piece in re.split(f"([{OPENS}{CLOSES}])", text):
        if piece == OPENS:
            depth += 1
            pieces.append("\n")
        elif piece == CLOSES:
            depth -= 1
        elif depth == 0:
            pieces.append(piece)
        assert depth >= 0, f"a mark is cut off: {text}"
    assert depth == 0, f"a mark is cut off: {text}"
    return "".join(pieces)


class Said(HTMLParser):
    """What a page says: its text, a line for each block, and what its attributes say. A message may hold markup."""

    def __init__(self, page):
        super().__init__()
        self.text, self.attributes, self.unread, self.depth = "", [], "", 0
        self.feed(unlinked(page))
        self.close()

    def handle_starttag(self, tag, attrs):
        values = {name: value or "" for name, value in attrs}
        self.unread = tag if tag in ("script", "style") else ""
        self.text += " " if tag in INLINE else "\n"
        if self.depth:
            return  # a translator sees it in the message
        said = [value for name, value in values.items() if name in SAID or name.startswith("data-said")]
        if tag == "meta" and {values.get("name"), values.get("property")} & set(HEAD_SAID):
            said.append(values["content"])
        if tag == "input" and values.get("type") in ("submit", "button", "reset"):
            said.append(values.get("value", ""))
        self.attributes += said

    def handle_endtag(self, tag):
        self.unread = ""
        self.text += " " if tag in INLINE else "\n"

    def handle_data(self, data):
        if not self.unread:
            self.text += re.sub(r"\s+", " ", data)
            self.depth += data.count(OPENS) - data.count(CLOSES)


def texts_of(value):
    """What people may read of an edition's JSON."""
    if isinstance(value, dict):
        for name, one in value.items():
            # Stages are lines at the top, and keys within a line.
            if name not in KEYS and not (name == "stages" and one and isinstance(one[0], str)):
                yield from texts_of(one)
        yield from (sign.replace("-", " ") for sign in value.get("signs", ()))
    elif isinstance(value, list):
        for one in value:
            yield from texts_of(one)
    elif isinstance(value, str):
        yield value


def content_texts():
    """Everything that staff wrote and readers may see: of every edition that was published, and about it."""
    for row in Edition.objects.select_related("published_by__reviewer"):
        yield from texts_of(row.content)
        yield row.change_note
        yield str(getattr(row.published_by, "reviewer", ""))
    for one in Withdrawal.objects.all():
        yield from (one.words, one.reason)
    yield from {str(review.reviewed_by) for review in Review.objects.select_related("reviewed_by")}


as_translated = cache(pseudo)


def words_of(text):
    return [word.casefold() for word in WORD.findall(text)]


class Known:
    """Texts that may stand on a page untranslated."""

    def __init__(self, texts):
        texts = {tuple(words_of(text)) for text in (*texts, *NAMES)} - {()}
        self.whole = {}
        for text in sorted(texts, key=len, reverse=True):
            self.whole.setdefault(text[0], []).append(text)
        self.all = "".join(f"| {' '.join(text)} |" for text in texts)

    def _whole(self, words):
        return next((len(t) for t in self.whole.get(words[0], ()) if tuple(words[: len(t)]) == t), 0)

    def _part(self, words):
        """How many words at the beginning stand so in one text."""
        count = SEVERAL
        while count <= len(words) and f" {' '.join(words[:count])} " in self.all:
            count += 1
        return count - 1 if count > SEVERAL else 0

    def forgotten(self, text):
        """The words of a text that are neither in a mark nor a whole text nor several words of one, those of a line
        together."""
        found = []
        for line in unmarked(text).split("\n"):
            words, left = words_of(line), []
            while words:
                known = self._whole(words) or self._part(words)
                left += [] if known else words[:1]
                words = words[known or 1 :]
            found += [" ".join(left)] if left else []
        return found


def assert_texts_translated(*texts, content=()):
    """Of texts that are no page: a calendar, a message. `content` is what stands in them and in no edition."""
    known = Known((*content_texts(), *content))
    left = [words for text in texts for words in known.forgotten(text)]
    assert not left, left


def assert_translated(response, *content):
    """Every word of a page is translated, or content of an edition, which is not. `content` is what else may stand there."""
    said = Said(response.content.decode())
    texts = [*content_texts(), *content]
    known = Known(texts)
    left = [words for text in (said.text, *said.attributes) for words in known.forgotten(text)]
    assert not left, left
    wrong = [text for text in texts if SENTENCE.search(text) and as_translated(text) in said.text]
    assert not wrong, f"content went through gettext: {wrong}"


def test_a_word_that_is_forgotten_is_found():
    with spoken():
        assert pseudo("Search %(n)s <b>now</b>") == "⟦Séárchrch %(n)s <b>nów" + "ów</b>⟧"
    assert unmarked("a⟦b⟦c⟧d⟧e").split() == ["a", "e"]
    known = Known(["Call your clinic today.", "Food"])
    for page, left in {
        "<p>Call your clinic today. <b>Call</b> ⟦Sóurceurce 1⟧</p>": ["call"],
        "<p>Food</p><p>Your food</p><p>your clinic</p>": ["your", "your clinic"],
        "<p>Call your <mark>clinic</mark> today. Food</p>": [],
        '<p title="Close">⟦Gó <a title="x" href="/">thérére</a>⟧</p>': ["close"],
        "<p>Call your clinic today. Now</p><a>⟦thérére⟧</a><a>Sources</a>": ["now", "sources"],
        '<td data-label="Why">⟦x⟧</td><script>let words;</script>': ["why"],
        '<meta name="description" content="About us"><meta name="robots" content="noindex">': ["about us"],
    }.items():
        said = Said(page)
        assert [words for text in (said.text, *said.attributes) for words in known.forgotten(text)] == left, page
    with pytest.raises(AssertionError, match="cut off"):
        unmarked("⟦half")


@pytest.mark.django_db
@pytest.mark.parametrize("address", PAGES)
def test_every_word_of_a_page_is_translated_or_content(client, address):
    with spoken():
        assert_translated(client.get(address))


@pytest.mark.django_db
def test_pages_are_in_the_language_that_they_name(client):
    assert '<html lang="en-US">' in client.get("/search/").content.decode()
    with spoken():
        assert '<html lang="en-XA">' in client.get("/search/").content.decode()


@pytest.mark.django_db
def test_every_word_of_pages_that_say_something_is_wrong(client):
    request = RequestFactory().get("/")
    with spoken():
        for response in (
            bad_request(request, SuspiciousOperation()),
            forbidden(request),
            not_ready(request),
            server_error(request),
            client.post("/search/", {"q": "x"}, headers={"Origin": "https://elsewhere.example"}),
        ):
            assert response.status_code >= 400
            assert_translated(response)


@pytest.mark.django_db
def test_every_word_of_a_search(client):
    asked = (
        "ocrivus",
        "ocrelizumab infusion",
        "port child drives",
        "qqqqq zzzzz",
        "qqqqq water",
        "chest pain",
        "stroke",
    )
    with spoken():
        for words in (*asked, "", "x" * 1234):
            assert_translated(client.post("/search/", {"q": words}), words, *words.split(), "ocrevus")


@pytest.mark.django_db
def test_every_word_of_a_report(client):
    with spoken():
        for text in ("", "x" * 1234, "The dose is wrong."):
            for page in ("", "/guide/"):
                assert_translated(client.post("/report/", {"text": text, "page": page}), text, "guide")
        for number in range(REPORTS_AN_HOUR):
            Report.objects.create(text=f"Report {number}")
        response = client.post("/report/", {"text": "One more."})
        assert response.status_code == 429
        assert_translated(response, "One more.")


PAGE = "/therapies/ocrelizumab/"


@pytest.mark.django_db
@pytest.mark.usefixtures("clinic")
def test_every_word_of_the_pages_of_a_clinic(client):
    with spoken():
        for page in ("/", "/clinic/", "/clinic/editions/", "/about/"):
            assert_translated(client.get(page))
        assert_translated(client.post("/search/", {"q": "chair parking"}), "chair parking")


@pytest.mark.django_db
def test_every_word_of_how_far_clinicians_are(client, library, ocrelizumab, reviewer, second):
    prints = line_fingerprints(library.editions["ocrelizumab"].content)
    *most, last = [
        Review(subject=ocrelizumab, key=key, fingerprint=fingerprint, reviewed_by=person.reviewer)
        for (key, fingerprint), person in zip(prints.items(), cycle((reviewer, second)))
    ]
    for review in most:
        review.save()
    look_again()
    with spoken():
        for page in (PAGE, "/therapies/", "/about/"):
            assert_translated(client.get(page))
        last.save()
        look_again()
        assert_translated(client.get(PAGE))


@pytest.mark.django_db
def test_every_word_of_editions_and_of_what_changed(client, ocrelizumab, editor, reviewer):
    edit(ocrelizumab.items.get(key="OCR-C01"), editor, why="Another reason, in new words.")
    edit(ocrelizumab.tests.filter(mark="verified").first(), editor, codes="00000-0")
    line = ocrelizumab.statements.filter(mark="verified", section="risks").first()
    edit(line, editor, text="Words of the second edition.")
    yesterday = timezone.localdate() - timedelta(days=1)
    publish(ocrelizumab, by=reviewer, change_note="More.", change_kind="timing", review_again_on=yesterday)
    withdraw(ocrelizumab, line.key, by=reviewer, reason="It is not so.")
    look_again()
    with spoken():
        for page in (PAGE, f"{PAGE}editions/", f"{PAGE}editions/1/", f"{PAGE}editions/1/2/", "/about/", "/therapies/"):
            assert_translated(client.get(page))
        withdraw(ocrelizumab, "", by=reviewer, reason="None of it is so.")
        look_again()
        for page in (PAGE, f"{PAGE}editions/", f"{PAGE}editions/1/", f"{PAGE}editions/1/2/", "/", "/therapies/"):
            assert_translated(client.get(page))
        withdraw(Subject.objects.get(slug="guide"), "", by=reviewer, reason="Nor of this.")
        look_again()
        for page in ("/", "/guide/", "/visits/new/"):
            assert_translated(client.get(page))


def test_every_word_of_a_change(db):
    texts = ("Old words.", "New words.")
    before, after = (
        make_content(
            make_item(why=text, window=window, owner=owner, citations=(), replaces=("X-2",), signs=("chest-pain",)),
            make_item("X-2", action="Drink water now.", first_visit=owner == "you"),
            lead=text,
            compiled_on=day,
            stages=(make_stage(next_count=count, next_offset_days=count - 1, next_unit=unit),),
        )
        for text, window, owner, day, count, unit in (
            (texts[0], {"first": -1, "last": 0, "practical": True}, "you", date(2026, 1, 1), 1, "months"),
            (
                texts[1],
                {"first": 2, "last": 9, "every": 3, "hours": 24, "words": texts[1]},
                "lab",
                date(2026, 2, 2),
                9,
                "days",
            ),
        )
    )
    known = Known((*texts, "Drink water now.", "chest pain", "First", "Label of a made-up drug"))
    with spoken():
        found = told(before, after)
        said = [one.part for one in found]
        for field in (field for one in found for field in one.fields):
            said += [
                field.label,
                *(" ".join(text for how, text in field.words if how != other) for other in (GONE, NEW)),
            ]
    assert len(said) > 20
    assert not [words for text in said for words in known.forgotten(text)]


def test_every_field_of_an_edition_has_a_name():
    for kind in (Content, *LINE_TYPES.values()):
        names = {field.name for field in fields(kind)} - {"key", "schema", *LINE_TYPES}
        assert names <= LABELS.keys() | STAFF_LABELS.keys(), kind


ROOT = Path(__file__).parent.parent
MACHINES_READ = ("Y-m-d", "H:i", "c")
AREAS = ("*.html", "therapies/*.html", "forms/*.html")


def test_every_language_has_every_format_and_no_page_makes_its_own():
    ours = {name for name in vars(import_module("msinfusion.formats.en.formats")) if name.isupper()}
    for module in (ROOT / "msinfusion" / "formats").glob("*/formats.py"):
        has = vars(import_module(f"msinfusion.formats.{module.parent.name}.formats"))
        assert ours <= has.keys(), module
    for template in (path for area in AREAS for path in (ROOT / "templates").glob(area)):
        for given in re.findall(r'\|(?:date|time):"([^"]*)"', template.read_text()):
            assert given in (*ours, *MACHINES_READ), template


# Lists, on screen and on paper


@pytest.mark.django_db
def test_every_word_of_the_form_of_a_visit(client):
    after = {"therapy": "natalizumab", "stage": "after-treatment"}
    wrong = {
        "nothing": {},
        "everything": answers(stage="x", date="x", time="x", setting="x", situations=["x"]),
        "therapy": answers(therapy="x"),
        "long ago": answers(date=in_days(-99)),
        "far off": answers(date=in_days(999)),
        "in the future": answers(**after, date=in_days(9)),
    }
    with spoken():
        assert_translated(client.get("/visits/new/?therapy=natalizumab"))
        assert_translated(client.get("/visits/new/?therapy=natalizumab", headers={"HX-Request": "true"}))
        assert_translated(client.post(CHECKLIST, answers(change="1")))
        for what, data in wrong.items():
            response = client.post(CHECKLIST, data)
            assert response.status_code == 422, what
            assert_translated(response)


COURSE = {"therapy": "alemtuzumab", "stage": "course-1"}
LISTS = {
    "many situations": {"date": in_days(24), "time": "09:00", "setting": "center", "situations": list(SITUATIONS)},
    "at home": {"date": in_days(6), "setting": "home"},
    "late": {"date": in_days(2), "situations": ["diabetes", "pregnancy"]},
    "late by a lot": {**COURSE, "date": in_days(1), "time": "14:30"},
    "course": {**COURSE, "date": in_days(40)},
    "on its way": {**COURSE, "date": in_days(-2)},
    "over": {"date": in_days(-9), "time": "09:00"},
    "after treatment": {"therapy": "alemtuzumab", "stage": "after-treatment", "date": in_days(-200)},
    "long after": {"therapy": "mitoxantrone", "stage": "after-treatment", "date": in_days(-500)},
}


@pytest.mark.django_db
@pytest.mark.parametrize("name", LISTS)
def test_every_word_of_a_list_and_of_all_its_papers(client, name):
    with spoken():
        response = client.post(CHECKLIST, answers(**LISTS[name]))
        assert response.status_code == 200
        assert_translated(response)


@pytest.mark.django_db
@pytest.mark.usefixtures("clinic")
@pytest.mark.parametrize("location", ["main", "west", "elsewhere", ""])
def test_every_word_of_a_list_with_the_rules_of_a_clinic(client, location):
    with spoken():
        assert_translated(client.get("/visits/new/"))
        assert_translated(client.post(CHECKLIST, answers(location="x")))
        for days in (24, 9, 0):
            assert_translated(client.post(CHECKLIST, answers(location=location, date=in_days(days), time="09:00")))


@pytest.mark.django_db
def test_every_word_of_a_preview(client, editor):
    client.force_login(editor)
    with spoken():
        assert_translated(client.get(reverse("checklist-preview")))
        assert_translated(client.post(reverse("checklist-preview"), answers()))


def read_all(client, url, *content):
    for page in ("", "list/", "step/", "step/?n=2", "step/?n=999"):
        assert_translated(client.get(f"{url}{page}"), *content)


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["late", "after treatment", "over"])
def test_every_word_of_a_kept_visit(client, name):
    url = keep(client, **LISTS[name])
    own, note = "Cookies for the nurses", "Dana calls back."
    with spoken():
        read_all(client, url)
        boxes = re.findall(r'id="t-([^"]+)"', client.get(url).content.decode())
        first, second = boxes[0], boxes[1].partition("@")[0]
        assert_translated(tick(client, url, first, **{"HX-Request": "true"}))
        assert_translated(write(client, url, second, note, **{"HX-Request": "true"}), note)
        write(client, url, second, "", number=2)
        add(client, url, "ab1", own)
        add(client, url, "ab2", own)
        client.post(f"{url}change/", {"about": "own:ab2", "number": 2, "remove": "1"})
        read_all(client, url, own, note)
        for box in boxes:
            tick(client, url, box)
        read_all(client, url, own, note)


@pytest.mark.django_db
def test_every_word_of_what_a_helper_sees(client):
    url = keep(client)
    with spoken():
        made = client.post(f"{url}helper/", {"make": "1"})
        link = re.search(r"http://[^<\"]*/visits/[\w-]{22}/(?=</b>)", made.content.decode()).group(0)
        assert_translated(made, link)
        helper = link[link.index("/visits/") :]
        tick(client, helper, box_of(client, helper))
        add(client, helper, "ab1", "Own")
        read_all(client, helper, "Own")
        read_all(client, url, "Own")
        for action, data in {"move": {}, "helper": {"make": "1"}, "delete": {"sure": "1"}}.items():
            response = client.post(f"{helper}{action}/", data)
            assert response.status_code == 403
            assert_translated(response, "Own")


@pytest.mark.django_db
def test_every_word_of_what_is_refused(client):
    url = keep(client)
    box = box_of(client, url)
    tick(client, url, box)
    typed = "x" * 1234
    refused = (
        {"about": f"done:{box}", "number": 1},
        {"about": "done:NOTHING", "number": 1, "value": "1"},
        {"about": f"note:{box}", "number": 1, "value": typed},
        {"about": "own:ab1", "number": 1, "text": typed},
        {"about": "own:ab1", "number": 1, "text": ""},
        {"about": "own:ab1", "number": 1, "text": typed[:9], "phase": "x"},
        {"about": "x", "number": 1},
    )
    with spoken():
        for data in refused:
            for headers in ({}, {"HX-Request": "true"}):
                response = client.post(f"{url}change/", data, headers=headers)
                assert response.status_code in (409, 422)
                assert_translated(response, typed, typed[:9])
        for action in ("move", "renew"):
            response = client.post(f"{url}{action}/", {"date": "x"})
            assert response.status_code in (409, 422)
            assert_translated(response)


@pytest.mark.django_db
def test_every_word_while_a_list_can_not_be_reached(client):
    url = keep(client)
    box = box_of(client, url)
    with spoken():
        for headers in ({}, {"HX-Request": "true"}):
            with database_away():
                response = write(client, url, box, "Dana calls back.", **headers)
            assert response.status_code == 503
            assert_translated(response, "Dana calls back.")
        with database_away():
            response = client.get(url)
        assert_translated(response)


@pytest.mark.django_db
def test_every_word_when_a_visit_is_deleted(client):
    url = keep(client)
    with spoken():
        for data in ({}, {"sure": "1"}):
            assert_translated(client.post(f"{url}delete/", data))
        assert_translated(client.get(url))


@pytest.mark.django_db
@pytest.mark.usefixtures("clinic")
def test_every_word_of_a_list_whose_words_changed(client, ocrelizumab, editor, reviewer, second, publish_as):
    url = keep(client, location="main")
    code = re.search(r'class="code">([\w-]+)<', client.get(f"{url}list/").content.decode()).group(1)
    check = f"/check/{code}/"
    keys = re.findall(r'data-item="(OCR-[\w-]+)"', client.get(f"{url}list/").content.decode())
    on_list = ocrelizumab.items.filter(key__in=keys)
    timed, other, away = on_list.filter(safety=False)[:3]
    safe = on_list.filter(safety=True).first()
    with spoken():
        assert_translated(client.get(check))
        assert_translated(client.post("/check/", {"code": "x"}))

    def change(number, by=reviewer):
        """Of one thing, two, three: counts are said in other words."""
        edit(other, editor, why=f"Reason {number}.")
        if number > 1:
            edit(timed, editor, window_words=f"On day {number}")
        if number > 2:
            edit(safe, editor, why=f"Safe reason {number}.")
        publish_as(ocrelizumab, by)
        look_again()
        with spoken():
            read_all(client, url)
            assert_translated(client.get(check))
            assert_translated(client.post(f"{url}renew/", {"words": "x"}))

    for number in (1, 2, 3):
        change(number)
    edit(LocationRow.objects.get(key="main"), editor, phone="555 010 0400")
    rules = Subject.objects.get(slug="clinic")
    publish_as(rules)
    withdraw(ocrelizumab, away.key, by=reviewer, reason="The number in it was wrong.")
    look_again()
    with spoken():
        read_all(client, url)
        assert_translated(client.get(check))
    withdraw(rules, "", by=reviewer, reason="The days were wrong.")
    look_again()
    with spoken():
        assert_translated(client.get(url))
        assert_translated(client.get(check))
    withdraw(ocrelizumab, "", by=reviewer, reason="A sign was missing.")
    look_again()
    with spoken():
        assert_translated(client.get(url))
        assert_translated(client.get(check))
        assert_translated(client.post(CHECKLIST, answers()))
        assert_translated(write(client, url, keys[0], "Dana calls back."), "Dana calls back.")
    away.refresh_from_db()
    edit(away, editor, mark="to-check")
    change(3, second)


@pytest.mark.django_db
@pytest.mark.usefixtures("clinic")
def test_every_word_of_a_calendar(client):
    with spoken():
        for more in ({"time": "09:00", "location": "main"}, COURSE, LISTS["after treatment"]):
            url = keep(client, **more)
            for named in ({}, {"named": "1"}):
                calendar = Calendar.from_ical(client.post(f"{url}calendar/", named).content)
                events = calendar.walk("VEVENT")
                assert len(events) > 3
                texts = [
                    str(event.get(name, "")) for event in events for name in ("summary", "description", "location")
                ]
                assert_texts_translated(*texts)
                assert named or all(event["summary"].startswith(OPENS) for event in events)


@pytest.mark.django_db
def test_the_worker_says_its_words_in_the_language_of_the_site(client):
    with spoken():
        worker = client.get("/sw.js").content.decode()
    said = re.findall(r'^  \w+: "(.*)"', worker, re.MULTILINE)
    language, *words = [json.loads(f'"{text}"') for text in said]
    assert language == CODE
    assert len(words) == 3
    assert_texts_translated(*words)
