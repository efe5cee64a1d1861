"""The sharing map as a page, as a picture and by REST, and the page behind a figure."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any
from xml.etree import ElementTree

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from linking import services as linking
from linking.models import Link
from organizations.models import Organization
from resources.models import Resource
from tests import factories
from users.models import Scope, User

pytestmark = [pytest.mark.db, pytest.mark.django_db]
SignIn = Callable[[User], Client]
SVG = "{http://www.w3.org/2000/svg}"
QUERIES = 13  # one of them because there are sharing rules


def map_url(organization: Organization) -> str:
    return reverse("resources:sharing-map", args=[organization.code])


def picture(content: bytes) -> ElementTree.Element:
    """The first picture that is no icon, read as strict XML."""
    found = re.search(r'<svg class="map" role="img".*?</svg>', content.decode(), re.DOTALL)
    assert found
    return ElementTree.fromstring(found[0].replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1))


def texts(drawn: ElementTree.Element, tag: str) -> list[str]:
    return [element.text or "" for element in drawn.iter(f"{SVG}{tag}")]


def share(link: Link, to_link: Link, *names: str) -> list[Resource]:
    made = [factories.ResourceFactory.create(owner_account=link.account, name=name) for name in names]
    for resource in made:
        factories.ShareFactory.create(resource=resource, to_link=to_link, from_link=link)
    return made


def test_the_list_of_audiences_leads_to_the_map(acme: Organization, carol: User, signed_in: SignIn) -> None:
    page = signed_in(carol).get(reverse("resources:audience-list", args=[acme.code]))

    assert map_url(acme).encode() in page.content


def test_an_empty_map_says_how_to_begin(
    acme: Organization, ads_link: Link, carol: User, signed_in: SignIn
) -> None:
    page = signed_in(carol).get(map_url(acme))

    assert b"Nothing is shared yet" in page.content
    assert b'class="map" role="img"' not in page.content


def test_a_figure_leads_to_exactly_what_it_counts(
    acme: Organization, ads_link: Link, official_link: Link, carol: User, signed_in: SignIn
) -> None:
    share(ads_link, official_link, "Buyers", "Visitors")
    share(factories.LinkFactory.create(organization=acme), official_link, "Somebody else's")
    factories.ResourceFactory.create(owner_account=ads_link.account, name="Kept")
    client = signed_in(carol)

    drawn = picture(client.get(map_url(acme)).content)
    (url,) = (
        link.get("href")
        for link in drawn.iter(f"{SVG}a")
        if "Acme Ads → Acme Coffee OA: 2 resources" in texts(link, "title")
    )
    behind = client.get(str(url))

    assert [row.resource.name for row in behind.context["rows"]] == ["Buyers", "Visitors"]
    assert b"Kept" not in behind.content


def test_heads_lead_to_the_accounts_pages(
    acme: Organization, ads_link: Link, official_link: Link, carol: User, signed_in: SignIn
) -> None:
    share(ads_link, official_link, "Buyers")

    drawn = picture(signed_in(carol).get(map_url(acme)).content)

    heads = {texts(link, "text")[0]: link.get("href") for link in drawn.iter(f"{SVG}a")}
    for link in (ads_link, official_link):
        assert heads[link.account.name] == reverse("resources:account", args=[acme.code, link.account_id])


def test_the_page_behind_says_by_which_way_each_came(
    acme: Organization, ads_link: Link, official_link: Link, bob: User, signed_in: SignIn
) -> None:
    share(ads_link, official_link, "Buyers")
    factories.ResourceFactory.create(owner_account=None, owner_organization=acme, name="Of all")
    linking.share_everything(official_link, by=bob)
    url = reverse("resources:shared-between", args=[acme.code, official_link.account_id])

    of_all, of_own = (signed_in(bob).get(url, {"owner": owner}) for owner in ("", "organization"))

    assert len(of_all.context["rows"]) == 2
    assert [row.resource.name for row in of_own.context["rows"]] == ["Of all"]
    assert b"via organization (all resources)" in of_own.content


@pytest.mark.parametrize("owner", ["nonsense", "00000000-0000-4000-8000-000000000000", "foreign"])
def test_an_owner_that_is_not_here_is_not_found(
    acme: Organization, official_link: Link, carol: User, signed_in: SignIn, owner: str
) -> None:
    foreign = factories.LinkFactory.create()
    url = reverse("resources:shared-between", args=[acme.code, official_link.account_id])
    key = str(foreign.account_id) if owner == "foreign" else owner

    assert signed_in(carol).get(url, {"owner": key}).status_code == 404


def test_what_comes_by_rules_alone_is_marked_in_words_too(
    acme: Organization, ads_link: Link, official_link: Link, bob: User, signed_in: SignIn
) -> None:
    factories.ResourceFactory.create(owner_account=ads_link.account)
    linking.share_everything(official_link, by=bob)

    page = signed_in(bob).get(map_url(acme))

    assert "Acme Ads → Acme Coffee OA: 1 resource, all by standing rules" in texts(
        picture(page.content), "title"
    )
    assert len(list(picture(page.content).iter(f"{SVG}path"))) == 1
    assert [line.cell.by_rule for line in page.context["page"]] == [1]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("<script>x</script>", "<script>x</script>"),
        ("Tea & \"Leaf\" 'n' <b>", "Tea & \"Leaf\" 'n' <b>"),
        ("Evil\u202egnp.exe\u200b", "Evilgnp.exe"),
        ("قهوة الصباح", "قهوة الصباح"),
        ("\u200b\u2060", "@plain"),
    ],
    ids=["tag", "quotes", "turned", "right-to-left", "unseen"],
)
def test_a_name_is_shown_as_text_and_nothing_else(
    acme: Organization,
    ads_link: Link,
    official_link: Link,
    carol: User,
    signed_in: SignIn,
    name: str,
    shown: str,
) -> None:
    type(official_link.account).objects.filter(pk=official_link.account_id).update(
        name=name, basic_id="@plain"
    )
    share(ads_link, official_link, "Buyers")

    content = signed_in(carol).get(map_url(acme)).content

    assert any(
        shown in text or text.rstrip("…") in shown
        for text in texts(picture(content), "text")
        if len(text) > 4
    )
    assert f"Acme Ads → {shown}: 1 resource" in texts(picture(content), "title")
    assert not re.search("[\u202e\u200b\u2060]|<script>x", unescape(content.decode()).replace(shown, ""))


def test_a_long_name_is_cut_with_the_whole_one_in_its_title(
    acme: Organization, ads_link: Link, official_link: Link, carol: User, signed_in: SignIn
) -> None:
    long = "台灣咖啡股份有限公司台北信義旗艦店官方帳號"
    type(official_link.account).objects.filter(pk=official_link.account_id).update(name=long)
    share(ads_link, official_link, "Buyers")

    drawn = picture(signed_in(carol).get(map_url(acme)).content)

    assert f"{long[:11]}…" in texts(drawn, "text")
    assert long in texts(drawn, "title")


def many(acme: Organization, count: int) -> None:
    links = factories.LinkFactory.create_batch(count, organization=acme)
    for link, to_link in zip(links, [*links[1:], links[0]], strict=True):
        share(link, to_link, "Buyers")
    linking.share_everything(links[0], by=factories.UserFactory.create())
    factories.SharingRuleFactory.create(organization=acme).receivers.set(links[:2])


@pytest.mark.parametrize("count", [3, 200])
def test_the_page_asks_the_same_number_of_questions_whatever_the_size(
    acme: Organization,
    carol: User,
    signed_in: SignIn,
    count: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    many(acme, count)
    client = signed_in(carol)

    with django_assert_num_queries(QUERIES):
        client.get(map_url(acme))


def test_the_page_behind_asks_the_same_number_of_questions(
    acme: Organization,
    ads_link: Link,
    official_link: Link,
    carol: User,
    signed_in: SignIn,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    url = reverse("resources:shared-between", args=[acme.code, official_link.account_id])
    share(ads_link, official_link, "One")
    client = signed_in(carol)
    with django_assert_num_queries(13) as few:
        client.get(url)
    share(ads_link, official_link, *(f"List {number}" for number in range(30)))

    with django_assert_num_queries(len(few)):
        client.get(url)


def test_a_large_map_leads_on_to_the_others(acme: Organization, carol: User, signed_in: SignIn) -> None:
    many(acme, 45)
    client = signed_in(carol)

    first = picture(client.get(map_url(acme)).content)
    (following,) = {a.get("href") for a in first.iter(f"{SVG}a") if texts(a, "text")[0] == "25 others"} & {
        "?columns=2"
    }
    second = client.get(f"{map_url(acme)}{following}")

    assert second.context["map"].receivers.page == 2
    assert b"21\xe2\x80\x9340 of 45" in second.content


def test_those_without_shares_are_one_row_that_a_filter_opens(
    acme: Organization, ads_link: Link, official_link: Link, carol: User, signed_in: SignIn
) -> None:
    share(ads_link, official_link, "Buyers")
    client = signed_in(carol)

    folded = picture(client.get(map_url(acme)).content)
    opened = client.get(map_url(acme), {"show": "all"})

    assert ("1 without shares", "?show=all") in {
        (texts(link, "text")[0], link.get("href")) for link in folded.iter(f"{SVG}a")
    }
    assert len(opened.context["picture"].columns) == 2


@pytest.mark.parametrize("rows", ["x", "-1", "0", "99999999999999999999", "²"])
def test_a_page_that_does_not_exist_is_the_first_or_last(
    acme: Organization, ads_link: Link, official_link: Link, carol: User, signed_in: SignIn, rows: str
) -> None:
    share(ads_link, official_link, "Buyers")

    page = signed_in(carol).get(map_url(acme), {"rows": rows, "columns": rows, "service": "nonsense"})

    assert page.context["map"].owners.page == 1
    assert page.context["page"].paginator.count == 1


def test_rest_tells_the_same_numbers(
    acme: Organization, ads_link: Link, official_link: Link, bob: User, client: Client
) -> None:
    share(ads_link, official_link, "Buyers", "Visitors")
    factories.ResourceFactory.create(owner_account=None, owner_organization=acme)
    factories.SharingRuleFactory.create(organization=acme, owned_by="ORGANIZATION")
    headers = {"Authorization": f"Bearer {factories.token_for(bob, Scope.READ)}"}

    told: dict[str, Any] = client.get(
        f"/api/v1/organizations/{acme.code}/sharing-map/", headers=headers
    ).json()

    ads, official = ads_link.account.line_id, official_link.account.basic_id
    assert told["total"] == 3
    assert [owner["id"] for owner in told["owners"]["results"]] == [ads, acme.code]
    assert told["accounts"] | {"results": []} == {
        "count": 1, "without_shares": 1, "page": 1, "pages": 1, "results": []
    }  # fmt: skip
    assert told["cells"] == [
        {"owner": ads, "account": official, "resources": 2, "by_rule": 0},
        {"owner": acme.code, "account": official, "resources": 1, "by_rule": 1},
    ]
