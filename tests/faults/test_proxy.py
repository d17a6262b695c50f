"""Two servers on one PostgreSQL, behind nginx: the examples of msinfusion/deploy/, started for real."""

import asyncio
import gzip
import json
import shutil
import socket
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from urllib.parse import urlencode

import pytest

from machines import DEPLOY, TRUST, ask, boxes, free_port, in_days, nginx, until

WITHDRAW = """
from django.contrib.auth.models import User
from therapies.models import Subject
from therapies.publishing import withdraw
withdraw(Subject.objects.get(slug="ocrelizumab"), "", by=User.objects.get(username="reviewer"), reason="The label changed.")
"""
ANSWERS = {"therapy": "ocrelizumab", "stage": "first-dose-part-1", "date": in_days(24), "situations": ["diabetes"]}
NORMAL = 40  # people who ask at the same moment


@dataclass
class Proxy:
    """nginx, as a reader meets it."""

    folder: Path
    port: int
    plain_port: int
    server: subprocess.Popen

    def ask(self, path, data=None, **headers):
        return ask(f"127.0.0.1:{self.port}", path, data, secure=True, **headers)

    @property
    def access_log(self):
        return (self.folder / "access.log").read_text()

    def everything_written(self):
        return "".join(path.read_text() for path in self.folder.glob("*.log"))


@pytest.fixture
def sites(server, database, new_site):
    """Two installations on one database."""
    made = [new_site(server.url(database)) for _ in range(2)]
    for site in made:
        site.environment["SITE_URL"] = "https://127.0.0.1"
        site.start()
    yield made
    for site in made:
        site.stop()


@pytest.fixture
def proxy(sites, tmp_path):
    if not shutil.which("nginx") or not shutil.which("openssl"):
        pytest.skip("nginx or openssl is not on this machine.")
    certificate = ["-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"]
    files = ["-keyout", tmp_path / "key", "-out", tmp_path / "pem"]
    subprocess.run(["openssl", "req", *certificate, *files], check=True, capture_output=True)
    port, plain_port = free_port(), free_port()
    replaced = {
        "    listen [::]:80;\n": "",
        "    listen [::]:443 ssl http2;\n": "",
        "listen 80;": f"listen 127.0.0.1:{plain_port};",
        "listen 443 ": f"listen 127.0.0.1:{port} ",
        "https://infusion.example.org$": f"https://127.0.0.1:{port}$",
        "127.0.0.1:8001": sites[0].address,
        "127.0.0.1:8002": sites[1].address,
        "/etc/ssl/certs/infusion.example.org.pem": f"{tmp_path}/pem",
        "/etc/ssl/private/infusion.example.org.key": f"{tmp_path}/key",
        "/var/log/nginx/msinfusion.log": f"{tmp_path}/access.log",
        "/opt/msinfusion/var": f"{sites[0].folder}/var",
        "infusion.example.org": "127.0.0.1",
    }
    server = subprocess.Popen(nginx(tmp_path, replaced))
    running = Proxy(tmp_path, port, plain_port, server)

    def answers():
        assert server.poll() is None, running.everything_written()
        try:
            return running.ask("/readyz").status == 200
        except OSError:
            return False

    until(answers)
    yield running
    server.terminate()
    server.wait(timeout=20)


def test_what_one_publishes_both_show_within_five_seconds(sites, proxy):
    path = "/therapies/ocrelizumab/"
    before = proxy.ask(path)
    assert before.headers["Cache-Control"] == "public, max-age=60, stale-while-revalidate=600, stale-if-error=86400"
    assert proxy.ask(path, **{"If-None-Match": before.headers["ETag"]}).status == 304
    asked_through_proxy = {"X-Forwarded-Proto": "https"}
    everywhere = [site for site in sites for _ in range(6)]  # every process of each
    assert {site.ask(path, **asked_through_proxy).body for site in everywhere} == {before.body}

    sites[0].publish("In words of a second edition.")

    def all_show_it():
        return all("edition&nbsp;2" in site.ask(path, **asked_through_proxy).text.lower() for site in everywhere)

    until(all_show_it, seconds=5)
    after = proxy.ask(path, **{"If-None-Match": before.headers["ETag"]})
    assert after.status == 200
    assert after.headers["ETag"] != before.headers["ETag"]


@pytest.fixture
def pages(sites):
    """What keeps the public pages as files, where nginx looks for them."""
    command = sites[0].unit("msinfusion-pages.service")["ExecStart"][0].split()
    assert command[0].endswith("/.venv/bin/python")
    environment = sites[0].environment
    running = subprocess.Popen([sys.executable, *command[1:]], cwd=sites[0].folder, env=environment)
    until((sites[0].folder / "var" / "pages").exists)
    yield running
    running.terminate()
    running.wait(timeout=20)


def as_of_a_page(answer):
    """What a reader's browser gets, apart from what is of the moment or of who serves it."""
    headers = {name.lower(): value for name, value in answer.headers.items()}
    for name in (
        "date",
        "server",
        "connection",
        "etag",
        "content-length",
        "transfer-encoding",
        "accept-ranges",
        "keep-alive",
    ):
        headers.pop(name, None)
    headers["content-security-policy"] = set(headers["content-security-policy"].split("; "))
    return answer.status, answer.body, headers


def test_pages_that_are_files_are_the_pages_of_the_site(sites, proxy, pages):
    files = sites[0].folder / "var" / "pages"
    written = {f"/{path.parent.relative_to(files)}/".replace("/./", "/") for path in files.rglob("index.html")}
    assert written >= {"/", "/guide/", "/therapies/ocrelizumab/"}
    assert {path.name for path in files.rglob("*") if path.is_file()} == {
        f"index.html{end}" for end in ("", ".br", ".gz")
    }
    by_the_site = {path: sites[0].ask(path, **{"X-Forwarded-Proto": "https"}) for path in written}
    for site in sites:
        site.stop()  # who answers now is nginx
        site.listener.close()
    for path in written:
        plain, small = proxy.ask(path), proxy.ask(path, **{"Accept-Encoding": "gzip"})
        assert as_of_a_page(plain) == as_of_a_page(by_the_site[path])
        assert gzip.decompress(small.body) == plain.body
        assert small.headers["Vary"] == "Accept-Encoding"
        assert proxy.ask(path, **{"If-None-Match": small.headers["ETag"], "Accept-Encoding": "gzip"}).status == 304
    for path in ("/guide", "/guide/index.html", "/search/", "/nothing", "/../site.sqlite3", "/admin/"):
        assert proxy.ask(path).status in (400, 503)  # the site's to answer
    assert proxy.ask("/", {"q": "a POST"}).status == 503


def test_pages_that_are_files_change_with_a_publication_and_go_when_nobody_keeps_them(sites, proxy, pages):
    path = "/therapies/ocrelizumab/"
    before, untouched = proxy.ask(path).headers["ETag"], proxy.ask("/guide/").headers["ETag"]
    sites[1].publish("In words of a second edition.")
    until(lambda: "edition&nbsp;2" in proxy.ask(path).text.lower(), seconds=5)
    assert proxy.ask(path).headers["ETag"] != before
    assert proxy.ask("/guide/").headers["ETag"] == untouched
    sites[1].manage("shell", "--verbosity", "0", "--command", WITHDRAW)
    until(lambda: "The label changed." in proxy.ask(path).text, seconds=5)
    pages.kill()
    pages.wait()
    subprocess.run(
        sites[0].unit("msinfusion-pages.service")["ExecStopPost"][0].split(), cwd=sites[0].folder, check=True
    )
    until(lambda: proxy.ask("/guide/").headers["ETag"] != untouched, seconds=5)  # it is the site's own
    assert proxy.ask("/guide/").status == 200


def test_a_rolling_restart_under_load_loses_no_request(sites, proxy):
    kept = [proxy.ask("/visits/keep/", ANSWERS).headers["Location"] for _ in range(8)]
    enough, answers = Event(), Counter()

    def go_on(address):
        box, number = boxes(proxy.ask(address))[0], 0
        while not enough.is_set():
            number += 1
            change = {"about": f"note:{box}", "number": number, "value": f"Note {number}"}
            answers["tick", proxy.ask(f"{address}change/", change).status] += 1
            answers["page", proxy.ask("/therapies/natalizumab/").status] += 1
            answers["list", proxy.ask("/visits/checklist/", ANSWERS).status] += 1
            answers["visit", proxy.ask(address).status] += 1

    with ThreadPoolExecutor(len(kept)) as people:
        jobs = [people.submit(go_on, address) for address in kept]
        try:
            for site in sites * 2:
                done = sum(answers.values())
                until(lambda done=done: sum(answers.values()) > done + 40, 300)
                site.stop()
                site.start()
                until(lambda site=site: site.ask("/readyz", **{"X-Forwarded-Proto": "https"}).status == 200)
        finally:
            enough.set()
        for job in jobs:
            job.result()
    assert answers.keys() == {("tick", 302), ("page", 200), ("list", 200), ("visit", 200)}


def test_the_log_of_the_proxy_holds_no_private_address_and_nobody(sites, proxy):
    kept = proxy.ask("/visits/keep/", ANSWERS).headers["Location"]
    proxy.ask(kept)
    proxy.ask(f"{kept}list/")
    proxy.ask(kept.rstrip("/"))
    proxy.ask("/visits/new/?therapy=ocrelizumab")
    for site in sites:
        site.stop()
        site.listener.close()
    away = proxy.ask(kept)
    assert away.status == 503
    assert int(away.headers["Retry-After"]) > 0
    assert "Try again in a minute." in away.text
    lines = [json.loads(line) for line in proxy.access_log.splitlines()]
    assert {"/visits/...", "/readyz"} <= {line["page"] for line in lines}
    assert lines[-1]["status"] == 503
    for secret in (kept.split("/")[2], "therapy=", "127.0.0.1"):
        assert secret not in proxy.access_log
    assert kept.split("/")[2] not in proxy.everything_written()


def test_http_and_files_go_where_they_should(proxy):
    plain = ask(f"127.0.0.1:{proxy.plain_port}", "/guide/")
    assert plain.status == 301
    assert plain.headers["Location"] == f"https://127.0.0.1:{proxy.port}/guide/"
    style = proxy.ask("/").text.split('rel="stylesheet" href="')[1].split('"')[0]
    answer = proxy.ask(style, **{"Accept-Encoding": "gzip"})
    assert answer.status == 200
    assert answer.headers["Content-Encoding"] == "gzip"
    assert "immutable" in answer.headers.get_all("Cache-Control")[-1]
    assert answer.headers["Content-Type"] == "text/css"


def resident(processes):
    """Their memory, in MB."""
    status = [Path(f"/proc/{pid}/status").read_text() for pid in processes]
    return [int(text.split("VmRSS:")[1].split()[0]) // 1024 for text in status]


async def one_request(proxy, raw):
    """The status and the headers of an answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port, ssl=TRUST)
    writer.write(raw)
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    await reader.read()
    writer.close()
    return int(head.split()[1]), head


async def rush(proxy, people, requests):
    """So many people at once, who each ask so often: what they get, by its status."""
    body = urlencode(ANSWERS, doseq=True)
    head = "Host: 127.0.0.1\r\nConnection: close\r\n"
    form = f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    asked = [f"GET /guide/ HTTP/1.1\r\n{head}\r\n", f"POST /visits/checklist/ HTTP/1.1\r\n{head}{form}"]
    found = Counter()

    async def person():
        for n in range(requests):
            status, told = await one_request(proxy, asked[n % 2].encode())
            assert status == 200 or "retry-after: 30" in told.lower()
            found[status] += 1

    await asyncio.gather(*(person() for _ in range(people)))
    return found


def test_ten_times_as_many_people_are_refused_politely_and_memory_stays_flat(sites, proxy):
    workers = [pid for site in sites for pid in until(site.workers)]
    assert (asyncio.run(rush(proxy, NORMAL, 6))).keys() == {200}
    before = resident(workers)
    found = asyncio.run(rush(proxy, 10 * NORMAL, 4))
    after = resident(workers)
    assert found.keys() == {200, 503}
    assert found.total() == 10 * NORMAL * 4
    assert [pid for site in sites for pid in site.workers()] == workers
    assert all(now <= then * 1.15 for then, now in zip(before, after, strict=True)), (before, after)
    assert max(after) <= 120, after
    assert proxy.ask("/guide/").status == 200


def test_slow_people_hold_up_nobody_and_are_not_waited_for_for_ever(proxy):
    slow = []
    for n in range(300):
        connection = socket.create_connection(("127.0.0.1", proxy.port))
        if n % 3:
            connection = TRUST.wrap_socket(connection)
            length = b"Content-Length: 1000\r\n\r\ntherapy=" if n % 3 == 2 else b""
            connection.sendall(b"POST /visits/checklist/ HTTP/1.1\r\nHost: 127.0.0.1\r\n" + length)
        slow.append(connection)
    for path in ("/", "/guide/", "/visits/new/", "/readyz"):
        assert proxy.ask(path).status == 200
    assert proxy.ask("/visits/checklist/", ANSWERS).status == 200
    for connection in slow:
        connection.settimeout(60)
        try:
            while connection.recv(4096):
                pass
        except ConnectionError:
            pass
        connection.close()


def test_a_read_replica_takes_the_reads(server, database, new_site, replica):
    writes, reads = new_site(server.url(database)), new_site(replica.url(database))
    writes.start()
    reads.start()
    kept = writes.keep_visit()
    assert reads.ask("/therapies/ocrelizumab/").body == writes.ask("/therapies/ocrelizumab/").body
    writes.publish("In words of a second edition.")
    until(lambda: "edition&nbsp;2" in reads.ask("/therapies/ocrelizumab/").text.lower(), seconds=5)
    assert reads.ask("/visits/checklist/", ANSWERS).status == 200
    change = {"about": f"done:{boxes(writes.ask(kept))[0]}", "number": 1, "value": "1"}
    refused = reads.ask(f"{kept}change/", change)
    assert refused.status == 503
    assert "What you just did was not saved." in refused.text
    assert writes.ask(f"{kept}change/", change).status == 302


def test_the_units_are_what_systemd_takes(sites, tmp_path):
    analyze = shutil.which("systemd-analyze")
    if not analyze:
        pytest.skip("systemd is not on this machine.")
    program = shutil.which("true")
    for unit in DEPLOY.glob("msinfusion*"):
        text = unit.read_text().replace("/opt/msinfusion/.venv/bin/gunicorn", program)
        text = text.replace("/opt/msinfusion/.venv/bin/python", program).replace("User=msinfusion", "User=root")
        (tmp_path / unit.name.replace("@.", "@8001.")).write_text(text)
        (tmp_path / unit.name).write_text(text)
    units = [path for path in tmp_path.iterdir() if "@." not in path.name]
    checked = subprocess.run([analyze, "verify", *units], capture_output=True, text=True, check=False)
    ours = [line for line in checked.stderr.splitlines() if "msinfusion" in line]
    assert (checked.returncode, ours) == (0, [])
