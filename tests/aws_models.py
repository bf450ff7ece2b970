"""Holds requests against the official service models more strictly than the client does.

botocore checks that members are known, required ones there, types and minima right. It lets wrong enums, patterns and
maxima through, which the services refuse.
"""

from typing import Any

import aioboto3
import boto3
import regex
from botocore.model import OperationModel, Shape

from shared.aws import aws_session


def strict_session(region: str = "us-east-1") -> aioboto3.Session:
    """A session whose clients refuse what the service would: raises AssertionError, naming the member."""
    session = aws_session(region)
    hold_to_models(session)
    return session


def hold_to_models(session: aioboto3.Session | boto3.Session) -> None:
    """Has all clients that the session opens from now on refuse as those of `strict_session` do."""
    session._session.register("before-parameter-build.*.*", _check)


def _check(params: dict[str, Any], model: OperationModel, **_: object) -> None:
    faults = _faults(model.input_shape, params, model.name) if model.input_shape else []
    assert not faults, "; ".join(faults)


def _faults(shape: Shape, value: Any, path: str) -> list[str]:  # noqa: ANN401  what a caller gives
    match shape.type_name:
        case "structure":
            members = shape.members  # type: ignore[attr-defined]
            inner = [(members[name], item, name) for name, item in value.items() if name in members]
        case "list":
            inner = [(shape.member, item, str(place)) for place, item in enumerate(value)]  # type: ignore[attr-defined]
        case "map":
            inner = [(shape.value, item, str(name)) for name, item in value.items()]  # type: ignore[attr-defined]
        case _:
            inner = []
    found = [fault for part, item, name in inner for fault in _faults(part, item, f"{path}.{name}")]
    return found + [f"{path}: {fault}" for fault in _own_faults(shape, value)]


def _own_faults(shape: Shape, value: Any) -> list[str]:  # noqa: ANN401  what a caller gives
    meta, size = shape.metadata, len(value) if isinstance(value, str | bytes | list | dict) else value
    faults = []
    if isinstance(value, str) and (words := meta.get("enum")) and value not in words:
        faults.append(f"{value!r} is none of {words}")
    if isinstance(value, str) and (pattern := meta.get("pattern")) and not regex.fullmatch(readable(pattern), value):
        faults.append(f"{value!r} does not fit {pattern}")
    if isinstance(size, int | float) and not isinstance(size, bool):
        if "max" in meta and size > meta["max"]:
            faults.append(f"{size} is more than {meta['max']}")
        if "min" in meta and size < meta["min"]:
            faults.append(f"{size} is less than {meta['min']}")
    return faults


def readable(pattern: str) -> str:
    """The pattern without what only Java reads: a range of characters beyond 16 bits, by their two halves."""
    return pattern.replace(r"\uD800\uDC00-\uDBFF\uDFFF", r"\U00010000-\U0010FFFF")
