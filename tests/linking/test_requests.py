from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from linking import services
from linking.errors import (
    MalformedOrganizationId,
    NotManager,
    ReasonMissing,
    RequestClosed,
    RuleRefused,
    TooManyRequests,
)
from linking.issuing import REQUESTS_PER_HOUR
from linking.models import Account, Link, LinkRequest
from organizations.models import AuditEvent, Organization
from tests import factories
from tests.linking.conftest import Asked, acts, state_of
from users.models import User

pytestmark = [pytest.mark.db, pytest.mark.django_db]
State = LinkRequest.State
UNKNOWN = "BM99999999999"


# --- asking


def test_a_request_lives_168_hours_and_keeps_only_the_hash_of_its_token(asked: Asked) -> None:
    link_request = asked.link_request

    assert link_request.expires_at - link_request.issued_at == pytest.approx(
        timedelta(hours=168), abs=timedelta(seconds=5)
    )
    assert len(asked.token) == 43
    assert asked.token not in str(LinkRequest.objects.values().get())


def test_the_url_is_made_of_the_configured_site(
    official: Account, acme: Organization, mia: User, settings: Any
) -> None:
    settings.SITE_URL = "https://manager.example"

    _request, url = services.issue_request(official, acme.code, by=mia)

    assert url.startswith("https://manager.example/approve/")


def test_tokens_do_not_repeat(official: Account, acme: Organization, mia: User) -> None:
    urls = {services.issue_request(official, acme.code, by=mia).url for _ in range(REQUESTS_PER_HOUR)}

    assert len(urls) == REQUESTS_PER_HOUR


def test_both_sides_read_in_their_history_that_a_request_was_issued(asked: Asked, acme: Organization) -> None:
    event = AuditEvent.objects.get(action="link_request.issued")

    assert (event.organization, event.account_id) == (acme, asked.link_request.account_id)


def test_an_unknown_organization_id_gets_a_url_all_the_same(official: Account, mia: User) -> None:
    link_request, url = services.issue_request(official, UNKNOWN, by=mia)

    assert link_request.organization is None
    assert url


@pytest.mark.parametrize("typed", ["", "BM123", "XX12345678901", "BM123456789012", "BM1234567890１"])
def test_an_id_of_another_shape_is_refused_where_it_was_typed(
    official: Account, mia: User, typed: str
) -> None:
    with pytest.raises(MalformedOrganizationId) as refused:
        services.issue_request(official, typed, by=mia)

    assert "organization_id" in refused.value.fields
    assert not LinkRequest.objects.exists()


def test_only_managers_of_the_account_ask(official: Account, acme: Organization, alice: User) -> None:
    with pytest.raises(NotManager):
        services.issue_request(official, acme.code, by=alice)


def test_a_linked_account_cannot_ask(official_link: Link, acme: Organization, mia: User) -> None:
    with pytest.raises(RuleRefused, match="can move it") as refused:
        services.issue_request(official_link.account, acme.code, by=mia)

    assert refused.value.code == "already_linked"


def test_an_unverified_official_account_cannot_ask(official: Account, acme: Organization, mia: User) -> None:
    Account.objects.filter(pk=official.pk).update(verification="UNVERIFIED")

    with pytest.raises(RuleRefused, match="Apply for a verified account"):
        services.issue_request(official, acme.code, by=mia)


@pytest.mark.parametrize("is_granted", [True, False])
def test_talk_head_view_asks_only_after_its_application_was_granted(
    acme: Organization, mia: User, is_granted: bool
) -> None:
    account = factories.AdsAccountFactory.create(
        kind="TALK_HEAD_VIEW", granted_at=timezone.now() if is_granted else None
    )
    account.managers.create(user=mia)

    if is_granted:
        assert services.issue_request(account, acme.code, by=mia).url
        return
    with pytest.raises(RuleRefused, match="separate application"):
        services.issue_request(account, acme.code, by=mia)


def test_asking_again_kills_the_older_url(
    asked: Asked, official: Account, mia: User, other: Organization
) -> None:
    services.issue_request(official, other.code, by=mia)

    assert state_of(asked) == State.SUPERSEDED
    assert acts(organization=asked.link_request.organization)[-1] == "link_request.superseded"


def test_a_person_asks_at_most_ten_times_an_hour(official: Account, acme: Organization, mia: User) -> None:
    for _ in range(REQUESTS_PER_HOUR):
        services.issue_request(official, acme.code, by=mia)

    with pytest.raises(TooManyRequests):
        services.issue_request(official, acme.code, by=mia)

    LinkRequest.objects.update(issued_at=timezone.now() - timedelta(minutes=61))
    assert services.issue_request(official, acme.code, by=mia).url


def test_a_line_ads_account_is_linked_at_once_for_the_organizations_administrator(
    ads: Account, acme: Organization, alice: User
) -> None:
    ads.managers.create(user=alice)

    link_request, url = services.issue_request(ads, acme.code, by=alice)

    assert (link_request.state, url) == (State.APPROVED, "")
    assert ads.open_link is not None
    assert acts() == ["link_request.issued", "link_request.approved", "link.opened"]


def test_an_official_account_is_never_linked_at_once(
    official: Account, acme: Organization, alice: User
) -> None:
    official.managers.create(user=alice)

    link_request, url = services.issue_request(official, acme.code, by=alice)

    assert link_request.state == State.PENDING
    assert url


@pytest.mark.parametrize("case", ["operator", "other entity", "door that may not approve"])
def test_linking_at_once_takes_every_rule_of_approval(
    ads: Account, acme: Organization, bob: User, alice: User, case: str
) -> None:
    person = bob if case == "operator" else alice
    ads.managers.create(user=person)
    if case == "other entity":
        Account.objects.filter(pk=ads.pk).update(legal_entity=factories.LegalEntityFactory.create())

    issued = services.issue_request(ads, acme.code, by=person, approves=case != "door that may not approve")

    assert issued.link_request.state == State.PENDING
    assert issued.url


# --- rejecting, cancelling, expiring


def test_rejection_keeps_its_reason(asked: Asked, alice: User, acme: Organization) -> None:
    services.reject_request(asked.link_request, by=alice, reason="Not our account\u202e")

    closed = LinkRequest.objects.get()
    assert (closed.state, closed.reason, closed.closed_by) == (State.REJECTED, "Not our account", alice)
    assert acts(organization=acme)[-1] == "link_request.rejected"


def test_rejection_needs_a_reason(asked: Asked, alice: User) -> None:
    with pytest.raises(ReasonMissing):
        services.reject_request(asked.link_request, by=alice, reason=" \u200b ")


def test_the_account_side_withdraws_its_request(asked: Asked, mia: User, alice: User) -> None:
    services.cancel_request(asked.link_request, by=mia)

    assert state_of(asked) == State.CANCELLED
    with pytest.raises(RequestClosed):
        services.cancel_request(asked.link_request, by=mia)
    with pytest.raises(NotManager):
        services.cancel_request(asked.link_request, by=alice)


def test_overdue_requests_are_closed_once_with_an_entry_each(asked: Asked, acme: Organization) -> None:
    factories.LinkRequestFactory.create(organization=acme, overdue=True)
    factories.LinkRequestFactory.create(organization=acme, overdue=True)

    assert services.expire_requests() == 2
    assert services.expire_requests() == 0
    assert acts(organization=acme).count("link_request.expired") == 2
    assert state_of(asked) == State.PENDING


def test_waiting_requests_are_counted_without_overdue_ones(asked: Asked, acme: Organization) -> None:
    factories.LinkRequestFactory.create(organization=acme, overdue=True)

    assert services.requests_waiting(acme) == 1


def test_the_overview_tells_what_waits_and_what_ends_soon(asked: Asked, acme: Organization) -> None:
    LinkRequest.objects.update(expires_at=timezone.now() + timedelta(hours=2))

    lines = services.overview(acme)[0].lines

    assert [(str(line.text), line.tone) for line in lines] == [
        ("1 link request waits", "wait"),
        ("1 of them expires within a day", "warn"),
    ]


def test_an_organization_where_nothing_waits_has_nothing_on_the_overview(acme: Organization) -> None:
    assert services.overview(acme) == []
