from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import second_step


class Command(BaseCommand):
    help = "Forgets somebody's phone and codes and signs them out; they set up a new phone at their next sign-in."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            user = User.objects.get(username=options["username"])
        except User.DoesNotExist:
            raise CommandError(f"Nobody here is called {options['username']}.") from None
        second_step.reset(user)
        self.stdout.write(f"Phone and codes of {user} are forgotten. The next sign-in sets up a phone.")
