"""Many turns at once on one session, by boto3 over HTTP on two replicas of the runtime: one history, each turn once."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import httpx
from botocore.config import Config
from fastapi import FastAPI
from sqlalchemy import create_engine, make_url, text

from services.lex.main import create_app
from tests.lex.conftest import BOT, MakeSettings, listening

if TYPE_CHECKING:
    from types_aiobotocore_lexv2_runtime.type_defs import RecognizeTextResponseTypeDef as Answer

TURNS = 100
AT = {**BOT, "sessionId": "web:crowd"}
START_SECONDS = 90.0


def counting_hook(delay: float) -> FastAPI:
    """A code hook that writes the number of each turn it fulfils behind those in the session's attribute `turns`."""
    app = FastAPI()

    @app.post("/")
    def answer(event: dict[str, Any]) -> dict[str, object]:
        state = event["sessionState"]
        if event["invocationSource"] == "DialogCodeHook":
            return {"sessionState": {**state, "dialogAction": {"type": "Delegate"}}}
        time.sleep(delay)
        earlier = state["sessionAttributes"].get("turns", "")
        state["sessionAttributes"] = {"turns": f"{earlier} {event['requestAttributes']['turn']}".strip()}
        state["intent"]["state"] = "Fulfilled"
        message = {"contentType": "PlainText", "content": "Counted."}
        return {"sessionState": {**state, "dialogAction": {"type": "Close"}}, "messages": [message]}

    return app


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def process(**settings: str) -> Iterator[str]:
    """The address of a runtime in a process of its own, which may still be starting."""
    port = free_port()
    command = ["uvicorn", "--factory", "services.lex.main:create_app", "--port", str(port), "--no-access-log"]
    environment = {**os.environ, **{f"OMNILEX_{name.upper()}": value for name, value in settings.items()}}
    server = subprocess.Popen([sys.executable, "-m", *command], env=environment, stderr=subprocess.DEVNULL)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(30)


def wait_for(url: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            httpx.get(url + "/ready", timeout=5).raise_for_status()
        except httpx.HTTPError:
            assert time.monotonic() < deadline, "the replica did not start in time"
            time.sleep(0.1)
        else:
            return


class Crowd:
    """Clients that share one session, by turns at each of the replicas."""

    def __init__(self, urls: Sequence[str]) -> None:
        config = Config(retries={"total_max_attempts": 1}, max_pool_connections=TURNS, read_timeout=120)
        self.clients = [
            boto3.client(
                "lexv2-runtime",
                endpoint_url=url,
                region_name="us-east-1",
                aws_access_key_id="x",
                aws_secret_access_key="x",
                config=config,
            )
            for url in urls
        ]

    def say(self, turn: int) -> "Answer | None":
        """The answer, or nothing when the session was in use: what other errors there are is raised."""
        client = self.clients[turn % len(self.clients)]
        try:
            return client.recognize_text(**AT, text="help", requestAttributes={"turn": str(turn)})
        except client.exceptions.ConflictException:
            return None

    def all_at_once(self) -> "list[Answer | None]":
        with ThreadPoolExecutor(TURNS) as pool:
            return list(pool.map(self.say, range(TURNS)))

    def histories(self) -> list[list[str]]:
        """The turns in the session, as each replica tells."""
        return [told(client.get_session(**AT)) for client in self.clients]

    def close(self) -> None:
        for client in self.clients:
            client.close()


def told(answer: Any) -> list[str]:  # noqa: ANN401 - boto3's answers to RecognizeText and GetSession
    turns: str = answer["sessionState"]["sessionAttributes"]["turns"]
    return turns.split()


@contextmanager
def crowd(*replicas: AbstractContextManager[str]) -> Iterator[Crowd]:
    """The clients of the replicas, once these are ready."""
    with ExitStack() as stack:
        urls = [stack.enter_context(each) for each in replicas]
        for url in urls:
            wait_for(url)
        clients = Crowd(urls)
        stack.callback(clients.close)
        yield clients


def logged_turns(database_url: str) -> int:
    """How many utterances the conversation log has."""
    url = make_url(database_url.replace("+aiosqlite", ""))
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            return int(connection.execute(text("SELECT count(*) FROM lex_log_entries")).scalar_one())
    finally:
        engine.dispose()


def test_a_hundred_turns_at_once_make_one_history_that_holds_each_once(database_url: str, data_dir: Path) -> None:
    settings = {"data_dir": str(data_dir), "lex_database_url": database_url, "lex_turn_wait_seconds": "120"}
    with listening(counting_hook(delay=0)) as url:
        settings |= {"code_hook_url": url, "log_level": "WARNING"}
        with crowd(process(**settings), process(**settings)) as clients:
            answers = clients.all_at_once()
            histories = clients.histories()
    assert all(answer is not None for answer in answers)
    whole = histories[0]
    assert histories == [whole, whole]
    assert sorted(map(int, whole)) == list(range(TURNS))
    for turn, answer in enumerate(answers):
        assert answer is not None
        assert answer["messages"] == [{"contentType": "PlainText", "content": "Counted."}]
        assert answer["sessionState"]["intent"]["state"] == "Fulfilled"
        # It saw the turns before it, all of them and in their order, and none of those after it.
        place = whole.index(str(turn))
        assert told(answer) == whole[: place + 1]
    assert logged_turns(database_url) == TURNS


def test_turns_that_cannot_wait_are_conflicts_without_a_trace(database_url: str, make_settings: MakeSettings) -> None:
    with listening(counting_hook(delay=0.1)) as url:
        settings = make_settings(lex_database_url=database_url, code_hook_url=url, lex_turn_wait_seconds=1)
        with crowd(listening(create_app(settings)), listening(create_app(settings))) as clients:
            answers = clients.all_at_once()
            histories = clients.histories()
    answered = [str(turn) for turn, answer in enumerate(answers) if answer is not None]
    assert 0 < len(answered) < TURNS
    assert histories[0] == histories[1]
    assert sorted(histories[0]) == sorted(answered)
    assert logged_turns(database_url) == len(answered)
