"""Medical words explained at first use: which words a text uses, and what a reader of a page sees of them."""

import re
from html import unescape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from factories import CITED, edit, make_content
from reading import served, text_of
from therapies.content import Statement
from therapies.glossary import WORDS, FirstUses, Glossary, names
from therapies.library import look_again
from therapies.models import Line, Subject
from therapies.publishing import withdraw

PAGES = (
    "/therapies/",
    "/guide/",
    *(f"/therapies/{s}/" for s in ("ocrelizumab", "natalizumab", "alemtuzumab", "mitoxantrone")),
)
LINK = re.compile(r'<a class="word" href="#(w\d+)">(.*?)</a>')
UNREAD = re.compile(
    r"<(nav|svg|h[1-6]|dt|summary|thead)\b.*?</\1>|<p class=\"imprint\">.*?</p>|<a href=\"#s\d+\">.*?</a>|<span class=\"changed\">.*?</span>",
    re.DOTALL,
)
LABELS = (
    "Active SPMS", "Antibody", "B cell", "CBC (complete blood count)", "ECG (also EKG)", "Flare", "Infusion reaction", "IV",
    "Immunoglobulins (IgG, IgA, IgM)", "Label", "Live vaccine", "Liver tests", "MedWatch", "MRI", "Non-live vaccine", "PML",
    "Port", "Relapse", "Relapsing MS", "REMS", "SPMS (secondary progressive MS)", "TB (tuberculosis)", "Titer or index", "TOUCH",
)  # fmt: skip


def guide_of(*labels):
    lines = [
        Statement(key=f"W-{n}", section=WORDS, label=label, text=f"Explains {label}.", citations=CITED)
        for n, label in enumerate(labels)
    ]
    return make_content(kind="guide", slug="guide", statements=tuple(lines))


GLOSSARY = Glossary(guide_of(*LABELS))


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("PML", ["PML"]),
        ("CBC (complete blood count)", ["CBC", "complete blood count"]),
        ("ECG (also EKG)", ["ECG", "EKG"]),
        ("Immunoglobulins (IgG, IgA, IgM)", ["Immunoglobulins", "IgG", "IgA", "IgM"]),
        ("Titer or index", ["Titer", "index"]),
        ("Port", ["Port"]),
    ],
)
def test_a_label_says_the_names_of_its_word(label, expected):
    assert names(label) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Have live vaccines first.", ["Live vaccine"]),
        ("A non-live vaccine may be given.", ["Non-live vaccine"]),
        ("Non-live vaccines, then a live vaccine.", ["Non-live vaccine", "Live vaccine"]),
        ("Do not touch it. TOUCH is for Tysabri.", ["TOUCH"]),
        ("Ask for an iv, tb or mri test.", []),
        ("IVs and MRIs, then a TB test", ["IV", "MRI", "TB (tuberculosis)"]),
        ("Tuberculosis can sleep.", ["TB (tuberculosis)"]),
        ("An important airport reports.", []),
        ("Use the port, or two ports.", ["Port", "Port"]),
        ("An EKG, an ECG", ["ECG (also EKG)", "ECG (also EKG)"]),
        ("Antibodies fight germs; so does each antibody.", ["Antibody", "Antibody"]),
        ("A liver test, and a platelet count.", ["Liver tests"]),
        ("B cells, not the cells", ["B cell"]),
        ("Low immunoglobulin (IgG)", ["Immunoglobulins (IgG, IgA, IgM)"] * 2),
        ("active SPMS and secondary progressive MS", ["Active SPMS", "SPMS (secondary progressive MS)"]),
        ("relapsing MS, relapsing-remitting MS, relapses", ["Relapsing MS", "Relapse"]),
        ("PML's signs; PML, PML-like", ["PML", "PML"]),
        ("an index of 0.9", ["Titer or index"]),
        ("Go to www.fda.gov/medwatch or label@example.org.", []),
        ("unlabelled relabel labels", ["Label"]),
        ("", []),
    ],
)
def test_named_examples(text, expected):
    assert [word.label for _, _, word in GLOSSARY.found(text)] == expected


NAMES = [name for label in LABELS for name in names(label)]
SPOKEN = st.sampled_from(
    [*NAMES, *(name.lower() for name in NAMES), *(f"{name}s" for name in NAMES), "non-live", "air", "the"]
)
TEXTS = st.lists(
    st.lists(st.tuples(SPOKEN, st.sampled_from([" ", "-", ". ", ", ", "", "/", "<b>", " (", "’s "])), max_size=9).map(
        lambda parts: "".join(word + after for word, after in parts)
    ),
    max_size=6,
)


@settings(deadline=None)
@given(TEXTS)
def test_a_page_says_the_same_with_each_word_linked_once(texts):
    uses = FirstUses(GLOSSARY, texts)
    pieces = [uses.pieces(text) for text in texts]
    assert ["".join(piece for piece, _ in one) for one in pieces] == texts
    linked = [word for one in pieces for _, word in one if word]
    assert len(linked) == len(set(linked))
    assert sorted(linked, key=lambda word: word.number) == uses.words == GLOSSARY.used_in(texts)


@settings(deadline=None)
@given(TEXTS)
def test_only_whole_words_are_found_and_the_longest(texts):
    for text in texts:
        end_before = 0
        for start, end, word in GLOSSARY.found(text):
            assert end_before <= start < end
            end_before = end
            assert not re.match(r"[\w-]", text[end:])
            assert not re.search(r"[\w-]$", text[:start])
            stems = [name.casefold()[:-1] for name in names(word.label)]
            assert any(text[start:end].casefold().startswith(stem) for stem in stems)
            longer = [name for name in NAMES if len(name) > end - start + 1 and text[start:].startswith(name)]
            assert not [name for name in longer if re.match(r"(?![\w-])", text[start + len(name) :][:1])]


def test_without_a_guide_nothing_is_explained():
    uses = FirstUses(Glossary(), ["PML"])
    assert uses.words == []
    assert uses.pieces("PML") == [("PML", None)]


def main_of(response):
    page = response.content.decode()
    return page[page.index("<main") : page.index("</main>")]


def entries(page):
    """The explanations on a page, by their address."""
    return dict(re.findall(r'<div id="(w\d+)"><dt>(.*?)</dt>', page))


@pytest.mark.django_db
@pytest.mark.parametrize("address", PAGES)
def test_the_first_use_of_a_word_leads_to_its_explanation_on_the_page(client, library, address):
    page = main_of(client.get(address))
    links, explained = LINK.findall(page), entries(page)
    assert len(links) >= 10
    assert len({target for target, _ in links}) == len(links)
    if address == "/guide/":
        assert {target for target, _ in links} <= explained.keys()
    else:
        assert {target for target, _ in links} == explained.keys()
    for match in LINK.finditer(page):
        (word,) = {word.label for _, _, word in library.glossary.found(unescape(match[2]))}
        assert unescape(explained[match[1]]) == word
        before = unescape(re.sub(r"<[^>]+>", " ", UNREAD.sub(" ", page[: match.start()])))
        assert word not in {word.label for _, _, word in library.glossary.found(before)}, match[2]


@pytest.mark.django_db
@pytest.mark.parametrize("address", PAGES)
def test_no_heading_and_no_explanation_has_a_link_to_a_word(client, address):
    page = main_of(client.get(address))
    assert not [
        part
        for part in re.findall(r"<(h[1-6]|dt|a)\b(.*?)</\1>", page, re.DOTALL)
        if 'class="word"' in part[1][1:] and part[0] != "a"
    ]
    assert not re.search(r'<a class="word"[^>]*>[^<]*<a|<a (?!class="word")[^>]*>[^<]*<a', page)
    words = page[page.index('id="words"') :]
    assert 'class="word"' not in words
    if "Sources</h2>" in page:
        assert "Sources</h2>" in words


@pytest.mark.django_db
def test_words_on_this_page_are_the_guides_own(client, library):
    page = client.get("/therapies/natalizumab/")
    for word in library.glossary.words:
        if word.label in entries(main_of(page)).values():
            assert all(text in text_of(page) for text in word.texts)
    assert "PML" in entries(main_of(page)).values()
    assert "FMLA" not in entries(main_of(page)).values()
    assert '<a href="#words">Words on this page</a>' in main_of(page)
    assert '<a href="/guide/#words">Words explained</a>' in main_of(page)


@pytest.mark.django_db
def test_a_word_that_was_withdrawn_or_is_to_check_is_not_explained(client, editor, reviewer, publish_as):
    guide = Subject.objects.get(slug="guide")
    look_again()
    assert {"PML", "JC virus"} <= set(entries(main_of(client.get("/therapies/natalizumab/"))).values())
    withdraw(guide, "WORD-pml", by=reviewer, reason="It is not so.")
    look_again()
    page = main_of(client.get("/therapies/natalizumab/"))
    assert "JC virus" in entries(page).values()
    assert "PML" not in [*entries(page).values(), *(said for _, said in LINK.findall(page))]
    edit(guide.statements.get(key="WORD-jc-virus"), editor, mark=Line.TO_CHECK)
    publish_as(guide)
    assert "JC virus" not in {line.label for line in served(guide).content.statements}
    page = main_of(client.get("/therapies/natalizumab/"))
    assert "JC virus" not in [*entries(page).values(), *(said for _, said in LINK.findall(page))]
    assert LINK.search(page)


@pytest.mark.django_db
def test_without_the_guide_pages_stand_as_they_are(client, reviewer):
    withdraw(Subject.objects.get(slug="guide"), "", by=reviewer, reason="None of it is so.")
    look_again()
    for address in ("/therapies/", "/therapies/natalizumab/"):
        page = main_of(client.get(address))
        assert 'class="word"' not in page
        assert "Words on this page" not in page
        assert "PML" in page


@pytest.mark.django_db
def test_a_past_edition_stays_as_it_was(client, ocrelizumab, editor, publish_as):
    edit(ocrelizumab.items.get(key="OCR-C01"), editor, why="Another reason, in new words.")
    publish_as(ocrelizumab)
    look_again()
    assert 'class="word"' in main_of(client.get("/therapies/ocrelizumab/editions/2/"))
    past = main_of(client.get("/therapies/ocrelizumab/editions/1/"))
    assert 'class="word"' not in past
    assert "Words on this page" not in past


@pytest.mark.django_db
def test_content_can_not_bring_markup_of_its_own(client, ocrelizumab, editor, publish_as):
    row = ocrelizumab.statements.filter(section="glance", label="What it is").first()
    edit(row, editor, text='An <b id="x">antibody</b> & "PML".')
    publish_as(ocrelizumab)
    look_again()
    page = main_of(client.get("/therapies/ocrelizumab/"))
    assert re.search(
        r'An &lt;b id=&quot;x&quot;&gt;<a class="word" href="#w\d+">antibody</a>&lt;/b&gt; &amp; &quot;', page
    )


@pytest.mark.django_db
def test_staff_see_the_words_in_a_preview(admin_client, ocrelizumab):
    for subject in (ocrelizumab, Subject.objects.get(slug="guide")):
        page = main_of(admin_client.get(f"/admin/therapies/subject/{subject.pk}/preview/"))
        assert {target for target, _ in LINK.findall(page)} <= entries(page).keys()
        assert LINK.search(page)
