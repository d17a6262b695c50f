"""Looking for words in everything that is published. Pure: no clock, and nothing of what is asked is kept.

A word is found by its stem, else as the beginning of a word, else as the word that is spelled most like it.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from itertools import groupby

from django.utils.translation import gettext as _

from therapies.content import Content, Edition, Figure, Item, Line, Location, Stage, Statement, Test
from therapies.pages import Section, arrange, brand_names
from therapies.vocabulary import PHASES, PREMEDICINES, SETTINGS, SITUATIONS

LINES_SHOWN = 4  # of one page
WORD = re.compile(r"\w+(?:['’]\w+)*")
POSSESSIVE, APOSTROPHE = re.compile(r"['’]s$"), re.compile(r"['’]")
ENDING = re.compile(
    r"(?<=\w{4})(?:at(?:ions?|ed?|es|ing)|an(?:cy|ts?)|ments?|ions?|ings?|ers?|ies|ed|es|s|e|y)$|(?<=\w{2}[^siu])s$"
)
SMALL = frozenset(
    WORD.findall(
        "a about after all am an and any are as at be been before but by can could did do does for from get give given had "
        "has have how i if in into is it its me my need of on or our should so take that the their them then there these "
        "they this to was we what when where which who why will with would you your"
    )
)
LIKE, LIKE_LONG, LIKE_NAME = 0.8, 0.9, 0.7  # how like a word must be; long names of drugs differ by a letter or two
LONG = 10
NAME, HEADING, LINE = range(3)

# What people call the signs of danger, where it is not the sign's own name. All words of one phrase must be there.
STROKE = "stroke, tia, one side weak, one side numb"
CALLED = {
    "breathing": "breathe, breath, breathing, breathless, choking, suffocating, heart attack, anaphylaxis, blue lips",
    "wheeze": "wheezing, tight chest, chest tightness",
    "chest-pain": "chest hurts, chest pressure, pain chest, heart attack, heart pain",
    "fainting": "fainted, passed out, pass out, passing out, unconscious, collapse, black out, blackout",
    "face-swelling": "swollen face, swollen lips, face swollen, anaphylaxis",
    "throat-swelling": "swollen throat, swollen tongue, throat closing, throat tight, anaphylaxis",
    "hives-with-vomiting": "anaphylaxis",
    "fast-heartbeat-with-weakness": "heart racing, fast heartbeat, palpitations",
    "self-harm": "suicide, suicidal, kill myself, hurt myself, harm myself, end my life, want die, dont want live, 988",
    "face-droop": f"drooping face, face drooping, droopy, {STROKE}",
    "sudden-weakness": f"weak arm, weak leg, cant move, paralyzed, {STROKE}",
    "sudden-speech": f"cant speak, cant talk, slurred, slurring, speech trouble, {STROKE}",
    "sudden-sight-loss": f"cant see, blind, lost sight, vision loss, loss vision, sudden vision, {STROKE}",
    "sudden-balance": f"lost balance, balance gone, {STROKE}",
    "severe-headache": f"bad headache, worst headache, sudden headache, thunderclap, {STROKE}",
    "confusion": "confused, cant think",
    "seizure": "convulsion, convulsing, seizing",
    "fever": "high temperature",
    "stiff-neck": "neck stiff",
    "heavy-bleeding": "bleeding, bleed, hemorrhage",
    "bleeding-not-stopping": "bleeding, bleed, wont stop bleeding, hemorrhage",
    "coughing-blood": "cough blood, spit blood",
    "blood-in-stool": "bloody stool, black stool",
    "blood-in-urine": "red urine, bloody urine",
    "gum-bleeding": "gums bleed",
    "yellow-skin": "yellow eyes, jaundice",
    "severe-belly-pain": "bad belly pain, stomach pain, bad stomach",
    "belly-pain": "stomach pain",
    "head-injury": "hit head, head hit",
    "bruising": "bruise",
    "red-eye": "sore eye, eye pain",
    "very-ill": "very sick",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that can be found: a page, a section, or a line in it. `head` and `text` are shown, `around` is where it
    stands. Without an anchor it is on the checklist; `only` then says on which ones."""

    slug: str
    anchor: str
    section: str
    head: str
    text: str = ""
    around: str = ""
    only: str = ""
    rank: int = LINE


Pieces = tuple[tuple[str, bool], ...]


@dataclass(frozen=True, slots=True)
class Hit:
    """Head and text in pieces, those marked that were looked for."""

    head: Pieces
    text: Pieces
    only: str


@dataclass(frozen=True, slots=True)
class Place:
    """A section of a page with what was found there: nothing more where only its heading was."""

    title: str
    anchor: str
    hits: tuple[Hit, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """A public page, or, where `on_list`, the checklist of a therapy; that of the guide is every checklist."""

    edition: Edition
    on_list: bool
    places: tuple[Place, ...]
    more: int


@dataclass(frozen=True, slots=True)
class Sign:
    """A warning of the first level, and the edition that holds it."""

    edition: Edition
    item: Item


@dataclass(frozen=True, slots=True)
class Found:
    """`read_as` are words that nobody published, each with what was looked for in its place; `unknown` are those with
    nothing like them. `whole`: some line has all the words. `is_danger`: they name a sign of danger."""

    pages: tuple[Page, ...] = ()
    read_as: tuple[tuple[str, tuple[str, ...]], ...] = ()
    unknown: tuple[str, ...] = ()
    whole: bool = True
    is_danger: bool = False
    warnings: tuple[Sign, ...] = ()


def folded(text: str) -> str:
    """A text without case and accents."""
    if text.isascii():
        return text.lower()
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in parts if not unicodedata.combining(letter))


def words(text: str) -> list[str]:
    """The words of a text, folded, without apostrophes: "can't" and "cannot" are one word."""
    found = []
    for word in WORD.findall(folded(text)):
        if not word.isalnum():
            word = APOSTROPHE.sub("", POSSESSIVE.sub("", word))
        found.append("cant" if word == "cannot" else word)
    return found


def stem(word: str) -> str:
    """A word without its ending: vaccine and vaccination, pregnant and pregnancy are one."""
    return ENDING.sub("", word)


def stems(text: str) -> set[str]:
    return {stem(word) for word in words(text)}


def pieces(text: str, wanted: Collection[str]) -> Pieces:
    """A text in pieces, those marked whose stem is wanted."""
    found: list[tuple[str, bool]] = []
    at = 0
    for match in WORD.finditer(text):
        if stems(match[0]) & set(wanted):
            found += [(text[at : match.start()], False), (match[0], True)]
            at = match.end()
    return tuple(piece for piece in (*found, (text[at:], False)) if piece[0])


@dataclass
class Spelling:
    """Words by their letters, to find the one that is most like another."""

    letters: dict[str, int] = field(default_factory=dict)
    names: frozenset[str] = frozenset()

    @classmethod
    def of(cls, vocabulary: Iterable[str], names: Iterable[str] = ()) -> "Spelling":
        return cls({word: cls._mask(word) for word in sorted(vocabulary) if word.isalpha()}, frozenset(names))

    @staticmethod
    def _mask(word: str) -> int:
        """One bit for each letter: words that share few need no closer look."""
        mask = 0
        for letter in word:
            mask |= 1 << (ord(letter) & 31)
        return mask

    def begun(self, word: str) -> tuple[str, ...]:
        """Names that begin like this; where there are none, other words."""
        found = tuple(known for known in self.letters if len(word) > 3 and known.startswith(word))
        return tuple(known for known in found if known in self.names) or found

    def likest(self, word: str) -> tuple[str, ...]:
        """The word that is spelled most like this one, if one is."""
        if len(word) < 4 or not word.isalpha():
            return ()
        mask, matcher = self._mask(word), SequenceMatcher(b=word, autojunk=False)
        best, likeness = "", 0.0
        for known, letters in self.letters.items():
            if abs(len(known) - len(word)) > 2 or (mask ^ letters).bit_count() > 4:
                continue
            is_name = known in self.names
            least = LIKE_LONG if len(known) >= LONG else LIKE_NAME if is_name else LIKE
            matcher.set_seq1(known)
            if (
                matcher.quick_ratio() >= least
                and (ratio := matcher.ratio()) >= least
                and ratio + is_name / 10 > likeness
            ):
                best, likeness = known, ratio + is_name / 10
        return (best,) if best else ()


def _names(content: Content) -> str:
    return " ".join((content.name, *brand_names(content)))


def _says(line: Line) -> tuple[str, str]:
    """The heading of a line, if it has one, and its words."""
    match line:
        case Statement():
            return line.label, line.text
        case Figure():
            return line.group, line.text or line.what
        case Stage():
            return line.name, f"{line.text} {line.next_words}"
        case Test():
            return line.name, f"{line.why} {line.when}"
        case Item():
            return "", f"{line.action} {line.why}"
    raise TypeError(line)


def _of_section(section: Section, content: Content) -> Iterator[Entry]:
    around = f"{_names(content)} {section.title}"
    yield Entry(content.slug, section.key, section.title, "", "", around, rank=HEADING)
    for line in section.lines():
        yield Entry(content.slug, section.key, section.title, *_says(line), around)


def _of_location(location: Location, content: Content) -> Iterator[Entry]:
    anchor = f"place-{location.key}"
    yield Entry(content.slug, anchor, location.name, "", "", f"{_names(content)} {location.name}", rank=HEADING)
    for head, text in {
        _("By day"): location.phone,
        _("Nights, weekends"): location.after_hours,
        _("Address"): location.address,
        _("Getting there, parking"): location.directions,
        _("What is there"): location.comforts,
        _("Food"): location.food,
        _("Visitors"): location.visitors,
        _("Children"): location.children,
    }.items():
        if text:
            yield Entry(content.slug, anchor, location.name, head, text, f"{_names(content)} {location.name}")


def _only(item: Item, content: Content, names: dict[str, str]) -> str:
    """Whom an item is for, where it is not for everybody."""
    stages = [stage.name for stage in content.stages if stage.key in item.stages]
    parts = [
        ", ".join(names.get(slug, slug) for slug in item.therapies),
        ", ".join(stages),
        _("a first visit") if item.first_visit else "",
        ", ".join(_(SETTINGS[key]) for key in item.settings),
        " ".join(_("“%(words)s”") % {"words": _(SITUATIONS[key])} for key in item.situations),
        _(PREMEDICINES.get(item.premedicine, "")),
    ]
    return "; ".join(part for part in parts if part)


def _entries(edition: Edition, names: dict[str, str]) -> Iterator[Entry]:
    """All that can be found of an edition: what its page says, then what only its checklists say."""
    content = edition.content
    title = f"{content.name} ({', '.join(brand_names(content))})" if brand_names(content) else content.name
    yield Entry(content.slug, "main", "", title, content.lead or content.summary, rank=NAME)
    for section in arrange(edition).sections:
        yield from _of_section(section, content)
    for question in content.questions:
        yield Entry(content.slug, "questions", _("Questions to ask"), "", question.text, _names(content))
    for location in content.locations:
        yield from _of_location(location, content)
    for item in content.items:
        head, text = _says(item)
        if content.kind == "clinic":
            yield Entry(content.slug, "house-rules", _("House rules"), head, text, _names(content))
        elif not (item.level and content.kind == "therapy"):  # those stand on its page
            only = _only(item, content, names)
            yield Entry(content.slug, "", _(PHASES[item.phase]), head, text, _names(content), only)


def _warnings(edition: Edition) -> Iterator[Item]:
    """The warnings of the first level, as the page of the edition has them; the guide's are on every list."""
    content = edition.content
    if content.kind == "therapy":
        for section in arrange(edition).sections:
            for level, items in section.warnings:
                if level == "now":
                    yield from (one.line for one in items if isinstance(one.line, Item))
    else:
        yield from (item for item in content.items if item.level == "now")


def _phrases(sign: str) -> list[frozenset[str]]:
    """Every way to name a sign: the words of each."""
    named = [sign.replace("-", " "), *CALLED.get(sign, "").split(",")]
    return [frozenset(stems(phrase)) for phrase in named if phrase.strip()]


class Index:
    """Everything published, ready to be looked through. Made once for each state of the library."""

    def __init__(self, editions: Iterable[Edition]) -> None:
        self._editions = {edition.content.slug: edition for edition in editions}
        names = {slug: edition.content.name for slug, edition in self._editions.items()}
        entries = [entry for edition in self._editions.values() for entry in _entries(edition, names)]
        self._entries = list({(e.slug, e.anchor, e.section, e.head, e.text): e for e in entries}.values())
        self._heads = [
            stems(f"{entry.head} {entry.section if entry.rank == HEADING else ''}") for entry in self._entries
        ]
        self._own = [head | stems(entry.text) for head, entry in zip(self._heads, self._entries, strict=True)]
        self._around = [stems(entry.around) for entry in self._entries]
        self._standing: dict[str, set[int]] = {}
        vocabulary: set[str] = set()
        for number, (entry, own) in enumerate(zip(self._entries, self._own, strict=True)):
            vocabulary.update(words(f"{entry.head} {entry.section} {entry.text}"))
            for one in own:
                self._standing.setdefault(one, set()).add(number)
        drugs = {w for e in self._editions.values() if e.content.kind == "therapy" for w in words(_names(e.content))}
        self._spelling = Spelling.of(vocabulary - SMALL, drugs)
        self._warnings = [Sign(e, item) for e in self._editions.values() for item in _warnings(e)]
        signs = {sign for one in self._warnings for sign in one.item.signs}
        self._signs = {sign: _phrases(sign) for sign in sorted(signs | CALLED.keys())}
        phrases = [phrase for ways in (*self._signs, *CALLED.values()) for phrase in re.split(r"[-,]", ways)]
        self._danger = Spelling.of({word for phrase in phrases for word in words(phrase)})

    def search(self, query: str) -> Found:
        """What is published of these words: lines that have all of them, else those with the most."""
        asked = list(dict.fromkeys(words(query)))
        asked = [word for word in asked if word not in SMALL] or asked
        wanted, read_as, unknown = [], [], []
        for word in asked:
            if stem(word) in self._standing:
                wanted.append({stem(word)})
            elif other := self._spelling.begun(word) or self._spelling.likest(word):
                wanted.append({stem(one) for one in other})
                read_as.append((word, other))
            else:
                unknown.append(word)
        is_danger, warnings = self._dangers(query, wanted)
        found, most = self._matching(wanted)
        return Found(
            pages=tuple(self._pages(found, set().union(*wanted))),
            read_as=tuple(read_as),
            unknown=tuple(unknown),
            whole=most == len(asked),
            is_danger=is_danger,
            warnings=warnings,
        )

    def _dangers(self, query: str, wanted: list[set[str]]) -> tuple[bool, tuple[Sign, ...]]:
        """The warnings that hold a sign of these words; of the therapies that are named, where some are."""
        said = set()
        for word in words(query.casefold().replace("can not", "cannot")):
            said.add(stem(word))
            if stem(word) not in self._standing:
                said |= stems(" ".join(self._danger.likest(word)))
        signs = {sign for sign, phrases in self._signs.items() if any(phrase <= said for phrase in phrases)}
        every = set().union(*wanted)
        therapies = [e.content for e in self._editions.values() if e.content.kind == "therapy"]
        named = {c.slug for c in therapies if stems(_names(c)) & every} or {c.slug for c in therapies}
        shown: dict[str, Sign] = {}
        # What holds for everybody comes first.
        for one in sorted(self._warnings, key=lambda w: (w.edition.content.kind == "therapy", bool(w.item.therapies))):
            content = one.edition.content
            is_for = {content.slug} if content.kind == "therapy" else set(one.item.therapies) or named
            if signs & set(one.item.signs) and is_for & named:
                shown.setdefault(one.item.action, one)
        return bool(signs), tuple(shown.values())

    def _matching(self, wanted: list[set[str]]) -> tuple[list[tuple[int, int, int]], int]:
        """Rank, order by its own words, and number of every entry with the most of the words; and how many these are."""
        standing = set().union(*(self._standing.get(one, set()) for alike in wanted for one in alike))
        counted: dict[int, list[tuple[int, int, int]]] = {}
        for number in standing:
            entry, own, head = self._entries[number], self._own[number], self._heads[number]
            everywhere = own | self._around[number]
            count = sum(not alike.isdisjoint(everywhere) for alike in wanted)
            in_own = sum(not alike.isdisjoint(own) for alike in wanted)
            rank = entry.rank
            heads = head if rank == NAME else head | self._around[number]
            if head.isdisjoint(set().union(*wanted)) or any(alike.isdisjoint(heads) for alike in wanted):
                rank = LINE
            elif rank == LINE:
                rank = HEADING
            counted.setdefault(count, []).append((rank, -in_own, number))
        most = max(counted, default=0)
        return sorted(counted.get(most, [])), most

    def _pages(self, found: list[tuple[int, int, int]], wanted: set[str]) -> Iterator[Page]:
        """What was found, by page: the page with the best line first, then the one with more lines."""
        by_page: dict[tuple[str, bool], list[tuple[int, int, int]]] = {}
        for one in found:
            entry = self._entries[one[2]]
            by_page.setdefault((entry.slug, not entry.anchor), []).append(one)
        for (slug, on_list), ones in sorted(by_page.items(), key=lambda page: (page[1][0][:2], -len(page[1]))):
            lines = [self._entries[number] for _, _, number in ones]
            shown = lines[:LINES_SHOWN]
            order = {place: at for at, place in enumerate(dict.fromkeys((e.anchor, e.section) for e in shown))}
            shown.sort(key=lambda e: order[e.anchor, e.section])
            places = [
                Place(title, anchor, tuple(_hit(e, wanted) for e in group if e.head or e.text))
                for (anchor, title), group in groupby(shown, lambda e: (e.anchor, e.section))
            ]
            yield Page(self._editions[slug], on_list, tuple(places), len(lines) - len(shown))


def _hit(entry: Entry, wanted: set[str]) -> Hit:
    return Hit(pieces(entry.head, wanted), pieces(entry.text, wanted), entry.only)
