"""REST of the installation's operators: the register of accounts and who manages them."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404
from django.urls import path
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from linking import installation, registry
from linking.installation_api import InstallationListAPI, filtered_by
from linking.installation_serializers import RegisteredDetailSerializer, RegisteredSerializer
from linking.models import Account
from linking.registry_forms import COMPANY_FIELDS, LINE_ID, SEARCH_ID, IdField, RegisterFilter
from organizations.api import InstallationAPI
from organizations.business_forms import readable
from organizations.errors import Invalid
from organizations.models import Region
from users.models import Scope

OFFICIAL = Account.Kind.OFFICIAL
OFFICIALS_OWN = ("premium_id", "verification")
ONLY_OFFICIAL = _("Only a LINE Official Account has this. Leave it out.")
BASIC_ID, AD_ID = IdField(validator=SEARCH_ID, lower=True), IdField(validator=LINE_ID)
ID_NAMES = {"basic_id": "line_id"}  # REST calls Basic ID and A… id alike, as everywhere


class PremiumIdField(serializers.CharField):
    page_field = IdField(validator=SEARCH_ID, lower=True, required=False)

    def to_internal_value(self, data: Any) -> str:
        return str(self.page_field.clean(super().to_internal_value(data)))


class ParticularsBody(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=120, validators=[readable])
    premium_id = PremiumIdField(
        max_length=40, required=False, allow_blank=True, help_text="Of a LINE Official Account, if it has one"
    )
    verification = serializers.ChoiceField(
        Account.Verification.choices, required=False, help_text="Of a LINE Official Account"
    )
    country = serializers.ChoiceField(Region.choices, help_text="Of the company that has the contract")
    registration_number = serializers.CharField(max_length=30, help_text="With its check digit")
    company = serializers.CharField(
        max_length=120,
        validators=[readable],
        help_text="Taken when the number is new here; a known company keeps its name",
    )


class RegisterBody(ParticularsBody):
    kind = serializers.ChoiceField(Account.Kind.choices)
    line_id = serializers.CharField(max_length=40, help_text="Basic ID (@…) or A… id")
    manager = serializers.EmailField(help_text="The first manager's address of the sign-in")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        is_official = attrs["kind"] == OFFICIAL
        if is_official and not attrs.get("verification"):
            raise _missing("verification")
        _refuse_foreign(attrs["kind"], attrs)
        return {**attrs, "line_id": _cleaned(BASIC_ID if is_official else AD_ID, attrs["line_id"])}


class ChangeBody(ParticularsBody):
    facts_digest = serializers.CharField(max_length=64, help_text="As read with the account")

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """What is left out stays; a company is named whole."""
        fields = super().get_fields()
        for name, field in fields.items():
            field.required = name == "facts_digest"
        return fields

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        _refuse_foreign(self.context["kind"], attrs)
        given = [name for name in COMPANY_FIELDS if name in attrs]
        if given and len(given) < len(COMPANY_FIELDS):
            raise _missing(*(name for name in COMPANY_FIELDS if name not in attrs))
        return attrs


class ManagerBody(serializers.Serializer[Any]):
    email = serializers.EmailField(help_text="The address with which the person signs in")


def _missing(*names: str) -> serializers.ValidationError:
    said = serializers.Field.default_error_messages["required"]
    return serializers.ValidationError({name: [said] for name in names}, code="required")


def _refuse_foreign(kind: str, given: Mapping[str, Any]) -> None:
    wrong = [name for name in OFFICIALS_OWN if kind != OFFICIAL and given.get(name)]
    if wrong:
        raise serializers.ValidationError({name: [ONLY_OFFICIAL] for name in wrong})


def _cleaned(field: forms.CharField, text: str) -> str:
    try:
        return str(field.clean(text))
    except ValidationError as wrong:
        raise serializers.ValidationError({"line_id": wrong.messages}) from wrong


class OneAccountAPI(InstallationAPI):
    def find(self, account_id: uuid.UUID) -> Account:
        account: Account = get_object_or_404(installation.accounts({}), pk=account_id)
        return account

    def told(self, account_id: uuid.UUID, answer: int = status.HTTP_200_OK) -> Response:
        return Response(RegisteredDetailSerializer(self.find(account_id)).data, status=answer)


@filtered_by(RegisterFilter)
class RegisterAPI(InstallationListAPI, OneAccountAPI):
    """Every account that is registered here, and where it is linked; register another."""

    scopes = {"GET": Scope.READ, "POST": Scope.APPROVE}
    serializer_class = RegisteredSerializer
    rows = installation.accounts

    @extend_schema(request=RegisterBody, responses={201: RegisteredDetailSerializer})
    def post(self, request: Request) -> Response:
        body = RegisterBody(data=request.data)
        body.is_valid(raise_exception=True)
        said = dict(body.validated_data)
        kind, public_id, manager = Account.Kind(said.pop("kind")), said.pop("line_id"), said.pop("manager")
        particulars = registry.Particulars(**said)
        try:
            account = registry.register(
                kind, particulars, public_id=public_id, manager=manager, by=self.person
            )
        except Invalid as wrong:
            wrong.fields = {ID_NAMES.get(name, name): told for name, told in wrong.fields.items()}
            raise
        return self.told(account.pk, status.HTTP_201_CREATED)


class RegisteredAPI(OneAccountAPI):
    """What is vouched for. PATCH changes what it names; approval pages that show it must be read again."""

    scopes = {"GET": Scope.READ, "PATCH": Scope.APPROVE}

    @extend_schema(responses=RegisteredDetailSerializer)
    def get(self, request: Request, account_id: uuid.UUID) -> Response:
        return self.told(account_id)

    @extend_schema(request=ChangeBody, responses=RegisteredDetailSerializer)
    def patch(self, request: Request, account_id: uuid.UUID) -> Response:
        account = self.find(account_id)
        body = ChangeBody(data=request.data, context={"kind": account.kind})
        body.is_valid(raise_exception=True)
        given = dict(body.validated_data)
        seen = given.pop("facts_digest")
        said = replace(registry.particulars(account), **given)
        registry.change(account, said, seen=seen, by=self.person)
        return self.told(account_id)


class AddManagerAPI(OneAccountAPI):
    """The person manages the account on LINE's side from now on."""

    scopes = {"POST": Scope.APPROVE}

    @extend_schema(request=ManagerBody, responses={201: RegisteredDetailSerializer})
    def post(self, request: Request, account_id: uuid.UUID) -> Response:
        account, body = self.find(account_id), ManagerBody(data=request.data)
        body.is_valid(raise_exception=True)
        registry.add_manager(account, body.validated_data["email"], by=self.person)
        return self.told(account_id, status.HTTP_201_CREATED)


class RemoveManagerAPI(OneAccountAPI):
    """Requests that this person sent end when somebody wants to approve them."""

    scopes = {"POST": Scope.APPROVE}

    @extend_schema(request=None, responses=RegisteredDetailSerializer)
    def post(self, request: Request, account_id: uuid.UUID, user: uuid.UUID) -> Response:
        account = self.find(account_id)
        seat = get_object_or_404(account.managers.select_related("user"), user=user)
        registry.remove_manager(account, seat.user, by=self.person)
        return self.told(account_id)


ACCOUNTS = "installation/accounts/"
ACCOUNT = ACCOUNTS + "<uuid:account_id>/"
urlpatterns = [
    path(ACCOUNTS, RegisterAPI.as_view(), name="api-register"),
    path(ACCOUNT, RegisteredAPI.as_view(), name="api-registered"),
    path(ACCOUNT + "managers/", AddManagerAPI.as_view(), name="api-add-manager"),
    path(ACCOUNT + "managers/<uuid:user>/remove/", RemoveManagerAPI.as_view(), name="api-remove-manager"),
]
