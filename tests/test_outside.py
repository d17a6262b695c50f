"""Public pages as files: what stands in the folder, and what beside it is left alone. nginx serves them in faults/test_proxy.py."""

import gzip

import pytest

from therapies import outside
from therapies.library import look_again
from therapies.models import Subject
from therapies.publishing import withdraw

pytestmark = pytest.mark.django_db


def test_a_page_that_was_taken_away_is_no_file_and_nothing_of_others_is_touched(client, reviewer, tmp_path):
    link, old, notes = tmp_path / "pages", tmp_path / "pages-old", tmp_path / "pages-notes"
    old.mkdir()
    (old / "mine").write_text("mine")
    notes.write_text("mine")
    outside.write(link)
    first = link.resolve()
    page = link / "therapies" / "ocrelizumab" / "index.html"
    assert page.read_bytes() == client.get("/therapies/ocrelizumab/").content
    assert gzip.decompress(page.with_name("index.html.gz").read_bytes()) == page.read_bytes()
    withdraw(Subject.objects.get(slug="ocrelizumab"), "", by=reviewer, reason="The label changed.")
    look_again()
    outside.write(link)
    assert not page.exists()
    assert (link / "guide" / "index.html").exists()
    assert not first.exists()
    assert (old / "mine").read_text() == notes.read_text() == "mine"
