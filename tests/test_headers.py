"""What every answer says to the browser about itself, whole: on pages, files and errors alike."""

import base64
import hashlib
import json
import logging
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.templatetags.static import static
from django.test import Client
from django.utils.log import AdminEmailHandler
from test_kept import database_away, keep
from test_therapy_pages import POLICY as PAGES_POLICY
from test_visit_pages import answers

import visits.views
from reading import text_of

pytestmark = pytest.mark.django_db

LATE, HTMX = (
    base64.b64encode(hashlib.sha256((settings.BASE_DIR / "templates" / script).read_bytes()).digest()).decode()
    for script in ("late.js", "visits/htmx.js")
)
POLICY = PAGES_POLICY | {f"script-src 'self' 'sha256-{LATE}' 'sha256-{HTMX}'"}
EVERYWHERE = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
ASKED_BY_TRACKERS = {"camera", "microphone", "geolocation", "payment", "usb", "browsing-topics", "clipboard-read"}
NOBODYS = f"/visits/{'x' * 22}/"

# Each with its status.
ANSWERS = {
    "a page": (200, lambda client: client.get("/")),
    "a page that is there already": (304, lambda client: client.get("/guide/", headers={"If-None-Match": "*"})),
    "the head of a page": (200, lambda client: client.head("/guide/")),
    "the form": (200, lambda client: client.get("/visits/new/")),
    "a list": (200, lambda client: client.post("/visits/checklist/", answers())),
    "another look at the answers": (422, lambda client: client.post("/visits/checklist/", {})),
    "a list that is kept now": (302, lambda client: client.post("/visits/keep/", answers())),
    "a search": (200, lambda client: client.post("/search/", {"q": "fever"})),
    "the worker": (200, lambda client: client.get("/sw.js")),
    "whether it lives": (200, lambda client: client.get("/healthz")),
    "a style": (200, lambda client: client.get(static("css/site.css"))),
    "a font": (200, lambda client: client.get(static("fonts/atkinson-hyperlegible-next.woff2"))),
    "the icon": (200, lambda client: client.get("/favicon.ico")),
    "a part of a file": (206, lambda client: client.get(static("css/site.css"), headers={"Range": "bytes=0-9"})),
    "a file that is there already": (
        304,
        lambda client: client.get("/favicon.ico", headers={"If-Modified-Since": "Fri, 01 Jan 2100 00:00:00 GMT"}),
    ),
    "a file that is not there": (404, lambda client: client.get("/static/css/nothing.css")),
    "the sign-in of staff": (200, lambda client: client.get("/admin/login/")),
    "staff's own pages": (302, lambda client: client.get("/admin/")),
    "a way to write an address": (301, lambda client: client.get("/guide")),
    "too much": (400, lambda client: client.post("/search/", {"q": "x" * 200_000})),
    "a host that is not ours": (400, lambda client: client.get("/", headers={"Host": "elsewhere.example"})),
    "from another site": (403, lambda client: client.post("/search/", headers={"Sec-Fetch-Site": "cross-site"})),
    "no such page": (404, lambda client: client.get("/nothing/")),
    "no way to ask": (405, lambda client: client.put("/guide/")),
}
AT_A_SECRET = {
    "nobody's list": (404, lambda client: client.get(NOBODYS)),
    "no such page": (404, lambda client: client.get(f"{NOBODYS}nothing/")),
    "a slash is missing": (301, lambda client: client.get(NOBODYS.rstrip("/"))),
    "no way to ask": (405, lambda client: client.get(f"{NOBODYS}change/")),
    "from another site": (
        403,
        lambda client: client.post(f"{NOBODYS}change/", headers={"Sec-Fetch-Site": "cross-site"}),
    ),
    "too much": (400, lambda client: client.post(f"{NOBODYS}change/", {"value": "x" * 200_000})),
    "the list": (200, lambda client: client.get(keep(client))),
    "to print": (200, lambda client: client.get(f"{keep(client)}list/")),
    "one step": (200, lambda client: client.get(f"{keep(client)}step/")),
    "shared": (200, lambda client: client.post(f"{keep(client)}helper/", {"make": "1"})),
    "its calendar": (200, lambda client: client.post(f"{keep(client)}calendar/")),
    "deleted": (200, lambda client: client.post(f"{keep(client)}delete/", {"sure": "1"})),
}


def assert_whole(response, **but):
    found = {name: response.get(name) for name in EVERYWHERE}
    assert found == EVERYWHERE | but
    assert set(response["Content-Security-Policy"].split("; ")) == POLICY
    denied = dict(one.split("=") for one in response["Permissions-Policy"].split(", "))
    assert set(denied.values()) == {"()"}
    assert denied.keys() >= ASKED_BY_TRACKERS
    assert "Access-Control-Allow-Origin" not in response
    assert not any("unsafe" in value or "*" in value for value in (response["Content-Security-Policy"], *denied))


@pytest.mark.parametrize("name", ANSWERS)
def test_every_answer_carries_every_header(client, name):
    status, ask = ANSWERS[name]
    response = ask(client)
    response.getvalue()  # closes a file
    assert response.status_code == status
    assert_whole(response)


@pytest.mark.parametrize("name", AT_A_SECRET)
def test_what_stands_at_a_secret_address_tells_nobody_where_it_is(client, name):
    status, ask = AT_A_SECRET[name]
    response = ask(client)
    assert response.status_code == status
    assert_whole(response, **{"Referrer-Policy": "no-referrer"})


def test_what_breaks_carries_them_too(monkeypatch):
    client = Client(raise_request_exception=False)
    url = keep(client)
    with database_away():
        away = client.get(url)
        staff = client.post("/admin/login/", {"username": "editor", "password": "correct-horse"})
    monkeypatch.delattr(visits.views, "_answer")
    broken = client.post("/visits/checklist/")
    assert (away.status_code, staff.status_code, broken.status_code) == (503, 503, 500)
    assert_whole(away, **{"Referrer-Policy": "no-referrer"})
    assert_whole(staff)
    assert_whole(broken)


def test_pages_of_staff_can_be_framed_by_nobody(client, editor):
    client.force_login(editor)
    for response in (client.get("/admin/"), client.get("/")):
        assert_whole(response)
        assert response["X-Frame-Options"] == "DENY"


ASK = """
import json, sys
from django.test import Client
from django.utils.log import AdminEmailHandler
client = Client()
pages = {
    "plain": client.get("/guide/", headers={"host": "infusion.example.org"}),
    "another host": client.get("/guide/", headers={"host": "elsewhere.example"}),
    "secure": client.get("/admin/login/", headers={"host": "infusion.example.org", "X-Forwarded-Proto": "https"}),
}
sys.stdout.write(json.dumps({name: {
    "status": page.status_code, "headers": dict(page.headers), "cookies": [c.OutputString() for c in page.cookies.values()]
} for name, page in pages.items()}))
"""


def test_with_an_https_address_nothing_is_said_in_the_clear():
    told = subprocess.run(
        [sys.executable, "manage.py", "shell", "--verbosity", "0", "--command", ASK],
        cwd=Path(settings.BASE_DIR), env=os.environ | {"SITE_URL": "https://infusion.example.org"},
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    pages = json.loads(told.stdout)
    for name in ("plain", "another host"):
        assert pages[name]["status"] == 301
        assert pages[name]["headers"]["Location"] == "https://infusion.example.org/guide/"
        assert set(pages[name]["headers"]["Content-Security-Policy"].split("; ")) == POLICY
        assert not pages[name]["cookies"]
    secure = pages["secure"]
    assert secure["status"] == 200
    assert re.fullmatch(r"max-age=31536000; includeSubDomains; preload", secure["headers"]["Strict-Transport-Security"])
    assert secure["cookies"]
    for cookie in secure["cookies"]:
        assert {"Secure", "Path=/admin/"} <= set(cookie.split("; "))


def test_who_asks_in_a_way_that_a_page_does_not_take_is_told_so(client):
    for response in (client.put("/guide/"), client.get(f"{NOBODYS}change/")):
        assert response.status_code == 405
        assert "This address does not take what was sent to it." in text_of(response)
        assert int(response["Content-Length"]) == len(response.content)
        assert response["Allow"]


def test_no_script_reads_a_cookie_of_staff(client):
    client.get("/admin/login/")
    assert {name for name, cookie in client.cookies.items() if not cookie["httponly"]} == set()
    assert settings.CSRF_COOKIE_NAME in client.cookies


def test_a_browser_that_says_little_can_still_tick_but_no_other_page_can_send_a_form(client):
    """Where a page sends no referrer, browsers send "null" as its origin; older ones, such as those of iPhones before 2023,
    send nothing else."""
    url = keep(client)
    for origin, status in (("null", 200), ("http://testserver", 200), ("https://elsewhere.example", 403)):
        assert client.post(f"{url}calendar/", headers={"Origin": origin}).status_code == status
    for address in ("/visits/checklist/", "/visits/keep/", "/search/", "/report/", "/check/"):
        assert client.post(address, answers(), headers={"Origin": "null"}).status_code == 403


def test_no_error_is_sent_by_mail():
    """A report of an error holds what was asked for, and what stood in every variable."""
    loggers = [logging.getLogger(), *map(logging.getLogger, logging.root.manager.loggerDict)]
    assert not [logger for logger in loggers if any(isinstance(one, AdminEmailHandler) for one in logger.handlers)]
    assert not settings.ADMINS
    assert not settings.MANAGERS
