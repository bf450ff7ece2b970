"""Each setting changes what comes out, and a bad value fails at start with the key's name."""

import importlib.util
from pathlib import Path

import pytest
from pydantic import ValidationError

from services.media.analysis import Identified, Transcript, build_interaction
from services.media.analysis.settings import AnalysisSettings
from services.media.analysis.transcript import Utterance
from shared.schemas.interaction import Interaction
from shared.schemas.ledger import UploadMetadata
from tests.media.analysis.builders import felt, settings, subject

CARD = "4111111111111111"


def built(*utterances: Utterance, language: str | None = None, **given: object) -> Interaction:
    transcript = Transcript(kind="call", separation="participant", utterances=list(utterances), language=language)
    return build_interaction(transcript, Identified("transcribe"), subject(), settings(**given), audio=None)


def said(text: str, speaker: str = "spk_0") -> Utterance:
    return Utterance(speaker=speaker, start=0, end=1, text=text)


def test_min_sentiment_positive() -> None:
    """p 0.7: 0.3 / 0.6 = 0.5 by default; 0.1 / 0.4 = 0.25 at 0.6."""
    assert built(felt("a", 0, 1, 0.7, 0)).turns[0].sentiment.score == 0.5
    found = built(felt("a", 0, 1, 0.7, 0), min_sentiment_positive=0.6)
    assert found.turns[0].sentiment.score == 0.25
    assert (found.source.min_sentiment_positive, found.source.min_sentiment_negative) == (0.6, 0.4)


def test_min_sentiment_negative() -> None:
    assert built(felt("a", 0, 1, 0, 0.7)).turns[0].sentiment.score == -0.5
    assert built(felt("a", 0, 1, 0, 0.7), min_sentiment_negative=0.8).turns[0].sentiment.label == "NEUTRAL"


def test_speaker_names() -> None:
    utterances = [said("How can I help you?", "spk_0"), said("I was wondering about my card", "spk_1")]
    assert [one.name for one in built(*utterances).speakers] == ["Agent", "Caller"]
    assert [one.name for one in built(*utterances, speaker_names="Berater|Kunde").speakers] == ["Berater", "Kunde"]


def test_channel_roles_name_who_speaks_on_which_channel() -> None:
    """Only where the speakers were told apart by channel; a side-car still wins."""
    lines = [said("How can I help you?", "ch_0"), said("My card is lost", "ch_1")]

    def roles(separation: str, known: dict[str, str] | None = None, **given: object) -> list[tuple[str, str, float]]:
        transcript = Transcript.model_validate({"kind": "call", "separation": separation, "utterances": lines})
        about = subject(roles=known)
        found = build_interaction(transcript, Identified("transcribe"), about, settings(**given), audio=None)
        return [(one.role, one.role_source, one.role_confidence) for one in found.speakers]

    assert [source for _, source, _ in roles("channel")] == ["inferred", "inferred"]
    assert roles("channel", channel_roles="caller|AGENT") == [("CALLER", "channel", 1.0), ("AGENT", "channel", 1.0)]
    assert roles("channel", {"ch_0": "IVR"}, channel_roles="caller|AGENT")[0] == ("IVR", "metadata", 1.0)
    assert roles("participant", channel_roles="caller|AGENT")[0][:2] == ("AGENT", "inferred")
    assert roles("channel", channel_roles="undefined")[0][:2] == ("AGENT", "inferred")


def test_transcribe_languages_give_the_language_where_none_is_known() -> None:
    assert settings().language_for(UploadMetadata()) == "en-US"
    two = settings(transcribe_languages="es-US | en-US")
    assert two.language_for(UploadMetadata()) == "es-US"
    assert two.language_for(UploadMetadata(language="en-GB")) == "en-GB"
    assert built(said("hola"), transcribe_languages="es-US").language == "es-US"


def test_comprehend_languages_decide_what_is_analysed() -> None:
    assert built(said("great")).turns[0].sentiment.score is not None
    without = built(said("great"), comprehend_languages="de|fr").turns[0].sentiment
    assert (without.score, without.reason) == (None, "The language en-US is not among the configured ones.")
    assert settings().text_language("zh-TW") == "zh-TW"
    assert settings().text_language("zh-CN") == "zh"
    assert settings().text_language("fi-FI") is None


def test_content_redaction_languages() -> None:
    assert built(said(CARD)).turns[0].text == "[PII:CARD]"
    assert built(said(CARD), language="en").turns[0].text == "[PII:CARD]"
    assert built(said(CARD), language="en-GB").turns[0].text == CARD
    assert built(said(CARD), language="en-GB", content_redaction_languages="en").turns[0].text == "[PII:CARD]"
    assert built(said(CARD), content_redaction_languages="undefined").turns[0].text == CARD


def test_entity_string_map_and_its_bucket(tmp_path: Path) -> None:
    for bucket, name in (
        ("omni-lex-sentiment-custom-source-files", "simple-entity-list-en.csv"),
        ("mine", "terms-en.csv"),
    ):
        folder = tmp_path / "objects" / bucket
        folder.mkdir(parents=True)
        (folder / name).write_text(f"Text,Type\ncard,{'PRODUCT' if bucket != 'mine' else 'THING'}\n")
    kinds = [
        [one.type for one in built(said("my cards"), data_dir=tmp_path, **given).entities]
        for given in (
            {},
            {"entity_string_map": "undefined"},
            {"entity_string_map": "absent.csv"},
            {"entity_string_map": "terms.csv", "support_files_bucket_name": "mine"},
        )
    ]
    assert kinds == [["PRODUCT"], [], [], ["THING"]]


def test_entity_threshold() -> None:
    """A relative date has 0.6."""
    found = [built(said("$5 tomorrow"), entity_threshold=least).turns[0].entities for least in (0.5, 0.7, 1)]
    kinds = [[one.type for one in entities] for entities in found]
    assert kinds == [["MONEY", "DATE"], ["MONEY"], []]


def test_entity_types() -> None:
    kinds = [
        [one.type for one in built(said("$5 tomorrow"), entity_types=types).turns[0].entities]
        for types in ("", "undefined", "date", "DATE|MONEY", "PERSON")
    ]
    assert kinds == [["MONEY", "DATE"], ["MONEY", "DATE"], ["DATE"], ["MONEY", "DATE"], []]


def test_names_in_the_environment_are_the_seeds_in_upper_case(tmp_path: Path) -> None:
    file = tmp_path / "environment"
    file.write_text(
        "OMNILEX_MIN_SENTIMENT_NEGATIVE=0.6\nOMNILEX_SPEAKER_NAMES=A|B\nOMNILEX_SPEAKER_SEPARATION_TYPE=Speaker\n"
    )
    found = AnalysisSettings(_env_file=file)
    assert (found.min_sentiment_negative, found.speaker_names, found.speaker_separation_type) == (
        0.6,
        ("A", "B"),
        "speaker",
    )


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("min_sentiment_negative", "1.0"),
        ("min_sentiment_positive", "-0.1"),
        ("min_sentiment_positive", "high"),
        ("max_speakers", "1"),
        ("max_speakers", "11"),
        ("speaker_names", " | "),
        ("speaker_separation_type", "both"),
        ("transcribe_languages", ""),
        ("transcribe_languages", "undefined"),
        ("transcribe_languages", "English"),
        ("comprehend_languages", ""),
        ("content_redaction_languages", ""),
        ("content_redaction_languages", "en-US, es"),
        ("support_files_bucket_name", ""),
        ("channel_roles", ""),
        ("channel_roles", "AGENT | BOSS"),
        ("conversation_location", ""),
        ("conversation_location", "undefined"),
        ("conversation_location", "Mars/Olympus"),
        ("conversation_location", "../etc/passwd"),
        ("filename_datetime_regex", ""),
        ("filename_datetime_regex", "("),
        ("filename_datetime_regex", r"\d+"),
        ("filename_datetime_field_map", ""),
        ("filename_datetime_field_map", "%Y %m"),
        ("filename_datetime_field_map", "%Y %m %d"),
        ("filename_datetime_field_map", "%Y %m %d %Q %M %S"),
        ("filename_guid_regex", "GUID"),
        ("filename_agent_regex", ""),
        ("filename_cust_regex", " "),
        ("quality_most_clipping", "0"),
        ("quality_most_silence", "1.5"),
        ("quality_least_confidence", "1"),
        ("whisper_model", "/no/such/folder"),
        ("whisper_model", "a/b/c"),
        ("whisper_model", "../up"),
    ],
)
def test_a_bad_value_fails_with_the_keys_name(key: str, value: str) -> None:
    with pytest.raises(ValidationError) as error:
        settings(**{key: value})
    assert key in str(error.value)


@pytest.mark.skipif(importlib.util.find_spec("faster_whisper") is not None, reason="faster-whisper is installed")
def test_a_whisper_model_without_the_extra_is_refused_rather_than_ignored(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match=r"whisper_model: faster-whisper is not installed"):
        settings(whisper_model=str(tmp_path))
    with pytest.raises(ValidationError, match=r"whisper_model: faster-whisper is not installed"):
        settings(whisper_model="Systran/faster-whisper-small")


@pytest.mark.parametrize("value", ["", " undefined ", None])
def test_no_whisper_model_is_none(value: str | None) -> None:
    assert settings(whisper_model=value).whisper_model is None
