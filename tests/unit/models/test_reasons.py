"""Reasons: exact shares of the score, true of the customer, in three languages."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import pytest

from models.catalogue import LANGUAGES, ChoiceColumn, NumberColumn
from models.customers import CustomerRecord
from models.errors import CatalogueError
from models.features import FeatureSpace, FloatMatrix
from models.reasons import Reason, ReasonCode, reason_text
from models.scorer import MIN_CONTRIBUTION, OnnxScorer
from models.simulation import AS_OF
from models.weights import RankingModel
from tests.unit.models.banks import INF, NAN, Seen, bank, choice, loaded, number, some_model

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


def _asked(scorer: OnnxScorer, customers: list[Seen] | list[CustomerRecord]) -> list[tuple[int, Reason]]:
    """Every reason of the first three products of these customers, with the customer's position."""
    scores = scorer.score(customers, AS_OF)
    chosen = [np.argsort(-row)[:3].tolist() for row in scores.probability]
    return [
        (at, reason)
        for at, products in enumerate(scorer.explain(scores, chosen))
        for reasons in products
        for reason in reasons
    ]


def test_reasons_are_the_strongest_shares_and_true_of_the_customer(
    bank_scorer: OnnxScorer, bank_customers: list[CustomerRecord]
) -> None:
    scores = bank_scorer.score(bank_customers, AS_OF)
    chosen = [np.argsort(-row)[:3].tolist() for row in scores.probability]
    shares = bank_scorer.contributions(scores.encoded, np.array(chosen))
    catalogue, groups = bank_scorer.catalogue, bank_scorer.space.groups
    raw = {name: at for at, name in enumerate(bank_scorer.space.raw_names)}
    seen: set[ReasonCode] = set()
    for row, products in enumerate(bank_scorer.explain(scores, chosen)):
        assert len(products) == len(chosen[row])
        for place, (at, reasons) in enumerate(zip(chosen[row], products, strict=True)):
            own = catalogue.product_codes[at]
            assert len(reasons) <= 3
            assert own not in {reason.subject for reason in reasons}
            features = [reason for reason in reasons if reason.code is not ReasonCode.COMMON]
            assert reasons[: len(features)] == tuple(features), "what customers in general want comes last"
            by_strength = sorted(
                (
                    float(share)
                    for group, share in zip(groups, shares[row, place], strict=True)
                    if group.subject != own and share >= MIN_CONTRIBUTION
                ),
                reverse=True,
            )
            assert [reason.contribution for reason in features] == by_strength[:3]
            for reason in features:
                _assert_true(reason, bank_customers[row], scores.rows.matrix[row], raw)
            for reason in set(reasons) - set(features):
                assert reason.contribution == pytest.approx(bank_scorer.average_score[at])
                assert reason.contribution >= MIN_CONTRIBUTION
            seen |= {reason.code for reason in reasons}
    assert {ReasonCode.HOLDS, ReasonCode.HIGH, ReasonCode.LOW} <= seen


def _assert_true(reason: Reason, record: CustomerRecord, row: FloatMatrix, raw: dict[str, int]) -> None:
    match reason.code:
        case ReasonCode.HOLDS:
            assert reason.subject in record.holdings
        case ReasonCode.LACKS:
            assert reason.subject not in record.holdings
        case ReasonCode.HIGH | ReasonCode.LOW | ReasonCode.IS:
            assert reason.value == pytest.approx(float(row[raw[reason.subject]]), rel=1e-5)
            if reason.subject in record.profile:
                assert reason.value == pytest.approx(record.profile[reason.subject], rel=1e-5)
        case ReasonCode.UNKNOWN:
            assert np.isnan(row[raw[reason.subject]])
        case ReasonCode.COMMON:
            raise AssertionError("not about a feature")


def _pointed(**weights: float) -> RankingModel:
    """A model in which these entries speak for p0 and nothing else does."""
    coefficient = np.zeros((SPACE.size, 4))
    for name, weight in weights.items():
        coefficient[SPACE.names.index(name.replace("__", ":").replace("_is_", "=").replace("_gone", "?")), 0] = weight
    return RankingModel(SPACE, coefficient, np.zeros(4), np.full(SPACE.size, 0.25))


@pytest.mark.parametrize(
    ("weights", "customer", "code", "subject", "value", "english"),
    [
        ({"age": 2.0}, Seen({"age": 80.0}), ReasonCode.HIGH, "age", 80.0, "age en: 80, above average"),
        ({"age": -2.0}, Seen({"age": 20.0}), ReasonCode.LOW, "age", 20.0, "age en: 20, below average"),
        ({"age": 2.0}, Seen({"age": INF}), ReasonCode.HIGH, "age", 90.0, "age en: 90, above average"),
        ({"age": 2.0}, Seen({"age": 300.0}), ReasonCode.HIGH, "age", 300.0, "age en: 300, above average"),
        ({"age": 2.0}, Seen({}), ReasonCode.UNKNOWN, "age", 0.0, "age en: not known"),
        ({"income_gone": 2.0}, Seen({"age": 30.0}), ReasonCode.UNKNOWN, "income", 0.0, "income en: not known"),
        ({"home_is_2": 2.0}, Seen({"home": 2.0}), ReasonCode.IS, "home", 2.0, "home en: home2 en"),
        ({"home_is_2": -2.0}, Seen({"home": NAN}), ReasonCode.UNKNOWN, "home", 0.0, "home en: not known"),
        ({"home_is_2": -2.0}, Seen({"home": 9.0}), ReasonCode.UNKNOWN, "home", 0.0, "home en: not known"),
        ({"held__p1": 2.0}, Seen({}, frozenset({"p1"})), ReasonCode.HOLDS, "p1", 1.0, "Has P1 en"),
        ({"held__p1": -2.0}, Seen({}), ReasonCode.LACKS, "p1", 0.0, "Does not have P1 en"),
    ],
)
def test_a_reason_worked_by_hand(
    weights: dict[str, float],
    customer: Seen,
    code: ReasonCode,
    subject: str,
    value: float,
    english: str,
    tmp_path: Path,
) -> None:
    scorer = loaded(_pointed(**weights), tmp_path)
    scores = scorer.score([customer])
    ((reasons, nothing),) = scorer.explain(scores, [[0, 1]])
    (reason,) = reasons
    assert nothing == ()
    assert (reason.code, reason.subject, reason.value) == (code, subject, value)
    assert reason.contribution == pytest.approx(float(scores.score[0, 0]), abs=1e-5)
    assert reason_text(SMALL, reason, "en") == english
    assert msgspec.json.decode(msgspec.json.encode(reason), type=Reason) == reason


def test_that_a_product_is_not_held_is_no_reason_for_it(tmp_path: Path) -> None:
    scorer = loaded(_pointed(held__p0=-3.0), tmp_path)
    assert scorer.explain(scorer.score([Seen({})]), [[0]]) == [[()]]


def test_what_customers_in_general_want_fills_up_what_is_free(tmp_path: Path) -> None:
    model = replace(_pointed(age=1.0, home_is_1=1.0, held__p1=1.0), base=np.array([2.0, 0.04, -1.0, 0.0]))
    scorer = loaded(model, tmp_path)
    full, sparse = Seen({"age": 90.0, "home": 1.0}, frozenset({"p1"})), Seen({"age": 90.0})
    found = [
        [[reason.code for reason in reasons] for reasons in products]
        for products in scorer.explain(scorer.score([full, sparse]), [[0, 1], [0, 2]])
    ]
    three = [ReasonCode.IS, ReasonCode.HOLDS, ReasonCode.HIGH]
    assert sorted(found[0][0]) == sorted(three), "three features speak for it: nothing in general is added"
    assert found[0][1] == found[1][1] == [], "too little, or against it"
    assert found[1][0] == [ReasonCode.HIGH, ReasonCode.COMMON]


def test_every_code_has_a_text_in_every_language() -> None:
    for code in ReasonCode:
        product = code in (ReasonCode.HOLDS, ReasonCode.LACKS)
        for subject in ["p1"] if product else ["age", "home"]:
            texts = [reason_text(SMALL, Reason(code, subject, 2.0, 1.0), language) for language in LANGUAGES]
            assert len(set(texts)) == 3
            for text, language in zip(texts, LANGUAGES, strict=True):
                assert "{" not in text
                assert code is ReasonCode.COMMON or text.casefold().find(f"{subject} {language}") >= 0


def test_every_reason_of_the_shipped_models_has_a_text(
    bank_scorer: OnnxScorer, bank_customers: list[CustomerRecord], insurer_scorer: OnnxScorer
) -> None:
    for _, reason in _asked(bank_scorer, bank_customers[:40]):
        assert all(reason_text(bank_scorer.catalogue, reason, language) for language in LANGUAGES)
    profile: dict[str, float] = {}
    for column in insurer_scorer.catalogue.profile:
        match column:
            case NumberColumn():
                profile[column.code] = column.high
            case ChoiceColumn():
                profile[column.code] = float(column.choices[-1].value)
    asked = _asked(insurer_scorer, [Seen(profile), Seen({})])
    assert {reason.code for _, reason in asked} >= {ReasonCode.HIGH, ReasonCode.COMMON}
    for _, reason in asked:
        assert all(reason_text(insurer_scorer.catalogue, reason, language) for language in LANGUAGES)


def test_taking_a_reason_away_lowers_the_score_by_its_contribution(tmp_path: Path) -> None:
    """A held product given as a reason: without it the score falls by that product's weight, nothing else moves."""
    model = some_model(SPACE, np.random.default_rng(2))
    model.coefficient[SPACE.names.index("held:p1"), 0] = 3.0
    scorer = loaded(model, tmp_path)
    scores = scorer.score([Seen({"age": 40.0}, frozenset({"p1"}))])
    (reason,) = [one for one in scorer.explain(scores, [[0]])[0][0] if one.subject == "p1"]
    lower = scorer.score([Seen({"age": 40.0})]).score[0, 0]
    average_share = model.reference[SPACE.names.index("held:p1")] * 3.0
    assert scores.score[0, 0] - lower == pytest.approx(reason.contribution + average_share, abs=1e-5)


def test_a_text_for_an_unknown_subject_is_a_fault(bank_scorer: OnnxScorer) -> None:
    with pytest.raises(CatalogueError, match="yacht"):
        reason_text(bank_scorer.catalogue, Reason(ReasonCode.HOLDS, "yacht", 1.0, 1.0), "en")
    with pytest.raises(CatalogueError, match="yacht"):
        reason_text(bank_scorer.catalogue, Reason(ReasonCode.HIGH, "yacht", 1.0, 1.0), "en")
