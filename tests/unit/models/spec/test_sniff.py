"""What kind a column is taken to be."""

from __future__ import annotations

import pytest

from models.spec.sniff import sniff


@pytest.mark.parametrize(
    ("name", "counts", "kind"),
    [
        ("age", {"30": 5, "41": 3, "29": 1}, "number"),
        ("balance", {"1.5": 40, "-7": 40, "oops": 1}, "number"),
        ("grade", {"A": 5, "B": 3}, "choice"),
        ("cod_prov", {"28": 5, "8": 3, "41": 2}, "choice"),
        ("active", {"1": 5, "0": 3}, "flag"),
        ("active", {"S": 5, "N": 3}, "flag"),
        ("gdr_cd", {"M": 5, "F": 3}, "choice"),
        ("joined", {"2015-01-12": 5, "2014-01-12": 3}, "date"),
        ("joined", {"20150112": 5, "20140112": 3}, "date"),
        ("vip", {"yes": 5}, "flag"),
        ("empty", {}, "skip"),
        ("always", {"x": 9}, "skip"),
        ("customer_id", {str(one): 1 for one in range(100)}, "skip"),
        ("balance", {str(one): 1 for one in range(100)}, "number"),
        ("note", {f"text {one}": 1 for one in range(100)}, "skip"),
        ("city_code", {str(one): 9 for one in range(100)}, "number"),
    ],
)
def test_kind(name: str, counts: dict[str, int], kind: str) -> None:
    assert sniff(name, counts).kind == kind


def test_decimal_commas_are_numbers_only_when_said() -> None:
    counts = {"1,5": 9, "2,5": 9, "3,25": 1}
    assert sniff("x", counts).kind == "choice"
    assert sniff("x", counts, decimal=",").kind == "number"


def test_a_skipped_column_says_why() -> None:
    assert "always 'x'" in sniff("a", {"x": 9}).why
