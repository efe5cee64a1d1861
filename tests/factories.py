"""The least valid row of each model; traits name the interesting ones. Made-up people, `example` domains."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import factory
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.contrib.auth.models import Group
from django.utils import timezone
from factory.django import DjangoModelFactory

from linking.models import Account, JointMove, Link, LinkRequest, TalkHeadViewApplication
from organizations.models import BusinessInfo, Invitation, LegalEntity, Organization, Review
from organizations.permissions import Role
from resources.models import BulkChange, Kind, Resource, Share, ShareRequest, SharingRule, TagEvent
from users.models import REVIEWERS, User, token_digest
from users.tokens import issue_token

TOTP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


class UserFactory(DjangoModelFactory[User]):
    class Meta:
        model = User
        skip_postgeneration_save = True

    email = factory.Sequence(lambda n: f"person{n}@people.example")
    name = factory.Sequence(lambda n: f"Person {n}")

    @factory.post_generation  # type: ignore[untyped-decorator]  # factory-boy
    def proved(self: User, create: bool, given: bool | None, **fields: Any) -> None:
        """`proved=False` is somebody who has signed up and not entered the code."""
        EmailAddress.objects.create(user=self, email=self.email, verified=given is not False, primary=True)


class LegalEntityFactory(DjangoModelFactory[LegalEntity]):
    class Meta:
        model = LegalEntity

    country = "TW"
    registration_number = factory.Sequence(lambda n: f"{n:08d}")
    name = factory.Sequence(lambda n: f"Company {n} Ltd.")


class OrganizationFactory(DjangoModelFactory[Organization]):
    class Meta:
        model = Organization
        skip_postgeneration_save = True

    name = factory.Sequence(lambda n: f"Organization {n}")
    legal_entity = factory.SubFactory(LegalEntityFactory)

    @factory.post_generation  # type: ignore[untyped-decorator]  # factory-boy
    def business_info(self: Organization, create: bool, given: Any, **fields: Any) -> None:
        company = {"company_name": self.legal_entity.name, **fields}
        BusinessInfo.objects.create(organization=self, **company)


class InvitationFactory(DjangoModelFactory[Invitation]):
    class Meta:
        model = Invitation
        skip_postgeneration_save = True

    class Params:
        overdue = factory.Trait(
            expires_at=factory.LazyFunction(lambda: timezone.now() - timedelta(seconds=1))
        )

    organization = factory.SubFactory(OrganizationFactory)
    role = Role.VIEWER
    token_digest = factory.Sequence(lambda n: token_digest(f"invitation-{n}"))
    issued_by = factory.SubFactory(UserFactory)
    expires_at = factory.LazyFunction(lambda: timezone.now() + timedelta(hours=24))

    @factory.post_generation  # type: ignore[untyped-decorator]  # factory-boy
    def seat(self: Invitation, create: bool, given: Any, **fields: Any) -> None:
        """Only an administrator's invitation is open."""
        role = {"role": Role.ADMINISTRATOR}
        self.organization.memberships.get_or_create(user=self.issued_by, defaults=role)


class OfficialAccountFactory(DjangoModelFactory[Account]):
    class Meta:
        model = Account

    kind = Account.Kind.OFFICIAL
    name = factory.Sequence(lambda n: f"Official {n}")
    legal_entity = factory.SubFactory(LegalEntityFactory)
    basic_id = factory.Sequence(lambda n: f"@{n:03d}abcd")
    verification = Account.Verification.VERIFIED


class AdsAccountFactory(DjangoModelFactory[Account]):
    class Meta:
        model = Account

    kind = Account.Kind.ADS
    name = factory.Sequence(lambda n: f"Ads {n}")
    legal_entity = factory.SubFactory(LegalEntityFactory)
    line_id = factory.Sequence(lambda n: f"A{n:09d}")


class TalkHeadViewFactory(AdsAccountFactory):
    kind = Account.Kind.TALK_HEAD_VIEW
    name = factory.Sequence(lambda n: f"Talk Head View {n}")


class ApplicationFactory(DjangoModelFactory[TalkHeadViewApplication]):
    class Meta:
        model = TalkHeadViewApplication

    account = factory.SubFactory(TalkHeadViewFactory)
    asked_by = factory.SubFactory(UserFactory)


class LinkFactory(DjangoModelFactory[Link]):
    class Meta:
        model = Link

    account = factory.SubFactory(AdsAccountFactory)
    organization = factory.SubFactory(OrganizationFactory)
    review = Review.VERIFIED


class LinkRequestFactory(DjangoModelFactory[LinkRequest]):
    class Meta:
        model = LinkRequest

    class Params:
        token = "t" * 43
        overdue = factory.Trait(
            expires_at=factory.LazyFunction(lambda: timezone.now() - timedelta(seconds=1))
        )

    account = factory.SubFactory(AdsAccountFactory)
    organization = factory.SubFactory(OrganizationFactory)
    organization_code = factory.LazyAttribute(
        lambda o: o.organization.code if o.organization else "BM00000000000"
    )
    token_digest = factory.Sequence(lambda n: token_digest(f"token-{n}"))
    issued_by = factory.SubFactory(UserFactory)
    expires_at = factory.LazyFunction(lambda: timezone.now() + timedelta(hours=168))


class JointMoveFactory(DjangoModelFactory[JointMove]):
    class Meta:
        model = JointMove

    token_digest = factory.Sequence(lambda n: token_digest(f"joint-{n}"))


class ResourceFactory(DjangoModelFactory[Resource]):
    class Meta:
        model = Resource

    kind = Kind.PHONE_UPLOAD
    name = factory.Sequence(lambda n: f"Audience {n}")
    owner_account = factory.SubFactory(AdsAccountFactory)
    line_id = factory.Sequence(lambda n: str(1_000_000_000_000 + n))
    status = Resource.Status.READY
    create_route = Resource.CreateRoute.AD_MANAGER


class TagFactory(DjangoModelFactory[Resource]):
    """An organization's own; with `owner_account` and without `owner_organization` an account's."""

    class Meta:
        model = Resource

    kind = Kind.LINE_TAG
    name = factory.Sequence(lambda n: f"Tag {n}")
    owner_organization = factory.SubFactory(OrganizationFactory)
    line_id = factory.LazyFunction(lambda: str(uuid.uuid4()))
    status = Resource.Status.READY


class TagEventFactory(DjangoModelFactory[TagEvent]):
    class Meta:
        model = TagEvent

    tag = factory.SubFactory(TagFactory)
    kind = TagEvent.Kind.CUSTOM
    name = factory.Sequence(lambda n: f"event-{n}")


class SharingRuleFactory(DjangoModelFactory[SharingRule]):
    class Meta:
        model = SharingRule

    organization = factory.SubFactory(OrganizationFactory)
    name = factory.Sequence(lambda n: f"Rule {n}")
    to_every_official = True
    created_by = factory.SubFactory(UserFactory)


class BulkChangeFactory(DjangoModelFactory[BulkChange]):
    class Meta:
        model = BulkChange

    organization = factory.SubFactory(OrganizationFactory)
    created_by = factory.SubFactory(UserFactory)


class ShareFactory(DjangoModelFactory[Share]):
    class Meta:
        model = Share

    resource = factory.SubFactory(ResourceFactory)
    to_link = factory.SubFactory(LinkFactory)
    shared_by = factory.SubFactory(UserFactory)


class ShareRequestFactory(DjangoModelFactory[ShareRequest]):
    class Meta:
        model = ShareRequest

    class Params:
        overdue = factory.Trait(
            expires_at=factory.LazyFunction(lambda: timezone.now() - timedelta(seconds=1))
        )
        in_words = factory.Trait(
            what=ShareRequest.What.WORDS, resource=None, note="Summer buyers", is_from_account=True
        )
        for_everything = factory.Trait(what=ShareRequest.What.EVERYTHING, resource=None)

    to_link = factory.SubFactory(LinkFactory)
    what = ShareRequest.What.RESOURCE
    resource = factory.SubFactory(ResourceFactory)
    asked_by = factory.SubFactory(UserFactory)


def reviewer(**fields: Any) -> User:
    """A person who operates the installation."""
    person = UserFactory.create(**fields)
    person.groups.add(Group.objects.get_or_create(name=REVIEWERS)[0])
    return person


def token_for(user: User, *scopes: Any) -> str:
    """The secret of a bearer token with these scopes."""
    return issue_token(user, name="test", scopes=scopes, expires_at=None)[1]


def second_factor_of(user: User) -> Authenticator:
    """An authenticator app with a known secret."""
    return TOTP.activate(user, TOTP_SECRET).instance
