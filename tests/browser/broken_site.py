"""The site with one more address, where everything breaks, for gunicorn."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "msinfusion.settings")

from django.urls import path

from msinfusion.wsgi import application  # it makes Django ready for the rest

from msinfusion import urls  # isort: skip

__all__ = ["application"]


def breaks(request):
    raise RuntimeError


urls.urlpatterns.append(path("breaks/", breaks))
