"""The summary in a result: one contract, whether it is in the parties' own words or written by Amazon Bedrock."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aioboto3
import pytest

from services.media.analysis import Transcript
from services.media.analysis.transcript import Utterance
from services.media.aws.bedrock import open_bedrock
from services.media.embedded import LocalAnalyser
from services.media.ports import Summariser
from services.media.settings import MediaSettings
from shared.processes import ProcessDied, Processes
from shared.schemas.interaction import Interaction
from tests.adapters.bedrock_server import BedrockServer
from tests.adapters.modelled_server import AwsError
from tests.conftest import without_chance
from tests.gateway.conftest import listening
from tests.media.analysis.through_analyser import result_of

pytestmark = pytest.mark.usefixtures("aws_credentials")
CARD, MAIL = "4111 1111 1111 1111", "maya@example.org"
OWN, MODEL = "the parties' own words", "amazon.nova-lite-v1:0"
MOST_LINES, MOST_CHARACTERS = 6, 2000
SAID = (
    "Thank you for calling, how can I help you today?",
    "I am calling because my bank card was charged twice.",
    "I will send the money back to you by tomorrow.",
)


class Own:
    """Nobody else writes: the turns that carry most are quoted."""

    writer = OWN
    pause = 0.0
    """Seconds after which it is certainly not done and may well have begun."""

    def __init__(self, desk: Processes, folder: Path) -> None:
        self.desk = desk
        self.folder = folder

    def settings(self, **given: object) -> MediaSettings:
        return MediaSettings.model_validate({"data_dir": self.folder, **given})

    @asynccontextmanager
    async def summariser(self, settings: MediaSettings) -> AsyncIterator[Summariser | None]:
        yield None

    def shown(self) -> list[str]:
        """All that left this machine."""
        return []

    def writes(self, text: str) -> None:
        """What whoever writes freely writes."""

    def refuses(self, kind: str, status: int) -> None:
        """Whoever writes elsewhere does not."""

    def hold(self) -> None:
        """Whoever writes is slow."""

    async def summed_up(self, transcript: Transcript, **given: object) -> Interaction:
        settings = self.settings(**given)
        async with self.summariser(settings) as summariser:
            analyser = LocalAnalyser(settings, desk=self.desk, speech=self.desk, summariser=summariser)
            return await result_of(analyser, transcript, self.folder)


class Bedrock(Own):
    """A model of Amazon Bedrock writes, as a server plays it that holds every request against the service's model."""

    writer = f"Amazon Bedrock, {MODEL}"
    pause = 0.3

    def __init__(
        self, desk: Processes, folder: Path, server: BedrockServer, session: aioboto3.Session, url: str
    ) -> None:
        super().__init__(desk, folder)
        self.server, self.session, self.url = server, session, url

    def settings(self, **given: object) -> MediaSettings:
        return super().settings(summary="bedrock", summary_model_id=MODEL, **given)

    @asynccontextmanager
    async def summariser(self, settings: MediaSettings) -> AsyncIterator[Summariser | None]:
        async with open_bedrock(settings, session=self.session, endpoint_url=self.url) as bedrock:
            yield bedrock

    def shown(self) -> list[str]:
        return [str(asked) for _, asked in self.server.requests]

    def writes(self, text: str) -> None:
        self.server.texts = [text]

    def refuses(self, kind: str, status: int) -> None:
        self.server.faults = [AwsError(kind, status=status) for _ in range(8)]

    def hold(self) -> None:
        self.server.seconds = 1


@pytest.fixture(params=["own", "bedrock"])
async def part(
    request: pytest.FixtureRequest, desk: Processes, data_dir: Path, session: aioboto3.Session
) -> AsyncIterator[Own]:
    if request.param == "own":
        yield Own(desk, data_dir)
        return
    server = BedrockServer()
    async with listening(server.app) as url:
        yield Bedrock(desk, data_dir, server, session, url)
    assert not server.broken, server.broken


def said(*texts: str, language: str = "en-US") -> Transcript:
    """Two parties take turns."""
    utterances = [
        Utterance(speaker=f"spk_{at % 2}", start=at * 5.0, end=at * 5.0 + 4, text=text) for at, text in enumerate(texts)
    ]
    return Transcript(kind="call", separation="voice", utterances=utterances, language=language)


def is_plain(found: Interaction) -> bool:
    """A few lines with words in them, without anything that is no text."""
    return (
        0 < len(found.summary) <= MOST_LINES
        and sum(map(len, found.summary)) <= MOST_CHARACTERS
        and all(any(sign.isalpha() for sign in line) and line == line.strip() for line in found.summary)
        and all(sign.isprintable() for line in found.summary for sign in line)
    )


def warned(found: Interaction) -> list[str]:
    return [warning for warning in found.warnings if "summary" in warning]


async def test_a_summary_is_a_few_plain_lines_and_says_whose_it_is(part: Own) -> None:
    found = await part.summed_up(said(*SAID))
    assert is_plain(found)
    assert (found.source.summary_engine, warned(found)) == (part.writer, [])
    assert "charged twice" in found.summary[0] + " ".join(part.shown())


@pytest.mark.parametrize("texts", [(), ("Hello?",), ("Hello?", "", "Yes."), ("...", "?! —")])
async def test_of_nothing_there_is_no_summary_and_nobody_is_asked(part: Own, texts: tuple[str, ...]) -> None:
    found = await part.summed_up(said(*texts))
    assert (found.summary, warned(found), part.shown()) == ([], [], [])
    assert found.source.summary_engine == OWN


async def test_what_is_personal_is_neither_passed_on_nor_given_back(part: Own) -> None:
    part.writes(f"They use {CARD}.\nWrite to {MAIL} about the card.")
    texts = ["Can I have your card number please, and your address?", f"My card is {CARD}, my address is {MAIL}, okay?"]
    found = await part.summed_up(said(*texts))
    everything = without_chance(found.model_dump_json() + " ".join(part.shown()))
    assert not [secret for secret in ("1111", MAIL) if secret in everything]
    assert "[PII:CARD]" in " ".join(found.summary)
    assert (found.leaks, found.source.summary_engine) == (0, part.writer)


@pytest.mark.parametrize("text", ["word " * 3000, "x" * 4000 + " and that is bad and terrible", "🙂 " * 1000])
async def test_however_much_is_said_the_summary_is_short(part: Own, text: str) -> None:
    part.writes(text)
    found = await part.summed_up(said(*[*SAID, text] * 6))
    assert is_plain(found)


async def test_a_turn_without_spaces_is_quoted_to_its_limit(part: Own) -> None:
    """One that is among those quoted: it says why they call, and a model that writes it has written no sentence."""
    text = f"I am calling because my bank card was charged twice {'x' * 4000}"
    part.writes(text)
    found = await part.summed_up(said(SAID[0], text))
    assert is_plain(found)
    [line] = [line for line in found.summary if "charged twice" in line]
    assert 400 < len(line) < 420
    assert line.endswith("x …")


async def test_what_is_no_text_stays_out(part: Own) -> None:
    """Letters that steer a screen or turn the direction of writing."""
    part.writes("The \u202ecard\x07 was\x1b[2J charged\u2028 twice.")
    found = await part.summed_up(said("My \u202ecard\x07 was\x1b[2J charged\u2028 twice, it seems to me."))
    assert is_plain(found)
    assert "charged" in found.summary[0]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("ja-JP", "私のカードで同じ買い物が二回請求されたので電話しました。"),
        ("zh-CN", "我打电话是因为我的卡被重复扣款了两次，请帮我处理。"),
        ("ko-KR", "카드로 같은 물건이 두 번 결제되어 전화를 드렸습니다."),
        ("es-US", "Llamo porque me cobraron dos veces la misma compra con la tarjeta."),
    ],
)
async def test_every_language_in_which_personal_data_is_hidden_is_summed_up(
    part: Own, language: str, text: str
) -> None:
    found = await part.summed_up(
        said(text, text, language=language), transcribe_languages=language, content_redaction_languages=language
    )
    assert is_plain(found)
    assert (found.source.summary_engine, warned(found)) == (part.writer, [])


async def test_where_nothing_is_hidden_nobody_else_is_shown_anything(part: Own) -> None:
    text = "Llamo porque me cobraron dos veces la misma compra con la tarjeta."
    found = await part.summed_up(said(text, language="es-US"))
    assert (found.source.summary_engine, part.shown()) == (OWN, [])
    assert text in found.summary[0]
    assert len(warned(found)) == (part.writer != OWN)


@pytest.mark.parametrize(
    ("kind", "status"),
    [("ThrottlingException", 429), ("AccessDeniedException", 403), ("ValidationException", 400)],
)
async def test_trouble_with_the_summary_costs_nothing_else(part: Own, kind: str, status: int) -> None:
    """There is a summary, it says whose it is, and people are told when it is not whose it was to be."""
    part.refuses(kind, status)
    found = await part.summed_up(said(*SAID))
    assert is_plain(found)
    assert found.source.summary_engine == OWN
    assert found.turn_count == 3
    assert len(warned(found)) == (part.writer != OWN)
    assert "telltale" not in found.model_dump_json()


@pytest.mark.parametrize(
    "written",
    [
        "",
        " \n ",
        "— * #",
        f"One half is {CARD[:9]}\n{CARD[10:]} is the other.",
        f"One half is {CARD[:9]}\n{CARD[10:]}",
        f"{CARD[:9]}\n{CARD[10:]} is one half.",
        "So it went.\n" * 5 + f"One half is {CARD[:9]}\n{CARD[10:]} is the other.",
    ],
)
async def test_what_cannot_be_kept_is_not(part: Own, written: str) -> None:
    part.writes(written)
    found = await part.summed_up(said(*SAID))
    assert (is_plain(found), found.source.summary_engine) == (True, OWN)
    assert len(warned(found)) == (part.writer != OWN)
    assert "1111" not in without_chance(found.model_dump_json())


async def test_the_same_again_is_the_same(part: Own) -> None:
    first, second = await part.summed_up(said(*SAID)), await part.summed_up(said(*SAID))
    assert (first.summary, first.warnings, first.source) == (second.summary, second.warnings, second.source)


async def test_a_process_that_dies_is_trouble_that_passes(part: Own) -> None:
    os.kill(await part.desk.run(20, os.getpid), signal.SIGKILL)
    with pytest.raises(ProcessDied):
        await part.summed_up(said(*SAID))
    assert not (part.folder / "result.json").exists()
    assert is_plain(await part.summed_up(said(*SAID)))


async def test_who_is_stopped_holds_nobody_up(part: Own) -> None:
    part.hold()
    stopped = asyncio.create_task(part.summed_up(said(*SAID)))
    await asyncio.sleep(part.pause)
    stopped.cancel()
    with pytest.raises(asyncio.CancelledError):
        await stopped
    found = await part.summed_up(said(*SAID), summary_timeout_seconds=0.2)
    assert (is_plain(found), found.source.summary_engine) == (True, OWN)
