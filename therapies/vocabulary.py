"""The words that content is made of: every list of choices, by its key, with what people call each. Pure.

Keys stand in editions, in rows and in what readers send, so a key that was ever published stays for ever. Names are
English here; who shows one says `gettext(name)`.
"""


def _(words: str) -> str:
    """Marks words for translators, for `makemessages` to find. They are translated where they are shown."""
    return words


LANGUAGE = "en-US"  # that of the site
SETTINGS = {
    "center": _("Infusion center"),
    "hospital": _("Hospital"),
    "office": _("Doctor's office"),
    "home": _("Home"),
}
ELSEWHERE = "elsewhere"  # in the place of a location's key: a place that is none of the clinic's
SITUATIONS = {
    "first-time": _("This is my first infusion with this drug"),
    "drives": _("I would drive myself"),
    "mobility-aid": _("I use a wheelchair, walker or cane"),
    "bladder": _("I need the restroom often or in a hurry"),
    "heat": _("Heat makes my MS worse"),
    "fatigue": _("I get very tired"),
    "vision": _("I have trouble seeing"),
    "focus": _("I have trouble with focus or memory"),
    "diabetes": _("I have diabetes"),
    "pregnancy": _("I am pregnant, could be, or plan to be"),
    "breastfeeding": _("I breastfeed"),
    "needles": _("Needles scare me"),
    "veins": _("My veins are hard to find"),
    "port": _("I have a port"),
    "past-reaction": _("I had a reaction to an infusion before"),
    "far": _("I travel far to get there"),
    "child": _("I look after a child"),
    "works": _("I have a job or school"),
    "language": _("I want an interpreter"),
    "daily-medicines": _("I take medicines every day"),
}
PHASES = {
    "weeks-before": _("Weeks before"),
    "week-before": _("Week before"),
    "day-before": _("Day before"),
    "bring": _("Bring"),
    "day-of": _("Day of the infusion"),
    "at-the-visit": _("At the visit"),
    "rest-of-the-day": _("Rest of the day"),
    "days-after": _("Days after"),
}
STOPS = {  # the steps of the runway, each with its phases
    _("Weeks before"): ("weeks-before",),
    _("Week before"): ("week-before",),
    _("Day before"): ("day-before", "bring"),
    _("Visit day"): ("day-of", "at-the-visit", "rest-of-the-day"),
    _("Days after"): ("days-after",),
}
OWNERS = {
    "you": _("You"),
    "helper": _("Helper"),
    "clinic": _("MS clinic"),
    "lab": _("Lab"),
    "infusion-center": _("Infusion center"),
    "insurer": _("Health plan"),
}
CALLS = {key: name for key, name in OWNERS.items() if key not in ("you", "helper")}
KINDS = {
    "task": _("Task: can be missed"),
    "habit": _("Habit: bring, eat, at the visit"),
    "watch": _("Watch: signs to look for"),
    "asked": _("Asked: a question of the nurse, before the drip"),
}
LEVELS = {
    "now": _("Call 911 or go to the emergency room now"),
    "same-day": _("Call your team the same day"),
    "next-visit": _("Tell them at your next visit"),
}
ANCHORS = {
    "first-day": _("the visit's first day"),
    "last-day": _("the visit's last day"),
    "last-dose": _("the last dose"),
}
FARTHEST = {"days": 3660, "months": 120}
UNITS = {"days": _("days"), "months": _("calendar months")}
LONGEST = 2000  # characters of one text
CHANGE_KINDS = {"safety": _("Safety"), "timing": _("Timing"), "wording": _("Wording")}
PREMEDICINES = {"steroid": _("A steroid"), "sleepy": _("A medicine that makes sleepy")}
SOURCE_KINDS = {
    "label": _("Label"),
    "medication-guide": _("Medication Guide"),
    "guideline": _("Guideline"),
    "study": _("Study"),
    "page": _("Page"),
}
PLACE_REQUIRED = ("label", "medication-guide", "guideline")
REQUIRED = {
    "label": _("The label requires it."),
    "recommended": _("Recommended."),
    "practice": _("Many clinics do it."),
    "if-needed": _("Only if your team sees a need."),
}
SECTIONS = {
    "therapy": {
        "glance": _("At a glance"),
        "how-it-works": _("How it works"),
        "who-for": _("Which types of MS"),
        "who-not": _("Who cannot have it"),
        "warning": _("Boxed warning"),
        "program": _("Safety program"),
        "benefits": _("What it can do"),
        "schedule": _("Schedule"),
        "premedicines": _("Medicines before the drip"),
        "day-before": _("The day before"),
        "day-of": _("Infusion day"),
        "after": _("After the infusion"),
        "tests": _("Tests and checks"),
        "vaccines": _("Vaccines"),
        "risks": _("Serious risks, and what to do"),
        "side-effects": _("Common side effects"),
        "pregnancy": _("Pregnancy and breastfeeding"),
        "tell-the-team": _("What to tell your team"),
        "missed-dose": _("If you miss a dose"),
        "brands": _("Brands and other forms"),
        "help": _("Help and reporting"),
    },
    "guide": {
        "what": _("What an infusion is"),
        "where": _("Where it is given"),
        "visit": _("How a visit runs"),
        "types": _("Types of MS"),
        "benefits": _("What infusions can do"),
        "risks": _("Risks of infusions in general"),
        "steroids": _("Steroids for a relapse"),
        "tests": _("Common tests in plain words"),
        "bring": _("What to bring"),
        "after-care": _("After the infusion"),
        "cost": _("What it costs"),
        "approval": _("Approval by your health plan"),
        "leave": _("Time off work or school"),
        "newer": _("What is newer"),
        "words": _("Words explained"),
    },
}
