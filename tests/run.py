"""The whole suite: on SQLite, in a real Chromium, and all that uses a database again on a throwaway PostgreSQL.

Finds Chromium and PostgreSQL's own programs or installs Debian's packages. Where one can't be had it says so loudly, and
fails when CI=true. The PostgreSQL server listens on a socket in a temporary folder only, runs as an unprivileged user when
this is run by root, and is stopped whatever happens.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")


def say(text: str) -> None:
    sys.stdout.write(f"\n==> {text}\n")
    sys.stdout.flush()


def chromium() -> str | None:
    return next((path for name in CHROMIUM if (path := shutil.which(name))), None)


def driver_starts() -> bool:
    """Whether the program by which Playwright drives a browser starts; it wants a library that a small Debian lacks."""
    command = [sys.executable, "-m", "playwright", "--version"]
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


def postgres() -> Path | None:
    """The folder of PostgreSQL's own programs, the newest version first."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: -float(path.parent.name))
    on_path = shutil.which("postgres")
    folders += [Path(on_path).parent] if on_path else []
    return next((folder for folder in folders if (folder / "postgres").exists() and (folder / "initdb").exists()), None)


def install(*packages: str) -> None:
    """Debian's packages, where this user may install them; else nothing happens."""
    apt = shutil.which("apt-get")
    sudo = [] if os.geteuid() == 0 else ["sudo", "--non-interactive"]
    if not apt or (sudo and not shutil.which("sudo")):
        return
    say(f"Installing {', '.join(packages)} ...")
    env = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run([*sudo, apt, "update", "-qq"], env=env, check=False, stdout=subprocess.DEVNULL)
    command = [*sudo, apt, "install", "-y", "-qq", "--no-install-recommends", *packages]
    subprocess.run(command, env=env, check=False, stdout=subprocess.DEVNULL)


@contextmanager
def postgres_server(programs: Path) -> Iterator[str]:
    """A server that lives as long as the block; gives its DATABASE_URL."""
    user = ["runuser", "-u", "nobody", "--"] if os.geteuid() == 0 else []
    with tempfile.TemporaryDirectory(prefix="msinfusion-pg-") as name:
        folder = Path(name)
        if user:
            shutil.chown(folder, "nobody")
        data = folder / "data"
        initdb = [programs / "initdb", "-D", data, "-U", "msinfusion", "-A", "trust", "-E", "UTF8", "--no-sync"]
        subprocess.run([*user, *initdb], check=True, stdout=subprocess.DEVNULL, cwd=folder)
        options = ["-c", "listen_addresses=", "-c", "fsync=off", "-c", "full_page_writes=off"]
        command = [*user, programs / "postgres", "-D", data, "-k", folder, *options]
        with (folder / "log").open("w") as log:
            server = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder)
        try:
            ready = [programs / "pg_isready", "-h", folder, "-q"]
            for _ in range(100):
                if subprocess.run(ready, check=False).returncode == 0:
                    break
                time.sleep(0.1)
            else:
                raise SystemExit(f"PostgreSQL did not start:\n{(folder / 'log').read_text()}")
            yield f"postgresql://msinfusion@{str(folder).replace('/', '%2F')}/postgres"
        finally:
            pid_file = data / "postmaster.pid"
            if pid_file.exists():
                subprocess.run([*user, programs / "pg_ctl", "-D", data, "-m", "immediate", "stop", "-s"], check=False)
            server.wait(timeout=20)


def run_pytest(*arguments: str, **environment: str) -> int:
    """Two at a time; the tests of one file stay together, since they share servers and databases that take long to make."""
    command = [sys.executable, "-m", "pytest", "-n", "2", "--dist", "loadfile", *arguments, *sys.argv[1:]]
    return subprocess.run(command, cwd=ROOT, env=os.environ | environment, check=False).returncode


def main() -> int:
    if not chromium():
        install("chromium")
    if not driver_starts():
        install("libatomic1")
    if not postgres():
        install("postgresql")
    results, missing = {}, []
    collect = [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity", "0"]
    subprocess.run(collect, cwd=ROOT, check=True)

    say("On SQLite")
    results["SQLite"] = run_pytest("-m", "not browser", DATABASE_URL="")

    if (browser := chromium()) and driver_starts():
        say("In Chromium")
        results["Chromium"] = run_pytest("-m", "browser", DATABASE_URL="", CHROMIUM=browser)
    else:
        missing.append("Chromium")

    if programs := postgres():
        say("On PostgreSQL")
        with postgres_server(programs) as url:
            results["PostgreSQL"] = run_pytest("-m", "database and not browser", DATABASE_URL=url)
    else:
        missing.append("PostgreSQL")

    for name in missing:
        say(f"NOT TESTED: {name} is not on this machine and could not be installed.")
    failed = [name for name, code in results.items() if code]
    if failed:
        say(f"FAILED: {', '.join(failed)}")
    if missing and os.environ.get("CI") == "true":
        return 1
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
