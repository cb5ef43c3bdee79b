"""Whose customers a run is about: the real data when it is here, the simulated bank when not."""

from __future__ import annotations

import os
from collections.abc import Mapping

from models.customers import Customers, Split
from models.datasets.coil2000 import load_coil2000
from models.datasets.location import find_dataset, verify_dataset
from models.datasets.registry import dataset_entry
from models.errors import DatasetError
from models.simulation import SimulatedBank, SimulatedCustomers

POPULATIONS: tuple[str, ...] = ("coil2000", "simbank")
SIMULATED_CUSTOMERS = 2000


def open_customers(
    data: str,
    *,
    split: Split | None = "test",
    seed: int = 0,
    count: int = SIMULATED_CUSTOMERS,
    environ: Mapping[str, str] = os.environ,
) -> Customers:
    """The customers of `data` (`coil2000` or `simbank`) who have a hidden product.

    By default those that the models that come with Usher were not trained on. `seed` and `count` shape the simulated
    bank only. `DatasetMissing` when the real data is not on this machine, `DatasetCorrupt` when it is not the
    registered file, `DatasetError` for another name.
    """
    if data == "simbank":
        return SimulatedCustomers(SimulatedBank(seed), count, split)
    if data == "coil2000":
        entry = dataset_entry(data)
        path = find_dataset(entry, environ)
        verify_dataset(entry, path)
        return load_coil2000(path).select(split)
    raise DatasetError(f"no population {data!r}; there are {', '.join(POPULATIONS)}")
