"""What the media service needs to know of Amazon SQS, Transcribe and Bedrock. The seed's keys keep their names."""

import re
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from services.media.analysis.settings import NOT_SET, AnalysisSettings
from shared.schemas.ledger import UploadMetadata
from shared.settings import BarList

_TAG = re.compile(r"[^=]{1,128}=[^=]{0,256}")
_NAME = r"^[0-9a-zA-Z._-]{1,180}$"  # Transcribe's own names have 200 letters at most, and the language is added


def _blank_is_none(value: object) -> object:
    return None if isinstance(value, str) and value.strip() in ("", NOT_SET) else value


NameOrNone = Annotated[str | None, BeforeValidator(_blank_is_none)]


class AwsSettings(AnalysisSettings):
    """`undefined` and blank both mean that there is none."""

    arrivals_queue_url: NameOrNone = Field(None, description="SQS queue with the events of the watched bucket")
    transcription_queue_url: NameOrNone = Field(None, description="SQS queue with the state changes of Transcribe jobs")
    queue_visibility_seconds: int = Field(
        60, ge=3, le=43200, description="for how long a message in work is hidden from others; renewed meanwhile"
    )

    transcriber: Literal["local", "transcribe", "call-analytics"] = "local"
    transcribe_alternate_language: str = Field(
        "en-US", min_length=2, description="of recordings from another bucket than the watched one"
    )
    vocabulary_name: NameOrNone = Field(None, pattern=_NAME, description="custom vocabulary, without its language")
    vocabulary_filter_name: NameOrNone = Field(
        None, pattern=_NAME, description="vocabulary filter, without its language"
    )
    vocabulary_filter_method: Literal["mask", "remove", "tag"] = "mask"
    transcribe_job_prefix: str = Field(
        "omnilex-", pattern=r"^[0-9a-zA-Z._-]{1,60}$", description="of job names: tells our jobs from other systems'"
    )
    transcribe_kms_key: NameOrNone = Field(None, description="key with which Transcribe encrypts what it writes")
    transcribe_tags: BarList = Field((), description="tags of the jobs, `key=value`")
    call_analytics_role_arn: NameOrNone = Field(
        None, pattern=r"^arn:[a-z0-9-]+:iam::[0-9]{0,63}:role/\S{1,512}$", description="role that reads calls"
    )

    summary: Literal["extractive", "bedrock"] = Field(
        "extractive", description="the parties' own words, or written by a model of Amazon Bedrock"
    )
    summary_model_id: NameOrNone = Field(
        None, pattern=r"^[a-zA-Z0-9][a-zA-Z0-9:./_-]{0,2047}$", description="model or inference profile: its id or ARN"
    )
    summary_most_input: int = Field(40_000, ge=4000, le=1_000_000, description="characters shown to the model")
    summary_most_tokens: int = Field(400, ge=50, le=4000, description="that the model may write")
    summary_most_characters: int = Field(1200, ge=200, le=10_000, description="of a summary that is kept")
    summary_timeout_seconds: float = Field(30, gt=0, le=300, description="for which the model is waited for")

    @model_validator(mode="after")
    def _bedrock_has_its_model(self) -> Self:
        if self.summary == "bedrock" and self.summary_model_id is None:
            raise ValueError("OMNILEX_SUMMARY=bedrock needs OMNILEX_SUMMARY_MODEL_ID")
        return self

    @model_validator(mode="after")
    def _transcribe_has_what_it_needs(self) -> Self:
        wrong = [tag for tag in self.transcribe_tags if not _TAG.fullmatch(tag)]
        if wrong:
            raise ValueError(f"transcribe_tags: not of the form key=value: {', '.join(wrong)}")
        if self.transcriber == "call-analytics" and self.call_analytics_role_arn is None:
            raise ValueError("OMNILEX_TRANSCRIBER=call-analytics needs OMNILEX_CALL_ANALYTICS_ROLE_ARN")
        if self.environment == "production" and self.transcriber == "local" and self.whisper_model is None:
            raise ValueError("not allowed in production (PocketSphinx hears too badly): OMNILEX_TRANSCRIBER=local")
        return self

    @property
    def agent_channel(self) -> int:
        """Of a stereo recording whose side-car does not tell it: by `channel_roles`, else as Amazon Connect records.

        The Connect administrator guide: the agent is on the right channel, everybody else on the left.
        """
        roles = self.roles_of_channels()[:2]
        return roles.index("AGENT") if roles.count("AGENT") == 1 else 1

    def spoken_language(self, metadata: UploadMetadata, *, watched: bool) -> str | None:
        """The language to transcribe in; null where it is to be found out among `transcribe_languages`.

        What is known of the interaction counts first, a bare `en` as the first configured English. A recording from
        another bucket than the `watched` one is in `transcribe_alternate_language`, unless several are configured.
        """
        if given := metadata.language:
            regional = [code for code in self.transcribe_languages if code.lower().startswith(f"{given.lower()}-")]
            return given if given in self.transcribe_languages else next(iter(regional), given)
        if len(self.transcribe_languages) > 1:
            return None
        return self.transcribe_languages[0] if watched else self.transcribe_alternate_language
