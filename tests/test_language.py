"""Whether the site can be read in another language: every word of the interface goes through gettext.

The pages are made in a language that marks what went through it (pseudo.py). What stands unmarked must be content.
"""

import re
from datetime import date
from functools import cache
from html.parser import HTMLParser

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, User
from django.urls import reverse
from django.utils import timezone
from pseudo import CLOSES, OPENS, pseudo, spoken
from test_admin import form_of
from test_plain_words import PAGES

from factories import edit
from therapies.content import to_json
from therapies.models import Edition, Item, Line, Report, Review, Source, Stage, Subject, Test, Withdrawal
from therapies.publishing import send_back, withdraw
from therapies.rows import fingerprint_of
from therapies.vocabulary import SETTINGS, SITUATIONS

WORD = re.compile(r"[^\W\d_]{2,}(?:['’-][^\W\d_]+)*")
SENTENCE = re.compile(r"\w \w.*[.?!]$", re.DOTALL)  # what is shorter may be a name of the vocabulary as well
NAMES = ("MS Infusion",)
SEVERAL = 3  # words of one text in a row are a part of it; fewer may stand in it by chance
SAID = ("aria-label", "title", "alt", "placeholder", "label", "data-label")  # attributes that are read
HEAD_SAID = ("description", "og:description", "og:title")
INLINE = ("a", "abbr", "b", "code", "del", "em", "i", "ins", "mark", "small", "span", "strong", "time", "tspan")
# Fields of an edition that hold keys; nobody reads these.
KEYS = {
    "anchor", "call", "citations", "item", "key", "kind", "language", "last_anchor", "level", "next_from", "next_unit",
    "owner", "phase", "premedicine", "premedicines", "replaces", "required", "section", "settings", "situations", "slug",
    "therapies", "unit", "url",
}  # fmt: skip


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
        assert depth >= 0, f"a mark is cut off: {text}"
    assert depth == 0, f"a mark is cut off: {text}"
    return "".join(pieces)


class Said(HTMLParser):
    """What a page says: its text, a line for each block, and what its attributes say. A message may hold markup."""

    def __init__(self, page):
        super().__init__()
        self.text, self.attributes, self.unread, self.depth = "", [], "", 0
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        values = {name: value or "" for name, value in attrs}
        self.unread = tag if tag in ("script", "style") else ""
        self.text += " " if tag in INLINE else "\n"
        if self.depth:
            return  # a translator sees it in the message
        said = [value for name, value in values.items() if name in SAID or name.startswith("data-said")]
        if tag == "meta" and {values.get("name"), values.get("property")} & set(HEAD_SAID):
            said.append(values["content"])
        if tag == "input" and values.get("type") in ("submit", "button", "reset"):
            said.append(values.get("value", ""))
        self.attributes += said

    def handle_endtag(self, tag):
        self.unread = ""
        self.text += " " if tag in INLINE else "\n"

    def handle_data(self, data):
        if not self.unread:
            self.text += re.sub(r"\s+", " ", data)
            self.depth += data.count(OPENS) - data.count(CLOSES)


def texts_of(value):
    """What people may read of an edition's JSON."""
    if isinstance(value, dict):
        for name, one in value.items():
            # Stages are lines at the top, and keys within a line.
            if name not in KEYS and not (name == "stages" and one and isinstance(one[0], str)):
                yield from texts_of(one)
        yield from (sign.replace("-", " ") for sign in value.get("signs", ()))
    elif isinstance(value, list):
        for one in value:
            yield from texts_of(one)
    elif isinstance(value, str):
        yield value


def content_texts():
    """Everything that staff wrote and readers may see: of every edition that was published, and about it."""
    for row in Edition.objects.select_related("published_by__reviewer"):
        yield from texts_of(to_json(row.served()))
        yield row.change_note
        yield str(getattr(row.published_by, "reviewer", ""))
    for one in Withdrawal.objects.all():
        yield from (one.words, one.reason)
    yield from {str(review.reviewed_by) for review in Review.objects.select_related("reviewed_by")}


as_translated = cache(pseudo)


def words_of(text):
    return [word.casefold() for word in WORD.findall(text)]


class Known:
    """Texts that may stand on a page untranslated."""

    def __init__(self, texts):
        texts = {tuple(words_of(text)) for text in (*texts, *NAMES)} - {()}
        self.whole = {}
        for text in sorted(texts, key=len, reverse=True):
            self.whole.setdefault(text[0], []).append(text)
        self.all = "".join(f"| {' '.join(text)} |" for text in texts)

    def _whole(self, words):
        return next((len(t) for t in self.whole.get(words[0], ()) if tuple(words[: len(t)]) == t), 0)

    def _part(self, words):
        """How many words at the beginning stand so in one text."""
        count = SEVERAL
        while count <= len(words) and f" {' '.join(words[:count])} " in self.all:
            count += 1
        return count - 1 if count > SEVERAL else 0

    def forgotten(self, text):
        """The words of a text that are neither in a mark nor a whole text nor several words of one, those of a line
        together."""
        found = []
        for line in unmarked(text).split("\n"):
            words, left = words_of(line), []
            while words:
                known = self._whole(words) or self._part(words)
                left += [] if known else words[:1]
                words = words[known or 1 :]
            found += [" ".join(left)] if left else []
        return found


def assert_texts_translated(*texts, content=()):
    """Of texts that are no page: a calendar, a message. `content` is what stands in them and in no edition."""
    known = Known((*content_texts(), *content))
    left = [words for text in texts for words in known.forgotten(text)]
    assert not left, left


def assert_translated(response, *content):
    """Every word of a page is translated, or content of an edition, which is not. `content` is what else may stand there."""
    said = Said(response.content.decode())
    texts = [*content_texts(), *content]
    known = Known(texts)
    left = [words for text in (said.text, *said.attributes) for words in known.forgotten(text)]
    assert not left, left
    wrong = [text for text in texts if SENTENCE.search(text) and as_translated(text) in said.text]
    assert not wrong, f"content went through gettext: {wrong}"


def test_a_word_that_is_forgotten_is_found():
    with spoken():
        assert pseudo("Search %(n)s <b>now</b>") == "⟦Séárchrch %(n)s <b>nów" + "ów</b>⟧"
    assert unmarked("a⟦b⟦c⟧d⟧e").split() == ["a", "e"]
    known = Known(["Call your clinic today.", "Food"])
    for page, left in {
        "<p>Call your clinic today. <b>Call</b> ⟦Sóurceurce 1⟧</p>": ["call"],
        "<p>Food</p><p>Your food</p><p>your clinic</p>": ["your", "your clinic"],
        "<p>Call your <mark>clinic</mark> today. Food</p>": [],
        '<p title="Close">⟦Gó <a title="x" href="/">thérére</a>⟧</p>': ["close"],
        "<p>Call your clinic today. Now</p><a>⟦thérére⟧</a><a>Sources</a>": ["now", "sources"],
        '<td data-label="Why">⟦x⟧</td><script>let words;</script>': ["why"],
        '<meta name="description" content="About us"><meta name="robots" content="noindex">': ["about us"],
    }.items():
        said = Said(page)
        assert [words for text in (said.text, *said.attributes) for words in known.forgotten(text)] == left, page
    with pytest.raises(AssertionError, match="cut off"):
        unmarked("⟦half")


@pytest.mark.django_db
@pytest.mark.parametrize("address", PAGES)
def test_every_word_of_a_page_is_translated_or_content(client, address):
    with spoken():
        assert_translated(client.get(address))


# What staff see

DJANGOS = ("Search", "True", "False")  # texts of pictures that Django itself does not translate


# The review screen shows values of fields as an edition holds them.
FIELDS = [field for model in (Item, Source, Stage, Test) for field in model._meta.fields]
CHOSEN = [*SETTINGS, *SITUATIONS, *(key for field in FIELDS for key, _ in field.choices or ())]
READ_BY_STAFF = {"item", "key", "language", "replaces", "slug", "url"}  # keys that staff see as such


def row_texts():
    """Everything that staff wrote: the texts of every row that are no choices, and the names of users."""
    yield from User.objects.values_list("username", flat=True)
    for model in apps.get_app_config("therapies").get_models():
        if hasattr(model, "history_change_reason"):
            continue
        names = [f.attname for f in model._meta.concrete_fields if not f.choices]
        names = [name for name in names if name in READ_BY_STAFF or name not in {*KEYS, "content"}]
        for value in (value for values in model.objects.values_list(*names) for value in values):
            if isinstance(value, list):
                yield from (*map(str, value), ", ".join(map(str, value)))  # as a form shows a list of words
            elif isinstance(value, str):
                yield value


@pytest.fixture
def staff_see(client, reviewer):
    """Open a page as a reviewer who may also edit, or send a form, in the language that nobody speaks."""
    reviewer.groups.add(Group.objects.get(name="Content editors"))
    client.force_login(reviewer)

    def see(address, data=None, content=()):
        with spoken():
            response = client.get(address) if data is None else client.post(address, data, follow=True)
            assert response.status_code in (200, 422), address
            typed = map(str, (data or {}).values())
            assert_translated(response, *row_texts(), *typed, *content, *DJANGOS)
        return response

    return see


@pytest.mark.django_db
@pytest.mark.parametrize(
    "model",
    [
        "subject",
        "stage",
        "statement",
        "test",
        "figure",
        "item",
        "question",
        "source",
        "location",
        "override",
        "edition",
    ],
)
def test_lists_and_forms_of_staff_are_translated(staff_see, model):
    row = apps.get_model("therapies", model).objects.first()
    staff_see(reverse(f"admin:therapies_{model}_changelist"))
    name, args = ("change", [row.pk]) if row else ("add", [])
    staff_see(reverse(f"admin:therapies_{model}_{name}", args=args))


@pytest.mark.django_db
def test_the_history_of_a_line_is_translated(staff_see, ocrelizumab, editor):
    row = ocrelizumab.items.get(key="OCR-C01")
    before = row.why
    edit(row, editor, why="Clearer.", window_first=-40)
    staff_see(reverse("admin:therapies_item_history", args=[row.pk]), content=["Starter content", before])


@pytest.fixture
def busy(client, ocrelizumab, editor, second, publish_as):
    """A page on which there is all kinds of work."""
    withdraw(ocrelizumab, "OCR-C09", by=second, reason="The label changed.")
    edit(ocrelizumab.items.get(key="OCR-C03"), editor, why="Better.")
    publish_as(ocrelizumab)
    edit(ocrelizumab.items.get(key="OCR-C01"), editor, why="Clearer. One sentence " + "very " * 20 + "long.")
    edit(ocrelizumab.items.get(key="OCR-C03"), second, mark=Line.LEFT_OUT)
    edit(ocrelizumab.items.get(key="OCR-C25a"), editor, action="Call 911 now.", situations=["drives"])
    edit(ocrelizumab.items.filter(mark=Line.TO_CHECK).first(), editor, why="Another reason.", label_changed="May 2026")
    edit(ocrelizumab.sources.first(), editor, read_version_on=date(2025, 8, 1), newest_change_on=date(2026, 5, 1))
    ocrelizumab.statements.filter(section="glance", mark=Line.VERIFIED).first().citations.all().delete()
    Report.objects.create(page="/therapies/ocrelizumab/", text="A word is missing.")
    answers = {"therapy": "ocrelizumab", "stage": "first-dose-part-1", "date": f"{timezone.localdate()}"}
    assert client.post("/visits/keep/", answers).status_code == 302
    return ocrelizumab


def screen(name, subject, query=""):
    return reverse(f"admin:therapies_subject_{name}", args=[subject.pk]) + query


@pytest.fixture
def review(staff_see):
    """Open the review screen of a subject, or send its form."""
    return lambda subject, data=None: staff_see(screen("publish", subject), data, CHOSEN)


@pytest.mark.django_db
def test_what_there_is_to_do_is_translated(busy, second, staff_see, review):
    staff_see("/admin/")
    with spoken():
        send_back(busy, "OCR-C01", by=second, reason="The label says otherwise.")
    page = staff_see("/admin/").content.decode()
    assert pseudo("%(key)s was sent back") % {"key": "OCR-C01"} in page
    row = busy.items.get(key="OCR-C01")
    page = staff_see(reverse("admin:therapies_item_change", args=[row.pk])).content.decode()
    assert page.count(row.note) == 2  # on top, and in its field
    with spoken():
        withdraw(busy, "", by=second, reason="The label changed.")
    staff_see("/admin/")
    review(busy)


@pytest.mark.django_db
def test_the_review_screen_is_translated_and_leads_to_what_must_be_put_right(busy, review):
    row = busy.statements.filter(section="glance", mark=Line.VERIFIED).first()
    page = review(busy).content.decode()
    problem = pseudo("%(key)s: cites no source.") % {"key": row.key}
    assert f'<a href="{reverse("admin:therapies_statement_change", args=[row.pk])}">{problem}</a>' in page
    review(busy, {"change_note": ""})
    review(busy, {"send_back": "OCR-C01", "reason": ""})
    review(busy, {"send_back": "OCR-C01", "reason": "The label says otherwise."})
    review(Subject.objects.get(slug="guide"))


@pytest.mark.django_db
def test_publishing_is_translated(ocrelizumab, editor, reviewer, review):
    line = ocrelizumab.items.get(key="OCR-C01")
    edit(line, editor, why="Clearer.")
    approval = {"change_note": "Clearer words.", "change_kind": "wording", "review_again_on": "2999-01-01"}
    review(ocrelizumab, approval | {"review_again_on": "2020-01-01"})
    review(ocrelizumab, approval | {"read": "something else"})
    row = edit(ocrelizumab.items.get(key="OCR-C03"), reviewer, why="My own words.")
    review(ocrelizumab, approval)
    edit(row, None, why="Nobody knows whose words.")
    new = ocrelizumab.items.filter(mark=Line.TO_CHECK).exclude(citations=None).first()
    edit(new, editor, mark=Line.VERIFIED)
    review(ocrelizumab)
    send_back(ocrelizumab, new.key, by=reviewer, reason="No.")
    send_back(ocrelizumab, row.key, by=reviewer, reason="No.")
    review(ocrelizumab, approval | {"read": review(ocrelizumab).context["read"]})
    assert ocrelizumab.editions.count() == 2


@pytest.mark.django_db
def test_checking_is_translated(busy, reviewer, staff_see):
    for show in ("to-check", "unchecked", "unsourced"):
        staff_see(screen("check", busy, f"?show={show}"))
    rows = list(busy.items.filter(mark=Line.TO_CHECK, citations__source__kind="label").distinct()[:2])

    def answer(row, decision, **more):
        values = {"decision": decision, "source": row.citations.first().source_id, "place": "section 2"}
        values |= {"seen_on": f"{timezone.localdate()}", "reason": "", "read": fingerprint_of(row)} | more
        return {f"item-{row.pk}-{name}": value for name, value in values.items()}

    url = screen("check", busy)
    for wrong in ({"source": ""}, {"place": ""}, {"seen_on": "2999-01-01"}, {"seen_on": "soon"}, {"read": ""}):
        staff_see(url, answer(rows[0], "confirm", **wrong))
    staff_see(url, answer(rows[0], "reject"))
    edit(rows[1], reviewer, why="My own words.")
    staff_see(url, answer(rows[1], "confirm"))
    staff_see(url, answer(rows[0], "confirm") | answer(rows[1], "reject", reason="Double."))
    staff_see(url, answer(rows[1], "confirm"))


@pytest.mark.django_db
def test_withdrawing_is_translated(ocrelizumab, staff_see):
    for query in ("?key=OCR-C01", "?key=OCR-C01", ""):
        staff_see(screen("withdraw", ocrelizumab, query))
        staff_see(screen("withdraw", ocrelizumab, query), {"reason": ""})
        staff_see(screen("withdraw", ocrelizumab, query), {"reason": "The label changed."})
    staff_see(screen("withdraw", ocrelizumab), {"reason": "Again."})


@pytest.mark.django_db
def test_finding_and_restoring_are_translated(busy, staff_see):
    for words in ("", "hepatitis", "qqqq"):
        staff_see(reverse("admin:therapies_find") + f"?q={words}")
    edition = busy.editions.get(number=1)
    staff_see(reverse("admin:therapies_edition_change", args=[edition.pk]))
    staff_see(reverse("admin:therapies_edition_restore", args=[edition.pk]))
    staff_see(reverse("admin:therapies_edition_restore", args=[edition.pk]), {}, CHOSEN)
    edition.seal.delete()
    staff_see(reverse("admin:therapies_edition_restore", args=[edition.pk]), {})


@pytest.mark.django_db
def test_saving_a_line_is_translated(client, ocrelizumab, editor, staff_see):
    row = ocrelizumab.items.get(key="OCR-C01")
    url = reverse("admin:therapies_item_change", args=[row.pk])
    form = form_of(client.get(url))
    other = Source.objects.filter(subject__slug="natalizumab").first()
    for wrong in ({"why": ""}, {"signs": "A\x00"}, {"window_first": "soon"}, {"citations-0-source": other.pk}):
        staff_see(url, form | wrong)
    edit(row, editor, why="Their words.", done_when="they say so")
    page = staff_see(url, form | {"why": "My words."}).content.decode()
    assert pseudo("done when ...") in page
    row.citations.all().delete()
    staff_see(url, form)
    staff_see(url, form_of(client.get(url)) | {"why": "My words."})
    question = ocrelizumab.questions.first()
    url = reverse("admin:therapies_question_change", args=[question.pk])
    form = form_of(client.get(url))
    staff_see(url, form | {"text": "My words."})
    question.delete()
    with spoken():
        client.post(url, form)
    staff_see("/admin/")
    staff_see(reverse("admin:therapies_override_add"), {"item": "OCR-C0", "window_first": "-1", "window_last": "-7"})
    staff_see(reverse("admin:therapies_override_add"), {"item": "OCR-C0"})
    subject = reverse("admin:therapies_subject_change", args=[ocrelizumab.pk])
    staff_see(subject, form_of(client.get(subject)) | {"infusion_days": "0, soon"})
