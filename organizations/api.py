"""The doors of the REST API: bearer token, scope, present role, organization."""

from __future__ import annotations

from typing import Any, ClassVar

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import path
from rest_framework import serializers
from rest_framework.generics import GenericAPIView, ListAPIView
from rest_framework.request import Request

from organizations import audit, second_factors
from organizations.access import client_address
from organizations.checks import Check
from organizations.errors import NotAllowed
from organizations.models import AuditEvent, Membership, Organization
from organizations.permissions import Action, allowed
from users.models import Scope, User


class DoorAPI(GenericAPIView[Any]):
    """Base of every API view: what is done inside is recorded as done by API from the caller's address."""

    required: ClassVar[dict[str, Action]] = {}
    scopes: ClassVar[dict[str, Scope]] = {}

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        with audit.acting_from("api", client_address(request)):
            return super().dispatch(request, *args, **kwargs)

    @property
    def person(self) -> User:
        user = self.request.user
        if not isinstance(user, User):
            raise NotAllowed
        return user


class OrganizationAPI(DoorAPI):
    """A view under `organizations/<code>/`, or about an object whose organization `admit` is told."""

    organization: Organization

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if "code" in kwargs:
            own = Organization.objects.visible_to(self.person)
            self.admit(get_object_or_404(own, code=kwargs["code"]))

    def admit(self, organization: Organization) -> None:
        """404 for who is no member; 403 without the second factor that the organization asks for, or when the
        present role does not include this method's action.
        """
        seat = Membership.objects.filter(user=self.person, organization=organization).first()
        if seat is None:
            raise Http404
        if not second_factors.is_met_by(self.person, organization):
            raise second_factors.SecondFactorRequired
        if self.required[self.method] not in allowed(seat.role):
            raise NotAllowed
        self.organization = organization

    @property
    def method(self) -> str:
        method = self.request.method or "GET"
        return "GET" if method in {"HEAD", "OPTIONS"} else method


class InstallationAPI(DoorAPI):
    """A view of the installation's operators. For anybody else there is no such address."""

    def check_permissions(self, request: Request) -> None:
        if request.auth and not self.person.is_reviewer:
            raise Http404
        super().check_permissions(request)


class OrganizationSerializer(serializers.ModelSerializer[Organization]):
    id = serializers.CharField(source="code", read_only=True)

    class Meta:
        model = Organization
        fields = ["id", "name", "region", "review"]


class CheckSerializer(serializers.Serializer[Check]):
    code = serializers.CharField()
    rule = serializers.CharField(source="label")
    ok = serializers.BooleanField()
    detail = serializers.CharField()
    mend = serializers.CharField(help_text="What to do when `ok` is false")


class AuditEventSerializer(serializers.ModelSerializer[AuditEvent]):
    person = serializers.CharField(source="person.name", default="", read_only=True)

    class Meta:
        model = AuditEvent
        fields = [
            "id",
            "at",
            "action",
            "person",
            "subject_type",
            "subject_id",
            "subject_name",
            "details",
            "source",
        ]


class HistoryAPI(OrganizationAPI, ListAPIView[AuditEvent]):
    """What happened in the organization, newest first."""

    required = {"GET": Action.VIEW}
    serializer_class = AuditEventSerializer
    queryset = AuditEvent.objects.none()

    def get_queryset(self) -> Any:
        return self.organization.audit_events.newest_first()


urlpatterns = [
    path("organizations/<str:code>/history/", HistoryAPI.as_view(), name="api-history"),
]
