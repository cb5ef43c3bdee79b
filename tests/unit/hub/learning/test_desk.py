"""Who ranks which visit: order kept, shares drawn by the visit's key, and a canary that fails harms nobody."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from hub.learning.desk import ModelDesk, Seat, Seats
from hub.learning.model import chosen
from models.policy import CustomerFacts, Funnel
from models.ranking import Candidate

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

pytestmark = pytest.mark.req("W-16")


class Named:
    """An analyst that says who it is, and which visits it was given; fails when told to."""

    def __init__(self, version: str, *, fails: bool = False) -> None:
        self.version = version
        self.fails = fails
        self.batches: list[list[str]] = []

    def rank(self, batch: Sequence[Candidate], now: datetime) -> list[Funnel]:
        self.batches.append([one.key for one in batch])
        if self.fails:
            raise RuntimeError("a model that nobody foresaw")
        return [
            Funnel(ranked=(), removed=(), tags=(), predicted_tags=(one.key,), version=self.version) for one in batch
        ]


def visits(count: int) -> list[Candidate]:
    return [
        Candidate(profile={}, facts=CustomerFacts(holdings=frozenset()), key=f"visit-{number}")
        for number in range(count)
    ]


def test_without_a_canary_there_is_one_run_of_the_model() -> None:
    published = Named("v1")
    desk = ModelDesk(Seat("v1", published))
    assert [funnel.version for funnel in desk.rank(visits(50), NOW)] == ["v1"] * 50
    assert len(published.batches) == 1


def test_the_canary_ranks_its_share_and_the_order_stays() -> None:
    published, canary = Named("v1"), Named("v2")
    desk = ModelDesk(Seat("v1", published))
    desk.seat(Seats(Seat("v1", published), Seat("v2", canary), 0.3))
    batch = visits(2000)
    funnels = desk.rank(batch, NOW)
    assert [funnel.predicted_tags for funnel in funnels] == [(one.key,) for one in batch]
    assert [funnel.version == "v2" for funnel in funnels] == [chosen(one.key, "v2", 0.3) for one in batch]
    assert 500 < len(canary.batches[0]) < 700
    assert len(canary.batches) == len(published.batches) == 1
    assert [funnel.version for funnel in desk.rank(batch, NOW)] == [funnel.version for funnel in funnels]


def test_the_hold_out_has_its_share_of_what_the_canary_leaves() -> None:
    published, canary, holdout = Named("v1"), Named("v2"), Named("v0")
    desk = ModelDesk(Seat("v1", published))
    batch = visits(4000)
    desk.seat(Seats(Seat("v1", published), holdout=Seat("v0", holdout), holdout_share=0.1))
    alone = [funnel.version for funnel in desk.rank(batch, NOW)]
    assert 330 < alone.count("v0") < 470
    desk.seat(Seats(Seat("v1", published), Seat("v2", canary), 0.3, Seat("v0", holdout), 0.1))
    funnels = desk.rank(batch, NOW)
    assert [funnel.predicted_tags for funnel in funnels] == [(one.key,) for one in batch]
    beside = [funnel.version for funnel in funnels]
    assert {was for was, now in zip(alone, beside, strict=True) if now == "v0"} == {"v0"}
    assert {now for was, now in zip(alone, beside, strict=True) if was == "v0"} == {"v0", "v2"}
    taken = sum(was == "v0" and now == "v2" for was, now in zip(alone, beside, strict=True)) / alone.count("v0")
    assert 0.23 < taken < 0.37, "the canary takes the same part of both arms of the watch"
    assert 1100 < beside.count("v2") < 1300


def test_a_hold_out_that_fails_leaves_the_canary_its_seat() -> None:
    published, canary, holdout = Named("v1"), Named("v2"), Named("v0", fails=True)
    faults: list[str] = []
    desk = ModelDesk(Seat("v1", published), on_fault=lambda version, error: faults.append(version))
    desk.seat(Seats(Seat("v1", published), Seat("v2", canary), 0.3, Seat("v0", holdout), 0.5))
    assert {funnel.version for funnel in desk.rank(visits(50), NOW)} == {"v1", "v2"}
    assert faults == ["v0"]
    assert (desk.seats.holdout, desk.seats.canary) == (None, Seat("v2", canary))


def test_a_published_model_that_fails_says_so() -> None:
    desk = ModelDesk(Seat("v1", Named("v1", fails=True)))
    with pytest.raises(RuntimeError, match="nobody foresaw"):
        desk.rank(visits(2), NOW)


def test_a_visit_without_a_key_is_never_tried_on() -> None:
    published, canary = Named("v1"), Named("v2")
    desk = ModelDesk(Seat("v1", published))
    desk.seat(Seats(Seat("v1", published), Seat("v2", canary), 1.0, Seat("v0", Named("v0")), 1.0))
    nobody = Candidate(profile={}, facts=CustomerFacts(holdings=frozenset()))
    assert [funnel.version for funnel in desk.rank([nobody], NOW)] == ["v1"]


def test_a_canary_that_fails_loses_its_seat_and_its_visits_are_ranked() -> None:
    published, canary = Named("v1"), Named("v2", fails=True)
    faults: list[tuple[str, str]] = []
    desk = ModelDesk(Seat("v1", published))
    desk.on_fault(lambda version, error: faults.append((version, str(error))))
    desk.seat(Seats(Seat("v1", published), Seat("v2", canary), 0.5))
    assert [funnel.version for funnel in desk.rank(visits(20), NOW)] == ["v1"] * 20
    assert faults == [("v2", "a model that nobody foresaw")]
    assert desk.seats.canary is None
    desk.rank(visits(20), NOW)
    assert len(canary.batches) == 1
