"""What crosses a request from every side at once, in threads, on PostgreSQL: no deadlock, one story."""

from __future__ import annotations

from functools import partial

import pytest
from django.db import connection
from django.test import Client

from linking import keys, services
from linking.models import Account, Link, LinkRequest
from organizations import founding, members
from organizations.models import Organization
from organizations.permissions import Role
from tests import factories
from tests.linking.conftest import PASSWORD
from tests.linking.test_move_races import approving as approving_move
from tests.linking.test_move_races import linked
from tests.linking.test_races import ROUNDS, Act, account_of, administrator, agreed, approving, together
from users.models import User

pytestmark = [pytest.mark.race, pytest.mark.db, pytest.mark.django_db(transaction=True)]
State = LinkRequest.State


@pytest.fixture(autouse=True)
def _threads_share_the_database(db: None) -> None:
    if connection.vendor == "sqlite":
        pytest.skip("threads cannot share SQLite's database in memory")


def sibling(organization: Organization) -> Organization:
    """Another organization of the same legal entity."""
    found: Organization = factories.OrganizationFactory.create(legal_entity=organization.legal_entity)
    return found


def asked_of(organization: Organization) -> tuple[Account, User, LinkRequest]:
    account, manager = account_of(organization)
    return account, manager, services.issue_request(account, organization.code, by=manager).link_request


def states(account: Account) -> list[str]:
    return sorted(account.link_requests.values_list("state", flat=True))


def losing_the_role(organization: Organization, person: User, by: User) -> Act:
    seat = organization.memberships.get(user=person)
    return partial(members.change_role, seat, Role.VIEWER, by=by)


def deleting(organization: Organization, by: User) -> Act:
    return partial(founding.delete, organization, typed_code=organization.code, by=by)


def test_approval_meets_the_approver_losing_the_role(acme: Organization) -> None:
    other = administrator(acme)
    for _ in range(ROUNDS):
        alice = administrator(acme)
        account, _manager, link_request = asked_of(acme)

        approved, lost = together(approving(link_request, alice), losing_the_role(acme, alice, other))

        agreed(account)
        assert lost is None
        assert states(account) == [State.PENDING if isinstance(approved, Exception) else State.APPROVED]


def test_approval_meets_another_name_of_the_account(acme: Organization) -> None:
    """Either the name that was read is the one that was linked, or the page has to be read again."""
    alice = administrator(acme)
    for _ in range(ROUNDS):
        account, _manager, link_request = asked_of(acme)
        rename = partial(Account.objects.filter(pk=account.pk).update, name="Renamed")

        approved, _renamed = together(approving(link_request, alice), rename)

        agreed(account)
        code = getattr(approved, "code", "")
        assert (states(account), code) in [([State.APPROVED], ""), ([State.PENDING], "facts_changed")]


def test_two_organizations_approve_what_one_account_asked_of_each(acme: Organization) -> None:
    """The second request replaces the first while that is being approved."""
    other = sibling(acme)
    alice, taker = administrator(acme), administrator(other)
    for _ in range(ROUNDS):
        account, manager, first = asked_of(acme)

        def ask_and_approve(account: Account = account, manager: User = manager) -> services.Approval:
            second = services.issue_request(account, other.code, by=manager).link_request
            approve: services.Approval = approving(second, taker)()
            return approve

        together(approving(first, alice), ask_and_approve)

        agreed(account)
        assert account.links.open().count() == 1


def test_approval_meets_the_end_of_the_organization(acme: Organization) -> None:
    for _ in range(ROUNDS):
        brief = sibling(acme)
        alice, founder = administrator(brief), administrator(brief)
        account, _manager, link_request = asked_of(brief)

        together(approving(link_request, alice), deleting(brief, founder))

        agreed(account)
        is_there = Organization.objects.filter(pk=brief.pk).exists()
        assert states(account) == [State.APPROVED if is_there else State.INVALID]


@pytest.mark.parametrize("asks_again", [False, True])
def test_a_request_meets_the_end_of_the_organization(acme: Organization, asks_again: bool) -> None:
    for _ in range(ROUNDS):
        brief = sibling(acme)
        founder = administrator(brief)
        account, manager = account_of(brief)
        if asks_again:
            services.issue_request(account, brief.code, by=manager)

        asked, deleted = together(
            partial(services.issue_request, account, brief.code, by=manager), deleting(brief, founder)
        )

        assert asked.url
        newest = account.link_requests.get(pk=asked.link_request.pk)
        assert newest.state in {State.PENDING, State.INVALID}
        assert deleted is None
        assert newest.organization is None


def test_an_account_that_links_itself_meets_the_end_of_the_organization(acme: Organization) -> None:
    for _ in range(ROUNDS):
        brief = sibling(acme)
        both, founder = administrator(brief), administrator(brief)
        account = factories.AdsAccountFactory.create(legal_entity=acme.legal_entity)
        account.managers.create(user=both)

        together(partial(services.issue_request, account, brief.code, by=both), deleting(brief, founder))

        is_there = Organization.objects.filter(pk=brief.pk).exists()
        assert states(account) == [State.APPROVED if is_there else State.PENDING]
        agreed(account)


def test_a_form_sent_twice_at_once_is_one_approval(acme: Organization) -> None:
    alice = administrator(acme)
    alice.set_password(PASSWORD)
    alice.save()
    client = Client()
    client.post("/account/login/", {"login": alice.email, "password": PASSWORD})
    for _ in range(ROUNDS):
        account, _manager, link_request = asked_of(acme)
        digest = services.facts(LinkRequest.objects.with_parties().get(pk=link_request.pk)).digest
        path = f"/organizations/{acme.code}/requests/{link_request.pk}/approve/"
        form = {"organization_id": acme.code, "facts_digest": digest}

        answers = together(*(partial(_sent_by, client, path, form) for _twice in range(2)))

        assert [answer.status_code for answer in answers] == [302, 302]
        agreed(account)


def _sent_by(client: Client, path: str, form: dict[str, str]) -> object:
    tab = Client()
    tab.cookies.load({"sessionid": client.cookies["sessionid"].value})
    return tab.post(path, form)


def test_an_answer_that_was_lost_is_asked_for_again(acme: Organization) -> None:
    """The caller gave up and calls again while the first call is still at work."""
    alice = administrator(acme)
    for _ in range(ROUNDS):
        account, _manager, link_request = asked_of(acme)
        approve = approving(link_request, alice)

        first, again = together(approve, approve)

        assert sorted([first.is_new, again.is_new]) == [False, True]
        assert first.link == again.link
        assert not approve().is_new
        agreed(account)


def test_approval_of_a_request_meets_the_start_of_a_move(acme: Organization) -> None:
    """The move needs the link that the approval makes, and then waits for its own answer."""
    receiver = sibling(acme)
    alice, mover = administrator(acme), administrator(acme)
    for _ in range(ROUNDS):
        account, _manager, link_request = asked_of(acme)

        def start(account: Account = account) -> None:
            link = Link.objects.open().filter(account=account).first()
            if link:
                services.start_move(link, receiver.code, by=mover)

        together(approving(link_request, alice), start)

        agreed(account)
        assert account.links.open().get().organization == acme


def a_key_of(organization: Organization, by: User) -> None:
    name = str(organization.pk)
    keys.add_key(organization, by=by, name=name, group_id="G1", access_key=name, secret_key="made-up")


@pytest.mark.parametrize("people", ["the same two", "four"])
def test_two_accounts_that_change_places(acme: Organization, people: str) -> None:
    """Each side approves what the other has released: both hold seats and keys of both, in one order."""
    other = sibling(acme)
    for organization in (acme, other):
        a_key_of(organization, administrator(organization))
    for _ in range(ROUNDS):
        ours, theirs = administrator(acme), administrator(other)
        first, first_link = linked(acme)
        second, second_link = linked(other)
        there = services.start_move(first_link, other.code, by=ours).link_request
        back = services.start_move(second_link, acme.code, by=theirs).link_request
        if people == "four":
            ours, theirs = administrator(acme), administrator(other)

        outcomes = together(approving_move(there, theirs), approving_move(back, ours))

        assert [outcome.is_new for outcome in outcomes] == [True, True]
        assert first.links.open().get().organization == other
        assert second.links.open().get().organization == acme


def test_everything_that_can_meet_a_request_meets_it(acme: Organization) -> None:
    """The search for deadlocks: every pair crosses in some round."""
    other = sibling(acme)
    for _ in range(ROUNDS):
        alice, bob = administrator(acme), administrator(acme)
        account, manager, link_request = asked_of(acme)

        together(
            approving(link_request, alice),
            approving(link_request, bob),
            partial(services.reject_request, link_request, by=bob, reason="no"),
            partial(services.cancel_request, link_request, by=manager),
            partial(services.issue_request, account, acme.code, by=manager),
            partial(services.issue_request, account, other.code, by=manager),
            services.expire_requests,
            services.remind,
            losing_the_role(acme, alice, bob),
            losing_the_role(acme, bob, alice),
            partial(Account.objects.filter(pk=account.pk).update, name="Renamed"),
            partial(Organization.objects.filter(pk=acme.pk).update, name="Renamed"),
        )

        agreed(account)
        assert account.link_requests.pending().count() <= 1


def test_everything_that_can_meet_a_move_meets_it(acme: Organization) -> None:
    receiver, third = sibling(acme), sibling(acme)
    for _ in range(ROUNDS):
        alice, bob = administrator(acme), administrator(acme)
        taker, second = administrator(receiver), administrator(receiver)
        account, link = linked(acme)
        move = services.start_move(link, receiver.code, by=alice).link_request

        together(
            approving_move(move, taker),
            approving_move(move, second),
            partial(services.reject_request, move, by=second, reason="no"),
            partial(services.cancel_move, move, by=bob),
            partial(services.start_move, link, receiver.code, by=bob),
            partial(services.start_move, link, third.code, by=alice),
            services.expire_requests,
            services.remind,
            losing_the_role(acme, alice, bob),
            losing_the_role(receiver, taker, second),
            partial(Account.objects.filter(pk=account.pk).update, name="Renamed"),
        )

        moved = account.link_requests.filter(state=State.APPROVED).count()
        assert account.links.open().get().organization == (receiver if moved else acme)
        assert moved <= 1
        assert account.link_requests.pending().count() <= 1
