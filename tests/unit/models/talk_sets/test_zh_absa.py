"""Chinese aspects: reading both formats, what negation does, and the figures on rows never learned."""

import gzip
from pathlib import Path

import pytest

from models.datasets.location import data_folders
from models.errors import ArtefactError, DatasetCorrupt
from models.talk.sets.registry import SETS
from models.talk.sets.report import accuracy, class_figures, macro_f1
from models.talk.sets.zh_absa import (
    CATEGORY,
    NEGATIVE,
    NEUTRAL,
    POSITIVE,
    TERM,
    Opinion,
    ZhAbsaModel,
    by_words,
    evaluate,
    load_zh_absa,
)
from models.talk.sets.zh_absa_features import praise_and_blame, term_features

pytestmark = pytest.mark.req("W-12")

TERMS = "屏 幕 的 $T$ 很 好\n颜 色\nPositive\n$T$ 不 好\n手 感\nNegative\n"
REVIEWS = "index,reviewbody,star,dish_taste,price_level\n1,味道不错，有点贵,4.0,1,-1\n2,还行,3.0,0,-2\n"


def folder() -> Path:
    for one in data_folders():
        if (one / "zh-absa").is_dir():
            return one / "zh-absa"
    pytest.skip("zh-absa is not here: set USHER_DATA to the folder with the public sets")


@pytest.fixture(scope="module")
def model() -> ZhAbsaModel:
    return ZhAbsaModel()


def test_terms_are_read(tmp_path: Path) -> None:
    path = tmp_path / "a.txt.gz"
    path.write_bytes(gzip.compress(TERMS.encode()))
    assert load_zh_absa(path) == [
        Opinion(TERM, "屏幕的", "颜色", "很好", POSITIVE),
        Opinion(TERM, "", "手感", "不好", NEGATIVE),
    ]


def test_reviews_are_read_and_silence_is_no_row(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(REVIEWS, encoding="utf-8-sig")
    assert load_zh_absa(path) == [
        Opinion(CATEGORY, "味道不错，有点贵", "dish_taste", "", POSITIVE),
        Opinion(CATEGORY, "味道不错，有点贵", "price_level", "", NEGATIVE),
        Opinion(CATEGORY, "还行", "dish_taste", "", NEUTRAL),
    ]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.txt", "好\n", "not three a row"),
        ("a.txt", "很好\n颜色\nPositive\n", "line 1: no"),
        ("a.txt", "$T$很好\n颜色\nGreat\n", "line 2"),
        ("a.txt", "", "no row"),
        ("a.csv", "a,b\n1,2\n", "no column reviewbody"),
        ("a.csv", "reviewbody,dish_taste\n好,7\n", "line 2: dish_taste"),
        ("a.csv", "reviewbody,dish_taste\n好,x\n", "line 2: dish_taste"),
        ("a.csv", "reviewbody,dish_taste\n,1\n", "reviewbody is empty"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(tmp_path: Path, name: str, content: str, says: str) -> None:
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    with pytest.raises(DatasetCorrupt, match=says):
        load_zh_absa(path)


def test_a_missing_model_is_said(tmp_path: Path) -> None:
    with pytest.raises(ArtefactError, match="cannot be read"):
        ZhAbsaModel(tmp_path)


def test_negation_turns_the_characters_after_it_round() -> None:
    assert term_features("", "手感", "好")["好"] == 0.5
    assert term_features("", "手感", "不好")["好"] == -0.5
    assert term_features("", "手感", "不错")["不"] == 0.5


def test_words_of_praise_and_blame_are_counted() -> None:
    assert praise_and_blame("很清晰但是太贵") == (1, 1)
    assert praise_and_blame("不清晰") == (0, 1)
    assert praise_and_blame("没有缺点") == (1, 0)
    assert praise_and_blame("") == (0, 0)
    assert by_words(Opinion(TERM, "", "屏幕", "模糊", POSITIVE)) == NEGATIVE


def test_two_aspects_of_a_sentence_may_differ(model: ZhAbsaModel) -> None:
    rows = [
        Opinion(TERM, "", "屏幕", "很清晰，但是电池太差", POSITIVE),
        Opinion(TERM, "屏幕很清晰，但是", "电池", "太差", NEGATIVE),
    ]
    assert model.predict(rows) == [POSITIVE, NEGATIVE]
    assert model.predict([]) == []


def test_rows_held_out_are_read_better_than_by_the_baselines(model: ZhAbsaModel) -> None:
    rows = [row for row in load_zh_absa(folder()) if row.kind == TERM and row.held_out]
    truth = [row.label for row in rows]
    said = model.predict(rows)
    assert len(rows) > 400
    assert accuracy(truth, said) >= 0.86
    assert macro_f1(class_figures(truth, said)) >= 0.83
    assert accuracy(truth, said) > accuracy(truth, [by_words(row) for row in rows]) + 0.03


def test_a_file_of_each_format_is_measured(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(TERMS, encoding="utf-8")
    (tmp_path / "b.csv").write_text(REVIEWS, encoding="utf-8")
    terms, reviews, both = (evaluate(tmp_path / name) for name in ("a.txt", "b.csv", "."))
    assert (terms.n, reviews.n, both.n) == (2, 3, 5)
    assert "window_term" in terms.baselines
    assert "aspect_majority_category" in reviews.baselines
    assert set(both.others) == {"term_accuracy", "term_macro_f1", "category_accuracy", "category_macro_f1"}
    assert SETS["zh-absa"].evaluate(tmp_path / "a.txt") == terms
