"""What servers that play a service of AWS have in common: what they are asked and what they answer is checked against
the official model of the service, and faults are answered when a test wants them.
"""

from collections.abc import Callable, Mapping

from pydantic import JsonValue
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.adapters.service_model import operation, violations

Asked = dict[str, JsonValue]
Operation = Callable[[Asked], Asked]
_JSON = "application/x-amz-json-1.1"


class AwsError(Exception):
    """An error as the service answers it."""

    def __init__(self, kind: str, message: str = "telltale of the vendor", status: int = 400) -> None:
        super().__init__(kind)
        self.kind, self.message, self.status = kind, message, status


class ModelledServer:
    """`broken` names every break of the model of `service`. `faults` are answered in turn, before all else."""

    def __init__(self, service: str) -> None:
        self.service = service
        self.requests: list[tuple[str, Asked]] = []
        self.broken: list[str] = []
        self.faults: list[AwsError] = []

    def asked(self, name: str) -> list[Asked]:
        """The requests for this operation, in order."""
        return [asked for operation_name, asked in self.requests if operation_name == name]

    def answer(self, name: str, asked: Asked, answers: Operation) -> Asked:
        """What `answers` gives, both being held against the model. Raises AwsError."""
        self.requests.append((name, asked))
        model = operation(self.service, name)
        self.broken += [f"{name} request: {fault}" for fault in violations(model.input_shape, asked)]
        if self.faults:
            raise self.faults.pop(0)
        answer = answers(asked)
        self.broken += [f"{name} answer: {fault}" for fault in violations(model.output_shape, answer)]
        return answer


class JsonServer(ModelledServer):
    """A service of the protocol JSON 1.1: every operation is a POST to `/`, named in a header after `target`."""

    def __init__(self, service: str, target: str, operations: Mapping[str, Operation]) -> None:
        super().__init__(service)
        self._target = f"{target}."
        self._operations = operations
        self.app = Starlette(routes=[Route("/", self._serve, methods=["POST"])])

    async def _serve(self, request: Request) -> Response:
        name = request.headers.get("x-amz-target", "").removeprefix(self._target)
        try:
            answer = self.answer(name, await request.json(), self._operations[name])
        except AwsError as error:
            body = {"__type": error.kind, "Message": error.message}
            return JSONResponse(body, error.status, media_type=_JSON)
        return JSONResponse(answer, media_type=_JSON)
