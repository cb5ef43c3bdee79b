"""The ONNX scorer: batch equals single, explanations are exact, altered artefacts are refused."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from msgspec import structs

from models.card import decode_card, encode_card
from models.catalogue import LANGUAGES
from models.customers import CustomerRecord
from models.errors import ArtefactError, CatalogueError
from models.reasons import Reason, ReasonCode, reason_text
from models.scorer import CARD_FILE, MIN_CONTRIBUTION, MODEL_FILE, OnnxScorer, artefact_directory

pytestmark = pytest.mark.req("W-05")


def test_a_batch_gives_what_each_customer_alone_gives(
    bank_scorer: OnnxScorer, bank_customers: list[CustomerRecord]
) -> None:
    together = bank_scorer.score(bank_customers)
    for at, record in enumerate(bank_customers):
        alone = bank_scorer.score([record])
        np.testing.assert_allclose(together.probability[at], alone.probability[0], rtol=1e-5, atol=1e-7)
        assert np.argsort(-together.score[at]).tolist() == np.argsort(-alone.score[0]).tolist()


def test_probabilities_sum_to_one_and_leave_out_what_is_held(
    bank_scorer: OnnxScorer, bank_customers: list[CustomerRecord]
) -> None:
    scores = bank_scorer.score(bank_customers)
    np.testing.assert_allclose(scores.probability.sum(axis=1), 1.0, atol=1e-5)
    codes = bank_scorer.catalogue.product_codes
    for row, record in zip(scores.probability, bank_customers, strict=True):
        assert {code for code, value in zip(codes, row.tolist(), strict=True) if value == 0.0} == record.holdings


def test_an_empty_batch_gives_empty_scores(bank_scorer: OnnxScorer) -> None:
    scores = bank_scorer.score([])
    assert scores.probability.shape == (0, len(bank_scorer.catalogue.product))
    assert bank_scorer.explain(scores, []) == []


def test_contributions_and_base_sum_to_the_score(bank_scorer: OnnxScorer, bank_customers: list[CustomerRecord]) -> None:
    scores = bank_scorer.score(bank_customers)
    every = np.tile(np.arange(len(bank_scorer.catalogue.product)), (len(bank_customers), 1))
    shares = bank_scorer.contributions(scores.vectors.matrix, every)
    np.testing.assert_allclose(shares.sum(axis=2) + bank_scorer.base, scores.score, atol=1e-4)


def test_reasons_are_the_strongest_shares_and_true_of_the_customer(
    bank_scorer: OnnxScorer, bank_customers: list[CustomerRecord]
) -> None:
    scores = bank_scorer.score(bank_customers)
    chosen = [np.argsort(-row)[:3].tolist() for row in scores.probability]
    explained = bank_scorer.explain(scores, chosen)
    catalogue = bank_scorer.catalogue
    seen: set[ReasonCode] = set()
    for record, products, reasons_per_product in zip(bank_customers, chosen, explained, strict=True):
        assert len(reasons_per_product) == len(products)
        for at, reasons in zip(products, reasons_per_product, strict=True):
            assert len(reasons) <= 3
            assert all(reason.contribution >= MIN_CONTRIBUTION for reason in reasons)
            features = [reason for reason in reasons if reason.code is not ReasonCode.COMMON]
            shares = [reason.contribution for reason in features]
            assert shares == sorted(shares, reverse=True)
            assert catalogue.product_codes[at] not in {reason.subject for reason in reasons}
            for reason in features:
                _assert_true(reason, record)
                assert all(reason_text(catalogue, reason, language) for language in LANGUAGES)
            seen |= {reason.code for reason in reasons}
    assert {ReasonCode.HOLDS, ReasonCode.HIGH, ReasonCode.LOW} <= seen


def _assert_true(reason: Reason, record: CustomerRecord) -> None:
    match reason.code:
        case ReasonCode.HOLDS:
            assert reason.subject in record.holdings
        case ReasonCode.LACKS:
            assert reason.subject not in record.holdings
        case ReasonCode.HIGH | ReasonCode.LOW | ReasonCode.IS:
            assert reason.value == pytest.approx(record.profile[reason.subject], abs=1e-4)
        case ReasonCode.COMMON:
            assert reason.subject == ""


def test_taking_a_reason_away_lowers_the_score_by_its_contribution(bank_scorer: OnnxScorer) -> None:
    """A held product given as a reason: without it the score falls by that product's weight, nothing else moves."""
    codes = bank_scorer.catalogue.product_codes
    with_card = _record({"current_account", "credit_card"})
    scores = bank_scorer.score([with_card])
    target = codes.index("premium_card")
    (reasons,) = bank_scorer.explain(scores, [[target]])[0]
    (reason,) = [reason for reason in reasons if reason.subject == "credit_card"]
    lower = bank_scorer.score([_record({"current_account"})]).score[0, target]
    at = bank_scorer.space.names.index("held:credit_card")
    average_share = float(bank_scorer.reference[at] * bank_scorer.coefficient[at, target])
    assert scores.score[0, target] - lower == pytest.approx(reason.contribution + average_share, abs=1e-4)


def _record(holdings: set[str]) -> CustomerRecord:
    return CustomerRecord(
        ref="1",
        display_name="Customer 1",
        profile={},
        holdings=frozenset(holdings),
        hidden_product=None,
        segment="family",
        risk_rating=3,
        age=42,
        age_band="40–49",
    )


def test_a_text_for_an_unknown_subject_is_a_fault(bank_scorer: OnnxScorer) -> None:
    with pytest.raises(CatalogueError, match="yacht"):
        reason_text(bank_scorer.catalogue, Reason(ReasonCode.HOLDS, "yacht", 1.0, 1.0), "en")


@pytest.fixture
def artefact(tmp_path: Path) -> Path:
    return Path(shutil.copytree(artefact_directory("simbank"), tmp_path / "artefact"))


def _flip_a_bit(folder: Path) -> None:
    content = bytearray((folder / MODEL_FILE).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / MODEL_FILE).write_bytes(bytes(content))


def _other_features(folder: Path) -> None:
    card = decode_card((folder / CARD_FILE).read_bytes(), origin="test")
    (folder / CARD_FILE).write_bytes(encode_card(structs.replace(card, feature_hash="0" * 64)))


def _not_onnx(folder: Path) -> None:
    (folder / MODEL_FILE).write_bytes(b"nothing")
    card = decode_card((folder / CARD_FILE).read_bytes(), origin="test")
    digest = hashlib.sha256(b"nothing").hexdigest()
    (folder / CARD_FILE).write_bytes(encode_card(structs.replace(card, model_sha256=digest)))


def _other_model(folder: Path) -> None:
    model = (artefact_directory("coil2000") / MODEL_FILE).read_bytes()
    (folder / MODEL_FILE).write_bytes(model)
    card = decode_card((folder / CARD_FILE).read_bytes(), origin="test")
    digest = hashlib.sha256(model).hexdigest()
    (folder / CARD_FILE).write_bytes(encode_card(structs.replace(card, model_sha256=digest)))


def _newer_format(folder: Path) -> None:
    card = decode_card((folder / CARD_FILE).read_bytes(), origin="test")
    (folder / CARD_FILE).write_bytes(encode_card(structs.replace(card, format=99)))


@pytest.mark.parametrize(
    ("harm", "told"),
    [
        (_flip_a_bit, "damaged or altered"),
        (_other_features, "made for features 000000000000"),
        (_not_onnx, "not a usable model"),
        (_other_model, "not a usable model"),
        (_newer_format, "format = 99"),
        (lambda folder: (folder / CARD_FILE).write_text("{}"), "not a model card"),
        (lambda folder: (folder / CARD_FILE).unlink(), "cannot be read"),
        (lambda folder: (folder / MODEL_FILE).unlink(), "cannot be read"),
    ],
)
def test_an_altered_artefact_is_refused(artefact: Path, harm: Callable[[Path], object], told: str) -> None:
    OnnxScorer.load(artefact)
    harm(artefact)
    with pytest.raises(ArtefactError, match=told):
        OnnxScorer.load(artefact)


def test_an_unknown_artefact_says_what_there_is() -> None:
    with pytest.raises(ArtefactError, match="there are coil2000, simbank"):
        artefact_directory("nowhere")


@pytest.mark.parametrize("name", ["coil2000", "simbank"])
def test_the_card_says_what_the_file_is(name: str) -> None:
    folder = artefact_directory(name)
    card = OnnxScorer.load(folder).card
    assert card.model_bytes == (folder / MODEL_FILE).stat().st_size < 1_000_000
    assert card.version == f"{name}-{card.model_sha256[:12]}"
    assert card.parity_max_abs < 1e-5
    assert {row.ranker for row in card.held_out} >= {"usher", "popularity", "co-occurrence", "lightgbm"}
    assert encode_card(card) == (folder / CARD_FILE).read_bytes()
