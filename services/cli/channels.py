"""`omnilex channels check`: what is configured of each channel, what URL to paste where, and whether it works."""

from rich.console import Console

from services.cli.chat import escaped
from services.cli.gateway import Gateway
from shared.schemas.channels import ChannelReport, ChannelTest

_CALLED = {
    "web": "Web chat",
    "sms": "Text messages (Twilio)",
    "voice": "Phone calls (Twilio)",
    "slack": "Slack",
    "connect": "Amazon Connect",
}


async def check(gateway: Gateway, token: str, console: Console, *, test: bool) -> bool:
    """Prints a paragraph for each channel; whether every test of a configured channel is good."""
    reports = (await gateway.channels(token, test=test)).channels
    for number, report in enumerate(reports):
        if number:
            console.print()
        _print(report, console)
    tests = [one for report in reports for one in report.tests or ()]
    failed = sum(not one.good for one in tests)
    if tests:
        console.print()
        said = f"[red]{failed} of {len(tests)} tests failed.[/]" if failed else "[green]Everything tested works.[/]"
        console.print(said)
    return not failed


def _print(report: ChannelReport, console: Console) -> None:
    console.print(f"[bold]{_CALLED[report.channel]}[/]  {escaped(report.told)}")
    settings = [
        f"{setting.name} {'is set' if setting.given else 'is missing'}" for setting in report.settings if setting.needed
    ]
    if settings:
        console.print(f"  settings  {escaped(', '.join(settings))}")
    for paste in report.paste:
        console.print(f"  paste     [cyan]{escaped(paste.value)}[/]")
        console.print(f"            into {escaped(paste.where)}")
    for one in report.tests or ():
        console.print(f"  {_mark(one)}  {escaped(f'{one.what}: {one.told}')}")


def _mark(test: ChannelTest) -> str:
    return "[green]works   [/]" if test.good else "[red]fails   [/]"
