"""Training: deterministic, blind to what is held out, honest about what it cannot do."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models.card import encode_card
from models.catalogue import Catalogue
from models.errors import ArtefactError, TrainingError
from models.features import FeatureSpace
from models.scorer import OnnxScorer
from models.training.fitting import INT8_LOSS, WORTH, eight_bits, fit, temperature_of
from models.training.linear import Floats, choose_c, fit_linear, loss_of, masked_probabilities
from models.training.population import HELD_OUT, Population
from models.training.run import PARITY_LIMIT, Trained, commonest, evaluate, parity_of, train, train_on_all
from models.training.samples import Encoder, Mask, Samples, questions
from models.weights import RankingModel
from tests.unit.models.banks import bank, choice, drawn, loaded, number, population, some_model

pytestmark = pytest.mark.req("W-05")

BANK = bank(
    [number("age"), number("income", scale="log", high=1e5, default=100.0), choice("home", 1, 2, 3)],
    [f"p{at}" for at in range(5)],
)


def people(count: int, seed: int = 0, *, catalogue: Catalogue = BANK, tastes: Floats | None = None) -> Population:
    """Customers of a small bank; unless told what a product's score gains from columns, tastes are random."""
    rng = np.random.default_rng(seed)
    space = FeatureSpace(catalogue)
    products = len(catalogue.product)
    raw = np.zeros((count, space.raw_size), dtype=np.float32)
    raw[:, 0] = rng.uniform(0, 10, count)
    raw[:, 1] = np.exp(rng.uniform(0, 11, count))
    raw[:, 2] = rng.integers(1, 4, count)
    held = rng.random((count, products)) < 0.3
    encoded = Encoder(space)(raw).astype(np.float64)
    if tastes is None:
        encoded -= encoded.mean(axis=0)
        tastes = np.random.default_rng(99).normal(0, 3, (space.size, products))
    wanted = drawn(encoded @ tastes, rng)
    held[np.arange(count), wanted] = False
    raw[:, space.products_start :] = held
    return population(catalogue, raw, wanted, segment=[f"home{int(one)}" for one in raw[:, 2]])


@pytest.fixture(scope="module")
def bank_people() -> Population:
    return people(500)


@pytest.fixture(scope="module")
def trained(bank_people: Population, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    return train(bank_people, tmp_path_factory.mktemp("scratch"), seed=0)


def test_the_same_data_and_seed_give_the_same_bytes(bank_people: Population, trained: Trained, tmp_path: Path) -> None:
    again = train(people(500), tmp_path, seed=0)
    assert again.model == trained.model
    assert encode_card(again.card) == encode_card(trained.card)


def test_nothing_is_learned_from_who_is_held_out(bank_people: Population, trained: Trained, tmp_path: Path) -> None:
    """Other wants, other profiles and other holdings of the held-out part: the same model, other figures."""
    rng = np.random.default_rng(5)
    inside = bank_people.fold == HELD_OUT
    wanted, raw = bank_people.wanted.copy(), bank_people.raw.copy()
    wanted[inside] = (wanted[inside] + 1) % 5
    raw[inside, 0] = rng.uniform(-50, 50, inside.sum())
    raw[inside, FeatureSpace(BANK).products_start :] = 0.0
    poisoned = train(replace(bank_people, wanted=wanted, raw=raw), tmp_path, seed=0)
    assert poisoned.model == trained.model
    one, other = poisoned.card, trained.card
    assert (one.learner, one.quantisation, one.reference, one.two_commonest) == (
        *(other.learner, other.quantisation),
        *(other.reference, other.two_commonest),
    )
    assert one.held_out != other.held_out


def test_what_is_evaluated_later_is_what_the_card_says(
    bank_people: Population, trained: Trained, tmp_path: Path
) -> None:
    trained.save(tmp_path / "artefact")
    learned = np.flatnonzero(bank_people.fold != HELD_OUT)
    found = evaluate(
        OnnxScorer.load(tmp_path / "artefact"),
        bank_people,
        np.flatnonzero(bank_people.fold == HELD_OUT),
        learned_from=(bank_people, learned),
        seed=0,
    )
    assert (found.model, *found.baselines) == trained.card.held_out
    assert found.gains == trained.card.gains
    assert (found.version, found.learned_from) == (trained.card.version, 400)
    assert {one.segment for one in found.model.segments} == {"home1", "home2", "home3"}


def test_the_card_says_what_was_learned(bank_people: Population, trained: Trained) -> None:
    card = trained.card
    assert (card.data.questions, card.data.train_questions, card.data.test_questions) == (500, 400, 100)
    assert card.learner.samples == 400
    assert card.learner.c in card.learner.c_grid
    assert 0.5 <= card.learner.temperature <= 2.0
    assert 0.0 < card.parity_max_abs <= PARITY_LIMIT
    assert [row.ranker for row in card.held_out] == ["usher", "popularity", "cooccurrence", "logistic", "lightgbm"]
    assert [row.ranker for row in card.cross_validated] == [row.ranker for row in card.held_out]
    assert card.cross_validated[0].all.questions == 500
    hits = {row.ranker: row.all.hit_at_1.value for row in card.cross_validated}
    assert hits["usher"] > hits["popularity"] + 0.1
    codes = BANK.product_codes
    counts = np.bincount(bank_people.wanted[bank_people.fold != HELD_OUT], minlength=5)
    assert card.two_commonest == tuple(codes[at] for at in np.argsort(-counts, kind="stable")[:2])
    assert commonest(bank_people, np.flatnonzero(bank_people.wanted == 3)) == (3, 0)


def test_a_model_of_everybody_is_learned_from_everybody(bank_people: Population, trained: Trained) -> None:
    whole = train_on_all(bank_people, seed=0)
    assert (whole.card.data.train_questions, whole.card.data.test_questions) == (500, 0)
    assert whole.card.learner.samples == 500
    assert whole.model != trained.model
    assert whole.card.held_out == ()


def test_a_file_that_says_something_else_than_the_trainer_is_refused(tmp_path: Path) -> None:
    space = FeatureSpace(BANK)
    encode = Encoder(space)
    model = some_model(space, np.random.default_rng(0), trees=4)
    raw = people(50).raw
    assert 0.0 <= parity_of(loaded(model, tmp_path), model, raw, encode) <= PARITY_LIMIT
    other = replace(model, base=model.base + np.array([0.001, 0.0, 0.0, 0.0, 0.0]))
    with pytest.raises(
        TrainingError, match=r"the ONNX file differs from the trainer by \d\.\d\de-0[45], allowed is 1e-05"
    ):
        parity_of(loaded(model, tmp_path), other, raw, encode)


def test_two_products_are_enough(tmp_path: Path) -> None:
    tastes = np.zeros((7, 2))
    tastes[0] = [3.0, -3.0]
    two = people(200, catalogue=bank(BANK.profile, ["p0", "p1"]), tastes=tastes)
    card = train(two, tmp_path, seed=0).card
    assert card.held_out[0].all.hit_at_3.value == 1.0, "both are shown"
    assert card.held_out[0].all.hit_at_1.value > 0.7
    assert card.held_out[0].less_common.questions == 0


def test_a_product_that_nobody_wanted_in_training_comes_last(tmp_path: Path) -> None:
    tastes = np.random.default_rng(1).normal(0, 1, (10, 5))
    tastes[:, 2] = -100.0
    some = people(300, tastes=tastes)
    rest = some.wanted.copy()
    rest[np.flatnonzero(some.fold == HELD_OUT)[:20]] = 2
    space = FeatureSpace(BANK)
    raw = some.raw.copy()
    raw[np.arange(300), space.products_start + rest] = 0.0
    made = train(replace(some, wanted=rest, raw=raw), tmp_path, seed=0)
    assert made.card.learner.unseen_products == ("p2",)
    scores = OnnxScorer.load(tmp_path).model.scores(Encoder(space)(some.raw))
    assert (scores[:, 2] <= scores.mean(axis=1)).all()
    assert made.card.held_out[0].all.questions == 60


@pytest.mark.parametrize(
    ("some", "told"),
    [
        (people(40).wanted == 9, "small: none of 0 questions is in the held-out fold"),
        (people(40).fold != HELD_OUT, "none of 32 questions is in the held-out fold.*bring more customers"),
        (people(40).fold == HELD_OUT, "no customer of this part has a wanted product"),
        (
            people(40).fold <= 1,
            "8 questions to learn from, all in one of the four training folds.*bring more customers",
        ),
    ],
)
def test_too_few_customers_are_refused_with_what_to_do(some: Mask, told: str, tmp_path: Path) -> None:
    few = people(40)
    with pytest.raises(TrainingError, match=told):
        train(_those(few, some), tmp_path, seed=0)


def _those(whole: Population, some: Mask) -> Population:
    return replace(
        whole,
        raw=whole.raw[some],
        wanted=whole.wanted[some],
        customer=whole.customer[some],
        fold=whole.fold[some],
        age=whole.age[some],
        risk_rating=whole.risk_rating[some],
        segment=whole.segment[some],
    )


def test_one_wanted_product_leaves_nothing_to_rank(tmp_path: Path) -> None:
    some = people(60)
    with pytest.raises(TrainingError, match="p3 is the only product wanted in the training part; there is nothing to"):
        train(replace(some, wanted=np.full(60, 3)), tmp_path, seed=0)


def test_a_fold_in_which_all_want_the_same_is_no_fault(tmp_path: Path) -> None:
    """Whoever checks on it has seen one product only: no trees, a flat line, but a model."""
    some = people(60)
    wanted = np.where(some.fold == 1, 1, np.where(some.fold == HELD_OUT, 0, 3))
    raw = some.raw.copy()
    raw[:, FeatureSpace(BANK).products_start :] = 0.0
    card = train(_those(replace(some, wanted=wanted, raw=raw), some.fold <= 2), tmp_path, seed=0).card
    assert card.learner.rounds == 0
    assert set(card.learner.unseen_products) == {"p0", "p2", "p4"}


def test_a_model_is_measured_on_its_own_bank_only(bank_people: Population, trained: Trained, tmp_path: Path) -> None:
    trained.save(tmp_path)
    scorer = OnnxScorer.load(tmp_path)
    every = np.arange(len(bank_people))
    renamed = replace(bank_people, catalogue=bank(BANK.profile, [f"q{at}" for at in range(5)]))
    with pytest.raises(TrainingError, match="ranks other products than small; measure it on its own bank"):
        evaluate(scorer, renamed, every, learned_from=(renamed, every), seed=0)
    widened = replace(bank_people, catalogue=bank([*BANK.profile[:2], choice("home", 1, 2, 4)], BANK.product_codes))
    with pytest.raises(TrainingError, match="takes other columns than small has now; train it again"):
        evaluate(scorer, widened, every, learned_from=(widened, every), seed=0)
    with pytest.raises(TrainingError, match="no question in this part"):
        evaluate(scorer, bank_people, every[:0], learned_from=(bank_people, every), seed=0)


def test_a_folder_that_cannot_be_written_is_named(trained: Trained, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ArtefactError, match=r"file/model: cannot be written: Not a directory; name another folder"):
        trained.save(tmp_path / "file" / "model")


# --- the choices ------------------------------------------------------------------------------------------------------


def asked(some: Population) -> Samples:
    return questions(some, np.arange(len(some)), Encoder(FeatureSpace(some.catalogue)))


def test_scores_are_centred_and_the_reference_is_the_average_customer(bank_people: Population) -> None:
    samples = asked(bank_people)
    model = fit_linear(samples, FeatureSpace(BANK), 1.0)
    scores = model.scores(samples.matrix)
    np.testing.assert_allclose(scores.sum(axis=1), 0.0, atol=1e-3)
    np.testing.assert_allclose(model.reference, samples.matrix.mean(axis=0), atol=1e-5)
    np.testing.assert_allclose(scores.mean(axis=0), model.base, atol=1e-3)


def test_a_customer_counts_once_however_often_they_ask(bank_people: Population) -> None:
    samples = asked(bank_people)
    twice = samples.take(np.repeat(np.arange(500), 2))
    halved = replace(twice, weight=twice.weight / 2)
    one, other = (fit_linear(some, FeatureSpace(BANK), 1.0) for some in (samples, halved))
    np.testing.assert_allclose(one.coefficient, other.coefficient, atol=3e-5)


def test_the_penalty_with_the_lowest_loss_is_chosen(bank_people: Population) -> None:
    samples, space = asked(bank_people), FeatureSpace(BANK)
    folds = [(samples.take(np.arange(400)), samples.take(np.arange(400, 500)))]
    grid = (0.0001, 0.01, 1.0, 100.0)
    losses = [loss_of(fit_linear(folds[0][0], space, c), folds[0][1]) for c in grid]
    c, loss, (model,) = choose_c(folds, space, grid)
    assert c == grid[int(np.argmin(losses))]
    assert loss == pytest.approx(min(losses), abs=1e-3)
    assert loss_of(model, folds[0][1]) == pytest.approx(loss)


def test_trees_are_taken_where_customers_they_have_not_seen_gain_by_them() -> None:
    either = people(1500, seed=3, tastes=np.zeros((10, 5)))
    rng = np.random.default_rng(0)
    high, home = either.raw[:, 0] > 5, either.raw[:, 2] == 2
    scores = np.zeros((1500, 5))
    scores[np.arange(1500), np.where(high ^ home, 0, 3)] = 3.0
    scores[FeatureSpace(BANK).held(either.raw)] = -np.inf
    mixed = replace(either, wanted=drawn(scores, rng).astype(np.intp))
    at = np.arange(1500)
    encode = Encoder(FeatureSpace(BANK))
    grown = fit(mixed, at, encode, seed=0).learner
    assert grown.rounds > 0
    assert grown.trees > 0
    linear = fit(people(1500, seed=4), at, encode, seed=0)
    assert (linear.learner.rounds, linear.learner.trees, linear.model.trees) == (0, 0, None)
    assert 0.0 < WORTH < 0.05


def _sure(by: float) -> tuple[RankingModel, Samples]:
    """A model and customers who want what it says, but by so much less surely."""
    some = people(2000, seed=7)
    samples = asked(some)
    model = some_model(FeatureSpace(BANK), np.random.default_rng(1))
    scores = np.where(samples.held, -np.inf, model.scores(samples.matrix) / by)
    wanted = drawn(scores, np.random.default_rng(2))
    return model, replace(samples, wanted=wanted.astype(np.intp))


@pytest.mark.parametrize("by", [0.7, 1.0, 1.6])
def test_the_temperature_undoes_too_much_and_too_little_confidence(by: float) -> None:
    model, samples = _sure(by)
    temperature = temperature_of([model], [samples])
    assert temperature == pytest.approx(by, abs=0.12)
    assert loss_of(model.tempered(temperature), samples) <= loss_of(model, samples) + 1e-6


def test_eight_bits_are_taken_where_they_lose_nothing() -> None:
    model, samples = _sure(1.0)
    large = FeatureSpace(bank([*BANK.profile, *(number(f"c{at}") for at in range(40))], BANK.product_codes))
    final = some_model(large, np.random.default_rng(0))
    found = eight_bits(final, [model], [samples])
    assert found.adopted
    assert found.hit_at_3_loss < INT8_LOSS
    assert found.int8_bytes < found.float_bytes


def test_eight_bits_are_refused_where_they_would_lose() -> None:
    """One weight so large that all that tells the products apart is less than a step of it."""
    some = people(600, seed=7)
    space = FeatureSpace(BANK)
    coefficient = np.zeros((space.size, 5))
    coefficient[space.names.index("held:p0")] = 5000.0
    coefficient[0] = [-1.0, 1.0, 2.0, 3.0, 4.0]
    model = RankingModel(space, coefficient, np.zeros(5), np.zeros(space.size))
    samples = asked(some)
    masked = np.where(samples.held, -np.inf, model.scores(samples.matrix))
    samples = replace(samples, wanted=np.argmax(masked, axis=1).astype(np.intp))
    found = eight_bits(model, [model], [samples])
    assert found.hit_at_3_loss > INT8_LOSS
    assert not found.adopted


def test_masked_probabilities_ignore_what_is_held() -> None:
    found = masked_probabilities(np.array([[1.0, 1.0, 9.0]]), np.array([[False, False, True]]))
    assert found.tolist() == [[0.5, 0.5, 0.0]]
