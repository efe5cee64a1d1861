"""Mail: a row in the transaction of the act it tells of, sent later by a worker. No request opens SMTP.

A worker that dies between the server's OK and our note sends the mail again: at least once, seldom twice.
`templates/mail/<kind>.txt` holds the words, its first line the subject; it is rendered in the receiver's
language when it is sent, and what was sealed for it is forgotten then.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import structlog
from celery import current_app
from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import F
from django.db.models.functions import Now
from django.template.loader import render_to_string
from django.utils import timezone, translation

from organizations import sealing
from organizations.models import OutgoingMail
from organizations.names import seen
from users.models import User

S = OutgoingMail.State
CLAIM = timedelta(minutes=5)  # longer than a worker takes to send one mail
MOST_ATTEMPTS = 10  # over about six hours
LONGEST_PAUSE = timedelta(hours=1)
MOST_OFFERED = 50
KEPT = timedelta(days=30)
DELIVER = "organizations.tasks.deliver"
ADDRESS = "__address"  # no template asks for it
log = structlog.get_logger(__name__)


def tell(users: Iterable[User], kind: str, context: Mapping[str, str]) -> None:
    """Mail these people, each in his or her language and zone.

    `context` takes texts and URLs for the template; what ends in `_at` is a moment in ISO 8601.
    """
    content = json.dumps(dict(context))
    for user in users:
        # Due at once by the database's clock, whatever ours says.
        mail = OutgoingMail(id=uuid4(), kind=kind, to_user=user, not_before=Now())
        mail.sealed = sealing.seal(content, table="outgoing_mail", row=mail.pk, field="sealed")
        mail.save()


def tell_address(address: str, kind: str, context: Mapping[str, str], *, language: str) -> None:
    """Mail an address that need not belong to anybody here. Neither the row nor the log shows it."""
    mail = OutgoingMail(id=uuid4(), kind=kind, language=language, not_before=Now())
    content = json.dumps({**context, ADDRESS: address})
    mail.sealed = sealing.seal(content, table="outgoing_mail", row=mail.pk, field="sealed")
    mail.save()


def deliver(mail_id: UUID) -> None:
    """Send one mail, if it is still due and nobody else is at it."""
    due = OutgoingMail.objects.due().filter(pk=mail_id)
    if not due.update(not_before=Now() + CLAIM, attempts=F("attempts") + 1):
        return
    mail = OutgoingMail.objects.select_related("to_user").get(pk=mail_id)
    try:
        _message(mail).send()
    except Exception as error:  # whatever it is, the next mail must go out and this one must end some day
        _try_later(mail, error)
        return
    OutgoingMail.objects.filter(pk=mail_id, state=S.WAITING).update(state=S.SENT, closed_at=Now(), sealed="")


def offer(publish: Callable[[UUID], None] | None = None) -> None:
    """Tell workers of mails that are due; a message that is lost is told again at the next tick."""
    send = publish or _publish
    for mail_id in (
        OutgoingMail.objects.due().order_by("not_before").values_list("pk", flat=True)[:MOST_OFFERED]
    ):
        send(mail_id)


def forget() -> None:
    OutgoingMail.objects.exclude(state=S.WAITING).filter(closed_at__lt=Now() - KEPT).delete()


def _publish(mail_id: UUID) -> None:
    current_app.send_task(DELIVER, args=[str(mail_id)], retry=False, expires=10)


def _message(mail: OutgoingMail) -> EmailMessage:
    content = json.loads(sealing.unseal(mail.sealed, table="outgoing_mail", row=mail.pk, field="sealed"))
    address = content.pop(ADDRESS, "") or (mail.to_user.email if mail.to_user else "")
    context = {name: _value(name, text) for name, text in content.items()}
    language = mail.to_user.language if mail.to_user else mail.language
    zone = mail.to_user.time_zone if mail.to_user else settings.TIME_ZONE
    with translation.override(language or settings.LANGUAGE_CODE), timezone.override(zone):
        text = render_to_string(f"mail/{mail.kind}.txt", {**context, "site": settings.SITE_URL})
    subject, _line_end, body = text.strip().partition("\n")
    # A line break in a name must not become a header of its own.
    return EmailMessage(" ".join(subject.split()), body.strip() + "\n", to=[address])


def _value(name: str, text: str) -> str | datetime:
    """Texts without what cannot be seen, but moments where the name says so."""
    return datetime.fromisoformat(text) if name.endswith("_at") and text else seen(text)


def _try_later(mail: OutgoingMail, error: Exception) -> None:
    """Server errors name addresses, so the log gets their kind only."""
    log.warning("mail_not_sent", mail=str(mail.pk), kind=mail.kind, error=type(error).__name__)
    waiting = OutgoingMail.objects.filter(pk=mail.pk, state=S.WAITING)
    if mail.attempts >= MOST_ATTEMPTS:
        waiting.update(state=S.FAILED, closed_at=Now())
        return
    pause = min(timedelta(minutes=2 ** (mail.attempts - 1)), LONGEST_PAUSE)
    waiting.update(not_before=Now() + pause)
