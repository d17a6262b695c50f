"""What an operator reads in the log, and what never stands there."""

import io
import json
import logging

import pytest
from django.conf import settings
from django.test import Client
from django.utils.module_loading import import_string

import visits.views

TOKEN = "AbCdEfGhIjKlMnOpQrStUv"  # noqa: S105 - of nobody


@pytest.fixture
def log():
    """What the site's own handler writes."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    wanted = settings.LOGGING["handlers"]["console"]
    handler.setFormatter(import_string(settings.LOGGING["formatters"][wanted["formatter"]]["()"])())
    for name in wanted["filters"]:
        handler.addFilter(import_string(settings.LOGGING["filters"][name]["()"])())
    logger = logging.getLogger("django")
    logger.addHandler(handler)
    yield stream
    logger.removeHandler(handler)


@pytest.mark.django_db
def test_every_line_is_json_and_names_no_private_address(client, log):
    client.get(f"/visits/{TOKEN}/")
    client.get("/no-such-page/")
    first, second = map(json.loads, log.getvalue().splitlines())
    assert first.keys() == {"time", "level", "logger", "message"}
    assert (first["level"], first["message"]) == ("WARNING", "Not Found: /visits/.../")
    assert second["message"] == "Not Found: /no-such-page/"


@pytest.mark.django_db
def test_a_request_that_fails_is_told_by_where_and_not_by_what_was_typed(log, monkeypatch):
    def broken(request, current):
        raise ValueError(f"{request.POST['situations']} is more than we thought of")

    monkeypatch.setattr(visits.views, "_answer", broken)
    response = Client(raise_request_exception=False).post("/visits/checklist/", {"situations": "diabetes"})
    assert response.status_code == 500
    (line,) = map(json.loads, log.getvalue().splitlines())
    assert line["message"] == "Internal Server Error: /visits/checklist/"
    assert line["error"] == "ValueError"
    assert "visits/views.py:" in line["trace"]
    assert "diabetes" not in log.getvalue()


def test_what_django_refuses_for_security_is_not_repeated(client, log):
    assert client.get("/", headers={"Host": "elsewhere.example"}).status_code == 400
    line = json.loads(log.getvalue())
    assert line["message"] == "A request was refused (DisallowedHost)."
    assert "elsewhere" not in log.getvalue()
