"""What customers take: a random-utility choice among the products they may buy (McFadden, "Conditional logit analysis
of qualitative choice behavior", 1974). Pure.

Utility = appeal + slopes on the profile + complements of what is held + needs + season + taste, times `SHARPNESS`. Of
products on offer the one with the highest utility plus Gumbel noise is chosen, that is each with probability ∝
exp(utility).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from models.catalogue import Catalogue, NumberColumn
from models.simulation.calendar import MONTHS, month_of
from models.simulation.draws import Flags, Floats, Ints
from models.simulation.needs import NEEDS, SEASONAL_WANTS, WANTS
from models.simulation.parameters import APPEAL, COMPLEMENTS, SEGMENTS, SHARPNESS, SLOPES
from models.simulation.people import PROFILE, People

MOST_HELD = 9
"""A customer holds at most this many products."""


class Market:
    """The products of a catalogue and how customers value them; arrays are in the catalogue's order of products."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.codes = catalogue.product_codes
        self.position = {code: at for at, code in enumerate(self.codes)}
        products = catalogue.product
        ranges = {c.code: (c.low, c.high) for c in catalogue.profile if isinstance(c, NumberColumn)}
        self._sloped = [at for at, column in enumerate(PROFILE) if column in ranges]
        sloped = [PROFILE[at] for at in self._sloped]
        self._low = np.array([ranges[column][0] for column in sloped])
        self._span = np.array([ranges[column][1] - ranges[column][0] for column in sloped])
        self._appeal = np.array([APPEAL[code] for code in self.codes])
        self._slopes = np.array([[SLOPES.get(code, {}).get(column, 0.0) for code in self.codes] for column in sloped])
        self._complements = np.zeros((len(self.codes), len(self.codes)))
        for (held, raised), gain in COMPLEMENTS.items():
            self._complements[self.position[held], self.position[raised]] = gain
        self._wants = np.array([[WANTS[need].get(code, 0.0) for code in self.codes] for need in NEEDS])
        self._season = np.zeros((12, len(self.codes)))
        for code, (season, gain) in SEASONAL_WANTS.items():
            self._season[:, self.position[code]] = gain * (np.array(MONTHS[season]) - 1.0)
        self._min_age = np.array([-np.inf if p.min_age is None else p.min_age for p in products])
        self._max_age = np.array([np.inf if p.max_age is None else p.max_age for p in products])
        self._risk = np.array([float(p.risk_rating) for p in products])
        self._segments = np.array([[not p.segments or one.code in p.segments for p in products] for one in SEGMENTS])
        self._required = np.array([[code in p.requires for code in self.codes] for p in products])

    def tastes(self, profile: Floats, held: Flags) -> Floats:
        """The utilities [N, products] that last: appeal, slopes and complements, before `SHARPNESS`."""
        scaled = (profile[:, self._sloped] - self._low) / self._span
        utility: Floats = (
            self._appeal
            + np.einsum("nc,ck->nk", scaled, self._slopes)
            + np.einsum("nh,hk->nk", held.astype(np.float64), self._complements)
        )
        return utility

    def moods(self, needs: Floats, today: Ints) -> Floats:
        """What needs [N, needs] and the month of the day add, [N, products], before `SHARPNESS`."""
        mood: Floats = np.einsum("nd,dk->nk", needs, self._wants) + self._season[month_of(today)]
        return mood

    def allowed(self, people: People, held: Flags) -> Flags:
        """Which products each customer may buy and does not hold, [N, products]; the policy's own rules say the
        same."""
        age = people.column("age")[:, None]
        missing = np.einsum("nh,kh->nk", (~held).astype(np.float64), self._required.astype(np.float64)) > 0.0
        may: Flags = (
            ~held
            & (age >= self._min_age)
            & (age <= self._max_age)
            & (people.column("risk_rating")[:, None] >= self._risk)
            & self._segments[people.segment]
            & ~missing
        )
        return may

    def history(self, people: People, chance: Floats) -> Flags:
        """What customers hold [N, products]: taken one after another by their lasting tastes; `chance` is uniform,
        [N, MOST_HELD]."""
        held = np.zeros((len(people.segment), len(self.codes)), dtype=np.bool_)
        for step in range(MOST_HELD):
            open_to = self.allowed(people, held)
            weights = choice_weights(self.tastes(people.profile, held) * SHARPNESS, open_to)
            total = np.cumsum(weights, axis=1)
            chosen = (total <= chance[:, step, None] * total[:, -1:]).sum(axis=1)
            takes = (step < people.wanted - 1) & open_to.any(axis=1)
            held[np.flatnonzero(takes), chosen[takes]] = True
        return held

    def shift(self, by_segment: Mapping[str, Mapping[str, float]]) -> Floats:
        """Segment → category (or product) → change of utility, as [segments, products]; "" is every segment."""
        result = np.zeros((len(SEGMENTS), len(self.codes)))
        for at, segment in enumerate(SEGMENTS):
            for who in ("", segment.code):
                for what, change in by_segment.get(who, {}).items():
                    for place, product in enumerate(self.catalogue.product):
                        result[at, place] += change * (what in (product.category, product.code))
        return result


def choice_weights(utility: Floats, open_to: Flags) -> Floats:
    """exp(utility) over the products on offer, 0 elsewhere, scaled by each row's largest, [N, products]."""
    offered = np.where(open_to, utility, -np.inf)
    top = offered.max(axis=1, keepdims=True)
    return np.where(open_to, np.exp(offered - np.where(np.isfinite(top), top, 0.0)), 0.0)


def choice_probabilities(utility: Floats, open_to: Flags) -> Floats:
    """The probability that each product is the one wanted most, [N, products]; rows of 0 where nothing is on offer."""
    weights = choice_weights(utility, open_to)
    total = weights.sum(axis=1, keepdims=True)
    return weights / np.where(total > 0.0, total, 1.0)


def most_wanted(utility: Floats, open_to: Flags, luck: Floats) -> Ints:
    """The position of the product wanted most, -1 where nothing is on offer, [N].

    `luck` [N, products] is uniform; the lower, the keener: its Gumbel noise is -ln(-ln(1 - luck)).
    """
    keen = -np.log(-np.log1p(-np.clip(luck, 1e-300, 1.0 - 1e-16)))
    wanted = np.where(open_to, utility + keen, -np.inf).argmax(axis=1)
    return np.where(open_to.any(axis=1), wanted, -1)
