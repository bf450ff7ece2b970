"""moto behind a check: every signed request is held against the official model of its service before moto has it."""

import io
import json
import re
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

from botocore.model import OperationModel
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import Request
from moto.core.routing import get_service_router
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

from tests.adapters.service_model import operation, violations

_CREDENTIAL = re.compile(r"Credential=[^/]+/\d+/[^/]+/([^/]+)/aws4_request")
_NAMES = {"lex": "lexv2-runtime"}
"""Services by the name with which their requests are signed, where that is another."""


@dataclass(frozen=True)
class Call:
    """A request as the model of its service has it. `service` is empty for one that is not signed."""

    service: str
    model: OperationModel | None
    asked: dict[str, Any]

    def faults(self) -> list[str]:
        """All in which it breaks the model."""
        if not self.service:
            return []
        if self.model is None:
            return [f"{self.service}: there is no such operation"]
        return [
            f"{self.service} {self.model.name} request: {fault}"
            for fault in violations(self.model.input_shape, self.asked)
        ]


def read_call(environ: WSGIEnvironment, body: bytes) -> Call:
    """What is asked, and of which service. The environment is left as it is."""
    signed = _CREDENTIAL.search(environ.get("HTTP_AUTHORIZATION", ""))
    if signed is None:
        return Call("", None, {})
    service = _NAMES.get(signed[1], signed[1])
    if target := environ.get("HTTP_X_AMZ_TARGET"):
        return Call(service, operation(service, target.rpartition(".")[2]), json.loads(body))
    request = Request({**environ, "wsgi.input": io.BytesIO(body)})
    try:
        model, placed = get_service_router(service).match(request)
    except Exception:  # noqa: BLE001  the router has errors of its own for each way to miss
        return Call(service, None, {})
    parser = PROTOCOL_PARSERS[str(model.service_model.protocol)](model)
    params = parser.parse(
        {
            "method": request.method,
            "values": request.values,
            "headers": request.headers,
            "body": body,
            "url_path": request.path,
            "url_params": placed,
        }
    )
    return Call(service, operation(service, model.name), params)


class CheckedMoto:
    """`seen` counts the requests of each operation, `broken` names all that broke a model."""

    def __init__(self) -> None:
        self.seen: Counter[str] = Counter()
        self.broken: list[str] = []
        self._moto = DomainDispatcherApplication(create_backend_app)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        body = Request(environ).get_data(cache=True)
        call = read_call(environ, body)
        if call.model is not None:
            self.seen[f"{call.service}:{call.model.name}"] += 1
        self.broken += call.faults()
        environ["wsgi.input"] = io.BytesIO(body)
        answer: Iterable[bytes] = self._moto(environ, start_response)
        return answer

    @contextmanager
    def serving(self) -> Iterator[str]:
        """Its address, for the life of the block."""
        server = make_server("127.0.0.1", 0, self, threaded=True)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join(10)
            server.server_close()
