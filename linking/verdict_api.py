"""REST of the installation's operators: reviews of organizations, and of links that the rule left open."""

from __future__ import annotations

import uuid
from typing import Any

from django.shortcuts import get_object_or_404
from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from linking import installation, reviews
from linking.installation_api import InstallationListAPI, filtered_by
from linking.installation_serializers import (
    ReviewedLinkDetailSerializer,
    ReviewedLinkSerializer,
    ReviewedOrganizationDetailSerializer,
    ReviewedOrganizationSerializer,
)
from linking.models import Link
from linking.registry_forms import ReviewFilter
from linking.serializers import RejectBody
from organizations import reviews as organization_reviews
from organizations.api import InstallationAPI
from organizations.models import Organization
from users.models import Scope

PARTIES = ("account__legal_entity", "organization__legal_entity", "organization__business_info")


class VerifyOrganizationBody(serializers.Serializer[Any]):
    facts_digest = serializers.CharField(max_length=64, help_text="As read with the organization")


class RejectOrganizationBody(VerifyOrganizationBody, RejectBody):
    pass


@filtered_by(ReviewFilter)
class OrganizationReviewsAPI(InstallationListAPI):
    """Organizations and where their reviews stand. What waits comes first, oldest on top."""

    serializer_class = ReviewedOrganizationSerializer
    rows = installation.organizations


class OneOrganizationAPI(InstallationAPI):
    def find(self, code: str) -> Organization:
        parties = Organization.objects.select_related("legal_entity", "business_info")
        return get_object_or_404(parties, code=code)

    def told(self, code: str) -> Response:
        return Response(ReviewedOrganizationDetailSerializer(self.find(code)).data)


class OrganizationReviewAPI(OneOrganizationAPI):
    """What to compare before the verdict."""

    scopes = {"GET": Scope.READ}

    @extend_schema(responses=ReviewedOrganizationDetailSerializer)
    def get(self, request: Request, code: str) -> Response:
        return self.told(code)


class VerifyOrganizationAPI(OneOrganizationAPI):
    """The company exists and these people belong to it. Its legal entity is confirmed, its info frozen."""

    scopes = {"POST": Scope.APPROVE}

    @extend_schema(request=VerifyOrganizationBody, responses=ReviewedOrganizationDetailSerializer)
    def post(self, request: Request, code: str) -> Response:
        held, body = self.find(code), VerifyOrganizationBody(data=request.data)
        body.is_valid(raise_exception=True)
        shown = body.validated_data["facts_digest"]
        organization_reviews.decide(held, passed=True, reason="", shown=shown, by=self.person)
        return self.told(code)


class RejectOrganizationAPI(OneOrganizationAPI):
    """Its administrators read the reason and can ask again."""

    scopes = {"POST": Scope.APPROVE}

    @extend_schema(request=RejectOrganizationBody, responses=ReviewedOrganizationDetailSerializer)
    def post(self, request: Request, code: str) -> Response:
        held, body = self.find(code), RejectOrganizationBody(data=request.data)
        body.is_valid(raise_exception=True)
        said = body.validated_data
        organization_reviews.decide(
            held, passed=False, reason=said["reason"], shown=said["facts_digest"], by=self.person
        )
        return self.told(code)


@filtered_by(ReviewFilter)
class LinkReviewsAPI(InstallationListAPI):
    """Open links and where their reviews stand. What waits comes first, oldest on top."""

    serializer_class = ReviewedLinkSerializer
    rows = installation.links


class OneLinkAPI(InstallationAPI):
    def find(self, pk: uuid.UUID) -> Link:
        return get_object_or_404(Link.objects.open().select_related(*PARTIES), pk=pk)

    def told(self, pk: uuid.UUID) -> Response:
        return Response(ReviewedLinkDetailSerializer(self.find(pk)).data)


class OpenLinkReviewAPI(OneLinkAPI):
    """What the rule asked, one by one, and what it found."""

    scopes = {"GET": Scope.READ}

    @extend_schema(responses=ReviewedLinkDetailSerializer)
    def get(self, request: Request, pk: uuid.UUID) -> Response:
        return self.told(pk)


class VerifyLinkAPI(OneLinkAPI):
    """Account and organization have the same owner: sharing opens."""

    scopes = {"POST": Scope.APPROVE}

    @extend_schema(request=None, responses=ReviewedLinkDetailSerializer)
    def post(self, request: Request, pk: uuid.UUID) -> Response:
        reviews.decide(self.find(pk), passed=True, reason="", by=self.person)
        return self.told(pk)


class RejectLinkAPI(OneLinkAPI):
    """Sharing stays closed; the link itself stays. The organization's administrators read the reason."""

    scopes = {"POST": Scope.APPROVE}

    @extend_schema(request=RejectBody, responses=ReviewedLinkDetailSerializer)
    def post(self, request: Request, pk: uuid.UUID) -> Response:
        held, body = self.find(pk), RejectBody(data=request.data)
        body.is_valid(raise_exception=True)
        reviews.decide(held, passed=False, reason=body.validated_data["reason"], by=self.person)
        return self.told(pk)


ORGANIZATIONS, LINKS = "installation/organizations/", "installation/links/"
ORGANIZATION, LINK = ORGANIZATIONS + "<str:code>/", LINKS + "<uuid:pk>/"
urlpatterns = [
    path(ORGANIZATIONS, OrganizationReviewsAPI.as_view(), name="api-organization-reviews"),
    path(ORGANIZATION, OrganizationReviewAPI.as_view(), name="api-organization-review"),
    path(ORGANIZATION + "verify/", VerifyOrganizationAPI.as_view(), name="api-verify-organization"),
    path(ORGANIZATION + "reject/", RejectOrganizationAPI.as_view(), name="api-reject-organization"),
    path(LINKS, LinkReviewsAPI.as_view(), name="api-link-reviews"),
    path(LINK, OpenLinkReviewAPI.as_view(), name="api-link-review"),
    path(LINK + "verify/", VerifyLinkAPI.as_view(), name="api-verify-link"),
    path(LINK + "reject/", RejectLinkAPI.as_view(), name="api-reject-link"),
]
