"""How an organization begins, and how one that was never used ends."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import ProtectedError
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from organizations import audit, legal_entities, members
from organizations.errors import DomainError, Invalid
from organizations.history import noun_of
from organizations.models import AuditEvent, BusinessInfo, Organization
from organizations.names import plain
from organizations.permissions import Action, Role
from users.models import User

MOST_ORGANIZATIONS = 100  # a person's, as LINE's own groups have it
MOST_AN_HOUR = 10


class TooManyOrganizations(DomainError):
    code = "too_many_organizations"
    message = gettext_lazy(
        "You have made or joined too many organizations for now. Leave one, or come back later."
    )


class WrongCode(Invalid):
    code = "wrong_confirmation"
    message = gettext_lazy("This is not the ID of this organization. Type it as it stands at the top left.")


class OrganizationUsed(DomainError):
    code = "organization_used"


@transaction.atomic
def found(
    *, name: str, region: str, country: str, registration_number: str, company_name: str, by: User
) -> Organization:
    """A new organization with `by` as its only administrator."""
    _check_pace(by)
    entity = legal_entities.named(country, registration_number, company_name)
    organization = Organization.objects.create(name=plain(name), region=region, legal_entity=entity)
    BusinessInfo.objects.create(organization=organization, company_name=plain(company_name))
    organization.memberships.create(user=by, role=Role.ADMINISTRATOR)
    number = entity.number
    audit.record("organization.created", organization, by=by, organization=organization, legal_entity=number)
    return organization


@transaction.atomic
def delete(organization: Organization, *, typed_code: str, by: User) -> None:
    """Only while nothing was ever linked, uploaded or kept; its history stays."""
    members.seats_under(organization, by, Action.SETTINGS)
    if typed_code.strip() != organization.code:
        raise WrongCode(fields={"organization_id": [str(WrongCode.message)]})
    held = Organization.objects.select_for_update().get(pk=organization.pk)
    for path in settings.ORGANIZATION_DELETED:
        import_string(path)(held, by=by)
    audit.record("organization.deleted", held, by=by, organization=held)
    try:
        held.delete()
    except ProtectedError as used:
        kinds = sorted({str(noun_of(each)) for each in used.protected_objects})
        text = _("This organization was used and cannot be deleted any more. It holds: %(kinds)s.")
        raise OrganizationUsed(text % {"kinds": ", ".join(kinds)}) from used


def _check_pace(by: User) -> None:
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    since = timezone.now() - timedelta(hours=1)
    made = AuditEvent.objects.filter(action="organization.created", person__user_id=by.pk, at__gt=since)
    if made.count() >= MOST_AN_HOUR or by.memberships.count() >= MOST_ORGANIZATIONS:
        raise TooManyOrganizations
