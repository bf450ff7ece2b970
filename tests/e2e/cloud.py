"""Amazon Web Services for the whole system at once, as a process of its own: `python -m tests.e2e.cloud PORT LEX_URL`.

moto plays S3, SQS, EventBridge, Secrets Manager and Cognito; servers of the adapters' tests play Transcribe, Comprehend
and Kendra; a conversation engine elsewhere plays the runtime of Amazon Lex. Every request is held against the official
model of its service before it goes on. `GET /_seen` tells how many there were of each operation, and all that broke a
model.
"""

import asyncio
import json
import sys
from collections import Counter
from typing import Any

import boto3
import httpx
import uvicorn
from moto.server import ThreadedMotoServer
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from werkzeug.test import EnvironBuilder

from tests.adapters.checked_moto import Call, read_call
from tests.adapters.comprehend_server import ComprehendServer
from tests.adapters.kendra_faqs import BUCKET as FAQ_BUCKET
from tests.adapters.kendra_faqs import KendraWithFaqs
from tests.adapters.modelled_server import Asked
from tests.adapters.service_model import violations
from tests.adapters.transcribe_server import TranscribeServer
from tests.e2e.recordings import transcribe_output

REGION = "us-east-1"
HEARD = (
    ("spk_0", "Thank you for calling the bank, how can I help you?"),
    ("spk_1", "My card was declined, that is bad news and a bad day."),
    ("spk_0", "I am sorry to hear that, let me see."),
    ("spk_1", "It works again, that is good news and good service."),
)
"""What every recording says. The player of Comprehend knows the words good and bad."""
_HOP = {"host", "content-length", "transfer-encoding", "connection", "content-encoding", "date", "server"}


class EndingTranscribe(TranscribeServer):
    """Each job has heard the same, writes it where it was told to, and tells so by EventBridge a moment later."""

    def __init__(self, moto_url: str) -> None:
        super().__init__()
        own = {"endpoint_url": moto_url, "region_name": REGION, "aws_access_key_id": "x", "aws_secret_access_key": "x"}
        self._s3: Any = boto3.client("s3", **own)
        self._events: Any = boto3.client("events", **own)

    def answer(self, name: str, asked: Asked, answers: Any) -> Asked:  # noqa: ANN401  as in the class above
        told = super().answer(name, asked, answers)
        if name == "StartTranscriptionJob":
            asyncio.get_running_loop().call_later(0.3, self._finish, asked)
        return told

    def _finish(self, asked: Asked) -> None:
        name, bucket = str(asked["TranscriptionJobName"]), str(asked["OutputBucketName"])
        folder, _, file = str(asked["OutputKey"]).rpartition("/")
        key = f"{folder}/redacted-{file}"
        self._s3.put_object(Bucket=bucket, Key=key, Body=transcribe_output(name, HEARD))
        self.end(name, uri=f"https://s3.{REGION}.amazonaws.com/{bucket}/{key}", redacted=True)
        detail = {"TranscriptionJobName": name, "TranscriptionJobStatus": "COMPLETED"}
        entry = {"Source": "aws.transcribe", "DetailType": "Transcribe Job State Change", "Detail": json.dumps(detail)}
        self._events.put_events(Entries=[entry])


class Cloud:
    def __init__(self, moto_url: str, lex_url: str) -> None:
        self.seen: Counter[str] = Counter()
        self.broken: list[str] = []
        self._moto_url, self._lex_url = moto_url, lex_url
        self._http = httpx.AsyncClient(timeout=60)
        self._fakes = {"comprehend": ComprehendServer(), "transcribe": EndingTranscribe(moto_url)}
        self._kendra = KendraWithFaqs()
        apps = {name: fake.app for name, fake in self._fakes.items()} | {"kendra": self._kendra.app}
        self._apps = {
            name: httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://fake")
            for name, app in apps.items()
        }
        methods = ["GET", "HEAD", "POST", "PUT", "DELETE"]
        self.app = Starlette(routes=[Route("/_seen", self._told), Route("/{path:path}", self._serve, methods=methods)])

    async def _told(self, request: Request) -> Response:
        of_fakes = [fault for fake in (*self._fakes.values(), self._kendra) for fault in fake.broken]
        return JSONResponse({"seen": self.seen, "broken": self.broken + of_fakes})

    async def _serve(self, request: Request) -> Response:
        body = await request.body()
        call = _read(request, body)
        if call.model is not None:
            self.seen[f"{call.service}:{call.model.name}"] += 1
        self.broken += call.faults()
        answer = await self._passed_on(call, request, body)
        if call.service == "lexv2-runtime" and call.model is not None and answer.status_code == 200:
            faults = violations(call.model.output_shape, _without_nulls(answer.json()))
            self.broken += [f"lexv2-runtime {call.model.name} answer: {fault}" for fault in faults]
        headers = {name: value for name, value in answer.headers.items() if name not in _HOP}
        if request.method == "HEAD" and "content-length" in answer.headers:
            headers["content-length"] = answer.headers["content-length"]
        return Response(answer.content, answer.status_code, headers)

    async def _passed_on(self, call: Call, request: Request, body: bytes) -> httpx.Response:
        path = request.scope["raw_path"].decode() + (f"?{request.url.query}" if request.url.query else "")
        headers = {name: value for name, value in request.headers.items() if name not in _HOP}
        if call.service in self._apps:
            return await self._apps[call.service].request(request.method, path, headers=headers, content=body)
        if call.service == "s3" and path.startswith(f"/{FAQ_BUCKET}/"):
            return await self._apps["kendra"].request(request.method, path, headers=headers, content=body)
        if call.service == "lexv2-runtime":
            del headers["authorization"]  # of a key that the engine does not have
            return await self._http.request(request.method, self._lex_url + path, headers=headers, content=body)
        headers["accept-encoding"] = "identity"
        return await self._http.request(request.method, self._moto_url + path, headers=headers, content=body)


def _read(request: Request, body: bytes) -> Call:
    builder = EnvironBuilder(
        request.scope["raw_path"].decode(),
        method=request.method,
        query_string=request.url.query,
        headers=dict(request.headers),
        data=body,
    )
    return read_call(builder.get_environ(), body)


def _without_nulls(value: Any) -> Any:  # noqa: ANN401  any JSON
    """Clients take a null for a member that is not there, as for a slot that nothing fills."""
    if isinstance(value, dict):
        return {name: _without_nulls(item) for name, item in value.items() if item is not None}
    return [_without_nulls(item) for item in value] if isinstance(value, list) else value


def main() -> None:
    port, lex_url = int(sys.argv[1]), sys.argv[2]
    moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    moto.start()
    host, moto_port = moto.get_host_and_port()
    cloud = Cloud(f"http://{host}:{moto_port}", lex_url)
    options: dict[str, Any] = {"log_level": "warning", "access_log": False, "ws": "none"}
    uvicorn.run(cloud.app, host="127.0.0.1", port=port, timeout_graceful_shutdown=1, **options)


if __name__ == "__main__":
    main()
