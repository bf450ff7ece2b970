"""RecognizeUtterance with audio: what is taken, what is heard, and who hears of it."""

import asyncio
import io
import json
import re
import wave
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

import numpy as np
import pytest
from fastapi import FastAPI, Request, Response
from pydantic import JsonValue, ValidationError

from services.lex.ports import Phrases, Sound, SpeechFailed
from services.lex.settings import LexSettings
from services.lex.speech.embedded import PocketSphinxSpeech
from shared.processes import ProcessDied, Processes, TookTooLong
from tests.lex.conftest import BankHook, Customer, Runtime, listening
from tests.lex.exports import Document, said, unpacked, v2
from tests.lex.test_recognize_utterance import refused, speak
from tests.lex.test_recognize_utterance import unpacked as opened
from tests.lex.voices import Samples, spoken

L16 = "audio/l16; rate=16000; channels=1"
X_L16 = "audio/x-l16; sample-rate=16000; channel-count=1"
LPCM = "audio/lpcm; sample-rate=8000; sample-size-bits=16; channel-count=1; is-big-endian=false"
OPUS = "audio/x-cbr-opus-with-preamble;preamble-size=0;bit-rate=256000;frame-size-milliseconds=4"
PIZZA = {"botId": "PIZZABOT01"}


def pcm(samples: Samples) -> bytes:
    return samples.astype("<i2").tobytes()


def test_spoken_words_lead_through_the_dialog(runtime: Runtime, bank: BankHook) -> None:
    """One process hears all of it: its start is most of the time this takes."""
    with runtime(lex_speech="pocketsphinx") as customer:
        answer = speak(customer, pcm(spoken("pay twenty five dollars to city power")), L16)
        assert answer["inputMode"] == "Speech"
        heard = str(opened(str(answer["inputTranscript"])))
        assert "twenty five dollars to city power" in heard
        state = opened(str(answer["sessionState"]))
        assert isinstance(state, dict)
        assert state["intent"]["name"] == "MakePayment"
        assert state["intent"]["slots"]["Amount"]["value"]["interpretedValue"] == "USD 25.00"
        assert state["intent"]["slots"]["Payee"]["value"]["resolvedValues"] == ["City Power"]

        other = {"sessionId": "voice:2"}
        slow = speak(customer, pcm(spoken("I would like to open a savings account", rate=8000)), LPCM, **other)
        assert opened(str(slow["interpretations"]))[0]["intent"]["name"] == "OpenAccount"

        silent = speak(customer, pcm(np.zeros(16_000, np.int16)), X_L16, sessionId="voice:3")
        assert opened(str(silent["inputTranscript"])) == ""
        assert opened(str(silent["interpretations"]))[0]["intent"]["name"] == "FallbackIntent"
    event = bank.events[0]
    assert (event["inputMode"], event["inputTranscript"]) == ("Speech", heard)
    assert isinstance(event["transcriptions"], list)
    (transcription,) = event["transcriptions"]
    assert transcription["transcription"] == heard
    assert 0.3 < transcription["transcriptionConfidence"] < 1


@pytest.mark.parametrize(
    ("kind", "audio", "why"),
    [
        (L16, b"", "The audio is empty."),
        (L16, b"\0" * 31, "odd number of bytes"),
        (L16, b"\0" * (32_000 * 15 + 2), "longer than 15 s"),
        (LPCM, b"\0" * (16_000 * 15 + 2), "longer than 15 s"),
        (OPUS, b"\0" * 32, "Opus is not understood"),
        ("audio/l16", b"\0" * 32, re.escape(L16)),
        ("audio/l16; rate=8000; channels=1", b"\0" * 32, re.escape(L16)),
        ("audio/l16; rate=16000; channels=2", b"\0" * 32, re.escape(L16)),
        (LPCM.replace("false", "true"), b"\0" * 32, re.escape(LPCM)),
        ("audio/mpeg", b"\0" * 32, "Content-Type must be"),
    ],
)
def test_audio_in_another_form_is_refused_saying_what_is_taken(
    hearing: Customer, kind: str, audio: bytes, why: str
) -> None:
    code, message = refused(hearing, audio, kind)
    assert code == "ValidationException"
    assert re.search(why, message)


@pytest.fixture(scope="module")
def hearing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Customer]:
    """A customer of a runtime that hears, and whose pizza bot speaks Spanish."""
    from services.lex.main import create_app

    folder = tmp_path_factory.mktemp("spanish")
    documents = {path.replace("en_US", "es_ES"): document for path, document in v2().items()}
    documents["Pizza/BotLocales/es_ES/BotLocale.json"] |= {"identifier": "es_ES"}
    settings = LexSettings(
        data_dir=folder, lex_bots_dir=unpacked(documents, folder / "bots"), code_hook_url="", lex_speech="pocketsphinx"
    )
    with listening(create_app(settings)) as url:
        customer = Customer(url)
        customer.at |= PIZZA | {"localeId": "es_ES"}
        yield customer
        customer.close()


def test_a_language_that_the_recogniser_does_not_know_is_named(hearing: Customer) -> None:
    assert refused(hearing, b"\0" * 32_000, L16) == (
        "ValidationException",
        "PocketSphinx understands English only, not es_ES.",
    )


@dataclass
class Transcriber:
    """A server in the form of OpenAI's, which hears what it is told to."""

    answer: bytes = b""
    status: int = 200
    asked: list[dict[str, object]] = field(default_factory=list)
    app: FastAPI = field(default_factory=FastAPI)

    def __post_init__(self) -> None:
        self.app.add_api_route("/v1/audio/transcriptions", self._transcribe, methods=["POST"])

    async def _transcribe(self, request: Request) -> Response:
        async with request.form() as form:
            sound = form["file"]
            assert not isinstance(sound, str)
            fields = {name: value for name, value in form.items() if isinstance(value, str)}
            self.asked.append(fields | {"sound": await sound.read(), "key": request.headers.get("authorization")})
        return Response(self.answer, self.status, media_type="application/json")

    def hears(self, **document: JsonValue) -> None:
        self.status, self.answer = 200, json.dumps(document).encode()


@pytest.fixture
def transcriber() -> Iterator[tuple[Transcriber, str]]:
    server = Transcriber()
    with listening(server.app) as url:
        yield server, f"{url}/v1/audio/transcriptions"


def careful(tmp_path: Path) -> Path:
    """The pizza bot, which says how it was addressed."""

    def branch(name: str, condition: str) -> Document:
        end: Document = {"dialogAction": {"type": "EndConversation"}}
        return {
            "name": name,
            "condition": {"expressionString": condition},
            "response": said(name),
            "nextStep": end,
        }

    conditional: Document = {
        "isActive": True,
        "conditionalBranches": [
            branch("unsure", '$.inputMode = "Speech" AND $.transcriptions[0].transcriptionConfidence < 0.5'),
            branch("sure", "$.transcriptions[0].transcriptionConfidence >= 0.5"),
        ],
        "defaultBranch": {"response": said("unknown"), "nextStep": {"dialogAction": {"type": "EndConversation"}}},
    }
    step: Document = {"dialogAction": {"type": "EvaluateConditional"}}
    return unpacked(v2(initialResponseSetting={"conditional": conditional, "nextStep": step}), tmp_path / "careful")


def test_a_server_hears_and_conditions_know_how_well(
    runtime: Runtime, transcriber: tuple[Transcriber, str], tmp_path: Path
) -> None:
    server, url = transcriber
    settings = {"lex_speech": "http", "lex_speech_url": url, "lex_speech_key": "a key", "lex_speech_model": "small"}
    sound = np.arange(800, dtype=np.int16)
    with runtime(lex_bots_dir=careful(tmp_path), code_hook_url="", **settings) as customer:

        def answered(**document: JsonValue) -> object:
            server.hears(**document)
            answer = speak(customer, pcm(sound), L16, **PIZZA)
            messages = opened(str(answer["messages"]))
            assert isinstance(messages, list)
            return messages[0]["content"]

        assert answered(text=" I want a pizza ", segments=[{"avg_logprob": -0.1}, {"avg_logprob": -0.3}]) == "sure"
        assert answered(text="I want a pizza", segments=[{"avg_logprob": -1.5}]) == "unsure"
        assert answered(text="I want a pizza") == "unknown"
    (first, *_) = server.asked
    assert (first["model"], first["language"], first["key"]) == ("small", "en", "Bearer a key")
    assert isinstance(first["sound"], bytes)
    with wave.open(io.BytesIO(first["sound"])) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (16_000, 1, 2)
        assert file.readframes(1000) == pcm(sound)


def test_a_recogniser_that_fails_is_said(
    runtime: Runtime, transcriber: tuple[Transcriber, str], tmp_path: Path
) -> None:
    server, url = transcriber
    folder = unpacked(v2(), tmp_path / "pizza")
    with runtime(lex_bots_dir=folder, code_hook_url="", lex_speech="http", lex_speech_url=url) as customer:
        for server.status, server.answer in ((500, b"{}"), (200, b"no json"), (200, b'{"text": null}')):
            with pytest.raises(customer.client.exceptions.DependencyFailedException, match="does not answer"):
                speak(customer, b"\0" * 320, L16, **PIZZA)


@pytest.mark.parametrize("fault", [ProcessDied, TookTooLong, None])
async def test_a_process_that_is_lost_stopped_or_never_free_is_a_recogniser_that_fails(
    fault: type[Exception] | None,
) -> None:
    class Lost(Processes):
        async def run(self, seconds: float, task: object) -> NoReturn:
            if fault is None:
                await asyncio.Event().wait()
                raise AssertionError("nothing sets the event")
            raise fault

    speech = PocketSphinxSpeech(Lost(1, "lex"), seconds=0.05)
    with pytest.raises(SpeechFailed):
        await speech.transcribe(Sound(np.zeros(1, np.int16), 16_000), locale_id="en_GB", phrases=Phrases("a", ()))


@pytest.mark.parametrize("url", ["", "ftp://somewhere"])
def test_a_server_needs_an_address(url: str) -> None:
    with pytest.raises(ValidationError, match="OMNILEX_LEX_SPEECH_URL"):
        LexSettings(lex_speech="http", lex_speech_url=url)


def test_no_answer_in_speech_is_given_and_that_is_said(runtime: Runtime) -> None:
    with runtime() as customer:
        for kind in ("audio/mpeg", "audio/ogg", "audio/pcm", "audio/*"):
            assert "No speech synthesis is configured" in refused(customer, "help", responseContentType=kind)[1]
        assert "must be text/plain" in refused(customer, "help", responseContentType="video/mp4")[1]
