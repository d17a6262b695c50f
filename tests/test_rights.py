"""Who may do what, as tables: every address of the site, whoever asks. An address that stands in none of them fails.

Each cell says what a GET and a POST end in, past the check of where a form comes from (test_doors.py). A POST brings what would do the thing, where somebody else might do it; where
somebody who may do it sends an empty form, 200 or 422 is that form again.
"""

import re

import pytest
from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, get_resolver
from test_admin import APPROVAL
from test_kept import add, box_of, helper_link, keep, write
from test_visit_pages import in_days

from factories import StaffClient, edit, make_staff
from reading import text_of
from therapies.library import look_again
from therapies.models import Edition, Location, Override, Report, Review, Seal, Source, Subject, Withdrawal
from visits.models import Change, Visit, hashed

pytestmark = pytest.mark.django_db
WHO = ("anybody", "half", "editor", "reviewer", "superuser")


def rows_of(table):
    """What stands in a table, by its first column; without its head. Between columns stand bars with blanks around them."""
    found = {}
    for line in table.strip().splitlines()[1:]:
        first, *cells = (cell.strip() for cell in re.split(r" \| | \|$", line))
        found[first] = cells
    return found


# Pages of readers. Nobody has a right that others lack: staff get what a stranger gets.
READERS = rows_of("""
address                                                  | GET POST
                                                         | 200 405
therapies/                                               | 200 405
therapies/<slug:slug>/                                   | 200 405
therapies/<slug:slug>/editions/                          | 200 405
therapies/<slug:slug>/editions/<int:number>/             | 200 405
therapies/<slug:slug>/editions/<int:before>/<int:after>/ | 200 405
guide/                                                   | 200 405
guide/editions/                                          | 200 405
guide/editions/<int:number>/                             | 200 405
guide/editions/<int:before>/<int:after>/                 | 200 405
clinic/                                                  | 200 405
clinic/editions/                                         | 200 405
clinic/editions/<int:number>/                            | 200 405
clinic/editions/<int:before>/<int:after>/                | 200 405
sources/                                                 | 200 405
privacy/                                                 | 200 405
accessibility/                                           | 200 405
about/                                                   | 200 405
offline/                                                 | 200 405
sw.js                                                    | 200 405
report/                                                  | 200 422
search/                                                  | 200 422
sitemap.xml                                              | 200 405
robots.txt                                               | 200 405
healthz                                                  | 200 405
readyz                                                   | 200 405
visits/new/                                              | 200 405
visits/checklist/                                        | 302 422
visits/keep/                                             | 405 422
check/                                                   | 200 422
check/<str:code>/                                        | 200 405
""")

# A kept visit, by the token in the address: its owner's; its helper's; one of a link that was ended, of a visit that was
# deleted, or of nobody, whoever asks.
KEPT = rows_of("""
address                         | owner   | helper  | no link
visits/<token:token>/           | 200 405 | 200 405 | 404 405
visits/<token:token>/list/      | 200 405 | 200 405 | 404 405
visits/<token:token>/step/      | 200 405 | 200 405 | 404 405
visits/<token:token>/change/    | 405 302 | 405 302 | 405 404
visits/<token:token>/move/      | 405 302 | 405 403 | 405 404
visits/<token:token>/renew/     | 405 302 | 405 302 | 405 404
visits/<token:token>/calendar/  | 405 200 | 405 200 | 405 404
visits/<token:token>/helper/    | 405 200 | 405 403 | 405 404
visits/<token:token>/delete/    | 405 200 | 405 403 | 405 404
""")

# Screens of staff. "half" is an editor who has given a password and no code yet.
STAFF = rows_of("""
address                                             | anybody | half    | editor  | reviewer | superuser
admin/                                              | 302 302 | 302 302 | 200 200 | 200 200  | 200 200
admin/login/                                        | 200 200 | 302 200 | 302 200 | 302 200  | 302 200
admin/second-step/                                  | 302 302 | 302 302 | 200 200 | 200 200  | 200 200
admin/second-step/set-up/                           | 302 302 | 200 200 | 302 302 | 302 302  | 302 302
admin/logout/                                       | 302 302 | 302 302 | 405 200 | 405 200  | 405 200
admin/password_change/                              | 302 302 | 302 302 | 200 200 | 200 200  | 200 200
admin/password_change/done/                         | 302 302 | 302 302 | 200 405 | 200 405  | 200 405
admin/autocomplete/                                 | 302 302 | 302 302 | 403 405 | 403 405  | 403 405
admin/jsi18n/                                       | 302 302 | 302 302 | 200 405 | 200 405  | 200 405
admin/r/<path:content_type_id>/<path:object_id>/    | 302 302 | 302 302 | 404 404 | 404 404  | 404 404
admin/preview/checklist/                            | 302 302 | 302 302 | 200 422 | 200 422  | 200 422
admin/therapies/subject/find/                       | 302 302 | 302 302 | 200 200 | 200 200  | 200 200
admin/therapies/subject/<int:pk>/preview/           | 302 302 | 302 302 | 200 200 | 200 200  | 200 200
admin/therapies/subject/<int:pk>/publish/           | 302 302 | 302 302 | 200 422 | 200 302  | 200 422
admin/therapies/subject/<int:pk>/check/             | 302 302 | 302 302 | 200 403 | 200 302  | 200 302
admin/therapies/subject/<int:pk>/withdraw/          | 302 302 | 302 302 | 200 422 | 200 302  | 200 422
admin/therapies/edition/<int:pk>/restore/           | 302 302 | 302 302 | 200 302 | 403 403  | 200 302
admin/auth/user/<id>/password/                      | 302 302 | 302 302 | 403 403 | 403 403  | 200 200
admin/^(?P<app_label>auth|therapies)/$              | 302 302 | 302 302 | 200 200 | 200 200  | 200 200
admin/(?P<url>.*)$                                  | 302 302 | 302 302 | 404 404 | 404 404  | 404 404
""")

# What staff may do with rows in Django's admin: v look at them, a add, c change, d delete. Whoever is not staff, or has not
# done both steps, is sent to sign in.
RIGHTS = rows_of("""
rows                | editor | reviewer | superuser
auth/group          |        |          | vacd
auth/user           |        |          | vacd
therapies/subject   | vac    | v        | vac
therapies/stage     | vac    | v        | vac
therapies/statement | vac    | v        | vac
therapies/test      | vac    | v        | vac
therapies/figure    | vac    | v        | vac
therapies/item      | vac    | v        | vac
therapies/question  | vacd   | v        | vacd
therapies/source    | vacd   | v        | vacd
therapies/location  | vacd   | v        | vacd
therapies/override  | vacd   | v        | vacd
therapies/edition   | v      | v        | v
therapies/reviewer  | v      | v        | vacd
therapies/report    | vd     | vd       | vd
""")
# The screens of each kind of row: which right a GET and a POST need, and what each then ends in.
SCREENS = {
    "": ("v 200", "v 200"),
    "add/": ("a 200", "a 200"),
    "<path:object_id>/": ("  302", "  302"),  # to the next one
    "<path:object_id>/change/": ("v 200", "c 200"),
    "<path:object_id>/delete/": ("d 200", "d 302"),
    "<path:object_id>/history/": ("v 200", "v 200"),
    "^([^/]+)/history/([^/]+)/$": ("v 200", "- 200"),
}


def addresses(resolver=None, start=""):
    """Every address of the site, as urls.py spell it."""
    for pattern in (resolver or get_resolver()).url_patterns:
        route = start + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield route
        else:
            yield from addresses(pattern, route)


def test_every_address_stands_in_a_table():
    screens = {f"admin/{rows}/{screen}" for rows in RIGHTS for screen in SCREENS}
    there = set(addresses())
    assert there - screens == READERS.keys() | KEPT.keys() | STAFF.keys()
    assert {f"admin/{rows}/" for rows in RIGHTS} <= there


@pytest.fixture
def signed_in(client, editor, reviewer, admin_user):
    """A browser for each of these, as it is before each request."""
    half = make_staff("half", "Content editors")
    users = {"editor": editor, "reviewer": reviewer, "superuser": admin_user}

    def browser(who):
        found = StaffClient() if who in users else Client()
        if who == "half":
            found.force_login(half, backend="django.contrib.auth.backends.ModelBackend")
        elif who in users:
            found.force_login(users[who])
        return found

    return browser


@pytest.fixture
def second_editions(editor, publish_as):
    """Two of ocrelizumab, of the guide, and of the clinic, which has one place."""
    clinic = Subject.objects.get(slug="clinic")
    place = Location(subject=clinic, key="L-1", name="Main Street", phone="555 0100")
    edit(place, editor)
    publish_as(clinic)
    edit(place, editor, name="Main Street 2")
    publish_as(clinic)
    for slug in ("ocrelizumab", "guide"):
        subject = Subject.objects.get(slug=slug)
        edit(subject.items.filter(mark="verified").first(), editor, why="Clearer.")
        publish_as(subject)
    look_again()


def statuses(browser, address, data=None):
    """What a GET and a POST end in; whatever they did is undone."""
    found = []
    for ask in (lambda: browser.get(address), lambda: browser.post(address, data or {})):
        before = transaction.savepoint()
        found.append(str(ask().status_code))
        transaction.savepoint_rollback(before)
    return " ".join(found)


def filled(route, **values):
    """An address of this shape."""
    known = {"slug": "ocrelizumab", "number": 1, "before": 1, "after": 2, "code": "OCRW31-1-1-KD"} | values
    return "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda found: str(known[found[1]]), route)


@pytest.mark.usefixtures("second_editions")
def test_readers_pages_are_the_same_for_everybody(signed_in):
    for browser in map(signed_in, WHO):
        assert {route: [statuses(browser, filled(route))] for route in READERS} == READERS


# Kept visits


@pytest.fixture
def kept(client, ocrelizumab, editor, publish_as):
    """Where a visit is opened by its owner and its helper; another visit; links that were ended or deleted, and one of
    nobody. Newer words wait, and `box` is a thing on the list."""
    owner, other, deleted = keep(client), keep(client), keep(client)
    ended, helper = helper_link(client, owner), helper_link(client, owner)
    client.post(f"{deleted}delete/", {"sure": "1"})
    box = box_of(client, owner)
    write(client, owner, box, "Ask Ana")
    add(client, owner, "aaaaaaaa", "Bring a cushion")
    edit(ocrelizumab.items.get(key="OCR-C01"), editor, why="Clearer.")
    publish_as(ocrelizumab)
    look_again()
    nobodys = f"/visits/{'x' * 22}/"
    return {"owner": owner, "helper": helper, "other": other, "no link": (ended, deleted, nobodys), "box": box}


def sent(client, kept, route):
    """What does the thing at this address."""
    words = re.search(r'name="words" value="([^"]+)"', client.get(kept["owner"]).content.decode())[1]
    return {
        "change": {"about": f"done:{kept['box']}", "number": 1, "value": "1"},
        "move": {"date": in_days(60)},
        "renew": {"words": words},
        "helper": {"make": "1"},
        "delete": {"sure": "1"},
    }.get(route.split("/")[-2], {})


def place(address, route):
    """The same place at another visit's address."""
    return address + route.partition(">/")[2]


def stored(address):
    """Every row of the visit that its owner opens here."""
    visit = Visit.objects.filter(owner_hash=hashed(address.split("/")[2])).values()
    return list(visit), list(Change.objects.filter(visit__in=[row["id"] for row in visit]).order_by("pk").values())


def test_a_kept_visit_is_for_who_has_its_link(client, kept):
    addresses = {"owner": [kept["owner"]], "helper": [kept["helper"]], "no link": kept["no link"]}
    for column, who in enumerate(addresses):
        for address in addresses[who]:
            found = {route: statuses(client, place(address, route), sent(client, kept, route)) for route in KEPT}
            assert found == {route: cells[column] for route, cells in KEPT.items()}, who


def test_staff_have_no_door_to_a_kept_visit(signed_in, client, kept):
    """Not at its address without its token; and no screen of theirs shows what readers keep (see RIGHTS)."""
    for browser in map(signed_in, WHO):
        found = {
            route: statuses(browser, place(kept["no link"][0], route), sent(client, kept, route)) for route in KEPT
        }
        assert found == {route: cells[2] for route, cells in KEPT.items()}


def test_what_a_helper_may_not_do_is_not_done(client, kept):
    before, token = stored(kept["owner"]), kept["owner"].split("/")[2]
    ways = ({}, {"make": "1"}, {"end": "1"}, {"sure": "1"}, {"date": in_days(60), "time": "10:00"}, {"token": token})
    for route in [route for route, cells in KEPT.items() if cells[1].endswith("403")]:
        for data in ways:
            for headers in ({}, {"HX-Request": "true"}):
                answer = client.post(place(kept["helper"], route), data, headers=headers)
                assert answer.status_code == 403
                assert "Only the owner of this list" in text_of(answer)
                assert token not in answer.content.decode()
    assert stored(kept["owner"]) == before


def test_the_token_of_one_visit_does_nothing_to_another(client, kept):
    """The owner of another visit does everything that there is to do, and names what stands on the first one."""
    before = stored(kept["owner"])
    box, token = kept["box"], kept["owner"].split("/")[2]
    things = [
        (f"note:{box}", 2, "Mine"),
        (f"done:{box}", 1, "1"),
        ("own:aaaaaaaa", 2, "Mine"),
        ("done:own:aaaaaaaa", 1, "1"),
    ]
    for about, number, value in things:
        client.post(
            f"{kept['other']}change/",
            {"about": about, "number": number, "value": value, "text": value, "phase": "bring", "token": token},
        )
    for route in KEPT:
        for data in (
            sent(client, kept, route) | {"token": token},
            {"remove": "1", "about": "own:aaaaaaaa", "number": 2},
        ):
            address = place(kept["other"], route)
            for answer in (client.get(f"{address}?token={token}"), client.post(address, data)):
                assert token not in answer.content.decode()
    assert not Visit.objects.filter(owner_hash=hashed(kept["other"].split("/")[2])).exists()
    assert stored(kept["owner"]) == before


def test_what_the_database_holds_of_a_token_opens_nothing(client, kept):
    """Whoever reads the table, or a backup of it, has no link."""
    for row in Visit.objects.all():
        for secret in filter(None, (row.owner_hash, row.helper_hash)):
            for address in (f"/visits/{secret}/", f"/visits/{secret[:22]}/", f"/visits/{row.pk}/"):
                assert client.get(address).status_code == 404


# Screens of staff


@pytest.fixture
def published():
    """Every row that stays once readers had it. Nobody at all may change or delete one."""
    return lambda: [list(model.objects.order_by("pk").values()) for model in (Edition, Seal, Review, Withdrawal)]


@pytest.mark.usefixtures("second_editions")
def test_each_screen_of_staff_is_for_whom_the_table_says(signed_in, ocrelizumab, editor):
    edit(ocrelizumab.items.get(key="OCR-C01"), editor, why="Clearer still.")
    reviewed = signed_in("reviewer").get(f"/admin/therapies/subject/{ocrelizumab.pk}/publish/").content.decode()
    read = re.search(r'name="read" value="([^"]+)"', reviewed)[1]
    does = {"publish": APPROVAL | {"read": read}, "withdraw": {"reason": "Wrong."}}
    found = {}
    for route in STAFF:
        pk = Edition.objects.first().pk if "edition" in route else ocrelizumab.pk
        kind = ContentType.objects.get_for_model(Subject).pk
        address = "admin/therapies/" if "app_label" in route else route.replace("(?P<url>.*)$", "nothing/")
        address = filled(address, pk=pk, id=editor.pk, content_type_id=kind, object_id=pk)
        data = does.get(route.split("/")[-2])
        found[route] = [statuses(signed_in(who), address, data) for who in WHO]
    assert found == STAFF


@pytest.fixture
def rows(editor, reviewer):
    """One of each kind of row."""
    clinic = Subject.objects.get(slug="clinic")
    edit(Location(subject=clinic, key="L-1", name="Main Street", phone="555 0100"), editor)
    edit(Override(subject=clinic, key="W-1", item="OCR-C01", why="Ours.", window_first=-3), editor)
    Report.objects.create(page="/guide/", text="A mistake.")
    found = {name: apps.get_model(name.replace("/", ".")).objects.first() for name in RIGHTS}
    uncited = edit(Source(subject=clinic, key="S-NEW", kind="label", title="A source that nothing rests on"), editor)
    return found | {"therapies/source": uncited}


def expected(rights, cell):
    """What a GET or a POST ends in for who has these rights; None is who is sent to sign in."""
    if rights is None:
        return "302"
    needs, status = cell[0], cell[2:]
    return status if needs == " " or needs in rights else "403"


@pytest.mark.parametrize("name", RIGHTS)
def test_each_row_is_for_whom_the_table_says(signed_in, rows, published, name):
    row, there, before, found, told = rows[name], set(addresses()), published(), {}, {}
    rights = dict(zip(("editor", "reviewer", "superuser"), RIGHTS[name], strict=True))
    for screen, cells in SCREENS.items():
        if f"admin/{name}/{screen}" not in there:
            continue
        version = row.history.first().history_id if "history/([" in screen else ""
        address = filled(f"admin/{name}/{screen.replace('^([^/]+)', '<object_id>')}", object_id=row.pk)
        address = address.replace("([^/]+)/$", f"{version}/")
        found[screen] = [statuses(signed_in(who), address, {"post": "yes"}) for who in WHO]
        told[screen] = [" ".join(expected(rights.get(who), cell) for cell in cells) for who in WHO]
    assert found == told
    assert published() == before
