"""A settings file as a page of the reference: each table with what its class promises, and its keys."""

from __future__ import annotations

import re
from collections.abc import Iterator
from inspect import cleandoc

import msgspec
from msgspec import inspect


def settings_page(title: str, intro: str, settings: type[msgspec.Struct]) -> str:
    """The page of a whole file; each table of it is a section."""
    lines = [f"# {title}", "", intro, ""]
    lines += _section(settings, "", frozenset())
    return "\n".join(lines).rstrip() + "\n"


def allowed(kind: inspect.Type) -> str:
    """What a key may hold, for a cell of a table."""
    if isinstance(kind, inspect.Metadata):
        kind = kind.type
    match kind:
        case inspect.UnionType(types=kinds):
            return " or ".join(allowed(one) for one in kinds if not isinstance(one, inspect.NoneType))
        case inspect.EnumType(cls=enum):
            return "one of " + ", ".join(f"`{one.value}`" for one in enum)
        case inspect.VarTupleType(item_type=item) | inspect.ListType(item_type=item):
            return f"list of {allowed(item)}"
        case inspect.TupleType(item_types=items):
            return f"[{', '.join(map(allowed, items))}]"
        case inspect.DictType(key_type=key, value_type=value):
            return f"table: {allowed(key)} = {allowed(value)}"
        case inspect.StructType(fields=fields):
            return "table of " + ", ".join(field.encode_name for field in fields)
        case _:
            name = type(kind).__name__.removesuffix("Type").lower()
    limits = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<", "min_length": "length ≥", "max_length": "length ≤"}
    limits["pattern"] = "pattern"
    said = [f"{sign} {getattr(kind, key)}" for key, sign in limits.items() if getattr(kind, key, None) is not None]
    return ", ".join([name, *said]).replace("|", "\\|")


def _section(settings: type[msgspec.Struct], place: str, inherited: frozenset[str]) -> Iterator[str]:
    """Its promise, its keys but the ``inherited`` ones, and a section for each table in it."""
    info = inspect.type_info(settings)
    assert isinstance(info, inspect.StructType)
    if settings.__doc__:
        promise = re.sub(r"\s*Raises [^.]*\.", "", cleandoc(settings.__doc__))  # of the class, not of the file
        yield from (promise.replace("``", "`"), "")
    fields = [field for field in info.fields if field.encode_name not in inherited]
    plain = [field for field in fields if not _tables(field.type)]
    if plain:
        yield from ("| key | default | allowed |", "|---|---|---|")
        yield from (f"| `{field.encode_name}` | {_default(field)} | {allowed(field.type)} |" for field in plain)
        yield ""
    for field in fields:
        yield from _below(field, f"{place}.{field.encode_name}" if place else field.encode_name)


def _below(field: inspect.Field, place: str) -> Iterator[str]:
    kinds = _tables(field.type)
    many = isinstance(_bare(field.type), inspect.VarTupleType)
    heading = f"[[{place}]]" if many else f"[{place}]"
    if len(kinds) > 1:
        base = _shared([kind.cls for kind in kinds])
        common: frozenset[str] = frozenset()
        if base is not None:
            yield from (f"## `{heading}`, of every kind", "")
            yield from _section(base, place, common)
            common = frozenset(base.__struct_encode_fields__)
        for kind in kinds:
            yield from (f"## `{heading}`, `{kind.tag_field} = {msgspec.json.encode(kind.tag).decode()}`", "")
            yield from _section(kind.cls, place, common)
    elif kinds:
        yield from (f"## `{heading}`", "")
        yield from _section(kinds[0].cls, place, frozenset())


def _shared(kinds: list[type[msgspec.Struct]]) -> type[msgspec.Struct] | None:
    """The class that all of them extend, if there is one with keys."""
    bases = [base for base in kinds[0].__mro__[1:] if issubclass(base, msgspec.Struct) and base is not msgspec.Struct]
    return next((base for base in bases if all(issubclass(kind, base) for kind in kinds)), None)


def _tables(kind: inspect.Type) -> list[inspect.StructType]:
    """The structs that stand for tables of their own."""
    match _bare(kind):
        case inspect.StructType() as one:
            return [one]
        case inspect.UnionType(types=kinds):
            return [one for one in kinds if isinstance(one, inspect.StructType)]
        case inspect.VarTupleType(item_type=item):
            return _tables(item)
        case _:
            return []


def _bare(kind: inspect.Type) -> inspect.Type:
    return kind.type if isinstance(kind, inspect.Metadata) else kind


def _default(field: inspect.Field) -> str:
    if field.required:
        return "must be given"
    default = field.default_factory() if field.default is msgspec.NODEFAULT else field.default
    return "not set" if default is None else f"`{msgspec.json.encode(default).decode()}`"
