"""`python -m models.simulation`: write a simulated bank's tables."""

from __future__ import annotations

from models.simulation.commands import simulate

if __name__ == "__main__":
    simulate(prog_name="python -m models.simulation")
