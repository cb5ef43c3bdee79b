"""The figures, against their definitions and against scikit-learn's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import f1_score

from models.talk.sets.report import (
    ClassFigures,
    accuracy,
    class_figures,
    label_figures,
    macro_f1,
    micro_f1,
    single_report,
    wilson,
)

pytestmark = pytest.mark.req("W-12")

LABELS = ("a", "b", "c")
pairs = st.lists(st.tuples(st.sampled_from(LABELS), st.sampled_from(LABELS)), min_size=1, max_size=40)
label_sets = st.sets(st.sampled_from(LABELS))


def test_counts_by_hand() -> None:
    truth, predicted = ["a", "a", "a", "b"], ["a", "a", "b", "c"]
    assert accuracy(truth, predicted) == 0.5
    assert class_figures(truth, predicted) == {
        "a": ClassFigures(1.0, 2 / 3, 0.8, 3),
        "b": ClassFigures(0.0, 0.0, 0.0, 1),
    }
    assert macro_f1(class_figures(truth, predicted)) == 0.4


@given(pairs)
def test_macro_f1_is_scikit_learns_over_the_classes_that_the_rows_have(rows: list[tuple[str, str]]) -> None:
    truth, predicted = [a for a, _ in rows], [b for _, b in rows]
    theirs = f1_score(truth, predicted, labels=sorted(set(truth)), average="macro", zero_division=0)
    assert macro_f1(class_figures(truth, predicted)) == pytest.approx(theirs)


@given(st.lists(st.tuples(label_sets, label_sets), min_size=1, max_size=30))
def test_micro_f1_is_scikit_learns(rows: list[tuple[set[str], set[str]]]) -> None:
    truth, predicted = [a for a, _ in rows], [b for _, b in rows]
    theirs = f1_score(
        [[label in row for label in LABELS] for row in truth],
        [[label in row for label in LABELS] for row in predicted],
        average="micro",
        zero_division=0,
    )
    assert micro_f1(truth, predicted) == pytest.approx(theirs)


def test_a_label_that_no_row_has_counts_for_micro_f1_only() -> None:
    truth, predicted = [{"a"}, set()], [{"a"}, {"b"}]
    assert set(label_figures(truth, predicted)) == {"a"}
    assert micro_f1(truth, predicted) == pytest.approx(2 / 3)


def test_wilsons_interval_as_published() -> None:
    # Newcombe, Statistics in Medicine 17, 1998, table I: 81 of 263 and 0 of 20 by the score method.
    low, high = wilson(81 / 263, 263).low, wilson(81 / 263, 263).high
    assert (round(low, 4), round(high, 4)) == (0.2553, 0.3662)
    assert (wilson(0.0, 20).low, round(wilson(0.0, 20).high, 4)) == (0.0, 0.1611)


def test_the_report_joins_them() -> None:
    report = single_report("mams", "m", ["a", "b"], ["a", "a"], {}, seen=1)
    assert (report.n, report.accuracy, report.seen_in_training) == (2, 0.5, 1)
    assert report.macro_f1 == pytest.approx(1 / 3)
    assert report.accuracy_interval.low < 0.5 < report.accuracy_interval.high
