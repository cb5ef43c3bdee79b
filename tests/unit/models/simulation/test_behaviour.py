"""App events and transactions: before the visit, in season, and telling what people want."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt
import pytest

from models.simulation import SimulatedBank
from models.simulation.behaviour import EventLog, draw_events
from models.simulation.calendar import DAY_S, PAY_DAY, day_of_month
from models.simulation.habits import APP, CODES, HABITS, MONEY
from models.simulation.needs import NEEDS
from models.simulation.visitors import Visitors

BLOCKS = 16


def counts(log: EventLog, customers: int) -> npt.NDArray[np.float64]:
    """Events of each habit per customer."""
    size = customers * len(CODES)
    return (
        np.bincount(log.owner * len(CODES) + log.habit, minlength=size)
        .reshape(customers, len(CODES))
        .astype(np.float64)
    )


def auc(score: npt.NDArray[np.float64], positive: npt.NDArray[np.bool_]) -> float:
    """How likely a positive scores higher than a negative, ties counting half."""
    gaps = score[positive][:, None] - score[~positive][None, :]
    return float(((gaps > 0.0) + 0.5 * (gaps == 0.0)).mean())


@pytest.fixture(scope="module")
def blocks() -> list[Visitors]:
    bank = SimulatedBank(21)
    return [bank.visitors(block) for block in range(BLOCKS)]


@pytest.fixture(scope="module")
def told(blocks: list[Visitors]) -> dict[bool, npt.NDArray[np.float64]]:
    """Events of each habit per customer, with the link from needs to behaviour (True) and without it (False)."""
    return {
        driven: np.concatenate(
            [
                counts(
                    draw_events(one.seed, one.numbers, one.people, one.today, one.weeks, driven=driven),
                    len(one.numbers),
                )
                for one in blocks
            ]
        )
        for driven in (True, False)
    }


TELLING = (
    ("pension_plan", ("pension", "search_retirement")),
    ("mortgage", ("mortgage_calculator", "search_home", "estate_agent")),
    ("car_loan", ("car_finance", "garage", "search_car")),
    ("child_savings", ("family", "nursery", "search_child")),
    ("consumer_loan", ("loans", "overdraft_fee", "search_cash")),
)


@pytest.mark.parametrize(("product", "habits"), TELLING)
def test_events_tell_what_people_have_come_for_and_only_through_the_needs(
    blocks: list[Visitors], told: dict[bool, npt.NDArray[np.float64]], product: str, habits: tuple[str, ...]
) -> None:
    """With the link from needs to behaviour cut, the same events say almost nothing."""
    columns = [CODES.index(code) for code in habits]
    wanted = blocks[0].market.position[product]
    hidden = np.concatenate([one.hidden for one in blocks])
    may = np.concatenate([one.open_to[:, wanted] for one in blocks])
    telling, cut = (auc(told[driven][may][:, columns].sum(axis=1), hidden[may] == wanted) for driven in (True, False))
    assert telling > 0.70
    assert telling > cut + 0.10


def test_events_say_more_than_the_profile(blocks: list[Visitors], told: dict[bool, npt.NDArray[np.float64]]) -> None:
    """Among customers of one segment with the same holdings, those with the product's events want it more often."""
    hidden = np.concatenate([one.hidden for one in blocks])
    segment = np.concatenate([one.people.segment for one in blocks])
    column = told[True][:, CODES.index("search_retirement")]
    wanted = blocks[0].market.position["pension_plan"]
    may = np.concatenate([one.open_to[:, wanted] for one in blocks])
    for one in (2, 3):  # family, affluent
        inside = may & (segment == one)
        searched, silent = inside & (column > 0.0), inside & (column == 0.0)
        assert (hidden[searched] == wanted).mean() > 2.0 * (hidden[silent] == wanted).mean()


def test_events_are_before_the_visit_and_within_the_horizon() -> None:
    moment = datetime(2026, 7, 14, 11, 30, tzinfo=UTC)
    bank = SimulatedBank(4, as_of=moment, weeks=6)
    for number in range(60):
        events = bank.customer(number).events
        assert list(events) == sorted(events, key=lambda event: event.at)
        for event in events:
            assert moment - timedelta(days=7 * 6 + 1) < event.at < moment
            assert event.at.date() < moment.date()
            assert event.table in (APP, MONEY)
            assert event.kind in CODES
            assert event.amount >= 1.0


def test_the_year_is_seen_in_the_events() -> None:
    """Travel agents sell in summer, garages in winter; holidays' shopping in December."""
    summer, winter = (
        np.concatenate(
            [
                counts(SimulatedBank(2, as_of=datetime(2026, month, 1, tzinfo=UTC), weeks=8).visitors(block).log, 256)
                for block in range(6)
            ]
        ).sum(axis=0)
        for month in (9, 2)
    )
    agent, garage, online = (CODES.index(code) for code in ("travel_agent", "garage", "online_shop"))
    assert summer[agent] > 1.3 * winter[agent]
    assert winter[garage] > 1.3 * summer[garage]
    assert winter[online] > 1.05 * summer[online]


def test_salaries_come_on_pay_day_once_a_month(blocks: list[Visitors]) -> None:
    log, people = blocks[0].log, blocks[0].people
    salaries = log.habit == CODES.index("salary")
    assert set(day_of_month(log.second[salaries] // DAY_S).tolist()) == {PAY_DAY}
    paid = np.bincount(log.owner[salaries], minlength=256)
    assert set(paid[np.isin(people.segment, [1, 2, 3])].tolist()) == {3}
    assert not paid[np.isin(people.segment, [0, 4, 5])].any()


def test_shops_are_full_on_weekends_and_the_app_is_not(blocks: list[Visitors]) -> None:
    days = {"groceries": np.zeros(7), "overview": np.zeros(7)}
    for one in blocks:
        for code, seen in days.items():
            chosen = one.log.second[one.log.habit == CODES.index(code)]
            seen += np.bincount((chosen // DAY_S + 3) % 7, minlength=7)
    assert days["groceries"][5:].mean() > 1.3 * days["groceries"][:5].mean()
    assert days["overview"][5:].mean() < 0.8 * days["overview"][:5].mean()


def test_habits_respond_to_needs_that_exist_and_every_need_shows() -> None:
    assert {need for habit in HABITS for need in habit.response} == set(NEEDS)
    assert len(set(CODES)) == len(CODES)
