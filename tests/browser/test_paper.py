"""What Chromium prints of a list, read back from its PDF: one leaf with the sheet, the booklet with everything."""

import io
import re

import pytest
from playwright.sync_api import Page
from pypdf import PdfReader

from test_journeys import in_days, make_checklist
from therapies.vocabulary import SITUATIONS

LISTS = {
    "first dose": {"situations": ["drives", "diabetes", "heat", "port", "vision"]},
    "late": {"days": 3},
    "course": {"therapy": "alemtuzumab", "stage": "course-1", "days": 30, "situations": ["pregnancy", "far"]},
    "after": {"therapy": "mitoxantrone", "stage": "after-treatment", "days": -500, "time": ""},
}
STAGES = {
    "ocrelizumab": ("first-dose-part-1", "first-dose-part-2", "every-6-months"),
    "natalizumab": ("first-infusion", "infusions-2-to-12", "infusion-13-onward", "after-treatment"),
    "alemtuzumab": ("course-1", "course-2", "later-course", "after-treatment"),
    "mitoxantrone": ("first-infusion", "every-3-months", "after-treatment"),
}
EVERY_STAGE = [(therapy, stage) for therapy, stages in STAGES.items() for stage in stages]
MAKE = """answers => {
    const form = document.createElement("form");
    form.method = "post";
    form.action = "/visits/checklist/";
    for (const [name, value] of answers) {
        const input = document.createElement("input");
        [input.type, input.name, input.value] = ["hidden", name, value];
        form.append(input);
    }
    document.body.append(form);
    form.submit();
}"""


def squeezed(text):
    """Letters and digits only: a PDF knows lines and glyphs, not words."""
    return re.sub(r"[\W_]+", "", text)


def printed(page: Page, kind: str, size: str = "standard", paper: str = "Letter") -> list[str]:
    page.check(f"[name=paper][value={kind}]")
    page.check(f"[name=size][value={size}]")
    return [squeezed(leaf.extract_text()) for leaf in PdfReader(io.BytesIO(page.pdf(format=paper))).pages]


def actions(page: Page) -> dict[str, str]:
    """Every item of the page by its key, and its words."""
    found = page.locator("[data-item]").evaluate_all(
        "all => all.map(e => [e.dataset.item, e.querySelector('.item__action, .level__sign').textContent])"
    )
    assert len(dict(found)) == len(found) > 4
    return dict(found)


def make(page: Page, therapy: str, stage: str, days: int, situations: tuple[str, ...]) -> None:
    """A list, without filling in the form."""
    answers = [("therapy", therapy), ("stage", stage), ("date", in_days(days)), ("setting", ""), ("time", "09:00")]
    page.goto("/about/")
    with page.expect_navigation(url="**/visits/checklist/"):
        page.evaluate(MAKE, [*answers, *(("situations", situation) for situation in situations)])


def assert_sheet(page: Page, leaves: list[str], longest: int) -> None:
    """Every item stands whole on one page of the sheet, or is counted by its last line."""
    items = actions(page)
    there = {key for key, words in items.items() if any(squeezed(words) in leaf for leaf in leaves)}
    counted = re.search(r"(\d+)morelines?(?:is|are)inthebooklet", "".join(leaves))
    assert len(leaves) <= longest
    assert len(there) == len(items) - (int(counted.group(1)) if counted else 0)
    signs = page.locator(".booklet .level [data-item]").evaluate_all("all => all.map(e => e.dataset.item)")
    assert set(signs) <= there  # half of a list of signs would say that the other half is harmless


def assert_fits(page: Page) -> None:
    items = actions(page)
    assert_sheet(page, printed(page, "sheet"), 2)
    booklet = printed(page, "booklet")
    missing = [words for words in items.values() if not any(squeezed(words) in leaf for leaf in booklet)]
    assert not missing
    assert len(booklet) <= -(-len(items) // 8) + 3


@pytest.mark.parametrize("situations", [("drives",), tuple(SITUATIONS)], ids=["few", "many"])
@pytest.mark.parametrize(("therapy", "stage"), EVERY_STAGE)
def test_every_therapy_and_stage_fits_its_pages(page, therapy, stage, situations):
    make(page, therapy, stage, -500 if stage == "after-treatment" else 24, situations)
    assert_fits(page)


@pytest.mark.parametrize(
    ("therapy", "days"), [("ocrelizumab", 3), ("natalizumab", 3), ("alemtuzumab", -2), ("mitoxantrone", 3)]
)
def test_a_list_with_much_to_call_about_fits_its_pages(page, therapy, days):
    make(page, therapy, STAGES[therapy][0], days, tuple(SITUATIONS))
    assert_fits(page)


@pytest.mark.parametrize("name", LISTS)
def test_large_print_and_a4_fit_as_well(page, name):
    make_checklist(page, **LISTS[name])
    items = actions(page)
    assert_sheet(page, printed(page, "sheet", paper="A4"), 2)
    for paper in ("Letter", "A4"):
        assert_sheet(page, printed(page, "sheet", "large", paper), 4)
    standard, large = printed(page, "booklet", paper="A4"), printed(page, "booklet", "large", "A4")
    assert len(large) <= 2 * len(standard)
    for words in items.values():
        assert any(squeezed(words) in leaf for leaf in large), words


@pytest.mark.parametrize(("name", "size"), [("first dose", "standard"), ("late", "large"), ("after", "large")])
def test_the_booklet_has_all_that_a_list_has(page, name, size):
    make_checklist(page, **LISTS[name])
    leaves = printed(page, "booklet", size)
    first, everything = leaves[0], "".join(leaves)
    assert "Yourinfusionchecklist" in first or "Yourchecklistaftertreatment" in first
    assert "Notyetreviewedbyaclinician" in first
    assert "Nightsweekends" in first
    if name == "late":
        assert "totickortocallabout" in first
    for heading in ("Warningsigns", "Questionstoask", "Notes", "Sources"):
        assert heading in everything
    for hidden in ("Changemyanswers", "Largeprint", "Skiptothepage", "inthebooklet"):
        assert hidden not in everything
    assert f"Page{len(leaves)}of{len(leaves)}" in leaves[-1]


def test_the_sheet_is_what_prints_first_and_says_what_it_is(page):
    make_checklist(page, **LISTS["late"])
    leaves = [squeezed(leaf.extract_text()) for leaf in PdfReader(io.BytesIO(page.pdf(format="Letter"))).pages]
    assert len(leaves) == 2
    for words in (
        "Firstdosepart1",
        "900am",
        "Place",
        "MSclinic",
        "Nightsweekends",
        "Notyetreviewedbyaclinician",
        "Late",
    ):
        assert words in leaves[0]
    assert "SayI" in leaves[0]
    for heading in ("Call911orgototheemergencyroomnow", "Callyourteamthesameday", "Tellthematyournextvisit"):
        assert heading in "".join(leaves)
    assert "Yourinfusionchecklist" not in "".join(leaves)


def test_the_words_of_the_sheet_are_12_points_or_more(page):
    make_checklist(page, **LISTS["first dose"])
    for size, least in (("standard", 12), ("large", 18)):
        page.check(f"[name=size][value={size}]")
        page.emulate_media(media="print")
        found = page.locator(f".sheet--{size} *").evaluate_all(
            "all => all.filter(e => [...e.childNodes].some(n => n.nodeType == 3 && n.data.trim()))"
            ".filter(e => !e.closest('.level__mark')).map(e => parseFloat(getComputedStyle(e).fontSize) * 0.75)"
        )
        page.emulate_media(media="screen")
        assert min(found) >= least - 0.01


def test_what_was_ticked_is_printed_as_done_at_the_end(page):
    make_checklist(page)
    page.get_by_role("button", name="Keep this list at a private link").click()
    line = page.locator("[data-item]").first
    words = line.locator(".item__action").inner_text()
    with page.expect_response("**/change/"):
        line.locator("button.tick").click()
    page.goto(page.url.split("#")[0] + "list/")
    text = "".join(printed(page, "sheet"))
    assert text.index(squeezed(words)) > text.index("Done")
    page.emulate_media(media="print")
    boxes = page.locator(".sheet--standard .line__box--ticked")
    assert boxes.count() == 1
    assert boxes.evaluate("box => getComputedStyle(box, '::after').backgroundColor") == "rgb(0, 0, 0)"


def test_paper_is_black_on_white_with_boxes_to_tick(page):
    make_checklist(page)
    page.check("[name=paper][value=booklet]")
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    box = page.locator(".item .tick").first
    assert box.evaluate("element => getComputedStyle(element, '::before').borderTopStyle") == "solid"
    size = box.evaluate("element => parseFloat(getComputedStyle(element, '::before').width)")
    assert size >= 24  # a quarter of an inch


def test_a_therapy_page_prints_with_every_section_open(page):
    page.goto("/therapies/natalizumab/")
    everything = "".join(squeezed(sheet.extract_text()) for sheet in PdfReader(io.BytesIO(page.pdf())).pages)
    page.evaluate("document.querySelectorAll('details').forEach(details => { details.open = true })")
    for text in page.locator(".section dd").all_inner_texts()[:200]:
        assert squeezed(text)[:60] in everything, text


@pytest.mark.parametrize("therapy", STAGES)
def test_the_card_for_the_fridge_is_about_half_a_page_with_911_first(page, therapy):
    make(page, therapy, STAGES[therapy][0], 24, ("drives",))
    signs = page.locator(".booklet .level--now .level__sign").all_inner_texts()
    leaves = printed(page, "card")
    assert len(leaves) == 1
    assert len(printed(page, "card", "large")) <= 2
    for words in (*signs, "MS clinic", "Nights, weekends", "The drip ended at", "Not yet reviewed by a clinician"):
        assert squeezed(words) in leaves[0]
    assert leaves[0].index("Call911or") < leaves[0].index("Callyourteamthesameday")
    page.check("[name=size][value=standard]")
    page.set_viewport_size({"width": 739, "height": 900})  # what Letter has between its margins
    page.emulate_media(media="print")
    assert page.locator(".sheet--card").bounding_box()["height"] <= 6.1 * 96


@pytest.mark.parametrize("therapy", STAGES)
def test_the_page_for_the_nurse_is_one_page_with_room_for_a_pen(page, therapy):
    make(page, therapy, STAGES[therapy][0], 24, tuple(SITUATIONS))
    asked = page.locator("[aria-labelledby=asked] li").evaluate_all(
        "all => all.map(e => e.querySelector('.item__action').textContent)"
    )
    assert len(asked) >= 7
    for size, longest in (("standard", 1), ("large", 2)):
        for paper in ("Letter", "A4"):
            leaves = printed(page, "nurse", size, paper)
            assert len(leaves) <= longest
            for words in (*asked, "My name", "Not yet reviewed by a clinician"):
                assert squeezed(words) in "".join(leaves)
    page.emulate_media(media="print")
    answers = page.locator(".answers__line .blank")
    assert answers.count() == len(asked)
    assert min(answers.evaluate_all("all => all.map(e => e.getBoundingClientRect().width)")) > 3 * 96
