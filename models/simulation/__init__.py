"""A simulated bank in the same record shape as the real data, for demos without data, load tests, learning curves."""

from models.simulation.bank import AS_OF, SimulatedBank, SimulatedCustomers, brought_to
from models.simulation.environment import Environment, Outcome, TasteChange, Visit

__all__ = [
    "AS_OF",
    "Environment",
    "Outcome",
    "SimulatedBank",
    "SimulatedCustomers",
    "TasteChange",
    "Visit",
    "brought_to",
]
