from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps


def vouch(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """Operators made everybody who has no row yet. Who has one signed up, and is asked for a code."""
    user, address = apps.get_model("users", "User"), apps.get_model("account", "EmailAddress")
    made = user.objects.filter(emailaddress=None).values_list("pk", "email")
    rows = [address(user_id=pk, email=email, verified=True, primary=True) for pk, email in made]
    address.objects.bulk_create(rows, batch_size=500)


class Migration(migrations.Migration):
    dependencies = [("users", "0002_cache_table"), ("account", "0009_emailaddress_unique_primary_email")]
    operations = [migrations.RunPython(vouch, migrations.RunPython.noop)]
