"""What we say ourselves on the telephone, where the bot does not."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class VoiceWords:
    """`press` has the places `digit` and `choice`, `closed` has `opening`. `wants_person` is what the bot is told,
    `yes` what callers say.
    """

    recorded: str
    unheard: str
    unclear: str
    press: str
    key_in: str
    key_in_amount: str
    key_in_date: str
    offer: str
    wants_person: str
    nobody: str
    closed: str
    moment: str
    trouble: str
    more: str
    goodbye: str
    yes: frozenset[str]


_ENGLISH = VoiceWords(
    recorded="This call may be recorded.",
    unheard="Sorry, I did not hear you.",
    unclear="Sorry, I did not get that.",
    press="Press {digit} for {choice}.",
    key_in="You can say it, or key it in and press pound.",
    key_in_amount="You can say it, or key it in with star for the point, and press pound.",
    key_in_date="You can say it, or key in two digits for the month, two for the day and four for the year.",
    offer="I still cannot hear you. If you would like to speak to a person, press 1 or say yes.",
    wants_person="I want to speak to a person",
    nobody="I am sorry, nobody can take your call at the moment.",
    closed="I am sorry, nobody is here to take your call right now. My colleagues are back {opening}.",
    moment="One moment, please.",
    trouble="Sorry, something went wrong. Please say that again.",
    more="Is there anything else I can do for you?",
    goodbye="Thank you for calling. Goodbye.",
    yes=frozenset({"yes", "yeah", "yep", "sure", "ok", "okay", "yes please", "please"}),
)
_SPANISH = VoiceWords(
    recorded="Esta llamada puede ser grabada.",
    unheard="Disculpe, no le escuché.",
    unclear="Disculpe, no le entendí.",
    press="Marque {digit} para {choice}.",
    key_in="Puede decirlo, o marcarlo y terminar con la tecla numeral.",
    key_in_amount="Puede decirlo, o marcarlo con asterisco para el punto y terminar con la tecla numeral.",
    key_in_date="Puede decirla, o marcar dos dígitos para el día, dos para el mes y cuatro para el año.",
    offer="Todavía no le escucho. Si desea hablar con una persona, marque 1 o diga sí.",
    wants_person="Quiero hablar con una persona",
    nobody="Lo siento, nadie puede atender su llamada en este momento.",
    closed="Lo siento, ahora no hay nadie que pueda atender su llamada. Mis colegas vuelven {opening}.",
    moment="Un momento, por favor.",
    trouble="Disculpe, algo salió mal. Repítalo, por favor.",
    more="¿Puedo ayudarle en algo más?",
    goodbye="Gracias por llamar. Adiós.",
    yes=frozenset({"sí", "si", "claro", "por favor", "sí por favor", "bueno", "de acuerdo"}),
)
_LANGUAGES = {"en": _ENGLISH, "es": _SPANISH}


def voice_words(locale_id: str) -> VoiceWords:
    """For a Lex locale such as `es_US`; English for a language that has none yet."""
    return _LANGUAGES.get(locale_id.replace("-", "_").split("_")[0], _ENGLISH)
