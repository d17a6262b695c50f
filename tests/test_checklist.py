"""The rules of a checklist: tables of named examples on small contents, and properties over everything published."""

import datetime as dt
from dataclasses import replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from factories import make_edition, make_guide, make_item, make_stage, make_watch
from therapies.content import Question
from therapies.vocabulary import LEVELS, SITUATIONS
from visits.checklist import NOW_DAYS, Answers, add_months, build, earliest_date, holds, latest_date

VISIT = date(2026, 12, 16)
ZONE = ZoneInfo("America/New_York")


def made(*items, today=date(2026, 11, 22), guide=(), stages=None, **answers):
    fields = {"stages": stages} if stages else {}
    if premedicines := answers.pop("premedicines", ()):
        fields["premedicines"] = premedicines
    values = {"stage": "first", "date": VISIT} | answers
    return build(make_edition(*items, **fields), make_guide(*guide), Answers(**values), today, ZONE)


def entry_of(checklist, key="X-1"):
    return next((entry for entry in checklist.entries if entry.item.key == key), None)


def keys(entries):
    return [entry.item.key for entry in entries]


@pytest.mark.parametrize(
    ("day", "months", "later", "expected"),
    [
        (date(2026, 1, 15), 1, True, date(2026, 2, 15)),
        (date(2026, 8, 31), 6, True, date(2027, 3, 1)),  # "at least 6 months": never a day short
        (date(2026, 8, 31), 6, False, date(2027, 2, 28)),
        (date(2027, 8, 31), 6, False, date(2028, 2, 29)),
        (date(2024, 2, 29), 12, True, date(2025, 3, 1)),
        (date(2024, 2, 29), 48, True, date(2028, 2, 29)),
        (date(2026, 12, 31), 2, True, date(2027, 3, 1)),
        (date(2026, 3, 31), -1, False, date(2026, 2, 28)),
    ],
)
def test_calendar_months(day, months, later, expected):
    assert add_months(day, months, later=later) == expected


@pytest.mark.parametrize(
    ("today", "kind", "state"),
    [
        (date(2026, 12, 1), "task", "later"),
        (date(2026, 12, 2), "task", "open"),
        (date(2026, 12, 12), "task", "open"),
        (date(2026, 12, 13), "task", "last-chance"),
        (date(2026, 12, 15), "task", "last-chance"),
        (date(2026, 12, 16), "task", "missed"),
        (date(2026, 12, 16), "habit", "past"),
        (date(2026, 12, 16), "watch", "past"),
        (date(2026, 12, 17), "task", "past"),  # the visit is over: nothing before it is missed any more
    ],
)
def test_state_of_an_item_due_from_14_days_to_1_day_before(today, kind, state):
    assert entry_of(made(make_item(kind=kind), today=today)).state == state


def test_a_missed_task_stands_first_and_says_whom_to_call():
    late = make_item("late", window={"first": -56, "last": -28})
    checklist = made(make_item(), late, today=date(2026, 12, 3))
    assert keys(checklist.late) == ["late"]
    assert checklist.late[0].days_late == 15
    assert checklist.entries[0].item.key == "late"
    assert checklist.calls[0].call == "clinic"
    assert keys(checklist.calls[0].asks) == ["late", "X-1"]


def test_a_task_after_the_visit_can_still_be_missed():
    after = make_item(phase="days-after", window={"first": 7, "last": 21})
    assert entry_of(made(after, today=date(2027, 1, 15))).state == "missed"


@pytest.mark.parametrize(
    ("today", "state"),
    [
        (date(2027, 2, 13), "later"),
        (date(2027, 2, 14), "open"),
        (date(2027, 3, 14), "last-chance"),
        (date(2027, 3, 16), "last-chance"),
        (date(2027, 3, 17), "missed"),
    ],
)
def test_a_check_up_on_one_day_in_3_months_opens_a_month_ahead(today, state):
    check_up = make_item(phase="days-after", window={"first": 3, "last": 3, "unit": "months"})
    assert entry_of(made(check_up, today=today)).state == state


@pytest.mark.parametrize("today", [date(2026, 11, 22), VISIT, date(2027, 1, 10)])
def test_signs_to_watch_for_on_any_day_are_open_before_and_after_the_visit(today):
    watch = make_watch("W", phase="week-before", window={})
    assert entry_of(made(watch, today=today), "W").state == "open"


def test_what_lay_before_a_visit_that_is_over_stands_apart():
    checklist = made(
        make_item(), make_item("post", phase="days-after", window={"first": 1, "last": 9}), today=date(2026, 12, 18)
    )
    assert keys(checklist.before) == ["X-1"]
    assert not checklist.late
    assert entry_of(checklist, "post").state == "open"


def test_a_window_is_cut_to_the_time_that_is_left():
    entry = entry_of(made(make_item(window={"first": -56, "last": -14}), today=date(2026, 11, 22)))
    assert (entry.first, entry.last) == (date(2026, 11, 22), date(2026, 12, 2))


def test_a_course_of_several_days_counts_from_its_first_and_its_last_day():
    course = make_stage("first", days=5)
    at_visit = make_item(kind="habit", phase="at-the-visit", window={"first": 0, "last": 0, "last_anchor": "last-day"})
    after = make_item("after", phase="days-after", window={"first": 1, "last": 2, "anchor": "last-day"})
    checklist = made(at_visit, after, stages=(course,))
    assert checklist.days == tuple(date(2026, 12, day) for day in (16, 17, 18, 19, 20))
    assert (entry_of(checklist).first, entry_of(checklist).last) == (date(2026, 12, 16), date(2026, 12, 20))
    assert (entry_of(checklist, "after").first, entry_of(checklist, "after").last) == (
        date(2026, 12, 21),
        date(2026, 12, 22),
    )


MONTHLY = {"first": 1, "last": 48, "unit": "months", "anchor": "last-dose", "every": 1}


def test_a_run_of_tests_shows_its_next_dates_and_its_end():
    item = make_item(phase="days-after", stages=("after-treatment",), window=MONTHLY)
    entry = entry_of(made(item, stage="after-treatment", date=date(2024, 8, 31), today=date(2026, 11, 22)))
    assert entry.dates == (date(2026, 11, 30), date(2026, 12, 31), date(2027, 1, 31))
    assert entry.last == date(2028, 8, 31)
    assert entry.state == "open"


@pytest.mark.parametrize(
    ("today", "state"),
    [
        (date(2024, 9, 10), "open"),
        (date(2024, 9, 28), "last-chance"),
        (date(2028, 8, 31), "last-chance"),
        (date(2028, 9, 7), "last-chance"),
        (date(2028, 9, 8), "past"),
    ],
)
def test_dates_gone_by_of_a_run_are_never_missed(today, state):
    item = make_item(phase="days-after", stages=("after-treatment",), window=MONTHLY)
    assert entry_of(made(item, stage="after-treatment", date=date(2024, 8, 31), today=today)).state == state


def test_a_date_of_a_run_stands_for_a_week_longer_and_is_for_now():
    item = make_item(phase="days-after", stages=("after-treatment",), window=MONTHLY)

    def on(today):
        return made(item, stage="after-treatment", date=date(2024, 8, 31), today=today)

    next_ones = (date(2026, 12, 31), date(2027, 1, 31), date(2027, 2, 28))
    (entry,) = on(date(2026, 12, 7)).now
    assert entry.dates == (date(2026, 11, 30), *next_ones)
    assert entry_of(on(date(2026, 12, 8))).dates == next_ones
    assert not on(date(2026, 12, 8)).now


def test_a_habit_that_repeats_has_no_date_gone_by():
    item = make_item(kind="habit", phase="days-after", stages=("after-treatment",), window=MONTHLY)
    checklist = made(item, stage="after-treatment", date=date(2024, 8, 31), today=date(2026, 12, 1))
    assert entry_of(checklist).dates[0] == date(2026, 12, 31)


def test_a_run_without_an_end_goes_on_and_opens_a_month_ahead():
    item = make_item(
        window={"first": 12, "unit": "months", "anchor": "last-dose", "every": 12}, stages=("after-treatment",)
    )
    entry = entry_of(made(item, stage="after-treatment", date=date(2020, 2, 29), today=date(2026, 11, 22)))
    assert entry.dates == (date(2027, 2, 28), date(2028, 2, 29), date(2029, 2, 28))
    assert entry.last is None
    assert entry.state == "later"


def test_what_counts_from_an_unknown_start_is_said_in_words_and_has_no_date():
    item = make_item(phase="days-after", window={"words": "Near 2 years on this drug"})
    entry = entry_of(made(item, today=VISIT))
    assert (entry.first, entry.last, entry.state) == (None, None, "open")
    assert entry_of(made(item, today=date(2026, 12, 15))).state == "later"  # nothing to repeat before the visit


@pytest.mark.parametrize(
    ("visit", "time", "until"),
    [
        (VISIT, dt.time(9), dt.datetime(2026, 12, 17, 12, 30)),  # noqa: DTZ001 - the clock on the wall
        (VISIT, None, None),
        # On March 14, 2027 clocks go forward at 2 a.m.: 24 hours after 12:30 p.m. the wall clock says 1:30 p.m.
        (date(2027, 3, 13), dt.time(9), dt.datetime(2027, 3, 14, 13, 30)),  # noqa: DTZ001
        (date(2027, 11, 6), dt.time(9), dt.datetime(2027, 11, 7, 11, 30)),  # noqa: DTZ001
    ],
)
def test_hours_after_the_drip_become_a_clock_time(visit, time, until):
    stage = make_stage("first", ready_minutes=60, drip_minutes=150, watch_minutes=60)
    watch = make_watch("W", "same-day", window={"first": 0, "last": 1, "hours": 24})
    assert entry_of(made(watch, stages=(stage,), date=visit, time=time), "W").until == until


@pytest.mark.parametrize(
    ("item", "answers", "shown"),
    [
        ({}, {}, True),
        ({}, {"stage": "after-treatment", "date": date(2026, 1, 1)}, False),
        ({"stages": ("later",)}, {}, False),
        ({"stages": ("later",)}, {"stage": "later"}, True),
        ({"first_visit": True}, {}, True),
        ({"first_visit": True}, {"stage": "later"}, False),
        ({"first_visit": True}, {"stage": "later", "situations": frozenset({"first-time"})}, True),
        (
            {"first_visit": True, "stages": ("first",)},
            {"stage": "later", "situations": frozenset({"first-time"})},
            True,
        ),
        ({"settings": ("home",)}, {}, True),  # not sure: a definite answer would show it
        ({"settings": ("home",)}, {"setting": "center"}, False),
        ({"settings": ("center", "office")}, {"setting": "home"}, False),
        ({"settings": ("office",)}, {}, False),  # this therapy is not given there
        ({"situations": ("vision", "language")}, {}, False),
        ({"situations": ("vision", "language")}, {"situations": frozenset({"vision"})}, True),
        ({"premedicine": "steroid"}, {}, False),
        ({"premedicine": "steroid"}, {"premedicines": ("steroid",)}, True),
    ],
)
def test_whom_an_item_is_for(item, answers, shown):
    assert (entry_of(made(make_item(**item), **answers)) is not None) == shown


def test_a_guide_item_for_other_therapies_stays_away():
    here, away = make_item("here", therapies=("testimab",)), make_item("away", therapies=("othermab",))
    assert keys(made(guide=(here, away)).entries) == ["here"]


def test_a_home_item_says_so_to_who_is_not_sure():
    home = make_item(settings=("home",))
    assert entry_of(made(home)).if_home
    assert not entry_of(made(home, setting="home")).if_home


def test_a_more_specific_item_replaces_only_while_it_is_on_the_list():
    general = make_item("G")
    specific = make_item(replaces=("G",), situations=("port",))
    assert keys(made(specific, guide=(general,)).entries) == ["G"]
    assert keys(made(specific, guide=(general,), situations=frozenset({"port"})).entries) == ["X-1"]


def test_what_is_for_home_replaces_nothing_while_the_place_is_not_sure():
    everywhere, home = make_item("G"), make_item("H", settings=("home",), replaces=("G",))
    assert set(keys(made(home, guide=(everywhere,)).entries)) == {"G", "H"}
    assert keys(made(home, guide=(everywhere,), setting="home").entries) == ["H"]


def test_a_chain_of_replacements_leaves_the_most_specific():
    first, second = make_item("G1"), make_item("G2", replaces=("G1",))
    assert keys(made(make_item(replaces=("G2",)), guide=(first, second)).entries) == ["X-1"]


def test_this_week_holds_the_tasks_that_come_due_in_7_days():
    soon = make_item("soon", window={"first": -30, "last": -19})
    far = make_item("far", window={"first": -30, "last": -14})
    habit = make_item("habit", kind="habit", window={"first": -30, "last": -19})
    checklist = made(soon, far, habit, today=date(2026, 11, 22))
    assert keys(checklist.now) == ["soon"]
    assert checklist.next_due == date(2026, 12, 2)


def test_warnings_stand_apart_in_three_levels_worst_first():
    warnings = [make_watch(f"W-{level}", level, safety=True) for level in reversed(LEVELS)]
    before = make_watch("infection", "same-day", phase="week-before", window={"first": -7, "last": 0})
    checklist = made(*warnings, before)
    assert [(level, keys(entries)) for level, entries in checklist.warnings] == [
        ("now", ["W-now"]),
        ("same-day", ["W-same-day"]),
        ("next-visit", ["W-next-visit"]),
    ]
    assert ("week-before", ["infection"]) in [(phase, keys(entries)) for phase, entries in checklist.phases]


def test_a_warning_that_is_over_leaves_the_warnings_and_stays_on_the_list():
    breath = make_watch("breath", window={"first": 0, "last": 3})
    reaction = make_watch("reaction", "same-day", window={"first": 0, "last": 3})
    checklist = made(reaction, breath, today=date(2026, 12, 30))
    assert [(level, keys(entries)) for level, entries in checklist.warnings] == [("now", ["breath"])]
    assert [(phase, keys(entries)) for phase, entries in checklist.phases] == [("days-after", ["reaction"])]
    assert entry_of(checklist, "reaction").state == "past"


def test_the_first_page_of_paper_names_a_lost_breath_and_a_stroke():
    mood = make_watch("mood", signs=("self-harm",), window={"first": 0, "last": 7})
    breath = make_watch("breath", signs=("breathing", "rash"))
    stroke = make_watch("stroke", signs=("face-droop", "sudden-weakness"))
    assert keys(made(mood, stroke, breath).front_warnings) == ["breath", "stroke"]
    assert keys(made(mood).front_warnings) == ["mood"]


def test_a_call_card_asks_five_things_at_most_late_first_and_names_the_rest():
    items = [make_item(f"T{n}", window={"first": -40, "last": -n}) for n in range(1, 8)]
    late = make_item("late", window={"first": -40, "last": -30})
    insurer = make_item("plan", call="insurer")
    cards = made(*items, late, insurer, today=date(2026, 12, 3)).calls
    assert [card.call for card in cards] == ["clinic", "insurer"]
    assert keys(cards[0].asks) == ["late", "T7", "T6", "T5", "T4"]
    assert keys(cards[0].also) == ["T3", "T2", "T1"]


def test_a_call_card_leaves_out_what_is_not_open_yet():
    assert not made(make_item(), today=date(2026, 11, 22)).calls


def test_at_most_seven_questions_those_for_this_person_first():
    questions = [Question(key=f"Q{n}", text=f"Question {n}?", rank=n) for n in range(1, 10)]
    mine = Question(key="mine", text="About my port?", rank=9, situations=("port",))
    therapy = make_edition(questions=tuple(questions))
    guide = make_guide(questions=(mine,))
    asked = build(
        therapy, guide, Answers(stage="first", date=VISIT, situations=frozenset({"port"})), VISIT, ZONE
    ).questions
    assert [question.key for question in asked] == ["mine", "Q1", "Q2", "Q3", "Q4", "Q5", "Q6"]


@pytest.mark.parametrize(
    ("stage", "visit", "expected"),
    [
        ({"next_count": 14}, VISIT, date(2026, 12, 30)),
        ({"next_count": 6, "next_unit": "months", "next_offset_days": -14}, date(2026, 12, 30), date(2027, 6, 16)),
        ({"next_count": 6, "next_unit": "months"}, date(2026, 8, 31), date(2027, 3, 1)),
        ({"next_count": 12, "next_unit": "months", "next_from": "last-day", "days": 5}, VISIT, date(2027, 12, 20)),
        ({}, VISIT, None),
    ],
)
def test_the_next_dose(stage, visit, expected):
    assert made(make_item(), stages=(make_stage("first", **stage),), date=visit).next_dose == expected


def test_an_unknown_stage_is_refused():
    with pytest.raises(ValueError, match="no stage 'sixth-dose'"):
        made(stage="sixth-dose")


# Properties over everything that is published


@pytest.fixture(scope="module")
def published(django_db_setup, django_db_blocker):
    from therapies.library import library, look_again

    with django_db_blocker.unblock():
        look_again()
        return library()


TODAY = date(2026, 11, 22)


@st.composite
def visits(draw, library):
    therapy = draw(st.sampled_from(library.therapies))
    stage = draw(st.sampled_from(therapy.content.stages))
    today = draw(st.dates(date(2024, 1, 1), date(2030, 12, 31)))
    day = draw(st.dates(earliest_date(stage, today), latest_date(stage, today)))
    answers = Answers(
        stage=stage.key,
        date=day,
        time=draw(st.none() | st.times().map(lambda t: t.replace(second=0, microsecond=0))),
        setting=draw(st.sampled_from([None, *therapy.content.settings])),
        situations=draw(st.frozensets(st.sampled_from(sorted(SITUATIONS)))),
    )
    return therapy, answers, today


def every_visit(check):
    """Run a property over therapy x stage x date x settings x situations of the published library."""

    def test(published):
        @settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
        @given(visit=visits(published))
        def run(visit):
            therapy, answers, today = visit
            check(published, therapy, answers, today, build(therapy, published.guide, answers, today, ZONE))

        run()

    test.__name__ = check.__name__
    test.__doc__ = check.__doc__
    return test


@every_visit
def test_the_same_input_gives_the_same_checklist(library, therapy, answers, today, checklist):
    assert build(therapy, library.guide, answers, today, ZONE) == checklist


@every_visit
def test_every_item_stands_once_and_cites_a_source_of_the_list(library, therapy, answers, today, checklist):
    shown = keys(checklist.entries)
    assert len(shown) == len(set(shown))
    for entry in checklist.entries:
        assert entry.references
        assert all(1 <= reference.number <= len(checklist.sources) for reference in entry.references)


@every_visit
def test_what_holds_is_shown_or_covered_by_what_replaces_it(library, therapy, answers, today, checklist):
    shown = set(keys(checklist.entries))
    items = {item.key: item for item in (*therapy.content.items, *library.guide.content.items)}

    def covered(key, seen=()):
        return key in shown or any(
            key in item.replaces and item.key not in seen and covered(item.key, (*seen, key))
            for item in items.values()
            if holds(item, therapy.content, checklist.stage, answers)
        )

    for item in items.values():
        if holds(item, therapy.content, checklist.stage, answers):
            assert covered(item.key), item.key


@every_visit
def test_a_situation_more_never_takes_a_safety_item_away(library, therapy, answers, today, checklist):
    more = replace(answers, situations=frozenset(SITUATIONS))
    larger = build(therapy, library.guide, more, today, ZONE)
    replaced = {key for entry in larger.entries if entry.item.safety for key in entry.item.replaces}
    kept = set(keys(larger.entries)) | replaced
    assert {entry.item.key for entry in checklist.entries if entry.item.safety} <= kept


@every_visit
def test_not_sure_where_hides_nothing_that_an_answer_would_show(library, therapy, answers, today, checklist):
    unsure = build(therapy, library.guide, replace(answers, setting=None), today, ZONE)
    assert set(keys(checklist.entries)) <= set(keys(unsure.entries))


@every_visit
def test_only_tasks_are_missed_and_never_hidden(library, therapy, answers, today, checklist):
    for entry in checklist.entries:
        if entry.state == "missed":
            assert entry.item.kind == "task"
            assert entry in checklist.late
            assert entry.item.call
            assert entry.last < today
    if not checklist.stage.after and today > checklist.days[-1]:
        assert not [e for e in checklist.late if e.last <= checklist.days[-1]]


@every_visit
def test_dates_are_in_order_and_a_warning_is_never_weaker_than_its_level(library, therapy, answers, today, checklist):
    for entry in checklist.entries:
        if entry.first and entry.last and entry.state != "missed":
            assert entry.first <= entry.last
        assert list(entry.dates) == sorted(set(entry.dates))
        assert all(day >= today - timedelta(days=NOW_DAYS) for day in entry.dates)
        assert all(day >= today for day in entry.dates[1:])
    for level, entries in checklist.warnings:
        assert all(entry.item.level == level for entry in entries)


@every_visit
def test_call_cards_hold_every_late_and_open_task(library, therapy, answers, today, checklist):
    on_cards = {e.item.key for card in checklist.calls for e in (*card.asks, *card.also)}
    due = {
        e.item.key for e in checklist.entries if e.item.kind == "task" and e.state in ("missed", "open", "last-chance")
    }
    assert on_cards == due
    assert all(len(card.asks) <= 5 for card in checklist.calls)
    assert len(checklist.questions) <= 7
