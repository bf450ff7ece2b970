"""What is configured of each channel, for whoever sets the system up. Never a secret."""

from typing import Literal

from pydantic import Field

from shared.schemas.base import Wire

ChannelName = Literal["web", "sms", "voice", "slack", "connect"]


class ChannelSetting(Wire):
    """A setting of the gateway's, by the name of its environment variable."""

    name: str
    given: bool
    needed: bool = True


class ChannelPaste(Wire):
    """What is entered at the provider's, and where."""

    where: str
    value: str


class ChannelTest(Wire):
    """What was tried, and in a sentence what came of it."""

    what: str
    good: bool
    told: str


class ChannelReport(Wire):
    """`tests` is null when none was asked for or the channel is off."""

    channel: ChannelName
    configured: bool
    told: str
    settings: list[ChannelSetting] = Field(default_factory=list)
    paste: list[ChannelPaste] = Field(default_factory=list)
    tests: list[ChannelTest] | None = None


class ChannelReports(Wire):
    channels: list[ChannelReport]
