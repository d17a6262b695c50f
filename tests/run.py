"""The whole suite: on SQLite, in a real Chromium, and all that uses a database again on a throwaway PostgreSQL. With `faults`:
tests that kill real servers, one after the other.

Finds Chromium, nginx and PostgreSQL's own programs or installs Debian's packages. Where one can't be had it says so loudly,
and fails when CI=true. The PostgreSQL server listens on a socket in a temporary folder only, runs as an unprivileged user when
this is run by root, and is stopped whatever happens.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

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


class Postgres:
    """A throwaway server in a folder, which can crash and be started again."""

    def __init__(self, programs: Path, folder: Path, *options: str) -> None:
        self.programs, self.folder, self.options = programs, folder, options
        self.data = folder / "data"
        self.user = ["runuser", "-u", "nobody", "--"] if os.geteuid() == 0 else []
        if self.user:
            shutil.chown(folder, "nobody")

    def init(self) -> None:
        command = ["initdb", "-D", self.data, "-U", "msinfusion", "-A", "trust", "-E", "UTF8", "--no-sync"]
        self._run(*command, check=True, stdout=subprocess.DEVNULL)

    def init_from(self, other: "Postgres") -> None:
        """Become a copy of another server, which follows it."""
        command = ["pg_basebackup", "-h", other.folder, "-U", "msinfusion", "-D", self.data, "-R", "-c", "fast"]
        self._run(*command, check=True)

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://msinfusion@{str(self.folder).replace('/', '%2F')}/{database}"

    def start(self) -> None:
        """Start, and wait until it answers. After a crash, what is left of the last one has to end first."""
        for _ in range(200):
            if not self._is_running():
                self._launch()
            if self._run("pg_isready", "-h", self.folder, "-q").returncode == 0:
                return
            time.sleep(0.1)
        raise SystemExit(f"PostgreSQL did not start:\n{(self.folder / 'log').read_text()}")

    def kill(self) -> None:
        """All of it at once, as when its machine fails."""
        main = int((self.data / "postmaster.pid").read_text().split()[0])
        children = Path(f"/proc/{main}/task/{main}/children").read_text().split()
        for pid in (main, *map(int, children)):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.server.wait(timeout=20)

    def stop(self) -> None:
        if self._is_running():
            self._run("pg_ctl", "-D", self.data, "-m", "immediate", "stop", "-s")
            self.server.wait(timeout=20)

    def _is_running(self) -> bool:
        return hasattr(self, "server") and self.server.poll() is None

    def _launch(self) -> None:
        command = [*self.user, self.programs / "postgres", "-D", self.data, "-k", self.folder]
        options = ["-c", "listen_addresses=", *self.options]
        with (self.folder / "log").open("a") as log:
            self.server = subprocess.Popen([*command, *options], stdout=log, stderr=log, cwd=self.folder)

    def _run(self, program: str, *arguments: str | Path, **how: Any) -> subprocess.CompletedProcess[bytes]:
        command = [*self.user, self.programs / program, *arguments]
        return subprocess.run(command, cwd=self.folder, **{"check": False, **how})


@contextmanager
def postgres_server(programs: Path) -> Iterator[str]:
    """A server that lives as long as the block; gives its DATABASE_URL. What it holds need not survive anything."""
    with tempfile.TemporaryDirectory(prefix="msinfusion-pg-") as folder:
        server = Postgres(programs, Path(folder), "-c", "fsync=off", "-c", "full_page_writes=off")
        server.init()
        try:
            server.start()
            yield server.url()
        finally:
            server.stop()


def run_pytest(*arguments: str, **environment: str) -> int:
    command = [sys.executable, "-m", "pytest", *arguments]
    return subprocess.run(command, cwd=ROOT, env=os.environ | environment, check=False).returncode


def run_tests(*arguments: str, **environment: str) -> int:
    """Two at a time; the tests of one file stay together, since they share servers and databases that take long to make."""
    return run_pytest("-n", "2", "--dist", "loadfile", *arguments, *sys.argv[1:], **environment)


def suite() -> tuple[dict[str, int], list[str]]:
    """How each part of the suite ended, and what of it could not be run."""
    if not chromium():
        install("chromium")
    if not driver_starts():
        install("libatomic1")
    if not postgres():
        install("postgresql")
    results, missing = {}, []

    say("On SQLite")
    results["SQLite"] = run_tests("-m", "not browser and not faults", DATABASE_URL="")

    if (browser := chromium()) and driver_starts():
        say("In Chromium")
        results["Chromium"] = run_tests("-m", "browser", DATABASE_URL="", CHROMIUM=browser)
    else:
        missing.append("Chromium")

    if programs := postgres():
        say("On PostgreSQL")
        with postgres_server(programs) as url:
            results["PostgreSQL"] = run_tests("-m", "database and not browser and not faults", DATABASE_URL=url)
    else:
        missing.append("PostgreSQL")
    return results, missing


def faults() -> tuple[dict[str, int], list[str]]:
    if not postgres():
        install("postgresql")
    for program in ("nginx", "openssl"):
        if not shutil.which(program):
            install(program)
    there = {"PostgreSQL": postgres(), "nginx": shutil.which("nginx"), "openssl": shutil.which("openssl")}
    say("Faults")
    results = {"Faults": run_pytest("-m", "faults", "tests/faults", *sys.argv[2:], DATABASE_URL="")}
    return results, [name for name, path in there.items() if not path]


def main() -> int:
    collect = [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity", "0"]
    subprocess.run(collect, cwd=ROOT, check=True)
    results, missing = faults() if sys.argv[1:2] == ["faults"] else suite()
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
