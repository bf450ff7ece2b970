"""A gateway for commands run as a person runs them: it answers what the test says, over HTTP."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from pydantic import JsonValue
from typer.testing import CliRunner

from services.cli.main import app


@dataclass
class Told:
    """What a command printed on either stream, and how it ended."""

    code: int
    printed: str
    complained: str


@dataclass
class Door:
    """`answers` by method and path, or path alone: a body, or a status and a problem's sentence."""

    answers: dict[str, JsonValue | tuple[int, str]]
    asked: list[tuple[str, str, dict[str, str], JsonValue]] = field(default_factory=list)

    def answer(self, method: str, target: str, body: bytes) -> tuple[int, JsonValue]:
        parts = urlsplit(target)
        if parts.path == "/api/v1/auth/login":
            return 200, {"access_token": "t", "expires_at": "2030-01-01T00:00:00Z", "username": "pat", "roles": []}
        self.asked.append((method, parts.path, dict(parse_qsl(parts.query)), json.loads(body) if body else None))
        found = self.answers.get(f"{method} {parts.path}", (404, "There is nothing of the kind."))
        if isinstance(found, tuple):
            return found[0], {"title": "Refused", "detail": found[1], "request_id": "r"}
        return 200, found

    def run(self, folder: Path, *arguments: str) -> Told:
        """The command `omnilex` with these arguments, as a member of staff whom `up` left a login."""
        (folder / "staff-login.json").write_text('{"username": "pat", "password": "secret-of-pat"}')
        with _listening(self) as url:
            environment = {"COLUMNS": "200", "OMNILEX_GATEWAY_URL": url, "OMNILEX_DATA_DIR": str(folder)}
            result = CliRunner(env=environment).invoke(app, list(arguments))
        return Told(result.exit_code, result.stdout, result.stderr)


@contextmanager
def _listening(door: Door) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            status, body = door.answer(self.command, self.path, self.rfile.read(length))
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_POST = do_PUT = do_GET  # noqa: N815  named by the library

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  named by the library
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
