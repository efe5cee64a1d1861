"""REST of share requests: asked by members and by an account's managers, answered by who may share."""

from __future__ import annotations

import uuid
from typing import Any

from django.shortcuts import get_object_or_404
from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from linking.access import managed_account
from organizations.api import DoorAPI, OrganizationAPI
from organizations.errors import Invalid
from organizations.models import Organization
from organizations.permissions import Action
from resources import share_answers
from resources import share_requests as services
from resources.api import ShareBody, link_of
from resources.models import Resource, ShareRequest
from resources.request_models import ShareRequestQuerySet
from users.models import Scope

STATE = OpenApiParameter(
    "state", enum=ShareRequest.State.values, description="Only requests written down in this state"
)


class OwnRequestSerializer(serializers.ModelSerializer[ShareRequest]):
    state = serializers.ChoiceField(
        ShareRequest.State.choices, source="shown_state", read_only=True, help_text="As of this moment"
    )
    shared = serializers.SerializerMethodField(help_text="Resources that were shared for it")

    class Meta:
        model = ShareRequest
        fields = ["id", "what", "line_id", "note", "state", "asked_at", "expires_at", "closed_at", "reason",
                  "shared"]  # fmt: skip

    def get_shared(self, asked: ShareRequest) -> list[uuid.UUID]:
        return [share.resource_id for share in asked.shares.all()]


class ShareRequestSerializer(OwnRequestSerializer):
    account = serializers.CharField(source="to_link.account.public_id", read_only=True)
    asked_by = serializers.CharField(source="asked_by.name", read_only=True)

    class Meta(OwnRequestSerializer.Meta):
        fields = [*OwnRequestSerializer.Meta.fields, "resource", "account", "asked_by", "is_from_account"]


class AskBody(serializers.Serializer[Any]):
    account = serializers.CharField(
        help_text="UUID, Basic ID or A… id of an account linked to this organization"
    )
    resource = serializers.UUIDField(default=None, allow_null=True, help_text="id of a resource")
    everything = serializers.BooleanField(
        default=False, help_text="Instead of one resource: all of them, now and later"
    )
    note = serializers.CharField(max_length=500, default="", allow_blank=True)


class WordsBody(serializers.Serializer[Any]):
    note = serializers.CharField(
        max_length=500, default="", allow_blank=True, help_text="Which audience, in words"
    )
    line_id = serializers.CharField(
        max_length=40, default="", allow_blank=True, help_text="The audience's id at LINE, if known"
    )
    everything = serializers.BooleanField(default=False)


class GrantBody(serializers.Serializer[Any]):
    resources = serializers.ListField(
        child=serializers.UUIDField(), default=list, help_text="What a request in words means"
    )
    until = serializers.DateTimeField(
        required=False, allow_null=True, default=None, help_text="When what is shared ends by itself"
    )
    validate_until = ShareBody.validate_until


class RefuseBody(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=500)


class ShareRequestListAPI(OrganizationAPI, ListAPIView[ShareRequest]):
    """What was asked to be shared, newest first. POST asks: one resource, or everything, for one account."""

    required = {"GET": Action.VIEW, "POST": Action.ASK}
    serializer_class = ShareRequestSerializer
    queryset = ShareRequest.objects.none()

    def get_queryset(self) -> Any:
        if not self.request.auth:
            return self.queryset
        rows = told(self.organization).order_by("-asked_at", "id")
        state = self.request.query_params.get("state")
        return rows.filter(state=state) if state else rows

    @extend_schema(parameters=[STATE])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    @extend_schema(request=AskBody, responses={201: ShareRequestSerializer})
    def post(self, request: Request, code: str) -> Response:
        body = AskBody(data=request.data)
        body.is_valid(raise_exception=True)
        asked = self.ask(body.validated_data)
        return Response(ShareRequestSerializer(asked).data, status=status.HTTP_201_CREATED)

    def ask(self, wanted: dict[str, Any]) -> ShareRequest:
        link = link_of(self.organization, wanted["account"])
        if wanted["everything"]:
            return services.ask_for_everything(link, note=wanted["note"], by=self.person)
        resource = own_resources(self.organization).filter(pk=wanted["resource"]).first()
        if resource is None:
            raise Invalid("This organization has no such resource.", fields={"resource": ["Unknown id."]})
        (asked,) = services.ask([(link, resource)], note=wanted["note"], by=self.person)
        return asked


def own_resources(organization: Organization) -> Any:
    return Resource.objects.of_organization(organization).exclude(status=Resource.Status.DELETED)


def told(organization: Organization) -> ShareRequestQuerySet:
    return ShareRequest.objects.of_organization(organization).with_parties().prefetch_related("shares")


class OneShareRequestAPI(OrganizationAPI):
    def find(self, pk: uuid.UUID) -> ShareRequest:
        return get_object_or_404(told(self.organization), pk=pk)

    def told(self, pk: uuid.UUID) -> Response:
        return Response(ShareRequestSerializer(self.find(pk)).data)


class ShareRequestAPI(OneShareRequestAPI):
    required = {"GET": Action.VIEW}

    @extend_schema(responses=ShareRequestSerializer)
    def get(self, request: Request, code: str, pk: uuid.UUID) -> Response:
        return self.told(pk)


class GrantShareRequestAPI(OneShareRequestAPI):
    """Share what is asked. `resources` is needed where it was asked in words; a rule's no leaves it open."""

    required = {"POST": Action.SHARE}

    @extend_schema(request=GrantBody, responses=ShareRequestSerializer)
    def post(self, request: Request, code: str, pk: uuid.UUID) -> Response:
        asked, body = self.find(pk), GrantBody(data=request.data)
        body.is_valid(raise_exception=True)
        wanted = set(body.validated_data["resources"])
        resources = list(own_resources(self.organization).filter(pk__in=wanted))
        if len(resources) < len(wanted):
            raise Invalid("This organization has no such resource.", fields={"resources": ["Unknown id."]})
        share_answers.grant(asked, resources=resources, until=body.validated_data["until"], by=self.person)
        return self.told(pk)


class RefuseShareRequestAPI(OneShareRequestAPI):
    """Who asked reads the reason and can ask again."""

    required = {"POST": Action.SHARE}

    @extend_schema(request=RefuseBody, responses=ShareRequestSerializer)
    def post(self, request: Request, code: str, pk: uuid.UUID) -> Response:
        asked, body = self.find(pk), RefuseBody(data=request.data)
        body.is_valid(raise_exception=True)
        share_answers.refuse(asked, reason=body.validated_data["reason"], by=self.person)
        return self.told(pk)


class WithdrawShareRequestAPI(OneShareRequestAPI):
    """Take back what the token's person asked."""

    required = {"POST": Action.ASK}

    @extend_schema(request=None, responses=ShareRequestSerializer)
    def post(self, request: Request, code: str, pk: uuid.UUID) -> Response:
        services.withdraw(self.find(pk), by=self.person)
        return self.told(pk)


class AccountShareRequestsAPI(DoorAPI, ListAPIView[ShareRequest]):
    """The account's side: ask in words, and see what the token's person asked here before."""

    scopes = {"GET": Scope.READ, "POST": Scope.REQUEST}
    serializer_class = OwnRequestSerializer
    queryset = ShareRequest.objects.none()

    def get_queryset(self) -> Any:
        if not self.request.auth:
            return self.queryset
        account = managed_account(self.person, self.kwargs["account"])
        own = ShareRequest.objects.of_account_side(account, self.person)
        return own.with_parties().prefetch_related("shares").order_by("-asked_at", "id")

    @extend_schema(request=WordsBody, responses={201: OwnRequestSerializer})
    def post(self, request: Request, account: str) -> Response:
        own, body = managed_account(self.person, account), WordsBody(data=request.data)
        body.is_valid(raise_exception=True)
        asked = services.ask_in_words(own, by=self.person, **body.validated_data)
        return Response(OwnRequestSerializer(asked).data, status=status.HTTP_201_CREATED)


class WithdrawOwnRequestAPI(DoorAPI):
    scopes = {"POST": Scope.REQUEST}

    @extend_schema(request=None, responses=OwnRequestSerializer)
    def post(self, request: Request, account: str, pk: uuid.UUID) -> Response:
        own = ShareRequest.objects.of_account_side(managed_account(self.person, account), self.person)
        asked = get_object_or_404(own.with_parties(), pk=pk)
        services.withdraw(asked, by=self.person)
        return Response(OwnRequestSerializer(asked).data)


REQUESTS = "organizations/<str:code>/share-requests/"
OWN = "accounts/<str:account>/share-requests/"
urlpatterns = [
    path(REQUESTS, ShareRequestListAPI.as_view(), name="api-share-requests"),
    path(REQUESTS + "<uuid:pk>/", ShareRequestAPI.as_view(), name="api-share-request"),
    path(REQUESTS + "<uuid:pk>/grant/", GrantShareRequestAPI.as_view(), name="api-grant-share-request"),
    path(REQUESTS + "<uuid:pk>/refuse/", RefuseShareRequestAPI.as_view(), name="api-refuse-share-request"),
    path(
        REQUESTS + "<uuid:pk>/withdraw/", WithdrawShareRequestAPI.as_view(), name="api-withdraw-share-request"
    ),
    path(OWN, AccountShareRequestsAPI.as_view(), name="api-account-share-requests"),
    path(OWN + "<uuid:pk>/withdraw/", WithdrawOwnRequestAPI.as_view(), name="api-withdraw-own-request"),
]
