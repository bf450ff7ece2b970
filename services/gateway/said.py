"""What was said, as staff see it, and what became of it on its way."""

from collections.abc import Iterable, Mapping, Sequence

from services.gateway.store import StoredMessage, StoredOutgoing
from services.gateway.transcript import Sender, shown
from shared.schemas.handoffs import Delivery, SaidTurn

_FAILED = frozenset({"failed", "undelivered", "canceled"})
Deliveries = Mapping[int, tuple[Delivery, str | None]]


def said(messages: Iterable[StoredMessage], deliveries: Deliveries) -> list[SaidTurn]:
    return [_turn(message, deliveries) for message in messages]


def deliveries_of(sendings: Sequence[StoredOutgoing]) -> Deliveries:
    """By the number of the message; where one is sent in parts, the part that fared worst."""
    found: dict[int, tuple[Delivery, str | None]] = {}
    for sending in sendings:
        fared = _fared(sending), sending.error if sending.status == "failed" or sending.delivery in _FAILED else None
        worst = found.get(sending.sequence or 0, fared)
        found[sending.sequence or 0] = min(worst, fared, key=lambda one: _WORST_FIRST.index(one[0]))
    return found


_REACHED: dict[str, Delivery] = {"delivered": "delivered", "read": "read"}
_WORST_FIRST: tuple[Delivery, ...] = ("failed", "waiting", "sent", "delivered", "read")


def _fared(sending: StoredOutgoing) -> Delivery:
    if sending.status == "failed" or sending.delivery in _FAILED:
        return "failed"
    if sending.status != "sent":
        return "waiting"
    return _REACHED.get(sending.delivery or "", "sent")


def _turn(message: StoredMessage, deliveries: Deliveries) -> SaidTurn:
    card = shown(message).image_response_card
    delivery, error = deliveries.get(message.sequence, (None, None))
    return SaidTurn(
        sequence=message.sequence,
        sender=_SENDERS[message.sender],
        at=message.at,
        text=message.content or (card.title if card else None),
        choices=[button.text for button in card.buttons or []] if card else [],
        delivery=delivery,
        delivery_error=error,
    )


_SENDERS: dict[str, Sender] = {"customer": "customer", "bot": "bot", "agent": "agent"}
