"""The starter content: complete by the dossiers' tables, cited, readable, and careful with what is not known."""

import json
import re
from collections import defaultdict
from pathlib import Path

import pytest

from therapies import reading
from therapies.vocabulary import LEVELS

FIXTURES = Path(__file__).parent.parent / "fixtures"
SLUGS = ["guide", "ocrelizumab", "natalizumab", "alemtuzumab", "mitoxantrone"]
FILES = {slug: json.loads((FIXTURES / f"{slug}.json").read_text()) for slug in SLUGS}
GUIDE_ROWS = {"WB": 20, "WK": 9, "DB": 12, "DO": 10, "AV": 14, "RD": 11, "DA": 16}
ROWS = {
    "ocrelizumab": [f"OCR-C{n:02}" for n in range(1, 41)],
    "natalizumab": [f"NAT-C{n}" for n in range(1, 43)],
    "alemtuzumab": [f"ALM-C{n:02}" for n in range(1, 46)],
    "mitoxantrone": [f"MIT-C{n}" for n in range(1, 44)],
    "guide": [f"{phase}-{n:02}" for phase, last in GUIDE_ROWS.items() for n in range(1, last + 1)],
}
STAGES = {
    "ocrelizumab": ["first-dose-part-1", "first-dose-part-2", "every-6-months"],
    "natalizumab": ["first-infusion", "infusions-2-to-12", "infusion-13-onward", "after-treatment"],
    "alemtuzumab": ["course-1", "course-2", "later-course", "after-treatment"],
    "mitoxantrone": ["first-infusion", "every-3-months", "after-treatment"],
}


def published(slug, kind):
    return [line for line in FILES[slug].get(kind, []) if line.get("mark") == "verified"]


@pytest.mark.parametrize("slug", SLUGS)
def test_every_row_of_the_dossier_exists_whole_or_split(slug):
    keys = {item["key"] for item in FILES[slug]["items"]}
    missing = [
        row for row in ROWS[slug] if row not in keys and not any(re.fullmatch(row + "[a-z]", key) for key in keys)
    ]
    assert not missing


@pytest.mark.parametrize(("slug", "stages"), STAGES.items())
def test_stages_are_those_of_the_contract_and_published(slug, stages):
    assert [stage["key"] for stage in published(slug, "stages")] == stages


@pytest.mark.parametrize("slug", SLUGS)
def test_items_replace_only_items_that_exist(slug):
    known = {item["key"] for name in ("guide", slug) for item in FILES[name]["items"]}
    unknown = {key for item in FILES[slug]["items"] for key in item.get("replaces", []) if key not in known}
    assert not unknown


@pytest.mark.parametrize("slug", SLUGS)
def test_what_we_say_on_the_telephone_has_no_number_that_the_item_lacks(slug):
    for item in FILES[slug]["items"]:
        ours = set(re.findall(r"\d+", item.get("say", "") + " " + item.get("done_when", "")))
        assert ours <= set(re.findall(r"\d+", item["action"] + " " + item["why"])), item["key"]


@pytest.mark.parametrize("slug", SLUGS)
def test_a_sign_of_the_first_level_carries_its_own_verb(slug):
    for item in published(slug, "items"):
        if item.get("level") == "now":
            assert re.search(
                r"\b(911|988|[Ee]mergency (room|eye care)|[Cc]all your team right away|\bER\b)", item["action"]
            ), item["key"]


def test_natalizumab_items_name_both_brands_each_with_its_own_program():
    for line in published("natalizumab", "items") + [
        i for i in published("guide", "items") if "natalizumab" in i.get("therapies", [])
    ]:
        words = " ".join(line.get(field, "") for field in ("action", "why", "say", "done_when"))
        if "TOUCH" in words or "TYRUKO REMS" in words:
            assert all(name in words for name in ("TOUCH", "Tysabri", "TYRUKO REMS")), line["key"]


def test_ocrelizumab_says_that_it_is_for_the_drip_and_not_for_the_shot():
    shown = " ".join(item["action"] for item in published("ocrelizumab", "items"))
    assert "not for the shot" in shown
    assert "Zunovo" in FILES["ocrelizumab"]["lead"]
    assert not [item for item in published("ocrelizumab", "items") if item["key"] in ("OCR-C17", "OCR-C21")]


def test_nothing_says_whether_ocrelizumab_is_for_children():
    for statement in published("ocrelizumab", "statements"):
        assert not re.search(r"\bchild(ren)?\b|\bteens?\b|\bages? 1\d", statement["text"]), statement["key"]


@pytest.mark.parametrize("slug", SLUGS)
def test_sentences_have_20_words_or_fewer(slug):
    data = FILES[slug]
    texts = {f"{slug} lead": data.get("lead", ""), f"{slug} summary": data.get("summary", "")}
    fields = {
        "items": ("action", "why", "say"),
        "statements": ("text",),
        "tests": ("why", "when"),
        "figures": ("text",),
        "stages": ("text", "next_words"),
        "questions": ("text",),
    }
    for kind, names in fields.items():
        for line in data.get(kind, []):
            texts |= {f"{line['key']} {name}": line.get(name, "") for name in names}
    assert not {key: reading.too_long(text) for key, text in texts.items() if reading.too_long(text)}


@pytest.mark.parametrize("slug", SLUGS)
def test_actions_and_warnings_are_at_grade_6_or_below_over_each_phase(slug):
    phases = defaultdict(list)
    for item in published(slug, "items"):
        phases[item["phase"]].append(f"{item['action']} {item['why']}")
    grades = {phase: reading.grade(" ".join(texts)) for phase, texts in phases.items()}
    assert all(grade <= 6 for grade in grades.values()), grades


@pytest.mark.parametrize("slug", SLUGS)
def test_no_single_action_or_warning_is_above_grade_9(slug):
    grades = {item["key"]: reading.grade(item["action"]) for item in published(slug, "items")}
    assert not {key: grade for key, grade in grades.items() if grade > 9}


@pytest.mark.parametrize("slug", SLUGS)
def test_pages_are_at_grade_8_or_below_over_each_section(slug):
    sections = defaultdict(list)
    for statement in published(slug, "statements"):
        sections[statement["section"]].append(statement["text"])
    for test in published(slug, "tests"):
        sections["tests"].append(f"{test['why']} {test['when']}")
    for figure in published(slug, "figures"):
        sections[figure["section"]].append(figure["text"])
    grades = {section: reading.grade(" ".join(texts)) for section, texts in sections.items()}
    assert all(grade <= 8 for grade in grades.values()), grades


@pytest.mark.parametrize("slug", SLUGS)
def test_numbers_side_by_side_have_one_denominator(slug):
    groups = defaultdict(set)
    for figure in published(slug, "figures"):
        groups[figure["group"]].add(figure.get("of", 100))
        assert 0 <= figure["drug_low"] <= figure["drug_high"] <= figure.get("of", 100), figure["key"]
    assert all(len(denominators) == 1 for denominators in groups.values()), groups


@pytest.mark.parametrize("slug", STAGES)
def test_every_therapy_has_the_sections_that_a_patient_needs(slug):
    sections = {statement["section"] for statement in published(slug, "statements")}
    needed = {
        "glance",
        "how-it-works",
        "who-for",
        "who-not",
        "warning",
        "benefits",
        "schedule",
        "premedicines",
        "vaccines",
    }
    needed |= {"risks", "side-effects", "pregnancy", "tell-the-team", "missed-dose", "day-before", "day-of", "after"}
    assert needed <= sections
    assert published(slug, "tests")
    assert {figure["section"] for figure in published(slug, "figures")} >= {"benefits", "side-effects"}
    levels = {item.get("level") for item in published(slug, "items")}
    assert set(LEVELS) - {"next-visit"} <= levels


def test_the_guide_has_every_section():
    sections = {statement["section"] for statement in published("guide", "statements")}
    assert sections == {
        "what", "where", "visit", "types", "benefits", "risks", "steroids", "tests", "bring", "after-care", "cost",
        "approval", "leave", "newer", "words",
    }  # fmt: skip


def test_every_situation_changes_some_list():
    used = {s for slug in SLUGS for item in published(slug, "items") for s in item.get("situations", [])}
    used |= {s for slug in SLUGS for question in FILES[slug]["questions"] for s in question.get("situations", [])}
    used |= {"first-time"} if any(item.get("first_visit") for item in published("guide", "items")) else set()
    from therapies.vocabulary import SITUATIONS

    assert used == set(SITUATIONS)


def test_a_source_is_the_same_document_in_every_file():
    seen = {}
    for slug in SLUGS:
        for source in FILES[slug]["sources"]:
            assert seen.setdefault(source["key"], source) == source, (slug, source["key"])


def test_tags_of_the_label_are_kept():
    changed = [
        line for kind in ("statements", "items") for line in published("ocrelizumab", kind) if line.get("label_changed")
    ]
    assert changed
    assert {line["label_changed"] for line in changed} == {"May 2026"}


def numbers_in(text):
    return {int(number.replace(",", "")) for number in re.findall(r"\d[\d,]*\d|\d", text)}


@pytest.mark.parametrize("slug", SLUGS)
def test_every_figure_says_how_many_of_the_others(slug):
    for figure in published(slug, "figures"):
        of, low, high = figure.get("of", 100), figure["drug_low"], figure["drug_high"]
        said = {of - low, of - high} <= numbers_in(figure["text"])
        if of == 100:  # the page draws them as dots
            assert said or (high == 0 and "None of" in figure["text"]), figure["key"]
        else:
            assert said or "Most people did not" in figure["text"], figure["key"]


@pytest.mark.parametrize("slug", SLUGS)
def test_what_one_person_can_have_several_times_is_no_figure(slug):
    for figure in FILES[slug].get("figures", []):
        assert not re.match(r"Relapses\b|.*\bspots, in 100", figure["what"]), figure["key"]
