"""CSV of runs and of their rejected rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audiences.identifiers import reason_label
from audiences.models import Run
from organizations.errors import DomainError
from organizations.exports import csv_response
from organizations.storage import SealedReader


class RejectsGone(DomainError):
    status = 404
    code = "rejects_gone"
    message = gettext_lazy("There is no report of rejected rows, or it is no longer kept.")


def rejects_csv(run: Run) -> StreamingHttpResponse:
    """Line numbers and reasons of the rows that cannot be sent, never their values."""
    if not run.rejects_name:
        raise RejectsGone
    source = SealedReader(run.rejects_name)
    header = [_("Line"), _("Reason"), _("Explanation")]
    return csv_response(f"rejects-{run.pk}.csv", header, _rejects(source))


def _rejects(source: SealedReader) -> Iterator[Sequence[object]]:
    with source:
        for line in _text_lines(source):
            number, _comma, code = line.partition(",")
            if number.isdigit():
                yield number, code, reason_label(code)


def _text_lines(source: SealedReader) -> Iterator[str]:
    pending = b""
    for chunk in source:
        *whole, pending = (pending + chunk).split(b"\n")
        yield from (line.decode() for line in whole)
    yield pending.decode()


def runs_csv(runs: QuerySet[Run]) -> StreamingHttpResponse:
    header = [
        *(
            _("Run"),
            _("Connector"),
            _("Audience"),
            _("State"),
            _("Reason"),
            _("Rows"),
            _("Unique"),
            _("Parts"),
        ),
        *(_("Started"), _("Finished"), _("Allowed by")),
    ]
    return csv_response("runs.csv", header, (_row(run) for run in runs.iterator(chunk_size=500)))


def _row(run: Run) -> list[object]:
    return [
        *(run.pk, run.connector.name, run.destination.name, run.get_state_display(), run.reason),
        *(run.rows, run.unique, run.part_count),
        *(run.created_at.isoformat(), run.finished_at.isoformat() if run.finished_at else ""),
        run.consent_by,
    ]
