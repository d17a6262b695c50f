"""What one address may send: enough for a full clinic, and no flood."""

import re

import pytest
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st
from pseudo import spoken
from test_kept import add, box_of, keep, write
from test_language import assert_translated
from test_plain_words import assert_plain
from test_visit_pages import answers, in_days

from msinfusion import rates
from msinfusion.buckets import Buckets, Rate
from reading import text_of
from therapies.models import Report
from visits.models import Change, Visit

pytestmark = pytest.mark.django_db
CLINIC = {"REMOTE_ADDR": "203.0.113.7"}


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    """Each test begins with empty buckets, and its clock goes on only where it says so."""
    now = [1_000.0]
    monkeypatch.setattr(rates, "_buckets", Buckets(most=rates.MOST_ADDRESSES))
    monkeypatch.setattr(rates, "clock", lambda: now[0])

    def goes_on(seconds):
        now[0] += seconds

    return goes_on


def flood(client, **where):
    """All that an address may send at once, by a way that leaves nothing behind."""
    for _ in range(rates.ANYTHING.at_once):
        response = client.post("/healthz", **where)
        assert response.status_code == 405


# The buckets themselves


@given(
    rate=st.builds(Rate, at_once=st.integers(1, 50), seconds=st.floats(0.01, 500)),
    pauses=st.lists(st.floats(0, 100), max_size=100),
)
def test_never_more_than_at_once_and_then_one_for_each_pause(rate, pauses):
    buckets, now, taken = Buckets(most=10), 0.0, []
    for pause in pauses:
        now += pause
        if not buckets.take(b"one", rate, now):
            taken.append(now)
    for first in range(len(taken)):
        for last in range(first, len(taken)):
            assert last - first < rate.at_once + (taken[last] - taken[first]) / rate.seconds + 1e-3


@given(st.builds(Rate, at_once=st.integers(1, 20), seconds=st.floats(0.01, 500)))
def test_who_waits_as_long_as_told_is_let_through(rate):
    buckets = Buckets(most=10)
    assert [buckets.take(b"one", rate, 5.0) for _ in range(rate.at_once)] == [0.0] * rate.at_once
    wait = buckets.take(b"one", rate, 5.0)
    assert wait == pytest.approx(rate.seconds)
    assert buckets.take(b"one", rate, 5.0 + wait / 2) > 0
    assert buckets.take(b"one", rate, 5.0 + wait) == 0
    assert buckets.take(b"two", rate, 5.0) == 0


def test_a_flood_of_addresses_takes_no_more_memory():
    buckets, rate = Buckets(most=100), Rate(at_once=1, seconds=60)
    for number in range(1_000):
        buckets.take(b"clinic", Rate(at_once=1_000, seconds=60), 0.0)
        assert buckets.take(str(number).encode(), rate, 0.0) == 0
    assert len(buckets) == 100
    assert buckets.take(b"999", rate, 0.0) > 0
    assert buckets.take(b"clinic", Rate(at_once=1_000, seconds=60), 0.0) > 0  # who goes on is not forgotten


# Through the site


def test_a_clinic_of_two_hundred_makes_lists_at_the_same_moment(client):
    for _ in range(200):
        assert client.post("/visits/checklist/", {}, **CLINIC).status_code == 422


def test_a_flood_is_told_to_wait_and_nothing_typed_is_lost(client):
    flood(client, **CLINIC)
    sent = answers(situations=["diabetes", "port"])
    response = client.post("/visits/checklist/", sent, **CLINIC)
    assert response.status_code == 429
    assert response["Retry-After"] == "1"
    assert "no-store" in response["Cache-Control"]
    assert "Wait 1 second, then send it again." in text_of(response)
    fields = re.findall(r'<input type="hidden" name="([\w-]+)" value="([^"]*)">', response.content.decode())
    assert sorted(fields) == sorted(
        [(name, value) for name, value in sent.items() if name != "situations"]
        + [("situations", "diabetes"), ("situations", "port")]
    )
    assert_plain(response)
    with spoken():
        for address in ("/search/", "/report/"):
            again = client.post(address, {"q": "fever", "text": "fever"}, **CLINIC)
            assert again.status_code == 429
            assert_translated(again)


def test_who_waited_as_long_as_told_goes_on(client, clock):
    flood(client, **CLINIC)
    response = client.post("/search/", {"q": "fever"}, **CLINIC)
    assert response.status_code == 429
    clock(int(response["Retry-After"]))
    assert client.post("/search/", {"q": "fever"}, **CLINIC).status_code == 200


def test_only_who_floods_has_to_wait_and_only_for_what_is_sent(client):
    flood(client, **CLINIC)
    assert client.post("/search/", {"q": "fever"}, **CLINIC).status_code == 429
    assert client.post("/search/", {"q": "fever"}, REMOTE_ADDR="203.0.113.8").status_code == 200
    for address in ("/", "/visits/new/", "/therapies/ocrelizumab/", "/search/"):
        assert client.get(address, **CLINIC).status_code == 200
    assert client.get("/admin/login/", **CLINIC).status_code == 200


def test_a_tick_that_has_to_wait_says_so_in_its_line(client):
    url = keep(client)
    box = box_of(client, url)
    flood(client, **CLINIC)
    note = {"about": f"note:{box}", "number": 1, "value": "Ana drives me"}
    response = client.post(f"{url}change/", note, headers={"HX-Request": "true"}, **CLINIC)
    assert response.status_code == 429
    assert (response["HX-Retarget"], response["HX-Reswap"]) == ("closest li", "beforeend")
    html = response.content.decode()
    assert "<html" not in html
    assert "so this was not saved. Wait 1 second, then send it again." in text_of(response)
    assert not Change.objects.exists()
    whole = client.post(f"{url}change/", note, **CLINIC)
    assert 'value="Ana drives me"' in whole.content.decode()
    with spoken():
        response = client.post(f"{url}change/", note, headers={"HX-Request": "true"}, **CLINIC)
        assert_translated(response)
    assert add(client, url, "ab1", "Feed the cat").status_code == 302  # from this machine


def test_lists_that_stay_with_us_have_a_limit_of_their_own(client):
    for _ in range(rates.FEWER["keep-visit"].at_once):
        assert client.post("/visits/keep/", answers(), **CLINIC).status_code == 302
    response = client.post("/visits/keep/", answers(), **CLINIC)
    assert response.status_code == 429
    assert response["Retry-After"] == "6"
    assert Visit.objects.count() == rates.FEWER["keep-visit"].at_once
    assert client.post("/visits/checklist/", answers(), **CLINIC).status_code == 200
    url = keep(client)
    assert client.post(f"{url}move/", {"date": in_days(40)}, **CLINIC).status_code == 302


def test_one_address_can_not_use_up_the_reports_of_all(client):
    for number in range(5):
        assert client.post("/report/", {"text": f"Mistake {number}"}, **CLINIC).status_code == 200
    response = client.post("/report/", {"text": "A sixth"}, **CLINIC)
    assert response.status_code == 429
    assert "Wait 6 minutes, then send it again." in text_of(response)
    assert 'name="text" value="A sixth"' in response.content.decode()
    assert client.post("/report/", {"text": "Another"}, REMOTE_ADDR="203.0.113.8").status_code == 200
    assert Report.objects.count() == 6


def test_no_address_is_in_a_log_or_in_what_is_counted(client, caplog):
    with caplog.at_level("DEBUG"):
        flood(client, **CLINIC)
        url = keep(client)
        write(client, url, box_of(client, url), "Ana", **{"X-Forwarded-For": "203.0.113.7"})
        assert client.post("/search/", {"q": "x"}, **CLINIC).status_code == 429
    assert "203.0.113" not in caplog.text
    assert not any(b"203" in name for name in rates._buckets._dry_at)


# Whose address it is


@pytest.mark.parametrize(
    ("proxied", "meta", "address"),
    [
        (False, {"REMOTE_ADDR": "203.0.113.7"}, "203.0.113.7"),
        (False, {"REMOTE_ADDR": "203.0.113.7", "HTTP_X_FORWARDED_FOR": "198.51.100.1"}, "203.0.113.7"),
        (False, {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "198.51.100.1"}, ""),
        (True, {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "203.0.113.7"}, "203.0.113.7"),
        (True, {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "127.0.0.1, 203.0.113.7"}, "203.0.113.7"),
        (True, {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "203.0.113.7, <b>"}, ""),
        (True, {"REMOTE_ADDR": "127.0.0.1"}, ""),
        (True, {"REMOTE_ADDR": ""}, ""),
        (True, {"REMOTE_ADDR": "203.0.113.7"}, "203.0.113.7"),
        (False, {"REMOTE_ADDR": "::1"}, ""),
        (False, {"REMOTE_ADDR": "::ffff:203.0.113.7"}, "203.0.113.7"),
        (False, {"REMOTE_ADDR": "2001:db8:1:2:3:4:5:6"}, "2001:db8:1:2::"),
        (False, {"REMOTE_ADDR": "2001:db8:1:2:ffff::9"}, "2001:db8:1:2::"),
    ],
)
def test_the_address_is_what_our_own_proxy_saw(settings, proxied, meta, address):
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if proxied else None
    assert rates.address_of(RequestFactory().post("/", **meta)) == address


def test_who_writes_another_address_into_the_header_is_still_counted(settings, client):
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    for number in range(rates.ANYTHING.at_once):
        client.post("/healthz", headers={"X-Forwarded-For": f"198.51.100.{number % 250}, 203.0.113.7"})
    last = client.post("/search/", {"q": "x"}, headers={"X-Forwarded-For": "198.51.100.1, 203.0.113.7"})
    assert last.status_code == 429
