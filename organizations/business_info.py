"""What an organization says of its company: saved, proved by mail, frozen once verified."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, TypedDict

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from organizations import audit, legal_entities, members, outbox, reviews
from organizations.errors import DomainError
from organizations.models import BusinessInfo, Organization, Review
from organizations.names import plain
from organizations.permissions import Action
from users.models import User

PROOF_LASTS = timedelta(hours=24)
SALT = "organizations.business-info-email"
FIELDS = ("form", "company_name", "address", "website", "phone", "email")
IDENTITY = ("name", "region", "legal_entity", "company_name")  # what links are compared with


class InfoFrozen(DomainError):
    code = "info_frozen"
    message = _(
        "The business info of a verified organization cannot be changed. If it is wrong, "
        "create another organization and move the accounts to it."
    )


class NoAddress(DomainError):
    code = "no_address"
    message = _("There is no e-mail address that waits for confirmation. Save one first.")


class ProofInvalid(DomainError):
    status = 404
    code = "proof_invalid"
    message = _(
        "This link does not confirm anything any more. Send a new one from the organization's settings."
    )


class Wanted(TypedDict):
    name: str
    region: str
    country: str
    registration_number: str
    form: str
    company_name: str
    address: str
    website: str
    phone: str
    email: str


@transaction.atomic
def save(organization: Organization, wanted: Wanted, *, by: User) -> None:
    """Everything at once. A new address has to be proved; what is under review goes back to the start."""
    members.seats_under(organization, by, Action.SETTINGS)
    # A company's row is held before an organization's, as whoever merges two companies does.
    entity = legal_entities.named(wanted["country"], wanted["registration_number"], wanted["company_name"])
    held = reviews.locked(organization)
    if held.review == Review.VERIFIED:
        raise InfoFrozen
    info = held.business_info
    before = _told(held, info)
    held.name, held.region = plain(wanted["name"]), wanted["region"]
    held.legal_entity = entity
    if info.email != wanted["email"]:
        info.email_proved_at = None
    for name in FIELDS:
        setattr(info, name, wanted[name])  # type: ignore[literal-required]  # FIELDS are keys of Wanted
    changed = [name for name, value in _told(held, info).items() if before[name] != value]
    if changed:
        _keep(held, info, changed, before, by)


def _keep(
    organization: Organization, info: BusinessInfo, changed: list[str], before: dict[str, str], by: User
) -> None:
    organization.save(update_fields=["name", "region", "legal_entity"])
    info.save()
    open_facts = [name for name in changed if name in IDENTITY]
    after = _told(organization, info)
    audit.record(
        "organization.business_info_saved",
        organization,
        by=by,
        organization=organization,
        changed=changed,
        before={name: before[name] for name in open_facts},
        after={name: after[name] for name in open_facts},
    )
    if "email" in changed and info.email:
        _ask_for_proof(organization)
    reviews.withdraw(organization, by=by)
    reviews.start_if_ready(organization, by=by)
    if open_facts:
        reviews.tell_changed(organization, by=by)


def _told(organization: Organization, info: BusinessInfo) -> dict[str, str]:
    return {
        "name": organization.name,
        "region": organization.region,
        "legal_entity": organization.legal_entity.number,
        **{name: getattr(info, name) for name in FIELDS},
    }


@transaction.atomic
def send_proof(organization: Organization, *, by: User) -> None:
    """Another mail to the address, if it is not confirmed yet."""
    members.seats_under(organization, by, Action.SETTINGS)
    held = reviews.locked(organization)
    if not held.business_info.email or held.business_info.email_proved_at:
        raise NoAddress
    _ask_for_proof(held)


def named_by(token: str) -> Organization:
    """The organization whose address this token proves. Raises `ProofInvalid`."""
    try:
        said: dict[str, Any] = signing.loads(token, salt=SALT, max_age=PROOF_LASTS)
    except signing.BadSignature:
        raise ProofInvalid from None
    own = Organization.objects.filter(pk=said["organization"], business_info__email=said["email"])
    organization = own.select_related("legal_entity", "business_info").first()
    if organization is None:
        raise ProofInvalid
    return organization


@transaction.atomic
def prove(token: str) -> Organization:
    """Whoever reads that mailbox has pressed the button; a second time changes nothing."""
    organization = reviews.locked(named_by(token))
    info = BusinessInfo.objects.filter(pk=organization.pk, email_proved_at=None)
    if info.filter(email=organization.business_info.email).update(email_proved_at=Now()):
        organization.business_info.refresh_from_db()
        audit.record("organization.email_proved", organization, by=None, organization=organization)
        reviews.start_if_ready(organization, by=None)
    return organization


def _ask_for_proof(organization: Organization) -> None:
    email = organization.business_info.email
    token = signing.dumps({"organization": str(organization.pk), "email": email}, salt=SALT)
    context = {
        "organization": organization.name,
        "organization_id": organization.code,
        "url": f"{settings.SITE_URL}{reverse('organizations:confirm-address', args=[token])}",
    }
    outbox.tell_address(email, "confirm_address", context, language=get_language() or "")
