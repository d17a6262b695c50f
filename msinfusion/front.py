"""Answers that were given before, ahead of everything else.

A public page is the same for everybody until something is published. So is its answer, with all headers that the middleware
adds: the first time it comes from Django, and is then given again until the library is another one.
"""

import re
from collections.abc import Callable, Iterable
from typing import Any

from therapies.library import Answer, encoding_for, given_before

OURS = re.compile(r'"[0-9a-f]{20}-(?:br|gzip|id)"')
MOST = 1000  # pages, in each form and under each name of the host; what is beyond comes from Django
Start = Callable[..., Any]


class Front:
    """WSGI, around Django, which answers whatever is not a plain GET of a page that was given before."""

    def __init__(self, site: Callable[[dict[str, Any], Start], Iterable[bytes]]) -> None:
        self.site = site

    def __call__(self, environ: dict[str, Any], start_response: Start) -> Iterable[bytes]:
        given, known = given_before(), environ.get("HTTP_IF_NONE_MATCH", "")
        if given is None or environ["REQUEST_METHOD"] != "GET" or (known and not OURS.fullmatch(known)):
            return self.site(environ, start_response)
        key = (
            environ["PATH_INFO"],
            environ.get("HTTP_HOST", ""),
            environ.get("HTTP_X_FORWARDED_PROTO") == "https",
            encoding_for(environ.get("HTTP_ACCEPT_ENCODING", "")),
            known,
        )
        answer = given.get(key)
        if answer:
            start_response(answer.status, answer.headers)
            return [answer.body]
        told: list[tuple[str, list[tuple[str, str]]]] = []

        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            told.append((status, headers))
            return start_response(status, headers, *more)

        response = self.site(environ, start)
        # An answer of 200 to somebody who has another one at hand is kept under no name: there is no end of those.
        if (
            getattr(response, "is_for_everybody", False)
            and len(given) < MOST
            and (not known or told[0][0][:3] == "304")
        ):
            given[key] = Answer(*told[0], response.content)  # type: ignore[attr-defined]
        return response
