"""What is configured of each channel, what URL goes where, and whether its credentials are good."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

from services.gateway.settings import GatewaySettings
from shared.schemas.channels import (
    ChannelName,
    ChannelPaste,
    ChannelReport,
    ChannelReports,
    ChannelSetting,
    ChannelTest,
)
from shared.settings import DEVELOPMENT_SECRET

Test = Callable[[], Awaitable[Sequence[ChannelTest]]]
_ORDER: tuple[ChannelName, ...] = ("web", "sms", "voice", "slack", "connect")
_SECONDS = 20.0
_NO_ADDRESS = "https://…"


class ChannelReporter:
    """`tests` by channel; each tells without showing a secret."""

    def __init__(self, settings: GatewaySettings, tests: Mapping[ChannelName, Test]) -> None:
        self._settings = settings
        self._tests = tests

    async def report(self, *, test: bool) -> ChannelReports:
        """With `test` the credentials of each configured channel are tried, all at once."""
        described = [self._described(name) for name in _ORDER]
        if test:
            described = list(await asyncio.gather(*(self._tested(report) for report in described)))
        return ChannelReports(channels=described)

    async def _tested(self, report: ChannelReport) -> ChannelReport:
        tests = self._tests.get(report.channel)
        if not report.configured or tests is None:
            return report
        try:
            async with asyncio.timeout(_SECONDS):
                found = list(await tests())
        except TimeoutError:
            found = [ChannelTest(what="the credentials", good=False, told="There was no answer in time.")]
        return report.model_copy(update={"tests": found})

    def _described(self, name: ChannelName) -> ChannelReport:
        match name:
            case "web":
                return self._web()
            case "sms":
                return self._twilio(
                    name, {"Messaging service > Integration > Incoming messages > Send a webhook": "sms"}
                )
            case "voice":
                number = "Phone number > Voice configuration"
                return self._twilio(
                    name,
                    {
                        f"{number} > A call comes in > Webhook": "voice",
                        f"{number} > Call status changes": "voice/status",
                    },
                )
            case "slack":
                return self._slack()
            case "connect":
                return self._connect()

    def _url(self, path: str) -> str:
        return (self._settings.public_url.rstrip("/") or _NO_ADDRESS) + path

    def _web(self) -> ChannelReport:
        sites = self._settings.allowed_origins
        told = "On: the bank's own pages" + (f", and those of {', '.join(sites)}." if sites else ".")
        return ChannelReport(
            channel="web",
            configured=True,
            told=told,
            settings=[self._setting("public_url", needed=False), self._setting("allowed_origins", needed=False)],
            paste=[ChannelPaste(where="a browser", value=self._url("/"))],
        )

    def _twilio(self, name: ChannelName, places: dict[str, str]) -> ChannelReport:
        """`places` maps where in Twilio's console to which of our paths."""
        settings = [self._setting(one) for one in ("twilio_account_sid", "twilio_auth_token", "public_url")]
        paste = [
            ChannelPaste(where=f"Twilio console: {where} (HTTP POST)", value=self._url(f"/webhooks/twilio/{path}"))
            for where, path in places.items()
        ]
        return self._provided(name, settings, paste)

    def _slack(self) -> ChannelReport:
        legacy = self._settings.slack_signing_secret is None and self._settings.slack_verification_token is not None
        proof = "slack_verification_token" if legacy else "slack_signing_secret"
        settings = [self._setting(one) for one in ("slack_client_id", "slack_client_secret", proof, "public_url")]
        events = "message.im, app_mention, app_home_opened, app_uninstalled, tokens_revoked"
        paste = [
            ChannelPaste(where="api.slack.com: OAuth & Permissions > Redirect URLs", value=self._url(SLACK_REDIRECT)),
            ChannelPaste(
                where=f"api.slack.com: Event Subscriptions > Request URL (bot events {events})",
                value=self._url("/webhooks/slack/events"),
            ),
            ChannelPaste(
                where="api.slack.com: Interactivity & Shortcuts > Request URL",
                value=self._url("/webhooks/slack/interactivity"),
            ),
            ChannelPaste(where="a browser, to install the app in a workspace", value=self._url("/slack/install")),
        ]
        return self._provided("slack", settings, paste)

    def _connect(self) -> ChannelReport:
        settings = [self._setting("code_hook_secret"), self._setting("public_url")]
        paste = [
            ChannelPaste(where="the forwarder function behind Amazon Lex: its URL", value=self._url("/webhooks/lex")),
            ChannelPaste(
                where="Amazon Connect: Flows > Import", value="infra/connect/omnilex-voice.json, omnilex-chat.json"
            ),
        ]
        return self._provided("connect", settings, paste)

    def _provided(self, name: ChannelName, settings: list[ChannelSetting], paste: list[ChannelPaste]) -> ChannelReport:
        missing = [setting.name for setting in settings if not setting.given]
        told = f"Off. Set {', '.join(missing)}." if missing else "On."
        if not missing and not self._settings.public_url.startswith("https://"):
            told = "On, but OMNILEX_PUBLIC_URL is not https: providers will not call it."
        return ChannelReport(channel=name, configured=not missing, told=told, settings=settings, paste=paste)

    def _setting(self, name: str, *, needed: bool = True) -> ChannelSetting:
        value = getattr(self._settings, name)
        plain = value.get_secret_value() if hasattr(value, "get_secret_value") else value
        given = bool(plain) and plain != DEVELOPMENT_SECRET
        return ChannelSetting(name=f"OMNILEX_{name.upper()}", given=given, needed=needed)


SLACK_REDIRECT = "/slack/oauth_redirect"
