"""The check that stands where readers send something: no cookie is there to forge, so no token is needed."""

from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt

from msinfusion.logs import TOKEN


def same_site(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Refuse a POST that a browser sends from another site. Readers have no cookie that a forged request could use;
    browsers say by themselves where a request comes from, and what is no browser says nothing."""

    @wraps(view)
    def check(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if request.method == "POST":
            fetch_site = request.headers.get("Sec-Fetch-Site")
            origin = request.headers.get("Origin")
            ours = (f"http://{request.get_host()}", f"https://{request.get_host()}")
            if fetch_site:
                from_here = fetch_site in ("same-origin", "none")
            elif TOKEN.match(request.path):
                # Its page sends no referrer, and so browsers that do not say more send "null", as a page of anybody may.
                # Who names this address knows the secret.
                from_here = origin in (None, "null", *ours)
            else:
                from_here = origin in (None, *ours)
            if not from_here:
                return render(request, "403.html", status=403)
            if int(request.META.get("CONTENT_LENGTH") or 0) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
                raise RequestDataTooBig("What a reader sends is a few hundred bytes.")
        return view(request, *args, **kwargs)

    return csrf_exempt(check)
