"""An agent at work: the line, a conversation, the way back, in a real browser over the real gateway."""

from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from services.gateway.settings import GatewaySettings
from tests.browser.conftest import DESKTOP, DIST, Site, opened
from tests.gateway.conftest import listening
from tests.gateway.test_chat import said
from tests.gateway.test_handoffs import desk

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


async def sign_in(page: Page, username: str) -> None:
    await page.goto("/dashboard/conversations")
    await page.get_by_label("User name").fill(username)
    await page.get_by_label("Password").fill("password-of-theirs")
    await page.get_by_role("button", name="Sign in").click()


@pytest.mark.usefixtures("built_pages")
async def test_agent_takes_writes_reads_and_gives_back(browser: Browser, data_dir: Path) -> None:
    settings = GatewaySettings(data_dir=data_dir, web_root=DIST)
    async with desk(settings) as here, listening(here.app) as url:
        async for page in opened(browser, Site(url, here.app), DESKTOP):
            await sign_in(page, "agent")
            await page.get_by_role("button", name="Take").click()
            await expect(page.get_by_role("heading", name="C-7KQ2M9XWPA")).to_be_visible()
            facts = page.get_by_role("complementary")
            for fact in ("Gave the PIN to the bot", "City Power", "−0.20 on average"):
                await expect(facts).to_contain_text(fact)
            talk = page.get_by_role("log")
            await expect(talk).to_contain_text("a person please!!!")

            await page.get_by_label("Message to the customer").fill("Good morning, this is Kim.")
            await page.keyboard.press("Enter")
            await expect(talk).to_contain_text("Good morning, this is Kim.")
            await expect(page.get_by_label("Message to the customer")).to_have_value("")
            assert ("agent", "Good morning, this is Kim.") in await here.seen()
            await said(here.client, here.customer, "hello <b>Kim</b>")
            await expect(talk).to_contain_text("hello <b>Kim</b>")

            await page.reload()
            await expect(talk).to_contain_text("hello <b>Kim</b>")
            assert await talk.get_by_text("Good morning, this is Kim.").count() == 1
            await page.get_by_role("button", name="Back to the bot").click()
            await expect(page.get_by_text("Nobody is waiting for a person")).to_be_visible()
        assert (await here.seen())[-1] == ("bot", "You're back with the bot. What else can I do for you?")


@pytest.mark.usefixtures("built_pages")
async def test_agent_sees_that_a_supervisor_took_over(browser: Browser, data_dir: Path) -> None:
    settings = GatewaySettings(data_dir=data_dir, web_root=DIST)
    async with desk(settings) as here, listening(here.app) as url:
        async for page in opened(browser, Site(url, here.app), DESKTOP):
            await sign_in(page, "agent")
            await page.get_by_role("button", name="Take").click()
            await expect(page.get_by_label("Message to the customer")).to_be_visible()
            handoff = page.url.rpartition("/")[2]
            assert (await here.do(here.boss, handoff, "assign", {"username": "agent-analyst"})).status_code == 204
            await page.get_by_label("Message to the customer").fill("still me")
            await page.keyboard.press("Enter")
            await expect(page.get_by_role("alert").first).to_contain_text("agent-analyst has it.")
        assert ("agent", "still me") not in await here.seen()
