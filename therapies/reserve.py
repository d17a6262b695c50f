"""The reserve: what was in force when the database last answered, in a file. A process that starts while the database is
away serves this. It stands under a seal of SECRET_KEY, as editions do, and counts for a day: what is older may hold what
was withdrawn since."""

import logging
import os
from contextlib import suppress
from datetime import timedelta

from django.conf import settings
from django.core import signing

from therapies import content
from therapies.content import Edition

COUNTS_FOR = timedelta(days=1)
logger = logging.getLogger(__name__)


def _salt() -> str:
    """Of one database: what was published in another is not served in its place."""
    database = settings.DATABASES["default"]
    return f"reserve:{database['HOST']}:{database['PORT']}:{database['NAME']}"


def write(editions: list[Edition]) -> None:
    """Put these in the place of what stands there, all at once."""
    if settings.RESERVE is None:
        return
    sealed = signing.dumps([content.line_json(edition) for edition in editions], salt=_salt(), compress=True)
    new = settings.RESERVE.with_suffix(f".{os.getpid()}")
    try:
        new.write_text(sealed)
        new.replace(settings.RESERVE)
    except OSError as error:
        logger.error("What is published can't be written to %s: %s.", settings.RESERVE, error.strerror)
        with suppress(OSError):
            new.unlink()


def read() -> list[Edition]:
    """What stands there under its seal, from no longer ago than a day; else nothing."""
    if settings.RESERVE is None:
        return []
    try:
        sealed = settings.RESERVE.read_text()
        data = signing.loads(sealed, salt=_salt(), max_age=COUNTS_FOR)
        return [content.edition_from_json(one) for one in data]
    except (OSError, ValueError, signing.BadSignature, TypeError, KeyError) as error:
        logger.error("Nothing can be served from %s (%s).", settings.RESERVE, type(error).__name__)
        return []
