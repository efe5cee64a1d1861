"""Organizations made before there was business info get it, with their legal entity's name."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def add(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    info = apps.get_model("organizations", "BusinessInfo")
    lacking = apps.get_model("organizations", "Organization").objects.filter(business_info=None)
    for organization in lacking.select_related("legal_entity"):
        info.objects.create(organization=organization, company_name=organization.legal_entity.name)


class Migration(migrations.Migration):
    dependencies = [("organizations", "0006_business_info")]
    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
