"""Delete kept visits whose time is over. Run it once a day; a visit that is over opens for nobody before that either."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from visits.models import Visit


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        _, rows = Visit.objects.over(timezone.localdate()).delete()
        self.stdout.write(f"Deleted {rows.get('visits.Visit', 0)} visits.")
