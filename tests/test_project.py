"""Promises about the project as a whole."""

import ast
import json
import re
import subprocess
from pathlib import Path

import audit
import pytest
from django.urls import get_resolver

ROOT = Path(__file__).parent.parent
PURE = [
    "msinfusion/buckets.py",
    "therapies/content.py",
    "therapies/vocabulary.py",
    "therapies/problems.py",
    "therapies/changes.py",
    "therapies/glossary.py",
    "therapies/pages.py",
    "therapies/reading.py",
    "therapies/search.py",
    "visits/checklist.py",
    "visits/plan.py",
    "visits/ics.py",
    "visits/living.py",
    "visits/codes.py",
    "visits/limits.py",
]


SAYS_WORDS = {"django.utils.translation", "django.utils.formats"}  # of Django; know no database and no clock
SILENT = ("therapies/content.py", "therapies/vocabulary.py", "visits/checklist.py")  # nor this


@pytest.mark.parametrize("path", PURE)
def test_a_pure_module_knows_no_django_and_no_clock(path):
    tree = ast.parse((ROOT / path).read_text())
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    ours = {name for name in imported if name.split(".")[0] in ("django", "therapies", "visits", "time", "random")}
    allowed = {path.removesuffix(".py").replace("/", ".") for path in PURE}
    assert ours <= allowed | (set() if path in SILENT else SAYS_WORDS)
    calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    called = {func.attr for func in calls if isinstance(func, ast.Attribute)}
    assert not called & {"today", "now", "utcnow"}


def test_therapies_knows_nothing_of_visits():
    for path in (ROOT / "therapies").rglob("*.py"):
        assert not re.search(r"^(from|import) visits", path.read_text(), re.MULTILINE), path


def test_processes_that_serve_readers_do_not_load_the_dictionary_of_reading_grades():
    for path in [path for app in ("therapies", "visits", "msinfusion") for path in (ROOT / app).rglob("*.py")]:
        assert not re.search(r"^(from|import) textstat", path.read_text(), re.MULTILINE), path


def test_every_address_of_the_contract_is_there():
    patterns = {str(pattern.pattern) for pattern in get_resolver().url_patterns[0].url_patterns}
    patterns |= {f"visits/{pattern.pattern}" for pattern in get_resolver().url_patterns[1].url_patterns}
    assert patterns >= {
        "", "therapies/", "therapies/<slug:slug>/", "therapies/<slug:slug>/editions/<int:number>/", "guide/",
        "guide/editions/<int:number>/", "sources/", "privacy/", "accessibility/", "about/", "healthz", "readyz",
        "visits/new/", "visits/checklist/", "therapies/<slug:slug>/editions/", "guide/editions/", "report/", "search/",
        "therapies/<slug:slug>/editions/<int:before>/<int:after>/", "guide/editions/<int:before>/<int:after>/",
        "clinic/", "clinic/editions/", "clinic/editions/<int:number>/", "clinic/editions/<int:before>/<int:after>/",
    }  # fmt: skip


def test_no_committed_file_names_a_package_index_or_this_machine():
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.decode()
    forbidden = re.compile(
        "|".join(["pypi" + r"\.org", "python" + "hosted", "npmjs" + r"\.org", "deb" + r"\.debian\.org"])
    )
    for name in filter(None, listed.split("\0")):
        path = ROOT / name
        if path.is_file() and path.suffix not in (".ico", ".png", ".woff2"):
            assert not forbidden.search(path.read_text()), name


def test_every_pin_has_a_hash():
    for name in ("requirements.txt", *(f"requirements-{group}.txt" for group in ("dev", "audit", "bench", "scan"))):
        pins = re.findall(r"^\S+==\S+.*?(?=^\S|\Z)", (ROOT / name).read_text(), re.MULTILINE | re.DOTALL)
        assert len(pins) > 10
        assert all("--hash=sha256:" in pin for pin in pins)


PINS = {"django": "5.2.0", "brotli": "1.1.0"}
CLEAN = [{"name": "Django", "version": "5.2.0", "vulns": []}, {"name": "brotli", "version": "1.1.0", "vulns": []}]
HOLE = {"name": "django", "version": "5.2.0", "vulns": [{"id": "X-1", "fix_versions": ["5.2.1"]}]}
SKIPPED = {"name": "django", "skip_reason": "Dependency not found"}


@pytest.mark.parametrize(
    ("said", "code", "words"),
    [
        (json.dumps({"dependencies": CLEAN}), 0, "No known hole in 2 packages."),
        (json.dumps({"dependencies": [HOLE, CLEAN[1]]}), 1, "django 5.2.0 has X-1; mended in 5.2.1."),
        (json.dumps({"dependencies": [SKIPPED, CLEAN[1]]}), 2, "NOT AUDITED: django"),
        (json.dumps({"dependencies": CLEAN[:1]}), 2, "NOT AUDITED: brotli"),
        (json.dumps({"dependencies": [HOLE]}), 2, "NOT AUDITED: brotli"),
        (json.dumps({"dependencies": []}), 2, "NOT AUDITED: brotli, django"),
        ("", 2, "NOT AUDITED: brotli, django"),
        ("Could not resolve", 2, "NOT AUDITED: brotli, django"),
    ],
)
def test_an_audit_that_could_look_nothing_up_says_so_and_fails(said, code, words):
    told = audit.verdict(said, PINS)
    assert told[0] == code
    assert words in told[1]


def test_an_audit_is_of_every_package_that_a_server_runs():
    pins = audit.pins()
    assert {"django", "psycopg-binary", "gunicorn", "django-axes"} <= pins.keys()
    assert len(pins) == len(re.findall(r"^\S+==", (ROOT / "requirements.txt").read_text(), re.MULTILINE))


def test_every_dependency_says_why_it_is_there():
    inside = False
    for line in (ROOT / "pyproject.toml").read_text().splitlines():
        inside = (inside or line.endswith("= [")) and line != "]"
        if inside and re.match(r'  "[a-z].*[>=<]', line):
            assert "#" in line, line


def test_styles_use_no_important_and_raw_colours_stand_in_tokens_only():
    for path in (ROOT / "static" / "css").glob("*.css"):
        css = path.read_text()
        assert "!important" not in css
        if path.name != "tokens.css":
            assert not re.search(r"#[0-9a-f]{3,8}\b(?!-)", re.sub(r"#[a-z-]+:", "", css)), path.name
