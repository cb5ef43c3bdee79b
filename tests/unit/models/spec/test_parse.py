"""A spec's file: what it may leave out, and what is said when it is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.spec import SpecError, load_spec, parse_spec

SMALLEST = """
name = "mybank"
[customers]
file = "customers.csv"
key = "id"
[products]
prefix = "has_"
"""


@pytest.mark.req("W-04")
def test_the_smallest_spec_has_all_defaults() -> None:
    spec = parse_spec(SMALLEST, origin="bank.toml")
    assert spec.profile_rest == "auto"
    assert spec.target.__class__.__name__ == "HideOne"
    assert (spec.split.share, spec.split.salt) == (0.2, "split")
    assert spec.customers.files == ("customers.csv",)


def test_dates_may_stand_without_quotes() -> None:
    text = SMALLEST.replace('key = "id"', 'key = "id"\nas_of = 2025-01-31')
    assert parse_spec(text, origin="x").customers.as_of == "2025-01-31"


def test_a_file_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    path = tmp_path / "bank.toml"
    path.write_text(SMALLEST, encoding="utf-8-sig")
    assert load_spec(path).name == "mybank"


def test_a_catalogue_file_is_beside_the_spec(tmp_path: Path) -> None:
    path = tmp_path / "bank.toml"
    path.write_text('name = "x"\ncatalogue = "own.toml"\n[customers]\nfile = "c.csv"\n', encoding="utf-8")
    assert load_spec(path).catalogue == str((tmp_path / "own.toml").resolve())


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('key = "id"', 'kei = "id"', "bank.toml: customers: there is no key 'kei' (did you mean key?)"),
        ("[products]", "[prodcts]", "there is no key 'prodcts' (did you mean products?)"),
        ('file = "customers.csv"', "", "missing required field `file`"),
        ('file = "customers.csv"', "file = []", "customers.file is empty"),
        ('name = "mybank"', 'name = "my bank"', "bank.toml: name = 'my bank'"),
        ('name = "mybank"', 'name = "mybank', "not valid TOML"),
        ('prefix = "has_"', "", "[products] says none of prefix, suffix, columns, from_target"),
        ('[products]\nprefix = "has_"', "", "no products: say them one by one as [[product]]"),
        ('prefix = "has_"', "from_target = true", "from_target needs a [target]"),
        ('key = "id"', 'key = "id"\nsnapshots = "all"', 'snapshots = "all" needs latest_by'),
        ('key = "id"', 'key = "id"\nencoding = "klingon"', "customers.encoding = 'klingon' is unknown"),
        ('key = "id"', 'key = "id"\ndecimal = ","\nthousands = ","', "decimal and thousands are both"),
        (
            'prefix = "has_"',
            'prefix = "has_"\n[target]\nkind = "guess"',
            "target.kind = 'guess': Invalid value 'guess'",
        ),
        ('prefix = "has_"', 'prefix = "has_"\n[target]\nkind = "next_snapshot"', 'needs customers.snapshots = "all"'),
        ('prefix = "has_"', 'prefix = "has_"\n[target]\nkind = "columns"', "say target.prefix or target.suffix"),
        ('prefix = "has_"', 'prefix = "has_"\n[split]\nshare = 2', "split.share = 2"),
        ('prefix = "has_"', 'prefix = "has_"\n[split]\ncolumn = "a"', "split.column needs held_out"),
        (
            'prefix = "has_"',
            'prefix = "has_"\n[[window]]\nevent = "pagse"\n[[event]]\nname = "pages"\nfile = "p"\nkey = "k"\n'
            'time = "t"',
            "[[window]] event = 'pagse' is not declared (did you mean pages?)",
        ),
        (
            'prefix = "has_"',
            'prefix = "has_"\n[[profile]]\ncolumn = "a"\n[[profile]]\ncolumn = "a"',
            "[[profile]] column = 'a' is there twice",
        ),
        (
            'key = "id"\n',
            '[[event]]\nname = "p"\nfile = "p"\nkey = "k"\ntime = "t"\n',
            "customers.key is needed by [[event]] p",
        ),
        (
            'prefix = "has_"',
            'prefix = "has_"\ncategory = "cards"\n[[category]]\ncode = "card"',
            "product category = 'cards' is not declared (did you mean card?)",
        ),
        ('name = "mybank"', 'name = "mybank"\ncatalogue = "coil2000"', "take [products] out"),
        ('prefix = "has_"', 'prefix = "has_"\n[policy]\ncooling_of_days = 3', "(did you mean cooling_off_days"),
    ],
)
def test_what_is_wrong_is_said_exactly(old: str, new: str, said: str) -> None:
    text = SMALLEST.replace(old, new)
    assert text != SMALLEST
    with pytest.raises(SpecError) as caught:
        parse_spec(text, origin="bank.toml")
    assert said in str(caught.value)
    assert str(caught.value).startswith("bank.toml")


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=r"bank\.toml: cannot be read"):
        load_spec(tmp_path / "bank.toml")
