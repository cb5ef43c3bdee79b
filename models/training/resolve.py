"""What a spec leaves out, learned from the training customers: kinds, ranges, defaults, scales, values, windows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from msgspec import structs

from models.catalogue import Business, Catalogue, Category, check_catalogue
from models.columns import Choice, ChoiceColumn, Column, EventWindow, NumberColumn, Scale
from models.spec.errors import SpecError
from models.spec.sniff import Sniffed, far_value
from models.spec.spec import ChoiceEntry, ProfileEntry, WindowEntry
from models.spec.texts import ADVICE, OTHER, PRODUCTS, names_of, one_name, window_names
from models.spec.values import code_of, codes_of, is_whole, level
from models.training.bank_tables import Bank, Floats, sample_counts
from models.training.leaks import leaks
from models.training.logs import Log, auto_windows, declared_windows
from models.training.products import CATEGORY, ProductSource
from models.training.reading import (
    OTHER_TEXT,
    ReadAs,
    Reading,
    entry_times,
    excluded_columns,
    settle_for_dates,
    sniffed,
    spec_entry,
    values_of,
)

LOW, HIGH = 0.001, 0.999
FLAG_FROM = 0.005
"""A value missing in this share of the training customers or more makes "missing" a feature of its own."""
LONG_TAIL = 10.0
"""A column is spread by logarithm when its upper tail, from the median, is so many times its quartiles' distance."""
LOG_FROM = 20.0
"""Logarithms change little below this."""
_LARGEST_CODE = 20_000


@dataclass(frozen=True, slots=True)
class Learned:
    """The columns that describe a customer, how each is read, and which columns of the table were left out and why."""

    columns: tuple[Column, ...]
    readings: tuple[Reading, ...]
    skipped: tuple[tuple[str, str], ...]


def learn_profile(
    bank: Bank,
    products: tuple[ProductSource, ...],
    learners: npt.NDArray[np.int64],
    wants: npt.NDArray[np.bool_],
    hidden: bool,
) -> Learned:
    """The profile columns, learned from the customers `learners`; `wants` [len(learners), K] is what their answers are
    (with `hidden`, whatever they hold), against columns that give it away."""
    skipped: list[tuple[str, str]] = []
    readings: list[Reading] = []
    for column, entry in _candidates(bank, products):
        seen = _kind(bank, column, entry)
        if seen.kind == "skip":
            if entry is None or entry.kind != "skip":
                skipped.append((column, seen.why))
            continue
        readings.append(_reading(bank, column, entry, seen))
    settle_for_dates(bank, [one for one in readings if one.read_as == "date"])
    columns: list[Column] = []
    kept: list[Reading] = []
    sampled: dict[str, Floats] = {}
    step = max(1, len(learners) // 20_000)
    for reading in readings:
        entry = spec_entry(bank.spec, reading.column)
        column_or_why, values = _learn(bank, reading, entry, learners)
        if isinstance(column_or_why, str):
            skipped.append((reading.column, column_or_why))
            continue
        columns.append(column_or_why)
        kept.append(reading)
        sampled[reading.column] = values[::step]
    coded = frozenset(one.column for one in kept if one.read_as == "choice")
    given_away = {leak.column: leak for leak in leaks(sampled, coded, wants[::step])}
    for at in range(len(kept) - 1, -1, -1):
        leak = given_away.get(kept[at].column)
        if leak is None:
            continue
        product = products[leak.product].product.code
        why = f"alone tells {'who holds' if hidden else 'who wants'} {product} (AUC {leak.area:.4f})"
        if hidden and spec_entry(bank.spec, kept[at].column) is None:
            skipped.append((kept[at].column, f"{why}; name it in a [[profile]] to keep it"))
            del kept[at], columns[at]
        else:
            bank.notes.say(f"suspicious: column {kept[at].column} {why}: is it known before the product is taken?")
    return Learned(tuple(columns), tuple(kept), tuple(skipped))


def _candidates(bank: Bank, products: tuple[ProductSource, ...]) -> list[tuple[str, ProfileEntry | None]]:
    """The columns to look at: those that the spec names, then the rest, in the order of the file."""
    spec = bank.spec
    declared: list[tuple[str, ProfileEntry | None]] = []
    for entry in spec.profile:
        bank.table.need(entry.column, "profile.column")
        declared.append((entry.column, entry))
    if spec.profile_rest == "skip":
        return declared
    never = excluded_columns(bank, products) | {entry.column for entry in spec.profile}
    return declared + [(column, None) for column in bank.table.columns if column not in never]


def _kind(bank: Bank, column: str, entry: ProfileEntry | None) -> Sniffed:
    if entry is not None and entry.kind == "skip":
        return Sniffed("skip", "the spec says so")
    if entry is not None and entry.choices:
        return Sniffed("choice")
    if entry is not None and entry.kind != "auto":
        return Sniffed(entry.kind)
    seen = sniffed(bank, column)
    if entry is not None and seen.kind == "skip" and entry.low is not None and entry.high is not None:
        return Sniffed("number")
    return seen


def _reading(bank: Bank, column: str, entry: ProfileEntry | None, seen: Sniffed) -> Reading:
    code = codes_of(bank.table.columns)[column]
    kind = seen.kind
    assert kind != "skip"
    read_as: ReadAs = kind
    times = (seen.times or entry_times(bank, entry, column)) if read_as == "date" else ()
    if entry is not None and entry.format is not None and read_as == "date":
        times = (entry.format,)
    if read_as == "date":
        code = f"{code[:59]}_days"
    return Reading(entry.code if entry is not None and entry.code else code, column, read_as, times)


def _learn(
    bank: Bank, reading: Reading, entry: ProfileEntry | None, learners: npt.NDArray[np.int64]
) -> tuple[Column | str, Floats]:
    """The column with its learned figures, or why it is left out; and the learners' values."""
    nothing = np.zeros(0)
    if reading.read_as == "choice":
        column = _choices(bank, reading, entry)
        if isinstance(column, str):
            return column, nothing
        return column, values_of(bank, reading, column)[learners]
    provisional = NumberColumn(reading.code, 0.0, 1.0, 0.0, one_name(reading.code))
    values = values_of(bank, reading, provisional)[learners]
    far = far_value(values[~np.isnan(values)]) if reading.read_as == "number" else None
    if far is None or (entry is not None and (entry.low is not None or entry.high is not None)):
        return number_column(reading, entry, values), values
    bank.notes.say(
        f"column {reading.column}: {far:.15g}, which {int((values == far).sum())} training customers have, is far from "
        "all other values and not part of the range: if it means unknown, add it to customers.null"
    )
    return number_column(reading, entry, np.where(values == far, np.nan, values)), values


def number_column(reading: Reading, entry: ProfileEntry | None, values: Floats) -> NumberColumn | str:
    """The number column that these training values make, or why there is none."""
    known = values[~np.isnan(values)]
    if reading.read_as == "flag" and 0 < len(known) < len(values) and known.min() == 1.0:
        known = values = np.nan_to_num(values, nan=0.0)  # yes or nothing: nothing is no
    declared = entry is not None and entry.low is not None and entry.high is not None
    if not declared and (len(known) == 0 or known.min() == known.max()):
        return "is the same for every training customer" if len(known) else "is empty for every training customer"
    low, high, middle, quartiles = 0.0, 1.0, 0.0, 1.0
    if len(known):
        low, first, middle, third, high = (
            float(np.quantile(known, at, method="nearest")) for at in (LOW, 0.25, 0.5, 0.75, HIGH)
        )
        quartiles = third - first
        if low == high:
            low, high = float(known.min()), float(known.max())
    if reading.read_as == "flag":
        low, high = 0.0, 1.0
    scale: Scale = "linear"
    if high - middle >= LONG_TAIL * quartiles and max(abs(low), abs(high)) >= LOG_FROM:
        scale = "log"
    missing = 1.0 - len(known) / max(len(values), 1)
    flagged = missing >= FLAG_FROM
    names = one_name(reading.column)
    if entry is not None:
        names = names_of(entry.names, reading.column)
        low = low if entry.low is None else entry.low
        high = high if entry.high is None else entry.high
        middle = middle if entry.default is None else entry.default
        scale = entry.scale or scale
        flagged = flagged if entry.missing_flag is None else entry.missing_flag
    low, high = _single(low), _single(high)
    if entry is None or entry.default is None:
        middle = min(max(_single(middle), low), high)
    return NumberColumn(reading.code, low, high, middle, names, scale=scale, missing_flag=flagged)


def _single(value: float) -> float:
    """The value as single precision has it, so that a customer at the bound is not beyond it."""
    return float(np.float32(value))


def _choices(bank: Bank, reading: Reading, entry: ProfileEntry | None) -> ChoiceColumn | str:
    counts = sample_counts(bank.warehouse, _LEARNERS, reading.column)
    names = names_of(entry.names if entry is not None else None, reading.column)
    if entry is not None and entry.choices:
        return ChoiceColumn(reading.code, names, _declared_choices(entry.choices))
    rule = entry or ProfileEntry(column=reading.column)
    kept = [text for text, count in counts.items() if count >= rule.least][: rule.most]
    rest = sum(counts.values()) - sum(counts[text] for text in kept)
    whole = all(is_whole(text) and abs(int(text)) <= _LARGEST_CODE and str(int(text)) == text for text in kept)
    kept = sorted(kept, key=int) if whole else sorted(kept, key=lambda text: (-counts[text], text))
    numbers = [int(text) for text in kept] if whole else list(range(1, len(kept) + 1))
    choices = [
        Choice(number, one_name(text), "" if whole else text) for number, text in zip(numbers, kept, strict=True)
    ]
    if rest >= rule.least:
        choices.append(Choice(min([0, *numbers]) - 1, OTHER, OTHER_TEXT))
    if len(choices) < 2:
        return f"has fewer than two values that {rule.least} training customers have"
    return ChoiceColumn(reading.code, names, tuple(choices))


_LEARNERS = '(SELECT * FROM customers WHERE "usher:n" IN (SELECT n FROM learners))'


def _declared_choices(entries: Sequence[ChoiceEntry]) -> tuple[Choice, ...]:
    choices: list[Choice] = []
    for at, entry in enumerate(entries, start=1):
        text = None if entry.text is None else level(entry.text)
        value = entry.value
        if value is None:
            value = int(text) if text is not None and is_whole(text) else at
        shown = "" if text is None or text == str(value) else text
        choices.append(Choice(value, names_of(entry.names, text or str(value)), shown))
    return tuple(choices)


def learn_windows(bank: Bank, logs: Sequence[Log], taken: Sequence[Column]) -> list[NumberColumn]:
    """The columns made of events, with provisional ranges: declared ones, then those of `auto`."""
    declared = declared_windows(bank, logs)
    entries: list[WindowEntry | None] = list(bank.spec.window)
    windows = declared + [window for log in logs for window in auto_windows(bank, log) if window not in declared]
    entries += [None] * (len(windows) - len(entries))
    labels = {log.event.name: names_of(log.event.names, log.event.name) for log in logs}
    seen = {column.code.lower() for column in taken}
    result: list[NumberColumn] = []
    for window, entry in zip(windows, entries, strict=True):
        code = entry.code if entry is not None and entry.code else _window_code(window, seen)
        if code.lower() in seen:
            raise SpecError(f"{bank.spec.name}: the code {code!r} of a [[window]] is another column's; say its code")
        seen.add(code.lower())
        names = window_names(window, labels[window.table])
        if entry is not None and entry.names is not None:
            names = names_of(entry.names, code)
        scale: Scale = entry.scale if entry is not None else "log"
        # declared bounds are put in with the learned ones, when the layout is known
        result.append(NumberColumn(code, 0.0, 1.0, 0.0, names, scale=scale, window=window))
    return result


def _window_code(window: EventWindow, seen: set[str]) -> str:
    parts = [window.table, window.measure]
    if window.days is not None:
        parts.append(f"{window.days:g}d".replace(".", "p"))
    parts += window.kinds[:2]
    name = "_".join(parts)
    code = code_of(name)
    if code.lower() in seen:
        code = code_of(f"{name} {window!r}")
    return code


def window_range(column: NumberColumn, entry: WindowEntry | None, values: Floats) -> NumberColumn:
    """The column with the range that these training values have."""
    assert column.window is not None
    known = values[~np.isnan(values)]
    low, middle, high = 0.0, 0.0, 1.0
    if len(known):
        low, middle, high = (float(np.quantile(known, at, method="nearest")) for at in (LOW, 0.5, HIGH))
        if low == high:
            low, high = float(known.min()), float(known.max())
    if column.window.measure in ("count", "distinct"):
        low, middle = 0.0, 0.0
    elif column.window.measure == "sum":
        low, middle = min(low, 0.0), 0.0
    elif column.window.measure == "days_since":
        middle = high
    if low >= high:
        high = low + 1.0
    flagged = 1.0 - len(known) / max(len(values), 1) >= FLAG_FROM
    if entry is not None:
        low = low if entry.low is None else entry.low
        high = high if entry.high is None else entry.high
        middle = middle if entry.default is None else entry.default
    low, high = _single(low), _single(high)
    middle = min(max(_single(middle), low), high)
    return structs.replace(column, low=low, high=high, default=middle, missing_flag=flagged)


def catalogue_of(bank: Bank, products: tuple[ProductSource, ...], columns: Sequence[Column]) -> Catalogue:
    """The catalogue that travels with the model, checked."""
    spec = bank.spec
    categories = [Category(entry.code, names_of(entry.names, entry.code), entry.synonyms) for entry in spec.category]
    known = {category.code for category in categories}
    for code in dict.fromkeys(one.product.category for one in products):
        if code not in known:
            categories.append(Category(code, PRODUCTS if code == CATEGORY else one_name(code)))
    businesses = tuple(
        Business(entry.code, names_of(entry.names, entry.code), entry.categories) for entry in spec.business
    ) or (Business("advice", ADVICE),)
    catalogue = Catalogue(
        name=spec.name,
        title=names_of(spec.title, spec.name),
        category=tuple(categories),
        product=tuple(one.product for one in products),
        business=businesses,
        profile=tuple(columns),
        policy=spec.policy,
    )
    check_catalogue(catalogue, spec.name)
    return catalogue
