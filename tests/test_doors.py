"""Every door to readers: each try ends in a refusal that says why, or in something that the Library does not serve."""

import json
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection
from django.urls import reverse
from django.utils import timezone
from test_admin import APPROVAL, approval, form_of

from factories import StaffClient, edit, make_staff
from reading import served
from therapies import content
from therapies import library as library_module
from therapies.library import look_again
from therapies.models import Edition, Item, Line, Seal, Statement, Subject
from therapies.publishing import NotPublishable

pytestmark = pytest.mark.django_db
FORGED = "Words that nobody checked."


def publish_url(subject):
    return reverse("admin:therapies_subject_publish", args=[subject.pk])


def forged(subject):
    """An edition with words of somebody's own, and everything that can be computed without the key."""
    data = subject.editions.first().content
    data["statements"][0]["text"] = FORGED
    return {"content": data, "fingerprint": content.fingerprint(data), "change_note": "None."}


def assert_not_served(subject, client, number=1):
    assert served(subject).number == number
    assert FORGED not in client.get(f"/therapies/{subject.slug}/").content.decode()


def test_admin_form_an_editor_can_not_mark_a_line_verified(client, ocrelizumab, editor):
    client.force_login(editor)
    row = ocrelizumab.items.filter(mark=Line.TO_CHECK).first()
    url = reverse("admin:therapies_item_change", args=[row.pk])
    response = client.post(url, form_of(client.get(url)) | {"mark": "verified"})
    assert "verified is not one of the available choices" in response.content.decode()
    row.refresh_from_db()
    assert row.mark == Line.TO_CHECK


def test_admin_form_a_new_line_comes_in_as_to_check(client, ocrelizumab, editor, publish_as):
    client.force_login(editor)
    url = reverse("admin:therapies_statement_add")
    data = form_of(client.get(url)) | {"subject": ocrelizumab.pk, "key": "NEW", "section": "glance", "text": FORGED}
    assert client.post(url, data | {"mark": "verified"}).status_code == 200
    assert client.post(url, data).status_code == 302
    assert Statement.objects.get(key="NEW").mark == Line.TO_CHECK
    with pytest.raises(NotPublishable, match="already says exactly this"):
        publish_as(ocrelizumab)


@pytest.mark.parametrize("model", ["item", "subject"])
def test_admin_form_saving_as_new_is_no_door_and_no_error(client, ocrelizumab, editor, model):
    client.force_login(editor)
    row = ocrelizumab.items.get(key="OCR-C01") if model == "item" else ocrelizumab
    url = reverse(f"admin:therapies_{model}_change", args=[row.pk])
    assert client.post(url, {"_saveasnew": "1"}).status_code == 200
    new = {"key": "NEW", "subject": ocrelizumab.pk, "slug": "new", "kind": "therapy", "language": "en-US"}
    client.post(url, form_of(client.get(url)) | new | {"_saveasnew": "1", "mark": "verified"})
    assert not Item.objects.filter(key="NEW", mark=Line.VERIFIED).exists()
    assert Edition.objects.count() == 5


def test_bulk_action_nothing_is_deleted_or_published_from_a_list(client, ocrelizumab, editor):
    client.force_login(editor)
    url = reverse("admin:therapies_item_changelist")
    rows = list(ocrelizumab.items.values_list("pk", flat=True))
    for action in ("delete_selected", "publish", "verify"):
        client.post(url, {"action": action, "_selected_action": rows, "post": "yes"})
    assert list(ocrelizumab.items.values_list("pk", flat=True)) == rows
    assert Edition.objects.count() == 5


@pytest.mark.parametrize("who", ["editor", "reviewer", "admin_user"])
def test_forged_post_nothing_is_saved_from_an_old_record_of_a_row(request, client, ocrelizumab, who):
    client.force_login(request.getfixturevalue(who))
    for row, name in ((ocrelizumab, "subject"), (ocrelizumab.items.get(key="OCR-C01"), "item")):
        url = reverse(f"admin:therapies_{name}_simple_history", args=[row.pk, row.history.last().history_id])
        response = client.get(url)
        assert response.status_code == 200
        assert 'type="submit"' not in response.content.decode().split('id="content-main"')[1]
        values = {field.html_name: field.value() for field in response.context["adminform"].form}
        forged = {n: value for n, value in values.items() if value is not None} | {"why": FORGED, "lead": FORGED}
        assert client.post(url, forged).status_code == 403
        row.refresh_from_db()
        assert FORGED not in (getattr(row, "why", ""), getattr(row, "lead", ""))


def test_forged_post_who_is_not_signed_in_is_sent_to_sign_in(client, ocrelizumab, editor):
    edit(ocrelizumab.items.get(key="OCR-C01"), editor, why=FORGED)
    response = client.post(publish_url(ocrelizumab), APPROVAL)
    assert response.status_code == 302
    assert "/admin/login/" in response["Location"]
    assert_not_served(ocrelizumab, client)


def test_forged_post_from_another_site_is_refused(ocrelizumab, editor, reviewer):
    edit(ocrelizumab.items.get(key="OCR-C01"), editor, why=FORGED)
    client = StaffClient(enforce_csrf_checks=True)
    client.force_login(reviewer)
    assert client.post(publish_url(ocrelizumab), APPROVAL).status_code == 403
    assert_not_served(ocrelizumab, client)


@pytest.mark.parametrize("screen", ["publish", "check", "withdraw"])
def test_forged_post_an_editor_has_no_reviewers_right(client, ocrelizumab, editor, screen):
    item = ocrelizumab.items.get(key="OCR-C01")
    edit(item, editor, why=FORGED)
    client.force_login(editor)
    data = APPROVAL | {"reason": "Because.", f"item-{item.pk}-decision": "confirm", "send_back": ""}
    url = reverse(f"admin:therapies_subject_{screen}", args=[ocrelizumab.pk])
    for key in ("", "?key=OCR-C01"):
        assert client.post(url + key, data).status_code in (403, 422)
    assert_not_served(ocrelizumab, client)
    assert not served(ocrelizumab).notices


def test_double_submit_publishes_once(client, ocrelizumab, editor, reviewer):
    edit(ocrelizumab.items.get(key="OCR-C01"), editor, why="Clearer.")
    client.force_login(reviewer)
    sent = approval(client, publish_url(ocrelizumab))
    assert client.post(publish_url(ocrelizumab), sent).status_code == 302
    response = client.post(publish_url(ocrelizumab), sent)
    assert response.status_code == 422
    assert "Edition 2 already says exactly this." in response.content.decode()
    assert served(ocrelizumab).number == 2


def test_fixture_an_edition_that_was_loaded_is_not_served(client, ocrelizumab, tmp_path, caplog):
    values = forged(ocrelizumab) | {"subject": ocrelizumab.pk, "number": 2, "published_at": timezone.now().isoformat()}
    path = tmp_path / "edition.json"
    path.write_text(json.dumps([{"model": "therapies.edition", "fields": values}]))
    call_command("loaddata", path, verbosity=0)
    assert Edition.objects.filter(subject=ocrelizumab, number=2).exists()
    assert_not_served(ocrelizumab, client)
    assert "Ocrelizumab, edition 2 is not served: it has no valid seal." in caplog.text


def test_shell_a_line_made_there_is_confirmed_by_nobody(ocrelizumab, publish_as):
    row = Statement.objects.create(subject=ocrelizumab, key="NEW", section="glance", text=FORGED, mark=Line.VERIFIED)
    row.citations.create(source=ocrelizumab.sources.first(), place="section 1")
    with pytest.raises(NotPublishable, match="NEW: new to readers, and nobody has confirmed it"):
        publish_as(ocrelizumab)


def test_shell_a_house_rule_made_there_has_no_author_and_is_refused(publish_as):
    clinic = Subject.objects.get(slug="clinic")
    values = {"kind": "habit", "phase": "bring", "action": FORGED, "why": FORGED, "owner": "you"}
    Item.objects.bulk_create([Item(subject=clinic, key="H-1", mark=Line.VERIFIED, **values)])
    with pytest.raises(NotPublishable, match="Nobody knows who changed H-1"):
        publish_as(clinic)


def test_shell_an_edition_made_there_is_not_served(client, ocrelizumab):
    Edition.objects.create(subject=ocrelizumab, number=2, **forged(ocrelizumab))
    assert_not_served(ocrelizumab, client)
    assert client.get("/therapies/ocrelizumab/editions/2/").status_code == 404


def test_shell_the_seal_of_another_edition_does_not_fit(client, ocrelizumab):
    edition = Edition.objects.create(subject=ocrelizumab, number=2, **forged(ocrelizumab))
    seal = Seal.objects.get(edition=ocrelizumab.editions.get(number=1))
    Seal.objects.create(edition=edition, signature=seal.signature)
    assert_not_served(ocrelizumab, client)


def test_sql_an_edition_put_in_by_hand_is_not_served_and_the_next_one_stands_on_the_last_good_one(
    client, ocrelizumab, editor, publish_as
):
    values = forged(ocrelizumab)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO therapies_edition (subject_id, number, content, fingerprint, change_note, change_kind,"
            " published_at) VALUES (%s, 2, %s, %s, 'None.', '', %s)",
            [ocrelizumab.pk, json.dumps(values["content"]), values["fingerprint"], timezone.now().isoformat()],
        )
    assert_not_served(ocrelizumab, client)
    edit(ocrelizumab.items.get(key="OCR-C01"), editor, why="Clearer.")
    assert publish_as(ocrelizumab).number == 3
    assert_not_served(ocrelizumab, client, number=3)


def test_sql_a_row_changed_by_hand_has_no_author_and_is_refused(ocrelizumab, editor, publish_as):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE therapies_item SET why = %s WHERE key = 'OCR-C01'", [FORGED])
    with pytest.raises(NotPublishable, match="Nobody knows who changed OCR-C01"):
        publish_as(ocrelizumab)
    edit(ocrelizumab.items.get(key="OCR-C01"), editor)
    assert publish_as(ocrelizumab).number == 2


def test_sql_a_row_changed_by_hand_after_an_editor_saved_it_is_refused(ocrelizumab, editor, publish_as):
    edit(ocrelizumab.items.get(key="OCR-C01"), editor, why="Clearer.")
    ocrelizumab.items.filter(key="OCR-C01").update(why=FORGED)
    with pytest.raises(NotPublishable, match="Nobody knows who changed OCR-C01"):
        publish_as(ocrelizumab)


@pytest.mark.parametrize("table", ["subject", "citation"])
def test_sql_what_is_changed_beside_an_editors_change_is_refused_until_an_editor_saves_it(
    client, ocrelizumab, editor, publish_as, table
):
    item = edit(ocrelizumab.items.get(key="OCR-C01"), editor, why="Clearer.")
    name, key, row = ("item", "OCR-C01", item) if table == "citation" else ("subject", "ocrelizumab", ocrelizumab)
    if table == "citation":
        item.citations.update(place="section 99")
    else:
        edit(ocrelizumab, editor, summary="Clearer.")
        Subject.objects.filter(pk=ocrelizumab.pk).update(lead=FORGED)
    with pytest.raises(NotPublishable, match=f"Nobody knows who changed {key}"):
        publish_as(ocrelizumab)
    client.force_login(editor)
    url = reverse(f"admin:therapies_{name}_change", args=[row.pk])
    assert client.post(url, form_of(client.get(url))).status_code == 302
    assert publish_as(ocrelizumab).number == 2


def test_sql_a_line_left_out_by_hand_after_an_editor_saved_it_is_refused(ocrelizumab, editor, publish_as):
    edit(ocrelizumab.items.get(key="OCR-C01"), editor, why="Clearer.")
    ocrelizumab.items.filter(key="OCR-C01").update(mark=Line.LEFT_OUT)
    with pytest.raises(NotPublishable, match="Nobody knows who changed OCR-C01"):
        publish_as(ocrelizumab, note="OCR-C01 is gone.")


def test_a_superuser_is_no_door(client, admin_user, ocrelizumab, editor):
    edit(ocrelizumab.items.get(key="OCR-C01"), editor, why=FORGED)
    client.force_login(admin_user)
    response = client.post(publish_url(ocrelizumab), APPROVAL)
    assert response.status_code == 422
    assert "Only a clinical reviewer, with name and credentials" in response.content.decode()
    assert_not_served(ocrelizumab, client)


def test_who_holds_both_roles_still_needs_a_second_person(client, ocrelizumab, reviewer):
    reviewer.groups.add(*make_staff("helper", "Content editors").groups.all())
    edit(ocrelizumab.items.get(key="OCR-C01"), reviewer, why=FORGED)
    client.force_login(reviewer)
    response = client.post(publish_url(ocrelizumab), APPROVAL)
    assert "You changed OCR-C01 yourself." in response.content.decode()
    assert_not_served(ocrelizumab, client)


def test_after_a_change_of_the_secret_key_nothing_is_served_until_somebody_vouches(
    settings, client, ocrelizumab, capsys, empty_library
):
    settings.SECRET_KEY = "another-key"  # noqa: S105 - of this test
    assert client.get("/therapies/ocrelizumab/").status_code == 503
    call_command("reseal")
    assert "Sealed Ocrelizumab, edition 1" in capsys.readouterr().out
    assert served(ocrelizumab).number == 1


@contextmanager
def as_the_owner_of_the_database():
    """What no account of the site can do: change an edition past its triggers."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET session_replication_role = replica")
        else:
            cursor.execute("DROP TRIGGER edition_no_update")
            cursor.execute("PRAGMA ignore_check_constraints = ON")
        yield cursor
        if connection.vendor == "postgresql":
            cursor.execute("SET session_replication_role = DEFAULT")
        else:
            cursor.execute("PRAGMA ignore_check_constraints = OFF")


@pytest.mark.parametrize("damage", ["a word", "the whole of it"])
def test_a_corrupt_edition_is_refused_and_the_one_before_it_served(
    client, ocrelizumab, editor, publish_as, caplog, damage
):
    edit(ocrelizumab.items.get(key="OCR-C01"), editor, why="Clearer.")
    newest = publish_as(ocrelizumab)
    assert served(ocrelizumab).number == 2
    newest.content["statements"][0]["text"] = FORGED
    broken = {"a word": json.dumps(newest.content), "the whole of it": "{}"}[damage]
    if connection.vendor == "sqlite" and damage == "the whole of it":
        broken = broken[:1]  # no JSON at all; PostgreSQL knows what JSON is
    with as_the_owner_of_the_database() as cursor:
        cursor.execute("UPDATE therapies_edition SET content = %s WHERE id = %s", [broken, newest.pk])
        library_module._library = library_module.Library(state=library_module.NOTHING, editions={})
        assert_not_served(ocrelizumab, client)
        assert client.get("/guide/").status_code == 200
    assert "Ocrelizumab, edition 2 is not served: it has no valid seal." in caplog.text


def test_markup_in_a_statement_shows_as_text(client, ocrelizumab, editor, publish_as):
    row = ocrelizumab.statements.filter(section="glance", mark="verified").first()
    edit(row, editor, text="<script>alert(1)</script> <b>bold</b>")
    publish_as(ocrelizumab)
    look_again()
    html = client.get("/therapies/ocrelizumab/").content.decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &lt;b&gt;bold&lt;/b&gt;" in html
    assert "<script>alert" not in html


def test_a_huge_paste_is_refused_with_its_limit_and_not_lost(client, ocrelizumab, editor):
    client.force_login(editor)
    url = reverse("admin:therapies_item_change", args=[ocrelizumab.items.get(key="OCR-C01").pk])
    response = client.post(url, form_of(client.get(url)) | {"why": "word " * 1000})
    html = response.content.decode()
    assert "Ensure this value has at most 2000 characters" in html
    assert "word word word" in html


def test_a_check_again_date_is_a_day_to_come(client, ocrelizumab, editor, reviewer):
    edit(ocrelizumab.items.get(key="OCR-C01"), editor, why="Clearer.")
    client.force_login(reviewer)
    past = (timezone.localdate() - timedelta(days=1)).isoformat()
    response = client.post(publish_url(ocrelizumab), APPROVAL | {"review_again_on": past})
    assert response.status_code == 422
    assert "Give a day to come." in response.content.decode()
