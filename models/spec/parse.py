"""TOML → a checked `BankSpec`."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from pathlib import Path

import msgspec
from msgspec import structs

from models.policy_figures import PolicyFigures
from models.spec.errors import SpecError
from models.spec.spec import (
    ROW,
    AutoWindows,
    BankSpec,
    BusinessEntry,
    CategoryEntry,
    ChoiceEntry,
    ColumnsTarget,
    ColumnTarget,
    CustomersTable,
    EventTable,
    FactColumns,
    HideOne,
    HoldingsTable,
    Label,
    NextSnapshot,
    ProductEntry,
    ProductsRule,
    ProfileEntry,
    SplitRule,
    TableSource,
    TableTarget,
    WindowEntry,
)

_UNKNOWN = re.compile(r"unknown field `([^`]*)`")
_READY_FORBIDS = ("product", "category", "business", "products")
_KEYS_OF: Mapping[str, str] = {
    "profil": "[[profile]]",
    "events": "[[event]]",
    "windows": "[[window]]",
    "categories": "[[category]]",
    "customer": "[customers]",
}

_STRUCTS: Mapping[str, tuple[type[msgspec.Struct], ...]] = {
    "customers": (CustomersTable,),
    "profile": (ProfileEntry, ChoiceEntry),
    "products": (ProductsRule,),
    "product": (ProductEntry, Label),
    "category": (CategoryEntry, Label),
    "business": (BusinessEntry, Label),
    "holdings": (HoldingsTable,),
    "event": (EventTable, AutoWindows),
    "window": (WindowEntry,),
    "target": (HideOne, ColumnTarget, ColumnsTarget, TableTarget, NextSnapshot),
    "split": (SplitRule,),
    "facts": (FactColumns,),
    "policy": (PolicyFigures,),
}
"""What may stand in each table, to find the key that was meant."""


def load_spec(path: Path) -> BankSpec:
    """The description in the file at `path`; a `catalogue` that it names as a file is looked for beside it."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise SpecError(f"{path}: cannot be read: {error}; a spec is a TOML file in UTF-8") from error
    spec = parse_spec(text, origin=path.name)
    if spec.catalogue is not None and spec.catalogue.endswith(".toml"):
        return structs.replace(spec, catalogue=str((path.parent / spec.catalogue).resolve()))
    return spec


def parse_spec(text: str, *, origin: str) -> BankSpec:
    """The description in `text`; `SpecError` names `origin`, the key, its value, what is wrong and what is allowed."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SpecError(
            f"{origin}: not valid TOML: {error}; texts stand in quotes, a [[name]] starts one more of several"
        ) from error
    plain = _plain(table)
    try:
        spec = msgspec.convert(plain, type=BankSpec)
    except msgspec.ValidationError as error:
        raise SpecError(_explain(origin, plain, str(error))) from error
    _check(spec, origin)
    return spec


def _plain(value: object) -> object:
    """The same with dates as text, so that `as_of = 2025-01-01` says the same with and without quotes."""
    match value:
        case dict():
            return {str(key): _plain(one) for key, one in value.items()}
        case list():
            return [_plain(one) for one in value]
        case datetime() | date() | time():
            return value.isoformat()
        case _:
            return value


def _explain(origin: str, table: object, message: str) -> str:
    what, _, path = message.partition(" - at `$")
    path = path.rstrip("`").strip(".")
    value = _at(table, path)
    unknown = _UNKNOWN.search(what)
    if unknown:
        key = unknown[1]
        where = path or "the top level"
        return f"{origin}: {where}: there is no key {key!r}{_meant(key, path)}; docs/models/bank-spec.md lists the keys"
    shown = "" if isinstance(value, dict | list) or value is None else f" = {value!r}"[:120]
    if "missing required field" in what.lower():
        return f"{origin}: {path or 'the top level'}: {what[0].lower()}{what[1:]}"
    return f"{origin}: {path or 'the top level'}{shown}: {what}"


def _at(table: object, path: str) -> object:
    value = table
    for key in filter(None, path.replace("[", ".").replace("]", "").split(".")):
        if isinstance(value, Mapping):
            value = value.get(key)
        elif isinstance(value, list) and key.isdigit() and int(key) < len(value):
            value = value[int(key)]
        else:
            return None
    return value


def _meant(key: str, path: str) -> str:
    if not path and key in _KEYS_OF:
        return f" (did you mean {_KEYS_OF[key]}?)"
    top = path.partition(".")[0].partition("[")[0]
    known = {field for one in _STRUCTS.get(top, (BankSpec,)) for field in one.__struct_fields__}
    near = difflib.get_close_matches(key, sorted(known), n=1, cutoff=0.6)
    return f" (did you mean {near[0]}?)" if near else ""


def _check(spec: BankSpec, origin: str) -> None:
    """Nothing if the parts fit each other; `SpecError` says which don't."""
    _unique(origin, "[[profile]] column", [entry.column for entry in spec.profile])
    _unique(origin, "[[profile]] code", [entry.code for entry in spec.profile if entry.code])
    _unique(origin, "[[product]] code", [entry.code for entry in spec.product if entry.code])
    _unique(origin, "[[product]] column", [entry.column for entry in spec.product if entry.column])
    _unique(origin, "[[category]] code", [entry.code for entry in spec.category])
    _unique(origin, "[[business]] code", [entry.code for entry in spec.business])
    _unique(origin, "[[event]] name", [entry.name for entry in spec.event])
    _known(
        origin, "[[window]] event", [one.event for one in spec.window], [one.name for one in spec.event], "[[event]]"
    )
    if spec.catalogue is not None:
        twice = [key for key in _READY_FORBIDS if key != "product" and getattr(spec, key) not in ((), None)]
        if twice:
            raise SpecError(
                f"{origin}: catalogue = {spec.catalogue!r} already declares the products: take [{twice[0]}] out, or "
                "take `catalogue` out"
            )
    else:
        _check_products(spec, origin)
    _check_tables(spec, origin)


def _check_products(spec: BankSpec, origin: str) -> None:
    rule = spec.products
    for at, entry in enumerate(spec.product):
        if entry.code is None and entry.column is None:
            raise SpecError(f"{origin}: product[{at}]: say its code, or the column that says that it is held")
    if rule is None and not spec.product:
        raise SpecError(
            f"{origin}: no products: say them one by one as [[product]], or all at once as [products] with a prefix, a "
            "suffix, a list of columns, from_target = true, or from_holdings = true"
        )
    learned = rule is not None and (rule.from_target or rule.from_holdings)
    if rule is not None and not (rule.prefix or rule.suffix or rule.columns or learned or spec.product):
        raise SpecError(
            f"{origin}: [products] says none of prefix, suffix, columns, from_target, from_holdings: which columns "
            "is it?"
        )
    if rule is not None and rule.from_holdings and spec.holdings is None:
        raise SpecError(
            f"{origin}: products.from_holdings needs [holdings]: the table with a row per customer and product"
        )
    if rule is not None and rule.from_target and not isinstance(spec.target, ColumnTarget | TableTarget):
        raise SpecError(f'{origin}: products.from_target needs a [target] of kind "column" or "table"')
    declared = [one.code for one in spec.category]
    if declared:
        wanted = [one.category for one in spec.product if one.category]
        wanted += [rule.category] if rule is not None and rule.category else []
        _known(origin, "product category", wanted, declared, "[[category]]")
        wanted = [code for one in spec.business for code in one.categories]
        _known(origin, "[[business]] categories", wanted, declared, "[[category]]")


def _check_tables(spec: BankSpec, origin: str) -> None:
    customers, target = spec.customers, spec.target
    if customers.snapshots == "all" and customers.latest_by is None:
        raise SpecError(f'{origin}: customers.snapshots = "all" needs latest_by: the column that says when a row is of')
    if isinstance(target, NextSnapshot) and customers.snapshots != "all":
        raise SpecError(
            f'{origin}: target kind "next_snapshot" needs customers.snapshots = "all" and latest_by: without several '
            "rows of one customer there is no next one"
        )
    if isinstance(target, TableTarget) and target.horizon_days is not None and target.time is None:
        raise SpecError(f"{origin}: target.horizon_days needs target.time: the column that says when it was bought")
    if isinstance(target, ColumnsTarget) and not (target.prefix or target.suffix):
        without = [one.code or one.column for one in spec.product if one.target is None]
        if without or spec.products is not None:
            raise SpecError(
                f'{origin}: target kind "columns": say target.prefix or target.suffix (before and after the product\'s '
                f"code), or `target` of each [[product]]"
            )
    if customers.key == ROW:
        needing = [f"[[event]] {one.name}" for one in spec.event]
        needing += ["[holdings]"] * (spec.holdings is not None) + ["[target]"] * isinstance(target, TableTarget)
        if needing:
            raise SpecError(f"{origin}: customers.key is needed by {needing[0]}: which column says whose row it is?")
    if spec.split.column is not None and not spec.split.held_out and spec.split.since is None:
        raise SpecError(f"{origin}: split.column needs held_out = [values], or since = a date")
    tables: list[tuple[str, TableSource]] = [("customers", customers)]
    tables += [(f"event {one.name}", one) for one in spec.event]
    if spec.holdings is not None:
        tables.append(("holdings", spec.holdings))
    if isinstance(target, TableTarget):
        tables.append(("target", target))
    for name, table in tables:
        if not table.files:
            raise SpecError(f"{origin}: {name}.file is empty: name a file")
        if table.decimal == table.thousands:
            raise SpecError(f"{origin}: {name}: decimal and thousands are both {table.decimal!r}")
        try:
            "".encode(table.encoding)
        except LookupError as error:
            raise SpecError(
                f"{origin}: {name}.encoding = {table.encoding!r} is unknown; common are utf-8, latin-1, gb18030, cp949"
            ) from error


def _unique(origin: str, what: str, values: Iterable[str]) -> None:
    seen: set[str] = set()
    for value in values:
        if value in seen:
            raise SpecError(f"{origin}: {what} = {value!r} is there twice; say everything about it in one place")
        seen.add(value)


def _known(origin: str, what: str, values: Iterable[str], known: Iterable[str], where: str) -> None:
    allowed = sorted(known)
    for value in values:
        if value not in allowed:
            near = difflib.get_close_matches(value, allowed, n=1)
            hint = f" (did you mean {near[0]}?)" if near else ""
            there = ", ".join(allowed) or "none"
            raise SpecError(f"{origin}: {what} = {value!r} is not declared{hint}; declared as {where}: {there}")
