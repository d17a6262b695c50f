"""Staff sign in, edit rows and publish; editions can only be read."""

import pytest
from django.apps import apps
from django.contrib.auth.models import Group
from django.urls import reverse
from django.utils import timezone

from therapies.models import Citation, Edition, Item

pytestmark = pytest.mark.django_db
APPROVAL = {"change_note": "Clearer words.", "change_kind": "wording", "review_again_on": "2027-11-22"}


def test_admin_wants_a_sign_in(client):
    assert client.get("/admin/").status_code == 302


@pytest.mark.parametrize(
    "model", ["subject", "stage", "statement", "test", "figure", "item", "question", "source", "edition"]
)
def test_every_list_and_every_form_of_the_admin_opens(admin_client, model):
    url = reverse(f"admin:therapies_{model}_changelist")
    assert admin_client.get(url, {"q": "liver"} if model != "edition" else {}).status_code == 200
    row = apps.get_model("therapies", model).objects.first()
    assert admin_client.get(reverse(f"admin:therapies_{model}_change", args=[row.pk])).status_code == 200


def form_of(response):
    """What the form of an admin page would send if nobody changed anything."""
    fields = list(response.context["adminform"].form)
    for inline in response.context["inline_admin_formsets"]:
        fields += [*inline.formset.management_form, *(field for form in inline.formset.forms for field in form)]
    values = {field.html_name: field.value() for field in fields}
    return {
        name: "on" if value is True else value
        for name, value in values.items()
        if value is not None and value is not False
    }


def approval(client, url):
    """What the review screen sends when a reviewer approves what is on it."""
    return APPROVAL | {"read": client.get(url).context["read"]}


def test_an_editor_corrects_a_sentence_a_reviewer_publishes_and_readers_see_it(client, ocrelizumab, editor, reviewer):
    client.force_login(editor)
    item = ocrelizumab.items.get(key="OCR-C01")
    url = reverse("admin:therapies_item_change", args=[item.pk])
    before = Item.objects.values().get(pk=item.pk)
    data = form_of(client.get(url)) | {"why": "A nurse made this clearer."}
    response = client.post(url, data)
    assert response.status_code == 302
    after = Item.objects.values().get(pk=item.pk)
    assert after == before | {"why": "A nurse made this clearer."}
    assert Citation.objects.filter(item=item).count() == item.citations.count() > 0

    publish_url = reverse("admin:therapies_subject_publish", args=[ocrelizumab.pk])
    client.force_login(reviewer)
    response = client.post(publish_url, approval(client, publish_url), follow=True)
    assert "Published: Ocrelizumab, edition 2." in response.content.decode()
    client.logout()
    answers = {"therapy": "ocrelizumab", "stage": "first-dose-part-1", "date": timezone.localdate().isoformat()}
    assert "A nurse made this clearer." in client.post("/visits/checklist/", answers).content.decode()


def test_before_publishing_staff_see_every_changed_word(admin_client, ocrelizumab):
    item = ocrelizumab.items.get(key="OCR-C25a")
    ocrelizumab.items.filter(pk=item.pk).update(why=f"Really. {item.why}")
    html = admin_client.get(reverse("admin:therapies_subject_publish", args=[ocrelizumab.pk])).content.decode()
    assert "edition 1 beside the working copy. 1 change." in html
    assert ">OCR-C25a</a>: changed. A safety item" in html
    assert "<ins>Really.</ins>" in html


def test_a_preview_shows_the_working_copy_to_staff_alone(admin_client, client, ocrelizumab):
    ocrelizumab.statements.filter(section="glance", label="What it is").update(text="Words of the working copy.")
    url = reverse("admin:therapies_subject_preview", args=[ocrelizumab.pk])
    preview = admin_client.get(url).content.decode()
    assert "Words of the working copy." in preview
    assert "Readers do not see it." in preview
    assert "Words of the working copy." not in client.get("/therapies/ocrelizumab/").content.decode()
    client.logout()
    assert client.get(url).status_code == 302


def test_after_saving_staff_are_told_that_readers_do_not_see_it_yet(admin_client, ocrelizumab):
    url = reverse("admin:therapies_item_change", args=[ocrelizumab.items.first().pk])
    html = admin_client.post(url, form_of(admin_client.get(url)), follow=True).content.decode()
    assert "Readers do not see this yet." in html
    assert reverse("admin:therapies_subject_publish", args=[ocrelizumab.pk]) in html


def test_an_emptied_list_is_an_empty_list_and_bad_numbers_get_a_sentence(admin_client, ocrelizumab):
    item = ocrelizumab.items.exclude(stages=[]).first()
    url = reverse("admin:therapies_item_change", args=[item.pk])
    assert admin_client.post(url, form_of(admin_client.get(url)) | {"stages": []}).status_code == 302
    item.refresh_from_db()
    assert item.stages == []
    url = reverse("admin:therapies_subject_change", args=[ocrelizumab.pk])
    response = admin_client.post(url, form_of(admin_client.get(url)) | {"infusion_days": "0, soon"})
    assert "Give whole numbers, with commas between them." in response.content.decode()
    assert admin_client.post(url, form_of(admin_client.get(url)) | {"infusion_days": "0, 14"}).status_code == 302
    ocrelizumab.refresh_from_db()
    assert ocrelizumab.infusion_days == [0, 14]


@pytest.mark.parametrize("wrong", [5, "abc", {"a": 1}, [["a"]], [None], [1.5], True])
@pytest.mark.parametrize("field", ["stages", "situations", "signs"])
def test_a_row_of_a_wrong_kind_can_be_opened_and_is_not_confirmed(client, ocrelizumab, reviewer, field, wrong):
    reviewer.groups.add(Group.objects.get(name="Content editors"))
    client.force_login(reviewer)
    ocrelizumab.items.filter(key="OCR-C01").update(**{field: wrong})
    item = ocrelizumab.items.get(key="OCR-C01")
    for name in ("item_change", "item_history", "subject_publish", "subject_check", "subject_change"):
        args = [item.pk if name.startswith("item") else ocrelizumab.pk]
        assert client.get(reverse(f"admin:therapies_{name}", args=args)).status_code in (200, 422)
    assert client.get(reverse("checklist-preview")).status_code == 302
    cited = item.citations.first()
    said = {"decision": "confirm", "source": cited.source_id, "place": cited.place, "seen_on": timezone.localdate()}
    url = reverse("admin:therapies_subject_check", args=[ocrelizumab.pk])
    response = client.post(url, {f"item-{item.pk}-{name}": value for name, value in said.items()})
    assert response.status_code == 422
    assert f"{field} can&#x27;t be" in response.content.decode()


@pytest.mark.parametrize("field", ["replaces", "signs", "why"])
def test_a_null_character_is_refused_in_a_sentence(client, ocrelizumab, editor, field):
    client.force_login(editor)
    url = reverse("admin:therapies_item_change", args=[ocrelizumab.items.get(key="OCR-C01").pk])
    response = client.post(url, form_of(client.get(url)) | {field: "A\x00B"})
    assert "Null characters are not allowed." in response.content.decode()
    assert client.get(reverse("admin:therapies_find"), {"q": "\x00"}).status_code == 200


def test_a_row_of_a_wrong_kind_is_refused_in_a_sentence(client, ocrelizumab, reviewer):
    client.force_login(reviewer)
    ocrelizumab.items.filter(key="OCR-C01").update(stages=5)
    url = reverse("admin:therapies_subject_publish", args=[ocrelizumab.pk])
    response = client.post(url, APPROVAL)
    assert response.status_code == 422
    assert "OCR-C01: stages can&#x27;t be 5." in response.content.decode()


def test_the_address_of_a_published_therapy_stays(admin_client, ocrelizumab):
    url = reverse("admin:therapies_subject_change", args=[ocrelizumab.pk])
    admin_client.post(url, form_of(admin_client.get(url)) | {"slug": "ocrevus", "name": "Ocrelizumab"})
    ocrelizumab.refresh_from_db()
    assert ocrelizumab.slug == "ocrelizumab"


def test_a_refusal_to_publish_says_why(client, ocrelizumab, reviewer):
    client.force_login(reviewer)
    url = reverse("admin:therapies_subject_publish", args=[ocrelizumab.pk])
    response = client.post(url, APPROVAL)
    assert response.status_code == 422
    assert "Edition 1 already says exactly this." in response.content.decode()
    assert client.post(url, APPROVAL | {"change_note": ""}).status_code == 422


def test_an_editor_sees_what_would_change_and_can_not_publish_it(client, ocrelizumab, editor):
    ocrelizumab.items.filter(key="OCR-C01").update(why="Another reason.")
    client.force_login(editor)
    url = reverse("admin:therapies_subject_publish", args=[ocrelizumab.pk])
    page = client.get(url).content.decode()
    assert "<ins>Another reason.</ins>" in page
    assert "A clinical reviewer approves and publishes this." in page
    response = client.post(url, APPROVAL)
    assert response.status_code == 422
    assert ocrelizumab.editions.count() == 1


def test_an_edition_can_be_read_and_not_changed(admin_client):
    edition = Edition.objects.first()
    url = reverse("admin:therapies_edition_change", args=[edition.pk])
    assert admin_client.get(url).status_code == 200
    assert admin_client.post(url, {"change_note": "Never happened."}).status_code == 403
    assert admin_client.post(reverse("admin:therapies_edition_delete", args=[edition.pk])).status_code == 403
    assert admin_client.get(reverse("admin:therapies_edition_add")).status_code == 403


NONSENSE = ["abc", "\u00b2", "9" * 30, "\x00", "-1", "1.5", ""]


@pytest.mark.parametrize("nonsense", NONSENSE)
def test_nonsense_in_an_address_or_a_hidden_field_gets_a_page_or_not_found(client, ocrelizumab, editor, nonsense):
    client.force_login(editor)
    for model in ("item", "question", "statement"):
        add = reverse(f"admin:therapies_{model}_add")
        assert client.get(add, {"subject": nonsense}).status_code == 200
    item = ocrelizumab.items.get(key="OCR-C01")
    change = reverse("admin:therapies_item_change", args=[item.pk])
    assert client.post(change, form_of(client.get(change)) | {"version": nonsense}).status_code in (200, 302)
    for args in ([nonsense or "x"], [nonsense or "x", 1], [item.pk, nonsense or "x"]):
        name = "simple_history" if len(args) == 2 else "history"
        assert client.get(reverse(f"admin:therapies_item_{name}", args=args)).status_code == 404
