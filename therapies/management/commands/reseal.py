"""Put the seal of today's SECRET_KEY on every edition: after the key was changed, and only then.

The Library serves no edition without a valid seal, so that words put into the database by hand reach nobody. Whoever runs
this vouches for every edition that is in the database; look at the list first.
"""

from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from therapies.models import Edition, Seal


class Command(BaseCommand):
    help = __doc__

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        for edition in Edition.objects.select_related("subject", "published_by").order_by("pk"):
            if not edition.is_sealed:
                Seal.objects.update_or_create(edition=edition, defaults={"signature": edition.signature()})
                who = edition.published_by or "the seed"
                self.stdout.write(f"Sealed {edition}, published {edition.published_at:%Y-%m-%d} by {who}.")
