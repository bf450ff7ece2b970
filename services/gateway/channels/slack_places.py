"""Names of things in Slack, and where something was said or pressed."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

TeamId = Annotated[str, StringConstraints(pattern=r"^[TE][A-Z0-9]{1,30}$")]
UserId = Annotated[str, StringConstraints(pattern=r"^[UW][A-Z0-9]{1,30}$")]
ChannelId = Annotated[str, StringConstraints(pattern=r"^[CDG][A-Z0-9]{1,20}$")]
AppId = Annotated[str, StringConstraints(pattern=r"^A[A-Z0-9]{1,30}$")]
MessageTime = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,12}\.[0-9]{1,9}$")]
Name = Annotated[str, StringConstraints(max_length=255)]


@dataclass(frozen=True, slots=True)
class Place:
    """Where something was said or pressed. `message` and `thread` are times, by which Slack names messages."""

    team: str
    app: str
    channel: str
    user: str
    message: str
    thread: str | None = None

    def message_id(self, kind: str) -> str:
        """The name of what was done there; a thread that it belongs to stands at the end."""
        return f"{kind}:{self.channel}:{self.message}" + in_thread(self.thread)


def in_thread(thread: str | None) -> str:
    """The end of a message's id by which `thread_of` knows the thread again."""
    return f"@{thread}" if thread else ""


def thread_of(message_id: str | None) -> str | None:
    """The thread in which the message was written, or the card was shown."""
    return (message_id or "").partition("@")[2] or None


class SlackModel(BaseModel):
    """Slack adds fields; an error says nothing of what came in."""

    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)


@dataclass(frozen=True, slots=True)
class Nothing:
    """Nothing to be done about; `limited` is whether Slack says that it holds events back."""

    limited: bool = False
