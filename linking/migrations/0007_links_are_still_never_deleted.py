from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from organizations import triggers


def refuse(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """SQLite makes a table anew to add a column, and drops its triggers with the old one."""
    triggers.allow(editor.connection, "linking_link", "DELETE")
    triggers.refuse(editor.connection, "linking_link", "DELETE")


class Migration(migrations.Migration):
    dependencies = [("linking", "0006_what_line_calls_accounts")]
    operations = [migrations.RunPython(refuse, migrations.RunPython.noop)]
