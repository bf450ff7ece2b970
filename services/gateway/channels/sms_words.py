"""What we say ourselves in a text message, where the bot does not."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SmsWords:
    stopped: str
    started: str
    helping: str
    no_pictures: str
    empty: str
    too_long: str


_ENGLISH = SmsWords(
    stopped="You will get no more text messages from us. Reply START to hear from us again.",
    started="You will get text messages from us again. How can I help?",
    helping="OmniLex Bank: text me what you need, such as your balance. Message and data rates may apply. "
    "Reply STOP for no more messages.",
    no_pictures="I cannot look at pictures or files, only read text.",
    empty="There was no text in your message. How can I help?",
    too_long="That message was too long for me. Please send it in a few words.",
)
_SPANISH = SmsWords(
    stopped="No recibirá más mensajes de texto nuestros. Responda START para volver a recibirlos.",
    started="Volverá a recibir nuestros mensajes de texto. ¿En qué puedo ayudarle?",
    helping="OmniLex Bank: escríbame lo que necesita, por ejemplo su saldo. Pueden aplicarse tarifas de mensajes y "
    "datos. Responda STOP para no recibir más mensajes.",
    no_pictures="No puedo ver imágenes ni archivos, solo leer texto.",
    empty="Su mensaje no tenía texto. ¿En qué puedo ayudarle?",
    too_long="Ese mensaje es demasiado largo para mí. Envíelo en pocas palabras, por favor.",
)
_LANGUAGES = {"en": _ENGLISH, "es": _SPANISH}


def sms_words(locale_id: str) -> SmsWords:
    """For a Lex locale such as `es_US`; English for a language that has none yet."""
    return _LANGUAGES.get(locale_id.replace("-", "_").split("_")[0], _ENGLISH)
