"""Every test starts from the starter content, published by the seed, as every installation does."""

import gc
import os
from datetime import timedelta

import pytest
from django.conf import settings
from django.core.management import call_command
from django.utils import timezone

from factories import StaffClient, make_staff
from therapies import library as library_module
from therapies.models import Subject
from therapies.publishing import publish


@pytest.fixture(scope="session", autouse=True)
def static_files():
    """Where tests run side by side, tests/run.py has collected them before: they would write the same files at once."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        call_command("collectstatic", interactive=False, verbosity=0)


def pytest_collection_modifyitems(items):
    """Mark what uses a database. All else comes out the same on every one, and runs on SQLite alone; so do words in another
    language."""
    for item in items:
        uses_one = item.get_closest_marker("django_db") or "django_db_setup" in item.fixturenames
        if uses_one and not item.get_closest_marker("django_db"):
            item.add_marker("django_db")  # without any, a test database is not made, and the developer's own is used
        if uses_one and not item.path.name.startswith("test_language"):
            item.add_marker("database")


# Each client of a test is a start of the site, which would walk through all files of its looks.
settings.WHITENOISE_AUTOREFRESH = True

# A worker holds a hundred thousand objects for good: to look through them every 700 new ones took a quarter of its time.
gc.set_threshold(50_000, 20, 20)
starter = library_module._library


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    global starter
    settings.RESERVE = None  # the file of whoever develops here
    settings.SECOND_STEP = True  # as on a server
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # the site's own takes half a second
    with django_db_blocker.unblock():
        call_command("seed", verbosity=0)
        starter = library_module.library()


@pytest.fixture(autouse=True)
def fresh_library():
    """Tests publish and roll back: no test may see another's library. Each starts as a process that has read the starter
    content, has made no page yet, and looks at once whether there is something newer."""
    starter.pages.clear()
    starter.earlier.clear()
    vars(starter).pop("index", None)  # it holds names of sections in the language of who searched first
    library_module._library = starter
    library_module.look_again()


@pytest.fixture
def empty_library():
    """A process that has read nothing yet."""
    library_module._library = library_module.Library(state=library_module.NOTHING, editions={})


@pytest.fixture
def client():
    return StaffClient()


@pytest.fixture
def admin_client(admin_user):
    client = StaffClient()
    client.force_login(admin_user)
    return client


@pytest.fixture
def editor(db):
    return make_staff("editor", "Content editors")


@pytest.fixture
def reviewer(db):
    return make_staff("reviewer", "Clinical reviewers", "Test Reviewer", "PharmD")


@pytest.fixture
def second(db):
    """A reviewer besides `reviewer`."""
    return make_staff("second", "Clinical reviewers", "Second Reviewer", "RN")


@pytest.fixture
def ocrelizumab(db):
    return Subject.objects.get(slug="ocrelizumab")


@pytest.fixture
def publish_as(reviewer):
    """Publish the working copy as a reviewer does."""

    def as_reviewer(subject, by=reviewer, note="For a test.", kind="wording"):
        again = timezone.localdate() + timedelta(days=365)
        return publish(subject, by=by, change_note=note, change_kind=kind, review_again_on=again)

    return as_reviewer


@pytest.fixture
def library(db):
    return library_module.library()
