"""What a bank or insurer sells: products, categories, businesses, profile columns, policy figures. Pure."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Annotated, Literal

import msgspec

from models.errors import CatalogueError

Language = Literal["en", "zh", "ko"]
LANGUAGES: tuple[Language, ...] = ("en", "zh", "ko")

Code = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,31}$")]
RiskRating = Annotated[int, msgspec.Meta(ge=1, le=5)]
Age = Annotated[int, msgspec.Meta(ge=0, le=120)]
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=80)]


class Names(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One thing's name in the three languages of the product."""

    en: Text
    zh: Text
    ko: Text

    def get(self, language: Language) -> str:
        """The name in `language`."""
        match language:
            case "en":
                return self.en
            case "zh":
                return self.zh
            case "ko":
                return self.ko


class Category(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A group of products; also a preference tag."""

    code: Code
    names: Names


class Product(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A product and who may buy it. `risk_rating` 1 cautious … 5 speculative; ages in whole years, inclusive."""

    code: Code
    category: Code
    names: Names
    risk_rating: RiskRating = 1
    min_age: Age | None = None
    max_age: Age | None = None
    segments: tuple[Code, ...] = ()
    requires: tuple[Code, ...] = ()


class Business(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A business that a customer picks at the kiosk, and the product categories it is about."""

    code: Code
    names: Names
    categories: tuple[Code, ...] = ()


class Choice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One value of a choice column."""

    value: int
    names: Names


class NumberColumn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="number"):
    """A profile column on a scale from `low` to `high`; `default` stands in for a missing value."""

    code: Code
    low: float
    high: float
    default: float
    names: Names


class ChoiceColumn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="choice"):
    """A profile column with one of a few integer values; `default` stands in for a missing value."""

    code: Code
    default: int
    names: Names
    choices: Annotated[tuple[Choice, ...], msgspec.Meta(min_length=2)]


Column = NumberColumn | ChoiceColumn


class PolicyFigures(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The declared figures of the policy (W-05).

    A refused product stays out for `cooling_off_days`; the first `explain_top` products carry reasons; a category is a
    predicted preference tag when its weight reaches `tag_min_weight`, at most `tag_max` of them, and always the
    heaviest.
    """

    cooling_off_days: Annotated[int, msgspec.Meta(ge=0, le=3650)] = 90
    explain_top: Annotated[int, msgspec.Meta(ge=0, le=10)] = 3
    tag_min_weight: Annotated[float, msgspec.Meta(gt=0.0, le=1.0)] = 0.40
    tag_max: Annotated[int, msgspec.Meta(ge=1, le=10)] = 3

    @property
    def cooling_off(self) -> timedelta:
        """How long a refused product stays out."""
        return timedelta(days=self.cooling_off_days)


class Catalogue(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything a bank declares about its products; the order of `product` is the order of the model's outputs."""

    name: Code
    title: Names
    category: Annotated[tuple[Category, ...], msgspec.Meta(min_length=1)]
    product: Annotated[tuple[Product, ...], msgspec.Meta(min_length=2)]
    business: Annotated[tuple[Business, ...], msgspec.Meta(min_length=1)]
    profile: tuple[Column, ...]
    policy: PolicyFigures = PolicyFigures()

    @property
    def product_codes(self) -> tuple[str, ...]:
        """The product codes in the model's order."""
        return tuple(product.code for product in self.product)

    def by_code(self) -> dict[str, Product]:
        """The products by code."""
        return {product.code: product for product in self.product}

    def product_named(self, code: str) -> Product:
        """The product with this code; `CatalogueError` when there is none."""
        for product in self.product:
            if product.code == code:
                return product
        raise CatalogueError(f"catalogue {self.name}: no product {code!r}; it has {', '.join(self.product_codes)}")

    def business_named(self, code: str) -> Business:
        """The business with this code; `CatalogueError` when there is none."""
        for business in self.business:
            if business.code == code:
                return business
        known = ", ".join(b.code for b in self.business)
        raise CatalogueError(f"catalogue {self.name}: no business {code!r}; it has {known}")

    def column_named(self, code: str) -> Column:
        """The profile column with this code; `CatalogueError` when there is none."""
        for column in self.profile:
            if column.code == code:
                return column
        raise CatalogueError(f"catalogue {self.name}: no profile column {code!r}")


def parse_catalogue(text: str, *, origin: str) -> Catalogue:
    """The catalogue that the TOML `text` declares; `CatalogueError` names `origin`, key, value and what is allowed."""
    try:
        table: Mapping[str, object] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise CatalogueError(f"{origin}: not valid TOML: {error}") from error
    try:
        catalogue = msgspec.convert(table, type=Catalogue)
    except msgspec.ValidationError as error:
        raise CatalogueError(_explain(origin, table, str(error))) from error
    _check(catalogue, origin)
    return catalogue


def _explain(origin: str, table: Mapping[str, object], message: str) -> str:
    """msgspec names the key and what is allowed; the value is looked up and added."""
    what, _, path = message.partition(" - at `$")
    keys = path.rstrip("`").replace("[", ".").replace("]", "").strip(".")
    value: object = table
    for key in filter(None, keys.split(".")):
        if isinstance(value, Mapping):
            value = value.get(key)
        elif isinstance(value, list) and key.isdigit():
            value = value[int(key)]
    shown = repr(value)
    return f"{origin}: {path.rstrip('`').strip('.') or 'top level'} = {shown[:120]}: {what}"


def _check(catalogue: Catalogue, origin: str) -> None:
    _unique(origin, "category", (c.code for c in catalogue.category))
    _unique(origin, "product", (p.code for p in catalogue.product))
    _unique(origin, "business", (b.code for b in catalogue.business))
    _unique(origin, "profile", (c.code for c in catalogue.profile))
    categories = {category.code for category in catalogue.category}
    products = set(catalogue.product_codes)
    for product in catalogue.product:
        where = f"{origin}: product {product.code}"
        _known(f"{where}.category", [product.category], categories)
        _known(f"{where}.requires", product.requires, products - {product.code})
        if product.min_age is not None and product.max_age is not None and product.min_age > product.max_age:
            raise CatalogueError(f"{where}: min_age = {product.min_age} must not be above max_age = {product.max_age}")
    for business in catalogue.business:
        _known(f"{origin}: business {business.code}.categories", business.categories, categories)
    for column in catalogue.profile:
        _check_column(column, f"{origin}: profile {column.code}")


def _check_column(column: Column, where: str) -> None:
    match column:
        case NumberColumn():
            if not column.low < column.high:
                raise CatalogueError(f"{where}: low = {column.low:g} must be below high = {column.high:g}")
            if not column.low <= column.default <= column.high:
                allowed = f"{column.low:g} to {column.high:g}"
                raise CatalogueError(f"{where}: default = {column.default:g} is outside {allowed}")
        case ChoiceColumn():
            values = [choice.value for choice in column.choices]
            _unique(where, "choices", map(str, values))
            _known(f"{where}.default", [str(column.default)], set(map(str, values)))


def _unique(origin: str, kind: str, codes: Iterable[str]) -> None:
    seen: set[str] = set()
    for code in codes:
        if code in seen:
            raise CatalogueError(f"{origin}: {kind} {code!r} is declared twice; every code must be unique")
        seen.add(code)


def _known(where: str, codes: Iterable[str], allowed: set[str]) -> None:
    for code in codes:
        if code not in allowed:
            raise CatalogueError(f"{where} = {code!r}: allowed are {', '.join(sorted(allowed))}")
