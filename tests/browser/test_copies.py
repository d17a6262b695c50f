"""Reading without a connection, in a real Chromium: what opens, what says that it is a copy, and what is stored nowhere."""

import json
import re
import shutil
import socket
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
from conftest import manage, running
from playwright.sync_api import expect
from test_access import assert_clean
from test_paper import leaves_of

from test_journeys import make_checklist

NO_CONNECTION = "You have no connection to this site."
AS_IT_WAS = re.compile(r"This is the page as it was on \w+ \d+, \d{4}\. Words may have changed since\.")
COPY_OF = re.compile("^Copy of .*It does not change. .*Words may have changed since.")
PUT, TAKE_OFF = "Put a copy on this device", "Take the copy off this device"
# Everything that a page can leave in a browser, but for cookies. What the worker takes away meanwhile is not left.
LEFT = """async () => {
    const left = { databases: await indexedDB.databases(), local: {...localStorage}, session: {...sessionStorage} };
    for (const name of await caches.keys()) {
        const cache = await caches.open(name);
        left[name] = {};
        for (const request of await cache.keys()) {
            const answer = await cache.match(request);
            if (answer) left[name][new URL(request.url).pathname] = await answer.text();
        }
    }
    return left;
}"""
STORED = """async ([name, path, words]) => {
    const copy = await (await caches.open(name)).match(path);
    return copy && (await copy.text()).includes(words);
}"""
NO_LIST_LEFT = 'async () => !(await caches.has("lists")) || !(await (await caches.open("lists")).keys()).length'
NOT_STORED = 'async path => !(await (await caches.open("lists")).match(path))'
WORKER = "async () => (await navigator.serviceWorker.getRegistration())?.active"
OLD = """async path => {
    const pages = await caches.open("pages");
    const headers = { "Content-Type": "text/html", Expires: new Date(Date.now() - 1000).toUTCString() };
    await pages.put(path, new Response(await (await pages.match(path)).text(), { headers }));
}"""
WITHDRAW = """
from django.contrib.auth.models import User
from therapies.models import Subject
from therapies.publishing import withdraw
withdraw(Subject.objects.get(slug="ocrelizumab"), "", by=User.objects.get(username="reviewer"), reason="The label changed.")
"""


def becomes(page, what, about=None):
    """Wait until this is so. Playwright's own way to wait for a function is not allowed by the policy of our pages."""
    wait = f"""async about => {{
        for (const end = Date.now() + 20_000; Date.now() < end; await new Promise(requestAnimationFrame))
            if (await ({what})(about)) return true;
    }}"""
    assert page.evaluate(wait, about), what


def stored(page, path, name="pages", words=""):
    """Wait until this is on the device."""
    becomes(page, STORED, [name, path, words])


def opened(page, *paths):
    for path in paths:
        page.goto(path)
        stored(page, path)


def kept_visit(page, **more):
    """The address of a kept visit that is open, as a path."""
    make_checklist(page, **more)
    page.get_by_role("button", name="Keep this list").click()
    expect(page.get_by_role("heading", name="Your visit")).to_be_visible()
    return re.search(r"/visits/[\w-]{22}/$", page.url).group(0)


def put_copy(page):
    page.get_by_role("button", name=PUT).click()
    expect(page.get_by_text("A copy is on this device.")).to_be_visible()


def assert_no_copy_opens(page, visit, others=0):
    page.context.set_offline(True)
    page.goto(visit)
    expect(page.get_by_text(NO_CONNECTION)).to_be_visible()
    expect(page.locator("[data-lists] summary")).to_have_count(others)
    expect(page.get_by_text("No list is on this device.")).to_be_visible(visible=not others)
    expect(page.locator("[data-item]")).to_have_count(0)


def test_a_page_opened_once_opens_again_with_its_looks_and_says_that_it_is_a_copy(page):
    opened(page, "/therapies/ocrelizumab/")
    looks = page.evaluate("getComputedStyle(document.querySelector('h1')).font")
    page.context.set_offline(True)
    page.goto("/therapies/ocrelizumab/")
    expect(page.locator("main > .past")).to_contain_text(NO_CONNECTION)
    expect(page.locator("main > .past")).to_contain_text(AS_IT_WAS)
    expect(page.get_by_role("heading", name="Ocrelizumab", level=1)).to_be_visible()
    assert page.evaluate("getComputedStyle(document.querySelector('h1')).font") == looks
    assert page.evaluate("[...document.styleSheets].every(sheet => sheet.cssRules.length)")
    assert page.evaluate("document.fonts.load('20px \"Atkinson Hyperlegible Next\"').then(fonts => fonts.length)") == 1
    page.context.set_offline(False)
    page.reload()
    expect(page.get_by_role("heading", name="Ocrelizumab", level=1)).to_be_visible()
    expect(page.get_by_text(NO_CONNECTION)).to_have_count(0)


def test_a_page_that_was_never_opened_leads_to_those_that_are_here(page):
    opened(page, "/guide/", "/therapies/natalizumab/")
    page.context.set_offline(True)
    page.goto("/therapies/mitoxantrone/")
    expect(page.get_by_text(NO_CONNECTION)).to_be_visible()
    expect(page.get_by_role("main").get_by_role("link", name="911")).to_have_attribute("href", "tel:911")
    expect(page.get_by_text("No list is on this device.")).to_be_visible()
    expect(page.locator("[data-pages] a")).to_have_text(["Natalizumab (Tysabri and Tyruko)", "Infusion day"])
    page.get_by_role("link", name="Infusion day").last.click()
    expect(page.get_by_text(AS_IT_WAS)).to_be_visible()


def test_a_copy_that_is_too_old_is_not_shown(page):
    opened(page, "/guide/", "/therapies/natalizumab/")
    page.evaluate(OLD, "/guide/")
    page.context.set_offline(True)
    page.goto("/guide/")
    expect(page.get_by_role("heading", name="Read without a connection")).to_be_visible()
    expect(page.locator("[data-pages] a")).to_have_text(["Natalizumab (Tysabri and Tyruko)"])


def test_everything_can_be_taken_off_a_device_that_is_not_ones_own(page):
    opened(page, "/guide/")
    kept_visit(page)
    put_copy(page)
    page.goto("/offline/")
    expect(page.locator("[data-lists] summary")).to_have_count(1)
    page.get_by_role("button", name="Take it all off this device").click()
    expect(page.get_by_text("No list is on this device.")).to_be_visible()
    expect(page.get_by_text("No page is on this device yet.")).to_be_visible()
    left = page.evaluate(LEFT)
    assert not left.get("lists")
    assert not left.get("pages")


def test_a_list_leaves_nothing_on_the_device_unless_somebody_asks(page):
    opened(page, "/guide/")
    make_checklist(page, situations=["pregnancy", "diabetes"])
    page.goto("/visits/new/?therapy=alemtuzumab")
    page.goto("/check/")
    page.goto("/report/")
    visit = kept_visit(page, situations=["pregnancy"])
    page.fill("#own-text", "Bring the bear")
    page.get_by_role("button", name="Add it").click()
    page.get_by_role("link", name="See or print the whole list").click()
    page.goto(f"{visit}step/")
    page.goto(visit)
    expect(page.get_by_role("button", name=PUT)).to_be_visible()
    left = page.evaluate(LEFT)
    assert not left.pop("databases")
    assert not left.pop("local")
    assert set(left.pop("session")) <= {"htmx-current-path-for-history"}  # the address that this tab is at
    assert set(left) == {"pages", "files"}
    assert set(left["pages"]) == {"/guide/"}
    assert all(path == "/offline/" or path.startswith("/static/") for path in left["files"])
    everything = json.dumps(left)
    assert "data-item" not in everything
    assert "the bear" not in everything
    assert visit not in everything
    assert_no_copy_opens(page, visit)


def test_a_copy_of_a_list_is_read_at_its_own_address_and_beside_the_pages(page):
    visit = kept_visit(page, situations=["diabetes"])
    put_copy(page)
    page.fill("#own-text", "Bring <b>the bear</b>")
    page.get_by_role("button", name="Add it").click()
    page.locator(".now summary").first.click()
    page.locator(".now textarea").first.fill("Ask Ann <img src=x onerror=alert(1)>")
    page.locator(".now").get_by_role("button", name="Save the note").first.click()
    stored(page, visit, "lists", "Ask Ann")
    page.locator(".now button.tick").first.click()
    stored(page, visit, "lists", ' checked=""')
    messages = []
    page.on("console", lambda message: messages.append(message.text))
    page.on("pageerror", lambda error: messages.append(str(error)))
    page.context.set_offline(True)

    def assert_the_copy_is_read():
        expect(page.get_by_text(COPY_OF)).to_be_visible()
        expect(page.locator("[data-item]").first).to_be_visible()
        expect(page.get_by_text("Bring <b>the bear</b>")).to_be_visible()
        expect(page.get_by_text("Ask Ann <img src=x onerror=alert(1)>")).to_be_visible()
        expect(page.locator("main input:checked")).to_have_count(1)
        expect(page.locator("main input:enabled")).to_have_count(0)
        expect(page.locator("main :is(form, img, script, .sheet)")).to_have_count(0)
        expect(page.locator("[data-device] button:visible").first).to_have_text(TAKE_OFF)

    page.goto(visit)
    expect(page.get_by_text(NO_CONNECTION)).to_be_visible()
    expect(page).to_have_title(re.compile(r"^\w+day, "))
    assert_the_copy_is_read()
    assert "bear" in "".join(leaves_of(page.pdf()))
    assert not [message for message in messages if "DISCONNECTED" not in message]
    page.goto("/offline/")
    page.locator("[data-lists] summary").click()
    assert_the_copy_is_read()
    page.get_by_role("button", name=TAKE_OFF).click()
    expect(page.get_by_text("No list is on this device.")).to_be_visible()
    assert_no_copy_opens(page, visit)


def test_a_copy_is_taken_off_where_it_was_put(page):
    visit = kept_visit(page)
    put_copy(page)
    page.get_by_role("button", name=TAKE_OFF).click()
    expect(page.get_by_role("button", name=PUT)).to_be_visible()
    assert_no_copy_opens(page, visit)


def test_without_a_connection_nobody_is_told_that_a_copy_was_made(page):
    visit = kept_visit(page)
    expect(page.get_by_role("button", name=PUT)).to_be_visible()
    becomes(page, WORKER)
    page.context.set_offline(True)
    page.get_by_role("button", name=PUT).click()
    expect(page.get_by_text("The copy could not be made.")).to_be_visible()
    assert_no_copy_opens(page, visit)


def test_deleting_the_visit_clears_its_copy(page):
    other = kept_visit(page)
    put_copy(page)
    visit = kept_visit(page, therapy="mitoxantrone", stage="first-infusion")
    put_copy(page)
    page.get_by_role("button", name="Delete this visit now").click()
    page.get_by_role("button", name="Delete it now").click()
    expect(page.get_by_role("heading", name="Your visit is deleted")).to_be_visible()
    becomes(page, NOT_STORED, visit)
    page.goto("/offline/")
    expect(page.locator("[data-lists] summary")).to_have_count(1)
    assert set(page.evaluate(LEFT)["lists"]) == {other}
    assert_no_copy_opens(page, visit, others=1)


@pytest.mark.parametrize("place", ["its own address", "/offline/"])
def test_a_copy_goes_once_its_visit_was_deleted_elsewhere(page, browser, base_url, place):
    visit = kept_visit(page)
    put_copy(page)
    page.request.post(f"{visit}delete/", form={"sure": "1"})
    page.goto("/offline/" if place == "/offline/" else visit)
    says = "No list is on this device." if place == "/offline/" else "No visit at this address"
    expect(page.get_by_text(says).first).to_be_visible()
    becomes(page, NO_LIST_LEFT)


def test_a_helper_has_a_copy_of_their_own_which_goes_with_their_link(page, browser, base_url):
    kept_visit(page)
    page.get_by_role("button", name="Make a link").click()
    link = page.locator(".share__link").inner_text()
    context = browser.new_context(base_url=base_url)
    helper = context.new_page()
    helper.goto(link)
    put_copy(helper)
    context.set_offline(True)
    helper.goto(link)
    expect(helper.get_by_text(COPY_OF)).to_be_visible()
    page.get_by_role("button", name="End the link").click()
    expect(page.get_by_role("button", name="Make a link")).to_be_visible()
    context.set_offline(False)
    helper.goto(link)
    expect(helper.get_by_role("heading", name="No visit at this address")).to_be_visible()
    becomes(helper, NO_LIST_LEFT)
    context.close()


def test_what_was_withdrawn_does_not_live_on_where_there_is_a_connection(browser, staff_site, tmp_path):
    context = browser.new_context(base_url=staff_site)
    page = context.new_page()
    opened(page, "/therapies/ocrelizumab/")
    visit = kept_visit(page)
    put_copy(page)
    manage(tmp_path / "site.sqlite3", "shell", "--command", WITHDRAW)
    # The site looks every 3 seconds; what it says then is on the page at once, whatever is stored.
    while "The label changed." not in page.request.get("/therapies/ocrelizumab/").text():
        pass
    page.goto("/therapies/ocrelizumab/")
    expect(page.get_by_text("The label changed.").first).to_be_visible()
    expect(page.get_by_text(NO_CONNECTION)).to_have_count(0)
    page.goto(visit)
    expect(page.get_by_text("The label changed.").first).to_be_visible()
    stored(page, visit, "lists", "The label changed.")
    context.set_offline(True)
    for address in ("/therapies/ocrelizumab/", visit):
        page.goto(address)
        expect(page.get_by_text(NO_CONNECTION)).to_be_visible()
        expect(page.get_by_text("The label changed.").first).to_be_visible()
    expect(page.locator("[data-item]")).to_have_count(0)
    context.close()


class Down(BaseHTTPRequestHandler):
    """What a proxy says while the site behind it is down."""

    def do_GET(self):
        self.send_error(502)

    def log_message(self, *_):
        pass


@contextmanager
def down(port):
    server = HTTPServer(("127.0.0.1", port), Down)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_copies_open_while_the_site_is_down_or_says_nothing(browser, seeded, tmp_path):
    context = browser.new_context()
    page = context.new_page()
    with running(shutil.copy(seeded, tmp_path / "site.sqlite3"), tmp_path) as site:
        page.goto(f"{site}/guide/")
        stored(page, "/guide/")
    port = int(site.rpartition(":")[2])
    with down(port):
        page.goto(f"{site}/guide/")
        expect(page.get_by_text(AS_IT_WAS)).to_be_visible()
        assert page.goto(f"{site}/sources/").status == 502
        page.goto(f"{site}/offline/")
        expect(page.locator("[data-pages] a")).to_have_text(["Infusion day"])
    with socket.create_server(("127.0.0.1", port)):  # takes the request and never answers: one bar of signal
        page.goto(f"{site}/guide/")
        expect(page.get_by_text(AS_IT_WAS)).to_be_visible()
    context.close()


def test_axe_finds_nothing_and_nothing_scrolls_sideways(page):
    page.set_viewport_size({"width": 320, "height": 800})
    page.emulate_media(color_scheme="dark")

    def check(what):
        assert_clean(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, what

    opened(page, "/guide/")
    visit = kept_visit(page, situations=["port"])
    put_copy(page)
    check("visit with a copy")
    page.context.set_offline(True)
    page.goto(visit)
    expect(page.get_by_text(COPY_OF)).to_be_visible()
    check("copy at its own address")
    page.goto("/offline/")
    page.locator("[data-lists] summary").click()
    expect(page.get_by_text(COPY_OF)).to_be_visible()
    check("copy beside the pages")
    page.goto("/guide/")
    check("copy of a page")
