"""The populations that come with Usher, as questions to learn from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

import numpy as np

from models.catalogue import Catalogue
from models.catalogues import load_catalogue
from models.customers import CustomerRecord
from models.datasets.coil2000 import load_coil2000
from models.datasets.location import find_dataset, verify_dataset
from models.datasets.registry import dataset_entry
from models.errors import TrainingError
from models.features import FeatureSpace
from models.simulation import AS_OF, SimulatedBank, SimulatedCustomers
from models.splits import fold_of
from models.training.population import Population

SIMULATED_SEED = 2026
SIMULATED_COUNT = 8000

_SPLIT = (
    "Held out: the customers whose row number has int(sha256('split<row>')) mod 5 = 0. The model was fitted on the "
    "others only, every choice made by cross-validation inside them. A held-out customer's hidden product "
    "is ranked among the products that the policy lets through (not held, eligible, suitable)."
)
_COIL_PROTOCOL = (
    "Customers with at least two products; hidden is held[sha256('hide<row>') mod len(held)], held in column order."
    " The model sees the M… columns except MOSTYPE and the religion shares, and which other products are held; "
    "never a P… column or Purchase. Trained on every held product of a training customer hidden in turn, weighing 1"
    " per customer. " + _SPLIT
)
_SIM_PROTOCOL = (
    "Simulated customers; hidden is the next product they would take, drawn by their true utilities. Says how well "
    "the model recovers the simulator, nothing about real customers. " + _SPLIT
)
_COIL_LIMITS = (
    "Dutch insurance customers of the 1990s, mostly described by their postcode area; holdings stand in for wants. "
    "Three products make up most of the hidden ones, so popularity alone is strong. The method's "
    "outline was chosen after cross-validation over all rows, so the figures may be slightly kind; rows outside the "
    "file are the clean test. Not for decisions about any person."
)
_SIM_LIMITS = "Invented customers: for demonstrations, load and tests only."

DATASETS = ("coil2000", "simbank")


def open_dataset(name: str, path: Path | None = None, *, environ: Mapping[str, str]) -> Population:
    """The population `name` (`coil2000`, `simbank`); `path` is another file in coil2000's layout, whose bytes aren't
    pinned."""
    if name == "coil2000":
        return _coil2000(path, environ)
    if name == "simbank" and path is None:
        return simulated_population()
    if name == "simbank":
        raise TrainingError("simbank is drawn, not read: leave --data out")
    raise TrainingError(f"no data set {name!r} to train on; there are {', '.join(DATASETS)}, or write a --spec")


def population_of(
    records: Sequence[CustomerRecord],
    folds: Sequence[int],
    catalogue: Catalogue,
    *,
    name: str,
    title: str,
    origin: str,
    licence: str,
    sha256: str,
    protocol: str,
    limits: str,
    leave_one_out: bool,
    now: datetime | None = None,
) -> Population:
    """The questions of customers that are at hand as records; those without a hidden product are left out, counted."""
    position = {code: at for at, code in enumerate(catalogue.product_codes)}
    chosen = [at for at, record in enumerate(records) if record.hidden_product is not None]
    asking = [records[at] for at in chosen]
    rows = FeatureSpace(catalogue).rows(asking, now)
    if rows.unknown_holdings:
        raise TrainingError(f"{name}: holdings that the catalogue lacks: {dict(rows.unknown_holdings)}")
    return Population(
        name=name,
        title=title,
        origin=origin,
        licence=licence,
        sha256=sha256,
        protocol=protocol,
        limits=limits,
        catalogue=catalogue,
        raw=rows.matrix,
        wanted=np.array([position[record.hidden_product or ""] for record in asking], dtype=np.intp),
        customer=np.array(chosen, dtype=np.int64),
        fold=np.array([folds[at] for at in chosen], dtype=np.int8),
        age=np.array([np.nan if record.age is None else record.age for record in asking], dtype=np.float32),
        risk_rating=np.array([record.risk_rating for record in asking], dtype=np.int8),
        segment=np.array([record.segment for record in asking], dtype=np.str_),
        leave_one_out=leave_one_out,
        left_out={"without a hidden product": len(records) - len(chosen)},
    )


def _coil2000(path: Path | None, environ: Mapping[str, str]) -> Population:
    entry = dataset_entry("coil2000")
    if path is None:
        path = find_dataset(entry, environ)
        verify_dataset(entry, path)
    data = load_coil2000(path)
    return population_of(
        data.records,
        [fold_of(row) for row in data.rows],
        data.catalogue,
        name=entry.name,
        title=entry.title,
        origin=entry.source,
        licence=entry.licence,
        sha256=data.sha256,
        protocol=_COIL_PROTOCOL,
        limits=_COIL_LIMITS,
        leave_one_out=True,
    )


def simulated_population(seed: int = SIMULATED_SEED, count: int = SIMULATED_COUNT) -> Population:
    """The first `count` customers of the simulated bank `seed`; the artefact that comes with Usher uses the
    defaults."""
    customers = SimulatedCustomers(SimulatedBank(seed), count)
    return population_of(
        tuple(customers),
        [fold_of(number) for number in range(count)],
        load_catalogue("simbank"),
        name="simbank",
        title=f"Simulated bank, seed {seed}, {count} customers",
        origin="models/simulation",
        licence="Apache-2.0",
        sha256=customers.sha256(),
        protocol=_SIM_PROTOCOL,
        limits=_SIM_LIMITS,
        leave_one_out=False,
        now=AS_OF,
    )
