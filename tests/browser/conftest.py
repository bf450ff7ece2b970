"""A real browser on the built pages. Without a Chromium on the machine these tests are skipped."""

import shutil
import subprocess
import threading
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
import uvicorn
from fastapi import FastAPI
from playwright.async_api import Browser, ConsoleMessage, Page, async_playwright, expect

from tests.browser.bank import DIST, Bank, create_bank

WEB = DIST.parent
NODE = Path(__file__).resolve().parents[2] / ".venv" / "bin"
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE_MS = 40_000
expect.set_options(timeout=PATIENCE_MS)
DESKTOP = {"width": 1280, "height": 860}
PHONE = {"width": 390, "height": 844}


@dataclass
class Site:
    """The address of the pages, and the bank behind them."""

    url: str
    app: FastAPI

    @property
    def bank(self) -> Bank:
        bank: Bank = self.app.state.bank
        return bank


@pytest.fixture(scope="session")
def chromium() -> str:
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    pytest.skip("there is no Chromium on this machine")


@pytest.fixture(scope="session")
def built_pages() -> None:
    if (DIST / "index.html").exists():
        return
    npm = str(NODE / "npm") if (NODE / "npm").exists() else shutil.which("npm")
    if npm is None:
        pytest.skip("the pages are not built and there is no npm to build them")
    environment = {"PATH": f"{Path(npm).parent}:/usr/bin:/bin", "HOME": str(Path.home())}
    for command in (["ci"], ["run", "build"]):
        subprocess.run([npm, *command], cwd=WEB, env=environment, check=True, capture_output=True, timeout=300)


@pytest.fixture(scope="session")
def running_site(built_pages: None) -> Iterator[Site]:
    app = create_bank(Bank())
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 10
    while not server.started:
        assert time.monotonic() < deadline, "the server did not start"
        time.sleep(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield Site(f"http://127.0.0.1:{port}", app)
    server.should_exit = True
    thread.join(10)


@pytest.fixture
def site(running_site: Site) -> Site:
    running_site.app.state.bank = Bank()
    return running_site


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser(chromium: str) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=QUIET)
        yield browser
        await browser.close()


async def opened(browser: Browser, site: Site, viewport: dict[str, int]) -> AsyncIterator[Page]:
    """A page of its own, which may not break a rule of the policy nor throw an error."""
    complaints: list[str] = []

    def note(message: ConsoleMessage) -> None:
        # The browser itself reports every answer that is an error; those are meant here.
        if message.type in ("error", "warning") and not message.text.startswith("Failed to load resource"):
            complaints.append(message.text)

    context = await browser.new_context(
        base_url=site.url, viewport=viewport, timezone_id="America/Los_Angeles", reduced_motion="reduce"
    )
    context.set_default_timeout(PATIENCE_MS)
    page = await context.new_page()
    page.on("console", note)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    await context.close()
    assert complaints == []


@pytest_asyncio.fixture(loop_scope="module")
async def page(browser: Browser, site: Site) -> AsyncIterator[Page]:
    async for page in opened(browser, site, DESKTOP):
        yield page


@pytest_asyncio.fixture(loop_scope="module")
async def phone(browser: Browser, site: Site) -> AsyncIterator[Page]:
    async for page in opened(browser, site, PHONE):
        yield page
