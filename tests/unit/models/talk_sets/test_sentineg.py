"""SentiNeg: reading the files, the model's oddness, and its figures on sentences it never learned."""

import gzip
from pathlib import Path

import pytest

from models.datasets.location import data_folders
from models.errors import ArtefactError, DatasetCorrupt, DatasetMissing
from models.talk.sets.registry import SETS
from models.talk.sets.sentineg import Sentence, SentiNegModel, evaluate, features, load_sentineg

pytestmark = pytest.mark.req("W-12")

DEV = "sentineg/kobest_sentineg_dev.tsv"


def data_file(name: str) -> Path:
    for folder in data_folders():
        if (folder / name).is_file():
            return folder / name
    pytest.skip(f"{name} is not here: set USHER_DATA to the folder with the public sets")


@pytest.fixture(scope="module")
def model() -> SentiNegModel:
    return SentiNegModel()


@pytest.mark.parametrize(
    "content", ["ID\tText\tLabel\n1\t좋아요\t1\n2\t별로\t0\n", "ID\tLabel\tText\r\n1\t1\t좋아요\r\n2\t0\t별로\r\n"]
)
def test_columns_are_found_by_name_in_any_order(tmp_path: Path, content: str) -> None:
    path = tmp_path / "set.tsv"
    path.write_bytes(content.encode())
    assert load_sentineg(path) == [Sentence("좋아요", "1"), Sentence("별로", "0")]


def test_a_packed_file_and_a_folder_are_read(tmp_path: Path) -> None:
    (tmp_path / "a.tsv.gz").write_bytes(gzip.compress('Text\tLabel\n"좋"아요\t1\n'.encode()))
    (tmp_path / "b.tsv").write_text("sentence\tlabel\n별로\t0\n", encoding="utf-8")
    assert load_sentineg(tmp_path) == [Sentence('"좋"아요', "1"), Sentence("별로", "0")]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("a\tb\n1\t2\n", "no columns Text and Label"),
        ("Text\tLabel\n좋아요\t2\n", "line 2"),
        ("Text\tLabel\n좋아요\n", "line 2: 1 columns"),
        ("Text\tLabel\n", "no row"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(tmp_path: Path, content: str, says: str) -> None:
    path = tmp_path / "set.tsv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(DatasetCorrupt, match=says):
        load_sentineg(path)


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(DatasetMissing, match="no such file"):
        load_sentineg(tmp_path / "none.tsv")


def test_a_missing_model_is_said(tmp_path: Path) -> None:
    with pytest.raises(ArtefactError, match="cannot be read"):
        SentiNegModel(tmp_path)


def test_a_negated_predicate_has_the_features_of_the_plain_one_with_the_other_sign() -> None:
    plain, turned = features("좋아요"), features("안 좋아요")
    marks = {name for name in turned if name.startswith("n")}
    assert marks
    assert {name: -value for name, value in turned.items() if name not in marks} == plain


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("좋아요", "1"),
        ("좋지 않아요", "0"),
        ("비싸요", "0"),
        ("비싸지 않아요", "1"),
        ("냄새가 나요", "0"),
        ("냄새가 안 나요", "1"),
        ("맛있고 신선해요", "1"),
        ("맛없고 신선하지 않아요", "0"),
    ],
)
def test_negation_changes_the_verdict(model: SentiNegModel, text: str, label: str) -> None:
    assert model.predict([text]) == [label]


def test_the_same_sentences_give_the_same_scores_in_any_company(model: SentiNegModel) -> None:
    texts = ["좋아요", "배송이 너무 느려서 실망입니다", "!!!"]
    together = model.scores(texts)
    assert together == model.scores(texts)
    assert [model.scores([text])[0] for text in texts] == pytest.approx(together, abs=1e-4)
    assert model.scores([]) == []


def test_dev_is_read_well_and_the_report_says_that_it_was_not_learned() -> None:
    report = evaluate(data_file(DEV))
    assert report.n == 400
    assert report.accuracy >= 0.93
    assert report.macro_f1 >= 0.93
    assert report.accuracy > (report.baselines["no_negation"].accuracy or 1.0)
    assert report.baselines["char_tfidf"].n == report.n
    assert report.seen_in_training is not None
    assert report.seen_in_training < 40


def test_the_set_is_known_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "one.tsv"
    path.write_text("Text\tLabel\n안 좋아요\t0\n", encoding="utf-8")
    assert SETS["sentineg"].evaluate(path).accuracy == 1.0
