"""Log lines: JSON in production, readable on a laptop. Ids only; approval tokens are masked in paths."""

import re
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

APPROVAL_PATH = re.compile(r"(/approve/)[^/\s\"]+")


def mask_tokens(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    """Approval URLs carry a token in their path: no log line may keep it."""
    for key, value in event.items():
        if isinstance(value, str) and "/approve/" in value:
            event[key] = APPROVAL_PATH.sub(r"\1…", value)
    return event


SHARED: list[Processor] = [
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
    renderer: Processor = (
        structlog.processors.JSONRenderer() if json else structlog.dev.ConsoleRenderer(colors=False)
    )
    formatter = {
        "()": structlog.stdlib.ProcessorFormatter,
        "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, mask_tokens, renderer],
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
