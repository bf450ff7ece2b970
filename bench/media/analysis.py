"""How long it takes to read a transcript and to make a result of it: `python -m bench.media.analysis`.

One process, one core. A spoken hour is 10,000 words of service turns that were labelled for the benchmark of sentiment,
as Amazon Transcribe writes them; ten hours are the same ten times. "Both" is what makes the result; "a worker's" is all
that a worker does with it: categories, summary, the transcript that is kept, the second look, the files.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from services.media.analysis import AnalysisSettings, Subject, build_interaction, identify, read_transcript
from services.media.embedded import read, score
from services.media.settings import MediaSettings
from shared.schemas.ledger import UploadMetadata

WORDS_OF_AN_HOUR = 10_000
HOURS = (1, 2, 5, 10)
ROUNDS = 5
_TEXTS = Path(__file__).parent / "service_turns_development.tsv"
_GAP, _WORD = 0.06, 0.3  # seconds: 10,000 words in an hour


def document(words: int) -> bytes:
    """What Transcribe writes of so many words of two speakers, a turn each in turns."""
    lines = [line.rsplit("\t", 1)[-1] for line in _TEXTS.read_text().splitlines()[1:]]
    items: list[dict[str, object]] = []
    spoken, turn = 0, 0
    while spoken < words:
        for text in lines[turn % len(lines)].split():
            start = spoken * (_WORD + _GAP)
            items.append(
                {
                    "type": "pronunciation",
                    "start_time": f"{start:.3f}",
                    "end_time": f"{start + _WORD:.3f}",
                    "speaker_label": f"spk_{turn % 2}",
                    "alternatives": [{"confidence": "0.98", "content": text.strip(".,")}],
                }
            )
            if text[-1] in ".,":
                items.append({"type": "punctuation", "alternatives": [{"confidence": "0.0", "content": text[-1]}]})
            spoken += 1
        turn += 1
    results = {"language_code": "en-US", "transcripts": [], "items": items}
    return json.dumps({"jobName": "bench", "status": "COMPLETED", "results": results}).encode()


def once(path: Path) -> tuple[float, float, int, int]:
    """Seconds of processor to read it and to make the result, and how many turns and words came of it."""
    about = Subject("i", "b", "k", path.name, datetime.now(UTC), datetime.now(UTC), UploadMetadata())
    began = time.process_time()
    identified = identify(path, path.name)
    transcript = read_transcript(identified.kind, path)
    read = time.process_time()
    found = build_interaction(transcript, identified, about, AnalysisSettings(), audio=None)
    built = time.process_time()
    return read - began, built - read, len(found.turns), sum(len(one.words) for one in found.turns)


def whole(path: Path) -> float:
    """Seconds of processor that a worker's processes need for the file, all steps together."""
    about = Subject("i", "b", "k", path.name, datetime.now(UTC), datetime.now(UTC), UploadMetadata())
    transcript, result, redacted = (
        path.with_name(name) for name in ("transcript.json", "result.json", "redacted.json")
    )
    began = time.process_time()
    identified = identify(path, path.name)
    read(path, identified, transcript)
    score(transcript, identified, about, settings=MediaSettings(), audio=None, result=result, redacted=redacted)
    return time.process_time() - began


def of_hours(hours: int) -> None:
    """Measured in a process of its own, for its memory."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "call.json"
        path.write_bytes(document(hours * WORDS_OF_AN_HOUR))
        once_first = once(path)  # reads the lexicon and compiles the patterns
        rounds = [once(path) for _ in range(ROUNDS if hours == 1 else 2)]
        best = min(rounds, key=lambda one: one[0] + one[1])
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        wholes = min(whole(path) for _ in rounds)
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(
            f"| {hours} h, {best[3]} words, {best[2]} turns | {best[0]:.2f} | {best[1]:.2f} | {best[0] + best[1]:.2f} "
            f"| {sum(once_first[:2]):.2f} | {memory:.0f} | {wholes:.2f} | {most:.0f} |",
            flush=True,
        )


def main() -> None:
    print(
        "| transcript | read s | analyse s | both s | first time s | memory MB | a worker's s | memory MB |\n"
        "|---|---|---|---|---|---|---|---|",
        flush=True,
    )
    for hours in HOURS:
        subprocess.run([sys.executable, "-m", "bench.media.analysis", str(hours)], check=True)


if __name__ == "__main__":
    of_hours(int(sys.argv[1])) if len(sys.argv) > 1 else main()
