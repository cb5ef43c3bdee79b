"""The artefacts that come with Usher, loaded once."""

from __future__ import annotations

import pytest

from models.customers import CustomerRecord
from models.scorer import OnnxScorer, artefact_directory
from models.simulation import SimulatedBank, SimulatedCustomers


@pytest.fixture(scope="session")
def bank_scorer() -> OnnxScorer:
    return OnnxScorer.load(artefact_directory("simbank"))


@pytest.fixture(scope="session")
def insurer_scorer() -> OnnxScorer:
    return OnnxScorer.load(artefact_directory("coil2000"))


@pytest.fixture(scope="session")
def bank_customers() -> list[CustomerRecord]:
    """Customers that no artefact was trained on."""
    return list(SimulatedCustomers(SimulatedBank(seed=7), 120))
