"""A real server on a copy of a seeded database, and the system's Chromium."""

import os
import shutil
import socket
import subprocess
import sys
from base64 import b32decode
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pypdfium2
import pytest
import zxingcpp
from django_otp.oath import TOTP
from playwright.sync_api import expect

ROOT = Path(__file__).resolve().parent.parent.parent


def pytest_collection_modifyitems(items):
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


# Chromium listens to the last list of these alone, so what Playwright switches off stands here as well.
OFF = (
    "AvoidCorsURLLoaderRestartOnRedirect", "AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose",
    "HttpsFirstBalancedModeAutoEnable", "HttpsUpgrades", "LensOverlay", "MediaRouter", "PaintHolding",
    "ThirdPartyStoragePartitioning", "AimEnabled", "NetworkTimeServiceQuerying", "OptimizationHints", "PreconnectToSearch",
    # Pages behind the address bar, which nobody sees here, and which took half the work of opening a window.
    "WebUIOmniboxAimPopup", "WebUIOmniboxPopup",
)  # fmt: skip


@pytest.fixture(scope="session")
def browser_type_launch_args():
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    return {"executable_path": chromium, "args": [f"--disable-features={','.join(OFF)}"]}


def manage(database, *command):
    """What a command of manage.py says."""
    environment = os.environ | {"DATABASE_URL": f"sqlite:///{database}"}
    command = [sys.executable, "manage.py", *command, "--verbosity", "0"]
    return subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout


def seed(database):
    """Make a database with the starter content."""
    for command in ("migrate", "seed"):
        manage(database, command)


@pytest.fixture(scope="session")
def seeded(tmp_path_factory):
    """A database with the starter content, which each server gets a copy of."""
    path = tmp_path_factory.mktemp("seeded") / "msinfusion.sqlite3"
    seed(path)
    return path


@contextmanager
def running(database, folder, application="msinfusion.wsgi", access_log=True):
    """A running site, by its address. Its socket listens before the server starts, so that nobody has to wait for it."""
    with socket.create_server(("127.0.0.1", 0)) as listener, (folder / "log").open("w") as log:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        environment = {"DATABASE_URL": f"sqlite:///{database}", "SITE_URL": address}
        server = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "--bind", f"fd://{listener.fileno()}", "--no-control-socket", "--threads", "4",
             *(["--access-logfile", "-"] if access_log else []),
             "--pythonpath", str(ROOT / "tests" / "browser"), application],
            cwd=ROOT, env=os.environ | environment, pass_fds=[listener.fileno()], stdout=log, stderr=log,
        )  # fmt: skip
        try:
            yield address
        finally:
            server.terminate()
            server.wait(timeout=10)


@pytest.fixture(scope="session")
def site(seeded, tmp_path_factory):
    """The site that readers' tests share. Nothing changes it."""
    folder = tmp_path_factory.mktemp("site")
    with running(shutil.copy(seeded, folder / "site.sqlite3"), folder) as address:
        yield address


# Their second step: as many codes on paper as a test needs, all alike, since each code of a phone opens once in 30 seconds.
PAPER = "1234567890"
STAFF = f"""
from django.contrib.auth.models import Group, User
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice
from therapies.models import Reviewer
editor = User.objects.create_user("editor", password="correct-horse", is_staff=True)
editor.groups.add(Group.objects.get(name="Content editors"))
reviewer = User.objects.create_user("reviewer", password="correct-horse", is_staff=True)
reviewer.groups.add(Group.objects.get(name="Clinical reviewers"))
Reviewer.objects.create(user=reviewer, name="Test Reviewer", credentials="PharmD")
newcomer = User.objects.create_user("newcomer", password="correct-horse", is_staff=True)
newcomer.groups.set(editor.groups.all())
for user in (editor, reviewer):
    TOTPDevice.objects.create(user=user, name="phone")
    paper = StaticDevice.objects.create(user=user, name="paper")
    for _ in range(50):
        paper.token_set.create(token="{PAPER}")
"""


@pytest.fixture(scope="session")
def staffed(seeded, tmp_path_factory):
    """The same with an editor and a reviewer; both have the password "correct-horse"."""
    path = shutil.copy(seeded, tmp_path_factory.mktemp("staffed") / "site.sqlite3")
    manage(path, "shell", "--command", STAFF)
    return path


def scanned(pdf: bytes) -> list[str]:
    """What a phone's camera reads on each page, at 150 dots an inch."""
    found = []
    for leaf in pypdfium2.PdfDocument(pdf):
        picture = leaf.render(scale=150 / 72, grayscale=True)
        pixels = memoryview(picture.buffer).cast("B", (picture.height, picture.stride))
        found.append(" ".join(code.text for code in zxingcpp.read_barcodes(pixels)))
    return found


def code_of(page):
    """What an app shows that has read the picture on the page."""
    (read,) = [text for text in scanned(page.pdf()) if text]
    key = parse_qs(urlsplit(read).query)["secret"][0]
    return f"{TOTP(b32decode(key)).token():06}"


def sign_in(page, username):
    """Both steps, to the start page of the admin."""
    page.goto("/admin/login/?next=/admin/")
    page.get_by_label("Username").fill(username)
    page.get_by_label("Password").fill("correct-horse")
    page.get_by_role("button", name="Log in").click()
    page.get_by_label("Code").fill(PAPER)
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("table", name="What there is to do")).to_be_visible()


@pytest.fixture
def staff_site(staffed, tmp_path):
    """A site of its own for a test that publishes."""
    with running(shutil.copy(staffed, tmp_path / "site.sqlite3"), tmp_path, "guarded_site") as address:
        yield address


@pytest.fixture
def server_log(site, tmp_path_factory):
    return next(Path(tmp_path_factory.getbasetemp()).glob("site*/log"))


@pytest.fixture(scope="session")
def base_url(site):
    return site
