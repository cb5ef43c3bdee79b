"""The populations that models are trained on, as one shape."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from models.catalogue import Catalogue
from models.catalogues import load_catalogue
from models.customers import CustomerRecord
from models.datasets.coil2000 import load_coil2000
from models.datasets.location import find_dataset, verify_dataset
from models.datasets.registry import dataset_entry
from models.errors import TrainingError
from models.features import FeatureSpace
from models.simulation import SimulatedBank, SimulatedCustomers
from models.splits import fold_of
from models.training.samples import Samples, hidden_samples, leave_one_out_samples

SIMULATED_SEED = 2026
SIMULATED_COUNT = 8000

_SPLIT = (
    "Held out: the customers whose row number has int(sha256('split<row>')) mod 5 = 0. The model was fitted on the "
    "others only, its penalty chosen by 4-fold cross-validation inside them. A held-out customer's hidden product "
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


@dataclass(frozen=True, slots=True)
class Source:
    """A population with hidden products and how to learn from it. `folds[i]` is the fold of `records[i]`; fold 0 is
    held out."""

    name: str
    title: str
    origin: str
    licence: str
    sha256: str
    protocol: str
    limits: str
    catalogue: Catalogue
    records: tuple[CustomerRecord, ...]
    folds: tuple[int, ...]
    to_train: Callable[[FeatureSpace, list[CustomerRecord]], Samples]
    bank: SimulatedBank | None = None

    def part(self, folds: set[int]) -> list[CustomerRecord]:
        """The records of these folds, in order."""
        return [record for record, fold in zip(self.records, self.folds, strict=True) if fold in folds]


def open_source(name: str, path: Path | None = None, *, environ: Mapping[str, str]) -> Source:
    """The population `name` (`coil2000`, `simbank`); `path` is another file in coil2000's layout, whose bytes aren't
    pinned."""
    if name == "coil2000":
        return _coil2000(path, environ)
    if name == "simbank" and path is None:
        return simulated_source()
    if name == "simbank":
        raise TrainingError("simbank is drawn, not read: leave --path out")
    raise TrainingError(f"no population {name!r} to train on; there are coil2000 and simbank")


def _coil2000(path: Path | None, environ: Mapping[str, str]) -> Source:
    entry = dataset_entry("coil2000")
    if path is None:
        path = find_dataset(entry, environ)
        verify_dataset(entry, path)
    data = load_coil2000(path)
    chosen = [(row, r) for row, r in zip(data.rows, data.records, strict=True) if r.hidden_product is not None]
    return Source(
        name=entry.name,
        title=entry.title,
        origin=entry.source,
        licence=entry.licence,
        sha256=data.sha256,
        protocol=_COIL_PROTOCOL,
        limits=_COIL_LIMITS,
        catalogue=data.catalogue,
        records=tuple(record for _, record in chosen),
        folds=tuple(fold_of(row) for row, _ in chosen),
        to_train=leave_one_out_samples,
    )


def simulated_source(seed: int = SIMULATED_SEED, count: int = SIMULATED_COUNT) -> Source:
    """The first `count` customers of the simulated bank `seed`; the artefact that comes with Usher uses the
    defaults."""
    bank = SimulatedBank(seed)
    customers = SimulatedCustomers(bank, count)
    return Source(
        name="simbank",
        title=f"Simulated bank, seed {seed}, {count} customers",
        origin="models/simulation",
        licence="Apache-2.0",
        sha256=customers.sha256(),
        protocol=_SIM_PROTOCOL,
        limits=_SIM_LIMITS,
        catalogue=load_catalogue("simbank"),
        records=tuple(customers),
        folds=tuple(fold_of(number) for number in range(count)),
        to_train=hidden_samples,
        bank=bank,
    )
