"""What readers see of the work behind the pages: checks that are due, what was taken away, and every edition there was."""

import re
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection
from django.utils import timezone
from django.utils.html import escape
from test_visit_pages import CHECKLIST, answers, in_days

from factories import edit
from reading import text_of
from therapies import vocabulary
from therapies.library import library, look_again
from therapies.models import Edition, Subject
from therapies.publishing import publish, withdraw

pytestmark = pytest.mark.django_db
PAGE = "/therapies/ocrelizumab/"
WHY = "Another reason, in new words."
REASON = "The number in it was 100% wrong."


@pytest.fixture
def second_edition(ocrelizumab, editor, publish_as):
    """Edition 2 of ocrelizumab: one item has another reason."""
    edit(ocrelizumab.items.get(key="OCR-C01"), editor, why=WHY)
    edition = publish_as(ocrelizumab, note="The reason for the test is clearer.", kind="wording")
    look_again()
    return edition


def take(subject, key, by, reason=REASON):
    withdrawal = withdraw(subject, key, by=by, reason=reason)
    look_again()
    return withdrawal


def in_words(day):
    return f"{day:%B} {day.day}, {day.year}"


def today():
    return in_words(timezone.localdate())


def a_statement(subject):
    return subject.statements.filter(mark="verified", section="risks").first()


# Overdue


@pytest.mark.parametrize(("days", "said"), [(-1, True), (0, False)])
def test_what_is_due_for_a_check_says_so_itself(client, ocrelizumab, editor, reviewer, days, said):
    edit(ocrelizumab.items.get(key="OCR-C01"), editor, why=WHY)
    due = timezone.localdate() + timedelta(days=days)
    publish(ocrelizumab, by=reviewer, change_note="Second.", change_kind="wording", review_again_on=due)
    look_again()
    sentence = f"due for a check on {in_words(due)}."
    assert (f"This page was {sentence}" in text_of(client.get(PAGE))) == said
    made = text_of(client.post(CHECKLIST, answers()))
    assert (f"The words on ocrelizumab were {sentence}" in made) == said
    assert "infusion day were due" not in made
    assert "due for a check" not in text_of(client.get("/therapies/natalizumab/"))


def test_a_past_edition_is_not_due_for_a_check(client, ocrelizumab, editor, reviewer, publish_as):
    for day, why in ((-9, "Second reason."), (200, "Third reason.")):
        edit(ocrelizumab.items.get(key="OCR-C01"), editor, why=why)
        again = timezone.localdate() + timedelta(days=day)
        publish(ocrelizumab, by=reviewer, change_note="For a test.", change_kind="wording", review_again_on=again)
    look_again()
    assert "due for a check" not in text_of(client.get(f"{PAGE}editions/2/"))


# Lines that were withdrawn


def test_a_withdrawn_line_is_told_of_where_it_stood(client, ocrelizumab, reviewer):
    line = a_statement(ocrelizumab)
    take(ocrelizumab, line.key, reviewer)
    told = f"Taken off this page on {today()}: “{line.text}” Why: {REASON}"
    page = text_of(client.get(PAGE))
    assert told in page
    assert "Do not ignore a sign or skip a step because of this. Ask your team." in page
    assert page.count(line.text) == 1
    assert page.index(told) < page.index("Compiled from the sources listed")
    assert f"Taken off our pages on {today()}: “{line.text}”" in text_of(client.post(CHECKLIST, answers()))
    assert line.text not in text_of(client.get("/therapies/natalizumab/"))


def test_a_withdrawn_warning_is_off_the_list_and_told_of(client, ocrelizumab, reviewer):
    item = ocrelizumab.items.filter(mark="verified", level="same-day").first()
    take(ocrelizumab, item.key, reviewer)
    made = client.post(CHECKLIST, answers())
    assert f'data-item="{item.key}"' not in made.content.decode()
    assert f"“{item.action}” Why: {REASON}" in text_of(made)


def test_a_notice_of_the_guide_stands_on_the_lists_of_all(client, reviewer):
    guide = Subject.objects.get(slug="guide")
    item = guide.items.filter(mark="verified", kind="habit").first()
    take(guide, item.key, reviewer)
    assert f"“{item.action}” Why: {REASON}" in text_of(client.post(CHECKLIST, answers()))


def test_what_a_reviewer_writes_is_shown_as_text(client, ocrelizumab, reviewer):
    take(ocrelizumab, a_statement(ocrelizumab).key, reviewer, reason="<script>alert(1)</script>")
    html = client.get(PAGE).content.decode()
    assert "<script>alert" not in html
    assert escape("<script>alert(1)</script>") in html


def test_a_notice_goes_when_the_line_is_back(client, ocrelizumab, editor, reviewer, publish_as):
    line = a_statement(ocrelizumab)
    take(ocrelizumab, line.key, reviewer)
    assert REASON in text_of(client.get(PAGE))
    edit(ocrelizumab.statements.get(key=line.key), editor, mark="verified")
    publish_as(ocrelizumab)
    look_again()
    page = text_of(client.get(PAGE))
    assert REASON not in page
    assert line.text in page
    assert REASON not in text_of(client.post(CHECKLIST, answers()))


def test_an_older_edition_that_still_holds_the_words_says_that_they_were_withdrawn(
    client, ocrelizumab, second_edition, reviewer
):
    line = a_statement(ocrelizumab)
    take(ocrelizumab, line.key, reviewer)
    past = text_of(client.get(f"{PAGE}editions/1/"))
    assert f"Taken off our pages on {today()}: “{line.text}” Why: {REASON}" in past
    assert past.count(line.text) == 2  # as it was, and in the notice


def test_an_older_edition_says_so_also_when_the_line_came_back_in_other_words(
    client, ocrelizumab, editor, second_edition, second, reviewer, publish_as
):
    same, other = ocrelizumab.statements.filter(mark="verified", section="risks")[:2]
    take(ocrelizumab, same.key, reviewer, reason="The first was wrong.")
    take(ocrelizumab, other.key, reviewer, reason="The second was wrong.")
    for key in (same.key, other.key):
        edit(ocrelizumab.statements.get(key=key), editor, mark="verified")
    publish_as(ocrelizumab)
    edit(ocrelizumab.statements.get(key=other.key), editor, text="Better words.")
    publish_as(ocrelizumab, by=second)
    look_again()
    past = text_of(client.get(f"{PAGE}editions/1/"))
    assert "The second was wrong." in past
    assert "The first was wrong." not in past


def test_an_edition_that_lost_a_line_says_so_for_ever(
    client, ocrelizumab, editor, second_edition, reviewer, publish_as
):
    line = a_statement(ocrelizumab)
    take(ocrelizumab, line.key, reviewer)
    edit(ocrelizumab.items.get(key="OCR-C01"), editor, why="A third reason.")
    edit(ocrelizumab.statements.get(key=line.key), editor, mark="verified")
    publish_as(ocrelizumab)
    look_again()
    past = text_of(client.get(f"{PAGE}editions/2/"))
    assert past.count(line.text) == 1
    assert f"“{line.text}” Why: {REASON}" in past


# Pages that were withdrawn


def test_a_withdrawn_page_says_why_and_what_to_do(client, ocrelizumab, reviewer):
    take(ocrelizumab, "", reviewer)
    for address in (PAGE, f"{PAGE}editions/1/"):
        response = client.get(address)
        text = text_of(response)
        assert response.status_code == 200
        assert f"We took this page away on {today()}. Why: {REASON}" in text
        assert "Ask your team" in text
        assert "In an emergency, call 911." in text
        assert a_statement(ocrelizumab).text not in text
        assert f'href="{PAGE}editions/"' in response.content.decode()


def test_past_editions_of_a_withdrawn_page_are_marked(client, ocrelizumab, second_edition, reviewer):
    take(ocrelizumab, "", reviewer)
    past = text_of(client.get(f"{PAGE}editions/1/"))
    assert "This is edition 1, as it was." in past
    assert f"This whole page was taken away on {today()}. Why: {REASON}" in past
    assert "newer one is in force" not in past
    assert "Make my checklist" not in past


def test_pages_of_all_therapies_leave_a_withdrawn_one_out_and_say_so(client, ocrelizumab, reviewer):
    take(ocrelizumab, "", reviewer)
    for page in ("/", "/therapies/", "/visits/new/", "/visits/new/?therapy=ocrelizumab"):
        response = client.get(page)
        assert response.status_code == 200
        assert f"We took our page on ocrelizumab away on {today()}." in text_of(response)
        assert 'value="ocrelizumab"' not in response.content.decode()
        assert "Ocrelizumab over 2 years" not in response.content.decode()


def test_no_list_is_made_for_a_withdrawn_therapy_and_nothing_typed_is_lost(client, ocrelizumab, reviewer):
    take(ocrelizumab, "", reviewer)
    response = client.post(CHECKLIST, answers(time="09:00", setting="home", situations=["port"]))
    html = response.content.decode()
    assert response.status_code == 422
    assert f"We took our page on this drug away on {today()}, so no list can be made for it." in text_of(response)
    assert REASON in html
    assert "does not belong to your drug" not in html
    for kept in (
        'value="first-dose-part-1" checked',
        'value="home" checked',
        'value="port" checked',
        in_days(24),
        "09:00",
    ):
        assert kept in html
    other = {"therapy": "natalizumab", "stage": "first-infusion", "date": in_days(24)}
    assert client.post(CHECKLIST, other).status_code == 200


def test_without_the_guide_no_list_is_made_and_readers_are_told_why(client, reviewer):
    take(Subject.objects.get(slug="guide"), "", reviewer)
    for response in (client.get("/visits/new/"), client.post(CHECKLIST, answers())):
        assert response.status_code == 503
        assert "no-store" in response["Cache-Control"]
        text = text_of(response)
        assert "No list can be made now" in text
        assert f"away on {today()}. Each list needs it. Why: {REASON}" in text
    assert f"We took this page away on {today()}." in text_of(client.get("/guide/"))
    home = text_of(client.get("/"))
    assert f"We took our page on infusion day away on {today()}." in home
    assert "Call 911 or go to the emergency room now" in home
    for page in ("/therapies/", PAGE, "/sources/", "/about/"):
        assert client.get(page).status_code == 200


def test_with_every_page_withdrawn_nothing_crashes(client, reviewer):
    for subject in Subject.objects.exclude(kind="clinic"):
        withdraw(subject, "", by=reviewer, reason=REASON)
    look_again()
    for page in ("/", "/therapies/", "/guide/", PAGE, "/sources/", "/about/"):
        assert client.get(page).status_code == 200


def test_a_withdrawn_page_is_back_after_another_reviewer_publishes_it(
    client, ocrelizumab, second_edition, reviewer, second, publish_as
):
    take(ocrelizumab, "", reviewer)
    publish_as(ocrelizumab, by=second)
    look_again()
    page = text_of(client.get(PAGE))
    assert a_statement(ocrelizumab).text in page
    assert REASON not in page
    assert client.post(CHECKLIST, answers()).status_code == 200
    away = text_of(client.get(f"{PAGE}editions/2/"))
    assert f"We took edition 2 of this page away on {today()}. Why: {REASON}" in away
    assert "A newer one is in force: edition 3 ." in away
    assert a_statement(ocrelizumab).text not in away


# Every edition there was


def test_all_editions_are_listed_with_who_published_them_and_why(client, second_edition):
    assert f'href="{PAGE}editions/"' in client.get(PAGE).content.decode()
    response = client.get(f"{PAGE}editions/")
    text, html = text_of(response), response.content.decode()
    assert f"Edition 2 Published {today()} by Test Reviewer, PharmD. It is in force." in text
    assert "Kind of change: wording. The reason for the test is clearer." in text
    assert re.search(rf"Edition 1 Published {today()}\. No clinician had reviewed it\.", text)
    assert text.index("Edition 2 Published") < text.index("Edition 1 Published")
    addresses = re.findall(rf'href="({PAGE}editions/[\d/]+)"', html)
    assert addresses == [f"{PAGE}editions/2/", f"{PAGE}editions/1/2/", f"{PAGE}editions/1/"]
    assert all(client.get(address).status_code == 200 for address in addresses)


def test_the_guide_has_its_editions_too(client):
    assert 'href="/guide/editions/1/"' in client.get("/guide/editions/").content.decode()
    assert 'href="/guide/editions/"' in client.get("/guide/").content.decode()


def test_what_changed_is_shown_by_the_word(client, ocrelizumab, second_edition):
    old = Edition.objects.get(subject=ocrelizumab, number=1)
    was = next(line["why"] for line in old.content["items"] if line["key"] == "OCR-C01")
    response = client.get(f"{PAGE}editions/1/2/")
    html = response.content.decode()
    gone = " ".join(re.findall(r"<del>(.*?)</del>", html))
    new = " ".join(re.findall(r"<ins>(.*?)</ins>", html))
    assert was.split()[0] in gone
    assert "Another reason, in new words." in re.sub("<[^>]+>", "", new)
    assert "gone: " in gone  # for who hears the page
    assert "new: " in new
    assert "OCR-C01" not in html
    assert "max-age=60" in response["Cache-Control"]


def test_days_and_people_are_said_in_plain_words(client, ocrelizumab, editor, publish_as):
    item = ocrelizumab.items.get(key="OCR-C01")
    edit(item, editor, window_first=-40, window_last=-1, owner="helper", situations=["diabetes"])
    stage = ocrelizumab.stages.get(key="every-6-months")
    edit(stage, editor, next_count=7)
    publish_as(ocrelizumab)
    text = text_of(client.get(f"{PAGE}editions/1/2/"))
    text = re.sub(r"(gone|new): | \(end\)", "", text)
    assert re.search(r"Days from \d+ +40 days before the visit.s first day, until \d+ days +1 day before", text)
    assert "Helper" in text
    assert vocabulary.SITUATIONS["diabetes"] in text
    assert re.search(r"Next dose 6 +7 months after the visit.s first day", text)
    assert item.action in text  # which line it is
    for jargon in ("window_", "first -40", "helper", "next_count", "first-day"):
        assert jargon not in text


def test_safety_lines_come_first_and_a_line_that_is_gone_does_not_make_a_sign_safe(
    client, ocrelizumab, editor, publish_as
):
    gone = ocrelizumab.items.filter(mark="verified", level="same-day").first()
    edit(gone, editor, mark="left-out")
    statement = edit(a_statement(ocrelizumab), editor, text="Words of the second edition.")
    publish_as(ocrelizumab, note=f"Without {gone.key}.", kind="safety")
    look_again()
    text = text_of(client.get(f"{PAGE}editions/1/2/"))
    assert "may still be a sign of trouble. Ask your team." in text
    assert text.index("About safety") < text.index(gone.action) < text.index("Everything else")
    assert text.index("Everything else") < text.index(statement.text.split()[0])


def test_a_change_that_no_reader_would_see_is_counted(client, ocrelizumab, editor, publish_as):
    test = ocrelizumab.tests.filter(mark="verified").first()
    edit(test, editor, codes="00000-0")
    publish_as(ocrelizumab)
    look_again()
    text = text_of(client.get(f"{PAGE}editions/1/2/"))
    assert "Readers see the same words in both." in text
    assert "1 more change behind the page is left out." in text
    assert "00000-0" not in text


def test_the_words_of_a_withdrawn_edition_are_not_shown_by_comparing_it(
    client, ocrelizumab, second_edition, reviewer, second, publish_as
):
    take(ocrelizumab, "", reviewer)
    publish_as(ocrelizumab, by=second)
    look_again()
    for pair in ("1/2", "2/3"):
        text = text_of(client.get(f"{PAGE}editions/{pair}/"))
        assert "Edition 2 was taken away" in text
        assert WHY not in text
    listed = client.get(f"{PAGE}editions/").content.decode()
    assert f"{PAGE}editions/1/2/" not in listed
    assert f"Taken away on {today()}. Why: {REASON}" in re.sub(r"<[^>]+>", "", listed)


def test_what_nobody_sealed_is_nowhere(client, ocrelizumab, second_edition):
    words = "Put into the table by hand."
    data = second_edition.content
    data["lead"] = words
    Edition.objects.create(subject=ocrelizumab, number=3, content=data, fingerprint="x", change_note=words)
    look_again()
    for address in ("editions/3/", "editions/2/3/", "editions/1/3/"):
        assert client.get(PAGE + address).status_code == 404
    for address in ("", "editions/", "editions/1/2/", "editions/1/"):
        response = client.get(PAGE + address)
        assert response.status_code == 200
        assert words not in text_of(response)


def test_pairs_of_editions_fill_no_memory(client, second_edition):
    client.get(f"{PAGE}editions/1/2/")
    assert not [path for path in library().pages if path.endswith("/1/2/")]


@pytest.mark.parametrize("address", ["editions/", "editions/1/", "editions/1/2/"])
def test_while_the_database_is_away_the_past_is_a_clear_503(client, second_edition, address):
    client.get(PAGE)

    def away(*args):
        raise DatabaseError("away")

    with connection.execute_wrapper(away):
        response = client.get(PAGE + address)
        assert client.get(PAGE).status_code == 200
    assert response.status_code == 503
    assert "We will be back soon" in text_of(response)
    assert client.get(PAGE + address).status_code == 200
