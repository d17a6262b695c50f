"""Write the working copy of each subject into a folder, as a content file that import_content reads."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from therapies.content import LINE_TYPES
from therapies.files import as_text
from therapies.models import Subject
from therapies.rows import as_file
from therapies.vocabulary import LANGUAGE


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument("slugs", nargs="*", metavar="slug", help="None: every subject.")

    def handle(self, *args: Any, folder: Path, slugs: list[str], **options: Any) -> None:
        subjects = list(Subject.objects.all())
        known = [subject.slug for subject in subjects]
        if unknown := [slug for slug in slugs if slug not in known]:
            raise CommandError(f"There is no {', '.join(unknown)}. There is: {', '.join(known) or 'nothing'}.")
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for subject in subjects:
                data = as_file(subject)
                if (slugs and subject.slug not in slugs) or (subject.kind == "clinic" and not data.keys() & LINE_TYPES):
                    continue
                path = folder / f"{subject.slug}{'' if subject.language == LANGUAGE else '.' + subject.language}.json"
                path.write_text(as_text(data), encoding="utf-8", newline="\n")
                self.stdout.write(f"Wrote {path}.")
        except OSError as error:
            raise CommandError(f"{error.filename} can't be written: {error.strerror}.") from error
