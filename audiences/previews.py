"""How a list would be read, shown on masked rows, before anything is prepared."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

from django.utils.translation import gettext as _

from audiences import reading
from audiences.connectors import Recipe
from audiences.datasets import open_list
from audiences.identifiers import COUNTRIES, Accepted, Reason
from audiences.identifiers import Kind as Identifier
from audiences.models import Dataset
from audiences.normalising import mask, normalise
from audiences.reading import FileFacts
from organizations.errors import Invalid

ROWS = 20
GUESSES = [Identifier.PHONE.value, Identifier.EMAIL.value, Identifier.IFA.value]


@dataclass(frozen=True)
class Preview:
    """A masked sample. `verdicts` has one entry per row: empty when it can be sent, else why not."""

    columns: list[str]
    rows: list[list[str]]
    verdicts: list[str]
    column: int

    @property
    def sendable(self) -> int:
        return self.verdicts.count("")

    @property
    def chosen(self) -> list[int]:
        return [self.column, len(self.columns) - 1]

    @property
    def table(self) -> list[list[str]]:
        return [
            [*row, verdict or _("Can be sent")] for row, verdict in zip(self.rows, self.verdicts, strict=True)
        ]


def guess(dataset: Dataset) -> Recipe:
    """What the first look at the file suggests; the organization's own country for national numbers."""
    return _guess(dataset, dataset.facts, _stored_guesses(dataset))


def guess_from(dataset: Dataset, facts: FileFacts, identifier: str = "") -> Recipe:
    """`guess` for a file read otherwise than at first, or for one kind of identifier."""
    guesses = [(column.index, column.guess) for column in facts.columns]
    recipe = _guess(
        dataset, asdict(facts), [one for one in guesses if one[1] in (identifier or one[1], "hashed")]
    )
    return replace(recipe, identifier=identifier) if identifier else recipe


def _guess(dataset: Dataset, facts: dict[str, Any], guesses: list[tuple[int, str]]) -> Recipe:
    column, kind = _likely(guesses)
    region = dataset.organization.region
    return Recipe(
        encoding=facts["encoding"],
        delimiter=facts["delimiter"],
        has_header=facts["has_header"],
        column=column,
        identifier=kind if kind in GUESSES else Identifier.PHONE.value,
        is_hashed=kind == "hashed",
        country=region if region in COUNTRIES else "",
    )


def is_sure(dataset: Dataset) -> bool:
    return bool(_likely(_stored_guesses(dataset))[1])


def _stored_guesses(dataset: Dataset) -> list[tuple[int, str]]:
    return [(column["index"], column["guess"]) for column in dataset.facts["columns"]]


def _likely(guesses: list[tuple[int, str]]) -> tuple[int, str]:
    """The column to begin with and what it seems to hold: phones before e-mails before the rest."""
    ranked = sorted((one for one in guesses if one[1]), key=lambda one: [*GUESSES, "hashed"].index(one[1]))
    return ranked[0] if ranked else (0, "")


LONGEST_POSITION = 6  # digits; Python refuses to read numbers of thousands


def column_named(facts: FileFacts, text: str) -> int:
    """A column by its position from 0 or by its title in the heading."""
    titles = [column.title for column in facts.columns]
    if text in titles:
        return titles.index(text)
    if text.isascii() and text.isdigit() and len(text) <= LONGEST_POSITION and int(text) < len(titles):
        return int(text)
    raise Invalid(fields={"column": [str(_("The list has no such column."))]})


def read_as(
    dataset: Dataset, *, encoding: str = "", delimiter: str = "", has_header: bool | None = None
) -> FileFacts:
    """The facts of the file when a person overrules the guesses."""
    with open_list(dataset) as source:
        return reading.inspect(
            source,
            encoding=encoding or dataset.facts["encoding"],
            delimiter=delimiter or dataset.facts["delimiter"],
            has_header=dataset.facts["has_header"] if has_header is None else has_header,
        )


def preview(dataset: Dataset, facts: FileFacts, recipe: Recipe) -> Preview:
    with open_list(dataset) as source:
        rows = reading.sample(source, facts, ROWS)
    return Preview(
        columns=[*titles(dataset, facts), _("Result")],
        rows=[[mask(cell) for cell in row] for row in rows],
        verdicts=[_verdict(row[recipe.column], recipe) for row in rows],
        column=recipe.column,
    )


def titles(dataset: Dataset, facts: FileFacts) -> list[str]:
    """Names of the columns. A first line that we took for data stays masked, whatever a person says it is."""
    show = str if dataset.facts["has_header"] else mask
    return [show(column.title) or _("Column %(n)s") % {"n": column.index + 1} for column in facts.columns]


def _verdict(cell: str, recipe: Recipe) -> str:
    kind, country = Identifier(recipe.identifier), recipe.country or None
    outcome = normalise(
        kind, cell, country=country, landlines=recipe.sends_landlines, hashed=recipe.is_hashed
    )
    return "" if isinstance(outcome, Accepted) else str(Reason(outcome.reason).label)
