"""A list that somebody keeps: at a private link, ticked by two, moved, and gone when its time is over."""

import logging
import logging.config
import re
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connections
from django.test import Client
from django.utils import timezone
from test_visit_pages import answers, in_days

from factories import edit
from reading import text_of
from therapies.library import look_again
from therapies.publishing import withdraw
from visits.models import Change, Visit

pytestmark = pytest.mark.django_db


def keep(client, **more):
    """The address of a newly kept visit."""
    response = client.post("/visits/keep/", answers(**more))
    assert response.status_code == 302
    return response["Location"]


def tick(client, url, box, number=1, value="1", **headers):
    return client.post(f"{url}change/", {"about": f"done:{box}", "number": number, "value": value}, headers=headers)


def box_of(client, url):
    return re.search(r'id="t-([\w-]+)"', client.get(url).content.decode()).group(1)


def helper_link(client, url):
    html = client.post(f"{url}helper/", {"make": "1"}).content.decode()
    return re.search(r"/visits/[\w-]{22}/(?=</b>)", html).group(0)


def write(client, url, box, words, number=1, **headers):
    return client.post(f"{url}change/", {"about": f"note:{box}", "number": number, "value": words}, headers=headers)


def add(client, url, name, words, number=1):
    data = {"about": f"own:{name}", "number": number, "text": words, "phase": "bring"}
    return client.post(f"{url}change/", data)


def values():
    return list(Change.objects.values_list("value", flat=True))


NOWHERE = {
    "sqlite": {"NAME": "/dev/null/nowhere"},
    "postgresql": {"HOST": "127.0.0.1", "PORT": 1, "OPTIONS": {"connect_timeout": 2}},
}


@contextmanager
def database_away():
    """Nothing answers at the database's address meanwhile."""
    there = connections["default"]
    connections["default"] = type(there)(there.settings_dict | NOWHERE[there.vendor], "default")
    try:
        yield
    finally:
        connections["default"] = there


def test_a_list_is_kept_at_a_link_that_nobody_can_guess(client):
    html = client.post("/visits/checklist/", answers(situations=["diabetes"])).content.decode()
    assert "Keep this list at a private link" in html
    url = keep(client, situations=["diabetes"])
    token = re.fullmatch(r"/visits/([\w-]{22})/", url).group(1)
    visit = Visit.objects.get()
    assert token not in str(Visit.objects.values().get())
    assert visit.answers["situations"] == ["diabetes"]
    response = client.get(url)
    assert response.status_code == 200
    assert (response["Cache-Control"], response["Referrer-Policy"]) == ("no-store", "no-referrer")
    assert "noindex" in response["X-Robots-Tag"]
    page = text_of(response)
    assert "0 of" in page
    assert f"{visit.ends_on:%B} {visit.ends_on.day}, {visit.ends_on.year}" in page
    assert url[8:-1] not in client.get(f"{url}list/").content.decode().replace(url, "")


def test_unknown_deleted_and_expired_links_get_the_same_answer(client):
    gone = [client.get(f"/visits/{'x' * 22}/")]
    url = keep(client)
    client.post(f"{url}delete/", {"sure": "1"})
    gone.append(client.get(url))
    url = keep(client)
    Visit.objects.update(ends_on=timezone.localdate() - timedelta(days=1))
    gone.append(client.get(url))
    url = keep(client)
    Visit.objects.update(opened_on=timezone.localdate() - timedelta(days=401))
    gone.append(client.get(url))
    assert {response.status_code for response in gone} == {404}
    assert len({re.sub(r"/visits/[^\"]+", "", response.content.decode()) for response in gone}) == 1
    assert not Visit.objects.exists()


def test_visits_whose_time_is_over_are_purged(client, capsys):
    keep(client)
    Visit.objects.update(ends_on=timezone.localdate() - timedelta(days=1))
    stays = keep(client)
    call_command("purge_visits")
    assert "Deleted 1 visits." in capsys.readouterr().out
    assert client.get(stays).status_code == 200


def test_opening_a_list_keeps_it_for_longer(client):
    url = keep(client)
    Visit.objects.update(opened_on=timezone.localdate() - timedelta(days=300))
    client.get(url)
    assert Visit.objects.get().opened_on == timezone.localdate()


def test_a_tick_is_kept_and_can_be_undone(client):
    url = keep(client)
    box = box_of(client, url)
    assert tick(client, url, box).status_code == 302
    page = client.get(url).content.decode()
    assert "1 of" in page
    assert re.search(rf'id="t-{box}"[^>]*aria-pressed="true"', page)
    assert tick(client, url, box, number=2, value="").status_code == 302
    assert re.search(rf'id="t-{box}"[^>]*aria-pressed="false"', client.get(url).content.decode())


def test_with_htmx_only_the_line_and_the_progress_come_back(client):
    url = keep(client)
    box = box_of(client, url)
    response = tick(client, url, box, **{"HX-Request": "true"})
    html = response.content.decode()
    assert "<html" not in html
    assert f'id="i-{box}"' in html
    assert 'id="progress"' in html
    assert "1 of" in html


def test_an_old_page_that_is_sent_again_does_no_harm(client):
    url = keep(client)
    box = box_of(client, url)
    tick(client, url, box)
    assert tick(client, url, box).status_code == 302  # the very same again
    tick(client, url, box, number=2, value="")
    response = tick(client, url, box, number=1)
    assert response.status_code == 409
    assert "Somebody changed this meanwhile." in text_of(response)
    assert "0 of" in text_of(client.get(url))
    assert Change.objects.count() == 2


def test_a_note_is_kept_shown_as_text_and_put_back(client):
    url = keep(client)
    box = box_of(client, url)
    note = {"about": f"note:{box}", "number": 1, "value": "<b>Ask Ana</b> 👋 مرحبا"}
    assert client.post(f"{url}change/", note).status_code == 302
    html = client.get(url).content.decode()
    assert "&lt;b&gt;Ask Ana&lt;/b&gt; 👋 مرحبا" in html
    client.post(f"{url}change/", note | {"number": 2, "value": "Other words"})
    assert "Put back: <bdi>&lt;b&gt;Ask Ana" in client.get(url).content.decode()


def test_a_note_that_is_too_long_is_refused_with_its_limit_and_not_lost(client):
    url = keep(client)
    long = "x" * 1001
    response = client.post(f"{url}change/", {"about": f"note:{box_of(client, url)}", "number": 1, "value": long})
    assert response.status_code == 422
    assert "A note has at most 1,000 characters. Yours has 1,001." in text_of(response)
    assert long in response.content.decode()


def test_a_note_has_a_thousand_characters_and_a_new_line_is_one(client):
    url = keep(client)
    box = box_of(client, url)
    fits = "\r\n".join(["👋" * 499, "م" * 500])
    assert write(client, url, box, fits).status_code == 302
    assert values() == [fits.replace("\r\n", "\n")]
    response = write(client, url, box, fits + "x", number=2)
    assert response.status_code == 422
    assert "Yours has 1,001." in text_of(response)
    assert len(values()) == 1
    assert 'maxlength="1000"' not in client.get(url).content.decode()  # a browser would cut in silence what is pasted


def test_a_note_of_blanks_is_no_note(client):
    url = keep(client)
    box = box_of(client, url)
    assert write(client, url, box, " \r\n\t ").status_code == 302
    assert values() == []
    write(client, url, box, "Words")
    write(client, url, box, "  ", number=2)
    assert values() == ["Words", ""]
    assert "Put back: <bdi>Words" in client.get(url).content.decode()


def test_what_no_database_takes_is_taken_out(client):
    url = keep(client)
    body = f"about=note%3A{box_of(client, url)}&number=1&value=One%00two%ED%A0%80%FF"
    response = client.post(f"{url}change/", body, content_type="application/x-www-form-urlencoded")
    assert response.status_code == 302
    (value,) = values()
    assert re.fullmatch("Onetwo\ufffd+", value)
    assert client.get(url).status_code == 200


def test_words_of_every_script_stand_in_their_own_direction(client):
    url = keep(client)
    words = "שלחו לי 📋 رسالة"
    assert add(client, url, "ab1", words).status_code == 302
    assert write(client, url, "own:ab1", "אחרי הבדיקה").status_code == 302
    html = client.get(url).content.decode()
    assert re.search(rf'<p class="item__action"[^>]* dir="auto">{words}', html)
    assert '<p class="item__note" dir="auto">אחרי הבדיקה' in html
    assert html.count("<textarea") == len(re.findall(r'<textarea[^>]* dir="auto">', html))
    client.post(f"{url}change/", {"about": "own:ab1", "number": 2, "remove": "1"})
    assert f"<bdi>{words}</bdi>" in client.get(url).content.decode()


def test_a_note_of_an_item_with_many_dates_is_brought_up_to_date_on_each(client):
    url = keep(client, therapy="alemtuzumab", stage="after-treatment", date=in_days(-20))
    boxes = re.findall(r'id="t-([\w-]+@[\w-]+)"', client.get(url).content.decode())
    key = boxes[0].partition("@")[0]
    same = {box for box in boxes if box.startswith(f"{key}@")}
    assert len(same) > 1
    html = write(client, url, key, "Ask for the morning.", **{"HX-Request": "true"}).content.decode()
    assert set(re.findall(r'id="t-([\w@-]+)"', html)) == same
    assert html.count('<p class="item__note" dir="auto">Ask for the morning.') == len(same)


def test_with_htmx_who_is_refused_is_told_in_the_line_and_keeps_the_words(client):
    url = keep(client)
    box = box_of(client, url)
    write(client, url, box, "From my phone")
    response = write(client, url, box, "From my laptop", **{"HX-Request": "true"})
    assert response.status_code == 409
    html = response.content.decode()
    assert "<html" not in html
    assert "Somebody changed this meanwhile." in html
    assert '<p class="item__note" dir="auto">From my phone' in html
    assert re.search(r"<textarea[^>]*>From my laptop</textarea>", html)
    assert 'name="number" value="2"' in html  # so that it can be saved now


def test_of_two_notes_at_once_neither_is_lost(client):
    url = keep(client)
    note = {"about": f"note:{box_of(client, url)}", "number": 1}
    client.post(f"{url}change/", note | {"value": "From my phone"})
    response = client.post(f"{url}change/", note | {"value": "From my laptop"})
    assert response.status_code == 409
    assert "From my laptop" in text_of(response)
    assert "From my phone" in text_of(response)


def test_own_things_are_added_ticked_taken_off_and_put_back(client):
    url = keep(client)
    own = {"about": "own:ab12", "number": 1, "text": "Feed the cat", "phase": "day-of"}
    for nothing_yet in ("remove", "back"):
        client.post(f"{url}change/", {"about": "own:ab12", "number": 1, nothing_yet: "1"})
    assert client.post(f"{url}change/", own).status_code == 302
    assert client.post(f"{url}change/", own).status_code == 302
    assert text_of(client.get(url)).count("Feed the cat") == 1
    assert tick(client, url, "own:ab12").status_code == 302
    assert client.post(f"{url}change/", {"about": "own:ab12", "number": 2, "remove": "1"}).status_code == 302
    assert "1 taken off the list" in client.get(url).content.decode()
    assert client.post(f"{url}change/", {"about": "own:ab12", "number": 3, "back": "1"}).status_code == 302
    assert "taken off the list" not in client.get(url).content.decode()


def test_a_list_holds_a_hundred_things_of_ones_own(client):
    url = keep(client)
    visit = Visit.objects.get()
    Change.objects.bulk_create(
        Change(visit=visit, about=f"own:x{n}", number=1, value='{"text": "Thing", "phase": "bring"}', by_helper=False)
        for n in range(100)
    )
    response = client.post(f"{url}change/", {"about": "own:new1", "number": 1, "text": "One more", "phase": "bring"})
    assert response.status_code == 422
    assert "A list holds at most 100 things of your own." in text_of(response)
    assert "One more" in response.content.decode()


def test_what_was_taken_off_a_full_list_has_no_place_any_more(client):
    url = keep(client)
    visit = Visit.objects.get()
    Change.objects.bulk_create(
        Change(visit=visit, about=f"own:x{n}", number=1, value='{"text": "Thing", "phase": "bring"}', by_helper=False)
        for n in range(100)
    )
    client.post(f"{url}change/", {"about": "own:x1", "number": 2, "remove": "1"})
    assert add(client, url, "new1", "One more").status_code == 302
    response = client.post(f"{url}change/", {"about": "own:x1", "number": 3, "back": "1"})
    assert response.status_code == 422
    assert "A list holds at most 100 things of your own." in text_of(response)


def test_a_form_that_is_older_than_the_list_changes_nothing(client):
    url = keep(client)
    add(client, url, "ab1", "Feed the cat")
    client.post(f"{url}change/", {"about": "own:ab1", "number": 2, "remove": "1"})
    client.post(f"{url}change/", {"about": "own:ab1", "number": 3, "back": "1"})
    response = client.post(f"{url}change/", {"about": "own:ab1", "number": 2, "remove": "1"})
    assert response.status_code == 409
    response = add(client, url, "ab1", "Feed the dog", number=2)
    assert response.status_code == 409
    assert "Feed the dog" in response.content.decode()
    assert "Feed the cat" in text_of(client.get(url))


@pytest.mark.parametrize(
    "data",
    [
        {}, {"about": "done:NOTHING", "number": 1, "value": "1"}, {"about": "evil", "number": 1},
        {"about": "own:<script>", "number": 1, "text": "x", "phase": "bring"},
        {"about": "own:", "number": 1, "text": "x", "phase": "bring"},
        {"about": "own:ñ٣", "number": 1, "text": "x", "phase": "bring"},
        {"about": "own:a1", "number": 1, "text": "\0 \0", "phase": "bring"},
        {"about": "own:a1", "number": "-1", "text": "x", "phase": "bring"},
        {"about": "own:a1", "number": "\u0661", "text": "x", "phase": "bring"},
        {"about": "own:a1", "number": 1, "text": "", "phase": "bring"},
        {"about": "own:a1", "number": 1, "text": "x", "phase": "never"},
        {"about": "own:a1", "number": 1, "text": "x" * 201, "phase": "bring"},
        {"about": "own:a1", "number": 1, "value": "not json"},
        {"about": "date", "number": 1, "value": "never"},
        {"about": "done:NOTHING", "number": "9" * 50, "value": "\0"},
    ],
)  # fmt: skip
def test_bad_input_gets_a_sentence_and_stores_nothing(client, data):
    url = keep(client)
    assert client.post(f"{url}change/", data).status_code in (409, 422)
    assert not Change.objects.exists()
    assert client.get(url).status_code == 200


def test_moving_the_visit_moves_every_day_and_keeps_ticks(client):
    url = keep(client)
    box = box_of(client, url)
    tick(client, url, box)
    ends = Visit.objects.get().ends_on
    assert client.post(f"{url}move/", {"date": in_days(60), "time": "09:30"}).status_code == 302
    page = text_of(client.get(url))
    assert "60 days from today" in page
    assert "9:30 a.m." in page
    assert "1 of" in page
    assert Visit.objects.get().ends_on == ends + timedelta(days=36)
    response = client.post(f"{url}move/", {"date": "2019-01-01"})
    assert response.status_code == 422
    assert "This day is too long ago." in text_of(response)


@pytest.mark.parametrize("typed", ["{0.year}-{0.month}-{0.day}", "  {0} "])
def test_a_day_and_a_time_that_are_typed_by_hand_are_understood(client, typed):
    day = (timezone.localdate() + timedelta(days=24)).replace(day=5)
    day = day if day > timezone.localdate() else day + timedelta(days=31)
    day = day.replace(day=5)
    by_hand = {"date": typed.format(day), "time": " 9:05 "}
    url = keep(client, **by_hand)
    assert "9:05 a.m." in text_of(client.get(url))
    assert client.post(f"{url}move/", {"date": in_days(60), "time": ""}).status_code == 302
    assert client.post(f"{url}move/", by_hand).status_code == 302
    page = text_of(client.get(url))
    assert f"{day:%B} {day.day}" in page
    assert "9:05 a.m." in page


def test_answers_that_make_no_list_come_back_with_what_is_wrong(client):
    response = client.post("/visits/keep/", answers(date="2019-01-01", situations=["diabetes"]))
    assert response.status_code == 422
    assert "too long ago" in text_of(response)
    assert re.search(r'value="diabetes"[^>]* checked', response.content.decode())
    assert not Visit.objects.exists()


def test_what_nobody_asked_for_is_not_kept(client):
    keep(client, location="\0" + "x" * 500, setting="", name="Ana")
    assert Visit.objects.get().answers["location"] == ""
    assert "Ana" not in str(Visit.objects.values().get())


def test_answers_that_no_edition_knows_any_more_do_not_break_a_list(client):
    url = keep(client)
    visit = Visit.objects.get()
    visit.answers |= {"situations": ["flies-a-plane"], "location": "closed-down"}
    visit.save()
    box = box_of(client, url)
    assert tick(client, url, box).status_code == 302
    assert client.get(f"{url}list/").status_code == 200
    assert client.post(f"{url}move/", {"date": in_days(60)}).status_code == 302
    assert client.post(f"{url}calendar/").status_code == 200


def test_a_visit_that_newer_editions_do_not_have_goes_on_in_its_own_words(client, ocrelizumab, editor, publish_as):
    url = keep(client)
    box = box_of(client, url)
    for row in (*ocrelizumab.items.all(), *ocrelizumab.questions.all()):
        if "first-dose-part-1" in row.stages:
            stages = [key for key in row.stages if key != "first-dose-part-1"] or ["first-dose-part-2"]
            edit(row, editor, stages=stages)
    edit(ocrelizumab.stages.get(key="first-dose-part-1"), editor, mark="to-check")
    publish_as(ocrelizumab)
    look_again()
    page = text_of(client.get(url))
    assert "Our newest words have no list for this visit." in page
    assert tick(client, url, box).status_code == 302
    assert client.post(f"{url}move/", {"date": in_days(60)}).status_code == 302
    assert "1 of" in text_of(client.get(url))
    assert client.post(f"{url}calendar/").status_code == 200


def test_a_visit_that_was_taken_from_readers_says_why_and_keeps_its_ticks(client, ocrelizumab, reviewer):
    url = keep(client)
    box = box_of(client, url)
    tick(client, url, box)
    withdraw(ocrelizumab, "first-dose-part-1", by=reviewer, reason="The hours were wrong.")
    look_again()
    page = text_of(client.get(url))
    assert "Ocrelizumab: taken away on" in page
    assert "You get the first half of your first dose." in page
    assert "Why: The hours were wrong." in page
    assert tick(client, url, box, number=2, value="").status_code == 503
    assert client.get(f"{url}list/").status_code == 200
    assert values() == ["1"]


@pytest.mark.parametrize("address", ["{}.", "{}...", "{}/.", "{}%00", "{}/nothing/"])
def test_an_address_that_is_not_quite_right_is_a_page_that_does_not_exist(client, address):
    url = keep(client)
    assert client.get(address.format(url.rstrip("/"))).status_code == 404
    assert client.get(url.rstrip("/"), follow=True).status_code == 200


def test_other_ways_to_ask(client):
    url = keep(client)
    response = client.head(url)
    assert (response.status_code, response.content) == (200, b"")
    assert response["Cache-Control"] == "no-store"
    for ask in (client.put, client.delete, client.patch):
        assert ask(url).status_code == 405
    assert client.get(f"{url}change/").status_code == 405
    assert client.post(url).status_code == 405


@pytest.mark.parametrize("body", [{"value": "x" * 1_000_000}, {str(n): "" for n in range(300)}])
def test_far_too_much_at_once_is_refused(client, body):
    url = keep(client)
    response = client.post(f"{url}change/", body)
    assert response.status_code == 400
    assert "We could not read that" in text_of(response)
    assert client.get(url).status_code == 200


def test_a_helper_opens_a_list_that_was_moved_and_notes_nothing_in_the_owners_name(client):
    url = keep(client)
    link = helper_link(client, url)
    client.post(f"{url}move/", {"date": in_days(60)})
    assert "60 days from today" in text_of(client.get(link))
    assert tick(client, link, box_of(client, link), by_helper="").status_code == 302
    forged = {"about": "date", "number": 2, "value": in_days(90), "by_helper": "", "owner": url}
    assert client.post(f"{link}change/", forged).status_code == 422
    assert "60 days from today" in text_of(client.get(url))
    assert list(Change.objects.filter(by_helper=True).values_list("number", flat=True)) == [1]


def test_while_the_database_is_away_a_list_says_that_it_is_safe(client):
    url = keep(client)
    for address in (url, f"{url}list/", f"{url}step/"):
        with database_away():
            response = client.get(address)
        assert response.status_code == 503
        assert int(response["Retry-After"]) > 0
        assert response["Cache-Control"] == "no-store"
        page = text_of(response)
        assert "Your list is safe." in page
        assert "Try again in a few minutes. In an emergency, call 911." in page
        assert f"page={url}" not in response.content.decode()
        assert client.get(address).status_code == 200


def test_while_the_database_is_away_nothing_is_stored_and_nothing_typed_is_lost(client, caplog):
    url = keep(client)
    box = box_of(client, url)
    words = "Ask Ana\nabout <Tuesday>"
    with database_away():
        response = write(client, url, box, words)
        assert response.status_code == 503
        assert "What you just did was not saved." in text_of(response)
        html = response.content.decode()
        assert "Ask Ana<br>about &lt;Tuesday&gt;" in html
        for action in ("move", "helper", "delete", "renew", "calendar"):
            assert client.post(f"{url}{action}/", {"date": in_days(60), "sure": "1"}).status_code == 503
    assert "Ana" not in caplog.text
    assert values() == []
    # The page sends the same again.
    again = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', html))
    assert again["number"] == "1"
    assert client.post(f"{url}change/", again | {"value": words}).status_code == 302
    assert values() == [words]


def test_while_the_database_is_away_a_tick_is_answered_in_its_line(client):
    url = keep(client)
    box = box_of(client, url)
    with database_away():
        response = tick(client, url, box, **{"HX-Request": "true"})
    assert response.status_code == 503
    assert "so this was not saved." in text_of(response)
    assert "<html" not in response.content.decode()
    assert (response["HX-Retarget"], response["HX-Reswap"]) == ("closest li", "beforeend")


def test_while_the_database_is_away_a_list_to_keep_can_be_sent_again(client):
    client.get("/")
    with database_away():
        response = client.post("/visits/keep/", answers(situations=["diabetes", "drives"]))
    assert response.status_code == 503
    html = response.content.decode()
    assert "was not saved" in html
    assert re.findall(r'name="situations" value="(\w+)"', html) == ["diabetes", "drives"]
    assert not Visit.objects.exists()


def test_a_note_on_a_list_whose_words_were_taken_away_is_shown_back(client, ocrelizumab, reviewer):
    url = keep(client)
    box = box_of(client, url)
    withdraw(ocrelizumab, "", by=reviewer, reason="It was wrong.")
    look_again()
    response = write(client, url, box, "Ask Ana")
    assert response.status_code == 503
    page = text_of(response)
    assert "What you just did was not saved." in page
    assert "Ask Ana" in page
    assert values() == []


def test_a_helper_ticks_and_notes_and_can_not_do_more(client):
    url = keep(client)
    link = helper_link(client, url)
    box = box_of(client, url)
    assert tick(client, link, box).status_code == 302
    assert "by your helper" in text_of(client.get(url))
    for action, data in (("delete", {"sure": "1"}), ("move", {"date": in_days(60)}), ("helper", {"make": "1"})):
        response = client.post(f"{link}{action}/", data)
        assert response.status_code == 403
        assert "Only the owner of this list" in text_of(response)
    assert "Delete this visit now" not in client.get(link).content.decode()
    assert client.get(f"{link}list/").status_code == 200
    assert url not in client.get(link).content.decode()
    client.post(f"{url}helper/", {"end": "1"})
    assert client.get(link).status_code == 404
    assert client.get(url).status_code == 200


def test_a_new_helper_link_ends_the_one_before(client):
    url = keep(client)
    first, second = helper_link(client, url), helper_link(client, url)
    assert client.get(first).status_code == 404
    assert client.get(second).status_code == 200


def test_deleting_asks_once_and_means_it(client):
    url = keep(client)
    tick(client, url, box_of(client, url))
    assert "Delete this visit?" in text_of(client.post(f"{url}delete/"))
    assert Visit.objects.exists()
    assert "Your visit is deleted" in text_of(client.post(f"{url}delete/", {"sure": "1"}))
    assert not Visit.objects.exists()
    assert not Change.objects.exists()


def test_the_token_is_in_no_line_of_the_log(client, capsys, settings):
    logging.config.dictConfig(settings.LOGGING)
    url = keep(client)
    client.get(url.replace(url[8:12], "abcd") + "nothing/")
    client.get(f"/visits/{'y' * 22}/")
    logging.getLogger("django.request").error("It broke at %s", url)
    try:
        raise ValueError(url)
    except ValueError:
        logging.getLogger("visits").exception("It broke")
    logging.getLogger("visits").error("It ended with /visits/%s", "-" * 22)
    said = capsys.readouterr().err
    assert "-" * 22 not in said
    assert "It broke at /visits/.../" in said
    assert "ValueError: /visits/.../" in said
    assert url[8:-1] not in said
    assert "y" * 22 not in said


def test_a_post_from_another_site_is_refused(client):
    url = keep(client)
    response = client.post(f"{url}delete/", {"sure": "1"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert response.status_code == 403
    assert Visit.objects.exists()


def test_one_step_at_a_time_goes_on_where_it_stopped(client):
    url = keep(client)
    first = text_of(client.get(f"{url}step/"))
    html = client.get(f"{url}step/").content.decode()
    box = re.search(r'value="done:([\w@-]+)"', html).group(1)
    response = client.post(f"{url}change/", {"about": f"done:{box}", "number": 1, "value": "1", "step": "0"})
    assert response["Location"] == f"{url}step/?n=0"
    assert text_of(client.get(f"{url}step/")) != first
    assert client.get(f"{url}step/?n=9999").status_code == 200
    assert client.get(f"{url}step/?n=x").status_code == 200


def test_what_is_over_is_no_step_and_does_not_count_as_left_to_do(client):
    url = keep(client, date=in_days(-25))
    page = client.get(url).content.decode()
    over = page.index("<summary>Over: ")
    assert page.index('id="later"') < over < page.index("Do not drive today") < page.index("</section>", over)
    total = int(re.search(r"0 of (\d+) things are done", text_of(client.get(url)))[1])
    steps = [text_of(client.get(f"{url}step/?n={n}")) for n in range(total)]
    assert len(set(steps)) == total
    for step in steps:
        assert "Over since" not in step
        assert f"{total} things left" in step
    assert "That was the last one for now" in text_of(client.get(f"{url}step/?n={total}"))


@pytest.mark.parametrize("days", [-25, 0, 24])
def test_every_visit_is_read_before_and_after_it(client, library, days):
    for edition in library.therapies:
        for stage in edition.content.stages:
            day = in_days(-days if stage.after and days > 0 else days)
            url = keep(client, therapy=edition.content.slug, stage=stage.key, date=day)
            for page in (url, f"{url}list/", f"{url}step/"):
                assert client.get(page).status_code == 200


def test_at_most_three_things_are_now(client):
    url = keep(client, date=in_days(3))
    html = client.get(url).content.decode()
    now = html[html.index('class="now"') : html.index("</section>", html.index('class="now"'))]
    assert now.count("data-item=") == 3
    assert "and say:" in now


def test_a_page_and_a_tick_take_few_queries_whatever_the_size(client, django_assert_max_num_queries):
    url = keep(client)
    visit = Visit.objects.get()
    Change.objects.bulk_create(
        Change(visit=visit, about=f"own:x{n}", number=1, value='{"text": "Thing", "phase": "bring"}', by_helper=False)
        for n in range(100)
    )
    client.get(url)
    with django_assert_max_num_queries(4):
        client.get(url)
    with django_assert_max_num_queries(8):
        tick(client, url, box_of(Client(), url))


@pytest.mark.django_db(transaction=False)
def test_the_same_number_is_given_once(client):
    url = keep(client)
    visit = Visit.objects.get()
    Change.objects.create(visit=visit, about="done:X", number=1, value="1", by_helper=False)
    made = Change.objects.bulk_create(
        [Change(visit=visit, about="done:X", number=1, value="", by_helper=True)], ignore_conflicts=True
    )
    assert len(made) == 1
    assert list(Change.objects.values_list("value", flat=True)) == ["1"]
    assert client.get(url).status_code == 200


def test_the_page_for_the_nurse_says_what_is_not_ticked(client):
    url = keep(client)
    box = box_of(client, url)
    words = re.search(rf'id="a-{box}">([^<]+)<', client.get(url).content.decode()).group(1)

    def undone():
        html = client.get(f"{url}list/").content.decode()
        return html[html.index('class="undone"') : html.index("</section>", html.index('class="undone"'))]

    assert words in undone()
    tick(client, url, box)
    assert words not in undone()


def test_the_owner_has_a_picture_of_the_address_and_the_helper_has_none(client):
    url = keep(client)
    assert "Open it on another device of yours" in text_of(client.get(url))
    assert client.get(url).content.decode().count("share__code") == 1
    assert "share__code" not in client.get(helper_link(client, url)).content.decode()


def test_what_is_late_beyond_three_things_is_counted(client):
    url = keep(client, date=in_days(3))
    late = int(re.search(r"(\d+) are late", text_of(client.get(url))).group(1))
    assert late > 3
    assert f"{late - 3} more are late. They come up here next." in text_of(client.get(url))
