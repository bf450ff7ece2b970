"""JSON logs on stdout: dotted event names with fields, ids only.

    log.info("payment.made", extra={"receipt_id": "R-…"})

Fields are given in `extra`. `Redaction` is the second line of defence: it blanks fields whose names tell of secrets or
of customers' words, and digits that look like card numbers or keyed PINs in any other text.
"""

import json
import logging
import re
import sys
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from pathlib import Path
from typing import TextIO
from uuid import UUID

from shared.context import current_context

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "color_message"}
_SECRET_FIELD = re.compile(
    r"(?:^|_)(?:pin|passcode|password|secret|token|authorization|cookie|key|signature|card|text|utterance|transcript"
    r"|content|phone|email)s?(?:_|$)",
    re.I,
)
_CAMEL_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_LONG_DIGITS = re.compile(r"(?<![\w-])(?:\d[ -]?){12,19}(?![\w-])")
_SPOKEN_PIN = re.compile(
    r"(?<![a-z])(pin|passcode|code)((?:[\W_]{1,3}(?:is|was|of|number|no|code)){0,3}[\W_]{0,5})"
    r"\d(?:[ -]?\d){3,7}(?![ -]?\d)",
    re.I,
)
_WORDS = (str, int, float, Path, UUID, date, timedelta, Decimal, Enum)
_DEPTH = 5
REDACTED = "[redacted]"


def redact(value: str) -> str:
    """The text without card-like digit runs and without PINs that are named as such."""
    return _SPOKEN_PIN.sub(rf"\1\2{REDACTED}", _LONG_DIGITS.sub(REDACTED, value))


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time, level, service, event, request and trace ids, then the record's own fields."""

    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service

    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "service": self._service,
            "logger": record.name,
            "event": _event(record),
        }
        if context := current_context():
            entry |= {"request_id": context.request_id, "trace_id": context.trace_id, "span_id": context.span_id}
        for name, value in vars(record).items():
            if name not in _STANDARD and not name.startswith("_"):
                entry[f"{name}_" if name in entry else name] = _field(name, value)
        if record.exc_info:
            entry["traceback"] = redact(_frames(record.exc_info[1]))
        return json.dumps(entry)


def _event(record: logging.LogRecord) -> str:
    try:
        return redact(record.getMessage())
    except (TypeError, ValueError, KeyError):  # the arguments do not fit: logging would print them on stderr
        return redact(str(record.msg))


@lru_cache(1024)
def _is_secret(name: str) -> bool:
    return _SECRET_FIELD.search(_CAMEL_HUMP.sub("_", name)) is not None


def _field(name: str, value: object, depth: int = 0) -> object:
    """The value of a field of this name, fit for JSON: blanked, redacted, or only named by its type."""
    if depth > _DEPTH:
        return "<deeper>"
    if _is_secret(name):
        return REDACTED
    if isinstance(value, Mapping):
        return {redact(str(key)): _field(str(key), item, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_field("", item, depth + 1) for item in value]
    if value is None or (isinstance(value, int | float) and abs(value) < 10**11):
        return value
    return redact(str(value)) if isinstance(value, _WORDS) else f"<{type(value).__qualname__}>"


def _frames(error: BaseException | None, seen: frozenset[int] = frozenset()) -> str:
    """Type and places of an error and its causes, never its message: messages quote the data that upset them."""
    lines: list[str] = []
    while error is not None and id(error) not in seen:
        seen |= {id(error)}
        lines.append(f"{type(error).__module__}.{type(error).__qualname__}")
        trace = error.__traceback__
        while trace is not None:
            code = trace.tb_frame.f_code
            lines.append(f"  {code.co_filename}:{trace.tb_lineno} {code.co_name}")
            trace = trace.tb_next
        if isinstance(error, BaseExceptionGroup):
            lines += [_frames(member, seen) for member in error.exceptions]
        error = error.__cause__ or error.__context__
    return "\n".join(lines)


class _Stdout(logging.StreamHandler[TextIO]):
    """Writes to what `sys.stdout` is at that moment, and never tells on stderr what it could not write."""

    def __init__(self) -> None:
        super().__init__(sys.stdout)

    def emit(self, record: logging.LogRecord) -> None:
        self.stream = sys.stdout
        super().emit(record)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  the name of the base class
        with suppress(Exception):
            sys.stdout.write('{"level": "error", "event": "log.failed"}' + self.terminator)


def configure_logging(service: str, level: str = "INFO") -> None:
    """Sends every log record of the process to stdout as JSON. Replaces earlier handlers; safe to call again."""
    handler = _Stdout()
    handler.setFormatter(JsonFormatter(service))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # Our middleware writes the access line; libraries at INFO would quote URLs.
    for noisy in ("uvicorn.access", "httpx", "httpcore", "aiosqlite", "alembic", "botocore", "aiobotocore", "asyncio"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)  # it speaks at each try; `shared.spans` tells it once
    for own in ("uvicorn", "uvicorn.error"):
        logging.getLogger(own).handlers.clear()
        logging.getLogger(own).propagate = True
