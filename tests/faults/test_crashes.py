"""Processes that are killed and a database that is away: nothing that was acknowledged is lost, pages go on being served,
and all heals by itself."""

import hashlib
import http.client
import re
from concurrent.futures import ThreadPoolExecutor
from itertools import count, cycle
from threading import Event

import psycopg

from machines import boxes, in_days, public_pages, rows, until

TICKS, CLIENTS = 1_000, 8
ANSWERS = {"therapy": "ocrelizumab", "stage": "first-dose-part-1", "date": in_days(24), "situations": ["diabetes"]}


def tick_for_ever(site, address, box, acknowledged, enough):
    """Tick and untick one thing, each time until it was acknowledged, as somebody does who gets no answer."""
    numbers, values = count(1), cycle(["1", ""])
    while not enough.is_set():
        change = {"about": f"done:{box}", "number": next(numbers), "value": next(values)}
        while not enough.is_set():
            try:
                answer = site.ask(f"{address}change/", change)
            except (OSError, http.client.HTTPException):
                continue
            if answer.status in (200, 302):
                acknowledged.append((change["about"], change["number"], change["value"]))
                break
            assert answer.status == 503, answer.text
            assert "not saved" in answer.text


def test_every_tick_that_was_acknowledged_is_there_after_workers_and_the_database_were_killed(site, server, database):
    addresses = [site.keep_visit() for _ in range(CLIENTS // 2)]
    acknowledged, enough = [], Event()
    with ThreadPoolExecutor(CLIENTS) as clients:
        jobs = []
        for address in addresses:  # two people to a list
            for box in boxes(site.ask(address))[:2]:
                mine = []
                acknowledged.append((address, mine))
                jobs.append(clients.submit(tick_for_ever, site, address, box, mine, enough))
        try:
            for kills in range(1, 10):
                until(lambda kills=kills: sum(len(mine) for _, mine in acknowledged) >= kills * TICKS // 10, 300)
                if kills % 3:
                    site.kill_worker()
                else:
                    server.kill()
                    server.start()
            until(lambda: sum(len(mine) for _, mine in acknowledged) >= TICKS, 300)
        finally:
            enough.set()
        for job in jobs:
            job.result()

    stored = set(
        rows(
            server,
            database,
            "SELECT owner_hash, about, number, value FROM visits_change JOIN visits_visit ON visits_visit.id = visit_id",
        )
    )
    for address, mine in acknowledged:
        owner = hashlib.sha256(token_of(address).encode()).hexdigest()
        assert {(owner, *change) for change in mine} <= stored
    assert sum(len(mine) for _, mine in acknowledged) >= TICKS


def token_of(address):
    return address.split("/")[2]


def test_while_the_database_is_down_people_read_and_make_lists_and_all_heals_by_itself(
    site, server, database, new_site
):
    pages, kept = public_pages(site), site.keep_visit()
    box = boxes(site.ask(kept))[0]
    change = {"about": f"done:{box}", "number": 1, "value": "1"}
    started_meanwhile = new_site(server.url(database), folder=site.folder)
    never_reached_it = new_site(server.url(database))
    server.kill()
    try:
        assert public_pages(site) == pages
        started_meanwhile.start()
        assert public_pages(started_meanwhile) == pages
        for running in (site, started_meanwhile):
            made = running.ask("/visits/checklist/", ANSWERS)
            assert made.status == 200
            assert 'data-item="OCR-C01"' in made.text
            for answer in (running.ask(kept), running.ask(f"{kept}list/"), running.ask(f"{kept}change/", change)):
                assert answer.status == 503
                assert int(answer.headers["Retry-After"]) > 0
                assert "We can’t reach your list now" in answer.text
            assert running.ask("/readyz").status == 503
            assert running.ask("/healthz").status == 200
        never_reached_it.start()
        answers = [never_reached_it.ask(path) for path in ("/", "/therapies/ocrelizumab/", "/visits/new/")]
        for answer in (*answers, started_meanwhile.ask("/therapies/ocrelizumab/editions/")):
            assert answer.status == 503
            assert int(answer.headers["Retry-After"]) > 0
            assert "This site can’t reach its pages right now." in answer.text
    finally:
        server.start()
    for running in (site, started_meanwhile, never_reached_it):
        until(lambda running=running: running.ask("/readyz").status == 200)
        until(lambda running=running: running.ask("/").status == 200)
        assert running.ask(kept).status == 200
        assert public_pages(running) == pages
    assert site.ask(f"{kept}change/", change).status == 302
    assert "1 of" in started_meanwhile.ask(kept).text


def test_nobody_waits_for_ever_for_what_somebody_else_holds(site, server, database):
    kept = site.keep_visit()
    change = {"about": f"done:{boxes(site.ask(kept))[0]}", "number": 1, "value": "1"}
    with psycopg.connect(server.url(database)) as somebody:
        somebody.execute("SELECT FROM visits_visit FOR UPDATE")
        answer = site.ask(f"{kept}change/", change)
        assert answer.status == 503
        assert int(answer.headers["Retry-After"]) > 0
        assert "What you just did was not saved." in answer.text
        assert site.ask(kept).status == 200
        somebody.rollback()
        assert rows(server, database, "SELECT count(*) FROM visits_change") == [(0,)]
        assert site.ask(f"{kept}change/", change).status == 302

        somebody.execute("LOCK TABLE therapies_edition IN ACCESS EXCLUSIVE MODE")

        def served_although_the_database_gave_up():
            assert site.ask("/").status == 200
            return "lock timeout" in site.log

        until(served_although_the_database_gave_up)


def test_a_lock_that_lasts_is_told_to_staff_too(site, server, database):
    with psycopg.connect(server.url(database)) as somebody:
        somebody.execute("LOCK TABLE auth_user IN ACCESS EXCLUSIVE MODE")
        page = site.ask("/admin/login/")
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)[1]
        cookie = page.headers["Set-Cookie"].split(";")[0]
        answer = site.ask(
            "/admin/login/",
            {"csrfmiddlewaretoken": token, "username": "editor", "password": "correct-horse"},
            Cookie=cookie,
        )
    assert answer.status == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert "What you just sent was not saved. Send it again then." in answer.text
