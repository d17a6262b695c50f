"""A session goes on while its person is there."""

import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

SECONDS = 60
SEEN = "seen"


def presence(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware. Staff's session ends SESSION_COOKIE_AGE after the last minute in which they asked for something. It is not
    saved at each request: of two at the same moment, one would undo what the other wrote, such as what a person is told next.
    """

    def answer(request: HttpRequest) -> HttpResponse:
        if request.path.startswith("/admin/") and request.user.is_authenticated:
            now = int(time.time())
            if now - request.session.get(SEEN, 0) >= SECONDS:
                request.session[SEEN] = now
        return get_response(request)

    return answer
