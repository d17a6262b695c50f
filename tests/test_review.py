"""Nobody puts words before readers alone: every change is read by a clinician who did not write it."""

import pytest
from django.db import DatabaseError, connection, transaction
from django.urls import reverse

from factories import edit, make_staff
from reading import text_of
from therapies.library import library, look_again
from therapies.models import Citation, Edition, Review, Reviewer, Source
from therapies.publishing import NotPublishable

pytestmark = pytest.mark.django_db


def change(client, user, subject, key="OCR-C01", why="Another reason."):
    """Change a line in the admin, as this person."""
    from test_admin import form_of

    client.force_login(user)
    url = reverse("admin:therapies_item_change", args=[subject.items.get(key=key).pk])
    assert client.post(url, form_of(client.get(url)) | {"why": why}).status_code == 302


def test_a_reviewer_publishes_what_an_editor_changed(client, ocrelizumab, editor, publish_as):
    change(client, editor, ocrelizumab)
    assert publish_as(ocrelizumab).number == 2


def test_nobody_reviews_what_they_changed_themselves(client, ocrelizumab, reviewer, publish_as):
    reviewer.groups.add(*make_staff("helper", "Content editors").groups.all())
    change(client, reviewer, ocrelizumab)
    with pytest.raises(NotPublishable, match="You changed OCR-C01 yourself"):
        publish_as(ocrelizumab)
    second = make_staff("second", "Clinical reviewers", "Second Reviewer", "RN")
    assert publish_as(ocrelizumab, by=second).number == 2


def test_who_changed_a_source_of_a_line_does_not_review_the_source(client, ocrelizumab, reviewer, publish_as):
    source = ocrelizumab.sources.get(key="OCR-S2")
    source.title = "Another title"
    source._history_user = reviewer
    source.save()
    with pytest.raises(NotPublishable, match="You changed OCR-S2 yourself"):
        publish_as(ocrelizumab)


def test_who_changed_a_citation_does_not_review_its_line(ocrelizumab, reviewer, publish_as):
    citation = ocrelizumab.items.get(key="OCR-C01").citations.first()
    citation.place = "section 99"
    citation._history_user = reviewer
    citation.save()
    with pytest.raises(NotPublishable, match="You changed OCR-C01 yourself"):
        publish_as(ocrelizumab)


def test_a_change_of_long_ago_that_is_live_binds_nobody(client, ocrelizumab, editor, reviewer, publish_as):
    reviewer.groups.add(*editor.groups.all())
    change(client, reviewer, ocrelizumab)
    publish_as(ocrelizumab, by=make_staff("second", "Clinical reviewers", "Second Reviewer", "RN"))
    change(client, editor, ocrelizumab, why="A third reason.")
    assert publish_as(ocrelizumab).number == 3


def test_who_wrote_a_line_long_before_it_was_let_out_does_not_review_it(
    client, ocrelizumab, editor, reviewer, publish_as
):
    item = ocrelizumab.items.filter(mark="to-check", kind="habit").exclude(citations=None).first()
    item.why = "Written by the reviewer."
    item._history_user = reviewer
    item.save()
    change(client, editor, ocrelizumab)
    publish_as(ocrelizumab)  # the line still waits
    item.mark, item._history_user = "verified", editor
    item.save()
    with pytest.raises(NotPublishable, match=f"You changed {item.key} yourself"):
        publish_as(ocrelizumab)


def test_who_wrote_a_source_long_before_a_line_cited_it_does_not_review_it(
    client, ocrelizumab, editor, reviewer, publish_as
):
    source = edit(Source(subject=ocrelizumab, key="OCR-S99", title="The reviewer's own words", kind="page"), reviewer)
    change(client, editor, ocrelizumab)
    publish_as(ocrelizumab)  # nothing cites it yet
    edit(Citation(item=ocrelizumab.items.get(key="OCR-C03"), source=source), editor)
    with pytest.raises(NotPublishable, match="You changed OCR-S99 yourself"):
        publish_as(ocrelizumab)


def test_a_superuser_is_bound_by_the_same_rules(client, admin_user, ocrelizumab, editor, publish_as):
    change(client, editor, ocrelizumab)
    with pytest.raises(NotPublishable, match="Only a clinical reviewer, with name and credentials"):
        publish_as(ocrelizumab, by=admin_user)
    Reviewer.objects.create(user=admin_user, name="Admin", credentials="MD")
    change(client, admin_user, ocrelizumab, key="OCR-C03")
    with pytest.raises(NotPublishable, match="You changed OCR-C03 yourself"):
        publish_as(ocrelizumab, by=admin_user)


def test_an_editor_with_a_profile_still_lacks_the_right(client, ocrelizumab, editor, publish_as):
    Reviewer.objects.create(user=editor, name="Editor", credentials="None")
    with pytest.raises(NotPublishable, match="Only a clinical reviewer"):
        publish_as(ocrelizumab, by=editor)


def test_readers_are_told_how_much_a_clinician_has_checked(client, ocrelizumab, editor, publish_as):
    change(client, editor, ocrelizumab)
    publish_as(ocrelizumab)
    look_again()
    edition = library().editions["ocrelizumab"]
    client.logout()
    page = text_of(client.get("/therapies/ocrelizumab/"))
    assert (edition.checked, edition.checked_by) == (1, ("Test Reviewer, PharmD",))
    assert f"1 of {edition.total} checked by Test Reviewer, PharmD." in page
    assert "The rest is not yet reviewed by a clinician." in page
    assert "Not yet reviewed by a clinician." in text_of(client.get("/therapies/natalizumab/"))


def test_a_line_whose_words_change_again_loses_its_review(client, ocrelizumab, editor, publish_as):
    change(client, editor, ocrelizumab)
    publish_as(ocrelizumab)
    change(client, editor, ocrelizumab, key="OCR-C03")
    change(client, editor, ocrelizumab, why="Yet another reason.")
    publish_as(ocrelizumab)
    look_again()
    assert library().editions["ocrelizumab"].checked == 2
    assert Review.objects.filter(key="OCR-C01").count() == 2


@pytest.mark.parametrize("sql", ["UPDATE {} SET key = 'X'", "DELETE FROM {}"])
def test_a_review_can_not_be_unsaid(client, ocrelizumab, editor, publish_as, sql):
    change(client, editor, ocrelizumab)
    publish_as(ocrelizumab)
    with pytest.raises(DatabaseError, match="never be changed"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql.format(Review._meta.db_table))


def test_an_edition_keeps_its_kind_of_change_and_when_to_check_again(ocrelizumab, editor, publish_as):
    edit(ocrelizumab.items.get(key="OCR-C01"), editor, why="Another reason.")
    edition = publish_as(ocrelizumab, kind="safety")
    assert edition.change_kind == "safety"
    assert edition.review_again_on is not None
    assert Edition.objects.get(pk=edition.pk).published_by.reviewer.credentials == "PharmD"


def test_who_changed_what_and_when_is_kept(client, ocrelizumab, editor):
    change(client, editor, ocrelizumab)
    item = ocrelizumab.items.get(key="OCR-C01")
    newest = item.history.first()
    assert newest.history_user == editor
    assert newest.why == "Another reason."
    history = reverse("admin:therapies_item_history", args=[item.pk])
    assert client.get(history).status_code == 200
