"""Interactions made for these tests: telephone audio, Amazon Transcribe output."""

import io
import json
import math
import random
import wave


def telephone_wav(seconds: float = 2.0, *, seed: int = 1) -> bytes:
    """8 kHz, mono, 16 bit: bursts of a voice-like tone with pauses between them."""
    source = random.Random(seed)  # noqa: S311  not for secrets
    rate = 8000
    pitch = 110 + source.randrange(80)
    samples = bytearray()
    for index in range(int(seconds * rate)):
        at = index / rate
        loud = 0.6 if (at * 2) % 1 < 0.7 else 0.01
        value = sum(math.sin(2 * math.pi * pitch * k * at) / k for k in range(1, 12)) * loud / 3
        samples += int(max(-1.0, min(1.0, value + source.uniform(-0.01, 0.01))) * 20000).to_bytes(
            2, "little", signed=True
        )
    file = io.BytesIO()
    with wave.open(file, "wb") as wav:
        wav.setnchannels(1)
        wav.setsampwidth(2)
        wav.setframerate(rate)
        wav.writeframes(bytes(samples))
    return file.getvalue()


TURNS = (
    ("spk_0", "Thank you for calling OmniLex Bank, how can I help you?"),
    ("spk_1", "I am very unhappy, my card was declined and that was terrible."),
    ("spk_0", "I am sorry to hear that, let me fix it for you."),
    ("spk_1", "Great, it works again, thank you so much, that is wonderful!"),
)


def transcribe_output(name: str, turns: tuple[tuple[str, str], ...] = TURNS) -> bytes:
    """What Amazon Transcribe writes for a call with speaker labels."""
    items: list[dict[str, object]] = []
    segments: list[dict[str, object]] = []
    clock = 0.5
    for speaker, text in turns:
        begin = clock
        for token in text.replace(",", " ,").replace("?", " ?").replace(".", " .").replace("!", " !").split():
            if token in ",?.!":
                items.append({"type": "punctuation", "alternatives": [{"confidence": "0.0", "content": token}]})
                continue
            word = {"start_time": f"{clock:.2f}", "end_time": f"{clock + 0.3:.2f}", "type": "pronunciation"}
            items.append({**word, "speaker_label": speaker, "alternatives": [{"confidence": "0.97", "content": token}]})
            clock += 0.36
        segments.append(
            {"start_time": f"{begin:.2f}", "end_time": f"{clock:.2f}", "speaker_label": speaker, "items": []}
        )
        clock += 0.8
    results = {
        "language_code": "en-US",
        "transcripts": [{"transcript": " ".join(text for _, text in turns)}],
        "speaker_labels": {"speakers": 2, "segments": segments},
        "items": items,
    }
    return json.dumps({"jobName": name, "status": "COMPLETED", "results": results}).encode()
