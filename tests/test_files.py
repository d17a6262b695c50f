"""Content files: out of the working copy and into it, never to readers; and a broken one changes nothing."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from therapies.content import LINE_TYPES
from therapies.files import as_text
from therapies.models import Edition, Line, Subject
from therapies.publishing import NotPublishable, restore
from therapies.rows import as_file, model_of, snapshot

pytestmark = pytest.mark.django_db
SLUGS = ["guide", "ocrelizumab", "natalizumab", "alemtuzumab", "mitoxantrone"]


def made_up(**fields):
    """A small content file of a therapy that does not exist."""
    return {
        "kind": "therapy",
        "slug": "testimab",
        "language": "en-US",
        "name": "Testimab",
        "compiled_on": "2026-01-01",
        "settings": ["center"],
        "sources": [{"key": "L", "title": "A label", "publisher": "A maker", "kind": "label"}],
        "statements": [
            {"key": "S-1", "section": "glance", "text": "Words.", "citations": [["L", "1"]], "mark": "verified"},
            {"key": "S-2", "section": "glance", "text": "More words.", "citations": [["L", "2"]], "mark": "verified"},
        ],
        "items": [
            {
                "key": "X-1",
                "kind": "habit",
                "phase": "bring",
                "action": "Bring a list.",
                "why": "They ask.",
                "owner": "you",
                "safety": True,
                "window": {"first": -1, "last": 0},
                "citations": [["L", "1"]],
                "mark": "verified",
                "note": "Ask again.",
            }
        ],
        "questions": [{"key": "Q-1", "text": "How long does it take?"}],
    } | fields


def export(folder, *slugs):
    call_command("export_content", folder, *slugs, stdout=StringIO())
    return {path.stem: path.read_text(encoding="utf-8") for path in folder.iterdir()}


@pytest.fixture
def bring_in(tmp_path, editor):
    """Import these texts or contents, as an editor does; what the command prints."""

    def import_them(*contents, by="editor"):
        paths = []
        for number, one in enumerate(contents):
            paths.append(tmp_path / f"{number}.json")
            raw = one if isinstance(one, bytes) else (one if isinstance(one, str) else as_text(one)).encode()
            paths[-1].write_bytes(raw)
        out = StringIO()
        call_command("import_content", *paths, by=by, stdout=out)
        return out.getvalue()

    return import_them


@pytest.fixture
def testimab(bring_in):
    """A working copy of which every line is verified."""
    bring_in(made_up())
    subject = Subject.objects.get(slug="testimab")
    for row in (*subject.statements.all(), *subject.items.all()):
        row.mark = Line.VERIFIED
        row.save()
    return subject


def history():
    return sum(model.history.count() for model in (Subject, *(model_of(name) for name in LINE_TYPES)))


def test_an_export_of_the_starter_content_is_the_files_that_it_came_from(tmp_path, settings):
    written = export(tmp_path / "new" / "folder")
    assert written == {slug: (settings.BASE_DIR / "fixtures" / f"{slug}.json").read_text() for slug in SLUGS}


def test_an_export_can_be_of_one_subject(tmp_path):
    assert set(export(tmp_path, "guide")) == {"guide"}
    with pytest.raises(CommandError, match=r"There is no aspirin\. There is: guide, ocrelizumab"):
        export(tmp_path, "aspirin")


def test_a_folder_that_is_a_file_gets_a_sentence(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(CommandError, match="can't be written"):
        export(tmp_path / "file")


def test_a_clinic_has_a_file_once_it_has_rows(tmp_path, bring_in):
    named = {"kind": "clinic", "name": "Your clinic", "compiled_on": "2026-01-01"}
    clinic, _ = Subject.objects.get_or_create(slug="clinic", language="en-US", defaults=named)
    assert "clinic" not in export(tmp_path / "before")
    clinic.locations.create(key="main", name="Test Infusion Center", phone="555 0100", arrive_minutes=15)
    clinic.overrides.create(key="early", item="OCR-C01", why="Our lab is slow.", window_first=-30, window_last=-20)
    clinic.items.create(key="H-1", kind="habit", phase="bring", action="Bring it.", why="Why.", owner="you")
    text = export(tmp_path / "after")["clinic"]
    assert json.loads(text)["locations"] == [
        {"key": "main", "name": "Test Infusion Center", "phone": "555 0100", "arrive_minutes": 15}
    ]
    assert json.loads(text)["overrides"][0]["window"] == {"first": -30, "last": -20}
    assert bring_in(text) == "clinic: nothing changed.\n"


def test_what_was_exported_changes_nothing_when_it_is_imported(tmp_path, bring_in):
    before = history()
    told = bring_in(*export(tmp_path / "out").values())
    assert sorted(told.splitlines()) == sorted(f"{slug}: nothing changed." for slug in SLUGS)
    assert history() == before


def test_what_is_exported_elsewhere_arrives_whole_and_all_of_it_to_check(tmp_path, bring_in):
    text = export(tmp_path / "out")["mitoxantrone"].replace('"slug": "mitoxantrone"', '"slug": "testimab"')
    editions = Edition.objects.count()
    told = bring_in(text)
    assert "new (to check)" in told
    assert export(tmp_path / "again")["testimab"] == text.replace('"mark": "verified"', '"mark": "to-check"')
    assert not snapshot(Subject.objects.get(slug="testimab")).items
    assert Edition.objects.count() == editions


def test_an_import_says_what_it_changed_and_tells_readers_nothing(testimab, bring_in):
    data = made_up()
    data["statements"][0]["text"] = "Other words."
    data["statements"][1] = data["statements"][1] | {"key": "S-3"}
    data["sources"].append({"key": "P", "title": "A page", "publisher": "A clinic", "kind": "page"})
    assert bring_in(data) == (
        "testimab: 1 line changed, 1 new (to check), 1 new source, 1 left out. Review and publish in the admin.\n"
    )
    marks = dict(testimab.statements.values_list("key", "mark"))
    assert marks == {"S-1": Line.VERIFIED, "S-2": Line.LEFT_OUT, "S-3": Line.TO_CHECK}
    assert testimab.statements.get(key="S-1").text == "Other words."
    assert not testimab.editions.exists()


def test_what_a_line_of_a_file_lacks_is_at_its_default_but_notes_for_staff_stay(testimab, bring_in):
    data = made_up()
    for name in ("safety", "window", "note"):
        del data["items"][0][name]
    bring_in(data)
    item = testimab.items.get()
    assert (item.safety, item.window_first, item.window_last) == (False, None, None)
    assert (item.note, item.mark) == ("Ask again.", Line.VERIFIED)


def test_what_was_left_out_stays_so_until_it_says_something_else(testimab, bring_in):
    testimab.statements.update(mark=Line.LEFT_OUT)
    data = made_up()
    data["statements"][0]["text"] = "Other words."
    bring_in(data)
    assert dict(testimab.statements.values_list("key", "mark")) == {"S-1": Line.TO_CHECK, "S-2": Line.LEFT_OUT}


def test_whose_work_an_import_is_can_not_publish_it(tmp_path, bring_in, reviewer, second, publish_as):
    data = json.loads(export(tmp_path / "out")["ocrelizumab"])
    data["items"][0]["why"] = "They changed their mind."
    key = data["items"][0]["key"]
    assert "1 line changed" in bring_in(data, by=reviewer.username)
    ocrelizumab = Subject.objects.get(slug="ocrelizumab")
    with pytest.raises(NotPublishable, match=f"You changed {key} yourself"):
        publish_as(ocrelizumab)
    assert publish_as(ocrelizumab, by=second).number == 2


def test_lines_that_stay_as_they_are_get_no_new_author(testimab, bring_in):
    testimab.statements.filter(key="S-2").update(order=7)
    before = history()
    data = made_up()
    data["items"][0]["why"] = "They want to know."
    bring_in(data)
    assert history() == before + 1


def test_another_order_of_lines_is_told(testimab, bring_in):
    data = made_up()
    data["statements"].reverse()
    assert bring_in(data) == "testimab: only the order of its lines changed.\n"
    assert [line["key"] for line in as_file(testimab)["statements"]] == ["S-2", "S-1"]


def test_an_earlier_edition_can_be_restored_into_the_working_copy(tmp_path, bring_in, reviewer):
    ocrelizumab = Subject.objects.get(slug="ocrelizumab")
    before = snapshot(ocrelizumab)
    data = json.loads(export(tmp_path / "out")["ocrelizumab"])
    data["items"] = data["items"][5:]
    data["statements"][0]["text"] = "Other words."
    bring_in(data)
    assert snapshot(ocrelizumab) != before
    restore(ocrelizumab.editions.get(), by=reviewer)
    assert snapshot(ocrelizumab) == before


def with_line(name, number, **fields):
    """The made-up file with these fields in one of its lines."""
    data = made_up()
    data[name][number] |= fields
    return data


def without_field(name, number, field):
    data = made_up()
    del data[name][number][field]
    return data


@pytest.mark.parametrize(
    ("broken", "at", "sentence"),
    [
        ('{"kind": "therapy",\n "slug" "testimab"}', "", "line 2: this is not JSON: Expecting ':' delimiter."),
        ("", "", "line 1: this is not JSON: Expecting value."),
        ('{"key": "\\x"}', "", "line 1: this is not JSON: Invalid"),
        ("[]", "", "line 1: an object is due here"),
        ("[" * 100_000, "", "line 1: this is nested too deeply."),
        (b'{"kind": "therapy",\n "name": "\xff"}', "", "line 2: this is not UTF-8."),
        (b" " * 5_000_001, "", "line 1: the file is larger than 5,000,000 bytes."),
        (
            as_text(made_up()).replace('"owner": "you"', '"owner": "you",\n"owner": "lab"'),
            '"owner": "you"',
            "'owner' is there twice in one object.",
        ),
        (made_up(colour="blue"), '"colour"', "'colour' is not a known field."),
        (made_up(kind="drug"), '"kind": "drug"', "kind: Value 'drug' is not a valid choice."),
        (made_up(name=None), '"name"', "name can't be None."),
        (made_up(slug="../up"), '"slug"', "slug: Enter a valid"),
        (made_up(compiled_on="2026-02-30"), '"compiled_on"', "compiled_on can't be '2026-02-30'"),
        (made_up(settings=["moon"]), '"settings"', "settings: 'moon' is not a known choice."),
        (made_up(lead="x" * 2001), '"lead"', "lead has 2,001 characters; 2,000 are the limit."),
        (made_up(schema=2), "", "shape 2"),
        (made_up(items={}), '"items"', "items: a list is due here"),
        (made_up(questions=["Why?"]), '"questions"', "questions, entry 1: an object is due here"),
        (made_up(questions=[{"text": "Why?"}]), '"questions"', "questions, entry 1: key is missing."),
        (with_line("items", 0, colour="blue"), '"key": "X-1"', "X-1: 'colour' is not a known field."),
        (without_field("items", 0, "owner"), '"key": "X-1"', "X-1: owner is missing."),
        (with_line("items", 0, why=5), '"key": "X-1"', "X-1: why can't be 5."),
        (with_line("items", 0, safety=1), '"key": "X-1"', "X-1: safety can't be 1."),
        (with_line("items", 0, owner="aunt"), '"key": "X-1"', "X-1: owner: Value 'aunt' is not a valid choice."),
        (with_line("items", 0, mark="fine"), '"key": "X-1"', "X-1: mark: Value 'fine' is not a valid choice."),
        (with_line("items", 0, note=["x"]), '"key": "X-1"', "X-1: note can't be ['x']."),
        (with_line("items", 0, done_when="x" * 201), '"key": "X-1"', "X-1: done_when: Ensure this value has at most"),
        (with_line("items", 0, why="x" * 2001), '"key": "X-1"', "X-1: why has 2,001 characters; 2,000 are the limit."),
        (with_line("items", 0, signs=["x" * 2001]), '"key": "X-1"', "X-1: signs has 2,001 characters"),
        (with_line("items", 0, why="x\0"), '"key": "X-1"', "X-1: why holds a character that can't be kept."),
        (with_line("items", 0, situations=["tall"]), '"key": "X-1"', "X-1: situations: 'tall' is not a known choice."),
        (with_line("items", 0, window={"first": True}), '"key": "X-1"', "X-1: Window: first can't be True."),
        (with_line("items", 0, window={"frist": 1}), '"key": "X-1"', "X-1: Window: 'frist' is not a known field."),
        (
            as_text(made_up()).replace('"first": -1', f'"first": -{"9" * 5000}'),
            '"key": "X-1"',
            "X-1: Window: first can't be -inf.",
        ),
        (with_line("items", 0, citations=[["Z", "1"]]), '"key": "X-1"', "X-1: cites Z, which is not among the sources"),
        (with_line("items", 0, citations=["L 1"]), '"key": "X-1"', "X-1: a citation is a source and the place in it"),
        (with_line("items", 0, citations=[["L", "x" * 151]]), '"key": "X-1"', "X-1: a place has 151 characters"),
        (with_line("statements", 1, key="S-1"), '"key": "S-1"', "S-1: this key is there twice."),
        (with_line("items", 0, key="S-2"), '"key": "S-2"', "S-2: this key is there twice."),
        (with_line("sources", 0, read_version_on="May 2026"), '"key": "L"', "L: read_version_on: “May 2026” value has"),
        (
            made_up(overrides=[{"key": "o", "item": "X-1", "why": "So.", "window": {"hours": 3}}]),
            '"key": "o"',
            "o: 'hours' is not a known field of its window.",
        ),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) and "\n" not in value else "",
)
def test_a_broken_file_names_line_and_reason_and_nothing_is_read(broken, at, sentence, bring_in, testimab):
    good = made_up()
    good["items"][0]["why"] = "Another reason."
    before = history()
    with pytest.raises(CommandError) as refusal:
        bring_in(good, broken if isinstance(broken, str | bytes) else broken | {"slug": broken["slug"] + "x"})
    (told,) = str(refusal.value).splitlines()
    assert sentence in told
    if at:
        lines = (broken if isinstance(broken, str) else as_text(broken)).splitlines()
        last = max(number for number, line in enumerate(lines, 1) if at in line)
        assert f"1.json, line {last}: " in told
    assert history() == before


def test_every_broken_line_of_every_file_is_told(bring_in):
    with pytest.raises(CommandError) as refusal:
        bring_in(with_line("items", 0, why=5), with_line("statements", 1, text=6) | {"slug": "otherimab"})
    assert [told.split(": ", 1)[1] for told in str(refusal.value).splitlines()] == [
        "X-1: why can't be 5.",
        "S-2: text can't be 6.",
    ]


def test_a_file_that_is_not_there_gets_a_sentence(editor):
    with pytest.raises(CommandError, match=r"nowhere\.json, line 1: there is no such file"):
        call_command("import_content", "nowhere.json", by="editor")


def test_an_import_is_the_work_of_somebody_who_is_known(bring_in):
    with pytest.raises(CommandError, match="There is no user nobody"):
        bring_in(made_up(), by="nobody")
    with pytest.raises(CommandError, match="--by"):
        call_command("import_content", "nowhere.json")


def test_a_subject_stands_in_one_file_and_stays_what_it_is(bring_in):
    with pytest.raises(CommandError, match=r"1\.json, line 1: testimab stands in another of these files, too"):
        bring_in(made_up(), made_up())
    with pytest.raises(CommandError, match="guide is a guide here, and stays one"):
        bring_in(made_up(slug="guide"))
    assert not Subject.objects.filter(slug="testimab").exists()
