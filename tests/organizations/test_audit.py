import pytest
from django.db import DatabaseError, connection, transaction

from organizations import audit
from organizations.models import AuditEvent, Organization
from users.models import User

pytestmark = [pytest.mark.db, pytest.mark.django_db]


def test_an_entry_keeps_names_after_its_objects_changed(acme: Organization, alice: User) -> None:
    event = audit.record("organization.renamed", acme, by=alice, organization=acme, before="a", after="b")
    Organization.objects.filter(pk=acme.pk).update(name="New name")

    event.refresh_from_db()

    assert event.subject_name == "Acme Coffee"
    assert str(event.person) == "Alice"
    assert event.details == {"before": "a", "after": "b"}


def test_an_entry_says_through_which_door_the_act_came(acme: Organization, alice: User) -> None:
    with audit.acting_from("api", "192.0.2.7"):
        event = audit.record("x.y", acme, by=alice, organization=acme)

    assert (event.source, event.ip_address) == ("api", "192.0.2.7")


@pytest.mark.parametrize(
    "sql", ["UPDATE organizations_auditevent SET action='z'", "DELETE FROM organizations_auditevent"]
)
def test_the_database_refuses_to_change_history(acme: Organization, alice: User, sql: str) -> None:
    audit.record("x.y", acme, by=alice, organization=acme)

    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        connection.cursor().execute(sql)

    assert AuditEvent.objects.get().action == "x.y"
