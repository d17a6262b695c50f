"""What a test reads of a page."""

import html
import re


def text_of(response) -> str:
    """What a page says, without its markup, in one line."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", response.content.decode())))
