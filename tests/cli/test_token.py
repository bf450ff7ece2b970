"""The command line with a token of the bank's identity provider in place of a password."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.cli.main import app


@pytest.fixture
def asked() -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """The address of a gateway with an empty ledger; what it is asked for, and with which proof."""
    seen: list[tuple[str, str]] = []

    class Gateway(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append((self.path.partition("?")[0], self.headers.get("authorization", "")))
            body = json.dumps({"items": [], "next_cursor": None}).encode()
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  named by the library
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Gateway)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", seen
    server.shutdown()
    server.server_close()


def test_token_is_sent_and_nobody_signs_in(tmp_path: Path, asked: tuple[str, list[tuple[str, str]]]) -> None:
    url, seen = asked
    environment = {"OMNILEX_TOKEN": "t.of.theirs", "OMNILEX_GATEWAY_URL": url, "OMNILEX_DATA_DIR": str(tmp_path)}
    told = CliRunner(env=environment).invoke(app, ["ledger"])
    assert told.exit_code == 0, told.output
    assert seen == [("/api/v1/ledger", "Bearer t.of.theirs")]


def test_without_any_proof_all_ways_are_named(tmp_path: Path, asked: tuple[str, list[tuple[str, str]]]) -> None:
    url, seen = asked
    told = CliRunner(env={"OMNILEX_GATEWAY_URL": url, "OMNILEX_DATA_DIR": str(tmp_path)}).invoke(app, ["ledger"])
    assert told.exit_code == 1
    assert "OMNILEX_PASSWORD" in told.stderr
    assert "OMNILEX_TOKEN" in told.stderr
    assert seen == []
