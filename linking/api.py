"""REST of linking. Keys are entered on a page only: no token scope reaches a secret."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import F, FilteredRelation, Q
from django.shortcuts import get_object_or_404
from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from linking import applications, services
from linking.access import managed_account
from linking.models import Account, ApiKey, Link, LinkRequest
from linking.serializers import (
    ApplicationBody,
    ApplicationSerializer,
    ApproveBody,
    IssueBody,
    IssuedSerializer,
    KeySerializer,
    LinkReviewSerializer,
    LinkSerializer,
    OwnAccountSerializer,
    RejectBody,
    RequestSerializer,
    SentRequestSerializer,
)
from organizations.api import DoorAPI, OrganizationAPI
from organizations.permissions import Action
from users.models import ApiToken, Scope

STATE = OpenApiParameter("state", enum=LinkRequest.State.values, description="Only requests in this state")


class AccountListAPI(DoorAPI, ListAPIView[Account]):
    """The accounts that the token's person manages on LINE's side."""

    scopes = {"GET": Scope.READ}
    serializer_class = OwnAccountSerializer
    queryset = Account.objects.none()

    def get_queryset(self) -> Any:
        if not self.request.auth:
            return self.queryset
        stay = FilteredRelation("links", condition=Q(links__ended_at=None))
        own = Account.objects.managed_by(self.person).annotate(stay=stay)
        rows = own.annotate(organization_id=F("stay__organization__code"))
        return applications.with_application(rows).order_by("name", "id")


class AccountRequestsAPI(DoorAPI, ListAPIView[LinkRequest]):
    """Ask an organization to take the account in, and see what was asked before."""

    scopes = {"GET": Scope.READ, "POST": Scope.REQUEST}
    serializer_class = SentRequestSerializer
    queryset = LinkRequest.objects.none()

    def get_queryset(self) -> Any:
        if not self.request.auth:
            return self.queryset
        return managed_account(self.person, self.kwargs["account"]).link_requests.order_by("-issued_at", "id")

    @extend_schema(request=IssueBody, responses={201: IssuedSerializer})
    def post(self, request: Request, account: str) -> Response:
        asked = managed_account(self.person, account)
        body = IssueBody(data=request.data)
        body.is_valid(raise_exception=True)
        issued = services.issue_request(
            asked, body.validated_data["organization_id"], by=self.person, approves=self._may_approve()
        )
        answer = IssuedSerializer(issued.link_request, context={"url": issued.url})
        return Response(answer.data, status=status.HTTP_201_CREATED)

    def _may_approve(self) -> bool:
        """A token that may only ask must not link an account, even where its person could."""
        token = self.request.auth
        return isinstance(token, ApiToken) and Scope.APPROVE in token.scopes


class ApplicationAPI(DoorAPI):
    """Ask that a Talk Head View account may be linked; the installation's operators answer."""

    scopes = {"POST": Scope.REQUEST}

    @extend_schema(request=ApplicationBody, responses={201: ApplicationSerializer})
    def post(self, request: Request, account: str) -> Response:
        own = managed_account(self.person, account, Account.Kind.TALK_HEAD_VIEW)
        body = ApplicationBody(data=request.data)
        body.is_valid(raise_exception=True)
        asked = applications.apply(own, note=body.validated_data["note"], by=self.person)
        return Response(ApplicationSerializer(asked).data, status=status.HTTP_201_CREATED)


class CancelAPI(DoorAPI):
    scopes = {"POST": Scope.REQUEST}

    @extend_schema(request=None, responses=SentRequestSerializer)
    def post(self, request: Request, pk: uuid.UUID) -> Response:
        own = LinkRequest.objects.filter(account__in=Account.objects.managed_by(self.person))
        link_request = get_object_or_404(own, pk=pk)
        services.cancel_request(link_request, by=self.person)
        link_request.refresh_from_db()
        return Response(SentRequestSerializer(link_request).data)


class RequestListAPI(OrganizationAPI, ListAPIView[LinkRequest]):
    """Link requests that name the organization, newest first."""

    required = {"GET": Action.VIEW}
    serializer_class = RequestSerializer
    queryset = LinkRequest.objects.none()

    def get_queryset(self) -> Any:
        if not self.request.auth:
            return self.queryset
        requests = self.organization.link_requests.with_parties().order_by("-issued_at", "id")
        state = self.request.query_params.get("state")
        return requests.filter(state=state) if state else requests

    @extend_schema(parameters=[STATE])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)


class OneRequestAPI(OrganizationAPI):
    def find(self, pk: uuid.UUID) -> LinkRequest:
        return get_object_or_404(self.organization.link_requests.with_parties(), pk=pk)

    def told(self, pk: uuid.UUID) -> Response:
        return Response(RequestSerializer(self.find(pk), context={"request": self.request}).data)


class RequestAPI(OneRequestAPI):
    """One request, with the facts to decide on."""

    required = {"GET": Action.VIEW}

    @extend_schema(responses=RequestSerializer)
    def get(self, request: Request, code: str, pk: uuid.UUID) -> Response:
        return self.told(pk)


class ApproveAPI(OneRequestAPI):
    """Link the account for good. Approving again changes nothing and answers the same.

    Where the organization asks for two approvals the first one answers PENDING, with `approvals` 1 of 2.
    """

    required = {"POST": Action.APPROVE}

    @extend_schema(request=ApproveBody, responses=RequestSerializer)
    def post(self, request: Request, code: str, pk: uuid.UUID) -> Response:
        link_request, body = self.find(pk), ApproveBody(data=request.data)
        body.is_valid(raise_exception=True)
        services.approve_request(
            link_request,
            by=self.person,
            typed_code=body.validated_data["organization_id"],
            facts_digest=body.validated_data["facts_digest"],
            shares_everything=body.validated_data["shares_everything"],
        )
        return self.told(pk)


class RejectAPI(OneRequestAPI):
    required = {"POST": Action.APPROVE}

    @extend_schema(request=RejectBody, responses=RequestSerializer)
    def post(self, request: Request, code: str, pk: uuid.UUID) -> Response:
        link_request, body = self.find(pk), RejectBody(data=request.data)
        body.is_valid(raise_exception=True)
        services.reject_request(link_request, by=self.person, reason=body.validated_data["reason"])
        return self.told(pk)


class LinkedAccountListAPI(OrganizationAPI, ListAPIView[Link]):
    """Accounts linked to the organization now."""

    required = {"GET": Action.VIEW}
    serializer_class = LinkSerializer
    queryset = Link.objects.none()

    def get_queryset(self) -> Any:
        if not self.request.auth:
            return self.queryset
        return self.organization.links.open().select_related("account").order_by("account__name", "id")


class LinkReviewAPI(OrganizationAPI):
    """The linking review of one account. POST asks for it again after a rejection."""

    required = {"GET": Action.VIEW, "POST": Action.APPROVE}

    @extend_schema(responses=LinkReviewSerializer)
    def get(self, request: Request, code: str, account: uuid.UUID) -> Response:
        return Response(LinkReviewSerializer(self.find(account)).data)

    @extend_schema(request=None, responses=LinkReviewSerializer)
    def post(self, request: Request, code: str, account: uuid.UUID) -> Response:
        services.resubmit_review(self.find(account), by=self.person)
        return self.get(request, code, account)

    def find(self, account: uuid.UUID) -> Link:
        parties = ("account__legal_entity", "organization__legal_entity", "organization__business_info")
        return get_object_or_404(self.organization.links.open().select_related(*parties), account=account)


class MoveAPI(OrganizationAPI):
    """Offer a linked account to another organization. Nothing changes until its administrator approves."""

    required = {"POST": Action.MOVE}

    @extend_schema(request=IssueBody, responses={201: IssuedSerializer})
    def post(self, request: Request, code: str, account: uuid.UUID) -> Response:
        links = self.organization.links.open().select_related("account", "organization")
        link, body = get_object_or_404(links, account=account), IssueBody(data=request.data)
        body.is_valid(raise_exception=True)
        issued = services.start_move(link, body.validated_data["organization_id"], by=self.person)
        answer = IssuedSerializer(issued.link_request, context={"url": issued.url})
        return Response(answer.data, status=status.HTTP_201_CREATED)


class CancelMoveAPI(OrganizationAPI):
    """Take the offer back, as long as nobody has approved it."""

    required = {"POST": Action.MOVE}

    @extend_schema(request=None, responses=SentRequestSerializer)
    def post(self, request: Request, code: str, pk: uuid.UUID) -> Response:
        started = LinkRequest.objects.filter(moves_from__organization=self.organization)
        link_request = get_object_or_404(started.select_related("account", "moves_from__organization"), pk=pk)
        services.cancel_move(link_request, by=self.person)
        link_request.refresh_from_db()
        return Response(SentRequestSerializer(link_request).data)


class KeyListAPI(OrganizationAPI, ListAPIView[ApiKey]):
    """API keys without their secrets. A key is entered on its page, under a fresh password."""

    required = {"GET": Action.VIEW}
    serializer_class = KeySerializer
    queryset = ApiKey.objects.none()

    def get_queryset(self) -> Any:
        if not self.request.auth:
            return self.queryset
        return self.organization.api_keys.prefetch_related("accounts").order_by("name", "id")


class KeyCheckAPI(OrganizationAPI):
    """Ask LINE whether the key works and which accounts it reaches."""

    required = {"POST": Action.USE_KEY}

    @extend_schema(request=None, responses=KeySerializer)
    def post(self, request: Request, code: str, pk: uuid.UUID) -> Response:
        api_key = get_object_or_404(self.organization.api_keys, pk=pk)
        return Response(KeySerializer(services.check_key(api_key, by=self.person)).data)


ORGANIZATION = "organizations/<str:code>/"
urlpatterns = [
    path("accounts/", AccountListAPI.as_view(), name="api-accounts"),
    path("accounts/<str:account>/link-requests/", AccountRequestsAPI.as_view(), name="api-account-requests"),
    path("accounts/<str:account>/application/", ApplicationAPI.as_view(), name="api-apply"),
    path("link-requests/<uuid:pk>/cancel/", CancelAPI.as_view(), name="api-cancel-request"),
    path(ORGANIZATION + "link-requests/", RequestListAPI.as_view(), name="api-requests"),
    path(ORGANIZATION + "link-requests/<uuid:pk>/", RequestAPI.as_view(), name="api-request"),
    path(ORGANIZATION + "link-requests/<uuid:pk>/approve/", ApproveAPI.as_view(), name="api-approve"),
    path(ORGANIZATION + "link-requests/<uuid:pk>/reject/", RejectAPI.as_view(), name="api-reject"),
    path(ORGANIZATION + "accounts/", LinkedAccountListAPI.as_view(), name="api-linked-accounts"),
    path(ORGANIZATION + "accounts/<uuid:account>/review/", LinkReviewAPI.as_view(), name="api-review"),
    path(ORGANIZATION + "accounts/<uuid:account>/move/", MoveAPI.as_view(), name="api-move"),
    path(ORGANIZATION + "moves/<uuid:pk>/cancel/", CancelMoveAPI.as_view(), name="api-cancel-move"),
    path(ORGANIZATION + "api-keys/", KeyListAPI.as_view(), name="api-keys"),
    path(ORGANIZATION + "api-keys/<uuid:pk>/check/", KeyCheckAPI.as_view(), name="api-check-key"),
]
