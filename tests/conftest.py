"""Every test starts from the starter content, published by the seed, as every installation does."""

import pytest
from django.core.management import call_command

from therapies import library as library_module


@pytest.fixture(scope="session", autouse=True)
def static_files():
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
def library(db):
    return library_module.library()
