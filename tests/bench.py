"""How fast the site is, beside a view that does nothing and beside Wagtail: `make bench`. Prints ratios, writes all that it
measured to var/bench.json, and fails where something falls short.

Speeds of a machine change from second to second, so nothing here is a speed: in each round everything is measured once, one
after the other, and divided by what it is compared with in the same round. Each server is one gunicorn process with four
threads on the first core; wrk asks it from the last one, over four connections.
"""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from urllib.parse import urlencode

from faults.machines import DEPLOY, PUBLISH, ask, boxes, free_port, in_days, nginx, until
from run import install, postgres, postgres_server

ROOT = Path(__file__).resolve().parent.parent
WAGTAIL = ROOT / "var" / "bench" / "bin" / "python"
ROUNDS, SECONDS, STARTS = 7, 2, 3
CONNECTIONS = 4
CORES = sorted(os.sched_getaffinity(0))
MOST_MEGABYTES = 120
THERAPY, GUIDE, FORM, LIST = "/therapies/ocrelizumab/", "/guide/", "/visits/new/", "/visits/checklist/"
BROWSER = {"Accept-Encoding": "gzip, deflate, br"}
ANSWERS = {
    "therapy": "ocrelizumab",
    "stage": "first-dose-part-1",
    "date": in_days(24),
    "situations": ["first-time", "drives", "heat", "fatigue", "diabetes", "works"],
}
WRITE_PAGES = "from pathlib import Path; from therapies import outside; outside.write(Path({link!r}))"
# Of our answers, the headers that the view sets itself. All others come from what stands in front of it.
SET_BY_THE_VIEW = ("Content-Type", "Content-Encoding", "ETag", "Cache-Control", "Vary")
# PostgreSQL supposes a disk with a moving head, where a table of a few pages is best read in the order of its pages. Then the
# plan for a thousand visits is another one (Bitmap Heap Scan, by the same index) than that for a million.
NO_MOVING_HEAD = "-c random_page_cost=1.1"
# Therapy and guide with ten times the items. `situations` says for whom the other nine are.
TEN_TIMES = """
import json
from django.conf import settings
from therapies.publishing import publish_starter
from therapies.rows import load
for order, name in enumerate(("guide", "ocrelizumab")):
    data = json.loads((settings.BASE_DIR / "fixtures" / f"{{name}}.json").read_text())
    items = data["items"]
    for copy in range(2, 11):
        data["items"] = data["items"] + [
            item | {{
                "key": f"{{item['key']}}-{{copy}}",
                "replaces": [f"{{key}}-{{copy}}" for key in item.get("replaces", [])],
                "situations": {situations} or item.get("situations", []),
            }}
            for item in items
        ]
    publish_starter(load(data, order=order))
"""
ROTATE = """
local asked, at = {%s}, 0
request = function()
  at = at %% #asked + 1
  return wrk.format("POST", asked[at][1], {["Content-Type"] = "application/x-www-form-urlencoded", %s}, asked[at][2])
end
"""
Asked = list[tuple[str, dict[str, object]]]


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


@dataclass
class Server:
    """One process that answers, and the one that watches it."""

    address: str
    process: subprocess.Popen[bytes]

    @property
    def worker(self) -> int:
        pid = self.process.pid
        return int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])

    def memory(self) -> tuple[float, float]:
        """What the worker holds in memory, in MB: all of it, and with its share of what processes have in common."""
        rollup = Path(f"/proc/{self.worker}/smaps_rollup").read_text()
        rss, pss = (int(re.search(rf"^{name}:\s+(\d+) kB", rollup, re.MULTILINE)[1]) for name in ("Rss", "Pss"))
        return rss / 1000, pss / 1000


@contextmanager
def served(application: str, folder: Path, python: Path | str = sys.executable, **environment: str) -> Iterator[Server]:
    """A running server. It has answered once."""
    with socket.create_server(("127.0.0.1", 0)) as listener, (folder / "log").open("a") as log:
        address = f"127.0.0.1:{listener.getsockname()[1]}"
        command = [
            "taskset",
            "--cpu-list",
            str(CORES[0]),
            python,
            "-m",
            "gunicorn",
            "--bind",
            f"fd://{listener.fileno()}",
        ]
        command += ["--workers", "1", "--threads", "4", "--no-control-socket", "--log-level", "warning"]
        environment = os.environ | {"PYTHONPATH": str(ROOT / "tests")} | environment
        process = subprocess.Popen(
            [*command, application], cwd=ROOT, env=environment, pass_fds=[listener.fileno()], stdout=log, stderr=log
        )
        try:
            try:
                ask(address, "/healthz")
            except OSError:
                raise SystemExit(f"{application} did not start:\n{(folder / 'log').read_text()}") from None
            yield Server(address, process)
        finally:
            process.terminate()
            process.wait(timeout=20)


def site(folder: Path, database: Path) -> ExitStack:
    return served("bench_site", folder, DATABASE_URL=f"sqlite:///{database}", BENCH_FOLDER=str(folder))


def manage(url: str, *command: str) -> str:
    command = [sys.executable, "manage.py", *command]
    return subprocess.run(
        command, cwd=ROOT, env=os.environ | {"DATABASE_URL": url}, check=True, stdout=subprocess.PIPE, text=True
    ).stdout


def made_database(path: Path, fill: str = "") -> Path:
    """A database with the starter content, or with what this program puts there."""
    url = f"sqlite:///{path}"
    manage(url, "migrate", "--verbosity", "0")
    manage(url, *(["shell", "--verbosity", "0", "--command", fill] if fill else ["seed", "--verbosity", "0"]))
    return path


def wagtail(folder: Path, html: str, **environment: str) -> ExitStack:
    """A Wagtail with one page."""
    environment |= {
        "BENCH_DATABASE": str(folder / "wagtail.sqlite3"),
        "DJANGO_SETTINGS_MODULE": "bench_wagtail.settings",
    }
    if not (folder / "wagtail.sqlite3").exists():
        subprocess.run(
            [WAGTAIL, "-m", "bench_wagtail.load"],
            cwd=ROOT / "tests", env=os.environ | environment, input=html.removesuffix("\n"), text=True, check=True,
        )  # fmt: skip
    return served("django.core.wsgi:get_wsgi_application()", folder, WAGTAIL, **environment)


@contextmanager
def files_served(folder: Path, database: Path) -> Iterator[str]:
    """An nginx with our example, but for TLS, which serves the public pages as files; at /plain it serves the file of one of
    them and looks for nothing, with the same headers. Gives its address."""
    link, port = folder / "var" / "pages", free_port()
    link.parent.mkdir()
    manage(f"sqlite:///{database}", "shell", "--verbosity", "0", "--command", WRITE_PAGES.format(link=str(link)))
    shutil.copy(link / THERAPY.strip("/") / "index.html.gz", folder / "plain")
    page = re.search(r"    location / \{.*?\n    \}\n", (DEPLOY / "nginx.conf").read_text(), re.DOTALL)[0]
    headers = re.findall(r"add_header [^\n]*", page)
    plain = f"""    location = /plain {{
        alias {folder}/plain;
        default_type "text/html; charset=utf-8";
        max_ranges 0;
        add_header Content-Encoding gzip;
        add_header Vary Accept-Encoding;
        {"".join(headers)}
    }}
"""
    replaced = {
        "    listen 80;\n    listen [::]:80;\n": f"    listen 127.0.0.1:{free_port()};\n",
        "    listen 443 ssl http2;\n    listen [::]:443 ssl http2;\n": f"    listen 127.0.0.1:{port};\n",
        "    ssl_certificate /etc/ssl/certs/infusion.example.org.pem;\n": "",
        "    ssl_certificate_key /etc/ssl/private/infusion.example.org.key;\n": "",
        "/var/log/nginx/msinfusion.log": f"{folder}/access.log",
        "/opt/msinfusion/var": str(link.parent),
        "    location @site {": plain + "    location @site {",
    }
    server = subprocess.Popen(["taskset", "--cpu-list", str(CORES[0]), *nginx(folder, replaced, workers=1)])
    try:
        until(lambda: server.poll() is not None or (folder / "pid").exists())
        ours, theirs = (ask(f"127.0.0.1:{port}", path, **{"Accept-Encoding": "gzip"}) for path in (THERAPY, "/plain"))
        names = {name for name in ours.headers if name not in ("Date", "ETag")}
        assert names == {name for name in theirs.headers if name not in ("Date", "ETag")}, (
            ours.headers.as_string(),
            theirs.headers.as_string(),
        )
        assert ours.body == theirs.body
        assert all(ours.headers[name] == theirs.headers[name] for name in names)
        yield f"127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(timeout=20)


def seconds_of(address: str, path: str, data: object = None) -> float:
    before = time.perf_counter()
    assert ask(address, path, data, **BROWSER).status == 200
    return time.perf_counter() - before


def cold(folder: Path, database: Path) -> dict[str, list[float]]:
    """How many milliseconds the first reader waits after a start, and after something was published."""
    found: dict[str, list[float]] = {"first page after a start": [], "first page after a publication": []}
    found |= {"the guide, next": [], "the same page again": []}
    for _ in range(STARTS):
        with site(folder, database) as server:
            found["first page after a start"].append(seconds_of(server.address, THERAPY))
            found["the guide, next"].append(seconds_of(server.address, GUIDE))
            found["the same page again"].append(seconds_of(server.address, THERAPY))
    with site(folder, database) as server:
        for number in range(STARTS):
            words = f"This is for edition {number}."
            manage(f"sqlite:///{database}", "shell", "--verbosity", "0", "--command", PUBLISH.format(words=words))
            time.sleep(3)  # so often does a process look whether something new was published
            found["first page after a publication"].append(seconds_of(server.address, THERAPY))
            assert words in ask(server.address, LIST, ANSWERS).text
    return {name: [1000 * one for one in all_of_it] for name, all_of_it in found.items()}


def write_down(folder: Path, name: str, address: str, path: str, data: object = None, **headers: str) -> None:
    """What the site answers, for the view that does nothing; and see that the view then answers the very same."""
    answer = ask(address, path, data, **headers)
    kept = {header: answer.headers[header] for header in SET_BY_THE_VIEW if answer.headers[header]}
    (folder / f"{name}.json").write_text(json.dumps([answer.status, kept]))
    (folder / f"{name}.body").write_bytes(answer.body)
    bare = ask(address, f"/bare/{name}/", data, **headers)
    ours, theirs = ({n: v for n, v in one.headers.items() if n not in ("Date", "Expires")} for one in (answer, bare))
    assert (bare.status, theirs, bare.body) == (answer.status, ours, answer.body), (ours, theirs)


def wrk(address: str, path: str, headers: dict[str, str], asked: Asked | None, folder: Path) -> float:
    """Answers in a second. All of them have to be good ones."""
    command = ["taskset", "--cpu-list", str(CORES[-1]), "wrk", "--threads", "1", "--connections", str(CONNECTIONS)]
    command += ["--duration", f"{SECONDS}s", "--timeout", "30s"]
    if asked:
        lines = ",".join(f"{{{json.dumps(to)},{json.dumps(urlencode(data, doseq=True))}}}" for to, data in asked)
        extra = ",".join(f"[{json.dumps(name)}]={json.dumps(value)}" for name, value in headers.items())
        (folder / "rotate.lua").write_text(ROTATE % (lines, extra))
        command += ["--script", str(folder / "rotate.lua")]
    else:
        command += [word for name, value in headers.items() for word in ("--header", f"{name}: {value}")]
    said = subprocess.run([*command, f"http://{address}{path}"], capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in said or "Socket errors" in said:
        raise SystemExit(f"{path} was not answered well:\n{said}")
    return float(re.search(r"Requests/sec:\s+([\d.]+)", said)[1])


@dataclass
class Measured:
    """Something to ask for. `against` is what it is divided by, `least` what has to come of it; 0 where nothing has to.
    What takes so long that wrk would count a handful is asked for `once`, without wrk."""

    name: str
    address: str
    path: str
    headers: dict[str, str] = field(default_factory=lambda: dict(BROWSER))
    asked: Callable[[], Asked] | None = None
    against: str = ""
    least: float = 0
    once: bool = False
    rates: list[float] = field(default_factory=list)


def keep(address: str) -> str:
    """The address of a newly kept visit."""
    kept = ask(address, "/visits/keep/", ANSWERS)
    assert kept.status == 302
    return kept.headers["Location"]


def ticks(address: str) -> Asked:
    """More ticks of newly kept lists than anybody can send in one round."""
    visits = [keep(address) for _ in range(12)]
    things = boxes(ask(address, visits[0]))
    return [
        (f"{visit}change/", {"about": f"done:{box}", "number": number, "value": "1" if number % 2 else ""})
        for number in range(1, 6)
        for box in things
        for visit in visits
    ]


def lists() -> Asked:
    """People of different dates, so that no two lists are the same."""
    return [(LIST, ANSWERS | {"date": in_days(day)}) for day in range(20, 30)]


def rounds(measured: list[Measured], folder: Path) -> None:
    for number in range(ROUNDS + 1):
        say(f"Round {number} of {ROUNDS} ..." if number else "Once for practice ...")
        for one in measured:
            asked = one.asked() if one.asked else None
            if one.once:
                rate = 1 / seconds_of(one.address, *asked[0])
            else:
                rate = wrk(one.address, one.path, one.headers, asked, folder)
            if number:
                one.rates.append(rate)


def ratio(rates: list[float], against: list[float]) -> dict[str, float]:
    each = sorted(rate / other for rate, other in zip(rates, against, strict=True))
    return {"median": median(each), "least": each[0], "most": each[-1]}


def against_all(folder: Path, missed: list[str]) -> dict[str, object]:
    """Everything that wrk measures."""
    database = made_database(folder / "site.sqlite3")
    shutil.copy(database, folder / "published.sqlite3")
    say("First pages ...")
    first = cold(folder, folder / "published.sqlite3")
    say("Ten times the content ...")
    for_others = made_database(folder / "others.sqlite3", TEN_TIMES.format(situations='["pregnancy"]'))
    for_everybody = made_database(folder / "everybody.sqlite3", TEN_TIMES.format(situations="[]"))
    with ExitStack() as stack:
        ours = stack.enter_context(site(folder, database))
        others, everybody = (stack.enter_context(site(folder, path)).address for path in (for_others, for_everybody))
        here = ours.address
        html = ask(here, THERAPY).text
        say("Wagtail ...")
        plain = stack.enter_context(wagtail(folder, html)).address
        cached = stack.enter_context(wagtail(folder, html, BENCH_CACHE="1")).address
        for address in (plain, cached, cached):
            answer = ask(address, "/page/")
            assert answer.text == html
        assert answer.headers["X-Wagtail-Cache"] == "hit"
        (folder / "files").mkdir()
        files = stack.enter_context(files_served(folder / "files", database))

        if_none = {"If-None-Match": ask(here, THERAPY, **BROWSER).headers["ETag"]}
        write_down(folder, "therapy", here, THERAPY, **BROWSER)
        write_down(folder, "guide", here, GUIDE, **BROWSER)
        write_down(folder, "unchanged", here, THERAPY, **BROWSER, **if_none)
        write_down(folder, "list", here, LIST, ANSWERS)
        visit = keep(here)
        for box in boxes(ask(here, visit))[:5]:
            assert ask(here, f"{visit}change/", {"about": f"done:{box}", "number": 1, "value": "1"}).status == 302
        lengths = {
            address: ask(address, LIST, ANSWERS).text.count("data-item=") for address in (here, others, everybody)
        }
        assert lengths[here] == lengths[others]

        measured = [
            Measured("a view that does nothing", here, "/bare/therapy/"),
            Measured("therapy page", here, THERAPY, against="a view that does nothing", least=0.95),
            Measured("a view that does nothing, guide", here, "/bare/guide/"),
            Measured("guide", here, GUIDE, against="a view that does nothing, guide", least=0.95),
            Measured("a view that does nothing, 304", here, "/bare/unchanged/", BROWSER | if_none),
            Measured(
                "therapy page, 304", here, THERAPY, BROWSER | if_none, None, "a view that does nothing, 304", 0.95
            ),
            Measured("Wagtail", plain, "/page/", {}),
            Measured("Wagtail with its cache", cached, "/page/", {}),
            Measured("therapy page, not compressed", here, THERAPY, {}, None, "Wagtail", 20),
            Measured("a file of the same size in nginx", files, "/plain", {"Accept-Encoding": "gzip"}),
            Measured(
                "therapy page as a file in nginx",
                files,
                THERAPY,
                {"Accept-Encoding": "gzip"},
                None,
                "a file of the same size in nginx",
                0.9,
            ),
            Measured("the form", here, FORM, against="a view that does nothing"),
            Measured("a view that does nothing, checklist", here, LIST, asked=lambda: [("/bare/list/", ANSWERS)]),
            Measured("a checklist", here, LIST, asked=lists, against="a view that does nothing, checklist", least=0.08),
            Measured("a checklist, ten times the content", others, LIST, asked=lists, against="a checklist", least=0.5),
            Measured("a checklist ten times as long", everybody, LIST, asked=lists, against="a checklist", once=True),
            Measured("a kept visit", here, visit, against="a view that does nothing"),
            Measured("a tick", here, visit, asked=lambda: ticks(here), against="a view that does nothing"),
        ]
        rounds(measured, folder)
        rss, pss = ours.memory()
    by_name = {one.name: one for one in measured}
    table = [(one.name, one.against, one.least, one.rates) for one in measured if one.against]
    of_cache = by_name["therapy page, not compressed"].rates
    table.insert(4, ("therapy page, not compressed", "Wagtail with its cache", 1, of_cache))
    table.insert(8, ("a checklist", "a view that does nothing", 0, by_name["a checklist"].rates))

    say(f"\n{'what':38} {'of':36} {'ratio':>7}  {'from .. to':16} {'at least':>8}")
    rows = []
    for name, against, least, rates in table:
        found = ratio(rates, by_name[against].rates)
        verdict = "" if not least else "reached" if found["median"] >= least else "MISSED"
        if verdict == "MISSED":
            missed.append(f"{name} ({against})")
        rows.append({"what": name, "of": against, "at_least": least, "verdict": verdict} | found)
        spread = f"{found['least']:.3g} .. {found['most']:.3g}"
        say(f"{name:38} {against:36} {found['median']:7.3g}  {spread:16} {least or '':>8} {verdict}")
    say(
        f"\nMemory of the process after that: {rss:.0f} MB resident ({pss:.0f} MB of its own), at most {MOST_MEGABYTES} MB"
    )
    if rss > MOST_MEGABYTES:
        missed.append("memory")
    for name, each in first.items():
        say(f"{name:32} {median(each):5.1f} ms ({min(each):.1f} .. {max(each):.1f})")
    return {
        "ratios": rows,
        "answers_a_second": {one.name: one.rates for one in measured},
        "first_pages_ms": first,
        "memory_mb": {"rss": rss, "pss": pss},
        "things_on_the_list": {"now": lengths[here], "ten times as long": lengths[everybody]},
    }


def queries(missed: list[str]) -> dict[str, object] | None:
    """Whether a kept visit is found as fast among a million others as among a thousand."""
    programs = postgres()
    if programs is None:
        say("NOT MEASURED: PostgreSQL is not on this machine and could not be installed.")
        missed.append("PostgreSQL")
        return None
    say("\nPostgreSQL ...")
    with postgres_server(programs) as url:
        manage(url, "migrate", "--verbosity", "0")
        manage(url, "seed", "--verbosity", "0")
        command = [sys.executable, ROOT / "tests" / "bench_queries.py"]
        environment = os.environ | {"DATABASE_URL": url, "PYTHONPATH": str(ROOT), "PGOPTIONS": NO_MOVING_HEAD}
        said = subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout
    found = json.loads(said)
    for what, both in found.items():
        few, many = both.values()
        for one, other in zip(few["queries"], many["queries"], strict=True):
            say(f"{what}: {one['sql']}\n    among a thousand  {one['plan']}\n    among a million   {other['plan']}")
        same = [one["plan"] for one in few["queries"]] == [one["plan"] for one in many["queries"]]
        slower = median(many["ms"]) / median(few["ms"])
        reached = same and slower <= 1.5
        say(
            f"{what}: {'the same plans' if same else 'OTHER PLANS'}; {median(few['ms']):.2f} ms among a thousand, "
            f"{median(many['ms']):.2f} ms among a million: {slower:.2f} times, at most 1.5. "
            f"{'reached' if reached else 'MISSED'}"
        )
        if not reached:
            missed.append(f"{what} among a million")
    return found


def main() -> int:
    for program in ("wrk", "nginx"):
        if not shutil.which(program):
            install(program)
        if not shutil.which(program):
            say(f"This needs {program}. On Debian: apt-get install {program}")
            return 2
    if not postgres():
        install("postgresql")
    missed: list[str] = []
    with tempfile.TemporaryDirectory(prefix="msinfusion-bench-") as name:
        found = against_all(Path(name), missed)
    found["queries"] = queries(missed)
    found["missed"] = missed
    (ROOT / "var" / "bench.json").write_text(json.dumps(found, indent=1))
    say(f"\nMISSED: {', '.join(missed)}" if missed else "\nAll reached.")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
