"""A conversation with a small bot, without HTTP: for the tests of the dialog's rules."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from pydantic import JsonValue

from services.lex.bots import ServedLocale
from services.lex.definition.model import (
    BotDefinition,
    IntentDefinition,
    LocaleDefinition,
    SlotDefinition,
    SlotTypeDefinition,
)
from services.lex.dialog.engine import Dialog
from services.lex.dialog.search import KnowledgeSearch
from services.lex.dialog.turn import Turn
from services.lex.errors import HookFailed
from services.lex.nlu.understanding import Understanding
from services.lex.ports import CodeHook, InputMode
from services.lex.sessions import Address, Session
from shared.schemas.lex import CodeHookEvent, CodeHookResponse, Message, SessionState

Document = dict[str, JsonValue]
START = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)


def words(*texts: str) -> Document:
    """A response, or the groups of a prompt: one group per text."""
    return {"messageGroupsList": [{"message": {"plainTextMessage": {"value": text}}} for text in texts]}


def varied(first: str, *variations: str) -> Document:
    group: Document = {
        "message": {"plainTextMessage": {"value": first}},
        "variations": [{"plainTextMessage": {"value": text}} for text in variations],
    }
    return {"messageGroupsList": [group]}


def step(kind: str, *, slot: str | None = None, intent: str | None = None, **more: JsonValue) -> Document:
    action: Document = {"type": kind, "slotToElicit": slot}
    if "suppressNextMessage" in more:
        action["suppressNextMessage"] = more.pop("suppressNextMessage")
    return {"dialogAction": action, "intent": {"name": intent, "slots": more.pop("slots", {})}, **more}


def slot(name: str, kind: str, *, retries: int = 1, required: bool = True, **more: JsonValue) -> Document:
    elicitation: Document = {
        "slotConstraint": "Required" if required else "Optional",
        "promptSpecification": {
            **varied(f"{name}?", f"{name} again?"),
            "maxRetries": retries,
            "messageSelectionStrategy": "Ordered",
        },
        **more,
    }
    return {"name": name, "slotTypeName": kind, "valueElicitationSetting": elicitation}


def hooked(**paths: JsonValue) -> Document:
    return {"enableCodeHookInvocation": True, "isActive": True, "postCodeHookSpecification": dict(paths)}


def intent(name: str, *utterances: str, slots: list[Document] | None = None, **more: JsonValue) -> IntentDefinition:
    definition = IntentDefinition.model_validate(
        {"name": name, "sampleUtterances": [{"utterance": text} for text in utterances], **more}
    )
    parsed = [SlotDefinition.model_validate(document) for document in slots or []]
    return definition.model_copy(update={"slots": {entry.name: entry for entry in parsed}})


def enumeration(name: str, values: dict[str, list[str]], strategy: str = "TOP_RESOLUTION") -> SlotTypeDefinition:
    return SlotTypeDefinition.model_validate(
        {
            "name": name,
            "slotTypeValues": [
                {"sampleValue": {"value": value}, "synonyms": [{"value": text} for text in synonyms]}
                for value, synonyms in values.items()
            ],
            "valueSelectionSetting": {"resolutionStrategy": strategy},
        }
    )


FALLBACK = intent(
    "FallbackIntent",
    parentIntentSignature="AMAZON.FallbackIntent",
    intentClosingSetting={"closingResponse": words("I did not get that.")},
)
SIZES = enumeration("SizeType", {"small": ["little"], "large": ["big", "very big"]})


def served(
    *intents: IntentDefinition,
    types: tuple[SlotTypeDefinition, ...] = (SIZES,),
    locale_id: str = "en_US",
    threshold: float = 0.4,
) -> ServedLocale:
    """A bot of these intents; without a fallback intent among them it has one that says so."""
    every = {entry.name: entry for entry in intents}
    if not any(entry.fallback for entry in intents):
        every[FALLBACK.name] = FALLBACK
    locale = LocaleDefinition(identifier=locale_id, nlu_confidence_threshold=threshold).model_copy(
        update={"intents": every, "slot_types": {entry.name: entry for entry in types}}
    )
    bot = BotDefinition(name="Shop", identifier="SHOPBOT001").model_copy(update={"locales": {locale_id: locale}})
    return ServedLocale(bot, locale, _understanding(locale))


_DIALOG_ONLY = {"prompt_specification", "slot_capture_setting", "default_value_specification"}
_LEARNT: dict[str, Understanding] = {}


def _understanding(locale: LocaleDefinition) -> Understanding:
    """What is learnt from a bot's words; bots whose dialogs alone differ share it."""
    words_of = {
        name: [
            entry.parent_intent_signature,
            *(sample.utterance for sample in entry.sample_utterances),
            *(filled.model_dump_json(exclude={"elicitation": _DIALOG_ONLY}) for filled in entry.slots.values()),
        ]
        for name, entry in locale.intents.items()
    }
    types = [kind.model_dump_json() for kind in locale.slot_types.values()]
    key = json.dumps([locale.identifier, locale.nlu_confidence_threshold, words_of, types])
    if key not in _LEARNT:
        _LEARNT[key] = Understanding(locale)
    return _LEARNT[key]


Answer = Callable[[CodeHookEvent], CodeHookResponse]


class FakeHook:
    """Answers with what the test says, in order, then Delegate; fulfilment is then Closed as Fulfilled."""

    def __init__(self, *answers: Document | Exception) -> None:
        self.events: list[CodeHookEvent] = []
        self.seconds: list[float | None] = []
        self._answers = list(answers)

    @property
    def sources(self) -> list[str]:
        return [event.invocation_source for event in self.events]

    async def call(self, event: CodeHookEvent, *, seconds: float | None = None) -> CodeHookResponse:
        self.events.append(event)
        self.seconds.append(seconds)
        answer = self._answers.pop(0) if self._answers else None
        if isinstance(answer, Exception):
            raise answer
        if answer is not None:
            return CodeHookResponse.model_validate(answer)
        acting = event.session_state.intent
        if acting is None:
            raise HookFailed("an event always has an intent")
        if event.invocation_source == "DialogCodeHook":
            return CodeHookResponse.model_validate({"sessionState": {"dialogAction": {"type": "Delegate"}}})
        closed = acting.model_copy(update={"state": "Fulfilled"})
        return CodeHookResponse(
            session_state=SessionState.model_validate(
                {"dialogAction": {"type": "Close"}, "intent": closed.model_dump(by_alias=True)}
            )
        )


def answer(kind: str, *texts: str, slot: str | None = None, **state: JsonValue) -> Document:
    """What a code hook answers."""
    document: Document = {"sessionState": {"dialogAction": {"type": kind, "slotToElicit": slot}, **state}}
    if texts:
        document["messages"] = [{"contentType": "PlainText", "content": text} for text in texts]
    return document


class Conversation:
    """Turns with one session. `mode` and `confidence` say how what is said reaches the bot."""

    def __init__(self, bot: ServedLocale, hook: CodeHook | None = None, search: KnowledgeSearch | None = None) -> None:
        self.mode: InputMode = "Text"
        self.confidence = 1.0
        self.session = Session(started_at=START)
        self.now = START
        self._bot = bot
        self._dialog = Dialog(hook, search)

    def wait(self, seconds: float) -> None:
        """Moves the clock on."""
        self.now += timedelta(seconds=seconds)

    async def say(self, text: str, state: Document | None = None, **attributes: str) -> Turn:
        turn = self._turn(text, attributes)
        await self._dialog.hear(turn, SessionState.model_validate(state) if state else None)
        return turn

    async def put(self, state: Document, *messages: str) -> Turn:
        turn = self._turn("", {})
        said = [Message(content_type="PlainText", content=text) for text in messages]
        await self._dialog.put(turn, SessionState.model_validate(state), said or None)
        return turn

    def _turn(self, text: str, attributes: dict[str, str]) -> Turn:
        return Turn(
            served=self._bot,
            address=Address("SHOPBOT001", "TSTALIASID", "en_US", "test"),
            session=self.session,
            text=text,
            now=self.now,
            request_id="r-1",
            input_mode=self.mode,
            transcription_confidence=self.confidence,
            request_attributes={name.replace("__", ":").replace("_", "-"): v for name, v in attributes.items()},
        )


def said(turn: Turn) -> list[str | None]:
    return [message.content for message in turn.messages]


def waits_for(turn: Turn) -> str | None:
    """`Close`, `ConfirmIntent`, `ElicitIntent`, or the slot that is asked for."""
    action = turn.session.dialog_action
    return None if action is None else action.slot_to_elicit or action.type


def stands(turn: Turn) -> tuple[str | None, str | None, str | None]:
    """The acting intent, its state and what the customer made of its confirmation."""
    acting = turn.session.intent
    return (acting.name, acting.state, acting.confirmation_state) if acting else (None, None, None)


def values(turn: Turn) -> dict[str, str | None]:
    """The filled slots of the acting intent."""
    slots = turn.session.intent.slots if turn.session.intent else {}
    return {name: filled.value.interpreted_value for name, filled in slots.items() if filled and filled.value}
