"""What kind a column is taken to be."""

from __future__ import annotations

import numpy as np
import pytest

from models.spec.sniff import encoding_of, far_value, sniff


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
        ("branch no", {"001": 9, "002": 9, "014": 9}, "choice"),
        ("clerks", {"1": 9, "2": 9, "14": 9}, "number"),
        ("分机构代码", {"1": 9, "2": 9, "14": 9}, "choice"),
        ("상품코드", {"1": 9, "2": 9, "14": 9}, "choice"),
        ("卡号", {str(one): 1 for one in range(100)}, "skip"),
        ("opened", {"2015年03月28日": 5, "2014年12月1日": 3}, "date"),
        ("opened", {"2015년 03월 28일": 5, "2014년 12월 1일": 3}, "date"),
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


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ([str(one) for one in range(100)], "would be numbers but for '未知' (9 of 109): add it to null"),
        ([f"{one},5" for one in range(100)], "would be numbers but for '未知' (9 of 109): say decimal = \",\" and add"),
        ([f"text {one}" for one in range(100)], "is free text"),
    ],
)
def test_numbers_with_a_word_for_unknown_are_told_from_free_text(cells: list[str], said: str) -> None:
    assert said in sniff("income", {**dict.fromkeys(cells, 1), "未知": 9}).why


@pytest.mark.parametrize(
    ("values", "far"),
    [
        ([*range(200), -999_999, -999_999], -999_999),
        ([*range(200), 99_999_999, 99_999_999, 99_999_999], 99_999_999),
        ([*range(200), -999_999], None),  # once: an outlier, cut off by the range
        ([*range(200), -1, -1], None),  # near the others
        ([0] * 200 + [5_000] * 20, None),  # nothing to compare the distance with
        ([7] * 3, None),
        ([], None),
    ],
)
def test_a_number_far_from_all_others_that_repeats_means_something_else(values: list[int], far: float | None) -> None:
    assert far_value(np.array(values, dtype=np.float64)) == far


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("客户号;姓名;月收入\n001;王芳;未知\n", "utf-8"),
        ("客户号;姓名;月收入\n001;王芳;未知\n", "gb18030"),
        ("고객번호;성명;월소득\n001;김민수;모름\n", "cp949"),
        ("código;país;señas\n1;España;Ávila\n", "latin-1"),
        ("id,age\n1,30\n", "utf-8"),
    ],
)
def test_an_encoding_is_told_by_its_bytes(text: str, encoding: str) -> None:
    assert encoding_of(text.encode(encoding)) == encoding


def test_a_beginning_that_is_cut_within_a_letter_is_still_utf_8() -> None:
    assert encoding_of("客户号".encode()[:-1]) == "utf-8"
