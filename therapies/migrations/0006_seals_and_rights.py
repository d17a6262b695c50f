"""Editions that are already in force get their seal; withdrawals can't be changed, and reviews neither, again, since
migration 0005 changed their table; and the two groups get what is new."""

import importlib

from django.contrib.auth.management import create_permissions
from django.core.signing import Signer
from django.db import migrations

from therapies.content import fingerprint

roles = importlib.import_module("therapies.migrations.0004_roles_and_triggers")
EDITORS = [f"{action}_{row}" for row in ("location", "override") for action in ("add", "change", "delete", "view")]
SEEN = ["view_location", "view_override", "view_withdrawal", "view_report", "delete_report"]


def seal_editions(apps, schema_editor):
    for edition in apps.get_model("therapies", "Edition").objects.select_related("subject"):
        named = [edition.subject.slug, edition.subject.language, edition.number, fingerprint(edition.content)]
        signature = Signer(salt="edition").signature(":".join(map(str, named)))
        apps.get_model("therapies", "Seal").objects.create(edition=edition, signature=signature)


def add_rights(apps, schema_editor):
    config = apps.get_app_config("therapies")
    config.models_module = True  # as in migration 0004
    create_permissions(config, apps=apps, verbosity=0)
    config.models_module = None
    permission = apps.get_model("auth", "Permission").objects.filter(content_type__app_label="therapies")
    group = apps.get_model("auth", "Group").objects
    group.get(name="Content editors").permissions.add(*permission.filter(codename__in=[*EDITORS, *SEEN]))
    group.get(name="Clinical reviewers").permissions.add(
        *permission.filter(codename__in=[*SEEN, "add_review", "add_withdrawal"])
    )


def set_review_triggers_again(apps, schema_editor):
    if schema_editor.connection.vendor != "postgresql":
        for action in ("update", "delete"):
            schema_editor.execute(f"DROP TRIGGER IF EXISTS review_no_{action}")
        roles.add_review_triggers(apps, schema_editor)


def add_withdrawal_triggers(apps, schema_editor):
    message = "A withdrawal can never be changed or deleted. A new edition puts back what it took."
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            f"""
            CREATE FUNCTION therapies_withdrawal_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN RAISE EXCEPTION '{message}'; END $$;
            CREATE TRIGGER withdrawal_no_change BEFORE UPDATE OR DELETE ON therapies_withdrawal
                FOR EACH ROW EXECUTE FUNCTION therapies_withdrawal_append_only();
            CREATE TRIGGER withdrawal_no_truncate BEFORE TRUNCATE ON therapies_withdrawal
                FOR EACH STATEMENT EXECUTE FUNCTION therapies_withdrawal_append_only();
            """
        )
    else:
        for action in ("UPDATE", "DELETE"):
            schema_editor.execute(
                f"CREATE TRIGGER withdrawal_no_{action.lower()} BEFORE {action} ON therapies_withdrawal "
                f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
            )


def drop_withdrawal_triggers(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            "DROP TRIGGER withdrawal_no_change ON therapies_withdrawal;"
            "DROP TRIGGER withdrawal_no_truncate ON therapies_withdrawal;"
            "DROP FUNCTION therapies_withdrawal_append_only();"
        )
    else:
        for action in ("update", "delete"):
            schema_editor.execute(f"DROP TRIGGER withdrawal_no_{action}")


class Migration(migrations.Migration):
    dependencies = [("therapies", "0005_working_together")]
    operations = [
        migrations.RunPython(seal_editions, migrations.RunPython.noop),
        migrations.RunPython(add_rights, migrations.RunPython.noop),
        migrations.RunPython(set_review_triggers_again, migrations.RunPython.noop),
        migrations.RunPython(add_withdrawal_triggers, drop_withdrawal_triggers),
    ]
