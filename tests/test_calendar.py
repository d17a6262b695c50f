"""The calendar file of a kept visit, read by a parser other than the one that wrote it."""

import re
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import vobject
from test_kept import helper_link, keep, tick
from test_visit_pages import in_days

from factories import make_edition, make_guide, make_item, make_stage
from reading import text_of
from visits.checklist import Answers, build
from visits.ics import ics
from visits.plan import State, make_plan

UTC = ZoneInfo("UTC")
TODAY = date(2026, 6, 1)


def calendar_of(*items, day=date(2026, 6, 20), stage="first", states=None, today=TODAY, named=True, at=None, **fields):
    """The events of a list of these items, as another program reads them, by title."""
    answers = Answers(stage=stage, date=day, time=at)
    made = build(make_edition(*items, **fields), make_guide(), answers, today, UTC)
    plan = make_plan(made, states or {})
    body = ics(plan, uid=lambda box: f"uid-{box}", sequence=0, stamp=datetime(2026, 6, 1, 12, tzinfo=UTC), named=named)
    return {event.summary.value: event for event in vobject.readOne(body.decode()).vevent_list} if body else {}


def days_of(event):
    return [moment.date() for moment in event.getrruleset(addRDate=True)]


def test_a_task_stands_on_its_last_day_with_an_alarm_the_morning_before():
    task = calendar_of(make_item(action="Call the clinic."))["Call the clinic."]
    assert task.dtstart.value == date(2026, 6, 19)
    assert task.dtend.value == date(2026, 6, 20)
    assert task.valarm.trigger.value == timedelta(hours=-15)
    assert (task.valarm.action.value, task.valarm.description.value) == ("DISPLAY", "Call the clinic.")


def test_a_late_task_stands_today_with_an_alarm_today():
    task = calendar_of(make_item(action="Call."), today=date(2026, 6, 20))["Call."]
    assert task.dtstart.value == date(2026, 6, 20)
    assert task.valarm.trigger.value == timedelta(hours=9)


def test_what_is_done_over_or_no_task_is_left_out():
    done = calendar_of(make_item(action="Call."), states={"done:X-1": State("1", 1, TODAY)})
    over = calendar_of(make_item(action="Call."), today=date(2026, 6, 25))
    habit = calendar_of(make_item(action="Call.", kind="habit", call="", say="", done_when=""))
    for events in (done, over, habit):
        assert list(events) == ["Testimab infusion"]


def test_the_visit_is_timed_and_floating_where_its_time_is_known():
    stage = make_stage(ready_minutes=30, drip_minutes=150, watch_minutes=60)
    visit = calendar_of(at=time(9, 30), stages=(stage,))["Testimab infusion"]
    assert visit.dtstart.value == datetime(2026, 6, 20, 9, 30)  # noqa: DTZ001 - floating
    assert visit.dtstart.value.tzinfo is None
    assert "TZID" not in visit.dtstart.params
    assert visit.dtend.value == datetime(2026, 6, 20, 13, 30)  # noqa: DTZ001
    assert calendar_of()["Testimab infusion"].dtstart.value == date(2026, 6, 20)


def test_of_a_course_only_the_first_day_has_the_time_that_was_given():
    events = calendar_of(at=time(9, 30), stages=(make_stage(days=3),))
    starts = [events[f"Testimab infusion, day {n} of 3"].dtstart.value for n in (1, 2, 3)]
    assert starts == [datetime(2026, 6, 20, 9, 30), date(2026, 6, 21), date(2026, 6, 22)]  # noqa: DTZ001


def test_the_next_dose_stands_about_its_day():
    stage = make_stage(next_count=6, next_unit="months")
    dose = calendar_of(stages=(stage,))["Next testimab infusion, about this day"]
    assert dose.dtstart.value == date(2026, 12, 20)
    past = calendar_of(stages=(stage,), today=date(2026, 12, 21))
    assert not [title for title in past if "Next" in title]


def run(every=1, unit="months", first=1, last=48, **states):
    window = {"first": first, "last": last, "unit": unit, "every": every, "anchor": "last-dose"}
    item = make_item(action="Get your tests.", phase="days-after", stages=("after-treatment",), window=window)
    return item, {"states": states.get("states", {}), "stage": "after-treatment"}


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2025, 8, 31), [date(2026, 6, 30), date(2026, 7, 31), date(2026, 8, 31), date(2026, 9, 30)]),
        (date(2025, 8, 29), [date(2026, 6, 29), date(2026, 7, 29), date(2026, 8, 29), date(2026, 9, 29)]),
        (date(2025, 8, 5), [date(2026, 6, 5), date(2026, 7, 5), date(2026, 8, 5), date(2026, 9, 5)]),
    ],
)
def test_a_run_of_tests_is_one_event_that_recurs_until_its_end(day, expected):
    item, more = run()
    tests = calendar_of(item, day=day, **more)["Get your tests."]
    days = days_of(tests)
    assert days[:4] == expected
    last = date(2029, 8, day.day)
    assert days[-1] == last
    assert len(days) == 39
    assert date(2027, 2, 28 if day.day > 28 else 5) in days


@pytest.mark.parametrize(("every", "unit", "count"), [(3, "months", 16), (14, "days", 4)])
def test_a_run_goes_in_its_own_steps(every, unit, count):
    item, more = run(every=every, unit=unit, first=every, last=48 if unit == "months" else 60)
    days = days_of(calendar_of(item, day=TODAY, **more)["Get your tests."])
    assert len(days) == count
    assert days[0] == (date(2026, 9, 1) if unit == "months" else date(2026, 6, 15))


def test_dates_of_a_run_that_are_done_are_left_out():
    done = {f"done:X-1@{day}": State("1", 1, TODAY) for day in ("2026-06-05", "2026-08-05")}
    item, more = run(states=done)
    days = days_of(calendar_of(item, day=date(2025, 8, 5), **more)["Get your tests."])
    assert days[:3] == [date(2026, 7, 5), date(2026, 9, 5), date(2026, 10, 5)]


def test_after_the_last_day_of_a_run_nothing_is_left():
    item, more = run()
    assert calendar_of(item, day=date(2018, 1, 1), **more) == {}


def test_titles_say_nothing_unless_names_are_asked_for():
    stage = make_stage(next_count=6, next_unit="months")
    item = make_item(action="Get your liver tests.", why="Hepatitis can wake up.")
    events = calendar_of(item, stages=(stage,), named=False)
    assert set(events) == {"Task", "Appointment", "Appointment, about this day"}
    for event in events.values():
        assert "description" not in event.contents
        assert "location" not in event.contents
    assert calendar_of(item, named=True)["Get your liver tests."].description.value == "Hepatitis can wake up."


def test_long_and_odd_words_survive():
    words = "Ask: “Is it covered; yes, or no?” \\ " + "é" * 200
    assert words in calendar_of(make_item(action=words))


# Through the address


def file_of(client, url, **data):
    response = client.post(f"{url}calendar/", data)
    assert response.status_code == 200
    return response.content.decode()


def by_uid(text):
    return {event.uid.value: event for event in vobject.readOne(text).vevent_list}


@pytest.mark.django_db
def test_the_file_is_a_neutral_download_that_nobody_keeps(client):
    url = keep(client)
    response = client.post(f"{url}calendar/")
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    assert response["Content-Disposition"] == 'attachment; filename="visit.ics"'
    assert response["Cache-Control"] == "no-store"
    text = response.content.decode()
    token = url.split("/")[2]
    assert token not in text
    unfolded = text.replace("\r\n ", "").lower()
    for word in ("ocrelizumab", "ocr-", "infusion\r", "clinic", "hepatitis"):
        assert word not in unfolded
    assert "ocrelizumab" in file_of(client, url, named="1").lower()
    assert client.get(f"{url}calendar/").status_code == 405
    assert "Put it into your calendar" in text_of(client.get(url))
    assert client.post(f"{helper_link(client, url)}calendar/").status_code == 200
    assert client.post(f"/visits/{'x' * 22}/calendar/").status_code == 404


@pytest.mark.django_db
def test_the_file_keeps_to_the_rules_of_the_format(client):
    raw = client.post(f"{keep(client)}calendar/", {"named": "1"}).content
    lines = raw.split(b"\r\n")
    assert b"\n" not in b"".join(lines)
    assert max(len(line) for line in lines) <= 75
    assert lines[0] == b"BEGIN:VCALENDAR"
    assert b"VERSION:2.0" in lines
    calendar = vobject.readOne(raw.decode())
    assert calendar.validate(raiseException=True)
    for event in calendar.vevent_list:
        assert event.dtstamp.value.tzinfo is not None
        for alarm in event.contents.get("valarm", []):
            assert alarm.description.value
    uids = [event.uid.value for event in calendar.vevent_list]
    assert len(uids) == len(set(uids)) > 5


@pytest.mark.django_db
def test_brought_in_again_after_a_move_the_same_entries_get_new_days(client):
    url = keep(client)
    before = by_uid(file_of(client, url))
    again = by_uid(file_of(client, url))
    assert before.keys() == again.keys()
    assert {event.sequence.value for event in again.values()} == {"0"}
    client.post(f"{url}move/", {"date": in_days(60), "time": ""})
    moved = by_uid(file_of(client, url))
    assert moved.keys() == before.keys()
    assert {event.sequence.value for event in moved.values()} == {"1"}
    assert any(moved[uid].dtstart.value - before[uid].dtstart.value == timedelta(days=36) for uid in moved)


@pytest.mark.django_db
def test_two_visits_have_no_entry_in_common(client):
    assert not by_uid(file_of(client, keep(client))).keys() & by_uid(file_of(client, keep(client))).keys()


@pytest.mark.django_db
def test_where_everything_is_over_or_done_there_is_no_file(client):
    url = keep(client, therapy="natalizumab", stage="after-treatment", date=in_days(-2000))
    for box in re.findall(r'id="t-([\w@-]+)"', client.get(url).content.decode()):
        tick(client, url, box)
    response = client.post(f"{url}calendar/")
    assert response.status_code == 422
    assert "No day is left to put into a calendar." in text_of(response)


@pytest.mark.django_db
def test_a_tick_takes_a_task_out_of_the_next_file(client):
    url = keep(client)
    titles = [event.summary.value for event in by_uid(file_of(client, url, named="1")).values()]
    tick(client, url, "OCR-C01")
    after = [event.summary.value for event in by_uid(file_of(client, url, named="1")).values()]
    assert len(after) == len(titles) - 1
