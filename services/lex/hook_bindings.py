"""Which code hook answers for which bot alias and locale. Amazon Lex has this in a bot alias's locale settings."""

import json
from json import JSONDecodeError
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, field_validator

from shared.settings import split_bar

_KINDS = ("http://", "https://", "python:")
_ANY = "*"


class HookBinding(BaseModel):
    """`*` stands for any bot, alias or locale. An empty `url` binds no hook. `v1` speaks Lex V1's events.

    `python:package.module:function` is a Lambda handler in this process: `function(event, context)`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    bot: str
    alias: str = _ANY
    locale: str = _ANY
    url: str = ""
    version: Literal["v1", "v2"] = "v2"

    @field_validator("url")
    @classmethod
    def _known_kind(cls, url: str) -> str:
        if url and not url.startswith(_KINDS):
            raise ValueError(f"must begin with one of {', '.join(_KINDS)}")
        return url

    @classmethod
    def parse(cls, text: str) -> Self:
        """`Bot/alias/locale=url`, or `Bot/alias/locale=v1 url`. Raises ValueError."""
        place, equals, target = text.partition("=")
        parts = [part.strip() for part in place.split("/")]
        if not equals or len(parts) != 3 or not all(parts):
            raise ValueError("a binding is written Bot/alias/locale=url")
        version, _, url = target.strip().rpartition(" ")
        return cls.model_validate(
            {"bot": parts[0], "alias": parts[1], "locale": parts[2], "url": url.strip(), "version": version or "v2"}
        )

    def rank(self, bot_id: str, alias_id: str, locale_id: str) -> int | None:
        """How closely it fits, as the number of parts it names; None when it does not fit."""
        pairs = list(zip((self.bot, self.alias, self.locale), (bot_id, alias_id, locale_id), strict=True))
        if any(ours not in (_ANY, theirs) for ours, theirs in pairs):
            return None
        return sum(ours != _ANY for ours, _ in pairs)


def read_bindings(value: object) -> object:
    """Bindings from a setting: a JSON list of objects, or bar-separated `Bot/alias/locale=url`. Raises ValueError."""
    if isinstance(value, str) and value.lstrip().startswith("["):
        try:
            return tuple(HookBinding.model_validate(item) for item in json.loads(value))
        except (JSONDecodeError, TypeError) as error:
            raise ValueError("not a JSON list of bindings") from error
    if isinstance(value, str):
        parts = split_bar(value)
        return tuple(HookBinding.parse(part) for part in parts) if isinstance(parts, tuple) else ()
    return value


def binding_for(bindings: tuple[HookBinding, ...], bot_id: str, alias_id: str, locale_id: str) -> HookBinding | None:
    """The binding that fits most closely; the first of equals."""
    ranked = [(rank, entry) for entry in bindings if (rank := entry.rank(bot_id, alias_id, locale_id)) is not None]
    return max(ranked, key=lambda pair: pair[0])[1] if ranked else None
