"""What stands on one leaf, what goes on in the booklet, and what a helper watches for."""

import datetime as dt
from datetime import date
from zoneinfo import ZoneInfo

import pytest

from factories import make_edition, make_guide, make_item, make_watch
from visits.checklist import Answers, Checklist, build
from visits.paper import Sheet, make_card, make_nurse_page, make_sheets

TODAY = date(2026, 11, 22)
ZONE = ZoneInfo("America/New_York")
LONG = "Ask your team about this long line, and about the next one, and write down what they say to you."


def make_list(*items, stage="first", day=date(2026, 12, 30), time=None) -> Checklist:
    answers = Answers(stage=stage, date=day, time=time)
    return build(make_edition(*items), make_guide(), answers, TODAY, ZONE)


def keys(sheet: Sheet) -> list[str]:
    parts = [e.item.key for _, groups in sheet.parts for group in groups for e in group.entries]
    return parts + [e.item.key for _, entries in sheet.warnings for e in entries] + [e.item.key for e in sheet.done]


def many(number: int, prefix: str = "X", **fields):
    return [make_item(f"{prefix}-{n:03}", action=LONG, **fields) for n in range(number)]


def test_a_short_list_is_on_the_leaf_as_a_whole():
    made = make_list(*many(20), make_watch("W-1"))
    for sheet in make_sheets(made):
        assert sorted(keys(sheet)) == sorted(entry.item.key for entry in made.entries)
        assert (sheet.more, sheet.more_from) == (0, "")


def test_what_does_not_fit_is_counted_with_the_heading_where_it_goes_on():
    made = make_list(*many(90), *many(10, "Y", phase="bring", kind="habit"))
    for sheet in make_sheets(made):
        shown = keys(sheet)
        assert 20 < len(shown) < 90
        assert len(shown) + sheet.more == 100
        assert sheet.more_from == "weeks-before"
        assert shown == sorted(shown)  # the first ones, without a gap


@pytest.mark.parametrize("phase", ["weeks-before", "at-the-visit", "days-after"])
def test_safety_gives_way_last_and_signs_never(phase):
    signs = [make_watch(f"W-{n}", level) for n, level in enumerate(["now", "same-day", "next-visit"] * 6)]
    made = make_list(*many(100), *many(5, "S", phase=phase, safety=True), *signs)
    for sheet in make_sheets(made):
        assert {f"S-{n:03}" for n in range(5)} | {sign.key for sign in signs} <= set(keys(sheet))
        assert sheet.more > 0
    too_many = make_list(*(make_watch(f"W-{n}", action=LONG) for n in range(200)), *many(3, "S", safety=True))
    for sheet in make_sheets(too_many):
        assert sheet.more == 3
        assert len(keys(sheet)) == 200


def test_actions_stand_in_the_order_of_their_days_across_headings_of_the_booklet():
    made = make_list(
        make_item("LAST", phase="weeks-before", window={"first": -20, "last": -1}),
        make_item("FIRST", phase="week-before", window={"first": -20, "last": -9}),
        make_item("DAY", phase="day-of", kind="habit", window={"first": 0, "last": 0}),
    )
    sheet = make_sheets(made)[0]
    assert keys(sheet) == ["FIRST", "LAST", "DAY"]
    assert [(part, [group.says_when for group in groups]) for part, groups in sheet.parts] == [
        ("until", [True, True]),
        ("day", [False]),
    ]


def test_what_was_ticked_comes_last_and_gives_way_first():
    made = make_list(*many(30), *many(3, "A"))
    sheet = make_sheets(made, {"A-000", "X-001"})[0]
    assert keys(sheet)[-2:] == ["X-001", "A-000"]
    full = make_sheets(make_list(*many(100)), {"X-000"})[0]
    assert "X-000" not in keys(full)
    assert full.more + len(keys(full)) == 100


def test_large_print_holds_no_more_than_standard():
    standard, large = make_sheets(make_list(*many(100)))
    assert (standard.size, large.size) == ("standard", "large")
    assert standard.more <= large.more


def test_the_card_says_until_when_to_watch():
    made = make_list(
        make_watch("NOW"),
        make_watch("HOURS", "same-day", window={"first": 0, "last": 1, "hours": 24}),
        make_watch("DAYS", "same-day", window={"first": 0, "last": 7}),
        make_watch("ALWAYS", "same-day"),
        make_watch("NEXT", "next-visit"),
        time=dt.time(9),
    )
    card = make_card(made)
    assert card is not None
    assert [entry.item.key for entry in card.now] == ["NOW"]
    assert [entry.item.key for entry in card.ending] == ["HOURS", "DAYS"]
    assert card.more == 1


def test_after_treatment_there_is_no_card():
    after = make_watch("W-1", stages=("after-treatment",))
    assert make_card(make_list(after, stage="after-treatment", day=date(2026, 1, 5))) is None


def ask(key, **fields):
    return make_item(key, kind="asked", phase="at-the-visit", action="Do you have a fever?", **fields)


def test_the_page_for_the_nurse_asks_and_says_what_is_not_done_most_urgent_first():
    made = make_list(
        ask("ASK-1"),
        ask("ASK-2", situations=("port",)),
        make_item("SOON", window={"first": -30, "last": -20}),
        make_item("SAFE", window={"first": -30, "last": -1}, safety=True),
        make_item("LATE", window={"first": -60, "last": -40}),
        make_item("DONE", window={"first": -30, "last": -20}),
        make_item("AFTER", phase="days-after", window={"first": 1, "last": 9}),
        make_item("HABIT", kind="habit", phase="bring"),
    )
    page = make_nurse_page(made, {"DONE"})
    assert page is not None
    assert [entry.item.key for entry in page.asked] == ["ASK-1"]
    assert [entry.item.key for entry in page.undone] == ["LATE", "SAFE", "SOON"]
    assert page.more == 0


def test_the_page_for_the_nurse_counts_what_is_too_much_for_it():
    page = make_nurse_page(make_list(ask("ASK-1"), *many(20)))
    assert page is not None
    assert len(page.undone) + page.more == 20
    assert page.more > 0


def test_there_is_no_page_for_the_nurse_where_no_visit_is_ahead():
    assert make_nurse_page(make_list(ask("ASK-1"), day=date(2026, 11, 20))) is None
    assert make_nurse_page(make_list(make_item("X"))) is None


def test_what_the_nurse_asks_gives_way_first_on_the_sheet_and_is_counted():
    made = make_list(*(ask(f"ASK-{n}") for n in range(5)), *many(100))
    for sheet in make_sheets(made):
        assert not [key for key in keys(sheet) if key.startswith("ASK")]
        assert len(keys(sheet)) + sheet.more == 105
    short = make_sheets(make_list(ask("ASK-1"), make_item("X")))[0]
    assert set(keys(short)) == {"ASK-1", "X"}
