"""The match score, exactly as the specification's table says (W-15)."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.visits import Outcome
from hub.visits.score import Accuracy, Band, MatchScore, ScoreSettings, jaccard, match_score
from runtime.config import parse_config
from runtime.errors import ConfigError

pytestmark = pytest.mark.req("W-15")

RANKING = [f"p{n}" for n in range(1, 9)]
DEFAULTS = ScoreSettings()


def scored(
    outcome: Outcome = Outcome.SUCCESS,
    taken: tuple[str, ...] = (),
    heard: tuple[str, ...] = (),
    predicted: tuple[str, ...] = (),
    settings: ScoreSettings = DEFAULTS,
) -> MatchScore:
    return match_score(
        outcome=outcome, taken=taken, heard=heard, ranking=RANKING, predicted=predicted, settings=settings
    )


@pytest.mark.parametrize(
    ("taken", "accuracy", "score"),
    [
        (("p1",), Accuracy.VERY_ACCURATE, 1.0),
        (("p2",), Accuracy.VERY_ACCURATE, 1.0),
        (("p3",), Accuracy.VERY_ACCURATE, 1.0),
        (("p4",), Accuracy.ACCURATE, 0.6),
        (("p8",), Accuracy.ACCURATE, 0.6),
        (("other",), Accuracy.INACCURATE, 0.0),
        ((), Accuracy.INACCURATE, 0.0),
        (("other", "p5", "p3"), Accuracy.VERY_ACCURATE, 1.0),
        (("other", "p5"), Accuracy.ACCURATE, 0.6),
    ],
)
def test_on_success_the_best_rank_counts(taken: tuple[str, ...], accuracy: Accuracy, score: float) -> None:
    result = scored(taken=taken)
    assert (result.accuracy, result.product_score, result.score) == (accuracy, score, score)
    assert result.overlap is None


@pytest.mark.parametrize(
    ("shared", "union", "score"),
    [
        (5, 5, 0.8),
        (4, 5, 0.8),
        (79, 100, 0.5),
        (1, 2, 0.5),
        (49, 100, 0.2),
        (1, 5, 0.2),
        (19, 100, 0.0),
        (0, 5, 0.0),
    ],
)
def test_on_failure_the_overlap_is_scored_in_bands(shared: int, union: int, score: float) -> None:
    heard = tuple(f"t{n}" for n in range(shared))
    predicted = tuple(f"t{n}" for n in range(union))
    result = scored(Outcome.FAILURE, heard=heard, predicted=predicted)
    assert result.accuracy is None
    assert result.overlap == pytest.approx(shared / union)
    assert (result.preference_score, result.score) == (score, score)


@pytest.mark.parametrize("threshold", [0.8, 0.5, 0.2])
def test_a_bands_edge_belongs_to_it(threshold: float) -> None:
    shared = round(threshold * 10)
    tags = tuple(f"t{n}" for n in range(10))
    assert scored(Outcome.FAILURE, heard=tags[:shared], predicted=tags).score == threshold
    assert scored(Outcome.FAILURE, heard=tags[: shared - 1], predicted=tags).score < threshold


def test_on_success_the_overlap_counts_too() -> None:
    result = scored(taken=("p1",), heard=("a",), predicted=("a", "b"))
    assert (result.product_score, result.preference_score, result.score) == (1.0, 0.5, 0.75)


def test_a_failure_where_nothing_was_heard_scores_nothing() -> None:
    result = scored(Outcome.FAILURE, taken=("p1",), predicted=("a",))
    assert (result.overlap, result.accuracy, result.score) == (0.0, None, 0.0)


@given(st.sets(st.integers(0, 9)), st.sets(st.integers(0, 9)))
def test_jaccard(one: set[int], other: set[int]) -> None:
    a, b = [str(n) for n in one], [str(n) for n in other]
    value = jaccard(a, b)
    assert value == jaccard(b, a)
    assert 0.0 <= value <= 1.0
    assert (value == 1.0) == (one == other and bool(one))
    assert (value == 0.0) == (not one & other)
    if one | other:
        assert value * len(one | other) == pytest.approx(len(one & other))


shares = st.floats(0, 1)


@given(
    settings=st.builds(
        ScoreSettings,
        very_accurate=shares,
        accurate=shares,
        inaccurate=shares,
        below_bands=shares,
        product_share=shares,
        top=st.integers(1, 10),
        overlap_bands=st.lists(st.builds(Band, shares, shares), max_size=4).map(tuple),
    ),
    outcome=st.sampled_from(Outcome),
    taken=st.lists(st.sampled_from([*RANKING, "other"]), max_size=4).map(tuple),
    heard=st.lists(st.sampled_from("abcd"), max_size=4).map(tuple),
    predicted=st.lists(st.sampled_from("abcd"), max_size=4).map(tuple),
)
def test_any_settings_give_a_share(
    settings: ScoreSettings,
    outcome: Outcome,
    taken: tuple[str, ...],
    heard: tuple[str, ...],
    predicted: tuple[str, ...],
) -> None:
    result = scored(outcome, taken, heard, predicted, settings)
    assert -1e-9 <= result.score <= 1.0 + 1e-9
    assert result == scored(outcome, taken, heard, predicted, msgspec.structs.replace(settings))


@pytest.mark.parametrize("line", ["very_accurate = 1.5", "accurate = -0.1", "product_share = 5", "top = 0"])
def test_scores_that_no_message_could_carry_are_refused_in_the_configuration(line: str) -> None:
    with pytest.raises(ConfigError, match=line.split()[0]):
        parse_config(line, ScoreSettings, origin="scores.toml")
