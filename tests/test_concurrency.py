"""What several people do to one list at once: threads with connections of their own, to a database that locks for real."""

import re
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connections
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_kept import add, helper_link, keep, tick, write
from test_visit_pages import in_days

from reading import text_of
from visits.models import Change, Visit

pytestmark = pytest.mark.django_db
BOXES = ("OCR-C01", "OCR-C04")


@pytest.fixture
def database(db, tmp_path):
    """The seeded database, where what is done is committed. Of SQLite's, which lives in memory, a copy in a file: only a
    file locks as a site's does. Tests delete what they keep; tables are not flushed, since editions refuse that."""
    there, shared = connections["default"], connections.settings["default"]
    before = dict(shared)
    if there.vendor == "sqlite":
        copy = tmp_path / "site.sqlite3"
        copy.write_bytes(there.connection.serialize())
        shared["NAME"] = str(copy)
    else:
        shared["OPTIONS"] = shared["OPTIONS"] | {"pool": False}  # it is for a server's threads, fewer than here
    connections["default"] = connections.create_connection("default")
    yield
    Visit.objects.all().delete()
    connections["default"].close()
    connections["default"] = there
    shared.update(before)


@pytest.fixture
def url(database):
    """A kept visit."""
    return keep(Client())


def at_once(*jobs):
    """What each of these says, all started at the same moment, each in a thread with a connection of its own."""
    start = Barrier(len(jobs))

    def run(job):
        try:
            start.wait(timeout=10)
            return job(Client(raise_request_exception=False))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(jobs)) as threads:
        return list(threads.map(run, jobs))


@dataclass(frozen=True)
class Sent:
    """A change that somebody sent, and what was answered."""

    about: str
    number: int
    value: str
    by_helper: bool
    status: int
    page: str


def shown_on(response):
    """The next number of each thing, and how it stands, as a page shows them."""
    html = response.content.decode()
    found = {}
    for about, number, value in re.findall(
        r'name="about" value="(done:[\w-]+)"><input type="hidden" name="number" value="(\d+)">'
        r'<button class="tick"[^>]* value="(1?)"',
        html,
    ):
        found[about] = (int(number), "" if value else "1")
    for about, number in re.findall(
        r'name="about" value="(note:[\w-]+)"><input type="hidden" name="number" value="(\d+)"><label', html
    ):
        found[about] = (int(number), None)
    return found


def person(name, url, by_helper, actions):
    """Somebody who has the list open and does this and that, with the numbers that the page shows."""
    at_first = shown_on(Client().get(url))

    def act(client):
        shown, sent = at_first, []
        for step, (kind, box, twice) in enumerate(actions):
            about = f"{kind}:{box}"
            number, stands = shown[about]
            value = f"{name}, {step}" if kind == "note" else "" if stands else "1"
            for _ in range(1 + twice):
                data = {"about": about, "number": number, "value": value}
                response = client.post(f"{url}change/", data)
                sent.append(Sent(about, number, value, by_helper, response.status_code, text_of(response)))
            shown = shown_on(response if response.status_code == 409 else client.get(url))
        return sent

    return act


PEOPLE = st.lists(
    st.tuples(
        st.booleans(),
        st.lists(
            st.tuples(st.sampled_from(["done", "note"]), st.sampled_from(BOXES), st.booleans()), min_size=1, max_size=3
        ),
    ),
    min_size=2,
    max_size=4,
)


@settings(max_examples=7, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(people=PEOPLE)
def test_whatever_people_do_at_once_nothing_is_lost_and_nothing_is_double(database, people):
    Visit.objects.all().delete()  # that of the example before
    client = Client()
    url = keep(client)
    link = helper_link(client, url)
    jobs = [
        person(str(n), link if is_helper else url, is_helper, actions) for n, (is_helper, actions) in enumerate(people)
    ]
    sent = [one for someone in at_once(*jobs) for one in someone]
    assert {one.status for one in sent} <= {302, 409}
    history = defaultdict(list)
    for change in Change.objects.order_by("number"):
        history[change.about].append(change)
    for about, changes in history.items():
        assert [change.number for change in changes] == list(range(1, len(changes) + 1)), about

    said_yes = [one for one in sent if one.status == 302]
    for one in said_yes:
        same = [change for change in history[one.about] if change.value == one.value]
        assert len(same) == 1 if one.about.startswith("note:") else same, one
    acknowledged = {(one.about, one.number, one.value, one.by_helper) for one in said_yes}
    for changes in history.values():
        assert {(c.about, c.number, c.value, c.by_helper) for c in changes} <= acknowledged
    for one in sent:
        if one.status == 409:
            assert "Somebody changed this meanwhile." in one.page
            assert one.about.startswith("done:") or one.value in one.page

    stands = shown_on(client.get(url))
    for about, changes in history.items():
        number, value = stands[about]
        last = max((one for one in said_yes if one.about == about), key=lambda one: one.number)
        assert number == changes[-1].number + 1
        assert changes[-1].value == last.value
        assert value in (None, last.value)


def test_the_same_sent_by_two_windows_at_once_is_stored_once(url):
    """A tap that arrives twice, or a page that is sent again while the first is under way."""
    ticks = at_once(*[lambda client: tick(client, url, "OCR-C01")] * 4)
    notes = at_once(*[lambda client: write(client, url, "OCR-C01", "Ask Ana")] * 4)
    assert {response.status_code for response in (*ticks, *notes)} == {302}
    assert sorted(Change.objects.values_list("about", "number")) == [("done:OCR-C01", 1), ("note:OCR-C01", 1)]


def test_different_things_ticked_at_once_are_all_ticked(url):
    boxes = re.findall(r'id="t-([\w-]+)"', Client().get(url).content.decode())[:6]
    answers = at_once(*[lambda client, box=box: tick(client, url, box) for box in boxes])
    assert [response.status_code for response in answers] == [302] * 6
    assert "6 of" in text_of(Client().get(url))


def test_a_list_that_is_deleted_while_others_tick_is_gone_for_all(url):
    link = helper_link(Client(), url)

    def delete(client):
        return client.post(f"{url}delete/", {"sure": "1"})

    ticks = [lambda client, box=box: tick(client, link, box) for box in BOXES]
    opens = [lambda client: client.get(url), lambda client: client.get(f"{link}list/")]
    deleted, *others = at_once(delete, *ticks, *opens)
    assert "Your visit is deleted" in text_of(deleted)
    assert {response.status_code for response in others} <= {200, 302, 404}
    gone = tick(Client(), link, "OCR-C01", number=2, value="")
    assert gone.status_code == 404
    assert "No visit at this address" in text_of(gone)
    assert not Change.objects.exists()


def test_the_hundredth_thing_is_added_once(url):
    visit = Visit.objects.get()
    Change.objects.bulk_create(
        Change(visit=visit, about=f"own:x{n}", number=1, value='{"text": "Thing", "phase": "bring"}', by_helper=False)
        for n in range(99)
    )
    answers = at_once(*[lambda client, n=n: add(client, url, f"new{n}", "One more") for n in range(4)])
    assert sorted(response.status_code for response in answers) == [302, 422, 422, 422]


def test_a_list_opened_while_it_is_moved_is_kept_for_the_later_day(url):
    """Opened for the first time that day, it notes how long it is kept, as the move does."""
    Visit.objects.update(opened_on=timezone.localdate() - timedelta(days=1))
    opens = [lambda client: client.get(url)] * 3
    moved, *opened = at_once(lambda client: client.post(f"{url}move/", {"date": in_days(300)}), *opens)
    assert moved.status_code == 302
    assert {response.status_code for response in opened} == {200}
    visit = Visit.objects.get()
    assert visit.ends_on >= timezone.localdate() + timedelta(days=330)
    assert visit.opened_on == timezone.localdate()


@contextmanager
def somebody_writing():
    """Another process holds every visit, and the site waits a tenth of a second for it."""
    here, holder = connections["default"], connections.create_connection("default")
    patience = {"sqlite": {"timeout": 0.1}, "postgresql": {"pool": False, "options": "-c lock_timeout=100"}}
    options = here.settings_dict["OPTIONS"] | patience[here.vendor]
    connections["default"] = type(here)(here.settings_dict | {"OPTIONS": options}, "default")
    holder.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)
    try:
        with holder.cursor() as cursor:
            cursor.execute("UPDATE visits_visit SET opened_on = opened_on")
        yield
    finally:
        holder.rollback()
        holder.close()
        connections["default"].close()
        connections["default"] = here


def test_a_database_that_is_locked_for_long_is_told_and_reading_goes_on(url):
    with somebody_writing():
        response = write(Client(), url, "OCR-C01", "Ask Ana")
        reading = Client().get(url)
    assert response.status_code == 503
    assert response["Retry-After"]
    assert "Ask Ana" in text_of(response)
    assert reading.status_code == 200
    assert not Change.objects.exists()
    assert write(Client(), url, "OCR-C01", "Ask Ana").status_code == 302
