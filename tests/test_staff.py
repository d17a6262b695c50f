"""What staff do beyond single rows: see what there is to do, check lines against sources, send back, withdraw, restore."""

import re
from datetime import date, timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from test_admin import approval, form_of

from factories import edit, make_staff
from reading import served, text_of
from therapies.library import library, look_again
from therapies.models import CITING, Citation, Line, Report, Review, Source, Subject, Withdrawal
from therapies.publishing import NotPublishable, confirm, draft, publish, reject, restore, send_back, withdraw
from therapies.rows import as_file, fingerprint_of, write
from visits.models import Visit

pytestmark = pytest.mark.django_db


def to_check(subject):
    """A line that waits, with a citation of a label."""
    label = Citation.objects.filter(source__kind="label", source__subject=subject).exclude(place="")
    return (
        subject.items.filter(mark=Line.TO_CHECK, citations__in=label, kind="habit").first()
        or subject.items.filter(mark=Line.TO_CHECK, citations__in=label).first()
    )


def screen(name, subject, query=""):
    return reverse(f"admin:therapies_subject_{name}", args=[subject.pk]) + query


def answer(row, decision, **more):
    """What the check screen sends about one line."""
    cited = row.citations.first()
    values = {"decision": decision, "source": cited.source_id if cited else "", "place": cited.place if cited else ""}
    values |= {"seen_on": timezone.localdate().isoformat(), "reason": "", "read": fingerprint_of(row)} | more
    return {f"{row._meta.model_name}-{row.pk}-{name}": value for name, value in values.items()}


# The start page


def test_the_start_page_says_what_there_is_to_do_and_leads_there(client, ocrelizumab, editor, reviewer, publish_as):
    edit(ocrelizumab.items.get(key="OCR-C01"), editor, why="Clearer.")
    Report.objects.create(page="/therapies/ocrelizumab/", text="A word is missing.")
    source = ocrelizumab.sources.first()
    edit(source, None, read_version_on=date(2025, 8, 1), newest_change_on=date(2026, 5, 1))
    client.force_login(reviewer)
    html = client.get("/admin/").content.decode()
    for link in (
        screen("publish", ocrelizumab), screen("check", ocrelizumab), screen("check", ocrelizumab, "?show=unsourced"),
        screen("check", ocrelizumab, "?show=unchecked"), reverse("admin:therapies_source_change", args=[source.pk]),
        reverse("admin:therapies_report_changelist"),
    ):  # fmt: skip
        assert f'href="{link}"' in html
        assert client.get(link).status_code == 200
    assert "<b>1 change</b>" in html
    assert f"{source.key}: May 2026" in html
    assert "1 mistake reported by readers" in html


def test_the_start_page_shows_what_is_overdue_and_who_reviewed(client, ocrelizumab, editor, reviewer):
    edit(ocrelizumab.items.get(key="OCR-C01"), editor, why="Clearer.")
    yesterday = timezone.localdate() - timedelta(days=1)
    publish(ocrelizumab, by=reviewer, change_note="Clearer.", change_kind="wording", review_again_on=yesterday)
    client.force_login(editor)
    page = text_of(client.get("/admin/"))
    assert f"Overdue: {yesterday:%B} {yesterday.day}, {yesterday.year}" in page
    assert "Edition 2" in page
    assert "Test Reviewer, PharmD" in page


def test_the_start_page_asks_as_little_of_the_database_however_long_the_pages_are(client, ocrelizumab, editor):
    client.force_login(editor)
    client.get("/admin/")  # the first page also notes when they were last seen
    with CaptureQueriesContext(connection) as few:
        client.get("/admin/")
    data = as_file(ocrelizumab)
    for name in CITING:
        data[name] += [line | {"key": f"{line['key']}-2"} for line in data[name]]
    write(ocrelizumab, data, by=None, reason="", mark="")
    with CaptureQueriesContext(connection) as many:
        assert "changes</b>" in client.get("/admin/").content.decode()
    assert len(many) == len(few) < 60


def test_a_sentence_is_found_whatever_kind_of_row_it_is(client, ocrelizumab, editor):
    client.force_login(editor)
    statement = ocrelizumab.statements.filter(section="glance").first()
    html = client.get(reverse("admin:therapies_find"), {"q": statement.text[:30]}).content.decode()
    assert reverse("admin:therapies_statement_change", args=[statement.pk]) in html
    assert client.get(reverse("admin:therapies_find"), {"q": "\x00 %"}).status_code == 200
    curly = ocrelizumab.statements.filter(text__contains="’").first()
    if curly is None:
        curly = ocrelizumab.statements.filter(text__contains="'").first()
    asked = " ".join(reversed(curly.text.replace("’", "'").replace("'", "’").split()[:6]))
    assert curly.key in client.get(reverse("admin:therapies_find"), {"q": asked}).content.decode()
    assert "0 rows" in client.get(reverse("admin:therapies_find"), {"q": "qqqq words"}).content.decode()


# To check


def test_a_reviewer_confirms_a_line_with_source_place_and_day_and_publishes_it(client, ocrelizumab, reviewer):
    row = to_check(ocrelizumab)
    client.force_login(reviewer)
    pages = [client.get(screen("check", ocrelizumab, f"?page={number}")) for number in (1, 2)]
    assert row.key in "".join(map(text_of, pages))
    assert client.post(screen("check", ocrelizumab), answer(row, "confirm")).status_code == 302
    row.refresh_from_db()
    assert row.mark == Line.VERIFIED
    review = Review.objects.get(key=row.key)
    cited = row.citations.first()
    assert (review.source, review.place, review.seen_on) == (cited.source.key, cited.place, timezone.localdate())
    url = screen("publish", ocrelizumab)
    assert client.post(url, approval(client, url)).status_code == 302
    assert row.key in [item.key for item in served(ocrelizumab).content.items]


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"source": ""}, "Name the source, the place in it, and the day"),
        ({"seen_on": ""}, "Name the source, the place in it, and the day"),
        ({"place": ""}, "name the place in"),
        ({"seen_on": "2999-01-01"}, "can’t be in the future"),
        ({"seen_on": "soon"}, "Enter a valid date."),
    ],
    ids=["no source", "no day", "no place", "a day to come", "no date at all"],
)
def test_a_confirmation_lacks_nothing(client, ocrelizumab, reviewer, more, sentence):
    row = to_check(ocrelizumab)
    client.force_login(reviewer)
    response = client.post(screen("check", ocrelizumab), answer(row, "confirm", **more))
    assert response.status_code == 422
    assert sentence in text_of(response).replace("'", "’")
    row.refresh_from_db()
    assert row.mark == Line.TO_CHECK


def test_a_rejected_line_is_left_out_with_its_reason(client, ocrelizumab, reviewer):
    row = to_check(ocrelizumab)
    client.force_login(reviewer)
    assert client.post(screen("check", ocrelizumab), answer(row, "reject")).status_code == 422
    assert (
        client.post(screen("check", ocrelizumab), answer(row, "reject", reason="Not in the label.")).status_code == 302
    )
    row.refresh_from_db()
    assert row.mark == Line.LEFT_OUT
    assert "Rejected by Test Reviewer, PharmD" in row.note
    assert "Not in the label." in row.note


def test_a_line_that_readers_have_can_be_rejected_and_is_gone_with_the_next_edition(ocrelizumab, reviewer, publish_as):
    row = ocrelizumab.statements.filter(mark=Line.VERIFIED).first()
    reject(row, by=reviewer, reason="Not in the label.")
    assert publish_as(ocrelizumab).number == 2
    assert row.key not in [statement.key for statement in served(ocrelizumab).content.statements]


def test_what_was_answered_well_is_done_and_the_rest_is_not_lost(client, ocrelizumab, reviewer):
    rows = list(ocrelizumab.items.filter(mark=Line.TO_CHECK)[:2])
    client.force_login(reviewer)
    data = answer(rows[0], "reject", reason="Double.") | answer(rows[1], "reject", place="typed with care")
    response = client.post(screen("check", ocrelizumab), data)
    assert response.status_code == 422
    html = response.content.decode()
    assert f"Left out: {rows[0].key}" in html
    assert "typed with care" in html
    assert [type(row).objects.get(pk=row.pk).mark for row in rows] == [Line.LEFT_OUT, Line.TO_CHECK]


def test_safety_lines_that_rest_on_weak_copies_alone_come_first(client, ocrelizumab, reviewer):
    rows = [row for row in ocrelizumab.items.filter(mark=Line.TO_CHECK) if row.citations.exists()]
    weak = rows[-1]
    edit(weak, None, safety=True)
    Source.objects.filter(citations__item=weak).update(weak=True)
    client.force_login(reviewer)
    html = client.get(screen("check", ocrelizumab)).content.decode()
    first = html.index('<fieldset class="check">')
    assert weak.key in html[first : first + 400]
    assert "known from a weak copy only" in html


def test_who_wrote_a_line_does_not_confirm_it(ocrelizumab, reviewer, second):
    row = to_check(ocrelizumab)
    edit(row, reviewer, why="Mine.")
    cited = row.citations.first()
    seen = {"source": cited.source, "place": cited.place, "seen_on": timezone.localdate()}
    with pytest.raises(NotPublishable, match="you wrote it yourself"):
        confirm(row, by=reviewer, **seen)
    confirm(row, by=second, **seen)
    assert type(row).objects.get(pk=row.pk).mark == Line.VERIFIED


def test_another_place_becomes_a_citation_of_which_the_reviewer_is_the_author(
    ocrelizumab, reviewer, second, publish_as
):
    row = to_check(ocrelizumab)
    confirm(row, by=reviewer, source=row.citations.first().source, place="section 99", seen_on=timezone.localdate())
    assert "section 99" in [citation.place for citation in row.citations.all()]
    with pytest.raises(NotPublishable, match=f"You changed {row.key} yourself"):
        publish_as(ocrelizumab)
    assert publish_as(ocrelizumab, by=second).number == 2


def test_words_that_a_reviewer_has_not_read_are_not_confirmed(client, ocrelizumab, editor, reviewer):
    row = to_check(ocrelizumab)
    opened = answer(row, "confirm")
    edit(row, editor, why="Later words.")
    client.force_login(reviewer)
    response = client.post(screen("check", ocrelizumab), opened)
    assert response.status_code == 422
    assert f"{row.key}: This was changed while you were reading." in text_of(response)
    row.refresh_from_db()
    assert row.mark == Line.TO_CHECK
    shown = next(form.read for form, *_ in response.context["checks"])
    assert client.post(screen("check", ocrelizumab), opened | {f"item-{row.pk}-read": shown}).status_code == 302


@pytest.mark.parametrize("decide", [confirm, reject])
def test_who_decides_on_older_words_overwrites_nothing(ocrelizumab, editor, reviewer, decide):
    row = to_check(ocrelizumab)
    opened = type(row).objects.get(pk=row.pk)
    cited = row.citations.first()
    edit(row, editor, why="Later words.")
    seen = {"source": cited.source, "place": cited.place, "seen_on": timezone.localdate()}
    with pytest.raises(NotPublishable, match="changed while you were reading"):
        decide(opened, by=reviewer, **(seen if decide is confirm else {"reason": "No."}))
    row.refresh_from_db()
    assert (row.why, row.mark) == ("Later words.", Line.TO_CHECK)


def test_a_line_that_another_reviewer_left_out_is_not_confirmed_over_it(client, ocrelizumab, reviewer, second):
    row = to_check(ocrelizumab)
    opened = answer(row, "confirm")
    reject(row, by=second, reason="Not in the label.")
    client.force_login(reviewer)
    response = client.post(screen("check", ocrelizumab), opened)
    assert f"{row.key}: it was left out." in text_of(response)
    row.refresh_from_db()
    assert row.mark == Line.LEFT_OUT


def test_a_confirmed_line_that_changes_before_it_is_published_waits_again(client, ocrelizumab, editor, reviewer):
    row = to_check(ocrelizumab)
    cited = row.citations.first()
    confirm(row, by=reviewer, source=cited.source, place=cited.place, seen_on=timezone.localdate())
    client.force_login(editor)
    url = reverse("admin:therapies_item_change", args=[row.pk])
    html = client.post(url, form_of(client.get(url)) | {"why": "Another reason."}, follow=True).content.decode()
    row.refresh_from_db()
    assert row.mark == Line.TO_CHECK
    assert "Check it against its source" in html


def test_a_published_line_is_checked_and_readers_are_told(client, ocrelizumab, reviewer):
    row = ocrelizumab.items.get(key="OCR-C01")
    client.force_login(reviewer)
    url = screen("check", ocrelizumab, "?show=unchecked")
    assert client.post(url, answer(row, "confirm")).status_code == 302
    edition = served(ocrelizumab)
    assert (edition.number, edition.checked, edition.checked_by) == (1, 1, ("Test Reviewer, PharmD",))


# Send back


def test_a_change_is_sent_back_and_readers_never_see_it(client, ocrelizumab, editor, reviewer):
    before = ocrelizumab.items.get(key="OCR-C01").why
    edit(ocrelizumab.items.get(key="OCR-C01"), editor, why="A draft.")
    edit(ocrelizumab.items.get(key="OCR-C03"), editor, why="Better.")
    client.force_login(reviewer)
    assert client.post(screen("publish", ocrelizumab), {"send_back": "OCR-C01", "reason": ""}).status_code == 422
    reason = {"send_back": "OCR-C01", "reason": "The label says otherwise."}
    assert client.post(screen("publish", ocrelizumab), reason).status_code == 302
    row = ocrelizumab.items.get(key="OCR-C01")
    assert row.why == before
    assert "Sent back by Test Reviewer, PharmD" in row.note
    assert [change.key for change in draft(ocrelizumab).changes] == ["OCR-C03"]
    assert "A draft." in [record.why for record in row.history.all()]
    assert "OCR-C01 was sent back" in client.get("/admin/").content.decode()
    url = screen("publish", ocrelizumab)
    assert client.post(url, approval(client, url)).status_code == 302
    edit(row, editor, why="A better draft.")
    assert "OCR-C01 was sent back" not in client.get("/admin/").content.decode()
    assert client.post(url, approval(client, url)).status_code == 302  # who sent it back may review it


def test_a_citation_that_is_sent_back_is_as_it_was(ocrelizumab, editor, reviewer):
    row = ocrelizumab.items.get(key="OCR-C01")
    before = [(citation.source_id, citation.place) for citation in row.citations.all()]
    edit(row.citations.first(), editor, place="section 99")
    send_back(ocrelizumab, "OCR-C01", by=reviewer, reason="No.")
    assert [(citation.source_id, citation.place) for citation in row.citations.all()] == before
    assert not draft(ocrelizumab).changes


def test_a_line_whose_source_was_deleted_can_not_be_sent_back_and_says_why(client, ocrelizumab, editor, reviewer):
    source = next(s for s in ocrelizumab.sources.all() if s.citations.filter(item__mark=Line.VERIFIED).exists())
    keys = set(source.citations.filter(item__isnull=False).values_list("item__key", flat=True))
    for citation in source.citations.all():
        edit(citation, editor, source=ocrelizumab.sources.exclude(pk=source.pk).first(), place="section 2")
    source.delete()
    client.force_login(reviewer)
    key = next(change.key for change in draft(ocrelizumab).changes if change.key in keys)
    response = client.post(screen("publish", ocrelizumab), {"send_back": key, "reason": "No."})
    assert response.status_code == 422
    assert f"{key}: readers have it with {source.key}, which was deleted." in text_of(response)


# Publish


def test_words_that_a_reviewer_has_not_read_are_not_published(client, ocrelizumab, editor, reviewer):
    row = edit(ocrelizumab.items.get(key="OCR-C01"), editor, why="Words that were on the screen.")
    client.force_login(reviewer)
    url = screen("publish", ocrelizumab)
    opened = approval(client, url) | {"change_note": "Typed with care."}
    edit(row, editor, why="Words that came later.")
    response = client.post(url, opened)
    assert response.status_code == 422
    assert "This was changed while you were reading." in text_of(response)
    assert "Words that came later." in text_of(response)
    assert "Typed with care." in response.content.decode()
    assert served(ocrelizumab).number == 1
    assert client.post(url, opened | {"read": response.context["read"]}).status_code == 302
    assert served(ocrelizumab).number == 2


def test_a_page_that_was_withdrawn_meanwhile_is_not_put_back_unawares(client, ocrelizumab, editor, reviewer, second):
    edit(ocrelizumab.items.get(key="OCR-C01"), editor, why="Clearer.")
    client.force_login(reviewer)
    url = screen("publish", ocrelizumab)
    opened = approval(client, url)
    withdraw(ocrelizumab, "", by=second, reason="It is wrong.")
    response = client.post(url, opened)
    assert response.status_code == 422
    assert "This page is withdrawn since" in text_of(response)
    look_again()
    assert "ocrelizumab" in library().withdrawn


# Withdraw


def test_one_reviewer_withdraws_a_line_at_once(client, ocrelizumab, reviewer):
    client.force_login(reviewer)
    url = screen("withdraw", ocrelizumab, "?key=OCR-C01")
    assert ocrelizumab.items.get(key="OCR-C01").action in text_of(client.get(url))
    assert client.post(url, {"reason": ""}).status_code == 422
    assert client.post(url, {"reason": "The label changed."}).status_code == 302
    edition = served(ocrelizumab)
    assert "OCR-C01" not in [item.key for item in edition.content.items]
    assert [(notice.reason, notice.on) for notice in edition.notices] == [("The label changed.", timezone.localdate())]
    assert client.post(url, {"reason": "Again."}).status_code == 422


def test_readers_are_told_which_line_was_withdrawn_whatever_kind_it_is(ocrelizumab, editor, reviewer, publish_as):
    figure = ocrelizumab.figures.filter(mark=Line.VERIFIED).first()
    edit(figure, editor, text="")
    publish_as(ocrelizumab)
    withdraw(ocrelizumab, figure.key, by=reviewer, reason="Another number.")
    assert [notice.words for notice in served(ocrelizumab).notices] == [figure.what]


def test_a_withdrawn_line_stays_away_until_it_went_through_the_gate(ocrelizumab, editor, reviewer, publish_as):
    withdraw(ocrelizumab, "OCR-C01", by=reviewer, reason="The label changed.")
    edit(ocrelizumab.items.get(key="OCR-C03"), editor, why="Better.")
    publish_as(ocrelizumab)
    assert "OCR-C01" not in [item.key for item in served(ocrelizumab).content.items]
    assert served(ocrelizumab).notices
    row = edit(ocrelizumab.items.get(key="OCR-C01"), editor, mark=Line.TO_CHECK)
    cited = row.citations.first()
    confirm(row, by=reviewer, source=cited.source, place=cited.place, seen_on=timezone.localdate())
    assert publish_as(ocrelizumab).number == 3
    assert "OCR-C01" in [item.key for item in served(ocrelizumab).content.items]
    assert not served(ocrelizumab).notices


def test_a_withdrawn_page_is_put_back_by_somebody_else(ocrelizumab, reviewer, second, publish_as):
    withdraw(ocrelizumab, "", by=reviewer, reason="Under review.")
    look_again()
    assert "ocrelizumab" not in library().editions
    assert library().withdrawn["ocrelizumab"].withdrawn.reason == "Under review."
    with pytest.raises(NotPublishable, match="You withdrew this page yourself"):
        publish_as(ocrelizumab)
    assert publish_as(ocrelizumab, by=second).number == 2
    assert served(ocrelizumab).number == 2


def test_the_last_visit_of_a_therapy_is_not_withdrawn_without_its_page(client, reviewer):
    mitoxantrone = Subject.objects.get(slug="mitoxantrone")
    first, *others = mitoxantrone.stages.values_list("key", flat=True)
    for key in others:
        withdraw(mitoxantrone, key, by=reviewer, reason="The label changed.")
    with pytest.raises(NotPublishable, match=f"{first} is the last visit of Mitoxantrone"):
        withdraw(mitoxantrone, first, by=reviewer, reason="The label changed.")
    answers = {"therapy": "mitoxantrone", "stage": others[0], "date": timezone.localdate().isoformat()}
    look_again()
    assert client.post("/visits/checklist/", answers).status_code == 422
    assert client.post("/visits/checklist/", answers | {"stage": first}).status_code == 200


def test_while_every_page_is_withdrawn_a_sent_form_gets_a_sentence(client, reviewer):
    for subject in Subject.objects.filter(kind="therapy"):
        withdraw(subject, "", by=reviewer, reason="The label changed.")
    look_again()
    for drug, sentence in (("aspirin", "We have no checklist for this drug."), ("ocrelizumab", "The label changed.")):
        answers = {"therapy": drug, "stage": "", "date": timezone.localdate().isoformat()}
        response = client.post("/visits/checklist/", answers)
        assert response.status_code == 422
        assert sentence in text_of(response)
    for page in ("/", "/therapies/", "/sources/", "/guide/", "/visits/new/"):
        assert client.get(page).status_code == 200


@pytest.mark.parametrize("sql", ["UPDATE {} SET reason = 'X'", "DELETE FROM {}"])
def test_a_withdrawal_can_not_be_unsaid(ocrelizumab, reviewer, sql):
    withdraw(ocrelizumab, "OCR-C01", by=reviewer, reason="The label changed.")
    with pytest.raises(DatabaseError, match="never be changed"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql.format(Withdrawal._meta.db_table))


def test_only_a_reviewer_withdraws_or_rejects(ocrelizumab, editor):
    with pytest.raises(NotPublishable, match="Only a clinical reviewer"):
        withdraw(ocrelizumab, "OCR-C01", by=editor, reason="Because.")
    with pytest.raises(NotPublishable, match="Only a clinical reviewer"):
        reject(to_check(ocrelizumab), by=editor, reason="Because.")


# Restore


def test_an_edition_is_restored_into_the_working_copy_and_goes_through_the_gate(
    client, ocrelizumab, editor, reviewer, second, publish_as
):
    first = ocrelizumab.editions.get(number=1)
    edit(ocrelizumab.items.get(key="OCR-C01"), editor, why="Worse.")
    edit(ocrelizumab.items.get(key="OCR-C03"), editor, mark=Line.LEFT_OUT)
    row = to_check(ocrelizumab)
    cited = row.citations.first()
    confirm(row, by=reviewer, source=cited.source, place=cited.place, seen_on=timezone.localdate())
    publish_as(ocrelizumab, note="OCR-C03 is gone.")
    client.force_login(editor)
    url = reverse("admin:therapies_edition_restore", args=[first.pk])
    assert url in client.get(reverse("admin:therapies_edition_change", args=[first.pk])).content.decode()
    assert client.get(url).status_code == 200
    assert client.post(url).status_code == 302
    assert served(ocrelizumab).number == 2
    assert draft(ocrelizumab).content == first.served()
    row.refresh_from_db()
    assert row.mark == Line.LEFT_OUT
    assert publish_as(ocrelizumab, by=second, note=f"As before; {row.key} is gone.").number == 3
    assert served(ocrelizumab).content == first.served()


def test_restore_locks_within_a_transaction_of_its_own(client, ocrelizumab, editor):
    """The test itself runs in one, which is deeper by a savepoint for each. Only PostgreSQL has locks of rows."""
    depths = []

    def look(execute, sql, params, many, context):
        if "FOR UPDATE" in sql or sql.startswith("UPDATE"):
            depths.append(len(connection.savepoint_ids))
        return execute(sql, params, many, context)

    edit(ocrelizumab.items.get(key="OCR-C01"), editor, why="Worse.")
    outside = len(connection.savepoint_ids)
    with connection.execute_wrapper(look):
        restore(ocrelizumab.editions.get(number=1), by=editor)
    assert depths
    assert min(depths) > outside


def test_who_restores_does_not_review(ocrelizumab, editor, reviewer, publish_as):
    first = ocrelizumab.editions.get(number=1)
    edit(ocrelizumab.items.get(key="OCR-C01"), editor, why="Worse.")
    publish_as(ocrelizumab)
    restore(first, by=reviewer)
    with pytest.raises(NotPublishable, match="You changed OCR-C01"):
        publish_as(ocrelizumab)


def test_a_line_that_was_withdrawn_since_does_not_come_back_with_an_older_edition(
    ocrelizumab, editor, reviewer, publish_as
):
    withdraw(ocrelizumab, "OCR-C01", by=reviewer, reason="The label changed.")
    edit(ocrelizumab.items.get(key="OCR-C03"), editor, why="Worse.")
    publish_as(ocrelizumab)
    restore(ocrelizumab.editions.get(number=1), by=editor)
    assert ocrelizumab.items.get(key="OCR-C01").mark == Line.LEFT_OUT
    assert [change.key for change in draft(ocrelizumab).changes] == ["OCR-C03"]


def test_an_edition_without_a_seal_is_not_restored(ocrelizumab, editor):
    edition = ocrelizumab.editions.get(number=1)
    edition.seal.delete()
    with pytest.raises(NotPublishable, match="does not stand under its seal"):
        restore(ocrelizumab.editions.get(number=1), by=editor)


# Two people, one row


def test_two_people_on_one_row_are_told_and_nothing_is_overwritten(client, ocrelizumab, editor):
    other = make_staff("other", "Content editors")
    url = reverse("admin:therapies_item_change", args=[ocrelizumab.items.get(key="OCR-C01").pk])
    client.force_login(editor)
    mine = form_of(client.get(url)) | {"why": "My words."}
    client.force_login(other)
    client.post(url, form_of(client.get(url)) | {"why": "Their words."})
    client.force_login(editor)
    response = client.post(url, mine)
    page = text_of(response)
    assert "other saved this at" in page
    assert "why: “Their words.”" in page
    assert "My words." in response.content.decode()
    assert ocrelizumab.items.get(key="OCR-C01").why == "Their words."
    again = form_of(response)
    assert client.post(url, again).status_code == 302
    assert ocrelizumab.items.get(key="OCR-C01").why == "My words."


def test_a_citation_that_somebody_added_meanwhile_is_not_lost(client, ocrelizumab, editor):
    row = ocrelizumab.items.get(key="OCR-C01")
    url = reverse("admin:therapies_item_change", args=[row.pk])
    client.force_login(editor)
    mine = form_of(client.get(url)) | {"why": "My words."}
    Citation.objects.create(item=row, source=ocrelizumab.sources.last(), place="section 7")
    response = client.post(url, mine)
    assert "Nothing is overwritten" in text_of(response)
    assert "section 7" in [citation.place for citation in row.citations.all()]


@pytest.mark.parametrize("left", [0, 1, 2])
def test_who_has_a_line_open_whose_citations_are_rewritten_can_still_save(client, ocrelizumab, editor, left):
    row = ocrelizumab.items.get(key="OCR-C01")
    url = reverse("admin:therapies_item_change", args=[row.pk])
    client.force_login(editor)
    mine = form_of(client.get(url)) | {"why": "Typed with care.", "citations-0-place": "section 77"}
    for citation in row.citations.all():
        citation.delete()
    for number in range(left):
        row.citations.create(source=ocrelizumab.sources.first(), place=f"section {number}")
    response = client.post(url, mine)
    assert "Somebody changed the citations while you were writing." in text_of(response)
    assert "Typed with care." in response.content.decode()
    assert "section 77" in response.content.decode()
    assert client.post(url, form_of(response)).status_code == 302
    row.refresh_from_db()
    assert row.why == "Typed with care."
    assert [citation.place for citation in row.citations.all()] == [f"section {number}" for number in range(left)]


def test_words_for_a_row_that_was_deleted_meanwhile_are_not_lost(client, ocrelizumab, editor):
    client.force_login(editor)
    question = ocrelizumab.questions.first()
    url = reverse("admin:therapies_question_change", args=[question.pk])
    mine = form_of(client.get(url)) | {"text": "Typed with care."}
    question.delete()
    page = text_of(client.post(url, mine, follow=True))
    assert "Somebody deleted this while you were writing." in page
    assert "Typed with care." in page


def test_a_source_of_another_therapy_is_refused_in_a_sentence(client, ocrelizumab, editor):
    client.force_login(editor)
    row = ocrelizumab.items.get(key="OCR-C01")
    url = reverse("admin:therapies_item_change", args=[row.pk])
    other = Source.objects.filter(subject__slug="natalizumab").first()
    response = client.post(url, form_of(client.get(url)) | {"citations-0-source": other.pk})
    assert "is a source of Natalizumab, not of Ocrelizumab" in text_of(response)
    url = reverse("admin:therapies_statement_add")
    said = {"subject": ocrelizumab.pk, "key": "NEW", "section": "glance", "text": "Typed with care."}
    response = client.post(url, form_of(client.get(url)) | said | {"citations-0-source": other.pk})
    assert "is a source of Natalizumab, not of Ocrelizumab" in text_of(response)
    assert "Typed with care." in response.content.decode()


# Before publishing


def test_review_says_on_which_lists_a_changed_item_stands(client, ocrelizumab, editor, reviewer):
    edit(ocrelizumab.items.get(key="OCR-C01"), editor, why="Clearer.")
    guide = Subject.objects.get(slug="guide")
    item = guide.items.filter(mark="verified", stages=[], therapies=[], first_visit=False, premedicine="").exclude(
        situations=[]
    ).first()  # fmt: skip
    edit(item, editor, why="Clearer.")
    client.force_login(reviewer)
    page = text_of(client.get(screen("publish", ocrelizumab)))
    assert "On these lists: Ocrelizumab: First dose, part 1." in page
    page = text_of(client.get(screen("publish", guide)))
    assert "Natalizumab: First infusion, Infusions 2 to 12, Infusion 13 and later." in page
    assert "Who says: " in page


def test_review_says_how_many_kept_visits_a_change_touches(client, ocrelizumab, editor, reviewer):
    first = {"therapy": "ocrelizumab", "stage": "first-dose-part-1", "date": f"{timezone.localdate()}"}
    for more in (
        {},
        {"situations": ["diabetes", "port"]},
        {"stage": "every-6-months"},
        {"therapy": "natalizumab", "stage": "first-infusion"},
    ):
        assert client.post("/visits/keep/", first | more).status_code == 302
    edit(ocrelizumab.items.get(key="OCR-C01"), editor, why="Clearer.")
    guide = Subject.objects.get(slug="guide")
    edit(
        guide.items.filter(mark="verified", situations=["diabetes"], first_visit=False).first(), editor, why="Clearer."
    )
    client.force_login(reviewer)
    page = text_of(client.get(screen("publish", ocrelizumab)))
    assert "2 kept visits have a line that changes. They get what is safety at once, and are told of the rest." in page
    page = text_of(client.get(screen("publish", guide)))
    assert "1 kept visit has a line that changes." in page
    Visit.objects.update(ends_on=timezone.localdate() - timedelta(days=1))
    assert "kept visit" not in text_of(client.get(screen("publish", guide)))


def test_what_must_be_put_right_stands_on_the_review_screen_with_a_way_there(client, ocrelizumab, editor, reviewer):
    row = ocrelizumab.statements.filter(section="glance", mark="verified").first()
    row.citations.all().delete()
    client.force_login(reviewer)
    html = client.get(screen("publish", ocrelizumab)).content.decode()
    assert (
        f'<a href="{reverse("admin:therapies_statement_change", args=[row.pk])}">{row.key}: cites no source.</a>'
        in html
    )


def test_staff_preview_a_checklist_of_any_visit_from_the_working_copy(client, ocrelizumab, editor):
    edit(ocrelizumab.items.get(key="OCR-C01"), editor, why="Words of the working copy.")
    url = reverse("checklist-preview")
    day = (timezone.localdate() + timedelta(days=100)).isoformat()
    answers = {"therapy": "ocrelizumab", "stage": "first-dose-part-1", "date": day}
    assert client.post(url, answers).status_code == 302
    client.force_login(editor)
    form = client.get(url, {"therapy": "ocrelizumab"}).content.decode()
    assert f'action="{url}"' in form
    page = client.post(url, answers).content.decode()
    assert "Words of the working copy." in page
    assert "Readers do not see this." in page
    assert client.post(url, answers | {"date": "soon"}).status_code == 422
    assert "Words of the working copy." not in client.post("/visits/checklist/", answers).content.decode()


@pytest.mark.parametrize(
    ("window", "sentence"),
    [
        ({"window_every": 6, "window_first": None}, "OCR-C01: a repeating item needs a first day."),
        ({"window_first": -32768, "window_unit": "months"}, "OCR-C01: its window lies too far away."),
    ],
)
def test_a_preview_of_days_that_can_not_be_says_what_is_wrong(client, ocrelizumab, editor, window, sentence):
    edit(ocrelizumab.items.get(key="OCR-C01"), editor, **window)
    client.force_login(editor)
    answers = {"therapy": "ocrelizumab", "stage": "first-dose-part-1", "date": timezone.localdate().isoformat()}
    for response in (client.get(reverse("checklist-preview")), client.post(reverse("checklist-preview"), answers)):
        assert response.status_code == 302
    assert sentence in text_of(client.get("/admin/"))


def test_review_says_how_hard_a_line_is_to_read_before_and_after(client, ocrelizumab, editor, reviewer):
    hard = "Immunological reactivation of previously unrecognized infections necessitates laboratory investigation. "
    edit(ocrelizumab.items.get(key="OCR-C01"), editor, why=hard + "word " * 21 + "end.")
    client.force_login(reviewer)
    page = text_of(client.get(screen("publish", ocrelizumab)))
    before, after = re.search(r"Reading grade (\S+), then (\S+)\. 1 sentence of more than 20 words", page).groups()
    assert float(before) < 7 < float(after)


def test_lines_that_were_worked_on_and_will_not_go_out_are_not_left_behind_in_silence(
    client, ocrelizumab, editor, reviewer
):
    edit(ocrelizumab.items.get(key="OCR-C01"), editor, why="Clearer.")
    row = edit(to_check(ocrelizumab), editor, why="New words.")
    client.force_login(reviewer)
    assert "1 line will not go out: still to check" in text_of(client.get(screen("publish", ocrelizumab)))
    url = screen("publish", ocrelizumab)
    response = client.post(url, approval(client, url))
    assert response.status_code == 422
    assert "Some lines that were worked on will not go out." in text_of(response)
    assert client.post(url, approval(client, url) | {"without": "on"}).status_code == 302
    assert row.key not in [item.key for item in served(ocrelizumab).content.items]


def test_a_line_says_what_readers_have_of_it(client, ocrelizumab, editor):
    row = ocrelizumab.items.get(key="OCR-C01")
    url = reverse("admin:therapies_item_change", args=[row.pk])
    client.force_login(editor)
    assert "That is what stands below." in text_of(client.get(url))
    before = row.why
    edit(row, editor, why="Clearer.")
    page = text_of(client.get(url))
    assert f"{before}” What stands below is not published yet: it waits for review" in page
    waiting = reverse("admin:therapies_item_change", args=[to_check(ocrelizumab).pk])
    assert "Readers do not have this line." in text_of(client.get(waiting))


def test_a_house_rule_that_can_not_be_is_refused_when_it_is_saved(client, editor):
    clinic = Subject.objects.get(slug="clinic")
    client.force_login(editor)
    url = reverse("admin:therapies_override_add")
    data = form_of(client.get(url)) | {
        "subject": clinic.pk,
        "key": "early",
        "item": "OCR-C01",
        "why": "Our lab is slow.",
    }
    assert "Give the first day or the last day" in text_of(client.post(url, data))
    assert "It ends before it begins." in text_of(client.post(url, data | {"window_first": "7", "window_last": "1"}))
    assert "There is no item with this key." in text_of(
        client.post(url, data | {"item": "ride home", "window_last": "-7"})
    )
    assert client.post(url, data | {"window_first": "-28", "window_last": "-7"}).status_code == 302
