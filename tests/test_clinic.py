"""The clinic's own locations and house rules: what may be published, what they make of a list, and how readers meet them."""

import datetime as dt
from dataclasses import replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_checklist import ZONE, visits
from test_visit_pages import CHECKLIST, answers, in_days, items_of

from factories import edit, make_content, make_edition, make_guide, make_item, make_watch
from reading import text_of
from therapies.content import Edition, Location, Override, Question, Statement, Window
from therapies.library import library, look_again
from therapies.models import Item, Subject
from therapies.models import Location as LocationRow
from therapies.models import Override as OverrideRow
from therapies.problems import problems, replacement_problems
from therapies.publishing import NotPublishable
from therapies.vocabulary import ELSEWHERE, LONGEST, PHASES
from visits.checklist import STATES, Answers, build

VISIT = date(2026, 12, 16)
RULE = "Your clinic\u2019s rule"
PLACE = Location(key="main", name="Test Infusion Center", phone="(555) 010-0100", after_hours="+1 555-010-0199 ext. 12")


def make_rule(key="rule-1", item="X-1", why="Our lab needs a week more.", **window):
    return Override(key=key, item=item, why=why, window=Window(**(window or {"last": -20})))


def make_clinic(*items, **fields):
    return make_content(
        *items, **({"kind": "clinic", "slug": "clinic", "name": "Test Clinic", "settings": (), "stages": ()} | fields)
    )


# What may be published


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({}, None),
        ({"phone": "+1 555.010.0100"}, None),
        ({"after_hours": ""}, None),
        ({"name": " "}, "main: a location needs a name."),
        ({"phone": ""}, "main: a location needs a telephone number."),
        ({"phone": "ask Bob"}, "main: 'ask Bob' does not look like a telephone number."),
        ({"phone": "911"}, "main: '911' does not look like a telephone number."),
        ({"phone": "555-010-0100 or 0101"}, "main: '555-010-0100 or 0101' does not look like a telephone number."),
        ({"after_hours": "1-800-TEST"}, "main: '1-800-TEST' does not look like a telephone number."),
        ({"arrive_minutes": 241}, "main: 241 minutes early is too much; 240 are the limit."),
        ({"key": ELSEWHERE}, "elsewhere: this key means a place of somebody else's; choose another one."),
        ({"directions": "x" * LONGEST}, None),
        ({"directions": "x" * 2345}, "main: directions has 2,345 characters; 2,000 are the limit."),
    ],
)
def test_a_location_has_a_name_and_a_number_to_dial(fields, problem):
    assert problems(make_clinic(locations=(replace(PLACE, **fields),))) == ([problem] if problem else [])


@pytest.mark.parametrize(
    ("rule", "problem"),
    [
        (make_rule(), None),
        (make_rule(first=-20, last=-20), None),
        (make_rule(unit="days"), "rule-1: a house rule needs a first or a last day."),
        (make_rule(first=-7, last=-14), "rule-1: its window ends before it begins."),
        (make_rule(last=3661), "rule-1: its window lies too far away."),
        (make_rule(last=121, unit="months"), "rule-1: its window lies too far away."),
        (make_rule(last=1, unit="weeks"), "rule-1: 'weeks' is not a known unit."),
        (make_rule(last=1, anchor="birthday"), "rule-1: 'birthday' is not a known anchor."),
        (make_rule(why=" "), "rule-1: say why your clinic does it so."),
        (make_rule(why="x" * 2001), "rule-1: why has 2,001 characters; 2,000 are the limit."),
    ],
)
def test_a_house_rule_has_days_and_a_reason(rule, problem):
    found = problems(make_clinic(overrides=(rule,)))
    assert found[:1] == ([problem] if problem else [])


def test_an_item_has_one_house_rule_and_a_key_stands_once():
    found = problems(make_clinic(locations=(PLACE,), overrides=(make_rule(), make_rule("main"))))
    assert found == ["main: this key is there twice.", "main: X-1 has a house rule already."]


def test_a_house_item_needs_no_source_but_obeys_the_rules_of_items():
    assert problems(make_clinic(make_item(citations=(), therapies=("testimab",), stages=("first",)))) == []
    assert problems(make_clinic(make_item(citations=(), call=""))) == [
        "X-1: a task needs whom to call, what to say, and how one knows that it is done."
    ]


def test_a_house_item_replaces_nothing():
    assert problems(make_clinic(make_item(replaces=("G",)))) == [
        "X-1: a house rule stands beside the label's, never instead of it, so it replaces nothing."
    ]


@pytest.mark.parametrize(
    "fields",
    [
        {"statements": (Statement(key="S-1", section="glance", text="Words."),)},
        {"questions": (Question(key="S-1", text="Why?"),)},
    ],
)
def test_a_clinic_states_nothing_else(fields):
    assert "S-1: a clinic has locations, house rules and items, and nothing else." in problems(make_clinic(**fields))


def test_pre_medicines_are_known_from_the_therapy_alone():
    assert problems(make_clinic(premedicines=("steroid",))) == [
        "Test Clinic: pre-medicines are a therapy's, not a clinic's."
    ]


def test_only_a_clinic_has_locations_and_house_rules():
    assert problems(make_content(locations=(PLACE,), overrides=(make_rule(),))) == [
        "main: only a clinic has locations and house rules.",
        "rule-1: only a clinic has locations and house rules.",
    ]


@pytest.mark.parametrize(
    ("item", "problem"),
    [
        (make_item(), None),
        (make_item("X-2"), "rule-1: there is no item X-1."),
        (make_item(window={"first": 1, "every": 30}), "rule-1: X-1 repeats, and a house rule can't move what repeats."),
    ],
)
def test_a_house_rule_is_of_an_item_that_is_there(item, problem):
    contents = [make_content(item), make_clinic(overrides=(make_rule(),))]
    assert replacement_problems(contents) == ([problem] if problem else [])


def test_a_source_of_the_clinic_never_stands_in_for_one_of_a_label():
    therapy = make_content(make_item())
    other = replace(therapy.sources[0], title="Something else")
    assert replacement_problems([therapy, make_clinic(sources=(other,))]) == [
        "L: is the key of another source in Testimab."
    ]


@pytest.mark.parametrize("kind", ["therapy", "guide", "clinic"])
@pytest.mark.parametrize(
    ("item", "sentence"),
    [
        (make_item(why="x" * 2345), "X-1: why has 2,345 characters; 2,000 are the limit."),
        (make_item(window={"words": "x" * 2001}), "X-1: window has 2,001 characters; 2,000 are the limit."),
        (make_watch("X-1", signs=("x" * 2001,)), "X-1: signs has 2,001 characters; 2,000 are the limit."),
    ],
)
def test_no_text_of_any_line_is_endless(kind, item, sentence):
    assert sentence in problems(make_content(item, kind=kind))


def test_what_is_published_holds_no_endless_text(db):
    assert not [p for edition in library().editions.values() for p in problems(edition.content)]


# What it makes of a list


def made(*items, clinic=None, today=date(2026, 11, 22), **more):
    values = {"stage": "first", "date": VISIT} | more
    edition = Edition(clinic, 2, date(2026, 6, 1)) if clinic else None
    return build(make_edition(*items), make_guide(), Answers(**values), today, ZONE, edition)


def entry_of(checklist, key="X-1"):
    return next((entry for entry in checklist.entries if entry.item.key == key), None)


# X-1 is due from Dec 2 to Dec 15.
@pytest.mark.parametrize(
    ("rule", "today", "own", "house", "state"),
    [
        ({"last": -20}, date(2026, 11, 20), "later", "open", "open"),  # the label's first day lies behind: open now
        ({"last": -20}, date(2026, 11, 24), "later", "last-chance", "last-chance"),
        ({"last": -20}, date(2026, 11, 27), "later", "missed", "missed"),
        ({"last": -7}, date(2026, 12, 1), "later", "later", "later"),
        ({"last": -7}, date(2026, 12, 8), "open", "last-chance", "last-chance"),
        ({"last": -7}, date(2026, 12, 10), "open", "missed", "missed"),
        ({"last": 0}, date(2026, 12, 14), "last-chance", "last-chance", "last-chance"),
        ({"last": 0}, date(2026, 12, 16), "missed", "last-chance", "missed"),  # late by the label stays late
        ({"first": -20}, date(2026, 11, 26), "later", "open", "open"),
        ({"first": -5}, date(2026, 12, 4), "open", "later", "open"),
        ({"first": -28, "last": -21}, date(2026, 11, 10), "later", "later", "later"),
        ({"last": -20}, date(2026, 12, 17), "past", "past", "past"),
    ],
)
def test_the_more_urgent_of_the_labels_and_the_clinics_days_counts(rule, today, own, house, state):
    entry = entry_of(made(make_item(), clinic=make_clinic(overrides=(make_rule(**rule),)), today=today))
    assert (entry.own_state, entry.rule.state, entry.state) == (own, house, state)
    alone = entry_of(made(make_item(), today=today))
    assert (entry.first, entry.last, entry.days_late) == (alone.first, alone.last, alone.days_late)


def test_what_is_late_by_the_clinics_rule_stands_among_the_late_with_both_days():
    checklist = made(make_item(), clinic=make_clinic(overrides=(make_rule(last=-7),)), today=date(2026, 12, 12))
    entry = checklist.late[0]
    assert (entry.last, entry.rule.last, entry.rule.days_late, entry.days_late) == (
        date(2026, 12, 15),
        date(2026, 12, 9),
        3,
        0,
    )
    assert entry.due == date(2026, 12, 9)
    assert entry.rule.why == "Our lab needs a week more."
    assert [e.item.key for e in checklist.calls[0].asks] == ["X-1"]


def test_the_clinics_earlier_day_puts_a_task_into_this_week():
    clinic = make_clinic(overrides=(make_rule(first=-30, last=-20),))
    checklist = made(make_item(), make_item("X-2", window={"first": -30, "last": -18}), clinic=clinic)
    assert [e.item.key for e in checklist.now] == ["X-1", "X-2"]


def test_what_repeats_keeps_its_own_dates():
    monthly = make_item(phase="days-after", window={"first": 1, "unit": "months", "every": 1})
    clinic = make_clinic(overrides=(make_rule(last=10),))
    assert entry_of(made(monthly, clinic=clinic)) == entry_of(made(monthly))


def test_a_warning_keeps_its_days_and_says_the_clinics_beside_them():
    watch = make_watch("W", "same-day", window={"first": 0, "last": 2})
    clinic = make_clinic(overrides=(make_rule(item="W", last=9),))
    entry = entry_of(made(watch, clinic=clinic, today=date(2026, 12, 20)), "W")
    assert (entry.own_state, entry.state) == ("past", "open")
    assert (entry.last, entry.rule.last) == (date(2026, 12, 18), date(2026, 12, 25))


@pytest.mark.parametrize(
    ("item", "answers", "shown"),
    [
        ({}, {}, True),
        ({}, {"location": "main"}, True),
        ({}, {"location": ELSEWHERE}, False),
        ({"therapies": ("othermab",)}, {}, False),
        ({"stages": ("later",)}, {}, False),
        ({"situations": ("port",)}, {"situations": frozenset({"port"})}, True),
    ],
)
def test_whom_a_house_item_is_for(item, answers, shown):
    checklist = made(clinic=make_clinic(make_item("H", **item), locations=(PLACE,)), **answers)
    entry = entry_of(checklist, "H")
    assert (entry is not None) == shown
    assert entry is None or entry.house


def test_a_house_item_takes_no_place_of_the_labels_even_if_it_claims_to():
    checklist = made(make_item(), clinic=make_clinic(make_item("H", replaces=("X-1",))))
    assert {e.item.key for e in checklist.entries} == {"X-1", "H"}


def test_a_warning_of_the_house_does_not_take_the_labels_place_on_the_first_page():
    label, house = make_watch("W"), make_watch("H", action="Call us first.", window={"first": -1})
    assert [e.item.key for e in made(label, clinic=make_clinic(house)).front_warnings] == ["W"]


@pytest.mark.parametrize(
    ("location", "place"), [("main", "main"), (None, None), (ELSEWHERE, None), ("closed-since", None)]
)
def test_cards_carry_the_numbers_of_the_place_that_was_chosen_and_of_no_other(location, place):
    items = [make_item(f"T-{call}", call=call, window={}) for call in ("clinic", "lab", "infusion-center", "insurer")]
    checklist = made(*items, clinic=make_clinic(locations=(PLACE,)), location=location)
    numbers = {card.call: card.location and card.location.key for card in checklist.calls}
    assert numbers == {"clinic": place, "infusion-center": place, "lab": None, "insurer": None}
    assert (checklist.location and checklist.location.key) == place


@pytest.mark.parametrize(
    ("time", "minutes", "at"),
    [("09:00", 15, "08:45"), ("09:00", 0, None), (None, 15, None), ("00:10", 15, None)],
)
def test_when_to_arrive(time, minutes, at):
    place = replace(PLACE, arrive_minutes=minutes)
    more = {"time": dt.time.fromisoformat(time)} if time else {}
    arrive_at = made(clinic=make_clinic(locations=(place,)), location="main", **more).arrive_at
    assert (arrive_at.strftime("%H:%M") if arrive_at else None) == at


# Properties over everything published, and any clinic


@pytest.fixture(scope="module")
def published(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        look_again()
        return library()


@st.composite
def clinics(draw, published):
    """House rules of any published items, and items that any clinic might add."""
    every = [item.key for edition in published.editions.values() for item in edition.content.items]
    bound = st.none() | st.integers(-90, 90)
    overrides = []
    for n, key in enumerate(draw(st.lists(st.sampled_from(every), max_size=30, unique=True))):
        first, last = draw(st.tuples(bound, bound).filter(lambda days: days != (None, None)))
        if first is not None and last is not None:
            first, last = sorted((first, last))
        overrides.append(make_rule(f"rule-{n}", key, first=first, last=last))
    items = [
        make_item(
            f"HOUSE-{n}",
            kind=kind,
            phase=draw(st.sampled_from(sorted(PHASES))),
            window={"first": draw(bound)},
            citations=(),
        )
        for n, kind in enumerate(draw(st.lists(st.sampled_from(["task", "habit"]), max_size=4)))
    ]
    return Edition(make_clinic(*items, locations=(PLACE,), overrides=tuple(overrides), sources=()), 1, date(2026, 1, 1))


def every_clinic(check):
    """Run a property over visits x clinics: the list without the clinic, and with it."""

    def test(published):
        @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
        @given(visit=visits(published), clinic=clinics(published), location=st.sampled_from([None, "main"]))
        def run(visit, clinic, location):
            therapy, given_answers, today = visit

            def list_of(clinic, location):
                said = replace(given_answers, location=location)
                return build(therapy, published.guide, said, today, ZoneInfo("America/New_York"), clinic)

            check(list_of(None, location), list_of(clinic, location), clinic, list_of)

        run()

    test.__name__ = check.__name__
    return test


@every_clinic
def test_a_rule_makes_no_item_less_urgent_and_moves_no_date_of_the_label(without, ours, clinic, list_of):
    now = {entry.item.key: entry for entry in ours.entries}
    for entry in without.entries:
        other = now[entry.item.key]
        assert STATES.index(other.state) <= STATES.index(entry.state)
        assert (other.own_state, other.first, other.last, other.dates, other.until) == (
            entry.state,
            entry.first,
            entry.last,
            entry.dates,
            entry.until,
        )
        assert not entry.due or other.due <= entry.due
    assert {e.item.key for e in without.late} <= {e.item.key for e in ours.late}


@every_clinic
def test_every_item_of_the_clinic_is_marked_and_nothing_else_is(without, ours, clinic, list_of):
    marked = {entry.item.key for entry in ours.entries if entry.house}
    assert marked == {entry.item.key for entry in ours.entries} - {entry.item.key for entry in without.entries}
    assert marked <= {item.key for item in clinic.content.items}


@every_clinic
def test_every_rule_of_an_item_on_the_list_is_said(without, ours, clinic, list_of):
    rules = {rule.item: rule for rule in clinic.content.overrides}
    for entry in ours.entries:
        rule = rules.get(entry.item.key)
        assert (entry.rule is not None) == (rule is not None and not entry.item.window.every)
        if entry.rule:
            assert (entry.rule.first is None, entry.rule.last is None) == (
                rule.window.first is None,
                rule.window.last is None,
            )


@every_clinic
def test_late_by_either_is_late_and_on_a_call_card(without, ours, clinic, list_of):
    carded = {e.item.key for card in ours.calls for e in (*card.asks, *card.also)}
    for entry in ours.entries:
        if entry.item.kind == "task" and "missed" in (entry.own_state, entry.rule and entry.rule.state):
            assert entry in ours.late
            assert entry.item.key in carded


@every_clinic
def test_elsewhere_gives_exactly_the_list_without_a_clinic(without, ours, clinic, list_of):
    assert list_of(clinic, ELSEWHERE) == list_of(None, ELSEWHERE)


@every_clinic
def test_not_sure_hides_nothing_that_an_answer_would_show(without, ours, clinic, list_of):
    unsure = {entry.item.key for entry in list_of(clinic, None).entries}
    for location in ("main", ELSEWHERE):
        assert {entry.item.key for entry in list_of(clinic, location).entries} <= unsure


@every_clinic
def test_a_clinic_without_rules_changes_no_entry(without, ours, clinic, list_of):
    bare = replace(clinic, content=replace(clinic.content, items=(), overrides=()))
    assert list_of(bare, None).entries == without.entries


# Through the addresses


def house_item(subject, editor, **fields):
    values = {
        "key": "HOUSE-1", "kind": "task", "phase": "week-before", "action": "Call to hold your chair.",
        "why": "Chairs go fast.", "owner": "you", "call": "infusion-center", "say": "I want to hold my chair.",
        "done_when": "they say yes", "mark": "verified", "window_first": -30, "window_last": -7,
    }  # fmt: skip
    return edit(Item(subject=subject, **(values | fields)), editor)


@pytest.fixture
def clinic(editor, publish_as):
    """Edition 1 of a made-up clinic: a place with everything, one with a number only, an item and a rule."""
    subject = Subject.objects.get(slug="clinic")
    edit(subject, editor, name="Test Clinic")
    main = LocationRow(
        subject=subject, key="main", name="Test Infusion Center", phone="(555) 010-0100",
        after_hours="+1 555-010-0199 ext. 12", address="1 Example Street, Testville",
        directions="Take the north door.\nParking is in <lot B>.", comforts="Wide chairs.", arrive_minutes=15,
        food="Bring a snack.", visitors="One visitor may stay.", children="No children under 12.",
    )  # fmt: skip
    edit(main, editor)
    edit(LocationRow(subject=subject, key="west", name="Test Center West", phone="555 010 0300", order=1), editor)
    house_item(subject, editor)
    rule = OverrideRow(subject=subject, key="rule-1", item="OCR-C01", why="Our lab needs a week.", window_last=-21)
    edit(rule, editor)
    edition = publish_as(subject)
    look_again()
    return edition


@pytest.mark.django_db
def test_without_a_clinic_nobody_is_asked_for_a_place_and_there_are_lines_to_write_on(client):
    assert "Which place?" not in text_of(client.get("/visits/new/"))
    response = client.post(CHECKLIST, answers(location="main"))
    html = response.content.decode()
    assert response.status_code == 200
    assert "Your place" not in html
    assert "tel:" not in html
    assert html.count('Number: <span class="blank">') == html.count("data-call=")
    assert "Clinic edition" not in text_of(response)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path", ["/clinic/", "/clinic/editions/1/", "/therapies/clinic/", "/therapies/clinic/editions/1/"]
)
def test_a_clinic_that_published_nothing_has_no_page(client, path):
    assert client.get(path).status_code == 404


def test_the_form_offers_the_places_and_keeps_the_answer(client, clinic):
    text = text_of(client.get("/visits/new/"))
    offered = text[text.index("Which place?") :]
    assert offered.startswith("Which place? Test Infusion Center Test Center West Somewhere else Not sure")
    html = client.post(CHECKLIST, answers(location="west", change="1")).content.decode()
    assert 'name="location" value="west" checked' in html
    assert 'name="location" value="west"' in client.post(CHECKLIST, answers(location="west")).content.decode()


@pytest.mark.parametrize("wrong", ["moon", "x" * 3000, "\x00"])
def test_a_place_that_nobody_knows_gets_a_sentence(client, clinic, wrong):
    response = client.post(CHECKLIST, answers(location=wrong, situations=["port"]))
    assert response.status_code == 422
    assert "We do not know this place." in text_of(response)
    assert 'value="port" checked' in response.content.decode()


def test_a_list_carries_the_numbers_of_its_place(client, clinic):
    response = client.post(CHECKLIST, answers(location="main", time="09:00"))
    html, text = response.content.decode(), text_of(response)
    for number in ('href="tel:5550100100"', 'href="tel:+15550100199"'):
        # In "Your place", and on the cards of the clinic and of the infusion center.
        assert html.count(number) == 3
    assert "Test Infusion Center By day (555) 010-0100 Nights, weekends +1 555-010-0199 ext. 12 My ride" in text
    assert html.count('Number: <span class="blank">') == html.count("data-call=") - 2
    place = text[text.index("Your place Test Infusion Center") : text.index("Call cards One call")]
    for words in (
        "1 Example Street, Testville", "Take the north door. Parking is in <lot B>.",
        "Come 15 minutes early: at 8:45 a.m.", "Wide chairs.", "Bring a snack.", "One visitor", "No children under 12.",
    ):  # fmt: skip
        assert words in place
    assert "<lot B>" not in html
    assert "Clinic edition 1 , published" in text
    assert "checked by Test Reviewer, PharmD" in text


def test_a_list_of_a_visit_that_is_over_says_no_time_to_come(client, clinic):
    assert "minutes early" not in text_of(
        client.post(CHECKLIST, answers(date=in_days(-3), location="main", time="09:00"))
    )


def test_a_place_without_a_number_for_the_night_leaves_a_line(client, clinic):
    html = client.post(CHECKLIST, answers(location="west")).content.decode()
    assert 'Nights, weekends <span class="blank">' in html
    assert "Come " not in html[html.index('id="place"') : html.index('id="calls"')]


def test_house_rules_stand_beside_the_labels_and_say_whose_they_are(client, clinic):
    for location, name in (("main", "Test Infusion Center"), ("", "Test Clinic")):
        response = client.post(CHECKLIST, answers(location=location))
        text = text_of(response)
        assert f"Chairs go fast. Rule of your clinic, {name}. Done when they say yes." in text
        assert text.count("Rule of your clinic") == 1
        day = timezone.localdate() + timedelta(days=3)
        assert f"{RULE}: by {day:%a}, {day:%b} {day.day}" in text
        assert "Our lab needs a week." in text
        own = timezone.localdate() + timedelta(days=10)
        assert f"By {own:%a}, {own:%b} {own.day}" in text
        assert items_of(response)["OCR-C01"]["state"] == "open"


def test_late_by_the_clinics_rule_is_late_and_the_labels_day_still_stands(client, clinic):
    response = client.post(CHECKLIST, answers(date=in_days(19)))
    text = text_of(response)
    assert items_of(response)["OCR-C01"]["state"] == "missed"
    own, rule = (timezone.localdate() + timedelta(days=days) for days in (5, -2))
    late = text[text.index("to tick or to call about") : text.index("Now: this week")]
    assert f"By {own:%a}, {own:%b} {own.day}" in late
    assert f"{RULE}: by {rule:%a}, {rule:%b} {rule.day}" in late
    assert "2 days late. Our lab needs a week." in late


def test_somewhere_else_shows_nothing_of_the_clinic(client, clinic):
    text = text_of(client.post(CHECKLIST, answers(location=ELSEWHERE)))
    assert RULE not in text
    assert "Rule of your clinic" not in text
    assert "Clinic edition" not in text
    assert "Test Infusion Center" not in text


def test_a_place_that_was_not_chosen_gives_no_number_even_if_it_is_the_only_one(client, clinic):
    assert "tel:" not in client.post(CHECKLIST, answers()).content.decode()


def test_the_clinic_has_a_page_with_its_places_and_rules(client, clinic):
    response = client.get("/clinic/")
    text = text_of(response)
    for words in (
        "Test Clinic", "Test Infusion Center", "(555) 010-0100", "1 Example Street", "Come 15 minutes early.",
        "Test Center West", "Call to hold your chair.", "by 21 days before the visit\u2019s first day. Our lab needs a week.",
        "checked by Test Reviewer, PharmD", "Edition 1, published",
    ):  # fmt: skip
        assert words in text.replace("\xa0", " ")
    assert client.get("/clinic/", headers={"If-None-Match": response["ETag"]}).status_code == 304
    assert client.get("/clinic/editions/1/").status_code == 200
    assert client.get("/clinic/editions/2/").status_code == 404
    assert client.get("/therapies/clinic/").status_code == 404
    assert client.get("/therapies/clinic/editions/1/").status_code == 404
    assert 'href="/clinic/"' in client.get("/").content.decode()
    assert "Test Clinic" not in text_of(client.get("/therapies/"))


def test_a_past_edition_of_the_clinic_is_marked(client, clinic, editor, publish_as):
    row = LocationRow.objects.get(key="west")
    edit(row, editor, phone="555 010 0400")
    publish_as(clinic.subject)
    look_again()
    old = text_of(client.get("/clinic/editions/1/"))
    assert "A newer one is in force" in old
    assert "555 010 0300" in old
    assert "555 010 0400" in text_of(client.get("/clinic/"))


def test_texts_of_the_longest_allowed_length_do_no_harm(client, clinic, editor, publish_as):
    row = LocationRow.objects.get(key="main")
    edit(row, editor, **dict.fromkeys(("directions", "comforts", "food", "visitors", "children"), "x" * LONGEST))
    publish_as(clinic.subject)
    look_again()
    assert client.post(CHECKLIST, answers(location="main")).status_code == 200
    assert client.get("/clinic/").status_code == 200
    edit(row, editor, food="x" * 2345)
    with pytest.raises(NotPublishable, match="main: food has 2,345 characters; 2,000 are the limit"):
        publish_as(clinic.subject)


def test_a_rule_of_an_item_that_nobody_published_is_not_published(clinic, editor, publish_as):
    rule = OverrideRow(subject=clinic.subject, key="rule-2", item="OCR-C99", why="A slip.", window_last=-3)
    edit(rule, editor)
    with pytest.raises(NotPublishable, match="rule-2: there is no item OCR-C99"):
        publish_as(clinic.subject)


@pytest.mark.django_db
def test_the_seed_invents_no_clinic():
    subject = Subject.objects.get(slug="clinic")
    assert subject.kind == "clinic"
    assert not subject.editions.exists()
    assert not subject.locations.exists()


def test_staff_see_the_page_of_the_clinic_before_they_publish_it(client, clinic, editor):
    edit(LocationRow.objects.get(key="west"), editor, name="Test Center North")
    client.force_login(editor)
    text = text_of(client.get(f"/admin/therapies/subject/{clinic.subject_id}/preview/"))
    assert "This is the working copy. Readers do not see it." in text
    assert "Test Center North" in text


def test_the_clinic_that_the_seed_made_is_published_without_another_save_of_it(editor, publish_as):
    clinic = Subject.objects.get(slug="clinic")
    edit(LocationRow(subject=clinic, key="north", name="Test Infusion Center", phone="555 010 0100"), editor)
    assert publish_as(clinic).number == 1


def test_a_house_rule_whose_item_is_gone_stops_no_other_page(editor, publish_as):
    clinic, ocrelizumab = Subject.objects.get(slug="clinic"), Subject.objects.get(slug="ocrelizumab")
    item = ocrelizumab.items.filter(mark="verified", kind="task", safety=False, window_every=0).first()
    edit(OverrideRow(subject=clinic, key="early", item=item.key, why="So that we can plan.", window_last=-20), editor)
    publish_as(clinic)
    edit(item, editor, mark="left-out")
    assert publish_as(ocrelizumab).number == 2
    edit(LocationRow(subject=clinic, key="north", name="Test Infusion Center", phone="555 010 0100"), editor)
    with pytest.raises(NotPublishable, match=f"there is no item {item.key}"):
        publish_as(clinic)


def test_a_reviewer_can_look_at_a_house_rule_and_not_change_it(client, editor, reviewer):
    clinic = Subject.objects.get(slug="clinic")
    rule = OverrideRow(subject=clinic, key="early", item="OCR-C01", why="So that we can plan.", window_last=-20)
    edit(rule, editor)
    client.force_login(reviewer)
    address = f"/admin/therapies/override/{rule.pk}/change/"
    assert "So that we can plan." in text_of(client.get(address))
    refused = client.post(address, {"why": "Mine."})
    assert refused.status_code == 403
    assert "Your account has no right to this." in refused.content.decode()
