"""REST: LINE Tags, their events and code; shared like every resource, by the calls of `api.py`."""

from __future__ import annotations

import uuid
from typing import Any

from django.shortcuts import get_object_or_404
from django.urls import path
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from linking.access import managed_account
from organizations.api import DoorAPI, OrganizationAPI
from organizations.models import Organization
from organizations.permissions import Action
from resources import tags
from resources.models import Resource, ResourceQuerySet, TagEvent
from resources.tag_code import snippets
from resources.tag_views import in_order
from users.models import Scope


class TagSerializer(serializers.ModelSerializer[Resource]):
    tag_id = serializers.CharField(source="line_id", read_only=True)
    owner_service = serializers.CharField(
        read_only=True, help_text="bm, lap or account, as LINE names owners"
    )
    owner_id = serializers.CharField(source="owner_code", read_only=True)
    owner_name = serializers.CharField(read_only=True)
    events_seen = serializers.IntegerField(source="seen_count", read_only=True)
    last_contact_at = serializers.DateTimeField(read_only=True, allow_null=True)

    class Meta:
        model = Resource
        fields = ["id", "tag_id", "name", "owner_service", "owner_id", "owner_name", "status",
                  "create_route", "created_at", "events_seen", "last_contact_at"]  # fmt: skip


class TagEventSerializer(serializers.ModelSerializer[TagEvent]):
    class Meta:
        model = TagEvent
        fields = ["id", "kind", "name", "is_active", "last_contact_at", "error_reason"]


class CodedEventSerializer(TagEventSerializer):
    code = serializers.CharField(read_only=True, help_text="HTML for the shop's pages")

    class Meta(TagEventSerializer.Meta):
        fields = [*TagEventSerializer.Meta.fields, "code"]


class OneTagSerializer(TagSerializer):
    events = serializers.SerializerMethodField()

    class Meta(TagSerializer.Meta):
        fields = [*TagSerializer.Meta.fields, "events"]

    @extend_schema_field(CodedEventSerializer(many=True))
    def get_events(self, tag: Resource) -> list[dict[str, Any]]:
        coded = snippets(tag, in_order(tag))
        return [{**TagEventSerializer(each.event).data, "code": each.code} for each in coded]


class TagBody(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=tags.LONGEST_NAME)


class EventBody(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=20, help_text="Letters a to z, digits, - and _")


class TagListAPI(OrganizationAPI, ListAPIView[Resource]):
    """LINE Tags of the organization and of its linked accounts. POST makes one of the organization's own."""

    required = {"GET": Action.VIEW, "POST": Action.SHARE}
    serializer_class = TagSerializer
    queryset = Resource.objects.none()

    def get_queryset(self) -> Any:
        if not self.request.auth:
            return self.queryset
        return (
            tags_of(self.organization).exclude(status=Resource.Status.DELETED).order_by("-created_at", "id")
        )

    @extend_schema(request=TagBody, responses={201: OneTagSerializer})
    def post(self, request: Request, code: str) -> Response:
        body = TagBody(data=request.data)
        body.is_valid(raise_exception=True)
        made = tags.create_tag(self.organization, body.validated_data["name"], by=self.person)
        told = OneTagSerializer(tags_of(self.organization).get(pk=made.pk)).data
        return Response(told, status=status.HTTP_201_CREATED)


class TagAPI(OrganizationAPI):
    """One tag with its events and their code. PATCH renames it, DELETE deletes it; its shares end."""

    required = {"GET": Action.VIEW, "PATCH": Action.SHARE, "DELETE": Action.SHARE}

    @extend_schema(responses=OneTagSerializer)
    def get(self, request: Request, code: str, pk: uuid.UUID) -> Response:
        return self.told(pk)

    @extend_schema(request=TagBody, responses=OneTagSerializer)
    def patch(self, request: Request, code: str, pk: uuid.UUID) -> Response:
        tag, body = find(self.organization, pk), TagBody(data=request.data)
        body.is_valid(raise_exception=True)
        tags.rename_tag(tag, body.validated_data["name"], by=self.person)
        return self.told(pk)

    @extend_schema(request=None, responses={204: None})
    def delete(self, request: Request, code: str, pk: uuid.UUID) -> Response:
        tags.delete_tag(find(self.organization, pk), by=self.person)
        return Response(status=status.HTTP_204_NO_CONTENT)

    def told(self, pk: uuid.UUID) -> Response:
        return Response(OneTagSerializer(find(self.organization, pk)).data)


class TagEventListAPI(OrganizationAPI):
    """A custom event gets its name, and with it its code."""

    required = {"POST": Action.SHARE}

    @extend_schema(request=EventBody, responses={201: CodedEventSerializer})
    def post(self, request: Request, code: str, pk: uuid.UUID) -> Response:
        tag, body = find(self.organization, pk), EventBody(data=request.data)
        body.is_valid(raise_exception=True)
        event = tags.add_event(tag, body.validated_data["name"], by=self.person)
        (coded,) = snippets(tag, [event])
        told = {**TagEventSerializer(event).data, "code": coded.code}
        return Response(told, status=status.HTTP_201_CREATED)


class TagEventAPI(OrganizationAPI):
    """Remove a custom event that no page has reported."""

    required = {"DELETE": Action.SHARE}

    @extend_schema(request=None, responses={204: None})
    def delete(self, request: Request, code: str, pk: uuid.UUID) -> Response:
        own = TagEvent.objects.filter(tag__in=Resource.objects.of_organization(self.organization))
        tags.remove_event(get_object_or_404(own.select_related("tag"), pk=pk), by=self.person)
        return Response(status=status.HTTP_204_NO_CONTENT)


class ReceivedTagsAPI(DoorAPI, ListAPIView[Resource]):
    """The account side: the LINE Tags that this account owns and those shared to it, with their code."""

    scopes = {"GET": Scope.READ}
    serializer_class = OneTagSerializer
    queryset = Resource.objects.none()

    def get_queryset(self) -> Any:
        account = managed_account(self.person, self.kwargs["account_id"])
        seen = Resource.objects.seen_by(account).tags().with_contacts()
        return seen.prefetch_related("events").order_by("-created_at", "id")


def tags_of(organization: Organization) -> ResourceQuerySet:
    own = Resource.objects.of_organization(organization).tags()
    return own.with_owner().with_contacts()


def find(organization: Organization, pk: uuid.UUID) -> Resource:
    return get_object_or_404(tags_of(organization), pk=pk)


urlpatterns = [
    path("organizations/<str:code>/tags/", TagListAPI.as_view(), name="api-tags"),
    path("organizations/<str:code>/tags/<uuid:pk>/", TagAPI.as_view(), name="api-tag"),
    path("organizations/<str:code>/tags/<uuid:pk>/events/", TagEventListAPI.as_view(), name="api-tag-events"),
    path("organizations/<str:code>/tags/events/<uuid:pk>/", TagEventAPI.as_view(), name="api-tag-event"),
    path("accounts/<str:account_id>/tags/", ReceivedTagsAPI.as_view(), name="api-received-tags"),
]
