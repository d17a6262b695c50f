"""The words of whole pages as people read them: the content's and those around it."""

import html
import re

import pytest
from test_kept import keep
from test_visit_pages import CHECKLIST, answers

from therapies import reading

pytestmark = pytest.mark.django_db
PAGES = (
    "/", "/therapies/", "/therapies/ocrelizumab/", "/therapies/natalizumab/", "/therapies/alemtuzumab/",
    "/therapies/mitoxantrone/", "/therapies/ocrelizumab/editions/", "/guide/", "/clinic/", "/search/", "/check/", "/report/",
    "/visits/new/", "/privacy/", "/accessibility/", "/about/", "/offline/", "/nothing/", f"/visits/{'x' * 22}/",
)  # fmt: skip
UNSAID = re.compile(
    r"<(script|style|svg|template|nav|small|footer|option|time|h[1-6]|summary|dt|label|legend|button)\b.*?</\1>"
    r'|<ol class="sources">.*?</ol>|<p class="(?:sheet__)?imprint[^"]*">.*?</p>|(?:,| and)?\s*<a href="#s\d+">.*?</a>',
    re.DOTALL,
)
BLOCK = re.compile(
    r"</?(?:p|li|ul|ol|dl|dd|div|section|article|main|table|tr|td|th|form|fieldset|details|blockquote)\b[^>]*>"
)


def paragraphs(response):
    """What a page says in sentences: no headings, labels, dates and sources."""
    page = response.content.decode()
    main = UNSAID.sub(" ", page[page.index("<main") : page.index("</main>")])
    texts = (re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", "", block))).strip() for block in BLOCK.split(main))
    return [text for text in texts if len(text.split()) > 3]


def assert_plain(response):
    texts = paragraphs(response)
    assert not [sentence for text in texts for sentence in reading.too_long(text)]
    whole = " ".join(text if text[-1] in ".!?" else f"{text}." for text in texts)
    assert reading.grade(whole) <= 8


@pytest.mark.parametrize("address", PAGES)
def test_a_page_is_at_grade_8_in_sentences_of_20_words(client, address):
    assert_plain(client.get(address))


def test_so_are_the_form_with_errors_lists_and_kept_visits(client):
    assert_plain(client.post(CHECKLIST, {}))
    assert_plain(client.post(CHECKLIST, answers(situations=["diabetes", "port", "drives"])))
    url = keep(client)
    for address in (url, f"{url}step/", f"{url}list/"):
        assert_plain(client.get(address))
