"""Made-up people, and what their lists must and must not hold.

Nobody here exists: they are examples with first names only, written by hand from the dossiers the content was made from
(the checklist table, section 13 of each, and the facts it names). Nothing was copied from what the code puts out, so
where the two differ, somebody has to find out who is right. Their lists are all made on one day, Sunday, November 22,
2026 (TODAY). Keys with a letter behind them are parts of one row of a dossier. "A|B" means one of two rows that give the
same advice, so that either may replace the other.

Dates are written out, so that a reader can check them against a calendar. A window that is open is shown from TODAY on.
"""

import datetime as dt
from dataclasses import dataclass, field
from datetime import date, timedelta

TODAY = date(2026, 11, 22)

Days = tuple[str | None, str | None]


@dataclass(frozen=True, kw_only=True)
class Person:
    """`late` are rows that must be missed; where it is empty nothing may be. `in_time` are rows of which somebody could
    think that they are late, and `past` those that are over and blame nobody. `dates` are first and last day, `coming`
    the next dates of a repeating row, `until` a wall clock time."""

    name: str
    story: str
    therapy: str
    stage: str
    days_ahead: int = 0
    date: dt.date | None = None
    time: str | None = None
    setting: str | None = None
    situations: tuple[str, ...] = ()
    holds: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    late: tuple[str, ...] = ()
    in_time: tuple[str, ...] = ()
    past: tuple[str, ...] = ()
    dates: dict[str, Days] = field(default_factory=dict)
    coming: dict[str, tuple[str, ...]] = field(default_factory=dict)
    until: dict[str, str] = field(default_factory=dict)
    next_dose: str | None = None  # empty where no date may be named

    @property
    def day(self) -> dt.date:
        """The visit's first day, or after treatment the day of the last infusion."""
        return self.date or TODAY + timedelta(days=self.days_ahead)


# Rows of the guide for those alone who say so ("applies when" in the dossier of the infusion day).
ONLY_FOR = {
    "WB-06": {"works"},
    "WB-07": {"mobility-aid"},
    "WB-08": {"pregnancy"},
    "WB-10": {"drives"},
    "WB-11": {"far"},
    "WB-12": {"veins"},
    "WB-13": {"needles"},
    "WB-14": {"diabetes"},
    "WB-18": {"language", "vision"},
    "WB-19": {"child"},
    "WK-06b": {"focus"},
    "WK-08": {"fatigue"},
    "DB-07": {"port"},
    "DB-09": {"drives"},
    "DB-11": {"bladder"},
    "DO-04": {"port"},
    "DO-05": {"diabetes"},
    "DO-06": {"heat"},
    "DO-09": {"daily-medicines"},
    "AV-03": {"past-reaction"},
    "RD-08a": {"diabetes"},
    "RD-08b": {"diabetes"},
    "RD-09": {"heat"},
    "OCR-C37": {"diabetes"},
    "ALM-C41": {"diabetes"},
    "MIT-C10a": {"breastfeeding"},
    "MIT-C10b": {"breastfeeding"},
}

# Rows of the guide for one drug alone.
ONLY_WITH = {
    "WB-16": "natalizumab",
    "WB-17": "alemtuzumab",
    "WB-20": "mitoxantrone",
    "DA-07": "alemtuzumab",
    "DA-12": "alemtuzumab",
    "DA-15": "mitoxantrone",
}

# The guide's rows for those treated at home, and those that make no sense there.
HOME_ONLY = {"WB-15", "DB-10"}
AWAY_ONLY = {"WB-07", "WB-10", "WB-11", "WB-19", "WK-02", "WK-06a", "DB-04", "DB-09", "DO-06"}

# Rows that rest on what a dossier only recalls or infers, or that are for the Zunovo shot alone: nobody reads them yet.
NOT_PUBLISHED = {
    "OCR-C17",
    "OCR-C21",
    "ALM-C31b",  # carry the safety card, ALM-40
    "MIT-C4b",  # the same kind of test each time, MIT-53
    "MIT-C7b",  # eggs or sperm, MIT-91
    "MIT-C18a",  # a light meal, MIT-100
    "MIT-C19c",  # a ride after a sleepy pill, MIT-107
    "MIT-C43b",  # no extra dose, MIT-108
    "WK-07",
    "DB-10b",  # pets
    "DO-04b",  # lotion on arms and hands
    "DO-07",
    "DO-08",
    "AV-11",
    "AV-14",
    "DA-03",
}

PEOPLE = (
    # Ocrelizumab
    Person(
        name="Ada",
        story="first dose, part 1, four months from now: time enough for everything",
        therapy="ocrelizumab",
        stage="first-dose-part-1",
        days_ahead=120,
        setting="center",
        situations=("first-time",),
        holds=(
            *("OCR-C01", "OCR-C02a", "OCR-C02b", "OCR-C03", "OCR-C04", "OCR-C05", "OCR-C36", "OCR-C07", "OCR-C38"),
            *("OCR-C09", "OCR-C12", "OCR-C13", "OCR-C14", "OCR-C15", "OCR-C16", "OCR-C18", "OCR-C19", "OCR-C20"),
            *("OCR-C22", "OCR-C24a", "OCR-C24b", "OCR-C25a", "OCR-C25b", "OCR-C26", "OCR-C27a", "OCR-C27b"),
            *("OCR-C28a", "OCR-C28b", "OCR-C29a", "OCR-C29b", "OCR-C30a", "OCR-C31a", "OCR-C31b", "OCR-C32"),
            *("OCR-C34", "OCR-C39", "OCR-C40"),
            *("OCR-08i", "WB-02", "WB-04", "WB-05", "WB-09", "WK-02", "WK-03", "WK-06a", "DB-04", "DO-01"),
            *("AV-04", "AV-05", "AV-09", "AV-12", "RD-03a", "RD-07", "RD-10", "DA-02", "DA-04a", "DA-04b"),
        ),
        lacks=(
            *("OCR-C08", "OCR-C23", "OCR-C06a", "OCR-C06b", "OCR-C33a", "OCR-C35", "OCR-C37"),
            *("WB-03", "WK-01", "DO-02", "AV-10", "AV-13", "RD-01", "RD-05", "RD-06", "DA-05", "DA-09"),
        ),
        dates={
            "OCR-C01": ("2027-01-25", "2027-03-08"),
            "OCR-C04": ("2027-01-25", "2027-02-22"),
            "OCR-C05": ("2027-01-25", "2027-03-08"),
            "OCR-C07": ("2027-03-08", "2027-03-21"),
            "OCR-C09": ("2027-03-15", "2027-03-22"),
            "OCR-C13": ("2027-03-21", "2027-03-21"),
            "OCR-C22": ("2027-03-22", "2027-03-22"),
            "OCR-C25b": ("2027-03-22", "2027-03-23"),
        },
        next_dose="2027-04-05",
    ),
    Person(
        name="Ben",
        story="first dose, part 1, in 24 days: too late for live vaccines, in time for the others and for the tests",
        therapy="ocrelizumab",
        stage="first-dose-part-1",
        days_ahead=24,
        setting="center",
        holds=("OCR-C04", "OCR-C05", "WB-09"),
        lacks=("OCR-C08", "OCR-C23", "WB-03"),
        late=("OCR-C04",),
        in_time=("OCR-C01", "OCR-C02a", "OCR-C03", "OCR-C05", "OCR-C36", "WB-04", "WB-09"),
        dates={
            "OCR-C01": ("2026-11-22", "2026-12-02"),
            "OCR-C04": ("2026-10-21", "2026-11-18"),
            "OCR-C05": ("2026-11-22", "2026-12-02"),
        },
    ),
    Person(
        name="Cleo",
        story="first dose, part 1, on Friday: all tests are late; takes daily pills and reacted to an infusion before",
        therapy="ocrelizumab",
        stage="first-dose-part-1",
        days_ahead=5,
        setting="office",
        situations=("first-time", "daily-medicines", "past-reaction"),
        holds=("OCR-C10", "OCR-C11", "DO-09", "AV-03", "OCR-C20"),
        lacks=("WK-07", "WB-01", "WB-03"),
        late=("OCR-C01", "OCR-C02a", "OCR-C02b", "OCR-C03", "OCR-C04", "OCR-C05", "OCR-C36"),
        in_time=("OCR-C07", "OCR-C10", "OCR-C11", "OCR-C13", "WB-09", "WK-02"),
        dates={"OCR-C01": ("2026-10-02", "2026-11-13"), "OCR-C11": ("2026-11-22", "2026-11-24")},
    ),
    Person(
        name="Dario",
        story="first dose, part 2, in ten days, at a hospital; would drive himself",
        therapy="ocrelizumab",
        stage="first-dose-part-2",
        days_ahead=10,
        setting="hospital",
        situations=("drives",),
        holds=("OCR-C07", "OCR-C13", "OCR-C20", "OCR-C23", "OCR-C24b", "OCR-C25a", "OCR-C25b", "WB-10", "WK-02"),
        lacks=(
            *("OCR-C01", "OCR-C02a", "OCR-C03", "OCR-C04", "OCR-C05", "OCR-C08", "OCR-C22", "OCR-C36"),
            *("WB-01", "WB-03", "WB-09", "WK-06a", "DB-09", "AV-13"),
        ),
        dates={
            "OCR-C23": ("2026-12-02", "2026-12-02"),
            "WB-10": ("2026-11-22", "2026-12-01"),
        },
        next_dose="2027-05-18",  # six months from part 1, which was on November 18
    ),
    Person(
        name="Edda",
        story="every six months, at home, with a child in the house; heat makes her MS worse",
        therapy="ocrelizumab",
        stage="every-6-months",
        days_ahead=30,
        setting="home",
        situations=("child", "heat"),
        holds=("WB-15", "DB-10", "OCR-C08", "OCR-C12", "OCR-C19", "OCR-C20", "OCR-C25a", "OCR-C25b", "RD-09", "AV-01"),
        lacks=("WK-02", "WB-19", "DB-04", "DO-06", "WK-06a", "OCR-C13", "OCR-C14", "OCR-C22", "OCR-C23", "WB-09"),
        dates={
            "WB-15": ("2026-12-08", "2026-12-21"),
            "DB-10": ("2026-12-21", "2026-12-21"),
            "OCR-C08": ("2026-11-24", "2026-12-15"),
        },
    ),
    Person(
        name="Fay",
        story="every six months, not sure where: sees the rows for home and those for a center",
        therapy="ocrelizumab",
        stage="every-6-months",
        days_ahead=30,
        holds=("WB-15", "DB-10", "WK-02", "DB-04", "OCR-C08", "OCR-C13", "OCR-C14"),
        lacks=("OCR-C01", "OCR-C22", "OCR-C23", "WB-09", "WB-19"),
        dates={"WB-15": ("2026-12-08", "2026-12-21"), "WK-02": ("2026-12-15", "2026-12-21")},
    ),
    Person(
        name="Gus",
        story="every six months, has diabetes: a sugar plan before, and checks for two days after the steroid",
        therapy="ocrelizumab",
        stage="every-6-months",
        days_ahead=60,
        time="10:15",
        setting="center",
        situations=("diabetes",),
        holds=("OCR-C37", "DO-05", "RD-08a", "RD-08b", "AV-09", "RD-07", "OCR-C08"),
        lacks=("WB-14", "OCR-C10", "OCR-C11", "OCR-C33a"),
        dates={
            "OCR-C37": ("2027-01-07", "2027-01-20"),
            "DO-05": ("2027-01-21", "2027-01-21"),
            "RD-08a": ("2027-01-21", "2027-01-23"),
        },
        until={"OCR-C25b": "2027-01-22T14:45"},  # up to 1 hour of checks, 3.5 hours of drip, then 24 hours
        next_dose="2027-07-21",
    ),
    Person(
        name="Hana",
        story="says that it is her first infusion, though she picked the visit every six months",
        therapy="ocrelizumab",
        stage="every-6-months",
        days_ahead=70,
        setting="center",
        situations=("first-time",),
        holds=(
            *("OCR-C01", "OCR-C02a", "OCR-C02b", "OCR-C03", "OCR-C04", "OCR-C05", "OCR-C36", "OCR-C08"),
            *("WB-09", "WK-06a"),
        ),
        lacks=("OCR-C22", "OCR-C23", "WB-03", "WB-15"),
        dates={"OCR-C04": ("2026-12-06", "2027-01-03"), "OCR-C08": ("2027-01-03", "2027-01-24")},
        next_dose="2027-07-31",
    ),
    Person(
        name="Ines",
        story="every six months, breastfeeds and may want another child; the six months end on a day February lacks",
        therapy="ocrelizumab",
        stage="every-6-months",
        date=date(2027, 8, 31),
        setting="center",
        situations=("pregnancy", "breastfeeding"),
        holds=("OCR-C06a", "OCR-C06b", "OCR-C33a", "OCR-C33b", "OCR-C35"),
        lacks=("WB-08", "OCR-C37", "OCR-C01"),
        dates={
            "OCR-C06a": ("2027-08-03", "2027-08-30"),
            "OCR-C33a": (None, "2028-03-01"),  # in treatment, so there is no first day
            "OCR-C33b": (None, "2028-03-01"),
        },
    ),
    Person(
        name="Jonas",
        story="every six months, was there on Thursday: nothing is missed, what came before is over",
        therapy="ocrelizumab",
        stage="every-6-months",
        days_ahead=-3,
        setting="center",
        holds=("OCR-C26", "OCR-C27b", "OCR-C29a", "OCR-C29b", "OCR-C34", "DA-02"),
        lacks=("OCR-C01", "OCR-C22", "OCR-C23", "OCR-C33a"),
        in_time=("OCR-C26", "OCR-C29b", "DA-02"),
        past=("OCR-C07", "OCR-C08", "OCR-C09", "OCR-C12", "OCR-C13", "OCR-C18", "OCR-C20", "WB-02", "WB-04", "WK-02"),
        dates={"DA-02": ("2026-11-22", "2026-11-26")},
        next_dose="2027-05-19",
    ),
    Person(
        name="Kira",
        story="had part 1 yesterday morning: the 24 hours run out this afternoon",
        therapy="ocrelizumab",
        stage="first-dose-part-1",
        days_ahead=-1,
        time="09:30",
        setting="center",
        holds=("OCR-C25a", "OCR-C25b", "OCR-C26", "DA-01a"),
        in_time=("OCR-C25a", "OCR-C25b", "OCR-C26"),
        past=("OCR-C01", "OCR-C03", "OCR-C04", "OCR-C05", "OCR-C20", "OCR-C22"),
        dates={"OCR-C25b": ("2026-11-22", "2026-11-22")},
        until={"OCR-C25b": "2026-11-22T13:00"},
        next_dose="2026-12-05",
    ),
    Person(
        name="Rhea",
        story="part 2 on the Saturday before the clocks go forward: 24 hours later the clock says one hour more",
        therapy="ocrelizumab",
        stage="first-dose-part-2",
        days_ahead=111,
        time="09:30",
        setting="hospital",
        holds=("OCR-C23", "OCR-C25b"),
        dates={"OCR-C25b": ("2027-03-13", "2027-03-14")},
        until={"OCR-C25b": "2027-03-14T14:00"},
        next_dose="2027-08-27",  # six months from February 27
    ),
    Person(
        name="Kofi",
        story="every six months, uses a wheelchair, wants an interpreter, looks after a child",
        therapy="ocrelizumab",
        stage="every-6-months",
        days_ahead=45,
        setting="center",
        situations=("mobility-aid", "language", "child"),
        holds=("WB-07", "WB-18", "WB-19"),
        lacks=("DO-08", "DO-07", "WB-10", "WB-11", "WB-12", "WB-15", "DB-10"),
        dates={
            "WB-07": ("2026-12-16", "2027-01-05"),
            "WB-18": ("2026-12-23", "2027-01-05"),
            "WB-19": ("2026-12-23", "2027-01-05"),
        },
    ),
    Person(
        name="Milo",
        story="ticked everything, and is not sure where: nothing is hidden, and no advice is there twice",
        therapy="ocrelizumab",
        stage="every-6-months",
        days_ahead=90,
        situations=(
            *("first-time", "drives", "mobility-aid", "bladder", "heat", "fatigue", "vision", "focus", "diabetes"),
            *("pregnancy", "breastfeeding", "needles", "veins", "port", "past-reaction", "far", "child", "works"),
            *("language", "daily-medicines"),
        ),
        holds=(
            *("WB-06", "WB-07", "WB-10", "WB-11", "WB-12", "WB-13", "WB-15", "WB-18", "WB-19", "WK-06b", "WK-08"),
            *("DB-07", "DB-10", "DB-11", "DO-04", "DO-05", "DO-06", "DO-09", "AV-03", "RD-08a", "RD-08b", "RD-09"),
            *("OCR-C01", "OCR-C04", "OCR-C06a", "OCR-C06b", "OCR-C08", "OCR-C10", "OCR-C11", "OCR-C33a", "OCR-C37"),
        ),
        lacks=("WB-01", "WB-03", "WB-08", "WB-14", "WK-06a", "DB-09", "OCR-C22", "OCR-C23"),
    ),
    # Natalizumab
    Person(
        name="Liam",
        story="first infusion in four months; fears needles",
        therapy="natalizumab",
        stage="first-infusion",
        days_ahead=120,
        setting="center",
        situations=("first-time", "needles"),
        holds=(
            *("NAT-C1", "NAT-C2", "NAT-C3", "NAT-C4", "NAT-C5", "NAT-C6", "NAT-C7", "NAT-C9", "NAT-C10a", "NAT-C11"),
            *("NAT-C12a", "NAT-C12b", "NAT-C13", "NAT-C14", "NAT-C15", "NAT-C16a", "NAT-C17", "NAT-C18", "NAT-C19"),
            *("NAT-C20", "NAT-C21a", "NAT-C23", "NAT-C25a", "NAT-C25b", "NAT-C26a", "NAT-C26b", "NAT-C27", "NAT-C28"),
            *("NAT-C29a", "NAT-C29b", "NAT-C30", "NAT-C31a", "NAT-C31b", "NAT-C32a", "NAT-C32b", "NAT-C33"),
            *("NAT-C34a", "NAT-C39", "NAT-C41", "NAT-C42", "WB-13"),
        ),
        # No medicine is given before the drip as a rule (NAT-44), so nothing of steroids or sleepy pills.
        lacks=(
            *("NAT-C8", "NAT-C22", "NAT-C35", "NAT-C37a", "NAT-C37b", "NAT-C32d", "NAT-C36b", "NAT-C40b"),
            *("WB-03", "WB-16", "AV-09", "AV-10", "RD-01", "RD-07", "RD-10", "DA-04a"),
        ),
        dates={
            "NAT-C1": ("2027-01-25", "2027-03-08"),
            "NAT-C2": ("2027-02-08", "2027-03-15"),
            "NAT-C3": ("2026-12-22", "2027-03-15"),
            "NAT-C7": ("2027-01-25", "2027-02-08"),
            "NAT-C10a": ("2027-03-08", "2027-03-15"),
            "NAT-C32a": ("2027-06-22", "2027-06-22"),
        },
        coming={"NAT-C32b": ("2027-09-22", "2028-03-22", "2028-09-22")},
        next_dose="2027-04-19",
    ),
    Person(
        name="Mona",
        story="first infusion in 20 days: too late to ask about vaccines 6 weeks ahead, in time for the scan and the form",
        therapy="natalizumab",
        stage="first-infusion",
        days_ahead=20,
        setting="office",
        late=("NAT-C7",),
        in_time=("NAT-C1", "NAT-C2", "NAT-C3", "NAT-C4", "NAT-C6", "NAT-C9", "NAT-C10a"),
        holds=("NAT-C21a",),
        lacks=("NAT-C8", "WB-03", "WB-13"),
        dates={
            "NAT-C1": ("2026-11-22", "2026-11-28"),
            "NAT-C2": ("2026-11-22", "2026-12-05"),
            "NAT-C3": ("2026-11-22", "2026-12-05"),
            "NAT-C7": ("2026-10-17", "2026-10-31"),
            "NAT-C10a": ("2026-11-28", "2026-12-05"),
        },
    ),
    Person(
        name="Nils",
        story="first infusion in five days, nothing done yet; ticked breastfeeding to be sure",
        therapy="natalizumab",
        stage="first-infusion",
        days_ahead=5,
        setting="hospital",
        situations=("breastfeeding",),
        late=("NAT-C1", "NAT-C2", "NAT-C3", "NAT-C4", "NAT-C6", "NAT-C7", "NAT-C8", "NAT-C9", "NAT-C10a"),
        lacks=("WB-08", "WB-16"),
    ),
    Person(
        name="Olga",
        story="infusions 2 to 12; hard veins, bladder, heat",
        therapy="natalizumab",
        stage="infusions-2-to-12",
        days_ahead=14,
        setting="hospital",
        situations=("veins", "bladder", "heat"),
        holds=(
            *("NAT-C10a", "NAT-C10b", "NAT-C11", "NAT-C12a", "NAT-C13", "NAT-C15", "NAT-C18", "NAT-C19", "NAT-C20"),
            *("NAT-C21a", "NAT-C23", "NAT-C30", "NAT-C32c", "NAT-C33", "NAT-C35", "NAT-C36a", "NAT-C39"),
            *("WB-12", "DB-11", "DO-06", "RD-09"),
        ),
        lacks=(
            *("NAT-C1", "NAT-C2", "NAT-C3", "NAT-C4", "NAT-C6", "NAT-C7", "NAT-C9", "NAT-C22", "NAT-C37a"),
            *("NAT-C32a", "WB-01", "WB-03", "WB-09", "WB-16", "WK-06a"),
        ),
        dates={"NAT-C10a": ("2026-11-22", "2026-11-29"), "WB-12": ("2026-11-22", "2026-12-05")},
        next_dose="2027-01-03",
    ),
    Person(
        name="Lena",
        story="infusions 2 to 12, in a week; reacted to an infusion before and takes pills every day",
        therapy="natalizumab",
        stage="infusions-2-to-12",
        days_ahead=7,
        setting="center",
        situations=("past-reaction", "daily-medicines"),
        holds=("NAT-C19", "NAT-C21a", "DO-09"),
        lacks=("AV-03", "WK-07", "NAT-C22"),
        in_time=("NAT-C10a", "NAT-C10b"),
        dates={"NAT-C10a": ("2026-11-22", "2026-11-22")},
    ),
    Person(
        name="Otto",
        story="infusions 2 to 12, today: what had to be done in the weeks before is late",
        therapy="natalizumab",
        stage="infusions-2-to-12",
        days_ahead=0,
        setting="center",
        late=("NAT-C10a", "NAT-C10b", "WB-04"),
        in_time=("NAT-C18", "NAT-C19", "NAT-C23", "NAT-C12a"),
        dates={"NAT-C23": ("2026-11-22", "2026-11-22")},
    ),
    Person(
        name="Pete",
        story="infusion 13 and later: his team decides on the wait after the drip; tired, trouble with focus",
        therapy="natalizumab",
        stage="infusion-13-onward",
        days_ahead=40,
        setting="office",
        situations=("fatigue", "focus"),
        holds=("NAT-C22", "NAT-C10a", "NAT-C10b", "NAT-C12a", "NAT-C19", "NAT-C25a", "NAT-C35", "WK-06b", "WK-08"),
        lacks=("NAT-C21a", "NAT-C15", "AV-10", "AV-11", "NAT-C1", "NAT-C3", "NAT-C37a", "WB-09"),
        dates={"WK-08": ("2026-12-29", "2026-12-31"), "NAT-C22": ("2027-01-01", "2027-01-01")},
        next_dose="2027-01-29",
    ),
    Person(
        name="Sven",
        story="infusions 2 to 12, ten days ago: nothing is missed, and signs of PML are watched for as on any day",
        therapy="natalizumab",
        stage="infusions-2-to-12",
        days_ahead=-10,
        setting="center",
        holds=("NAT-C12a", "NAT-C12b", "NAT-C26a", "NAT-C27"),
        in_time=("NAT-C12a", "NAT-C12b", "NAT-C26a", "NAT-C27", "NAT-C28", "NAT-C29b"),
        past=("NAT-C10a", "NAT-C11", "NAT-C13", "NAT-C14", "NAT-C15", "NAT-C18", "NAT-C21a", "NAT-C23", "WB-04"),
        next_dose="2026-12-10",
    ),
    Person(
        name="Quin",
        story="stopped natalizumab at the end of August: watches for PML for six months, to a day February lacks",
        therapy="natalizumab",
        stage="after-treatment",
        date=date(2026, 8, 31),
        holds=("NAT-C27", "NAT-C28", "NAT-C30", "NAT-C37a", "NAT-C37b", "NAT-C32d", "NAT-C39"),
        lacks=("NAT-C10a", "NAT-C12a", "NAT-C15", "NAT-C18", "NAT-C21a", "NAT-C22", "NAT-C23", "NAT-C35", "NAT-C36a"),
        late=("NAT-C36b",),  # after more than 6 to 8 weeks without a drug MS comes back more often, NAT-120
        in_time=("NAT-C32d", "NAT-C37a", "NAT-C39"),
        dates={"NAT-C37a": ("2026-11-22", "2027-03-01")},
    ),
    Person(
        name="Rosa",
        story="stopped natalizumab eight months ago: the watch for PML is over, the check at six months is late",
        therapy="natalizumab",
        stage="after-treatment",
        date=date(2026, 3, 15),
        holds=("NAT-C37b", "NAT-C39"),
        late=("NAT-C32d",),
        past=("NAT-C37a",),
        dates={"NAT-C37a": ("2026-03-15", "2026-09-15"), "NAT-C32d": ("2026-09-15", "2026-09-15")},
    ),
    # Alemtuzumab
    Person(
        name="Tara",
        story="course 1, five days, four months from now",
        therapy="alemtuzumab",
        stage="course-1",
        days_ahead=120,
        setting="center",
        situations=("first-time",),
        holds=(
            *("ALM-C01a", "ALM-C01b", "ALM-C02", "ALM-C03", "ALM-C04", "ALM-C05", "ALM-C06a", "ALM-C06b", "ALM-C06c"),
            *("ALM-C08a", "ALM-C08b", "ALM-C09a", "ALM-C10", "ALM-C11", "ALM-C12a", "ALM-C12b", "ALM-C13a", "ALM-C14"),
            *("ALM-C15", "ALM-C16a", "ALM-C17", "ALM-C18a", "ALM-C18b", "ALM-C19", "ALM-C20a", "ALM-C21a", "ALM-C21b"),
            *("ALM-C22", "ALM-C23a", "ALM-C23b", "ALM-C24a", "ALM-C25a", "ALM-C25b", "ALM-C26", "ALM-C27", "ALM-C28a"),
            *("ALM-C29a", "ALM-C29b", "ALM-C30a", "ALM-C30b", "ALM-C32", "ALM-C34", "ALM-C35", "ALM-C36a", "ALM-C36b"),
            *("ALM-C37b", "ALM-C38b", "ALM-C39a", "ALM-C40a", "ALM-C43", "ALM-C44a", "ALM-C45"),
        ),
        lacks=("ALM-C33a", "ALM-C33b", "ALM-C41", "ALM-C42", "WB-03", "WB-17", "DA-07", "DA-12", "AV-10", "RD-01"),
        dates={
            "ALM-C01a": ("2027-01-21", "2027-02-20"),
            "ALM-C02": ("2027-02-22", "2027-03-15"),
            "ALM-C04": ("2026-12-28", "2027-02-08"),
            "ALM-C05": (None, "2026-12-22"),
            "ALM-C12b": ("2027-03-15", "2027-03-21"),
            "ALM-C15": ("2027-03-22", "2027-03-26"),
            "ALM-C19": ("2027-03-22", "2027-03-26"),
            "ALM-C26": ("2027-04-26", "2031-03-26"),
            "ALM-C27": ("2027-06-26", "2031-03-26"),
            "ALM-C32": ("2027-03-22", "2027-07-26"),
        },
        coming={
            "ALM-C26": ("2027-04-26", "2027-05-26", "2027-06-26"),
            "ALM-C27": ("2027-06-26", "2027-09-26", "2027-12-26"),
            "ALM-C28a": ("2028-03-26", "2029-03-26", "2030-03-26"),
        },
    ),
    Person(
        name="Umar",
        story="course 1 in seven weeks: too late to say that he never had chickenpox, just in time for vaccines; drives",
        therapy="alemtuzumab",
        stage="course-1",
        days_ahead=50,
        setting="hospital",
        situations=("first-time", "drives"),
        holds=("ALM-C12a", "ALM-C20a", "DB-09"),
        lacks=("WB-10", "WB-03", "RD-01"),
        late=("ALM-C05",),
        in_time=("ALM-C01a", "ALM-C02", "ALM-C03", "ALM-C04", "ALM-C06a", "ALM-C08a"),
        dates={
            "ALM-C04": ("2026-11-22", "2026-11-30"),
            "ALM-C01a": ("2026-11-22", "2026-12-12"),
            "ALM-C02": ("2026-12-14", "2027-01-04"),
            "ALM-C19": ("2027-01-11", "2027-01-15"),
        },
    ),
    Person(
        name="Vera",
        story="course 1 in 25 days: enrollment and vaccines are late, the start tests are due now",
        therapy="alemtuzumab",
        stage="course-1",
        days_ahead=25,
        setting="hospital",
        late=("ALM-C01a", "ALM-C04", "ALM-C05"),
        in_time=("ALM-C02", "ALM-C03", "ALM-C06a", "ALM-C06b", "ALM-C06c", "ALM-C08a", "ALM-C08b"),
        dates={
            "ALM-C02": ("2026-11-22", "2026-12-10"),
            "ALM-C06a": ("2026-11-22", "2026-11-26"),
            "ALM-C04": ("2026-09-24", "2026-11-05"),
        },
    ),
    Person(
        name="Walt",
        story="course 2, three days; has diabetes and a job",
        therapy="alemtuzumab",
        stage="course-2",
        days_ahead=60,
        setting="center",
        situations=("diabetes", "works"),
        holds=(
            *("ALM-C33a", "ALM-C33b", "ALM-C41", "ALM-C09a", "ALM-C10", "ALM-C12a", "ALM-C12b", "ALM-C15", "ALM-C19"),
            *("ALM-C26", "ALM-C32", "WB-06", "DO-05", "RD-08a", "RD-08b"),
        ),
        lacks=(
            *("ALM-C01a", "ALM-C02", "ALM-C03", "ALM-C04", "ALM-C05", "ALM-C06a", "ALM-C08a"),
            *("WB-01", "WB-03", "WB-09", "WB-14"),
        ),
        dates={
            "ALM-C33a": ("2026-12-07", "2027-01-20"),
            "ALM-C41": ("2027-01-07", "2027-01-20"),
            "ALM-C19": ("2027-01-21", "2027-01-23"),
            "DO-05": ("2027-01-21", "2027-01-23"),
            "RD-08a": ("2027-01-21", "2027-01-25"),
            "WB-06": ("2026-12-22", "2027-01-20"),
            "ALM-C26": ("2027-02-23", "2031-01-23"),
        },
        next_dose="",  # a later course is given only if needed, ALM-52
    ),
    Person(
        name="Xena",
        story="a later course in 13 months; may want a child, travels far, has a port",
        therapy="alemtuzumab",
        stage="later-course",
        days_ahead=400,
        setting="center",
        situations=("pregnancy", "far", "port"),
        holds=("ALM-C07a", "ALM-C07b", "ALM-C33a", "ALM-C33b", "ALM-C32", "ALM-C42", "WB-11", "DB-07", "DO-04"),
        lacks=("WB-08", "ALM-C01a", "ALM-C02", "ALM-C41"),
        dates={
            "ALM-C07b": ("2027-11-27", "2027-12-26"),
            "ALM-C19": ("2027-12-27", "2027-12-29"),
            "ALM-C32": ("2027-12-27", "2028-04-29"),
            "WB-11": ("2027-12-06", "2027-12-26"),
        },
        next_dose="",
    ),
    Person(
        name="Yuri",
        story="on day 3 of 5 of course 1: the visit is not over, its rows run on",
        therapy="alemtuzumab",
        stage="course-1",
        days_ahead=-2,
        setting="hospital",
        late=("ALM-C02", "ALM-C04"),  # a visit is over when its last day is (DESIGN, "past")
        in_time=("ALM-C15", "ALM-C17", "ALM-C18a", "ALM-C19", "ALM-C20a", "ALM-C21a", "ALM-C21b"),
        dates={"ALM-C19": ("2026-11-22", "2026-11-24"), "ALM-C15": ("2026-11-22", "2026-11-24")},
    ),
    Person(
        name="Zoe",
        story="after treatment, last infusion on a leap day: tests to the next leap day",
        therapy="alemtuzumab",
        stage="after-treatment",
        date=date(2024, 2, 29),
        holds=(
            *("ALM-C26", "ALM-C27", "ALM-C28a", "ALM-C28b", "ALM-C29a", "ALM-C29b", "ALM-C29c", "ALM-C30a", "ALM-C30b"),
            *("ALM-C31a", "ALM-C34", "ALM-C35", "ALM-C36a", "ALM-C36b", "ALM-C37a", "ALM-C37b", "ALM-C38a"),
            *("ALM-C38b", "ALM-C39a", "ALM-C39b", "ALM-C40a", "ALM-C40b", "ALM-C43", "ALM-C45"),
        ),
        lacks=("ALM-C02", "ALM-C11", "ALM-C15", "ALM-C19", "ALM-C21a", "ALM-C33a", "ALM-C42", "DA-07", "DA-12"),
        past=("ALM-C32",),
        dates={
            "ALM-C26": ("2026-11-22", "2028-02-29"),
            "ALM-C27": ("2026-11-22", "2028-02-29"),
            "ALM-C43": ("2028-02-29", None),
        },
        coming={
            "ALM-C26": ("2026-11-29", "2026-12-29", "2027-01-29"),
            "ALM-C27": ("2026-11-29", "2027-02-28", "2027-05-29"),
            "ALM-C28a": ("2027-02-28", "2028-02-29", "2029-02-28"),
        },
    ),
    Person(
        name="Abel",
        story="after treatment, last infusion on August 31: tests on the last day of shorter months",
        therapy="alemtuzumab",
        stage="after-treatment",
        date=date(2025, 8, 31),
        holds=("ALM-C26", "ALM-C27", "ALM-C28a"),
        past=("ALM-C32",),
        dates={"ALM-C26": ("2026-11-22", "2029-08-31"), "ALM-C32": ("2025-08-31", "2025-12-31")},
        coming={
            "ALM-C26": ("2026-11-30", "2026-12-31", "2027-01-31"),
            "ALM-C27": ("2026-11-30", "2027-02-28", "2027-05-31"),
            "ALM-C28a": ("2027-08-31", "2028-08-31", "2029-08-31"),
        },
    ),
    Person(
        name="Bea",
        story="after treatment, three weeks after the last infusion; may want a child: birth control until March 1",
        therapy="alemtuzumab",
        stage="after-treatment",
        date=date(2026, 10, 31),
        situations=("pregnancy",),
        holds=("ALM-C22", "ALM-C23a", "ALM-C23b", "ALM-C25a", "ALM-C25b", "ALM-C32", "ALM-C42"),
        lacks=("ALM-C07a", "ALM-C07b", "WB-08"),
        dates={"ALM-C32": ("2026-11-22", "2027-03-01"), "ALM-C26": ("2026-11-30", "2030-10-31")},
        coming={
            "ALM-C26": ("2026-11-30", "2026-12-31", "2027-01-31"),
            "ALM-C27": ("2027-01-31", "2027-04-30", "2027-07-31"),
        },
    ),
    Person(
        name="Cyrus",
        story="more than four years after the last infusion: the tests are over, the watch and the skin exam go on",
        therapy="alemtuzumab",
        stage="after-treatment",
        date=date(2022, 5, 10),
        holds=("ALM-C29b", "ALM-C31a", "ALM-C36a", "ALM-C37b", "ALM-C40b", "ALM-C43"),
        in_time=("ALM-C28a", "ALM-C29b", "ALM-C43"),
        past=("ALM-C26", "ALM-C27"),
        dates={"ALM-C43": ("2026-11-22", None)},
        coming={"ALM-C28a": ("2027-05-10", "2028-05-10", "2029-05-10")},
    ),
    # Mitoxantrone
    Person(
        name="Dora",
        story="first infusion in four months: heart, blood, liver and pregnancy tests come first",
        therapy="mitoxantrone",
        stage="first-infusion",
        days_ahead=120,
        setting="center",
        holds=(
            *("MIT-C1", "MIT-C2", "MIT-C3", "MIT-C4a", "MIT-C5", "MIT-C6", "MIT-C8a", "MIT-C9", "MIT-C11a", "MIT-C11b"),
            *("MIT-C12", "MIT-C13a", "MIT-C15", "MIT-C16", "MIT-C17", "MIT-C20", "MIT-C21", "MIT-C22", "MIT-C23a"),
            *("MIT-C24", "MIT-C25", "MIT-C26", "MIT-C27", "MIT-C28a", "MIT-C28b", "MIT-C29", "MIT-C30", "MIT-C31"),
            *("MIT-C32", "MIT-C33a", "MIT-C34a", "MIT-C38", "MIT-C39", "MIT-C40a", "MIT-C40b", "MIT-C41", "MIT-C42"),
            *("MIT-C43a", "AV-10"),
        ),
        # No steroid and no sleepy medicine are known for it, so nothing of either.
        lacks=(
            *("MIT-C10a", "MIT-C14a", "MIT-C14b", "MIT-C35", "MIT-C36"),
            *("WB-03", "WB-20", "DA-15", "AV-09", "RD-01", "RD-07", "RD-10", "DA-04a"),
        ),
        dates={
            "MIT-C4a": ("2027-03-01", "2027-03-19"),
            "MIT-C5": ("2027-03-01", "2027-03-19"),
            "MIT-C6": ("2027-01-25", "2027-02-08"),
            "MIT-C11a": ("2027-03-15", "2027-03-21"),
            "MIT-C12": ("2027-03-15", "2027-03-22"),
            "MIT-C24": ("2027-03-22", "2027-03-24"),
            "MIT-C27": ("2027-03-23", "2027-04-21"),
            "MIT-C29": ("2027-03-29", "2027-04-12"),
        },
        next_dose="2027-06-22",
    ),
    Person(
        name="Emil",
        story="first infusion in ten days: vaccines are late, the heart tests are not; breastfeeding is ticked",
        therapy="mitoxantrone",
        stage="first-infusion",
        days_ahead=10,
        setting="office",
        situations=("first-time", "breastfeeding"),
        holds=("MIT-C10a",),
        lacks=("WB-03", "WB-08"),
        late=("MIT-C6",),
        in_time=("MIT-C1", "MIT-C2", "MIT-C3", "MIT-C4a", "MIT-C5", "MIT-C8a", "MIT-C9", "MIT-C10a", "MIT-C11a"),
        dates={
            "MIT-C1": ("2026-11-22", "2026-11-25"),
            "MIT-C4a": ("2026-11-22", "2026-11-29"),
            "MIT-C6": ("2026-10-07", "2026-10-21"),
        },
    ),
    Person(
        name="Flora",
        story="first infusion on Tuesday with no test done: the heart tests are late, the blood tests can still be made",
        therapy="mitoxantrone",
        stage="first-infusion",
        days_ahead=2,
        setting="hospital",
        late=("MIT-C1", "MIT-C2", "MIT-C3", "MIT-C4a", "MIT-C5", "MIT-C6"),
        in_time=("MIT-C8a", "MIT-C9", "MIT-C11a", "MIT-C11b", "MIT-C12", "MIT-C17"),
        dates={"MIT-C11a": ("2026-11-22", "2026-11-23"), "MIT-C12": ("2026-11-22", "2026-11-24")},
    ),
    Person(
        name="Gabe",
        story="every three months: all tests again before this dose; has trouble seeing",
        therapy="mitoxantrone",
        stage="every-3-months",
        days_ahead=30,
        setting="center",
        situations=("vision",),
        holds=(
            *("MIT-C4a", "MIT-C5", "MIT-C11a", "MIT-C11b", "MIT-C12", "MIT-C13c", "MIT-C15", "MIT-C16", "MIT-C20"),
            *("MIT-C14a|MIT-C32", "MIT-C14b|MIT-C31"),
            *("MIT-C21", "MIT-C22", "MIT-C26", "MIT-C29", "MIT-C43a", "WB-18"),
        ),
        lacks=("MIT-C1", "MIT-C2", "MIT-C3", "MIT-C6", "MIT-C8a", "MIT-C9", "MIT-C36", "WB-01", "WB-20", "DO-07"),
        dates={
            "MIT-C4a": ("2026-12-01", "2026-12-19"),
            "MIT-C5": ("2026-12-01", "2026-12-19"),
            "MIT-C11a": ("2026-12-15", "2026-12-21"),
            "MIT-C12": ("2026-12-15", "2026-12-22"),
        },
        next_dose="2027-03-22",
    ),
    Person(
        name="Holly",
        story="every three months, on Tuesday: the heart tests that come before every dose are late",
        therapy="mitoxantrone",
        stage="every-3-months",
        days_ahead=2,
        setting="hospital",
        late=("MIT-C4a", "MIT-C5"),
        in_time=("MIT-C11a", "MIT-C12", "MIT-C14a|MIT-C32", "MIT-C14b|MIT-C31"),
        dates={"MIT-C4a": ("2026-11-03", "2026-11-21")},
    ),
    Person(
        name="Nora",
        story="every three months, 25 days ago: what came before is over, the blood test of weeks 1 to 3 is late",
        therapy="mitoxantrone",
        stage="every-3-months",
        days_ahead=-25,
        setting="center",
        late=("MIT-C29",),
        in_time=("MIT-C14b|MIT-C31", "MIT-C26", "MIT-C27", "MIT-C28a", "MIT-C33a"),
        past=("MIT-C4a", "MIT-C5", "MIT-C11a", "MIT-C12", "MIT-C17", "MIT-C20", "MIT-C24", "MIT-C38"),
        dates={"MIT-C27": ("2026-11-22", "2026-11-27"), "MIT-C29": ("2026-11-04", "2026-11-18")},
        next_dose="2027-01-28",
    ),
    Person(
        name="Ivan",
        story="after mitoxantrone, last dose on a leap day: heart tests each year, without end",
        therapy="mitoxantrone",
        stage="after-treatment",
        date=date(2024, 2, 29),
        holds=("MIT-C31", "MIT-C32", "MIT-C33a", "MIT-C34a", "MIT-C35", "MIT-C36", "MIT-C37"),
        lacks=("MIT-C4a", "MIT-C5", "MIT-C11a", "MIT-C20", "MIT-C27", "MIT-C29", "MIT-C38", "MIT-C10b", "DA-15"),
        coming={"MIT-C36": ("2027-02-28", "2028-02-29", "2029-02-28")},
    ),
    Person(
        name="Jade",
        story="after mitoxantrone, last dose in August: birth control for six months or more; breastfeeding is ticked",
        therapy="mitoxantrone",
        stage="after-treatment",
        date=date(2026, 8, 31),
        situations=("breastfeeding",),
        holds=("MIT-C8b", "MIT-C10b", "MIT-C30", "MIT-C31", "MIT-C36", "MIT-C37"),
        lacks=("MIT-C8a", "MIT-C10a", "MIT-C12"),
        dates={"MIT-C8b": ("2026-11-22", "2027-03-01")},
        coming={"MIT-C36": ("2027-08-31", "2028-08-31", "2029-08-31")},
    ),
)
