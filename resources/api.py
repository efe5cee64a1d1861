"""REST: the organization's resources, shares, and what an account sees."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from django.shortcuts import get_object_or_404
from django.urls import path
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from linking import services as linking
from linking.access import managed_account
from linking.models import Account, Link
from organizations.api import DoorAPI, OrganizationAPI
from organizations.errors import Invalid
from organizations.models import Organization
from organizations.permissions import Action
from resources import services
from resources.models import Resource, Share
from resources.standing import given_by_rule
from users.models import Scope


class ResourceSerializer(serializers.ModelSerializer[Resource]):
    owner_service = serializers.CharField(
        read_only=True, help_text="bm, lap or account, as LINE names owners"
    )
    owner_id = serializers.CharField(source="owner_code", read_only=True)
    owner_name = serializers.CharField(read_only=True)
    details = serializers.DictField(read_only=True, help_text="LINE's objects of what it builds by a rule")

    class Meta:
        model = Resource
        fields = ["id", "kind", "name", "owner_service", "owner_id", "owner_name", "line_id", "status",
                  "size", "create_route", "created_at", "expires_at", "failed_type", "details",
                  "refreshed_at"]  # fmt: skip


class ReceivedSerializer(ResourceSerializer):
    permission = serializers.SerializerMethodField(help_text="READ when it came by sharing, else READ_WRITE")

    class Meta(ResourceSerializer.Meta):
        fields = [*ResourceSerializer.Meta.fields, "permission"]

    def get_permission(self, resource: Resource) -> str:
        return "READ_WRITE" if resource.owner_account_id == self.context["account"].pk else "READ"


class ShareSerializer(serializers.ModelSerializer[Share]):
    account = serializers.CharField(source="to_link.account.public_id", read_only=True)

    class Meta:
        model = Share
        fields = ["id", "resource", "account", "shared_at", "until", "ended_at"]


class ShareBody(serializers.Serializer[Any]):
    resource = serializers.UUIDField(help_text="id of a resource of this organization")
    account = serializers.CharField(
        help_text="UUID, Basic ID or A… id of an account linked to this organization"
    )
    until = serializers.DateTimeField(
        required=False, allow_null=True, default=None, help_text="When the share ends by itself"
    )

    def validate_until(self, until: datetime | None) -> datetime | None:
        if until and until <= timezone.now():
            raise serializers.ValidationError("This moment has passed.")
        return until


class EverythingSerializer(serializers.Serializer[Any]):
    shares_everything = serializers.BooleanField(read_only=True)
    resources = serializers.IntegerField(
        read_only=True, help_text="How many the rule gives this account now; 0 while it waits for its review"
    )


class ResourceListAPI(OrganizationAPI, ListAPIView[Resource]):
    """Everything the organization owns, itself or through its linked accounts."""

    required = {"GET": Action.VIEW}
    serializer_class = ResourceSerializer
    queryset = Resource.objects.none()

    def get_queryset(self) -> Any:
        own = Resource.objects.of_organization(self.organization).with_owner()
        return own.exclude(status=Resource.Status.DELETED).order_by("-created_at", "id")


class ShareListAPI(OrganizationAPI, ListAPIView[Share]):
    required = {"GET": Action.VIEW, "POST": Action.SHARE}
    serializer_class = ShareSerializer
    queryset = Share.objects.none()

    def get_queryset(self) -> Any:
        return (
            Share.objects.open()
            .filter(to_link__organization=self.organization)
            .select_related("to_link__account")
        )

    @extend_schema(request=ShareBody, responses={201: ShareSerializer})
    def post(self, request: Request, code: str) -> Response:
        body = ShareBody(data=request.data)
        body.is_valid(raise_exception=True)
        link = link_of(self.organization, body.validated_data["account"])
        own = Resource.objects.of_organization(self.organization)
        resource = own.filter(pk=body.validated_data["resource"]).first()
        if resource is None:
            raise Invalid("This organization has no such resource.", fields={"resource": ["Unknown id."]})
        until = body.validated_data["until"]
        (share,) = services.share_resources(link, [resource], by=self.person, until=until)
        return Response(ShareSerializer(share).data, status=status.HTTP_201_CREATED)


def link_of(organization: Organization, text: str) -> Link:
    account = Account.objects.linked_to(organization).addressed(text).first()
    if account is None:
        raise Invalid("No such account is linked to this organization.", fields={"account": ["Unknown id."]})
    return Link.objects.open().select_related("account", "organization").get(account=account)


def links_of(organization: Organization, texts: list[str], field: str) -> list[Link]:
    """The same for many in one query; unknown ones are named at the field they came in."""
    links = Link.objects.open().filter(organization=organization).select_related("account", "organization")
    known: dict[str, Link] = {}
    for link in links:
        known |= {str(link.account_id): link, link.account.public_id: link}
    if unknown := [text for text in texts if text not in known]:
        raise Invalid("No such accounts are linked to this organization.", fields={field: unknown[:20]})
    return [known[text] for text in texts]


class EverythingAPI(OrganizationAPI):
    """The standing rule of one account: it may use every resource of the organization, also later ones.

    POST starts it, DELETE stops it; what is shared one by one stays. Doing either again changes nothing.
    """

    required = {"GET": Action.VIEW, "POST": Action.SHARE, "DELETE": Action.SHARE}

    @extend_schema(responses=EverythingSerializer)
    def get(self, request: Request, code: str, account: uuid.UUID) -> Response:
        return self.told(self.find(account))

    @extend_schema(request=None, responses=EverythingSerializer)
    def post(self, request: Request, code: str, account: uuid.UUID) -> Response:
        link = self.find(account)
        linking.share_everything(link, by=self.person)
        return self.told(link)

    @extend_schema(request=None, responses=EverythingSerializer)
    def delete(self, request: Request, code: str, account: uuid.UUID) -> Response:
        link = self.find(account)
        services.stop_sharing([], by=self.person, rule_of=link)
        return self.told(link)

    def find(self, account: uuid.UUID) -> Link:
        links = self.organization.links.open().select_related("account", "organization")
        return get_object_or_404(links, account=account)

    def told(self, link: Link) -> Response:
        given = Resource.objects.filter(given_by_rule(link)).count()
        told = {"shares_everything": link.shares_everything, "resources": given}
        return Response(EverythingSerializer(told).data)


class StopShareAPI(OrganizationAPI):
    """Stop one share. Stopping it again changes nothing."""

    required = {"POST": Action.SHARE}
    serializer_class = ShareSerializer

    @extend_schema(request=None, responses=ShareSerializer)
    def post(self, request: Request, code: str, pk: uuid.UUID) -> Response:
        shares = Share.objects.filter(to_link__organization=self.organization)
        share = get_object_or_404(
            shares.select_related("resource", "to_link__account", "to_link__organization"), pk=pk
        )
        services.stop_sharing([share], by=self.person)
        share.refresh_from_db()
        return Response(ShareSerializer(share).data)


class ReceivedAPI(DoorAPI, ListAPIView[Resource]):
    """The account side: the audiences that this account owns and those shared to it."""

    scopes = {"GET": Scope.READ}
    serializer_class = ReceivedSerializer
    queryset = Resource.objects.none()

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "account": getattr(self, "account", None)}

    def get_queryset(self) -> Any:
        self.account = managed_account(self.person, self.kwargs["account_id"])
        return Resource.objects.seen_by(self.account).audiences().order_by("-created_at", "id")


urlpatterns = [
    path(
        "organizations/<str:code>/accounts/<uuid:account>/share-everything/",
        EverythingAPI.as_view(),
        name="api-share-everything",
    ),
    path("organizations/<str:code>/resources/", ResourceListAPI.as_view(), name="api-resources"),
    path("organizations/<str:code>/shares/", ShareListAPI.as_view(), name="api-shares"),
    path("organizations/<str:code>/shares/<uuid:pk>/stop/", StopShareAPI.as_view(), name="api-share-stop"),
    path("accounts/<str:account_id>/audiences/", ReceivedAPI.as_view(), name="api-received"),
]
