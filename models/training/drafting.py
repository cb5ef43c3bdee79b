"""A first spec for a bank's files: what can be seen is written down, what must be decided is said in comments."""

# ruff: noqa: S608 — every name and text in a statement goes through `quoted` and `literal`.
from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from models.spec.errors import SpecError
from models.spec.sniff import far_value
from models.spec.values import code_of, number, times_of
from models.training.sighting import (
    Sight,
    encoding_in,
    key_of,
    look,
    moment_of,
    products_in,
    suffix_of,
    targets_in,
)
from models.training.warehouse import Warehouse, quoted, time_sql

_SENSITIVE = re.compile(
    r"(relig|god|faith|ethnic|race|racial|nation|citizen|polit|union|sex|gender|gdr|health|disab|orient|marit|mrg)",
    re.I,
)
_AMOUNT = re.compile(r"(amount|amt|sum|value|price|total|betrag|importe|monto|seconds|duration)", re.I)
_KIND = re.compile(r"(page|type|kind|cod|code|cd|categ|channel|event|action|mcc|merchant)", re.I)


def draft_spec(
    customers: Path, events: Mapping[str, Path], products: Sequence[str], folder: Path, *, target: str | None = None
) -> str:
    """The text of a first spec, its files named as seen from `folder`. `products`: columns, patterns, or beginnings of
    names; without any, yes/no columns that look like products are proposed. `target`: the column that names what was
    wanted, or a pattern or beginning of 0/1 columns that say it of one product each."""
    with Warehouse() as warehouse:
        sight = look(warehouse, "customers", customers)
        logs = [(name, look(warehouse, f"log_{at}", path), path) for at, (name, path) in enumerate(events.items())]
        targets = targets_in(sight, target)
        key, snapshot = key_of(sight), moment_of(sight)
        never = {key, snapshot or "", *targets}
        picked = products_in(sight, products, never) if products or target is None else []
        lines = _head(customers)
        lines += _customers(warehouse, sight, customers, folder, key, snapshot, logs)
        lines += _wanted_lines(targets) if len(targets) > 1 and not picked else _product_lines(sight, picked, products)
        lines += _profile(sight, never | set(picked))
        for at, (name, log, path) in enumerate(logs):
            lines += _event(name, log, path, folder, key, sight, f"log_{at}", warehouse, targets)
        lines += _target(picked, targets)
        lines += _tail(sight)
    return "\n".join(lines) + "\n"


def _written(path: Path) -> list[str]:
    """The line that says how a file is encoded, where that is not utf-8."""
    encoding = encoding_in(path)
    return (
        [] if encoding == "utf-8" else [f"encoding = {_quoted(encoding)}    # guessed: do names read well in `check`?"]
    )


def _wanted_lines(targets: Sequence[str]) -> list[str]:
    """A product for each target column; held by nobody, as far as the table says."""
    start = len(_beginning(targets))
    lines = ["# One product for each of the target's columns. Where another column says that it is held: column = ..."]
    for one in targets:
        lines += ["[[product]]", f"code = {_quoted(code_of(one[start:]))}", f"target = {_quoted(one)}", ""]
    return lines


def _beginning(columns: Sequence[str]) -> str:
    """What all begin with, up to a `_`."""
    first, last = min(columns), max(columns)
    same = next((at for at, (one, other) in enumerate(zip(first, last, strict=False)) if one != other), len(first))
    return first[: first[:same].rfind("_") + 1]


def _head(customers: Path) -> list[str]:
    name = code_of(re.sub(r"\.(csv|tsv|parquet|jsonl|json|txt|gz)", "", customers.name))
    return [
        f"# A first spec, drafted from {customers.name}. Read it through: every line can be changed or taken out, and",
        "# `usher models check --spec` says what becomes of it. docs/models/bank-spec.md explains every key.",
        "",
        f"name = {_quoted(name)}",
        f"title = {_quoted(name)}",
        'source = ""     # where the data is from',
        'licence = ""    # under which licence',
        'limits = ""     # what a model of it must not be used for',
        'profile_rest = "auto"    # columns that are not named below describe the customer too; "skip" leaves them out',
        "",
    ]


def _customers(
    warehouse: Warehouse,
    sight: Sight,
    path: Path,
    folder: Path,
    key: str,
    snapshot: str | None,
    logs: Sequence[tuple[str, Sight, Path]],
) -> list[str]:
    lines = ["[customers]", f"file = {_quoted(_from(path, folder))}", f"key = {_quoted(key)}", *_decimals(sight)]
    lines += [*_written(path), *_sentinels(sight)]
    if snapshot is not None:
        lines += [
            f"latest_by = {_quoted(snapshot)}    # customers have several rows: this says when each is of",
            'snapshots = "latest"    # "all": each row is a question of its own',
        ]
        return [*lines, ""]
    moment = _latest(warehouse, [(f"log_{at}", log) for at, (_, log, _) in enumerate(logs)])
    if moment is None:
        moment = _latest(warehouse, [("customers", sight)])
    if moment is None:
        lines.append('# as_of = "2025-01-01"    # the moment of the analysis: nothing at or after it is seen')
    else:
        lines.append(
            f"as_of = {_quoted(moment)}    # the day after the latest time seen in the first rows: is it right?"
        )
    return [*lines, ""]


def _decimals(sight: Sight) -> list[str]:
    return ['decimal = ","', 'thousands = "."'] if sight.commas else []


def _sentinels(sight: Sight) -> list[str]:
    """Numbers that rather mean "unknown", as this table's texts for missing."""
    found: dict[str, str] = {}
    for column, kind in sight.kinds.items():
        if kind.kind != "number" or sight.commas:
            continue
        known = [(number(text), text, count) for text, count in sight.counts[column].items()]
        values = np.repeat([one[0] or 0.0 for one in known], [one[2] for one in known])
        far = far_value(values)
        found |= {text: column for value, text, _ in known if far is not None and value == far}
    if not found:
        return []
    columns = ", ".join(dict.fromkeys(found.values()))
    return [f"null = [{', '.join(map(_quoted, found))}]    # far from all other values of {columns}: unknown?"]


def _latest(warehouse: Warehouse, tables: Sequence[tuple[str, Sight]]) -> str | None:
    """The day after the latest time in the samples."""
    seconds: list[float] = []
    for name, sight in tables:
        for column, kind in sight.kinds.items():
            times = kind.times or times_of(list(sight.counts[column])[:500], epochs=name != "customers")
            if times:
                value = warehouse.one(f"SELECT max({time_sql(quoted(column), times)}) FROM {quoted(name)}")[0]
                seconds += [float(value)] if isinstance(value, int | float) else []
    if not seconds:
        return None
    day = warehouse.one(f"SELECT strftime(to_timestamp({max(seconds)!r} + 86400.0), '%Y-%m-%d')")[0]
    return str(day)


def _product_lines(sight: Sight, picked: Sequence[str], wanted: Sequence[str]) -> list[str]:
    if not picked:
        return [
            "# Which products are there? No columns were named with --products, and none look like products. Either",
            "# [products]",
            '# columns = ["has_card", "has_loan"]    # or prefix = "has_"',
            "# or, where the target names them:",
            "[products]",
            "from_target = true",
            "",
        ]
    prefix = next((one for one in wanted if all(column.startswith(one) for column in picked)), None)
    lines = ["[products]    # held when above 0, or yes"]
    if prefix is not None and len(wanted) == 1:
        suffix = suffix_of([column for column in sight.table.columns if column.startswith(prefix)])
        lines.append(f"prefix = {_quoted(prefix)}    # {len(picked)} columns")
        if suffix:
            rest = [c for c in sight.table.columns if c.startswith(prefix) and not c.endswith(suffix)]
            lines.append(f"suffix = {_quoted(suffix)}    # so without {', '.join(rest)}")
    else:
        lines += ["columns = [", *(f"    {_quoted(column)}," for column in picked), "]"]
    return [
        *lines,
        "",
        "# Names in three languages, categories, who may buy: one [[product]] each, as far as you want, for example",
        "# [[product]]",
        f"# column = {_quoted(picked[0])}",
        '# category = "cards"',
        '# names = { en = "Credit card", zh = "信用卡", ko = "신용카드" }',
        "# min_age = 18",
        "",
    ]


def _profile(sight: Sight, never: set[str]) -> list[str]:
    lines = [
        "# What describes the customer. Ranges, defaults and values are learned; say low, high, default to fix them.",
        "",
    ]
    for column in sight.table.columns:
        if column in never:
            continue
        seen = sight.kinds[column]
        remarks = []
        if seen.kind == "skip":
            remarks.append(f"left out: {seen.why}")
        else:
            remarks.append(f"{sight.distinct(column)} values")
        if sight.missing(column) >= 0.005:
            remarks.append(f"{sight.missing(column):.1%} missing")
        if _SENSITIVE.search(column):
            remarks.append('sensitive? then kind = "skip"')
        lines += [
            "[[profile]]",
            f"column = {_quoted(column)}",
            f"kind = {_quoted(seen.kind)}    # {'; '.join(remarks)}",
            "",
        ]
    return lines


def _event(
    name: str,
    log: Sight,
    path: Path,
    folder: Path,
    key: str,
    customers: Sight,
    table: str,
    warehouse: Warehouse,
    targets: Sequence[str],
) -> list[str]:
    columns = log.table.columns
    own = key if key in columns else _shared(columns, key, table, warehouse)
    times = {column: times_of(list(log.counts[column])[:500], epochs=True) for column in columns if column != own}
    time = next((column for column in columns if times.get(column)), None)
    if time is None:
        raise SpecError(
            f"{log.table.files[0].name}: no column reads as a time, and a log needs one; its columns are "
            f"{', '.join(columns)}"
        )
    rest = [c for c in columns if c not in (own, time, *targets) and not times.get(c)]  # no answers
    numbers = [column for column in rest if log.kinds[column].kind == "number"]
    amount = next((column for column in numbers if _AMOUNT.search(column)), None)
    choices = [column for column in rest if log.kinds[column].kind in ("choice", "flag") and column != amount]
    named = [column for column in choices if _KIND.search(column)] or choices
    kind = max(named, key=log.distinct, default=None)
    lines = [
        "[[event]]",
        f"name = {_quoted(code_of(name))}",
        f"file = {_quoted(_from(path, folder))}",
        f"key = {_quoted(own)}",
        f"time = {_quoted(time)}",
        *_decimals(log),
        *_written(path),
    ]
    if kind is not None:
        others = [column for column in choices if column != kind]
        remark = f"    # also possible: {', '.join(others)}; a list makes one kind of several columns" if others else ""
        lines.append(f"kind = {_quoted(kind)}{remark}")
    if amount is not None:
        lines.append(f"amount = {_quoted(amount)}")
    return [*lines, "auto = { days = [7, 30, 90], top_kinds = 30 }", ""]


def _shared(columns: Sequence[str], key: str, table: str, warehouse: Warehouse) -> str:
    """The log's column that has most of the customers' keys."""

    def share(column: str) -> int:
        return warehouse.count(
            f"SELECT count(DISTINCT {quoted(column)}) FROM {quoted(table)} WHERE {quoted(column)} IN "
            f"(SELECT {quoted(key)} FROM customers)"
        )

    return max(columns, key=share)


def _target(picked: Sequence[str], targets: Sequence[str]) -> list[str]:
    if len(targets) > 1:
        return [
            "[target]    # 0/1 columns, one a product; several may be 1",
            'kind = "columns"',
            f"prefix = {_quoted(_beginning(targets) or targets[0])}",
            "",
        ]
    if not targets and picked:
        return [
            "[target]    # one product of each customer with two or more is hidden and asked for",
            'kind = "hide_one"',
            '# or what was bought next: kind = "column" | "columns" | "table" | "next_snapshot"',
            "",
        ]
    column = targets[0] if targets else ""
    return [
        "[target]    # which column says what was wanted?",
        'kind = "column"',
        f"column = {_quoted(column)}" + ("" if targets else "    # FILL IN"),
        "# none = []    # values that mean: nothing",
        "",
    ]


def _tail(sight: Sight) -> list[str]:
    ages = [
        column for column in sight.table.columns if re.search(r"(^|_)(age|edad|birth|dob|birthdate)(_|$)", column, re.I)
    ]
    segments = [column for column in sight.table.columns if re.search(r"segment", column, re.I)]
    lines = ["[split]", "share = 0.2    # held out, by hash of the key", ""]
    facts = [f"age = {_quoted(ages[0])}"] if ages else ['# age = "…"    # years or a date of birth']
    facts.append(f"segment = {_quoted(segments[0])}" if segments else '# segment = "…"')
    return [*lines, "[facts]    # what the rules about who may buy look at", *facts, ""]


def _from(path: Path, folder: Path) -> str:
    resolved, base = path.resolve(), folder.resolve()
    return resolved.relative_to(base).as_posix() if resolved.is_relative_to(base) else resolved.as_posix()


def _quoted(text: str) -> str:
    """A TOML string."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
