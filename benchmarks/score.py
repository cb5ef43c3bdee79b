"""``usher bench score``: what knowing a customer costs, beside the bare run of the model file in the same process.

One thread. Every round times the bare `session.run` on a row made before, then the whole scoring of that customer, so
that both see the same noise; the ratio is the median of the rounds' ratios.
"""

import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from time import perf_counter

import click
import msgspec
import onnxruntime

from models.correcting import corrector_of
from models.customers import CustomerRecord
from models.errors import DatasetMissing, ModelsError
from models.feedback import Observation, Shown
from models.population import open_customers
from models.ranking import Candidate, Ranker, candidate_of
from models.scorer import MODEL_FILE, OnnxScorer, artefact_directory
from models.simulation import AS_OF

ROUNDS = 15
SINGLES = 200
BATCH = 300
UPDATES = 400
_OUTPUTS = ["score", "probability", "encoded"]


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """Times in microseconds or milliseconds, medians over the rounds.

    `ratio_single`: scoring one customer (features, model) against the bare run of the model; `analyse_single_us` and
    `analyse_300_ms`: with the rules and reasons; `update_ms`: the correction taking one feedback in.
    """

    model: str
    ratio_single: float
    bare_single_us: float
    score_single_us: float
    analyse_single_us: float
    batch_300_ms: float
    analyse_300_ms: float
    update_ms: float
    update_p99_ms: float
    model_kb: float
    trees: int
    products: int
    features: int


@click.command()
@click.option("--model", default="coil2000", show_default=True, help="An artefact's name or folder.")
@click.option("--rounds", type=click.IntRange(min=3), default=ROUNDS, show_default=True, help="Repetitions.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of lines.")
def main(model: str, rounds: int, as_json: bool) -> None:
    """What knowing a customer costs: scoring against the bare run of the model, a batch, a correction."""
    try:
        directory = Path(model) if Path(model).is_dir() else artefact_directory(model)
        summary = measure(OnnxScorer.load(directory), directory, rounds)
    except ModelsError as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        sys.stdout.write(msgspec.json.encode(summary).decode() + "\n")
        return
    for name in summary.__struct_fields__:
        sys.stdout.write(f"{name:18} {getattr(summary, name)}\n")


def measure(scorer: OnnxScorer, directory: Path, rounds: int) -> Summary:
    """The figures of one artefact."""
    now = AS_OF if scorer.catalogue.name == "simbank" else datetime(2026, 1, 5, 9, tzinfo=UTC)
    batch = [candidate_of(record) for record in _customers(scorer)]
    bare = _bare(directory / MODEL_FILE)
    rows = [scorer.space.rows([one], now).matrix for one in batch]
    ranker = Ranker(scorer)
    singles: list[tuple[float, float, float]] = []
    batches: list[tuple[float, float]] = []
    for _ in range(rounds):
        singles.append(
            (
                _each(lambda at: bare.run(_OUTPUTS, {"raw": rows[at]})),
                _each(lambda at: scorer.score([batch[at]], now)),
                _each(lambda at: ranker.rank([batch[at]], now)),
            )
        )
        batches.append((_once(lambda: scorer.score(batch, now)), _once(lambda: ranker.rank(batch, now))))
    updates = _updates(scorer, batch, now)
    return Summary(
        model=scorer.version,
        ratio_single=round(median(score / alone for alone, score, _ in singles), 3),
        bare_single_us=round(median(alone for alone, _, _ in singles) * 1e6, 1),
        score_single_us=round(median(score for _, score, _ in singles) * 1e6, 1),
        analyse_single_us=round(median(whole for _, _, whole in singles) * 1e6, 1),
        batch_300_ms=round(median(score for score, _ in batches) * 1e3, 2),
        analyse_300_ms=round(median(whole for _, whole in batches) * 1e3, 2),
        update_ms=round(median(updates) * 1e3, 3),
        update_p99_ms=round(sorted(updates)[int(len(updates) * 0.99)] * 1e3, 3),
        model_kb=round((directory / MODEL_FILE).stat().st_size / 1024, 1),
        trees=scorer.card.learner.trees,
        products=len(scorer.card.products),
        features=scorer.space.size,
    )


def _customers(scorer: OnnxScorer) -> Sequence[CustomerRecord]:
    """So many customers of the model's own bank; where its data isn't here, or it is another bank's, average ones."""
    name = scorer.catalogue.name
    if name in ("coil2000", "simbank"):
        try:
            return list(open_customers(name, count=BATCH))[:BATCH]
        except DatasetMissing:
            pass
    return [_average(scorer, number) for number in range(BATCH)]


def _average(scorer: OnnxScorer, number: int) -> CustomerRecord:
    codes = scorer.catalogue.product_codes
    profile = {column.code: column.default for column in scorer.space.numbers if column.window is None}
    profile |= {column.code: float(column.choices[0].value) for column in scorer.space.choices}
    return CustomerRecord(
        ref=f"average-{number}",
        display_name="",
        profile=profile,
        holdings=frozenset({codes[number % len(codes)]}),
        hidden_product=None,
        segment="",
        risk_rating=1,
        age=None,
        age_band="",
    )


def _bare(model: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])


def _each(work: Callable[[int], object]) -> float:
    """Seconds a call, over the first customers in turn."""
    start = perf_counter()
    for at in range(SINGLES):
        work(at)
    return (perf_counter() - start) / SINGLES


def _once(work: Callable[[], object]) -> float:
    start = perf_counter()
    work()
    return perf_counter() - start


def _updates(scorer: OnnxScorer, batch: Sequence[Candidate], now: datetime) -> list[float]:
    """Seconds of each update with the feedback of as many visits: the first product shown is taken by every third."""
    corrector = corrector_of(scorer)
    funnels = Ranker(scorer).rank(batch, now)
    times: list[float] = []
    for number in range(UPDATES):
        funnel = funnels[number % len(funnels)]
        shown = tuple(Shown(one.code, 1.0) for one in funnel.ranked[:3])
        if not shown:
            continue
        observation = Observation(
            id=f"visit-{number}",
            at=now + timedelta(minutes=number),
            model=scorer.version,
            feature_hash=scorer.feature_hash,
            raw=funnel.raw,
            offered=tuple(one.code for one in funnel.ranked),
            shown=shown,
            taken=(shown[0].code,) if number % 3 == 0 else (),
            refused=(),
            match_score=1.0 if number % 3 == 0 else 0.0,
        )
        start = perf_counter()
        corrector.update(observation)
        times.append(perf_counter() - start)
    return times
