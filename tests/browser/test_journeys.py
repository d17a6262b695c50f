"""What people do, in a real Chromium."""

import os
import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect

PICTURES = Path(__file__).resolve().parent.parent / "pictures"


def in_days(days):
    return (date.today() + timedelta(days=days)).isoformat()  # noqa: DTZ011 - any day near today will do


def make_checklist(page, therapy="ocrelizumab", stage="first-dose-part-1", days=24, time="09:00", situations=()):
    page.goto(f"/visits/new/?therapy={therapy}")
    page.check(f"[name=stage][value={stage}]")
    page.fill("#date", in_days(days))
    if time:
        page.fill("#time", time)
    for situation in situations:
        page.check(f"[value={situation}]")
    page.click("main form button[type=submit]")
    expect(page).to_have_title(re.compile("Checklist for"))


def test_a_patient_makes_a_list_and_ticks_it(page):
    page.goto("/")
    page.get_by_role("link", name="Ocrelizumab").click()
    page.get_by_role("link", name="Make my checklist").click()
    page.get_by_label("First dose, part 1").check()
    page.get_by_label("First day of the visit").fill(in_days(24))
    page.get_by_label("I have diabetes").check()
    page.get_by_role("button", name="Make my checklist").click()
    expect(page.get_by_role("heading", name=re.compile("Late: 1 thing to tick or to call about"))).to_be_visible()
    tick = page.get_by_label("Get your hepatitis B blood test")
    tick.check()
    expect(tick).to_be_checked()
    assert "diabetes" not in page.url
    page.get_by_role("button", name="Change my answers").click()
    expect(page.get_by_label("I have diabetes")).to_be_checked()


def test_stages_follow_the_therapy_and_nothing_typed_is_lost(page):
    page.goto("/visits/new/?therapy=ocrelizumab", wait_until="networkidle")  # htmx comes when the page has been drawn
    page.fill("#date", in_days(40))
    page.check("[value=port]")
    page.get_by_label("Natalizumab").check()
    expect(page.get_by_label("Infusion 13 and later")).to_be_visible()
    expect(page.get_by_label("First dose, part 1")).to_have_count(0)
    expect(page.get_by_label("Home", exact=True)).to_have_count(0)
    assert page.input_value("#date") == in_days(40)
    assert page.is_checked("[value=port]")
    page.get_by_label("Infusion 13 and later").check()
    page.get_by_role("button", name="Make my checklist").click()
    expect(page.get_by_text("Natalizumab (Tysabri and Tyruko). Infusion 13 and later.")).to_be_visible()


def test_without_javascript_the_same_form_works(browser, base_url):
    context = browser.new_context(java_script_enabled=False, base_url=base_url)
    page = context.new_page()
    page.goto("/visits/new/")
    page.get_by_label("Alemtuzumab").check()
    page.locator("[name=stage][value=course-2]").check()
    page.fill("#date", in_days(60))
    page.get_by_role("button", name="Make my checklist").click()
    expect(page.get_by_text("3 days in a row: ")).to_be_visible()
    expect(page.locator("[data-print]:visible")).to_have_count(0)
    context.close()


def test_errors_stand_on_top_and_lead_to_their_fields(page):
    page.goto("/visits/new/?therapy=ocrelizumab")
    page.fill("#date", "2019-01-01")
    page.click("main form button[type=submit]")
    expect(page).to_have_title(re.compile("^Error: "))
    summary = page.get_by_role("alert")
    expect(summary).to_contain_text("2 answers need another look")
    assert page.input_value("#date") == "2019-01-01"
    summary.get_by_role("link", name=re.compile("too long ago")).click()
    assert page.evaluate("document.activeElement.id") == "date"


def test_a_visit_leaves_no_cookie_and_asks_no_other_host(page, base_url, server_log):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    messages = []
    page.on("console", lambda message: messages.append(message.text))
    for address in ("/", "/therapies/", "/guide/"):
        page.goto(address)
    make_checklist(page, situations=["pregnancy", "diabetes"])
    assert all(url.startswith(base_url) for url in asked)
    assert not page.context.cookies()
    kept = page.evaluate("({...localStorage, ...sessionStorage})")
    assert kept in ({}, {"htmx-current-path-for-history": "/visits/new/?therapy=ocrelizumab"})  # an address, no answer
    assert not messages
    log = server_log.read_text()
    assert "POST /visits/checklist/" in log
    assert "pregnancy" not in log
    assert "diabetes" not in log


def test_a_link_to_a_section_opens_it(page):
    page.goto("/therapies/ocrelizumab/")
    page.get_by_text("On this page", exact=True).click()
    page.get_by_role("link", name="Vaccines").click()
    expect(page.locator("#vaccines")).to_be_visible()


@pytest.mark.parametrize("javascript", [True, False])
def test_a_word_and_a_source_open_what_waits_at_the_end_of_the_page(browser, base_url, javascript):
    with browser.new_context(java_script_enabled=javascript, base_url=base_url) as context:
        page = context.new_page()
        page.goto("/therapies/ocrelizumab/")
        for link, end in (
            (page.locator("a.word").first, "#words"),
            (page.locator("a[href^='#s']:visible").nth(9), "#sources"),
        ):
            expect(page.locator(end)).to_be_hidden()
            address = link.get_attribute("href")
            link.click()
            expect(page.locator(end)).to_be_visible()
            expect(page.locator(address)).to_be_in_viewport()


def test_an_older_browser_opens_sections_for_a_link_and_for_paper(page):
    page.goto("/guide/")
    page.evaluate("history.replaceState(null, '', '#cost')")  # a link here that has opened nothing
    expect(page.locator("#cost")).to_be_hidden()
    page.evaluate("dispatchEvent(new Event('hashchange'))")
    expect(page.locator("#cost")).to_be_in_viewport()
    page.add_init_script("CSS.supports = condition => !condition.includes('details-content')")
    page.goto("/therapies/ocrelizumab/")
    expect(page.locator("#sources")).to_be_hidden()
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    expect(page.locator(".section--more details:not([open])")).to_have_count(0)


def test_picture_for_the_readme(page, tmp_path):
    page.set_viewport_size({"width": 1000, "height": 1250})
    make_checklist(page, situations=["drives", "diabetes"])
    picture = tmp_path / "checklist.png"
    page.screenshot(path=picture)
    assert picture.stat().st_size > 20_000
    if os.environ.get("PICTURES"):
        PICTURES.mkdir(exist_ok=True)
        (PICTURES / "checklist.png").write_bytes(picture.read_bytes())
