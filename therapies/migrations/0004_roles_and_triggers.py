"""The two groups of staff; and the triggers again, since migration 0003 changed the edition table. Reviews get them too:
what was reviewed can't be unsaid."""

import importlib

from django.contrib.auth.management import create_permissions
from django.db import migrations

append_only = importlib.import_module("therapies.migrations.0002_editions_append_only")
ROWS = ["subject", "source", "stage", "statement", "test", "figure", "item", "question", "citation"]


def add_groups(apps, schema_editor):
    config = apps.get_app_config("therapies")
    config.models_module = True  # permissions are made after all migrations; these groups need them now
    create_permissions(config, apps=apps, verbosity=0)
    config.models_module = None
    permission = apps.get_model("auth", "Permission").objects
    group = apps.get_model("auth", "Group").objects
    editors, _ = group.get_or_create(name="Content editors")
    reviewers, _ = group.get_or_create(name="Clinical reviewers")
    rows = [f"{action}_{row}" for row in ROWS for action in ("add", "change", "delete", "view")]
    rows.remove("delete_subject")
    seen = [f"view_{row}" for row in [*ROWS, "edition", "review", "reviewer"]]
    editors.permissions.set(permission.filter(codename__in=[*rows, *seen], content_type__app_label="therapies"))
    reviewers.permissions.set(
        permission.filter(codename__in=[*seen, "add_edition"], content_type__app_label="therapies")
    )


def drop_groups(apps, schema_editor):
    apps.get_model("auth", "Group").objects.filter(name__in=["Content editors", "Clinical reviewers"]).delete()


def set_triggers_again(apps, schema_editor):
    if schema_editor.connection.vendor != "postgresql":
        for action in ("update", "delete", "replace"):
            schema_editor.execute(f"DROP TRIGGER IF EXISTS edition_no_{action}")
        append_only.add_triggers(apps, schema_editor)


def add_review_triggers(apps, schema_editor):
    message = "A review can never be changed or deleted."
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            f"""
            CREATE FUNCTION therapies_review_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN RAISE EXCEPTION '{message}'; END $$;
            CREATE TRIGGER review_no_change BEFORE UPDATE OR DELETE ON therapies_review
                FOR EACH ROW EXECUTE FUNCTION therapies_review_append_only();
            CREATE TRIGGER review_no_truncate BEFORE TRUNCATE ON therapies_review
                FOR EACH STATEMENT EXECUTE FUNCTION therapies_review_append_only();
            """
        )
    else:
        for action in ("UPDATE", "DELETE"):
            schema_editor.execute(
                f"CREATE TRIGGER review_no_{action.lower()} BEFORE {action} ON therapies_review "
                f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
            )


def drop_review_triggers(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            "DROP TRIGGER review_no_change ON therapies_review;"
            "DROP TRIGGER review_no_truncate ON therapies_review;"
            "DROP FUNCTION therapies_review_append_only();"
        )
    else:
        for action in ("update", "delete"):
            schema_editor.execute(f"DROP TRIGGER review_no_{action}")


class Migration(migrations.Migration):
    dependencies = [
        ("therapies", "0003_reviews"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [
        migrations.RunPython(add_groups, drop_groups),
        migrations.RunPython(set_triggers_again, migrations.RunPython.noop),
        migrations.RunPython(add_review_triggers, drop_review_triggers),
    ]
