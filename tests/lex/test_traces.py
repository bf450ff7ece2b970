"""The call of a code hook within a traced turn, as a collector gets it and as the function hears of it."""

from fastapi import FastAPI, Request, Response

from services.lex.code_hook import HttpCodeHook
from services.lex.errors import HookFailed
from shared.clients.base import open_http
from shared.schemas.lex import CodeHookEvent
from shared.settings import ServiceSettings
from shared.traces import Traces, work_span
from tests.lex.conftest import listening
from tests.shared.collector import collecting

EVENT = CodeHookEvent.model_validate(
    {
        "messageVersion": "1.0",
        "invocationSource": "DialogCodeHook",
        "sessionId": "web:Maya",
        "inputTranscript": "my card is 4111111111111111",
        "bot": {"id": "B", "name": "B", "aliasId": "A", "localeId": "en_US", "version": "1"},
        "sessionState": {"intent": {"name": "Order", "slots": {"Size": None}}},
    }
)


async def test_function_is_called_within_the_trace_and_its_failure_is_marked() -> None:
    heard: list[str] = []
    app = FastAPI()

    @app.post("/hook")
    async def function(request: Request) -> Response:
        heard.append(request.headers["traceparent"])
        return Response('{"sessionState": {"dialogAction": {"type": "Delegate"}}}', 500 if len(heard) > 1 else 200)

    with collecting() as collector, listening(app) as url:
        traces = Traces(ServiceSettings.model_validate({"traces_url": collector.url}), "lex")
        async with traces.open(), open_http() as http:
            hook = HttpCodeHook(http, url=f"{url}/hook", secret="s" * 32, timeout=5)
            with work_span(traces, "turn", "turn"):
                await hook.call(EVENT)
                try:
                    await hook.call(EVENT)
                except HookFailed:
                    heard.append("failed")
    well, badly, turn = collector.spans
    assert heard == [f"00-{span.trace_id}-{span.span_id}-01" for span in (well, badly)] + ["failed"]
    assert (well.name, badly.name, turn.name) == ("POST code-hook", "POST code-hook", "turn")
    assert well.parent_id == badly.parent_id == turn.span_id
    assert (well.attributes["http.response.status_code"], well.failed) == (200, False)
    assert (badly.attributes["error.type"], badly.failed) == ("500", True)
    assert not [told for told in ("Maya", "4111") if told in "".join(span.words for span in collector.spans)]
