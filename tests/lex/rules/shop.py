"""A shop that sells shirts: the bot whose settings the tests of the rules change."""

from services.lex.bots import ServedLocale
from services.lex.definition.model import IntentDefinition
from tests.lex.conversation import (
    Conversation,
    Document,
    FakeHook,
    hooked,
    intent,
    said,
    served,
    slot,
    step,
    waits_for,
    words,
)

GREET = intent("Greet", "good day to you", "greetings friend", intentClosingSetting={"closingResponse": words("Hi.")})
ORDER = "OrderShirt"
CONFIRM: Document = {"promptSpecification": {**words("{Count} {Size}?"), "maxRetries": 1}}
HOOKED: Document = {"enabled": True}
ENDS: Document = {"dialogAction": {"type": "EndConversation"}}
NOISE = "purple elephants"
CALLS = step("InvokeDialogCodeHook")
DIALOG, FULFILMENT = "DialogCodeHook", "FulfillmentCodeHook"
WRAP = intent("Wrap", "wrap it up", slots=[slot("Size", "SizeType")], intentConfirmationSetting=CONFIRM)


def order(size: Document | None = None, count: Document | None = None, **settings: object) -> IntentDefinition:
    """An order of shirts: which size, and how many. `size` and `count` change how the slots are elicited."""
    return intent(
        ORDER,
        "i want a shirt",
        "a {Size} shirt please",
        "{Count} {Size} shirts please",
        slots=[slot("Size", "SizeType", **(size or {})), slot("Count", "AMAZON.Number", **(count or {}))],
        **settings,
    )


def shop(size: Document | None = None, count: Document | None = None, **settings: object) -> ServedLocale:
    """The shop, which also greets."""
    return served(order(size, count, **settings), GREET)


def capture(**paths: object) -> Document:
    """The setting of a slot's capture."""
    return {"slotCaptureSetting": dict(paths)}


def branching(*branches: tuple[str, str, Document | None], default: Document | None = None) -> Document:
    """A conditional: expression, text and next step of each branch, and the default branch."""
    return {
        "isActive": True,
        "conditionalBranches": [
            {"name": f"b{n}", "condition": {"expressionString": test}, "response": words(text), "nextStep": step}
            for n, (test, text, step) in enumerate(branches)
        ],
        "defaultBranch": default,
    }


def calling(call: Document | None = None, **outcomes: object) -> ServedLocale:
    """A shop whose orders begin with a call of the hook."""
    setting: Document = {"nextStep": CALLS, "codeHook": call or hooked(**outcomes)}
    return served(order(dialogCodeHook=HOOKED, initialResponseSetting=setting), GREET, WRAP)


async def asked(
    hook: FakeHook | None, bot: ServedLocale | None = None, text: str = "i want a shirt"
) -> tuple[list[str | None], str | None]:
    """What the shop that calls its hook says to its first text, and what it then waits for."""
    turn = await Conversation(bot or calling(), hook).say(text)
    return said(turn), waits_for(turn)
