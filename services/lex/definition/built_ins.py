"""Amazon's own slot types and intents: which there are in Lex V2, and what those of V1 became.

Source: the Lex V2 guide ("Built-in slot types", "Built-in intents") and its guide to migrating a V1 bot.
"""

SLOT_TYPES = frozenset(
    {
        "AMAZON.AlphaNumeric",
        "AMAZON.City",
        "AMAZON.Confirmation",
        "AMAZON.Country",
        "AMAZON.Currency",
        "AMAZON.Date",
        "AMAZON.Duration",
        "AMAZON.EmailAddress",
        "AMAZON.FirstName",
        "AMAZON.FreeFormInput",
        "AMAZON.LastName",
        "AMAZON.Number",
        "AMAZON.Percentage",
        "AMAZON.PhoneNumber",
        "AMAZON.State",
        "AMAZON.StreetName",
        "AMAZON.Time",
        "AMAZON.UKPostalCode",
    }
)
INTENTS = frozenset(
    {
        "AMAZON.BedrockAgentIntent",
        "AMAZON.CancelIntent",
        "AMAZON.FallbackIntent",
        "AMAZON.HelpIntent",
        "AMAZON.KendraSearchIntent",
        "AMAZON.PauseIntent",
        "AMAZON.QInConnectIntent",
        "AMAZON.QnAIntent",
        "AMAZON.RepeatIntent",
        "AMAZON.ResumeIntent",
        "AMAZON.StartOverIntent",
        "AMAZON.StopIntent",
    }
)
YES_NO = {
    "AMAZON.YesIntent": ("yes", "yeah", "yep", "sure", "ok", "yes please", "of course", "that is right"),
    "AMAZON.NoIntent": ("no", "nope", "nah", "no thanks", "no thank you", "not really", "that is wrong"),
}
FOUR_DIGITS = "AMAZON.FOUR_DIGIT_NUMBER"

_RENAMED = {
    "NUMBER": "Number",
    "DATE": "Date",
    "TIME": "Time",
    "DURATION": "Duration",
    "US_STATE": "State",
    "STREETADDRESS": "StreetName",
    "POSTALADDRESS": "StreetName",
}
_ENDINGS = {"_CITY": "City", "_FIRST_NAME": "FirstName", "_LAST_NAME": "LastName", "_REGION": "State"}
_KEPT = {name.removeprefix("AMAZON.").upper(): name for name in SLOT_TYPES}


def slot_type_of_v1(name: str) -> str | None:
    """The V2 type of a built-in V1 type; None when V2 has none like it."""
    bare = name.removeprefix("AMAZON.").upper()
    if bare in _RENAMED:
        return f"AMAZON.{_RENAMED[bare]}"
    for ending, v2 in _ENDINGS.items():
        if bare.endswith(ending):
            return f"AMAZON.{v2}"
    return _KEPT.get(bare)
