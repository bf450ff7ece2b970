"""Who takes part in a conversation of Amazon Connect or Call Analytics, and how those services label feelings."""

import re

from pydantic import BaseModel

from services.media.analysis.parsers.values import Text
from shared.schemas.interaction import Label, RoleName, Sentiment

_ROLES: dict[str, RoleName] = {
    "AGENT": "AGENT", "SUPERVISOR": "AGENT", "CUSTOMER": "CALLER", "CUSTOM_BOT": "BOT", "SYSTEM": "IVR",
}  # fmt: skip
_SCORES: dict[str, tuple[Label, float]] = {
    "POSITIVE": ("POSITIVE", 1.0), "NEGATIVE": ("NEGATIVE", -1.0), "NEUTRAL": ("NEUTRAL", 0.0), "MIXED": ("MIXED", 0.0),
}  # fmt: skip
_HIDDEN = {"CREDIT_DEBIT_NUMBER": "CARD", "BANK_ACCOUNT_NUMBER": "ACCOUNT"}
_ENTITY_TYPES = (
    "ADDRESS|AGE|AWS_ACCESS_KEY|AWS_SECRET_KEY|BANK_ACCOUNT_NUMBER|BANK_ROUTING|CREDIT_DEBIT_CVV|CREDIT_DEBIT_EXPIRY|"
    "CREDIT_DEBIT_NUMBER|DATE_TIME|DRIVER_ID|EMAIL|IP_ADDRESS|MAC_ADDRESS|NAME|PASSPORT_NUMBER|PASSWORD|PHONE|PIN|SSN|"
    "URL|USERNAME"
)
_MASK = re.compile(rf"\[({_ENTITY_TYPES})\]")


class Participant(BaseModel):
    """`role` is empty where the document does not say it."""

    id: Text = ""
    role: Text = ""
    name: Text = ""


def role_of(role: str, name: str = "") -> RoleName | None:
    """Null for what is none of the roles of Connect. `SYSTEM` is the flow, and a Lex bot when that is its name."""
    if role == "SYSTEM" and name.strip().upper() == "BOT":
        return "BOT"
    return _ROLES.get(role.upper())


def labelled(label: str) -> Sentiment | None:
    """+1, -1 or 0 for a label; null for what is none."""
    known = _SCORES.get(label.upper())
    return Sentiment(score=known[1], label=known[0], scale="label") if known else None


def hidden_type(kind: str) -> str:
    """The placeholder's name for a type of Amazon's: `CREDIT_DEBIT_NUMBER` is a `CARD`."""
    return _HIDDEN.get(kind, re.sub("[^A-Z]", "", kind.upper())) or "PII"


def placeholders(text: str, *, redacted: bool) -> str:
    """In a document that says it is redacted, `[NAME]` is a redaction: `[PII:NAME]`."""
    return _MASK.sub(lambda mark: f"[PII:{hidden_type(mark[1])}]", text) if redacted else text
