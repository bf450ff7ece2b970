"""Audio as RecognizeUtterance takes it: raw PCM, whose form the content type tells.

Source: botocore model of `lexv2-runtime`, `requestContentType`; limit of 15 s: Lex V2 guide, "Quotas".
"""

from collections.abc import Mapping

import numpy as np

from services.lex.ports import Sound

LONGEST_SECONDS = 15
_L16 = "audio/l16; rate=16000; channels=1"
_X_L16 = "audio/x-l16; sample-rate=16000; channel-count=1"
_LPCM = "audio/lpcm; sample-rate=8000; sample-size-bits=16; channel-count=1; is-big-endian=false"
_OPUS = "audio/x-cbr-opus-with-preamble"


class AudioRefused(ValueError):
    """The message says to the caller what would be taken."""


def is_audio(content_type: str) -> bool:
    return content_type.strip().lower().startswith("audio/")


def decoded(body: bytes, content_type: str) -> Sound:
    """The samples in a request's body. Raises AudioRefused."""
    rate = _rate(content_type)
    if not body:
        raise AudioRefused("The audio is empty.")
    if len(body) % 2:
        raise AudioRefused("The audio is not of 16 bits: it has an odd number of bytes.")
    if len(body) > LONGEST_SECONDS * rate * 2:
        raise AudioRefused(f"The audio is longer than {LONGEST_SECONDS} s.")
    return Sound(np.frombuffer(body, "<i2").astype(np.int16), rate)


def _rate(content_type: str) -> int:
    kind, parameters = _parsed(content_type)
    for known in (_L16, _X_L16, _LPCM):
        known_kind, expected = _parsed(known)
        if kind == known_kind:
            if parameters != expected:
                raise AudioRefused(f"Audio of this kind must be sent as {known}.")
            return int(expected.get("rate") or expected["sample-rate"])
    if kind == _OPUS:
        raise AudioRefused(f"Opus is not understood by this runtime: send {_L16} or {_LPCM}.")
    raise AudioRefused(f"Content-Type must be text/plain; charset=utf-8, {_L16}, {_X_L16} or {_LPCM}.")


def _parsed(content_type: str) -> tuple[str, Mapping[str, str]]:
    """The type and its parameters, without case and blanks; their order means nothing."""
    kind, *rest = (part.strip().lower() for part in content_type.split(";"))
    pairs = (part.partition("=") for part in rest if part)
    return kind, {name.strip(): value.strip().strip('"') for name, _, value in pairs}
