"""What Amazon Lex's own intents are recognised by, besides the utterances that a bot adds.

Amazon does not publish its lists; these are the phrases that the Lex V2 guide gives for each intent, and their
counterparts in the other languages.
"""

_WORDS: dict[str, dict[str, str]] = {
    "AMAZON.CancelIntent": {
        "en": "cancel|never mind|forget it|cancel that",
        "es": "cancelar|cancela|olvídalo|da igual",
        "pt": "cancelar|cancela|esquece|deixa para lá",
        "fr": "annuler|annule|laisse tomber|peu importe",
        "de": "abbrechen|vergiss es|schon gut",
        "it": "annulla|lascia perdere|non importa",
    },
    "AMAZON.HelpIntent": {
        "en": "help|help me|can you help me|i need help",
        "es": "ayuda|ayúdame|puedes ayudarme",
        "pt": "ajuda|me ajude|pode me ajudar",
        "fr": "aide|aide-moi|peux-tu m'aider",
        "de": "hilfe|hilf mir|kannst du mir helfen",
        "it": "aiuto|aiutami|puoi aiutarmi",
    },
    "AMAZON.PauseIntent": {
        "en": "pause|pause that", "es": "pausa|haz una pausa", "pt": "pausar|pausa", "fr": "pause|mets en pause",
        "de": "pause|pausieren", "it": "pausa|metti in pausa",
    },
    "AMAZON.RepeatIntent": {
        "en": "repeat|say that again|repeat that|what did you say",
        "es": "repite|repítelo|dilo otra vez",
        "pt": "repita|repete|diga de novo",
        "fr": "répète|répétez|redis-le",
        "de": "wiederholen|wiederhole das|sag das nochmal",
        "it": "ripeti|ripetilo|dillo di nuovo",
    },
    "AMAZON.ResumeIntent": {
        "en": "resume|continue|keep going", "es": "continúa|sigue|reanudar", "pt": "continuar|continue|retomar",
        "fr": "continue|reprends|reprendre", "de": "weiter|fortsetzen|mach weiter", "it": "continua|riprendi",
    },
    "AMAZON.StartOverIntent": {
        "en": "start over|restart|start again", "es": "empezar de nuevo|empieza de nuevo|reiniciar",
        "pt": "começar de novo|recomeçar|reiniciar", "fr": "recommencer|recommence|repartir de zéro",
        "de": "von vorn|neu anfangen|fang nochmal an", "it": "ricomincia|ricominciare|da capo",
    },
    "AMAZON.StopIntent": {
        "en": "stop|off|shut up", "es": "para|detente|basta", "pt": "pare|parar|chega", "fr": "stop|arrête|arrêtez",
        "de": "stopp|halt|aufhören", "it": "stop|fermati|basta",
    },
}  # fmt: skip


def base_utterances(signature: str | None, locale: str) -> list[str]:
    """The hidden utterances of a built-in intent in the language of a locale such as `es_ES`; often none."""
    words = _WORDS.get(signature or "", {}).get(locale.replace("-", "_").partition("_")[0].casefold())
    return words.split("|") if words else []
