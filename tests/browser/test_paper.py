"""What Chromium prints of a list, read back from its PDF: one leaf with the sheet, the booklet with everything."""

import re
import unicodedata

import pypdfium2
import pytest
from conftest import scanned
from playwright.sync_api import Page, expect

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
    """Letters and digits only: a PDF knows lines and glyphs, not words, nor which glyphs are the same letter."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text))


def pdf_of(page: Page, kind: str, size: str = "standard", paper: str = "Letter") -> bytes:
    page.check(f"[name=paper][value={kind}]")
    page.check(f"[name=size][value={size}]")
    return page.pdf(format=paper)


def leaves_of(pdf: bytes) -> list[str]:
    """The words on each page, squeezed."""
    return [squeezed(leaf.get_textpage().get_text_range()) for leaf in pypdfium2.PdfDocument(pdf)]


def printed(page: Page, kind: str, size: str = "standard", paper: str = "Letter") -> list[str]:
    return leaves_of(pdf_of(page, kind, size, paper))


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
    """Every line stands whole on one page of the sheet, or is counted by its last line."""
    own = page.locator("[data-own] .item__action").all_inner_texts()
    items = actions(page) | {words: words for words in own}
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
    leaves = leaves_of(page.pdf(format="Letter"))
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
    style = "box => (({backgroundColor, printColorAdjust}) => [backgroundColor, printColorAdjust])"
    assert boxes.evaluate(f"{style}(getComputedStyle(box, '::after'))") == ["rgb(0, 0, 0)", "exact"]


def test_every_print_carries_a_code_that_a_phone_reads_and_that_checks(page, base_url):
    make(page, "ocrelizumab", "first-dose-part-1", 24, ("drives", "diabetes"))
    address = f"{base_url}/check/OCRW31-1-1-KD/"
    for kind in ("sheet", "booklet", "card"):
        for size in ("standard", "large"):
            pdf = pdf_of(page, kind, size)
            first, *others = scanned(pdf)
            assert first == address, (kind, size)
            assert not any(others)
            words = "".join(leaves_of(pdf))
            host = base_url.removeprefix("http://")
            assert squeezed(f"Still right? Scan, or type OCRW31-1-1-KD at {host}/check/.") in words, (kind, size)
            page.emulate_media(media="print")
            picture = page.locator(".share__code:visible").bounding_box()
            page.emulate_media(media="null")
            assert min(picture["width"], picture["height"]) >= 20 / 25.4 * 96
    expect(page.locator(".sheet:visible, .share__code:visible")).to_have_count(0)  # on screen, the list stands once
    page.goto(address)
    expect(page.get_by_text("The words are the same.")).to_be_visible()


@pytest.mark.parametrize("therapy", STAGES)
def test_a_date_stands_on_the_page_of_its_first_item(page, therapy):
    make(page, therapy, STAGES[therapy][0], 30, ("pregnancy", "far"))
    groups = page.locator(".booklet .due").evaluate_all(
        "all => all.map(e => [e.querySelector('.due__when').textContent, e.querySelector('.item__action').textContent])"
    )
    leaves = printed(page, "booklet")
    assert len(groups) > 9
    for when, action in groups:
        assert any(squeezed(when) in leaf and squeezed(action) in leaf for leaf in leaves), (when, action)


def test_what_people_added_is_printed_and_their_notes_are_in_the_booklet(page, base_url):
    make(page, "natalizumab", "infusion-13-onward", 24, ())
    page.get_by_role("button", name="Keep this list at a private link").click()
    address, key = page.url, page.locator("[data-item] textarea").first.get_attribute("id").removeprefix("n-")

    def change(about, **fields):
        form = {"about": about, "number": "1", **fields}
        assert page.request.post(f"{address}change/", form=form, headers={"Origin": base_url}).ok

    added = {
        "bring": "Cookies for the nurses",
        "weeks-before": "W" * 200,
        "day-of": "ش" * 200,
        "days-after": "血" * 200,
    }
    for phase, words in added.items():
        change(f"own:{phase.replace('-', '')}", text=words, phase=phase)
    change("done:own:bring", value="1")
    change(f"note:{key}", value="Dana calls back.\nדנה תתקשר")
    page.goto(f"{address}list/")
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]
    note = page.locator(".booklet .item__note")
    expect(note).to_be_visible()
    assert note.get_attribute("dir") == "auto"
    expect(page.get_by_label("Cookies for the nurses")).to_be_checked()
    sheet, booklet = printed(page, "sheet"), printed(page, "booklet")
    assert_sheet(page, sheet, 2)
    for words in ("Cookies for the nurses", "W" * 200, "Added by you", "Dana calls back."):
        assert squeezed(words) in "".join(booklet)
    assert squeezed("Dana calls back.") not in "".join(sheet)


def test_the_columns_start_under_the_title_however_long_a_line_is(page, base_url):
    make(page, "natalizumab", "infusion-13-onward", 24, ())
    page.get_by_role("button", name="Keep this list at a private link").click()
    address = page.url
    for phase, words in (("weeks-before", "W" * 200), ("bring", "x"), ("day-of", "x"), ("days-after", "血" * 200)):
        form = {"about": f"own:{phase.replace('-', '')}", "number": "1", "text": words, "phase": phase}
        assert page.request.post(f"{address}change/", form=form, headers={"Origin": base_url}).ok
    page.goto(f"{address}list/")
    lines = page.locator(".sheet--standard .own")
    for letters in range(124, 204, 8):
        lines.evaluate_all("(all, n) => all.forEach(line => { line.textContent = 'x'.repeat(n) })", letters)
        assert squeezed("Before the visit") in leaves_of(page.pdf(format="A4"))[0], letters


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
    everything = "".join(leaves_of(page.pdf()))
    page.evaluate("document.querySelectorAll('details').forEach(details => { details.open = true })")
    for text in page.locator(".section dd").all_inner_texts()[:200]:
        assert squeezed(text)[:60] in everything, text
    last_source = page.locator("#sources li").last.inner_text()
    assert squeezed(last_source)[:30] in everything


@pytest.mark.parametrize("address", ["/guide/", "/therapies/natalizumab/"])
def test_no_word_that_is_explained_is_torn_on_paper(page, address):
    page.set_viewport_size({"width": 739, "height": 900})  # what Letter has between its margins
    page.goto(address)
    page.emulate_media(media="print")
    torn = page.locator("dt").evaluate_all(
        """all => all.flatMap(dt => {
            const words = document.createRange(), text = dt.firstChild;
            return text.data.split(/(?<=[\\s-])/).filter((word, n, words_of) => {
                const start = words_of.slice(0, n).join("").length;
                words.setStart(text, start);
                words.setEnd(text, start + word.trimEnd().length);
                return new Set([...words.getClientRects()].map(line => Math.round(line.top))).size > 1;
            });
        })"""
    )
    assert torn == []


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
