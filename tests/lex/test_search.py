"""Intents that search, end to end: an unmodified boto3, a running runtime, the bank's FAQ behind its own service."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError
from fastapi import FastAPI, Response
from pydantic import JsonValue

from services.bot.main import create_app as bot_app
from services.bot.settings import BotSettings
from tests.lex.conftest import BankHook, Customer, Runtime, listening
from tests.lex.exports import Document, said, unpacked, v2

if TYPE_CHECKING:
    from types_aiobotocore_lexv2_runtime.type_defs import RecognizeTextResponseTypeDef

KENDRA = "x-amz-lex:kendra-search-response"
QNA = "x-amz-lex:qnA-search-response"
QUESTION = "how much house can I afford"
RULE = "As a rule of thumb, keep your housing payment under 28 percent"
SOURCE = "https://bank.omnilex.example/help/mortgages/getting-started"
BOT = {"botId": "PIZZABOT01", "botAliasId": "TSTALIASID", "localeId": "en_US", "sessionId": "web:asker"}


def bots(tmp_path: Path, search: Document) -> Path:
    """A folder with the pizza bot and a search intent beside its own."""
    intent: Document = {"name": "Search", "sampleUtterances": None, **search}
    documents = {**v2(), "Pizza/BotLocales/en_US/Intents/Search/Intent.json": intent}
    return unpacked(documents, tmp_path / "bots" / "pizza").parent


def kendra(response: str, *, hook: bool = False) -> Document:
    fulfilment: JsonValue = {"enabled": True, "isActive": True} if hook else None
    return {
        "parentIntentSignature": "AMAZON.KendraSearchIntent",
        "kendraConfiguration": {"kendraIndex": "arn:aws:kendra:us-east-1:111122223333:index/a"},
        "fulfillmentCodeHook": fulfilment,
        "intentClosingSetting": {"isActive": True, "closingResponse": said(response)},
    }


def qna(**paths: JsonValue) -> Document:
    return {
        "parentIntentSignature": "AMAZON.QnAIntent",
        "fulfillmentCodeHook": {
            "enabled": False,
            "isActive": True,
            "postFulfillmentStatusSpecification": {"successResponse": said(f"(({QNA}))"), **paths},
        },
    }


@pytest.fixture(scope="module")
def faq_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The bot service with the bank's FAQ; what else it needs is not there."""
    settings = BotSettings(data_dir=tmp_path_factory.mktemp("data"), accounts_url="http://127.0.0.1:9")
    with listening(bot_app(settings)) as url:
        yield url


def asks(customer: Customer, text: str) -> "RecognizeTextResponseTypeDef":
    return customer.client.recognize_text(**BOT, text=text)


def hears(customer: Customer, text: str) -> list[str]:
    return [message["content"] for message in asks(customer, text).get("messages", [])]


def test_a_kendra_intent_answers_from_the_banks_faq(runtime: Runtime, faq_url: str, tmp_path: Path) -> None:
    folder = bots(
        tmp_path, kendra(f"You ask: (({KENDRA}-question_answer-question-1)) (({KENDRA}-question_answer-answer-1))")
    )
    with runtime(lex_bots_dir=folder, lex_search_url=faq_url, code_hook_url="") as customer:
        answer = asks(customer, QUESTION)
        (message,) = answer["messages"]
        assert message["content"].startswith(f"You ask: How much house can I afford? {RULE}")
        assert answer["requestAttributes"][f"{KENDRA}-question_answer-answer-1"].startswith(RULE)
        assert answer["sessionState"]["intent"]["name"] == "Search"
        assert answer["sessionState"]["dialogAction"]["type"] == "Close"
        assert asks(customer, "xylophone quartz")["sessionState"]["intent"]["name"] == "FallbackIntent"
        assert hears(customer, "I want a pizza") == ["Which size?"]
        assert hears(customer, QUESTION) == ["Which size?"], "an open slot is asked for again"


def test_the_hook_gets_what_kendra_would_have_said(
    runtime: Runtime, bank: BankHook, faq_url: str, tmp_path: Path
) -> None:
    folder = bots(tmp_path, kendra("Done.", hook=True))
    with runtime(lex_bots_dir=folder, lex_search_url=faq_url) as customer:
        asks(customer, QUESTION)
    (event,) = bank.events
    state = event["sessionState"]
    assert isinstance(state, dict)
    assert isinstance(state["intent"], dict)
    result = state["intent"]["kendraResponse"]
    assert isinstance(result, dict)
    assert isinstance(result["resultItems"], list)
    item = result["resultItems"][0]
    assert isinstance(item, dict)
    assert (item["type"], item["documentURI"]) == ("QUESTION_ANSWER", SOURCE)
    assert isinstance(item["additionalAttributes"], list)
    told = {entry["key"]: entry["value"]["textWithHighlightsValue"]["text"] for entry in item["additionalAttributes"]}
    assert told["QuestionText"] == "How much house can I afford?"
    assert told["AnswerText"].startswith(RULE)
    assert result["totalNumberOfResults"] == len(result["resultItems"])
    attributes = event["requestAttributes"]
    assert isinstance(attributes, dict)
    assert attributes[f"{KENDRA}-question_answer-question-1"] == "How much house can I afford?"


def test_a_qna_intent_answers_with_its_source(runtime: Runtime, faq_url: str, tmp_path: Path) -> None:
    with runtime(lex_bots_dir=bots(tmp_path, qna()), lex_search_url=faq_url, code_hook_url="") as customer:
        answer = asks(customer, QUESTION)
        assert answer["messages"][0]["content"].startswith(RULE)
        assert answer["requestAttributes"][f"{QNA}-source"] == SOURCE
        assert answer["sessionState"]["intent"]["state"] == "Fulfilled"
        assert hears(customer, "x" * 1024) == hears(customer, "xylophone quartz")


@pytest.mark.parametrize("content", [b"no json", b'{"answers": 7}', b"{}"])
def test_a_search_that_fails_is_said_not_hidden(runtime: Runtime, tmp_path: Path, content: bytes) -> None:
    app = FastAPI()
    app.add_api_route("/faq/search", lambda: Response(content, 500 if content == b"{}" else 200))
    with (
        listening(app) as url,
        runtime(lex_bots_dir=bots(tmp_path, qna()), lex_search_url=url, code_hook_url="") as customer,
    ):
        with pytest.raises(ClientError) as caught:
            asks(customer, QUESTION)
        error = caught.value.response
        assert error["Error"]["Code"] == "DependencyFailedException"
        assert error["Error"]["Message"] == "The search behind the intent does not answer."
        assert hears(customer, "I want a pizza") == ["Which size?"], "what needs no search goes on"


def test_a_search_that_nobody_answers_takes_the_failure_path(runtime: Runtime, tmp_path: Path) -> None:
    folder = bots(tmp_path, qna(failureResponse=said("I cannot look that up now.")))
    with runtime(lex_bots_dir=folder, lex_search_url="http://127.0.0.1:9", code_hook_url="") as customer:
        answer = asks(customer, QUESTION)
        assert [message["content"] for message in answer["messages"]] == ["I cannot look that up now."]
        assert answer["sessionState"]["intent"]["state"] == "Failed"


def test_without_a_search_the_fallback_intent_answers(runtime: Runtime, tmp_path: Path) -> None:
    with runtime(lex_bots_dir=bots(tmp_path, qna()), code_hook_url="") as customer:
        assert asks(customer, QUESTION)["sessionState"]["intent"]["name"] == "FallbackIntent"


def test_a_chat_in_the_terminal_searches_where_it_is_told_to(faq_url: str, tmp_path: Path) -> None:
    folder = bots(tmp_path, qna()) / "pizza"
    command = [sys.executable, "-m", "services.lex.console", "chat", str(folder)]
    spoken = f"{QUESTION}\n"
    answered = subprocess.run([*command, "--search", faq_url], input=spoken, capture_output=True, text=True, check=True)
    assert RULE in answered.stdout
    without = subprocess.run(command, input=spoken, capture_output=True, text=True, check=True)
    assert "intent FallbackIntent" in without.stdout
