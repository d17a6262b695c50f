"""Whether the site can be read in another language: every word of the interface goes through gettext.

The pages are made in a language that marks what went through it (pseudo.py). What stands unmarked must be content.
"""

import html
import re

import pytest
from pseudo import CLOSES, OPENS, pseudo, spoken
from test_kept import keep  # noqa: F401
from test_plain_words import PAGES
from test_visit_pages import CHECKLIST, answers  # noqa: F401

from therapies.content import texts_in, to_json
from therapies.library import library

UNREAD = re.compile(r"<(script|style)\b.*?</\1>|<!--.*?-->", re.DOTALL)
SAID = re.compile(r'\s(?:aria-label|title|alt|placeholder|content|data-said-[\w-]+)="([^"]*)"')
NO_WORDS = re.compile(
    r"[^A-Za-z]*(?:MS Infusion|Chromium|axe|JavaScript|[A-Z]{3}\w?\d*(?:-\w+)+|[ap]\.m\.|utf-8|width=.*|noindex.*|light dark|website|summary_large_image|https?:\S+|[\w/.:-]+)?[^A-Za-z]*"
)
SKIPPED = ("robots", "viewport", "color-scheme", "og:url", "og:image", "og:type", "twitter:card", "htmx-config")


def unmarked(text):
    """What stands outside of the marks."""
    pieces, depth = [], 0
    for piece in re.split(f"([{OPENS}{CLOSES}])", text):
        if piece == OPENS:
            depth += 1
            pieces.append("\n")
        elif piece == CLOSES:
            depth -= 1
        elif depth == 0:
            pieces.append(piece)
    assert depth == 0, "a mark is cut off"
    return "".join(pieces)


def said_by(page):
    """The words of a page: its text, piece by piece, and what its attributes say."""
    page = UNREAD.sub(" ", page)
    for tag in re.findall(r"<meta[^>]*>", page):
        if any(f'"{name}"' in tag for name in SKIPPED):
            page = page.replace(tag, "")
    yield from (html.unescape(value) for value in SAID.findall(page))
    yield html.unescape(re.sub(r"<[^>]+>", "\n", page))


def content_words():
    """Everything that editions say, in one text."""
    return " ".join(
        text for edition in library().editions.values() for text in texts_in(to_json(edition.content))
    ).lower()


def assert_translated(response):
    known = re.sub(r"\s+", " ", content_words())
    left = []
    for said in said_by(response.content.decode()):
        for piece in unmarked(said).split("\n"):
            piece = re.sub(r"\s+", " ", piece).strip(" .,;:()“”\u00a0")
            if re.search(r"[A-Za-z]{2}", piece) and piece.lower() not in known:
                left.append(piece)
    assert not left, left


def test_a_word_that_is_forgotten_is_found():
    with spoken():
        assert pseudo("Search %(n)s <b>now</b>") == "⟦Séárchrch %(n)s <b>nów" + "ów</b>⟧"
    assert unmarked("a⟦b⟦c⟧d⟧e").split() == ["a", "e"]


@pytest.mark.django_db
@pytest.mark.parametrize("address", PAGES)
def test_every_word_of_a_page_is_translated_or_content(client, address):
    with spoken():
        assert_translated(client.get(address))
