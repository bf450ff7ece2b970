"""When the bot hands a conversation over to a person, and what it gives along."""

from pydantic import BaseModel, JsonValue, ValidationError

from shared.schemas.lex import RecognizeTextResponse

TRANSFER = "omnilex:transfer"
CUSTOMER = "omnilex:customer"
QUEUE = "queue"
_INTENT = "TransferToAgent"


class Packet(BaseModel):
    """What the bot gives along: who was verified, what they were doing, its filled slots; never a secret."""

    customer_id: str | None = None
    intent: str | None = None
    slots: dict[str, JsonValue] = {}


def handoff_wanted(answer: RecognizeTextResponse) -> Packet | None:
    """The packet of an answer that hands over; None for every other answer."""
    state = answer.session_state
    if state.intent is None or state.intent.name != _INTENT or state.intent.state != "Fulfilled":
        return None
    given = (state.session_attributes or {}).get(TRANSFER)
    if given is None:
        return None
    try:
        found = _Given.model_validate_json(given)
    except ValidationError:
        return Packet()
    return Packet(customer_id=found.customerId, intent=found.intent, slots=found.slots)


def verified_customer(answer: RecognizeTextResponse) -> str | None:
    """Who is verified, as the bot says in every answer of its own."""
    return (answer.session_state.session_attributes or {}).get(CUSTOMER) or None


def agent_owner(username: str) -> str:
    """The owner of a conversation that this member of staff has."""
    return f"agent:{username}"


class _Given(BaseModel):
    customerId: str | None = None  # noqa: N815  as the bot writes it into the session
    intent: str | None = None
    slots: dict[str, JsonValue] = {}
