"""The site with a log that says all that it can: for gunicorn, in place of msinfusion.wsgi."""

import logging

from guarded_site import application

for name in (None, "django", "django.request", "django.db.backends", "gunicorn.error", "axes"):
    logging.getLogger(name).setLevel(logging.DEBUG)
logging.getLogger("django.template").setLevel(
    logging.INFO
)  # it would take 20 seconds to tell of each name that is not there
__all__ = ["application"]
