"""Search through its address: what is found, what is not, and that nothing of it stays."""

import logging
import re
from contextlib import contextmanager

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.html import escape
from test_therapy_pages import THERAPIES

from factories import edit
from reading import text_of
from therapies import library as library_module
from therapies.models import Subject
from therapies.publishing import withdraw

pytestmark = pytest.mark.django_db
DANGER = "Call 911 or go to the emergency room now"


def look_for(client, query):
    response = client.post("/search/", {"q": query})
    assert response.status_code == 200, query
    return response


def addresses(response):
    """Where the results lead, the best first."""
    return re.findall(r'<a class="go" href="([^"]+)" target="_blank"', response.content.decode())


def warned_of(response):
    """What stands in the box of danger."""
    html = response.content.decode()
    start = html.find("level--now")
    return html[start : html.index("</section>", start)] if start > 0 else ""


@contextmanager
def everything_logged():
    """All lines of the log while it lasts, of Django's own loggers as well."""
    lines = []
    handler = logging.Handler(logging.DEBUG)
    handler.emit = lambda record: lines.append(record.getMessage())
    loggers = [logging.getLogger(name) for name in ("", "django", "django.request", "django.db.backends")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.addHandler(handler)
        logger.setLevel(logging.DEBUG)
    try:
        yield lines
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.removeHandler(handler)
            logger.setLevel(level)


def test_a_drug_is_found_by_each_of_its_names(client):
    for name, slug in {
        "Ocrevus": "ocrelizumab",
        "öcrelizumab": "ocrelizumab",
        "Tysabri": "natalizumab",
        "Tyruko": "natalizumab",
        "Lemtrada": "alemtuzumab",
        "Novantrone": "mitoxantrone",
        "MITOXANTRONE": "mitoxantrone",
        "novantron": "mitoxantrone",
        "mitoxantron": "mitoxantrone",
    }.items():
        assert addresses(look_for(client, name))[0] == f"/therapies/{slug}/", name


def test_a_newer_drug_is_found_where_the_guide_tells_of_it(client):
    for name, words in {"Zunovo": "This is a shot", "briumvi": "A drip for adults"}.items():
        response = look_for(client, f"{name} what it is")
        assert "/guide/#newer" in addresses(response)
        assert words in text_of(response)


def test_a_word_that_is_misspelled_finds_its_thing_and_says_so(client):
    for typed, meant, address in [
        ("ocrivus", "ocrevus", "/therapies/ocrelizumab/"),
        ("ocrelus", "ocrevus", "/therapies/ocrelizumab/"),
        ("Ocravis", "ocrevus", "/therapies/ocrelizumab/"),
        ("tisabri", "tysabri", "/therapies/natalizumab/"),
        ("tysabry", "tysabri", "/therapies/natalizumab/"),
        ("lemtrata", "lemtrada", "/therapies/alemtuzumab/"),
        ("natalizumap", "natalizumab", "/therapies/natalizumab/"),
        ("stiroid", "steroid", "/guide/#steroids"),
        ("shingels", "shingles", "/therapies/natalizumab/#risks"),
        ("diarrea", "diarrhea", "/therapies/alemtuzumab/#risks"),
        ("pregnent", "pregnant", "/therapies/ocrelizumab/#pregnancy"),
        ("natali", "natalizumab", "/therapies/natalizumab/"),
    ]:
        response = look_for(client, typed)
        said = f"We do not have “{typed.lower()}”. We looked for <b>“{meant}”</b>."
        assert said in response.content.decode(), typed
        assert address in addresses(response), typed


def test_another_drug_is_not_taken_for_one_of_ours(client):
    for other in ("tocilizumab", "satralizumab", "pixantrone", "copaxone", "rytary"):
        response = look_for(client, other)
        assert addresses(response) == [], other
        text = text_of(response)
        assert f"No page of ours has “{other}”." in text
        assert "In an emergency, call 911." in text[text.index("Nothing found") : text.index("This site is education")]
        html = response.content.decode()
        assert all(f'href="/therapies/{slug}/"' in html for slug in THERAPIES)
        assert 'href="/guide/"' in html[html.index("Nothing found") :]


def test_lines_have_all_the_words_and_the_words_are_marked(client):
    response = look_for(client, "Tysabri chest pain")
    assert set(addresses(response)) == {"/therapies/natalizumab/", "/therapies/natalizumab/#risks"}
    html = response.content.decode()
    assert "<mark>chest</mark> <mark>pain</mark>" in html


def test_where_no_line_has_all_the_words_those_with_the_most_are_shown_and_the_page_says_so(client):
    response = look_for(client, "parking shingles vaccine")
    assert addresses(response)
    assert "No line of ours has all your words." in text_of(response)
    partly = look_for(client, "shingles kryptonite")
    assert "No page of ours has “kryptonite”." in text_of(partly)
    assert addresses(partly)


def test_case_accents_plurals_and_small_words_make_no_difference(client):
    for one, other in [
        ("VACCINES", "vaccine"),
        ("vaccíne", "vaccine"),
        ("infections", "the infection"),
        ("mris", "MRI"),
    ]:
        found = addresses(look_for(client, one))
        assert found
        assert found == addresses(look_for(client, other)), one


def test_every_result_leads_to_a_place_that_is_there(client):
    found = set()
    for query in ("PML", "vaccine", "infusion day", "questions", "steroid", "fever", "JC virus test", "lunch"):
        found.update(addresses(look_for(client, query)))
    assert len(found) > 30
    for address in found:
        page, _, anchor = address.partition("#")
        html = client.get(page).content.decode()
        assert not anchor or f'id="{anchor}"' in html, address


def test_a_line_of_the_checklist_leads_to_the_form_and_says_whom_it_is_for(client):
    response = look_for(client, "parking")
    assert "/visits/new/" in addresses(response)
    response = look_for(client, "get other non-live vaccines")
    assert "/visits/new/?therapy=ocrelizumab" in addresses(response)
    assert "Only for: First dose, part 1" in text_of(response)


def test_a_word_of_danger_shows_on_top_what_to_call_911_for(client, library):
    now = [item for edition in library.editions.values() for item in edition.content.items if item.level == "now"]
    for query in [
        "chest pain", "my chest hurts", "can't breathe", "can’t breathe", "I cannot breath", "suicide", "want to die",
        "kill myself", "stroke", "face droop", "seizure", "throat closing", "suicde", "passed out", "can not speak",
    ]:  # fmt: skip
        response = look_for(client, query)
        html = response.content.decode()
        assert DANGER in warned_of(response), query
        assert any(escape(item.action) in warned_of(response) for item in now), query
        assert html.index("level--now") < html.index("<form")


def test_of_the_warnings_those_for_another_drug_stay_away_where_one_is_named(client, library):
    box = warned_of(look_for(client, "tysabri chest pain"))
    own = next(item for item in library.editions["natalizumab"].content.items if item.key == "NAT-C25a")
    assert escape(own.action) in box
    for slug in THERAPIES:
        if slug != "natalizumab":
            for item in library.editions[slug].content.items:
                assert not item.level or escape(item.action) not in box


def test_an_everyday_word_raises_no_alarm(client):
    for query in ("what to eat before infusion", "infusion day", "tired", "vaccine", "parking", "pain"):
        assert not warned_of(look_for(client, query)), query


def test_what_was_withdrawn_is_not_found(client, library, ocrelizumab, reviewer):
    assert any(
        address.startswith("/therapies/ocrelizumab/#") for address in addresses(look_for(client, "breast cancer"))
    )
    for line in library.editions["ocrelizumab"].content.lines():
        if "breast cancer" in str(line).lower():
            withdraw(ocrelizumab, line.key, by=reviewer, reason="The number was wrong.")
    withdraw(Subject.objects.get(slug="guide"), "", by=reviewer, reason="A sign was missing.")
    library_module.look_again()
    assert "breast cancer" not in text_of(look_for(client, "breast cancer")).partition("Found")[2].lower()
    assert not any(address.startswith("/guide/") for address in addresses(look_for(client, "infusion")))
    for slug in THERAPIES:
        withdraw(Subject.objects.get(slug=slug), "", by=reviewer, reason="A sign was missing.")
    library_module.look_again()
    response = look_for(client, "chest pain")
    assert addresses(response) == []
    assert "Do not wait for a page or a list." in warned_of(response)


def test_a_new_edition_is_found_at_once_and_the_old_words_are_not(client, ocrelizumab, editor, publish_as):
    look_for(client, "Ocrevus")
    row = ocrelizumab.statements.filter(section="glance").first()
    edit(row, editor, text="It is called a wolframite here.")
    publish_as(ocrelizumab)
    library_module.look_again()
    response = look_for(client, "wolframite")
    assert "/therapies/ocrelizumab/#glance" in addresses(response)
    assert "<mark>wolframite</mark>" in response.content.decode()


def test_what_is_asked_is_shown_as_words_and_not_as_markup(client):
    html = look_for(client, '"><script>alert(1)</script> <b>fever</b>').content.decode()
    assert "<script>" not in html
    assert "<b>fever</b>" not in html
    assert "&lt;script&gt;" in html


def test_what_can_not_be_looked_for_gets_a_sentence(client):
    for query, sentence in [
        ("", "Type a word to look for."),
        ("   ", "Type a word to look for."),
        ("?!", "Type a word to look for."),
        ("x" * 101, "This has 101 characters. At most 100 are possible."),
        ("fever\x00", "Null characters are not allowed."),
    ]:
        response = client.post("/search/", {"q": query})
        assert response.status_code == 422, query
        assert sentence in text_of(response)
        assert "<title>Error: Search" in response.content.decode()
    assert client.post("/search/").status_code == 422


def test_odd_words_get_an_answer(client):
    for query in ("x" * 100, "疲労", "ß ﬁ İ", "a b c d e f g h i j", "the", "100.4", "\ufffd x", "fever\nfever"):
        assert look_for(client, query), query


def test_a_search_leaves_no_trace(client, django_assert_num_queries):
    client.get("/")
    with everything_logged() as lines, django_assert_num_queries(0):
        response = client.post("/search/", {"q": "suicide kryptonite ocrivus"})
        refused = client.post("/search/", {"q": "kryptonite" * 20})
    assert refused.status_code == 422
    for word in ("suicide", "kryptonite", "ocrivus"):
        assert word not in "\n".join(lines)
        assert word not in response.content.decode().partition("</title>")[0]  # a browser keeps titles
    assert response.request["QUERY_STRING"] == ""
    assert not response.cookies
    assert "no-store" in response["Cache-Control"]
    assert not client.session.keys()
    assert "/search/" not in library_module.library().pages


def test_an_address_with_words_in_it_looks_for_nothing(client):
    response = client.get("/search/?q=fever")
    assert response.status_code == 200
    assert "fever" not in response.content.decode()
    assert not response.cookies


def test_another_site_can_not_search_here(client):
    assert client.post("/search/", {"q": "fever"}, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403


def test_the_form_stands_where_people_look_for_it(client):
    for page in ("/", "/search/", "/nothing/"):
        form = re.search(r"<form[^>]*role=\"search\".*?</form>", client.get(page).content.decode(), re.DOTALL)[0]
        assert 'action="/search/"' in form
        assert 'method="post"' in form
        assert re.search(r'<label for="q">[^<]+</label>', form)
        assert 'name="q"' in form


def test_every_page_leads_to_the_search(client):
    for page in ("/guide/", "/therapies/natalizumab/", "/visits/new/", "/privacy/"):
        assert 'href="/search/"' in client.get(page).content.decode()


def test_with_nothing_published_there_is_nothing_to_search(client, monkeypatch):
    monkeypatch.setattr(library_module, "_library", library_module.Library(state=(0, 0), editions={}))
    monkeypatch.setattr(library_module, "_look_at", float("inf"))
    assert client.post("/search/", {"q": "fever"}).status_code == 503


def test_the_index_is_made_once_for_each_state_of_the_library(client):
    look_for(client, "fever")
    index = library_module.library().index
    with CaptureQueriesContext(connection) as queries:
        look_for(client, "vaccine")
    assert library_module.library().index is index
    assert not queries.captured_queries
