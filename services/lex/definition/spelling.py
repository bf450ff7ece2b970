"""How a key is spelled in an export, of the spellings that are read."""

from pydantic import AliasChoices
from pydantic.alias_generators import to_camel
from pydantic.fields import FieldInfo


def key_of(name: str, field: FieldInfo) -> str:
    """The export's key for a model's field: the first of its spellings."""
    spelled = field.validation_alias
    if isinstance(spelled, AliasChoices):
        return str(spelled.choices[0])
    return to_camel(name)
