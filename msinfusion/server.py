"""How gunicorn serves the site: `gunicorn --config python:msinfusion.server`. It reads the settings before it starts any
process, so that a wrong one stops the start with its sentence."""

from contextlib import suppress
from logging.config import dictConfig
from typing import Any

from gunicorn import util
from gunicorn.http.errors import ConfigurationProblem, InvalidResponseHeader, InvalidResponseHeaderName, ParseException
from gunicorn.workers.gthread import ThreadWorker

from msinfusion.headers import ALWAYS
from msinfusion.settings import LOGGING

OURS = (ConfigurationProblem, InvalidResponseHeader, InvalidResponseHeaderName)  # faults of ours, not of what was sent
PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>We could not read that | MS Infusion</title></head>
<body><h1>We could not read that</h1><p>What was sent is broken or too large. Go back and send it again.</p></body></html>
"""
HEADERS = ALWAYS | {
    "Cache-Control": "no-store",
    "Connection": "close",
    "Content-Length": str(len(PAGE)),
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Content-Type": "text/html; charset=utf-8",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class Worker(ThreadWorker):
    """Whatever is no HTTP never reaches Django. gunicorn would repeat it in its answer and in the log, and who sent it."""

    def handle_error(self, req: Any, client: Any, addr: Any, exc: Exception) -> None:
        if not isinstance(exc, ParseException) or isinstance(exc, OURS):
            super().handle_error(req, client, addr, exc)
            return
        self.log.warning("A request could not be read (%s).", type(exc).__name__)
        head = "".join(f"{name}: {value}\r\n" for name, value in HEADERS.items())
        with suppress(OSError):  # whoever sent it may have gone
            util.write_nonblock(client, f"HTTP/1.1 400 Bad Request\r\n{head}\r\n{PAGE}".encode())


wsgi_app = "msinfusion.wsgi"
worker_class = Worker
workers, threads = 2, 4
control_socket_disable = True
loglevel = "warning"


def on_starting(server: Any) -> None:
    """The process that starts the others logs as they do."""
    dictConfig(LOGGING)
