"""Secrets of kept lists, on a full journey through a real Chromium: in which requests and log lines they stand."""

import re
import shutil
import sqlite3
from urllib.parse import urlsplit

import pytest
from conftest import running, sign_in
from playwright.sync_api import expect

from test_journeys import make_checklist

# Words that nobody else would write, so that they are found wherever they end up.
NOTE, OWN, MISTAKE, SEARCHED = "Zanzibar drives me", "Feed the axolotl", "A comma of Xanadu is missing", "quokka fever"
TOKEN = re.compile(r"/visits/([\w-]{22})(?![\w-])")


@pytest.fixture
def journey(browser, staffed, tmp_path):
    """A site that logs all that it can, and a person on it: everything that is sent, and everything that is logged."""
    database = shutil.copy(staffed, tmp_path / "site.sqlite3")
    with running(database, tmp_path, "loud_site", access_log=False) as site:
        context = browser.new_context(base_url=site, viewport={"width": 390, "height": 844})
        sent = []
        context.on("request", lambda request: sent.append(request))
        yield context.new_page(), site, sent, tmp_path / "log", database
        context.close()


def told(page, name, **fields):
    page.get_by_role("button", name=name, **fields).first.click()


def test_a_secret_is_sent_to_its_own_address_and_said_nowhere_else(journey):
    page, site, sent, log, database = journey

    # A list is made, kept, shared, ticked, written on, put into a calendar.
    make_checklist(page, days=3, situations=["diabetes"])
    told(page, "Keep this list at a private link")
    expect(page).to_have_url(TOKEN)
    owner = page.url
    told(page, "Make a link")
    helper = page.locator(".share__link").inner_text()
    page.goto(owner)
    line = page.locator(".now li.item").first
    line.locator("button.tick").click()
    expect(line.locator("button.tick")).to_have_attribute("aria-pressed", "true")
    line.locator("summary").click()
    line.get_by_label("Note.").fill(NOTE)
    line.get_by_role("button", name="Save the note").click()
    expect(line.locator(".item__note")).to_have_text(NOTE)
    page.get_by_label("What is there to do?").fill(OWN)
    page.get_by_label("When?").select_option("day-of")
    told(page, "Add it")
    expect(page.locator("[data-own]")).to_contain_text(OWN)
    for address in (f"{owner}list/", f"{owner}step/", helper, f"{helper}list/"):
        page.goto(address)
    page.goto(owner)
    page.request.post(f"{owner}calendar/", form={"named": "1"})

    # Every link of such a page leads away from it.
    for name in ("Sources", "Privacy", "Check a printed list", "About"):
        page.goto(owner)
        page.get_by_role("link", name=name, exact=True).first.click()
    page.goto(owner)
    with page.expect_popup() as popup:
        page.get_by_role("link", name=re.compile("Report a mistake")).click()
    popup.value.locator("textarea[name=text]").fill(MISTAKE)
    popup.value.get_by_role("button", name="Send the report").click()
    expect(popup.value.get_by_role("heading", name="Thank you")).to_be_visible()
    page.goto("/search/")
    page.locator("main [name=q]").fill(SEARCHED)
    page.keyboard.press("Enter")
    expect(page).to_have_title(re.compile("Search"))

    # What goes wrong: a letter is missing, something is forged, too long or broken.
    for wrong in (owner[:-2], owner[:-1], f"{owner}nothing/", f"{owner}list/%00", f"{site}/visits/{'x' * 22}/"):
        page.goto(wrong)
        page.get_by_role("link", name="My checklist", exact=True).click()
    page.request.get(f"{owner}change/")
    page.request.post(f"{owner}change/", form={"about": "note:NOTHING", "number": "1", "value": NOTE})
    page.request.post(f"{owner}move/", form={"date": "never"})
    page.request.post(f"{owner}change/", data=b"\xff\x00", headers={"Content-Type": "multipart/form-data; boundary=x"})

    # Staff sign in, on the same machine.
    staff = page.context.new_page()
    sign_in(staff, "editor")

    page.goto(owner)
    told(page, "Delete this visit now")
    told(page, "Delete it now")
    expect(page.get_by_role("heading", name="Your visit is deleted")).to_be_visible()
    page.goto(helper)
    expect(page.get_by_role("heading", name="No visit at this address")).to_be_visible()

    # A row that no code of ours would write, and then no table at all.
    kept = keep_another(page)
    on_database(database, "UPDATE visits_visit SET answers = '{}'")
    page.goto(kept)
    expect(page.get_by_role("heading", name="Something broke on our side")).to_be_visible()
    on_database(database, "ALTER TABLE visits_visit RENAME TO away")
    for ask in ("", "list/", "step/"):
        page.goto(f"{kept}{ask}")
        expect(page.get_by_role("heading", name="We can’t reach your list now")).to_be_visible()
    page.request.post(f"{kept}change/", form={"about": "note:OCR-C01", "number": "1", "value": NOTE})

    secrets = {TOKEN.search(address)[1] for address in (owner, helper, kept)}
    assert len(secrets) == 3
    assert_only_in_addresses(sent, secrets, site)
    said = log.read_text()
    assert "DEBUG" in said
    assert "Internal Server Error: /visits/.../" in said
    assert "KeyError" in said  # with its traceback
    for word in (*secrets, NOTE, OWN, MISTAKE, SEARCHED, "quokka", "correct-horse"):
        assert word not in said, [line for line in said.splitlines() if word in line][:3]


def keep_another(page):
    make_checklist(page, days=5)
    told(page, "Keep this list at a private link")
    expect(page).to_have_url(TOKEN)
    return page.url


def on_database(database, command):
    connection = sqlite3.connect(database)
    with connection:
        connection.execute(command)
    connection.close()


def assert_only_in_addresses(sent, secrets, site):
    """Every request goes to our site, and no header of one holds a secret, but for where htmx names the page that is open."""
    assert len(sent) > 60
    assert {request.url[: len(site) + 1] for request in sent} == {f"{site}/"}
    for request in sent:
        assert not any(secret in urlsplit(request.url).query for secret in secrets), request.url
        for name, value in request.all_headers().items():
            if name != "hx-current-url":
                assert not any(secret in value for secret in secrets), (request.url, name, value)
