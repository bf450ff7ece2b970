"""The tables and the queries. Every function runs in the caller's transaction."""

from services.bot.store.faq import (
    FaqActivationRow,
    FaqVersionRow,
    UnansweredRow,
    active,
    forget_questions,
    last_number,
    lock_faq,
    locked_question,
    question,
    questions,
    version,
    versions_below,
    with_digest,
)
from services.bot.store.publications import (
    FaqPublicationRow,
    change_publication,
    publications,
    publications_of,
)
from services.bot.store.tables import BotTable, insert_if_absent

__all__ = [
    "BotTable",
    "FaqActivationRow",
    "FaqPublicationRow",
    "FaqVersionRow",
    "UnansweredRow",
    "active",
    "change_publication",
    "forget_questions",
    "insert_if_absent",
    "last_number",
    "lock_faq",
    "locked_question",
    "publications",
    "publications_of",
    "question",
    "questions",
    "version",
    "versions_below",
    "with_digest",
]
