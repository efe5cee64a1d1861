"""REST of the organization itself: its beginning, business info, safeguards, review and end."""

from __future__ import annotations

from typing import Any

from django.urls import path
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.generics import ListCreateAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from organizations import business_info, founding, reviews, safeguards
from organizations.api import CheckSerializer, DoorAPI, OrganizationAPI, OrganizationSerializer
from organizations.business_forms import PHONE, readable
from organizations.models import BusinessInfo, Organization, Region
from organizations.permissions import Action
from users.models import Scope


class FoundBody(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=120, validators=[readable])
    region = serializers.ChoiceField(Region.choices)
    country = serializers.ChoiceField(Region.choices, help_text="Where the legal entity is registered")
    registration_number = serializers.CharField(max_length=20, help_text="With its check digit")
    company_name = serializers.CharField(max_length=120, validators=[readable], help_text="As registered")


class BusinessInfoBody(FoundBody):
    form = serializers.ChoiceField(BusinessInfo.Form.choices)
    address = serializers.CharField(max_length=200)
    website = serializers.URLField(max_length=200, allow_blank=True, default="")
    phone = serializers.CharField(max_length=30, validators=[PHONE])
    email = serializers.EmailField(help_text="Has to be confirmed by the mail that goes there")


class BusinessInfoSerializer(serializers.ModelSerializer[BusinessInfo]):
    name = serializers.CharField(source="organization.name", read_only=True)
    region = serializers.CharField(source="organization.region", read_only=True)
    country = serializers.CharField(source="organization.legal_entity.country", read_only=True)
    registration_number = serializers.CharField(
        source="organization.legal_entity.registration_number", read_only=True
    )
    review = serializers.CharField(source="organization.review", read_only=True)
    review_reason = serializers.CharField(source="organization.review_reason", read_only=True)
    reviewed_at = serializers.DateTimeField(source="organization.reviewed_at", read_only=True)
    conditions = serializers.SerializerMethodField(help_text="What must hold before the review starts")

    class Meta:
        model = BusinessInfo
        fields = [
            "name", "region", "country", "registration_number", *business_info.FIELDS, "email_proved_at",
            "review", "review_reason", "reviewed_at", "conditions",
        ]  # fmt: skip

    @extend_schema_field(CheckSerializer(many=True))
    def get_conditions(self, info: BusinessInfo) -> Any:
        return [CheckSerializer(check).data for check in reviews.conditions(info.organization)]


class SafeguardsSerializer(serializers.ModelSerializer[Organization]):
    class Meta:
        model = Organization
        fields = safeguards.SAFEGUARDS
        extra_kwargs = {name: {"required": True} for name in safeguards.SAFEGUARDS}


class DeleteBody(serializers.Serializer[Any]):
    organization_id = serializers.CharField(max_length=20, help_text="The BM id once more")


class OrganizationsAPI(DoorAPI, ListCreateAPIView[Organization]):
    """The organizations of which the token's person is a member; found another."""

    scopes = {"GET": Scope.READ, "POST": Scope.APPROVE}
    serializer_class = OrganizationSerializer
    queryset = Organization.objects.none()

    def get_queryset(self) -> Any:
        return Organization.objects.visible_to(self.person) if self.request.auth else self.queryset

    @extend_schema(request=FoundBody, responses={201: OrganizationSerializer})
    def post(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        body = FoundBody(data=request.data)
        body.is_valid(raise_exception=True)
        made = founding.found(**body.validated_data, by=self.person)
        return Response(OrganizationSerializer(made).data, status=status.HTTP_201_CREATED)


class DeleteAPI(OrganizationAPI):
    """Only while nothing was ever linked, uploaded or kept."""

    required = {"POST": Action.SETTINGS}

    @extend_schema(request=DeleteBody, responses={204: None})
    def post(self, request: Request, code: str) -> Response:
        body = DeleteBody(data=request.data)
        body.is_valid(raise_exception=True)
        typed = body.validated_data["organization_id"]
        founding.delete(self.organization, typed_code=typed, by=self.person)
        return Response(status=status.HTTP_204_NO_CONTENT)


class AnswersInfoAPI(OrganizationAPI):
    def answer(self) -> Response:
        parties = BusinessInfo.objects.select_related("organization__legal_entity")
        return Response(BusinessInfoSerializer(parties.get(pk=self.organization.pk)).data)


class BusinessInfoAPI(AnswersInfoAPI):
    """What the organization says of its company, and where its review stands. Frozen once verified."""

    required = {"GET": Action.VIEW, "PUT": Action.SETTINGS}

    @extend_schema(responses=BusinessInfoSerializer)
    def get(self, request: Request, code: str) -> Response:
        return self.answer()

    @extend_schema(request=BusinessInfoBody, responses=BusinessInfoSerializer)
    def put(self, request: Request, code: str) -> Response:
        body = BusinessInfoBody(data=request.data)
        body.is_valid(raise_exception=True)
        business_info.save(self.organization, body.validated_data, by=self.person)
        return self.answer()


class SendProofAPI(AnswersInfoAPI):
    """Another mail to the company's address."""

    required = {"POST": Action.SETTINGS}

    @extend_schema(request=None, responses=BusinessInfoSerializer)
    def post(self, request: Request, code: str) -> Response:
        business_info.send_proof(self.organization, by=self.person)
        return self.answer()


class ResubmitAPI(AnswersInfoAPI):
    """Ask for the organization's review again after a rejection."""

    required = {"POST": Action.SETTINGS}

    @extend_schema(request=None, responses=BusinessInfoSerializer)
    def post(self, request: Request, code: str) -> Response:
        reviews.resubmit(self.organization, by=self.person)
        return self.answer()


class SafeguardsAPI(OrganizationAPI):
    """What the organization asks beyond the rules for all."""

    required = {"GET": Action.VIEW, "PUT": Action.SETTINGS}

    @extend_schema(responses=SafeguardsSerializer)
    def get(self, request: Request, code: str) -> Response:
        return Response(SafeguardsSerializer(self.organization).data)

    @extend_schema(request=SafeguardsSerializer, responses=SafeguardsSerializer)
    def put(self, request: Request, code: str) -> Response:
        body = SafeguardsSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        safeguards.change(self.organization, body.validated_data, by=self.person)
        self.organization.refresh_from_db()
        return Response(SafeguardsSerializer(self.organization).data)


ORGANIZATION = "organizations/<str:code>/"
urlpatterns = [
    path("organizations/", OrganizationsAPI.as_view(), name="api-organizations"),
    path(ORGANIZATION + "delete/", DeleteAPI.as_view(), name="api-delete-organization"),
    path(ORGANIZATION + "business-info/", BusinessInfoAPI.as_view(), name="api-business-info"),
    path(ORGANIZATION + "business-info/send-mail/", SendProofAPI.as_view(), name="api-send-proof"),
    path(ORGANIZATION + "review/", ResubmitAPI.as_view(), name="api-resubmit"),
    path(ORGANIZATION + "safeguards/", SafeguardsAPI.as_view(), name="api-safeguards"),
]
