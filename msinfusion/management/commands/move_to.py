"""Move all that the site holds into a new database, such as from SQLite to PostgreSQL: kept visits and sign-ins, too. Stop
the site before, and start it with DATABASE_URL set to the new address. The old database stays as it was."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from msinfusion.copying import OTHER, connected, copy, make_tables


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("url", metavar="DATABASE_URL", help="postgresql://user:password@host/name")

    def handle(self, *args: Any, url: str, **options: Any) -> None:
        make_tables(url)
        with connected(url):
            number = copy("default", OTHER)
        self.stdout.write(f"Copied {number} rows. Set DATABASE_URL to that address, and start the site.")
