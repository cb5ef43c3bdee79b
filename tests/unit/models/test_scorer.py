"""The ONNX scorer: batch equals single, explanations are exact, altered artefacts are refused."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
from msgspec import structs
from onnx import numpy_helper

from models.card import decode_card, encode_card
from models.customers import CustomerRecord
from models.errors import ArtefactError
from models.features import FeatureSpace, Rows
from models.graph import encoder, to_onnx
from models.ranking import Ranker, candidate_of
from models.scorer import CARD_FILE, CATALOGUE_FILE, MODEL_FILE, OnnxScorer, artefact_directory
from models.scoring import Scores
from models.simulation import AS_OF
from tests.unit.models.banks import Seen, bank, choice, loaded, number, some_model, some_raw

pytestmark = pytest.mark.req("W-05")

SMALL = bank(
    [
        number("age", low=18.0, high=90.0, default=40.0),
        number("income", scale="log", high=1e6, default=2e4, missing_flag=True),
        choice("home", 1, 2),
    ],
    ["p0", "p1", "p2", "p3"],
)
SPACE = FeatureSpace(SMALL)


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> OnnxScorer:
    """A small bank's model with trees."""
    return loaded(some_model(SPACE, np.random.default_rng(0), trees=30), tmp_path_factory.mktemp("grown"))


@pytest.fixture(params=["bank", "insurer", "grown"])
def scorer(request: pytest.FixtureRequest) -> OnnxScorer:
    """The models that come with Usher, and one with trees for sure."""
    name = {"bank": "bank_scorer", "insurer": "insurer_scorer", "grown": "grown"}[request.param]
    found = request.getfixturevalue(name)
    assert isinstance(found, OnnxScorer)
    return found


def some_scores(scorer: OnnxScorer, count: int = 40) -> Scores:
    return scorer.score_rows(Rows(some_raw(scorer.space, np.random.default_rng(5), count), {}))


@pytest.mark.req("W-13")
def test_a_batch_gives_what_each_customer_alone_gives(
    bank_scorer: OnnxScorer, bank_customers: list[CustomerRecord]
) -> None:
    together = bank_scorer.score(bank_customers, AS_OF)
    for at, record in enumerate(bank_customers):
        alone = bank_scorer.score([record], AS_OF)
        np.testing.assert_allclose(together.probability[at], alone.probability[0], rtol=1e-5, atol=1e-7)
        assert np.argsort(-together.score[at]).tolist() == np.argsort(-alone.score[0]).tolist()


@pytest.mark.req("W-13")
def test_whoever_scores_the_stored_row_again_finds_the_same(
    bank_scorer: OnnxScorer, bank_customers: list[CustomerRecord], tmp_path: Path
) -> None:
    """The hub ranks customers and keeps their rows; a device with a copy of the artefact scores those."""
    copy = OnnxScorer.load(Path(shutil.copytree(artefact_directory("simbank"), tmp_path / "device")))
    funnels = Ranker(bank_scorer).rank([candidate_of(record) for record in bank_customers], AS_OF)
    kept = b"".join(funnel.raw for funnel in funnels)
    matrix = np.frombuffer(kept, dtype="<f4").reshape(len(funnels), copy.space.raw_size)
    there, here = copy.score_rows(Rows(matrix, {})), bank_scorer.score(bank_customers, AS_OF)
    assert (there.version, {funnel.feature_hash for funnel in funnels}) == (here.version, {copy.feature_hash})
    assert there.rows.matrix.tobytes() == here.rows.matrix.tobytes()
    for name in ("encoded", "score", "probability"):
        assert getattr(there, name).tobytes() == getattr(here, name).tobytes()
    chosen = [np.argsort(-row)[:3].tolist() for row in here.probability]
    assert copy.explain(there, chosen) == bank_scorer.explain(here, chosen)


def test_probabilities_sum_to_one_and_leave_out_what_is_held(
    bank_scorer: OnnxScorer, bank_customers: list[CustomerRecord]
) -> None:
    scores = bank_scorer.score(bank_customers, AS_OF)
    np.testing.assert_allclose(scores.probability.sum(axis=1), 1.0, atol=1e-5)
    codes = bank_scorer.catalogue.product_codes
    for row, record in zip(scores.probability, bank_customers, strict=True):
        assert {code for code, value in zip(codes, row.tolist(), strict=True) if value == 0.0} == record.holdings


def test_whoever_holds_everything_is_no_fault(grown: OnnxScorer) -> None:
    scores = grown.score([Seen({}, frozenset(SMALL.product_codes))])
    assert scores.probability.sum() == pytest.approx(1.0)
    assert np.isfinite(scores.score).all()


def test_an_empty_batch_gives_empty_scores(scorer: OnnxScorer) -> None:
    scores = scorer.score([])
    assert scores.probability.shape == (0, len(scorer.catalogue.product))
    assert scores.encoded.shape == (0, scorer.space.size)
    assert scorer.explain(scores, []) == []
    one = some_scores(scorer, 2)
    assert scorer.explain(one, [[], []]) == [[], []]


def test_contributions_and_the_average_score_sum_to_the_score(scorer: OnnxScorer) -> None:
    scores = some_scores(scorer)
    every = np.tile(np.arange(len(scorer.catalogue.product)), (len(scores.score), 1))
    shares = scorer.contributions(scores.encoded, every)
    assert shares.shape == (*every.shape, len(scorer.space.groups))
    np.testing.assert_allclose(shares.sum(axis=2) + scorer.average_score, scores.score, atol=1e-4)


def test_contributions_are_of_the_products_asked_for(grown: OnnxScorer) -> None:
    scores = some_scores(grown, 6)
    every = grown.contributions(scores.encoded, np.tile(np.arange(4), (6, 1)))
    mixed = np.array([[3, 1], [0, 0], [2, 3], [1, 0], [2, 2], [3, 0]])
    np.testing.assert_array_equal(
        grown.contributions(scores.encoded, mixed), np.take_along_axis(every, mixed[:, :, None], axis=1)
    )


@pytest.mark.req("W-16")
def test_what_is_loaded_is_the_model_that_was_saved(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    model = some_model(SPACE, rng, trees=5)
    for at, one in enumerate((model, model.quantised(), replace(model, trees=None))):
        scorer = loaded(one, tmp_path / str(at))
        scores = some_scores(scorer)
        np.testing.assert_allclose(scorer.model.scores(scores.encoded), one.scores(scores.encoded), atol=1e-5)
        intercept, slope = rng.normal(size=4), rng.normal(size=(SPACE.size, 4))
        corrected = loaded(scorer.model.shifted(intercept, slope), tmp_path / f"{at}-corrected")
        np.testing.assert_allclose(
            some_scores(corrected).score, scores.score + intercept + scores.encoded @ slope, atol=2e-5
        )


@pytest.fixture
def artefact(tmp_path: Path) -> Path:
    return Path(shutil.copytree(artefact_directory("simbank"), tmp_path / "artefact"))


def _flip_a_bit(folder: Path) -> None:
    content = bytearray((folder / MODEL_FILE).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / MODEL_FILE).write_bytes(bytes(content))


def _with_card(folder: Path, **changes: object) -> None:
    card = decode_card((folder / CARD_FILE).read_bytes(), origin="test")
    (folder / CARD_FILE).write_bytes(encode_card(structs.replace(card, **changes)))


def _with_model(folder: Path, content: bytes) -> None:
    (folder / MODEL_FILE).write_bytes(content)
    _with_card(folder, model_sha256=hashlib.sha256(content).hexdigest())


def _other_model(folder: Path) -> None:
    _with_model(folder, (artefact_directory("coil2000") / MODEL_FILE).read_bytes())


def _without_weights(folder: Path) -> None:
    _with_model(folder, encoder(OnnxScorer.load(folder).space))


def _of_a_tree_too_far(folder: Path) -> None:
    """The tree itself is right, what explanations are to know of it is not."""
    model = some_model(OnnxScorer.load(folder).space, np.random.default_rng(0), trees=1)
    proto = onnx.load_from_string(to_onnx(model))
    (constant,) = [one for one in proto.graph.initializer if one.name == "tree_product_array"]
    constant.CopyFrom(numpy_helper.from_array(np.array([23], dtype=np.int16), constant.name))
    _with_model(folder, proto.SerializeToString())


def _other_catalogue(folder: Path) -> None:
    shutil.copy(artefact_directory("coil2000") / CATALOGUE_FILE, folder / CATALOGUE_FILE)


def _product_twice(folder: Path) -> None:
    path = folder / CATALOGUE_FILE
    path.write_bytes(path.read_bytes().replace(b'"code": "car_loan"', b'"code": "mortgage"', 1))


@pytest.mark.parametrize(
    ("harm", "told"),
    [
        (
            _flip_a_bit,
            r"model\.onnx: sha256 is [0-9a-f]{64}, the card says [0-9a-f]{64}: the file is damaged or altered",
        ),
        (lambda folder: _with_card(folder, feature_hash="0" * 64), "made for features 000000000000, this release comp"),
        (lambda folder: _with_card(folder, products=("a", "b")), "card.json: made for features"),
        (lambda folder: _with_model(folder, b"nothing"), r"model\.onnx: not a usable model: .*train it again"),
        (_other_model, r"model\.onnx: not a usable model"),
        (_without_weights, r"output coefficient is missing, expected \(49, 23\): train the model again"),
        (_of_a_tree_too_far, "a tree names an entry or a product that there is not: train it again"),
        (_other_catalogue, "this release computes [0-9a-f]{12} for catalogue coil2000; train the model again"),
        (_product_twice, "product 'mortgage' is declared twice.*install or train the model again"),
        (lambda folder: (folder / CATALOGUE_FILE).write_text("{"), "not a catalogue: .*train the model again"),
        (lambda folder: (folder / CATALOGUE_FILE).unlink(), r"catalogue\.json: cannot be read: No such file"),
        (lambda folder: _with_card(folder, format=99), "format = 99, this release reads 2; train the model again"),
        (lambda folder: (folder / CARD_FILE).write_text("{}"), "not a model card: .*train the model again"),
        (lambda folder: (folder / CARD_FILE).unlink(), r"card\.json: cannot be read: No such file"),
        (lambda folder: (folder / MODEL_FILE).unlink(), r"model\.onnx: cannot be read: No such file"),
    ],
)
def test_an_altered_artefact_is_refused(artefact: Path, harm: Callable[[Path], object], told: str) -> None:
    OnnxScorer.load(artefact)
    harm(artefact)
    with pytest.raises(ArtefactError, match=told):
        OnnxScorer.load(artefact)


def test_an_unknown_artefact_says_what_there_is() -> None:
    with pytest.raises(ArtefactError, match="no artefact 'nowhere'; there are coil2000, simbank"):
        artefact_directory("nowhere")


@pytest.mark.parametrize("name", ["coil2000", "simbank"])
def test_the_card_says_what_the_file_is(name: str) -> None:
    folder = artefact_directory(name)
    scorer = OnnxScorer.load(folder)
    card = scorer.card
    assert card.model_bytes == (folder / MODEL_FILE).stat().st_size < 1_000_000
    assert card.version == scorer.version == f"{name}-{card.model_sha256[:12]}"
    assert card.parity_max_abs <= 1e-5
    assert [row.ranker for row in card.held_out] == ["usher", "popularity", "cooccurrence", "logistic", "lightgbm"]
    assert (card.inputs, card.features) == (scorer.space.raw_names, scorer.space.names)
    assert card.learner.trees == (0 if scorer.model.trees is None else len(scorer.model.trees))
    assert tuple(one.column for one in card.reference) == scorer.space.raw_names
    assert decode_card(encode_card(card), origin="a test") == card
