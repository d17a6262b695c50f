"""Answers that come ahead of Django are the answers of Django. Asked as gunicorn asks."""

import io

import pytest
from django.core.signals import request_started
from django.db import close_old_connections

from msinfusion.wsgi import application
from msinfusion.wsgi import django as site
from therapies import library as library_module
from therapies.publishing import withdraw

pytestmark = pytest.mark.django_db

ASKED = {
    "plain": {},
    "for old proxies": {"HTTP_ACCEPT_ENCODING": "gzip"},
    "for browsers": {"HTTP_ACCEPT_ENCODING": "gzip, deflate, br, zstd"},
    "with something to ask": {"QUERY_STRING": "utm=1"},
    "an address of this machine": {"HTTP_HOST": "localhost"},
    "a host that is not ours": {"HTTP_HOST": "elsewhere.example"},
    "at hand": {"HTTP_IF_NONE_MATCH": "the one"},
    "at hand, one of many": {"HTTP_IF_NONE_MATCH": '"other", the one'},
    "another one at hand": {"HTTP_IF_NONE_MATCH": '"0123456789abcdef0123-id"'},
    "only the headers": {"REQUEST_METHOD": "HEAD"},
    "sent": {"REQUEST_METHOD": "POST"},
    "a part": {"HTTP_RANGE": "bytes=0-9"},
}


@pytest.fixture(autouse=True)
def one_connection():
    """The site closes what a request has used; a test needs its connection to the end. Django's own test client does so."""
    request_started.disconnect(close_old_connections)
    yield
    request_started.connect(close_old_connections)


def ask(serve, path, **more):
    told = []
    environ = {
        "REQUEST_METHOD": "GET", "PATH_INFO": path, "SCRIPT_NAME": "", "QUERY_STRING": "", "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1", "HTTP_HOST": "127.0.0.1", "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(), "wsgi.errors": io.StringIO(), "REMOTE_ADDR": "127.0.0.1",
    }  # fmt: skip
    body = b"".join(serve(environ | more, lambda status, headers, *_: told.append((status, headers))))
    ((status, headers),) = told
    return status, {n: set(v.split("; ")) if n == "Content-Security-Policy" else v for n, v in headers}, body


@pytest.mark.parametrize("name", ASKED)
@pytest.mark.parametrize("path", ["/", "/therapies/ocrelizumab/", "/sitemap.xml", "/guide", "/nothing/"])
def test_an_answer_is_the_same_however_often_it_was_given(path, name):
    etag = ask(site, path)[1].get("ETag", '"none"')
    asked = {key: value.replace("the one", etag) for key, value in ASKED[name].items()}
    first = ask(site, path, **asked)
    for _ in range(3):
        assert ask(application, path, **asked) == first


def test_it_comes_without_django_and_ends_with_the_library(reviewer, monkeypatch):
    path = "/therapies/ocrelizumab/"
    status, headers, body = ask(application, path)
    assert ask(application, path) == (status, headers, body)
    with monkeypatch.context() as without:
        without.setattr(application, "site", None)
        assert ask(application, path) == (status, headers, body)
    withdraw(library_module.Subject.objects.get(slug="ocrelizumab"), "", by=reviewer, reason="The label changed.")
    library_module.look_again()
    assert b"The label changed." in ask(application, path)[2]


def test_who_makes_up_names_of_hosts_fills_nothing():
    for port in range(1200):
        ask(application, "/", HTTP_HOST=f"127.0.0.1:{port}")
    assert len(library_module.library().given) <= 1000
