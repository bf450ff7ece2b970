"""The published form of the result document: `python -m services.media.analysis.published_schema` writes the page.

The page is `docs/reference/result-document.md`; a test holds it to the schema that the services use.
"""

import json
from pathlib import Path

from pydantic.json_schema import JsonSchemaValue

from shared.schemas.interaction import SCHEMA_NAME, Interaction

PAGE = Path(__file__).parents[3] / "docs/reference/result-document.md"
_INTRODUCTION = f"""# The result document `{SCHEMA_NAME}`

One JSON document for every interaction, call or chat, in `parsedFiles/` of the output bucket, and in the answer of
`GET /api/v1/interactions/{{id}}`. What the numbers mean: [definitions.md](definitions.md). This page is made from the
schema by `python -m services.media.analysis.published_schema`.

A reader must take fields that it does not know; a field goes away, or changes its meaning, only with a new name of the
schema. Times within the interaction are seconds from its start, three decimals; moments are ISO 8601 in UTC; scores are
-1..+1; what is not known is null.

A result document that comes in as a source is scored again from its stored probabilities.
`GET /api/v1/interactions/{{id}}/export` gives the same as Amazon Transcribe Post Call Analytics lays it out.
"""


def page() -> str:
    """The page as it has to be: a table for each object, then the JSON Schema (2020-12) whole."""
    schema: JsonSchemaValue = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": SCHEMA_NAME}
    schema |= Interaction.model_json_schema(mode="serialization")
    parts: dict[str, JsonSchemaValue] = schema["$defs"]
    tables = [_table("Interaction", schema), *(_table(name, part) for name, part in parts.items())]
    whole = json.dumps(schema, indent=1, ensure_ascii=False)
    return "\n".join([_INTRODUCTION, *filter(None, tables), f"## JSON Schema\n\n```json\n{whole}\n```\n"])


def _table(name: str, part: JsonSchemaValue) -> str:
    if "properties" not in part:
        return ""
    rows = [
        f"| `{field}` | {_kind(known)} | {str(known.get('description', '')).replace(chr(10), ' ')} |"
        for field, known in part["properties"].items()
    ]
    said = f"{part['description']}\n\n" if "description" in part else ""
    return f"## {name}\n\n{said}| field | what it holds | |\n|---|---|---|\n" + "\n".join(rows) + "\n"


def _kind(known: JsonSchemaValue) -> str:
    if "$ref" in known:
        name = str(known["$ref"]).rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "anyOf" in known:
        return " or ".join(_kind(one) for one in known["anyOf"])
    if "enum" in known or "const" in known:
        return ", ".join(f"`{one}`" for one in known.get("enum", [known.get("const")]))
    match known.get("type"):
        case "array":
            shown = f"list of {_kind(known['items'])}"
        case "object":
            shown = f"object of {_kind(known['additionalProperties'])}"
        case kind:
            shown = "moment" if known.get("format") == "date-time" else str(kind or "anything")
    return shown


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
