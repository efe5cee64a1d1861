"""What went wrong with a call, and its caller's questions: was it processed, can a repeat help?"""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    NOT_SENT = "not_sent"  # no byte of the request left: name lookup, refused, deadline while connecting
    TLS = "tls"  # the other side could not prove to be LINE
    UNKNOWN = "unknown"  # bytes left, and no answer says what became of them
    STRANGE = "strange"  # 2xx, but not LINE's answer: processed or not, nobody knows
    REDIRECT = "redirect"
    INVALID = "invalid"  # 400, 422: the reasons decide
    KEY_REFUSED = "key_refused"
    FORBIDDEN = "forbidden"
    GONE = "gone"
    BUSY = "busy"
    TOO_LARGE = "too_large"
    RATE_LIMITED = "rate_limited"
    REFUSED = "refused"  # any other 4xx


RETRIES_HELP = frozenset({Kind.NOT_SENT, Kind.UNKNOWN, Kind.STRANGE, Kind.BUSY, Kind.RATE_LIMITED})
UNCERTAIN = frozenset({Kind.UNKNOWN, Kind.STRANGE})
STATUS_KINDS = {
    400: Kind.INVALID,
    401: Kind.KEY_REFUSED,
    403: Kind.FORBIDDEN,
    404: Kind.GONE,
    408: Kind.UNKNOWN,
    409: Kind.BUSY,
    410: Kind.GONE,
    413: Kind.TOO_LARGE,
    422: Kind.INVALID,
    425: Kind.UNKNOWN,
    429: Kind.RATE_LIMITED,
}
SUCCESSES = range(200, 300)
REDIRECTS = range(300, 400)
REFUSALS = range(400, 500)


def kind_of(status: int) -> Kind:
    if status in SUCCESSES:
        return Kind.STRANGE
    if status in REDIRECTS:
        return Kind.REDIRECT
    if status in REFUSALS:
        return STATUS_KINDS.get(status, Kind.REFUSED)
    return Kind.UNKNOWN


class LineAdsError(Exception):
    """A call that did not end well.

    `reasons` are LINE's own codes, `retry_after` the seconds LINE asks for, `clock_skew` the seconds by which
    LINE's clock is ahead of ours (negative: behind), from the answer's Date header.
    """

    def __init__(
        self,
        kind: Kind,
        detail: str,
        *,
        status: int | None = None,
        reasons: tuple[str, ...] = (),
        retry_after: float | None = None,
        clock_skew: float | None = None,
        ms: int = 0,
    ) -> None:
        super().__init__(" ".join([f"{kind}: {detail}", *reasons]))
        self.kind = kind
        self.detail = detail
        self.status = status
        self.reasons = reasons
        self.retry_after = retry_after
        self.clock_skew = clock_skew
        self.ms = ms

    @property
    def was_processed(self) -> bool | None:
        """None: it may or may not have been."""
        return None if self.kind in UNCERTAIN else False

    @property
    def may_retry(self) -> bool:
        """Whether the same request can succeed later without a person changing something."""
        return self.kind in RETRIES_HELP
