"""The form and the checklist through their addresses."""

import gc
import logging
import re
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from django.utils.html import escape

from reading import text_of
from therapies.templatetags.once import Once
from therapies.vocabulary import SITUATIONS

pytestmark = pytest.mark.django_db
CHECKLIST = "/visits/checklist/"


def in_days(days):
    return (timezone.localdate() + timedelta(days=days)).isoformat()


def answers(**more):
    return {"therapy": "ocrelizumab", "stage": "first-dose-part-1", "date": in_days(24)} | more


def items_of(response):
    html = response.content.decode()
    found = re.findall(r'data-item="([^"]+)" data-phase="([^"]+)" data-owner="([^"]+)" data-state="([^"]+)"', html)
    return {key: {"phase": phase, "owner": owner, "state": state} for key, phase, owner, state in found}


def test_the_form_offers_every_stage_of_every_therapy_without_a_script(client, library):
    html = client.get("/visits/new/").content.decode()
    for edition in library.therapies:
        for stage in edition.content.stages:
            assert f'value="{stage.key}"' in html
            assert escape(stage.name) in html
    for situation in SITUATIONS:
        assert f'value="{situation}"' in html


def test_the_form_of_one_therapy_offers_its_stages_and_places_only(client):
    html = client.get("/visits/new/?therapy=natalizumab").content.decode()
    assert 'value="natalizumab" checked' in html
    assert 'value="infusion-13-onward"' in html
    assert 'value="course-1"' not in html
    assert 'value="home"' not in html
    assert 'value="home"' in client.get("/visits/new/?therapy=ocrelizumab").content.decode()


def test_htmx_gets_the_part_that_depends_on_the_therapy(client):
    response = client.get("/visits/new/?therapy=alemtuzumab", headers={"HX-Request": "true"})
    html = response.content.decode()
    assert 'id="stage-field"' in html
    assert 'id="setting-field"' in html
    assert "<html" not in html
    assert "HX-Request" in response["Vary"]


def test_the_address_of_the_form_takes_the_therapy_and_no_other_answer(client):
    html = client.get("/visits/new/?therapy=ocrelizumab&situations=diabetes&date=2026-12-16").content.decode()
    assert 'value="diabetes" checked' not in html
    assert "2026-12-16" not in html


def test_a_therapy_in_the_address_that_nobody_knows_is_a_404(client):
    assert client.get("/visits/new/?therapy=aspirin").status_code == 404


def test_answers_become_a_dated_checklist(client):
    response = client.post(CHECKLIST, answers(time="09:00", setting="center", situations=["drives", "diabetes"]))
    assert response.status_code == 200
    text, items = text_of(response), items_of(response)
    assert items["OCR-C04"]["state"] == "missed"
    assert (
        text.index("Late: 1 thing to tick or to call about") < text.index("Now: this week") < text.index("Weeks before")
    )
    assert items["OCR-C01"] == {"phase": "weeks-before", "owner": "lab", "state": "open"}
    assert "OCR-C37" in items
    assert "Not done? Call your MS clinic and say:" in text
    assert "ocrelizumab edition 1" in text
    assert "infusion day edition 1" in text
    assert text.count("Not yet reviewed by a clinician.") >= 2  # on the page and on each leaf
    assert "Call 911 or go to the emergency room now" in text
    assert re.search(r"Until about \w+day, \w+ \d+, 12:30 p\.m\., 24 hours after the drip ends", text)


@pytest.mark.parametrize(
    ("days", "sentence"),
    [
        (24, "24 days from today."),
        (1, "It is tomorrow."),
        (0, "It is today."),
        (-1, "It was yesterday."),
        (-9, "It was 9 days ago."),
    ],
)
def test_the_list_says_how_far_the_visit_is_and_which_day_today_is(client, days, sentence):
    text = text_of(client.post(CHECKLIST, answers(date=in_days(days))))
    assert f"{sentence} Today is {timezone.localdate():%A, %B} {timezone.localdate().day}," in text


@pytest.mark.parametrize(("days", "said"), [(55, "infusion is on"), (-2, "infusion began on")])
def test_a_call_card_says_the_day_and_the_year_where_it_is_another(client, days, said):
    data = {"therapy": "alemtuzumab", "stage": "course-1", "date": in_days(days)}
    today = timezone.localdate()
    day = today + timedelta(days=days)
    year = f", {day.year}" if day.year != today.year else ""
    assert f"{said} {day:%A, %B} {day.day}{year}. I have" in text_of(client.post(CHECKLIST, data))


def test_every_item_of_a_list_stands_on_it_once(client):
    everything = answers(situations=list(SITUATIONS))
    html = client.post(CHECKLIST, everything).content.decode()
    keys = re.findall(r'data-item="([^"]+)"', html)
    assert len(keys) == len(set(keys)) > 80
    ids = re.findall(r'\bid="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    for target in re.findall(r'href="#([^"]+)"', html):
        assert target in ids


def test_without_a_time_a_watch_is_said_in_hours(client):
    assert "Until 24 hours after the drip ends." in text_of(client.post(CHECKLIST, answers()))


def test_a_course_gives_the_date_of_each_day(client):
    data = {"therapy": "alemtuzumab", "stage": "course-1", "date": in_days(100)}
    html = client.post(CHECKLIST, data).content.decode()
    assert "5 days in a row" in html
    for day in range(100, 105):
        assert f'datetime="{in_days(day)}"' in html


def test_after_treatment_gives_the_run_of_tests_with_its_end(client):
    data = {"therapy": "alemtuzumab", "stage": "after-treatment", "date": in_days(-200)}
    text = text_of(client.post(CHECKLIST, data))
    assert "Your checklist after treatment" in text
    assert "then on, until" in text


def test_the_next_dose_after_part_2_counts_from_part_1_and_says_so(client):
    text = text_of(
        client.post(
            CHECKLIST,
            answers(stage="first-dose-part-2"),
        )
    )
    next_dose = text[text.index("Next dose About") :][:250]
    assert "part 1" in next_dose


def test_answers_leave_no_trace(client, caplog, django_assert_num_queries):
    client.get("/visits/new/")
    with caplog.at_level(logging.DEBUG), django_assert_num_queries(0):
        response = client.post(CHECKLIST, answers(situations=["pregnancy", "diabetes"]))
    assert not response.cookies
    assert "no-store" in response["Cache-Control"]
    assert not Session.objects.exists()
    for word in ("pregnancy", "diabetes", "first-dose-part-1", in_days(24)):
        assert word not in caplog.text


def test_changing_answers_gives_the_form_back_with_them(client):
    response = client.post(CHECKLIST, answers(change="1", setting="home", situations=["port"]))
    html = response.content.decode()
    assert response.status_code == 200
    for kept in ('value="first-dose-part-1" checked', 'value="home" checked', 'value="port" checked', in_days(24)):
        assert kept in html
    assert "another look" not in html


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"therapy": ""}, "Choose your drug."),
        ({"therapy": "aspirin"}, "We have no checklist for this drug."),
        ({"stage": ""}, "Choose which visit this is."),
        ({"stage": "course-1"}, "This visit does not belong to your drug."),
        ({"date": ""}, "Give a date."),
        ({"date": "2026-02-30"}, "Give a real date"),
        ({"date": "tomorrow"}, "Give a real date"),
        ({"date": "9999-12-31"}, "This day is too far off."),
        ({"date": "0001-01-01"}, "This day is too long ago."),
        ({"date": in_days(-31)}, "This day is too long ago."),
        ({"date": in_days(750)}, "This day is too far off."),
        ({"time": "25:99"}, "Give a time of the day"),
        ({"setting": "beach"}, "This drug is not given there."),
        ({"therapy": "natalizumab", "stage": "first-infusion", "setting": "home"}, "This drug is not given there."),
        ({"situations": ["tall"]}, "We do not know one of these answers."),
        ({"therapy": "alemtuzumab", "stage": "after-treatment", "date": in_days(1)}, "It can&#x27;t be in the future."),
        ({"stage": "\udcff\udcfe".encode("utf-8", "surrogatepass")}, "This visit does not belong to your drug."),
        ({"therapy": "ocrelizumab\x00"}, "We have no checklist for this drug."),
    ],
)
def test_a_wrong_answer_gets_a_sentence_and_nothing_typed_is_lost(client, wrong, sentence):
    response = client.post(CHECKLIST, answers(time="09:00", situations=["port"]) | wrong)
    html = response.content.decode()
    assert response.status_code == 422
    assert sentence in html
    assert re.search(r"<title>\s*Error: ", html)
    if "situations" not in wrong:
        assert 'value="port" checked' in html
    targets = re.findall(r'<li><a href="#([^"]+)"', html)
    assert targets
    assert all(f'id="{target}"' in html for target in targets)


def test_the_edges_of_the_dates_are_allowed(client):
    for day in (-30, 0, 729):
        assert client.post(CHECKLIST, answers(date=in_days(day))).status_code == 200
    after = {"therapy": "alemtuzumab", "stage": "after-treatment"}
    for day in (0, -3640):
        assert client.post(CHECKLIST, after | {"date": in_days(day)}).status_code == 200


def test_a_thousand_situations_and_ten_megabytes_are_refused_with_a_sentence(client):
    thousand = client.post(CHECKLIST, answers(situations=["port"] * 1000))
    huge = client.post(CHECKLIST, answers(stage="x" * 10_000_000))
    body = client.generic(
        "POST", CHECKLIST, b"x=" + b"\xff" * 10_000_000, content_type="application/x-www-form-urlencoded"
    )
    upload = client.post(CHECKLIST, answers(file=SimpleUploadedFile("list.pdf", b"x" * 10_000_000)))
    for response in (thousand, huge, body, upload):
        assert response.status_code == 400
        assert "We could not read that" in text_of(response)


def test_broken_bytes_are_a_wrong_answer_and_never_a_crash(client):
    for kind in (
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json",
        "text/plain",
    ):
        response = client.generic("POST", CHECKLIST, b"\xff\xfe&therapy=%ff&stage=\x00", content_type=kind)
        assert 400 <= response.status_code < 500


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Origin": "http://testserver"}, 200),
        ({"Origin": "https://elsewhere.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://["}, 403),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "null"}, 200),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
    ],
)
def test_another_site_can_not_send_the_form(client, headers, status):
    assert client.post(CHECKLIST, answers(), headers=headers).status_code == status


def test_who_opens_the_address_of_a_list_is_led_to_the_form(client):
    response = client.get(CHECKLIST)
    assert response.status_code == 302
    assert response["Location"] == "/visits/new/"
    assert client.put(CHECKLIST).status_code == 405


def test_a_natalizumab_list_asks_what_the_safety_program_asks(client):
    page = text_of(client.post(CHECKLIST, answers(therapy="natalizumab", stage="infusion-13-onward")))
    assert "Has your thinking, eyesight, balance or strength changed?" in page
    assert "Do you have a new problem, or an old one that got worse?" not in page
    assert "For my infusion nurse" in page
    assert "My name" in page


def test_after_treatment_nobody_asks_at_the_chair(client):
    after = answers(therapy="natalizumab", stage="after-treatment", date=in_days(-100))
    assert "For my infusion nurse" not in text_of(client.post(CHECKLIST, after))


def test_a_list_explains_its_medical_words(client):
    page = client.post(CHECKLIST, answers()).content.decode()
    explained = page[page.index('id="words"') : page.index('id="sources"')]
    assert "<dt>Hepatitis B</dt><dd>An infection of the liver." in explained
    assert "LVEF" not in explained  # a word of another drug


def test_what_is_made_once_for_many_lists_holds_no_date(client):
    client.post(CHECKLIST, answers(situations=["diabetes"], date=in_days(5)))
    made = [html for one in gc.get_objects() if type(one) is Once for html in one.made.values()]
    assert any('data-item="OCR-C01"' in html for html in made)
    assert not any("<time" in html for html in made)
