"""Write a backup of the site's database into a new file. The site may run meanwhile.

What readers entrusted to us is left out: kept visits, which are deleted when their owner says so, and then must not come
back; and reports of mistakes. Sign-ins and wrong passwords are left out, too. SECRET_KEY is not in it: without that, no edition is served.
"""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from msinfusion.copying import OTHER, connected, copy, make_tables

LEFT_OUT = {"visits.Visit", "visits.Change", "therapies.Report", "sessions.Session"} | {
    model._meta.label for model in apps.get_app_config("axes").get_models()
}


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        if file.exists():
            raise CommandError(f"{file} is there already. Name a new file.")
        unfinished = file.with_name(f"{file.name}.unfinished")
        try:
            unfinished.unlink(missing_ok=True)
            unfinished.touch(mode=0o600)
        except OSError as error:
            raise CommandError(f"{file} can't be written: {error.strerror}.") from error
        url = f"sqlite:///{quote(str(unfinished.absolute()))}"
        make_tables(url)
        with connected(url):
            number = copy("default", OTHER, without=LEFT_OUT)
            with connections[OTHER].cursor() as cursor:
                cursor.execute("PRAGMA journal_mode = DELETE")  # all of it in one file
        unfinished.rename(file)
        self.stdout.write(f"Wrote {number} rows to {file}. Kept visits, reports and sign-ins are not in it.")
