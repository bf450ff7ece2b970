"""The analysis part of the seed's parameters."""

import importlib.util
import re
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from services.media.analysis.conversation_settings import NOT_SET, ConversationSettings
from shared.schemas.ledger import UploadMetadata
from shared.settings import BarList, split_bar

_HUB_NAME = re.compile(r"[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)?")
__all__ = ["NOT_SET", "AnalysisSettings"]

_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z]{2,4})?")


def _not_blank(values: tuple[str, ...]) -> tuple[str, ...]:
    if not values:
        raise ValueError(f'is blank: give at least one value, or "{NOT_SET}" where none is meant')
    return values


def _languages(codes: tuple[str, ...]) -> tuple[str, ...]:
    if codes == (NOT_SET,):
        return ()
    wrong = [code for code in codes if not _LANGUAGE.fullmatch(code)]
    if wrong:
        raise ValueError(f"not a language code: {', '.join(wrong)}")
    return codes


def _types(values: tuple[str, ...]) -> tuple[str, ...]:
    return () if values == (NOT_SET,) else tuple(value.upper() for value in values)


def _folded(value: object) -> object:
    return value.strip().lower() if isinstance(value, str) else value


def _no_model(value: object) -> object:
    return None if isinstance(value, str) and value.strip() in {"", NOT_SET} else value


def _key(name: str) -> str:
    """The name of an object, kept as a file under the same name."""
    name = name.strip()
    if name and any(part in {"", ".", ".."} for part in name.split("/")):
        raise ValueError("is no name of an object")
    return name


Names = Annotated[BarList, BeforeValidator(split_bar), AfterValidator(_not_blank)]
Languages = Annotated[BarList, BeforeValidator(split_bar), AfterValidator(_not_blank), AfterValidator(_languages)]


class AnalysisSettings(ConversationSettings):
    """Names are the seed's keys in snake case (`MinSentimentNegative` is `OMNILEX_MIN_SENTIMENT_NEGATIVE`)."""

    min_sentiment_negative: float = Field(0.4, ge=0, lt=1, description="a turn is negative at or above it, 0..1")
    min_sentiment_positive: float = Field(0.4, ge=0, lt=1, description="a turn is positive at or above it, 0..1")
    speaker_names: Names = Field(("Agent", "Caller"), description="labels of the agent's side and the caller's side")
    max_speakers: int = Field(2, ge=2, le=10, description="most voices told apart; not used in channel mode")
    speaker_separation_type: Annotated[Literal["auto", "channel", "speaker"], BeforeValidator(_folded)] = "auto"
    transcribe_languages: Languages = Field(("en-US",), description="spoken languages; the first where none is given")
    comprehend_languages: Languages = Field(
        ("de", "en", "es", "it", "pt", "fr", "ja", "ko", "hi", "ar", "zh", "zh-TW"),
        description="languages whose text is analysed; the longest match counts",
    )
    content_redaction_languages: Languages = Field(("en-US",), description="languages in which PII is hidden")
    text_analysis: Literal["local", "comprehend"] = Field("local", description="who judges the feeling of texts")
    entity_recognizer_endpoint: Annotated[str | None, BeforeValidator(_no_model)] = Field(
        None, description="custom entity recogniser of Comprehend: the endpoint's name or address; used for English"
    )
    entity_threshold: float = Field(0.5, ge=0, le=1, description="least score of an entity that is no term of a list")
    entity_types: Annotated[BarList, BeforeValidator(split_bar), AfterValidator(_types)] = Field(
        (), description="types of entities that are kept, `DATE|MONEY`; none means all"
    )
    entity_string_map: Annotated[str, AfterValidator(_key)] = Field(
        "simple-entity-list.csv", description='base name of the entity lists, "-en" added'
    )
    support_files_bucket_name: str = Field("omni-lex-sentiment-custom-source-files", min_length=1)
    whisper_model: Annotated[str | None, BeforeValidator(_no_model)] = Field(
        None,
        description="folder of a faster-whisper model, or its name on the Hugging Face hub (`small`, "
        "`Systran/faster-whisper-large-v3`), fetched when first used; none means PocketSphinx",
    )

    @model_validator(mode="after")
    def _settings_agree(self) -> Self:
        if not self.transcribe_languages:
            raise ValueError("transcribe_languages: at least one language is needed")
        model = self.whisper_model
        if model is not None and not Path(model).is_dir() and not _HUB_NAME.fullmatch(model):
            raise ValueError(f"whisper_model: no such folder, and not a name on the hub: {model}")
        if self.whisper_model is not None and importlib.util.find_spec("faster_whisper") is None:
            raise ValueError("whisper_model: faster-whisper is not installed (extra `whisper`)")
        if self.environment == "production" and self.text_analysis == "local":
            raise ValueError("not allowed in production (embedded part): OMNILEX_TEXT_ANALYSIS=local")
        return self

    def language_for(self, metadata: UploadMetadata) -> str:
        """The language to transcribe in: what is known of the interaction, else the first configured one."""
        return metadata.language or self.transcribe_languages[0]

    def text_language(self, language: str) -> str | None:
        """The entry of `comprehend_languages` that the call's language falls under; `zh-TW` goes before `zh`."""
        return _longest_above(language, self.comprehend_languages)

    def redacts(self, language: str) -> bool:
        """Whether PII in text of this language is hidden; a bare `en` counts as each configured kind of English."""
        return any(
            _falls_under(language, code) or _falls_under(code, language) for code in self.content_redaction_languages
        )

    @property
    def support_folder(self) -> Path:
        """Where support files are read that nobody has copied from elsewhere: the bucket's own folder on a laptop."""
        return self.data_dir / "objects" / self.support_files_bucket_name

    def entity_list(self, text_language: str) -> str | None:
        """The name of the entity list of a text language; null when entities are switched off."""
        if self.entity_string_map in {"", NOT_SET}:
            return None
        name = PurePosixPath(self.entity_string_map)
        return str(name.with_name(f"{name.stem}-{text_language}{name.suffix}"))

    def entity_lists(self) -> tuple[str, ...]:
        """Of every language whose text is analysed; none when entities are switched off."""
        listed = (self.entity_list(code) for code in self.comprehend_languages)
        return tuple(name for name in listed if name is not None)


@lru_cache(maxsize=256)
def _longest_above(language: str, codes: tuple[str, ...]) -> str | None:
    """Asked for each turn of an interaction."""
    return max((code for code in codes if _falls_under(language, code)), key=len, default=None)


def _falls_under(language: str, code: str) -> bool:
    language, code = language.lower(), code.lower()
    return language == code or language.startswith(f"{code}-")
