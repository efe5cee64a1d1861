from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from organizations import triggers


def refuse(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    triggers.refuse(editor.connection, "organizations_auditevent", "UPDATE", "DELETE")


def allow(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    triggers.allow(editor.connection, "organizations_auditevent", "UPDATE", "DELETE")


class Migration(migrations.Migration):
    dependencies = [("organizations", "0001_initial")]
    operations = [migrations.RunPython(refuse, allow)]
