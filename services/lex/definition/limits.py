"""The quotas of Amazon Lex: going over one is a warning, since the bot works here all the same.

Source: the Lex V2 guide ("Quotas") and the botocore model of `lexv2-models`.
"""

from services.lex.definition.faults import Place
from services.lex.definition.model import (
    BotDefinition,
    FulfilmentUpdates,
    IntentDefinition,
    LocaleDefinition,
    SlotDefinition,
    SlotTypeDefinition,
)
from services.lex.definition.parts import MessageGroup, Prompt


def bot_limits(bot: BotDefinition, place: Place) -> None:
    seconds = bot.idle_session_ttl_in_seconds
    _range(seconds, 60, 86_400, "seconds of idle time", place.at("idleSessionTTLInSeconds"))


def locale_limits(locale: LocaleDefinition, place: Place) -> None:
    _most(len(locale.intents), 1_000, "intents in a locale", place)
    _most(len(locale.slot_types), 250, "slot types in a locale", place)


def intent_limits(intent: IntentDefinition, place: Place) -> None:
    _most(len(intent.sample_utterances), 1_500, "utterances in an intent", place.at("sampleUtterances"))
    for position, sample in enumerate(intent.sample_utterances):
        at = place.at("sampleUtterances", position, "utterance")
        _most(len(sample.utterance), 500, "characters in an utterance", at)
    _most(len(intent.slots), 100, "slots in an intent", place.at("slotPriorities"))
    _most(len(intent.input_contexts), 5, "input contexts", place.at("inputContexts"))
    _most(len(intent.output_contexts), 10, "output contexts", place.at("outputContexts"))
    for position, context in enumerate(intent.output_contexts):
        at = place.at("outputContexts", position)
        _range(context.time_to_live_in_seconds, 5, 86_400, "seconds to live", at.at("timeToLiveInSeconds"))
        _range(context.turns_to_live, 1, 20, "turns to live", at.at("turnsToLive"))
    fulfilment = intent.fulfillment_code_hook
    if fulfilment and fulfilment.fulfillment_updates_specification:
        at = place.at("fulfillmentCodeHook", "fulfillmentUpdatesSpecification")
        _update_limits(fulfilment.fulfillment_updates_specification, at)
    confirmation = intent.intent_confirmation_setting
    if confirmation and confirmation.prompt_specification:
        _prompt_limits(confirmation.prompt_specification, place.at("intentConfirmationSetting", "promptSpecification"))


def slot_limits(slot: SlotDefinition, place: Place) -> None:
    elicitation = slot.elicitation
    at = place.at("valueElicitationSetting")
    _most(len(elicitation.sample_utterances), 10, "utterances in a slot", at.at("sampleUtterances"))
    defaults = elicitation.default_value_specification.default_value_list
    _most(len(defaults), 10, "default values", at.at("defaultValueSpecification", "defaultValueList"))
    if elicitation.prompt_specification:
        _prompt_limits(elicitation.prompt_specification, at.at("promptSpecification"))


def slot_type_limits(slot_type: SlotTypeDefinition, place: Place) -> None:
    values = slot_type.slot_type_values
    _most(len(values), 10_000, "values in a slot type", place.at("slotTypeValues"))
    synonyms = sum(len(value.synonyms) for value in values)
    _most(len(values) + synonyms, 50_000, "values and synonyms in a slot type", place.at("slotTypeValues"))
    regex = slot_type.value_selection_setting.regex_filter
    if regex:
        at = place.at("valueSelectionSetting", "regexFilter", "pattern")
        _most(len(regex.pattern), 300, "characters in a pattern", at)


def _update_limits(updates: FulfilmentUpdates, place: Place) -> None:
    if updates.timeout_in_seconds is not None:
        _range(updates.timeout_in_seconds, 1, 900, "seconds of fulfilment", place.at("timeoutInSeconds"))
    for key, update in (("startResponse", updates.start_response), ("updateResponse", updates.update_response)):
        if update is None:
            continue
        at = place.at(key)
        _most(len(update.message_groups), 5, "message groups", at.at("messageGroups"))
        for position, group in enumerate(update.message_groups):
            _group_limits(group, at.at("messageGroups", position))
        for name, seconds in (
            ("delayInSeconds", update.delay_in_seconds),
            ("frequencyInSeconds", update.frequency_in_seconds),
        ):
            if seconds is not None:
                _range(seconds, 1, 900, "seconds between messages", at.at(name))


def _prompt_limits(prompt: Prompt, place: Place) -> None:
    _most(prompt.max_retries, 5, "retries", place.at("maxRetries"))
    _most(len(prompt.message_groups), 5, "message groups", place.at("messageGroupsList"))
    for position, group in enumerate(prompt.message_groups):
        _group_limits(group, place.at("messageGroupsList", position))


def _group_limits(group: MessageGroup, place: Place) -> None:
    _most(len(group.variations), 2, "variations of a message", place.at("variations"))
    for message in (group.message, *group.variations):
        text = message.plain_text_message or message.ssml_message or message.custom_payload
        _most(len(text.value) if text else 0, 4_000, "characters in a message", place)
        card = message.image_response_card
        _most(len(card.buttons) if card else 0, 5, "buttons on a card", place)


def _most(count: int, most: int, what: str, place: Place) -> None:
    if count > most:
        place.warn("limit", f"{count} {what}: Amazon Lex takes at most {most}.")


def _range(count: int, least: int, most: int, what: str, place: Place) -> None:
    if not least <= count <= most:
        place.warn("limit", f"{count} {what}: Amazon Lex takes {least} to {most}.")
