"""The rules of messages, of composite slots and of intents that search."""

import pytest

from services.lex.bots import ServedLocale
from services.lex.definition.model import IntentDefinition
from services.lex.dialog.engine import Dialog
from services.lex.dialog.search import Found, SearchResult
from services.lex.dialog.turn import Turn
from services.lex.errors import ValidationFailed
from services.lex.sessions import Address, Session
from tests.lex.conversation import START, Conversation, Document, intent, said, served, slot, varied, words

KENDRA = "x-amz-lex:kendra-search-response"


def greeting(response: Document) -> ServedLocale:
    return served(
        intent(
            "Greet",
            "good day to {Size} you",
            "good day to you",
            slots=[slot("Size", "SizeType", required=False)],
            intentClosingSetting={"closingResponse": response},
        )
    )


async def test_placeholders_are_filled_from_slots_session_and_request_and_escapes_are_literal() -> None:
    bot = greeting(words(r"{Size} [name] ((platform)) \{Size\} \[name\]"))
    turn = await Conversation(bot).say("good day to big you", {"sessionAttributes": {"name": "Ann"}}, platform="web")
    assert said(turn) == ["large Ann web {Size} [name]"]


async def test_a_group_whose_messages_all_lack_a_value_is_dropped() -> None:
    groups = [*groups_of(words("[nobody]")), *groups_of(words("Hello."))]
    assert said(await Conversation(greeting({"messageGroupsList": groups})).say("good day to you")) == ["Hello."]


def groups_of(response: Document) -> list[Document]:
    listed = response["messageGroupsList"]
    assert isinstance(listed, list)
    return [group for group in listed if isinstance(group, dict)]


async def test_only_accepted_content_types_are_sent_and_a_group_without_one_is_an_error() -> None:
    group: Document = {
        "message": {"ssmlMessage": {"value": "<speak>Hi</speak>"}},
        "variations": [{"plainTextMessage": {"value": "Hi"}}],
    }
    bot = greeting({"messageGroupsList": [group]})
    talk = Conversation(bot)
    assert said(await talk.say("good day to you", None, x_amz_lex__accept_content_types="PlainText")) == ["Hi"]
    with pytest.raises(ValidationFailed, match="NoUsableMessage"):
        await talk.say("good day to you", None, x_amz_lex__accept_content_types="CustomPayload")


async def test_a_card_is_sent_with_its_placeholders_filled() -> None:
    card: Document = {"title": "For {Size}", "buttonsList": [{"text": "Yes", "value": "yes {Size}"}]}
    bot = greeting({"messageGroupsList": [{"message": {"imageResponseCard": card}}]})
    shown = (await Conversation(bot).say("good day to big you")).messages[0].image_response_card
    assert shown is not None
    assert (shown.title, [button.value for button in shown.buttons or []]) == ("For large", ["yes large"])


async def test_a_random_message_is_one_of_the_group() -> None:
    bot = greeting(varied("a", "b", "c"))
    talk = Conversation(bot)
    heard = {tuple(said(await talk.say("good day to you"))) for _ in range(20)}
    assert heard <= {("a",), ("b",), ("c",)}
    assert len(heard) > 1


def parcel(expression: str | None) -> ServedLocale:
    parts: Document = {
        name: {
            "slotTypeName": kind,
            "valueElicitationSetting": {"promptSpecification": {**words(f"{name}?"), "maxRetries": 1}},
        }
        for name, kind in (("Size", "SizeType"), ("Lid", "SizeType"))
    }
    box: Document = {
        "name": "Box",
        "slotTypeName": "SizeType",
        "subSlotSetting": {"expression": expression, "slotSpecifications": parts},
        "valueElicitationSetting": {"slotConstraint": "Required"},
    }
    size = slot("Spare", "SizeType", required=False)
    closing: Document = {"closingResponse": words("{Box}: {Box.Size}")}
    return served(intent("Pack", "pack a box", slots=[box, size], intentClosingSetting=closing))


async def test_a_composite_slot_is_asked_for_part_by_part_until_its_expression_is_true() -> None:
    talk = Conversation(parcel("Size AND Lid"))
    assert said(await talk.say("pack a box")) == ["Size?"]
    action = talk.session.dialog_action
    assert action is not None
    assert (action.slot_to_elicit, action.sub_slot_to_elicit) == ("Box", {"name": "Size"})
    assert said(await talk.say("purple elephants")) == ["Size?"]
    assert said(await talk.say("large")) == ["Lid?"]
    turn = await talk.say("small")
    assert said(turn) == ["large small: large"]
    box = turn.intent.slots["Box"]
    assert box is not None
    assert box.shape == "Composite"


async def test_a_part_that_the_expression_does_not_need_is_not_asked_for() -> None:
    talk = Conversation(parcel("Size OR Lid"))
    await talk.say("pack a box")
    assert said(await talk.say("large")) == ["large: large"]


class Library:
    """Knows one answer."""

    async def search(self, query: str, intent: IntentDefinition, filter_text: str | None) -> SearchResult:
        if "museum" not in query:
            return SearchResult()
        return SearchResult([Found("At nine.", "question_answer", "When?"), Found("Opening hours", "document")])


def guide(signature: str, response: str) -> ServedLocale:
    search = intent(
        "Search", parentIntentSignature=signature, intentClosingSetting={"closingResponse": words(response)}
    )
    return served(search, intent("Greet", "good day to you"))


async def ask(bot: ServedLocale, text: str, dialog: Dialog) -> Turn:
    address = Address("SHOPBOT001", "TSTALIASID", "en_US", "test")
    turn = Turn(bot, address, Session(started_at=START), text, START, "r-1")
    await dialog.hear(turn, None)
    return turn


async def test_what_is_not_recognised_is_searched_for_and_the_answer_is_a_request_attribute() -> None:
    dialog = Dialog(None, Library())
    kendra = guide("AMAZON.KendraSearchIntent", f"(({KENDRA}-question_answer-answer-1))")
    turn = await ask(kendra, "museum opening quantum zebra", dialog)
    assert said(turn) == ["At nine."]
    assert turn.answer_attributes == {
        f"{KENDRA}-question_answer-question-1": "When?",
        f"{KENDRA}-question_answer-answer-1": "At nine.",
        f"{KENDRA}-document-1": "Opening hours",
    }
    answers = guide("AMAZON.QnAIntent", "((x-amz-lex:qnA-search-response))")
    assert said(await ask(answers, "museum opening quantum zebra", dialog)) == ["At nine."]


async def test_a_search_without_result_or_without_provider_falls_back() -> None:
    bot = guide("AMAZON.QnAIntent", "((x-amz-lex:qnA-search-response))")
    assert said(await ask(bot, "quantum zebra orchestra", Dialog(None, Library()))) == ["I did not get that."]
    assert said(await ask(bot, "museum opening quantum zebra", Dialog(None))) == ["I did not get that."]
