"""Several accounts moved at once, by hand and by REST."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from linking import joint_moves
from linking.models import JointMove, Link, LinkRequest
from organizations.models import Organization
from organizations.permissions import Role
from tests import factories
from tests.conftest import member
from tests.linking.joint import links_of, offer, one_of, states
from users.models import Scope, User

pytestmark = [pytest.mark.db, pytest.mark.django_db]
SignIn = Callable[[User], Client]
State = LinkRequest.State


def ids(links: list[Link]) -> list[str]:
    return [str(link.account_id) for link in links]


def answer(offered: JointMove) -> dict[str, str]:
    moves = joint_moves.moves_of(offered)
    return {"organization_id": moves[0].organization_code, "facts_digest": joint_moves.digest_of(moves)}


def receiving(offered: JointMove, act: str = "joint-move") -> str:
    return reverse(f"linking:{act}", args=[one_of(offered).organization_code, offered.pk])


def test_an_administrator_ticks_reads_and_offers_by_hand(
    fresh_in: SignIn,
    links: list[Link],
    acme: Organization,
    receiver: Organization,
    alice: User,
    charlie: User,
) -> None:
    factories.ShareFactory.create(to_link=links[0])
    client = fresh_in(alice)
    accounts = client.get(reverse("linking:account-list", args=[acme.code, "ads"])).content.decode()
    assert all(f'name="account" value="{account}"' in accounts for account in ids(links))

    page = client.get(reverse("linking:moves-new", args=[acme.code]), {"account": ids(links)})
    assert "Resources shared to this account: 1 will stop being shared" in page.content.decode()

    form = {"account": ids(links), "organization_id": receiver.code}
    shown = client.post(reverse("linking:start-moves", args=[acme.code]), form, follow=True).content.decode()
    url = shown.partition('id="move-url" value="')[2].partition('"')[0]
    offered = JointMove.objects.get()
    started = client.get(reverse("linking:started-moves", args=[acme.code, offered.pk])).content.decode()
    assert "/approve/" in url
    assert url not in started

    opened = fresh_in(charlie).get("/approve/" + url.partition("/approve/")[2], follow=True)
    assert opened.redirect_chain[-1][0] == receiving(offered)
    assert all(link.account.name in opened.content.decode() for link in links)


def test_a_ticked_account_that_has_left_stops_the_offer(
    fresh_in: SignIn, links: list[Link], acme: Organization, receiver: Organization, alice: User
) -> None:
    form = {"account": [*ids(links), str(factories.LinkFactory.create().account_id)]}

    shown = fresh_in(alice).post(
        reverse("linking:start-moves", args=[acme.code]), {**form, "organization_id": receiver.code}
    )

    assert shown.status_code == 409
    assert b"not in this organization any more" in shown.content
    assert not LinkRequest.objects.exists()


@pytest.mark.parametrize(("account", "status"), [([], 400), (["no-id"], 404)])
def test_nothing_ticked_is_said(
    signed_in: SignIn, links: list[Link], acme: Organization, alice: User, account: list[str], status: int
) -> None:
    shown = signed_in(alice).get(reverse("linking:moves-new", args=[acme.code]), {"account": account})

    assert shown.status_code == status


def test_a_wrong_receiver_is_said_at_its_field(
    fresh_in: SignIn, links: list[Link], acme: Organization, alice: User
) -> None:
    form = {"account": ids(links), "organization_id": acme.code}

    shown = fresh_in(alice).post(reverse("linking:start-moves", args=[acme.code]), form)

    assert shown.status_code == 400
    assert b"in this organization already" in shown.content


def test_the_receiving_side_approves_all_by_hand(
    fresh_in: SignIn, offered: JointMove, receiver: Organization, charlie: User
) -> None:
    client = fresh_in(charlie)
    assert answer(offered)["facts_digest"] in client.get(receiving(offered)).content.decode()

    shown = client.post(receiving(offered, "approve-moves"), answer(offered), follow=True)

    assert b"3 accounts are linked." in shown.content
    assert Link.objects.open().filter(organization=receiver).count() == 3


def test_a_failed_check_is_shown_at_its_account(
    fresh_in: SignIn, offered: JointMove, acme: Organization, charlie: User
) -> None:
    other = factories.LegalEntityFactory.create()
    account = one_of(offered).account
    type(account).objects.filter(pk=account.pk).update(legal_entity=other)
    client = fresh_in(charlie)

    assert b"Not every check has passed" in client.get(receiving(offered)).content
    refused = client.post(receiving(offered, "approve-moves"), answer(offered))

    assert refused.status_code == 409
    assert f"{account.name}: Account and organization have the same" in refused.content.decode()


def test_the_receiving_side_rejects_all_by_hand(fresh_in: SignIn, offered: JointMove, charlie: User) -> None:
    client = fresh_in(charlie)
    assert client.post(receiving(offered, "reject-moves"), {}).status_code == 400

    shown = client.post(receiving(offered, "reject-moves"), {"reason": "Not ours."}, follow=True)

    assert b"What was still offered is rejected" in shown.content
    assert states(offered) == [State.REJECTED] * 3
    assert client.post(receiving(offered, "reject-moves"), {"reason": "Again."}).status_code == 409


def test_the_present_side_cancels_all_by_hand(
    signed_in: SignIn, offered: JointMove, acme: Organization, alice: User
) -> None:
    client, page = signed_in(alice), reverse("linking:started-moves", args=[acme.code, offered.pk])
    inbox = reverse("linking:request-list", args=[acme.code])
    assert page in client.get(inbox).content.decode()
    assert b"Cancel the move of 3 accounts" in client.get(page).content

    shown = client.post(reverse("linking:cancel-moves", args=[acme.code, offered.pk]), follow=True)

    assert b"those accounts stay here" in shown.content
    assert states(offered) == [State.CANCELLED] * 3


def test_neither_side_sees_the_others_page(
    signed_in: SignIn,
    offered: JointMove,
    acme: Organization,
    receiver: Organization,
    alice: User,
    charlie: User,
) -> None:
    theirs = reverse("linking:joint-move", args=[acme.code, offered.pk])
    ours = reverse("linking:started-moves", args=[receiver.code, offered.pk])

    assert signed_in(alice).get(theirs).status_code == 404
    assert signed_in(charlie).get(ours).status_code == 404


def test_the_url_opens_for_nobody_else(
    signed_in: SignIn, links: list[Link], receiver: Organization, alice: User
) -> None:
    issued = joint_moves.start_moves(links[0].organization, links, receiver.code, by=alice)
    path = "/approve/" + issued.url.partition("/approve/")[2]

    for person in (alice, member(receiver, Role.OPERATOR, "operator")):
        assert signed_in(person).get(path, follow=True).status_code == 404


def test_one_of_them_leads_to_all(signed_in: SignIn, offered: JointMove, charlie: User) -> None:
    move = one_of(offered)
    page = reverse("linking:request", args=[move.organization_code, move.pk])
    inbox = reverse("linking:request-list", args=[move.organization_code])

    for path in (page, inbox):
        assert receiving(offered) in signed_in(charlie).get(path).content.decode()


@pytest.mark.parametrize("count", [2, 40])
def test_the_pages_of_an_offer_take_the_same_few_queries(
    signed_in: SignIn,
    acme: Organization,
    receiver: Organization,
    alice: User,
    charlie: User,
    count: int,
    django_assert_max_num_queries: Any,
) -> None:
    offered = offer(links_of(acme, count), receiver, alice)
    started = reverse("linking:started-moves", args=[acme.code, offered.pk])

    for person, path in ((alice, started), (charlie, receiving(offered))):
        client = signed_in(person)
        with django_assert_max_num_queries(10):
            assert client.get(path).status_code == 200


# --- REST


def call(person: User, method: str, path: str, body: Any = None) -> Any:
    headers = {"Authorization": f"Bearer {factories.token_for(person, Scope.READ, Scope.APPROVE)}"}
    send = getattr(Client(), method)
    return send(f"/api/v1/organizations/{path}", body, content_type="application/json", headers=headers)


def test_rest_offers_reads_and_approves(
    links: list[Link], acme: Organization, receiver: Organization, alice: User, charlie: User
) -> None:
    body = {"accounts": ids(links), "organization_id": receiver.code}
    issued = call(alice, "post", f"{acme.code}/moves/", body)
    assert issued.status_code == 201
    assert "/approve/" in issued.json()["url"]
    path = f"{receiver.code}/link-requests/together/{issued.json()['id']}/"

    read = call(charlie, "get", path).json()
    given = {"organization_id": receiver.code, "facts_digest": read["facts_digest"]}
    done = call(charlie, "post", f"{path}approve/", given)

    assert [each["state"] for each in read["requests"]] == ["PENDING"] * 3
    assert [each["state"] for each in done.json()["requests"]] == ["APPROVED"] * 3
    assert call(charlie, "post", f"{path}approve/", given).json() == done.json()


def test_rest_rejects_and_cancels(
    offered: JointMove,
    links: list[Link],
    acme: Organization,
    receiver: Organization,
    alice: User,
    charlie: User,
) -> None:
    path = f"{receiver.code}/link-requests/together/{offered.pk}/reject/"
    rejected = call(charlie, "post", path, {"reason": "Not ours."}).json()
    again = offer(links, receiver, alice)
    cancelled = call(alice, "post", f"{acme.code}/moves/together/{again.pk}/cancel/").json()

    assert {each["state"] for each in rejected["requests"]} == {"REJECTED"}
    assert {each["state"] for each in cancelled["requests"]} == {"CANCELLED"}
    assert call(alice, "post", f"{acme.code}/moves/together/{again.pk}/cancel/").status_code == 409


def test_rest_names_no_account_of_others(
    links: list[Link], acme: Organization, receiver: Organization, alice: User
) -> None:
    foreign = str(factories.LinkFactory.create().account_id)
    for accounts, status in (([*ids(links), foreign], 409), ([], 400), (ids(links) * 40, 400)):
        body = {"accounts": accounts, "organization_id": receiver.code}
        assert call(alice, "post", f"{acme.code}/moves/", body).status_code == status

    assert not LinkRequest.objects.exists()


def test_who_gave_the_first_approval_of_all_is_not_asked_again(
    fresh_in: SignIn, links: list[Link], receiver: Organization, alice: User, charlie: User
) -> None:
    Organization.objects.filter(pk=receiver.pk).update(needs_two_approvals=True)
    second = member(receiver, Role.ADMINISTRATOR, "second")
    offered, client = offer(links, receiver, alice), fresh_in(charlie)

    client.post(receiving(offered, "approve-moves"), answer(offered))

    assert "Approve all" not in client.get(receiving(offered)).content.decode()
    assert "Approve all" in fresh_in(second).get(receiving(offered)).content.decode()
