"""Real servers, and what a test asks of them or does to them."""

import http.client
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import urlencode

import psycopg

ROOT = Path(__file__).resolve().parent.parent.parent
DEPLOY = ROOT / "msinfusion" / "deploy"
PUBLISH = """
from datetime import date
from django.contrib.auth.models import Group, User
from therapies.models import Item, Reviewer, Subject
from therapies.publishing import publish
editor, _ = User.objects.get_or_create(username="editor", is_staff=True)
reviewer, is_new = User.objects.get_or_create(username="reviewer", is_staff=True)
if is_new:
    editor.groups.add(Group.objects.get(name="Content editors"))
    reviewer.groups.add(Group.objects.get(name="Clinical reviewers"))
    Reviewer.objects.create(user=reviewer, name="Test Reviewer", credentials="PharmD")
item = Item.objects.get(key="OCR-C01")
item.why, item._history_user = {words!r}, editor
item.save()
publish(Subject.objects.get(slug="ocrelizumab"), by=reviewer, change_note="For a test.", change_kind="wording",
        review_again_on=date(2099, 1, 1))
"""
ACTIVATE = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1")
os.execv(sys.executable, [sys.executable, *sys.argv[2:]])
"""
TRUST = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # whatever certificate: it is the test's own
TRUST.check_hostname, TRUST.verify_mode = False, ssl.CERT_NONE
PARTS = ("manage.py", "accounts", "msinfusion", "therapies", "visits", "templates", "static", "fixtures")


def until(holds, seconds=60):
    """Wait for what comes by itself, such as that a killed process is back; fails where it never does."""
    end = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < end, "It never came."
        time.sleep(0.1)
    return found


@dataclass
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def text(self):
        return self.body.decode()


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def nginx(folder, replaced, workers=2):
    """The command that starts nginx with our example, in which these places are replaced, and with what Debian puts around it."""
    example = (DEPLOY / "nginx.conf").read_text()
    for there, here in replaced.items():
        assert there in example, there
        example = example.replace(there, here)
    (folder / "site.conf").write_text(example)
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
    (folder / "nginx.conf").write_text(
        f"user root; worker_processes {workers}; daemon off; pid {folder}/pid; error_log {folder}/error.log;"
        " events { worker_connections 768; } http { include /etc/nginx/mime.types;"
        f" default_type application/octet-stream; sendfile on; tcp_nopush on; gzip on; {temporary} include {folder}/site.conf; }}"
    )
    return ["nginx", "-e", folder / "error.log", "-c", folder / "nginx.conf"]


def install(folder):
    """Copy the site into this folder."""
    for part in PARTS:
        copy = shutil.copytree if (ROOT / part).is_dir() else shutil.copy
        copy(ROOT / part, folder / part)
    shutil.copytree(ROOT / "var" / "static", folder / "var" / "static")
    return folder


@dataclass
class Site:
    """An installation in a folder, and a server of it. The socket listens as long as the test runs, as systemd
    keeps it: the server behind it may come and go."""

    folder: Path
    environment: dict
    listener: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0), backlog=1024))

    @property
    def address(self):
        return f"127.0.0.1:{self.listener.getsockname()[1]}"

    def manage(self, *command, **more):
        """What a management command says."""
        ended = self._manage(*command, **more)
        assert ended.returncode == 0, ended.stderr
        return ended.stdout

    def _manage(self, *command, **more):
        command = [sys.executable, "manage.py", *map(str, command)]
        environment = self.environment | more
        return subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True, check=False)

    def publish(self, words):
        """The next edition on ocrelizumab, in which why OCR-C01 is to be done is said in these words."""
        self.manage("shell", "--verbosity", "0", "--command", PUBLISH.format(words=words))

    def refusal(self, *command):
        """What a management command says that does not do what it was asked for."""
        ended = self._manage(*command)
        assert ended.returncode == 1
        return ended.stderr.strip()

    def start(self):
        """As systemd does: by the command of the unit, with the socket that it holds."""
        command = self.unit("msinfusion@.service")["ExecStart"][0].split()
        assert command[0].endswith("/.venv/bin/gunicorn")
        command = [sys.executable, "-c", ACTIVATE, str(self.listener.fileno()), "-m", "gunicorn", *command[1:]]
        with (self.folder / "log").open("a") as log:
            self.server = subprocess.Popen(
                command,
                cwd=self.folder,
                env=self.environment,
                pass_fds=[self.listener.fileno()],
                stdout=log,
                stderr=log,
            )

    def unit(self, name):
        """What stands in a unit of systemd, by its names."""
        found = {}
        for line in (self.folder / "msinfusion" / "deploy" / name).read_text().splitlines():
            key, equals, value = line.partition("=")
            if equals and not line.startswith("#"):
                found.setdefault(key, []).append(value)
        return found

    def stop(self):
        if hasattr(self, "server") and self.server.poll() is None:
            self.server.terminate()
            self.server.wait(timeout=40)

    @property
    def log(self):
        return (self.folder / "log").read_text()

    def workers(self):
        """The ids of the processes that answer."""
        pid = self.server.pid
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def kill_worker(self):
        os.kill(until(self.workers)[0], signal.SIGKILL)

    def ask(self, path, data=None, **headers):
        """What the site answers to a request, as it stands."""
        return ask(self.address, path, data, **headers)

    def keep_visit(self):
        """The address of a newly kept visit."""
        answers = {"therapy": "ocrelizumab", "stage": "first-dose-part-1", "date": in_days(24)}
        kept = self.ask("/visits/keep/", answers)
        assert kept.status == 302
        return kept.headers["Location"]


def ask(address, path, data=None, secure=False, **headers):
    if secure:
        connection = http.client.HTTPSConnection(address, timeout=60, context=TRUST)
    else:
        connection = http.client.HTTPConnection(address, timeout=60)
    try:
        if data is None:
            connection.request("GET", path, headers=headers)
        else:
            headers = {"Content-Type": "application/x-www-form-urlencoded", **headers}
            connection.request("POST", path, urlencode(data, doseq=True), headers)
        response = connection.getresponse()
        return Answer(response.status, response.headers, response.read())
    finally:
        connection.close()


def in_days(days):
    return (date.today() + timedelta(days=days)).isoformat()  # noqa: DTZ011 - a day more or less is no matter here


def boxes(page):
    """What can be ticked on the page of a kept visit."""
    return re.findall(r'id="t-([\w-]+)"', page.text)


def public_pages(site, history=False):
    """Every page that readers learn from, by its address, as it is served. Lists of earlier editions are history: they ask
    the database."""
    listed = re.findall(r"<loc>[a-z]+://[^/]+(/[^<]*)</loc>", site.ask("/sitemap.xml").text)
    assert "/therapies/ocrelizumab/" in listed
    if not history:
        listed = [path for path in listed if not path.endswith("/editions/")]
    more = ["/offline/", "/therapies/ocrelizumab/editions/1/", "/sitemap.xml"]
    return {path: site.ask(path).body for path in [*listed, *more]}


def rows(server, database, query, *values):
    with psycopg.connect(server.url(database)) as connection:
        return connection.execute(query, values).fetchall()
