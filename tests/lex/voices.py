"""Utterances spoken by eSpeak NG, from its library in a PyPI package: no program and no sound card is needed."""

import ctypes
from functools import cache

import espeakng_loader
import numpy as np
from numpy.typing import NDArray
from scipy.signal import resample_poly

Samples = NDArray[np.int16]
_SYNCHRONOUS, _UTF8, _RATE_OF_SPEECH = 2, 1, 1
_ON_SOUND = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)
_heard: list[Samples] = []


@_ON_SOUND
def _keep(sound: "ctypes._Pointer[ctypes.c_short]", count: int, _events: object) -> int:
    if sound and count:
        _heard.append(np.ctypeslib.as_array(sound, (count,)).copy())
    return 0


@cache
def _library() -> tuple[ctypes.CDLL, int]:
    """The library and the rate of its sound."""
    library = ctypes.CDLL(espeakng_loader.get_library_path())
    rate = library.espeak_Initialize(_SYNCHRONOUS, 0, espeakng_loader.get_data_path().encode(), 0)
    assert rate > 0, "eSpeak NG found its data"
    library.espeak_SetSynthCallback(_keep)
    return library, rate


def spoken(text: str, *, rate: int = 16_000, voice: str = "en-us", words_a_minute: int = 150) -> Samples:
    """The text as sound at `rate`; `en-us+f3` is a woman's voice."""
    library, own_rate = _library()
    _heard.clear()
    assert library.espeak_SetVoiceByName(voice.encode()) == 0, voice
    library.espeak_SetParameter(_RATE_OF_SPEECH, words_a_minute, 0)
    content = text.encode() + b"\0"
    library.espeak_Synth(content, len(content), 0, 1, 0, _UTF8, None, None)
    sound = resample_poly(np.concatenate(_heard).astype(np.float64), rate, own_rate)
    return np.clip(sound, -32767, 32767).astype(np.int16)
