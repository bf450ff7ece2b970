"""How faster-whisper is called, shown on a stand-in: no model is at hand here, so nothing of recognition is proven."""

import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

from services.media.analysis import RejectedSource
from services.media.analysis.speech import open_recogniser
from tests.media.analysis.builders import settings

STAND_IN = """
from types import SimpleNamespace as Made

class WhisperModel:
    made = []
    supported_languages = ["en", "es", "zh"]

    def __init__(self, model_size_or_path, device="auto", compute_type="default", cpu_threads=0,
                 local_files_only=False):
        self.given = dict(model=model_size_or_path, device=device, compute_type=compute_type,
                          cpu_threads=cpu_threads, local_files_only=local_files_only)
        self.asked = []
        self.made.append(self)

    def transcribe(self, audio, language=None, word_timestamps=False, vad_filter=False,
                   condition_on_previous_text=True):
        self.asked.append((audio, language, word_timestamps, vad_filter, condition_on_previous_text))
        words = [Made(word=" Hello", start=0.5, end=0.9004, probability=0.91234567),
                 Made(word=" ", start=0.9, end=1.0, probability=0.5),
                 Made(word=" there.", start=1.2, end=1.1, probability=1.2)]
        return iter([Made(words=words), Made(words=None)]), Made(language=language)
"""


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[type]:
    """A package of that name, found before any that is installed."""
    package = tmp_path / "packages" / "faster_whisper"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(STAND_IN)
    held = {name: sys.modules.pop(name, None) for name in ("faster_whisper", "services.media.analysis.whisper")}
    monkeypatch.syspath_prepend(package.parent)
    yield import_module("faster_whisper").WhisperModel
    for name, module in held.items():
        sys.modules.pop(name, None)
        if module is not None:
            sys.modules[name] = module


def test_folder_is_read_and_nothing_else(stand_in: type, tmp_path: Path) -> None:
    recogniser = open_recogniser(settings(whisper_model=str(tmp_path)))
    [model] = stand_in.made  # type: ignore[attr-defined]  the stand-in's own
    assert model.given == {
        "model": str(tmp_path),
        "device": "cpu",
        "compute_type": "int8",
        "cpu_threads": 1,
        "local_files_only": True,
    }
    samples = np.full(16000, 16384, np.int16)
    words = recogniser.words(samples, "en-US")
    [(audio, language, times, vad, conditioned)] = model.asked
    assert (language, times, vad, conditioned) == ("en", True, True, False)
    assert (audio.dtype, audio.shape, float(audio[0])) == (np.float32, (16000,), 0.5)
    assert [(one.text, one.start, one.end, one.confidence) for one in words] == [
        ("Hello", 0.5, 0.9, 0.9123),
        ("there.", 1.2, 1.2, 1.0),
    ]


def test_name_on_the_hub_may_be_fetched_and_is_loaded_once(stand_in: type) -> None:
    chosen = settings(whisper_model="Systran/faster-whisper-small")
    assert open_recogniser(chosen) is open_recogniser(chosen)
    [model] = stand_in.made  # type: ignore[attr-defined]
    assert (model.given["model"], model.given["local_files_only"]) == ("Systran/faster-whisper-small", False)
    assert open_recogniser(chosen).name == "Whisper (faster-whisper-small)"


def test_language_that_the_model_does_not_know(stand_in: type) -> None:
    recogniser = open_recogniser(settings(whisper_model="small"))
    assert recogniser.words(np.zeros(0, np.int16), "zh-TW") == []
    with pytest.raises(RejectedSource) as refusal:
        recogniser.words(np.zeros(0, np.int16), "tlh")
    assert refusal.value.code == "language_not_supported"
