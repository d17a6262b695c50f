"""Whether everybody can use it, as figures: every page and state of readers, and the staff's own screens.

Each is opened in light at 1280 px and in dark at 320 px, which is what 400 % zoom leaves of 1280. axe looks for what it
finds with its strictest rules (AAA); `measures.js` measures what axe does not: targets, room, motion, outline, focus.
"""

import json
import re
import shutil
from datetime import date
from pathlib import Path

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from axe_playwright_python.sync_playwright import Axe
from conftest import code_of, manage, running, sign_in
from playwright.sync_api import expect

from test_journeys import in_days

HERE = Path(__file__).resolve().parent
MEASURES = (HERE / "measures.js").read_text()
# axe asks what the same few colors mean thousands of times on a long page; an answer that is kept saves a third of its time.
KEEPS_COLORS = """(() => {
    const { prototype } = axe.commons.color.Color, { parseString } = prototype, known = new Map();
    prototype.parseString = function (text) {
        if (!known.has(text)) {
            parseString.call(this, text);
            known.set(text, [this.r, this.g, this.b, this.alpha]);
        }
        [this.r, this.g, this.b, this.alpha] = known.get(text);
        return this;
    };
})();"""
AXE = Axe(AXE_SCRIPT + KEEPS_COLORS)
STRICTEST = {
    "resultTypes": ["violations"],
    "runOnly": [*(f"wcag{version}{level}" for version in ("2", "21", "22") for level in ("a", "aa", "aaa")), "best-practice"],
    "rules": {rule: {"enabled": True} for rule in ("color-contrast-enhanced", "target-size", "identical-links-same-purpose")},
}  # fmt: skip


@pytest.fixture(scope="module")
def world(staffed, tmp_path_factory):
    """A site where everything that pages can show has happened, by `world.py`; and beside it one whose database holds nothing."""
    folder = tmp_path_factory.mktemp("access")
    database = shutil.copy(staffed, folder / "site.sqlite3")
    said = manage(database, "shell", "--command", (HERE / "world.py").read_text())
    nowhere = tmp_path_factory.mktemp("nowhere")
    with (
        running(database, folder, "guarded_site") as site,
        running(nowhere / "empty", nowhere, "broken_site") as broken,
    ):
        yield json.loads(said) | {"site": site, "broken": broken, "database": database}


@pytest.fixture(scope="module")
def screen(browser, world):
    """One window for all pages. Its person has signed in, which readers' pages know nothing of."""
    context = browser.new_context(base_url=world["site"], service_workers="block")
    page = context.new_page()
    sign_in(page, "reviewer")
    yield page
    context.close()


# How to get to every page and state


def at(address, click=None):
    """A page by its address; with `click`, what pressing that button leads to."""

    def go(page, world):
        page.goto(address.format(**world))
        if click:
            with page.expect_navigation():
                page.get_by_role("button", name=click).first.click()

    return go


def sent(address, origin="{site}", **fields):
    """What a POST of these fields shows, sent by a page of that origin."""

    def go(page, world):
        page.goto(f"{origin.format(**world)}/healthz" if origin else "about:blank")
        with page.expect_navigation():
            page.evaluate(
                """([action, fields]) => {
                    const form = document.body.appendChild(document.createElement("form"));
                    form.action = action;
                    form.method = "post";
                    for (const [name, values] of Object.entries(fields))
                        for (const value of [values].flat()) {
                            const field = form.appendChild(document.createElement("input"));
                            [field.type, field.name, field.value] = ["hidden", name, value];
                        }
                    HTMLFormElement.prototype.submit.call(form);
                }""",
                [(origin or "{site}").format(**world) + address.format(**world), fields],
            )

    return go


def flooded(page, world):
    """What this machine itself is never told, since its address is not counted."""
    page.route("**/flooded/", lambda route: route.fulfill(status=429, body=world["flooded"], content_type="text/html"))
    page.goto("/flooded/")


def answers(therapy, stage, days, **more):
    return {"therapy": therapy, "stage": stage, "date": in_days(days), "time": "09:00"} | more


def checklist(*given, **more):
    return sent("/visits/checklist/", **answers(*given, **more))


MANY = ["first-time", "drives", "far", "port", "diabetes", "pregnancy", "daily-medicines", "heat", "bladder", "needles"]
READERS = {
    "home": at("/"),
    "therapies": at("/therapies/"),
    "ocrelizumab": at("/therapies/ocrelizumab/"),
    "natalizumab": at("/therapies/natalizumab/"),
    "alemtuzumab": at("/therapies/alemtuzumab/"),
    "a page taken away": at("/therapies/mitoxantrone/"),
    "an old edition": at("/therapies/ocrelizumab/editions/1/"),
    "all editions": at("/therapies/ocrelizumab/editions/"),
    "what changed": at("/therapies/ocrelizumab/editions/1/2/"),
    "guide": at("/guide/"),
    "sources": at("/sources/"),
    "search": at("/search/"),
    "search with finds": sent("/search/", q="ocrivus chest pain"),
    "search with nothing found": sent("/search/", q="xyzzy"),
    "clinic": at("/clinic/"),
    "privacy": at("/privacy/"),
    "accessibility": at("/accessibility/"),
    "about": at("/about/"),
    "offline": at("/offline/"),
    "form": at("/visits/new/"),
    "form for a therapy": at("/visits/new/?therapy=natalizumab"),
    "form with errors": sent("/visits/checklist/", therapy="ocrelizumab", date="2019-01-01", time="noon"),
    "checklist": checklist("ocrelizumab", "first-dose-part-1", 24, situations=MANY, location="main"),
    "checklist, late": checklist("natalizumab", "first-infusion", 2, situations=["first-time"], time="10:45"),
    "checklist, long days": checklist("alemtuzumab", "course-1", 40, time="10:45"),
    "checklist, after treatment": checklist("alemtuzumab", "after-treatment", -400),
    "kept visit": at("{owner}"),
    "kept visit of a helper": at("{helper}"),
    "kept visit after treatment": at("{after}"),
    "kept visit, refused": sent("{owner}change/", about="own:new", number="1", text="x" * 300, phase="bring"),
    "kept visit, shared": at("{owner}", click="Make a new link. The old one ends"),
    "kept visit, whole list": at("{owner}list/"),
    "kept visit, one step": at("{owner}step/"),
    "kept visit, last step": at("{owner}step/?n=999"),
    "kept visit, taken away": at("{away}"),
    "kept visit, can't be reached": at("{broken}{owner}"),
    "kept visit, not saved": sent("{owner}change/", origin="{broken}", about="note:X", number="1", value="Ann drives me."),
    "delete a visit": at("{owner}", click="Delete this visit now"),
    "deleted": at("{after}", click="Delete this visit now"),
    "no visit": at("/visits/aaaaaaaaaaaaaaaaaaaaaa/"),
    "check": at("/check/"),
    "check, unknown": sent("/check/", code="OCR-1"),
    "check, same": at("/check/{same}/"),
    "check, changed": at("/check/{changed}/"),
    "report": at("/report/?page=/guide/"),
    "report with errors": sent("/report/", text=""),
    "report sent": sent("/report/", text="A word is missing.", page="/guide/"),
    "400": sent("/visits/checklist/", therapy="x" * 100_001),
    "403": sent("/visits/checklist/", origin="", therapy="ocrelizumab"),
    "404": at("/nothing-here/"),
    "429": flooded,
    "500": at("{broken}/breaks/"),
    "503": at("{broken}/"),
}  # fmt: skip
STAFF_SCREENS = {
    "start": at("/admin/"),
    "find": at("/admin/therapies/subject/find/?q=hepatitis"),
    "subject": at("/admin/therapies/subject/{ocrelizumab}/change/"),
    "review": at("/admin/therapies/subject/{ocrelizumab}/publish/"),
    "check": at("/admin/therapies/subject/{ocrelizumab}/check/"),
    "check, unsourced": at("/admin/therapies/subject/{ocrelizumab}/check/?show=unsourced"),
    "withdraw": at("/admin/therapies/subject/{ocrelizumab}/withdraw/?key=OCR-C01"),
    "edition": at("/admin/therapies/edition/{edition}/change/"),
    "restore": at("/admin/therapies/edition/{edition}/restore/"),
    "item": at("/admin/therapies/item/{item}/change/"),
    "second step": at("/admin/second-step/"),
    "preview": at("/admin/therapies/subject/{ocrelizumab}/preview/"),
    "preview of a list": at("/admin/preview/checklist/?therapy=ocrelizumab"),
}
PAGES = READERS | {f"staff: {name}": go for name, go in STAFF_SCREENS.items()}

LIGHT = {"color_scheme": "light"}, 1280, 1024
DARK = {"color_scheme": "dark"}, 320, 256  # 1280 by 1024 at 400 %
FORCED = {"color_scheme": "dark", "forced_colors": "active", "contrast": "more"}, 320, 640
VIEWS = {"light": LIGHT, "dark": DARK, "forced colors": FORCED}
# Reached by pressing a button of ours, which has other words there; or made in English by another site than the one shown.
NEEDS_BUTTONS = ("kept visit, shared", "delete", "kept visit, can't", "kept visit, not saved", "429", "500", "503")
FEW = ("home", "form with errors", "checklist", "kept visit", "ocrelizumab")


# Of Django's own forms we set colors and sizes by style sheet alone. Left are names and sizes of its own controls.
DJANGOS = ("staff: subject", "staff: item", "staff: edition")
NAMELESS = "aria-input-field-name"  # of Select2, in which Django's forms look for a row


def show(page, world, name, view="light", opened=True):
    media, width, height = VIEWS[view]
    page.emulate_media(**({"forced_colors": "none", "contrast": "no-preference"} | media))
    page.set_viewport_size({"width": width, "height": height})
    PAGES[name](page, world)
    if opened:
        page.evaluate("document.querySelectorAll('details').forEach(details => { details.open = true })")


def measured(page, what, of=""):
    return page.evaluate(f"() => {{ {MEASURES} return measures.{what}({of}) }}")


def assert_clean(page, *, but=()):
    """axe finds nothing, by its strictest rules."""
    found = AXE.run(page, options=STRICTEST).response["violations"]
    wrong = [
        f"{one['id']}: {node['target']} {node['html']}"
        for one in found
        if one["id"] not in but
        for node in one["nodes"]
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("view", "name"),
    [(view, name) for view in ("light", "dark") for name in PAGES] + [("forced colors", name) for name in FEW],
)
def test_every_page_in_every_state(screen, world, view, name):
    show(screen, world, name, view)
    assert_clean(screen, but=[NAMELESS] if name in DJANGOS else [])
    measures = ["room", *(["outline", "motion"] if view == "light" else ["spread"])]
    measures += [] if name in DJANGOS else ["targets"]
    wrong = [f"{measure}: {sentence}" for measure in measures for sentence in measured(screen, measure)]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("view", ["light", "dark"])
def test_every_screen_of_signing_in(browser, world, view):
    """From a password that is wrong to the codes for paper, by a person who signs in for the first time."""
    media, width, height = VIEWS[view]
    context = browser.new_context(base_url=world["site"], viewport={"width": width, "height": height}, **media)
    page = context.new_page()
    seen = []

    def look(heading):
        expect(page).to_have_title(re.compile(heading))
        page.evaluate("document.querySelectorAll('details').forEach(details => { details.open = true })")
        assert_clean(page)
        wrong = [sentence for measure in ("room", "targets") for sentence in measured(page, measure)]
        assert not wrong, "\n".join(wrong)
        seen.append(heading)

    def log_in(name, password):
        page.goto("/admin/login/?next=/admin/")
        page.get_by_label("Username").fill(name)
        page.get_by_label("Password").fill(password)
        page.get_by_role("button", name="Log in").click()

    page.goto("/admin/login/")
    look("Log in")
    log_in("reviewer", "wrong")
    look("Error: .*Log in")
    log_in("reviewer", "correct-horse")
    look("Second step")
    page.get_by_label("Code").fill("000")
    page.get_by_role("button", name="Go on").click()
    look("Error: .*Second step")
    page.get_by_role("button", name="Sign out").click()
    log_in(f"new-{view}", "correct-horse")
    look("Set up your second step")
    page.get_by_label("Code").fill("000000")
    page.get_by_role("button", name="Go on").click()
    look("Error: .*Set up your second step")
    page.get_by_label("Code").fill(code_of(page))
    page.get_by_role("button", name="Go on").click()
    look("Keep these codes")
    page.get_by_role("link", name="I have them. Go on").click()
    look("MS Infusion")
    page.get_by_role("link", name="Second step").click()
    page.get_by_role("button", name="Begin anew").click()
    look("Log in")
    for _ in range(5):
        log_in(f"nobody-{view}", "wrong")
    look("Too many tries")
    context.close()
    assert len(seen) == 10


@pytest.fixture(scope="module")
def longer(browser, world, tmp_path_factory):
    """A window on the same site in a language that nobody speaks, with 40% more letters in every word (pseudo.py)."""
    folder = tmp_path_factory.mktemp("longer")
    database = shutil.copy(world["database"], folder / "site.sqlite3")
    with running(database, folder, "pseudo_site") as site:
        context = browser.new_context(base_url=site, service_workers="block")
        yield context.new_page(), world | {"site": site}
        context.close()


@pytest.mark.parametrize("name", [name for name in READERS if not name.startswith(NEEDS_BUTTONS)])
def test_words_40_percent_longer_break_nothing(longer, name):
    page, world = longer
    show(page, world, name, "light")
    wrong = measured(page, "room")
    page.set_viewport_size({"width": 320, "height": 640})
    wrong += [f"at 320 px: {sentence}" for sentence in [*measured(page, "room"), *measured(page, "targets")]]
    assert "⟦" in page.content()
    assert not wrong, "\n".join(wrong)


def test_axe_runs_the_rules_of_aaa(screen, world):
    show(screen, world, "home")
    screen.evaluate("document.querySelector('footer p').style.color = 'rgb(100, 100, 100)'")  # 5.8 to 1: enough for AA
    with pytest.raises(AssertionError, match="color-contrast-enhanced"):
        assert_clean(screen)


def test_no_page_moves_for_a_reader_who_asked_for_less_or_for_nothing(screen, world):
    show(screen, world, "kept visit")
    for wanted in ("reduce", "no-preference"):
        screen.emulate_media(reduced_motion=wanted)
        assert measured(screen, "motion") == []


# Keyboard and focus


@pytest.mark.parametrize("view", ["light", "dark"])
@pytest.mark.parametrize("name", ["home", "natalizumab", "form for a therapy", "checklist", "kept visit", "check"])
def test_tab_goes_through_everything_in_order_and_shows_where_it_is(screen, world, name, view):
    show(screen, world, name, view, opened=False)
    stops, wrong = [], []
    for _ in range(2_000):
        screen.keyboard.press("Tab")
        stop = measured(screen, "focus")
        if stops and stop["at"] in (0, -1):
            break  # out of the page, and round again
        if stop["at"] not in stops[-1:]:  # a date is one field with parts
            stops.append(stop["at"])
            wrong += stop["wrong"]
    assert stops == list(range(measured(screen, "reachable")))
    assert not wrong, "\n".join(wrong)


def test_the_skip_link_leads_past_the_head_of_the_page(screen, world):
    show(screen, world, "home")
    screen.keyboard.press("Tab")
    expect(screen.get_by_role("link", name="Skip to the page")).to_be_focused()
    expect(screen.get_by_role("link", name="Skip to the page")).to_be_in_viewport()
    screen.keyboard.press("Enter")
    screen.keyboard.press("Tab")
    expect(screen.get_by_role("main").get_by_role("link").first).to_be_focused()


def tab_to(page, there):
    for _ in range(150):
        page.keyboard.press("Tab")
        if there.evaluate("element => element === document.activeElement"):
            break
    expect(there).to_be_focused()
    assert measured(page, "focus")["wrong"] == []


def test_the_keyboard_alone_makes_keeps_ticks_and_writes(screen, world):
    page = screen
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto("/visits/new/?therapy=ocrelizumab")
    tab_to(page, page.get_by_label("First dose, part 1"))
    page.keyboard.press("Space")
    tab_to(page, page.get_by_label("First day of the visit"))
    page.keyboard.type(date.fromisoformat(in_days(3)).strftime("%m%d%Y"))
    page.keyboard.press("Enter")
    expect(page).to_have_title(re.compile("Checklist for"))
    tab_to(page, page.get_by_role("button", name="Keep this list at a private link"))
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/visits/[\w-]{22}/$"))
    status, line = page.locator("#progress"), page.locator(".now li.item").first
    status.evaluate("element => { element.same = true }")
    tab_to(page, line.locator("button.tick"))
    for done in "101":
        page.keyboard.press("Enter")
        expect(status).to_contain_text(f"{done} of ")
        expect(line.locator("button.tick")).to_be_focused()
    tab_to(page, line.locator("summary"))
    page.keyboard.press("Enter")
    tab_to(page, line.get_by_label("Note."))
    page.keyboard.type("Ana drives me")
    tab_to(page, line.get_by_role("button", name="Save the note"))
    page.keyboard.press("Enter")
    expect(line.locator(".item__note")).to_have_text("Ana drives me")
    expect(line.get_by_role("button", name="Save the note")).to_be_focused()
    expect(status).to_contain_text("Your note is saved.")
    # A region that is exchanged as a whole is read by no screen reader: only what is in it may change.
    expect(status).to_have_role("status")
    assert status.evaluate("element => element.same")


def test_another_therapy_on_the_form_is_said_and_the_focus_stays(screen, world):
    show(screen, world, "form for a therapy")
    screen.wait_for_load_state("networkidle")  # htmx comes when the page has been drawn
    said = screen.get_by_role("status")
    said.evaluate("element => { element.same = true }")
    screen.get_by_label("Natalizumab").focus()
    for key, therapy in (("ArrowDown", "Alemtuzumab"), ("ArrowUp", "Natalizumab")):
        screen.keyboard.press(key)
        expect(said).to_have_text(f"The visits and places below are those for {therapy.lower()}.")
        expect(screen.get_by_label(therapy)).to_be_focused()
        assert measured(screen, "focus")["wrong"] == []
    assert said.evaluate("element => element.same")


# A kept visit between two answers of the server


@pytest.fixture
def kept(screen, world):
    """A list of its own for a test that changes it."""
    screen.set_viewport_size({"width": 390, "height": 800})
    sent("/visits/keep/", **answers("ocrelizumab", "first-dose-part-1", 3))(screen, world)
    return screen


def test_a_note_that_is_not_saved_yet_stays_when_its_line_is_ticked(kept):
    line = kept.locator(".now li.item").first
    line.locator("summary").click()
    line.get_by_label("Note.").fill("Not saved yet")
    for pressed in ("true", "false"):
        line.locator("button.tick").click()
        expect(line.locator("button.tick")).to_have_attribute("aria-pressed", pressed)
        expect(line.get_by_label("Note.")).to_have_value("Not saved yet")
        expect(line.get_by_label("Note.")).to_be_visible()
    line.get_by_role("button", name="Save the note").click()
    expect(line.locator(".item__note")).to_have_text("Not saved yet")


def test_a_note_on_ones_own_thing_stays_too(kept):
    kept.get_by_label("What is there to do?").fill("Feed the cat")
    kept.get_by_label("When?").select_option("day-of")
    kept.get_by_role("button", name="Add it").click()
    own = kept.locator("[data-own]")
    own.locator("summary").click()
    own.get_by_label("Note.").fill("Not saved yet")
    own.locator("button.tick").click()
    expect(own.locator("button.tick")).to_have_attribute("aria-pressed", "true")
    expect(own.get_by_label("Note.")).to_have_value("Not saved yet")


def test_without_a_connection_a_line_says_that_it_was_not_saved(kept):
    line = kept.locator(".now li.item").first
    line.locator("summary").click()
    line.get_by_label("Note.").fill("Ana drives me")
    kept.context.set_offline(True)
    for button in (line.locator("button.tick"), line.get_by_role("button", name="Save the note")):
        button.click()
        expect(line.get_by_role("alert")).to_have_text(
            "You have no connection. This was not saved. Try again when you have one."
        )
        expect(button).to_be_focused()
    expect(line.locator("button.tick")).to_have_attribute("aria-pressed", "false")
    expect(line.get_by_label("Note.")).to_have_value("Ana drives me")
    assert_clean(kept)
    kept.context.set_offline(False)
    line.get_by_role("button", name="Save the note").click()
    expect(line.locator(".item__note")).to_have_text("Ana drives me")
    expect(line.get_by_role("alert")).to_have_count(0)


def test_where_the_whole_page_is_exchanged_the_focus_is_at_its_top(kept):
    kept.request.post(f"{kept.url}delete/", form={"sure": "1"})
    kept.locator("button.tick").first.click()
    expect(kept.get_by_role("heading", name="No visit at this address")).to_be_focused()
    expect(kept.get_by_role("heading", name="No visit at this address")).to_be_in_viewport()


@pytest.mark.parametrize("name", ["form with errors", "kept visit, refused", "check, unknown", "report with errors"])
def test_what_is_wrong_has_the_focus(screen, world, name):
    show(screen, world, name, opened=False)
    expect(screen.get_by_role("main").get_by_role("alert")).to_be_focused()


# Without colors, without scripts


def test_what_is_chosen_and_how_urgent_it_is_shows_without_colors(screen, world):
    show(screen, world, "form for a therapy", "forced colors")
    assert measured(screen, "mark", "document.querySelector('[name=therapy]:checked')") > 3
    assert measured(screen, "mark", "document.querySelector('[name=therapy]:not(:checked)')") is None
    show(screen, world, "kept visit", "forced colors")
    assert measured(screen, "mark", "document.querySelector('.tick[aria-pressed=true]')") > 3
    assert measured(screen, "mark", "document.querySelector('.tick[aria-pressed=false]')") is None
    show(screen, world, "checklist", "forced colors")
    levels = screen.locator(".booklet .level").evaluate_all(
        """levels => levels.map(level => {
            const { borderTopStyle, borderLeftStyle, borderLeftWidth } = getComputedStyle(level);
            return [borderTopStyle, borderLeftStyle, borderLeftWidth, level.querySelector("h3").textContent].join();
        })"""
    )
    assert len(levels) == len(set(levels)) == 3


@pytest.mark.parametrize(
    "name", ["checklist", "kept visit", "kept visit, shared", "offline", "check", "report with errors"]
)
def test_without_a_script_no_button_is_there_that_does_nothing(browser, world, name):
    context = browser.new_context(base_url=world["site"], java_script_enabled=False)
    page = context.new_page()
    PAGES[name](page, world)
    assert page.locator("button:visible:not([type=button])").count() == page.locator("button:visible").count()
    context.close()
