"""A simulated bank in the same record shape as the real data, for a demo without data, load tests and tests."""

from models.simulation.bank import SimulatedBank, SimulatedCustomers

__all__ = ["SimulatedBank", "SimulatedCustomers"]
