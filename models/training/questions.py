"""What each customer holds, which product they wanted, and who is held out."""

# ruff: noqa: S608 — every name and text in a statement goes through `quoted` and `literal`.
from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

import numpy as np
import numpy.typing as npt

from models.spec.errors import TableError
from models.spec.spec import (
    ColumnsTarget,
    ColumnTarget,
    HideOne,
    HoldingsTable,
    NextSnapshot,
    SplitRule,
    TableTarget,
)
from models.spec.values import ISO, level
from models.training.bank_tables import DAY_S, Bank, times_in
from models.training.products import ProductSource
from models.training.warehouse import Table, literal, number_sql, time_sql

Held = npt.NDArray[np.bool_]
Positions = npt.NDArray[np.int64]
Folds = npt.NDArray[np.int8]

TRAINING_FOLDS = 4
_FINE = 1_000_000


@dataclass(frozen=True, slots=True)
class Questions:
    """`asker` [Q]: which customer asks; `wanted` [Q]: position of the product; `held` [Q, K]: what they hold, without
    it."""

    asker: Positions
    wanted: Positions
    held: Held


def folds_of(bank: Bank) -> Folds:
    """Each customer's fold: 0 is held out, 1 to 4 are for training. Rows of one customer are in one fold."""
    rule = bank.spec.split
    if rule.column is not None:
        return _declared_folds(bank, rule)
    texts = bank.identity(rule.by, "split.by")
    return np.fromiter((_fold(rule, text) for text in texts), dtype=np.int8, count=len(texts))


def _hashed(text: str) -> int:
    return int(hashlib.sha256(text.encode()).hexdigest(), 16)


def _fold(rule: SplitRule, text: str) -> int:
    hashed = _hashed(f"{rule.salt}{text}")
    if rule.share == 0.2:
        return hashed % 5
    if hashed % _FINE < rule.share * _FINE:
        return 0
    return 1 + hashed // _FINE % TRAINING_FOLDS


def _declared_folds(bank: Bank, rule: SplitRule) -> Folds:
    assert rule.column is not None
    cell = bank.table.need(rule.column, "split.column")
    if rule.since is not None:
        times = times_in(bank.warehouse, f"SELECT {cell} FROM customers", None)
        since = bank.warehouse.one(f"SELECT {time_sql(literal(rule.since), (ISO,))}")[0]
        if times is None or not isinstance(since, int | float):
            wrong = f"{rule.column} is not a time" if times is None else f"since = {rule.since!r} is not a date"
            raise TableError(f"{bank.table.files[0].name}: [split]: {wrong}")
        out = bank.floats(time_sql(cell, times)) >= since
    else:
        values = {level(value) for value in rule.held_out}
        out = np.array([text in values for text in bank.texts(rule.column, "split.column")])
    texts = bank.identity(rule.by, "split.by")
    trained = np.fromiter(
        (1 + _hashed(f"{rule.salt}{text}") % TRAINING_FOLDS for text in texts), dtype=np.int8, count=len(texts)
    )
    return np.where(out, np.int8(0), trained).astype(np.int8)


def target_texts(bank: Bank, among: npt.NDArray[np.bool_]) -> Counter[str]:
    """What the target of these customers says, counted; empty for kinds of target that name no product."""
    match bank.spec.target:
        case ColumnTarget(column=column, none=none):
            texts = bank.texts(column, "target.column")
            nothing = {"", *map(level, none)}
            return Counter(text for text, chosen in zip(texts, among, strict=True) if chosen and text not in nothing)
        case TableTarget() as target:
            table = _purchases(bank, target)
            product = table.need(target.product, "target.product")
            with bank.warehouse.given("among", {"n": np.flatnonzero(among)}):
                rows = bank.warehouse.rows(
                    f'SELECT t.{product}, count(*) FROM ({table.sql}) t JOIN customers c ON c."usher:key" = '
                    f't.{table.need(target.key, "target.key")} WHERE c."usher:n" IN (SELECT n FROM among) '
                    f"AND t.{product} IS NOT NULL GROUP BY 1",
                    table,
                )
            return Counter({str(text): int(str(count)) for text, count in rows})
        case _:
            return Counter()


def holdings_texts(bank: Bank, among: npt.NDArray[np.bool_]) -> Counter[str]:
    """How the holdings' table calls products, with how many of these customers ever had each."""
    source = bank.spec.holdings
    if source is None:
        return Counter()
    table = bank.warehouse.open("holdings", source, bank.folder)
    product = table.need(source.product, "holdings.product")
    with bank.warehouse.given("among", {"n": np.flatnonzero(among)}):
        rows = bank.warehouse.rows(
            f'SELECT t.{product}, count(DISTINCT c."usher:n") FROM ({table.sql}) t JOIN customers c ON c."usher:key" = '
            f't.{table.need(source.key, "holdings.key")} WHERE c."usher:n" IN (SELECT n FROM among) '
            f"AND t.{product} IS NOT NULL GROUP BY 1",
            table,
        )
    return Counter({str(text): int(str(count)) for text, count in rows})


def holdings_of(bank: Bank, products: Sequence[ProductSource]) -> Held:
    """Which customers hold which products, [N, K]."""
    held = np.zeros((len(bank), len(products)), dtype=np.bool_)
    for at, product in enumerate(products):
        if product.column is not None:
            held[:, at] = yes_column(bank, product.column, f"product {product.product.code}")
    if bank.spec.holdings is not None:
        _add_listed(bank, bank.spec.holdings, products, held)
    return held


def yes_column(bank: Bank, column: str, key: str) -> npt.NDArray[np.bool_]:
    """Whether each customer's cell is a number above 0 or a yes; missing is no. `TableError` for anything else."""
    cell = bank.table.need(column, key)
    value = number_sql(cell, bank.table.decimal, bank.table.thousands)
    bad = bank.warehouse.rows(
        f'SELECT "usher:row", {cell} FROM customers WHERE {cell} IS NOT NULL AND {value} IS NULL ORDER BY 1 LIMIT 1'
    )
    if bad:
        raise TableError(
            f"{bank.table.files[0].name}: data row {int(str(bad[0][0])) + 1}: {column} = {bad[0][1]!r} ({key}) is "
            "neither a number nor yes or no; if it means nothing add it to customers.null, if the column is no "
            "product's add it to products.skip"
        )
    with np.errstate(invalid="ignore"):
        return bank.floats(value) > 0.0


def _positions(products: Sequence[ProductSource]) -> dict[str, int]:
    return {text: at for at, product in reversed(list(enumerate(products))) for text in product.texts}


def _known_texts(products: Sequence[ProductSource]) -> str:
    rows = ", ".join(f"({literal(text)}, {at})" for text, at in _positions(products).items())
    return f"(VALUES {rows}) AS p(text, place)"


def _add_listed(bank: Bank, source: HoldingsTable, products: Sequence[ProductSource], held: Held) -> None:
    table = bank.warehouse.open("holdings", source, bank.folder)
    product = table.need(source.product, "holdings.product")
    bounds = []
    for column, sign in ((source.opened, "<="), (source.closed, ">")):
        if column is None:
            continue
        seconds = _time(bank, table, column, source.time_format)
        bounds.append(f'({seconds} IS NULL OR {seconds} {sign} c."usher:as_of")')
    if bounds and np.isnan(bank.as_of).any():
        raise TableError("holdings.opened and holdings.closed need customers.as_of: the moment of the analysis")
    where = "".join(f" AND {bound}" for bound in bounds)
    rows = bank.warehouse.floats(
        f'SELECT c."usher:n" AS n, p.place AS place FROM ({table.sql}) t JOIN customers c ON c."usher:key" = '
        f"t.{table.need(source.key, 'holdings.key')} JOIN {_known_texts(products)} ON p.text = t.{product}{where}",
        table,
    )
    held[rows[0].astype(np.int64), rows[1].astype(np.int64)] = True
    _report_strangers(bank, table, product, products)


def _report_strangers(bank: Bank, table: Table, product: str, products: Sequence[ProductSource]) -> None:
    strangers = bank.warehouse.rows(
        f"SELECT {product}, count(*) FROM ({table.sql}) t LEFT JOIN {_known_texts(products)} ON p.text = t.{product} "
        f"WHERE p.place IS NULL AND {product} IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 6",
        table,
    )
    if strangers:
        shown = ", ".join(f"{text!r} ({count} rows)" for text, count in strangers)
        bank.notes.say(f"{table.files[0].name} names products that are not declared, which are not looked at: {shown}")


def _time(bank: Bank, table: Table, column: str, declared: str | None) -> str:
    cell = table.need(column, table.name)
    times = times_in(bank.warehouse, f"SELECT {cell} FROM ({table.sql})", declared)
    if times is None:
        raise TableError(f"{table.files[0].name}: {column} does not read as a time; say {table.name}.time_format")
    return time_sql(f"t.{cell}", times)


def ask(bank: Bank, products: Sequence[ProductSource], held: Held) -> Questions:
    """The questions that the target asks; who asks none is counted in the bank's notes."""
    target = bank.spec.target
    hide = False
    match target:
        case HideOne():
            return _hide_one(bank, target, products, held)
        case ColumnTarget():
            asker, wanted = _by_column(bank, target, products)
            hide = target.already_held == "hide"
        case ColumnsTarget():
            asker, wanted = _by_columns(bank, products)
            hide = target.already_held == "hide"
        case TableTarget():
            asker, wanted = _by_table(bank, target, products)
            hide = target.already_held == "hide"
        case NextSnapshot():
            asker, wanted = _by_next(bank, held)
        case _:
            assert_never(target)
    silent = len(bank) - len(np.unique(asker))
    bank.notes.leave_out("wanted no product", silent)
    if not hide:
        owned = held[asker, wanted]
        bank.notes.leave_out(
            "wanted only what they hold already", len(np.unique(asker)) - len(np.unique(asker[~owned]))
        )
        asker, wanted = asker[~owned], wanted[~owned]
    without = held[asker]
    without[np.arange(len(asker)), wanted] = False
    return Questions(asker, wanted, without)


def _hide_one(bank: Bank, target: HideOne, products: Sequence[ProductSource], held: Held) -> Questions:
    counts = held.sum(axis=1)
    asker = np.flatnonzero(counts >= target.least)
    bank.notes.leave_out(f"hold fewer than {target.least} products", len(bank) - len(asker))
    texts = bank.identity(target.by, "target.by")
    chosen = np.fromiter(
        (_hashed(f"{target.salt}{texts[at]}") % int(counts[at]) for at in asker.tolist()), np.int64, count=len(asker)
    )
    without = held[asker]
    nth = np.cumsum(without, axis=1) - 1
    wanted = np.argmax(without & (nth == chosen[:, None]), axis=1).astype(np.int64)
    without[np.arange(len(asker)), wanted] = False
    return Questions(asker.astype(np.int64), wanted, without)


def _by_column(bank: Bank, target: ColumnTarget, products: Sequence[ProductSource]) -> tuple[Positions, Positions]:
    positions = _positions(products)
    nothing = {"", *map(level, target.none)}
    texts = bank.texts(target.column, "target.column")
    found = np.fromiter((-1 if text in nothing else positions.get(text, -2) for text in texts), np.int64, len(texts))
    strangers = Counter(text for text, at in zip(texts, found, strict=True) if at == -2)
    if strangers:
        shown = ", ".join(f"{text!r} ({count})" for text, count in strangers.most_common(6))
        bank.notes.say(f"{target.column} names what is no product: {shown}; those customers ask nothing")
    asker = np.flatnonzero(found >= 0)
    return asker.astype(np.int64), found[asker]


def _by_columns(bank: Bank, products: Sequence[ProductSource]) -> tuple[Positions, Positions]:
    wants = np.zeros((len(bank), len(products)), dtype=np.bool_)
    for at, product in enumerate(products):
        if product.target is not None:
            wants[:, at] = yes_column(bank, product.target, f"product {product.product.code}.target")
    asker, wanted = np.nonzero(wants)
    return asker.astype(np.int64), wanted.astype(np.int64)


def _purchases(bank: Bank, target: TableTarget) -> Table:
    return bank.warehouse.open("target", target, bank.folder)


def _by_table(bank: Bank, target: TableTarget, products: Sequence[ProductSource]) -> tuple[Positions, Positions]:
    table = _purchases(bank, target)
    product = table.need(target.product, "target.product")
    where = ""
    if target.time is not None:
        if np.isnan(bank.as_of).any():
            raise TableError("target.time needs customers.as_of: what was bought at or after it was wanted")
        seconds = _time(bank, table, target.time, target.time_format)
        where = f' AND {seconds} >= c."usher:as_of"'
        if target.horizon_days is not None:
            where += f' AND {seconds} < c."usher:as_of" + {target.horizon_days * DAY_S!r}'
    rows = bank.warehouse.floats(
        f'SELECT DISTINCT c."usher:n" AS n, p.place AS place FROM ({table.sql}) t JOIN customers c ON c."usher:key" = '
        f"t.{table.need(target.key, 'target.key')} JOIN {_known_texts(products)} ON p.text = t.{product}{where} "
        "ORDER BY 1, 2",
        table,
    )
    _report_strangers(bank, table, product, products)
    return rows[0].astype(np.int64), rows[1].astype(np.int64)


def _by_next(bank: Bank, held: Held) -> tuple[Positions, Positions]:
    order = np.lexsort((bank.as_of, bank.who))
    same = bank.who[order[1:]] == bank.who[order[:-1]]
    now, after = order[:-1][same], order[1:][same]
    gained = held[after] & ~held[now]
    at, wanted = np.nonzero(gained)
    asker = now[at]
    sorted_by = np.lexsort((wanted, asker))
    return asker[sorted_by].astype(np.int64), wanted[sorted_by].astype(np.int64)
