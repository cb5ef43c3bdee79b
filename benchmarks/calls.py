"""What the learning benchmark's models see of a bank's call: its columns, and how the calls just before it went.

Rows come in the order of time without dates. The state of the stream at a call is made of earlier calls only: how often
they ended in a deposit, and how many were made in a day (a change of weekday begins a new one).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.datasets.uci_bank import CHOICES, NEVER_CALLED, NUMBERS, Calls

Matrix = npt.NDArray[np.float64]

HALF_LIVES = (5, 20, 100, 500)
"""Over how many calls half of the weight of an outcome is gone."""
_FIRST_RATE = 0.05
_FIRST_DAY = 200.0
_RECENT_DAYS = 5
_DAY_WEIGHT = 10.0
STREAM = (*(f"rate_{calls}" for calls in HALF_LIVES), "rate_today", "calls_today", "calls_last_day", "calls_a_day")


@dataclass(frozen=True, slots=True)
class Columns:
    """How calls become numbers: choices as one 0/1 each, numbers centred and scaled by the calls learned from."""

    choices: tuple[tuple[str, str], ...]
    mean: Matrix
    deviation: Matrix

    @classmethod
    def of(cls, calls: Calls) -> Columns:
        """The columns of these calls; a value that is not among them becomes all zeros."""
        choices = tuple((name, value) for name in CHOICES for value in sorted(set(calls.choice[name])))
        raw = _unscaled(calls, choices)
        deviation = raw.std(axis=0)
        return cls(choices, raw.mean(axis=0), np.where(deviation > 0.0, deviation, 1.0))

    def encoded(self, calls: Calls) -> Matrix:
        """One row per call, as wide as there are choices and numbers."""
        scaled: Matrix = (_unscaled(calls, self.choices) - self.mean) / self.deviation
        return scaled


def _unscaled(calls: Calls, choices: tuple[tuple[str, str], ...]) -> Matrix:
    return np.column_stack([*_indicators(calls, choices), *(calls.number[name] for name in NUMBERS)])


def _indicators(calls: Calls, choices: tuple[tuple[str, str], ...]) -> list[Matrix]:
    as_arrays = {name: np.array(calls.choice[name]) for name in {name for name, _ in choices}}
    return [(as_arrays[name] == value).astype(np.float64) for name, value in choices]


_STABLE = ("contact", "poutcome", "default", "job", "education", "marital", "day_of_week")


@dataclass(frozen=True, slots=True)
class CustomerColumns:
    """What the online learner sees of the customer and the contact; months and the economy it takes from the stream."""

    choices: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, calls: Calls) -> CustomerColumns:
        """The columns of these calls; a value that is not among them becomes all zeros."""
        return cls(tuple((name, value) for name in _STABLE for value in sorted(set(calls.choice[name]))))

    @property
    def size(self) -> int:
        """How many columns there are."""
        return len(self.choices) + 8

    def encoded(self, calls: Calls) -> Matrix:
        """One row per call."""
        age, pdays = calls.number["age"], calls.number["pdays"]
        decades = (age - 40.0) / 10.0
        return np.column_stack(
            [
                *_indicators(calls, self.choices),
                np.log(np.maximum(calls.number["campaign"], 1.0)),
                np.log1p(np.maximum(calls.number["previous"], 0.0)),
                pdays < NEVER_CALLED,
                pdays < 7.0,
                decades,
                decades**2 / 4.0,
                age >= 60.0,
                age < 26.0,
            ]
        )


def stream(calls: Calls) -> Matrix:
    """The state of the stream just before each call, [calls, len(STREAM)]: rates as log-odds, counts as logarithms."""
    rates = np.full(len(HALF_LIVES), _FIRST_RATE)
    keep = 0.5 ** (1.0 / np.array(HALF_LIVES))
    days = [math.log(_FIRST_DAY)]
    today = deposits = 0
    rows = np.empty((len(calls), len(STREAM)))
    before: tuple[str, str] | None = None
    for at, (month, day, outcome) in enumerate(
        zip(calls.choice["month"], calls.choice["day_of_week"], calls.outcome.tolist(), strict=True)
    ):
        if before is not None and before != (month, day):
            days = [*days[-_RECENT_DAYS + 1 :], math.log(today)]
            today = deposits = 0
        before = (month, day)
        rate_today = (deposits + _DAY_WEIGHT * rates[2]) / (today + _DAY_WEIGHT)
        rows[at] = (*rates, rate_today, math.log1p(today), days[-1], sum(days) / len(days))
        rates = keep * rates + (1.0 - keep) * outcome
        today += 1
        deposits += int(outcome)
    shares = rows[:, : len(HALF_LIVES) + 1]
    rows[:, : len(HALF_LIVES) + 1] = np.log((shares + 0.01) / (1.01 - shares))
    return rows
