"""The chat on the bank's page, over a gateway that is killed in the middle of a turn and started again."""

import asyncio
import re
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from playwright.async_api import Browser, expect
from starlette.requests import Request
from starlette.responses import JSONResponse

from tests.browser.conftest import DESKTOP, Site, opened
from tests.browser.test_chat import say
from tests.conftest import eventually
from tests.e2e.conftest import free_port
from tests.gateway.conftest import listening
from tests.gateway.test_sms_crashes import FakeRuntime, running

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

ANSWER = "**/api/v1/chat/messages"
LATE_MS = 40_000.0  # what a process that died had taken is free after 8 seconds


class SlowRuntime(FakeRuntime):
    """Takes as long over a turn as the test likes."""

    def __init__(self) -> None:
        super().__init__()
        self.going_on = asyncio.Event()
        self.going_on.set()
        self.asked = 0

    async def _turn(self, request: Request) -> JSONResponse:
        await request.body()  # who asks may be gone before we go on
        self.asked += 1
        async with asyncio.timeout(LATE_MS / 1000):  # a test that failed meanwhile must not wait for us
            await self.going_on.wait()
        return await super()._turn(request)


async def ready(url: str) -> None:
    async with httpx.AsyncClient(base_url=url) as client:

        async def alive() -> bool:
            try:
                return (await client.get("/health")).is_success
            except httpx.HTTPError:
                return False

        await eventually(alive)


@pytest.mark.usefixtures("built_pages")
async def test_nothing_is_lost_and_nothing_doubled(browser: Browser, data_dir: Path) -> None:
    runtime = SlowRuntime()
    async with (
        listening(runtime.app) as lex_url,
        running(data_dir, lex_url, "http://127.0.0.1:9", free_port()) as gateway,
    ):
        await ready(gateway.url)
        async for page in opened(browser, Site(gateway.url, FastAPI()), DESKTOP):
            page.context.set_default_timeout(LATE_MS)
            entries = page.locator(".chat-entry")
            await page.goto("/")
            await page.get_by_role("button", name="Chat with us").click()
            async with page.expect_response(ANSWER):  # the page takes no next message before
                await say(page, "one")
            await expect(entries).to_have_count(3, timeout=LATE_MS)

            runtime.going_on.clear()
            await say(page, "two")
            await eventually(lambda: runtime.asked == 2)
            gateway.kill()
            await expect(page.get_by_role("alert")).to_be_visible(timeout=LATE_MS)
            runtime.going_on.set()
            gateway.start()
            await ready(gateway.url)
            await expect(page.get_by_text("re: two")).to_be_visible(timeout=LATE_MS)

            gateway.kill()
            await say(page, "three")
            await expect(page.get_by_text("Not sent")).to_be_visible(timeout=LATE_MS)
            gateway.start()
            await ready(gateway.url)
            async with page.expect_response(ANSWER):
                await page.get_by_role("button", name="Try again").click()
            await expect(page.get_by_text("re: three")).to_be_visible(timeout=LATE_MS)
            await say(page, "four")
            await expect(page.get_by_text("re: four")).to_be_visible(timeout=LATE_MS)

            told = [re.compile("Welcome to OmniLex Bank")]
            for word in ("one", "two", "three", "four"):
                told += [re.compile(f"You: {word}$"), re.compile(f"Assistant: re: {word}$")]
            await expect(entries).to_have_text(told, timeout=LATE_MS)
            await page.reload()
            await expect(entries).to_have_text(told, timeout=LATE_MS)
    assert dict(runtime.turns) == {"one": 1, "two": 1, "three": 1, "four": 1}
