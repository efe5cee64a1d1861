"""REST: have LINE asked for an account's audiences, and see how far it is."""

from __future__ import annotations

import uuid
from typing import Any

from django.shortcuts import get_object_or_404
from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from audiences import mirrors
from audiences.mirrors import Refreshing
from linking.models import Link
from organizations.api import OrganizationAPI
from organizations.permissions import Action


class RefreshTroubleSerializer(serializers.Serializer[Any]):
    what_happened = serializers.CharField()
    what_to_do = serializers.CharField()


class RefreshingSerializer(serializers.Serializer[Refreshing]):
    state = serializers.ChoiceField(choices=["NEVER", "UNDER_WAY", "REFRESHED", "FAILED"])
    refreshed_at = serializers.DateTimeField(allow_null=True, help_text="When LINE was last heard to the end")
    left_out = serializers.IntegerField(help_text="Audiences in words that this console does not know")
    troubles = RefreshTroubleSerializer(many=True)


class RefreshAPI(OrganizationAPI):
    """The account's audiences as LINE has them. POST asks LINE now, GET says how far it is."""

    required = {"GET": Action.VIEW, "POST": Action.USE_KEY}

    @extend_schema(responses=RefreshingSerializer)
    def get(self, request: Request, code: str, account: uuid.UUID) -> Response:
        return self.told(self.find(account), status.HTTP_200_OK)

    @extend_schema(request=None, responses={202: RefreshingSerializer})
    def post(self, request: Request, code: str, account: uuid.UUID) -> Response:
        link = self.find(account)
        mirrors.ask_refresh(link, by=self.person)
        return self.told(link, status.HTTP_202_ACCEPTED)

    def find(self, account: uuid.UUID) -> Link:
        links = self.organization.links.open().select_related("account", "organization")
        return get_object_or_404(links, account=account)

    def told(self, link: Link, answer: int) -> Response:
        return Response(RefreshingSerializer(mirrors.of_link(link)).data, status=answer)


urlpatterns = [
    path(
        "organizations/<str:code>/accounts/<uuid:account>/refresh/", RefreshAPI.as_view(), name="api-refresh"
    ),
]
