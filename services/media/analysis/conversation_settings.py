"""Settings on what is known of a conversation beside its words, and on when its measures are not to be trusted."""

import re
from datetime import UTC, datetime
from typing import Annotated, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator, Field, TypeAdapter, model_validator

from shared.schemas.interaction import RoleName
from shared.settings import ServiceSettings, split_bar

NOT_SET = "undefined"
_ROLE: TypeAdapter[RoleName] = TypeAdapter(RoleName)


def _roles(value: object) -> object:
    parts = split_bar(value)
    if not isinstance(parts, tuple) or not isinstance(value, str):
        return value
    if not parts:
        raise ValueError(f'is blank: give the role of each channel, or "{NOT_SET}" where none is meant')
    return "" if parts == (NOT_SET,) else "|".join(_ROLE.validate_python(part.upper()) for part in parts)


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("is no zone of the tz database") from None
    return name


def _pattern(text: str) -> str:
    if text.strip() == NOT_SET:
        return ""
    try:
        groups = re.compile(text).groups
    except re.error as error:
        raise ValueError(f"is no regular expression: {error}") from None
    if not groups:
        raise ValueError(f'has no group that says what is meant; "{NOT_SET}" switches it off')
    return text


def _time_fields(fields: str) -> str:
    example = datetime(2001, 2, 3, 4, 5, 6, 789_000, UTC)
    try:
        read = datetime.strptime(example.strftime(fields), fields)  # noqa: DTZ007  only its date is looked at
    except (ValueError, re.error):
        raise ValueError("is no format that strptime reads") from None
    if (read.year, read.month, read.day) != (2001, 2, 3):
        raise ValueError("does not hold year, month and day")
    return fields


Pattern = Annotated[str, AfterValidator(_pattern)]


class ConversationSettings(ServiceSettings):
    """A pattern that is `undefined` finds nothing; it is kept as an empty text."""

    channel_roles: Annotated[str, BeforeValidator(_roles)] = Field(
        NOT_SET, description="roles of a recording's channels in order, `AGENT | CALLER`, where no side-car says them"
    )
    conversation_location: Annotated[str, AfterValidator(_zone)] = Field(
        "America/Los_Angeles", description="zone in which times in file names are read"
    )
    filename_datetime_regex: Pattern = Field(
        r"(\d{4})-(\d{2})-(\d{2})T(\d{2})-(\d{2})-(\d{2})", description="its groups are the parts of the time"
    )
    filename_datetime_field_map: Annotated[str, AfterValidator(_time_fields)] = Field(
        "%Y %m %d %H %M %S", description="what the groups are, in the terms of strptime, a space between each"
    )
    filename_guid_regex: Pattern = Field("_GUID_(.*?)_", description="its first group is the interaction's GUID")
    filename_agent_regex: Pattern = Field("_AGENT_(.*?)_", description="its first group is the agent")
    filename_cust_regex: Pattern = Field("_CUST_(.*?)_", description="its first group is the customer")

    quality_most_clipping: float = Field(
        0.01, gt=0, le=1, description="share of what is heard that may be cut off at full scale"
    )
    quality_most_silence: float = Field(0.6, gt=0, le=1, description="share of a call in which nobody may speak")
    quality_least_confidence: float = Field(0.6, ge=0, lt=1, description="mean confidence that words must have")

    @model_validator(mode="after")
    def _fields_fit_the_groups(self) -> Self:
        groups = re.compile(self.filename_datetime_regex).groups
        fields = len(self.filename_datetime_field_map.split())
        if self.filename_datetime_regex and groups != fields:
            raise ValueError(
                f"filename_datetime_field_map: {fields} fields for the {groups} groups of filename_datetime_regex"
            )
        return self

    def roles_of_channels(self) -> tuple[RoleName, ...]:
        """In the order of the channels; empty where none are configured."""
        return tuple(_ROLE.validate_python(name) for name in self.channel_roles.split("|") if name)
