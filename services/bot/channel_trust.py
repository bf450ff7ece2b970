"""What a customer is told where the bank's channel trust table does not let them do what they ask for."""

from collections.abc import Collection

from services.bot.dialog import Answer, Turn
from services.bot.naming import listed
from services.bot.ports import Bank
from shared.errors import Problem
from shared.schemas.accounts import ChannelAction


async def refused_here(turn: Turn, bank: Bank, action: ChannelAction, sentence: str) -> Answer | None:
    """None where it may be done; else the sentence, and where it may. Raises what the accounts service raises."""
    trusted = [row.channel for row in await bank.accounts.channel_trust() if action in row.may]
    return None if turn.channel.lower() in trusted else _elsewhere(turn, bank, sentence, trusted)


def not_trusted(turn: Turn, bank: Bank, refusal: Problem, sentence: str) -> Answer | None:
    """The same for a refusal by the bank itself; None when it has another reason."""
    if refusal.members.get("code") != "channel_not_trusted":
        return None
    channels = refusal.members.get("channels")
    return _elsewhere(turn, bank, sentence, [str(name) for name in channels] if isinstance(channels, list) else [])


def _elsewhere(turn: Turn, bank: Bank, sentence: str, channels: Collection[str]) -> Answer:
    words = turn.words.general
    places = [place for channel, place in words.places.items() if channel in channels]
    told = [sentence, words.do_it_there.format(places=listed(places, turn.words))] if places else [sentence]
    return turn.failed(" ".join([*told, words.person.format(phone=bank.support_phone)]))
