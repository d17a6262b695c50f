"""What the server does for reading without a connection. The rest is in tests/browser/test_copies.py."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from test_kept import keep
from test_visit_pages import answers

from reading import text_of

pytestmark = pytest.mark.django_db
WORKER = (Path(settings.BASE_DIR) / "static" / "js" / "worker.js").read_text()


def files_in(text):
    """Static files that a text names, the script of the worker apart, and the picture that other sites show."""
    return {name for name in re.findall(r"/static/[^\"')]+", text) if not re.search(r"/(worker|social)\.", name)}


def number(name):
    return re.search(rf"const {name} = (\d+);", WORKER).group(1)


def test_the_worker_is_at_the_root_and_never_older_than_the_site(client):
    response = client.get("/sw.js")
    assert response.status_code == 200
    assert response["Content-Type"] == "text/javascript"
    assert response["Cache-Control"] == "no-cache"
    assert client.post("/sw.js").status_code == 405


def test_the_worker_names_by_their_hashes_all_files_that_its_pages_look_like(client):
    worker = client.get("/sw.js").content.decode()
    root = Path(settings.STATIC_ROOT)
    assert all((root / name.removeprefix("/static/")).is_file() for name in files_in(worker))
    assert re.search(r'importScripts\("/static/js/worker\.[0-9a-f]{12}\.js"\)', worker)
    needed = set()
    for address in ("/", "/therapies/", "/therapies/ocrelizumab/", "/guide/", "/sources/", "/privacy/", "/offline/"):
        needed |= files_in(client.get(address).content.decode())
    assert any(name.endswith(".woff2") for name in needed)
    assert files_in(worker) == needed


def test_only_pages_that_are_the_same_for_everybody_may_be_stored():
    allowed = re.compile(re.search(r"const PAGES = /(.+)/;", WORKER).group(1).replace(r"\/", "/"))
    for address in ("/", "/therapies/", "/therapies/ocrelizumab/editions/1/", "/guide/", "/clinic/", "/about/"):
        assert allowed.search(address), address
    private = ["new/", "checklist/", "keep/", f"{'x' * 22}/", f"{'x' * 22}/list/"]
    for address in [f"/visits/{end}" for end in private] + [
        "/check/",
        "/check/ABC/",
        "/search/",
        "/report/",
        "/admin/",
    ]:
        assert not allowed.search(address), address


def test_the_words_say_how_long_a_page_is_stored(client):
    for address in ("/offline/", "/privacy/"):
        assert f"{number('DAYS')} days" in text_of(client.get(address))


def test_a_visit_offers_a_copy_which_is_gone_when_the_visit_is(client):
    url = keep(client)
    response = client.get(url)
    assert "Anyone who uses this device can read it." in text_of(response)
    assert re.search(r'copies\.\w+\.js" data-ends="\d{4}-\d\d-\d\d"', response.content.decode())
    assert response["Cache-Control"] == "no-store"
    gone = [client.post(f"{url}delete/", {"sure": "1"}), client.get(url)]
    for response in gone:
        assert re.search(r'copies\.\w+\.js" data-gone', response.content.decode())
        assert url not in response.content.decode()


def test_a_list_that_is_not_kept_offers_no_copy(client):
    assert "copies." not in client.post("/visits/checklist/", answers()).content.decode()
