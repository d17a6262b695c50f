"""A list that two people keep, in two Chromiums at once: its owner on a phone, a helper at a desk."""

import re
import shutil
from contextlib import contextmanager
from datetime import date, timedelta

import pytest
import vobject
from conftest import running
from playwright.sync_api import expect
from test_access import assert_clean
from test_editing import approve, find, open_review, save, signed_in

from test_journeys import in_days, make_checklist

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
DESK = {"viewport": {"width": 1280, "height": 900}}


@pytest.fixture(scope="module")
def home(seeded, tmp_path_factory):
    """A site of its own: lists are kept there."""
    folder = tmp_path_factory.mktemp("together")
    with running(shutil.copy(seeded, folder / "site.sqlite3"), folder) as address:
        yield address


@contextmanager
def somebody(browser, site, **device):
    """A page of somebody's own. What the browser itself finds wrong fails the test."""
    context = browser.new_context(base_url=site, accept_downloads=True, **device)
    page = context.new_page()
    problems = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: problems.append(message.text))
    yield page
    context.close()
    assert not [problem for problem in problems if "Content Security Policy" in problem or "Error:" in problem]


def keep_list(page, **answers):
    make_checklist(page, **answers)
    page.get_by_role("button", name="Keep this list at a private link").click()
    expect(page).to_have_url(re.compile(r"/visits/[\w-]{22}/$"))
    return page.url


def helper_link(page):
    page.get_by_role("button", name="Make a link").click()
    return page.locator(".share__link").inner_text()


@pytest.fixture
def both(browser, home):
    """Owner and helper, each with the same list open."""
    with somebody(browser, home, **PHONE) as owner, somebody(browser, home, **DESK) as helper:
        url = keep_list(owner, days=3)
        helper.goto(helper_link(owner))
        owner.goto(url)
        yield owner, helper


def boxes_now(page):
    return page.locator(".now li.item").evaluate_all("lines => lines.map(line => line.id.slice(2))")


def tick(page, box):
    page.locator(f"[id='t-{box}']").click()


def expect_ticked(page, *boxes):
    for box in boxes:
        expect(page.locator(f"[id='t-{box}']")).to_have_attribute("aria-pressed", "true")


def open_note(page, box):
    line = page.locator(f"[id='i-{box}']")
    line.locator("summary").click()
    return line, line.get_by_label("Note.")


def write(page, box, words):
    line, note = open_note(page, box)
    note.fill(words)
    line.get_by_role("button", name="Save the note").click()
    return line


def test_both_tick_at_once_and_both_see_it_all(both):
    owner, helper = both
    first, second, third = boxes_now(owner)
    tick(owner, first)
    tick(helper, second)
    expect_ticked(owner, first)
    expect_ticked(helper, second)
    for page in both:
        page.reload()
        expect(page.locator("#progress")).to_contain_text(re.compile(r"^2 of \d+ things are done"))
        page.locator("#done").locator("xpath=ancestor::section").locator("summary").first.click()
        expect_ticked(page, first, second)
        expect(page.locator(f"[id='t-{third}']")).to_have_attribute("aria-pressed", "false")
    expect(owner.locator(f"[id='i-{second}']")).to_contain_text("by your helper")


def test_of_two_notes_at_once_one_is_told_and_both_can_be_read(both):
    owner, helper = both
    box, other = boxes_now(owner)[:2]
    _, unsaved = open_note(helper, other)
    unsaved.fill("Not saved yet")
    write(owner, box, "Ana drives me")
    expect(owner.locator(f"[id='i-{box}'] .item__note")).to_have_text("Ana drives me")
    line = write(helper, box, "Bring the letter")
    expect(line.get_by_role("alert")).to_contain_text("Somebody changed this meanwhile.")
    expect(line.get_by_role("alert")).to_contain_text("Bring the letter")
    expect(line.locator(".item__note")).to_have_text("Ana drives me")
    expect(unsaved).to_have_value("Not saved yet")
    assert_clean(helper)
    # What was typed still stands there, to be saved after all; then the other's words can be put back.
    expect(line.get_by_label("Note.")).to_have_value("Bring the letter")
    line.get_by_role("button", name="Save the note").click()
    expect(line.locator(".item__note")).to_have_text("Bring the letter")
    owner.reload()
    line, _ = open_note(owner, box)
    expect(line.locator(".item__note")).to_have_text("Bring the letter")
    line.get_by_role("button", name="Put back: Ana drives me").click()
    expect(owner.locator(f"[id='i-{box}'] .item__note")).to_have_text("Ana drives me")


def test_a_note_that_is_too_long_is_not_cut_but_shown_back(both):
    owner, _ = both
    box = boxes_now(owner)[0]
    words = "word " * 300
    line = write(owner, box, words)
    expect(line.get_by_role("alert")).to_contain_text("A note has at most 1,000 characters.")
    expect(line.get_by_label("Note.")).to_have_value(words)


def days_of(page):
    """The days that the whole list gives for what is not due yet, by item."""
    page.get_by_role("link", name="See or print the whole list").click()
    page.wait_for_url("**/list/")
    found = page.locator(".due").evaluate_all(
        """groups => groups.flatMap(group => {
          const days = [...group.querySelectorAll(".due__when time")].map(time => time.dateTime);
          return [...group.querySelectorAll("[data-item]")].map(item => [item.dataset.item, days]);
        })"""
    )
    page.go_back()
    return dict(found)


def test_the_owner_moves_the_visit_and_every_day_moves_for_both(browser, home):
    with somebody(browser, home, **PHONE) as owner, somebody(browser, home, **DESK) as helper:
        keep_list(owner, days=100)
        link = helper_link(owner)
        owner.go_back()
        owner.reload()
        helper.goto(link)
        box = helper.locator("li.item").first.get_attribute("id")[2:]
        helper.locator("details:has(li.item)").first.locator("summary").first.click()
        tick(helper, box)
        expect_ticked(helper, box)
        before = days_of(owner)
        owner.get_by_label("First day of the visit").fill(in_days(110))
        owner.get_by_role("button", name="Move the visit").click()
        expect(owner.get_by_text("110 days from today.")).to_be_visible()
        helper.reload()
        expect(helper.get_by_text("110 days from today.")).to_be_visible()
        for page in (owner, helper):
            after = days_of(page)
            assert after.keys() == before.keys()
            moved = {
                date.fromisoformat(new) - date.fromisoformat(old)
                for key, days in before.items()
                for old, new in zip(days, after[key], strict=True)
            }
            assert moved == {timedelta(days=10)}
            assert sum(map(len, after.values())) > 10
            expect(page.locator("#progress")).to_contain_text(re.compile("^1 of "))


def test_a_helper_has_no_way_to_move_to_share_or_to_delete_and_is_told_when_the_link_ends(both):
    owner, helper = both
    own = (
        "Move the visit",
        "Make a link",
        "Make a new link. The old one ends",
        "End the link",
        "Delete this visit now",
    )
    for name in own:
        expect(helper.get_by_role("button", name=name)).to_have_count(0)
    for name in (own[0], *own[2:]):
        expect(owner.get_by_role("button", name=name)).to_be_visible()
    box = boxes_now(helper)[0]
    owner.get_by_role("button", name="End the link").click()
    expect(owner.get_by_role("button", name="Make a link")).to_be_visible()
    tick(helper, box)  # on the page that is still open
    expect(helper.get_by_role("heading", name="No visit at this address")).to_be_visible()
    helper.reload()
    expect(helper.get_by_role("heading", name="No visit at this address")).to_be_visible()
    expect(owner.locator("#progress")).to_contain_text(re.compile("^0 of "))


def test_without_a_script_tick_note_own_thing_and_undo_work(browser, home):
    with somebody(browser, home, java_script_enabled=False, **PHONE) as page:
        keep_list(page)
        box = boxes_now(page)[0]
        tick(page, box)
        expect(page.locator("#progress")).to_contain_text(re.compile("^1 of "))
        tick(page, box)  # the browser opens what is done, since the address leads there
        expect(page.locator("#progress")).to_contain_text(re.compile("^0 of "))
        write(page, box, "Ana drives me")
        write(page, box, "Ben drives me")
        line = page.locator(f"[id='i-{box}']")
        expect(line.locator(".item__note")).to_have_text("Ben drives me")
        line.locator("summary").click()
        line.get_by_role("button", name="Put back: Ana drives me").click()
        expect(page.locator(f"[id='i-{box}'] .item__note")).to_have_text("Ana drives me")

        page.get_by_label("What is there to do?").fill("Feed the cat")
        page.get_by_label("When?").select_option("day-of")
        page.get_by_role("button", name="Add it").click()
        own = page.locator("[data-own]")
        expect(own).to_contain_text("Feed the cat")
        own.locator("summary").click()
        own.get_by_role("button", name="Take it off the list").click()
        expect(page.locator("[data-own]")).to_have_count(0)
        page.get_by_text("1 taken off the list").click()
        page.get_by_role("button", name="Put it back").click()
        expect(page.locator("[data-own]")).to_have_count(1)


def test_new_words_reach_a_kept_list(browser, staff_site):
    with somebody(browser, staff_site, **PHONE) as owner:
        keep_list(owner)
        box = boxes_now(owner)[0]
        tick(owner, box)
        expect_ticked(owner, box)
        with signed_in(browser, staff_site, "editor") as page:
            find(page, "Call 911 for trouble breathing", "Ocrelizumab, OCR-C25a")
            action = page.locator("#id_action")
            action.fill(action.input_value() + " Do not drive there yourself.")
            save(page)
            find(page, "each MS drug you took before", "OCR-C07")
            page.get_by_label("Why").fill("Other words for the same.")
            save(page)
        with signed_in(browser, staff_site, "reviewer") as page:
            open_review(page)
            approve(page, "OCR-C25a has a sign more. Other words elsewhere.", "safety")
        owner.reload()
        warning = owner.locator("[data-item=OCR-C25a]")
        expect(warning).to_contain_text("Do not drive there yourself.")
        expect(owner.get_by_text(re.compile("2 things changed on"))).to_be_visible()
        expect(owner.get_by_text("What is about safety is on your list already.")).to_be_visible()
        owner.get_by_role("link", name="See what changed").click()
        expect(owner.locator("ins").filter(has_text="drive there yourself").first).to_be_visible()
        owner.get_by_text(re.compile("^Other words: 1 thing")).click()
        expect(owner.locator("ins").filter(has_text="Other").first).to_be_visible()
        expect(owner.locator("del").last).to_be_visible()
        owner.get_by_role("button", name="Take the new words").click()
        expect(owner.get_by_text("2 things changed on")).to_have_count(0)
        expect(owner.locator("#progress")).to_contain_text(re.compile("^1 of "))
        expect(warning).to_contain_text("Do not drive there yourself.")
        owner.get_by_role("link", name="See or print the whole list").click()
        expect(owner.get_by_text("Other words for the same.").first).to_be_visible()


class SmallCalendar:
    """What a calendar does with a file: an event that it has under this UID is replaced by one that is no older."""

    def __init__(self):
        self.events = {}

    def bring_in(self, path):
        for event in vobject.readOne(path.read_text(encoding="utf-8")).vevent_list:
            there = self.events.get(event.uid.value)
            if there is None or int(event.sequence.value) >= int(there.sequence.value):
                self.events[event.uid.value] = event


def calendar_file(page):
    page.get_by_label("Write what it is about").check()
    with page.expect_download() as download:
        page.get_by_role("button", name="Get the calendar file").click()
    assert download.value.suggested_filename == "visit.ics"
    return download.value.path()


def test_a_calendar_that_takes_the_file_again_has_the_new_days_and_nothing_twice(both):
    owner, helper = both
    calendar = SmallCalendar()
    old_file = calendar_file(owner)
    calendar.bring_in(old_file)
    before = dict(calendar.events)
    owner.get_by_label("First day of the visit").fill(in_days(60))
    owner.get_by_role("button", name="Move the visit").click()
    expect(owner.get_by_text("60 days from today.")).to_be_visible()
    helper.reload()
    calendar.bring_in(calendar_file(helper))  # the helper's file is of the same entries
    assert calendar.events.keys() == before.keys()
    titles = [event.summary.value for event in calendar.events.values()]
    assert len(titles) == len(set(titles))
    (visit,) = [event for event in calendar.events.values() if event.summary.value == "Ocrelizumab infusion"]
    assert visit.dtstart.value.isoformat()[:10] == in_days(60)
    assert {event.sequence.value for event in calendar.events.values()} == {"1"}
    tasks = [uid for uid, event in calendar.events.items() if "valarm" in event.contents]
    assert len(tasks) > 5
    assert all(calendar.events[uid].valarm.action.value == "DISPLAY" for uid in tasks)
    assert any(calendar.events[uid].dtstart.value != before[uid].dtstart.value for uid in tasks)
    calendar.bring_in(old_file)  # by mistake
    assert {event.sequence.value for event in calendar.events.values()} == {"1"}
