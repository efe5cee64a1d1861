"""REST of many shares at once, and of all shares as a table."""

from __future__ import annotations

import uuid
from typing import Any

from django.shortcuts import get_object_or_404
from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from organizations.api import OrganizationAPI
from organizations.errors import Invalid
from organizations.permissions import Action
from resources import bulk
from resources.api import links_of
from resources.bulk_models import BulkChange, BulkItem, Outcome
from resources.models import Resource

OUTCOME = OpenApiParameter("outcome", enum=Outcome.values, description="Only pairs with this outcome")


class BulkSerializer(serializers.ModelSerializer[BulkChange]):
    class Meta:
        model = BulkChange
        fields = ["id", "state", "file_name", "until", "created_at", "started_at", "finished_at"]


class OneBulkSerializer(BulkSerializer):
    outcomes = serializers.SerializerMethodField(help_text="How many pairs of each outcome")
    pairs = serializers.SerializerMethodField(help_text="How many pairs there are, checked or not")

    class Meta(BulkSerializer.Meta):
        fields = [*BulkSerializer.Meta.fields, "pairs", "outcomes"]

    @extend_schema_field(serializers.DictField(child=serializers.IntegerField()))
    def get_outcomes(self, change: BulkChange) -> dict[str, int]:
        return change.items.counted()

    def get_pairs(self, change: BulkChange) -> int:
        return max(change.planned, change.items.count())


class ItemSerializer(serializers.ModelSerializer[BulkItem]):
    account = serializers.CharField(source="to_link.account.public_id", read_only=True)
    reason = serializers.CharField(source="said", read_only=True)

    class Meta:
        model = BulkItem
        fields = ["resource", "account", "act", "until", "outcome", "reason"]


class BulkBody(serializers.Serializer[Any]):
    resources = serializers.ListField(child=serializers.UUIDField(), max_length=bulk.MOST_RESOURCES)
    accounts = serializers.ListField(
        child=serializers.CharField(max_length=40),
        max_length=bulk.MOST_LINKS,
        help_text="UUID, Basic ID or A… id of linked accounts",
    )
    until = serializers.DateTimeField(default=None, allow_null=True)


class BulkListAPI(OrganizationAPI, ListAPIView[BulkChange]):
    """POST checks each resource with each account and changes nothing; `start` does what the check allows."""

    required = {"GET": Action.VIEW, "POST": Action.SHARE}
    serializer_class = BulkSerializer
    queryset = BulkChange.objects.none()

    def get_queryset(self) -> Any:
        return self.organization.bulk_changes.all() if self.request.auth else self.queryset

    @extend_schema(request=BulkBody, responses={202: OneBulkSerializer})
    def post(self, request: Request, code: str) -> Response:
        body = BulkBody(data=request.data)
        body.is_valid(raise_exception=True)
        entered = body.validated_data
        links = links_of(self.organization, entered["accounts"], "accounts")
        resources = self._resources(entered["resources"])
        change = bulk.draft(self.organization, by=self.person)
        bulk.choose(change, resources=resources, links=[link.pk for link in links])
        bulk.start_check(change, until=entered["until"])
        return worked_on(change)

    def _resources(self, ids: list[uuid.UUID]) -> list[uuid.UUID]:
        own = Resource.objects.of_organization(self.organization).exclude(status="DELETED")
        known = set(own.filter(pk__in=ids).values_list("pk", flat=True))
        if unknown := [str(pk) for pk in ids if pk not in known]:
            message = "Nothing was begun: some resources are not of this organization."
            raise Invalid(message, fields={"resources": unknown[:20]})
        return ids


def worked_on(change: BulkChange) -> Response:
    """What is small is done before the answer; a worker does the rest."""
    if bulk.is_small(change):
        bulk.work(change.pk)
    change.refresh_from_db()
    return Response(OneBulkSerializer(change).data, status=status.HTTP_202_ACCEPTED)


class OneBulkAPI(OrganizationAPI):
    def find(self, pk: uuid.UUID) -> BulkChange:
        return get_object_or_404(
            BulkChange.objects.select_related("organization", "created_by"),
            organization=self.organization,
            pk=pk,
        )


class BulkAPI(OneBulkAPI):
    required = {"GET": Action.VIEW}

    @extend_schema(responses=OneBulkSerializer)
    def get(self, request: Request, code: str, pk: uuid.UUID) -> Response:
        return Response(OneBulkSerializer(self.find(pk)).data)


class StartBulkAPI(OneBulkAPI):
    """Share what the check found possible."""

    required = {"POST": Action.SHARE}

    @extend_schema(request=None, responses={202: OneBulkSerializer})
    def post(self, request: Request, code: str, pk: uuid.UUID) -> Response:
        change = self.find(pk)
        bulk.start(change, by=self.person)
        return worked_on(change)


class CancelBulkAPI(OneBulkAPI):
    """Stop where it is. What was shared by then stays shared; `items` says what."""

    required = {"POST": Action.SHARE}

    @extend_schema(request=None, responses=OneBulkSerializer)
    def post(self, request: Request, code: str, pk: uuid.UUID) -> Response:
        change = self.find(pk)
        bulk.cancel(change, by=self.person)
        return Response(OneBulkSerializer(change).data)


class BulkItemsAPI(OrganizationAPI, ListAPIView[BulkItem]):
    """Each pair with what came of it, refused ones first."""

    required = {"GET": Action.VIEW}
    serializer_class = ItemSerializer
    queryset = BulkItem.objects.none()

    def get_queryset(self) -> Any:
        if not self.request.auth:
            return self.queryset
        change = get_object_or_404(self.organization.bulk_changes, pk=self.kwargs["pk"])
        items = BulkItem.objects.filter(change=change).select_related("to_link__account").worst_first()
        outcome = self.request.query_params.get("outcome")
        return items.filter(outcome=outcome) if outcome else items

    @extend_schema(parameters=[OUTCOME])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)


BULK = "organizations/<str:code>/bulk-shares/"
urlpatterns = [
    path(BULK, BulkListAPI.as_view(), name="api-bulk-list"),
    path(BULK + "<uuid:pk>/", BulkAPI.as_view(), name="api-bulk"),
    path(BULK + "<uuid:pk>/items/", BulkItemsAPI.as_view(), name="api-bulk-items"),
    path(BULK + "<uuid:pk>/start/", StartBulkAPI.as_view(), name="api-start-bulk"),
    path(BULK + "<uuid:pk>/cancel/", CancelBulkAPI.as_view(), name="api-cancel-bulk"),
]
