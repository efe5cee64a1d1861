"""Invitations: seats offered to people who are not members yet. The acts on them are in `invitations.py`."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import OuterRef, Q
from django.db.models.functions import Now
from django.utils import timezone

from organizations import sealing
from organizations.permissions import Action, Role, roles_with
from users.models import User


def seal_address(address: str, invitation_id: uuid.UUID) -> str:
    return sealing.seal(address, table="invitation", row=invitation_id, field="sealed_email")


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def pending(self) -> InvitationQuerySet:
        return self.filter(state=Invitation.State.PENDING)

    def open(self) -> InvitationQuerySet:
        """Pending, not overdue by the database's clock, and from somebody who may still invite."""
        # Not by a join: an UPDATE with one looks at the state in a subquery, which two may pass at once.
        inviters = User.objects.filter(
            is_active=True,
            memberships__organization=OuterRef("organization"),
            memberships__role__in=roles_with(Action.MEMBERS),
        )
        return self.pending().filter(expires_at__gt=Now(), issued_by__in=inviters)

    def overdue(self) -> InvitationQuerySet:
        return self.pending().filter(expires_at__lte=Now())

    def with_parties(self) -> InvitationQuerySet:
        return self.select_related("organization", "issued_by")

    def close(self, state: Invitation.State, *, by: User | None) -> int:
        """Move pending rows to `state` and say how many moved. The address is no longer needed then."""
        return self.pending().update(state=state, closed_at=Now(), closed_by=by, sealed_email="")


class Invitation(models.Model):
    """A seat offered by link: one person, one use. Only the token's SHA-256 is kept.

    One that is mailed names an address, and its link is in that mail alone: who has it reads that mailbox.
    """

    class State(models.TextChoices):
        PENDING = "PENDING"
        ACCEPTED = "ACCEPTED"
        REVOKED = "REVOKED"
        EXPIRED = "EXPIRED"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organization = models.ForeignKey(
        "organizations.Organization", on_delete=models.CASCADE, related_name="invitations"
    )
    role = models.CharField(max_length=13, choices=Role.choices)
    sealed_email = models.TextField(blank=True)  # where it was mailed to, if it was, while it is pending
    token_digest = models.CharField(max_length=64, unique=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.PENDING)
    issued_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    issued_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    objects = InvitationQuerySet.as_manager()

    class Meta:
        ordering = ["-issued_at", "id"]
        indexes = [
            models.Index(
                fields=["expires_at"], condition=Q(state="PENDING"), name="organizations_invitations_open"
            )
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(role__in=Role.values), name="organizations_invited_role_is_known"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["PENDING", "ACCEPTED", "REVOKED", "EXPIRED"]),
                name="organizations_invitation_state_is_known",
            ),
            models.CheckConstraint(
                condition=Q(state="PENDING", closed_at=None)
                | ~Q(state="PENDING") & Q(closed_at__isnull=False),
                name="organizations_closed_invitations_have_a_date",
            ),
            models.CheckConstraint(
                condition=~Q(state="ACCEPTED") | Q(closed_by__isnull=False),
                name="organizations_accepted_invitations_name_a_person",
            ),
            models.CheckConstraint(
                condition=Q(state="PENDING") | Q(sealed_email=""),
                name="organizations_closed_invitations_keep_no_address",
            ),
        ]

    def __str__(self) -> str:
        # Goes into the history, which holds no mail address.
        return str(self.get_role_display())

    @property
    def email(self) -> str:
        """The address it was mailed to; empty if its link was handed over by other means."""
        if not self.sealed_email:
            return ""
        return sealing.unseal(self.sealed_email, table="invitation", row=self.pk, field="sealed_email")

    def is_for(self, address: str) -> bool:
        return self.email in {"", address.lower()}
