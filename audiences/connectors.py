"""What people decide before anything runs: how a list is read, where it goes, who stays there."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from pathlib import PurePath
from typing import Required, TypedDict, Unpack

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from audiences import destinations, services
from audiences.datasets import ListErased
from audiences.destinations import KIND_OF
from audiences.identifiers import Kind as Identifier
from audiences.models import FINAL, Connector, Dataset, Run
from linking.models import Account
from organizations import audit
from organizations.errors import DomainError, Invalid
from organizations.models import Organization
from resources.models import Resource
from users.models import User

NAME_LENGTH = 120


@dataclass(frozen=True)
class Recipe:
    """How a list is read; the fields are those of the connector."""

    encoding: str
    delimiter: str
    has_header: bool
    column: int
    identifier: str
    is_hashed: bool = False
    country: str = ""
    sends_landlines: bool = False


@dataclass(frozen=True)
class NewAudience:
    account: Account
    name: str


class Choices(TypedDict, total=False):
    """What the wizard and REST may say about a new connector."""

    dataset: Required[Dataset]
    recipe: Required[Recipe]
    destination: Required[NewAudience | Resource]
    mode: str
    name: str
    phone_form: str
    confirm_name: str


class NameTaken(DomainError):
    code = "name_taken"

    def __init__(self, field: str) -> None:
        message = _("This name is already used. Choose another one.")
        super().__init__(message, fields={field: [str(message)]})


class OutOfReach(DomainError):
    code = "out_of_reach"
    message = _("No API key of this organization reaches this account. An administrator can enter one.")


class OtherKind(DomainError):
    code = "other_kind"
    message = _("This audience holds another kind of identifier. Choose one of the same kind.")


class OtherForm(DomainError):
    code = "other_phone_form"
    message = _(
        "This audience holds another form of phone numbers. Two forms in one audience match only in part."
    )


class NotOurs(DomainError):
    """REPLACE would end members that this console never saw."""

    code = "confirm_replace"
    message = _(
        "This audience was filled elsewhere, and all its members would be replaced. Type its name to confirm."
    )

    def __init__(self, audience: Resource) -> None:
        super().__init__(fields={"confirm_name": [str(self.message)]})
        self.audience = audience


class StillRunning(DomainError):
    code = "still_running"
    message = _("A run of this connector has not ended yet. Finish or cancel it before you change the list.")


@transaction.atomic
def save_connector(
    organization: Organization,
    *,
    by: User,
    dataset: Dataset,
    recipe: Recipe,
    destination: NewAudience | Resource,
    mode: str = Connector.Mode.ADD,
    name: str = "",
    phone_form: str = "",
    confirm_name: str = "",
) -> Connector:
    """Save an unscheduled connector and, for a new audience, its row, which LINE does not know yet."""
    _check_list(dataset, recipe)
    audience = _destination(organization, recipe, destination, mode=mode, confirm_name=confirm_name)
    _fix_form(audience, recipe, phone_form)
    chosen = name or free_name(organization, f"{stem(dataset)} → {audience.name}")
    connector = Connector(
        organization=organization, name=chosen, dataset=dataset, created_by=by, **asdict(recipe)
    )
    connector.destination, connector.mode = audience, mode
    _insert(connector)
    account = audience.owner_account
    audit.record("connector.saved", connector, by=by, organization=organization, account=account, mode=mode)
    return connector


@transaction.atomic
def renew_connector(connector: Connector, *, by: User, dataset: Dataset, recipe: Recipe) -> None:
    """Give a connector its next list: same destination, same mode."""
    _check_list(dataset, recipe)
    if KIND_OF[recipe.identifier] != connector.destination.kind:
        raise OtherKind
    unfinished = Run.objects.filter(connector=OuterRef("pk")).exclude(state__in=FINAL)
    idle = Connector.objects.filter(~Exists(unfinished), pk=connector.pk)
    if not idle.update(dataset=dataset, **asdict(recipe)):
        raise StillRunning
    connector.refresh_from_db()
    audit.record(
        "connector.renewed", connector, by=by, organization=connector.organization, dataset=str(dataset.pk)
    )


@transaction.atomic
def send_list(organization: Organization, *, by: User, consent: bool, **choices: Unpack[Choices]) -> Run:
    """The wizard's last press: save the connector and queue its first run, or neither."""
    connector = save_connector(organization, by=by, **choices)
    return services.start_run(connector, by=by, consent=consent)


@transaction.atomic
def send_next_list(connector: Connector, *, by: User, dataset: Dataset, recipe: Recipe, consent: bool) -> Run:
    renew_connector(connector, by=by, dataset=dataset, recipe=recipe)
    return services.start_run(connector, by=by, consent=consent)


def recipe_of(connector: Connector) -> Recipe:
    return Recipe(**{field.name: getattr(connector, field.name) for field in fields(Recipe)})


def stem(dataset: Dataset) -> str:
    return PurePath(dataset.name).stem


def free_name(organization: Organization, wanted: str) -> str:
    """`wanted`, or the first of `wanted (2)`, `wanted (3)`, … that no connector has."""
    wanted = wanted[: NAME_LENGTH - 8]
    taken = set(organization.connectors.filter(name__startswith=wanted).values_list("name", flat=True))
    numbered = (f"{wanted} ({number})" for number in range(2, len(taken) + 3))
    return next(name for name in (wanted, *numbered) if name not in taken)


def _check_list(dataset: Dataset, recipe: Recipe) -> None:
    if dataset.erased_at:
        raise ListErased
    if recipe.identifier not in KIND_OF:
        raise Invalid(fields={"identifier": [str(_("Choose phone numbers or e-mail addresses."))]})


def _destination(
    organization: Organization,
    recipe: Recipe,
    wanted: NewAudience | Resource,
    *,
    mode: str,
    confirm_name: str,
) -> Resource:
    if isinstance(wanted, NewAudience):
        return _new_audience(organization, recipe, wanted)
    if wanted.kind != KIND_OF[recipe.identifier]:
        raise OtherKind
    if not destinations.audiences_for(organization, recipe.identifier).filter(pk=wanted.pk).exists():
        raise OutOfReach
    if (
        mode == Connector.Mode.REPLACE
        and not destinations.is_filled_here(wanted)
        and confirm_name != wanted.name
    ):
        raise NotOurs(wanted)
    return wanted


def _new_audience(organization: Organization, recipe: Recipe, wanted: NewAudience) -> Resource:
    reach = {reach.account.pk: reach for reach in destinations.reaches(organization)}.get(wanted.account.pk)
    if reach is None or reach.refused:
        raise OutOfReach
    of_account = Resource.objects.filter(owner_account=wanted.account, name=wanted.name)
    if of_account.exclude(status=Resource.Status.DELETED).exists():
        raise NameTaken("audience_name")
    return Resource.objects.create(
        kind=KIND_OF[recipe.identifier], name=wanted.name, owner_account=wanted.account
    )


def _fix_form(audience: Resource, recipe: Recipe, phone_form: str) -> None:
    """An audience holds phone numbers in one form from its first list on: as chosen, else its account's."""
    account = audience.owner_account
    if recipe.identifier != Identifier.PHONE or account is None:
        return
    first = phone_form or account.phone_form
    if Resource.objects.filter(pk=audience.pk, phone_form="").update(phone_form=first):
        audience.phone_form = first
    elif phone_form and phone_form != audience.phone_form:
        raise OtherForm


def _insert(connector: Connector) -> None:
    try:
        with transaction.atomic():  # the constraint "one name per organization" has the last word
            connector.save(force_insert=True)
    except IntegrityError as taken:
        raise NameTaken("name") from taken
