"""What a request may hold, by the official model of a service: botocore's own check, and what that leaves out."""

from collections.abc import Iterator
from functools import cache
from typing import Any, cast

import botocore.session
import regex  # type: ignore[import-untyped]
from botocore.model import ListShape, MapShape, ServiceModel, Shape, StringShape, StructureShape
from botocore.validate import ParamValidator
from pydantic import JsonValue


@cache
def _model(service: str) -> ServiceModel:
    return botocore.session.get_session().get_service_model(service)


def faults(service: str, operation: str, request: JsonValue) -> list[str]:
    """Unknown and missing members, wrong types, and enums, patterns and limits, of which botocore knows but minima."""
    shape = _model(service).operation_model(operation).input_shape
    assert shape is not None  # noqa: S101  no request of ours is empty
    report = ParamValidator().validate(cast("Any", request), shape)
    if report.has_errors():
        return str(report.generate_report()).splitlines()
    return list(_beyond(shape, request, operation))


def _beyond(shape: Shape, value: JsonValue, path: str) -> Iterator[str]:
    if isinstance(shape, StructureShape) and isinstance(value, dict):
        for name, item in value.items():
            yield from _beyond(shape.members[name], item, f"{path}.{name}")
    elif isinstance(shape, ListShape) and isinstance(value, list):
        for place, item in enumerate(value):
            yield from _beyond(shape.member, item, f"{path}[{place}]")
    elif isinstance(shape, MapShape) and isinstance(value, dict):
        for name, item in value.items():
            yield from _beyond(shape.value, item, f"{path}.{name}")
    yield from (f"{path}: {fault}" for fault in _own(shape, value))


def _own(shape: Shape, value: JsonValue) -> Iterator[str]:
    if isinstance(shape, StringShape) and isinstance(value, str):
        if shape.enum and value not in shape.enum:
            yield f"{value!r} is none of {', '.join(shape.enum)}"
        pattern = shape.metadata.get("pattern")
        if pattern and not _fits(pattern, value):
            yield f"{value!r} does not fit {pattern}"
    size = len(value) if isinstance(value, str | list | dict) else value
    if isinstance(size, int | float) and not isinstance(size, bool):
        most, least = shape.metadata.get("max"), shape.metadata.get("min")
        if most is not None and size > most:
            yield f"{size} is more than {most}"
        if least is not None and size < least:
            yield f"{size} is less than {least}"


def _fits(pattern: str, value: str) -> bool:
    try:
        return regex.fullmatch(pattern, value) is not None
    except regex.error:  # a few patterns of the models are Java's: surrogates in a range
        return True
