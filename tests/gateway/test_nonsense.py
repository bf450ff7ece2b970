"""What no provider and no browser sends, but somebody will: refused or let go, never a fault of ours."""

import base64
import json
import random
from datetime import UTC, datetime

import pytest

from services.gateway.settings import GatewaySettings
from tests.gateway.conftest import signed_in
from tests.gateway.fakes_twilio import sid
from tests.gateway.test_chat import opened
from tests.gateway.test_sms import SMS, STATUS, line

NUL = "a\x00b"  # PostgreSQL keeps no text with it
HANDOFF = "/api/v1/handoffs/" + "a" * 26
FORMS = 150
VALUES = (
    "", "\x00", NUL, "😀" * 50, "x" * 5000, "-1", "9" * 20, "\u0661", "<a>", "&", "\x7f", "1e999", "nan", "STOP",
    "completed", "delivered", "+15550001111", "CA" + "0" * 32, "Mon, 01 Jan 0001 00:00:00 -9999",
    "Thu, 01 Jan 1970 00:00:00 +99999999999999",
)  # fmt: skip


def cursor() -> str:
    """Of a listing by time, with a name that is not ours."""
    return base64.urlsafe_b64encode(f"{datetime.now(UTC).isoformat()}|{NUL}".encode()).decode()


async def test_texts_that_cannot_be_kept_are_refused(settings: GatewaySettings, database_url: str) -> None:
    async with line(settings, gateway_database_url=database_url) as here:
        admin = await signed_in(here.client)
        requests: list[tuple[str, str, object, dict[str, str]]] = [
            ("POST", "/api/v1/chat/messages", {"text": NUL}, await opened(here.client)),
            ("POST", "/api/v1/auth/login", {"username": NUL, "password": "password-of-theirs"}, {}),
            ("GET", "/api/v1/users?cursor=a%00b", None, admin),
            ("GET", f"/api/v1/handoffs?cursor={cursor()}", None, admin),
            ("GET", f"/api/v1/customers/C-7KQ2M9XWPA/conversations?cursor={cursor()}", None, admin),
            ("POST", f"{HANDOFF}/assign", {"username": NUL}, admin),
            ("POST", f"{HANDOFF}/messages", {"text": NUL}, {**admin, "idempotency-key": "a-key-of-it"}),
        ]
        for method, path, body, headers in requests:
            content = None if body is None else json.dumps(body)
            sent = {**headers, "content-type": "application/json"}
            answer = await here.client.request(method, path, content=content, headers=sent)
            assert answer.status_code == 422, (path, answer.text)


@pytest.mark.parametrize(
    "path",
    [
        SMS,
        f"{STATUS}?message=1",
        "/webhooks/twilio/voice",
        "/webhooks/twilio/voice/turn?turn=1",
        "/webhooks/twilio/voice/dialled?turn=1",
        "/webhooks/twilio/voice/status",
        "/webhooks/twilio/voice/recording",
    ],
)
async def test_signed_nonsense_is_no_fault_of_ours(settings: GatewaySettings, database_url: str, path: str) -> None:
    rng = random.Random(5)  # noqa: S311  the same nonsense each time
    async with line(settings, gateway_database_url=database_url, channel_messages_per_minute=10_000) as here:
        await here.webhooks.text("hello")
        for number in range(FORMS):
            form = here.webhooks.sms("hello", sender=f"+1555{number:07}") | {
                "CallSid": sid("CA", number),
                "CallStatus": "in-progress",
                "RecordingSid": sid("RE", number),
                "RecordingStatus": "completed",
                "RecordingStartTime": "Mon, 16 Nov 2026 00:00:00 +0000",
                "Digits": "",
                "SpeechResult": "",
                "Confidence": "0.9",
                "MessageStatus": "sent",
                "ErrorCode": "",
                "DialCallStatus": "",
                "OptOutType": "",
                "StirVerstat": "",
            }
            spoilt = rng.sample(sorted(form.keys() - {"AccountSid"}), rng.randrange(1, 4))
            answer = await here.webhooks.post(path, form | {name: rng.choice(VALUES) for name in spoilt})
            assert answer.status_code in (200, 204, 422), (path, spoilt, answer.text)
