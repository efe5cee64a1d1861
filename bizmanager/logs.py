"""Log lines: JSON in production, readable on a laptop. Ids only; tokens are masked in paths."""

import re
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

PROBES = ("/readyz", "/healthz", "/metrics")
OK = 200
TOKEN_PATH = re.compile(r"(/approve/|/invite/|/reset/key/|/confirm-email/|/confirm-address/)[^/\s\"]+")


def mask_tokens(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    """Addresses that were sent out carry a token in their path: no log line may keep it."""
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = TOKEN_PATH.sub(r"\1…", value)
    return event


def drop_noise(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    """One line a request is enough, and none for the probes that ask every few seconds."""
    is_probe = str(event.get("request", "")).endswith(PROBES) and event.get("code", 200) == OK
    if event.get("event") == "request_started" or (event.get("event") == "request_finished" and is_probe):
        raise structlog.DropEvent
    return event


SHARED: list[Processor] = [
    drop_noise,
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.stdlib.PositionalArgumentsFormatter(),
    mask_tokens,
]


def logging_config(*, json: bool) -> dict[str, Any]:
    structlog.configure(
        processors=[*SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    # Plain tracebacks: the pretty ones print local variables, and with them secrets.
    pretty = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    rendering = (
        [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()] if json else [pretty]
    )
    formatter = {
        "()": structlog.stdlib.ProcessorFormatter,
        "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, mask_tokens, *rendering],
        "foreign_pre_chain": SHARED,
    }
    quiet = {"level": "WARNING"}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": formatter},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["console"], "level": "INFO"},
        "loggers": {"httpx2": quiet, "httpcore2": quiet, "celery.beat": quiet, "celery.app.trace": quiet},
    }
