"""LINE outside of runs: one ad account through its key, at the key's pace, every call in the log."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from audiences import rate
from audiences.claims import Wait, outside_transactions
from audiences.hitches import Hitch, Hitched
from audiences.models import Call
from audiences.reasons import Stop
from lineads.calls import CallRecord
from lineads.client import LineAds
from lineads.errors import Kind, LineAdsError
from linking import keys
from linking.errors import NoSecret
from linking.models import Account, ApiKey
from organizations.models import Organization

T = TypeVar("T")


class Reached:
    """`before_call` runs when the call has got its turn: a worker renews its lease there."""

    def __init__(
        self, account: Account, api_key: ApiKey, *, deadline: float, before_call: Callable[[], None]
    ) -> None:
        self.account = account
        self._access_key = api_key.access_key
        self._before_call = before_call
        self._client = keys.client_for(api_key, deadline=deadline, on_call=self._log)

    def close(self) -> None:
        self._client.close()

    def ask(self, call: Callable[[LineAds], T]) -> T:
        """Raises `Wait` when it is not this key's turn, `LineAdsError` when it did not end well."""
        rate.take(self._access_key)
        self._before_call()
        outside_transactions()
        try:
            return call(self._client)
        except LineAdsError as error:
            if error.kind == Kind.RATE_LIMITED:
                raise Wait(rate.block(self._access_key, error.retry_after), Stop.RATE_LIMITED) from error
            raise

    def _log(self, record: CallRecord) -> None:
        Call.objects.create(
            access_key=self._access_key,
            at=record.at,
            method=record.method,
            path=record.path,
            status=record.status,
            outcome=record.kind or "ok",
            ms=record.ms,
        )


def _nothing() -> None:
    pass


@contextmanager
def reached(
    organization: Organization,
    account: Account,
    *,
    deadline: float,
    before_call: Callable[[], None] = _nothing,
) -> Iterator[Reached]:
    """Raises `Hitched` when no key of the organization reaches the account."""
    api_key = keys.key_for(organization, account)
    if api_key is None:
        raise Hitched(Hitch.NO_KEY)
    try:
        line = Reached(account, api_key, deadline=deadline, before_call=before_call)
    except NoSecret as missing:
        raise Hitched(Hitch.KEY_REFUSED) from missing
    try:
        yield line
    finally:
        line.close()
