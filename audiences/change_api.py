"""REST: rename and delete audiences."""

from __future__ import annotations

import uuid
from typing import Any

from django.shortcuts import get_object_or_404
from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from audiences import changes
from audiences.connectors import NAME_LENGTH
from organizations.api import OrganizationAPI
from organizations.permissions import Action
from resources.api import ResourceSerializer
from resources.models import Resource


class RenameAudienceBody(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=NAME_LENGTH)


class DeleteAudienceBody(serializers.Serializer[Any]):
    confirm_name = serializers.CharField(max_length=NAME_LENGTH, help_text="The audience's name, exactly")


class OneAudienceAPI(OrganizationAPI):
    def find(self, pk: uuid.UUID) -> Resource:
        own = Resource.objects.of_organization(self.organization).with_owner()
        return get_object_or_404(own.exclude(status=Resource.Status.DELETED), pk=pk)


class RenameAPI(OneAudienceAPI):
    """Rename an audience, at LINE and here. What LINE refuses answers 409 and changes nothing."""

    required = {"POST": Action.FEED}

    @extend_schema(request=RenameAudienceBody, responses=ResourceSerializer)
    def post(self, request: Request, code: str, pk: uuid.UUID) -> Response:
        audience, body = self.find(pk), RenameAudienceBody(data=request.data)
        body.is_valid(raise_exception=True)
        changes.rename_audience(audience, by=self.person, **body.validated_data)
        return Response(ResourceSerializer(self.find(pk)).data)


class DeleteAPI(OneAudienceAPI):
    """Delete an audience, at LINE and here: its shares end, connectors that feed it pause. For good."""

    required = {"POST": Action.FEED}

    @extend_schema(request=DeleteAudienceBody, responses={204: None})
    def post(self, request: Request, code: str, pk: uuid.UUID) -> Response:
        audience, body = self.find(pk), DeleteAudienceBody(data=request.data)
        body.is_valid(raise_exception=True)
        changes.delete_audience(audience, by=self.person, **body.validated_data)
        return Response(status=status.HTTP_204_NO_CONTENT)


ORGANIZATION = "organizations/<str:code>/"

urlpatterns = [
    path(f"{ORGANIZATION}resources/<uuid:pk>/rename/", RenameAPI.as_view(), name="api-rename-resource"),
    path(f"{ORGANIZATION}resources/<uuid:pk>/delete/", DeleteAPI.as_view(), name="api-delete-resource"),
]
