from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from linking import applications, services
from linking.errors import (
    AlreadyGranted,
    ApplicationClosed,
    ApplicationPending,
    NotManager,
    NotTalkHeadView,
    RefusalReasonMissing,
    RuleRefused,
)
from linking.models import Account, TalkHeadViewApplication
from organizations import outbox
from organizations.models import Organization, OutgoingMail
from tests import factories
from tests.linking.conftest import acts
from users.models import User

pytestmark = [pytest.mark.db, pytest.mark.django_db]
SignIn = Callable[[User], Client]
State = TalkHeadViewApplication.State


def page(act: str, *more: Any) -> str:
    return reverse(f"linking:{act}", args=more)


@pytest.fixture
def talk(acme: Organization, mia: User) -> Account:
    """A Talk Head View account of acme's legal entity, managed by mia, not granted."""
    account: Account = factories.TalkHeadViewFactory.create(legal_entity=acme.legal_entity, name="Acme THV")
    account.managers.create(user=mia)
    return account


@pytest.fixture
def application(talk: Account, mia: User) -> TalkHeadViewApplication:
    return applications.apply(talk, note="Order 123", by=mia)


def mails() -> list[tuple[str, str]]:
    rows = OutgoingMail.objects.order_by("kind", "to_user__email")
    return [(mail.kind, mail.to_user.email) for mail in rows]


def test_only_after_its_application_was_granted_an_account_asks_to_be_linked(
    application: TalkHeadViewApplication, acme: Organization, mia: User, rui: User
) -> None:
    talk = application.account
    with pytest.raises(RuleRefused) as refused:
        services.issue_request(talk, acme.code, by=mia)
    assert refused.value.code == "not_granted"

    applications.grant(application, by=rui)

    assert services.issue_request(talk, acme.code, by=mia).url
    assert acts(account_id=talk.pk) == ["application.sent", "application.granted", "link_request.issued"]


def test_a_refusal_names_its_reason_and_leaves_the_account_as_it_was(
    application: TalkHeadViewApplication, talk: Account, rui: User
) -> None:
    applications.refuse(application, by=rui, reason="Wrong order")

    talk.refresh_from_db()
    assert (application.state, application.reason, talk.granted_at) == (State.REFUSED, "Wrong order", None)


@pytest.mark.parametrize("reason", ["", "  ", "\u200b"])
def test_a_refusal_without_a_reason_is_none(
    application: TalkHeadViewApplication, rui: User, reason: str
) -> None:
    with pytest.raises(RefusalReasonMissing):
        applications.refuse(application, by=rui, reason=reason)


def test_the_managers_are_told_of_the_answer(
    application: TalkHeadViewApplication, talk: Account, bob: User, rui: User, mailoutbox: list[Any]
) -> None:
    talk.managers.create(user=bob)
    applications.refuse(application, by=rui, reason="Wrong order")

    assert mails() == [
        ("application_refused", "bob@acme.example"),
        ("application_refused", "mia@acme.example"),
    ]
    for mail in OutgoingMail.objects.all():
        outbox.deliver(mail.pk)
    assert "Wrong order" in mailoutbox[0].body
    assert page("account-settings", talk.pk) in mailoutbox[0].body


def test_a_granted_application_is_mailed_in_words(
    application: TalkHeadViewApplication, rui: User, mailoutbox: list[Any]
) -> None:
    applications.grant(application, by=rui)
    outbox.deliver(OutgoingMail.objects.get().pk)

    assert mailoutbox[0].subject == "The Talk Head View application of Acme THV is granted"


def test_one_application_waits_at_a_time(
    application: TalkHeadViewApplication, talk: Account, mia: User
) -> None:
    with pytest.raises(ApplicationPending):
        applications.apply(talk, note="", by=mia)

    applications.withdraw(application, by=mia)

    assert applications.apply(talk, note="", by=mia).state == State.PENDING


def test_a_granted_account_needs_no_second_application(
    application: TalkHeadViewApplication, talk: Account, mia: User, rui: User
) -> None:
    applications.grant(application, by=rui)

    with pytest.raises(AlreadyGranted):
        applications.apply(talk, note="", by=mia)


def test_other_kinds_have_nothing_to_apply_for(ads: Account, mia: User) -> None:
    with pytest.raises(NotTalkHeadView):
        applications.apply(ads, note="", by=mia)


def test_only_managers_apply_and_withdraw(
    application: TalkHeadViewApplication, talk: Account, alice: User
) -> None:
    with pytest.raises(NotManager):
        applications.apply(talk, note="", by=alice)
    with pytest.raises(NotManager):
        applications.withdraw(application, by=alice)


@pytest.mark.parametrize("closing", ["granted", "refused", "withdrawn"])
def test_a_closed_application_is_not_answered_again(
    application: TalkHeadViewApplication, talk: Account, mia: User, rui: User, closing: str
) -> None:
    acts_by_name: dict[str, Callable[[], None]] = {
        "granted": lambda: applications.grant(application, by=rui),
        "refused": lambda: applications.refuse(application, by=rui, reason="no"),
        "withdrawn": lambda: applications.withdraw(application, by=mia),
    }
    acts_by_name[closing]()

    for act in acts_by_name.values():
        with pytest.raises(ApplicationClosed):
            act()

    assert TalkHeadViewApplication.objects.get().state == closing.upper()
    talk.refresh_from_db()
    assert bool(talk.granted_at) == (closing == "granted")


@pytest.mark.parametrize(
    "fields",
    [{"state": "GRANTED"}, {"closed_at": timezone.now()}, {"state": "REFUSED", "closed_at": timezone.now()}],
    ids=["no-date", "pending-with-date", "no-reason"],
)
def test_the_database_refuses_what_must_never_be(talk: Account, mia: User, fields: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        factories.ApplicationFactory.create(account=talk, asked_by=mia, **fields)


def test_the_manager_applies_and_withdraws_on_the_accounts_page(
    talk: Account, signed_in: SignIn, mia: User
) -> None:
    client, settings = signed_in(mia), page("account-settings", talk.pk)
    before = client.get(settings).content.decode()
    assert f'href="{settings}#application">Apply for linking' in before

    assert client.post(page("apply", talk.pk), {"note": "x" * 501}).status_code == 400
    assert client.post(page("apply", talk.pk), {"note": "Order 1"}).status_code == 302
    assert client.post(page("apply", talk.pk), {}).status_code == 409
    waiting = client.get(settings).content.decode()
    assert [word for word in ("Waiting for an answer", "waits for an answer") if word not in waiting] == []
    assert "Apply for linking" not in waiting

    withdraw = page("withdraw", talk.pk, TalkHeadViewApplication.objects.get().pk)
    assert client.post(withdraw).status_code == 302
    assert client.post(withdraw).status_code == 409
    assert client.get(withdraw).status_code == 405


def test_the_account_page_tells_what_became_of_it(
    application: TalkHeadViewApplication, talk: Account, signed_in: SignIn, mia: User, rui: User
) -> None:
    applications.refuse(application, by=rui, reason="Wrong order")

    shown = signed_in(mia).get(page("account-settings", talk.pk)).content.decode()

    assert [word for word in ("Refused", "Wrong order", "Apply for linking") if word not in shown] == []


def test_pages_of_other_kinds_have_no_application(ads: Account, signed_in: SignIn, mia: User) -> None:
    client = signed_in(mia)

    assert "Application for linking" not in client.get(page("account-settings", ads.pk)).content.decode()
    assert client.post(page("apply", ads.pk)).status_code == 404


def test_the_queue_shows_what_waits_longest_first_and_counts_it(
    application: TalkHeadViewApplication, talk: Account, mia: User, rui: User, signed_in: SignIn
) -> None:
    older = factories.ApplicationFactory.create(asked_at=application.asked_at - timezone.timedelta(days=1))
    done = factories.ApplicationFactory.create(state=State.GRANTED, closed_at=timezone.now())

    answer = signed_in(rui).get(page("applications"))

    assert list(answer.context["page"]) == [older, application, done]
    assert [item.count for item in answer.context["menu"]] == [0, 0, 0, 0, 2]


@pytest.mark.parametrize(
    ("wanted", "count"), [({"state": "PENDING"}, 1), ({"state": "REFUSED"}, 0), ({"account": "acme t"}, 1)]
)
def test_the_queue_is_filtered(
    application: TalkHeadViewApplication, signed_in: SignIn, rui: User, wanted: dict[str, str], count: int
) -> None:
    assert len(signed_in(rui).get(page("applications"), wanted).context["page"]) == count


def test_the_operator_answers_on_the_page(
    application: TalkHeadViewApplication, fresh_in: SignIn, rui: User
) -> None:
    client = fresh_in(rui)
    grant, refuse = page("grant-application", application.pk), page("refuse-application", application.pk)
    assert "Order 123" in client.get(page("application", application.pk)).content.decode()

    assert client.post(refuse, {"reason": ""}).status_code == 400
    assert client.post(refuse, {"reason": "\u200b"}).status_code == 400
    assert client.post(grant).status_code == 302
    assert client.post(grant).status_code == 409
    assert client.post(refuse, {"reason": "late"}).status_code == 409

    assert "By Rui" in client.get(page("application", application.pk)).content.decode()


@pytest.mark.parametrize("count", [1, 20])
def test_the_queue_takes_the_same_few_queries(
    signed_in: SignIn, rui: User, count: int, django_assert_num_queries: Any
) -> None:
    for _ in range(count):
        factories.ApplicationFactory.create()
    client = signed_in(rui)

    with django_assert_num_queries(8):
        client.get(page("applications"))
