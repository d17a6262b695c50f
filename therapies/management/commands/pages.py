"""Keep the public pages as files that nginx or a CDN serves without asking the site, until this is ended: the folder that the
link PLACE shows holds them and nothing else, and a second or two after a publication it is another one. When this ends, the
link is taken away, since nobody would change the pages any more."""

import logging
import signal
import sys
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from therapies import outside
from therapies.library import look_again

SECONDS = 1
logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("place", type=Path)

    def handle(self, *args: Any, place: Path, **options: Any) -> None:
        if place.exists() and not place.is_symlink():
            raise CommandError(f"{place} is there already. Name a place where nothing is.")
        if not place.parent.is_dir():
            raise CommandError(f"{place.parent} is no folder. Make it first.")
        signal.signal(signal.SIGTERM, lambda *_: sys.exit())
        try:
            while True:
                look_again()
                try:
                    outside.write(place)
                except OSError as error:
                    place.unlink(missing_ok=True)
                    logger.error(
                        "Pages can't be written to %s, so the site serves them itself: %s.", place, error.strerror
                    )
                time.sleep(SECONDS)
        except KeyboardInterrupt:
            pass
        finally:
            place.unlink(missing_ok=True)
