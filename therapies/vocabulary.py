"""The words that content is made of: every list of choices, by its key, with what people call each. Pure.

Keys stand in editions, in rows and in what readers send, so a key that was ever published stays for ever.
"""

LANGUAGE = "en-US"  # that of the site
SETTINGS = {
    "center": "Infusion center",
    "hospital": "Hospital",
    "office": "Doctor's office",
    "home": "Home",
}
ELSEWHERE = "elsewhere"  # in the place of a location's key: a place that is none of the clinic's
SITUATIONS = {
    "first-time": "This is my first infusion with this drug",
    "drives": "I would drive myself",
    "mobility-aid": "I use a wheelchair, walker or cane",
    "bladder": "I need the restroom often or in a hurry",
    "heat": "Heat makes my MS worse",
    "fatigue": "I get very tired",
    "vision": "I have trouble seeing",
    "focus": "I have trouble with focus or memory",
    "diabetes": "I have diabetes",
    "pregnancy": "I am pregnant, could be, or plan to be",
    "breastfeeding": "I breastfeed",
    "needles": "Needles scare me",
    "veins": "My veins are hard to find",
    "port": "I have a port",
    "past-reaction": "I had a reaction to an infusion before",
    "far": "I travel far to get there",
    "child": "I look after a child",
    "works": "I have a job or school",
    "language": "I want an interpreter",
    "daily-medicines": "I take medicines every day",
}
PHASES = {
    "weeks-before": "Weeks before",
    "week-before": "Week before",
    "day-before": "Day before",
    "bring": "Bring",
    "day-of": "Day of the infusion",
    "at-the-visit": "At the visit",
    "rest-of-the-day": "Rest of the day",
    "days-after": "Days after",
}
OWNERS = {
    "you": "You",
    "helper": "Helper",
    "clinic": "MS clinic",
    "lab": "Lab",
    "infusion-center": "Infusion center",
    "insurer": "Health plan",
}
CALLS = {key: name for key, name in OWNERS.items() if key not in ("you", "helper")}
KINDS = {
    "task": "Task: can be missed",
    "habit": "Habit: bring, eat, at the visit",
    "watch": "Watch: signs to look for",
    "asked": "Asked: a question of the nurse, before the drip",
}
LEVELS = {
    "now": "Call 911 or go to the emergency room now",
    "same-day": "Call your team the same day",
    "next-visit": "Tell them at your next visit",
}
ANCHORS = {
    "first-day": "the visit's first day",
    "last-day": "the visit's last day",
    "last-dose": "the last dose",
}
FARTHEST = {"days": 3660, "months": 120}
UNITS = {"days": "days", "months": "calendar months"}
LONGEST = 2000  # characters of one text
CHANGE_KINDS = {"safety": "Safety", "timing": "Timing", "wording": "Wording"}
PREMEDICINES = {"steroid": "A steroid", "sleepy": "A medicine that makes sleepy"}
SOURCE_KINDS = {
    "label": "Label",
    "medication-guide": "Medication Guide",
    "guideline": "Guideline",
    "study": "Study",
    "page": "Page",
}
PLACE_REQUIRED = ("label", "medication-guide", "guideline")
REQUIRED = {
    "label": "The label requires it.",
    "recommended": "Recommended.",
    "practice": "Many clinics do it.",
    "if-needed": "Only if your team sees a need.",
}
SECTIONS = {
    "therapy": {
        "glance": "At a glance",
        "how-it-works": "How it works",
        "who-for": "Which types of MS",
        "who-not": "Who cannot have it",
        "warning": "Boxed warning",
        "program": "Safety program",
        "benefits": "What it can do",
        "schedule": "Schedule",
        "premedicines": "Medicines before the drip",
        "day-before": "The day before",
        "day-of": "Infusion day",
        "after": "After the infusion",
        "tests": "Tests and checks",
        "vaccines": "Vaccines",
        "risks": "Serious risks, and what to do",
        "side-effects": "Common side effects",
        "pregnancy": "Pregnancy and breastfeeding",
        "tell-the-team": "What to tell your team",
        "missed-dose": "If you miss a dose",
        "brands": "Brands and other forms",
        "help": "Help and reporting",
    },
    "guide": {
        "what": "What an infusion is",
        "where": "Where it is given",
        "visit": "How a visit runs",
        "types": "Types of MS",
        "benefits": "What infusions can do",
        "risks": "Risks of infusions in general",
        "steroids": "Steroids for a relapse",
        "tests": "Common tests in plain words",
        "bring": "What to bring",
        "after-care": "After the infusion",
        "cost": "What it costs",
        "approval": "Approval by your health plan",
        "leave": "Time off work or school",
        "newer": "What is newer",
        "words": "Words explained",
    },
}
