"""A person of the bank in Slack: takes a conversation over, writes into it, gives it back."""

from services.gateway.settings import GatewaySettings
from tests.conftest import eventually
from tests.gateway.conftest import says, with_roles
from tests.gateway.slack_requests import in_slack
from tests.gateway.test_handoffs import HANDOFFS, hands_over

THREAD = "1700000000.000042"


async def test_staff_write_into_the_thread_that_was_last_written_in(settings: GatewaySettings) -> None:
    async with in_slack(settings) as peer:
        kim = await with_roles(peer.client, "agent")
        peer.lex.turn = hands_over()
        await peer.say("a person please", thread_ts=THREAD)
        await eventually(lambda: peer.slack.messages)
        (item,) = (await peer.client.get(HANDOFFS, headers=kim)).json()["items"]
        assert item["channel"] == "slack"
        path = f"{HANDOFFS}/{item['handoff_id']}"
        assert (await peer.client.post(f"{path}/take", headers=kim)).status_code == 200
        await peer.say("my card <b> & all is gone", thread_ts=THREAD)
        written = await peer.client.post(
            f"{path}/messages",
            headers={**kim, "idempotency-key": "a-key-of-it"},
            json={"text": "Hello <!channel>, I am Kim."},
        )
        assert written.status_code == 202, written.text
        await eventually(lambda: "Kim" in peer.slack.messages[-1].text)
        assert peer.slack.messages[-1].text == "Hello &lt;!channel&gt;, I am Kim."
        assert {message.thread_ts for message in peer.slack.messages} == {THREAD}
        assert peer.texts_heard() == ["a person please"]
        assert (await peer.client.post(f"{path}/return", headers=kim)).status_code == 204
        peer.lex.turn = says("The bot again.")
        await peer.say("thanks")
        await eventually(lambda: peer.slack.messages[-1].text == "The bot again.")
        assert peer.slack.messages[-1].thread_ts is None
        assert not peer.slack.breaches
