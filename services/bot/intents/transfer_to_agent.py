"""TransferToAgent: hands the customer over to a person, where the channel can; else tells how to reach one."""

import json

from services.bot.dialog import Answer, IntentHandler, Turn
from services.bot.ports import Bank

TRANSFER = "omnilex:transfer"
_CONNECT = frozenset({"connect", "connect-chat"})
_CAN_TRANSFER = _CONNECT | {"voice"}


async def answer(turn: Turn, bank: Bank) -> Answer:
    """Leaves in the session what the person who takes over needs: who was verified and what was asked, no secrets."""
    words, waiting = turn.words.general, turn.interrupted
    handed = {
        "customerId": turn.customer.customer_id if turn.customer else None,
        "intent": waiting.name if waiting else None,
        "slots": waiting.slots if waiting else {},
    }
    turn.attributes[TRANSFER] = json.dumps(handed)
    if turn.channel in _CONNECT:  # a flow reads one attribute by its plain name, and no document
        turn.attributes["transferVerified"] = "yes" if turn.customer else "no"
        turn.attributes["transferCustomerId"] = turn.customer.customer_id if turn.customer else "unknown"
        turn.attributes["transferIntent"] = waiting.name if waiting else "none"
    if turn.has_people or turn.channel in _CAN_TRANSFER:
        return turn.fulfilled(words.person_connecting)
    return turn.fulfilled(words.person.format(phone=bank.support_phone))


TRANSFER_TO_AGENT = IntentHandler(answer)
