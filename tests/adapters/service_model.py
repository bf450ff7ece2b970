"""Checks requests to AWS, and answers that a fake gives, against the official model of the service: all of it.

botocore's own check leaves out enums, patterns, and the greatest lengths and values.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any, cast

import botocore.session
import regex
from botocore.model import ListShape, OperationModel, Shape, StringShape, StructureShape
from botocore.validate import ParamValidator

from tests.aws_models import readable


@cache
def operation(service: str, name: str) -> OperationModel:
    """Raises OperationNotFoundError for an operation that the service does not have."""
    return botocore.session.get_session().get_service_model(service).operation_model(name)


def violations(shape: Shape | None, value: object) -> list[str]:
    """Everything in which the value breaks the model, each with its place."""
    if shape is None:
        return []
    report = ParamValidator().validate(cast("Mapping[str, Any]", value), shape)
    return [report.generate_report()] if report.has_errors() else list(_strict(shape, value, "$"))


def _strict(shape: Shape, value: object, place: str) -> list[str]:
    found = _bounds(shape, value, place)
    if isinstance(value, dict) and isinstance(shape, StructureShape):
        for name, member in value.items():
            found += _strict(shape.members[name], member, f"{place}.{name}")
    elif isinstance(value, list) and isinstance(shape, ListShape):
        for number, member in enumerate(value):
            found += _strict(shape.member, member, f"{place}[{number}]")
    elif isinstance(value, str) and isinstance(shape, StringShape):
        if shape.enum and value not in shape.enum:
            found.append(f"{place}: not one of {shape.name}")
        pattern = shape.metadata.get("pattern")
        if pattern and not regex.fullmatch(readable(pattern), value):  # the services match the whole value
            found.append(f"{place}: does not match {pattern}")
    return found


def _bounds(shape: Shape, value: object, place: str) -> list[str]:
    size = len(value) if isinstance(value, str | list) else value
    if not isinstance(size, int) or isinstance(size, bool):
        return []
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    return [f"{place}: {size} < {least}"] * (least is not None and size < least) + [f"{place}: {size} > {most}"] * (
        most is not None and size > most
    )
