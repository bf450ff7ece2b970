"""JSON lines on stdout, and what never gets into them."""

import json
import logging
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from pathlib import Path
from uuid import UUID

import pytest
from pydantic import BaseModel

from shared.context import enter_context, leave_context, new_context
from shared.logs import REDACTED, configure_logging, redact

log = logging.getLogger("omnilex.test")


@pytest.fixture(autouse=True)
def _logging() -> Iterator[None]:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    configure_logging("bot", "DEBUG")
    yield
    root.handlers[:] = before
    root.setLevel(level)


def written(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    """The one line written, and nothing on stderr."""
    out, err = capsys.readouterr()
    assert err == ""
    (line,) = out.splitlines()
    entry: dict[str, object] = json.loads(line)
    return entry


def test_line_tells_when_where_and_what(capsys: pytest.CaptureFixture[str]) -> None:
    token = enter_context(new_context("request-1"))
    log.warning("payment.made", extra={"receipt_id": "R-1", "attempt": 2, "took": 0.5, "retried": True, "next": None})
    leave_context(token)
    entry = written(capsys)
    assert datetime.fromisoformat(str(entry.pop("time"))).tzinfo == UTC
    assert len(str(entry.pop("trace_id"))) == 32
    assert len(str(entry.pop("span_id"))) == 16
    assert entry == {
        "level": "warning",
        "service": "bot",
        "logger": "omnilex.test",
        "event": "payment.made",
        "request_id": "request-1",
        "receipt_id": "R-1",
        "attempt": 2,
        "took": 0.5,
        "retried": True,
        "next": None,
    }


def test_line_outside_of_a_request_has_no_ids(capsys: pytest.CaptureFixture[str]) -> None:
    log.info("started")
    assert "request_id" not in written(capsys)


def test_lines_below_the_level_are_not_written(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("bot", "WARNING")
    log.info("quiet")
    assert capsys.readouterr().out == ""


def test_configuring_twice_writes_once(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("bot")
    log.info("once")
    assert written(capsys)["event"] == "once"


@pytest.mark.parametrize("name", ["uvicorn.access", "httpx", "botocore", "aiosqlite", "alembic.runtime.migration"])
def test_libraries_that_would_quote_addresses_are_quiet(capsys: pytest.CaptureFixture[str], name: str) -> None:
    logging.getLogger(name).info("GET /customers/C-1?pin=2468")
    assert capsys.readouterr().out == ""


def test_server_errors_come_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    logging.getLogger("uvicorn.error").error("Exception in ASGI application\n")
    assert written(capsys)["event"] == "Exception in ASGI application\n"


@pytest.mark.parametrize(
    "name",
    [
        "pin",
        "customer_pin",
        "pins",
        "pinCode",
        "password",
        "new_password",
        "secret",
        "access_token",
        "accessToken",
        "Authorization",
        "set_cookie",
        "api_key",
        "text",
        "input_text",
        "utterance",
        "transcript",
        "content",
        "phone_number",
        "callerPhone",
        "email",
        "signature",
        "card",
    ],
)
@pytest.mark.parametrize("value", ["telltale", 7, ["telltale"], {"a": "telltale"}])
def test_field_with_a_telling_name_is_blanked(capsys: pytest.CaptureFixture[str], name: str, value: object) -> None:
    log.info("event", extra={name: value, "outer": {"inner": [{name: value}]}})
    entry = written(capsys)
    assert entry[name] == REDACTED
    assert entry["outer"] == {"inner": [{name: REDACTED}]}


@pytest.mark.parametrize(
    "name", ["pinned", "spinning", "keyboard", "context", "tokenizer", "contents_of", "telephones"]
)
def test_field_with_a_harmless_name_is_kept(capsys: pytest.CaptureFixture[str], name: str) -> None:
    log.info("event", extra={name: "kept"})
    assert written(capsys)[name] == ("kept" if name != "contents_of" else REDACTED)


@pytest.mark.parametrize(
    "text",
    [
        "4111111111111111",
        "4111 1111 1111 1111",
        "4111-1111-1111-1111",
        "card 378282246310005.",
        "card:4111111111111111,",
        "(6304000000000000000)",
    ],
)
def test_card_like_digits_are_blanked_anywhere(capsys: pytest.CaptureFixture[str], text: str) -> None:
    log.info("seen %s", text, extra={"note": text, "list": [text], "map": {text: 1}})
    line = json.dumps(written(capsys))
    assert "4111" not in line
    assert "3782" not in line
    assert "6304" not in line


def test_card_number_as_a_number_is_blanked(capsys: pytest.CaptureFixture[str]) -> None:
    log.info("event", extra={"value": 4111111111111111, "count": 123456})
    entry = written(capsys)
    assert (entry["value"], entry["count"]) == (REDACTED, 123456)


@pytest.mark.parametrize(
    "text",
    [
        "my pin is 2468",
        "PIN: 2468",
        "pin=2468",
        "Pin 2468",
        "the PIN number is 2468",
        '{"pin": "2468"}',
        "passcode is 2468",
        "pin_code=2468",
        "pin 2 4 6 8",
        "pin 2-4-6-8",
        "pin is 246810",
    ],
)
def test_pin_named_as_such_is_blanked(text: str) -> None:
    assert "2468" not in redact(text).replace(" ", "").replace("-", "")
    assert REDACTED in redact(text)


@pytest.mark.parametrize(
    "text",
    [
        "spin 2468",
        "pinned 2468 items",
        "3f2b8c1e-1234-4abc-8def-123456789012",
        "2026-03-01T10:00:00Z",
        "0af7651916cd43dd8448eb211c80319c",
        "R-12345678901234",
        "12345678901",
        "ordinary words",
    ],
)
def test_ids_moments_and_words_are_kept(text: str) -> None:
    assert redact(text) == text


@pytest.mark.parametrize("text", ["pin" + " " * 50_000, "pin is of " * 5000, "1 " * 50_000, "1-" * 50_000])
def test_redaction_takes_no_time_on_hostile_text(text: str) -> None:
    redact(text)


def test_message_of_an_error_is_never_written(capsys: pytest.CaptureFixture[str]) -> None:
    try:
        try:
            raise ValueError("telltale inner")
        except ValueError as error:
            raise RuntimeError("telltale outer") from error
    except RuntimeError:
        log.exception("request.failed")
    entry = written(capsys)
    assert "telltale" not in json.dumps(entry)
    traceback = str(entry["traceback"])
    assert traceback.startswith("builtins.RuntimeError\n")
    assert "\nbuiltins.ValueError\n" in traceback
    assert "test_logs.py" in traceback


def test_members_of_an_error_group_are_shown_without_messages(capsys: pytest.CaptureFixture[str]) -> None:
    log.error("failed", exc_info=ExceptionGroup("telltale", [ValueError("telltale"), KeyError("telltale")]))
    entry = written(capsys)
    assert "telltale" not in json.dumps(entry)
    assert "builtins.ValueError" in str(entry["traceback"])
    assert "builtins.KeyError" in str(entry["traceback"])


def test_errors_that_cause_each_other_end(capsys: pytest.CaptureFixture[str]) -> None:
    first, second = ValueError(), KeyError()
    first.__cause__, second.__cause__ = second, first
    log.error("failed", exc_info=first)
    assert written(capsys)["traceback"] == "builtins.ValueError\nbuiltins.KeyError"


class _Colour(Enum):
    RED = "red"


class _Body(BaseModel):
    pin: str


def test_values_of_other_types_are_words_or_only_named(capsys: pytest.CaptureFixture[str]) -> None:
    values = {
        "path": Path("a/b"),
        "id": UUID(int=1),
        "at": datetime(2026, 3, 1, tzinfo=UTC),
        "amount": Decimal("1.50"),
        "colour": _Colour.RED,
        "body": _Body(pin="2468"),
        "raw": b"2468",
        "nan": float("nan"),
        "several": {"one"},
    }
    log.info("event", extra=values)
    entry = written(capsys)
    assert {name: entry[name] for name in values} == {
        "path": "a/b",
        "id": "00000000-0000-0000-0000-000000000001",
        "at": "2026-03-01 00:00:00+00:00",
        "amount": "1.50",
        "colour": "_Colour.RED",
        "body": "<_Body>",
        "raw": "<bytes>",
        "nan": "nan",
        "several": ["one"],
    }


def test_field_cannot_pose_as_one_of_the_line(capsys: pytest.CaptureFixture[str]) -> None:
    log.info("event", extra={"service": "other", "time": "now", "level": "error", "event": "forged"})
    entry = written(capsys)
    assert (entry["service"], entry["level"], entry["event"]) == ("bot", "info", "event")
    assert (entry["service_"], entry["level_"], entry["event_"]) == ("other", "error", "forged")


def test_line_breaks_and_lone_surrogates_stay_inside_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    log.info("event", extra={"name_of_file": 'a\n{"event": "forged"}\u2028\udc80'})
    assert written(capsys)["name_of_file"] == 'a\n{"event": "forged"}\u2028\udc80'


def test_arguments_that_do_not_fit_are_not_shown(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("bot")  # without the handler of pytest, which raises
    log.info("took %d ms", "telltale")
    assert written(capsys)["event"] == "took %d ms"


def test_endless_field_ends(capsys: pytest.CaptureFixture[str]) -> None:
    endless: list[object] = ["kept"]
    endless.append(endless)
    log.info("event", extra={"endless": endless})
    assert json.dumps(written(capsys)["endless"]).count("kept") == 5


class _Unprintable(Enum):
    ODD = "odd"

    def __str__(self) -> str:
        raise ValueError("telltale")


def test_record_that_cannot_be_written_says_so_and_no_more(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("bot")  # without the handler of pytest, which raises
    log.info("event", extra={"odd": _Unprintable.ODD, "other": "telltale"})
    assert written(capsys) == {"level": "error", "event": "log.failed"}


def test_stdout_of_the_moment_is_used(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    with capsys.disabled():
        configure_logging("bot")
    assert sys.stdout is not sys.__stdout__
    log.info("event")
    assert written(capsys)["event"] == "event"
