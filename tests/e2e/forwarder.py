"""The forwarder of infra/bot.yaml as the conversation engine runs it where Amazon Lex runs a Lambda function."""

from collections.abc import Callable
from typing import cast

from pydantic import JsonValue

from tests.infra.templates import function_of

_NAMES = function_of("bot.yaml", "Forwarder")
handler = cast("Callable[[dict[str, JsonValue], object], JsonValue]", _NAMES["handler"])
