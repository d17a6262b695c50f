"""Whether staff's screens can be read in another language: see test_language.py."""

from datetime import date

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, User
from django.urls import reverse
from django.utils import timezone
from pseudo import pseudo, spoken
from test_admin import form_of
from test_language import KEYS, assert_translated

from factories import edit
from therapies.models import Item, Line, Report, Source, Stage, Subject, Test
from therapies.publishing import send_back, withdraw
from therapies.rows import fingerprint_of
from therapies.vocabulary import SETTINGS, SITUATIONS

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
