"""Texts for people in one language, from a Project Fluent file (https://projectfluent.org/fluent/guide/).

The files are read by ``fluent.syntax``. They are filled in here and not by ``fluent.runtime``, which needs 8 MB or more
of a window's memory, and 100 ms of its start, for locale data that the few messages of a device don't use
(docs/adr/0008). So a message may hold text, ``{ $variable }``, ``{ "literal" }`` and a choice by a variable's number,
plural category or text; all else of Fluent (terms, attributes, functions, references) is refused when the file is read.
Numbers are written in plain digits.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources.abc import Traversable

from fluent.syntax import FluentParser, ast

from runtime.errors import TextsError

REMEMBERED = 512
"""A window asks for some 60 texts at each refresh, nearly always the same ones as before."""

PLURALS: Mapping[str, Callable[[int], str]] = {
    "en": lambda number: "one" if number == 1 else "other",
    "zh": lambda number: "other",
    "ko": lambda number: "other",
}
"""The plural category of a whole number from 0 up (Unicode CLDR, "Language Plural Rules", cardinals)."""


@dataclass(frozen=True, slots=True)
class _Variable:
    name: str


@dataclass(frozen=True, slots=True)
class _Choice:
    """The first variant whose key fits the variable's value, else the default."""

    name: str
    variants: tuple[tuple[str | int, "_Pattern"], ...]
    default: "_Pattern"


_Pattern = tuple[str | _Variable | _Choice, ...]


class Texts:
    """The messages of one .ftl file.

    Raises ``TextsError`` with file and line at once for a file that can't be read, for a mistake in it and for what is
    left out here; with the message's name later, for a message or a value that isn't there.
    """

    def __init__(self, file: Traversable, language: str) -> None:
        if language not in PLURALS:
            raise TextsError(f"{file}: the plurals of {language!r} aren't known; add them to runtime.texts.PLURALS")
        self._file = file
        self._plural = PLURALS[language]
        self._messages = _read(file)
        self._remembered = lru_cache(maxsize=REMEMBERED)(self._fill)

    def __contains__(self, name: str) -> bool:
        return name in self._messages

    def text(self, name: str, values: Mapping[str, str | int]) -> str:
        """The message with its variables filled in."""
        return self._remembered(name, tuple(values.items()))

    def variables(self) -> Mapping[str, frozenset[str]]:
        """Every message, with the names of its variables."""
        return {name: frozenset(_variables(pattern)) for name, pattern in self._messages.items()}

    def _fill(self, name: str, values: tuple[tuple[str, str | int], ...]) -> str:
        pattern = self._messages.get(name)
        if pattern is None:
            raise TextsError(f"{self._file}: there is no message {name!r}; write it, in every language")
        given = dict(values)
        try:
            return self._write(pattern, given)
        except KeyError as error:
            raise TextsError(f"{self._file}: {name} needs ${error.args[0]} and was asked with {given}") from error

    def _write(self, pattern: _Pattern, given: Mapping[str, str | int]) -> str:
        parts: list[str] = []
        for piece in pattern:
            match piece:
                case str():
                    parts.append(piece)
                case _Variable(name):
                    parts.append(str(given[name]))
                case _Choice(name, variants, default):
                    value = given[name]
                    fits = {value, self._plural(value)} if isinstance(value, int) else {value}
                    chosen = next((then for key, then in variants if key in fits), default)
                    parts.append(self._write(chosen, given))
        return "".join(parts)


def _variables(pattern: _Pattern) -> set[str]:
    found: set[str] = set()
    for piece in pattern:
        if isinstance(piece, _Variable | _Choice):
            found.add(piece.name)
        if isinstance(piece, _Choice):
            found.update(*(_variables(then) for _, then in piece.variants), _variables(piece.default))
    return found


class _Unfit(Exception):
    """What is wrong with an entry."""


def _read(file: Traversable) -> Mapping[str, _Pattern]:
    try:
        content = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise TextsError(f"{file}: {error}; install the package anew") from error
    messages: dict[str, _Pattern] = {}
    for entry in FluentParser().parse(content).body:
        try:
            match entry:
                case ast.Message(id=ast.Identifier(name=str(name)), value=value, attributes=[]):
                    if name in messages:
                        raise _Unfit(f"{name} is there twice; take one away")
                    if value is None:
                        raise _Unfit(f"{name} has no text; write one after the '='")
                    messages[name] = _pattern(value)
                case ast.Junk(annotations=notes):
                    why = "; ".join(note.message or note.code for note in notes)
                    raise _Unfit(f"this is no Fluent: {why}")
                case ast.Message() | ast.Term():
                    raise _Unfit(f"{entry.id.name}: terms and attributes aren't known here; write a plain message")
                case ast.ResourceComment() | ast.GroupComment() | ast.Comment():
                    pass
        except _Unfit as unfit:
            line = 1 + content.count("\n", 0, entry.span.start if entry.span else 0)
            raise TextsError(f"{file}:{line}: {unfit}") from unfit
    return messages


def _pattern(pattern: ast.Pattern) -> _Pattern:
    return tuple(
        element.value if isinstance(element, ast.TextElement) else _placeable(element.expression)
        for element in pattern.elements
    )


def _placeable(expression: ast.InlineExpression | ast.Placeable | ast.SelectExpression) -> str | _Variable | _Choice:
    match expression:
        case ast.StringLiteral():
            return expression.parse()["value"]
        case ast.VariableReference(id=ast.Identifier(name=str(name))):
            return _Variable(name)
        case ast.SelectExpression(selector=ast.VariableReference(id=ast.Identifier(name=str(name))), variants=variants):
            default = next(variant.value for variant in variants if variant.default)
            keyed = tuple((_key(variant.key), _pattern(variant.value)) for variant in variants)
            return _Choice(name, keyed, _pattern(default))
        case _:
            what = type(expression).__name__
            raise _Unfit(f"{what} isn't known here; write text, {{ $variable }} or a choice by a variable")


def _key(key: ast.Identifier | ast.NumberLiteral) -> str | int:
    if isinstance(key, ast.Identifier):
        return key.name
    if "." in key.value:
        raise _Unfit(f"[{key.value}]: a choice is by whole numbers")
    return int(key.value)
