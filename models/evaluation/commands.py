"""`usher models gate`: may this candidate replace the current model? Exit codes: 0 answered (and, with --log,
published), 1 refused or a fault, 2 usage."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec
import numpy as np

from models.correction.lessons import raw_rows
from models.errors import ModelsError
from models.evaluation.demonstration import (
    BaseModel,
    DemonstrationSettings,
    corrected,
    poisoned,
    scores,
    simulated_log,
)
from models.evaluation.errors import EvaluationError
from models.evaluation.gate import GateSettings, Verdict, decide
from models.evaluation.report import write_report
from models.evaluation.visits import LoggedVisits, Policy, logged_visits, ranking_policy
from models.feedback import Observation
from models.scorer import OnnxScorer, artefact_directory

DEMO_MODEL = "simbank"


@click.command(help="Judge a candidate model on the log before it is published.")
@click.option("--demo-bad", "demo", flag_value="bad", help="A simulated log and a deliberately poisoned candidate.")
@click.option("--demo-good", "demo", flag_value="good", help="A candidate corrected on the simulated log's first half.")
@click.option(
    "--visits", type=click.IntRange(min=1), default=6000, show_default=True, help="How many visits a demo simulates."
)
@click.option(
    "--log", type=click.Path(dir_okay=False, exists=True, path_type=Path), help="Observations, one JSON a line."
)
@click.option("--candidate", type=click.Path(file_okay=False, exists=True, path_type=Path), help="Artefact directory.")
@click.option("--current", type=click.Path(file_okay=False, exists=True, path_type=Path), help="Artefact directory.")
@click.option("--epsilon", default=GateSettings().epsilon, show_default=True, help="Products a visit it may be worse.")
@click.option("--confidence", default=GateSettings().confidence, show_default=True, help="Of the two-sided interval.")
@click.option("--report", type=click.Path(file_okay=False, path_type=Path), help="Write gate.html and gate.json there.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_context
def gate(
    context: click.Context,
    demo: str | None,
    visits: int,
    log: Path | None,
    candidate: Path | None,
    current: Path | None,
    epsilon: float,
    confidence: float,
    report: Path | None,
    as_json: bool,
) -> None:
    """The command `usher models gate`."""
    try:
        settings = msgspec.convert({"epsilon": epsilon, "confidence": confidence}, GateSettings)
        if demo is not None:
            logged, ours, theirs = demonstration(
                OnnxScorer.load(artefact_directory(DEMO_MODEL)), demo, DemonstrationSettings(visits=visits)
            )
        elif log is not None and candidate is not None and current is not None:
            logged, ours, theirs = _from_files(log, candidate, current)
        else:
            raise click.UsageError("give --demo-bad, --demo-good, or --log with --candidate and --current")
        verdict = decide(logged, ours, theirs, settings)
        if report is not None:
            write_report(report, verdict, logged, ours, theirs)
    except (ModelsError, msgspec.ValidationError) as error:
        raise click.ClickException(str(error)) from error
    click.echo(msgspec.json.encode(verdict).decode() if as_json else said(verdict))
    context.exit(1 if demo is None and not verdict.published else 0)


def demonstration(base: BaseModel, demo: str, settings: DemonstrationSettings) -> tuple[LoggedVisits, Policy, Policy]:
    """Log, candidate and current model of a demo, "bad" or "good"."""
    log = simulated_log(base, settings)
    if demo == "bad":
        name, model, judged = "the current model with its weights turned", poisoned(base.model), log
    else:
        half = len(log) // 2
        name, judged = f"corrected by the first {half} visits", log[half:]
        model, _ = corrected(base, log[:half])
    logged = logged_visits(judged, base.space.catalogue.product_codes)
    candidate = ranking_policy(name, scores(base, model, judged), logged)
    return logged, candidate, ranking_policy(f"current {base.version}", scores(base, base.model, judged), logged)


def _from_files(log: Path, candidate: Path, current: Path) -> tuple[LoggedVisits, Policy, Policy]:
    observations = read_log(log)
    new, old = OnnxScorer.load(candidate), OnnxScorer.load(current)
    if new.catalogue.product_codes != old.catalogue.product_codes or new.feature_hash != old.feature_hash:
        raise EvaluationError(f"{candidate} and {current} are for other products or inputs; judge models of one kind")
    judged = [observation for observation in observations if observation.feature_hash == old.feature_hash]
    if not judged:
        raise EvaluationError(f"{log}: none of {len(observations)} observations is for input {old.feature_hash[:12]}")
    once = list({observation.id: observation for observation in reversed(judged)}.values())[::-1]
    logged = logged_visits(once, old.catalogue.product_codes)
    rows = raw_rows(once)
    return (
        logged,
        ranking_policy(f"candidate {new.version}", new.score_rows(rows).score.astype(np.float64), logged),
        ranking_policy(f"current {old.version}", old.score_rows(rows).score.astype(np.float64), logged),
    )


def read_log(path: Path) -> list[Observation]:
    """The observations in a file of one JSON object a line; `EvaluationError` names the line."""
    found = []
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                if line.strip():
                    try:
                        found.append(msgspec.json.decode(line, type=Observation))
                    except msgspec.MsgspecError as error:
                        raise EvaluationError(f"{path}: line {number} is no observation: {error}") from error
    except OSError as error:
        raise EvaluationError(f"{path}: cannot be read: {error.strerror}") from error
    return found


def said(verdict: Verdict) -> str:
    """The verdict for people."""
    lines = [
        f"{'published' if verdict.published else 'refused'}: {verdict.candidate}, against {verdict.current}",
        f"gain {verdict.gain:+.4f} products a visit, {verdict.confidence:.0%} interval "
        f"[{verdict.lower_bound:+.4f}, {verdict.upper_bound:+.4f}] ({verdict.estimator.value}); needed: at least "
        f"{-verdict.epsilon:+.4f}",
        f"{verdict.observations} visits, of which the models plan {verdict.disputed} differently",
        f"effective size of the log for what is newly shown: {verdict.effective:.0f}",
    ]
    lines += [f"  {name:6} {i.value:+.4f} [{i.lower:+.4f}, {i.upper:+.4f}]" for name, i in verdict.estimators.items()]
    lines += [f"  because {reason}" for reason in verdict.reasons]
    return "\n".join(lines)
