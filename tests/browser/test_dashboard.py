"""The staff dashboard, in a real browser."""

import re

import pytest
from playwright.async_api import FilePayload, Page, expect

from tests.browser.bank import LINES
from tests.browser.conftest import Site

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


async def sign_in(page: Page, path: str = "/dashboard", word: str = "correct horse") -> None:
    await page.goto(path)
    await page.get_by_label("User name").fill("priya")
    await page.get_by_label("Password").fill(word)
    await page.get_by_role("button", name="Sign in").click()


async def test_a_wrong_password_is_told_and_a_right_one_opens(page: Page) -> None:
    await sign_in(page, word="wrong")
    await expect(page.get_by_role("alert")).to_contain_text("password is not right")
    await page.get_by_label("Password").fill("correct horse")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Interactions")).to_be_visible()
    await page.reload()
    await expect(page.get_by_role("heading", name="Interactions")).to_be_visible()
    await page.get_by_role("button", name="Sign out").click()
    await page.reload()
    await expect(page.get_by_label("Password")).to_be_visible()


async def test_an_expired_token_leads_back_to_where_one_was(page: Page, site: Site) -> None:
    await sign_in(page, "/dashboard/ledger")
    await expect(page.get_by_role("heading", name="Ledger")).to_be_visible()
    refresh = page.get_by_role("button", name="Refresh")
    await expect(refresh).to_be_enabled()  # the first load has ended
    site.bank.staff_tokens.clear()
    await refresh.click()
    await expect(page.get_by_role("status")).to_contain_text("Your session has expired")
    await page.get_by_label("User name").fill("priya")
    await page.get_by_label("Password").fill("correct horse")
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("heading", name="Ledger")).to_be_visible()


async def test_the_list_is_sorted_by_the_server(page: Page, site: Site) -> None:
    await sign_in(page)
    rows = page.locator("tbody tr")
    await expect(rows).to_have_count(50)
    await expect(rows.first).to_contain_text("Mar 2, 2026, 1:30")  # in the viewer's zone
    await expect(rows.first).to_contain_text("02:45")
    await expect(rows.nth(3).locator("td").nth(4)).to_contain_text("Not known")
    await page.get_by_role("button", name="Caller sentiment").click()
    await expect(page.get_by_role("columnheader", name="Caller sentiment")).to_have_attribute("aria-sort", "descending")
    await page.get_by_role("button", name="Caller sentiment").click()
    await expect(page).to_have_url(re.compile(r"\?sort=caller_average&order=asc$"))
    lowest = min(row["caller_average"] for row in site.bank.interactions if row["caller_average"] is not None)
    await expect(rows.first).to_contain_text(f"−{abs(lowest):.2f}")
    asked = site.bank.queries[-1]
    assert (asked["sort"], asked["order"]) == ("caller_average", "asc")
    await page.get_by_role("button", name="Load more").click()
    await expect(rows).to_have_count(60)


async def test_filters_live_in_the_address(page: Page, site: Site) -> None:
    await sign_in(page)
    await page.get_by_role("combobox", name="Channel").select_option("sms")
    await expect(page.locator("tbody tr")).to_have_count(12)
    await page.get_by_label("From").fill("2026-02-01")
    await expect(page).to_have_url(re.compile(r"\?channel=sms&from=2026-02-01$"))
    await page.reload()
    await expect(page.locator("tbody tr")).to_have_count(12)
    assert site.bank.queries[-1]["from"] == "2026-02-01T08:00:00.000Z"
    site.bank.interactions = []
    await page.get_by_role("button", name="Refresh").click()
    await expect(page.get_by_text("Nothing fits these filters")).to_be_visible()
    await page.get_by_role("button", name="Clear the filters").click()
    await expect(page.get_by_text("No interactions yet")).to_be_visible()


async def test_the_detail_shows_a_graph_of_both_speakers(page: Page) -> None:
    await sign_in(page)
    await page.get_by_role("link", name=re.compile("Mar 2, 2026, 1:30")).click()
    await expect(page.get_by_role("heading", name="Call with Sam Whitfield")).to_be_visible()
    await expect(page.get_by_text("over 5 of 7 turns").first).to_be_visible()
    for role, label in (("caller", "spk_1"), ("agent", "spk_0")):
        scores = [score for speaker, _, score in LINES if speaker == label]
        known = [score for score in scores if score is not None]
        await expect(page.locator(f".points .point.{role}.scored")).to_have_count(len(known))
        await expect(page.locator(f".points .point.{role}.hollow")).to_have_count(len(scores) - len(known))
    await expect(page.get_by_role("group", name="Sentiment over time")).to_have_count(1)
    await expect(page.locator("figcaption")).to_contain_text("Caller: average −0.07 over 5 of 7 turns, trend +1.72.")
    await page.get_by_text("The same as a table").click()
    await expect(page.locator(".graph-data tbody tr")).to_have_count(len(LINES))


async def test_the_graph_leads_to_the_transcript(page: Page) -> None:
    await sign_in(page, "/dashboard/interactions/I-0000")
    points = page.locator(".points .point")
    await points.nth(0).focus()
    await page.keyboard.press("ArrowRight")
    await expect(points.nth(1)).to_be_focused()
    await expect(points.nth(1)).to_have_attribute("aria-label", re.compile("Caller at 00:11, sentiment −0.72: Hi"))
    await expect(page.locator(".tooltip")).to_contain_text("charged a late fee twice")
    await points.nth(11).click()
    await expect(page.locator("#turn-11")).to_be_focused()
    await expect(page.locator("#turn-11")).to_be_in_viewport()
    await expect(page.locator("#turn-3")).to_contain_text("Interruption")
    await expect(page.locator("#turn-5 .turn-text")).to_have_text("It is bank account number, under Sam Whitfield.")
    await expect(page.locator("#turn-13")).to_contain_text("Not known: no words to analyse")


async def test_what_was_found_is_told_with_its_evidence(page: Page) -> None:
    await sign_in(page)
    await expect(page.locator("tbody tr").first.locator(".warning-mark")).to_contain_text(
        "2 warnings: The recording is"
    )
    await page.goto("/dashboard/interactions/I-0000")
    quality = page.get_by_role("region", name="Not to be relied on, and kept out of averages")
    await expect(quality).to_contain_text("The recording is too loud: 4% is cut off.")
    short = page.get_by_role("region", name="In short")
    await expect(short.locator(".summary li")).to_have_count(4)
    await expect(short.locator(".summary li").nth(2)).to_have_text(re.compile("^Agent I have just refunded it"))
    await expect(short.locator(".category-name")).to_have_text(
        ["Issue Fees", "Action Refund promised", "Category Long silence"]
    )
    await expect(page.locator("#turn-6 .turn-found")).to_have_text("Fees")
    await expect(short.get_by_role("button", name=re.compile("01:09"))).to_be_hidden()
    await short.get_by_text("1 more turn").click()
    await short.get_by_role("button", name=re.compile("01:09 Thank you. I see both fees")).click()
    await expect(page.locator("#turn-6")).to_be_focused()
    await expect(page.locator("#turn-6")).to_be_in_viewport()


async def test_a_summary_says_who_wrote_it(page: Page, site: Site) -> None:
    row = site.bank.interactions[0]
    row["source"]["summary_engine"] = "the parties' own words"
    await sign_in(page, "/dashboard/interactions/I-0000")
    short = page.get_by_role("region", name="In short")
    await expect(short.locator(".summary li")).to_have_count(4)
    await expect(short.get_by_text("Written by")).to_have_count(0)
    row["source"]["summary_engine"] = "Amazon Bedrock, a model"
    row["summary"] = ["The caller was charged twice and got the fee back."]
    await page.reload()
    await expect(short.locator(".summary li")).to_have_text("The caller was charged twice and got the fee back.")
    await expect(short).to_contain_text("Written by Amazon Bedrock, a model, not in the parties' own words.")


async def test_a_number_says_why_it_is_what_it_is(page: Page) -> None:
    await sign_in(page, "/dashboard/interactions/I-0000")
    caller = page.locator(".speaker.caller")
    await caller.get_by_role("button", name="why this average?").click()
    why = page.get_by_role("dialog", name="Average · Caller: Sam Whitfield")
    await expect(why.locator(".why-value")).to_have_text("−0.07")
    await expect(why.locator(".why-sum")).to_have_text("(−0.72 − 0.85 + 0.00 + 0.31 + 0.93) ÷ 5 = −0.07")
    await expect(why.locator(".why-facts")).to_contain_text("positive from 0.40, negative from 0.40")
    await expect(why.locator(".why-turns > li")).to_have_count(5)
    await expect(why.locator(".why-turns > li").first).to_contain_text("really annoyed −1.9")
    await page.keyboard.press("Escape")
    await expect(why).to_have_count(0)
    await caller.get_by_role("button", name="why the average of quarter 2?").click()
    nothing = page.get_by_role("dialog", name="Second quarter · Caller: Sam Whitfield")
    await expect(nothing).to_contain_text("Not known")
    await expect(nothing).to_contain_text("No turn counts for it.")
    await nothing.get_by_role("button", name="Close").click()
    await page.locator("#turn-1").get_by_role("button", name=re.compile("^−0.72 ?: why this score")).click()
    turn = page.get_by_role("dialog", name="Turn at 00:11")
    await expect(turn.locator(".why-sum")).to_have_text("−(0.83 − 0.40) ÷ (1 − 0.40) = −0.72")
    await turn.get_by_role("button", name=re.compile("^00:11 ?: go to this turn")).click()
    await expect(turn).to_have_count(0)
    await expect(page.locator("#turn-1")).to_be_focused()


async def test_an_explanation_that_fails_can_be_asked_for_again(page: Page, site: Site) -> None:
    await sign_in(page, "/dashboard/interactions/I-0000")
    site.bank.failures = [503]
    await page.locator(".speaker.agent").get_by_role("button", name="why this trend?").click()
    why = page.get_by_role("dialog", name="Trend · Agent: Priya")
    await expect(why).to_contain_text("Something went wrong on our side.")
    await why.get_by_role("button", name="Try again").click()
    await expect(why.locator(".why-sum")).to_have_text("+0.88 − (+0.23) = +0.66")


async def test_two_voices_are_swapped_and_the_page_is_read_again(page: Page, site: Site) -> None:
    await sign_in(page, "/dashboard/interactions/I-0000")
    swap = page.get_by_role("button", name="Swap the two voices")
    site.bank.failures = [503]
    await swap.click()
    await expect(page.get_by_role("alert")).to_have_text("Something went wrong on our side.")
    await expect(page.locator(".speaker.caller .measures")).to_contain_text("−0.07")
    await swap.click()
    await expect(page.get_by_role("status")).to_contain_text("The voices are swapped.")
    await expect(page.locator(".speaker.agent .measures")).to_contain_text("−0.07")
    await expect(page.locator(".speaker.agent")).to_contain_text("Role put right by a person")
    await expect(page.locator("#turn-1")).to_contain_text("Agent")
    await expect(page.locator(".category-name", has_text="Fees")).to_have_count(0)
    assert {one["speaker"]: one["role"] for one in site.bank.interactions[0]["speakers"]} == {
        "spk_0": "CALLER",
        "spk_1": "AGENT",
    }


async def test_who_may_not_correct_is_not_asked_to(page: Page, site: Site) -> None:
    site.bank.staff_roles = ["agent"]
    await sign_in(page, "/dashboard/interactions/I-0000")
    await expect(page.get_by_role("heading", name="In short")).to_be_visible()
    await expect(page.get_by_role("button", name="Swap the two voices")).to_have_count(0)


async def test_the_reasons_fit_on_a_phone(phone: Page) -> None:
    await sign_in(phone, "/dashboard/interactions/I-0000")
    await phone.locator(".speaker.caller").get_by_role("button", name="why this average?").click()
    await expect(phone.locator(".why-turns > li")).to_have_count(5)
    box = await phone.get_by_role("dialog").bounding_box()
    assert box is not None
    assert (box["x"], box["width"], box["y"] + box["height"]) == (0, 390, 844)
    assert await phone.evaluate("document.querySelector('dialog').scrollWidth") <= 390


async def test_a_call_is_listened_to(page: Page) -> None:
    await sign_in(page, "/dashboard/interactions/I-0000")
    await expect(page.get_by_text("Personal data is silenced in 1 place.")).to_be_visible()
    await page.get_by_role("button", name="Listen").click()
    player = page.get_by_label("Recording of the call")
    await expect(player).to_be_visible()
    await expect(player).to_have_js_property("duration", 2)
    await expect(player).to_have_js_property("error", None)


async def test_an_interaction_that_is_not_there(page: Page) -> None:
    await sign_in(page, "/dashboard/interactions/none")
    await expect(page.get_by_role("heading", name="There is no such interaction")).to_be_visible()


async def test_uploads_are_followed_to_their_fate(page: Page) -> None:
    await sign_in(page, "/dashboard/upload")
    files: list[FilePayload] = [
        {"name": "renamed.wav", "mimeType": "audio/wav", "buffer": b"only text" * 90_000},
        {"name": "call.json", "mimeType": "application/json", "buffer": b"{}"},
    ]
    await page.evaluate("""new MutationObserver(() => {
        const bar = document.querySelector('progress');
        if (bar) (window.progress ??= []).push(bar.value);
    }).observe(document.body, { childList: true, subtree: true, attributes: true })""")
    await page.get_by_label("Files to upload").set_input_files(files)
    await expect(page.locator(".upload", has_text="renamed.wav")).to_contain_text("This is not a recording")
    await expect(page.locator(".upload", has_text="renamed.wav")).to_contain_text("Rejected")
    assert max(await page.evaluate("window.progress")) > 0
    await page.get_by_role("link", name="See the interaction").click()
    await expect(page.get_by_role("heading", name="Call with Sam Whitfield")).to_be_visible()
    await page.get_by_role("link", name="Ledger").click()
    await page.get_by_label("Fate").select_option("rejected")
    await expect(page.locator("tbody tr")).to_have_count(1)
    await expect(page).to_have_url(re.compile(r"/dashboard/ledger\?fate=rejected$"))


@pytest.mark.parametrize("path", ["", "/interactions/I-0000", "/upload", "/ledger"])
async def test_nothing_is_wider_than_a_phone(phone: Page, path: str) -> None:
    await sign_in(phone, f"/dashboard{path}")
    await expect(phone.locator("h1")).to_be_visible()
    await phone.wait_for_load_state("networkidle")
    assert await phone.evaluate("document.documentElement.scrollWidth") == 390


async def test_the_api_documentation_works_offline(page: Page) -> None:
    for name in ("swagger-ui.css", "swagger-ui-bundle.js"):
        assert (await page.request.get(f"/swagger/{name}")).ok
