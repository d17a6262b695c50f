"""The site as readers of another language would have it, for gunicorn: see pseudo.py."""

import os
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "msinfusion.settings")

from django.core.wsgi import get_wsgi_application
from pseudo import spoken

site = get_wsgi_application()


def application(environ, start_response):
    with spoken():
        return site(environ, start_response)
