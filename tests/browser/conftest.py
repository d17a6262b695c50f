"""A real server on a copy of a seeded database, and the system's Chromium."""

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent


def pytest_collection_modifyitems(items):
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser_type_launch_args():
    return {"executable_path": os.environ.get("CHROMIUM") or shutil.which("chromium")}


@pytest.fixture(scope="session")
def seeded(tmp_path_factory):
    """A database with the starter content, which each server gets a copy of."""
    path = tmp_path_factory.mktemp("seeded") / "msinfusion.sqlite3"
    for command in ("migrate", "seed"):
        subprocess.run(
            [sys.executable, "manage.py", command, "--verbosity", "0"],
            cwd=ROOT,
            env=os.environ | {"DATABASE_URL": f"sqlite:///{path}"},
            check=True,
        )
    return path


@pytest.fixture(scope="session")
def site(seeded, tmp_path_factory):
    """The address of a running site. Its socket listens before the server starts, so that nobody has to wait for it."""
    folder = tmp_path_factory.mktemp("site")
    shutil.copy(seeded, folder / "site.sqlite3")
    with socket.create_server(("127.0.0.1", 0)) as listener, (folder / "log").open("w") as log:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        environment = {"DATABASE_URL": f"sqlite:///{folder / 'site.sqlite3'}", "SITE_URL": address}
        server = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "--bind", f"fd://{listener.fileno()}", "--no-control-socket",
             "--access-logfile", "-", "msinfusion.wsgi"],
            cwd=ROOT, env=os.environ | environment, pass_fds=[listener.fileno()], stdout=log, stderr=log,
        )  # fmt: skip
        try:
            yield address
        finally:
            server.terminate()
            server.wait(timeout=10)


@pytest.fixture
def server_log(site, tmp_path_factory):
    return next(Path(tmp_path_factory.getbasetemp()).glob("site*/log"))


@pytest.fixture(scope="session")
def base_url(site):
    return site
