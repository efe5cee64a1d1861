"""Renaming and deleting at LINE: what LINE refuses is one sentence, what is lost is looked up."""

from __future__ import annotations

import pytest
from django.utils import timezone

from audiences import changes, leftovers
from audiences.connectors import NameTaken
from audiences.models import Connector, Mirror, Run
from audiences.services import NoKey
from lineads.client import LineAds
from organizations import impact
from organizations.models import AuditEvent
from resources.models import Kind, Resource
from tests import factories
from tests.audiences.mirroring import audiences, made_elsewhere, refresh
from tests.audiences.stage import Stage, hashed

pytestmark = [pytest.mark.db, pytest.mark.django_db(transaction=True)]
S = Resource.Status


@pytest.fixture
def audience(stage: Stage) -> Resource:
    made_elsewhere(stage, "Buyers")
    refresh(stage)
    return audiences(stage)["Buyers"]


def rename(stage: Stage, audience: Resource, name: str = "Loyal buyers") -> None:
    changes.rename_audience(audience, by=stage.operator, name=name)


def delete(stage: Stage, audience: Resource) -> None:
    changes.delete_audience(audience, by=stage.operator, confirm_name=audience.name)


def at_line(stage: Stage) -> set[str]:
    client: LineAds = stage.client()
    found = {each.name for each in client.list_audiences(stage.account.line_id).audiences}
    client.close()
    return found


def calls_of(stage: Stage, audience: Resource, method: str) -> str:
    return f"{method} /api/v3/adaccounts/{stage.account.line_id}/custom-audiences/{audience.line_id}"


def test_a_rename_is_made_at_line_and_here(stage: Stage, audience: Resource) -> None:
    rename(stage, audience)

    assert at_line(stage) == {"Loyal buyers"}
    assert set(audiences(stage)) == {"Loyal buyers"}
    event = AuditEvent.objects.get(action="resource.renamed")
    assert event.details == {"before": "Buyers", "after": "Loyal buyers"}
    assert str(event.person) == str(stage.operator)


def test_the_same_name_asks_nobody(stage: Stage, audience: Resource) -> None:
    before = len(stage.requests())

    rename(stage, audience, "Buyers")

    assert len(stage.requests()) == before


def test_a_name_that_another_audience_here_will_get_is_refused(stage: Stage, audience: Resource) -> None:
    waiting = stage.connector().destination

    with pytest.raises(NameTaken):
        rename(stage, audience, waiting.name)

    assert at_line(stage) == {"Buyers"}


def test_a_name_that_line_has_already_is_one_sentence(stage: Stage, audience: Resource) -> None:
    made_elsewhere(stage, "Loyal buyers")

    with pytest.raises(changes.LineRefused, match="has an audience with this name") as refused:
        rename(stage, audience)

    assert "name" in refused.value.fields
    assert set(audiences(stage)) == {"Buyers"}


def test_a_rename_whose_answer_was_lost_is_looked_up(stage: Stage, audience: Resource) -> None:
    stage.fault("reset", when="after", match=calls_of(stage, audience, "POST"))

    rename(stage, audience)

    assert set(audiences(stage)) == {"Loyal buyers"}


def test_a_rename_that_never_arrived_changes_nothing_and_line_is_asked_again(
    stage: Stage, audience: Resource
) -> None:
    stage.fault("reset", match=calls_of(stage, audience, "POST"))
    assert not Mirror.objects.due().exists()

    with pytest.raises(changes.AnswerLost):
        rename(stage, audience)

    assert set(audiences(stage)) == {"Buyers"}
    assert Mirror.objects.due().exists()


def test_when_line_cannot_even_be_looked_at_the_next_refresh_brings_the_truth(
    stage: Stage, audience: Resource
) -> None:
    stage.fault("reset", when="after", match=calls_of(stage, audience, "POST"))
    stage.fault("status:500", match=f"GET /api/v3/adaccounts/{stage.account.line_id}/custom-audiences")

    with pytest.raises(changes.AnswerLost):
        rename(stage, audience)
    assert set(audiences(stage)) == {"Buyers"}

    refresh(stage)
    assert set(audiences(stage)) == {"Loyal buyers"}


def test_what_line_no_longer_has_is_said_and_looked_into(stage: Stage, audience: Resource) -> None:
    stage.line.control("DELETE", f"/audiences/{audience.line_id}")

    with pytest.raises(changes.LineRefused, match="no longer has this audience"):
        rename(stage, audience)

    assert Mirror.objects.due().exists()


def test_an_audience_that_line_does_not_know_yet_keeps_its_name(stage: Stage) -> None:
    with pytest.raises(changes.NotAtLineYet):
        rename(stage, stage.connector().destination)


def test_a_key_is_needed(stage: Stage, audience: Resource) -> None:
    stage.organization.api_keys.all().delete()

    with pytest.raises(NoKey):
        rename(stage, audience)


def test_a_429_asks_to_try_again(stage: Stage, audience: Resource) -> None:
    stage.fault("status:429", match=calls_of(stage, audience, "POST"))

    with pytest.raises(changes.LineRefused, match="Try again in a minute") as refused:
        rename(stage, audience)

    assert refused.value.code == "rate_limited"


@pytest.mark.parametrize(("owner", "kind"), [("OFFICIAL", Kind.USER_ID_UPLOAD), ("ADS", Kind.LINE_TAG)])
def test_only_what_ad_accounts_make_can_be_changed(stage: Stage, owner: str, kind: Kind) -> None:
    makers = {"OFFICIAL": factories.OfficialAccountFactory, "ADS": factories.AdsAccountFactory}
    account = makers[owner].create()
    factories.LinkFactory.create(account=account, organization=stage.organization)
    foreign = factories.ResourceFactory.create(owner_account=account, kind=kind)

    with pytest.raises(changes.NotChangeable):
        rename(stage, foreign)
    with pytest.raises(changes.NotChangeable):
        delete(stage, foreign)


def test_a_deleted_audience_is_gone_at_line_and_ends_here(stage: Stage, audience: Resource) -> None:
    link = factories.LinkFactory.create(organization=stage.organization)
    share = factories.ShareFactory.create(resource=audience, to_link=link)
    feeding = stage.connector(destination=audience)
    waiting = stage.planned(feeding, [hashed(1)])

    delete(stage, audience)

    assert at_line(stage) == set()
    for row in (audience, share, feeding, waiting):
        row.refresh_from_db()
    assert (audience.status, share.ended_at is None) == (S.DELETED, False)
    assert (feeding.state, feeding.pause_reason) == (Connector.State.PAUSED, "audience_gone")
    assert (waiting.state, waiting.reason) == (Run.State.CANCELLED, "audience_gone")
    assert str(AuditEvent.objects.get(action="resource.deleted").person) == str(stage.operator)


def test_deleting_twice_ends_it_once(stage: Stage, audience: Resource) -> None:
    delete(stage, audience)
    audience.refresh_from_db()

    with pytest.raises(changes.NotChangeable):
        delete(stage, audience)

    assert AuditEvent.objects.filter(action="resource.deleted").count() == 1


def test_a_deletion_is_confirmed_by_the_name(stage: Stage, audience: Resource) -> None:
    with pytest.raises(changes.NotConfirmed):
        changes.delete_audience(audience, by=stage.operator, confirm_name="buyers")

    assert at_line(stage) == {"Buyers"}


def test_what_a_run_is_filling_is_not_deleted(stage: Stage, audience: Resource) -> None:
    stage.sending(stage.connector(destination=audience), [hashed(1)])

    with pytest.raises(changes.BeingFilled):
        delete(stage, audience)

    assert "Buyers" in at_line(stage)


def test_what_ads_still_use_stays_and_says_why(stage: Stage, audience: Resource) -> None:
    stage.line.control("POST", f"/audiences/{audience.line_id}", {"in_use": True})

    with pytest.raises(changes.LineRefused, match="Ads still use this audience"):
        delete(stage, audience)

    assert set(audiences(stage)) == {"Buyers"}


def test_a_deletion_whose_answer_was_lost_is_looked_up(stage: Stage, audience: Resource) -> None:
    stage.fault("reset", when="after", match=calls_of(stage, audience, "DELETE"))

    delete(stage, audience)

    assert audiences(stage) == {}


def test_a_deletion_that_never_arrived_can_be_made_once_more(stage: Stage, audience: Resource) -> None:
    stage.fault("reset", match=calls_of(stage, audience, "DELETE"))
    with pytest.raises(changes.StillThere):
        delete(stage, audience)
    assert set(audiences(stage)) == {"Buyers"}

    delete(stage, audience)

    assert audiences(stage) == {}


def test_what_was_deleted_at_line_before_us_ends_here_all_the_same(stage: Stage, audience: Resource) -> None:
    stage.line.control("DELETE", f"/audiences/{audience.line_id}")

    delete(stage, audience)

    assert audiences(stage) == {}


def test_what_line_does_not_know_ends_without_asking(stage: Stage) -> None:
    new = stage.connector().destination

    delete(stage, new)

    new.refresh_from_db()
    assert new.status == S.DELETED
    assert stage.requests() == []


def test_the_next_refresh_does_not_bring_back_what_was_deleted(stage: Stage, audience: Resource) -> None:
    """LINE deletes in the background: its list may still show it for a while."""
    Resource.objects.filter(pk=audience.pk).update(status=S.DELETED, deleted_at=timezone.now())

    refresh(stage)

    assert audiences(stage) == {}


@pytest.mark.parametrize("written_as", [int, str])
def test_the_impact_names_lookalikes_connectors_and_runs(
    stage: Stage, audience: Resource, written_as: type
) -> None:
    source = {"audienceGroupId": written_as(audience.line_id)}
    lookalike = {"kind": Kind.LOOKALIKE, "details": {"lookalike": {"source": source}}}
    built = factories.ResourceFactory.create(owner_account=stage.account, **lookalike)
    stage.planned(stage.connector(destination=audience), [hashed(1)])

    counts = {str(each.label): each.count for each in impact.of(audience)}

    assert list(leftovers.lookalikes_of(audience)) == [built]
    assert counts == {
        "Lookalike audiences built on it": 1,
        "Connectors that feed it": 1,
        "Runs that have not ended": 1,
    }


def test_lookalikes_of_other_organizations_are_not_told(stage: Stage, audience: Resource) -> None:
    source = {"lookalike": {"source": {"audienceGroupId": int(audience.line_id or 0)}}}
    factories.ResourceFactory.create(kind=Kind.LOOKALIKE, details=source)

    assert not leftovers.lookalikes_of(audience).exists()


def test_a_sending_run_of_an_audience_that_ended_is_cancelled_by_its_worker(stage: Stage) -> None:
    connector = stage.connector()
    run = stage.sending(connector, [hashed(1)])

    leftovers.stop_feeding(connector.destination, by=None)

    run.refresh_from_db()
    assert (run.state, run.reason) == (Run.State.CANCELLING, "audience_gone")
