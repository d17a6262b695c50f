"""All rows of one database into another, whatever their engines. A backup, its restoring and a move to PostgreSQL are this.

A backup is a database of the site in a file of SQLite: this release and later ones read it, and so does any tool.
"""

import os
import subprocess  # it starts manage.py # nosec B404
import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management.base import CommandError
from django.core.management.color import no_style
from django.db import Error, connections, transaction
from django.db.models import Model

from msinfusion.settings import database

OTHER = "other"  # the alias of the database that is not the site's
MADE_BY_MIGRATIONS = {"contenttypes.ContentType", "auth.Permission", "auth.Group", "auth.Group_permissions"}
AT_ONCE = 1000


def make_tables(url: str) -> None:
    """Give a new database the tables of this release. Raises CommandError where it holds any already, or can't be used."""
    try:
        with connected(url):
            if connections[OTHER].introspection.table_names():
                raise CommandError("That database holds tables already. Name a new, empty one.")
    except Error as error:
        raise CommandError(f"That database can't be used: {str(error).splitlines()[0]}") from error
    migrate(url)


def migrate(url: str) -> None:
    """In a process of its own, since migrations work on the site's own database."""
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "migrate", "--verbosity", "0"]
    subprocess.run(command, env=os.environ | {"DATABASE_URL": url}, check=True)  # noqa: S603 - ourselves # nosec B603


@contextmanager
def connected(url: str) -> Iterator[None]:
    """Another database is reached as OTHER meanwhile."""
    other = database(url)
    other["OPTIONS"].pop("pool", None)
    connections.settings[OTHER] = connections.configure_settings({"default": {}, OTHER: other})[OTHER]
    try:
        yield
    finally:
        connections[OTHER].close()
        del connections[OTHER], connections.settings[OTHER]


def copy(source: str, target: str, without: Collection[str] = ()) -> int:
    """Copy all rows, apart from those of some models, into new tables, all of them or none; return how many. They are those
    of one moment."""
    models = [model for model in apps.get_models(include_auto_created=True) if not model._meta.proxy]
    with transaction.atomic(source), transaction.atomic(target):
        if connections[source].vendor == "postgresql":
            with connections[source].cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        with connections[target].cursor() as cursor:
            for model in models:
                if model._meta.label in MADE_BY_MIGRATIONS:
                    cursor.execute(f"DELETE FROM {_quoted(target, model._meta.db_table)}")  # noqa: S608 - a name of ours # nosec B608
        copied = [model for model in models if model._meta.label not in without]
        number = sum(_copy_rows(model, source, target) for model in copied)
        with connections[target].cursor() as cursor:
            for statement in connections[target].ops.sequence_reset_sql(no_style(), copied):
                cursor.execute(statement)
    return number


def _quoted(alias: str, name: str) -> str:
    return connections[alias].ops.quote_name(name)


def _copy_rows(model: type[Model], source: str, target: str) -> int:
    """By SQL, since saving would write a new time, a history and more."""
    fields = model._meta.concrete_fields
    columns = ", ".join(_quoted(target, str(field.column)) for field in fields)
    marks = ", ".join(["%s"] * len(fields))
    insert = f"INSERT INTO {_quoted(target, model._meta.db_table)} ({columns}) VALUES ({marks})"  # noqa: S608 - names of ours # nosec B608
    found = model._base_manager.using(source).order_by("pk").values_list(*[field.attname for field in fields])
    rows, number = found.iterator(chunk_size=AT_ONCE), 0
    with connections[target].cursor() as cursor:
        while some := list(islice(rows, AT_ONCE)):
            cursor.executemany(insert, [_prepared(fields, row, target) for row in some])
            number += len(some)
    return number


def _prepared(fields: Any, row: tuple[Any, ...], target: str) -> list[Any]:
    connection = connections[target]
    return [field.get_db_prep_save(value, connection) for field, value in zip(fields, row, strict=True)]
