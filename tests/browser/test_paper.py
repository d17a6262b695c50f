"""The printed checklist, read back from the PDF that Chromium makes."""

import io
import re

import pytest
from pypdf import PdfReader

from test_journeys import make_checklist

LISTS = {
    "first dose": {"situations": ["drives", "diabetes", "heat", "port", "vision"]},
    "late": {"days": 3},
    "course": {"therapy": "alemtuzumab", "stage": "course-1", "days": 30, "situations": ["pregnancy", "far"]},
    "after": {"therapy": "mitoxantrone", "stage": "after-treatment", "days": -500, "time": ""},
}


def squeezed(text):
    """Letters and digits only: a PDF knows lines and glyphs, not words."""
    return re.sub(r"[\W_]+", "", text)


@pytest.mark.parametrize("paper", ["Letter", "A4"])
@pytest.mark.parametrize("print_size", ["standard", "large"])
@pytest.mark.parametrize("name", LISTS)
def test_every_item_is_on_paper_whole_on_one_page(page, paper, print_size, name):
    make_checklist(page, **LISTS[name])
    page.check(f"[name=paper][value={print_size}]")
    actions = page.locator("[data-item] .item__action, [data-item] .level__sign").all_inner_texts()
    assert len(actions) == page.locator("[data-item]").count() > 8
    pages = [squeezed(sheet.extract_text()) for sheet in PdfReader(io.BytesIO(page.pdf(format=paper))).pages]
    for action in actions:
        assert any(squeezed(action) in sheet for sheet in pages), action
    first = pages[0]
    assert "Yourinfusionchecklist" in first or "Yourchecklistaftertreatment" in first
    assert "Notyetreviewedbyaclinician" in first
    assert "Nightsweekends" in first
    if name == "late":
        assert "totickortocallabout" in first
    everything = "".join(pages)
    for heading in ("Warningsigns", "Questionstoask", "Notes", "Sources"):
        assert heading in everything
    for hidden in ("Changemyanswers", "Largeprint", "Skiptothepage"):
        assert hidden not in everything
    assert f"Page{len(pages)}of{len(pages)}" in pages[-1]


def test_paper_is_black_on_white_with_boxes_to_tick(page):
    make_checklist(page)
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
