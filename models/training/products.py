"""Which products a bank has, and where its tables say that a customer holds or wants them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from models.catalogue import Catalogue, Product
from models.spec.errors import SpecError
from models.spec.spec import ColumnsTarget, ColumnTarget, ProductEntry, ProductsRule
from models.spec.texts import names_of
from models.spec.values import code_of, is_whole, level
from models.training.bank_tables import Bank

CATEGORY = "products"


@dataclass(frozen=True, slots=True)
class ProductSource:
    """A product, the column that says that it is held, the one that says that it was wanted, and its texts."""

    product: Product
    column: str | None
    target: str | None
    texts: tuple[str, ...]


def products_of(bank: Bank, catalogue: Catalogue | None, wanted_texts: Counter[str]) -> tuple[ProductSource, ...]:
    """The products in the model's order: those of a ready `catalogue`, or as the spec declares them.

    `wanted_texts`: what the target and the holdings say, for `from_target` and `from_holdings`: of the training
    customers where products are learned from it, of all with a catalogue. `SpecError` names what is wrong.
    """
    if catalogue is not None:
        return _of_catalogue(bank, catalogue, wanted_texts)
    entries = _entries(bank, wanted_texts)
    if len(entries) < 2:
        found = ", ".join(str(entry.code) for entry in entries) or "none"
        raise SpecError(
            f"{bank.spec.name}: at least two products are needed, there are {len(entries)} ({found}); see [products] "
            f"and [[product]]; columns of {bank.table.files[0].name}: {', '.join(bank.table.columns[:60])}"
        )
    codes = {entry.code for entry in entries}
    rule = bank.spec.products
    result: list[ProductSource] = []
    for entry in entries:
        code = entry.code or ""
        unknown = sorted(set(entry.requires) - codes)
        if unknown:
            raise SpecError(f"{bank.spec.name}: product {code}.requires = {unknown[0]!r}: there is no such product")
        result.append(
            ProductSource(
                Product(
                    code=code,
                    category=entry.category or (rule.category if rule else None) or CATEGORY,
                    names=names_of(entry.names, code),
                    risk_rating=entry.risk_rating,
                    min_age=entry.min_age,
                    max_age=entry.max_age,
                    segments=entry.segments,
                    requires=entry.requires,
                    synonyms=entry.synonyms,
                ),
                entry.column,
                _target_column(bank, entry.target, code, entry.column),
                tuple(level(text) for text in entry.texts) or tuple(dict.fromkeys((code, entry.column or code))),
            )
        )
    return tuple(result)


def _of_catalogue(bank: Bank, catalogue: Catalogue, wanted_texts: Counter[str]) -> tuple[ProductSource, ...]:
    """The catalogue's products; where the spec finds them in the tables by rule, it must find them again."""
    declared = {entry.code: entry for entry in bank.spec.product if entry.code}
    declared |= {
        code_of(entry.column): entry for entry in bank.spec.product if entry.code is None and entry.column is not None
    }
    by_rule = {entry.code: entry for entry in _ruled(bank)} if bank.spec.products is not None else {}
    unknown = sorted(set(declared) - set(catalogue.product_codes))
    if unknown and bank.spec.catalogue is not None:
        raise SpecError(
            f"{bank.spec.name}: product {unknown[0]!r} is not in catalogue {catalogue.name}; it has "
            f"{', '.join(catalogue.product_codes)}"
        )
    rule = bank.spec.products
    result = []
    for product in catalogue.product:
        entry, ruled = declared.get(product.code), by_rule.get(product.code)
        column = entry.column if entry is not None else None
        if column is None and ruled is not None:
            column = ruled.column
        if column is None and product.code in bank.table.columns:
            column = product.code
        said = tuple(level(text) for text in entry.texts) if entry is not None else ()
        texts = said or tuple(dict.fromkeys((product.code, column or product.code, product.names.en)))
        if rule is not None and (rule.from_target or rule.from_holdings) and not said:
            texts += tuple(text for text in wanted_texts if _wanted_code(bank, text) == product.code)
        target = _target_column(bank, entry.target if entry else None, product.code, column)
        result.append(ProductSource(product, column, target, texts))
    return tuple(result)


def _entries(bank: Bank, wanted_texts: Counter[str]) -> list[ProductEntry]:
    spec, columns = bank.spec, bank.table.columns
    declared: list[ProductEntry] = []
    for entry in spec.product:
        if entry.column is not None:
            bank.table.need(entry.column, f"product {entry.code or entry.column}.column")
        code = entry.code or code_of(entry.column or "")
        column = entry.column or (code if code in columns else None)
        declared.append(msgspec.structs.replace(entry, code=code, column=column))
    if spec.products is None:
        return declared
    by_column = {entry.column: entry for entry in declared if entry.column}
    by_code = {entry.code: entry for entry in declared}
    result: list[ProductEntry] = []
    for ruled in _ruled(bank):
        own = by_column.get(ruled.column or "") or by_code.get(ruled.code)
        result.append(ruled if own is None else msgspec.structs.replace(own, column=own.column or ruled.column))
    taken = {entry.code for entry in result}
    result += [entry for entry in declared if entry.code not in taken]
    if spec.products.from_target or spec.products.from_holdings:
        result += _from_texts(bank, spec.products, wanted_texts, result)
    return result


def _ruled(bank: Bank) -> list[ProductEntry]:
    """The products whose columns [products] picks, in the order of the file."""
    rule = bank.spec.products
    if rule is None:
        return []
    picked: list[ProductEntry] = []
    for column in rule.columns:
        bank.table.need(column, "products.columns")
    special = _special(bank)
    prefix, suffix = rule.prefix or "", rule.suffix or ""
    for column in bank.table.columns:
        inner = None
        if column in rule.columns:
            inner = column
        elif (prefix or suffix) and column not in special and column.startswith(prefix) and column.endswith(suffix):
            inner = column[len(prefix) : len(column) - len(suffix)] or None
        if inner is not None and column not in rule.skip and inner not in rule.skip:
            picked.append(ProductEntry(code=code_of(inner), column=column, names=column[:80], texts=(inner, column)))
    if not picked and (rule.prefix or rule.suffix):
        raise SpecError(
            f"{bank.spec.name}: [products]: no column of {bank.table.files[0].name} begins with {prefix!r} and ends "
            f"with {suffix!r}; its columns are {', '.join(bank.table.columns[:60])}"
        )
    return picked


def _special(bank: Bank) -> set[str]:
    """Columns that a prefix must not take for a product's."""
    spec = bank.spec
    facts = spec.facts
    named: list[str | None] = [spec.customers.key, spec.customers.as_of, spec.customers.latest_by, spec.split.column]
    named += [facts.age, facts.segment, facts.risk_rating, facts.name, facts.advisor, facts.marketing_consent]
    named += [entry.column for entry in spec.profile]
    if isinstance(spec.target, ColumnTarget):
        named.append(spec.target.column)
    return {name for name in named if name is not None}


def _from_texts(
    bank: Bank, rule: ProductsRule, wanted_texts: Counter[str], known: Sequence[ProductEntry]
) -> list[ProductEntry]:
    covered = {level(text) for entry in known for text in (*entry.texts, entry.code or "")}
    result: list[ProductEntry] = []
    for text, count in sorted(wanted_texts.items(), key=lambda one: (not is_whole(one[0]), one[0])):
        if text in covered or text in rule.skip:
            continue
        if count < rule.least:
            bank.notes.say(f"{text!r} is what only {count} training customers have, and is no product (products.least)")
            continue
        name = f"{_target_name(bank)} {text}".strip() if _is_bare(text) else text
        result.append(ProductEntry(code=_wanted_code(bank, text), names=name[:80], texts=(text,)))
    return result


def _wanted_code(bank: Bank, text: str) -> str:
    """The code of a product that is known only by how the target calls it."""
    return code_of(f"{_target_name(bank)}_{text}" if _is_bare(text) else text)


def _is_bare(text: str) -> bool:
    return is_whole(text) or len(text) < 2


def _target_name(bank: Bank) -> str:
    target = bank.spec.target
    return target.column if isinstance(target, ColumnTarget) else "product"


def _target_column(bank: Bank, declared: str | None, code: str, column: str | None) -> str | None:
    target = bank.spec.target
    if not isinstance(target, ColumnsTarget):
        return None
    if declared is not None:
        bank.table.need(declared, f"product {code}.target")
        return declared
    candidates = [f"{target.prefix}{code}{target.suffix}"]
    if column is not None:
        rule = bank.spec.products
        inner = column.removeprefix(rule.prefix or "").removesuffix(rule.suffix or "") if rule else column
        candidates += [f"{target.prefix}{inner}{target.suffix}", f"{target.prefix}{column}{target.suffix}"]
    for candidate in candidates:
        if candidate in bank.table.columns and candidate != column:
            return candidate
    bank.notes.say(f"product {code} has no target column {candidates[0]}: nobody is taken to want it")
    return None
