"""The lists of made-up people hold what the dossiers say, on the days they say, and nothing that is for somebody else."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from people import AWAY_ONLY, HOME_ONLY, NOT_PUBLISHED, ONLY_FOR, ONLY_WITH, PEOPLE, TODAY, Person
from therapies.vocabulary import SETTINGS, SITUATIONS
from visits.checklist import UP_TO_THE_VISIT, Answers, Checklist, Entry, build

ZONE = ZoneInfo("America/New_York")
PREFIXES = {"ocrelizumab": "OCR-", "natalizumab": "NAT-", "alemtuzumab": "ALM-", "mitoxantrone": "MIT-"}


def named(people: list[Person]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("person", people, ids=[person.name for person in people])


everybody = named(list(PEOPLE))


@pytest.fixture
def checklist(library, person: Person) -> Checklist:
    answers = Answers(
        stage=person.stage,
        date=person.day,
        time=dt.time.fromisoformat(person.time) if person.time else None,
        setting=person.setting,
        situations=frozenset(person.situations),
    )
    return build(library.editions[person.therapy], library.guide, answers, TODAY, ZONE)


@pytest.fixture
def entries(checklist: Checklist) -> dict[str, Entry]:
    return {entry.item.key: entry for entry in checklist.entries}


def about(person: Person) -> str:
    return f"{person.name} ({person.story})"


def shown(entries: dict[str, Entry], keys: set[str]) -> str:
    return "; ".join(f"{key}: {entries[key].item.action}" for key in sorted(keys))


def row(entries: dict[str, Entry], person: Person, key: str) -> Entry:
    found = [entries[either] for either in key.split("|") if either in entries]
    assert found, f"{about(person)}: {key} is not on the list at all."
    return found[0]


@everybody
def test_the_list_holds_what_it_must(person, entries):
    missing = [key for key in person.holds if entries.keys().isdisjoint(key.split("|"))]
    assert not missing, f"{about(person)} must read {', '.join(missing)}."


@everybody
def test_the_list_lacks_what_is_for_others(person, entries):
    unwanted = {key for key in person.lacks if key in entries}
    assert not unwanted, f"{about(person)} must not read {shown(entries, unwanted)}"


@everybody
def test_no_row_stands_in_two_places(person, checklist):
    keys = [entry.item.key for entry in checklist.entries]
    twice = {key for key in keys if keys.count(key) > 1}
    assert not twice, f"{about(person)} reads twice: {', '.join(sorted(twice))}."


@everybody
def test_what_is_late_is_said_to_be(person, checklist, entries):
    for key in person.late:
        entry = row(entries, person, key)
        assert entry.state == "missed", f"{about(person)}: {key} must be missed, and is {entry.state}."
        assert entry in checklist.late, f"{about(person)}: {key} must stand on top."
        called = [e.item.key for card in checklist.calls for e in (*card.asks, *card.also)]
        assert key in called, f"{about(person)}: no call card asks for {key}."
    if not person.late:
        missed = {key for key, entry in entries.items() if entry.state == "missed"}
        assert not missed, f"{about(person)} has missed nothing, but reads {shown(entries, missed)}"


@named([person for person in PEOPLE if person.in_time])
def test_what_can_still_be_done_is_not_late(person, entries):
    for key in person.in_time:
        state = row(entries, person, key).state
        assert state in ("later", "open", "last-chance"), f"{about(person)}: {key} is not over, but is {state}."


@named([person for person in PEOPLE if person.past])
def test_what_is_over_is_past(person, entries):
    for key in person.past:
        state = row(entries, person, key).state
        assert state == "past", f"{about(person)}: {key} is over and must be past, and is {state}."


@everybody
def test_nobody_is_blamed_for_what_came_before_a_visit_that_is_over(person, checklist):
    if not checklist.visit_is_over or checklist.stage.after:
        return
    blamed = [e.item.key for e in checklist.entries if e.item.phase in UP_TO_THE_VISIT and e.state == "missed"]
    assert not blamed, f"{about(person)}: the visit is over, but {', '.join(blamed)} is missed."
    assert checklist.before, f"{about(person)}: what came before the visit is gone."


@named([person for person in PEOPLE if person.dates])
def test_rows_stand_on_their_days(person, entries):
    for key, (first, last) in person.dates.items():
        entry = row(entries, person, key)
        days = tuple(day.isoformat() if day else None for day in (entry.first, entry.last))
        assert days == (first, last), f"{about(person)}: {key} runs {days[0]} to {days[1]}, not {first} to {last}."


@named([person for person in PEOPLE if person.coming])
def test_repeating_rows_show_their_next_dates(person, entries):
    for key, expected in person.coming.items():
        dates = tuple(day.isoformat() for day in row(entries, person, key).dates)
        assert dates == expected, f"{about(person)}: {key} comes on {', '.join(dates)}, not {', '.join(expected)}."


@everybody
def test_clock_times_are_right_and_only_for_those_who_gave_one(person, entries):
    for key, expected in person.until.items():
        until = row(entries, person, key).until
        assert until == dt.datetime.fromisoformat(expected), f"{about(person)}: {key} is until {until}, not {expected}."
    if not person.time:
        timed = {key for key, entry in entries.items() if entry.until}
        assert not timed, f"{about(person)} gave no time, but reads one at {shown(entries, timed)}"


@named([person for person in PEOPLE if person.next_dose is not None])
def test_the_next_dose_is_dated(person, checklist):
    day = dt.date.fromisoformat(person.next_dose) if person.next_dose else None
    assert checklist.next_dose == day, (
        f"{about(person)}: the next dose is on {checklist.next_dose}, not {person.next_dose}."
    )


@everybody
def test_nothing_is_for_another_drug(person, entries):
    others = tuple(prefix for therapy, prefix in PREFIXES.items() if therapy != person.therapy)
    foreign = {key for key in entries if key.startswith(others)}
    foreign |= {key for key, therapy in ONLY_WITH.items() if key in entries and therapy != person.therapy}
    assert not foreign, f"{about(person)} does not get that drug: {shown(entries, foreign)}"
    assert any(key.startswith(PREFIXES[person.therapy]) for key in entries), (
        f"{about(person)} reads nothing of the drug."
    )


@everybody
def test_nothing_is_for_a_situation_that_was_not_ticked(person, entries):
    ticked = set(person.situations)
    unasked = {key for key, situations in ONLY_FOR.items() if key in entries and not situations & ticked}
    assert not unasked, f"{about(person)} did not say so, but reads {shown(entries, unasked)}"


@everybody
def test_nothing_is_for_another_place(person, checklist, entries):
    if checklist.stage.after:
        return
    home_is_possible = "home" in checklist.therapy.content.settings
    if person.setting == "home":
        wrong = AWAY_ONLY & set(entries)
    elif person.setting or not home_is_possible:
        wrong = HOME_ONLY & set(entries)
    else:
        wrong = set()
        unmarked = [key for key in HOME_ONLY if not row(entries, person, key).if_home]
        assert not unmarked, f"{about(person)} is not sure, but {', '.join(unmarked)} does not say 'if at home'."
    assert not wrong, f"{about(person)} reads {shown(entries, wrong)}"


@everybody
def test_nobody_prepares_for_a_visit_after_treatment(person, checklist, entries):
    if not checklist.stage.after:
        return
    preparing = {key for key in entries if key.startswith(("WB-", "WK-", "DB-", "DO-", "BR-", "AV-", "RD-"))}
    assert not preparing, f"{about(person)} has no visit to come, but reads {shown(entries, preparing)}"


@everybody
def test_nothing_recalled_is_read(person, entries):
    recalled = NOT_PUBLISHED & set(entries)
    assert not recalled, f"{about(person)} reads what no source was seen for: {shown(entries, recalled)}"


def test_names_are_different():
    assert len({person.name for person in PEOPLE}) == len(PEOPLE) >= 26


def test_every_named_key_exists(library):
    """So that no "must not" is true only because a key was misspelt or has a new name."""
    from therapies.models import Item

    known = set(Item.objects.values_list("key", flat=True))
    named_keys = {*ONLY_FOR, *ONLY_WITH, *HOME_ONLY, *AWAY_ONLY, *NOT_PUBLISHED}
    for person in PEOPLE:
        named_keys |= {*person.holds, *person.lacks, *person.late, *person.in_time, *person.past}
        named_keys |= {*person.dates, *person.coming, *person.until}
    unknown = {either for key in named_keys for either in key.split("|")} - known
    assert not unknown, f"No item has the key {', '.join(sorted(unknown))}."


def test_together_they_cover_every_stage_of_every_therapy(library):
    stages = {(t.content.slug, stage.key) for t in library.therapies for stage in t.content.stages}
    left_out = stages - {(person.therapy, person.stage) for person in PEOPLE}
    assert not left_out, f"Nobody is at {sorted(left_out)}."
    assert {person.therapy for person in PEOPLE} == set(PREFIXES)


def test_together_they_cover_every_setting_and_not_knowing_it():
    assert {person.setting for person in PEOPLE} == {*SETTINGS, None}


def test_together_they_cover_every_situation():
    """Milo, who ticks everything, apart."""
    covered = {situation for person in PEOPLE if person.name != "Milo" for situation in person.situations}
    assert covered == set(SITUATIONS), f"Nobody says {sorted(set(SITUATIONS) - covered)}."
    assert len(SITUATIONS) == 20
