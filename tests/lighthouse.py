"""Lighthouse on the pages that most people open first: `make lighthouse`. Mobile, on this machine, in the system's Chromium.

Prints a table of medians with the spread, since one run differs much from the next, and fails where a median falls short of
what the README promises. Needs Node; Lighthouse itself is put into var/.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from urllib.request import urlopen

from browser.conftest import ROOT, running, seed

PAGES = ("/", "/therapies/ocrelizumab/", "/guide/", "/visits/new/?therapy=ocrelizumab")
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
FIGURES = {  # by audit: title, factor, unit, at most
    "largest-contentful-paint": ("LCP", 0.001, "s", 1.0),
    "cumulative-layout-shift": ("CLS", 1, "", 0),
    "total-blocking-time": ("TBT", 1, "ms", 0),
    "total-byte-weight": ("weight", 0.001, "kB", 60),
}
RUNS = 3
HOME = ROOT / "var" / "lighthouse"
LIGHTHOUSE = HOME / "node_modules" / ".bin" / "lighthouse"


def report(address: str) -> dict:
    flags = ["--quiet", "--output=json", "--chrome-flags=--headless=new --no-sandbox"]
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or sys.exit("Install Chromium first.")
    environment = os.environ | {"CHROME_PATH": chromium}
    for _ in range(3):  # now and then it finds no beginning in its recording, and says to run it again
        done = subprocess.run([LIGHTHOUSE, address, *flags], env=environment, capture_output=True, text=True)
        if not done.returncode:
            return json.loads(done.stdout)
    sys.exit(done.stderr)


def main() -> int:
    if not LIGHTHOUSE.exists():
        subprocess.run(["npm", "install", "--silent", "--prefix", HOME, "lighthouse@12"], check=True)
    failed = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        seed(folder / "site.sqlite3")
        with running(folder / "site.sqlite3", folder) as site:
            for page in PAGES:
                # A page is made once for each publication; nearly all readers come later.
                urlopen(site + page).read()  # noqa: S310 - our own server
                reports = [report(site + page) for _ in range(RUNS)]
                scores = {
                    name: round(100 * median(found["categories"][name]["score"] for found in reports))
                    for name in CATEGORIES
                }
                failed += [f"{page}: {name} is {score}" for name, score in scores.items() if score < 100]
                said = [f"{name} {score}" for name, score in scores.items()]
                for audit, (title, factor, unit, most) in FIGURES.items():
                    values = [found["audits"][audit]["numericValue"] * factor for found in reports]
                    value = median(values)
                    spread = f" ({min(values):.3g} to {max(values):.3g})" if max(values) > min(values) else ""
                    said.append(f"{title} {value:.3g}{spread} {unit}".strip())
                    if value > most + (20 if title == "weight" and "/visits/" in page else 0):
                        failed.append(f"{page}: {title} is {value:.3g} {unit}")
                sys.stdout.write(f"{page:34} {', '.join(said)}\n")
                sys.stdout.flush()
    sys.stdout.write("".join(f"FAILED {sentence}\n" for sentence in failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
