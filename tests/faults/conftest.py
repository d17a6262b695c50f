"""Real servers that real faults happen to: installations of their own, a throwaway PostgreSQL, and processes that are
killed. `make faults` runs these tests, one after the other."""

import os
import tempfile
import time
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from machines import Site, install
from run import Postgres, postgres


def pytest_collection_modifyitems(items):
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.faults)


@pytest.fixture(scope="session")
def server():
    """PostgreSQL, as a clinic would run it."""
    programs = postgres()
    if programs is None:
        pytest.skip("PostgreSQL is not on this machine.")
    with tempfile.TemporaryDirectory(prefix="msinfusion-pg-") as folder:
        server = Postgres(programs, Path(folder))
        server.init()
        try:
            server.start()
            yield server
        finally:
            server.stop()


@pytest.fixture
def replica(server):
    """A second PostgreSQL, which follows the first one and can only be read."""
    with tempfile.TemporaryDirectory(prefix="msinfusion-pg-") as folder:
        follows = Postgres(server.programs, Path(folder))
        follows.init_from(server)
        try:
            follows.start()
            yield follows
        finally:
            follows.stop()


@pytest.fixture(scope="session")
def new_site(tmp_path_factory):
    """Makes installations, and ends their servers."""
    made = []

    def make(database_url, folder=None):
        """In a folder of its own, or a second server of the installation in this one."""
        settings = {"SECRET_KEY": os.environ["SECRET_KEY"], "DATABASE_URL": database_url}
        environment = {"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1", **settings}
        made.append(Site(folder or install(tmp_path_factory.mktemp("site")), environment))
        return made[-1]

    yield make
    for site in made:
        site.stop()
        site.listener.close()


@pytest.fixture(scope="session")
def seeded(server, new_site):
    """The name of a database with the starter content, to make others from."""
    site = new_site(server.url("postgres"))
    site.manage("migrate", "--verbosity", "0")
    site.manage("seed")
    return "postgres"


@pytest.fixture
def database(server, seeded):
    """The name of a database of the test's own, with the starter content."""
    return create_database(server, template=seeded)


@pytest.fixture
def empty_database(server):
    """The address of a database that holds nothing."""
    return server.url(create_database(server, template="template0"))


def create_database(server, template):
    name = f"test_{time.monotonic_ns()}"
    create = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
    with psycopg.connect(server.url("template1"), autocommit=True) as connection:
        connection.execute(create)
    return name


@pytest.fixture
def site(server, database, new_site):
    """A running site on that database."""
    site = new_site(server.url(database))
    site.start()
    yield site
    site.stop()
