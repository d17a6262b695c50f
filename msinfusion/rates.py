"""How much one address may send us. A clinic's people share one address, so these are numbers for a full house; who sends
by machine meets them within seconds.

Counted in the memory of each process, so as many processes as there are let through as many times this. Nothing is written:
a list can be made while the database is away. An address is held as a keyed hash; the key is made when a process starts and
goes with it.
"""

import math
import secrets
import time
from collections.abc import Callable
from hashlib import blake2b
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers

from msinfusion.buckets import Buckets, Rate

# 200 people who tick something every 20 seconds send 10 a second.
ANYTHING = Rate(at_once=300, seconds=0.1)
# What stays with us, or opens a door, has a limit of its own besides, by the name of its address.
FEWER = {
    "keep-visit": Rate(at_once=60, seconds=6),  # 600 lists an hour
    "report": Rate(at_once=5, seconds=360),  # 10 an hour; therapies/views.py holds 30 of all together
    "login": Rate(at_once=30, seconds=10),  # of staff; for one name, AXES_FAILURE_LIMIT is far lower
}
MOST_ADDRESSES = 20_000  # about 3 MB

clock = time.monotonic
_KEY = secrets.token_bytes(32)
_buckets = Buckets(most=MOST_ADDRESSES)


def address_of(request: HttpRequest) -> str:
    """The network address of a person's connection; "" for this machine, and where nobody knows.

    Behind the proxy of an https site it is what the proxy says it saw, the last entry of X-Forwarded-For. Entries before
    that may be written by anybody, and so may all of them where there is no such proxy. Of IPv6, the part that one
    connection has to itself.
    """
    forwarded = request.headers.get("X-Forwarded-For", "") if settings.SECURE_PROXY_SSL_HEADER else ""
    try:
        address = ip_address(forwarded.rpartition(",")[2].strip() or request.META.get("REMOTE_ADDR", ""))
    except ValueError:
        return ""
    if isinstance(address, IPv6Address):
        address = address.ipv4_mapped or address
    if address.is_loopback:
        return ""
    return str(ip_network((address, 64), strict=False).network_address if address.version == 6 else address)


def address_for_axes(request: HttpRequest) -> str | None:
    return address_of(request) or None


def wait_of(request: HttpRequest, name: str) -> float:
    """How many seconds until whoever asks may send this; 0 where they may."""
    address, now = address_of(request), clock()
    if not address:
        return 0.0
    for about, rate in (("", ANYTHING), (name, FEWER.get(name))):
        hashed = blake2b(f"{address} {about}".encode(), key=_KEY, digest_size=16).digest()
        if rate and (wait := _buckets.take(hashed, rate, now)):
            return wait
    return 0.0


class Rates:
    """Middleware. Whatever readers send is counted. Of what staff send, accounts/site.py has the sign-in counted."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *view: Any) -> HttpResponse | None:
        if request.method != "POST" or request.path.startswith("/admin/"):
            return None
        match = request.resolver_match
        wait = wait_of(request, (match and match.url_name) or "")
        return _too_many(request, math.ceil(wait)) if wait else None


def _too_many(request: HttpRequest, seconds: int) -> HttpResponse:
    """What was sent stands there, to be sent again."""
    part = "#line" if request.htmx else ""  # type: ignore[attr-defined]
    context = {"seconds": seconds, "minutes": math.ceil(seconds / 60) if seconds > 60 else 0}
    response = render(request, f"429.html{part}", context, status=429)
    response["Retry-After"] = str(seconds)
    add_never_cache_headers(response)
    if part:
        response["HX-Retarget"], response["HX-Reswap"] = "closest li", "beforeend"
    return response
