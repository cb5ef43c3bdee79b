"""What a bank's description may say: one struct per TOML table, every key with its default. Pure (W-04).

docs/models/bank-spec.md is the reference for people; names and defaults there and here are the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

import msgspec

from models.catalogue import Age, RiskRating
from models.columns import Measure, Scale
from models.names import Code, Synonyms, Text
from models.policy_figures import PolicyFigures

Format = Literal["csv", "tsv", "parquet", "jsonl"]
Kind = Literal["auto", "number", "choice", "date", "flag", "skip"]
Days = Annotated[float, msgspec.Meta(gt=0, le=36500)]
Share = Annotated[float, msgspec.Meta(ge=0.0, le=1.0)]
Level = str | int | float | bool
"""A cell's text, or a number or boolean that is written in TOML without quotes."""

ROW = "*row*"
"""In place of a column's name: the number of the row in its file, 0 for the first row below the header."""


class Label(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A name in some of the languages; one that is left out falls back to `en`, then to any that is there."""

    en: Text | None = None
    zh: Text | None = None
    ko: Text | None = None


LabelText = Text | Label


class TableSource(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where a table is and how it is written. `file`: a path, a pattern (`log-*.csv.gz`) or a list, below the data
    folder; everything else is found out when left out."""

    file: str | tuple[str, ...]
    format: Format | None = None
    delimiter: Annotated[str, msgspec.Meta(min_length=1, max_length=4)] | None = None
    quote: Annotated[str, msgspec.Meta(max_length=1)] = '"'
    decimal: Literal[".", ","] = "."
    thousands: Annotated[str, msgspec.Meta(max_length=1)] = ""
    encoding: str = "utf-8"
    null: tuple[str, ...] = ()
    only: Mapping[str, tuple[Level, ...]] = msgspec.field(default_factory=dict)

    @property
    def files(self) -> tuple[str, ...]:
        """The paths and patterns, always as a tuple."""
        return (self.file,) if isinstance(self.file, str) else self.file


class CustomersTable(TableSource, frozen=True, kw_only=True):
    """`[customers]`: one row per customer, or per customer and moment (`latest_by`)."""

    key: str = ROW
    as_of: str | None = None
    latest_by: str | None = None
    snapshots: Literal["latest", "all"] = "latest"


class ChoiceEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One declared value of a choice column: how the table writes it (`text`), the model's number, its name."""

    text: Level | None = None
    value: int | None = None
    names: LabelText | None = None


class ProfileEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[[profile]]`: a column that describes the customer. What is left out is learned from the training customers."""

    column: str
    code: Code | None = None
    kind: Kind = "auto"
    names: LabelText | None = None
    low: float | None = None
    high: float | None = None
    default: float | None = None
    scale: Scale | None = None
    missing_flag: bool | None = None
    format: str | None = None
    choices: tuple[ChoiceEntry, ...] = ()
    most: Annotated[int, msgspec.Meta(ge=2, le=200)] = 60
    least: Annotated[int, msgspec.Meta(ge=1)] = 20


class ProductsRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[products]`: many products in one go, by their columns' names, or by how the target or the holdings call
    them."""

    prefix: str | None = None
    suffix: str | None = None
    columns: tuple[str, ...] = ()
    from_target: bool = False
    from_holdings: bool = False
    skip: tuple[str, ...] = ()
    least: Annotated[int, msgspec.Meta(ge=1)] = 20
    category: Code | None = None


class ProductEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[[product]]`: one product. `column`: where the customers' table says that it is held; `texts`: how the other
    tables call it."""

    code: Code | None = None
    column: str | None = None
    target: str | None = None
    texts: tuple[Level, ...] = ()
    category: Code | None = None
    names: LabelText | None = None
    synonyms: Synonyms = Synonyms()
    risk_rating: RiskRating = 1
    min_age: Age | None = None
    max_age: Age | None = None
    segments: tuple[Text, ...] = ()
    requires: tuple[Code, ...] = ()


class CategoryEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[[category]]`: a group of products."""

    code: Code
    names: LabelText | None = None
    synonyms: Synonyms = Synonyms()


class BusinessEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[[business]]`: what a customer picks at the kiosk."""

    code: Code
    names: LabelText | None = None
    categories: tuple[Code, ...] = ()


class HoldingsTable(TableSource, frozen=True, kw_only=True):
    """`[holdings]`: one row per customer and product held, with when it was opened and closed where that is known."""

    key: str
    product: str
    opened: str | None = None
    closed: str | None = None
    time_format: str | None = None


class AutoWindows(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`auto` of an event table: which windows to make without naming each."""

    days: tuple[Days, ...] = (7.0, 30.0, 90.0)
    top_kinds: Annotated[int, msgspec.Meta(ge=0, le=200)] = 30
    measures: tuple[Measure, ...] = ("count", "sum", "days_since", "distinct")
    least: Annotated[int, msgspec.Meta(ge=1)] = 20


class EventTable(TableSource, frozen=True, kw_only=True):
    """`[[event]]`: one of the bank's logs: who, when, of what kind, how much."""

    name: Code
    key: str
    time: str
    kind: str | tuple[str, ...] = ()
    amount: str | None = None
    amount_factor: float = 1.0
    time_format: str | None = None
    names: LabelText | None = None
    auto: AutoWindows | bool = True

    @property
    def kinds(self) -> tuple[str, ...]:
        """The columns that make up an event's kind, always as a tuple."""
        return (self.kind,) if isinstance(self.kind, str) else self.kind


class WindowEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[[window]]`: one number made of a customer's events."""

    event: Code
    measure: Measure = "count"
    kinds: tuple[Level, ...] = ()
    days: Days | None = None
    code: Code | None = None
    names: LabelText | None = None
    low: float | None = None
    high: float | None = None
    default: float | None = None
    scale: Scale = "log"


class HideOne(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="hide_one"):
    """One product of each customer who holds at least `least` is hidden and asked for."""

    least: Annotated[int, msgspec.Meta(ge=1)] = 2
    salt: str = "hide"
    by: str = "*key*"


class ColumnTarget(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="column"):
    """A column of the customers' table says which product was wanted."""

    column: str
    none: tuple[Level, ...] = ()
    already_held: Literal["hide", "leave_out"] = "hide"


class ColumnsTarget(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="columns"):
    """One 0/1 column per product says whether it was wanted; several may be."""

    prefix: str = ""
    suffix: str = ""
    already_held: Literal["hide", "leave_out"] = "leave_out"


class TableTarget(TableSource, frozen=True, kw_only=True, tag_field="kind", tag="table"):
    """A table of purchases: those in the `horizon_days` after the moment of the analysis were wanted."""

    key: str
    product: str
    time: str | None = None
    time_format: str | None = None
    horizon_days: Days | None = None
    already_held: Literal["hide", "leave_out"] = "leave_out"


class NextSnapshot(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="next_snapshot"):
    """Wanted is what the customer's next row (in the order of `latest_by`) holds and this one doesn't."""


Target = HideOne | ColumnTarget | ColumnsTarget | TableTarget | NextSnapshot


class SplitRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[split]`: who is held out. By hash of the key; or where `column` has one of the values `held_out`, or is `since`
    a date."""

    share: Share = 0.2
    salt: str = "split"
    by: str = "*key*"
    column: str | None = None
    held_out: tuple[Level, ...] = ()
    since: str | None = None


class FactColumns(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[facts]`: the columns that the policy's rules and the advisor look at; `age` may be years or a date of birth."""

    age: str | None = None
    segment: str | None = None
    risk_rating: str | None = None
    name: str | None = None
    advisor: str | None = None
    marketing_consent: str | None = None


class BankSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A whole description."""

    name: Code
    customers: CustomersTable
    title: LabelText | None = None
    source: str = ""
    licence: str = ""
    limits: str = ""
    catalogue: str | None = None
    profile_rest: Literal["auto", "skip"] = "auto"
    profile: tuple[ProfileEntry, ...] = ()
    skip: tuple[str, ...] = ()
    products: ProductsRule | None = None
    product: tuple[ProductEntry, ...] = ()
    category: tuple[CategoryEntry, ...] = ()
    business: tuple[BusinessEntry, ...] = ()
    holdings: HoldingsTable | None = None
    event: tuple[EventTable, ...] = ()
    window: tuple[WindowEntry, ...] = ()
    target: Target = HideOne()
    split: SplitRule = SplitRule()
    facts: FactColumns = FactColumns()
    policy: PolicyFigures = PolicyFigures()
