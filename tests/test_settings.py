"""What a person sees who starts the site with a setting that is missing or wrong. Each test starts the real server."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
RIGHT = {"SECRET_KEY": os.environ["SECRET_KEY"], "PATH": os.environ["PATH"]}
SERVER = [sys.executable, "-m", "gunicorn", "--config", "python:msinfusion.server", "--bind", "127.0.0.1:0"]


def refusal(*command, **settings):
    """What a program says that does not start: one line, and it ends by itself."""
    environment = {name: value for name, value in (RIGHT | settings).items() if value is not None}
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=30, check=False)
    assert ended.returncode == 1
    assert ended.stdout == ""
    (line,) = ended.stderr.splitlines()
    return line


@pytest.mark.parametrize("key", [None, "short", "x" * 60])
def test_a_key_that_is_no_secret(key):
    line = refusal(*SERVER, SECRET_KEY=key, SITE_URL="https://infusion.example.org")
    assert line.startswith("Set SECRET_KEY to a random text of 50 characters or more")
    command = line.partition("This makes one: ")[2].replace("python3", sys.executable, 1)
    made = subprocess.run(command, shell=True, capture_output=True, text=True, check=True).stdout  # noqa: S602 - ours
    assert len(made.strip()) >= 50


def test_no_key_at_all():
    assert refusal(*SERVER, SECRET_KEY=None).startswith("Set SECRET_KEY to a random text")


@pytest.mark.parametrize(
    "url", ["", "infusion.example.org", "https://infusion.example.org/site", "https://*", "http://[::1"]
)
def test_an_address_that_nobody_can_type(url):
    line = refusal(*SERVER, SITE_URL=url)
    assert line.startswith(f"SITE_URL is {url!r}. Set it to the address that people type")


@pytest.mark.parametrize("zone", ["Mars/Olympus", "America", ""])
def test_a_time_zone_that_nobody_knows(zone):
    assert refusal(*SERVER, TIME_ZONE=zone) == f"TIME_ZONE is {zone!r}. Set it to a zone such as America/Chicago."


@pytest.mark.parametrize(
    "url",
    [
        "mysql://site:correct-horse@db/site",
        "postgresql://site:correct-horse@db",
        "postgresql://site:correct-horse@db:port/site",
        "site:correct-horse@db/site",
        "sqlite:///",
    ],
)
def test_a_database_that_can_not_be_read_is_told_without_its_password(url):
    line = refusal(*SERVER, DATABASE_URL=url)
    assert line.startswith("DATABASE_URL can't be read. Set it to sqlite:///path/to/file or postgresql://")
    assert "correct-horse" not in line


def test_a_folder_that_is_not_there(tmp_path):
    file = tmp_path / "no" / "site.sqlite3"
    line = refusal(*SERVER, DATABASE_URL=f"sqlite:///{file}")
    assert line.startswith(f"DATABASE_URL names {file}, where no database can be. Make the folder {file.parent}")


def test_a_folder_in_the_place_of_a_file(tmp_path):
    assert "name a file in a folder that is there" in refusal(*SERVER, DATABASE_URL=f"sqlite:///{tmp_path}")


@pytest.mark.parametrize("locked", ["folder", "file"])
def test_a_database_that_can_not_be_written(tmp_path, locked):
    file = tmp_path / "site.sqlite3"
    file.touch()
    (tmp_path if locked == "folder" else file).chmod(0o555)
    # The superuser may write anywhere; here without that right.
    powerless = ["setpriv", "--bounding-set=-dac_override"] if os.geteuid() == 0 else []
    line = refusal(*powerless, *SERVER, DATABASE_URL=f"sqlite:///{file}")
    tmp_path.chmod(0o755)
    assert line.startswith(f"DATABASE_URL names {file}, which this user can't write. Give the folder {tmp_path}")


def test_a_command_says_the_same_as_the_server():
    assert refusal(sys.executable, "manage.py", "migrate", TIME_ZONE="Mars").startswith("TIME_ZONE is 'Mars'.")


def test_what_stands_in_the_address_of_a_database_beside_its_place_is_kept(tmp_path):
    """Such as that it is reached by an encrypted connection alone."""
    from msinfusion.settings import database

    found = database("postgresql://site@db/site?sslmode=verify-full")
    assert found["OPTIONS"]["sslmode"] == "verify-full"
    assert found["OPTIONS"]["connect_timeout"] == 2
