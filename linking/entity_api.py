"""REST of the installation's operators: legal entities, confirmed, renamed and merged."""

from __future__ import annotations

import uuid
from typing import Any

from django.shortcuts import get_object_or_404
from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from linking import entities, installation
from linking.errors import NoSuchCompany
from linking.installation_api import InstallationListAPI, filtered_by
from linking.installation_serializers import (
    CompanyDetailSerializer,
    CompanySerializer,
    MergePreviewSerializer,
)
from linking.registry_forms import EntityFilter
from organizations.api import InstallationAPI
from organizations.business_forms import readable
from organizations.models import LegalEntity
from users.models import Scope

INTO = OpenApiParameter("into", str, required=True, description="Registration number of the one that stays")


class ConfirmBody(serializers.Serializer[Any]):
    seen_name = serializers.CharField(
        max_length=120, trim_whitespace=False, help_text="The name as read and compared"
    )


class RenameBody(ConfirmBody):
    name = serializers.CharField(max_length=120, validators=[readable])


class IntoQuery(serializers.Serializer[Any]):
    into = serializers.CharField(max_length=30)


class MergeBody(serializers.Serializer[Any]):
    into = serializers.UUIDField(help_text="Id of the company that stays")
    number = serializers.CharField(
        max_length=30, help_text="Registration number of the company that is emptied, as confirmation"
    )


class OneCompanyAPI(InstallationAPI):
    def find(self, pk: uuid.UUID) -> LegalEntity:
        company: LegalEntity = get_object_or_404(installation.companies({}), pk=pk)
        return company

    def told(self, pk: uuid.UUID) -> Response:
        return Response(CompanyDetailSerializer(self.find(pk)).data)


@filtered_by(EntityFilter)
class CompaniesAPI(InstallationListAPI):
    """Every company that organizations and accounts name, and by how many."""

    serializer_class = CompanySerializer
    rows = installation.companies


class CompanyAPI(OneCompanyAPI):
    """One legal entity and who names it."""

    scopes = {"GET": Scope.READ}

    @extend_schema(responses=CompanyDetailSerializer)
    def get(self, request: Request, pk: uuid.UUID) -> Response:
        return self.told(pk)


class ConfirmAPI(OneCompanyAPI):
    """Number and name are those of the country's public register."""

    scopes = {"POST": Scope.APPROVE}

    @extend_schema(request=ConfirmBody, responses=CompanyDetailSerializer)
    def post(self, request: Request, pk: uuid.UUID) -> Response:
        company, body = self.find(pk), ConfirmBody(data=request.data)
        body.is_valid(raise_exception=True)
        entities.confirm(company, seen_name=body.validated_data["seen_name"], by=self.person)
        return self.told(pk)


class UnconfirmAPI(OneCompanyAPI):
    """Take the confirmation back."""

    scopes = {"POST": Scope.APPROVE}

    @extend_schema(request=None, responses=CompanyDetailSerializer)
    def post(self, request: Request, pk: uuid.UUID) -> Response:
        entities.unconfirm(self.find(pk), by=self.person)
        return self.told(pk)


class RenameAPI(OneCompanyAPI):
    """Mend the name."""

    scopes = {"POST": Scope.APPROVE}

    @extend_schema(request=RenameBody, responses=CompanyDetailSerializer)
    def post(self, request: Request, pk: uuid.UUID) -> Response:
        company, body = self.find(pk), RenameBody(data=request.data)
        body.is_valid(raise_exception=True)
        said = body.validated_data
        entities.rename(company, name=said["name"], seen_name=said["seen_name"], by=self.person)
        return self.told(pk)


class MergeAPI(OneCompanyAPI):
    """GET says what a merge would change. POST does it: the company in the path is emptied and deleted."""

    scopes = {"GET": Scope.READ, "POST": Scope.APPROVE}

    @extend_schema(parameters=[INTO], responses=MergePreviewSerializer)
    def get(self, request: Request, pk: uuid.UUID) -> Response:
        emptied, query = self.find(pk), IntoQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        into = entities.numbered(emptied, query.validated_data["into"])
        entities.check_merge(emptied, into)
        return Response(MergePreviewSerializer({"emptied": emptied, "into": self.find(into.pk)}).data)

    @extend_schema(request=MergeBody, responses=CompanyDetailSerializer)
    def post(self, request: Request, pk: uuid.UUID) -> Response:
        emptied, body = self.find(pk), MergeBody(data=request.data)
        body.is_valid(raise_exception=True)
        into = LegalEntity.objects.filter(pk=body.validated_data["into"]).first()
        if into is None:
            raise NoSuchCompany(fields={"into": [str(NoSuchCompany.message)]})
        entities.merge(emptied, into, typed=body.validated_data["number"], by=self.person)
        return self.told(into.pk)


COMPANIES = "installation/entities/"
COMPANY = COMPANIES + "<uuid:pk>/"
urlpatterns = [
    path(COMPANIES, CompaniesAPI.as_view(), name="api-entities"),
    path(COMPANY, CompanyAPI.as_view(), name="api-entity"),
    path(COMPANY + "confirm/", ConfirmAPI.as_view(), name="api-confirm-entity"),
    path(COMPANY + "unconfirm/", UnconfirmAPI.as_view(), name="api-unconfirm-entity"),
    path(COMPANY + "rename/", RenameAPI.as_view(), name="api-rename-entity"),
    path(COMPANY + "merge/", MergeAPI.as_view(), name="api-merge-entity"),
]
