"""Lists whose words changed since they were made: kept ones, and printed ones."""

import re
from dataclasses import replace
from datetime import date
from urllib.parse import quote
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from test_kept import box_of, helper_link, keep, tick

from factories import edit, make_edition, make_guide, make_item, make_staff, make_watch, with_items
from reading import text_of
from therapies.content import Citation, Source
from therapies.library import look_again
from therapies.models import Location as LocationRow
from therapies.models import Override as OverrideRow
from therapies.models import Subject
from therapies.publishing import withdraw
from visits.checklist import Answers, build
from visits.codes import code_of, read
from visits.living import lines_of, news, with_safety
from visits.models import Change, Visit

UTC = ZoneInfo("UTC")


# What is taken over at once


def newer(edition, *items, **fields):
    content = replace(with_items(edition, *items).content, **fields)
    return replace(edition, content=content, number=2, published_on=date(2026, 5, 3))


def actions(old, new):
    mixed = with_safety({"testimab": old}, {"testimab": new})["testimab"]
    return [item.action for item in mixed.content.items]


def test_a_safety_item_is_taken_at_once_and_another_waits():
    old = make_edition(make_item("A", action="Old a.", safety=True), make_item("B", action="Old b."))
    new = newer(old, make_item("A", action="New a.", safety=True), make_item("B", action="New b."))
    assert actions(old, new) == ["New a.", "Old b."]


def test_a_safety_item_that_is_new_or_gone_is_so_at_once():
    old = make_edition(make_item("A", action="Old a.", safety=True))
    new = newer(old, make_item("B", action="New b.", safety=True), make_item("C", action="New c."))
    assert actions(old, new) == ["New b."]


@pytest.mark.parametrize(("then", "now"), [(True, False), (False, True)])
def test_an_item_that_is_safety_in_either_edition_is_taken(then, now):
    old = make_edition(make_item("A", action="Old.", safety=then))
    assert actions(old, newer(old, make_item("A", action="New.", safety=now))) == ["New."]


def test_a_visit_that_is_gone_keeps_what_was_about_its_safety():
    here = {"stages": ("first",)}
    old = make_edition(make_watch("A", action="Old a.", **here), make_watch("B", **here), make_item("C", safety=True))
    stages = [stage for stage in old.content.stages if stage.key != "first"]
    new = newer(old, make_watch("A", action="New a.", stages=("later",)), stages=tuple(stages))
    editions = with_safety({"testimab": old}, {"testimab": new})
    answers = Answers(stage="first", date=date(2026, 6, 20))
    made = build(editions["testimab"], make_guide(), answers, date(2026, 6, 1), UTC)
    assert {entry.item.action for entry in made.entries} == {"New a.", old.content.items[1].action}


def test_an_old_item_hides_no_safety_item():
    old = make_edition(make_item("A", replaces=("B",)), make_item("B"))
    new = newer(old, make_item("A"), make_watch("B", replaces=("A",)))
    editions = with_safety({"testimab": old}, {"testimab": new})
    made = build(
        editions["testimab"], make_guide(), Answers(stage="first", date=date(2026, 6, 20)), date(2026, 6, 1), UTC
    )
    assert [entry.item.key for entry in made.entries] == ["B"]


def test_a_safety_item_brings_its_place_its_pre_medicine_and_its_source():
    old = make_edition(make_item("A"), settings=("center",))
    source = Source("N", "A new label", "A maker", "label", "2026")
    item = make_watch("S", settings=("home",), premedicine="steroid", citations=(Citation("N", "5.1"),))
    new = newer(old, item, settings=("home",), premedicines=("steroid",), sources=(*old.content.sources, source))
    editions = with_safety({"testimab": old}, {"testimab": new})
    answers = Answers(stage="first", date=date(2026, 6, 20))
    made = build(editions["testimab"], make_guide(), answers, date(2026, 6, 1), UTC)
    assert {entry.item.key for entry in made.entries} == {"A", "S"}
    assert source in made.sources


def test_of_changes_only_those_on_the_list_are_told_safety_first():
    old = make_edition(
        make_item("W", why="Old."),
        make_item("S", safety=True, why="Old."),
        make_item("T"),
        make_item("D", stages=("later",)),
    )
    new = newer(
        old,
        make_item("W", why="New."),
        make_item("S", safety=True, why="New."),
        make_item("T", window={"first": -20, "last": -2}),
        make_item("D", stages=("later",), why="New."),
    )
    answers, guide = Answers(stage="first", date=date(2026, 6, 20)), make_guide()
    lists = [build(edition, guide, answers, date(2026, 6, 1), UTC) for edition in (old, new)]
    lines = {line for made in lists for line in lines_of(made)}
    (one,) = news({"testimab": old, "guide": guide}, {"testimab": new, "guide": guide}, lines)
    assert [(change.key, change.weight) for change in one.changes] == [
        ("S", "safety"),
        ("T", "timing"),
        ("W", "wording"),
    ]
    assert one.edition.published_on == date(2026, 5, 3)


# A kept visit

WHY, SAFE_WHY = "Another reason, in new words.", "A safer reason, in new words."


@pytest.fixture
def subject(db):
    return Subject.objects.get(slug="ocrelizumab")


@pytest.fixture
def keys(client, subject):
    """A kept visit, with the keys of one item of its list that is about safety and one that is not."""
    url = keep(client)
    listed = re.findall(r'data-item="(OCR-[\w-]+)"', client.get(f"{url}list/").content.decode())
    rows = subject.items.filter(key__in=listed)
    return url, rows.filter(safety=True, kind="task").first().key, rows.filter(safety=False).first().key


@pytest.fixture
def changed(subject, keys, editor, publish_as):
    """Edition 2: both items have another reason."""
    url, safe, other = keys
    edit(subject.items.get(key=safe), editor, why=SAFE_WHY)
    edit(subject.items.get(key=other), editor, why=WHY)
    publish_as(subject)
    look_again()
    return url, safe, other


def today():
    day = timezone.localdate()
    return f"{day:%B} {day.day}, {day.year}"


def words_of(client, url):
    return re.search(r'name="words" value="([^"]*)"', client.get(url).content.decode()).group(1)


def test_nothing_is_said_while_nothing_changed(client, keys):
    page = text_of(client.get(keys[0]))
    assert "What changed" not in page
    assert "Take the new words" not in page


def test_a_change_is_shown_with_old_and_new_and_safety_holds_at_once(client, subject, changed):
    url = changed[0]
    page = text_of(client.get(url))
    assert f"2 things changed on {today()}." in page
    assert "What is about safety is on your list already." in page
    whole = text_of(client.get(f"{url}list/"))
    assert SAFE_WHY in whole
    assert WHY not in whole
    assert f"Lines about safety: ocrelizumab edition 2 of {today()}." in whole
    html = client.get(url).content.decode()
    assert "<ins>" in html
    assert "<del>" in html
    assert html.index("About safety, on your list already: 1") < html.index("Other words: 1")


def test_the_new_words_are_taken_on_request_and_ticks_stay(client, changed):
    url, _, other = changed
    tick(client, url, other)
    client.post(f"{url}change/", {"about": f"note:{other}", "number": 1, "value": "My note"})
    response = client.post(f"{url}renew/", {"words": words_of(client, url)})
    assert response.status_code == 302
    assert Visit.objects.get().editions["ocrelizumab"] == 2
    page = text_of(client.get(url))
    assert "Take the new words" not in page
    assert "1 of" in page
    assert "My note" in page
    assert WHY in text_of(client.get(f"{url}list/"))
    assert Change.objects.count() == 2


def test_only_the_words_that_were_shown_are_taken(client, subject, changed, editor, publish_as):
    url, _, other = changed
    shown = words_of(client, url)
    edit(subject.items.get(key=other), editor, why="Once more other words.")
    publish_as(subject)
    look_again()
    response = client.post(f"{url}renew/", {"words": shown})
    assert response.status_code == 409
    assert "The words changed once more meanwhile." in text_of(response)
    assert f"2 things changed by {today()}." in text_of(response)
    assert Visit.objects.get().editions["ocrelizumab"] == 1
    assert client.post(f"{url}renew/").status_code == 409


def test_a_helper_can_take_the_new_words_too(client, changed):
    link = helper_link(client, changed[0])
    assert client.post(f"{link}renew/", {"words": words_of(client, link)}).status_code == 302


def test_a_change_of_another_visit_is_not_told(client, subject, keys, editor, publish_as):
    row = next(
        row for row in subject.items.filter(mark="verified") if row.stages and "first-dose-part-1" not in row.stages
    )
    edit(row, editor, why=WHY)
    publish_as(subject)
    look_again()
    assert "changed" not in text_of(client.get(keys[0])).replace("What changed", "").split("Now")[0]


@pytest.mark.parametrize("later", [False, True])
def test_a_withdrawn_line_leaves_a_kept_list_at_once(client, subject, keys, editor, reviewer, publish_as, later):
    """Also from a list that was made from an edition before the one it was withdrawn from."""
    url, safe, other = keys
    if later:
        edit(subject.items.get(key=safe), editor, why=SAFE_WHY)
        publish_as(subject)
    withdraw(subject, other, by=reviewer, reason="The number in it was wrong.")
    look_again()
    page = client.get(url)
    assert f'data-item="{other}"' not in page.content.decode()
    assert f'data-item="{other}"' not in client.get(f"{url}list/").content.decode()
    assert "Why: The number in it was wrong." in text_of(page)


@pytest.mark.parametrize("slug", ["ocrelizumab", "guide"])
def test_while_a_page_is_away_the_visit_says_so_and_keeps_everything(client, keys, reviewer, slug):
    url = keys[0]
    box = box_of(client, url)
    tick(client, url, box)
    withdraw(Subject.objects.get(slug=slug), "", by=reviewer, reason="A sign was missing.")
    look_again()
    for page in (client.get(url), client.get(f"{url}list/"), client.post(f"{url}calendar/"), client.get(f"{url}step/")):
        assert "Why: A sign was missing." in text_of(page)
        assert "call 911" in text_of(page)
        assert "data-item" not in page.content.decode()
    assert "Take the new words" not in text_of(client.get(url))
    assert client.post(f"{url}renew/").status_code == 409
    assert Change.objects.count() == 1
    assert "Delete this visit?" in text_of(client.post(f"{url}delete/"))
    client.post(f"{url}delete/", {"sure": "1"})
    assert not Visit.objects.exists()


def test_after_a_page_is_back_in_new_words_the_visit_can_have_them(client, subject, keys, editor, reviewer, publish_as):
    url, _, other = keys
    withdraw(subject, "", by=reviewer, reason="A sign was missing.")
    edit(subject.items.get(key=other), editor, why=WHY)
    publish_as(subject, by=make_staff("second", "Clinical reviewers", "Second Reviewer", "RN"))
    look_again()
    page = text_of(client.get(url))
    assert "Why: A sign was missing." in page
    assert "New words are in force." in page
    client.post(f"{url}renew/", {"words": words_of(client, url)})
    assert "A sign was missing." not in text_of(client.get(url))
    assert WHY in text_of(client.get(f"{url}list/"))


@pytest.fixture
def clinic(subject, editor, publish_as):
    """Publishes a clinic with a place and a rule for a task on the list."""
    row = Subject.objects.get(slug="clinic")

    def with_a_rule():
        edit(row, editor, name="Test Clinic")
        edit(LocationRow(subject=row, key="main", name="Test Infusion Center", phone="555-010-0100"), editor)
        edit(
            OverrideRow(subject=row, key="rule-1", item="OCR-C01", why="Our lab needs a week.", window_last=-21), editor
        )
        publish_as(row)
        look_again()
        return row

    return with_a_rule


def test_rules_of_a_clinic_that_come_later_are_told_and_can_be_taken(client, keys, clinic):
    url = keys[0]
    clinic()
    page = text_of(client.get(url))
    assert "1 thing changed on" in page
    assert "About days: 1 thing" in page
    assert "House rules: new" in page
    assert "Our lab needs a week." not in text_of(client.get(f"{url}list/"))
    client.post(f"{url}renew/", {"words": words_of(client, url)})
    assert "Our lab needs a week." in text_of(client.get(f"{url}list/"))


def test_without_the_rules_of_a_clinic_that_were_taken_away_there_is_still_a_list(client, clinic, reviewer):
    row = clinic()
    url = keep(client, location="main")
    assert "Our lab needs a week." in text_of(client.get(f"{url}list/"))
    withdraw(row, "", by=reviewer, reason="The days were wrong.")
    look_again()
    page = client.get(url)
    assert "own rules were taken away" in text_of(page)
    assert "Why: The days were wrong." in text_of(page)
    assert "data-item" in page.content.decode()
    assert "Our lab needs a week." not in text_of(client.get(f"{url}list/"))


def test_a_visit_whose_edition_can_not_be_had_says_come_back(client, keys):
    Visit.objects.update(editions={"ocrelizumab": 9, "guide": 1})
    assert client.get(keys[0]).status_code == 503
    assert client.get(keys[0])["Cache-Control"] == "no-store"
    assert Visit.objects.exists()


def test_a_page_with_old_words_takes_few_queries(client, changed, django_assert_max_num_queries):
    client.get(changed[0])
    with django_assert_max_num_queries(4):
        client.get(changed[0])


# A printed sheet


def code_for(library, slug="ocrelizumab", stage="first-dose-part-1"):
    therapy = library.editions[slug]
    answers = Answers(stage=stage, date=timezone.localdate())
    return code_of(build(therapy, library.guide, answers, timezone.localdate(), UTC, library.clinic))


def test_every_visit_has_a_code_of_its_own_that_stays(library):
    codes = [code_for(library, e.content.slug, stage.key) for e in library.therapies for stage in e.content.stages]
    assert len(codes) == len(set(codes)) > 10
    assert code_for(library) == "OCRW31-1-1-KD"


@pytest.mark.parametrize("spell", [str.lower, lambda c: c.replace("-", " "), lambda c: f"  {c.replace('O', '0')} "])
def test_a_code_is_read_however_it_is_typed(client, library, spell):
    response = client.post("/check/", {"code": spell(code_for(library))})
    assert response.status_code == 302
    page = client.get(response["Location"])
    assert page.status_code == 200
    assert "First dose, part 1." in text_of(page)
    assert "The words are the same." in text_of(page)


def test_a_slip_of_the_pen_is_no_other_code(library):
    code = code_for(library)
    wrong = [code[:n] + letter + code[n + 1 :] for n in range(len(code)) for letter in "A2Z9" if letter != code[n]]
    assert not [text for text in wrong if read(text)]


@pytest.mark.parametrize("text", ["x", "OCRW31-1-1-XX", "%00", "\uff11-1", "<script>", "9" * 500])
@pytest.mark.django_db
def test_a_code_that_nobody_knows_gets_a_sentence(client, text):
    response = client.get(f"/check/{quote(text)}/")
    assert response.status_code == 404
    assert "We do not know this code." in text_of(response)
    response = client.post("/check/", {"code": text})
    assert response.status_code == 422
    assert "<script>" not in response.content.decode()


def test_a_code_of_an_edition_that_never_was_is_unknown(client, library):
    edition = replace(library.editions["ocrelizumab"], number=7)
    answers = Answers(stage="first-dose-part-1", date=timezone.localdate())
    code = code_of(build(edition, library.guide, answers, timezone.localdate(), UTC))
    assert client.get(f"/check/{code}/").status_code == 404


def test_a_printed_sheet_is_told_what_changed_for_its_visit(client, library, changed):
    page = client.get(f"/check/{code_for(library)}/")
    assert "2 things changed." in text_of(page)
    html = page.content.decode()
    assert html.index("About safety: 1 thing") < html.index("Other words: 1 thing")
    assert SAFE_WHY.split()[1] in html
    other = client.get(f"/check/{code_for(library, 'natalizumab', 'first-infusion')}/")
    assert "The words are the same." in text_of(other)


def test_a_printed_sheet_is_told_what_was_taken_away(client, library, subject, reviewer):
    code = code_for(library)
    withdraw(subject, "OCR-C01", by=reviewer, reason="The number in it was wrong.")
    look_again()
    page = text_of(client.get(f"/check/{code}/"))
    assert "1 thing changed." in page
    assert "Why: The number in it was wrong." in page
    withdraw(subject, "", by=reviewer, reason="A sign was missing.")
    look_again()
    page = text_of(client.get(f"/check/{code}/"))
    assert "Do not use your sheet." in page
    assert "Why: A sign was missing." in page


@pytest.mark.django_db
def test_the_helper_link_is_shown_as_a_picture_too(client):
    html = client.post(f"{keep(client)}helper/", {"make": "1"}).content.decode()
    assert re.search(r'<svg[^>]*class="share__code"', html)
    assert "style=" not in html[html.index("share__code") :]
