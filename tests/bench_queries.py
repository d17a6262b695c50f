"""What PostgreSQL does for a kept visit and for a tick among a thousand visits and among a million, as JSON."""

import json
import os
import re
import sys
import time
from datetime import timedelta

os.environ["DJANGO_SETTINGS_MODULE"] = "msinfusion.settings"

import django

django.setup()

from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

# Visits of other people, with two ticks each. Between two ticks of a visit come those of others, as they do.
OTHERS = """
INSERT INTO visits_visit (owner_hash, helper_hash, answers, editions, opened_on, ends_on)
SELECT encode(sha256(n::text::bytea), 'hex'),
       CASE WHEN n %% 2 = 0 THEN encode(sha256(('helper' || n)::bytea), 'hex') END,
       answers, editions, opened_on, ends_on
FROM generate_series(%s::int, %s::int) AS n, (SELECT * FROM visits_visit ORDER BY id LIMIT 1) AS first
"""
THEIR_TICKS = """
INSERT INTO visits_change (visit_id, about, number, value, by_helper, made_at)
SELECT id, 'done:OCR-C0' || n, 1, '1', false, now()
FROM visits_visit, generate_series(1, 2) AS n WHERE id > (SELECT coalesce(max(visit_id), 0) FROM visits_change)
ORDER BY n, id
"""
TIMES = 300
CONTROL = re.compile("SAVEPOINT|RELEASE|BEGIN|COMMIT|ROLLBACK")
client = Client(SERVER_NAME="127.0.0.1")


def keep() -> str:
    day = (timezone.localdate() + timedelta(days=24)).isoformat()
    answers = {"therapy": "ocrelizumab", "stage": "first-dose-part-1", "date": day}
    return client.post("/visits/keep/", answers)["Location"]


def sent(ask) -> list[str]:
    """The queries of what is asked for, without those that only begin and end transactions."""
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert ask().status_code < 400
    return [query["sql"] for query in captured if not CONTROL.match(query["sql"])]


def plan(sql: str) -> str:
    """The nodes of a plan and their indexes, the outer ones first."""
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN (FORMAT JSON) " + sql.replace("%", "%%"), [])
        (found,) = cursor.fetchone()
    nodes, told = [found[0]["Plan"]], []
    while nodes:
        node = nodes.pop(0)
        told.append(" ".join(filter(None, (node["Node Type"], node.get("Index Name")))))
        nodes[:0] = node.get("Plans", [])
    return " > ".join(told)


def milliseconds(queries: list[str]) -> list[float]:
    """How long all of them take together, each time anew: nothing of it stays."""
    found = []
    for _ in range(TIMES):
        with transaction.atomic(), connection.cursor() as cursor:
            before = time.perf_counter()
            for sql in queries:
                cursor.execute(sql.replace("%", "%%"), [])
                if cursor.description:
                    cursor.fetchall()
            found.append(1000 * (time.perf_counter() - before))
            transaction.set_rollback(True)
    return found


def fill(first: int, last: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(OTHERS, [first, last])
        cursor.execute(THEIR_TICKS)
        cursor.execute("ANALYZE visits_visit")
        cursor.execute("ANALYZE visits_change")


def look() -> dict[str, dict[str, object]]:
    """Both for a visit with 20 ticks."""
    visit = keep()
    boxes = re.findall(r'id="t-([\w-]+)"', client.get(visit).content.decode())
    for box in boxes[:20]:
        client.post(f"{visit}change/", {"about": f"done:{box}", "number": 1, "value": "1"})
    last = {"about": f"done:{boxes[20]}", "number": 1, "value": "1"}
    found = {}
    shown = sent(lambda: client.get(visit))
    ticked = sent(lambda: client.post(f"{visit}change/", last, headers={"HX-Request": "true"}))
    client.post(f"{visit}change/", last | {"number": 2, "value": ""})
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM visits_change WHERE about = %s", [last["about"]])
    for name, queries in (("a kept visit", shown), ("a tick", ticked)):
        told = [
            {
                "sql": re.sub(r'"|SELECT .*? FROM', lambda m: "" if m[0] == '"' else "SELECT … FROM", sql)[:200],
                "plan": plan(sql),
            }
            for sql in queries
        ]
        found[name] = {"queries": told, "ms": milliseconds(queries)}
    return found


keep()
fill(1, 1_000)
few = look()
fill(1_001, 1_000_000)
many = look()
sys.stdout.write(json.dumps({name: {"thousand": few[name], "million": many[name]} for name in few}))
