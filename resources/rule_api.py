"""REST of sharing rules: what stands, what each comes to now, made, changed and stopped."""

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

from organizations.api import OrganizationAPI
from organizations.models import Organization
from organizations.permissions import Action
from resources import sharing_rules
from resources.api import link_of, links_of
from resources.kinds import Kind
from resources.models import SharingRule
from resources.rule_models import SharingRuleQuerySet
from resources.sharing_rules import Wanted

From = SharingRule.From


class RuleSerializer(serializers.ModelSerializer[SharingRule]):
    owner_account = serializers.CharField(source="owner_account.public_id", default=None, read_only=True)
    receivers = serializers.SerializerMethodField(help_text="Basic ID or A… id of each account it names")

    class Meta:
        model = SharingRule
        fields = ["id", "name", "kinds", "name_contains", "owned_by", "owner_account", "to_every_official",
                  "to_every_ads", "receivers", "created_at", "ended_at"]  # fmt: skip

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_receivers(self, rule: SharingRule) -> list[str]:
        return sorted(link.account.public_id for link in rule.receivers.all())


class OneRuleSerializer(RuleSerializer):
    matches = serializers.SerializerMethodField(help_text="How many resources fit it now")

    class Meta(RuleSerializer.Meta):
        fields = [*RuleSerializer.Meta.fields, "matches"]

    def get_matches(self, rule: SharingRule) -> int:
        return sharing_rules.matched_by(rule).count()


class RuleBody(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=120)
    kinds = serializers.ListField(
        child=serializers.ChoiceField(Kind.choices), default=list, help_text="None: every kind"
    )
    name_contains = serializers.CharField(max_length=120, default="", allow_blank=True)
    owned_by = serializers.ChoiceField(From.choices, default=From.ANYBODY)
    owner_account = serializers.CharField(
        default=None, allow_null=True, help_text="With owned_by ACCOUNT: its UUID, Basic ID or A… id"
    )
    to_every_official = serializers.BooleanField(default=False)
    to_every_ads = serializers.BooleanField(default=False)
    receivers = serializers.ListField(
        child=serializers.CharField(), default=list, help_text="UUID, Basic ID or A… id of linked accounts"
    )

    def validate(self, entered: dict[str, Any]) -> dict[str, Any]:
        if (entered["owned_by"] == From.ACCOUNT) != bool(entered["owner_account"]):
            message = "Goes with owned_by ACCOUNT, and only with it."
            raise serializers.ValidationError({"owner_account": message})
        return entered

    def wanted(self, organization: Organization) -> Wanted:
        entered = self.validated_data
        owner = entered["owner_account"]
        links = links_of(organization, entered["receivers"], "receivers")
        named = {"owner_account": link_of(organization, owner).account if owner else None, "receivers": links}
        return Wanted(**{**entered, **named})


class RuleListAPI(OrganizationAPI, ListAPIView[SharingRule]):
    """Rules that stand now. POST starts one: what fits it is visible to its receivers at once, and later."""

    required = {"GET": Action.VIEW, "POST": Action.SHARE}
    serializer_class = RuleSerializer
    queryset = SharingRule.objects.none()

    def get_queryset(self) -> Any:
        if not self.request.auth:
            return self.queryset
        return rules_of(self.organization).open().order_by("name", "id")

    @extend_schema(request=RuleBody, responses={201: OneRuleSerializer})
    def post(self, request: Request, code: str) -> Response:
        body = RuleBody(data=request.data)
        body.is_valid(raise_exception=True)
        wanted = body.wanted(self.organization)
        rule = sharing_rules.create_rule(self.organization, wanted, by=self.person)
        return Response(OneRuleSerializer(rule).data, status=status.HTTP_201_CREATED)


class RuleAPI(OrganizationAPI):
    """One rule. PUT says all of it anew, DELETE stops it."""

    required = {"GET": Action.VIEW, "PUT": Action.SHARE, "DELETE": Action.SHARE}

    @extend_schema(responses=OneRuleSerializer)
    def get(self, request: Request, code: str, pk: uuid.UUID) -> Response:
        return Response(OneRuleSerializer(self.find(pk)).data)

    @extend_schema(request=RuleBody, responses=OneRuleSerializer)
    def put(self, request: Request, code: str, pk: uuid.UUID) -> Response:
        rule, body = self.find(pk), RuleBody(data=request.data)
        body.is_valid(raise_exception=True)
        sharing_rules.change_rule(rule, body.wanted(self.organization), by=self.person)
        return Response(OneRuleSerializer(self.find(pk)).data)

    @extend_schema(request=None, responses={204: None})
    def delete(self, request: Request, code: str, pk: uuid.UUID) -> Response:
        sharing_rules.stop_rule(self.find(pk), by=self.person)
        return Response(status=status.HTTP_204_NO_CONTENT)

    def find(self, pk: uuid.UUID) -> SharingRule:
        return get_object_or_404(rules_of(self.organization), pk=pk)


def rules_of(organization: Organization) -> SharingRuleQuerySet:
    own = SharingRule.objects.filter(organization=organization)
    return own.select_related("owner_account", "organization").prefetch_related("receivers__account")


urlpatterns = [
    path("organizations/<str:code>/sharing-rules/", RuleListAPI.as_view(), name="api-sharing-rules"),
    path("organizations/<str:code>/sharing-rules/<uuid:pk>/", RuleAPI.as_view(), name="api-sharing-rule"),
]
