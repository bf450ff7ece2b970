"""The one document of the public API: what FastAPI finds out, with our problem documents in place of its errors."""

from http import HTTPStatus

from fastapi import FastAPI
from pydantic import BaseModel, JsonValue

from shared.errors import PROBLEM_MEDIA_TYPE

DESCRIPTION = """
One banking bot on every channel, and customer sentiment from every interaction.

**Chat**: open a session, send messages with its token. **Staff**: sign in, then list the interactions, read one with
its sentiment, upload recordings and transcripts, and follow them in the ledger.

Every refusal is a problem document (RFC 9457, `application/problem+json`) with a `request_id` that is also in the
header `X-Request-Id`. Listings go on with `cursor=<next_cursor>`.
"""
TAGS: list[dict[str, str]] = [
    {"name": "chat", "description": "A customer's conversation with the bot."},
    {"name": "sign-in", "description": "Sign-in of staff."},
    {"name": "hand-offs", "description": "Conversations that were handed over to a person."},
    {"name": "interactions", "description": "Calls and chats with their sentiment, and how new ones come in."},
    {"name": "categories", "description": "The rules that sort interactions: read, tried on what there is, saved."},
    {"name": "ledger", "description": "What became of every file that came in."},
    {"name": "bulk", "description": "Many files at once, let in little by little."},
    {"name": "erasures", "description": "Everything of an interaction or of a customer, erased. For admins."},
    {"name": "faq", "description": "The bank's frequently asked questions."},
    {"name": "customers", "description": "What staff may see and do of a customer's identity."},
    {"name": "plans", "description": "What the bank offers, and the applications for it."},
    {"name": "audit", "description": "Who did what in the bank, and the proof that nothing of it was changed."},
    {"name": "channels", "description": "How the channels are set up. For admins."},
    {"name": "users", "description": "Who may sign in. For admins."},
    {"name": "webhooks", "description": "Doors for other systems, each with its own proof."},
]


class ProblemDocument(BaseModel):
    """RFC 9457. `errors` names each bad field of a 422."""

    type: str
    title: str
    status: int
    detail: str | None = None
    request_id: str
    errors: list[dict[str, JsonValue]] | None = None


Responses = dict[int | str, dict[str, object]]


def problems(*statuses: int) -> Responses:
    """For `responses=`: these statuses with a problem document."""
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        status: {"description": HTTPStatus(status).phrase, "content": {PROBLEM_MEDIA_TYPE: {"schema": schema}}}
        for status in statuses
    }


def describe(app: FastAPI) -> None:
    """Gives the application its place in the document. Called once, when it is built."""
    app.description = DESCRIPTION.strip()
    app.openapi_tags = [dict(tag) for tag in TAGS]
    app.version = "1"


def document(app: FastAPI) -> dict[str, JsonValue]:
    """The OpenAPI document of the application."""
    described: dict[str, JsonValue] = app.openapi()
    components = described.setdefault("components", {})
    schemas = components.setdefault("schemas", {}) if isinstance(components, dict) else {}
    if isinstance(schemas, dict):
        schemas["Problem"] = ProblemDocument.model_json_schema()
        schemas.pop("HTTPValidationError", None)
        schemas.pop("ValidationError", None)
    return described
