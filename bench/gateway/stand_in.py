"""A Lex runtime that answers every text alike, at once: as little as an ASGI application can do."""

import json

from starlette.types import ASGIApp, Receive, Scope, Send

ANSWER = json.dumps(
    {
        "messages": [{"contentType": "PlainText", "content": "Your checking account holds $2,914.37."}],
        "sessionState": {
            "dialogAction": {"type": "Close"},
            "intent": {"name": "ProvideAccountDetails", "slots": {"AccountType": None}, "state": "Fulfilled"},
            "sessionAttributes": {"identityToken": "proof"},
        },
        "interpretations": [
            {"intent": {"name": "ProvideAccountDetails", "slots": {}}, "nluConfidence": {"score": 0.97}},
            {"intent": {"name": "FallbackIntent", "slots": {}}},
        ],
        "sessionId": "s",
    }
).encode()
_HEADERS = [(b"content-type", b"application/json"), (b"content-length", str(len(ANSWER)).encode())]


def create_app() -> ASGIApp:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            while (message := await receive())["type"] != "lifespan.shutdown":
                await send({"type": message["type"] + ".complete"})
            return
        while (await receive()).get("more_body"):
            pass
        await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
        await send({"type": "http.response.body", "body": ANSWER})

    return app
