"""What REST says to the installation's operators."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from linking import installation, registry
from linking.models import Account, Link, TalkHeadViewApplication
from linking.serializers import AccountSerializer, ApplicationSerializer, LinkReviewSerializer
from organizations import reviews
from organizations.api import AuditEventSerializer, OrganizationSerializer
from organizations.models import AuditEventQuerySet, BusinessInfo, LegalEntity, Membership, Organization
from users.models import User

MOST_SHOWN = 50
HISTORY = extend_schema_field(AuditEventSerializer(many=True))


def told(events: AuditEventQuerySet) -> Any:
    """The newest entries."""
    return AuditEventSerializer(events.newest_first()[:MOST_SHOWN], many=True).data


class PersonSerializer(serializers.ModelSerializer[User]):
    class Meta:
        model = User
        fields = ["id", "name", "email"]
        read_only_fields = fields


class LegalEntitySerializer(serializers.ModelSerializer[LegalEntity]):
    class Meta:
        model = LegalEntity
        fields = ["id", "country", "registration_number", "name", "confirmed_at"]
        read_only_fields = fields


class CompanySerializer(LegalEntitySerializer):
    """A legal entity, and how many name it."""

    organization_count = serializers.IntegerField(read_only=True)
    account_count = serializers.IntegerField(read_only=True)

    class Meta(LegalEntitySerializer.Meta):
        fields = [*LegalEntitySerializer.Meta.fields, "organization_count", "account_count"]


class CompanyDetailSerializer(CompanySerializer):
    organizations = serializers.SerializerMethodField(help_text=f"The first {MOST_SHOWN} by name")
    accounts = serializers.SerializerMethodField(help_text=f"The first {MOST_SHOWN} by name")
    history = serializers.SerializerMethodField()

    class Meta(CompanySerializer.Meta):
        fields = [*CompanySerializer.Meta.fields, "organizations", "accounts", "history"]

    @extend_schema_field(OrganizationSerializer(many=True))
    def get_organizations(self, company: LegalEntity) -> Any:
        rows = company.organizations.order_by("name", "code")[:MOST_SHOWN]
        return OrganizationSerializer(rows, many=True).data

    @extend_schema_field(AccountSerializer(many=True))
    def get_accounts(self, company: LegalEntity) -> Any:
        return AccountSerializer(company.accounts.order_by("name", "id")[:MOST_SHOWN], many=True).data

    @HISTORY
    def get_history(self, company: LegalEntity) -> Any:
        return told(installation.company_history(company))


class MergePreviewSerializer(serializers.Serializer[Any]):
    """What a merge would change: all that names `emptied` would name `into`."""

    emptied = CompanySerializer()
    into = CompanySerializer()


class RegisteredSerializer(AccountSerializer):
    """An account of the register; of `installation.accounts`."""

    legal_entity = LegalEntitySerializer(read_only=True)
    organization_id = serializers.CharField(
        source="organization_code",
        default=None,
        allow_null=True,
        read_only=True,
        help_text="BM id of the organization it is linked to; null while it is linked to none",
    )

    class Meta(AccountSerializer.Meta):
        fields = [
            *AccountSerializer.Meta.fields,
            "premium_id",
            "granted_at",
            "legal_entity",
            "organization_id",
        ]
        read_only_fields = fields


class RegisteredDetailSerializer(RegisteredSerializer):
    managers = serializers.SerializerMethodField()
    facts_digest = serializers.SerializerMethodField(help_text="A change sends it back")
    history = serializers.SerializerMethodField()

    class Meta(RegisteredSerializer.Meta):
        fields = [*RegisteredSerializer.Meta.fields, "managers", "facts_digest", "history"]

    @extend_schema_field(PersonSerializer(many=True))
    def get_managers(self, account: Account) -> Any:
        seats = account.managers.select_related("user").order_by("user__name", "user__email")
        return PersonSerializer([seat.user for seat in seats], many=True).data

    def get_facts_digest(self, account: Account) -> str:
        return registry.digest(account)

    @HISTORY
    def get_history(self, account: Account) -> Any:
        return told(installation.account_history(account))


class SeatSerializer(serializers.ModelSerializer[Membership]):
    name = serializers.CharField(source="user.name", read_only=True)
    email = serializers.EmailField(source="user.email", read_only=True)

    class Meta:
        model = Membership
        fields = ["name", "email", "role"]


class SaidSerializer(serializers.ModelSerializer[BusinessInfo]):
    """What the organization says of its company."""

    class Meta:
        model = BusinessInfo
        fields = ["form", "company_name", "address", "website", "phone", "email", "email_proved_at"]


class ReviewedOrganizationSerializer(OrganizationSerializer):
    legal_entity = LegalEntitySerializer(read_only=True)

    class Meta(OrganizationSerializer.Meta):
        fields = [*OrganizationSerializer.Meta.fields, "review_reason", "reviewed_at", "legal_entity"]


class ReviewedOrganizationDetailSerializer(ReviewedOrganizationSerializer):
    """What is compared before the verdict, and the digest that the verdict sends back."""

    business_info = SaidSerializer(read_only=True)
    names_equal = serializers.SerializerMethodField(help_text="Its company's name is the registered one")
    members = serializers.SerializerMethodField(help_text=f"The first {MOST_SHOWN}")
    accounts = serializers.SerializerMethodField(help_text=f"The first {MOST_SHOWN} that are linked")
    facts_digest = serializers.SerializerMethodField()
    history = serializers.SerializerMethodField()

    class Meta(ReviewedOrganizationSerializer.Meta):
        fields = [
            *ReviewedOrganizationSerializer.Meta.fields,
            "business_info",
            "names_equal",
            "members",
            "accounts",
            "facts_digest",
            "history",
        ]

    def get_names_equal(self, organization: Organization) -> bool:
        return reviews.names_equal(organization)

    @extend_schema_field(SeatSerializer(many=True))
    def get_members(self, organization: Organization) -> Any:
        seats = organization.memberships.select_related("user").order_by("joined_at")[:MOST_SHOWN]
        return SeatSerializer(seats, many=True).data

    @extend_schema_field(AccountSerializer(many=True))
    def get_accounts(self, organization: Organization) -> Any:
        links = organization.links.open().select_related("account")[:MOST_SHOWN]
        return AccountSerializer([link.account for link in links], many=True).data

    def get_facts_digest(self, organization: Organization) -> str:
        return reviews.digest(organization)

    @HISTORY
    def get_history(self, organization: Organization) -> Any:
        return told(installation.organization_history(organization))


class ReviewedLinkSerializer(LinkReviewSerializer):
    """An open link and where its review stands, in a list."""

    account = AccountSerializer(read_only=True)
    organization = OrganizationSerializer(read_only=True)

    class Meta(LinkReviewSerializer.Meta):
        fields = ["id", "account", "organization", "review", "review_reason", "reviewed_at", "linked_at"]


class ReviewedLinkDetailSerializer(LinkReviewSerializer):
    """What the rule asked, for what it could not decide."""

    account = AccountSerializer(read_only=True)
    account_legal_entity = LegalEntitySerializer(source="account.legal_entity", read_only=True)
    organization = OrganizationSerializer(read_only=True)
    organization_legal_entity = LegalEntitySerializer(source="organization.legal_entity", read_only=True)
    company_name = serializers.CharField(
        source="organization.business_info.company_name",
        read_only=True,
        help_text="As the organization says it",
    )
    history = serializers.SerializerMethodField()

    class Meta(LinkReviewSerializer.Meta):
        fields = [
            *ReviewedLinkSerializer.Meta.fields,
            "checks",
            "account_legal_entity",
            "organization_legal_entity",
            "company_name",
            "history",
        ]

    @HISTORY
    def get_history(self, link: Link) -> Any:
        return told(installation.link_history(link))


class AskedApplicationSerializer(ApplicationSerializer):
    account = AccountSerializer(read_only=True)
    asked_by = PersonSerializer(read_only=True)
    closed_by = PersonSerializer(read_only=True, allow_null=True)

    class Meta(ApplicationSerializer.Meta):
        fields = [*ApplicationSerializer.Meta.fields, "account", "asked_by", "closed_by"]
        read_only_fields = fields


class AskedApplicationDetailSerializer(AskedApplicationSerializer):
    legal_entity = LegalEntitySerializer(source="account.legal_entity", read_only=True)
    history = serializers.SerializerMethodField()

    class Meta(AskedApplicationSerializer.Meta):
        fields = [*AskedApplicationSerializer.Meta.fields, "legal_entity", "history"]
        read_only_fields = fields

    @HISTORY
    def get_history(self, application: TalkHeadViewApplication) -> Any:
        return told(installation.account_history(application.account))
