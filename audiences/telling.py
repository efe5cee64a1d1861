"""A run in words and figures, for its page and for the API: where it is, what was sent, what to do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any

from django.db.models import Count, Q, Sum
from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext as _

from audiences import reasons
from audiences.models import FINAL, Batch, Run
from organizations.models import AuditEvent
from organizations.templatetags.console import number, percent
from resources.receivers import links_receiving
from resources.standing import Standing

S = Run.State
AT_LINE = Q(state__in=[Batch.State.ACCEPTED, Batch.State.APPLIED])
DROPPED = Q(state=Batch.State.PENDING, accepted_at__isnull=False)  # LINE took it and could not process it
DOUBTFUL = Q(state__in=[Batch.State.INFLIGHT, Batch.State.UNKNOWN])
A_MINUTE = timedelta(minutes=1)
EVENTS = 30


@dataclass(frozen=True)
class Progress:
    """What the progress part draws; `left` is a span in words, empty while it would be a guess."""

    label: str
    done: int
    total: int
    unit: str
    rate: int = 0
    left: str = ""


@dataclass(frozen=True)
class Sent:
    """`dropped` parts reached LINE in vain; of `doubtful` ones nobody can say yet."""

    parts: int
    rows: int
    dropped: int
    doubtful: int


@dataclass(frozen=True)
class Telling:
    """One run, told. Each property asks the database once at most."""

    run: Run

    @property
    def is_settled(self) -> bool:
        """Whether nothing will change without a person, so that the page stops asking."""
        return self.run.state in (*FINAL, S.PLANNED, S.PAUSED)

    @property
    def can_cancel(self) -> bool:
        return self.run.state not in (*FINAL, S.CANCELLING)

    @property
    def tone(self) -> str:
        return "bad" if self.run.state == S.FAILED else "warn"

    @property
    def headline(self) -> str:
        return self._waiting or _HEADLINES[S(self.run.state)](self)

    @property
    def _waiting(self) -> str:
        """What a run that goes on by itself waits for, and until when."""
        run, now = self.run, timezone.now()
        if run.state not in (S.SENDING, S.CONFIRMING) or not run.reason:
            return ""
        if run.not_before is None or run.not_before <= now:
            return ""
        why = reasons.what_happened(run.reason)
        if run.not_before - now < A_MINUTE:
            return _("%(why)s It goes on by itself within a minute.") % {"why": why}
        span = timesince(now, run.not_before + A_MINUTE / 2, depth=1)
        return _("%(why)s It goes on by itself in %(span)s.") % {"why": why, "span": span}

    @property
    def what_happened(self) -> str:
        return reasons.what_happened(self.run.reason) if self.run.reason else self.headline

    @property
    def what_to_do(self) -> str:
        if self.run.reason:
            return reasons.what_to_do(self.run.reason)
        return _("Check the figures, then press Send or Discard.") if self.run.state == S.PLANNED else ""

    @cached_property
    def sent(self) -> Sent:
        """What became of the parts in the present attempt."""
        sums = self.run.batches.filter(epoch=self.run.epoch).aggregate(
            parts=Count("pk", filter=AT_LINE),
            rows=Sum("rows", filter=AT_LINE, default=0),
            dropped=Count("pk", filter=DROPPED),
            doubtful=Count("pk", filter=DOUBTFUL),
        )
        return Sent(**sums)

    @property
    def already_sent(self) -> str:
        sent, of = self.sent, number(self.run.part_count)
        told = {
            _("%(parts)s of %(of)s parts with %(rows)s identifiers are at LINE."): sent.parts,
            _("%(parts)s of %(of)s parts reached LINE, but could not be processed there."): sent.dropped,
            _("%(parts)s of %(of)s parts may have reached LINE; its answer is not known."): sent.doubtful,
        }
        values = {"of": of, "rows": number(sent.rows)}
        sentences = [text % {**values, "parts": number(count)} for text, count in told.items() if count]
        return " ".join(sentences) or _("Nothing has been sent.")

    @property
    def events(self) -> Any:
        """The run's own history, newest first."""
        own = AuditEvent.objects.filter(organization=self.run.organization, subject_type="audiences.run")
        return own.filter(subject_id=str(self.run.pk)).newest_first()

    @property
    def timeline(self) -> list[dict[str, Any]]:
        """The history as the timeline part shows it: each state with its time and person."""
        return [
            {
                "at": event.at,
                "state": event.details.get("after", "QUEUED"),
                "text": _event_words(event),
                "who": event.person.name if event.person else "",
            }
            for event in self.events[:EVENTS]
        ]

    @cached_property
    def receivers(self) -> int:
        """Accounts that use the destination by sharing: they feel what happens to it."""
        return links_receiving(self.run.destination, Standing.of(self.run.organization)).count()

    @property
    def progress(self) -> Progress | None:
        if self.run.state == S.PLANNING:
            total = self.run.dataset.byte_count
            return Progress(_("Read so far"), min(self.run.bytes_done, total), total, _("bytes"))
        if self.run.state in (S.SENDING, S.CONFIRMING, S.CANCELLING):
            return self._sending()
        return None

    def _sending(self) -> Progress:
        total, done, started = self.run.unique, self.sent.rows, self.run.send_started_at
        seconds = (timezone.now() - started).total_seconds() if started else 0
        rate = int(done / seconds) if seconds > 1 else 0
        left = timedelta(seconds=(total - done) / rate) if rate and done < total else None
        now = timezone.now()
        words = timesince(now, now + left, depth=1) if left and left > A_MINUTE else ""
        return Progress(_("At LINE so far"), done, total, _("identifiers"), rate, words)

    @property
    def is_counted(self) -> bool:
        return self.run.rows is not None

    @property
    def funnel(self) -> list[dict[str, Any]]:
        """The steps of the funnel part: every row of the file is in one of its figures."""
        run, rows = self.run, self.run.rows or 0
        return [
            {"label": _("Rows in the list"), "count": rows},
            {"label": _("With a value"), "count": rows - run.empty, "lost": _lost(_("Empty"), run.empty)},
            {"label": _("Valid"), "count": run.duplicates + run.unique, "lost": run.reject_reasons},
            {"label": _("Unique"), "count": run.unique, "lost": _lost(_("Duplicates"), run.duplicates)},
        ]


def _event_words(event: AuditEvent) -> str:
    state, reason = event.details.get("after", S.QUEUED), event.details.get("reason", "")
    label = str(S(state).label) if state in S.values else event.action
    return f"{label}: {reasons.what_happened(reason)}" if reason else label


def _lost(label: str, count: int) -> list[dict[str, Any]]:
    return [{"label": label, "count": count}] if count else []


def _preparing(told: Telling) -> str:
    return _("Preparing: %(rows)s rows read") % {"rows": number(told.run.rows_done)}


def _planned(told: Telling) -> str:
    if not told.run.unique:
        return _("Nothing in this list can be sent.")
    return _("Ready: %(count)s identifiers wait for you to press Send.") % {"count": number(told.run.unique)}


def _sending(told: Telling) -> str:
    part = min(told.sent.parts + 1, told.run.part_count)
    values = {"part": number(part), "of": number(told.run.part_count)}
    return _("Sending part %(part)s of %(of)s, %(percent)s") % {
        **values,
        "percent": percent(told.sent.rows, told.run.unique),
    }


def _done(told: Telling) -> str:
    values = {"count": number(told.run.unique), "audience": told.run.destination.name}
    return _("Done: LINE has processed %(count)s identifiers for “%(audience)s”.") % values


_HEADLINES: dict[Run.State, Callable[[Telling], str]] = {
    S.QUEUED: lambda told: _("Queued: a worker takes this run within seconds."),
    S.PLANNING: _preparing,
    S.PLANNED: _planned,
    S.SENDING: _sending,
    S.CONFIRMING: lambda told: _("Everything is at LINE. Waiting until LINE has processed it."),
    S.DONE: _done,
    S.PAUSED: lambda told: _("Paused: it goes on when somebody resumes it."),
    S.CANCELLING: lambda told: _("Cancelling: the part under way is brought to an end."),
    S.CANCELLED: lambda told: _("Cancelled. %(sent)s") % {"sent": told.already_sent},
    S.FAILED: lambda told: _("Failed. %(sent)s") % {"sent": told.already_sent},
    S.MISSED: lambda told: _("This run was due while the console did not work, and was left out."),
}
