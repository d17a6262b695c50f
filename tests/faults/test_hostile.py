"""Ten thousand requests that nobody who reads the site would send, to a real server: every address, with values right and
wrong, by every method, from strangers, from who has the link of a kept visit, and from staff who are signed in."""

import http.client
import json
import re
import socket
from collections import Counter
from dataclasses import dataclass, field
from urllib.parse import quote_from_bytes

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from test_rights import addresses

from machines import boxes, public_pages, until

# Stands in all that is sent in a body, a query or a header. What stands in the log, or comes back to somebody else, leaked.
MARK = "zq7secret"
REQUESTS = 10_000
SESSIONS = """
from importlib import import_module
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import Group, User
editor = User.objects.create_user("hostile-editor", is_staff=True)
editor.groups.add(Group.objects.get(name="Content editors"))
for user in (editor, User.objects.create_superuser("hostile-superuser")):
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY], session[BACKEND_SESSION_KEY] = str(user.pk), "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    print(session.session_key)
"""
ALWAYS = {
    "Content-Security-Policy": "default-src 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=()",
    "X-Content-Type-Options": "nosniff",
}
SENTENCE = re.compile(r"[A-Z\u201c][^.?!<>]+[.?!]")

# What breaks programs.
VALUES = [
    b"", b"0", b"1", b"2", b"-1", b"1.5", b"1e309", b"NaN", b"9" * 19, b"9" * 400, b"\0", b"a\0b", b"\xff\xfe", b"\xc0\xaf",
    b"\xed\xa0\x80", b"%", b"%00", b"%zz", b"..", b"../../etc/passwd", b"..%2f", b"//elsewhere.example", b"\\", b"'", b'"', b"`",
    b"' OR 1=1 --", b"{{7*7}}", b"{% debug %}", b"%(x)s %s %n", b"<script>alert(1)</script>", b"javascript:alert(1)", b"\r\nX: y",
    "\u202e\u0661\u0662".encode(), "\U0001f469\u200d\U0001f91d".encode(), "\u0130\u0131\u017f".encode(), b"x" * 5000,
    b"2026-02-30", b"9999-12-31", b"0000-00-00", b"24:00", b"true", b"null", b"[]", b"ocrelizumab", b"guide", b"first-dose-part-1",
    b"OCR-C01", b"note:OCR-C01", b"own:aaaaaaaa", b"done:OCR-C01", b"bring", b"OCRW31-1-1-KD", b"/guide/", b"http://[", b"--.",
]  # fmt: skip
NAMES = [
    "therapy", "stage", "date", "time", "setting", "location", "situations", "change", "about", "number", "value", "text",
    "phase", "remove", "back", "step", "words", "make", "end", "named", "page", "q", "code", "next", "username", "password", "n",
    "o", "p", "e", "all", "show", "key", "subject__id__exact", "mark__exact", "_popup", "_to_field", "_changelist_filters",
    "action", "_selected_action", "index", "app_label", "model_name", "field_name", "term", "version", "reason", "subject",
    "order", "name", "slug", "kind", "stages", "window_first", "citations-TOTAL_FORMS", "citations-INITIAL_FORMS",
    "citations-0-id", "citations-0-source", "send_back", "read", "change_kind", "review_again_on", "item-1-decision", "post",
    "", "\0", "__proto__", "a[]", "csrfmiddlewaretoken",
]  # fmt: skip
HEADERS = [
    ("Accept-Encoding", "br;q=0, gzip;q=x, *"), ("Accept-Language", "xx-\xff, *;q=9"), ("Range", "bytes=9-1"),
    ("If-None-Match", '"'), ("If-Modified-Since", "Fri, 99 Foo 99999 00:00:00 GMT"), ("Host", "elsewhere.example"), ("Host", ""),
    ("Host", "127.0.0.1:99999"), ("Host", "a b"), ("Host", "[::1"), ("X-Forwarded-For", "\xff, 203.0.113.1"),
    ("X-Forwarded-Proto", "gopher"), ("X-Forwarded-Host", "elsewhere.example"), ("Forwarded", "for=_;host=x"),
    ("Script-Name", "/x"), ("Origin", "null"), ("Origin", "http://["), ("Referer", "http://["), ("Sec-Fetch-Site", "cross-site"),
    ("Sec-Fetch-Site", "\xff"), ("HX-Request", "true"), ("HX-Current-URL", "http://["), ("HX-Target-URI-AutoEncoded", "true"),
    ("HX-Target", "%ff"), ("Cookie", "=; a=b; msinfusion-session=\xff"), ("Cookie", "msinfusion-csrf=x"),
    ("Authorization", "Basic !!!"), ("Content-Encoding", "gzip"), ("Expect", "200-ok"), ("Upgrade", "h2c"), ("TE", "x"),
    ("X-HTTP-Method-Override", "DELETE"), ("Bad Name", "x"), ("Under_score", "x"), ("X-Null", "a\0b"), ("X-Long", "x" * 9000),
]  # fmt: skip
TYPES = [
    "application/x-www-form-urlencoded", "application/x-www-form-urlencoded; charset=utf-16",
    "application/x-www-form-urlencoded; charset=hex", "application/x-www-form-urlencoded; charset=idna",
    "application/x-www-form-urlencoded; charset=\xff", "multipart/form-data", "multipart/form-data; boundary=",
    "multipart/form-data; boundary=\xff", "multipart/form-data; boundary=b; charset=rot13", "multipart/mixed; boundary=b",
    "application/json", "text/xml", "x", "", "application/x-www-form-urlencoded;;;=\"",
]  # fmt: skip
METHODS = ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "get", "PROPFIND", "X" * 30, "G@T"]

value = st.one_of(st.sampled_from(VALUES), st.text(max_size=12).map(str.encode), st.binary(max_size=12))
fields = st.lists(st.tuples(st.sampled_from(NAMES), value), max_size=8)


ROUTES = list(addresses())
OF_VISITS = [route for route in ROUTES if "<token" in route]
OF_STAFF = [route for route in ROUTES if route.startswith("admin/")]
OF_READERS = [route for route in ROUTES if route not in (*OF_VISITS, *OF_STAFF)]
GOOD = {"slug": b"ocrelizumab", "number": b"1", "before": b"1", "after": b"2", "code": b"OCRW31-1-1-KD"}
route = st.one_of(st.sampled_from(OF_READERS), st.sampled_from(OF_VISITS), st.sampled_from(OF_STAFF))


@dataclass
class Wire:
    """A connection that is kept, and made anew where the server closed it. It sends bytes as they are."""

    address: tuple[str, int]
    sock: socket.socket | None = None
    sent: Counter = field(default_factory=Counter)

    def ask(self, method, head, body):
        for _ in range(3):
            if self.sock is None:
                self.sock = socket.create_connection(self.address, timeout=60)
            try:
                self.sock.sendall(head + body)
                answer = http.client.HTTPResponse(self.sock, method=method)
                answer.begin()
                said = answer.read()
            except (ConnectionError, http.client.RemoteDisconnected):
                self.close()
                continue
            if answer.will_close or b"chunked" in head:  # what is left of a broken body is a request of its own
                self.close()
            self.sent[answer.status] += 1
            return answer, said
        raise AssertionError(f"No answer to {head!r}")

    def close(self):
        if self.sock:
            self.sock.close()
        self.sock = None


def spelled(route, values, token, raw):
    """An address of this shape, with these values; quoted, or as they are."""
    values = iter(values)

    def value_of(found):
        if found[1] == "token":
            return token
        value = next(values, None) or GOOD.get(found[1], b"1")
        if raw:
            return re.sub(rb"[\x00-\x20?#]", b"", value).decode("latin-1")
        return quote_from_bytes(value, safe="")

    shape = route.replace("^([^/]+)/history/([^/]+)/$", "<str:pk>/history/<str:version>/")
    shape = shape.replace("^(?P<app_label>auth|therapies)/$", "<str:app>/").replace("(?P<url>.*)$", "<path:url>")
    return "/" + re.sub(r"<(?:\w+:)?(\w+)>", value_of, shape)


def form(pairs):
    return "&".join(f"{quote_from_bytes(n.encode())}={quote_from_bytes(v + MARK.encode())}" for n, v in pairs).encode()


def parts(pairs):
    found = b""
    for name, value in pairs:
        found += b'--b\r\nContent-Disposition: form-data; name="' + name.encode() + b'"\r\n\r\n' + value + b"\r\n"
    return (
        found
        + b'--b\r\nContent-Disposition: form-data; name="f"; filename="../x"\r\n\r\n'
        + MARK.encode()
        + b"\r\n--b--\r\n"
    )


def ways(address, pairs, method, kind, other):
    """Each way to send this: a method, a target, headers, a body."""
    query = form(pairs).decode()
    typed = {"Content-Type": "application/x-www-form-urlencoded"}
    as_json = json.dumps({name: value.decode("latin-1") + MARK for name, value in pairs}).encode()
    yield "GET", f"{address}?{query}", {}, b""
    yield "HEAD", address, {}, b""
    yield "GET", address, other, b""
    yield "GET", f"http://elsewhere.example{address}", {}, b""
    yield "GET", f"/{address}", other, b""
    yield "POST", address, typed, form(pairs)
    yield "POST", address, typed | other, form([*pairs, *pairs])
    yield "POST", f"{address}?{query}", {"Content-Type": "multipart/form-data; boundary=b"}, parts(pairs)
    yield "POST", address, {"Content-Type": kind}, form(pairs)
    yield "POST", address, {"Content-Type": kind} | other, as_json
    yield "POST", address, typed | {"Transfer-Encoding": "chunked"}, b"zz\r\n" + MARK.encode() + b"\r\n0\r\n\r\n"
    yield method, address, typed, form(pairs)


def assert_harmless(method, head, answer, said, who, tokens):
    """What any answer has to be, whatever was asked."""
    told = f"{head[:3000]!r} got {answer.status} {said[:500]!r}"
    assert answer.status < 500, told
    text = said.decode("utf-8", "replace")
    assert "Traceback" not in text, told
    assert 'File "/' not in text, told
    for name, part in ALWAYS.items():
        assert part in (answer.headers[name] or ""), f"{name} is missing: {told}"
    expected = (
        "no-referrer"
        if re.match(r"/visits/[\w-]{22}(?![\w-])", head.split(b" ")[1].decode("latin-1"))
        else "same-origin"
    )
    assert answer.headers["Referrer-Policy"] in (expected, "no-referrer"), told
    if answer.status >= 400 and method != "HEAD":
        words = re.sub(r"<(style|script)[^>]*>.*?</\1>|<[^>]+>", " ", text, flags=re.DOTALL)
        assert SENTENCE.search(words), told
    for token in tokens:
        assert token not in text or token.encode() in head, told
    if not who:  # what others typed
        assert MARK not in text or MARK in head.decode("latin-1") or method == "POST", told


@pytest.fixture
def sessions(site):
    """Cookies of an editor and a superuser who are signed in."""
    return site.manage("shell", "--verbosity", "0", "--command", SESSIONS).split()


def helper_link(site, visit):
    return re.search(r"/visits/[\w-]{22}/(?=</b>)", site.ask(f"{visit}helper/", {"make": "1"}).text).group(0)


def test_ten_thousand_hostile_requests_break_nothing_and_learn_nothing(site, sessions):
    visit, quiet, spare = (site.keep_visit() for _ in range(3))
    helper, box = helper_link(site, visit), boxes(site.ask(quiet))[0]
    site.ask(f"{quiet}change/", {"about": f"note:{box}", "number": 1, "value": "Ask Ana about the parking"})
    pages, links = public_pages(site, history=True), (visit, helper, quiet, spare)
    tokens = [link.split("/")[2] for link in links]
    wire = Wire(site.listener.getsockname())

    @settings(
        max_examples=REQUESTS // 35, deadline=None, database=None, derandomize=True, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(
        route=route, values=st.lists(value, max_size=2), pairs=fields, raw=st.booleans(), method=st.sampled_from(METHODS),
        kind=st.sampled_from(TYPES), other=st.lists(st.sampled_from(HEADERS), max_size=3),
    )  # fmt: skip
    def attack(route, values, pairs, raw, method, kind, other):
        is_staffs = route.startswith("admin/")
        if "admin/auth" in route or "logout" in route:
            pairs = [pair for pair in pairs if pair[0] != "post"]  # else nobody is signed in for long
        owner = tokens[3] if route.endswith(("delete/", "helper/")) else tokens[0]  # else one link would soon be gone
        for who in ("", *sessions) if is_staffs else (owner, tokens[1], "x" * 22):
            address = spelled(route, values, who, raw)
            for how, target, headers, body in ways(address, pairs, method, kind, dict(other)):
                if "logout" in route and how == "POST":
                    continue
                headers = {"Host": site.address} | headers
                if is_staffs and who:
                    headers["Cookie"] = f"msinfusion-session={who}; msinfusion-csrf={'a' * 32}"
                    headers["X-CSRFToken"] = "a" * 32
                if (body or how == "POST") and "Transfer-Encoding" not in headers:
                    headers["Content-Length"] = str(len(body))
                lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
                head = f"{how} {target} HTTP/1.1\r\n{lines}\r\n".encode("latin-1")
                answer, said = wire.ask(how, head, body)
                assert_harmless(how, head, answer, said, is_staffs and who, tokens)

    attack()
    wire.close()
    assert wire.sent.total() >= REQUESTS
    assert all(wire.sent[status] > 100 for status in (200, 302, 400, 403, 404, 405, 422)), wire.sent
    assert public_pages(site, history=True) == pages
    assert "Ask Ana about the parking" in site.ask(quiet).text
    assert site.ask(visit).status == site.ask(helper).status == 200
    for line in map(json.loads, site.log.splitlines()):
        assert line["level"] == "WARNING" or line["message"].startswith("A request was refused ("), line
    for secret in (MARK, *tokens, *sessions):
        assert secret not in site.log


def test_what_is_no_http_gets_an_answer_in_words_and_is_repeated_nowhere(site):
    """gunicorn's own answer would say it again, and its log who sent it."""
    wire = Wire(site.listener.getsockname())
    for line in (f"GET /{MARK}", f"GET / HTTP/1.1\r\nBad Name{MARK}: x", f"GET / HTTP/1.1\r\nX: {'x' * 9000}{MARK}"):
        head = f"{line}\r\n\r\n".encode()
        answer, said = wire.ask("GET", head, b"")
        assert answer.status == 400
        assert_harmless("GET", head + b" / ", answer, said, "", [MARK + "."])
        assert MARK not in said.decode()
    wire.close()
    until(lambda: site.log.count("A request could not be read") == 3)
    assert MARK not in site.log
    assert "127.0.0.1" not in site.log
