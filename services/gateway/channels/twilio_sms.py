"""Text messages by Twilio: what a request says, and what an answer looks like.

Source: Twilio's "Messaging webhooks" (parameters of an incoming message) and the `Message` resource.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, cast

from pydantic import JsonValue

from services.gateway.channels.plain_words import clean, words_of
from services.gateway.channels.sms_text import in_gsm, split
from services.gateway.ports import Reach, Rendered
from shared.errors import InvalidRequest
from shared.schemas.chat import ChatMessage

CHANNEL = "sms"
CALLER_NUMBER = "omnilex:caller-number"
PLATFORM = "x-amz-lex:channels:platform"

Keyword = Literal["STOP", "START", "HELP"]
_SID = re.compile(r"(?:SM|MM)[0-9a-f]{32}")
_SERVICE = re.compile(r"MG[0-9a-f]{32}")
_E164 = re.compile(r"\+[1-9][0-9]{5,14}")
_SHORT_CODE = re.compile(r"[0-9]{3,8}")
_COUNT = re.compile(r"[0-9]{1,3}")


@dataclass(frozen=True, slots=True)
class IncomingSms:
    """`keyword` is Twilio's own word for it, with Advanced Opt-Out: then Twilio has answered already."""

    message_id: str
    sender: str
    recipient: str
    service: str
    text: str
    files: int
    keyword: Keyword | None

    @property
    def reach(self) -> Reach:
        attributes = {PLATFORM: "Twilio"}
        if _E164.fullmatch(self.sender):
            attributes[CALLER_NUMBER] = self.sender
        destination = {"to": self.sender, "from": self.recipient, "service": self.service}
        return Reach(destination=destination, attributes=attributes)


def parse(form: Mapping[str, str]) -> IncomingSms:
    """A signed request of Twilio. Raises InvalidRequest for one that is not of an incoming message."""
    message_id, sender, recipient = (form.get(name, "") for name in ("MessageSid", "From", "To"))
    if not _SID.fullmatch(message_id) or not _is_number(sender) or not _is_number(recipient):
        raise InvalidRequest("The request is not of an incoming message.")
    service, keyword, files = form.get("MessagingServiceSid", ""), form.get("OptOutType", ""), form.get("NumMedia", "0")
    return IncomingSms(
        message_id=message_id,
        sender=sender,
        recipient=recipient,
        service=service if _SERVICE.fullmatch(service) else "",
        text=clean(form.get("Body", "")),
        files=int(files) if _COUNT.fullmatch(files) else 0,
        keyword=cast("Keyword", keyword) if keyword in ("STOP", "START", "HELP") else None,
    )


def _is_number(text: str) -> bool:
    return bool(_E164.fullmatch(text) or _SHORT_CODE.fullmatch(text))


def render(messages: Sequence[ChatMessage], reach: Reach, most_segments: int) -> Rendered:
    """One text, in as many messages as it takes, as the parameters of Twilio's `Message` resource."""
    words = words_of(messages)
    to = reach.destination
    sender = {"MessagingServiceSid": to["service"]} if to.get("service") else {"From": to["from"]}
    payloads: list[dict[str, JsonValue]] = [
        {"To": to["to"], **sender, "Body": body} for body in split(in_gsm("\n".join(words.lines)), most_segments)
    ]
    return Rendered(payloads, words.choices)


class TwilioSms:
    """The channel: an answer is kept back a little longer than a webhook waits for it."""

    def __init__(self, *, answer_seconds: float, most_segments: int) -> None:
        self.response_takes = timedelta(seconds=answer_seconds + _MARGIN)
        self._most_segments = most_segments

    def render(self, messages: Sequence[ChatMessage], reach: Reach) -> Rendered:
        return render(messages, reach, self._most_segments)


_MARGIN = 2.0
