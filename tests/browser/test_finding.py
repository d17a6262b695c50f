"""From a misspelled word to the line, in a real Chromium."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect


def test_a_search_opens_the_section_where_the_words_stand(page):
    said = []
    page.on("console", lambda message: said.append(message.text))
    page.goto("/")
    page.get_by_label("A drug, a test, a sign, any word").fill("tisabri vaccines")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_text("We looked for")).to_contain_text("tysabri")
    assert page.url.endswith("/search/")
    assert not Axe().run(page).response["violations"]
    with page.expect_popup() as opened:
        page.get_by_role("link", name="Vaccines", exact=True).first.click()
    section = opened.value.locator("#vaccines")
    expect(section).to_be_visible()
    expect(section).to_be_in_viewport()
    assert not said  # the data for machines breaks no rule of the content security policy


def test_danger_stands_on_the_first_screen_of_a_phone(page):
    page.set_viewport_size({"width": 390, "height": 700})
    page.goto("/search/")
    page.get_by_label("A drug, a test, a sign, any word").fill("can't breathe")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("heading", name="Call 911 or go to the emergency room now")).to_be_in_viewport()
    assert not Axe().run(page).response["violations"]
