"""Editions can be added and never changed: the database itself refuses UPDATE and DELETE, on PostgreSQL TRUNCATE too.

On SQLite, Django changes a table by making it again, which silently drops its triggers: a later migration that changes
the edition table must run `add_triggers` again. A test finds the triggers after the last migration.
"""

from django.db import migrations

MESSAGE = "An edition can never be changed or deleted. Publish a new one."


def add_triggers(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            f"""
            CREATE OR REPLACE FUNCTION therapies_edition_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN RAISE EXCEPTION '{MESSAGE}'; END $$;
            CREATE TRIGGER edition_no_change BEFORE UPDATE OR DELETE ON therapies_edition
                FOR EACH ROW EXECUTE FUNCTION therapies_edition_append_only();
            CREATE TRIGGER edition_no_truncate BEFORE TRUNCATE ON therapies_edition
                FOR EACH STATEMENT EXECUTE FUNCTION therapies_edition_append_only();
            """
        )
    else:
        for action in ("UPDATE", "DELETE"):
            schema_editor.execute(
                f"CREATE TRIGGER edition_no_{action.lower()} BEFORE {action} ON therapies_edition "
                f"BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
            )
        # INSERT OR REPLACE takes the old row away without firing the trigger for DELETE.
        schema_editor.execute(
            "CREATE TRIGGER edition_no_replace BEFORE INSERT ON therapies_edition "  # words of this file alone # nosec B608
            "WHEN EXISTS (SELECT 1 FROM therapies_edition "
            "WHERE id = NEW.id OR (subject_id = NEW.subject_id AND number = NEW.number)) "
            f"BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
        )


def drop_triggers(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            "DROP TRIGGER edition_no_change ON therapies_edition;"
            "DROP TRIGGER edition_no_truncate ON therapies_edition;"
            "DROP FUNCTION therapies_edition_append_only();"
        )
    else:
        for action in ("update", "delete", "replace"):
            schema_editor.execute(f"DROP TRIGGER edition_no_{action}")


class Migration(migrations.Migration):
    dependencies = [("therapies", "0001_initial")]
    operations = [migrations.RunPython(add_triggers, drop_triggers)]
