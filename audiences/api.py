"""REST of feeding: upload a list, save a connector, start a run, watch it, send it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Any, ClassVar, cast

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import path
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.generics import ListAPIView
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from audiences import datasets, destinations, downloads, previews, services
from audiences.connectors import NewAudience, Recipe, save_connector
from audiences.identifiers import COUNTRIES
from audiences.models import Connector, Dataset, Run
from audiences.serializers import (
    ConnectorBody,
    ConnectorSerializer,
    DatasetSerializer,
    RunSerializer,
    RunSummarySerializer,
    StartBody,
    UploadBody,
)
from linking.models import Account
from organizations import storage
from organizations.api import OrganizationAPI
from organizations.errors import Invalid, NotAllowed
from organizations.models import Organization
from organizations.permissions import Action, allowed
from resources.models import Resource

STATE = OpenApiParameter("state", enum=Run.State.values, description="Only runs in this state")


class DatasetListAPI(OrganizationAPI, ListAPIView[Dataset]):
    """Uploaded lists, newest first. POST takes `multipart/form-data` with one `file`."""

    required = {"GET": Action.VIEW, "POST": Action.FEED}
    serializer_class = DatasetSerializer
    queryset = Dataset.objects.none()
    parser_classes = [MultiPartParser]

    def get_queryset(self) -> Any:
        return self.organization.datasets.all() if self.request.auth else self.queryset

    @extend_schema(request={"multipart/form-data": UploadBody}, responses={201: DatasetSerializer})
    def post(self, request: Request, code: str) -> Response:
        upload = storage.received(cast(HttpRequest, request), "file")
        dataset = datasets.receive_dataset(self.organization, by=self.person, upload=upload)
        return Response(DatasetSerializer(dataset).data, status=status.HTTP_201_CREATED)


class ConnectorListAPI(OrganizationAPI, ListAPIView[Connector]):
    """Connectors, newest first. POST saves one; what its body leaves out is guessed from the file."""

    required = {"GET": Action.VIEW, "POST": Action.FEED}
    serializer_class = ConnectorSerializer
    queryset = Connector.objects.none()

    def get_queryset(self) -> Any:
        if not self.request.auth:
            return self.queryset
        return self.organization.connectors.select_related("destination__owner_account")

    @extend_schema(request=ConnectorBody, responses={201: ConnectorSerializer})
    def post(self, request: Request, code: str) -> Response:
        body = ConnectorBody(data=request.data)
        body.is_valid(raise_exception=True)
        said = body.validated_data
        dataset = self.organization.datasets.filter(pk=said["dataset"]).first()
        if dataset is None:
            raise unknown("dataset")
        recipe = recipe_from(dataset, said)
        connector = save_connector(
            self.organization,
            by=self.person,
            dataset=dataset,
            recipe=recipe,
            destination=destination_from(self.organization, recipe, said["destination"]),
            **{
                field: said[field]
                for field in ("name", "mode", "phone_form", "confirm_name")
                if field in said
            },
        )
        return Response(ConnectorSerializer(connector).data, status=status.HTTP_201_CREATED)


def unknown(field: str) -> Invalid:
    return Invalid(fields={field: [_("This organization has nothing with this id.")]})


def recipe_from(dataset: Dataset, said: dict[str, Any]) -> Recipe:
    """The guesses, overruled by what the caller said."""
    facts = previews.read_as(
        dataset,
        encoding=said.get("encoding", ""),
        delimiter=said.get("delimiter", ""),
        has_header=said.get("has_header"),
    )
    guessed = previews.guess_from(dataset, facts, said.get("identifier", ""))
    names = {"hashed": "is_hashed", "landlines": "sends_landlines"}
    plain = {names.get(key, key): said[key] for key in ("hashed", "landlines", "country") if key in said}
    if plain.get("country") and plain["country"] not in COUNTRIES:
        raise Invalid(fields={"country": [_("Choose one of %(codes)s.") % {"codes": ", ".join(COUNTRIES)}]})
    column = previews.column_named(facts, said["column"]) if "column" in said else guessed.column
    return replace(guessed, column=column, **plain)


def destination_from(
    organization: Organization, recipe: Recipe, said: dict[str, Any]
) -> NewAudience | Resource:
    if "resource" in said:
        audience = (
            destinations.audiences_for(organization, recipe.identifier).filter(pk=said["resource"]).first()
        )
        if audience is None:
            raise unknown("resource")
        return audience
    linked = Account.objects.linked_to(organization).filter(kind=Account.Kind.ADS)
    account = linked.addressed(said["ad_account"]).first()
    if account is None:
        raise unknown("ad_account")
    return NewAudience(account, said["name"])


class RunListAPI(OrganizationAPI, ListAPIView[Run]):
    """Runs of the organization, newest first."""

    required = {"GET": Action.VIEW}
    serializer_class = RunSummarySerializer
    queryset = Run.objects.none()

    def get_queryset(self) -> Any:
        if not self.request.auth:
            return self.queryset
        runs = Run.objects.filter(connector__organization=self.organization).with_parties()
        state = self.request.query_params.get("state")
        return runs.filter(state=state) if state else runs

    @extend_schema(parameters=[STATE])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)


class StartRunAPI(OrganizationAPI):
    """Start a run: it counts what would be sent and waits, or sends by itself with `send`."""

    required = {"POST": Action.FEED}

    @extend_schema(request=StartBody, responses={202: RunSerializer})
    def post(self, request: Request, pk: uuid.UUID) -> Response:
        connectors = Connector.objects.filter(organization__in=Organization.objects.visible_to(self.person))
        connector = get_object_or_404(
            connectors.select_related("organization", "dataset", "destination"), pk=pk
        )
        self.admit(connector.organization)
        body = StartBody(data=request.data)
        body.is_valid(raise_exception=True)
        said = body.validated_data
        if said["send"]:
            self.check_may_send()
        run = services.start_run(
            connector, by=self.person, consent=said["consent"], sends_by_itself=said["send"]
        )
        return Response(RunSerializer(run).data, status=status.HTTP_202_ACCEPTED)

    def check_may_send(self) -> None:
        seat = self.organization.memberships.get(user=self.person)
        if Action.USE_KEY not in allowed(seat.role):
            raise NotAllowed


class OneRunAPI(OrganizationAPI):
    def find(self, pk: uuid.UUID) -> Run:
        own = Run.objects.filter(connector__organization__in=Organization.objects.visible_to(self.person))
        run = get_object_or_404(own.with_parties(), pk=pk)
        self.admit(run.organization)
        return run


class RunAPI(OneRunAPI):
    """One run: where it is, what was counted, what LINE answered."""

    required = {"GET": Action.VIEW}

    @extend_schema(responses=RunSerializer)
    def get(self, request: Request, pk: uuid.UUID) -> Response:
        return Response(RunSerializer(self.find(pk)).data)


class RejectsAPI(OneRunAPI):
    """Line numbers and reasons of the rows that cannot be sent, as CSV; never their values."""

    required = {"GET": Action.VIEW}

    @extend_schema(responses={(200, "text/csv"): OpenApiTypes.STR})
    def get(self, request: Request, pk: uuid.UUID) -> HttpResponseBase:
        return downloads.rejects_csv(self.find(pk))


class RunActionAPI(OneRunAPI):
    """Something a person does with a run; a run in the wrong state answers 409."""

    act: ClassVar[Callable[..., None]]

    @extend_schema(request=None, responses=RunSerializer)
    def post(self, request: Request, pk: uuid.UUID) -> Response:
        type(self).act(self.find(pk), by=self.person)
        return Response(RunSerializer(self.find(pk)).data)


class SendAPI(RunActionAPI):
    """Let a counted run go to LINE."""

    required = {"POST": Action.USE_KEY}
    act = staticmethod(services.send_run)


class CancelAPI(RunActionAPI):
    """Stop a run; what LINE has already taken stays there and is reported."""

    required = {"POST": Action.FEED}
    act = staticmethod(services.cancel_run)


class ResumeAPI(RunActionAPI):
    """Go on where a run paused."""

    required = {"POST": Action.USE_KEY}
    act = staticmethod(services.resume_run)


ORGANIZATION = "organizations/<str:code>/"

urlpatterns = [
    path(f"{ORGANIZATION}datasets/", DatasetListAPI.as_view(), name="api-datasets"),
    path(f"{ORGANIZATION}connectors/", ConnectorListAPI.as_view(), name="api-connectors"),
    path(f"{ORGANIZATION}runs/", RunListAPI.as_view(), name="api-runs"),
    path("connectors/<uuid:pk>/runs/", StartRunAPI.as_view(), name="api-run-start"),
    path("runs/<uuid:pk>/", RunAPI.as_view(), name="api-run"),
    path("runs/<uuid:pk>/rejects/", RejectsAPI.as_view(), name="api-run-rejects"),
    path("runs/<uuid:pk>/send/", SendAPI.as_view(), name="api-run-send"),
    path("runs/<uuid:pk>/cancel/", CancelAPI.as_view(), name="api-run-cancel"),
    path("runs/<uuid:pk>/resume/", ResumeAPI.as_view(), name="api-run-resume"),
]
