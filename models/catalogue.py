"""What a bank or insurer sells: products, categories, businesses, profile columns, policy figures. Pure."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from typing import Annotated

import msgspec

from models.columns import Choice, ChoiceColumn, Column, NumberColumn, check_column
from models.errors import CatalogueError
from models.names import LANGUAGES, Code, Language, Names, Synonyms, Text
from models.policy_figures import PolicyFigures

__all__ = [
    "LANGUAGES",
    "Business",
    "Catalogue",
    "Category",
    "Choice",
    "ChoiceColumn",
    "Code",
    "Column",
    "Language",
    "Names",
    "NumberColumn",
    "PolicyFigures",
    "Product",
    "check_catalogue",
    "decode_catalogue",
    "encode_catalogue",
    "parse_catalogue",
]

RiskRating = Annotated[int, msgspec.Meta(ge=1, le=5)]
Age = Annotated[int, msgspec.Meta(ge=0, le=120)]


class Category(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A group of products; also a preference tag."""

    code: Code
    names: Names
    synonyms: Synonyms = Synonyms()


class Product(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A product and who may buy it. `risk_rating` 1 cautious … 5 speculative; ages in whole years, inclusive."""

    code: Code
    category: Code
    names: Names
    risk_rating: RiskRating = 1
    min_age: Age | None = None
    max_age: Age | None = None
    segments: tuple[Text, ...] = ()
    requires: tuple[Code, ...] = ()
    synonyms: Synonyms = Synonyms()


class Business(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A business that a customer picks at the kiosk, and the product categories it is about."""

    code: Code
    names: Names
    categories: tuple[Code, ...] = ()


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
    check_catalogue(catalogue, origin)
    return catalogue


def encode_catalogue(catalogue: Catalogue) -> bytes:
    """The catalogue as it travels in an artefact: JSON, equal catalogues as equal bytes."""
    return msgspec.json.format(msgspec.json.encode(catalogue), indent=1) + b"\n"


def decode_catalogue(content: bytes, *, origin: str) -> Catalogue:
    """The catalogue in `content`; `CatalogueError` names `origin`, the key and what is allowed."""
    try:
        catalogue = msgspec.json.decode(content, type=Catalogue)
    except msgspec.DecodeError as error:
        raise CatalogueError(f"{origin}: not a catalogue: {error}") from error
    check_catalogue(catalogue, origin)
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


def check_catalogue(catalogue: Catalogue, origin: str) -> None:
    """Nothing if every code is unique and known where it is used; `CatalogueError` says what is wrong and allowed."""
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
    _known(f"{origin}: policy.cooling_off_days_of", catalogue.policy.cooling_off_days_of, products)
    _known(f"{origin}: policy.weight_of", catalogue.policy.weight_of, products)
    for column in catalogue.profile:
        check_column(column, f"{origin}: profile {column.code}")


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
