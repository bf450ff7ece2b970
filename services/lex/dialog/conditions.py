"""The condition language of conditional branches (Lex V2 guide, "Adding conditions").

A comparison with something that has no value is unknown, which is not true; `NOT` of it is unknown too. `AND` binds
tighter than `OR`. How two values compare: `comparison`. A list compares as its values joined by commas, and contains
what one of its values is; a text contains its parts.
"""

import re
from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple, Protocol

from services.lex.dialog.comparison import order

_TOKEN = re.compile(
    r"\s*(?:(?P<text>\"(?:[^\"\\]|\\.)*\")|(?P<slot>\{[^{}]+\})|(?P<request>\(\([\w:.\- ]+\)\))"
    r"|(?P<session>\[[^\[\]]+\])|(?P<open>\()|(?P<close>\))|(?P<and>&&|AND\b)|(?P<or>\|\||OR\b)|(?P<test>CONTAINS\b|!=|<=|>=|=|<|>)"
    r"|(?P<not>!|NOT\b)|(?P<function>fn\.[A-Z_]+)|(?P<path>\$\.[\w.\[\]]+)|(?P<bare>[^\s()=<>!&|]+))",
    re.IGNORECASE,
)
_TESTS: dict[str, Callable[[int], bool]] = {
    "=": lambda order: order == 0,
    "!=": lambda order: order != 0,
    "<": lambda order: order < 0,
    "<=": lambda order: order <= 0,
    ">": lambda order: order > 0,
    ">=": lambda order: order >= 0,
}
_SUB_SLOT = re.compile(r"\b(?!(?:AND|OR|NOT)\b)[A-Za-z_][\w-]*", re.IGNORECASE)
_DEEPEST = 50


class ConditionError(ValueError):
    """The expression is not in the language."""


Value = str | tuple[str, ...]


class Values(Protocol):
    """Where an expression's references get their values; None where there is none. A slot of several has a tuple."""

    def slot(self, name: str) -> Value | None: ...
    def session(self, name: str) -> str | None: ...
    def request(self, name: str) -> str | None: ...
    def path(self, name: str) -> str | None: ...


class Piece(NamedTuple):
    """A stretch of an expression: `text` as it stands, and for a reference the value that it has, if any."""

    kind: Literal["text", "slot", "session", "request", "path"]
    text: str
    value: Value | None = None


def pieces(expression: str, values: Values) -> tuple[Piece, ...]:
    """The expression in order, its references apart from the rest. Raises ConditionError when it cannot be read."""
    found: list[Piece] = []
    for blank, kind, token in _lexed(expression):
        if blank:
            found.append(Piece("text", blank))
        found.append(_piece(kind, token, values))
    return tuple(found)


def _piece(kind: str, token: str, values: Values) -> Piece:
    match kind:
        case "slot":
            return Piece("slot", token, values.slot(token[1:-1].strip()))
        case "session":
            return Piece("session", token, values.session(token[1:-1].strip()))
        case "request":
            return Piece("request", token, values.request(token[2:-2].strip()))
        case "path":
            return Piece("path", token, values.path(token))
    return Piece("text", token)


def holds(expression: str, values: Values) -> bool:
    """Whether the expression is true. Raises ConditionError when it cannot be read."""
    parser = _Parser(expression, values)
    return parser.whole() is True


def sub_slots_suffice(expression: str, values: Values) -> bool:
    """Whether the sub-slots that a composite slot's expression asks for, such as `(a AND b) OR c`, all have values.

    Raises ConditionError when it cannot be read.
    """
    return holds(_SUB_SLOT.sub(lambda name: f"fn.IS_SET({{{name[0]}}})", re.sub(r"[{}]", " ", expression)), values)


class _Parser:
    def __init__(self, expression: str, values: Values) -> None:
        self._tokens = _tokens(expression)
        self._at = 0
        self._depth = 0
        self._values = values

    def whole(self) -> bool | None:
        result = self._either()
        if self._at < len(self._tokens):
            raise ConditionError("unexpected words at the end")
        return result

    def _either(self) -> bool | None:
        result = self._both()
        while self._take("or"):
            other = self._both()
            result = True if result is True or other is True else None if None in (result, other) else False
        return result

    def _both(self) -> bool | None:
        result = self._single()
        while self._take("and"):
            other = self._single()
            result = False if result is False or other is False else None if None in (result, other) else True
        return result

    def _single(self) -> bool | None:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise ConditionError("nested too deeply")
        try:
            if self._take("not"):
                inner = self._single()
                return None if inner is None else not inner
            if self._take("open"):
                result = self._either()
                self._need("close")
                return result
            return self._comparison()
        finally:
            self._depth -= 1

    def _comparison(self) -> bool | None:
        function = self._take("function")
        if function and function.upper() == "FN.IS_SET":
            return self._argument() is not None
        left = self._measured(function) if function else self._operand()
        test = self._need("test").upper()
        right = self._operand()
        if left is None or right is None:
            return None
        return _compare(left, test, right)

    def _measured(self, function: str) -> Value | None:
        value = self._argument()
        if function.upper() not in ("FN.LENGTH", "FN.COUNT"):
            raise ConditionError("unknown function")
        if value is None:
            return None
        if function.upper() == "FN.LENGTH":
            return str(len(_text(value)))
        return str(len(value) if isinstance(value, tuple) else 1)

    def _argument(self) -> Value | None:
        self._need("open")
        value = self._operand()
        self._need("close")
        return value

    def _operand(self) -> Value | None:
        if self._at >= len(self._tokens):
            raise ConditionError("the expression ends too early")
        kind, token = self._tokens[self._at]
        self._at += 1
        match kind:
            case "text":
                return re.sub(r"\\(.)", r"\1", token[1:-1])
            case "bare":
                return token
            case "slot" | "session" | "request" | "path":
                return _piece(kind, token, self._values).value
        raise ConditionError("a value was expected")

    def _take(self, kind: str) -> str | None:
        if self._at < len(self._tokens) and self._tokens[self._at][0] == kind:
            self._at += 1
            return self._tokens[self._at - 1][1]
        return None

    def _need(self, kind: str) -> str:
        token = self._take(kind)
        if token is None:
            raise ConditionError(f"{kind} was expected")
        return token


def _tokens(expression: str) -> list[tuple[str, str]]:
    return [(kind, token) for _, kind, token in _lexed(expression)]


def _lexed(expression: str) -> Iterator[tuple[str, str, str]]:
    """Each token's kind and text, with the blanks before it."""
    position = 0
    expression = expression.rstrip()
    while position < len(expression):
        match = _TOKEN.match(expression, position)
        if match is None or match.lastgroup is None:
            raise ConditionError("a character that has no meaning here")
        yield expression[position : match.start(match.lastgroup)], match.lastgroup, match[match.lastgroup]
        position = match.end()


def _compare(left: Value, test: str, right: Value) -> bool:
    one, other = _plain(_text(left)), _plain(_text(right))
    if test != "CONTAINS":
        return _TESTS[test](order(one, other))
    return other in one if isinstance(left, str) else other in map(_plain, left)


def _plain(text: str) -> str:
    return text.casefold().strip()


def _text(value: Value) -> str:
    return value if isinstance(value, str) else ",".join(value)
