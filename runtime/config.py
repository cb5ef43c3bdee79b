"""Configuration: TOML into a typed struct; an error names the file, the key, the value and what is allowed."""

import difflib
import re
import tomllib
from pathlib import Path
from typing import TypeVar

import msgspec

from runtime.errors import ConfigError

Settings = TypeVar("Settings", bound=msgspec.Struct)

_AT = re.compile(r"^(?P<what>.*?)(?: - at `(?P<path>\$[^`]*)`)?$", re.DOTALL)
_UNKNOWN = re.compile(r"unknown field `(?P<field>[^`]*)`")


def load_config(path: Path, settings: type[Settings]) -> Settings:
    """The file as ``settings``, which must forbid unknown fields; raises ``ConfigError``."""
    return parse_config(read_utf8(path, "TOML file"), settings, origin=str(path))


def read_utf8(path: Path, kind: str = "text file") -> str:
    """The text of a file; raises ``ConfigError``, which says in which line it is no UTF-8."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path}: can't be read: {error.strerror}; give an existing {kind}") from error
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{path}, line {line}: is not UTF-8 at byte {error.start}; save it as UTF-8") from error


def parse_config(text: str, settings: type[Settings], *, origin: str) -> Settings:
    """As :func:`load_config`, from text; ``origin`` is named in errors."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{origin}: is not TOML: {error}") from error
    try:
        return msgspec.convert(raw, settings, strict=True)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{origin}: {_explain(str(error), raw, settings)}") from error


def _explain(error: str, raw: object, settings: type[msgspec.Struct]) -> str:
    found = _AT.match(error)
    what = found["what"] if found else error
    path = (found["path"] if found else None) or "$"
    key = path.removeprefix("$").lstrip(".") or "top level"
    unknown = _UNKNOWN.search(what)
    if unknown:
        allowed = _fields_at(settings, path)
        near = difflib.get_close_matches(unknown["field"], allowed, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else "."
        return f"{key}: unknown key {unknown['field']!r}{hint} Allowed: {', '.join(sorted(allowed))}"
    value = _value_at(raw, path)
    shown = "" if value is raw else f" = {value!r}"
    choices = _choices_at(settings, path) if what.startswith("Invalid enum value") else []
    hint = f"; allowed: {', '.join(map(str, choices))}" if choices else ""
    return f"{key}{shown}: {what[0].lower()}{what[1:]}{hint}"


def _steps(path: str) -> list[str | int]:
    return [int(index) if index else name for name, index in re.findall(r"\.([^.\[\]]+)|\[(\d+)\]", path)]


def _value_at(raw: object, path: str) -> object:
    value = raw
    for step in _steps(path):
        match step, value:
            case int(), list() if step < len(value):
                value = value[step]
            case str(), dict() if step in value:
                value = value[step]
            case _:
                return raw
    return value


def _fields_at(settings: type[msgspec.Struct], path: str) -> list[str]:
    info = msgspec.inspect.type_info(settings)
    for step in _steps(path):
        info = _into(info, step)
    info = _struct_in(info)
    return [field.encode_name for field in info.fields] if isinstance(info, msgspec.inspect.StructType) else []


def _choices_at(settings: type[msgspec.Struct], path: str) -> list[str | int]:
    info: msgspec.inspect.Type = msgspec.inspect.type_info(settings)
    for step in _steps(path):
        info = _into(info, step)
    kinds = info.types if isinstance(info, msgspec.inspect.UnionType) else (info,)
    enums = [each for each in kinds if isinstance(each, msgspec.inspect.EnumType)]
    literals = [each for each in kinds if isinstance(each, msgspec.inspect.LiteralType)]
    return [*(each.value for kind in enums for each in kind.cls), *(one for kind in literals for one in kind.values)]


def _struct_in(info: msgspec.inspect.Type) -> msgspec.inspect.Type:
    if isinstance(info, msgspec.inspect.UnionType):
        return next((t for t in info.types if isinstance(t, msgspec.inspect.StructType)), info)
    return info


def _into(info: msgspec.inspect.Type, step: str | int) -> msgspec.inspect.Type:
    info = _struct_in(info)
    if isinstance(info, msgspec.inspect.StructType):
        return next((field.type for field in info.fields if field.encode_name == step), info)
    if isinstance(info, msgspec.inspect.ListType | msgspec.inspect.VarTupleType):
        return info.item_type
    if isinstance(info, msgspec.inspect.DictType):
        return info.value_type
    return info
