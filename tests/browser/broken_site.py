"""The site with one more address, where everything breaks, for gunicorn."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "msinfusion.settings")

from django.urls import path

from msinfusion import urls
from msinfusion.wsgi import application

__all__ = ["application"]


def breaks(request):
    raise RuntimeError


urls.urlpatterns.append(path("breaks/", breaks))
