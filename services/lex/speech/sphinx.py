"""PocketSphinx with a language model of the bot's own texts. Runs in a child process: it holds the interpreter's lock.

American English only, with the acoustic model and dictionary that come in the package.
"""

import tempfile
from collections import OrderedDict
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pocketsphinx import Decoder, get_model_path

from services.lex.ports import Phrases, Sound, Transcript
from services.lex.speech.common_words import common_words
from services.lex.speech.language_model import arpa
from services.lex.speech.spelled_out import spoken

_RATE = 16_000
_SPEECH_LEVEL = 0.1  # of full scale, root mean square: the recogniser expects a near microphone
_SILENCE, _LEAST_SECONDS = 0.001, 0.1
_MOST_GAIN = 30.0
# The recogniser settles on a little quiet; with it, every fifth word fewer is wrong.
_QUIET_SECONDS, _QUIET_LEVEL = 0.3, 5.0
# Of the bot's texts against common words; measured: with fewer, other talk is heard as the bot's texts.
_COMMON_SHARE = 0.3
_MOST_STATES, _MOST_WORDS = 3000, 8
_MOST_KEPT = 8
_decoders: OrderedDict[str, Decoder] = OrderedDict()
_Entries = dict[str, list[str]]


def hear(sound: Sound, phrases: Phrases) -> Transcript:
    """The words of one utterance, and the mean of their posteriors. Nothing said is an empty text, surely so."""
    samples = _prepared(sound)
    if samples is None:
        return Transcript("", 1.0)
    decoder = _decoder(phrases)
    decoder.start_utt()
    decoder.process_raw(samples.tobytes(), full_utt=True)
    decoder.end_utt()
    words = [segment for segment in decoder.seg() if _is_word(segment.word)] if decoder.hyp() is not None else []
    if not words:
        return Transcript("", 1.0)
    sure = sum(min(1.0, max(0.0, segment.prob)) for segment in words) / len(words)
    return Transcript(" ".join(segment.word.partition("(")[0] for segment in words), round(sure, 4))


def _prepared(sound: Sound) -> NDArray[np.int16] | None:
    """At the recogniser's rate and level, with quiet around it; None where there is nothing to hear."""
    samples = sound.samples.astype(np.float64)
    level = float(np.sqrt(np.mean(samples**2))) / 32768 if len(samples) else 0.0
    if sound.seconds < _LEAST_SECONDS or level < _SILENCE:
        return None
    if sound.rate != _RATE:
        samples = _resampled(samples, round(len(samples) * _RATE / sound.rate))
    samples *= min(_SPEECH_LEVEL / level, _MOST_GAIN)
    quiet = int(_QUIET_SECONDS * _RATE)
    hum = np.random.default_rng(0).normal(0, _QUIET_LEVEL, len(samples) + 2 * quiet)
    return np.clip(np.pad(samples, quiet) + hum, -32767, 32767).astype(np.int16)


def _resampled(samples: NDArray[np.float64], length: int) -> NDArray[np.float64]:
    """As many samples for the same time, with the frequencies that both rates can carry."""
    return np.fft.irfft(np.fft.rfft(samples), length) * (length / len(samples))


def _is_word(text: str) -> bool:
    """Not silence (`<sil>`) or noise (`[NOISE]`)."""
    return text[:1].isalnum() or text[:1] == "'"


def _decoder(phrases: Phrases) -> Decoder:
    """The decoder of a bot; the last few are kept, at about 7 MB each."""
    if phrases.key not in _decoders:
        _decoders[phrases.key] = _built(phrases)
        if len(_decoders) > _MOST_KEPT:
            _decoders.popitem(last=False)
    _decoders.move_to_end(phrases.key)
    return _decoders[phrases.key]


def _built(phrases: Phrases) -> Decoder:
    entries, common = pronunciations(), common_words()
    texts = [[word for word in spoken(text) if _entry(word, entries)] for text in phrases.texts]
    words = {word for text in texts for word in text} | common.keys()
    with tempfile.TemporaryDirectory(prefix="omnilex-speech-") as folder:
        model, dictionary = Path(folder, "bot.arpa"), Path(folder, "bot.dict")
        model.write_text(arpa((text for text in texts if text), common, _COMMON_SHARE), encoding="utf-8")
        lines = [line for word in sorted(words) for line in _entry(word, entries)]
        dictionary.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return Decoder(
            samprate=_RATE,
            loglevel="FATAL",
            lm=str(model),
            dict=str(dictionary),
            cmn="batch",
            maxhmmpf=_MOST_STATES,
            maxwpf=_MOST_WORDS,
        )


@cache
def pronunciations() -> _Entries:
    """The lines of the pronouncing dictionary by word; a word may be said in several ways."""
    entries: _Entries = {}
    with Path(get_model_path("en-us/cmudict-en-us.dict")).open(encoding="utf-8") as file:
        for line in file:
            entries.setdefault(line.partition(" ")[0].partition("(")[0], []).append(line.rstrip("\n"))
    return entries


def _entry(word: str, entries: _Entries) -> list[str]:
    """How a word is said: as listed, else as two listed words said together (`passcode`), else not at all."""
    if word in entries:
        return entries[word]
    for at in range(3, len(word) - 2):
        first, second = entries.get(word[:at]), entries.get(word[at:])
        if first and second:
            return [f"{word} {first[0].partition(' ')[2]} {second[0].partition(' ')[2]}"]
    return []
