"""Has somebody else write the summary of a result. Whatever becomes of that, the result stands."""

import asyncio
import logging
from pathlib import Path

from services.media.analysis.retelling import Answer, Conversation, retold, warned
from services.media.ports import NoSummary, Summariser
from shared.errors import Problem
from shared.schemas.interaction import Interaction

log = logging.getLogger("omnilex.media.summaries")

_UNEXPECTED = "The summary could not be written."


async def written(shown: Path, summariser: Summariser) -> Answer:
    """What the summariser makes of the `Conversation` in the file, or why it made nothing: never a fault."""
    conversation = await asyncio.to_thread(lambda: Conversation.model_validate_json(shown.read_bytes()))
    if not conversation.text:
        return Answer(reason=conversation.reason)
    try:
        return Answer(text=await summariser.summary(conversation.text, conversation.language))
    except NoSummary as refusal:
        fault, reason = "NoSummary", str(refusal)
    except Problem as problem:
        fault, reason = type(problem).__name__, problem.detail
    except Exception as error:  # noqa: BLE001  a summary is not worth an interaction; its text may quote the customer
        fault, reason = type(error).__name__, _UNEXPECTED
    log.warning("summary.missing", extra={"fault": fault})
    return Answer(reason=reason)


def put_in(result: Path, shown: Path, answer: Answer, *, engine: str, most: int) -> None:
    """In the child: replaces the summary of the `Interaction` in the file `result`, and says in it who wrote it."""
    document = Interaction.model_validate_json(result.read_bytes())
    conversation = Conversation.model_validate_json(shown.read_bytes())
    if conversation.text:
        document = retold(document, conversation, answer, engine=engine, most=most)
    else:
        document = warned(document, conversation)
    result.write_bytes(document.model_dump_json().encode())
