"""Backups are restored, and the site moved to another database, as an operator does it."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys

import psycopg
import pytest

from machines import boxes, public_pages, until

NOTE = "Ask Ana about the parking"


@pytest.fixture(scope="module")
def seeded_file(new_site):
    """A database of SQLite with two editions of one therapy, and the site that made it."""
    site = site_on_a_file(new_site)
    site.manage("migrate", "--verbosity", "0")
    site.manage("seed")
    site.publish("In words of a second edition.")
    return site


def site_on_a_file(new_site):
    site = new_site("sqlite:////dev/null")
    site.environment["DATABASE_URL"] = f"sqlite:///{site.folder}/site.sqlite3"
    return site


def in_use(site):
    """Start it, and keep a visit with a note on it; gives its address and what was sent."""
    site.start()
    kept = site.keep_visit()
    box = boxes(site.ask(kept))[0]
    assert site.ask(f"{kept}change/", {"about": f"note:{box}", "number": 1, "value": NOTE}).status == 302
    assert site.ask("/report/", {"page": "/guide/", "text": NOTE}).status == 200
    return kept


def all_rows(site):
    """Every row of every table, by the table."""
    found = {}
    for row in json.loads(site.manage("dumpdata", "--all")):
        found.setdefault(row["model"], []).append(json.dumps(row, sort_keys=True))
    return {model: sorted(rows) for model, rows in found.items()}


def goes_on(site):
    """What is published and kept from now on finds its place."""
    site.publish("In words of a third edition.")
    until(lambda: site.ask("/therapies/ocrelizumab/editions/3/").status == 200)
    assert site.ask(site.keep_visit()).status == 200


def test_a_backup_restores_the_same_pages_and_nothing_of_readers(seeded_file, new_site, empty_database, tmp_path):
    """From SQLite into PostgreSQL, and from there into SQLite: a backup is the same for both."""
    kept, monday, tuesday = in_use(seeded_file), tmp_path / "monday", tmp_path / "tuesday"
    pages = public_pages(seeded_file, history=True)
    assert "In words of a second edition." in seeded_file.ask("/therapies/ocrelizumab/editions/1/2/").text
    assert "Kept visits, reports and sign-ins are not in it" in seeded_file.manage("backup", monday)
    seeded_file.stop()

    on_postgresql, on_a_file = new_site(empty_database), site_on_a_file(new_site)
    on_postgresql.manage("restore", monday)
    on_postgresql.manage("backup", tuesday)
    on_a_file.manage("restore", tuesday)
    for site, backup in ((on_postgresql, monday), (on_a_file, tuesday)):
        assert backup.stat().st_mode & 0o777 == 0o600
        assert NOTE.encode() not in backup.read_bytes()
        site.start()
        assert public_pages(site, history=True) == pages
        assert site.ask(kept).status == 404
        goes_on(site)
        site.stop()
    with sqlite3.connect(on_a_file.folder / "site.sqlite3") as database:
        for table in ("therapies_edition", "therapies_review"):
            with pytest.raises(sqlite3.IntegrityError, match="never be changed"):
                database.execute(f"DELETE FROM {table}")  # noqa: S608


def test_a_backup_of_an_earlier_release_is_brought_up_to_this_one(seeded_file, new_site, tmp_path):
    seeded_file.manage("backup", tmp_path / "old")
    before = json.loads(seeded_file.manage("dumpdata", "therapies.Edition"))
    seeded_file.manage("migrate", "visits", "zero", DATABASE_URL=f"sqlite:///{tmp_path}/old")
    site = site_on_a_file(new_site)
    site.manage("restore", tmp_path / "old")
    assert json.loads(site.manage("dumpdata", "therapies.Edition")) == before
    site.start()
    assert site.ask(site.keep_visit()).status == 200


def test_what_can_not_be_restored_is_told_and_changes_nothing(seeded_file, new_site, tmp_path):
    site, backup = site_on_a_file(new_site), tmp_path / "backup"
    seeded_file.manage("backup", backup)
    assert seeded_file.refusal("backup", backup) == f"CommandError: {backup} is there already. Name a new file."

    damaged = tmp_path / "damaged"
    damaged.write_bytes(backup.read_bytes()[:1_000_000])
    for file in (damaged, site.folder / "manage.py"):
        assert site.refusal("restore", file) == f"CommandError: {file} is no backup of this site, or is damaged."
    with sqlite3.connect(shutil.copy(backup, tmp_path / "later")) as later:
        later.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('therapies', '9999_new', '2099-01-01')"
        )
    assert "was made by a later release, with 9999_new" in site.refusal("restore", tmp_path / "later")
    assert not (site.folder / "site.sqlite3").exists()

    before = all_rows(seeded_file)
    assert "holds tables already. Name a new, empty one." in seeded_file.refusal("restore", backup)
    assert all_rows(seeded_file) == before


def test_moving_to_postgresql_is_one_command_and_loses_nothing(seeded_file, new_site, empty_database):
    kept = in_use(seeded_file)
    seeded_file.stop()
    seeded_file.manage("move_to", empty_database)
    moved = new_site(empty_database)
    rows = all_rows(seeded_file)
    assert {"visits.change", "therapies.report", "therapies.historicalitem", "auth.user"} <= rows.keys()
    assert all_rows(moved) == rows
    moved.start()
    assert NOTE in moved.ask(kept).text
    goes_on(moved)
    with psycopg.connect(empty_database, autocommit=True) as database:
        for statement in ("UPDATE therapies_edition SET number = 9", "TRUNCATE therapies_edition CASCADE"):
            with pytest.raises(psycopg.Error, match="never be changed"):
                database.execute(statement)
    assert "holds tables already. Name a new, empty one." in seeded_file.refusal("move_to", empty_database)


def test_what_is_due_once_a_day_is_done(seeded_file, tmp_path):
    """By the commands of the unit of systemd."""
    seeded_file.start()
    kept = seeded_file.keep_visit()
    with sqlite3.connect(seeded_file.folder / "site.sqlite3") as database:
        database.execute("UPDATE visits_visit SET ends_on = '2001-01-01'")
        database.commit()
        old = tmp_path / "old"
        old.touch()
        os.utime(old, (0, 0))
        for command in seeded_file.unit("msinfusion-daily.service")["ExecStart"]:
            command = command.replace("/opt/msinfusion/.venv/bin/python", sys.executable)
            command = command.replace("$$", "$").replace("%%", "%")
            environment = seeded_file.environment | {"STATE_DIRECTORY": str(tmp_path)}
            subprocess.run(["sh", "-c", command], cwd=seeded_file.folder, env=environment, check=True)
        assert database.execute("SELECT count(*) FROM visits_visit").fetchone() == (0,)
    assert seeded_file.ask(kept).status == 404
    seeded_file.stop()
    (backup,) = tmp_path.iterdir()
    with sqlite3.connect(backup) as database:
        assert database.execute("SELECT count(*) FROM therapies_edition").fetchone()[0] > 5
