"""A Wagtail with one page, /page/, whose HTML comes from standard input."""

import os
import sys

os.environ["DJANGO_SETTINGS_MODULE"] = "bench_wagtail.settings"

import django
from django.core.management import call_command

django.setup()
call_command("migrate", verbosity=0)

from wagtail.models import Site

from bench_wagtail.models import WholePage

home = Site.objects.get(is_default_site=True).root_page
home.add_child(instance=WholePage(title="Page", slug="page", body=sys.stdin.read()))
