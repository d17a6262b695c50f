"""Fills an empty site with all that pages can show at once, for manage.py shell; prints where it all is, as JSON.

Three lists are kept before their words change: an owner's with ticks, notes and own things, one after treatment, and one
whose words are taken away. Then a clinic publishes its page, a new edition changes safety, days and words, a line is
withdrawn and so is a whole page; and one change waits for review.
"""

import json
import re
import sys
from datetime import timedelta

from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from msinfusion.rates import ANYTHING
from therapies.library import look_again
from therapies.models import Edition, Item, Location, Override, Report, Subject
from therapies.publishing import publish, withdraw

TODAY = timezone.localdate()
reader = Client(headers={"host": "localhost"})
editor, reviewer = (User.objects.get(username=name) for name in ("editor", "reviewer"))
subjects = {subject.slug: subject for subject in Subject.objects.all()}


def answers(therapy, stage, days, **more):
    date = (TODAY + timedelta(days=days)).isoformat()
    return {"therapy": therapy, "stage": stage, "date": date, "time": "09:00"} | more


def keep(*given, **more):
    return reader.post("/visits/keep/", answers(*given, **more))["Location"]


def change(visit, about, number=1, **fields):
    assert reader.post(f"{visit}change/", {"about": about, "number": number} | fields).status_code == 302


def code(*given):
    html = reader.post("/visits/checklist/", answers(*given)).content.decode()
    return re.search(r'class="code">([^<]+)<', html)[1]


def edit(row, **fields):
    for name, value in fields.items():
        setattr(row, name, value)
    row._history_user = editor
    row.save()


def release(slug, note, kind):
    again = TODAY + timedelta(days=365)
    publish(subjects[slug], by=reviewer, change_note=note, change_kind=kind, review_again_on=again)


owner = keep("ocrelizumab", "first-dose-part-1", 3, situations=["port", "diabetes"])
boxes = re.findall(r'id="t-([\w-]+)"', reader.get(owner).content.decode())
change(owner, f"done:{boxes[0]}", value="1")
change(owner, f"note:{boxes[1]}", value="Ana drives me.")
change(owner, f"note:{boxes[1]}", 2, value="Ben drives me, and knows the way.")
change(owner, "own:cat", text="Ask Eve to feed the cat", phase="day-of")
change(owner, "own:dog", text="Walk the dog", phase="day-of")
change(owner, "own:dog", 2, remove="1")
shared = reader.post(f"{owner}helper/", {"make": "1"}).content.decode()
world = {
    "owner": owner,
    "helper": re.search(r"/visits/[\w-]{22}/(?=</b>)", shared)[0],
    "box": boxes[1],
    "after": keep("alemtuzumab", "after-treatment", -400),
    "away": keep("mitoxantrone", "first-infusion", 20),
    "changed": code("ocrelizumab", "first-dose-part-1", 20),
    "same": code("natalizumab", "first-infusion", 20),
}

ocrelizumab, clinic = subjects["ocrelizumab"], subjects["clinic"]
watch, history, blood, wait = (Item.objects.get(key=key) for key in ("OCR-C25a", "OCR-C07", "OCR-C01", "OCR-C03"))
edit(watch, action=f"{watch.action} Do not drive there yourself.")
edit(history, why="Other words for the same.")
edit(blood, window_last=blood.window_last - 1)
release("ocrelizumab", "OCR-C25a has a sign more. OCR-C01 is due a day earlier.", "safety")
edit(clinic, name="Test Clinic")
edit(
    Location(
        subject=clinic, key="main", name="Test Infusion Center", phone="(555) 010-0100", after_hours="(555) 010-0199",
        address="1 Example Street, Testville", directions="Take the north door.\nParking is behind it.",
        comforts="Wide chairs.", arrive_minutes=15, food="Bring a snack.", visitors="One visitor may stay.",
        children="No children under 12.",
    )
)  # fmt: skip
edit(Location(subject=clinic, key="west", name="Test Center West", phone="555 010 0300", order=1))
edit(Override(subject=clinic, key="rule-1", item="OCR-C01", why="Our lab needs a week.", window_last=-21))
release("clinic", "The first edition of our clinic.", "wording")
withdraw(ocrelizumab, "OCR-C26", by=reviewer, reason="One sign was missing here.")
withdraw(subjects["mitoxantrone"], "", by=reviewer, reason="The label changed.")
edit(wait, why=f"{wait.why} These words wait for review.")
Report.objects.create(page="/therapies/ocrelizumab/", text="A word is missing.")
for view in ("light", "dark"):  # who has not signed in yet
    User.objects.create_user(f"new-{view}", password="correct-horse", is_staff=True).groups.set(editor.groups.all())  # noqa: S106
reviewer.groups.set(editor.groups.all() | reviewer.groups.all())  # whoever does both sees every screen whole
look_again()
flood = Client(headers={"host": "localhost"}, REMOTE_ADDR="203.0.113.7")
for _ in range(ANYTHING.at_once + 100):  # more than runs dry meanwhile
    flooded = flood.post("/search/", {"q": "chest pain"})
world["flooded"] = flooded.content.decode()
world |= {slug: subject.pk for slug, subject in subjects.items()}
world |= {"item": wait.pk, "edition": Edition.objects.filter(subject=ocrelizumab).order_by("number")[0].pk}
sys.stdout.write(json.dumps(world))
