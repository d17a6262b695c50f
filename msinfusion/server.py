"""How gunicorn serves the site: `gunicorn --config python:msinfusion.server`. It reads the settings before it starts any
process, so that a wrong one stops the start with its sentence."""

from logging.config import dictConfig
from typing import Any

from msinfusion.settings import LOGGING

wsgi_app = "msinfusion.wsgi"
workers, threads = 2, 4
control_socket_disable = True
loglevel = "warning"


def on_starting(server: Any) -> None:
    """The process that starts the others logs as they do."""
    dictConfig(LOGGING)
