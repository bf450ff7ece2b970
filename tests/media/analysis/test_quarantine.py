"""Nothing is stored in which the second look finds personal data."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from services.media import embedded
from services.media.analysis import Identified, RejectedSource, Transcript
from services.media.analysis.quarantine import release
from services.media.analysis.transcript import Utterance
from shared.schemas.interaction import Interaction
from tests.media.analysis.builders import settings, subject


def score(tmp_path: Path, text: str, *, warnings: Sequence[str] = (), **given: object) -> Interaction:
    turn = Utterance(speaker="a", start=0, end=1, text=text)
    said = Transcript(kind="call", separation="participant", utterances=[turn], warnings=list(warnings))
    transcript, result, redacted = (tmp_path / name for name in ("transcript.json", "result.json", "redacted.json"))
    transcript.write_text(said.model_dump_json())
    embedded.score(
        transcript,
        Identified("transcribe"),
        subject(),
        settings=settings(**given),
        audio=None,
        result=result,
        redacted=redacted,
    )
    assert text not in redacted.read_text() or "[PII" not in result.read_text()
    return Interaction.model_validate_json(result.read_bytes())


def test_a_stored_document_says_that_nothing_was_left(tmp_path: Path) -> None:
    found = score(tmp_path, "my card is 4111 1111 1111 1111")
    assert (found.leaks, found.turns[0].text) == (0, "my card is [PII:CARD]")
    assert score(tmp_path, "hallo", content_redaction_languages="de-DE").leaks is None


def test_what_the_first_look_leaves_is_not_stored(tmp_path: Path) -> None:
    """A parser's warning is no turn, so only the second look sees it."""
    with pytest.raises(RejectedSource) as refusal:
        score(tmp_path, "hello", warnings=["left over: 4111 1111 1111 1111"])
    assert refusal.value.code == "personal_data_left"
    assert "CARD" in refusal.value.sentence
    assert "4111" not in refusal.value.sentence
    assert not (tmp_path / "result.json").exists()
    assert not (tmp_path / "redacted.json").exists()


def test_each_document_is_looked_at() -> None:
    assert [leaks.texts for leaks in release(b'{"text": "a"}', b'["b", "c"]')] == [1, 2]
    with pytest.raises(RejectedSource):
        release(b'{"text": "a"}', b'["call (555) 555-0100"]')
