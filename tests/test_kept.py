"""A list that somebody keeps: at a private link, ticked by two, moved, and gone when its time is over."""

import logging
import logging.config
import re
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from test_visit_pages import answers, in_days

from reading import text_of
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
    assert "Put back: &lt;b&gt;Ask Ana" in client.get(url).content.decode()


def test_a_note_that_is_too_long_is_refused_with_its_limit_and_not_lost(client):
    url = keep(client)
    long = "x" * 1001
    response = client.post(f"{url}change/", {"about": f"note:{box_of(client, url)}", "number": 1, "value": long})
    assert response.status_code == 422
    assert "A note has at most 1,000 characters. Yours has 1,001." in text_of(response)
    assert long in response.content.decode()


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


@pytest.mark.parametrize(
    "data",
    [
        {}, {"about": "done:NOTHING", "number": 1, "value": "1"}, {"about": "evil", "number": 1},
        {"about": "own:<script>", "number": 1, "text": "x", "phase": "bring"},
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
