"""What pages tell search engines, and who is sent a link: nothing but what the page says."""

import html
import json
import re
import struct
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest
from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.utils import timezone
from test_living import code_for
from test_therapy_pages import THERAPIES
from test_visit_pages import answers

from factories import edit
from reading import text_of
from therapies import library as library_module
from therapies.models import Edition, Review, Subject
from therapies.publishing import withdraw

pytestmark = pytest.mark.django_db
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


def sitemap(client):
    """The paths of the sitemap with the day each last changed."""
    response = client.get("/sitemap.xml")
    assert response["Content-Type"] == "application/xml"
    tree = ElementTree.fromstring(response.content)  # noqa: S314 - our own
    found = {url.findtext(f"{SITEMAP}loc"): url.findtext(f"{SITEMAP}lastmod") for url in tree}
    assert all(address.startswith(settings.SITE_URL + "/") for address in found)
    return {address.removeprefix(settings.SITE_URL): day for address, day in found.items()}


def head_of(response):
    return response.content.decode().partition("</head>")[0]


def meta(response, name):
    """What a head says under a name, once."""
    said = re.findall(rf'<meta [^>]*"{name}"[^>]* content="([^"]*)">', head_of(response))
    assert len(said) <= 1, name
    return html.unescape(said[0]) if said else None


def title_of(response):
    return html.unescape(re.search(r"<title>(.*?)</title>", head_of(response))[1])


def data_of(response):
    """The JSON-LD of a page."""
    (data,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', head_of(response))
    return json.loads(data)


def body_of(response):
    """What a reader sees, without the head."""
    response.content = response.content.decode().partition("</head>")[2]
    return text_of(response)


def published_on(slug):
    """The day of an edition, where the clinic is."""
    return timezone.localdate(Edition.objects.get(subject__slug=slug).published_at)


def is_indexed(response):
    said = re.search(r'<meta name="robots" content="noindex', head_of(response))
    return not said and "noindex" not in response.get("X-Robots-Tag", "")


def texts_in(value):
    if isinstance(value, dict):
        for key, one in value.items():
            if key not in ("@context", "@type", "inLanguage", "dateModified"):
                yield from texts_in(one)
    elif isinstance(value, list):
        for one in value:
            yield from texts_in(one)
    else:
        yield value


def test_the_sitemap_lists_exactly_the_pages_that_may_be_indexed(client):
    indexed, seen, waiting = set(), {"/"}, ["/"]
    while waiting:
        path = waiting.pop()
        response = client.get(path)
        if response.status_code != 200 or not response["Content-Type"].startswith("text/html"):
            continue
        if is_indexed(response):
            indexed.add(path)
        links = {urlsplit(link).path for link in re.findall(r'<a [^>]*href="(/[^"]*)"', response.content.decode())}
        new = {link for link in links - seen if not link.startswith(("/admin/", "/static/"))}
        seen |= new
        waiting += new
    assert {"/therapies/ocrelizumab/editions/1/", "/search/", "/report/"} <= seen - indexed
    assert indexed | {"/check/"} == set(sitemap(client))  # the sheet of a list leads to /check/
    assert is_indexed(client.get("/check/"))


def test_public_pages_say_what_they_are_each_in_its_own_words(client):
    titles, descriptions = [], []
    for path in sitemap(client):
        response = client.get(path)
        title, description = title_of(response), meta(response, "description")
        titles.append(title)
        descriptions.append(description)
        assert title == f"{meta(response, 'og:title')} | MS Infusion"
        assert f'<link rel="canonical" href="{settings.SITE_URL}{path}">' in head_of(response)
        assert meta(response, "og:url") == settings.SITE_URL + path
        assert meta(response, "og:description") == description
        body = body_of(response).lower()
        for sentence in re.split(r"(?<=[.?]) ", description):
            assert sentence.removesuffix(".").lower() in body, path
    assert len(set(titles)) == len(titles)
    assert len(set(descriptions)) == len(descriptions)


def test_the_picture_of_a_link_is_there_and_light(client):
    address = meta(client.get("/guide/"), "og:image")
    name = address.removeprefix(settings.SITE_URL + settings.STATIC_URL)
    picture = (Path(staticfiles_storage.location) / name).read_bytes()
    assert struct.unpack(">II", picture[16:24]) == (1200, 630)
    assert len(picture) < 60_000


def test_the_address_of_the_form_is_one_whatever_therapy_it_carries(client):
    response = client.get("/visits/new/?therapy=ocrelizumab")
    assert f'<link rel="canonical" href="{settings.SITE_URL}/visits/new/">' in head_of(response)
    assert "?therapy" not in head_of(response)


def test_nothing_about_a_person_and_nothing_old_is_for_search_engines(client, ocrelizumab, editor, publish_as):
    edit(ocrelizumab.items.get(key="OCR-C01"), editor, why="Another reason.")
    publish_as(ocrelizumab)
    library_module.look_again()
    kept = client.post("/visits/keep/", answers())["Location"]
    made = client.post("/visits/checklist/", answers())
    code = code_for(library_module.library())
    for response in (
        made,
        client.post("/visits/checklist/", {}),
        client.post("/search/", {"q": "fever"}),
        *(client.get(page) for page in (
            kept, f"{kept}list/", f"{kept}step/", "/visits/AAAAAAAAAAAAAAAAAAAAAA/", "/report/",
            "/report/?page=/guide/", f"/check/{code}/", "/check/nothing/", "/search/", "/nothing/",
            "/therapies/ocrelizumab/editions/1/", "/therapies/ocrelizumab/editions/2/",
            "/therapies/ocrelizumab/editions/1/2/",
        )),
    ):  # fmt: skip
        assert not is_indexed(response), response.request["PATH_INFO"]
        assert 'rel="canonical"' not in head_of(response)
        assert "og:" not in head_of(response)


def test_data_for_machines_says_only_what_the_page_says(client):
    for slug in ("guide", *THERAPIES):
        path = "/guide/" if slug == "guide" else f"/therapies/{slug}/"
        response = client.get(path)
        data = data_of(response)
        assert data["@type"] == "MedicalWebPage"
        day = published_on(slug)
        assert data["dateModified"] == sitemap(client)[path] == day.isoformat()
        body = body_of(response)
        assert f"published {day:%B} {day.day}, {day.year}" in body
        for text in texts_in(data):
            assert re.sub(r"\s+", " ", text).split(" (")[0] in body, text
        assert "reviewedBy" not in data
        assert "lastReviewed" not in data
    drug = data_of(client.get("/therapies/natalizumab/"))["about"]
    assert (drug["@type"], drug["name"]) == ("Drug", "Natalizumab")
    assert drug["alternateName"] == ["Tysabri", "Tyruko"]
    assert data_of(client.get("/therapies/mitoxantrone/"))["about"]["alternateName"] == ["Novantrone"]


def test_a_reviewer_is_named_once_every_line_was_checked(client, library, ocrelizumab, reviewer):
    prints = library_module.content.line_fingerprints(library.editions["ocrelizumab"].content)
    *most, last = [
        Review(subject=ocrelizumab, key=key, fingerprint=fingerprint, reviewed_by=reviewer.reviewer)
        for key, fingerprint in prints.items()
    ]
    for review in most:
        review.save()
    library_module.look_again()
    assert "reviewedBy" not in data_of(client.get("/therapies/ocrelizumab/"))
    last.save()
    library_module.look_again()
    response = client.get("/therapies/ocrelizumab/")
    assert data_of(response)["reviewedBy"] == [{"@type": "Person", "name": "Test Reviewer, PharmD"}]
    assert "Reviewed by Test Reviewer, PharmD." in body_of(response)


def test_words_of_staff_can_not_break_out_of_the_data(client, ocrelizumab, editor, publish_as):
    lead = 'A drip </script><script>alert("1")</script> <!-- & "more".'
    edit(ocrelizumab, editor, lead=lead)
    publish_as(ocrelizumab)
    library_module.look_again()
    response = client.get("/therapies/ocrelizumab/")
    assert data_of(response)["description"] == meta(response, "description") == lead
    assert (
        head_of(response).count("<script") == head_of(response).count("</script") == 2
    )  # the data, and that of the site
    assert "alert(" not in re.sub(r"<script.*?</script>", "", head_of(response)).replace(html.escape(lead), "")


def test_a_page_that_was_taken_away_is_in_no_sitemap(client, ocrelizumab, reviewer):
    assert "/therapies/ocrelizumab/" in sitemap(client)
    withdraw(ocrelizumab, "", by=reviewer, reason="A sign was missing.")
    withdraw(Subject.objects.get(slug="guide"), "", by=reviewer, reason="A sign was missing.")
    library_module.look_again()
    left = sitemap(client)
    assert not {"/therapies/ocrelizumab/", "/guide/", "/visits/new/"} & set(left)
    assert "/therapies/natalizumab/" in left
    for path in ("/therapies/ocrelizumab/", "/guide/", "/therapies/ocrelizumab/editions/"):
        assert not is_indexed(client.get(path)), path


def test_the_sitemap_is_made_once_and_costs_no_query(client, django_assert_num_queries):
    client.get("/sitemap.xml")
    with django_assert_num_queries(0):
        assert client.get("/sitemap.xml")["ETag"]


def test_robots_are_told_of_the_sitemap_and_kept_from_nothing_that_says_noindex(client):
    response = client.get("/robots.txt")
    assert response["Content-Type"].startswith("text/plain")
    lines = response.content.decode().splitlines()
    assert f"Sitemap: {settings.SITE_URL}/sitemap.xml" in lines
    assert [line for line in lines if line.startswith("Disallow")] == ["Disallow: /admin/"]


def test_the_day_of_the_newest_edition_is_the_day_of_its_page(client):
    assert sitemap(client)["/guide/"] == published_on("guide").isoformat()
