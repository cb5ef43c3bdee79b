"""Catalogues: what ships is right, what is wrong is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.catalogue import LANGUAGES, parse_catalogue
from models.catalogues import catalogue_names, load_catalogue, read_catalogue
from models.errors import CatalogueError

SMALL = """
name = "small"
title = { en = "Small", zh = "小", ko = "소" }
category = [{ code = "a", names = { en = "A", zh = "甲", ko = "가" } }]
product = [
  { code = "one", category = "a", names = { en = "One", zh = "一", ko = "하나" } },
  { code = "two", category = "a", risk_rating = 3, names = { en = "Two", zh = "二", ko = "둘" } },
]
business = [{ code = "cash", names = { en = "Cash", zh = "现金", ko = "현금" } }]
profile = [
  { code = "age", kind = "number", low = 0, high = 10, default = 5, names = { en = "N", zh = "数", ko = "수" } },
]
"""


@pytest.mark.parametrize("name", catalogue_names())
def test_every_catalogue_that_ships_is_complete_in_three_languages(name: str) -> None:
    catalogue = load_catalogue(name)
    assert catalogue.name == name
    for language in LANGUAGES:
        assert all(product.names.get(language) for product in catalogue.product)
        assert all(business.names.get(language) for business in catalogue.business)
        assert all(category.names.get(language) for category in catalogue.category)
        products = [product.names.get(language) for product in catalogue.product]
        assert len(set(products)) == len(products), "two products with one name cannot be told apart on a wrist"


def test_the_insurer_has_the_products_of_the_set_in_its_order() -> None:
    codes = load_catalogue("coil2000").product_codes
    assert len(codes) == 21
    assert (codes[0], codes[3], codes[15], codes[-1]) == ("AWAPART", "APERSAUT", "ABRAND", "ABYSTAND")


def test_no_catalogue_learns_from_religion() -> None:
    assert not [column.code for column in load_catalogue("coil2000").profile if column.code.startswith("MGOD")]


def test_a_small_catalogue_is_read() -> None:
    assert parse_catalogue(SMALL, origin="small.toml").product_named("two").risk_rating == 3


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("risk_rating = 3", "risk_rating = 6", ["small.toml", "product[1].risk_rating", "= 6", "<= 5"]),
        ("risk_rating = 3", "risky = 3", ["product[1]", "risky"]),
        ('category = "a", risk', 'category = "b", risk', ["product two.category", "'b'", "allowed are a"]),
        ('code = "two"', 'code = "one"', ["product 'one'", "twice"]),
        ('code = "two"', 'code = "two!"', ["product[1].code", "'two!'"]),
        ("default = 5", "default = 50", ["profile age", "default = 50", "0 to 10"]),
        ("low = 0", "low = 10", ["low = 10", "below high = 10"]),
        ('kind = "number"', 'kind = "colour"', ["colour"]),
        ("risk_rating = 3", "min_age = 30, max_age = 20", ["product two", "min_age = 30", "max_age = 20"]),
        ("risk_rating = 3", 'requires = ["two"]', ["product two.requires", "'two'", "allowed are one"]),
        ("name =", "name", ["not valid TOML"]),
    ],
)
def test_a_wrong_catalogue_names_key_value_and_what_is_allowed(old: str, new: str, told: list[str]) -> None:
    with pytest.raises(CatalogueError) as caught:
        parse_catalogue(SMALL.replace(old, new, 1), origin="small.toml")
    assert all(part in str(caught.value) for part in told), str(caught.value)


def test_unknown_names_say_what_there_is(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="there are coil2000, simbank"):
        load_catalogue("nowhere")
    with pytest.raises(CatalogueError, match="cannot be read"):
        read_catalogue(tmp_path / "none.toml")
    catalogue = load_catalogue("simbank")
    with pytest.raises(CatalogueError, match=r"no product 'yacht'.*mortgage"):
        catalogue.product_named("yacht")
    with pytest.raises(CatalogueError, match=r"no business 'yacht'.*cash"):
        catalogue.business_named("yacht")
