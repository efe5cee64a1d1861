"""Two people at one share request, in threads, on PostgreSQL: one answer counts, and shares agree with it."""

from __future__ import annotations

from functools import partial

import pytest
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.module_loading import import_string

from linking.models import Link
from organizations.models import AuditEvent, Organization
from resources import share_answers, share_requests
from resources.models import Share, ShareRequest
from resources.request_errors import ShareRequestClosed
from resources.services import NotShareable, share_resources
from tests import factories
from tests.linking.test_races import ROUNDS, _threads_share_the_database, administrator, together
from users.models import User

__all__ = ["_threads_share_the_database"]
pytestmark = [pytest.mark.race, pytest.mark.db, pytest.mark.django_db(transaction=True)]
State = ShareRequest.State


@pytest.fixture
def links(acme: Organization) -> tuple[Link, Link]:
    """Who receives, and who owns."""
    receiver = factories.LinkFactory.create(
        account=factories.OfficialAccountFactory.create(), organization=acme
    )
    return receiver, factories.LinkFactory.create(organization=acme)


def asked_by(person: User, links: tuple[Link, Link]) -> ShareRequest:
    receiver, owner = links
    resource = factories.ResourceFactory.create(owner_account=owner.account)
    return share_requests.ask([(receiver, resource)], note="", by=person)[0]


def counted(act: str, asked: ShareRequest) -> int:
    return AuditEvent.objects.filter(action=f"share_request.{act}", subject_id=str(asked.pk)).count()


def agreed(asked: ShareRequest) -> None:
    """A share is there exactly if the request is granted, and the history tells its end once."""
    asked.refresh_from_db()
    is_granted = asked.state == State.GRANTED
    assert Share.objects.filter(resource=asked.resource).count() == is_granted
    assert counted(asked.state.lower(), asked) == 1
    assert sum(counted(act, asked) for act in ("granted", "refused", "withdrawn", "invalid")) == 1


@transaction.atomic
def leave(link: Link) -> None:
    """As a move does: the stay ends first, then what settings say ends with it."""
    Link.objects.open().filter(pk=link.pk).update(ended_at=timezone.now())
    for path in settings.LINK_ENDED:
        import_string(path)(link, by=None)


def test_one_grants_while_the_asker_withdraws(
    acme: Organization, carol: User, links: tuple[Link, Link]
) -> None:
    alice = administrator(acme)
    for _ in range(ROUNDS):
        asked = asked_by(carol, links)

        outcomes = together(
            partial(share_answers.grant, asked, by=alice), partial(share_requests.withdraw, asked, by=carol)
        )

        assert [type(each) for each in outcomes if each] == [ShareRequestClosed]
        agreed(asked)


def test_two_grant_the_same_request(acme: Organization, carol: User, links: tuple[Link, Link]) -> None:
    pair = [administrator(acme), administrator(acme)]
    for _ in range(ROUNDS):
        asked = asked_by(carol, links)

        outcomes = together(*(partial(share_answers.grant, asked, by=by) for by in pair))

        assert [type(each) for each in outcomes if each] == [ShareRequestClosed]
        agreed(asked)


def test_one_grants_while_another_refuses(acme: Organization, carol: User, links: tuple[Link, Link]) -> None:
    first, second = administrator(acme), administrator(acme)
    for _ in range(ROUNDS):
        asked = asked_by(carol, links)

        together(
            partial(share_answers.grant, asked, by=first),
            partial(share_answers.refuse, asked, by=second, reason="no"),
        )

        agreed(asked)


def test_somebody_shares_it_directly_while_the_request_is_granted(
    acme: Organization, carol: User, links: tuple[Link, Link]
) -> None:
    first, second = administrator(acme), administrator(acme)
    for _ in range(ROUNDS):
        asked = asked_by(carol, links)
        assert asked.resource is not None

        outcomes = together(
            partial(share_answers.grant, asked, by=first),
            partial(share_resources, links[0], [asked.resource], by=second),
        )

        assert all(each is None or isinstance(each, list | NotShareable) for each in outcomes)
        assert Share.objects.open().filter(resource=asked.resource).count() == 1
        # What the direct share left open must not add up to more than one person may have.
        asked.resource.share_requests.pending().close(State.WITHDRAWN, by=carol)


def test_two_ask_for_the_same_at_the_same_moment(
    acme: Organization, carol: User, links: tuple[Link, Link]
) -> None:
    dora = factories.UserFactory.create()
    acme.memberships.create(user=dora, role="VIEWER")
    receiver, owner = links
    for _ in range(ROUNDS):
        resource = factories.ResourceFactory.create(owner_account=owner.account)

        together(
            *(partial(share_requests.ask, [(receiver, resource)], note="", by=by) for by in (carol, dora))
        )

        assert resource.share_requests.pending().count() == 1
        resource.share_requests.pending().close(State.WITHDRAWN, by=carol)


def test_the_receiver_leaves_while_its_request_is_granted_or_asked(
    acme: Organization, carol: User, links: tuple[Link, Link]
) -> None:
    alice = administrator(acme)
    for _ in range(ROUNDS):
        receiver = factories.LinkFactory.create(organization=acme)
        asked = asked_by(carol, (receiver, links[1]))
        other = factories.ResourceFactory.create(owner_account=links[1].account)

        together(
            partial(share_answers.grant, asked, by=alice),
            partial(leave, receiver),
            partial(share_requests.ask, [(receiver, other)], note="", by=carol),
        )

        assert not receiver.share_requests.pending().exists()
        asked.refresh_from_db()
        assert Share.objects.filter(resource=asked.resource).count() == (asked.state == State.GRANTED)
