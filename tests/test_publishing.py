"""From rows to editions, and that an edition can't be changed by any door."""

import json

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.db.models import ProtectedError

from factories import edit
from therapies import library as library_module
from therapies.content import LINE_TYPES, from_json
from therapies.library import library, look_again
from therapies.models import Edition, Item, Line, Seal, Subject
from therapies.publishing import NotPublishable, publish_starter
from therapies.rows import snapshot

pytestmark = pytest.mark.django_db
STAFF_ONLY = ("mark", "facts", "note", "codes_to_check", "read_version_on", "newest_change_on")


def test_the_seed_published_every_subject_once():
    assert list(Edition.objects.values_list("subject__slug", "number").order_by("subject__order")) == [
        ("guide", 1),
        ("ocrelizumab", 1),
        ("natalizumab", 1),
        ("alemtuzumab", 1),
        ("mitoxantrone", 1),
    ]


def test_a_second_seed_touches_nothing(ocrelizumab):
    ocrelizumab.items.filter(key="OCR-C01").update(action="Corrected by a nurse.")
    before = list(Item.objects.order_by("pk").values())
    call_command("seed", verbosity=0)
    assert list(Item.objects.order_by("pk").values()) == before
    assert Edition.objects.count() == 5


@pytest.mark.parametrize("slug", ["guide", "ocrelizumab", "natalizumab", "alemtuzumab", "mitoxantrone"])
def test_rows_say_what_the_content_file_says(slug, settings):
    """What is verified in the file, and nothing else, is what the rows would publish."""
    data = json.loads((settings.BASE_DIR / "fixtures" / f"{slug}.json").read_text())
    for name in LINE_TYPES:
        lines = [line for line in data.get(name, []) if line.get("mark", "verified") == "verified"]
        data[name] = [{k: v for k, v in line.items() if k not in STAFF_ONLY} for line in lines]
    cited = {key for name in LINE_TYPES for line in data[name] for key, _ in line.get("citations", [])}
    data["sources"] = [source for source in data["sources"] if source["key"] in cited]
    assert snapshot(Subject.objects.get(slug=slug)) == from_json(data)


def test_only_verified_rows_are_published(ocrelizumab):
    to_check = set(ocrelizumab.items.filter(mark=Line.TO_CHECK).values_list("key", flat=True))
    assert to_check
    assert not to_check & {item.key for item in snapshot(ocrelizumab).items}


def test_a_change_becomes_the_next_edition_and_readers_see_it(ocrelizumab, editor, publish_as):
    edit(ocrelizumab.items.get(key="OCR-C01"), editor, why="Corrected by a nurse.")
    edition = publish_as(ocrelizumab, note="Clearer.")
    look_again()
    live = library().editions["ocrelizumab"]
    assert (edition.number, live.number) == (2, 2)
    assert "Corrected by a nurse." in [item.why for item in live.content.items]


def test_nothing_is_published_that_readers_already_have(ocrelizumab, publish_as):
    with pytest.raises(NotPublishable, match="Edition 1 already says exactly this"):
        publish_as(ocrelizumab, note="Nothing.")


def test_without_a_person_only_the_very_first_edition_is_published(ocrelizumab):
    with pytest.raises(NotPublishable, match="a reviewer publishes"):
        publish_starter(ocrelizumab)


def test_a_statement_without_a_source_can_not_be_published(ocrelizumab, editor, publish_as):
    row = ocrelizumab.statements.filter(section="glance", mark="verified").first()
    for citation in row.citations.all():
        citation._history_user = editor
        citation.delete()
    with pytest.raises(NotPublishable, match=f"{row.key}: cites no source"):
        publish_as(ocrelizumab, note="New.")
    assert ocrelizumab.editions.count() == 1


def test_a_safety_item_is_not_dropped_in_silence(ocrelizumab, editor, publish_as):
    edit(ocrelizumab.items.get(key="OCR-C25a"), editor, mark="left-out")
    with pytest.raises(NotPublishable, match="OCR-C25a: a safety item in force would be gone"):
        publish_as(ocrelizumab, note="Tidied up.")
    assert publish_as(ocrelizumab, note="OCR-C25a is split into two.").number == 2


def test_replacing_is_checked_against_what_is_live_elsewhere(editor, publish_as):
    guide = Subject.objects.get(slug="guide")
    warning = guide.items.get(key="RD-05")
    edit(warning, editor, signs=[*warning.signs, "a-new-sign"])
    with pytest.raises(NotPublishable, match="replaces RD-05 without a-new-sign"):
        publish_as(guide, note="A sign more.")


@pytest.mark.parametrize(
    "change",
    [
        lambda edition: edition.save(),
        lambda edition: edition.delete(),
        lambda edition: Edition.objects.update(change_note="Never happened."),
        lambda edition: Edition.objects.all().delete(),
    ],
    ids=["save", "delete", "update", "delete all"],
)
def test_an_edition_can_not_be_changed_through_the_models(change):
    with pytest.raises((DatabaseError, ProtectedError), match=r"never be changed|protected"), transaction.atomic():
        change(Edition.objects.first())


@pytest.mark.parametrize("sql", ["UPDATE {} SET number = 7", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_an_edition_can_not_be_changed_by_sql(sql):
    if sql.startswith("TRUNCATE") and connection.vendor == "sqlite":
        sql = "DELETE FROM {} WHERE 1 = 1"  # what SQLite has instead
    with pytest.raises(DatabaseError, match="never be changed"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql.format(Edition._meta.db_table))
    assert Edition.objects.filter(number=1).count() == 5


def test_an_edition_can_not_be_replaced_by_an_upsert():
    columns = [field.column for field in Edition._meta.fields]
    table, names = Edition._meta.db_table, ", ".join(columns)
    values = ", ".join("'Never happened.'" if column == "change_note" else column for column in columns)
    row = f"SELECT {values} FROM {table}"  # noqa: S608 - names of our own columns
    if connection.vendor == "sqlite":
        sql = f"INSERT OR REPLACE INTO {table} ({names}) {row}"
    else:
        sql = f"INSERT INTO {table} ({names}) {row} ON CONFLICT (id) DO UPDATE SET change_note = 'Never happened.'"
    with pytest.raises(DatabaseError, match="never be changed"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
    assert not Edition.objects.filter(change_note="Never happened.").exists()


def test_two_editions_that_arrive_in_the_other_order_are_both_seen(ocrelizumab, editor, publish_as):
    """Of two publications at once, the one with the lower id may become visible last."""
    guide = Subject.objects.get(slug="guide")
    edit(guide.statements.filter(section="what").first(), editor, label="Later")
    late = publish_as(guide, note="Has the lower id.")
    with transaction.atomic():
        edit(ocrelizumab.statements.filter(section="glance").first(), editor, label="First")
        publish_as(ocrelizumab, note="Has the higher id.")
    hidden = library_module.Library(state=(late.pk + 1, 6, *library().state[2:]), editions={})
    library_module._library = hidden
    look_again()
    assert library().editions["guide"].number == 2


def test_an_edition_that_this_release_can_not_read_leaves_the_one_before_in_force(ocrelizumab):
    before = library()
    broken = dict(ocrelizumab.editions.first().content) | {"schema": 99}
    edition = Edition.objects.create(
        subject=ocrelizumab, number=2, content=broken, fingerprint="x", change_note="Of a later release."
    )
    Seal.objects.create(edition=edition, signature=edition.signature())
    look_again()
    assert library() is before


def test_the_library_goes_on_while_the_database_is_away():
    before = library()

    def away(*args):
        raise DatabaseError("away")

    look_again()
    with connection.execute_wrapper(away):
        assert library() is before
