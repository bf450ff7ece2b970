"""When a conversation is no longer one: a bot at the other end, or somebody who sends far too much."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.gateway.store import StoredMessage

_LOOKED_AT = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class FloodLimits:
    """`per_minute` messages of one address; `same` is how often one text may come in a row; then a pause.

    `per_customer` is how many messages a minute a verified customer may send over all channels.
    """

    per_minute: int
    per_customer: int
    same: int
    pause: timedelta

    @property
    def messages_to_read(self) -> int:
        return 2 * max(self.per_minute, self.same) + 2

    def crossed(self, content: str, latest: Sequence[StoredMessage], now: datetime) -> bool:
        """Whether a message of this content, after the `latest` ones (newest first), is one too many.

        Two bots that talk to each other say the same again, repeat what was said to them, or never draw breath.
        """
        recent = [message for message in latest if now - message.at < _LOOKED_AT]
        heard = [message for message in recent if message.sender == "customer"]
        repeated = len(heard) >= self.same and all(message.content == content for message in heard[: self.same])
        echoes = {message.content for message in recent if message.sender == "bot"}
        echoed = [message.content in echoes for message in heard[: self.same]]
        parroting = content in echoes and len(echoed) == self.same and all(echoed)
        return self.too_quick(recent, now) or repeated or parroting

    def too_quick(self, latest: Sequence[StoredMessage], now: datetime) -> bool:
        """Whether one more message of the customer's within this minute is one too many."""
        heard = (message for message in latest if message.sender == "customer")
        return sum(now - message.at < timedelta(minutes=1) for message in heard) >= self.per_minute
