"""What an importer must refuse, and that it refuses it with a DefinitionError and nothing else."""

import io
import json
import stat
import warnings
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import JsonValue

from services.lex.definition.archive import unzip
from services.lex.definition.documents import Documents
from services.lex.definition.faults import DefinitionError
from services.lex.definition.reader import read, read_source
from tests.lex.exports import INTENT, SLOT, unpacked, v1_bot, v2, zipped

GOOD = zipped(v2())
V1 = json.dumps(v1_bot()).encode()
FUZZ = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def refusal(raw: bytes) -> str:
    with pytest.raises(DefinitionError) as caught:
        read_source(unzip(raw, "bad.zip"))
    return str(caught.value)


def entry(name: str, content: bytes = b"{}", mode: int = 0o100644) -> bytes:
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(info, content, zipfile.ZIP_DEFLATED)
    return raw.getvalue()


@pytest.mark.parametrize(
    "name", ["../Bot.json", "a/../../Bot.json", "/etc/Bot.json", "C:/Bot.json", "a\\..\\Bot.json", "a//Bot.json", "./x"]
)
def test_a_path_that_leaves_the_archive_is_refused(name: str) -> None:
    assert "a name may not" in refusal(entry(name))


def test_a_nul_in_a_name_is_refused() -> None:
    assert "NUL" in refusal(entry("aXBot.json").replace(b"aXBot", b"a\0Bot"))


def test_a_link_is_refused() -> None:
    assert "link" in refusal(entry("Pizza/Bot.json", b"/etc/passwd", stat.S_IFLNK | 0o777))


def test_a_bomb_of_one_file_is_refused() -> None:
    assert "200 times" in refusal(entry("Pizza/Bot.json", b" " * 5_000_000))


def test_a_bomb_of_many_files_is_refused() -> None:
    raw = io.BytesIO()
    content = json.dumps([{"utterance": f"{n * 7919}"} for n in range(190_000)]).encode()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(15):
            archive.writestr(f"{number}.json", content)
    assert "unpacks to more than" in refusal(raw.getvalue())


def test_an_archive_of_too_many_entries_is_refused() -> None:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w") as archive:
        for number in range(20_001):
            archive.writestr(f"{number}", b"")
    assert "more than 20000 entries" in refusal(raw.getvalue())


def test_a_name_that_occurs_twice_is_refused() -> None:
    raw = io.BytesIO(GOOD)
    with warnings.catch_warnings(), zipfile.ZipFile(raw, "a") as archive:
        warnings.simplefilter("ignore")
        archive.writestr("Pizza/Bot.json", b"{}")
    assert "occurs twice" in refusal(raw.getvalue())


def test_an_archive_in_the_archive_is_refused() -> None:
    assert "archive inside" in refusal(zipped({"more.zip": GOOD}))


def test_an_encrypted_entry_is_refused() -> None:
    raw = bytearray(entry("Pizza/Bot.json"))
    raw[6] |= 1
    raw[raw.index(b"PK\x01\x02") + 8] |= 1
    assert "encrypted" in refusal(bytes(raw))


def test_a_packing_method_that_takes_memory_is_refused() -> None:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("Pizza/Bot.json", b"{}")
    assert "other than deflate" in refusal(raw.getvalue())


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"\xff\xfe{}", "cannot be read as JSON"),
        (b'{"name": "\xe4"}', "cannot be read as JSON"),
        (b'{"name": "a\\u0000b"}', "NUL"),
        (b'{"name": "\\ud800"}', "half of a character"),
        (b'{"name": NaN}', "not finite"),
        (b'{"name": 1e999}', "not finite"),
        (b'{"name": ' + b"9" * 5_000 + b"}", "cannot be read as JSON"),
        (b'{"a":' * 61 + b"1" + b"}" * 61, "nested deeper"),
        (b'{"a":' * 20_000, "cannot be read as JSON"),
        (b'{"name": "' + b"x" * 100_001 + b'"}', "longer than 100000"),
        (b'{"name": [' + b"1," * 100_001 + b"1]}", "longer than 100000"),
        (b'{"name": [' + b"[]," * 300_000 + b"1]}", "more than 500000 parts"),
        (b'{"name": 1' + b" " * 9_000_000 + b"}", "larger than"),
    ],
)
def test_json_out_of_all_proportion_is_refused(tmp_path: Path, content: bytes, why: str) -> None:
    unpacked(v2(), tmp_path)
    (tmp_path / "Pizza/Bot.json").write_bytes(content)
    with pytest.raises(DefinitionError, match=rf"Bot\.json: .*{why}"):
        read(tmp_path)


def test_many_files_that_are_too_much_together_are_refused() -> None:
    large = b'{"a": [' + b"[]," * 99_000 + b"1]}"
    raw = {f"{number}.json": large for number in range(12)}
    with pytest.raises(DefinitionError, match="more than 2000000 parts"):
        read_source(Documents("many", "many", raw))


def test_a_link_out_of_a_folder_is_not_followed(tmp_path: Path) -> None:
    tree = unpacked(v2(), tmp_path / "tree")
    outside = tmp_path / "outside.json"
    outside.write_text('{"name": "Other"}')
    (tree / "Pizza/Bot.json").unlink()
    (tree / "Pizza/Bot.json").symlink_to(outside)
    assert read(tree).bots[0].name == "Pizza"


@pytest.mark.parametrize("content", [b"", b"PK", b"PK\x05\x06" + b"\0" * 18, b"no bot", b"[]", b"{}", b'{"name": "x"}'])
def test_a_file_that_is_no_bot_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "bot.zip"
    file.write_bytes(content)
    with pytest.raises(DefinitionError):
        read(file)
    with pytest.raises(DefinitionError):
        read(file.rename(tmp_path / "bot.json"))


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError, match="cannot be read"):
        read(tmp_path / "gone.zip")


def survives(documents: Documents) -> None:
    """Reads or refuses; any other exception fails the test."""
    try:
        read_source(documents)
    except DefinitionError:
        return


CUTS = st.lists(st.tuples(st.integers(0, len(GOOD) - 1), st.integers(0, 255)), min_size=1, max_size=8)


@FUZZ
@given(CUTS, st.integers(0, len(GOOD)))
def test_a_damaged_zip_is_read_or_refused(changes: list[tuple[int, int]], end: int) -> None:
    raw = bytearray(GOOD)
    for position, value in changes:
        raw[position] = value
    for damaged in (bytes(raw), bytes(raw[:end])):
        try:
            survives(unzip(damaged, "damaged.zip"))
        except DefinitionError:
            continue


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)


def places(value: JsonValue, at: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    found = [at] if at else []
    for key, item in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        found += places(item, (*at, key))
    return found


def changed(document: JsonValue, at: tuple[str | int, ...], value: JsonValue) -> bytes:
    copy = json.loads(json.dumps(document))
    inner = copy
    for step in at[:-1]:
        inner = inner[step]
    inner[at[-1]] = value
    return json.dumps(copy).encode()


@FUZZ
@given(st.data(), st.sampled_from(sorted(v2())), JSON)
def test_a_v2_file_with_any_value_anywhere_is_read_or_refused(data: st.DataObject, path: str, value: JsonValue) -> None:
    documents = v2()
    raw = {name: json.dumps(document).encode() for name, document in documents.items()}
    raw[path] = changed(documents[path], data.draw(st.sampled_from(places(documents[path]))), value)
    survives(Documents("fuzz", "fuzz", raw))


@FUZZ
@given(st.data(), JSON)
def test_a_v1_file_with_any_value_anywhere_is_read_or_refused(data: st.DataObject, value: JsonValue) -> None:
    document = v1_bot()
    raw = changed(document, data.draw(st.sampled_from(places(document))), value)
    survives(Documents("fuzz", "fuzz", {"bot.json": raw}))


@FUZZ
@given(st.sampled_from([INTENT, SLOT]), st.sampled_from(["slots", "slotTypes", "intents", "locales"]), JSON)
def test_a_key_that_only_folders_give_is_no_part_of_a_file(path: str, key: str, value: JsonValue) -> None:
    documents = v2()
    documents[path] = documents[path] | {key: value}
    raw = {name: json.dumps(document).encode() for name, document in documents.items()}
    survives(Documents("fuzz", "fuzz", raw))
