"""Load the starter content and publish it as edition 1, where a subject has none, and make an empty place for the
clinic's own locations and rules, which publishes nothing. Rows that exist are never touched."""

import json
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import transaction
from django.utils import timezone

from therapies.library import CLINIC
from therapies.models import Subject
from therapies.publishing import publish_starter
from therapies.rows import load
from therapies.vocabulary import LANGUAGE

FILES = ["guide", "ocrelizumab", "natalizumab", "alemtuzumab", "mitoxantrone"]


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        for order, name in enumerate(FILES):
            data = json.loads((settings.BASE_DIR / "fixtures" / f"{name}.json").read_text())
            if Subject.objects.filter(slug=data["slug"], language=data["language"]).exists():
                continue
            with transaction.atomic():
                edition = publish_starter(load(data, order=order))
            self.stdout.write(f"Published {edition}.")
        Subject.objects.get_or_create(
            slug=CLINIC,
            language=LANGUAGE,
            defaults={
                "kind": "clinic",
                "name": "Your clinic",
                "order": len(FILES),
                "compiled_on": timezone.localdate(),
            },
        )
