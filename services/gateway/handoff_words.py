"""What a customer is told on the way to a person and back, in the languages the bot speaks."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HandoffWords:
    """`{phone}` is the bank's, `{word}` brings the customer back to the bot, `{opening}` is when somebody is there."""

    waiting: str
    joined: str
    left: str
    back: str
    back_at_their_wish: str
    nobody: str
    over: str
    closed: str


_ENGLISH = HandoffWords(
    waiting='Thank you, I\'ve kept that for my colleague, who will read it. To go back to the bot, write "{word}".',
    joined="A colleague of ours is with you now.",
    left="My colleague had to leave. Somebody else will be with you as soon as possible.",
    back="You're back with the bot. What else can I do for you?",
    back_at_their_wish="All right, you're back with the bot. What can I do for you?",
    nobody="I'm sorry, nobody could take over just now. Please call us at {phone}. "
    "You're back with the bot, if there is anything I can do.",
    over="My colleague has ended the conversation. Thank you! If you need anything else, just write.",
    closed="Nobody is here to answer right now: my colleagues are back {opening}. I keep your place in line, and what "
    'you write till then. To go back to the bot, write "{word}".',
)
_SPANISH = HandoffWords(
    waiting="Gracias, lo he guardado para mi colega, que lo leerá. Para volver al bot, escriba «{word}».",
    joined="Ahora le atiende un colega nuestro.",
    left="Mi colega tuvo que irse. Otra persona le atenderá lo antes posible.",
    back="Está de nuevo con el bot. ¿En qué más puedo ayudarle?",
    back_at_their_wish="De acuerdo, está de nuevo con el bot. ¿En qué puedo ayudarle?",
    nobody="Lo siento, nadie pudo atenderle en este momento. Llámenos al {phone}. "
    "Está de nuevo con el bot, por si puedo ayudarle.",
    over="Mi colega ha terminado la conversación. ¡Gracias! Si necesita algo más, escriba.",
    closed="Ahora no hay nadie que pueda atenderle: mis colegas vuelven {opening}. Le guardo su lugar y lo que escriba "
    "hasta entonces. Para volver al bot, escriba «{word}».",
)


def handoff_words(locale_id: str | None) -> HandoffWords:
    """English where the locale's language is not among them."""
    return _SPANISH if (locale_id or "").startswith("es") else _ENGLISH
