"""Intents of V1, as V2 has them, and the clarification that a V1 bot keeps outside its intents."""

from pydantic import JsonValue

from services.lex.definition.built_ins import YES_NO
from services.lex.definition.documents import Document
from services.lex.definition.faults import Place
from services.lex.definition.model import FALLBACK_SIGNATURE
from services.lex.definition.v1_messages import prompt, response
from services.lex.definition.v1_model import V1Intent, V1Prompt, V1Statement

MISSES = "clarifications"
_MOST_CLARIFICATIONS = 4
_FOLLOW_UP_SECONDS = 300


def intent(given: V1Intent, place: Place, *, clarified: bool = False) -> Document:
    """An Intent.json; its slots are files of their own. In a bot that clarifies, its end clears the count of misses."""
    if given.version and given.version != "$LATEST":
        place.at("version").warn("version", f"V2 exports have no versions of an intent: {given.version} was dropped.")
    samples: list[JsonValue] = [{"utterance": utterance} for utterance in given.sample_utterances]
    return {
        "name": given.name,
        "description": given.description,
        "parentIntentSignature": given.parent_intent_signature,
        "sampleUtterances": samples,
        "slotPriorities": [
            {"slotName": slot.name, "priority": slot.priority} for slot in given.slots if slot.priority is not None
        ],
        "dialogCodeHook": _dialog_hook(given, place),
        "fulfillmentCodeHook": _fulfilment(given, place),
        "intentConfirmationSetting": _confirmation(given, place),
        "intentClosingSetting": _closing(given, place, {MISSES: ""} if clarified else {}),
        "inputContexts": given.input_contexts,
        "outputContexts": [*given.output_contexts, *_follow_up_context(given)],
        "kendraConfiguration": _kendra(given),
    }


def follow_up_declined(given: V1Intent, place: Place) -> Document | None:
    """V1's rejection of a follow-up prompt: an intent that hears "no" right after the one it follows."""
    follow_up = given.follow_up_prompt
    if follow_up is None or follow_up.rejection_statement is None:
        return None
    words: list[JsonValue] = [{"utterance": word} for word in YES_NO["AMAZON.NoIntent"]]
    at = place.at("followUpPrompt", "rejectionStatement")
    return {
        "name": _follow_up_name(given),
        "sampleUtterances": words,
        "inputContexts": [{"name": _follow_up_name(given)}],
        "intentClosingSetting": _said(follow_up.rejection_statement, at),
    }


def fallback(name: str, clarification: V1Prompt | None, abort: V1Statement | None, place: Place) -> Document:
    """The fallback intent that a V2 bot has: it asks again as the clarification prompt does, then gives up.

    The tries are counted in a session attribute, which the end of an intent clears, and giving up.
    """
    document: Document = {"name": name, "parentIntentSignature": FALLBACK_SIGNATURE}
    if clarification is None:
        return {**document, "intentClosingSetting": _said(abort, place.at("abortStatement")) if abort else None}
    tries = max(1, clarification.max_attempts)
    if tries > _MOST_CLARIFICATIONS:
        sentence = f"The bot asks {_MOST_CLARIFICATIONS} times and then gives up, not {tries} times."
        place.at("clarificationPrompt", "maxAttempts").warn("clarification", sentence)
    asked = response(clarification, place.at("clarificationPrompt"))
    branches: list[JsonValue] = [_try(number, asked) for number in range(1, min(tries, _MOST_CLARIFICATIONS) + 1)]
    given_up: Document = {"nextStep": _step("EndConversation", {MISSES: ""})}
    if abort:
        given_up["response"] = response(abort, place.at("abortStatement"))
    conditional: Document = {"isActive": True, "conditionalBranches": branches, "defaultBranch": given_up}
    return {
        **document,
        "initialResponseSetting": {"conditional": conditional, "nextStep": _step("EvaluateConditional")},
    }


def _try(number: int, asked: Document) -> Document:
    condition = f'!fn.IS_SET([{MISSES}]) OR [{MISSES}] = ""' if number == 1 else f'[{MISSES}] = "{number - 1}"'
    return {
        "name": f"Try{number}",
        "condition": {"expressionString": condition},
        "response": asked,
        "nextStep": _step("ElicitIntent", {MISSES: str(number)}),
    }


def _step(kind: str, attributes: dict[str, JsonValue] | None = None) -> Document:
    return {"dialogAction": {"type": kind}, "sessionAttributes": attributes or {}, "intent": {"slots": {}}}


def _dialog_hook(given: V1Intent, place: Place) -> Document | None:
    if given.dialog_code_hook is None:
        return None
    _name_hook(given.dialog_code_hook.uri, place.at("dialogCodeHook", "uri"))
    return {"enabled": True}


def _fulfilment(given: V1Intent, place: Place) -> Document | None:
    if given.fulfillment_activity.type == "ReturnIntent":
        return None
    hook = given.fulfillment_activity.code_hook
    _name_hook(hook.uri if hook else None, place.at("fulfillmentActivity", "codeHook", "uri"))
    return {"enabled": True}


def _name_hook(uri: str | None, place: Place) -> None:
    if uri:
        place.warn("code-hook", f"The intent called {uri}: a code hook that does the same must be bound to the bot.")


def _confirmation(given: V1Intent, place: Place) -> Document | None:
    if given.confirmation_prompt is None:
        return None
    asked = prompt(given.confirmation_prompt, place.at("confirmationPrompt"))
    declined = given.rejection_statement
    return {
        "isActive": True,
        "promptSpecification": asked,
        "declinationResponse": response(declined, place.at("rejectionStatement")) if declined else None,
    }


def _closing(given: V1Intent, place: Place, cleared: dict[str, JsonValue]) -> Document | None:
    if follow_up := given.follow_up_prompt:
        said = _said(follow_up.prompt, place.at("followUpPrompt", "prompt"))
        return {**said, "nextStep": _step("ElicitIntent", cleared)}
    if given.conclusion_statement is None and not cleared:
        return None
    last = given.conclusion_statement
    said = _said(last, place.at("conclusionStatement")) if last else {"isActive": True}
    return {**said, "nextStep": _step("EndConversation", cleared)}


def _said(statement: V1Statement, place: Place) -> Document:
    return {"isActive": True, "closingResponse": response(statement, place)}


def _follow_up_name(given: V1Intent) -> str:
    return f"{given.name}FollowUpDeclined"


def _follow_up_context(given: V1Intent) -> list[JsonValue]:
    if given.follow_up_prompt is None or given.follow_up_prompt.rejection_statement is None:
        return []
    return [{"name": _follow_up_name(given), "timeToLiveInSeconds": _FOLLOW_UP_SECONDS, "turnsToLive": 2}]


def _kendra(given: V1Intent) -> Document | None:
    if given.kendra_configuration is None:
        return None
    query = given.kendra_configuration.query_filter_string
    index = given.kendra_configuration.kendra_index
    return {"kendraIndex": index, "queryFilterStringEnabled": query is not None, "queryFilterString": query}
