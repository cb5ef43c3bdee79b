"""What the policy's rules look at, as the bank's tables say it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from models.training.tables import read_population
from tests.unit.models.training.bank_files import write_rows

SPEC = """
name = "facts"
[customers]
file = "c.csv"
key = "id"
as_of = 2024-06-01
[products]
prefix = "has_"
[facts]
age = "{age}"
segment = "band"
risk_rating = "risk"
"""


def test_ages_risk_ratings_and_segments(tmp_path: Path) -> None:
    rows: list[tuple[object, ...]] = [
        (1, "1990-06-02", 33, "gold", 3, 1, 1),
        (2, "1990-05-30", 34.5, "", "", 1, 1),
        (3, "", "", "silver", 9, 1, 1),
        (4, "2030-01-01", 200, "silver", 0, 1, 1),
    ]
    write_rows(tmp_path / "c.csv", ("id", "born", "years", "band", "risk", "has_a", "has_b"), rows)
    for age in ("born", "years"):
        (tmp_path / "bank.toml").write_text(SPEC.format(age=age) + "[split]\nshare = 0\n", encoding="utf-8")
        population = read_population(tmp_path / "bank.toml")
        assert population.age[:2].tolist() == [33.0, 34.0]
        assert np.isnan(population.age[2:]).all()
        assert population.risk_rating.tolist() == [3, 1, 5, 1]
        assert population.segment.tolist() == ["gold", "", "silver", "silver"]
