from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from linking import keys, services
from linking.errors import KeyExists, NoSecret
from linking.models import Account, ApiKey, ApiKeyVersion, Link
from organizations.models import AuditEvent, Organization
from tests import factories
from tests.emulator.process import EmulatorProcess
from tests.lineads.server import line, reply, reset
from tests.linking.conftest import Asked
from users.models import User

pytestmark = [pytest.mark.db, pytest.mark.django_db]
SECRET = "sk-made-up-secret-of-nobody"
Check = ApiKey.Check


@pytest.fixture
def api_key(acme: Organization, alice: User) -> ApiKey:
    return services.add_key(
        acme, by=alice, name="Group", group_id="G123", access_key="AKMADEUP", secret_key=SECRET
    )


def lists(*ids: str) -> dict[str, Any]:
    return {"datas": [{"id": one, "name": "An account"} for one in ids]}


def checked(settings: Any, api_key: ApiKey, by: User, *answers: Any) -> ApiKey:
    with line(*answers) as server:
        settings.LINE_ADS_BASE_URL = server.url
        return services.check_key(api_key, by=by)


def test_the_secret_is_sealed_and_found_nowhere_in_clear(api_key: ApiKey) -> None:
    version = ApiKeyVersion.objects.get()

    everything = [*ApiKey.objects.values(), *ApiKeyVersion.objects.values(), *AuditEvent.objects.values()]
    assert version.sealed_secret.startswith("v1.")
    assert SECRET not in str(everything)


def test_a_sealed_secret_opens_only_in_its_own_row(api_key: ApiKey, acme: Organization, alice: User) -> None:
    second = services.add_key(
        acme, by=alice, name="Other", group_id="G2", access_key="AKOTHER", secret_key="another"
    )
    stolen = api_key.versions.get().sealed_secret
    second.versions.update(sealed_secret=stolen)

    with pytest.raises(keys.sealing.WrongPlace):
        services.client_for(second)


def test_an_access_key_is_entered_once_per_organization(
    api_key: ApiKey, acme: Organization, other: Organization, alice: User
) -> None:
    entered: dict[str, Any] = {
        "by": alice,
        "name": "Again",
        "group_id": "G1",
        "access_key": "AKMADEUP",
        "secret_key": "x",
    }

    with pytest.raises(KeyExists):
        services.add_key(acme, **entered)
    assert services.add_key(other, **entered).organization == other


def test_a_key_that_line_accepts_works_and_reaches_linked_accounts_only(
    settings: Any, api_key: ApiKey, alice: User, ads_link: Link, other: Organization
) -> None:
    foreign = factories.LinkFactory.create(organization=other).account
    unlinked = factories.AdsAccountFactory.create()
    listed = lists(ads_link.account.line_id, foreign.line_id, unlinked.line_id, "A999999999")

    found = checked(settings, api_key, alice, reply(200, listed))

    assert (found.check_state, found.check_reason) == (Check.WORKS, "")
    assert list(found.accounts.all()) == [ads_link.account]
    assert services.key_for(api_key.organization, ads_link.account) == api_key
    assert services.key_for(other, foreign) is None


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (reply(401), Check.REFUSED),
        (reply(403), Check.REFUSED),
        (reply(404), Check.REFUSED),
        (reply(429), Check.UNREACHABLE),
        (reply(500), Check.UNREACHABLE),
        (reply(200, b"<html>"), Check.UNREACHABLE),
        (reset, Check.UNREACHABLE),
    ],
)
def test_what_line_answers_becomes_a_state_and_a_sentence(
    settings: Any, api_key: ApiKey, alice: User, answer: Any, state: str
) -> None:
    found = checked(settings, api_key, alice, answer)

    assert found.check_state == state
    assert found.check_reason.endswith(".")
    assert found.checked_at is not None
    assert SECRET not in found.check_reason


def test_an_unreachable_line_does_not_take_accounts_away(
    settings: Any, api_key: ApiKey, alice: User, ads_link: Link
) -> None:
    checked(settings, api_key, alice, reply(200, lists(ads_link.account.line_id)))

    checked(settings, api_key, alice, reply(500))

    assert services.key_for(api_key.organization, ads_link.account) == api_key


def test_an_account_that_is_linked_later_is_reached_from_then_on(
    settings: Any, api_key: ApiKey, alice: User, mia: User, ads: Account, acme: Organization
) -> None:
    checked(settings, api_key, alice, reply(200, lists(ads.line_id)))
    assert services.key_for(acme, ads) is None

    link_request, url = services.issue_request(ads, acme.code, by=mia)
    digest = Asked(link_request, url).facts_digest
    services.approve_request(link_request, by=alice, typed_code=acme.code, facts_digest=digest)

    assert services.key_for(acme, ads) == api_key


def test_a_working_key_comes_before_one_that_was_refused(
    settings: Any, api_key: ApiKey, acme: Organization, alice: User, ads_link: Link
) -> None:
    second = services.add_key(acme, by=alice, name="A", group_id="G2", access_key="AK2", secret_key="another")
    listed = reply(200, lists(ads_link.account.line_id))
    checked(settings, api_key, alice, listed)
    checked(settings, second, alice, listed)
    checked(settings, second, alice, reply(401))

    assert services.key_for(acme, ads_link.account) == api_key


def test_a_new_secret_signs_at_once_and_the_old_one_is_erased(
    settings: Any, api_key: ApiKey, alice: User
) -> None:
    checked(settings, api_key, alice, reply(200, lists()))

    services.replace_secret(api_key, by=alice, secret_key="a-new-one")

    states = dict(api_key.versions.values_list("state", "sealed_secret"))
    assert states[ApiKeyVersion.State.RETIRED] == ""
    api_key.refresh_from_db()
    assert api_key.check_state == Check.NEVER
    client = services.client_for(api_key)
    assert client._caller.secret_key == "a-new-one"


def test_an_answer_about_a_replaced_secret_is_not_kept(
    settings: Any, api_key: ApiKey, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def replace_meanwhile(key: ApiKey) -> keys.Finding:
        services.replace_secret(key, by=alice, secret_key="newer")
        return keys.Finding(Check.REFUSED, "old news")

    monkeypatch.setattr(keys, "_ask_line", replace_meanwhile)

    assert services.check_key(api_key, by=alice).check_state == Check.NEVER


def test_a_key_without_a_secret_says_so(api_key: ApiKey) -> None:
    api_key.versions.all().delete()

    with pytest.raises(NoSecret):
        services.client_for(api_key)


def test_what_is_done_with_a_key_stands_in_the_history(settings: Any, api_key: ApiKey, alice: User) -> None:
    checked(settings, api_key, alice, reply(200, lists()))
    services.replace_secret(api_key, by=alice, secret_key="x")

    acts = AuditEvent.objects.order_by("id").values_list("action", flat=True)
    assert list(acts) == ["api_key.added", "api_key.checked", "api_key.secret_replaced"]


@pytest.mark.slow
def test_the_emulated_line_knows_its_keys(
    settings: Any, tmp_path: Path, acme: Organization, alice: User, ads_link: Link
) -> None:
    """Against LINE's side as a process of its own, signature and all."""
    right = services.add_key(
        acme, by=alice, name="R", group_id="G1", access_key="AKMADEUP", secret_key=SECRET
    )
    wrong = services.add_key(
        acme, by=alice, name="W", group_id="G1", access_key="AKOTHER", secret_key="wrong"
    )
    known = {"secret_key": SECRET, "group": "G1", "ad_accounts": [ads_link.account.line_id], "revoked": False}
    with EmulatorProcess(tmp_path) as emulated:
        settings.LINE_ADS_BASE_URL = emulated.url
        for key in (right, wrong):
            emulated.control("PUT", f"/keys/{key.access_key}", known)

        states = [services.check_key(key, by=alice).check_state for key in (right, wrong)]

    assert states == [Check.WORKS, Check.REFUSED]
    assert services.key_for(acme, ads_link.account) == right
