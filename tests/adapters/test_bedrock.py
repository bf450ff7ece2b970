"""Amazon Bedrock behind the port Summariser: what it is asked, and what becomes of what it answers."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import aioboto3
import pytest

from services.media.assembly import open_summariser
from services.media.aws.bedrock import AmazonBedrock, open_bedrock
from services.media.ports import NoSummary
from services.media.settings import MediaSettings
from shared.errors import Forbidden, NotFound, Problem, TooManyRequests, Unavailable, UpstreamFailed, UpstreamTimeout
from tests.adapters.bedrock_server import SUMMARY, BedrockServer
from tests.adapters.modelled_server import AwsError
from tests.gateway.conftest import listening

MODEL = "amazon.nova-lite-v1:0"
PROFILE = "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.amazon.nova-lite-v1:0"
SAID = "Caller: I need a card.\nAgent: It is ordered."
Opened = Callable[..., Any]
pytestmark = pytest.mark.usefixtures("aws_credentials")


@pytest.fixture
def server() -> BedrockServer:
    return BedrockServer()


def settings(**given: object) -> MediaSettings:
    return MediaSettings(_env_file=None, **{"summary": "bedrock", "summary_model_id": MODEL, **given})


@pytest.fixture
def opened(session: aioboto3.Session, server: BedrockServer) -> Opened:
    """The adapter with these settings. Every request and answer keeps to the official model, or the test fails."""

    @asynccontextmanager
    async def opened(**given: object) -> AsyncIterator[AmazonBedrock]:
        async with (
            listening(server.app) as url,
            open_bedrock(settings(**given), session=session, endpoint_url=url) as bedrock,
        ):
            yield bedrock
        assert not server.broken, server.broken

    return opened


@pytest.mark.parametrize("model", [MODEL, PROFILE, "us.anthropic.claude-3-5-haiku-20241022-v1:0"])
async def test_a_request_shows_the_conversation_as_material(opened: Opened, server: BedrockServer, model: str) -> None:
    async with opened(summary_model_id=model, summary_most_tokens=77) as bedrock:
        assert await bedrock.summary(SAID, "es-US") == SUMMARY
        assert bedrock.name == f"Amazon Bedrock, {model.rpartition('/')[2]}"
    [asked] = server.asked("Converse")
    assert asked["modelId"] == model
    assert asked["messages"] == [
        {"role": "user", "content": [{"text": f"<conversation>\n{SAID}\n</conversation>"}]},
    ]
    assert asked["inferenceConfig"] == {"maxTokens": 77, "temperature": 0.0}
    assert "es-US" in str(asked["system"])
    assert SAID not in str(asked["system"])


async def test_thoughts_are_left_out_and_blocks_are_joined(opened: Opened, server: BedrockServer) -> None:
    server.thoughts, server.texts = "telltale thought", ["One.", "Two."]
    async with opened() as bedrock:
        assert await bedrock.summary(SAID, "en-US") == "One.\nTwo."


async def test_a_sentence_that_the_limit_broke_off_is_left_out(opened: Opened, server: BedrockServer) -> None:
    server.texts, server.stop = ["It cost 3.50 dollars. Then the cust"], "max_tokens"
    async with opened() as bedrock:
        assert await bedrock.summary(SAID, "en-US") == "It cost 3.50 dollars."
        server.texts = ["The cust"]
        with pytest.raises(NoSummary):
            await bedrock.summary(SAID, "en-US")


@pytest.mark.parametrize(
    ("stop", "says"),
    [
        ("guardrail_intervened", "guardrail"),
        ("content_filtered", "content filter"),
        ("model_context_window_exceeded", "longer"),
        ("tool_use", "ended without"),
    ],
)
async def test_a_refusal_is_no_summary(opened: Opened, server: BedrockServer, stop: str, says: str) -> None:
    server.stop, server.texts = stop, ["telltale"]
    async with opened() as bedrock:
        with pytest.raises(NoSummary, match=says) as refusal:
            await bedrock.summary(SAID, "en-US")
    assert "telltale" not in str(refusal.value)


@pytest.mark.parametrize("texts", [[], [""], ["  \n "]])
async def test_an_answer_without_words_is_no_summary(opened: Opened, server: BedrockServer, texts: list[str]) -> None:
    server.texts = texts
    async with opened() as bedrock:
        with pytest.raises(NoSummary):
            await bedrock.summary(SAID, "en-US")


@pytest.mark.parametrize("body", ["{}", '{"output": {"message": {}}}', '{"stopReason": "end_turn"}'])
async def test_an_answer_of_another_shape_is_no_summary(opened: Opened, server: BedrockServer, body: str) -> None:
    server.raw = (200, body)
    async with opened() as bedrock:
        with pytest.raises(NoSummary):
            await bedrock.summary(SAID, "en-US")


@pytest.mark.parametrize(
    "body", ["<html>telltale</html>", "[]", '{"output": "telltale", "stopReason": "end_turn"}', '{"output": {}}', ""]
)
async def test_an_answer_that_nobody_can_read_is_ours(opened: Opened, server: BedrockServer, body: str) -> None:
    server.raw = (200, body)
    async with opened() as bedrock:
        with pytest.raises((NoSummary, Problem)) as fault:
            await bedrock.summary(SAID, "en-US")
    assert "telltale" not in str(fault.value)


@pytest.mark.parametrize(
    ("kind", "status", "problem"),
    [
        ("ThrottlingException", 429, TooManyRequests),
        ("ServiceUnavailableException", 503, Unavailable),
        ("AccessDeniedException", 403, Forbidden),
        ("ResourceNotFoundException", 404, NotFound),
        ("ValidationException", 400, UpstreamFailed),
        ("ModelErrorException", 424, UpstreamFailed),
        ("ModelNotReadyException", 429, UpstreamFailed),
        ("InternalServerException", 500, UpstreamFailed),
    ],
)
async def test_faults_are_ours(
    opened: Opened, server: BedrockServer, kind: str, status: int, problem: type[Problem]
) -> None:
    async with opened() as bedrock:
        server.faults = [AwsError(kind, status=status) for _ in range(8)]
        with pytest.raises(problem) as raised:
            await bedrock.summary(SAID, "en-US")
    assert "telltale" not in str(raised.value)


async def test_throttling_that_passes_is_not_seen(opened: Opened, server: BedrockServer) -> None:
    async with opened() as bedrock:
        server.faults = [AwsError("ThrottlingException", status=429)]
        assert await bedrock.summary(SAID, "en-US") == SUMMARY
    assert len(server.requests) == 2


async def test_it_is_waited_for_so_long_and_no_longer(opened: Opened, server: BedrockServer) -> None:
    server.seconds = 1
    async with opened(summary_timeout_seconds=0.2) as bedrock:
        with pytest.raises(UpstreamTimeout):
            await bedrock.summary(SAID, "en-US")


async def test_nobody_is_asked_unless_the_settings_say_so() -> None:
    async with open_summariser(MediaSettings(_env_file=None)) as summariser:
        assert summariser is None


@pytest.mark.parametrize("model", ["undefined", "", None])
def test_without_a_model_the_settings_are_refused(model: str | None) -> None:
    with pytest.raises(ValueError, match="OMNILEX_SUMMARY_MODEL_ID"):
        settings(summary_model_id=model)
