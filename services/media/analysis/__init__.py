"""From bytes to a scored interaction: what a file is, what was said in it, by whom, and how it felt.

Names are loaded at first use: importing this package reads neither numpy, PyAV, SciPy nor PocketSphinx, so that a
web process that never analyses does not pay for them.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from services.media.analysis.identification import identify
    from services.media.analysis.parsers import read_transcript
    from services.media.analysis.playback import write_copy
    from services.media.analysis.result import build_interaction
    from services.media.analysis.settings import AnalysisSettings
    from services.media.analysis.source import Identified, RejectedSource, Subject
    from services.media.analysis.speech import transcribe
    from services.media.analysis.transcript import Transcript

__all__ = [
    "AnalysisSettings",
    "Identified",
    "RejectedSource",
    "Subject",
    "Transcript",
    "build_interaction",
    "identify",
    "read_transcript",
    "transcribe",
    "write_copy",
]

_HOMES = {
    "AnalysisSettings": "settings",
    "Identified": "source",
    "RejectedSource": "source",
    "Subject": "source",
    "Transcript": "transcript",
    "build_interaction": "result",
    "identify": "identification",
    "read_transcript": "parsers",
    "transcribe": "speech",
    "write_copy": "playback",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
