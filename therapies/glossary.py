"""The guide's words explained: which of them a text uses, and where. Pure.

Every statement of the guide's section "words" with a label is an entry of the glossary. The label says its names: "CBC
(complete blood count)" is met as either.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from therapies.content import Content

WORDS = "words"  # the section of the guide
SHORT = 3  # letters; a shorter word in other letters is another word: "IV" is not "iv", nor "TB" "tb"
NAMES_APART = re.compile(r"[(),]|\bor\b|\balso\b")


@dataclass(frozen=True)
class Word:
    """An entry of the glossary. `number` is its place in the guide, and on every page the end of its address: #w7."""

    number: int
    label: str
    texts: tuple[str, ...]


def names(label: str) -> list[str]:
    """What an entry is called: of "ECG (also EKG)" both."""
    return [name for part in NAMES_APART.split(label) if (name := part.strip())]


def _pattern(name: str) -> str:
    """A name, its simple plural, and its singular where the glossary names many. Acronyms are met in their own letters."""
    if name.isupper() or len(name) <= SHORT:
        return f"{re.escape(name)}s?"
    if stem := re.match(r"(.*[^aeiou])(?:y|ies)$", name):
        base, ending = stem[1], "(?:y|ies)"
    elif re.search(r"[^isu]s$", name):
        base, ending = name[:-1], "s?"
    else:
        base, ending = name, "(?:es)?" if re.search(r"(?:s|x|ch|sh)$", name) else "s?"
    return f"(?i:{re.escape(base)}{ending})"


class Glossary:
    """The words explained of one guide, in its order; none where there is no guide."""

    def __init__(self, guide: Content | None = None) -> None:
        lines = [line for line in guide.statements if line.section == WORDS and line.label] if guide else []
        labels = list(dict.fromkeys(line.label for line in lines))
        self.words = [
            Word(number, label, tuple(line.text for line in lines if line.label == label))
            for number, label in enumerate(labels, 1)
        ]
        named = sorted(
            ((name, word) for word in self.words for name in names(word.label)), key=lambda pair: -len(pair[0])
        )
        # The longest name first, and whole words only: of a "non-live vaccine", or of an address, no part is a word.
        alternatives = "|".join(f"({_pattern(name)})" for name, _ in named)
        self._word_of = [word for _, word in named]
        self._used: dict[str, set[int]] = {}  # lists show the same texts again and again
        self._pattern = re.compile(rf"(?<![\w./@-])(?:{alternatives})(?![\w-]|[./@]\w)") if named else None

    def found(self, text: str) -> Iterator[tuple[int, int, Word]]:
        """Every use of a word in a text: where it begins and ends."""
        for match in self._pattern.finditer(text) if self._pattern else ():
            assert match.lastindex  # noqa: S101 - for the type checker: a name matched
            yield match.start(), match.end(), self._word_of[match.lastindex - 1]

    def used_in(self, texts: Iterable[str]) -> list[Word]:
        """The words that some texts use, in the order of the glossary."""
        used: set[int] = set()
        for text in texts:
            if text not in self._used:
                self._used[text] = {word.number for _, _, word in self.found(text)}
            used |= self._used[text]
        return [word for word in self.words if word.number in used]


class FirstUses:
    """A page in the making, of all the texts that it shows: which words it explains, and where each is met first."""

    def __init__(self, glossary: Glossary, texts: Iterable[str]) -> None:
        self._glossary = glossary
        self._met: set[int] = set()
        self.words = glossary.used_in(texts)

    def pieces(self, text: str) -> list[tuple[str, Word | None]]:
        """A text as the page shows it next, cut at each word that is met for the first time."""
        pieces: list[tuple[str, Word | None]] = []
        at = 0
        for start, end, word in self._glossary.found(text):
            if word.number not in self._met:
                self._met.add(word.number)
                pieces += [(text[at:start], None), (text[start:end], word)]
                at = end
        return [*pieces, (text[at:], None)]
