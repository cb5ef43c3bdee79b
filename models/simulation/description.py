"""The spec of the simulated bank's files, as a bank would write it by hand (docs/models/bank-spec.md). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

import msgspec

from models.catalogue import Business, Catalogue, Category, Product

_HEAD: Final = """\
# Describes the tables beside it. Written by `python -m models.simulation`; simulated, nobody real is meant.

name = "{name}"
title = "{title}"
source = "models/simulation, seed {seed}, {count} customers"
licence = "Apache-2.0"
limits = "Invented customers: for demonstrations, load and tests only."

[customers]
file = "customers.csv"
key = "customer_id"
as_of = {day}

[facts]
age = "birth_date"
segment = "segment"
risk_rating = "risk_rating"

[holdings]
file = "holdings.csv"
key = "customer_id"
product = "product"
opened = "opened"

[target]
kind = "table"
file = "targets.csv"
key = "customer_id"
product = "product"
time = "at"

[[event]]
name = "app"
names = {{ en = "App", zh = "手机银行", ko = "앱" }}
file = "app_events.csv.gz"
key = "customer_id"
time = "time"
kind = "page"
amount = "seconds"

[[event]]
name = "transactions"
names = {{ en = "Transactions", zh = "交易", ko = "거래" }}
file = "transactions.csv.gz"
key = "customer_id"
time = "time"
kind = "kind"
amount = "amount"
"""
_DEFAULTS: Final[tuple[object, ...]] = (None, [], {}, {"en": [], "zh": [], "ko": []})


def bank_toml(catalogue: Catalogue, *, seed: int, count: int, as_of: datetime) -> str:
    """The TOML text for the tables that `write_tables` writes: what is where, and what the bank sells to whom."""
    head = _HEAD.format(
        name="simulated_bank", title=catalogue.title.en, seed=seed, count=count, day=as_of.date().isoformat()
    )
    entries: list[tuple[str, Category | Product | Business]] = [("category", one) for one in catalogue.category]
    entries += [("product", one) for one in catalogue.product]
    entries += [("business", one) for one in catalogue.business]
    return head + "".join(f"\n[[{table}]]\n{_lines(entry)}" for table, entry in entries)


def _lines(entry: Category | Product | Business) -> str:
    fields: dict[str, object] = msgspec.to_builtins(entry)
    return "".join(f"{key} = {_inline(value)}\n" for key, value in fields.items() if value not in _DEFAULTS)


def _inline(value: object) -> str:
    """A value in TOML, tables inline; a JSON string is a TOML string too."""
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key} = {_inline(one)}" for key, one in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_inline(one) for one in value) + "]"
    return msgspec.json.encode(value).decode()
