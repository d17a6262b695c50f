"""Small contents to test rules on. Plain functions with good defaults."""

from dataclasses import replace
from datetime import date

from django.contrib.auth.models import Group, User
from django.test import Client
from django_otp import DEVICE_ID_SESSION_KEY
from django_otp.plugins.otp_totp.models import TOTPDevice

from therapies.content import Citation, Content, Edition, Item, Source, Stage, Window
from therapies.models import Reviewer

LABEL = Source("L", "Label of a made-up drug", "A maker", "label", "2026")
PAGE = Source("P", "A page", "A clinic", "page", "2026")
CITED = (Citation("L", "section 2.1"),)


def make_item(key: str = "X-1", **fields) -> Item:
    """A task of the clinic's, due from 14 days to the day before the visit."""
    window = Window(**fields.pop("window", {"first": -14, "last": -1}))
    values = {
        "kind": "task",
        "phase": "weeks-before",
        "action": "Call the clinic.",
        "why": "They wait for it.",
        "owner": "you",
        "call": "clinic",
        "say": "I have not called yet.",
        "done_when": "you have called",
        "citations": CITED,
    }
    return Item(key=key, window=window, **(values | fields))


def make_watch(key: str, level: str = "now", **fields) -> Item:
    values = {
        "kind": "watch",
        "level": level,
        "phase": "days-after",
        "action": "Call 911 for trouble breathing.",
        "safety": True,
        "call": "",
        "say": "",
        "done_when": "",
        "signs": ("breathing",),
        "window": {"first": 0},
    }
    return make_item(key, **(values | fields))


def make_stage(key: str = "first", **fields) -> Stage:
    return Stage(key=key, **({"name": key.title(), "first": key == "first", "citations": CITED} | fields))


def make_content(*items: Item, kind: str = "therapy", slug: str = "testimab", **fields) -> Content:
    values = {
        "name": slug.title(),
        "compiled_on": date(2026, 1, 1),
        "settings": ("center", "home"),
        "sources": (LABEL, PAGE),
        "stages": (make_stage(), make_stage("later"), make_stage("after-treatment", after=True, days=0)),
    }
    if kind == "guide":
        values |= {"stages": (), "settings": ()}
    return Content(kind=kind, slug=slug, items=items, **(values | fields))


def make_edition(*items: Item, **fields) -> Edition:
    return Edition(make_content(*items, **fields), number=1, published_on=date(2026, 1, 1))


def make_guide(*items: Item, **fields) -> Edition:
    return make_edition(*items, kind="guide", slug="guide", **fields)


def with_items(edition: Edition, *items: Item) -> Edition:
    return replace(edition, content=replace(edition.content, items=items))


def make_staff(username, group, name="", credentials=""):
    user = User.objects.create_user(username, is_staff=True)
    user.groups.add(Group.objects.get(name=group))
    if credentials:
        Reviewer.objects.create(user=user, name=name, credentials=credentials)
    return user


class StaffClient(Client):
    """Whoever is signed in without being asked has done both steps, as at the sign-in itself (test_sign_in.py)."""

    def force_login(self, user, backend=None):
        super().force_login(user, backend)
        phone, _ = TOTPDevice.objects.get_or_create(user=user, name="phone")
        session = self.session
        session[DEVICE_ID_SESSION_KEY] = phone.persistent_id
        session.save()


def edit(row, by, **fields):
    """Change a row as this person does in the admin."""
    for name, value in fields.items():
        setattr(row, name, value)
    row._history_user = by
    row.save()
    return row
