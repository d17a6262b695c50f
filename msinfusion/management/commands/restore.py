"""Fill a new database, which DATABASE_URL names, from a backup. Then start the site, with the SECRET_KEY it had."""

import shutil
import sqlite3
from argparse import ArgumentParser
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from msinfusion.copying import OTHER, connected, copy, make_tables, migrate
from therapies.models import Edition


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        if later := made_by(file) - set(MigrationLoader(None).disk_migrations):
            raise CommandError(f"{file} was made by a later release, with {sorted(later)[0][1]}. Install that release.")
        with TemporaryDirectory() as folder:
            url = f"sqlite:///{quote(str(shutil.copy(file, folder)))}"
            migrate(url)  # it may be of an earlier release
            make_tables(settings.DATABASE_URL)
            with connected(url):
                number = copy(OTHER, "default")
        connection.close()
        self.stdout.write(f"Restored {number} rows. Kept visits are in no backup: their addresses lead nowhere now.")
        if not all(edition.is_sealed for edition in Edition.objects.select_related("subject")):
            self.stderr.write("Editions have no seal of this SECRET_KEY and are not served: set the key that it had.")


def made_by(file: Path) -> set[tuple[str, str]]:
    """The migrations of the release that made a backup. Raises CommandError for any other file."""
    try:
        with closing(sqlite3.connect(f"file:{quote(str(file.absolute()))}?mode=ro", uri=True)) as backup:
            if backup.execute("PRAGMA integrity_check").fetchone() == ("ok",):
                return set(backup.execute("SELECT app, name FROM django_migrations"))
    except sqlite3.Error:
        pass
    raise CommandError(f"{file} is no backup of this site, or is damaged.")
