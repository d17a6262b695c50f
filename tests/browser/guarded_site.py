"""The site as on its server, where staff do both steps, for gunicorn on this machine."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "msinfusion.settings")

from django.conf import settings

settings.SECOND_STEP = True

from msinfusion.wsgi import application  # noqa: E402

__all__ = ["application"]
