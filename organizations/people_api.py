"""REST of the people: members and invitations. Whoever manages them needs the scope `approve`."""

from __future__ import annotations

import uuid
from typing import Any

from django.shortcuts import get_object_or_404
from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from organizations import invitations, members
from organizations.api import OrganizationAPI
from organizations.invitation_models import Invitation
from organizations.models import Membership
from organizations.permissions import Action, Role


class MemberSerializer(serializers.ModelSerializer[Membership]):
    name = serializers.CharField(source="user.name", read_only=True)
    email = serializers.EmailField(source="user.email", read_only=True)

    class Meta:
        model = Membership
        fields = ["id", "name", "email", "role", "joined_at"]


class RoleBody(serializers.Serializer[Any]):
    role = serializers.ChoiceField(Role.choices)


class InvitationBody(RoleBody):
    email = serializers.EmailField(
        max_length=254,
        allow_blank=True,
        default="",
        help_text="Where the link is mailed to; empty: you get it",
    )


class InvitationSerializer(serializers.ModelSerializer[Invitation]):
    email = serializers.CharField(read_only=True, help_text="Where it was mailed to; empty if it was not")
    issued_by = serializers.CharField(source="issued_by.email", read_only=True)

    class Meta:
        model = Invitation
        fields = ["id", "role", "email", "issued_by", "issued_at", "expires_at"]


class NewInvitationSerializer(InvitationSerializer):
    url = serializers.CharField(help_text="Told this once; empty if it went out by mail")

    class Meta(InvitationSerializer.Meta):
        fields = [*InvitationSerializer.Meta.fields, "url"]


class MembersAPI(OrganizationAPI, ListAPIView[Membership]):
    """Who belongs to the organization."""

    required = {"GET": Action.VIEW}
    serializer_class = MemberSerializer
    queryset = Membership.objects.none()

    def get_queryset(self) -> Any:
        return self.organization.memberships.select_related("user").order_by("joined_at", "id")


class MemberAPI(OrganizationAPI):
    """One member's seat."""

    serializer_class = RoleBody

    def seat(self, pk: uuid.UUID) -> Membership:
        seats = self.organization.memberships.select_related("user", "organization")
        return get_object_or_404(seats, pk=pk)


class ChangeRoleAPI(MemberAPI):
    """Give a member another role; it takes effect with the next call."""

    required = {"POST": Action.MEMBERS}

    @extend_schema(request=RoleBody, responses=MemberSerializer)
    def post(self, request: Request, code: str, pk: uuid.UUID) -> Response:
        seat = self.seat(pk)
        wanted = RoleBody(data=request.data)
        wanted.is_valid(raise_exception=True)
        members.change_role(seat, Role(wanted.validated_data["role"]), by=self.person)
        return Response(MemberSerializer(self.seat(pk)).data)


class RemoveMemberAPI(MemberAPI):
    """Remove a member, at once; open invitations of that person are revoked."""

    required = {"POST": Action.MEMBERS}

    @extend_schema(request=None, responses={204: None})
    def post(self, request: Request, code: str, pk: uuid.UUID) -> Response:
        members.remove(self.seat(pk), by=self.person)
        return Response(status=status.HTTP_204_NO_CONTENT)


class InvitationsAPI(OrganizationAPI, ListAPIView[Invitation]):
    """Invitations that can be accepted now; issue another."""

    required = {"GET": Action.MEMBERS, "POST": Action.MEMBERS}
    serializer_class = InvitationSerializer
    queryset = Invitation.objects.none()

    def get_queryset(self) -> Any:
        return self.organization.invitations.open().with_parties()

    @extend_schema(request=InvitationBody, responses={201: NewInvitationSerializer})
    def post(self, request: Request, code: str) -> Response:
        wanted = InvitationBody(data=request.data)
        wanted.is_valid(raise_exception=True)
        role, email = Role(wanted.validated_data["role"]), wanted.validated_data["email"]
        issued = invitations.invite(self.organization, role, by=self.person, email=email)
        told = {**InvitationSerializer(issued.invitation).data, "url": issued.url}
        return Response(told, status=status.HTTP_201_CREATED)


class RevokeInvitationAPI(OrganizationAPI):
    """Its link no longer works from now on."""

    required = {"POST": Action.MEMBERS}
    serializer_class = InvitationSerializer

    @extend_schema(request=None, responses={204: None})
    def post(self, request: Request, code: str, pk: uuid.UUID) -> Response:
        invitation = get_object_or_404(self.organization.invitations.with_parties(), pk=pk)
        invitations.revoke(invitation, by=self.person)
        return Response(status=status.HTTP_204_NO_CONTENT)


HERE = "organizations/<str:code>"
urlpatterns = [
    path(f"{HERE}/members/", MembersAPI.as_view(), name="api-members"),
    path(f"{HERE}/members/<uuid:pk>/role/", ChangeRoleAPI.as_view(), name="api-change-role"),
    path(f"{HERE}/members/<uuid:pk>/remove/", RemoveMemberAPI.as_view(), name="api-remove-member"),
    path(f"{HERE}/invitations/", InvitationsAPI.as_view(), name="api-invitations"),
    path(
        f"{HERE}/invitations/<uuid:pk>/revoke/",
        RevokeInvitationAPI.as_view(),
        name="api-revoke-invitation",
    ),
]
