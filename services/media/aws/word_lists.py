"""Custom vocabularies and vocabulary filters of Amazon Transcribe: which of them a job may use."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from services.media.aws.faults import transcribe_errors
from services.media.aws.transcribe_requests import MOST_IDENTIFIED, Lists
from services.media.settings import MediaSettings
from shared.errors import Forbidden, NotFound

if TYPE_CHECKING:
    from types_aiobotocore_transcribe import TranscribeServiceClient
    from types_aiobotocore_transcribe.type_defs import LanguageIdSettingsTypeDef

Kind = Literal["custom vocabulary", "vocabulary filter"]
_GOOD_SECONDS, _BAD_SECONDS = 600.0, 60.0


@dataclass(frozen=True)
class _Checked:
    """`fault` is null for a list that may be used."""

    fault: str | None
    until: float


class ReadyLists:
    """A job that names a list which is not ready fails: each is asked for first, and the answer kept for a while."""

    def __init__(self, client: "TranscribeServiceClient", settings: MediaSettings) -> None:
        self._client = client
        self._settings = settings
        self._checked: dict[tuple[Kind, str], _Checked] = {}

    async def of(self, languages: Sequence[str]) -> tuple[Lists, list[str]]:
        """The lists to use, by language, and a sentence for each that was asked for and had to be left out."""
        found: dict[str, LanguageIdSettingsTypeDef] = {}
        left_out: list[str] = []
        for language in languages:
            names: LanguageIdSettingsTypeDef = {}
            if name := await self._usable("custom vocabulary", self._settings.vocabulary_name, language, left_out):
                names["VocabularyName"] = name
            if name := await self._usable(
                "vocabulary filter", self._settings.vocabulary_filter_name, language, left_out
            ):
                names["VocabularyFilterName"] = name
            if names and len(found) == MOST_IDENTIFIED:
                left_out.append(f"The word lists of {language} were not used: a job takes those of {len(found)}.")
            elif names:
                found[language] = names
        return found, left_out

    async def _usable(self, kind: Kind, base: str | None, language: str, left_out: list[str]) -> str | None:
        if base is None:
            return None
        name = f"{base}-{language.lower()}"
        checked = self._checked.get((kind, name))
        if checked is None or checked.until < time.monotonic():
            fault = await self._fault(kind, name, language)
            checked = _Checked(fault, time.monotonic() + (_BAD_SECONDS if fault else _GOOD_SECONDS))
            self._checked[kind, name] = checked
        if checked.fault is None:
            return name
        left_out.append(f"The {kind} {name} was not used: {checked.fault}.")
        return None

    async def _fault(self, kind: Kind, name: str, language: str) -> str | None:
        try:
            with transcribe_errors():
                state, of = await (self._vocabulary(name) if kind == "custom vocabulary" else self._filter(name))
        except NotFound:
            return "it does not exist"
        except Forbidden:
            return "it may not be read"
        if state != "READY":
            return f"it is not ready ({state})"
        return f"it is for {of}" if of.lower() != language.lower() else None

    async def _vocabulary(self, name: str) -> tuple[str, str]:
        found = await self._client.get_vocabulary(VocabularyName=name)
        return found["VocabularyState"], found["LanguageCode"]

    async def _filter(self, name: str) -> tuple[str, str]:
        """A filter has no state: it can be used once it is there."""
        return "READY", (await self._client.get_vocabulary_filter(VocabularyFilterName=name))["LanguageCode"]
