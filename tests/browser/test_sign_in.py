"""Sign-in at an identity provider, in a real browser: the gateway itself with its pages and its rules for them."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from services.gateway.main import create_app
from services.gateway.settings import GatewaySettings
from tests.gateway.conftest import listening
from tests.gateway.identity_provider import IdentityProvider

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]
LEAVE = "Sign in with your bank account for staff"


@dataclass
class Desk:
    page: Page
    provider: IdentityProvider


@pytest_asyncio.fixture(loop_scope="module")
async def desk(browser: Browser, built_pages: None, tmp_path: Path) -> AsyncIterator[Desk]:
    provider = IdentityProvider()
    async with AsyncExitStack() as stack:
        address = await stack.enter_async_context(listening(provider.app))
        settings = GatewaySettings(data_dir=tmp_path, **provider.settings(address))
        url = await stack.enter_async_context(listening(create_app(settings)))
        context = await browser.new_context(base_url=url)
        stack.push_async_callback(context.close)
        yield Desk(await context.new_page(), provider)


async def test_provider_leads_back_to_where_one_was(desk: Desk) -> None:
    page = desk.page
    await page.goto("/dashboard/ledger?fate=failed")
    await expect(page.get_by_label("Password")).to_have_count(0)
    await page.get_by_role("button", name=LEAVE).click()
    await expect(page.get_by_role("heading", name="Ledger")).to_be_visible()
    assert page.url.endswith("/dashboard/ledger?fate=failed")
    await expect(page.get_by_text("pat", exact=True)).to_be_visible()
    await page.reload()
    await expect(page.get_by_role("heading", name="Ledger")).to_be_visible()


async def test_who_says_no_is_told_and_may_try_again(desk: Desk) -> None:
    page, desk.provider.declines = desk.page, True
    await page.goto("/dashboard")
    await page.get_by_role("button", name=LEAVE).click()
    await expect(page.get_by_role("alert")).to_contain_text("You were not signed in")
    assert page.url.endswith("/dashboard")
    desk.provider.declines = False
    await page.get_by_role("button", name=LEAVE).click()
    await expect(page.get_by_role("heading", name="Interactions")).to_be_visible()


async def test_code_that_somebody_else_sends_along_is_not_used(desk: Desk) -> None:
    await desk.page.goto("/dashboard?code=of-somebody-else&state=guessed")
    await expect(desk.page.get_by_role("alert")).to_contain_text("begun in another tab")
    assert desk.page.url.endswith("/dashboard")
