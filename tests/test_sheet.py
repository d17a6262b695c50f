"""What stands on one leaf, what goes on in the booklet, and what a helper watches for."""

import datetime as dt
import json
import re
from datetime import date
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse
from test_kept import keep, tick
from test_visit_pages import CHECKLIST, answers, in_days

from factories import make_edition, make_guide, make_item, make_stage, make_watch
from reading import text_of
from visits.checklist import Answers, Checklist, build
from visits.paper import Sheet, _when_words, _wrapped, make_card, make_nurse_page
from visits.paper import make_sheets as sheets_of
from visits.plan import State, make_plan
from visits.templatetags.dates import when

TODAY = date(2026, 11, 22)
ZONE = ZoneInfo("America/New_York")
LONG = "Ask your team about this long line, and about the next one, and write down what they say to you."


def make_list(*items, stage="first", day=date(2026, 12, 30), time=None) -> Checklist:
    answers = Answers(stage=stage, date=day, time=time)
    return build(make_edition(*items), make_guide(), answers, TODAY, ZONE)


def make_sheets(made: Checklist, done=(), own=()) -> list[Sheet]:
    """The sheets of a list on which the boxes in `done` were ticked; `own` are pairs of a phase and words."""
    states = {f"done:{box}": State("1", 1) for box in done}
    for n, (phase, text) in enumerate(own):
        states[f"own:{n}"] = State(json.dumps({"text": text, "phase": phase}), 1)
    return sheets_of(make_plan(made, states))


def keys(sheet: Sheet) -> list[str]:
    parts = [e.item.key for _, groups, _ in sheet.parts for group in groups for e in group.entries]
    return parts + [e.item.key for _, entries in sheet.warnings for e in entries] + [e.item.key for e in sheet.done]


def own_words(sheet: Sheet) -> dict[str, list[str]]:
    found = {part: [line.action for line in own] for part, _, own in sheet.parts if own}
    return found | ({"done": [line.action for line in sheet.done_own]} if sheet.done_own else {})


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
    assert [(part, [group.says_when for group in groups]) for part, groups, _ in sheet.parts] == [
        ("until", [True, True]),
        ("day", [False]),
    ]


def test_after_the_visit_what_is_over_comes_last_and_gives_way_first():
    over = make_item("OVER", kind="habit", phase="rest-of-the-day", safety=True, window={"first": 0, "last": 0})
    goes_on = make_item("GOES-ON", kind="habit", phase="days-after", window={"first": 1})
    made = make_list(*many(2, safety=True), over, goes_on, day=date(2026, 11, 1))
    assert [phase for phase, _ in made.phases] == ["days-after", "rest-of-the-day"]
    assert keys(make_sheets(made)[0]) == ["GOES-ON", "OVER", "X-000", "X-001"]
    for sheet in make_sheets(make_list(*many(90, safety=True), over, goes_on, day=date(2026, 11, 1))):
        assert keys(sheet)[0] == "GOES-ON"
        assert sheet.more > 0


@pytest.mark.django_db
def test_the_hours_of_the_day_are_on_paper_until_the_visit_is_over(client):
    hours = "About. It can take longer."
    assert hours in text_of(client.post(CHECKLIST, answers(date=in_days(0))))
    assert hours not in text_of(client.post(CHECKLIST, answers(date=in_days(-1))))


def test_what_was_ticked_comes_last_and_gives_way_first():
    made = make_list(*many(30), *many(3, "A"))
    sheet = make_sheets(made, {"A-000", "X-001"})[0]
    assert keys(sheet)[-2:] == ["X-001", "A-000"]
    full = make_sheets(make_list(*many(100)), {"X-000"})[0]
    assert "X-000" not in keys(full)
    assert full.more + len(keys(full)) == 100


def test_of_a_repeating_item_one_date_is_due_this_week():
    monthly = make_item(phase="days-after", window={"first": 1, "every": 1, "unit": "months", "anchor": "last-day"})
    plan = make_plan(make_list(monthly, day=date(2026, 10, 24)), {})
    assert [line.on for line in plan.now] == [date(2026, 11, 24)]
    assert plan.due_this_week == 1
    a_day_late = make_plan(make_list(monthly, day=date(2026, 10, 21)), {})
    assert [line.on for line in a_day_late.now] == [date(2026, 11, 21)]
    done = make_plan(a_day_late.list, {f"done:{a_day_late.now[0].box}": State("1", 1)})
    assert (done.now, done.next_day) == ((), date(2026, 12, 21))


def test_a_repeating_item_is_done_on_a_date_and_never_as_a_whole_while_it_goes_on():
    monthly = {"first": 1, "every": 1, "unit": "months", "anchor": "last-day"}
    goes_on = make_item("ON", phase="days-after", window=monthly)
    ends = make_item("ENDS", phase="days-after", window=monthly | {"last": 2})
    made = make_list(goes_on, ends, day=date(2026, 11, 10))
    dates = {entry.item.key: entry.dates for entry in made.entries}
    assert [len(dates["ON"]), len(dates["ENDS"])] == [3, 2]
    boxes = {key: [f"{key}@{day}" for day in days] for key, days in dates.items()}

    def marks(*done):
        return make_plan(made, {f"done:{box}": State("1", 1) for box in done}).marks

    assert marks(boxes["ON"][1])["ON"].dates == (dates["ON"][1],)
    assert not marks(*boxes["ON"])["ON"].is_done
    assert not marks(boxes["ENDS"][0])["ENDS"].is_done
    assert marks(*boxes["ENDS"])["ENDS"].is_done
    sheet = make_sheets(made, done=[*boxes["ON"], *boxes["ENDS"]])[0]
    assert [entry.item.key for entry in sheet.done] == ["ENDS"]
    assert "ON" in keys(sheet)


def test_what_people_added_stands_under_its_phase_and_ticked_at_the_end():
    own = [("bring", "Cookies"), ("rest-of-the-day", "Ask my sister"), ("weeks-before", "Water the plants")]
    for sheet in make_sheets(make_list(*many(3)), done=["own:2"], own=own):
        assert own_words(sheet) == {"bring": ["Cookies"], "day": ["Ask my sister"], "done": ["Water the plants"]}
        assert sheet.more == 0


@pytest.mark.parametrize("letter", ["W", "血", "ش", "🙂"])
def test_what_people_added_is_counted_and_nothing_for_safety_gives_way_to_it(letter):
    signs = [make_watch(f"W-{n}") for n in range(6)]
    own = [("weeks-before", letter * 200)] * 100
    for sheet in make_sheets(make_list(*many(3), *signs, *many(2, "S", phase="days-after", safety=True)), own=own):
        shown = len(own_words(sheet)["until"])
        assert {sign.key for sign in signs} | {"S-000", "S-001"} <= set(keys(sheet))
        assert 0 < shown < 30
        assert (sheet.more, sheet.more_from) == (3 + 100 - shown, "weeks-before")


def test_what_people_added_gives_way_after_our_own_words():
    for sheet in make_sheets(make_list(*many(100)), own=[("days-after", "Freeze two dinners")]):
        assert own_words(sheet) == {"after": ["Freeze two dinners"]}
        assert sheet.more == 100 - len(keys(sheet)) > 0


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


def test_the_card_has_no_sign_whose_time_is_over():
    over = make_watch("OVER", "same-day", phase="rest-of-the-day", window={"first": 0, "last": 0})
    still = make_watch("STILL", "same-day", window={"first": 0, "last": 7})
    card = make_card(make_list(over, still, day=TODAY - dt.timedelta(days=3)))
    assert card is not None
    assert [entry.item.key for entry in card.ending] == ["STILL"]


def test_how_long_words_are_is_remembered_and_no_day_or_hour_of_anybodys():
    watch = make_watch("HOURS", "same-day", window={"first": 0, "last": 1, "hours": 24})
    therapy = make_edition(make_item(), watch, stages=(make_stage(drip_minutes=60),))

    def remembered_of(day, time):
        made = build(therapy, make_guide(), Answers(stage="first", date=day, time=time), TODAY, ZONE)
        assert [entry.until is not None for _, entries in made.warnings for entry in entries] == [True]
        make_sheets(made)
        return [one.cache_info().currsize for one in (_wrapped, _when_words)]

    before = remembered_of(date(2026, 12, 30), dt.time(9))
    assert remembered_of(date(2026, 12, 28), dt.time(10, 45)) == before


@pytest.mark.parametrize(
    ("window", "said"),
    [
        ({"first": -14, "last": -1}, "Over since Wed, Nov 18"),
        ({"first": -14}, "Before the visit"),
        ({"first": -14, "last": 30}, "Before the visit"),  # over because the visit is, and not on a day to come
    ],
)
def test_what_belonged_before_a_visit_is_over_with_it(window, said):
    habit = make_item(kind="habit", call="", say="", done_when="", window=window)
    (entry,) = make_list(habit, day=date(2026, 11, 19)).before
    assert re.sub("<[^>]*>", "", when(entry, TODAY)) == said


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
    page = make_nurse_page(make_plan(made, {"done:DONE": State("1", 1)}))
    assert page is not None
    assert [entry.item.key for entry in page.asked] == ["ASK-1"]
    assert [entry.item.key for entry in page.undone] == ["LATE", "SAFE", "SOON"]
    assert page.more == 0


def test_the_page_for_the_nurse_counts_what_is_too_much_for_it():
    page = make_nurse_page(make_plan(make_list(ask("ASK-1"), *many(20)), {}))
    assert page is not None
    assert len(page.undone) + page.more == 20
    assert page.more > 0


def test_there_is_no_page_for_the_nurse_where_no_visit_is_ahead():
    assert make_nurse_page(make_plan(make_list(ask("ASK-1"), day=date(2026, 11, 20)), {})) is None
    assert make_nurse_page(make_plan(make_list(make_item("X")), {})) is None


def test_what_the_nurse_asks_gives_way_first_on_the_sheet_and_is_counted():
    made = make_list(*(ask(f"ASK-{n}") for n in range(5)), *many(100))
    for sheet in make_sheets(made):
        assert not [key for key in keys(sheet) if key.startswith("ASK")]
        assert len(keys(sheet)) + sheet.more == 105
    short = make_sheets(make_list(ask("ASK-1"), make_item("X")))[0]
    assert set(keys(short)) == {"ASK-1", "X"}


# On the page


CODE = re.compile(r"Scan, or type ([\w-]+) at")


def change(client, url, about, **fields):
    response = client.post(f"{url}change/", {"about": about, "number": 1, **fields})
    assert response.status_code == 302


@pytest.mark.django_db
def test_every_print_carries_the_same_code_which_checks_and_says_nothing_of_the_person(client):
    few, many_more = answers(situations=[]), answers(situations=["diabetes", "pregnancy", "drives"], time="09:00")
    codes = [CODE.findall(text_of(client.post(CHECKLIST, given))) for given in (few, many_more)]
    assert codes[0] == codes[1]
    assert len(codes[0]) == 5  # booklet, card, page for the nurse, sheet in standard and large
    assert len(set(codes[0])) == 1
    assert "The words are the same." in text_of(client.get(f"/check/{codes[0][0]}/"))


@pytest.mark.django_db
def test_a_list_from_the_working_copy_has_no_code_and_says_what_it_is_on_every_print(admin_client):
    page = admin_client.post(reverse("checklist-preview"), answers())
    assert not CODE.search(text_of(page))
    assert "share__code" not in page.content.decode()
    assert text_of(page).count("From the working copy.") == 5


@pytest.mark.django_db
def test_a_kept_list_shows_what_people_added_and_their_notes_as_text(client):
    url = keep(client, therapy="mitoxantrone", stage="after-treatment", date=in_days(-500))
    change(client, url, "own:a", text="<b>Cookies</b>", phase="bring")
    change(client, url, "own:b", text="Water the plants", phase="weeks-before")
    tick(client, url, "own:b")
    change(client, url, "note:MIT-C35", value="Dana said\n<i>Tuesday</i>")
    page = client.get(f"{url}list/")
    html, text = page.content.decode(), text_of(page)
    assert "&lt;b&gt;Cookies&lt;/b&gt;" in html
    assert "Dana said<br>&lt;i&gt;Tuesday&lt;/i&gt;" in html
    assert html.count("Dana said") == 1  # in the booklet alone
    assert text.count("<b>Cookies</b>") == 3  # in the booklet and on both sheets
    assert re.search(r'id="i-own:b" checked disabled', html)
    assert re.search(r'id="i-own:a" disabled', html)


@pytest.mark.django_db
def test_what_is_ticked_is_not_late_any_more_and_nobody_is_called_about_it(client):
    url = keep(client)
    asked = "I have not gone over my vaccines with you yet."
    before = text_of(client.get(f"{url}list/"))
    assert "Late: 1 thing to tick or to call about" in before
    assert asked in before
    tick(client, url, "OCR-C04")
    after = text_of(client.get(f"{url}list/"))
    assert "Was late: all of it is ticked" in after
    assert asked not in after
