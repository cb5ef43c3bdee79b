"""The fleet that the wrist benchmark provisions: branches with one kiosk each, wearables spread over them evenly."""

from collections.abc import Sequence
from pathlib import Path

import msgspec

from hub.customers import StoredCustomer
from models.catalogues import load_catalogue
from models.customers import Customers
from models.datasets import coil2000, dataset_entry, find_dataset, load_coil2000
from models.errors import DatasetMissing
from models.simulation.bank import SimulatedBank, SimulatedCustomers

_NEVER_S = 3600
_DAY_S = 86_400
_SIMULATED = 5000


class Fleet(msgspec.Struct, frozen=True, kw_only=True):
    """``devices`` watches over ``branches`` branches, watch number j in branch j modulo ``branches``; pure names."""

    devices: int
    branches: int

    def branch(self, at: int) -> str:
        """The name of a branch, by its number from 0."""
        return f"branch-{at:04d}"

    def kiosk(self, at: int) -> str:
        """The name of the kiosk in a branch."""
        return f"kiosk-{at:04d}"

    def watch(self, at: int) -> str:
        """The name of a watch."""
        return f"watch-{at:05d}"

    def watches_in(self, branch: int) -> range:
        """The numbers of the watches in a branch."""
        return range(branch, self.devices, self.branches)

    @property
    def fan_out(self) -> float:
        """How many watches a ticket alerts, on average."""
        return self.devices / self.branches


def provisioning(fleet: Fleet) -> str:
    """The provisioning file of the fleet, as TOML. Nobody claims here, so escalation waits longer than the run."""
    parts = []
    for at in range(fleet.branches):
        parts.append(
            f'[[branches]]\nname = "{fleet.branch(at)}"\ntitle = "Branch {at}"\npolicy = "broadcast"\n'
            f"claim_within_s = {_NEVER_S}\ntask_lifetime_s = {_DAY_S}\n"
            f'[[devices]]\nname = "{fleet.kiosk(at)}"\nkind = "kiosk"\nbranch = "{fleet.branch(at)}"\n'
        )
    for at in range(fleet.devices):
        branch = fleet.branch(at % fleet.branches)
        parts.append(
            f'[[advisors]]\nname = "advisor-{at:05d}"\nbranches = ["{branch}"]\n'
            f'[[devices]]\nname = "{fleet.watch(at)}"\nkind = "watch"\nadvisor = "advisor-{at:05d}"\n'
        )
    return "\n".join(parts)


class Clientele(msgspec.Struct, frozen=True, kw_only=True):
    """Who takes the tickets: the data set, its model artefact, references of customers and what they may come for."""

    data: str
    customers: Sequence[str]
    businesses: Sequence[str]


def write_clientele(path: Path) -> Clientele:
    """Write the customers of coil2000 as the hub takes them in; without the set, simulated ones.

    All of them, as a load that met the same few again and again would join their open visits.
    """
    customers: Customers
    try:
        source = load_coil2000(find_dataset(dataset_entry(coil2000.NAME)))
        customers = source.select(with_hidden=False)
    except DatasetMissing:
        customers = SimulatedCustomers(SimulatedBank(seed=1), _SIMULATED)
    records = list(customers)
    with path.open("wb") as file:
        for record in records:
            file.write(msgspec.json.encode(StoredCustomer(record, None)) + b"\n")
    return Clientele(
        data=customers.data,
        customers=[record.ref for record in records],
        businesses=[business.code for business in load_catalogue(customers.catalogue_name).business],
    )
