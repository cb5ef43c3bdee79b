"""The gate's word on a candidate, from the part of the log that it did not learn from (W-16).

The model in use may have been let through on some of these visits, which can only flatter it: the candidate has the
harder test of the two.
"""

from __future__ import annotations

from pathlib import Path

from hub.learning import store
from hub.learning.model import Verdict
from hub.learning.ports import Job
from models.correction.lessons import raw_rows
from models.evaluation.gate import GateSettings, decide
from models.evaluation.gate import Verdict as GateVerdict
from models.evaluation.report import write_report
from models.evaluation.visits import logged_visits, ranking_policy
from models.scorer import OnnxScorer


def judge(current: OnnxScorer, candidate: OnnxScorer, job: Job, reports: Path) -> Verdict:
    """The verdict, with the gate's full report written to ``reports``; raises ``ModelsError``."""
    seen = [one for one in map(store.decode, job.judge) if one.feature_hash == candidate.feature_hash]
    if not seen:
        return Verdict(
            passed=False,
            estimate=0.0,
            lower=0.0,
            upper=0.0,
            epsilon=job.epsilon,
            judged=0,
            why="none of the feedback to judge on is of visits with this input: collect some first",
        )
    visits = logged_visits(seen, candidate.catalogue.product_codes)
    rows = raw_rows(seen)
    ours, theirs = (
        ranking_policy(one.version, one.score_rows(rows).score.astype("float64"), visits)
        for one in (candidate, current)
    )
    settings = GateSettings(epsilon=job.epsilon, confidence=job.confidence, least_visits=job.judge_least)
    found = decide(visits, ours, theirs, settings)
    write_report(reports, found, visits, ours, theirs)
    return Verdict(
        passed=found.published,
        estimate=found.gain,
        lower=found.lower_bound,
        upper=found.upper_bound,
        epsilon=found.epsilon,
        judged=found.observations,
        why="; ".join(found.reasons) or _passed(found),
    )


def _passed(found: GateVerdict) -> str:
    return (
        f"gain {found.gain:+.3f} [{found.lower_bound:+.3f}, {found.upper_bound:+.3f}] products a visit over "
        f"{found.observations} visits; the lower bound may be {-found.epsilon:+.3f}"
    )
