"""Every test starts from the starter content, published by the seed, as every installation does."""

import os
from datetime import timedelta

import pytest
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


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        call_command("seed", verbosity=0)


@pytest.fixture(autouse=True)
def fresh_library():
    """Tests publish and roll back: no test may see another's library."""
    library_module._library = library_module.Library(state=library_module.NOTHING, editions={})
    library_module.look_again()


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
