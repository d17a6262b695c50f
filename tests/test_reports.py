"""Readers report a mistake: what is kept is the page and the words, and nothing about the reader."""

import logging
import re
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.db import DatabaseError, connection
from django.utils import timezone
from django.utils.html import escape
from test_visit_pages import CHECKLIST, answers

from reading import text_of
from therapies.models import Report

pytestmark = pytest.mark.django_db
ADDRESS = "/report/"
PAGE = "/therapies/ocrelizumab/"
TEXT = "The dose is every 6 months, not 5."


def fill(count, minutes_ago=10):
    for number in range(count):
        report = Report.objects.create(page=PAGE, text=f"Report {number}")
        Report.objects.filter(pk=report.pk).update(reported_at=timezone.now() - timedelta(minutes=minutes_ago))


@pytest.mark.parametrize("page", ["/", PAGE, "/guide/", "/privacy/", "/therapies/ocrelizumab/editions/"])
def test_every_page_has_a_link_that_leads_to_the_form_about_it(client, page):
    html = client.get(page).content.decode()
    address = re.search(r'href="(/report/[^"]*)">Report a mistake on this page</a>', html).group(1)
    form = client.get(address)
    assert form.status_code == 200
    assert f'name="page" value="{page}"' in form.content.decode()
    assert "no-store" in form["Cache-Control"]
    assert not form.cookies


def test_on_a_list_the_link_opens_beside_it_and_says_so(client):
    html = client.post(CHECKLIST, answers()).content.decode()
    link = re.search(r'<a href="/report/\?page=/visits/checklist/"[^>]*>[^<]*</a>', html).group()
    assert 'target="_blank"' in link
    assert "(opens in a new tab)" in link


def test_a_report_is_kept_with_its_page_and_nothing_else(client, caplog):
    with caplog.at_level(logging.DEBUG):
        response = client.post(ADDRESS, {"page": PAGE, "text": f"  {TEXT}\r\nReally. "})
    assert response.status_code == 200
    assert "Thank you" in text_of(response)
    assert f'href="{PAGE}"' in response.content.decode()
    (report,) = Report.objects.all()
    assert (report.page, report.text) == (PAGE, f"{TEXT}\nReally.")
    assert {field.name for field in Report._meta.fields} == {"id", "page", "text", "reported_at"}
    assert not response.cookies
    assert not Session.objects.exists()
    assert "months" not in caplog.text


@pytest.mark.parametrize(
    "page",
    [
        "https://elsewhere.example/",
        "//elsewhere.example/",
        "javascript:alert(1)",
        "/admin/",
        "/admin/therapies/subject/",
        "/therapies/aspirin/",
        "/nothing/",
        "/therapies/ocrelizumab/?diabetes",
        "/therapies/ocrelizumab/editions/" + "1" * 300 + "/",
        "/therapies/ocrelizumab/\x00",
        "x" * 5000,
    ],
)
def test_an_address_that_is_not_ours_is_ignored(client, page):
    html = client.get(ADDRESS, {"page": page}).content.decode()
    assert 'name="page"' not in html
    assert escape(page) not in html
    assert client.post(ADDRESS, {"page": page, "text": TEXT}).status_code == 200
    assert Report.objects.get().page == ""


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "Write what is wrong."),
        (" \r\n ", "Write what is wrong."),
        ("x" * 1234, "This has 1,234 characters. At most 1,000 are possible."),
        ("a\x00b", "Null characters are not allowed."),
    ],
)
def test_a_wrong_report_gets_a_sentence_and_nothing_typed_is_lost(client, text, sentence):
    response = client.post(ADDRESS, {"page": PAGE, "text": text})
    html = response.content.decode()
    assert response.status_code == 422
    assert sentence in html
    assert escape(text.strip()) in html
    assert f'name="page" value="{PAGE}"' in html
    assert not Report.objects.exists()
    for target in re.findall(r'<li><a href="#([^"]+)"', html):
        assert f'id="{target}"' in html


def test_a_thousand_characters_are_allowed_however_lines_end(client):
    assert client.post(ADDRESS, {"text": "x\r\n" * 499 + "xx"}).status_code == 200
    assert len(Report.objects.get().text) == 1000


def test_the_form_warns_before_anybody_writes_about_themselves(client):
    text = text_of(client.get(ADDRESS))
    assert "Write nothing about yourself: no name, no date of birth, nothing about your health." in text
    assert "At most 1,000 characters." in text
    assert "In an emergency, call 911." in text


def test_sent_twice_it_is_kept_once(client):
    for _ in range(2):
        assert "Thank you" in text_of(client.post(ADDRESS, {"page": PAGE, "text": TEXT}))
    assert Report.objects.count() == 1
    client.post(ADDRESS, {"page": "/guide/", "text": TEXT})
    assert Report.objects.count() == 2
    Report.objects.update(reported_at=timezone.now() - timedelta(minutes=61))
    client.post(ADDRESS, {"page": PAGE, "text": TEXT})
    assert Report.objects.count() == 3


def test_more_than_30_in_an_hour_have_to_wait_and_nothing_typed_is_lost(client):
    fill(29)
    client.post(ADDRESS, {"page": PAGE, "text": TEXT})
    response = client.post(ADDRESS, {"page": PAGE, "text": "One too many."})
    assert response.status_code == 429
    assert 0 < int(response["Retry-After"]) <= 50 * 60
    assert "Too many reports came in this hour." in text_of(response)
    assert "Send them again in 50 minutes." in text_of(response)
    assert "One too many." in response.content.decode()
    assert f'name="page" value="{PAGE}"' in response.content.decode()
    assert Report.objects.count() == 30
    assert client.post(ADDRESS, {"page": PAGE, "text": TEXT}).status_code == 200  # it is kept already


def test_what_came_more_than_an_hour_ago_keeps_nobody_waiting(client):
    fill(40, minutes_ago=61)
    assert client.post(ADDRESS, {"page": PAGE, "text": TEXT}).status_code == 200
    assert Report.objects.count() == 41


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "http://testserver"}, 200),
        ({"Origin": "https://elsewhere.example"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
    ],
)
def test_another_site_can_not_send_a_report(client, headers, status):
    assert client.post(ADDRESS, {"text": TEXT}, headers=headers).status_code == status
    assert Report.objects.exists() == (status == 200)


def test_far_too_much_is_refused_with_the_limit(client):
    response = client.post(ADDRESS, {"text": "x" * 1_000_000})
    assert response.status_code == 400
    assert "at most 100,000 characters at once" in text_of(response)


def test_while_the_database_is_away_nothing_typed_is_lost(client, caplog):
    client.get("/")

    def away(*args):
        raise DatabaseError("away")

    with connection.execute_wrapper(away):
        response = client.post(ADDRESS, {"page": PAGE, "text": TEXT})
    assert response.status_code == 503
    assert "keep your report right now." in text_of(response)
    assert TEXT in response.content.decode()
    assert TEXT not in caplog.text
    assert response["Retry-After"]


def test_html_in_a_report_is_text_for_readers_and_staff(client, admin_client):
    words = "<script>alert(1)</script>"
    assert escape(words) in client.post(ADDRESS, {"page": PAGE, "text": words * 50}).content.decode()
    client.post(ADDRESS, {"page": PAGE, "text": words})
    shown = admin_client.get("/admin/therapies/report/").content.decode()
    assert escape(words) in shown
    assert words not in shown


def test_privacy_says_what_a_report_keeps(client):
    text = text_of(client.get("/privacy/"))
    assert "We keep three things: the page, your words and the time." in text
    assert "Nothing you type is kept unless you ask us to keep it, but for a report of a mistake." in text
