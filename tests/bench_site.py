"""The site with more addresses, for gunicorn: views that do nothing but answer with the bytes and headers that another view
of the site has given before. What stands in front of them is the same, so they show what the view itself costs."""

import json
import os
from functools import cache, reduce
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "msinfusion.settings")

import django

django.setup()

from django.http import HttpResponse, HttpResponseNotModified
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.gzip import gzip_page

from msinfusion import urls
from msinfusion.same_site import same_site
from msinfusion.wsgi import application

__all__ = ["application"]


@cache
def given(name):
    """What bench.py has written down of an answer: its status, the headers that the view sets, its body."""
    folder = Path(os.environ["BENCH_FOLDER"])
    status, headers = json.loads((folder / f"{name}.json").read_text())
    return status, headers, (folder / f"{name}.body").read_bytes()


def bare(request, name):
    status, headers, body = given(name)
    return HttpResponseNotModified(headers=headers) if status == 304 else HttpResponse(body, headers=headers)


# What stands around the view of a list. Its answer is somebody's own: nobody can have compressed it before.
around_a_list = (same_site, sensitive_post_parameters(), gzip_page, never_cache)
bare_list = reduce(lambda view, around: around(view), around_a_list, bare)

urls.urlpatterns += [path("bare/list/", bare_list, {"name": "list"}), path("bare/<str:name>/", bare)]
