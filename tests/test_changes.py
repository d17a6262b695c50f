"""What staff are shown before they publish: every difference, by the word."""

from dataclasses import replace

import pytest

from factories import make_content, make_item
from therapies.changes import changes, words_between


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("Drink water.", "Drink water.", (("same", "Drink water."),)),
        ("Drink water.", "Drink more water.", (("same", "Drink"), ("new", "more"), ("same", "water."))),
        ("Call us now.", "Call now.", (("same", "Call"), ("gone", "us"), ("same", "now."))),
        ("in 4 weeks", "in 6 weeks", (("same", "in"), ("gone", "4"), ("new", "6"), ("same", "weeks"))),
        ("", "New.", (("new", "New."),)),
    ],
)
def test_words_between(before, after, words):
    assert words_between(before, after) == words


def test_nothing_changed_is_nothing_shown():
    assert changes(make_content(make_item()), make_content(make_item())) == []


def test_a_line_is_added_removed_or_changed_and_safety_stands_first():
    before = make_content(make_item("A"), make_item("B"), make_item("C", safety=True))
    after = make_content(make_item("A", why="Another reason."), make_item("C", safety=False), make_item("D"))
    assert [(change.key, change.how) for change in changes(before, after)] == [
        ("C", "changed"),
        ("A", "changed"),
        ("D", "added"),
        ("B", "removed"),
    ]


def test_dates_sources_and_rules_are_shown_as_staff_read_them():
    before = make_item(window={"first": -56, "last": -14}, stages=("first",))
    after = replace(make_item(window={"first": -28, "last": -14}, stages=("first", "later")), citations=())
    (change,) = changes(make_content(before), make_content(after))
    shown = {field.name: field.words for field in change.fields}
    assert ("gone", "56") in shown["window"]
    assert ("new", "28") in shown["window"]
    assert shown["citations"] == (("gone", "L section 2.1"),)
    assert shown["stages"][-1] == ("new", "first; later")


def test_the_head_of_a_page_counts_too():
    (change,) = changes(make_content(lead="Old."), make_content(lead="New."))
    assert (change.kind, [field.name for field in change.fields]) == ("page", ["lead"])


def test_of_nothing_live_everything_is_added():
    assert {change.how for change in changes(None, make_content(make_item()))} == {"added"}
