"""What a spec was understood as, for people to look at before they train."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import numpy as np

from models.columns import ChoiceColumn
from models.features import FeatureSpace, Rows
from models.training.population import HELD_OUT, Population
from models.training.tables import Read, population_of


class CheckedTable(msgspec.Struct, frozen=True):
    """A table that was read."""

    name: str
    files: tuple[str, ...]
    rows: int
    columns: int


class CheckedColumn(msgspec.Struct, frozen=True):
    """A column that describes the customer: from where, what it is, shares of questions that miss it or are out of its
    range, in training and held out."""

    code: str
    source: str
    kind: str
    figures: str
    missing: float
    missing_held_out: float
    out_of_range_held_out: float


class CheckedProduct(msgspec.Struct, frozen=True):
    """A product: its category, where it is held, how many hold it and how many questions want it."""

    code: str
    category: str
    column: str | None
    held: int
    wanted: int
    wanted_held_out: int


class Checked(msgspec.Struct, frozen=True):
    """All that was understood."""

    name: str
    tables: tuple[CheckedTable, ...]
    customers: int
    questions: int
    held_out: int
    left_out: dict[str, int]
    protocol: str
    columns: tuple[CheckedColumn, ...]
    skipped: dict[str, str]
    products: tuple[CheckedProduct, ...]
    warnings: tuple[str, ...]
    features: int


def checked(read: Read) -> Checked:
    """What was understood of a bank's spec and tables."""
    population = population_of(read)
    bank = read.bank
    tables = [CheckedTable("customers", tuple(p.name for p in bank.table.files), len(bank), len(bank.table.columns))]
    tables += [
        CheckedTable(log.event.name, tuple(p.name for p in log.table.files), log.rows, len(log.table.columns))
        for log in read.logs
    ]
    held_out = population.fold == HELD_OUT
    wanted = np.bincount(population.wanted, minlength=len(read.products))
    wanted_out = np.bincount(population.wanted[held_out], minlength=len(read.products))
    products = tuple(
        CheckedProduct(
            one.product.code,
            one.product.category,
            one.column,
            int(read.held[:, at].sum()),
            int(wanted[at]),
            int(wanted_out[at]),
        )
        for at, one in enumerate(read.products)
    )
    return Checked(
        name=bank.spec.name,
        tables=tuple(tables),
        customers=len(bank),
        questions=len(population),
        held_out=int(held_out.sum()),
        left_out=dict(population.left_out),
        protocol=population.protocol,
        columns=tuple(_columns(read, population)),
        skipped=dict(read.learned.skipped) if read.learned is not None else {},
        products=products,
        warnings=(*bank.notes.said, *_warnings(population, products)),
        features=FeatureSpace(read.catalogue).size,
    )


def _columns(read: Read, population: Population) -> Iterator[CheckedColumn]:
    space = FeatureSpace(read.catalogue)
    held_out = population.fold == HELD_OUT
    training, test = population.raw[~held_out], population.raw[held_out]
    counts = space.count(Rows(test, {}))
    place = {code: at for at, code in enumerate(space.columns)}
    sources = {one.code: one for one in read.readings}
    for column in read.catalogue.profile:
        at = place[column.code]
        source = sources.get(column.code)
        whence = source.column if source is not None else column.code
        if isinstance(column, ChoiceColumn):
            kind = "choice"
            shown = [one.text or str(one.value) for one in column.choices]
            figures = f"{len(shown)} values: {', '.join(shown[:8])}{', …' if len(shown) > 8 else ''}"
        else:
            kind = "window" if column.window is not None else source.read_as if source is not None else "number"
            whence = column.window.table if column.window is not None else whence
            figures = f"{column.low:g} to {column.high:g}, default {column.default:g}, {column.scale}"
        yield CheckedColumn(
            code=column.code,
            source=whence,
            kind=kind,
            figures=figures,
            missing=_share(np.isnan(training[:, at]).sum(), len(training)),
            missing_held_out=_share(counts.missing.get(column.code, 0), len(test)),
            out_of_range_held_out=_share(counts.out_of_range.get(column.code, 0), len(test)),
        )


def _share(part: int, whole: int) -> float:
    return round(float(part) / whole, 4) if whole else 0.0


def _warnings(population: Population, products: tuple[CheckedProduct, ...]) -> Iterator[str]:
    questions = len(population)
    if questions < 500:
        yield f"only {questions} questions: figures will be rough"
    held_out = int((population.fold == HELD_OUT).sum())
    if held_out == 0:
        yield "nobody is held out: nothing can be measured honestly"
    rare = [one.code for one in products if one.wanted - one.wanted_held_out < 10]
    if rare:
        yield f"wanted by fewer than 10 training questions, so hardly learnable: {', '.join(rare)}"
    most = max(products, key=lambda one: one.wanted)
    if most.wanted > 0.8 * questions:
        yield f"{most.code} is what {most.wanted / questions:.0%} of the questions want: compare with popularity"


def lines_of(found: Checked) -> Iterator[str]:
    """The same as text."""
    yield f"{found.name}: {found.customers} customers, {found.questions} questions, {found.held_out} of them held out"
    yield found.protocol
    for reason, count in found.left_out.items():
        yield f"  left out: {count} {reason}"
    yield "\ntables"
    for table in found.tables:
        files = ", ".join(table.files[:3]) + (", …" if len(table.files) > 3 else "")
        yield f"  {table.name:20} {table.rows:>10} rows, {table.columns} columns ({files})"
    yield f"\nwhat describes a customer ({found.features} features): missing in training / held out, out of range"
    for column in found.columns:
        shares = f"{column.missing:.1%} / {column.missing_held_out:.1%}, {column.out_of_range_held_out:.1%}"
        yield f"  {column.code:34} {column.kind:8} {shares:22} {column.figures}  [{column.source}]"
    if found.skipped:
        yield "\ncolumns left out"
        for name, why in found.skipped.items():
            yield f"  {name:34} {why}"
    yield "\nproducts: held by, wanted by (held out)"
    for product in found.products:
        where = product.column or "-"
        yield (
            f"  {product.code:24} {product.category:14} {product.held:>9} {product.wanted:>9} "
            f"({product.wanted_held_out})  [{where}]"
        )
    for warning in found.warnings:
        yield f"\nwarning: {warning}"
