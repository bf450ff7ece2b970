"""JSON logs on stdout: dotted event names with fields, ids only.

    log.info("payment.made", extra={"receipt_id": "R-…"})

Fields are given in `extra`. `Redaction` is the second line of defence: it blanks fields whose names tell of secrets or
of customers' words, and digits that look like card numbers or keyed PINs in any other text.
"""

import json
import logging
import re
import sys
from datetime import UTC, datetime

from shared.context import current_context

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "color_message"}
_SECRET_FIELD = re.compile(
    r"(?:^|_)(?:pin|password|secret|token|authorization|cookie|key|text|utterance|transcript|content|phone)(?:_|$)",
    re.I,
)
_LONG_DIGITS = re.compile(r"(?<![\w-])(?:\d[ -]?){12,19}(?![\w-])")
_SPOKEN_PIN = re.compile(r"\b(pin|passcode|code)\b(\W+(?:is|was|of|number)?\W*)\d{4}\b", re.I)
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
            "event": redact(record.getMessage()),
        }
        if context := current_context():
            entry |= {"request_id": context.request_id, "trace_id": context.trace_id, "span_id": context.span_id}
        for name, value in vars(record).items():
            if name in _STANDARD or name.startswith("_"):
                continue
            entry[name] = REDACTED if _SECRET_FIELD.search(name) else redact(value) if isinstance(value, str) else value
        if record.exc_info:
            entry["traceback"] = redact(_frames(record.exc_info[1]))
        return json.dumps(entry, ensure_ascii=False, default=str)


def _frames(error: BaseException | None) -> str:
    """Type and places of an error and its causes, never its message: messages quote the data that upset them."""
    lines: list[str] = []
    while error is not None:
        lines.append(f"{type(error).__module__}.{type(error).__qualname__}")
        trace = error.__traceback__
        while trace is not None:
            code = trace.tb_frame.f_code
            lines.append(f"  {code.co_filename}:{trace.tb_lineno} {code.co_name}")
            trace = trace.tb_next
        error = error.__cause__ or error.__context__
    return "\n".join(lines)


def configure_logging(service: str, level: str = "INFO") -> None:
    """Sends every log record of the process to stdout as JSON. Replaces earlier handlers; safe to call again."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonFormatter(service))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # Our middleware writes the access line; libraries at INFO would quote URLs.
    for noisy in ("uvicorn.access", "httpx", "httpcore", "aiosqlite", "alembic", "botocore", "aiobotocore", "asyncio"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    for own in ("uvicorn", "uvicorn.error"):
        logging.getLogger(own).handlers.clear()
        logging.getLogger(own).propagate = True
