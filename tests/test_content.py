"""The shape of an edition: nothing is lost on the way to JSON and back, and every broken rule has a sentence."""

from dataclasses import replace

import pytest

from factories import CITED, PAGE, make_content, make_item, make_watch
from therapies.content import Citation, Figure, Statement, fingerprint, from_json, to_json, without
from therapies.problems import problems, replacement_problems, silenced


def test_json_and_back_loses_nothing(library):
    for edition in library.editions.values():
        assert from_json(to_json(edition.content)) == edition.content


def test_a_field_that_nobody_knows_is_refused():
    with pytest.raises(TypeError):
        from_json(to_json(make_content()) | {"colour": "blue"})


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"infusion_days": ["1"]}, r"Content: infusion_days can't be \('1',\)"),
        ({"settings": "home"}, "Content: settings can't be 'home'"),
        ({"items": [{"key": "X-1", "stages": 5}]}, "X-1: stages can't be 5"),
        ({"items": [{"key": "X-1", "stages": [[1]]}]}, "X-1: stages can't be"),
        ({"items": [{"key": "X-1", "window": {"first": "soon"}}]}, "Window: first can't be 'soon'"),
        ({"items": [{"key": "X-1", "why": None}]}, "X-1: why can't be None"),
    ],
)
def test_a_value_of_a_wrong_kind_is_refused_in_a_sentence(change, sentence):
    with pytest.raises(TypeError, match=sentence):
        from_json(to_json(make_content()) | change)


def test_a_shape_of_a_later_release_is_refused():
    with pytest.raises(TypeError, match="shape 2"):
        from_json(to_json(make_content()) | {"schema": 2})


def test_the_fingerprint_follows_the_words_and_not_the_order_of_fields():
    data = to_json(make_content(make_item()))
    assert fingerprint(dict(reversed(data.items()))) == fingerprint(data)
    assert fingerprint(to_json(make_content(make_item(why="Another reason.")))) != fingerprint(data)


STATEMENT = Statement(key="S-1", section="glance", text="Words.", citations=(Citation("P"),))


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (make_item(), None),
        (make_watch("W"), None),
        (STATEMENT, None),
        (replace(STATEMENT, citations=()), "S-1: cites no source."),
        (replace(STATEMENT, citations=(Citation("Z"),)), "S-1: cites Z, which is not among the sources."),
        (replace(STATEMENT, citations=(Citation("L"),)), "S-1: names no place in L."),
        (replace(STATEMENT, section="gossip"), "S-1: 'gossip' is not a known section."),
        (make_item(say=""), "X-1: a task needs whom to call, what to say, and how one knows that it is done."),
        (make_item(call="you"), "X-1: 'you' is not a known call."),
        (make_item(phase="someday"), "X-1: 'someday' is not a known phase."),
        (make_item(situations=("tall",)), "X-1: 'tall' is not a known situations."),
        (make_item(stages=("sixth",)), "X-1: has no stage sixth."),
        (make_item(therapies=("othermab",)), "X-1: only guide items name therapies."),
        (make_item(level="now"), "X-1: only signs to watch for have a level."),
        (make_item(kind="asked"), "X-1: what the nurse asks is a question, and is asked at the visit."),
        (make_watch("W", safety=False), "W: a warning is a safety item."),
        (make_watch("W", signs=()), "W: a warning names its signs."),
        (make_item(window={"first": -7, "last": -14}), "X-1: its window ends before it begins."),
        (make_item(window={"every": 30}), "X-1: a repeating item needs a first day."),
        (make_item(window={"first": -32768, "unit": "months"}), "X-1: its window lies too far away."),
    ],
)
def test_broken_rules_have_a_sentence(line, problem):
    content = make_content(statements=(line,)) if isinstance(line, Statement) else make_content(line)
    assert problems(content) == ([problem] if problem else []) or problem in problems(content)


def test_a_key_stands_once():
    assert "X-1: this key is there twice." in problems(make_content(make_item(), make_item()))
    assert "L: this key is there twice." in problems(make_content(make_item("L")))  # of a source, too


def test_a_source_stays_when_a_line_of_its_key_is_withdrawn():
    left = without(make_content(make_item("L"), make_item()), {"L"})
    assert [item.key for item in left.items] == ["X-1"]
    assert "L" in [source.key for source in left.sources]


@pytest.mark.parametrize("key", ["X-1", "OCR.C 1", "W(2)"])
def test_a_safety_item_disappears_only_where_the_note_names_it(key):
    before = make_content(make_item(key, safety=True))
    for note in ("Some words.", f"{key}0 is gone.", f"No more X-{key}."):
        assert silenced(before, make_content(), note)
    assert not silenced(before, make_content(), f"The label has it no more ({key}).")


WARNING = make_watch("W", "same-day", signs=("fever", "rash"))


@pytest.mark.parametrize(
    ("other", "problem"),
    [
        (make_watch("V", "same-day", signs=("fever", "rash", "chills"), replaces=("W",)), None),
        (make_watch("V", "now", signs=("fever", "rash"), replaces=("W",)), None),
        (make_watch("V", "same-day", signs=("fever",), replaces=("W",)), "V: replaces W without rash."),
        (make_watch("V", "next-visit", signs=("fever", "rash"), replaces=("W",)), "V: replaces W without its level."),
        (make_item("V", replaces=("W",)), "V: is no safety item, so it can't replace W."),
        (make_item("V", safety=True, replaces=("W",)), "V: replaces W without fever, rash."),
        (make_item("V", replaces=("not-published",)), None),
        (make_watch("V", "now", signs=("fever", "rash"), replaces=("V",)), "V: replaces itself in a circle."),
    ],
)
def test_replacing_loses_no_sign_and_no_urgency(other, problem):
    contents = [make_content(WARNING, kind="guide", slug="guide"), make_content(other)]
    assert replacement_problems(contents) == ([problem] if problem else [])


def test_a_key_belongs_to_one_content():
    contents = [make_content(make_item(), kind="guide", slug="guide"), make_content(make_item())]
    assert replacement_problems(contents) == ["X-1: is a key of Guide and of Testimab."]


@pytest.mark.parametrize(
    ("numbers", "problem"),
    [
        ({"drug_low": 0, "drug_high": 100}, None),
        ({"drug_low": 9, "drug_high": 9, "other_low": 14}, None),
        ({"drug_low": 200, "drug_high": 280, "of": 10000}, None),
        ({"drug_low": 33, "drug_high": 32}, "F-1: 33 to 32 is no share of 100."),
        ({"drug_low": 32, "drug_high": 33, "other_low": 41, "other_high": 190}, "F-1: 41 to 190 is no share of 100."),
    ],
)
def test_a_figure_is_a_share(numbers, problem):
    figure = Figure(key="F-1", section="benefits", group="A study", what="A relapse", citations=CITED, **numbers)
    assert problems(make_content(figures=(figure,))) == ([problem] if problem else [])


def test_a_therapy_has_a_stage_and_a_source_an_honest_address():
    odd = replace(PAGE, url="javascript:alert(1)")
    found = problems(make_content(stages=(), sources=(odd,)))
    assert found == ["Testimab: a therapy needs a stage.", "P: its address must begin with https:// or http://."]


def test_two_items_can_not_replace_each_other():
    circle = make_content(make_item("A", replaces=("B",)), make_item("B", replaces=("A",)))
    assert replacement_problems([circle]) == [
        "A: replaces itself in a circle.",
        "B: replaces itself in a circle.",
    ]
