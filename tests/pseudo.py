"""A language that nobody speaks: every word of the interface gets accents and 40% more letters, between ⟦ and ⟧.

What stands outside of those marks is content of an edition, or was forgotten.
"""

import math
import re
from contextlib import contextmanager

from django.utils import translation
from django.utils.translation import trans_real

CODE = "en-xa"
LONGER = 0.4
SHORT = 3  # letters; what is shorter would double
OPENS, CLOSES = "⟦", "⟧"
ACCENTS = str.maketrans("aeiouAEIOU", "áéíóúÁÉÍÓÚ")
# Placeholders, tags, entities and addresses stay as they are.
KEPT = re.compile(r"(%\(\w+\)[a-z]|%[a-z%]|\{[^{}]*\}|<[^>]*>|&#?\w+;|https?://\S+)")


def _longer(word: re.Match[str]) -> str:
    letters = word[0].translate(ACCENTS)
    return letters if len(letters) < SHORT else letters + letters[-math.ceil(LONGER * len(letters)) :].lower()


def pseudo(words: str) -> str:
    """ "Search" becomes "⟦Séárchrch⟧"."""
    if not words.strip():
        return words
    pieces = KEPT.split(words)
    said = [piece if n % 2 else re.sub(r"[^\W\d_]+", _longer, piece) for n, piece in enumerate(pieces)]
    return f"{OPENS}{''.join(said)}{CLOSES}"


class Pseudo:
    """What Django asks of a translation, said by its English one and then made strange."""

    def __init__(self):
        self.english = trans_real.translation("en")

    def to_language(self):
        return CODE

    def gettext(self, message):
        return pseudo(self.english.gettext(message).rpartition(trans_real.CONTEXT_SEPARATOR)[2])

    def ngettext(self, one, many, number):
        return pseudo(self.english.ngettext(one, many, number).rpartition(trans_real.CONTEXT_SEPARATOR)[2])


@contextmanager
def spoken():
    """What is said within the block is said in it."""
    trans_real._translations.setdefault(CODE, Pseudo())
    with translation.override(CODE):
        yield
