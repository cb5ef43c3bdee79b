"""The numbers behind the simulated bank. They are invented, plausible and fixed; nothing here is estimated from data.

A segment is a share of the customers and how its profile is drawn. A product has an appeal and slopes on profile
columns scaled to 0–1; a complement raises a product's utility once another is held.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Segment:
    """A kind of customer. `age`: mean, deviation, lowest, highest; other pairs: mean, deviation; `risk`: weights of
    1–5."""

    code: str
    value: int
    share: float
    age: tuple[float, float, int, int]
    income: tuple[float, float]
    assets: tuple[float, float]
    children: float
    home_owner: float
    app_days: float
    card_payments: float
    trips: float
    risk: tuple[float, float, float, float, float]


SEGMENTS: Final[tuple[Segment, ...]] = (
    Segment(
        "student", 1, 0.12, (21, 2, 18, 27), (1, 1), (1, 1), 0.0, 0.01, 60, 60, 1.2, (0.40, 0.25, 0.15, 0.15, 0.05)
    ),
    Segment(
        "starter", 2, 0.24, (29, 4, 22, 38), (4, 1.2), (2, 1.2), 0.2, 0.15, 55, 80, 1.5, (0.25, 0.25, 0.25, 0.20, 0.05)
    ),
    Segment(
        "family", 3, 0.28, (41, 6, 28, 58), (5, 1.4), (4, 1.5), 1.6, 0.65, 35, 90, 1.0, (0.30, 0.30, 0.25, 0.12, 0.03)
    ),
    Segment(
        "affluent", 4, 0.10, (52, 9, 32, 75), (8, 1), (8, 1), 0.8, 0.85, 30, 70, 3.0, (0.10, 0.20, 0.30, 0.25, 0.15)
    ),
    Segment(
        "senior", 5, 0.18, (71, 7, 60, 90), (3, 1.2), (5, 2), 0.0, 0.70, 8, 25, 0.8, (0.55, 0.30, 0.10, 0.04, 0.01)
    ),
    Segment(
        "entrepreneur",
        6,
        0.08,
        (44, 9, 25, 68),
        (6, 1.6),
        (5, 1.8),
        1.0,
        0.55,
        40,
        85,
        2.0,
        (0.15, 0.20, 0.30, 0.25, 0.10),
    ),
)

APPEAL: Final[dict[str, float]] = {
    "current_account": 5.0, "student_account": 4.6, "currency_account": -1.2, "savings_account": 1.8,
    "time_deposit": 0.2, "child_savings": -1.6, "credit_card": 1.2, "premium_card": -0.6,
    "consumer_loan": -0.6, "car_loan": -0.8, "mortgage": -0.8, "money_fund": 0.0,
    "bond_fund": -0.6, "balanced_fund": -0.4, "equity_fund": -0.6, "structured_note": -1.6,
    "home_insurance": -0.4, "life_insurance": -0.6, "travel_insurance": -0.6, "pension_plan": -0.5,
    "business_account": 2.4, "business_loan": 1.2, "card_terminal": 1.0,
}  # fmt: skip

SLOPES: Final[dict[str, dict[str, float]]] = {
    "currency_account": {"trips_abroad_12m": 5.0, "income_class": 1.0},
    "savings_account": {"assets_class": 1.0},
    "time_deposit": {"age": 2.5, "assets_class": 1.5, "risk_rating": -2.0},
    "child_savings": {"children": 5.0},
    "credit_card": {"card_payments_90d": 1.5, "income_class": 1.0},
    "premium_card": {"income_class": 3.0, "trips_abroad_12m": 2.0},
    "consumer_loan": {"income_class": -1.5, "assets_class": -2.0, "children": 1.0},
    "car_loan": {"children": 1.0, "assets_class": -1.0, "income_class": 1.0},
    "mortgage": {"home_owner": -1.5, "income_class": 2.0, "children": 1.5, "age": -1.5},
    "money_fund": {"app_days_90d": 2.0, "assets_class": 1.0},
    "bond_fund": {"assets_class": 2.0, "age": 1.0},
    "balanced_fund": {"assets_class": 2.0, "risk_rating": 1.0},
    "equity_fund": {"assets_class": 1.5, "risk_rating": 2.0, "app_days_90d": 1.5},
    "structured_note": {"assets_class": 3.0, "risk_rating": 2.0},
    "home_insurance": {"home_owner": 3.0},
    "life_insurance": {"children": 3.0, "age": -1.0},
    "travel_insurance": {"trips_abroad_12m": 5.0},
    "pension_plan": {"age": 1.5, "income_class": 1.5, "assets_class": 0.5},
    "business_loan": {"assets_class": -1.0},
    "card_terminal": {"card_payments_90d": 1.0},
}

COMPLEMENTS: Final[dict[tuple[str, str], float]] = {
    ("mortgage", "home_insurance"): 2.5,
    ("mortgage", "life_insurance"): 1.5,
    ("money_fund", "bond_fund"): 1.0,
    ("bond_fund", "balanced_fund"): 1.2,
    ("balanced_fund", "equity_fund"): 1.2,
    ("equity_fund", "structured_note"): 1.0,
    ("savings_account", "time_deposit"): 0.8,
    ("savings_account", "money_fund"): 0.6,
    ("student_account", "current_account"): -3.0,
    ("current_account", "student_account"): -3.0,
    ("credit_card", "travel_insurance"): 0.5,
    ("currency_account", "travel_insurance"): 1.0,
    ("business_account", "card_terminal"): 1.0,
    ("business_account", "business_loan"): 0.8,
    ("car_loan", "life_insurance"): 0.5,
}
"""(held, raised product) → how much."""

SHARPNESS: Final = 1.4
"""How strongly customers follow their utility: the factor before the softmax. 0 would be pure chance."""
