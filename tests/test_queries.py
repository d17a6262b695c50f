"""A kept visit costs the database the same however much was done to it."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from test_kept import add, box_of, keep, tick, write

from therapies import library as library_module
from visits.limits import LONGEST_NOTE, LONGEST_OWN, MOST_OWN
from visits.models import Change, Visit

pytestmark = pytest.mark.django_db
MOST = 4
# What begins and ends a transaction asks nothing of a table.
CONTROL = re.compile(r"(BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE)\b")


@pytest.fixture
def visit(client, monkeypatch):
    """The address of a kept visit, in a process that has just looked whether something new was published. That is asked
    every few seconds, for all visits together."""
    address = keep(client)
    client.get(address)
    monkeypatch.setattr(library_module, "_look_at", float("inf"))
    return address


def fill(client, visit):
    """As much as a list can hold: every line ticked and with the longest note, and as many of one's own."""
    kept = Visit.objects.get()
    boxes = re.findall(r'id="t-([\w-]+)"', client.get(visit).content.decode())
    own = [f"own:{n}" for n in range(MOST_OWN)]
    words = '{"text": "%s", "phase": "bring"}' % ("x" * LONGEST_OWN)
    values = dict.fromkeys(own, words) | {f"done:{box}": "1" for box in (*boxes, *own)}
    values |= {f"note:{box}": "x" * LONGEST_NOTE for box in (*boxes, *own)}
    Change.objects.bulk_create(
        Change(visit=kept, about=about, number=1, value=value, by_helper=False) for about, value in values.items()
    )


def queries(ask):
    with CaptureQueriesContext(connection) as captured:
        assert ask().status_code in (200, 302)
    return [query["sql"] for query in captured if not CONTROL.match(query["sql"])]


@pytest.mark.parametrize("full", [False, True], ids=["few ticks", "all that it can hold"])
@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}], ids=["page", "htmx"])
def test_a_kept_visit_and_a_tick_need_four_queries_whatever_its_size(client, visit, full, headers):
    box = box_of(client, visit)
    if full:
        fill(client, visit)
        Change.objects.filter(about=f"done:{box}").delete()
    assert len(queries(lambda: client.get(visit))) <= MOST
    assert len(queries(lambda: tick(client, visit, box, **headers))) <= MOST
    assert Change.objects.filter(about=f"done:{box}", value="1").count() == 1
    assert len(queries(lambda: write(client, visit, box, "A word.", 2 if full else 1, **headers))) <= MOST


def test_so_does_the_first_to_open_it_on_a_day(client, visit):
    box = box_of(client, visit)
    add(client, visit, "k3f9", "Bring a blanket")
    for ask in (lambda: client.get(visit), lambda: tick(client, visit, box, **{"HX-Request": "true"})):
        Visit.objects.update(opened_on="2026-01-01", ends_on="2099-01-01")
        assert len(queries(ask)) <= MOST
