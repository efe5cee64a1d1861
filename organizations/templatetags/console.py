"""What `templates/components/` needs beyond Django's own tags; `docs/look.md` shows each in use."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django import forms, template
from django.forms.boundfield import BoundField
from django.templatetags.static import static
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timesince import timesince
from django.utils.translation import gettext as _

register = template.Library()


class Tone(NamedTuple):
    """The class that colours a status, and the icon that says the same without colour."""

    name: str
    icon: str


OK, WAIT, WARN = Tone("ok", "circle-check"), Tone("wait", "clock"), Tone("warn", "triangle-alert")
BAD, BUSY, IDLE = Tone("bad", "circle-x"), Tone("busy", "refresh-cw"), Tone("idle", "circle-dashed")
INFO, ENDED, PAUSED = Tone("wait", "info"), Tone("idle", "ban"), Tone("warn", "circle-pause")

TONES: dict[str, Tone] = {
    **dict.fromkeys(
        [
            "OK",
            "APPROVED",
            "VERIFIED",
            "ACTIVE",
            "READY",
            "FINISHED",
            "DONE",
            "APPLIED",
            "SUCCESS",
            "PREMIUM",
            "GRANTED",
            "SENT",
        ],
        OK,
    ),
    **dict.fromkeys(["WAIT", "WAITING", "PENDING", "IN_REVIEW", "FIRST_APPROVED", "CHECKED"], WAIT),
    **dict.fromkeys(["QUEUED", "PLANNED", "NEXT"], WAIT),
    **dict.fromkeys(["BUSY", "PLANNING", "SENDING", "CONFIRMING", "CANCELLING", "CHECKING"], BUSY),
    **dict.fromkeys(["ACTIVATING", "INFLIGHT", "ACCEPTED", "IN_PROGRESS", "WORKING"], BUSY),
    **dict.fromkeys(["WARN", "WARNING", "EXPIRED", "UNKNOWN", "MISSED", "INACTIVE", "EXPIRING"], WARN),
    **dict.fromkeys(["PAUSED"], PAUSED),
    **dict.fromkeys(["BAD", "REJECTED", "REFUSED", "FAILED", "INVALID", "REVOKED", "ERROR"], BAD),
    **dict.fromkeys(
        ["ENDED", "RETIRED", "CANCELLED", "WITHDRAWN", "SUPERSEDED", "DISCARDED", "DELETED"], ENDED
    ),
    **dict.fromkeys(["IDLE", "NEW", "DRAFT", "UNVERIFIED", "NONE"], IDLE),
    **dict.fromkeys(["INFO", "DEBUG"], INFO),
}

ACCOUNT_ICONS = {"OFFICIAL": "message-circle", "ADS": "megaphone", "TALK_HEAD_VIEW": "panels-top-left"}

WIDGET_CLASSES: list[tuple[type[forms.Widget], str]] = [
    (forms.CheckboxInput, ""),
    (forms.Select, "form-select"),
    (forms.Widget, "form-control"),
]
HALF_A_MINUTE = timedelta(seconds=30)
CHOICES_ONE_BY_ONE = (forms.RadioSelect, forms.CheckboxSelectMultiple)


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """Draw an icon of the sprite; without `label` it is hidden from screen readers."""
    href = f"{static('icons.svg')}#{name}"
    if label:
        return format_html('<svg class="icon" role="img" aria-label="{}"><use href="{}"/></svg>', label, href)
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}"/></svg>', href)


@register.filter
def tone(state: object) -> Tone:
    """Find the tone of a state code; an unknown code looks idle rather than breaking the page."""
    return TONES.get(str(state).upper(), IDLE)


@register.filter
def account_icon(kind: object) -> str:
    return ACCOUNT_ICONS.get(str(kind), "building-2")


@register.filter
def number(value: object) -> str:
    """Group thousands the same way in all four languages, which Django's own formats do not."""
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value)  # LINE gives sizes as text
    if isinstance(value, int | float | Decimal):
        return f"{value:,}"
    return "–" if value in (None, "") else str(value)


@register.simple_tag
def percent(part: float | None, whole: float | None) -> str:
    """Round down, so that 100 % is said of nothing that still lacks a piece."""
    if not whole or part is None:
        return "–"
    return f"{min(100, int(part * 100 // whole))} %"


@register.simple_tag
def ago(when: datetime | None) -> SafeString | str:
    """Say how far away a moment is, with the exact one, in the reader's zone, in the title."""
    if when is None:
        return "–"
    local = timezone.localtime(when)
    exact = f"{date_format(local, 'DATETIME_FORMAT')} {local.tzname()}"
    return format_html('<time datetime="{}" title="{}">{}</time>', local.isoformat(), exact, _distance(when))


def _distance(when: datetime) -> str:
    now = timezone.now()
    if abs(now - when) < timedelta(minutes=1):
        return _("just now")
    if when > now:
        # Rounded, so that what was given seven days a second ago does not read "in 6 days".
        return _("in %(span)s") % {"span": timesince(now, when + HALF_A_MINUTE, depth=1)}
    return _("%(span)s ago") % {"span": timesince(when, now, depth=1)}


@register.filter
def widget(field: BoundField) -> SafeString:
    """Render a field's control with the console's classes; Django adds the aria attributes itself."""
    control = field.field.widget
    fitting = next(css for kind, css in WIDGET_CLASSES if isinstance(control, kind))
    invalid = "is-invalid" if field.errors else ""
    classes = " ".join(filter(None, [control.attrs.get("class", ""), fitting, invalid]))
    return field.as_widget(attrs={"class": classes})


@register.filter
def layout(field: BoundField) -> str:
    """Name the shape of a field: `checkbox`, `choices` (radio or checkbox group) or `stacked`."""
    control = field.field.widget
    if isinstance(control, CHOICES_ONE_BY_ONE):
        return "choices"
    return "checkbox" if isinstance(control, forms.CheckboxInput) else "stacked"


@dataclass(frozen=True)
class Bar:
    """One step of a funnel; the widths are parts of 100, as text that no language localizes."""

    label: str
    count: int
    width: str
    lost_width: str
    lost: list[Mapping[str, Any]]


@register.simple_tag
def funnel_bars(steps: Iterable[Mapping[str, Any]]) -> list[Bar]:
    """Scale every step to the largest one; a count above zero never draws as nothing."""
    rows = list(steps)
    largest = max((int(row["count"]) for row in rows), default=0)
    return [_bar(row, largest) for row in rows]


def _bar(row: Mapping[str, Any], largest: int) -> Bar:
    lost = list(row.get("lost") or [])
    width = _share(int(row["count"]), largest)
    lost_width = min(_share(sum(int(part["count"]) for part in lost), largest), 100 - width)
    return Bar(str(row["label"]), int(row["count"]), f"{width:.2f}", f"{lost_width:.2f}", lost)


def _share(count: int, largest: int) -> float:
    return max(0.5, count * 100 / largest) if count and largest else 0.0
