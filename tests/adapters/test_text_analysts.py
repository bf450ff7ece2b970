"""What `analyse` makes of a transcript: one contract, whether its texts are judged here or by Amazon Comprehend."""

import asyncio
import os
import signal
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path

import aioboto3
import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from services.media.analysis import Identified, Transcript
from services.media.analysis.transcript import Utterance
from services.media.aws.comprehend import open_comprehend
from services.media.embedded import LocalAnalyser
from services.media.faults import TRANSIENT
from services.media.ports import TextAnalyst
from services.media.settings import MediaSettings
from shared.processes import Processes, TookTooLong
from shared.schemas.interaction import Interaction, Sentiment
from tests.adapters.comprehend_server import ComprehendServer
from tests.adapters.modelled_server import AwsError
from tests.conftest import without_chance
from tests.gateway.conftest import listening
from tests.media.analysis.builders import subject

pytestmark = pytest.mark.usefixtures("aws_credentials")
CARD, MAIL, PIN = "4111 1111 1111 1111", "maya@example.org", "4711"
GOOD, BAD, PLAIN = "That was good service today.", "The line was bad again.", "The branch is in the high street."
NO_WORDS = "There are no words to analyse."


class Here:
    """Texts are judged in this machine's own processes."""

    def __init__(self, desk: Processes, folder: Path) -> None:
        self.desk = desk
        self.folder = folder

    def settings(self, **given: object) -> MediaSettings:
        return MediaSettings.model_validate({"data_dir": self.folder, **given})

    @asynccontextmanager
    async def analyst(self, settings: MediaSettings) -> AsyncIterator[TextAnalyst | None]:
        yield None

    def shown(self) -> list[str]:
        """All texts that left this machine."""
        return []

    async def disturb(self) -> None:
        """The next piece of work meets trouble that passes."""
        os.kill(await self.desk.run(20, os.getpid), signal.SIGKILL)

    def hold(self) -> None:
        """Whoever judges is slow until `release`."""

    async def at_work(self) -> None:
        """Comes back when somebody judges."""
        await asyncio.sleep(0)

    def release(self) -> None:
        pass

    async def analysed(self, transcript: Transcript, **given: object) -> Interaction:
        settings = self.settings(**given)
        self.path("transcript").write_text(transcript.model_dump_json())
        async with self.analyst(settings) as analyst:
            analyser = LocalAnalyser(settings, desk=self.desk, speech=self.desk, analyst=analyst)
            await analyser.analyse(
                self.path("transcript"),
                Identified("transcribe"),
                subject(),
                audio=None,
                result=self.path("result"),
                redacted=self.path("redacted"),
            )
        return Interaction.model_validate_json(self.path("result").read_bytes())

    def path(self, name: str) -> Path:
        return self.folder / f"{name}.json"

    def kept(self) -> str:
        """All that is kept of it."""
        return self.path("result").read_text() + self.path("redacted").read_text()


class Comprehends(Here):
    """Texts are judged by Amazon Comprehend, as a server plays it that holds every request against the model."""

    def __init__(self, desk: Processes, folder: Path, server: ComprehendServer, session: aioboto3.Session) -> None:
        super().__init__(desk, folder)
        self.server, self.session, self.url = server, session, ""
        self._asked, self._open = asyncio.Event(), asyncio.Event()
        self._open.set()

    def app(self) -> ASGIApp:
        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] == "http":
                self._asked.set()
                await self._open.wait()
            await self.server.app(scope, receive, send)

        return app

    def settings(self, **given: object) -> MediaSettings:
        return super().settings(text_analysis="comprehend", **given)

    @asynccontextmanager
    async def analyst(self, settings: MediaSettings) -> AsyncIterator[TextAnalyst | None]:
        async with open_comprehend(settings, session=self.session, endpoint_url=self.url) as comprehend:
            yield comprehend

    def shown(self) -> list[str]:
        listed = [asked.get("TextList") or [asked.get("Text")] for _, asked in self.server.requests]
        return [str(text) for texts in listed if isinstance(texts, list) for text in texts]

    async def disturb(self) -> None:
        self.server.faults = [AwsError("ThrottlingException") for _ in range(6)]

    def hold(self) -> None:
        self._open.clear()
        self._asked.clear()

    async def at_work(self) -> None:
        await self._asked.wait()

    def release(self) -> None:
        self.server.faults.clear()
        self._open.set()


@pytest.fixture(params=["here", "comprehend"])
async def part(
    request: pytest.FixtureRequest, desk: Processes, data_dir: Path, session: aioboto3.Session
) -> AsyncIterator[Here]:
    if request.param == "here":
        yield Here(desk, data_dir)
        return
    server = ComprehendServer()
    comprehends = Comprehends(desk, data_dir, server, session)
    async with listening(comprehends.app()) as url:
        comprehends.url = url
        yield comprehends
        comprehends.release()
    assert not server.broken, server.broken


def said(*texts: str, language: str | None = "en-US") -> Transcript:
    """Two parties take turns."""
    utterances = [
        Utterance(speaker=f"spk_{at % 2}", start=at * 5.0, end=at * 5.0 + 4, text=text) for at, text in enumerate(texts)
    ]
    return Transcript(kind="call", separation="participant", utterances=utterances, language=language)


def without_time(document: Interaction) -> dict[str, object]:
    return document.model_dump(exclude={"processed_at"})


# Feeling.


async def test_each_turn_has_its_own_feeling_in_the_order_of_the_turns(part: Here) -> None:
    """More turns than one request to anybody takes."""
    found = await part.analysed(said(*[GOOD, BAD, PLAIN] * 20))
    assert [turn.sentiment.label for turn in found.turns] == ["POSITIVE", "NEGATIVE", "NEUTRAL"] * 20
    for turn in found.turns:
        sign = {"POSITIVE": 1, "NEGATIVE": -1, "NEUTRAL": 0}[turn.sentiment.label or ""]
        assert turn.sentiment.score is not None
        assert (turn.sentiment.score > 0) - (turn.sentiment.score < 0) == sign


async def test_probabilities_are_four_shares_and_the_score_follows_from_them(part: Here) -> None:
    found = await part.analysed(said(GOOD, BAD, PLAIN, "The good and the bad."), min_sentiment_negative=0.3)
    for turn in found.turns:
        own = turn.sentiment
        assert own.positive is not None
        assert own.negative is not None
        shares = [own.positive, own.negative, own.neutral or 0.0, own.mixed or 0.0]
        assert sum(shares) == pytest.approx(1, abs=0.0003)
        assert shares == [round(share, 4) for share in shares]
        assert (own.scale, own.reason) == ("probability", None)
        if own.negative >= 0.3:
            assert own.score == pytest.approx(-(own.negative - 0.3) / 0.7, abs=0.0001)
        else:
            assert own.score == pytest.approx(max(0, own.positive - 0.4) / 0.6, abs=0.0001)
    assert found.source.min_sentiment_negative == 0.3


async def test_the_thresholds_of_the_settings_decide(part: Here) -> None:
    mixed = said("bad bad and yet good service")
    [low] = (await part.analysed(mixed, min_sentiment_negative=0.3)).turns
    [high] = (await part.analysed(mixed, min_sentiment_negative=0.9)).turns
    assert low.sentiment.label == "NEGATIVE"
    assert (high.sentiment.label != "NEGATIVE", high.sentiment.score) == (True, 0)
    assert high.sentiment.negative == low.sentiment.negative


@pytest.mark.parametrize("text", ["", "...", "  \n ", "—", f"{CARD}", f"{MAIL}", f"{CARD}, {MAIL}!"])
async def test_a_turn_without_words_has_no_feeling_and_says_why(part: Here, text: str) -> None:
    """Nor has one in which everything was hidden: null, never neutral."""
    found = await part.analysed(said(GOOD, text))
    own = found.turns[-1].sentiment if len(found.turns) == 2 else Sentiment(reason=NO_WORDS)
    assert (own.score, own.label, own.positive, own.neutral, own.reason) == (None, None, None, None, NO_WORDS)
    assert found.turns[0].sentiment.label == "POSITIVE"
    assert not [shown for shown in part.shown() if "PII" in shown]


@pytest.mark.parametrize("text", ["😀", "42", "No."])
async def test_the_shortest_word_is_one(part: Here, text: str) -> None:
    [turn] = (await part.analysed(said(text))).turns
    assert turn.sentiment.score is not None
    assert turn.sentiment.reason is None


async def test_a_language_that_is_not_analysed_is_null_and_nobody_is_asked(part: Here) -> None:
    found = await part.analysed(said("Dat was een goede dienst.", language="nl-NL"))
    [turn] = found.turns
    assert turn.sentiment == Sentiment(reason="The language nl-NL is not among the configured ones.")
    assert (turn.entities, found.caller_average, found.agent_average, part.shown()) == ([], None, None, [])


@pytest.mark.parametrize("language", ["de-DE", "es-US", "fr-CA", "ja-JP", "zh-TW", "pt-BR", "hi-IN"])
async def test_another_language_is_judged_or_null_with_a_reason(part: Here, language: str) -> None:
    [turn] = (await part.analysed(said("good 帳 hola", language=language))).turns
    own = turn.sentiment
    known = [value is not None for value in (own.score, own.label, own.positive, own.negative, own.neutral, own.mixed)]
    assert all(known) is (own.reason is None)
    assert any(known) is (own.reason is None)
    assert own.reason is None or language.split("-", maxsplit=1)[0] in own.reason


async def test_what_the_source_says_of_a_turn_stays(part: Here) -> None:
    told = Sentiment(score=-1, label="NEGATIVE", scale="label")
    transcript = said(GOOD, GOOD, GOOD)
    turns = [transcript.utterances[0], transcript.utterances[1].model_copy(update={"sentiment": told})]
    found = await part.analysed(transcript.model_copy(update={"utterances": [*turns, transcript.utterances[2]]}))
    assert [turn.sentiment.label for turn in found.turns] == ["POSITIVE", "NEGATIVE", "POSITIVE"]
    assert found.turns[1].sentiment == told


async def test_a_very_long_turn_counts_by_all_its_parts(part: Here) -> None:
    """5,000 bytes are what is judged at once; the first half is good, the second says nothing."""
    found = await part.analysed(said("Such good bits. " * 312 + "Such item bits. " * 312, BAD))
    long = found.turns[0].sentiment
    assert long.positive == pytest.approx(0.5, abs=0.02)
    assert long.neutral == pytest.approx(0.5, abs=0.02)
    assert found.turns[1].sentiment.label == "NEGATIVE"


@pytest.mark.parametrize("text", ["x" * 12_000, "ü" * 9_000, "好" * 4_000, "a" * 4_999 + "😀" * 50])
async def test_a_word_without_end_is_no_failure(part: Here, text: str) -> None:
    found = await part.analysed(said(text, GOOD))
    assert found.turns[0].text == text
    assert found.turns[1].sentiment.label == "POSITIVE"
    assert all(len(shown.encode()) <= 5000 for shown in part.shown())


async def test_a_conversation_without_turns_has_no_averages(part: Here) -> None:
    found = await part.analysed(said())
    assert (found.turn_count, found.caller_average, found.agent_average, found.entities) == (0, None, None, [])
    assert part.shown() == []


async def test_a_language_that_nobody_named_is_found_out(part: Here) -> None:
    found = await part.analysed(said(GOOD, "I would like to know what the new price list says.", language=None))
    assert (found.language, found.turns[0].sentiment.label) == ("en-US", "POSITIVE")


# Entities.


async def test_entities_are_where_they_say_and_touch_neither_each_other_nor_what_is_hidden(part: Here) -> None:
    texts = ["😀 Robin paid $45.20 on March 3rd with 4111 1111 1111 1111 to Mr Óscar.", "It is 3% of €1,200 Then."]
    found = await part.analysed(said(*texts))
    kinds = [[one.type for one in turn.entities] for turn in found.turns]
    assert kinds[0].count("MONEY") == kinds[0].count("DATE") == 1
    assert {"PERCENT", "MONEY"} <= set(kinds[1])
    for turn in found.turns:
        spans = [(one.begin, one.end) for one in turn.entities]
        taken = sorted([*spans, *((one.begin, one.end) for one in turn.redactions)])
        assert all(end <= begin for (_, end), (begin, _) in pairwise(taken))
        assert [turn.text[one.begin : one.end] for one in turn.entities] == [one.text for one in turn.entities]
        assert [one.begin for one in turn.entities] == sorted(one.begin for one in turn.entities)
        assert all(0 <= one.score <= 1 for one in turn.entities)
    assert {one.type: one.count for one in found.entities} == Counter(kinds[0] + kinds[1])


async def test_the_banks_own_list_goes_before_all_else(part: Here) -> None:
    settings = part.settings()
    settings.support_folder.mkdir(parents=True)
    (settings.support_folder / "simple-entity-list-en.csv").write_text("Text,Type\nEveryday Account,PRODUCT\n")
    [turn] = (await part.analysed(said("Does the Everyday Account cost $5?"))).turns
    found = {one.text: one.type for one in turn.entities}
    assert found.pop("Everyday Account") == "PRODUCT"
    assert found.pop("$5") == "MONEY"
    assert set(found) <= {"Does"}


async def test_the_settings_say_which_entities_are_kept(part: Here) -> None:
    text = "Robin paid $45.20 on March 3rd, tomorrow."
    [turn] = (await part.analysed(said(text), entity_types="date")).turns
    assert {one.type for one in turn.entities} == {"DATE"}
    [turn] = (await part.analysed(said(text), entity_threshold=0.94)).turns
    assert {one.text for one in turn.entities} >= {"$45.20"}
    assert all(one.score >= 0.94 for one in turn.entities)
    assert not [one for one in turn.entities if one.text in ("tomorrow", "Robin")]


# Personal data.


async def test_what_is_personal_is_neither_passed_on_nor_kept(part: Here) -> None:
    texts = [
        "What is your card number please?",
        f"It is {CARD}, write to {MAIL}.",
        "And the PIN?",
        "Four seven one one.",
        "The long number once more?",
        "4111 1111",
        "Yes?",
        "1111 1111, that was it.",
    ]
    found = await part.analysed(said(*texts))
    everything = without_chance(" ".join(part.shown()) + part.kept())
    assert not [secret for secret in ("1111", MAIL, "seven one one") if secret in everything]
    assert {"CARD", "EMAIL", "PIN"} <= {one.type for turn in found.turns for one in turn.redactions}
    assert found.leaks == 0
    assert Transcript.model_validate_json(part.path("redacted").read_bytes()).language == "en-US"


async def test_who_judged_is_said(part: Here) -> None:
    source = (await part.analysed(said(GOOD))).source
    assert source.sentiment_engine == ("Amazon Comprehend" if part.shown() else "VADER with the language of service")


# Trouble.


async def test_the_same_again_is_the_same(part: Here) -> None:
    transcript = said(GOOD, BAD, "Robin paid $45.20.")
    first = await part.analysed(transcript)
    assert without_time(await part.analysed(transcript)) == without_time(first)


async def test_trouble_that_passes_is_told_as_such_and_leaves_nothing_behind(part: Here) -> None:
    transcript = said(GOOD, f"Robin paid with {CARD}.")
    await part.disturb()
    with pytest.raises(TRANSIENT) as trouble:
        await part.analysed(transcript)
    assert "telltale" not in str(trouble.value)
    assert "Robin" not in str(trouble.value)
    assert not part.path("result").exists()
    assert not part.path("redacted").exists()
    part.release()
    assert (await part.analysed(transcript)).turns[0].sentiment.label == "POSITIVE"


async def test_a_time_limit_is_final(part: Here) -> None:
    with pytest.raises(TookTooLong) as limit:
        await part.analysed(said(GOOD), analysis_timeout_seconds=0.001)
    assert not isinstance(limit.value, TRANSIENT)
    assert not part.path("result").exists()


async def test_who_is_stopped_leaves_nothing_and_holds_nobody_up(part: Here) -> None:
    part.hold()
    stopped = asyncio.create_task(part.analysed(said(*[GOOD, BAD] * 100)))
    await asyncio.sleep(0)
    await part.at_work()
    stopped.cancel()
    with pytest.raises(asyncio.CancelledError):
        await stopped
    assert not part.path("result").exists()
    part.release()
    assert (await part.analysed(said(BAD))).turns[0].sentiment.label == "NEGATIVE"
