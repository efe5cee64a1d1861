"""LINE as one run sees it: through its key, at the key's pace, behind the fence, every call in the log."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from audiences import claims, rate
from audiences.checkpoints import checkpoint
from audiences.claims import Claim, Stopped, Wait, outside_transactions
from audiences.identifiers import Kind as Identifier
from audiences.models import Batch, Call
from audiences.reasons import Stop
from lineads.calls import CallRecord
from lineads.client import LineAds
from lineads.errors import Kind, LineAdsError
from lineads.multipart import ByteSource
from lineads.shapes import CustomAudience, Page, UploadJob
from linking import keys
from linking.models import Account, ApiKey
from organizations.permissions import Action, allowed
from resources.models import Resource

T = TypeVar("T")
MOST_PAGES = 100
ID_TYPES = {
    Identifier.PHONE: "HASHED_PHONE_NUMBER",
    Identifier.EMAIL: "HASHED_EMAIL",
    Identifier.IFA: "IFA",
}


class Line:
    """Each call takes its turn and renews the claim first; `send` does not, its caller has just done both."""

    def __init__(self, claim: Claim, account: Account, api_key: ApiKey) -> None:
        self._claim = claim
        self._account = account
        self._ad_account = account.line_id
        self._access_key = api_key.access_key
        self._batch: Batch | None = None
        self._client: LineAds = keys.client_for(
            api_key,
            deadline=claims.REQUEST_SECONDS,
            before_send=claim.check_fence,
            on_call=self._log,
        )

    def close(self) -> None:
        self._client.close()

    def get_ready(self) -> None:
        rate.take(self._access_key)
        self._claim.renew()

    def send(self, batch: Batch, action: str, file: ByteSource) -> CustomAudience:
        """Upload one part; to a new audience while the destination has no id at LINE."""
        destination = self._claim.run.destination
        return self._called(
            lambda client: client.upload(
                self._ad_account,
                file=file,
                filename=batch.file_name,
                id_type=ID_TYPES[Identifier(self._claim.run.connector.identifier)],
                action=action,
                audience_id=destination.line_id,
                name=None if destination.line_id else destination.name,
            ),
            batch,
        )

    def jobs(self, audience_id: str, batch: Batch | None = None) -> list[UploadJob]:
        """Newest first."""
        return self._asked(lambda client: client.upload_jobs(self._ad_account, audience_id), batch)

    def named(self, name: str) -> list[CustomAudience]:
        """Namesakes, without those that the console knows to be others' and only shared with this account.

        LINE's list has no field for the owner.
        """
        found = [audience for audience in self._every(name) if audience.name == name]
        known = Resource.objects.filter(line_id__in=[audience.id for audience in found])
        others = set(known.exclude(owner_account=self._account).values_list("line_id", flat=True))
        return [audience for audience in found if audience.id not in others]

    def audience(self, audience_id: str, name: str) -> CustomAudience | None:
        """By its name first: LINE has no call for one audience, and people do rename them."""
        for pages in (self._every(name), self._every(None)):
            for found in pages:
                if found.id == audience_id:
                    return found
        return None

    def _every(self, name: str | None) -> Iterator[CustomAudience]:
        for number in range(1, MOST_PAGES + 1):
            page = self._asked(_page(self._ad_account, name, number))
            yield from page.audiences
            if not page.has_next or not page.audiences:
                return

    def _asked(self, ask: Callable[[LineAds], T], batch: Batch | None = None) -> T:
        self.get_ready()
        return self._called(ask, batch)

    def _called(self, call: Callable[[LineAds], T], batch: Batch | None) -> T:
        outside_transactions()
        self._batch = batch
        checkpoint("before a call")
        try:
            answer = call(self._client)
        except LineAdsError as error:
            checkpoint("after a call")
            if error.kind == Kind.RATE_LIMITED:
                raise Wait(rate.block(self._access_key, error.retry_after), Stop.RATE_LIMITED) from error
            raise
        checkpoint("after a call")
        return answer

    def _log(self, record: CallRecord) -> None:
        Call.objects.create(
            run=self._claim.run,
            batch=self._batch,
            access_key=self._access_key,
            at=record.at,
            method=record.method,
            path=record.path,
            status=record.status,
            outcome=record.kind or "ok",
            ms=record.ms,
        )


@contextmanager
def opened(claim: Claim) -> Iterator[Line]:
    """For one step of a run, so that a new secret or a lost right is noticed at the next one."""
    run = claim.run
    if not may_feed(claim):
        raise Stopped(Stop.SENDER_LEFT)
    account = run.account
    if account is None or not account.links.open().filter(organization=run.organization).exists():
        raise Stopped(Stop.LINK_ENDED)
    api_key = keys.key_for(run.organization, account)
    if api_key is None:
        raise Stopped(Stop.NO_KEY)
    line = Line(claim, account, api_key)
    try:
        yield line
    finally:
        line.close()


def may_feed(claim: Claim) -> bool:
    """Whether the person who allowed the run may still do so."""
    sender = claim.run.consent_by
    roles = claim.run.organization.memberships.filter(user=sender).values_list("role", flat=True)
    return sender.is_active and any(Action.USE_KEY in allowed(role) for role in roles)


def _page(ad_account: str, name: str | None, number: int) -> Callable[[LineAds], Page]:
    return lambda client: client.list_audiences(ad_account, name, page=number)
