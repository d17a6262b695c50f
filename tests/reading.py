"""What a test reads: of a page, and of what readers have now."""

import html
import re

from therapies.content import Edition
from therapies.library import library, look_again


def unlinked(page: str) -> str:
    """A page whose words lead to no explanation: its sentences stand in one piece."""
    return re.sub(r'<a class="word"[^>]*>(.*?)</a>', r"\1", page)


def text_of(response) -> str:
    """What a page says, without its markup, in one line."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", unlinked(response.content.decode()))))


def served(subject) -> Edition:
    """The edition of a subject that readers have, whenever the library last looked."""
    look_again()
    return library().editions[subject.slug]
