"""REST: create an audience that LINE fills by a rule."""

from __future__ import annotations

import uuid
from typing import Any

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from audiences import audience_rules as rules
from audiences.api import unknown
from audiences.connectors import NAME_LENGTH
from audiences.creating_rules import create_audience
from audiences.rule_words import (
    AppAction,
    AppParameter,
    AppTest,
    Friends,
    TagEvent,
    UrlTest,
    VideoEvent,
    Visit,
)
from linking.models import Account
from organizations.api import OrganizationAPI
from organizations.permissions import Action
from resources.api import ResourceSerializer
from resources.models import Kind, Resource, ResourceQuerySet


def days(most: int) -> serializers.IntegerField:
    return serializers.IntegerField(min_value=1, max_value=most)


def number(**more: Any) -> serializers.IntegerField:
    return serializers.IntegerField(min_value=1, max_value=rules.LARGEST_NUMBER, **more)


class UrlConditionBody(serializers.Serializer[Any]):
    test = serializers.ChoiceField(UrlTest.choices)
    words = serializers.ListField(
        child=serializers.CharField(max_length=rules.LONGEST_WORD),
        allow_empty=False,
        max_length=rules.MOST_WORDS,
    )


class AppConditionBody(UrlConditionBody):
    parameter = serializers.ChoiceField(AppParameter.choices)
    test = serializers.ChoiceField(AppTest.choices)


def conditions(each: UrlConditionBody) -> serializers.ListField:
    return serializers.ListField(child=each, required=False, max_length=rules.MOST_CONDITIONS)


class RuleBody(serializers.Serializer[Any]):
    """What the rule of one kind says; `account` is in the context."""

    def rule(self) -> rules.Rule:
        raise NotImplementedError

    def said(self) -> dict[str, Any]:
        said = dict(self.validated_data)
        if "conditions" in said:
            said["conditions"] = [rules.Condition(**each) for each in said["conditions"]]
        return said

    def seen(self, found: ResourceQuerySet, field: str) -> Resource:
        pk: uuid.UUID = self.validated_data[field]
        resource = found.filter(pk=pk).first()
        if resource is None:
            raise unknown(field)
        return resource


class WebTrafficBody(RuleBody):
    visits = serializers.ChoiceField(Visit.choices)
    days = days(rules.LONGEST_DAYS)
    tag = serializers.UUIDField(required=False, allow_null=True)
    event = serializers.ChoiceField(TagEvent.choices, required=False)
    custom_event = serializers.CharField(required=False, max_length=120)
    conditions = conditions(UrlConditionBody())

    def rule(self) -> rules.Rule:
        said = self.said()
        tag = self.seen(rules.tags_for(self.context["account"]), "tag") if said.get("tag") else None
        return rules.WebTraffic(**{**said, "tag": tag})


class LookalikeBody(RuleBody):
    # a field of this name is read like any other; only the base class has an attribute of it
    source = serializers.UUIDField()  # type: ignore[assignment]
    percent = serializers.IntegerField(
        required=False, allow_null=True, min_value=1, max_value=rules.HIGHEST_PERCENT
    )

    def rule(self) -> rules.Rule:
        seen = Resource.objects.seen_by(self.context["account"])
        return rules.Lookalike(self.seen(seen, "source"), self.validated_data.get("percent"))


class AppEventBody(RuleBody):
    action = serializers.ChoiceField(AppAction.choices)
    days = days(rules.LONGEST_DAYS)
    app = number(required=False, allow_null=True)
    conditions = conditions(AppConditionBody())

    def rule(self) -> rules.Rule:
        return rules.AppEvent(**self.said())


class FriendsBody(RuleBody):
    friends = serializers.ChoiceField(Friends.choices)

    def rule(self) -> rules.Rule:
        return rules.AccountFriends(**self.said())


class VideoViewBody(RuleBody):
    event = serializers.ChoiceField(VideoEvent.choices)
    video = number()
    days = days(rules.LONGEST_VIDEO_DAYS)

    def rule(self) -> rules.Rule:
        return rules.VideoView(**self.said())


class ImageClickBody(RuleBody):
    campaign = number()
    days = days(rules.LONGEST_DAYS)

    def rule(self) -> rules.Rule:
        return rules.ImageClick(**self.said())


BODIES: dict[str, type[RuleBody]] = {
    Kind.WEBTRAFFIC: WebTrafficBody,
    Kind.LOOKALIKE: LookalikeBody,
    Kind.APP_EVENT: AppEventBody,
    Kind.FRIENDS: FriendsBody,
    Kind.VIDEO_VIEW: VideoViewBody,
    Kind.IMAGE_CLICK: ImageClickBody,
}


class NewAudienceBody(serializers.Serializer[Any]):
    account = serializers.CharField(help_text="A… id or UUID of a linked LINE Ads account")
    kind = serializers.ChoiceField([Kind(kind).value for kind in BODIES])
    name = serializers.CharField(max_length=NAME_LENGTH)
    rule = serializers.DictField(
        help_text="WEBTRAFFIC: visits, days, tag, event, custom_event, conditions [{test, words}]. "
        "LOOKALIKE: source, percent. APP_EVENT: action, days, app, conditions [{parameter, test, words}]. "
        "ACCOUNT_FRIENDS: friends. VIDEO_VIEW: event, video, days. IMAGE_CLICK: campaign, days"
    )


class AudiencesAPI(OrganizationAPI):
    """Create an audience that LINE fills by a rule. What LINE refuses answers 409 and creates nothing."""

    required = {"POST": Action.FEED}

    @extend_schema(request=NewAudienceBody, responses={201: ResourceSerializer})
    def post(self, request: Request, code: str) -> Response:
        body = NewAudienceBody(data=request.data)
        body.is_valid(raise_exception=True)
        said = body.validated_data
        account = self.account(said["account"])
        rule = BODIES[said["kind"]](data=said["rule"], context={"account": account})
        rule.is_valid(raise_exception=True)
        made = create_audience(account, said["name"], rule.rule(), by=self.person)
        told = Resource.objects.with_owner().get(pk=made.pk)
        return Response(ResourceSerializer(told).data, status=status.HTTP_201_CREATED)

    def account(self, text: str) -> Account:
        linked = Account.objects.linked_to(self.organization).filter(kind=Account.Kind.ADS)
        account = linked.addressed(text).first()
        if account is None:
            raise unknown("account")
        return account


urlpatterns = [
    path("organizations/<str:code>/audiences/", AudiencesAPI.as_view(), name="api-audiences"),
]
