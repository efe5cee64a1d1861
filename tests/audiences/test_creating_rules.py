"""Creating by a rule: at LINE once, here once, and each refusal in one sentence."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from audiences import creating_rules
from audiences.audience_rules import (
    AccountFriends,
    AppEvent,
    Condition,
    ImageClick,
    Lookalike,
    Rule,
    VideoView,
    WebTraffic,
)
from audiences.changes import LineRefused
from audiences.connectors import NameTaken
from audiences.creating_rules import CreationLost, create_audience
from audiences.models import Mirror
from audiences.services import NoKey
from lineads.client import LineAds
from lineads.shapes import CustomAudience
from linking.models import Account
from organizations.errors import Invalid
from organizations.models import AuditEvent
from resources.models import Resource
from tests import factories
from tests.audiences.mirroring import audiences, made_elsewhere, mirror_of, refresh
from tests.audiences.stage import Stage

pytestmark = [pytest.mark.db, pytest.mark.django_db(transaction=True)]

FRIENDS = AccountFriends("ACTIVE")
CART = Condition("CONTAIN", ["/cart", "/basket"])
RULES: list[Rule] = [
    FRIENDS,
    WebTraffic("VISIT_ALL", 180),
    WebTraffic("URL_MATCHING", 30, conditions=[CART, Condition("NOT_CONTAIN", ["/help"])]),
    WebTraffic("EVENT_MATCHING", 1, event="CONVERSION_EVENT"),
    AppEvent("OPEN", 30),
    AppEvent("PURCHASE", 30, app=7, conditions=[Condition("GREATER_THAN", ["100"], "ITEM_PRICE")]),
    VideoView("VIDEO_PLAY_50P", video=7, days=30),
    ImageClick(campaign=7, days=180),
]


def create(stage: Stage, rule: Rule = FRIENDS, name: str = "Our friends") -> Resource:
    return create_audience(stage.account, name, rule, by=stage.operator)


def creations(stage: Stage) -> str:
    return f"POST /api/v3/adaccounts/{stage.account.line_id}/custom-audiences"


def at_line(stage: Stage) -> list[CustomAudience]:
    client: LineAds = stage.client()
    found = list(client.list_audiences(stage.account.line_id).audiences)
    client.close()
    return found


def posts(stage: Stage) -> int:
    return sum(request["method"] == "POST" for request in stage.requests())


@pytest.mark.parametrize("rule", RULES)
def test_each_kind_is_made_at_line_and_here(stage: Stage, rule: Rule) -> None:
    audience = create(stage, rule)

    (there,) = at_line(stage)
    assert (there.id, there.name, there.function_type) == (audience.line_id, "Our friends", rule.kind)
    assert rule.as_line().items() <= there.rules[rule.word].items()
    audience.refresh_from_db()
    assert rule.as_line().items() <= audience.details[rule.word].items()
    assert (audience.kind, audience.create_route) == (rule.kind, "BUSINESS_MANAGER")
    assert audience.owner_account == stage.account


def test_it_is_in_progress_until_the_next_refresh_and_stays_ours(stage: Stage) -> None:
    stage.line.control("POST", "/clock", {"job_seconds": 3600})
    audience = create(stage)
    assert audience.status == "IN_PROGRESS"
    stage.line.control("POST", "/clock", {"job_seconds": 0})

    refresh(stage)

    audience.refresh_from_db()
    assert (audience.status, audience.create_route) == ("READY", "BUSINESS_MANAGER")
    assert len(audiences(stage)) == 1


def test_the_history_says_who_made_it(stage: Stage) -> None:
    audience = create(stage)

    event = AuditEvent.objects.get(action="audience.created")
    assert str(event.person) == str(stage.operator)
    assert event.details == {"kind": "ACCOUNT_FRIENDS", "line_id": audience.line_id}


def test_a_second_press_finds_the_name_taken(stage: Stage) -> None:
    create(stage)

    with pytest.raises(NameTaken):
        create(stage)

    assert (len(at_line(stage)), posts(stage)) == (1, 1)


def test_a_name_that_an_audience_here_will_get_is_taken(stage: Stage) -> None:
    waiting = stage.connector().destination

    with pytest.raises(NameTaken):
        create(stage, name=waiting.name)

    assert stage.requests() == []


def test_a_name_taken_at_line_alone_is_found_before_the_call(stage: Stage) -> None:
    made_elsewhere(stage, "Our friends")
    before = posts(stage)

    with pytest.raises(NameTaken) as taken:
        create(stage)

    assert "name" in taken.value.fields
    assert posts(stage) == before


def test_a_namesake_of_others_that_is_only_shared_with_the_account_takes_no_name(stage: Stage) -> None:
    theirs = made_elsewhere(stage, "Our friends")
    factories.ResourceFactory.create(line_id=theirs, name="Our friends")

    with pytest.raises(LineRefused, match="has an audience with this name already"):
        create(stage)


def test_a_lost_answer_is_looked_up_and_the_audience_taken_in(stage: Stage) -> None:
    stage.fault("reset", when="after", match=creations(stage))

    audience = create(stage)

    (there,) = at_line(stage)
    assert (audience.line_id, posts(stage)) == (there.id, 1)


def test_a_call_that_never_arrived_makes_nothing_and_line_is_looked_at_again(stage: Stage) -> None:
    mirror_of(stage)
    refresh(stage)
    stage.fault("reset", match=creations(stage))

    with pytest.raises(CreationLost):
        create(stage)

    assert (at_line(stage), audiences(stage)) == ([], {})
    assert Mirror.objects.due().exists()


def test_when_line_cannot_be_looked_at_either_the_next_refresh_brings_it(stage: Stage) -> None:
    stage.fault("reset", when="after", match=creations(stage))
    stage.line.control("POST", "/faults", {"match": LOOK, "times": 1, "when": "before", "do": "slow:0"})
    stage.line.control("POST", "/faults", {"match": LOOK, "times": 1, "when": "before", "do": "status:500"})

    with pytest.raises(CreationLost):
        create(stage)
    assert audiences(stage) == {}

    refresh(stage)
    assert set(audiences(stage)) == {"Our friends"}


LOOK = "GET /api/v3/adaccounts/*/custom-audiences"


@pytest.mark.parametrize("changes", [{"function_type": "WEBTRAFFIC"}, {"minutes": 2}, {"created": None}])
def test_after_a_lost_answer_nothing_that_may_be_somebody_elses_is_taken_in(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, changes: dict[str, object]
) -> None:
    made = timezone.now() - timedelta(minutes=int(str(changes.pop("minutes", 0))))
    found = {"created": made, "function_type": "ACCOUNT_FRIENDS", **changes}
    told = {"id": "7", "name": "Our friends", "status": "READY", "failed_type": "", "estimated_size": "-"}
    looks = iter([[], [CustomAudience(**told, **found)]])  # type: ignore[arg-type]
    monkeypatch.setattr(creating_rules, "_named", lambda line, name: next(looks))
    stage.fault("reset", match=creations(stage))

    with pytest.raises(CreationLost):
        create(stage)

    assert audiences(stage) == {}


def test_what_a_refresh_met_first_is_the_same_audience(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    keep = creating_rules._keep

    def late(*arguments: object, **more: object) -> Resource:
        refresh(stage)
        return keep(*arguments, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(creating_rules, "_keep", late)

    audience = create(stage)

    assert (len(audiences(stage)), audience.create_route) == (1, "BUSINESS_MANAGER")


def test_a_rule_that_line_has_already_is_refused_at_its_field(stage: Stage) -> None:
    create(stage)

    with pytest.raises(LineRefused, match="has an audience of these people already") as refused:
        create(stage, name="Friends again")

    assert "friends" in refused.value.fields
    assert len(audiences(stage)) == 1


def test_an_event_that_no_page_reported_is_refused_at_its_field(stage: Stage) -> None:
    with pytest.raises(LineRefused, match="has not reported this event") as refused:
        create(stage, WebTraffic("EVENT_MATCHING", 30, event="CUSTOM_EVENT", custom_event="Signup"))

    assert "custom_event" in refused.value.fields


def test_an_unknown_refusal_carries_lines_word(stage: Stage) -> None:
    with pytest.raises(LineRefused, match=r"LINE's word: TOO_HIGH"):
        create(stage, ImageClick(campaign=7, days=181))


def test_a_key_is_needed(stage: Stage) -> None:
    stage.organization.api_keys.all().delete()

    with pytest.raises(NoKey):
        create(stage)


def test_an_account_that_is_linked_nowhere_has_no_key(stage: Stage) -> None:
    with pytest.raises(NoKey):
        create_audience(factories.AdsAccountFactory.create(), "Friends", FRIENDS, by=stage.operator)


def test_a_429_asks_to_try_again(stage: Stage) -> None:
    stage.fault("status:429", match=creations(stage))

    with pytest.raises(LineRefused, match="Try again in a minute"):
        create(stage)

    assert audiences(stage) == {}


@pytest.mark.parametrize("name", ["", " \n ", "x" * 121])
def test_a_name_is_one_line_of_at_most_120_characters(stage: Stage, name: str) -> None:
    with pytest.raises(Invalid):
        create(stage, name=name)

    assert stage.requests() == []


def a_source(account: Account, **fields: object) -> Resource:
    return factories.ResourceFactory.create(owner_account=account, **{"size": "250", **fields})


def test_a_lookalike_is_built_on_an_audience_of_the_account(stage: Stage) -> None:
    made_elsewhere(stage, "Buyers", people=400)
    refresh(stage)

    audience = create(stage, Lookalike(audiences(stage)["Buyers"], percent=3), "Like buyers")

    assert audience.details["lookalike"]["volumeRate"] == {"auto": False, "rate": 0.03}


def test_line_decides_whether_a_source_has_enough_people(stage: Stage) -> None:
    line_id = made_elsewhere(stage, "Buyers", people=5)
    source = a_source(stage.account, line_id=line_id)

    with pytest.raises(LineRefused, match="too few people") as refused:
        create(stage, Lookalike(source), "Like buyers")

    assert "source" in refused.value.fields
