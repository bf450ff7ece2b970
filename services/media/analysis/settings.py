"""The analysis part of the seed's parameters."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from shared.settings import BarList, ServiceSettings, split_bar

Bars = Annotated[BarList, BeforeValidator(split_bar)]


class AnalysisSettings(ServiceSettings):
    """Names are the seed's keys in snake case (`MinSentimentNegative` is `OMNILEX_MIN_SENTIMENT_NEGATIVE`)."""

    min_sentiment_negative: float = Field(0.4, ge=0, lt=1)
    min_sentiment_positive: float = Field(0.4, ge=0, lt=1)
    speaker_names: Bars = ("Agent", "Caller")
    max_speakers: int = Field(2, ge=2, le=10)
    speaker_separation_type: Literal["auto", "channel", "speaker"] = "auto"
    transcribe_languages: Bars = ("en-US",)
    comprehend_languages: Bars = ("de", "en", "es", "it", "pt", "fr", "ja", "ko", "hi", "ar", "zh", "zh-TW")
    content_redaction_languages: Bars = ("en-US",)
