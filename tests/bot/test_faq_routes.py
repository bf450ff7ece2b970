"""The FAQ's routes over a running bot: searching, importing, versions, questions without an answer."""

import asyncio
import csv
import io
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest
from httpx import AsyncClient, Response

from services.bot.main import create_app
from services.bot.settings import BotSettings
from shared.callers import Caller, InternalTokens
from shared.settings import DEVELOPMENT_SECRET
from tests.conftest import eventually, internal_headers, served, staff

CUSTOMER = Caller("customer", "session-1")
SUPERVISOR, AGENT, ANALYST, ADMIN = staff("supervisor"), staff("agent"), staff("analyst"), staff("admin")
Bot = Callable[..., AbstractAsyncContextManager[AsyncClient]]

SMALL = """_question,_answer,_source_uri,_acl_group_allow,topic,alternatives
How do I feed a llama?,Hay and grass.,https://zoo.example/llama,,llama-food,what do llamas eat | llama diet
Where do penguins sleep?,On the ice.,,,penguin-sleep,
What is the code of the aviary gate?,Ask the head keeper.,,staff,aviary-gate,
"""
BANK = """_question,_answer,topic,alternatives
What are your opening hours?,Monday to Friday from 9 am to 5 pm.,opening-hours,when are you open | what time is it shut
What does a wire transfer cost?,Domestic wires cost $25.,wire-fee,wire fee
"""
SPANISH = "_question,_answer,_language_code,topic\n¿Qué come una llama?,Heno y hierba.,es,llama-food\n"


DOCUMENT = b'{"SchemaVersion": 1, "FaqDocuments": [{"Question": "a?", "Answer": "b", %s}]}'


def small(folder: Path) -> dict[str, object]:
    """Settings of a bot that ships a small FAQ."""
    (folder / "release").mkdir(exist_ok=True)
    (folder / "release/faq.csv").write_text(BANK)
    return {"data_dir": folder, "faq_csv": folder / "release/faq.csv"}


@pytest.fixture
def bot(database_url: str, tmp_path: Path) -> Bot:
    """Starts a bot on the test's database, its release with a small FAQ: again and again it is the same one."""

    @asynccontextmanager
    async def start(**settings: object) -> AsyncIterator[AsyncClient]:
        url: dict[str, object] = {"bot_database_url": database_url, "faq_refresh_seconds": 0.05}
        given = small(tmp_path) | url | settings
        async with served(create_app(BotSettings.model_validate(given))) as client:
            yield client

    return start


def by(caller: Caller) -> dict[str, str]:
    return internal_headers("bot", caller)


async def search(client: AsyncClient, q: str, caller: Caller = CUSTOMER, **params: str | int) -> list[str]:
    """The answers' texts."""
    answer = await client.get("/faq/search", params={"q": q, **params}, headers=by(caller))
    assert answer.status_code == 200, answer.text
    return [found["answer"] for found in answer.json()["answers"]]


async def put(client: AsyncClient, content: str | bytes, caller: Caller = SUPERVISOR, **params: str | bool) -> Response:
    headers = by(caller) | {"content-type": "text/csv"}
    return await client.post("/faq", content=content, headers=headers, params=params)


async def unanswered(client: AsyncClient, **params: str) -> list[dict[str, object]]:
    answer = await client.get("/faq/unanswered", params=params, headers=by(SUPERVISOR))
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


async def test_question_is_answered_from_the_banks_faq(tmp_path: Path) -> None:
    async with served(create_app(BotSettings(data_dir=tmp_path))) as client:
        params: dict[str, str | int] = {"q": "when are you open", "limit": 2}
        answer = await client.get("/faq/search", params=params, headers=by(CUSTOMER))
        nothing = await client.get("/faq/search", params={"q": "what is the capital of France"}, headers=by(CUSTOMER))
    body = answer.json()
    assert (body["query"], body["language"]) == ("when are you open", "en")
    assert "9 am" in body["answers"][0]["answer"]
    assert 0.5 <= body["answers"][0]["score"] <= 1
    assert body["answers"][0]["topic"] == "opening-hours"
    assert len(body["answers"]) <= 2
    assert nothing.json() == {"query": "what is the capital of France", "answers": [], "language": "en"}


@pytest.mark.parametrize("caller", [CUSTOMER, AGENT, Caller("service", "lex")])
async def test_anyone_signed_in_may_search(bot: Bot, caller: Caller) -> None:
    async with bot() as client:
        assert await search(client, "what does a wire transfer cost", caller)


@pytest.mark.parametrize(
    "params",
    [{}, {"q": ""}, {"q": "x" * 501}, {"q": "a", "limit": 0}, {"q": "a", "limit": 21}, {"q": "a", "locale": "e"}],
)
async def test_search_checks_its_parameters(bot: Bot, params: dict[str, str]) -> None:
    async with bot() as client:
        assert (await client.get("/faq/search", params=params, headers=by(CUSTOMER))).status_code == 422


async def test_search_needs_a_token_for_the_bot(bot: Bot) -> None:
    other = InternalTokens(DEVELOPMENT_SECRET).mint(Caller("service", "gateway"), "accounts")
    async with bot() as client:
        assert (await client.get("/faq/search", params={"q": "a"})).status_code == 401
        answer = await client.get("/faq/search", params={"q": "a"}, headers={"authorization": f"Bearer {other}"})
    assert answer.status_code == 401


async def test_entries_for_staff_are_never_shown_to_customers(tmp_path: Path) -> None:
    question = "extension of the fraud desk"
    async with served(create_app(BotSettings(data_dir=tmp_path))) as client:
        for caller in (AGENT, SUPERVISOR, ANALYST, ADMIN):
            assert "extension 4100" in (await search(client, question, caller))[0]
        for caller in (CUSTOMER, Caller("service", "lex"), Caller("service", "gateway")):
            assert not [text for text in await search(client, question, caller, limit=20) if "4100" in text]


async def test_access_follows_the_lists_of_the_file(bot: Bot) -> None:
    rows = """_question,_answer,_acl_group_allow,_acl_user_allow,_acl_group_deny,_acl_user_deny
How do I feed a llama?,everyone,,,,
How do I feed a zebra?,supervisors,supervisor,,,
How do I feed a giraffe?,pat,,pat,,
How do I feed a walrus?,not agents,,,agent,
How do I feed a panther?,not pat,,,,pat
How do I feed a tortoise?,customers,customers,,,
"""
    kim = Caller("staff", "kim", frozenset({"agent"}))

    async def seen(caller: Caller) -> set[str]:
        animals = ("llama", "zebra", "giraffe", "walrus", "panther", "tortoise")
        return {
            text for animal in animals for text in await search(client, f"how do I feed a {animal}", caller, limit=1)
        }

    async with bot(faq_threshold=0.8) as client:
        assert (await put(client, rows)).status_code == 201
        assert await seen(CUSTOMER) == {"everyone", "not agents", "not pat", "customers"}
        assert await seen(SUPERVISOR) == {"everyone", "supervisors", "pat", "not agents"}
        assert await seen(kim) == {"everyone", "not pat"}


async def test_import_becomes_the_faq_at_once_and_keeps_other_languages(bot: Bot) -> None:
    async with bot() as client:
        done = await put(client, SMALL, note="for the zoo")
        assert done.status_code == 201
        body = done.json()
        version = body["version"]
        assert (version["number"], version["active"], version["origin"]) == (2, True, "import")
        assert (version["created_by"], version["note"]) == ("pat", "for the zoo")
        assert body["rows"] == 3
        assert body["entries"]["en"] == 3
        assert set(body["changes"]["added"]) == {"en/llama-food", "en/penguin-sleep", "en/aviary-gate"}
        assert "en/opening-hours" in body["changes"]["removed"]
        assert await search(client, "what do llamas like to eat") == ["Hay and grass."]
        assert await search(client, "what are your opening hours") == []
        spanish = await put(client, SPANISH)
        assert spanish.json()["entries"] == {"en": 3, "es": 1}
        assert await search(client, "que comen las llamas", locale="es_US") == ["Heno y hierba."]
        assert await search(client, "what do llamas like to eat") == ["Hay and grass."]


async def test_language_without_entries_gets_the_default_and_is_told(bot: Bot) -> None:
    async with bot() as client:
        params = {"q": "what are your opening hours", "locale": "fr_FR"}
        body = (await client.get("/faq/search", params=params, headers=by(CUSTOMER))).json()
    assert body["language"] == "en"
    assert body["answers"][0]["language"] == "en"


async def test_merge_adds_and_changes_by_topic(bot: Bot) -> None:
    more = "_question,_answer,topic\nHow do I feed a llama?,Only hay.,llama-food\nMay I pet the goats?,Yes.,goats\n"
    async with bot() as client:
        await put(client, SMALL)
        done = (await put(client, more, mode="merge")).json()
        assert done["changes"] == {
            "added": ["en/goats"],
            "changed": ["en/llama-food"],
            "removed": [],
            "unchanged": 2 + done["entries"].get("es", 0),
        }
        assert await search(client, "how do I feed a llama") == ["Only hay."]
        assert await search(client, "can I pet a goat") == ["Yes."]
        assert await search(client, "where do the penguins sleep") == ["On the ice."]


async def test_same_file_again_makes_no_version(bot: Bot) -> None:
    async with bot() as client:
        assert (await put(client, SMALL)).status_code == 201
        again = await put(client, SMALL)
        assert (again.status_code, again.json()["version"]) == (200, None)
        versions = (await client.get("/faq/versions", headers=by(AGENT))).json()["items"]
        assert [version["number"] for version in versions] == [2, 1]


async def test_dry_run_tells_and_changes_nothing(bot: Bot) -> None:
    async with bot() as client:
        done = await put(client, SMALL, dry_run=True)
        assert (done.status_code, done.json()["version"]) == (200, None)
        assert "en/llama-food" in done.json()["changes"]["added"]
        assert await search(client, "what do llamas eat") == []


async def test_every_fault_of_a_file_is_told_with_its_row(bot: Bot) -> None:
    rows = [
        ["_question", "_answer", "_source_uri", "_language_code", "topic", "_acl_group_allow", "_acl_group_deny"],
        ["", "an answer", "", "", "a", "", ""],
        ["What is a llama?", "", "", "", "b", "", ""],
        ["What is a zebra?", "A horse.", "zebra.example", "", "c", "", ""],
        ["What is a horse?", "A zebra.", "", "english!", "d", "", ""],
        ["What is a horse?", "An animal.", "", "", "e", "", ""],
        ["What is a mule?", "Half a horse.", "", "", "c", "", ""],
        ["x" * 501, "Long.", "", "", "f", "", ""],
        ["Who?", "y" * 2001, "", "", "g", "", ""],
        ["1234", "A number.", "", "", "h", "", ""],
        ["Who may know?", "Nobody.", "", "", "i", "staff", "staff"],
        ["What is\x00 it?", "A secret of the bank.", "", "", "j", "", ""],
    ]
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    async with bot() as client:
        refused = await put(client, out.getvalue() + "one,cell too few\r\n")
        versions = (await client.get("/faq/versions", headers=by(AGENT))).json()["items"]
    assert refused.status_code == 422
    assert refused.headers["content-type"] == "application/problem+json"
    body = refused.json()
    places = [(fault["row"], fault["column"]) for fault in body["errors"]]
    assert places == [
        (2, "question"),
        (3, "answer"),
        (4, "_source_uri"),
        (5, "_language_code"),
        (7, "topic"),
        (8, "question"),
        (9, "answer"),
        (10, "question"),
        (11, None),
        (12, "question"),
        (13, None),
    ]
    assert body["error_count"] == len(places)
    assert body["code"] == "faq_not_valid"
    assert "secret of the bank" not in refused.text
    assert len(versions) == 1


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"  \n ", "empty"),
        (b"_question,_answer\n", "no entries"),
        (b"_question,topic\nq,t\n", "no such column"),
        (b"_question,_answer,_answer\na?,b,c\n", "more than once"),
        (b"_question,_answer,_acl_groups\na?,b,c\n", "columns of access"),
        (b'_question,_answer\n"What is it?,b\n', "RFC 4180"),
        (b"only one cell\n", "fields"),
        (b"_question,_answer\ncaf\xe9?,b\n", "UTF-8"),
        (b"{", "not JSON"),
        (b"[1]", "SchemaVersion"),
        (b'{"SchemaVersion": 2, "FaqDocuments": []}', "SchemaVersion"),
        (b'{"SchemaVersion": 1, "FaqDocuments": [7]}', "object"),
        (b'{"SchemaVersion": 1, "FaqDocuments": [{"Question": "a?"}]}', "text is due"),
        (
            b'{"SchemaVersion": 1, "FaqDocuments": [{"Question": "a?", "Answer": "b", "Attributes": {"x": 1.5}}]}',
            "whole",
        ),
        (
            b'{"SchemaVersion": 1, "FaqDocuments": [{"Question": "a?", "Answer": "b", "AccessControlList": [{}]}]}',
            "Name",
        ),
        (b"[" * 100_000, "not JSON"),
    ],
)
async def test_file_that_is_no_faq_is_refused(content: bytes, says: str, tmp_path: Path) -> None:
    async with served(create_app(BotSettings.model_validate(small(tmp_path)))) as client:
        refused = await put(client, content)
    assert refused.status_code == 422
    assert says in refused.text


async def test_file_of_another_kind_and_one_too_large_are_refused(tmp_path: Path) -> None:
    async with served(create_app(BotSettings.model_validate(small(tmp_path)))) as client:
        headers = by(SUPERVISOR) | {"content-type": "image/png"}
        assert (await client.post("/faq", content=b"a,b", headers=headers)).status_code == 415
        assert (await put(client, b"a,b\n" * 1_500_000)).status_code == 413


async def test_only_editors_change_the_faq(tmp_path: Path) -> None:
    async with served(create_app(BotSettings.model_validate(small(tmp_path)))) as client:
        for caller in (CUSTOMER, AGENT, ANALYST, Caller("service", "lex")):
            assert (await put(client, SMALL, caller)).status_code == 403
            assert (await client.post("/faq/versions/1/activate", headers=by(caller))).status_code == 403
            done = await client.post(f"/faq/unanswered/{'0' * 32}/done", headers=by(caller))
            assert done.status_code == 403
        for path in ("/faq/export", "/faq/versions", "/faq/versions/1/changes", "/faq/unanswered"):
            assert (await client.get(path, headers=by(CUSTOMER))).status_code == 403
            assert (await client.get(path)).status_code == 401
        assert (await client.get("/faq/unanswered", headers=by(AGENT))).status_code == 403
        assert (await put(client, SMALL, ADMIN)).status_code == 201


async def test_earlier_version_is_put_to_use_again(bot: Bot) -> None:
    async with bot() as client:
        await put(client, SMALL)
        back = await client.post("/faq/versions/1/activate", headers=by(SUPERVISOR))
        assert (back.status_code, back.json()["number"], back.json()["active"]) == (200, 1, True)
        assert await search(client, "what are your opening hours")
        assert await search(client, "what do llamas eat") == []
        versions = (await client.get("/faq/versions", headers=by(AGENT))).json()["items"]
        assert [(version["number"], version["active"]) for version in versions] == [(2, False), (1, True)]
        assert (await client.post("/faq/versions/3/activate", headers=by(SUPERVISOR))).status_code == 404
        assert (await client.post("/faq/versions/0/activate", headers=by(SUPERVISOR))).status_code == 422


async def test_versions_are_listed_by_page_and_compared(bot: Bot) -> None:
    async with bot() as client:
        await put(client, SMALL)
        await put(client, SMALL.replace("On the ice.", "In burrows."))
        first = (await client.get("/faq/versions?limit=2", headers=by(AGENT))).json()
        second = (await client.get(f"/faq/versions?cursor={first['next_cursor']}", headers=by(AGENT))).json()
        assert [version["number"] for version in first["items"] + second["items"]] == [3, 2, 1]
        assert second["next_cursor"] is None
        changed = (await client.get("/faq/versions/3/changes", headers=by(AGENT))).json()
        assert (changed["added"], changed["changed"], changed["removed"]) == ([], ["en/penguin-sleep"], [])
        since = (await client.get("/faq/versions/3/changes?against=1", headers=by(AGENT))).json()
        assert len(since["added"]) == 3
        assert (await client.get("/faq/versions/9/changes", headers=by(AGENT))).status_code == 404
        assert (await client.get("/faq/versions?cursor=x", headers=by(AGENT))).status_code == 422


async def test_rivals_edit_is_not_overwritten(bot: Bot) -> None:
    async with bot() as client:
        tag = (await client.get("/faq/export", headers=by(AGENT))).headers["etag"]
        assert tag == '"1"'
        assert (await put(client, SMALL)).status_code == 201
        headers = by(SUPERVISOR) | {"content-type": "text/csv", "if-match": tag}
        late = await client.post("/faq", content=SPANISH, headers=headers)
        assert (late.status_code, late.json()["code"], late.json()["number"]) == (409, "faq_version_changed", 2)
        right = await client.post("/faq", content=SPANISH, headers=headers | {"if-match": '"2"'})
        assert right.status_code == 201
        assert (await client.post("/faq", content=SPANISH, headers=headers | {"if-match": "x"})).status_code == 422


async def test_imports_at_once_all_become_versions(bot: Bot) -> None:
    files = [f"_question,_answer\nWhere is cage {name}?,Left.\n" for name in ("alpha", "beta", "gamma", "delta")]
    async with bot() as client:
        done = await asyncio.gather(*(put(client, content, mode="merge") for content in files))
        assert sorted(answer.json()["version"]["number"] for answer in done) == [2, 3, 4, 5]
        for name in ("alpha", "beta", "gamma", "delta"):
            assert await search(client, f"where is the cage {name}", limit=1) == ["Left."]


async def test_other_replica_takes_the_new_version_over(bot: Bot) -> None:
    async with bot() as one, bot() as other:
        assert await search(other, "what do llamas eat") == []
        await put(one, SMALL)

        async def knows() -> bool:
            return await search(other, "what do llamas eat") == ["Hay and grass."]

        await eventually(knows)


async def test_import_survives_a_restart_and_the_shipped_file_does_not_replace_it(bot: Bot) -> None:
    async with bot() as client:
        await put(client, SMALL)
    async with bot() as client:
        assert await search(client, "what do llamas eat") == ["Hay and grass."]


async def test_new_release_brings_its_faq_until_staff_have_their_own(bot: Bot, tmp_path: Path) -> None:
    shipped = tmp_path / "shipped.csv"
    shipped.write_text(SMALL)
    (tmp_path / "shipped.es.csv").write_text(SPANISH)
    async with bot(faq_csv=shipped) as client:
        assert await search(client, "que comen las llamas", locale="es") == ["Heno y hierba."]
    shipped.write_text(SMALL.replace("Hay and grass.", "Leaves."))
    async with bot(faq_csv=shipped) as client:
        assert await search(client, "what do llamas eat") == ["Leaves."]
        await put(client, SMALL.replace("Hay and grass.", "Cake."))
    shipped.write_text(SMALL.replace("Hay and grass.", "Bread."))
    async with bot(faq_csv=shipped) as client:
        assert await search(client, "what do llamas eat") == ["Cake."]


async def test_searches_go_on_while_an_import_is_under_way(bot: Bot) -> None:
    rows = "\n".join(f"How do I reach cage number x{number}y?,Walk {number} steps.,c{number}" for number in range(400))
    async with bot() as client:
        await put(client, SMALL)
        importing = asyncio.create_task(put(client, "_question,_answer,topic\n" + rows, mode="merge"))
        seen = 0
        while not importing.done():
            assert await search(client, "what do llamas eat") == ["Hay and grass."]
            seen += 1
            await asyncio.sleep(0.01)  # the import works on another thread of this process
        assert (await importing).status_code == 201
        assert seen > 3
        assert await search(client, "what do llamas eat") == ["Hay and grass."]


@pytest.mark.parametrize("kind", ["csv", "json", "kendra-csv", "kendra-json"])
async def test_export_reads_back(bot: Bot, kind: str) -> None:
    async with bot() as client:
        await put(client, SMALL)
        export = await client.get("/faq/export", params={"format": kind, "language": "en"}, headers=by(AGENT))
        assert export.headers["content-disposition"].endswith(f'v2.{kind.rpartition("-")[2]}"')
        again = await put(client, export.content)
        if kind.startswith("kendra"):
            assert again.json()["entries"]["en"] == 3
            assert await search(client, "llama diet") == ["Hay and grass."]
            assert await search(client, "code of the aviary gate") == []
            assert await search(client, "code of the aviary gate", AGENT) == ["Ask the head keeper."]
        else:
            assert again.json()["version"] is None
        first = await client.get("/faq/export", params={"version": 1, "format": kind}, headers=by(AGENT))
        assert first.headers["etag"] == '"1"'
        assert (await client.get("/faq/export?version=99", headers=by(AGENT))).status_code == 404


async def test_kendras_own_examples_are_read(bot: Bot) -> None:
    """Rows and documents in the form of Kendra's developer guide."""
    basic = "How many vets are in the zoo?, 13, https://zoo.example/faq.csv\nHow many vets are in the aquarium?, 7\n"
    custom = (
        "_question, _answer, _last_updated_at, custom_string, _acl_group_allow\n"
        'How many vets are in the park?, 5, 2012-03-25T12:30:10+01:00, "Note: some, not all", "staff,agent"\n'
    )
    document = {
        "SchemaVersion": 1,
        "FaqDocuments": [
            {"Question": "How many vets are in the farm?", "Answer": "2"},
            {
                "Question": "How many vets are in the tower?",
                "Answer": "9",
                "Attributes": {"_source_uri": "https://zoo.example/t", "_category": "Vets", "floors": 3},
                "AccessControlList": [{"Name": "staff", "Type": "GROUP", "Access": "ALLOW"}],
            },
        ],
    }
    async with bot() as client:
        assert (await put(client, basic)).json()["entries"]["en"] == 2
        assert await search(client, "how many vets are there in the aquarium", limit=1) == ["7"]
        await put(client, custom)
        assert await search(client, "how many vets are in the park") == []
        assert await search(client, "how many vets are in the park", AGENT) == ["5"]
        await put(client, json.dumps(document))
        assert await search(client, "how many vets are in the farm", limit=1) == ["2"]
        assert await search(client, "how many vets are in the tower", AGENT, limit=1) == ["9"]
        export = (await client.get("/faq/export?format=json&language=en", headers=by(AGENT))).json()
        tower = next(item for item in export["FaqDocuments"] if item["Answer"] == "9")
        assert tower["Attributes"]["floors"] == 3
        assert tower["AccessControlList"] == [{"Name": "staff", "Type": "GROUP", "Access": "ALLOW"}]


async def test_rows_with_one_answer_are_one_entry(bot: Bot) -> None:
    async with bot() as client:
        done = (await put(client, "How tall is it?,605 feet\nWhat is its height?,605 feet\n")).json()
        assert (done["rows"], done["entries"]["en"]) == (2, 1)
        assert done["warnings"] == [
            {"row": 2, "column": None, "detail": "Taken as another way to ask row 1: the answer is the same."}
        ]


async def test_unanswered_question_is_kept_counted_and_done(bot: Bot) -> None:
    async with bot() as client:
        await search(client, "Do you sell unicorns?")
        await search(client, "do you sell  UNICORNS", Caller("service", "lex"))
        await search(client, "do you sell dragons", AGENT)
        await search(client, "what are your opening hours")
        listed = await unanswered(client)
        assert [(item["question"], item["asked"], item["channels"]) for item in listed] == [
            ("Do you sell unicorns?", 2, {"web": 1, "lex": 1}),
            ("do you sell dragons", 1, {"staff": 1}),
        ]
        assert [item["question"] for item in await unanswered(client, sort="recent")] == [
            "do you sell dragons",
            "Do you sell unicorns?",
        ]
        path = f"/faq/unanswered/{listed[0]['question_id']}"
        done = await client.post(f"{path}/done", headers=by(SUPERVISOR))
        assert (done.status_code, done.json()["done_by"]) == (200, "pat")
        assert [item["question"] for item in await unanswered(client)] == ["do you sell dragons"]
        assert [item["question"] for item in await unanswered(client, status="done")] == ["Do you sell unicorns?"]
        await search(client, "do you sell unicorns")
        assert (await unanswered(client))[0]["asked"] == 3
        await client.post(f"{path}/done", headers=by(SUPERVISOR))
        assert (await client.post(f"{path}/reopen", headers=by(SUPERVISOR))).json()["done_at"] is None
        assert (await client.post(f"/faq/unanswered/{'0' * 32}/done", headers=by(SUPERVISOR))).status_code == 404
        assert (await client.post("/faq/unanswered/x/done", headers=by(SUPERVISOR))).status_code == 422


@pytest.mark.parametrize(
    "question",
    [
        "unicorn 2468",
        "my unicorn is two four six eight",
        "unicorn twenty-four sixty-eight",
        "unicorn ２４６８",
        "unicornio dos cuatro seis ocho",
        "unicorn 24 68 or 24-68, maybe 2468x",
        "unicorn of ana@example.com",
        "unicorn dos mil cuatrocientos sesenta y ocho",
    ],
)
async def test_no_number_or_address_is_kept(question: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with served(create_app(BotSettings.model_validate(small(tmp_path)))) as client:
        await search(client, question)
        (item,) = await unanswered(client)
    kept = str(item["question"])
    assert "#" in kept
    assert not any(letter.isdigit() for letter in kept)
    for secret in ("four", "eight", "sixty", "ocho", "sesenta", "ana@"):
        assert secret not in kept
    assert "unicorn" not in capsys.readouterr().out


async def test_nothing_but_numbers_and_marks_is_not_kept(tmp_path: Path) -> None:
    async with served(create_app(BotSettings.model_validate(small(tmp_path)))) as client:
        for question in ("2468", "???", "two four six eight", " "):
            await search(client, question)
        assert await unanswered(client) == []


async def test_only_the_latest_questions_are_kept(tmp_path: Path) -> None:
    async with served(create_app(BotSettings.model_validate(small(tmp_path) | {"faq_unanswered_kept": 3}))) as client:
        for animal in ("unicorn", "dragon", "griffin", "sphinx", "kraken"):
            await search(client, f"sell me a {animal}")
        kept = [str(item["question"]).split()[-1] for item in await unanswered(client, sort="recent")]
        assert kept == ["kraken", "sphinx", "griffin"]


@pytest.mark.parametrize("sort", ["asked", "recent"])
async def test_questions_are_listed_by_page(bot: Bot, sort: str) -> None:
    animals = ("unicorn", "dragon", "griffin", "sphinx", "kraken")
    async with bot() as client:
        for times, animal in enumerate(animals):
            for _ in range(1 + times // 2):
                await search(client, f"sell me a {animal}")
        found: list[object] = []
        cursor = ""
        while True:
            params: dict[str, str | int] = {"limit": 2, "sort": sort, "cursor": cursor}
            page = (await client.get("/faq/unanswered", params=params, headers=by(SUPERVISOR))).json()
            found += [item["question"] for item in page["items"]]
            if not (cursor := page["next_cursor"] or ""):
                break
        assert len(found) == len(set(found)) == 5
        whole = [item["question"] for item in await unanswered(client, sort=sort)]
        assert found == whole
        for bad in ("x", "1.2", "9" * 18 + "." + "0" * 32):
            answer = await client.get("/faq/unanswered", params={"cursor": bad, "sort": sort}, headers=by(SUPERVISOR))
            assert answer.status_code in (200, 422)
        assert (await client.get("/faq/unanswered?cursor=x", headers=by(SUPERVISOR))).status_code == 422


async def test_question_asked_many_times_at_once_is_counted_right(bot: Bot) -> None:
    async with bot() as client:
        await asyncio.gather(*(search(client, "do you sell unicorns") for _ in range(20)))
        (item,) = await unanswered(client)
        assert item["asked"] == 20
