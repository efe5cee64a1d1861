"""The end of a resource, whoever brings it about: its shares end, and what feeds it stops."""

from __future__ import annotations

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now
from django.utils.module_loading import import_string

from organizations import audit
from resources.models import Resource
from resources.services import end_shares_of
from users.models import User


@transaction.atomic
def end_resource(resource: Resource, *, by: User | None, reason: str = "") -> bool:
    """False when it had ended before. `reason` says for the history why nobody's act was needed."""
    living = Resource.objects.filter(pk=resource.pk).exclude(status=Resource.Status.DELETED)
    if not living.update(status=Resource.Status.DELETED, deleted_at=Now()):
        return False
    resource.refresh_from_db(fields=["status", "deleted_at"])
    details = {"reason": reason} if reason else {}
    audit.record(
        "resource.deleted",
        resource,
        by=by,
        organization=resource.organization,
        account=resource.owner_account,
        **details,
    )
    end_shares_of(resource, by=by)
    for path in settings.RESOURCE_ENDED:
        import_string(path)(resource, by=by)
    return True
