"""The FAQ's versions in Amazon Kendra, over HTTP at both ends: staff change the FAQ, Kendra comes to search it."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest
from httpx import AsyncClient
from pydantic import JsonValue

from services.bot.main import create_app
from services.bot.settings import BotSettings
from shared.callers import Caller
from tests.adapters.kendra_faqs import BUCKET, ROLE, KendraWithFaqs
from tests.adapters.kendra_server import AwsError
from tests.conftest import eventually, internal_headers, served, staff
from tests.gateway.conftest import listening

INDEX = "0123abcd-0123-4567-89ab-0123456789ab"
OTHER_INDEX = "4567abcd-0123-4567-89ab-0123456789ab"
SUPERVISOR, CUSTOMER = staff("supervisor"), Caller("customer", "session-1")
SHIPPED = "_question,_answer,topic\nWhat does a wire transfer cost?,Wires cost $25.,wire\n"
ZOO = """_question,_answer,_source_uri,_acl_group_allow,topic,alternatives
How do I feed a llama?,Hay and grass.,https://zoo.example/llama,,llama-food,what do llamas eat | llama diet
What is the code of the aviary gate?,Ask the head keeper.,,staff,aviary-gate,
"""
SPANISH = "_question,_answer,_language_code,topic\n¿Qué come una llama?,Heno y hierba.,es,llama-food\n"
Bot = Callable[..., AbstractAsyncContextManager[AsyncClient]]
Version = dict[str, JsonValue]


@pytest.fixture
async def kendra(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[KendraWithFaqs]:
    server = KendraWithFaqs()
    async with listening(server.app) as url:
        values = {
            "AWS_ENDPOINT_URL": url,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        for name, value in values.items():
            monkeypatch.setenv(name, value)
        yield server
    assert not server.broken, server.broken


@pytest.fixture
def bot(kendra: KendraWithFaqs, tmp_path: Path) -> Bot:
    """Starts a replica of a bot whose FAQ Kendra searches; the database is the same for all of them."""
    return bot_on("sqlite", tmp_path)


@pytest.fixture
def bot_anywhere(database_url: str, kendra: KendraWithFaqs, tmp_path: Path) -> Bot:
    """The same on either kind of database."""
    return bot_on(database_url, tmp_path)


def bot_on(database_url: str, folder: Path) -> Bot:
    (folder / "faq.csv").write_text(SHIPPED)

    @asynccontextmanager
    async def start(**settings: object) -> AsyncIterator[AsyncClient]:
        given: dict[str, object] = {
            "data_dir": folder,
            "bot_database_url": database_url,
            "faq_csv": folder / "faq.csv",
            "faq_refresh_seconds": 0.02,
            "faq_search": "kendra",
            "kendra_index_id": INDEX,
            "kendra_faq_bucket": BUCKET,
            "kendra_faq_role_arn": ROLE,
        }
        async with served(create_app(BotSettings.model_validate(given | settings))) as client:
            yield client

    return start


def by(caller: Caller) -> dict[str, str]:
    return internal_headers("bot", caller)


async def put(client: AsyncClient, content: str) -> Version:
    headers = by(SUPERVISOR) | {"content-type": "text/csv"}
    answer = await client.post("/faq", content=content, headers=headers)
    assert answer.status_code == 201, answer.text
    version: Version = answer.json()["version"]
    return version


async def activate(client: AsyncClient, number: int) -> Version:
    answer = await client.post(f"/faq/versions/{number}/activate", headers=by(SUPERVISOR))
    assert answer.status_code == 200, answer.text
    version: Version = answer.json()
    return version


async def versions(client: AsyncClient) -> dict[int, Version]:
    items = (await client.get("/faq/versions", headers=by(SUPERVISOR))).json()["items"]
    return {version["number"]: version for version in items}


async def status(client: AsyncClient, number: int) -> JsonValue:
    publication = (await versions(client))[number]["publication"]
    return publication["status"] if isinstance(publication, dict) else None


async def becomes(client: AsyncClient, number: int, expected: str) -> None:
    async def there() -> bool:
        return await status(client, number) == expected

    await eventually(there)


async def search(client: AsyncClient, q: str, caller: Caller = CUSTOMER, locale: str = "en_US") -> list[str]:
    answer = await client.get("/faq/search", params={"q": q, "locale": locale}, headers=by(caller))
    assert answer.status_code == 200, answer.text
    return [found["answer"] for found in answer.json()["answers"]]


async def test_shipped_faq_is_published(bot: Bot, kendra: KendraWithFaqs) -> None:
    async with bot() as client:
        await becomes(client, 1, "published")
        assert await search(client, "what does a wire transfer cost") == ["Wires cost $25."]
    [faq] = kendra.faqs.values()
    assert faq.asked == {
        "IndexId": INDEX,
        "Name": faq.name,
        "S3Path": {"Bucket": BUCKET, "Key": f"faq/{faq.name}.csv"},
        "RoleArn": ROLE,
        "FileFormat": "CSV_WITH_HEADER",
        "LanguageCode": "en",
        "ClientToken": faq.name,
    }
    assert faq.name.startswith("omnilex-en-v1-")


async def test_new_version_takes_the_old_ones_place_only_when_it_is_searched(
    bot_anywhere: Bot, kendra: KendraWithFaqs
) -> None:
    async with bot_anywhere() as client:
        await becomes(client, 1, "published")
        kendra.slow = True
        version = await put(client, ZOO)
        assert version["publication"] == {"status": "publishing", "reason": None, "updated_at": None}
        await eventually(lambda: len(kendra.faqs) == 2)
        assert await search(client, "what does a wire transfer cost") == ["Wires cost $25."]
        assert (await status(client, 1), await status(client, 2)) == ("withdrawing", "publishing")
        kendra.slow = False
        await becomes(client, 2, "published")
        await becomes(client, 1, "withdrawn")
        assert await search(client, "what does a wire transfer cost") == []
        assert await search(client, "what do llamas eat") == ["Hay and grass."]
    first, second = kendra.faqs.values()
    assert kendra.log[2:] == [f"create {second.name}", f"active {second.name}", f"delete {first.name}"]
    assert list(kendra.objects) == [f"{BUCKET}/faq/{second.name}.json"]


async def test_every_language_is_a_faq_and_readers_are_kept(bot: Bot, kendra: KendraWithFaqs) -> None:
    async with bot() as client:
        await put(client, ZOO)
        await becomes(client, 2, "published")
        await put(client, SPANISH)
        await becomes(client, 3, "published")
        question = "what is the code of the aviary gate"
        assert "Ask the head keeper." in await search(client, question, SUPERVISOR)
        assert "Ask the head keeper." not in await search(client, question)
        assert await search(client, "qué come una llama", locale="es_US") == ["Heno y hierba."]
        await becomes(client, 2, "withdrawn")
    asked = {str(faq.asked["LanguageCode"]): faq for faq in kendra.searched}
    assert {language: faq.asked["FileFormat"] for language, faq in asked.items()} == {
        "en": "JSON",
        "es": "CSV_WITH_HEADER",
    }
    file = json.loads(kendra.objects[f"{BUCKET}/faq/{asked['en'].name}.json"])
    gate = next(entry for entry in file["FaqDocuments"] if "aviary" in entry["Question"])
    assert gate["AccessControlList"] == [{"Name": "staff", "Type": "GROUP", "Access": "ALLOW"}]
    assert [entry["Question"] for entry in file["FaqDocuments"] if "AccessControlList" not in entry] == [
        "How do I feed a llama?",
        "what do llamas eat",
        "llama diet",
    ]


async def test_language_that_is_dropped_goes(bot: Bot, kendra: KendraWithFaqs) -> None:
    async with bot() as client:
        await put(client, SPANISH)
        await becomes(client, 2, "published")
        assert len(kendra.searched) == 2
        await activate(client, 1)
        await becomes(client, 1, "published")
        await becomes(client, 2, "withdrawn")
    assert [faq.asked["LanguageCode"] for faq in kendra.searched] == ["en"]


async def test_earlier_version_is_published_anew(bot: Bot, kendra: KendraWithFaqs) -> None:
    async with bot() as client:
        await becomes(client, 1, "published")
        await put(client, ZOO)
        await becomes(client, 1, "withdrawn")
        version = await activate(client, 1)
        assert (version["active"], version["publication"]) == (
            True,
            {"status": "publishing", "reason": None, "updated_at": None},
        )
        await becomes(client, 1, "published")
        await becomes(client, 2, "withdrawn")
        assert await search(client, "what does a wire transfer cost") == ["Wires cost $25."]
    assert len(kendra.faqs) == 3


async def test_what_kendra_cannot_use_is_told_and_the_old_faq_stays(bot: Bot, kendra: KendraWithFaqs) -> None:
    async with bot() as client:
        await becomes(client, 1, "published")
        kendra.slow = True
        await put(client, ZOO)
        await eventually(lambda: len(kendra.faqs) == 2)
        kendra.faqs["faq-2"].reason = "The index has no field of that name."
        kendra.slow = False
        await becomes(client, 2, "failed")
        publication = (await versions(client))[2]["publication"]
        assert isinstance(publication, dict)
        assert publication["reason"] == "en: The index has no field of that name."
        assert publication["updated_at"]
        assert await search(client, "what does a wire transfer cost") == ["Wires cost $25."]
        again = await activate(client, 2)
        assert isinstance(again["publication"], dict)
        assert again["publication"]["status"] == "publishing"
        await becomes(client, 2, "published")
        await becomes(client, 1, "withdrawn")
        await eventually(lambda: [faq.name for faq in kendra.searched] == [kendra.faqs["faq-3"].name])
        await eventually(lambda: kendra.faqs["faq-2"].status == "GONE")


async def test_published_version_is_not_published_again(bot: Bot, kendra: KendraWithFaqs) -> None:
    async with bot() as client:
        await becomes(client, 1, "published")
        await activate(client, 1)
        assert await status(client, 1) == "published"
    async with bot() as client:
        assert await status(client, 1) == "published"
    assert len(kendra.faqs) == 1


@pytest.mark.parametrize(
    ("settings", "hurdle", "reason"),
    [
        (
            {},
            AwsError("AccessDeniedException", "You may not."),
            "en: Amazon Kendra: AccessDeniedException: You may not.",
        ),
        ({}, AwsError("ServiceQuotaExceededException", "Too many."), "ServiceQuotaExceededException"),
        ({}, AwsError("ValidationException", "No such language."), "No such language."),
        ({"kendra_faq_bucket": "no-such-bucket"}, None, "Amazon S3 refused the file in the bucket no-such-bucket."),
    ],
)
async def test_refusal_is_told(
    bot: Bot, kendra: KendraWithFaqs, settings: dict[str, object], hurdle: AwsError | None, reason: str
) -> None:
    kendra.hurdles["CreateFaq"] = [hurdle] if hurdle else []
    async with bot(**settings) as client:
        await becomes(client, 1, "failed")
        publication = (await versions(client))[1]["publication"]
        assert isinstance(publication, dict)
        assert reason in str(publication["reason"])
    assert not kendra.faqs


async def test_file_larger_than_kendra_takes_is_told(bot: Bot, kendra: KendraWithFaqs) -> None:
    ways = " | ".join(f"how do I get to the cage numbered {number}" for number in range(60))
    rows = "".join(
        f'What is in cage number {number}?,"{number} {"x" * 1900}",t{number},{ways}\n' for number in range(45)
    )
    async with bot() as client:
        await put(client, "_question,_answer,topic,alternatives\n" + rows)
        await becomes(client, 2, "failed")
        publication = (await versions(client))[2]["publication"]
        assert isinstance(publication, dict)
        assert "larger than Amazon Kendra takes" in str(publication["reason"])


@pytest.mark.parametrize("where", ["hurdles", "after"])
@pytest.mark.parametrize(
    "hurdle",
    [AwsError("ThrottlingException"), AwsError("InternalServerException", status=500)],
)
async def test_trouble_that_passes_is_lived_through(
    bot: Bot, kendra: KendraWithFaqs, hurdle: AwsError, where: str
) -> None:
    """Answers that are lost, too: what Kendra did is done once."""
    async with bot() as client:
        await becomes(client, 1, "published")
        for name in ("CreateFaq", "DescribeFaq", "DeleteFaq"):
            getattr(kendra, where)[name] = [hurdle] * 2
        await put(client, ZOO)
        await becomes(client, 2, "published")
        await becomes(client, 1, "withdrawn")
    assert len(kendra.faqs) == 2
    assert len(kendra.searched) == 1


async def test_replicas_publish_once(bot_anywhere: Bot, kendra: KendraWithFaqs) -> None:
    async with bot_anywhere() as one, bot_anywhere() as other:
        await becomes(one, 1, "published")
        await put(one, ZOO)
        await put(other, SPANISH)
        await becomes(other, 3, "published")
        await becomes(one, 1, "withdrawn")
        await eventually(lambda: len(kendra.searched) == 2)
    created = [entry for entry in kendra.log if entry.startswith("create")]
    assert len(created) == len(set(created)) == len(kendra.faqs)
    assert sorted(str(faq.asked["LanguageCode"]) for faq in kendra.searched) == ["en", "es"]


async def test_restart_goes_on_where_the_process_ended(bot: Bot, kendra: KendraWithFaqs) -> None:
    async with bot() as client:
        await becomes(client, 1, "published")
        kendra.slow = True
        await put(client, ZOO)
        await eventually(lambda: len(kendra.faqs) == 2)
    kendra.slow = False
    async with bot() as client:
        await becomes(client, 2, "published")
        await becomes(client, 1, "withdrawn")
    assert len(kendra.faqs) == 2


async def test_version_that_is_replaced_before_kendra_had_it_goes_as_well(
    bot_anywhere: Bot, kendra: KendraWithFaqs
) -> None:
    """One of them was made, but the bot has never heard of it."""
    async with bot_anywhere() as client:
        await becomes(client, 1, "published")
        kendra.slow = True
        kendra.unheard = "-v2-"
        await put(client, ZOO)
        await eventually(lambda: len(kendra.faqs) == 2)
        await put(client, ZOO.replace("Hay and grass.", "Leaves."))
        await eventually(lambda: len(kendra.faqs) == 3)
        kendra.slow = False
        await becomes(client, 3, "published")
        await becomes(client, 2, "withdrawn")
        await becomes(client, 1, "withdrawn")
        assert await search(client, "what do llamas eat") == ["Leaves."]
    assert [faq.faq_id for faq in kendra.searched] == ["faq-3"]
    assert len(kendra.objects) == 1


async def test_faq_that_somebody_deletes_meanwhile_is_told(bot: Bot, kendra: KendraWithFaqs) -> None:
    kendra.slow = True
    async with bot() as client:
        await eventually(lambda: len(kendra.faqs) == 1)
        kendra.faqs["faq-1"].status = "GONE"
        await becomes(client, 1, "failed")


async def test_another_index_gets_the_faq_too(bot: Bot, kendra: KendraWithFaqs) -> None:
    async with bot() as client:
        await becomes(client, 1, "published")
    async with bot(kendra_index_id=OTHER_INDEX) as client:
        await becomes(client, 1, "published")
    assert [faq.asked["IndexId"] for faq in kendra.faqs.values()] == [INDEX, OTHER_INDEX]


async def test_nothing_is_published_where_the_bot_searches_itself(bot: Bot, kendra: KendraWithFaqs) -> None:
    async with bot(faq_search="embedded") as client:
        version = await put(client, ZOO)
        assert version["publication"] is None
        assert await search(client, "what do llamas eat") == ["Hay and grass."]
    assert not kendra.faqs


@pytest.mark.parametrize("missing", ["kendra_index_id", "kendra_faq_bucket", "kendra_faq_role_arn"])
def test_kendra_needs_its_settings(missing: str) -> None:
    given = {"kendra_index_id": INDEX, "kendra_faq_bucket": BUCKET, "kendra_faq_role_arn": ROLE, missing: None}
    with pytest.raises(ValueError, match=f"OMNILEX_{missing.upper()}"):
        BotSettings.model_validate({"faq_search": "kendra"} | given)
