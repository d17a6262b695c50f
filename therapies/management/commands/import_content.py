"""Read content files into the working copy, as the work of one person. Readers see it once a reviewer published it.

New lines are to check, and lines that a file lacks are left out. If anything is wrong with one file, none is read.
"""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.db.models import Max

from therapies import content
from therapies.files import BrokenFile, read
from therapies.models import CITING, Line, Subject
from therapies.rows import as_file, lock, write
from therapies.vocabulary import LANGUAGE


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--by", required=True, metavar="USERNAME", help="Whose work it is: they can't publish it.")
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")

    @transaction.atomic
    def handle(self, *args: Any, by: str, files: list[Path], **options: Any) -> None:
        user = User.objects.filter(username=by).first()
        if user is None:
            raise CommandError(f"There is no user {by}. Whose work is it?")
        contents: dict[tuple[str, str], dict[str, Any]] = {}
        found = []
        for path in files:
            try:
                data = read(path)
                named = (data["slug"], data.get("language", LANGUAGE))
                if named in contents:
                    raise BrokenFile((1, f"{data['slug']} stands in another of these files, too."))
                there = Subject.objects.filter(slug=named[0], language=named[1]).first()
                if there and there.kind != data["kind"]:
                    raise BrokenFile((1, f"{data['slug']} is a {there.kind} here, and stays one."))
                contents[named] = data
            except BrokenFile as broken:
                found += [f"{path}, line {line}: {sentence}" for line, sentence in broken.problems]
        if found:
            raise CommandError("\n".join(found))
        for (slug, language), data in contents.items():
            there = Subject.objects.filter(slug=slug, language=language).first()
            last = Subject.objects.aggregate(last=Max("order"))["last"]
            subject = lock(there.pk) if there else Subject(order=0 if last is None else last + 1)
            before = as_file(subject) if there else {}
            write(subject, data, by=user, reason="Imported", mark=Line.TO_CHECK)
            self.stdout.write(f"{slug}: {what_came_of(before, as_file(subject))}")


def what_came_of(before: dict[str, Any], after: dict[str, Any]) -> str:
    """What came of a working copy, in a sentence for staff. The page's own fields count as one line."""
    changed, new, left_out, others = 0, 0, 0, []
    if before:
        changed += any(before.get(n) != after.get(n) for n in {**before, **after} if n not in content.LINE_TYPES)
    for name in content.LINE_TYPES:
        was = {line["key"]: line for line in before.get(name, [])}
        now = {line["key"]: line for line in after.get(name, [])}
        gone = {key for key, line in now.items() if line.get("mark") == Line.LEFT_OUT}
        gone -= {key for key, line in was.items() if line.get("mark") == Line.LEFT_OUT}
        left_out += len(gone) + len(was.keys() - now.keys())
        changed += sum(was[key] != now[key] for key in (was.keys() & now.keys()) - gone)
        added = len(now.keys() - was.keys() - gone)
        if name in CITING:
            new += added
        elif added:
            others.append(f"{added} new {name if added > 1 else name[:-1]}")
    if not (changed or new or left_out or others):
        return "nothing changed." if before == after else "only the order of its lines changed."
    counts = [f"{changed} {'line' if changed == 1 else 'lines'} changed", f"{new} new (to check)", *others]
    return f"{', '.join(counts)}, {left_out} left out. Review and publish in the admin."
