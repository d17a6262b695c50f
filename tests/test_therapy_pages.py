"""Public pages through their addresses: what a reader sees, and what a browser is told."""

import base64
import gzip
import hashlib
import re

import brotli
import pytest
from django.conf import settings
from django.db import connection
from django.template.loader import render_to_string
from django.test.utils import CaptureQueriesContext
from django.utils.html import escape
from hypothesis import given
from hypothesis import strategies as st

from factories import edit
from reading import text_of, unlinked
from therapies import library as library_module
from therapies.models import Subject
from therapies.templatetags.editions import dots
from therapies.vocabulary import SECTIONS

pytestmark = pytest.mark.django_db
THERAPIES = ["ocrelizumab", "natalizumab", "alemtuzumab", "mitoxantrone"]
PAGES = ["/", "/therapies/", "/guide/", "/sources/", "/privacy/", "/accessibility/", "/about/", "/visits/new/"]
PAGES += [f"/therapies/{slug}/" for slug in THERAPIES]
PAGES += ["/therapies/ocrelizumab/editions/", "/guide/editions/", "/therapies/ocrelizumab/editions/1/"]
POLICY = {
    "default-src 'none'", "style-src 'self'", "font-src 'self'", "img-src 'self' data:",
    "connect-src 'self'", "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'",
}  # fmt: skip


@pytest.mark.parametrize("page", PAGES)
def test_a_page_sets_no_cookie_and_asks_nobody_else(client, page):
    response = client.get(page)
    assert response.status_code == 200
    assert not response.cookies
    html = response.content.decode()
    rules = set(response["Content-Security-Policy"].split("; "))
    scripts = next(rule for rule in rules if rule.startswith("script-src 'self' 'sha256-"))
    assert rules == POLICY | {scripts}
    assert "unsafe" not in scripts
    for late, script in re.findall(r'(<script class="late">(.*?)</script>)', html, re.DOTALL):
        assert f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'" in scripts
        html = html.replace(late, "")
    html = re.sub(
        r'<link rel="canonical"[^>]*>|<script type="application/ld\+json">', "", html
    )  # neither loads or runs
    assert not re.search(r"""<(script|link|img|source)[^>]+(src|href)=["'](https?:)?//""", html)
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", html)


@pytest.mark.parametrize("page", [page for page in PAGES if page != "/visits/new/"])
def test_a_page_is_made_once_and_then_costs_no_query(client, page):
    first = client.get(page)
    with CaptureQueriesContext(connection) as queries:
        again = client.get(page)
    assert again.content == first.content
    assert not queries.captured_queries
    assert client.get(page, headers={"If-None-Match": first["ETag"]}).status_code == 304


def test_a_header_can_not_put_one_page_in_the_place_of_another(client):
    client.get("/therapies/natalizumab/", SCRIPT_NAME="/therapies/natalizumab")
    assert "<h1>Natalizumab</h1>" in client.get("/therapies/natalizumab/").content.decode()


def test_a_cookie_of_another_site_on_this_host_gets_no_answer(client):
    client.cookies["csrftoken"], client.cookies["sessionid"] = "of-another-site", "short"
    response = client.get("/guide/")
    assert not response.cookies
    assert "Cookie" not in response["Vary"]


@pytest.mark.parametrize(
    ("accepts", "encoding"),
    [
        ("gzip", "gzip"),
        ("gzip, deflate, br, zstd", "br"),
        ("br;q=0, gzip;q=0.5", "gzip"),
        ("gzip;q=0", None),
        ("x-notgzip2, brrr", None),
    ],
)
def test_a_page_is_compressed_as_far_as_the_browser_takes_it(client, accepts, encoding):
    assert client.get("/guide/", headers={"Accept-Encoding": accepts}).get("Content-Encoding") == encoding


@pytest.mark.parametrize("address", ["/", "/therapies/", "/therapies/ocrelizumab/", "/visits/new/"])
def test_with_nothing_published_readers_are_told_to_come_back(client, monkeypatch, address):
    monkeypatch.setattr(library_module, "_library", library_module.Library(state=(0, 0), editions={}))
    monkeypatch.setattr(library_module, "_look_at", float("inf"))
    response = client.get(address)
    assert response.status_code == 503
    assert response["Retry-After"]
    assert response["Cache-Control"] == "no-store"
    assert client.post("/visits/checklist/", {}).status_code == 503


@pytest.mark.parametrize(("encoding", "unpack"), [("gzip", gzip.decompress), ("br", brotli.decompress)])
def test_a_compressed_page_is_the_same_page(client, encoding, unpack):
    plain = client.get("/guide/")
    zipped = client.get("/guide/", headers={"Accept-Encoding": encoding})
    assert zipped["Content-Encoding"] == encoding
    assert unpack(zipped.content) == plain.content
    assert zipped["ETag"] != plain["ETag"]
    assert "Accept-Encoding" in zipped["Vary"]


@pytest.mark.parametrize("slug", THERAPIES)
def test_a_therapy_page_shows_every_published_line_and_its_sources(client, library, slug):
    response = client.get(f"/therapies/{slug}/")
    html, text = unlinked(response.content.decode()), text_of(response)
    content = library.editions[slug].content
    for line in content.statements:
        assert escape(line.text) in html, line.key
    for test in content.tests:
        assert escape(test.why) in html, test.key
    for figure in content.figures:
        assert escape(figure.text) in html, figure.key
    replaced = {key for item in content.items for key in item.replaces}
    for item in content.items:
        if item.level and item.key not in replaced and item.stages != ("after-treatment",):
            assert escape(item.action) in html, item.key
    for number in re.findall(r'href="#s(\d+)"', html):
        assert f'id="s{number}"' in html
    assert "Not yet reviewed by a clinician." in text
    assert "Edition 1" in text
    assert f"/visits/new/?therapy={slug}" in html


@pytest.mark.parametrize("page", ["/", "/therapies/", "/guide/", "/sources/", *(f"/therapies/{s}/" for s in THERAPIES)])
def test_every_page_of_starter_content_says_that_no_clinician_has_read_it(client, page):
    text = text_of(client.get(page))
    assert re.search(
        r"Compiled from the sources listed, on November 22, 2026\. Not yet reviewed by a clinician\.", text
    )


def test_the_guide_explains_every_section(client):
    text = text_of(client.get("/guide/"))
    for title in SECTIONS["guide"].values():
        assert title in text
    for name in ("Briumvi", "Tyruko", "Zunovo"):
        assert name in text


def test_pictures_say_in_words_what_they_draw(client):
    for page in ["/", *(f"/therapies/{slug}/" for slug in THERAPIES)]:
        html = client.get(page).content.decode()
        pictures = re.findall(r"<svg[^>]*role=\"img\"[^>]*>", html)
        assert pictures
        assert all(re.search(r'aria-label="[^"]{20,}"', picture) for picture in pictures)


def dots_of(picture):
    """The dots that a picture draws, from their lines: the number of each in reading order, by kind."""
    drawn = {"full": [], "ring": [], "empty": []}
    for kind, path in re.findall(r'<path class="dots__(full|ring|empty)" d="([^"]*)"/>', picture):
        for x, y, length in re.findall(r"M(\d+)\.5 (\d+)\.5h(\d+)\.1", path):
            first, count = 20 * int(y) + int(x), int(length) + 1
            assert int(x) + count <= 20, "a line reaches beyond the picture"
            drawn[kind] += range(first, first + count)
    return drawn


@given(low=st.integers(0, 100), more=st.integers(0, 100))
def test_100_dots_are_drawn_from_the_numbers(low, more):
    high = min(low + more, 100)
    picture = render_to_string("therapies/_dots.html", dots(low, high))
    assert dots_of(picture) == {
        "full": list(range(low)),
        "ring": list(range(low, high)),
        "empty": list(range(high, 100)),
    }
    holes = re.findall(
        r'<path class="dots__(?:ring|empty)" d="([^"]*)"/><path class="dots__hole" d="([^"]*)"/>', picture
    )
    assert all(outside == inside for outside, inside in holes)
    assert picture.count("<path") <= 5


@pytest.mark.parametrize("slug", THERAPIES)
def test_every_figure_of_100_people_is_drawn_beside_its_numbers(client, library, slug):
    html = client.get(f"/therapies/{slug}/").content.decode()
    pictures = re.findall(r">[^<>]*?(?:(\d+) to )?(\d+) of 100(?:</p>)?\s*(<svg class=\"dots\".*?</svg>)", html)
    assert len(pictures) == html.count('<svg class="dots"')
    shown = []
    for low, high, picture in pictures:
        drawn = {kind: len(numbers) for kind, numbers in dots_of(picture).items()}
        said = [int(number) for number in re.findall(r"\d+", re.search(r'aria-label="([^"]*)"', picture)[1])]
        full, ring, empty = drawn.values()
        assert said == [100, full, *([full + ring] if ring else []), empty]
        assert sum(drawn.values()) == 100
        assert (int(low or high), int(high)) == (full, full + ring)
        shown.append((full, full + ring))
    figures = [figure for figure in library.editions[slug].content.figures if figure.of == 100]
    arms = [(figure.drug_low, figure.drug_high) for figure in figures]
    arms += [(figure.other_low, figure.other_high) for figure in figures if figure.other_low is not None]
    assert sorted(shown) == sorted(arms)


def test_rarer_risks_and_counts_of_relapses_are_words_only(client):
    html = client.get("/therapies/alemtuzumab/").content.decode()
    (row,) = re.findall(r'<tr role="row"><th role="rowheader" scope="row">Gallbladder inflammation</th>.*?</tr>', html)
    assert "2 of 1,000" in row
    assert "<svg" not in row
    assert "about 26 relapses on Lemtrada and 52 on Rebif" in html.replace("</a>", "")
    assert "26 of 100" not in html


def test_the_timeline_draws_the_days_of_the_edition(client, library):
    html = client.get("/therapies/alemtuzumab/").content.decode()
    timeline = html[html.index('aria-label="Alemtuzumab over 2 years') :]
    timeline = timeline[: timeline.index("</svg>")]
    content = library.editions["alemtuzumab"].content
    assert timeline.count("chart__dot") == len(content.infusion_days) == 8
    assert timeline.count("chart__test") == len(content.test_days)


def test_side_by_side_has_an_answer_of_each_therapy_to_each_question(client):
    html = client.get("/therapies/").content.decode()
    rows = re.findall(r'<th role="rowheader".*?</tr>', html, re.DOTALL)
    assert len(rows) >= 8
    assert all(row.count('role="cell"') == len(THERAPIES) for row in rows)


def test_weak_hosts_are_named_and_never_linked(client, library):
    html = client.get("/sources/").content.decode()
    weak = [s for edition in library.editions.values() for s in edition.content.sources if s.weak and s.url]
    assert weak
    assert not [source.url for source in weak if f'href="{source.url}"' in html]


def test_every_source_is_listed_with_what_rests_on_it(client, library):
    page = text_of(client.get("/sources/"))
    for edition in library.editions.values():
        for source in edition.content.sources:
            assert " ".join(source.title.split()) in page
    html = client.get("/sources/").content.decode()
    label = next(part for part in html.split("<li>") if "TYSABRI" in part and "Boxed warning" in part)
    assert "Used in: " in label
    assert "Checklist." in html


def test_a_past_edition_says_that_a_newer_one_is_in_force(client, editor, publish_as):
    subject = Subject.objects.get(slug="ocrelizumab")
    assert "newer one is in force" not in text_of(client.get("/therapies/ocrelizumab/editions/1/"))
    row = subject.statements.filter(section="glance", label="What it is").first()
    edit(row, editor, text="Words of the second edition.")
    publish_as(subject, note="Second.")
    library_module.look_again()
    past = text_of(client.get("/therapies/ocrelizumab/editions/1/"))
    assert "A newer one is in force" in past
    assert "Words of the second edition." not in past
    assert "Words of the second edition." in text_of(client.get("/therapies/ocrelizumab/"))


@pytest.mark.parametrize(
    "address",
    [
        "/therapies/aspirin/",
        "/therapies/guide/",
        "/therapies/ocrelizumab/editions/9/",
        "/guide/editions/0/",
        "/therapies/ocrelizumab/editions/01/",
        "/therapies/guide/editions/1/",
        "/therapies/guide/editions/",
        "/therapies/aspirin/editions/",
        "/therapies/clinic/",
        "/therapies/ocrelizumab/editions/1/1/",
        "/therapies/ocrelizumab/editions/1/2/",
        "/therapies/ocrelizumab/editions/99999999999999999999999999/",
        "/nothing/",
    ],
)
def test_an_address_that_nobody_has_is_a_clear_404(client, address):
    response = client.get(address)
    assert response.status_code == 404
    assert "no such page" in text_of(response)


def test_about_says_how_far_clinicians_are(client, editor, publish_as):
    assert "No clinician has reviewed the words yet." in text_of(client.get("/about/"))
    subject = Subject.objects.get(slug="ocrelizumab")
    edit(subject.items.get(key="OCR-C01"), editor, why="Another reason.")
    publish_as(subject)
    library_module.look_again()
    text = text_of(client.get("/about/"))
    assert "No clinician has reviewed" not in text
    assert re.search(r"1 of \d+ checked by Test Reviewer, PharmD\.", text)


def test_pages_are_read_and_never_written_to(client):
    for page in PAGES:
        assert client.post(page).status_code == 405


def test_health(client):
    assert client.get("/healthz").content == b"ok"
    assert client.get("/readyz").content == b"ok"


def test_secrets_and_cookies_are_set_up_for_staff_only(client):
    response = client.get("/admin/login/")
    assert response.cookies["msinfusion-csrf"]["path"] == "/admin/"
    assert settings.SESSION_COOKIE_PATH == "/admin/"
