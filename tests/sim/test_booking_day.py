"""Whatever is lost, repeated or out of reach: a booking told is known in the end, and is checked in to once (K-01)."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from contracts.bookings import BookingState
from tests.sim.booking_day import TODAY, booking_day
from tests.virtual_time import run_virtually

SEEDS = range(12)
ENDED_WITH_A_TICKET = {BookingState.ARRIVED, BookingState.SERVED}

pytestmark = pytest.mark.req("K-01", "K-05")


@pytest.mark.parametrize("seed", SEEDS)
def test_a_booking_told_is_known_in_the_end_and_checked_in_to_once(seed: int, tmp_path: Path) -> None:
    async def scene() -> Counter[str]:
        async with booking_day(seed, tmp_path) as day:
            await day.play()
            await day.settle()
            bookings, tickets = day.bookings(), day.tickets()
            truth = {f"{one.day}/{one.reference}": one.visit for one in bookings}
            for stand in day.stands:
                assert stand.known(day.references) == truth, f"{stand.name} holds others than the hub"
                assert stand.agent.waiting == 0, "a number didn't reach the hub"
            assert len(tickets) == sum(map(len, day.checked.values())), "as many numbers as were given"
            with_booking = Counter(ticket.booking for ticket in tickets if ticket.booking is not None)
            for one in bookings:
                if one.state in ENDED_WITH_A_TICKET:
                    assert one.ticket in {ticket.id for ticket in tickets if ticket.booking == one.reference}
                    assert day.checked[one.reference], "nobody came, and somebody is here"
                elif one.state is BookingState.BOOKED:
                    assert one.ticket is None
            today = {one.reference: one for one in bookings if one.day == TODAY}
            assert with_booking, "nobody was ever checked in"
            for reference, count in with_booking.items():  # nobody is served in this play: who is here stays
                assert (count, today[reference].state) == (1, BookingState.ARRIVED)
            for ticket in tickets:
                assert ticket.booked == (ticket.booking is not None) == (ticket.appointment is not None)
            return day.counts

    counts = run_virtually(scene)
    assert counts["online"] + counts["offline"] > 0
    assert counts["check-in: checked-in"] > 0, "who came again was told so"
