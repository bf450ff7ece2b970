"""Sample interactions of an invented bank, so that the dashboard has something to show the first time.

`sample_conversations/*.txt` hold a header (`key: value`), a blank line, and one turn a line (`ROLE: words`); a line
`...7` is a silence of 7 seconds. Calls are handed in as Amazon Transcribe output, chats as Lex V2 conversation logs.
"""

import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.resources import files

from pydantic import JsonValue

from services.cli.gateway import Gateway

WORD_SECONDS = 0.27
WORD_GAP = 0.06
TURN_GAP = 0.55
CHAT_PACE = 6.0
_WORD = re.compile(r"[\w’'$%.-]*\w|[,.?!]")


@dataclass(frozen=True, slots=True)
class Sample:
    """One file to hand in, with the JSON of its side-car."""

    name: str
    content: bytes
    metadata: str


async def load_samples(gateway: Gateway, token: str) -> int:
    """Hands every sample in; an earlier, interrupted load is not repeated. Returns how many there are."""
    count = 0
    for sample in samples():
        file = io.BytesIO(sample.content)
        await gateway.upload(
            token, sample.name, file, metadata=sample.metadata, idempotency_key=f"sample-{sample.name}"
        )
        count += 1
    return count


def samples() -> Iterator[Sample]:
    """Every sample conversation, by name."""
    folder = files("services.cli") / "sample_conversations"
    for path in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if path.name.endswith(".txt"):
            header, _, body = path.read_text(encoding="utf-8").partition("\n\n")
            facts = dict(line.split(": ", 1) for line in header.splitlines())
            yield _sample(path.name.removesuffix(".txt"), facts, body.splitlines())


def _sample(name: str, facts: dict[str, str], lines: list[str]) -> Sample:
    metadata: dict[str, JsonValue] = {"conversation_time": facts["time"], "guid": name}
    metadata |= {key: facts[key] for key in ("agent", "customer", "channel") if key in facts}
    if facts["kind"] == "chat":
        return Sample(f"{name}.jsonl", _lex_log(name, facts, lines), json.dumps(metadata))
    metadata["roles"] = {"spk_0": "AGENT", "spk_1": "CALLER"}
    return Sample(f"{name}.json", json.dumps(_transcribe_output(name, lines)).encode(), json.dumps(metadata))


def _transcribe_output(name: str, lines: list[str]) -> JsonValue:
    """Batch output of Amazon Transcribe with speaker labels, as its guide describes it."""
    clock = 0.4
    items: list[JsonValue] = []
    segments: list[JsonValue] = []
    for line in lines:
        if line.startswith("..."):
            clock += float(line[3:])
            continue
        role, _, words = line.partition(": ")
        speaker = "spk_0" if role == "AGENT" else "spk_1"
        begin = clock
        for word in _WORD.findall(words):
            item, clock = _item(word, speaker, clock)
            items.append(item)
        segments.append(
            {"start_time": f"{begin:.3f}", "end_time": f"{clock:.3f}", "speaker_label": speaker, "items": []}
        )
        clock += TURN_GAP
    text = " ".join(line.partition(": ")[2] for line in lines if not line.startswith("..."))
    results: JsonValue = {
        "language_code": "en-US",
        "transcripts": [{"transcript": text}],
        "speaker_labels": {"speakers": 2, "segments": segments},
        "items": items,
    }
    return {"jobName": name, "accountId": "000000000000", "status": "COMPLETED", "results": results}


def _item(word: str, speaker: str, clock: float) -> tuple[JsonValue, float]:
    if word in ",.?!":
        spoken: JsonValue = [{"confidence": "0.0", "content": word}]
        return {"type": "punctuation", "speaker_label": speaker, "alternatives": spoken}, clock
    end = clock + WORD_SECONDS + 0.012 * len(word)
    item: JsonValue = {
        "type": "pronunciation",
        "speaker_label": speaker,
        "start_time": f"{clock:.3f}",
        "end_time": f"{end:.3f}",
        "alternatives": [{"confidence": "0.98", "content": word}],
    }
    return item, end + WORD_GAP


def _lex_log(name: str, facts: dict[str, str], lines: list[str]) -> bytes:
    """A Lex V2 conversation log (message-version 2.0): one JSON line per utterance with the bot's answers."""
    moment = datetime.fromisoformat(facts["time"])
    entries: list[dict[str, JsonValue]] = []
    for line in lines:
        if line.startswith("..."):
            moment += timedelta(seconds=float(line[3:]))
            continue
        role, _, words = line.partition(": ")
        if role == "CALLER":
            moment += timedelta(seconds=CHAT_PACE)
            entries.append(_log_entry(name, facts, words, moment, len(entries)))
        elif entries:
            messages = entries[-1]["messages"]
            if isinstance(messages, list):
                messages.append({"contentType": "PlainText", "content": words})
    return "".join(json.dumps(entry, ensure_ascii=False) + "\n" for entry in entries).encode()


def _log_entry(name: str, facts: dict[str, str], words: str, moment: datetime, number: int) -> dict[str, JsonValue]:
    bot: JsonValue = {
        "id": "OMNILEXBOT",
        "name": "OmniLex",
        "aliasId": "TSTALIASID",
        "aliasName": "TestBotAlias",
        "localeId": "en_US",
        "version": "DRAFT",
    }
    return {
        "message-version": "2.0",
        "bot": bot,
        "messages": [],
        "sessionState": {"sessionAttributes": {}},
        "interpretations": [],
        "sessionId": name,
        "inputTranscript": words,
        "rawInputTranscript": words,
        "missedUtterance": False,
        "requestId": f"{name}-{number:03d}",
        "timestamp": moment.isoformat(),
        "inputMode": "Text",
        "requestAttributes": {"omnilex:channel": facts["channel"]},
        "operationName": "RecognizeText",
    }
