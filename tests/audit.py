"""Known holes in the packages that a server runs, by pip-audit. What could not be looked up is not audited, and that fails:
pip-audit itself calls it clean."""

import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REQUIREMENTS = ROOT / "requirements.txt"


def pins() -> dict[str, str]:
    return dict(re.findall(r"^([\w.-]+)==([^\s;]+)", REQUIREMENTS.read_text(), re.MULTILINE))


def verdict(said: str, pinned: dict[str, str]) -> tuple[int, str]:
    """An exit code and what to tell: 0 clean, 1 a hole, 2 not everything was looked up."""
    try:
        found = json.loads(said)["dependencies"]
    except (ValueError, KeyError):
        found = []
    looked_up = {one["name"].lower(): one for one in found if "vulns" in one}
    holes = [
        f"{name} {one['version']} has {hole['id']}; mended in {', '.join(hole['fix_versions']) or 'no version yet'}."
        for name, one in looked_up.items()
        for hole in one["vulns"]
    ]
    missing = sorted(pinned.keys() - looked_up.keys())
    if missing:
        return 2, "\n".join([*holes, f"NOT AUDITED: {', '.join(missing)} could not be looked up."])
    return (1, "\n".join(holes)) if holes else (0, f"No known hole in {len(pinned)} packages.")


def main() -> int:
    command = [sys.executable, "-m", "pip_audit", "--disable-pip", "--require-hashes", "--requirement", REQUIREMENTS]
    command += ["--vulnerability-service", "osv", "--format", "json", "--progress-spinner", "off"]
    ran = subprocess.run(command, check=False, capture_output=True, text=True)
    code, told = verdict(ran.stdout, pins())
    if code == 2 and ran.stderr.strip():
        told += f"\npip-audit says: {ran.stderr.strip().splitlines()[-1]}"
    sys.stdout.write(f"{told}\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
