"""Amazon Bedrock as far as a summary goes: its Converse API, whose requests and answers are checked with the official
model. What a model writes is what the test gives it.
"""

import asyncio

from pydantic import JsonValue
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.adapters.modelled_server import Asked, AwsError, ModelledServer

SUMMARY = "The customer asked for a card.\nThe agent ordered one."


class BedrockServer(ModelledServer):
    """`texts` are the blocks of the answer, `stop` is why it ended. `raw` is answered as it is, unchecked.

    An answer takes `seconds`.
    """

    def __init__(self) -> None:
        super().__init__("bedrock-runtime")
        self.texts = [SUMMARY]
        self.stop = "end_turn"
        self.thoughts: str | None = None
        self.raw: tuple[int, str] | None = None
        self.seconds = 0.0
        self.app = Starlette(routes=[Route("/model/{model:path}/converse", self._serve, methods=["POST"])])

    def shown(self) -> str:
        """What the model was given to read, in the last request."""
        return str(self.requests[-1][1]["messages"])

    async def _serve(self, request: Request) -> Response:
        await asyncio.sleep(self.seconds)
        asked: Asked = {"modelId": request.path_params["model"], **await request.json()}
        if self.raw is not None:
            self.requests.append(("Converse", asked))
            return Response(self.raw[1], self.raw[0], media_type="application/json")
        try:
            return JSONResponse(self.answer("Converse", asked, self._converse))
        except AwsError as error:
            return JSONResponse({"message": error.message}, error.status, headers={"x-amzn-errortype": error.kind})

    def _converse(self, asked: Asked) -> Asked:
        """The reference: turns begin with the user's, and none is blank."""
        messages = asked["messages"]
        if not isinstance(messages, list) or not messages or '"text": ""' in str(messages):
            raise AwsError("ValidationException")
        content: list[JsonValue] = [{"text": text} for text in self.texts]
        if self.thoughts is not None:
            content.insert(0, {"reasoningContent": {"reasoningText": {"text": self.thoughts}}})
        return {
            "output": {"message": {"role": "assistant", "content": content}},
            "stopReason": self.stop,
            "usage": {"inputTokens": 100, "outputTokens": 20, "totalTokens": 120},
            "metrics": {"latencyMs": 5},
        }
