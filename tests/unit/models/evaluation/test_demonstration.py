"""The gate on the simulated bank: a poisoned candidate stays out, one that learned from feedback goes through."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import onnxruntime
import pytest
from click.testing import CliRunner

from models.evaluation.commands import demonstration, gate, read_log, said
from models.evaluation.demonstration import DemonstrationSettings, simulated_log
from models.evaluation.errors import EvaluationError
from models.evaluation.gate import GateSettings, decide
from models.features import FeatureSpace, Rows
from models.graph import encoder
from models.scoring import Scores
from models.simulation.bank import SimulatedBank
from models.simulation.parameters import APPEAL
from models.weights import RankingModel

pytestmark = pytest.mark.req("W-16")


class AppealModel:
    """Ranks by the simulator's general appeal of a product; knows nothing about the customer."""

    version = "appeal"

    def __init__(self) -> None:
        self.space = FeatureSpace(SimulatedBank(1).catalogue)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(encoder(self.space), options, providers=["CPUExecutionProvider"])
        codes = self.space.catalogue.product_codes
        coefficient = np.random.default_rng(1).normal(0.0, 0.05, (self.space.size, len(codes)))
        base = np.array([APPEAL[code] for code in codes])
        self.model = RankingModel(self.space, coefficient, base, np.zeros(self.space.size))
        self.feature_hash = self.space.hash

    def score_rows(self, rows: Rows) -> Scores:
        (encoded,) = self._session.run(["encoded"], {"raw": rows.matrix})
        score = self.model.scores(encoded).astype(np.float32)
        return Scores(rows, encoded, score, np.full_like(score, 1.0 / score.shape[1]), self.version)


@pytest.fixture(scope="module")
def base() -> AppealModel:
    return AppealModel()


def test_a_poisoned_candidate_is_refused(base: AppealModel) -> None:
    visits, candidate, current = demonstration(base, "bad", DemonstrationSettings(visits=1000))
    verdict = decide(visits, candidate, current, GateSettings(resamples=300))
    assert not verdict.published
    assert verdict.upper_bound < 0.0
    assert "refused" in said(verdict)
    assert "it may be worse" in said(verdict)


def test_a_candidate_that_learned_from_the_first_half_is_published_on_the_second(base: AppealModel) -> None:
    visits, candidate, current = demonstration(base, "good", DemonstrationSettings(visits=2400))
    verdict = decide(visits, candidate, current, GateSettings(resamples=300))
    assert verdict.observations == 1200
    assert verdict.published, verdict.reasons
    assert verdict.gain > 0.1


def test_the_simulated_log_is_the_same_each_time_and_has_true_propensities(base: AppealModel) -> None:
    settings = DemonstrationSettings(visits=800)
    log = simulated_log(base, settings)
    assert log == simulated_log(base, settings)
    assert [one.at for one in log] == sorted(one.at for one in log)
    shares = [one.propensity for observation in log for one in observation.shown]
    explored = sum(share < 0.5 for share in shares)
    assert 0.05 * len(log) < explored < settings.explore_epsilon * len(log)
    counts = [1.0 / one.propensity for observation in log for one in observation.shown]
    offered = np.mean([len(observation.offered) for observation in log])
    assert np.mean(counts) * 3 == pytest.approx(offered, rel=0.2), "inverse propensities count what is on offer"


def test_a_log_file_is_read_and_a_damaged_line_named(base: AppealModel, tmp_path: Path) -> None:
    log = simulated_log(base, DemonstrationSettings(visits=30))
    path = tmp_path / "log.jsonl"
    path.write_bytes(b"\n".join(msgspec.json.encode(one) for one in log) + b"\n\n")
    assert read_log(path) == log
    path.write_bytes(msgspec.json.encode(log[0]) + b"\n{}\n")
    with pytest.raises(EvaluationError, match="line 2 is no observation"):
        read_log(path)
    with pytest.raises(EvaluationError, match="cannot be read"):
        read_log(tmp_path / "none")


def test_the_command_says_what_it_needs() -> None:
    answer = CliRunner().invoke(gate, [])
    assert answer.exit_code == 2
    assert "--demo-bad" in answer.output
    answer = CliRunner().invoke(gate, ["--demo-bad", "--epsilon", "-1"])
    assert answer.exit_code == 1
    assert "epsilon" in answer.output
    answer = CliRunner().invoke(gate, ["--demo-bad", "--visits", "0"])
    assert answer.exit_code == 2
    assert "--visits" in answer.output
