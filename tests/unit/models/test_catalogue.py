"""Catalogues: what ships is right, what is wrong is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.catalogue import LANGUAGES, decode_catalogue, encode_catalogue, parse_catalogue
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
        ("high = 10", "high = inf", ["profile age", "inf", "must be finite"]),
        ("high = 10", "high = nan", ["low = 0", "below high = nan"]),
        ("low = 0", "low = -inf", ["profile age", "-inf", "must be finite"]),
        ("high = 10, default = 5", "high = 1e-60, default = 0", ["same number in the model's four bytes"]),
        ("high = 10", 'high = 10, scale = "cubic"', ["profile[0].scale", "'cubic'"]),
        ("high = 10", 'high = 10, window = { table = "app", measure = "median" }', ["window.measure", "'median'"]),
        ("high = 10", 'high = 10, window = { table = "app", measure = "sum", days = 0 }', ["window.days", "= 0"]),
        ("= 5,", "= 5, missing_flag = 1,", ["profile[0].missing_flag", "= 1"]),
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


HOME = """  { code = "home", kind = "choice", names = { en = "H", zh = "房", ko = "집" }, choices = [
    { value = 1, text = "own", names = { en = "O", zh = "自", ko = "자" } },
    { value = 2, text = "rent", names = { en = "R", zh = "租", ko = "임" } } ] },
]
"""


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("value = 2", "value = 1", ["profile home", "value '1'", "twice"]),
        ('"rent"', '"own"', ["profile home", "text 'own'", "twice"]),
        ("value = 2", "value = 20000001", ["profile home", "choice value 20000001", "beyond 16777216"]),
        ("value = 2", "value = 2.5", ["choices[1].value", "= 2.5"]),
    ],
)
def test_a_wrong_choice_is_named(old: str, new: str, told: list[str]) -> None:
    whole = SMALL.rstrip()[:-1] + HOME
    assert len(parse_catalogue(whole, origin="small.toml").profile) == 2
    with pytest.raises(CatalogueError) as caught:
        parse_catalogue(whole.replace(old, new, 1), origin="small.toml")
    assert all(part in str(caught.value) for part in told), str(caught.value)


@pytest.mark.parametrize("name", catalogue_names())
def test_a_catalogue_survives_the_way_through_an_artefact(name: str) -> None:
    catalogue = load_catalogue(name)
    content = encode_catalogue(catalogue)
    assert decode_catalogue(content, origin="a test") == catalogue
    assert encode_catalogue(decode_catalogue(content, origin="a test")) == content


def test_a_catalogue_in_an_artefact_is_checked_like_a_file() -> None:
    content = encode_catalogue(parse_catalogue(SMALL, origin="small.toml"))
    with pytest.raises(CatalogueError, match=r"here: product 'one' is declared twice"):
        decode_catalogue(content.replace(b'"code": "two"', b'"code": "one"'), origin="here")
    with pytest.raises(CatalogueError, match="here: not a catalogue"):
        decode_catalogue(content[:-9], origin="here")


def test_what_people_call_a_thing_is_kept_per_language() -> None:
    text = SMALL.replace('code = "two",', 'code = "two", synonyms = { en = ["second"], ko = ["이", "두 번째"] },')
    product = parse_catalogue(text, origin="small.toml").product_named("two")
    assert [product.synonyms.get(language) for language in LANGUAGES] == [("second",), (), ("이", "두 번째")]
    with pytest.raises(CatalogueError, match=r"synonyms.*de"):
        parse_catalogue(text.replace("{ en = [", "{ de = ["), origin="small.toml")


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
    with pytest.raises(CatalogueError, match="no profile column 'yacht'"):
        catalogue.column_named("yacht")
