"""One block of simulated customers, from who they are to what they have come for. Pure.

Everything that the simulator knows is here, also what no bank sees: the needs, the true utilities, the luck of the day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

import numpy as np

from models.customers import CustomerRecord, Event
from models.simulation.behaviour import HORIZON_WEEKS, EventLog, draw_events
from models.simulation.calendar import DAY_S
from models.simulation.choice import MOST_HELD, Market, choice_probabilities, most_wanted
from models.simulation.draws import BLOCK, NAME, RECORD, Draws, Flags, Floats, Ints, block_numbers
from models.simulation.habits import APP, CODES, MONEY
from models.simulation.names import draw_name
from models.simulation.needs import needs_at
from models.simulation.parameters import SEGMENTS, SHARPNESS
from models.simulation.people import PROFILE, People, draw_people


@dataclass(frozen=True)
class Visitors:
    """The customers `numbers` who come at `second` (unix time) [N], [N, products] in the catalogue's order.

    `utility` is the truth at this moment; `luck` is uniform, one number per product whatever is shown to them: the
    lower, the keener. `hidden` is the position of the product that they have come for, -1 for none.
    """

    seed: int
    market: Market
    numbers: Ints
    second: Ints
    people: People
    held: Flags
    open_to: Flags
    utility: Floats
    luck: Floats
    hidden: Ints
    weeks: int

    @property
    def today(self) -> Ints:
        """The day of each visit, from 1970-01-01 UTC."""
        return self.second // DAY_S

    @cached_property
    def probability(self) -> Floats:
        """The true probability that each product is the one that the customer has come for."""
        return choice_probabilities(self.utility, self.open_to)

    @cached_property
    def log(self) -> EventLog:
        """What they did before the visit."""
        return draw_events(self.seed, self.numbers, self.people, self.today, self.weeks)

    @cached_property
    def _first_event(self) -> Ints:
        return np.searchsorted(self.log.owner, np.arange(len(self.numbers) + 1))

    def events(self, row: int) -> tuple[Event, ...]:
        """The events of one customer, oldest first."""
        begin, end = self._first_event[row], self._first_event[row + 1]
        log = self.log
        columns = (part[begin:end].tolist() for part in (log.second, log.habit, log.amount, log.is_money))
        return tuple(
            Event(MONEY if is_money else APP, datetime.fromtimestamp(second, UTC), CODES[habit], amount)
            for second, habit, amount, is_money in zip(*columns, strict=True)
        )

    def record(self, row: int, ref: str) -> CustomerRecord:
        """The customer as the bank knows them, with the product they have come for."""
        number = int(self.numbers[row])
        profile = dict(zip(PROFILE, self.people.profile[row].tolist(), strict=True))
        codes = self.market.codes
        hidden = int(self.hidden[row])
        decade = int(profile["age"]) // 10 * 10
        return CustomerRecord(
            ref=ref,
            display_name=draw_name(np.random.default_rng([self.seed, number, NAME])),
            profile=profile,
            holdings=frozenset(codes[at] for at in np.flatnonzero(self.held[row]).tolist()),
            hidden_product=None if hidden < 0 else codes[hidden],
            segment=SEGMENTS[int(self.people.segment[row])].code,
            risk_rating=int(profile["risk_rating"]),
            age=int(profile["age"]),
            age_band=f"{decade}–{decade + 9}",
            events=self.events(row),
        )


def draw_visitors(
    seed: int, market: Market, block: int, second: Ints, *, taste: Floats | None = None, weeks: int = HORIZON_WEEKS
) -> Visitors:
    """The block number `block` of a seed's customers, who come at `second` [BLOCK].

    `taste` [BLOCK, segments, products] shifts utilities (before `SHARPNESS`); holdings were taken before it.
    """
    numbers = block_numbers(block)
    today = second // DAY_S
    people = draw_people(seed, numbers, today)
    draws = Draws(seed, numbers, RECORD)
    held = market.history(people, draws.uniform(MOST_HELD))
    luck = draws.uniform(len(market.codes))
    utility = market.tastes(people.profile, held) + market.moods(needs_at(people.onset, np.zeros(1))[:, 0], today)
    if taste is not None:
        utility = utility + taste[np.arange(BLOCK), people.segment]
    utility = utility * SHARPNESS
    open_to = market.allowed(people, held)
    return Visitors(
        seed=seed,
        market=market,
        numbers=numbers,
        second=second,
        people=people,
        held=held,
        open_to=open_to,
        utility=utility,
        luck=luck,
        hidden=most_wanted(utility, open_to, luck),
        weeks=weeks,
    )
