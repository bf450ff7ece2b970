"""Entity lists and rules of categories come from the bucket, a folder or one of Amazon S3, whenever they change."""

import json
import logging
from pathlib import Path
from typing import Any

import pytest

from services.media.analysis import Transcript
from services.media.analysis.transcript import Utterance
from services.media.embedded import open_analyser
from services.media.settings import MediaSettings
from services.media.support_files import MOST_BYTES, SupportFiles
from shared.aws import S3Blobs
from shared.blobs import Blobs, FolderBlobs
from shared.schemas.interaction import Interaction
from tests.media.analysis.through_analyser import result_of

BUCKET = "omni-lex-sentiment-custom-source-files"
LIST = "simple-entity-list-en.csv"


def settings_in(folder: Path, **given: Any) -> MediaSettings:  # noqa: ANN401  what settings take
    return MediaSettings(_env_file=None, data_dir=folder / "data", **given)


def rules(version: int, phrase: str) -> bytes:
    """One rule, that is named as what it looks for."""
    rule = {"name": phrase, "conditions": [{"kind": "text", "phrases": [phrase]}]}
    return json.dumps({"version": version, "rules": [rule]}).encode()


async def analysed(
    settings: MediaSettings, support: SupportFiles, text: str = "My gold card has a low limit", language: str = "en-US"
) -> Interaction:
    """Through the analyser, whose child processes read what was copied."""
    folder = settings.data_dir.resolve() / "work"
    folder.mkdir(parents=True, exist_ok=True)
    said = [Utterance(speaker="spk_0", start=0, end=3, text=text)]
    transcript = Transcript(kind="call", separation="single", utterances=said, language=language)
    async with open_analyser(settings, support=support) as analyser:
        return await result_of(analyser, transcript, folder)


def found_in(document: Interaction) -> tuple[list[tuple[str, str]], list[str]]:
    entities = [(one.type, one.text) for turn in document.turns for one in turn.entities]
    return entities, [one.name for one in document.categories]


async def test_what_is_analysed_goes_by_what_is_in_the_bucket_now(blobs: Blobs, tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    support = SupportFiles(settings, blobs)
    entities, built_in = found_in(await analysed(settings, support))
    assert entities == []
    await blobs.put(BUCKET, LIST, b"Text,Type\ngold card,product\n")
    await blobs.put(BUCKET, "simple-entity-list-es.csv", b"Text,Type\ntarjeta,product\n")
    await blobs.put(BUCKET, "categories/000001.json", rules(1, "gold card"))
    assert found_in(await analysed(settings, support)) == ([("PRODUCT", "gold card")], ["gold card"])
    spanish = await analysed(settings, support, "Mi tarjeta no funciona hoy", "es-US")
    assert found_in(spanish)[0] == [("PRODUCT", "tarjeta")]
    await blobs.put(BUCKET, LIST, b"\xef\xbb\xbfText,Type\nlow limit,ISSUE\n")
    await blobs.put(BUCKET, "categories/000002.json", rules(2, "limit"))
    assert found_in(await analysed(settings, support)) == ([("ISSUE", "low limit")], ["limit"])
    await blobs.delete(BUCKET, LIST)
    await blobs.delete(BUCKET, "categories/000002.json")
    assert found_in(await analysed(settings, support)) == ([], ["gold card"])
    await blobs.delete(BUCKET, "categories/000001.json")
    assert found_in(await analysed(settings, support)) == ([], built_in)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"name,kind\ngold card,product\n", "header"),
        (b"", "header"),
        (b"Text,Type\n\xff\xfe\n", "UTF-8"),
        (b"Text,Type\ngold card,\n,product\n", "none of its rows"),
        (b"Text,Type\n" + b"x" * 200_000 + b",product\n", "no CSV"),
        (b"Text,Type\n" + b"a term,product\n" * (MOST_BYTES // 14), "MB"),
    ],
)
async def test_of_a_bad_list_the_last_good_one_stays(
    blobs: Blobs, tmp_path: Path, caplog: pytest.LogCaptureFixture, content: bytes, says: str
) -> None:
    """It is said once for each version, and what is in the file is not said."""
    settings = settings_in(tmp_path)
    support = SupportFiles(settings, blobs)
    await blobs.put(BUCKET, LIST, b"Text,Type\ngold card,product\n")
    folder = await support.current()
    good = (folder / LIST).read_bytes()
    await blobs.put(BUCKET, LIST, content)
    for _ in range(3):
        assert ((await support.current()) / LIST).read_bytes() == good
    assert says in support.faults[LIST]
    said = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert [record.getMessage() for record in said] == ["support_file.refused"]
    assert vars(said[0])["object"] == LIST
    again = SupportFiles(settings, blobs)  # a process that starts now finds the copy
    assert ((await again.current()) / LIST).read_bytes() == good
    await blobs.put(BUCKET, LIST, b"Text,Type\nsilver card,product\n")
    assert b"silver" in ((await support.current()) / LIST).read_bytes()
    assert support.faults == {}


async def test_of_bad_rules_the_version_before_stays(blobs: Blobs, tmp_path: Path) -> None:
    settings = settings_in(tmp_path, entity_string_map="undefined")
    for at_start in (False, True):
        support = SupportFiles(settings, blobs)
        await blobs.put(BUCKET, "categories/000001.json", rules(1, "gold card"))
        if not at_start:
            await support.current()
        await blobs.put(BUCKET, "categories/000002.json", b'{"version": 2, "rules": [{"name": "telltale"}]}')
        assert found_in(await analysed(settings, support)) == ([], ["gold card"])
        assert support.faults == {"categories/000002.json": "it holds no rules of categories"}
        await blobs.delete(BUCKET, "categories/000002.json")
    await blobs.put(BUCKET, "categories/000001.json", b"{")
    assert found_in(await analysed(settings, support)) == ([], ["gold card"])  # the copy, as there is nothing better


class Counting(FolderBlobs):
    """Counts what is fetched."""

    fetched = 0

    async def get(self, bucket: str, key: str) -> bytes:
        self.fetched += 1
        return await super().get(bucket, key)


async def test_only_what_has_changed_is_fetched(tmp_path: Path) -> None:
    blobs = Counting(tmp_path / "elsewhere")
    support = SupportFiles(settings_in(tmp_path), blobs)
    await blobs.put(BUCKET, LIST, b"Text,Type\ngold card,product\n")
    await blobs.put(BUCKET, "simple-entity-list-xx.csv", b"of a language that is not analysed")
    await blobs.put(BUCKET, "categories/000001.json", rules(1, "gold card"))
    await blobs.put(BUCKET, "categories/000002.json", rules(2, "limit"))
    for _ in range(3):
        folder = await support.current()
    assert blobs.fetched == 2
    copied = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    assert copied == ["categories/000002.json", LIST]


async def test_names_are_those_of_the_settings(blobs: Blobs, tmp_path: Path) -> None:
    settings = settings_in(tmp_path, entity_string_map="lists/terms.csv", comprehend_languages="zh-TW|en")
    await blobs.put(BUCKET, "lists/terms-en.csv", b"Text,Type\nlow limit,ISSUE\n")
    support = SupportFiles(settings, blobs)
    assert found_in(await analysed(settings, support))[0] == [("ISSUE", "low limit")]


async def test_without_a_bucket_the_analysis_goes_on(s3: S3Blobs, tmp_path: Path) -> None:
    settings = settings_in(tmp_path, support_files_bucket_name="nobody-made-it")
    support = SupportFiles(settings, s3)
    assert found_in(await analysed(settings, support))[0] == []
    assert set(support.faults) == {"nobody-made-it"}


@pytest.mark.parametrize("name", ["../simple.csv", "/etc/list.csv", "a//b.csv", "a/./b.csv"])
def test_a_name_that_is_none_is_refused_at_start(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="entity_string_map"):
        settings_in(tmp_path, entity_string_map=name)
