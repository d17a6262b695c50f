"""What clinic staff do, in a real Chromium: an editor writes, a reviewer reads and publishes, a patient sees it.

With PICTURES=1 these tests take the pictures of STAFF.md.
"""

import os
import re
from contextlib import contextmanager
from pathlib import Path

from conftest import code_of, sign_in
from playwright.sync_api import expect

from test_journeys import in_days

PICTURES = Path(__file__).resolve().parent.parent / "pictures"


@contextmanager
def signed_in(browser, site, username):
    """A page of somebody's own, at the start page of the admin."""
    context = browser.new_context(base_url=site, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    problems = []
    page.on("console", lambda message: problems.append(message.text))
    page.on("pageerror", lambda error: problems.append(str(error)))
    sign_in(page, username)
    yield page
    context.close()
    assert not [problem for problem in problems if "Content Security Policy" in problem or "Error" in problem]


@contextmanager
def reading(browser, site):
    context = browser.new_context(base_url=site)
    yield context.new_page()
    context.close()


def picture(page, name, part=None):
    if os.environ.get("PICTURES"):
        PICTURES.mkdir(exist_ok=True)
        (page.locator(part) if part else page).screenshot(path=PICTURES / f"{name}.png")


def save(page):
    page.get_by_role("button", name="Save", exact=True).first.click()
    expect(page.get_by_text("was changed successfully").or_(page.get_by_text("was added successfully"))).to_be_visible()


def find(page, words, key):
    """From the start page to the row that says these words."""
    page.goto("/admin/")
    page.get_by_label("Find a sentence to correct").fill(words)
    page.get_by_role("button", name="Find").click()
    page.get_by_role("link", name=re.compile(f"{key}$")).click()


def open_review(page, therapy="Ocrelizumab"):
    page.goto("/admin/")
    page.get_by_role("row", name=re.compile(f"^{therapy}")).get_by_role("link", name=re.compile(r"\d changes?")).click()


def approve(page, note, kind=None):
    page.get_by_label("What changed, in words for patients").fill(note)
    if kind:
        page.get_by_label("What kind of change").select_option(kind)
    page.get_by_role("button", name="Approve and publish").click()
    expect(page.get_by_text(re.compile("Published: "))).to_be_visible()


def cite(page, source, place):
    """Name a source of the line, by typing its key."""
    row = page.locator("tr.form-row.dynamic-citations").filter(has=page.locator("[name$=-place]")).last
    row.locator(".select2-selection").click()
    page.locator(".select2-search__field").fill(source)
    page.locator(".select2-results__option").filter(has_text=source).first.click()
    row.locator("[name$=-place]").fill(place)


def make_checklist(page, therapy="ocrelizumab", stage="first-dose-part-1"):
    page.goto(f"/visits/new/?therapy={therapy}")
    page.check(f"[name=stage][value={stage}]")
    page.fill("#date", in_days(24))
    page.click("main form button[type=submit]")
    expect(page).to_have_title(re.compile("Checklist for"))


def test_a_first_sign_in_takes_one_page_after_the_password(browser, staff_site):
    context = browser.new_context(base_url=staff_site, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.goto("/admin/")
    page.get_by_label("Username").fill("newcomer")
    page.get_by_label("Password").fill("correct-horse")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", name="Set up your second step")).to_be_visible()
    picture(page, "staff-second-step")
    page.get_by_label("Code").fill(code_of(page))
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("listitem")).to_have_count(10)
    page.get_by_role("link", name="I have them. Go on").click()
    expect(page.get_by_role("heading", name="All rows")).to_be_visible()
    context.close()


def test_a_wording_fix_takes_two_people_and_two_page_loads_each(browser, staff_site):
    with signed_in(browser, staff_site, "editor") as page:
        picture(page, "staff-start")
        find(page, "hepatitis B blood tests before your first dose", "OCR-C01")
        loads = []
        page.on("request", lambda request: loads.append(request.url) if request.is_navigation_request() else None)
        page.get_by_label("Why").fill("This drug can wake up hepatitis B. That must be ruled out first.")
        picture(page, "staff-edit")
        save(page)
        assert len(loads) <= 2 * 2, loads  # each load is a POST and the page it leads to
        expect(page.get_by_text("Readers do not see this yet.")).to_be_visible()
    with signed_in(browser, staff_site, "reviewer") as page:
        open_review(page)
        loads = []
        page.on("request", lambda request: loads.append(request.url) if request.is_navigation_request() else None)
        expect(page.locator("ins").filter(has_text="ruled")).to_be_visible()
        page.get_by_label("What changed, in words for patients").fill("Clearer words about the hepatitis test.")
        picture(page, "staff-review")
        approve(page, "Clearer words about the hepatitis test.", "wording")
        assert len(loads) <= 2 * 2, loads
    with reading(browser, staff_site) as page:
        make_checklist(page)
        expect(page.get_by_text("That must be ruled out first.")).to_be_visible()
        expect(page.get_by_text("checked by Test Reviewer, PharmD").first).to_be_visible()
        page.goto("/therapies/ocrelizumab/editions/1/")
        expect(page.get_by_text("A newer one is in force")).to_be_visible()


def test_who_types_stays_signed_in_and_is_told_where_that_has_ended(browser, staff_site):
    with signed_in(browser, staff_site, "editor") as page:
        page.clock.install()
        find(page, "hepatitis B blood tests before your first dose", "OCR-C01")
        expect(page.get_by_label("Why")).to_be_visible()
        page.clock.fast_forward("10:00")
        with page.expect_response("**/admin/jsi18n/") as asked:
            page.get_by_label("Why").fill("Somebody writes a long sentence.")
        assert asked.value.status == 200
        expect(page.get_by_role("alert")).to_have_count(0)
        page.context.clear_cookies()
        page.clock.fast_forward("10:00")
        page.get_by_label("Why").fill("And another one.")
        expect(page.get_by_role("alert")).to_have_text("You were signed out. Copy what you typed, then sign in again.")
        expect(page.get_by_label("Why")).to_have_value("And another one.")


def test_a_safety_fix_one_line_is_withdrawn_at_once_and_comes_back_through_the_gate(browser, staff_site):
    with signed_in(browser, staff_site, "reviewer") as page:
        find(page, "Call 911 for trouble breathing", "Ocrelizumab, OCR-C25a")
        page.get_by_role("link", name="Withdraw from readers").click()
        page.get_by_label("Why, in words for patients").fill("One sign was missing here. The line comes back soon.")
        picture(page, "staff-withdraw")
        page.get_by_role("button", name="Withdraw now").click()
        expect(page.get_by_text("Withdrawn: OCR-C25a.")).to_be_visible()
    with reading(browser, staff_site) as page:
        make_checklist(page)
        expect(page.locator("[data-item=OCR-C25a]")).to_have_count(0)
        expect(page.get_by_text("One sign was missing here.").first).to_be_visible()
    with signed_in(browser, staff_site, "editor") as page:
        find(page, "Call 911 for trouble breathing", "Ocrelizumab, OCR-C25a")
        action = page.locator("#id_action")
        action.fill(action.input_value() + " Do not drive there yourself.")
        page.get_by_label("Mark").select_option("to-check")
        save(page)
    with signed_in(browser, staff_site, "reviewer") as page:
        page.get_by_role("row", name=re.compile("^Ocrelizumab")).get_by_role(
            "link", name=re.compile("lines?$")
        ).first.click()
        line = page.get_by_role("group", name=re.compile("^OCR-C25a"))
        line.get_by_label("I saw it in this source").check()
        line.get_by_label("Seen on").fill(in_days(0))
        picture(page, "staff-check")
        page.get_by_role("button", name="Save what I found").click()
        expect(page.get_by_text("Confirmed: OCR-C25a.")).to_be_visible()
        open_review(page)
        approve(page, "The line about trouble breathing is back, with a sign more.", "safety")
    with reading(browser, staff_site) as page:
        make_checklist(page)
        expect(page.locator("[data-item=OCR-C25a]")).to_contain_text("Do not drive there yourself.")
        expect(page.get_by_text("One sign was missing here.")).to_have_count(0)


def test_a_new_source_is_cited_and_reaches_readers(browser, staff_site):
    with signed_in(browser, staff_site, "editor") as page:
        page.goto("/admin/therapies/source/add/")
        page.get_by_label("Subject").select_option(label="Ocrelizumab")
        page.get_by_label("Key").fill("OCR-S99")
        page.get_by_label("Title").fill("A new guideline, made up for this test")
        page.get_by_label("Kind").select_option("guideline")
        page.get_by_label("Publisher").fill("Nobody")
        save(page)
        find(page, "hepatitis B blood tests before your first dose", "OCR-C01")
        cite(page, "OCR-S99", "chapter 3")
        save(page)
    with signed_in(browser, staff_site, "reviewer") as page:
        open_review(page)
        expect(page.locator("ins").filter(has_text="OCR-S99").first).to_be_visible()
        approve(page, "A new source for the hepatitis test.")
    with reading(browser, staff_site) as page:
        page.goto("/sources/")
        expect(page.get_by_text("A new guideline, made up for this test")).to_be_visible()
        make_checklist(page)
        expect(page.locator("[data-item=OCR-C01]")).to_contain_text("chapter 3")


def test_a_draft_is_sent_back_and_readers_never_see_it(browser, staff_site):
    with signed_in(browser, staff_site, "editor") as page:
        find(page, "hepatitis B blood tests before your first dose", "OCR-C01")
        page.get_by_label("Why").fill("You may skip this test.")
        save(page)
    with signed_in(browser, staff_site, "reviewer") as page:
        open_review(page)
        change = page.get_by_role("article").filter(has_text="OCR-C01")
        change.get_by_text("Send this back").click()
        change.get_by_label("Why, for the editor").fill("The label says that nobody may skip it.")
        picture(page, "staff-send-back")
        change.get_by_role("button", name="Send back").click()
        expect(page.get_by_text("Nothing has changed.")).to_be_visible()
    with signed_in(browser, staff_site, "editor") as page:
        page.get_by_role("link", name="OCR-C01 was sent back").click()
        expect(page.get_by_label("Note")).to_have_value(re.compile("nobody may skip it"))
    with reading(browser, staff_site) as page:
        make_checklist(page)
        expect(page.get_by_text("You may skip this test.")).to_have_count(0)


def test_an_earlier_edition_is_restored(browser, staff_site):
    with signed_in(browser, staff_site, "editor") as page:
        find(page, "hepatitis B blood tests before your first dose", "OCR-C01")
        page.get_by_label("Why").fill("A worse reason.")
        save(page)
    with signed_in(browser, staff_site, "reviewer") as page:
        open_review(page)
        approve(page, "Other words.")
    with signed_in(browser, staff_site, "editor") as page:
        page.goto("/admin/")
        page.get_by_role("link", name="Edition 2", exact=True).click()
        page.get_by_role("row", name=re.compile("Starter content")).get_by_role("link").first.click()
        page.get_by_role("link", name="Restore into the working copy").click()
        picture(page, "staff-restore")
        page.get_by_role("button", name="Restore into the working copy").click()
        expect(page.locator("del").filter(has_text="worse")).to_be_visible()
    with signed_in(browser, staff_site, "reviewer") as page:
        open_review(page)
        approve(page, "The words of edition 1 again.")
    with reading(browser, staff_site) as page:
        make_checklist(page)
        expect(page.get_by_text("A worse reason.")).to_have_count(0)
        expect(page.get_by_text("Edition 3").first).to_be_visible()


def add(page, model, **fields):
    page.goto(f"/admin/therapies/{model}/add/")
    for name, value in fields.items():
        field = page.locator(f"[name={name}]").first
        if value is True:
            field.check()
        elif field.evaluate("field => field.tagName") == "SELECT":
            field.select_option(label=value) if name == "subject" else field.select_option(value)
        else:
            field.fill(str(value))


def test_a_fifth_therapy_is_added_in_the_admin_alone(browser, staff_site):
    with signed_in(browser, staff_site, "editor") as page:
        add(
            page, "subject", slug="ublituximab", name="Ublituximab", brands="Briumvi", order=9, settings=True,
            lead="A drip twice a year for relapsing MS.", summary="2 starting visits, then 1 every 24 weeks.",
            infusion_days="0, 14, 168, 336, 504, 672",
        )  # fmt: skip
        picture(page, "staff-new-therapy")
        save(page)
        of = {"subject": "Ublituximab"}
        add(
            page, "source", **of, key="UBL-S1", title="BRIUMVI Prescribing Information", kind="label",
            publisher="TG Therapeutics", dated="text with changes of August 2025",
        )  # fmt: skip
        save(page)
        add(
            page,
            "stage",
            **of,
            key="first-infusion",
            name="First infusion",
            first=True,
            drip_minutes=240,
            watch_minutes=60,
        )
        cite(page, "UBL-S1", "section 2")
        save(page)
        add(
            page, "statement", **of, key="UBL-01", section="glance", label="What it is",
            text="An antibody that removes B cells.",
        )  # fmt: skip
        cite(page, "UBL-S1", "section 12.1")
        save(page)
        add(
            page, "item", **of, key="UBL-C01", kind="task", phase="weeks-before", owner="lab", call="clinic", safety=True,
            action="Get your hepatitis B blood test.", why="This drug can wake up the virus.",
            done_when="you know the result", say="I have not had my hepatitis B test yet.", first_visit=True,
            window_first=-28, window_last=-14, window_practical=True,
        )  # fmt: skip
        cite(page, "UBL-S1", "section 2")
        save(page)
        expect(page.get_by_text("Check it against its source")).to_be_visible()
    with signed_in(browser, staff_site, "reviewer") as page:
        page.get_by_role("row", name=re.compile("^Ublituximab")).get_by_role("link", name="3 lines").click()
        for key in ("UBL-C01", "UBL-01", "first-infusion"):
            line = page.get_by_role("group", name=re.compile(f"^{key}"))
            line.get_by_label("I saw it in this source").check()
            line.get_by_label("Seen on").fill(in_days(0))
        page.get_by_role("button", name="Save what I found").click()
        expect(page.get_by_text("Nothing is left here.")).to_be_visible()
        open_review(page, "Ublituximab")
        approve(page, "A page on ublituximab.", "safety")
    with reading(browser, staff_site) as page:
        page.goto("/therapies/")
        page.get_by_role("link", name="Ublituximab").first.click()
        expect(page.get_by_text("An antibody that removes B cells.")).to_be_visible()
        expect(page.get_by_text("Reviewed by Test Reviewer, PharmD").first).to_be_visible()
        make_checklist(page, "ublituximab", "first-infusion")
        expect(page.locator("[data-item=UBL-C01]")).to_contain_text("Get your hepatitis B blood test.")
        expect(page.locator("[data-item=WB-03]").or_(page.locator("[data-phase=bring]")).first).to_be_visible()
