"""Headers that every answer carries and that no library of ours sets: pages, static files, errors. And words for the one
answer that Django leaves empty."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.template.loader import render_to_string

from msinfusion.logs import TOKEN

# What a browser could do for a page and no page here asks for: of what stands on every page, a script that got in despite
# the policy could ask for nothing.
UNUSED = (
    "accelerometer", "autoplay", "browsing-topics", "camera", "clipboard-read", "clipboard-write", "compute-pressure",
    "display-capture", "encrypted-media", "fullscreen", "gamepad", "geolocation", "gyroscope", "hid", "idle-detection",
    "local-fonts", "magnetometer", "microphone", "midi", "payment", "picture-in-picture", "publickey-credentials-create",
    "publickey-credentials-get", "screen-wake-lock", "serial", "storage-access", "sync-xhr", "usb", "window-management",
    "xr-spatial-tracking",
)  # fmt: skip
ALWAYS = {
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": ", ".join(f"{feature}=()" for feature in UNUSED),
}


def headers(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware. Whatever stands at the address of a kept visit, and if it is an error, sends that address nowhere."""

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if isinstance(response, HttpResponseNotAllowed):
            response.content = render_to_string("405.html", request=request).encode()
            response["Content-Length"] = str(len(response.content))
        for name, value in ALWAYS.items():
            response[name] = value
        if TOKEN.match(request.path):
            response["Referrer-Policy"] = "no-referrer"
        return response

    return answer
