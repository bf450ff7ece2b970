"""The chat on the bank's page, in a real browser."""

import pytest
from playwright.async_api import Page, expect

from tests.browser.bank import keep, text
from tests.browser.conftest import Site
from tests.conftest import eventually

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


MARKDOWN = """We have **two plans**:
- Basic, *no fee*
- Plus, 4.15 % interest
See [our plans](https://bank.example/plans) or [call us](tel:+18005550199).
<img src=x onerror=alert(1)> <b>not bold</b> [press](javascript:alert(2))"""


async def open_chat(page: Page) -> None:
    await page.goto("/")
    await page.get_by_role("button", name="Chat with us").click()
    await expect(page.locator(".chat-entry")).to_have_text(["Assistant: Welcome to OmniLex Bank. How can I help?"])


async def say(page: Page, text: str) -> None:
    await page.locator("#chat-input").fill(text)
    await expect(page.get_by_role("button", name="Send", exact=True)).to_be_enabled()  # or Enter would do nothing yet
    await page.locator("#chat-input").press("Enter")


async def verify(page: Page) -> None:
    await open_chat(page)
    await say(page, "What is my balance?")
    await expect(page.get_by_label("Your PIN", exact=True)).to_be_focused()
    await say(page, "2468")
    await expect(page.get_by_text("Identity verified")).to_be_visible()


async def test_a_customer_types_a_masked_pin_and_chooses_from_a_card(page: Page, site: Site) -> None:
    await open_chat(page)
    await expect(page.locator("#chat-input")).to_be_focused()
    await say(page, "What is my balance?")
    field = page.get_by_label("Your PIN", exact=True)
    await expect(field).to_have_attribute("type", "password")
    await expect(field).to_have_attribute("autocomplete", "off")
    await field.fill("2468")
    await page.get_by_role("button", name="Show the PIN").click()
    await expect(field).to_have_attribute("type", "text")
    await field.press("Enter")
    await page.get_by_role("button", name="Checking").click()
    await expect(page.get_by_text("holds $2,914.37")).to_be_visible()
    await expect(page.get_by_role("button", name="Checking")).to_be_disabled()
    said = await page.locator(".chat-entry.customer .bubble").all_inner_texts()
    assert said == ["What is my balance?", "••••", "checking"]
    assert "2468" not in await page.content()
    assert site.bank.heard == ["What is my balance?", "2468", "checking"]


async def test_the_assistant_is_seen_typing(page: Page, site: Site) -> None:
    site.bank.chat_delay = 0.6
    await open_chat(page)
    await page.get_by_role("button", name="Make a payment").click()
    await expect(page.get_by_text("The assistant is typing")).to_be_attached()
    await expect(page.get_by_text("I can tell you a balance")).to_be_visible()
    await expect(page.get_by_text("The assistant is typing")).not_to_be_attached()


async def test_a_reload_keeps_the_conversation(page: Page) -> None:
    await verify(page)
    await page.reload()
    await expect(page.get_by_text("Thank you, Dana. You are verified.")).to_be_visible()
    await expect(page.get_by_text("Identity verified")).to_be_visible()
    assert "2468" not in await page.content()
    await page.get_by_role("button", name="Savings").click()
    await expect(page.get_by_text("holds $2,914.37")).to_be_visible()


async def test_a_message_that_fails_is_kept_and_sent_again(page: Page, site: Site) -> None:
    await open_chat(page)
    site.bank.failures = [503, 429]
    await say(page, "hello there")
    await expect(page.get_by_role("alert")).to_contain_text("Something went wrong on our side")
    await expect(page.get_by_text("Not sent")).to_be_visible()
    await page.get_by_role("button", name="Try again").click()
    await expect(page.get_by_role("alert")).to_contain_text("Too many requests")
    await page.get_by_role("button", name="Try again").click()
    await expect(page.get_by_text("I can tell you a balance")).to_be_visible()
    await expect(page.get_by_text("Not sent")).not_to_be_attached()
    assert site.bank.heard == ["hello there"]


async def test_a_message_whose_answer_was_lost_is_not_said_twice(page: Page, site: Site) -> None:
    site.bank.streams = False
    await open_chat(page)
    site.bank.lose_answer = True
    await say(page, "pay 50 dollars")
    await page.get_by_role("button", name="Try again").click()
    await expect(page.get_by_text("I can tell you a balance")).to_be_visible()
    assert site.bank.heard == ["pay 50 dollars"]


async def test_a_lost_answer_comes_by_the_stream(page: Page, site: Site) -> None:
    await open_chat(page)
    site.bank.lose_answer = True
    await say(page, "pay 50 dollars")
    await expect(page.get_by_text("I can tell you a balance")).to_be_visible()
    assert site.bank.heard == ["pay 50 dollars"]


async def test_without_a_network_the_chat_says_so(page: Page) -> None:
    await open_chat(page)
    await page.context.set_offline(True)
    await say(page, "hello")
    await expect(page.get_by_role("alert")).to_contain_text("cannot be reached")
    await page.context.set_offline(False)
    await page.get_by_role("button", name="Try again").click()
    await expect(page.get_by_text("I can tell you a balance")).to_be_visible()


async def test_a_person_takes_over(page: Page, site: Site) -> None:
    await open_chat(page)
    await say(page, "a person, please")
    await expect(page.get_by_text("You are in line")).to_be_visible()
    await say(page, "I was charged twice")
    site.bank.typing = "agent"
    await expect(page.get_by_text("A member of our team is typing")).to_be_attached()
    site.bank.dialog = {"answeredBy": "agent"}
    for words in ("Hello, this is Kim.", "I am looking at it."):
        keep(site.bank, "chat-1", "agent", text(words))
    site.bank.typing = None
    await expect(page.locator(".chat-entry.agent .bubble")).to_have_text(["Hello, this is Kim.", "I am looking at it."])
    await expect(page.locator(".chat-speaker")).to_have_text(["Member of our team:"])
    await expect(page.get_by_text("You are in line")).not_to_be_attached()
    await expect(page.get_by_text("A person is answering you")).to_be_visible()
    await page.reload()
    await expect(page.locator(".chat-entry.agent")).to_have_count(2)
    await expect(page.get_by_text("A person is answering you")).to_be_visible()


async def test_a_broken_stream_is_taken_up_where_it_broke(page: Page, site: Site) -> None:
    await open_chat(page)
    await say(page, "hello")
    await expect(page.get_by_text("I can tell you a balance")).to_be_visible()
    keep(site.bank, "chat-1", "agent", text("This is Kim."))
    await expect(page.get_by_text("This is Kim.")).to_be_visible()  # which only the stream tells
    before = list(site.bank.followed_after)
    site.bank.streams = False
    await eventually(lambda: len(site.bank.followed_after) > len(before))
    keep(site.bank, "chat-1", "agent", text("While you were away."))
    site.bank.streams = True
    await expect(page.get_by_text("While you were away.")).to_have_count(1)
    await expect(page.locator(".chat-entry.customer")).to_have_count(1)
    assert before == [1]
    assert site.bank.followed_after[-1] >= 3


async def test_answers_are_drawn_with_a_little_markdown_and_nothing_else(page: Page, site: Site) -> None:
    await open_chat(page)
    keep(site.bank, "chat-1", "bot", text(MARKDOWN))
    bubble = page.locator(".chat-entry.bot .bubble").last
    await expect(bubble.locator("strong")).to_have_text(["two plans"])
    await expect(bubble.locator("li")).to_have_text(["Basic, no fee", "Plus, 4.15 % interest"])
    link = bubble.get_by_role("link")
    await expect(link).to_have_count(2)
    await expect(link.first).to_have_attribute("href", "https://bank.example/plans")
    await expect(link.first).to_have_attribute("rel", "noopener noreferrer")
    await expect(link.last).to_have_attribute("href", "tel:+18005550199")
    await expect(bubble).to_contain_text("<img src=x onerror=alert(1)>")
    await expect(bubble).to_contain_text("[press](javascript:alert(2))")
    await expect(bubble.locator("img, script, b")).to_have_count(0)


async def test_the_end_of_the_session_is_said_while_nothing_is_done(page: Page, site: Site) -> None:
    await open_chat(page)
    site.bank.ended = "expired"
    await expect(page.get_by_role("alert")).to_contain_text("session has expired")
    site.bank.ended = None
    await page.get_by_role("button", name="New chat").click()
    await expect(page.locator("#chat-input")).to_be_editable()


async def test_an_expired_session_offers_a_new_chat_and_gives_the_text_back(page: Page, site: Site) -> None:
    await open_chat(page)
    site.bank.failures = [401]
    await say(page, "open an account please")
    await expect(page.get_by_role("alert")).to_contain_text("session has expired")
    await page.get_by_role("button", name="New chat").click()
    await expect(page.locator("#chat-input")).to_have_value("open an account please")
    await expect(page.locator("#chat-input")).to_be_editable()  # else it begins in the bank of the next test
    await expect(page.locator(".chat-entry.customer")).to_have_count(0)


async def test_ending_the_chat_forgets_it(page: Page, site: Site) -> None:
    await open_chat(page)
    await page.get_by_role("button", name="End chat").click()
    await expect(page.get_by_role("alert")).to_contain_text("This chat has ended")
    assert site.bank.chats == {}
    await page.get_by_role("button", name="New chat").click()
    await expect(page.locator("#chat-input")).to_be_editable()
    assert list(site.bank.chats) == ["chat-1"]


async def test_the_keyboard_opens_and_closes_it(page: Page) -> None:
    await page.goto("/")
    launcher = page.get_by_role("button", name="Chat with us")
    await launcher.press("Enter")
    await expect(page.get_by_role("dialog")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).not_to_be_attached()
    await expect(launcher).to_be_focused()


async def test_the_page_opens_the_chat_with_a_question(page: Page) -> None:
    await page.goto("/")
    await page.get_by_role("button", name="Ask about a mortgage").click()
    await expect(page.locator("#chat-input")).to_have_value("How do I apply for a mortgage?")


async def test_on_a_phone_the_chat_covers_the_page(phone: Page) -> None:
    await phone.goto("/")
    assert await phone.evaluate("document.documentElement.scrollWidth") == 390
    await phone.get_by_role("button", name="Chat with us").click()
    box = await phone.get_by_role("dialog").bounding_box()
    assert box == {"x": 0, "y": 0, "width": 390, "height": 844}
    await expect(phone.locator("#page")).to_have_js_property("inert", True)
    await phone.get_by_role("button", name="Close the chat").click()
    await expect(phone.locator("#page")).to_have_js_property("inert", False)
