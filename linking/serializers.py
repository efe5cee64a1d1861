"""What REST says of accounts, requests and keys, and what it takes."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from linking import approvals, reviews
from linking.facts import Facts, facts
from linking.models import Account, ApiKey, Link, LinkRequest, TalkHeadViewApplication
from linking.rules import approval_checks, viewer_checks
from organizations.api import CheckSerializer


class AccountSerializer(serializers.ModelSerializer[Account]):
    line_id = serializers.CharField(source="public_id", help_text="Basic ID (@…) or A… id", read_only=True)
    search_id = serializers.CharField(read_only=True)

    class Meta:
        model = Account
        fields = ["id", "kind", "name", "line_id", "search_id", "verification"]


class OwnAccountSerializer(AccountSerializer):
    organization_id = serializers.CharField(
        default=None, help_text="BM id of the organization it is linked to", read_only=True
    )

    application = serializers.SerializerMethodField(
        help_text="Of a Talk Head View account: NONE, PENDING, GRANTED, REFUSED or WITHDRAWN; null for others"
    )

    class Meta(AccountSerializer.Meta):
        fields = [*AccountSerializer.Meta.fields, "organization_id", "application"]

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_application(self, account: Account) -> str | None:
        """Of an account fetched with `with_application`."""
        if account.kind != Account.Kind.TALK_HEAD_VIEW:
            return None
        asked = str(account.application_state or "NONE")  # type: ignore[attr-defined]  # annotated
        return "GRANTED" if account.granted_at else asked


class LinkSerializer(serializers.ModelSerializer[Link]):
    account = AccountSerializer(read_only=True)

    class Meta:
        model = Link
        fields = ["account", "review", "reviewed_at", "linked_at", "shares_everything"]


class LinkReviewSerializer(serializers.ModelSerializer[Link]):
    review_reason = serializers.SerializerMethodField()
    checks = serializers.SerializerMethodField()

    class Meta:
        model = Link
        fields = ["review", "review_reason", "reviewed_at", "checks"]

    def get_review_reason(self, link: Link) -> str:
        return reviews.reason_of(link)

    @extend_schema_field(CheckSerializer(many=True))
    def get_checks(self, link: Link) -> Any:
        return [CheckSerializer(check).data for check in reviews.conditions(link)]


class PartySerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    country = serializers.CharField()
    number = serializers.CharField()


class FactsSerializer(serializers.Serializer[Facts]):
    request = serializers.UUIDField()
    account_kind = serializers.ChoiceField(Account.Kind.choices)
    account_name = serializers.CharField()
    account_id = serializers.CharField()
    search_id = serializers.CharField()
    verification = serializers.CharField()
    account_entity = PartySerializer()
    organization_name = serializers.CharField()
    organization_id = serializers.CharField()
    organization_entity = PartySerializer(allow_null=True)
    moves_from = serializers.CharField()
    asked_by_name = serializers.CharField()
    asked_by_email = serializers.CharField()
    asked_at = serializers.CharField()
    expires_at = serializers.CharField()


class SentRequestSerializer(serializers.ModelSerializer[LinkRequest]):
    """A request as the account's side sees it."""

    organization_id = serializers.CharField(source="organization_code", read_only=True)
    state = serializers.ChoiceField(LinkRequest.State.choices, source="shown_state", read_only=True)

    class Meta:
        model = LinkRequest
        fields = ["id", "organization_id", "state", "issued_at", "expires_at", "closed_at", "reason"]


class RequestSerializer(SentRequestSerializer):
    """A request as the organization sees it: what it decides on, and the digest that approval sends back."""

    account = AccountSerializer(read_only=True)
    approvals = serializers.SerializerMethodField(help_text="That count now; null for a closed request")
    approvals_needed = serializers.SerializerMethodField(help_text="1 or 2; null for a closed request")
    facts = serializers.SerializerMethodField()
    facts_digest = serializers.SerializerMethodField()
    checks = serializers.SerializerMethodField()

    class Meta(SentRequestSerializer.Meta):
        fields = [
            *SentRequestSerializer.Meta.fields,
            "account",
            "approvals",
            "approvals_needed",
            "facts",
            "facts_digest",
            "checks",
        ]

    def get_approvals(self, link_request: LinkRequest) -> int | None:
        progress = approvals.progress(link_request)
        return progress.given if progress else None

    def get_approvals_needed(self, link_request: LinkRequest) -> int | None:
        progress = approvals.progress(link_request)
        return progress.needed if progress else None

    @extend_schema_field(FactsSerializer)
    def get_facts(self, link_request: LinkRequest) -> Any:
        return FactsSerializer(facts(link_request)).data

    def get_facts_digest(self, link_request: LinkRequest) -> str:
        return facts(link_request).digest

    @extend_schema_field(CheckSerializer(many=True))
    def get_checks(self, link_request: LinkRequest) -> Any:
        if not link_request.is_open:
            return []
        viewer = self.context["request"].user
        checks = [*approval_checks(link_request), *viewer_checks(link_request, viewer)]
        return [CheckSerializer(check).data for check in checks]


class ApplicationSerializer(serializers.ModelSerializer[TalkHeadViewApplication]):
    class Meta:
        model = TalkHeadViewApplication
        fields = ["id", "state", "note", "asked_at", "closed_at", "reason"]
        read_only_fields = fields


class ApplicationBody(serializers.Serializer[Any]):
    note = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")


class KeySerializer(serializers.ModelSerializer[ApiKey]):
    """Never the secret."""

    accounts = AccountSerializer(many=True, read_only=True)

    class Meta:
        model = ApiKey
        fields = [
            "id",
            "name",
            "group_id",
            "access_key",
            "check_state",
            "check_reason",
            "checked_at",
            "accounts",
        ]


class IssueBody(serializers.Serializer[Any]):
    organization_id = serializers.CharField(max_length=20, help_text="BM and 11 digits")


class IssuedSerializer(SentRequestSerializer):
    url = serializers.SerializerMethodField(
        help_text="Shown this once. Null: you administer the organization, so it was approved at once."
    )

    class Meta(SentRequestSerializer.Meta):
        fields = [*SentRequestSerializer.Meta.fields, "url"]

    def get_url(self, link_request: LinkRequest) -> str | None:
        return self.context["url"] or None


class ApproveBody(serializers.Serializer[Any]):
    organization_id = serializers.CharField(max_length=20, help_text="The organization's id, as confirmation")
    facts_digest = serializers.CharField(max_length=64, help_text="As read with the request")
    shares_everything = serializers.BooleanField(
        default=False, help_text="Let it use all resources of the organization, now and later"
    )


class RejectBody(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=500)
