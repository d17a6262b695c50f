"""A stranger with a scanner, by wapiti: `make scan`. It crawls a running site with the starter content and a kept visit, and
attacks every address and form that it finds. This fails on whatever it reports, and where it could not do its work."""

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlencode, urlsplit
from urllib.request import urlopen

from browser.conftest import ROOT, running, seed

from faults.machines import in_days

WAPITI = ROOT / "var" / "scan" / "bin" / "wapiti"
# All that need nobody but the two of them. The others ask a server elsewhere (ssrf, xxe, log4shell), or look for products
# in lists that wapiti fetches (cms, htp, network_device, nikto, wapp, wp_enum), a certificate (ssl, https_redirect) or
# names of other hosts (takeover).
MODULES = (
    "backup", "brute_login_form", "buster", "cookieflags", "crlf", "csp", "csrf", "exec", "file", "htaccess", "http_headers",
    "ldap", "methods", "permanentxss", "redirect", "shellshock", "spring4shell", "sql", "timesql", "upload", "xss",
)  # fmt: skip
CRAWL_SECONDS, MODULE_SECONDS = 60, 15
FEWEST_PAGES = 40  # that it has to find on its own
ANSWERS = {"therapy": "ocrelizumab", "stage": "first-dose-part-1", "date": in_days(24)}

# What is no fault here: the name of the finding, what its address and words are, and why.
NO_FAULT = (
    # Readers have no cookie that a forged request could use; same_site.py refuses what comes from elsewhere. Forms of staff
    # have a token, and one without it would be told.
    ("Cross Site Request Forgery", r"/(?!admin/).* Lack of anti CSRF token"),
    # It comes over http, from this machine; over https every cookie is Secure (tests/test_headers.py).
    ("Secure Flag cookie", r".*"),
    # There is no directory here that could be asked. After five wrong passwords the page says that it is locked: another
    # page than before, which the module takes for an answer of such a directory.
    ("LDAP Injection", r"/admin/login/ .*parameter username"),
    # Meant to be found.
    ("Review Webserver Metafiles for Information Leakage", r"/(robots\.txt|favicon\.ico) "),
    # Which ways to ask each address takes; tests/test_rights.py says which those are.
    ("HTTP Methods", r".*"),
)


def keep_visit(site: str) -> str:
    """The address of a newly kept visit."""
    # Our own server.
    with urlopen(f"{site}/visits/keep/", urlencode(ANSWERS).encode()) as answer:  # noqa: S310
        return str(answer.url)


def scan(site: str, folder: Path) -> tuple[str, dict]:
    """What wapiti says while it works, and what it reports."""
    report, visit = folder / "report.json", keep_visit(site)
    command = [WAPITI, "--url", f"{site}/", "--scope", "folder", "--module", ",".join(MODULES), "--verbose", 1]
    for start in (
        f"{site}/admin/login/",
        f"{site}/check/",
        f"{site}/sitemap.xml",
        visit,
        f"{visit}list/",
        f"{visit}step/",
    ):
        command += ["--start", start]
    command += ["--exclude", f"{visit}delete/"]  # else there is no visit left to attack
    command += ["--max-scan-time", CRAWL_SECONDS, "--max-attack-time", MODULE_SECONDS, "--timeout", 20]
    command += ["--store-session", folder / "session", "--store-config", folder / "config", "--no-bugreport"]
    command += ["--format", "json", "--output", report]
    ran = subprocess.run(list(map(str, command)), check=False, capture_output=True, text=True)
    if ran.returncode or not report.exists():
        sys.exit(f"NOT SCANNED: wapiti ended with {ran.returncode}.\n{ran.stderr[-2000:]}")
    with urlopen(visit) as answer:  # noqa: S310 - our own server
        assert answer.status == 200
    return ran.stdout, json.loads(report.read_text())


def is_no_fault(name: str, told: str) -> bool:
    return any(name == known and re.match(where, told) for known, where in NO_FAULT)


def main() -> int:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        seed(folder / "site.sqlite3")
        with running(folder / "site.sqlite3", folder) as site:
            said, report = scan(site, folder)
        log = (folder / "log").read_text()
    failed = []
    for kind in ("vulnerabilities", "anomalies", "additionals"):
        for name, found in report[kind].items():
            for one in found:
                told = f"{urlsplit(one['path']).path} {one['info']}"
                if not is_no_fault(name, told):
                    failed.append(f"{name}: {one['method']} {told}")
    failed += sorted(set(re.findall(r'"(?:[A-Z]+ \S+ HTTP/1\.\d)" 5\d\d', log)))
    missing = [name for name in MODULES if f"Launching module {name}\n" not in said]
    pages = report["infos"]["crawled_pages_nbr"]
    if missing or pages < FEWEST_PAGES:
        failed.append(f"NOT SCANNED: {pages} pages were found, and these modules did not start: {missing or 'none'}.")
    asked = len(re.findall(r" HTTP/1\.\d\" \d\d\d ", log))
    stopped = re.findall(r"reached for module (\w+)", said)
    sys.stdout.write("".join(f"FAILED {sentence}\n" for sentence in failed))
    sys.stdout.write(f"{asked} requests about {pages} addresses, by {len(MODULES)} modules. ")
    sys.stdout.write(f"Not done within {MODULE_SECONDS} seconds each: {', '.join(stopped) or 'none'}.\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
