"""A bank's spec and tables → the questions that a model learns from and is measured by (W-04)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from msgspec import structs

from models.catalogue import Catalogue
from models.catalogues import load_catalogue, read_catalogue
from models.columns import Column, NumberColumn
from models.errors import TrainingError
from models.features import FeatureSpace, FloatMatrix
from models.spec import BankSpec, load_spec
from models.spec.errors import SpecError
from models.spec.spec import ColumnsTarget, ColumnTarget, HideOne, NextSnapshot, TableTarget
from models.spec.texts import names_of
from models.training.bank_tables import Bank, open_bank
from models.training.facts import ages_of, risk_ratings_of, segments_of
from models.training.logs import Log, fill_windows, open_logs
from models.training.population import HELD_OUT, Population
from models.training.products import ProductSource, products_of
from models.training.questions import Held, Questions, ask, folds_of, holdings_of, holdings_texts, target_texts
from models.training.reading import Reading, prepare_samples, readings_for, values_of
from models.training.resolve import Learned, catalogue_of, learn_profile, learn_windows, window_range
from models.training.warehouse import Warehouse, digest_of, find_files

_LIMITS = "A bank's own data as its spec describes it; holdings and purchases stand in for wants."


@dataclass(frozen=True, slots=True)
class Read:
    """An opened bank whose questions are known: what a population is made from. `catalogue` is final; `learned` says
    what was left out, None where nothing was learned; `held` [N, K] of all customers, `questions` with the wanted
    product hidden; `fold` [N] of all customers."""

    bank: Bank
    logs: tuple[Log, ...]
    products: tuple[ProductSource, ...]
    catalogue: Catalogue
    learned: Learned | None
    readings: tuple[Reading, ...]
    held: Held
    questions: Questions
    fold: npt.NDArray[np.int8]
    raw: FloatMatrix


def read_population(
    spec: BankSpec | Path, data: Path | None = None, *, catalogue: Catalogue | None = None
) -> Population:
    """The questions in the tables that `spec` describes: a description or its file.

    `data`: the folder of the tables, or a file that takes the place of the customers' table; by default the tables are
    beside the spec. `catalogue`: a finished model's; then nothing is learned. Without one, ranges, defaults, values and
    windows are learned from the training customers. `SpecError` and `TableError` say what is wrong and what to do.
    """
    with Warehouse() as warehouse:
        return population_of(read_bank(spec, data, warehouse, catalogue=catalogue))


def read_bank(
    spec: BankSpec | Path, data: Path | None, warehouse: Warehouse, *, catalogue: Catalogue | None = None
) -> Read:
    """The bank with its questions; it lives as long as the warehouse."""
    folder = Path()
    if isinstance(spec, Path):
        folder = spec.parent
        spec = load_spec(spec)
    instead = None
    if data is not None:
        if not data.exists():
            raise TrainingError(f"{data}: is neither a folder nor a file; --data says where the tables are")
        folder, instead = (data, None) if data.is_dir() else (folder, data)
    if catalogue is None and spec.catalogue is not None:
        catalogue = _ready(spec.catalogue)
    bank = open_bank(spec, folder, warehouse, instead=instead)
    logs = open_logs(bank)
    _report_answers(bank)
    fold = folds_of(bank)
    training = fold != HELD_OUT
    texts: Counter[str] = Counter()
    among = training if catalogue is None else np.ones(len(bank), dtype=np.bool_)
    if spec.products is not None and spec.products.from_target:
        texts = target_texts(bank, among)
    if spec.products is not None and spec.products.from_holdings:
        texts |= holdings_texts(bank, among)
    products = products_of(bank, catalogue, texts)
    held = holdings_of(bank, products)
    questions = ask(bank, products, held)
    if not len(questions.asker):
        reasons = "; ".join(f"{count} {reason}" for reason, count in bank.notes.left_out.items())
        raise TrainingError(f"{spec.name}: no customer asks a question: {reasons or 'there is none'}; see [target]")
    askers = np.unique(questions.asker)
    learners = askers[training[askers]]
    learned = None
    if catalogue is None:
        if not len(learners):
            raise TrainingError(f"{spec.name}: every customer with a question is held out; see [split]")
        prepare_samples(bank, learners)
        learned, catalogue = _learn(bank, logs, products, questions, held, learners)
        readings = learned.readings
    else:
        prepare_samples(bank, askers)
        readings = readings_for(bank, catalogue)
    raw = _raw(bank, logs, catalogue, readings, askers)
    if learned is not None:
        catalogue = _with_ranges(bank, catalogue, raw[training[askers]])
    return Read(bank, logs, products, catalogue, learned, readings, held, questions, fold, raw)


def _report_answers(bank: Bank) -> None:
    """Logs are often delivered with the answer beside every event, as a column with the target's name."""
    target = bank.spec.target
    for event in bank.spec.event:
        if isinstance(target, ColumnTarget) and target.column in (*event.kinds, event.amount):
            bank.notes.say(
                f"suspicious: event {event.name} makes features of its column {target.column}, which is called like "
                "the target's: is it known before the product is taken?"
            )


def _ready(name: str) -> Catalogue:
    return read_catalogue(Path(name)) if name.endswith(".toml") else load_catalogue(name)


def _learn(
    bank: Bank,
    logs: tuple[Log, ...],
    products: tuple[ProductSource, ...],
    questions: Questions,
    held: Held,
    learners: npt.NDArray[np.int64],
) -> tuple[Learned, Catalogue]:
    """What the training customers teach, and the catalogue, the ranges of its windows still provisional."""
    hidden = isinstance(bank.spec.target, HideOne)
    if hidden:
        wants = held[learners]
    else:
        wants = np.zeros((len(learners), len(products)), dtype=np.bool_)
        place = np.searchsorted(learners, questions.asker)
        place[place == len(learners)] = 0
        known = learners[place] == questions.asker
        wants[place[known], questions.wanted[known]] = True
    learned = learn_profile(bank, products, learners, wants, hidden)
    windows = learn_windows(bank, logs, learned.columns)
    columns: tuple[Column, ...] = (*learned.columns, *windows)
    return learned, catalogue_of(bank, products, columns)


def _raw(
    bank: Bank,
    logs: tuple[Log, ...],
    catalogue: Catalogue,
    readings: tuple[Reading, ...],
    askers: npt.NDArray[np.int64],
) -> FloatMatrix:
    """The raw rows of the customers `askers`, their holdings still empty."""
    space = FeatureSpace(catalogue)
    raw = np.zeros((len(askers), space.raw_size), dtype=np.float32)
    place = {code: at for at, code in enumerate(space.columns)}
    named = {column.code: column for column in catalogue.profile}
    for reading in readings:
        raw[:, place[reading.code]] = values_of(bank, reading, named[reading.code])[askers]
    if space.window_at:
        if np.isnan(bank.as_of[askers]).any():
            raise SpecError(f"{bank.spec.name}: windows of events need the moment of the analysis: say customers.as_of")
        fill_windows(bank, logs, space.windows, space.window_at, askers, raw)
    return raw


def _with_ranges(bank: Bank, catalogue: Catalogue, raw: FloatMatrix) -> Catalogue:
    """The catalogue with the windows' ranges learned from the training customers' raw rows."""
    space = FeatureSpace(catalogue)
    place = {code: at for at, code in enumerate(space.columns)}
    windowed = [c for c in catalogue.profile if isinstance(c, NumberColumn) and c.window is not None]
    declared = dict(zip((column.code for column in windowed), bank.spec.window, strict=False))
    profile = tuple(
        window_range(column, declared.get(column.code), raw[:, place[column.code]].astype(np.float64))
        if isinstance(column, NumberColumn) and column.window is not None
        else column
        for column in catalogue.profile
    )
    return structs.replace(catalogue, profile=profile)


def population_of(read: Read) -> Population:
    """The population that a bank's questions make."""
    bank, spec, questions = read.bank, read.bank.spec, read.questions
    space = FeatureSpace(read.catalogue)
    askers, place = np.unique(questions.asker, return_inverse=True)
    raw = read.raw if len(askers) == len(place) else read.raw[place]
    raw[:, space.products_start :] = questions.held
    return Population(
        name=spec.name,
        title=names_of(spec.title, spec.name).en,
        origin=spec.source or "the bank's own tables",
        licence=spec.licence or "not stated",
        sha256=digest_of(_files(read)),
        protocol=protocol_of(spec),
        limits=spec.limits or _LIMITS,
        catalogue=read.catalogue,
        raw=raw,
        wanted=questions.wanted.astype(np.intp),
        customer=bank.who[questions.asker],
        fold=read.fold[questions.asker],
        age=ages_of(bank)[questions.asker],
        risk_rating=risk_ratings_of(bank)[questions.asker],
        segment=segments_of(bank)[questions.asker],
        leave_one_out=isinstance(spec.target, HideOne),
        left_out=dict(bank.notes.left_out),
    )


def _files(read: Read) -> list[Path]:
    """Every file that was read, in the spec's order."""
    spec, folder = read.bank.spec, read.bank.folder
    files = [*read.bank.table.files, *(path for log in read.logs for path in log.table.files)]
    if spec.holdings is not None:
        files += find_files("holdings", spec.holdings, folder)
    if isinstance(spec.target, TableTarget):
        files += find_files("target", spec.target, folder)
    return files


def protocol_of(spec: BankSpec) -> str:
    """What was asked and who was held out, in a sentence or two, for the model's card."""
    target, split = spec.target, spec.split
    asked = ""
    match target:
        case HideOne(least=least, salt=salt, by=by):
            asked = (
                f"Customers with at least {least} products; hidden is held[sha256('{salt}<{by.strip('*')}>') mod "
                "len(held)], held in the products' order."
            )
        case ColumnTarget(column=column):
            asked = f"Wanted is the product that the column {column} names."
        case ColumnsTarget(prefix=prefix, suffix=suffix):
            asked = f"Wanted are the products whose column {prefix}<product>{suffix} says so."
        case TableTarget(horizon_days=days):
            within = f", within {days:g} days" if days else ""
            asked = f"Wanted are the purchases after the moment of the analysis{within}."
        case NextSnapshot():
            asked = "Wanted is what the customer's next row holds and this one doesn't."
    if split.column is not None:
        out = f"where {split.column} is {'at or after ' + split.since if split.since else list(split.held_out)}"
    else:
        rest = "modulo 5 = 0" if split.share == 0.2 else f"below the share {split.share:g}"
        out = f"by sha256('{split.salt}<{split.by.strip('*')}>') {rest}"
    return (
        f"{asked} Held out: the customers {out}. Ranges, values and windows were learned from the others only. A "
        "wanted product is ranked among those that the policy lets through (not held, eligible, suitable)."
    )
