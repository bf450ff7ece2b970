"""Objects that were made to do harm, through the whole pipeline: each ends with a reason, and the others go on."""

import asyncio
import gzip
import struct
from pathlib import Path

import numpy as np
import psutil

from services.media.settings import MediaSettings
from shared.schemas.ledger import LedgerEntry
from tests.conftest import eventually
from tests.media.analysis.sounds import noise, save, silence, voice
from tests.media.conftest import SOURCES, Pipeline, Upload, pipeline_of
from tests.media.fakes import transcript

MIB = 1024 * 1024


def wav(samples: bytes, *, channels: int = 1, rate: int = 8000) -> bytes:
    fields = struct.pack("<HHIIHH", 1, channels, rate, rate * channels * 2 % 2**32, channels * 2, 16)
    head = b"RIFF\xff\xff\xff\xffWAVEfmt " + struct.pack("<I", len(fields)) + fields
    return head + b"data" + struct.pack("<I", len(samples)) + samples


HOSTILE: tuple[tuple[str, bytes, str], ...] = (
    ("empty.wav", b"", "empty"),
    ("sample.wav", wav(b"\1\0"), "too_short"),
    ("text.mp3", b"no sound at all\n", "not_audio"),
    ("rate.wav", wav(bytes(64000), rate=1), "sample_rate"),
    ("channels.wav", wav(bytes(64000), channels=200), "too_many_channels"),
    ("noise.wav", np.random.default_rng(1).bytes(2 * MIB), "not_audio"),
    ("deep.json", b"[" * MIB, "corrupt_json"),
    ("wide.json", b"[1" + b",1" * 2_100_000 + b"]", "too_large"),
    ("bomb.json.gz", gzip.compress(b"[" * 64 * MIB), "too_large"),
    ("half.json", transcript(1)[:200], "corrupt_json"),
)


async def test_each_gets_its_reason_and_the_others_their_result(settings: MediaSettings, tmp_path: Path) -> None:
    line = np.concatenate([silence(0.5), voice(1, pitch=110, tract=0.9), silence(0.5)]) + noise(2, level=0.0005)
    law = save(tmp_path / "law.wav", line, codec="pcm_mulaw").read_bytes()
    many = wav(np.repeat((line * 20000).astype("<i2"), 64).tobytes(), channels=64)
    good: tuple[Upload, ...] = (("call.json", transcript(1)), ("law.wav", law), ("many.wav", many))
    async with pipeline_of(settings, real=True) as pipeline:
        await pipeline.upload(*[(name, data) for name, data, _ in HOSTILE], *good)
        entries = await pipeline.settled(len(HOSTILE) + len(good), 50)
        found = {entry.name: (entry.fate, entry.reason_code) for entry in entries}
        assert found == {name: ("rejected", code) for name, _, code in HOSTILE} | {
            name: ("done", None) for name, _ in good
        }
        assert all(entry.reason for entry in entries if entry.fate == "rejected")
        assert {entry.attempt for entry in entries} == {1}
        documents = {document.source.name: document for document in pipeline.index.documents}
        assert "The recording has 64 channels; they were mixed into one." in documents["many.wav"].warnings
    assert not list(settings.work_dir.glob("*"))


NAMES = (
    "two words.json",
    "quo\"te's.json",
    "emoji \N{TELEPHONE RECEIVER}\N{ZERO WIDTH JOINER}\N{PILE OF POO}.json",
    "a" * 1000 + ".json",
    "../../etc/passwd.json",
    "..\\..\\windows.json",
    "$(touch x);`id`.json",
    "%2e%2e%2fup.json",
    "new\nline.json",
    "-rf.json",
    "\N{ARABIC LETTER BEH}\N{RIGHT-TO-LEFT OVERRIDE}gpj.json",
)


async def test_names_do_no_harm(settings: MediaSettings) -> None:
    """Uploaded, and dropped into the folder as far as a file can have the name."""
    possible = [name for name in NAMES if "/" not in name and len(name.encode()) < 256]
    dropped = [*(name for name in possible if not name.startswith(".")), "b" * 250 + ".json"]
    before = set(settings.data_dir.resolve().parent.rglob("*"))
    async with pipeline_of(settings) as pipeline:
        sent = await pipeline.sent(*[(name, transcript(number)) for number, name in enumerate(NAMES)])
        assert [entry.fate for entry in sent] == ["done"] * len(NAMES)
        assert all("/" not in entry.name and len(entry.name.encode()) <= 150 for entry in sent)
        for number, name in enumerate(dropped):
            pipeline.drop(f"originalAudio/dropped/{name}", transcript(100 + number))
        entries = (await pipeline.settled(len(NAMES) + len(dropped)))[len(NAMES) :]
        assert {entry.name: entry.fate for entry in entries} == dict.fromkeys(dropped, "done")
    made = set(settings.data_dir.resolve().parent.rglob("*")) - before
    assert all(path.is_relative_to(settings.data_dir.resolve()) for path in made)


async def test_object_whose_key_takes_nothing_before_it_stays_and_has_its_fate(
    settings: MediaSettings,
) -> None:
    """`failedAudio/` before it would make it longer than a key may be."""
    key = "originalAudio/" + "/".join(["d" * 240] * 4) + "/" + "j" * 35
    assert len(key) <= 1024
    async with pipeline_of(settings) as pipeline:
        pipeline.drop(key, b"junk")
        [entry] = await pipeline.settled(1)
        assert (entry.fate, entry.reason_code, entry.key) == ("rejected", "not_audio", key)


async def test_object_whose_side_car_would_have_too_long_a_name_is_set_aside(settings: MediaSettings) -> None:
    key = f"originalAudio/{'j' * 250}.wav"
    async with pipeline_of(settings) as pipeline:
        pipeline.drop(key, b"junk")
        [entry] = await pipeline.settled(1)
        assert (entry.fate, entry.reason_code) == ("rejected", "not_audio")
        assert pipeline.files(SOURCES, "") == [f"failedAudio/{key}"]


async def test_object_beyond_the_limit_is_not_even_fetched(settings: MediaSettings) -> None:
    small = settings.model_copy(update={"max_object_bytes": 10_000})
    async with pipeline_of(small) as pipeline:
        pipeline.drop("originalAudio/large.wav", bytes(10_001))
        other, entry = await _both(pipeline, transcript(1))
    assert (entry.fate, entry.reason_code, other.fate) == ("rejected", "too_large", "done")
    assert entry.reason == "The file has 10001 bytes; 10000 are the most that are read."


async def _both(pipeline: Pipeline, data: bytes) -> tuple[LedgerEntry, LedgerEntry]:
    """The entry of an upload of `data`, and the one of what was there before."""
    [other] = [entry for entry in await pipeline.sent(("call.json", data)) if entry.name == "call.json"]
    await pipeline.settled(2)
    return other, next(entry for entry in await pipeline.entries() if entry.entry_id != other.entry_id)


async def test_object_that_wants_too_much_memory_ends_at_once_and_alone(settings: MediaSettings) -> None:
    """Within every limit of size, but parsed it would take some 400 MB."""
    tight = settings.model_copy(update={"analysis_memory_bytes": 220 * MIB})
    keys = b",".join(b'"%d":%d.5' % (number, number) for number in range(1_500_000))
    async with pipeline_of(tight, real=True) as pipeline:
        greedy, good = await pipeline.sent(
            ("greedy.json", b'{"results":{' + keys + b"}}"), ("good.json", transcript(1))
        )
    assert (greedy.fate, greedy.reason_code, greedy.attempt) == ("failed", "memory", 1)
    assert greedy.reason == "The file needs more memory than the work on one file may take."
    assert good.fate == "done"


async def test_child_that_is_killed_is_replaced_and_leaves_nothing(settings: MediaSettings, tmp_path: Path) -> None:
    line = voice(12, pitch=110, tract=0.9) * np.tile(np.repeat([1, 0], 4000), 12) + noise(12, level=0.0005)
    data = save(tmp_path / "call.wav", line, codec="pcm_s16le").read_bytes()
    async with pipeline_of(settings, real=True) as pipeline:
        await pipeline.upload(("call.wav", data))

        async def heard() -> float:
            return (await pipeline.entries())[0].seconds_heard or 0.0

        await eventually(heard, 40)
        for child in psutil.Process().children():
            if "spawn_main" in " ".join(await asyncio.to_thread(child.cmdline)):
                child.kill()
        [entry] = await pipeline.settled(1, 50)
    assert (entry.fate, entry.step) == ("done", None)
    assert not [path for path in settings.data_dir.rglob("*") if path.name.endswith((".part", ".progress", ".mp3"))]
    assert not list(settings.work_dir.glob("*"))
