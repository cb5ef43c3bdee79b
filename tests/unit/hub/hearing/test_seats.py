"""Seats: never more than there are, none empty while one waits, and no branch kept out by another."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from hub.hearing.seats import Seats


def fill(seats: Seats[str]) -> list[str]:
    seated = []
    while (key := seats.seat_next()) is not None:
        seated.append(key)
    return seated


def test_seats_go_to_those_who_came_first() -> None:
    seats: Seats[str] = Seats(queue_most=5)
    seats.seats = 2
    for key in ("a1", "a2", "a3"):
        assert seats.join(key, "a") is None
    assert fill(seats) == ["a1", "a2"]
    seats.leave("a1")
    assert fill(seats) == ["a3"]
    assert (seats.seated, seats.waiting) == (2, 0)


def test_a_free_seat_goes_to_the_branch_that_has_fewest() -> None:
    seats: Seats[str] = Seats(queue_most=5)
    seats.seats = 2
    for key in ("a1", "a2", "a3"):
        seats.join(key, "a")
    fill(seats)
    seats.join("b1", "b")
    seats.leave("a1")
    assert fill(seats) == ["b1"]


def test_a_greedy_branch_gives_up_its_newest() -> None:
    seats: Seats[str] = Seats(queue_most=5)
    seats.seats = 3
    for key in ("a1", "a2", "a3"):
        seats.join(key, "a")
    fill(seats)
    assert seats.give_way() is None, "nobody waits"
    seats.join("b1", "b")
    assert seats.give_way() == "a3"
    assert seats.give_way() is None, "one leaves already"
    seats.leave("a3")
    assert fill(seats) == ["b1"]
    seats.join("b2", "b")
    assert seats.give_way() is None, "two and one of three is as fair as can be"


def test_a_branch_has_no_more_than_its_limit() -> None:
    seats: Seats[str] = Seats(most_a_branch=1, queue_most=5)
    seats.seats = 3
    for key in ("a1", "a2"):
        seats.join(key, "a")
    seats.join("b1", "b")
    assert fill(seats) == ["a1", "b1"]
    assert seats.give_way() is None
    seats.leave("a1")
    assert fill(seats) == ["a2"]


def test_where_no_more_may_wait_the_branch_that_waits_most_loses_its_newest() -> None:
    seats: Seats[str] = Seats(queue_most=2)
    assert seats.join("a1", "a") is None
    assert seats.join("a2", "a") is None
    assert seats.join("a3", "a") == "a3"
    assert seats.join("b1", "b") == "a2"
    assert seats.waiting == 2


@given(
    st.integers(1, 6),
    st.integers(0, 3),
    st.lists(
        st.tuples(st.sampled_from(["join", "leave", "more", "fewer"]), st.integers(0, 30), st.sampled_from("abc")),
        max_size=80,
    ),
)
def test_whatever_happens_seats_are_shared_fairly(most: int, limit: int, steps: list[tuple[str, int, str]]) -> None:
    seats: Seats[str] = Seats(most_a_branch=limit, queue_most=8)
    seats.seats = most
    seated: dict[str, str] = {}
    waiting: dict[str, str] = {}

    def settle() -> None:
        while True:
            while (key := seats.seat_next()) is not None:
                seated[key] = waiting.pop(key)
            if (key := seats.give_way()) is None:
                return
            del seated[key]
            seats.leave(key)

    for step, number, branch in steps:
        key = f"{branch}{number}"
        match step:
            case "join" if key not in seated and key not in waiting:
                waiting[key] = branch
                turned_away = seats.join(key, branch)
                if turned_away is not None:
                    del waiting[turned_away]
            case "leave":
                seats.leave(key)
                seated.pop(key, None)
                waiting.pop(key, None)
            case "more":
                seats.seats += 1
            case "fewer":
                seats.seats = max(0, seats.seats - 1)
            case _:
                continue
        settle()
        has = Counter(seated.values())
        assert (seats.seated, seats.waiting) == (len(seated), len(waiting))
        if step != "fewer":
            assert all(not limit or count <= limit for count in has.values())
        claims = [of for of in waiting.values() if not limit or has[of] < limit]
        if claims:
            assert len(seated) >= seats.seats, "a seat is empty while one waits"
            assert max(has.values(), default=0) < min(has[of] for of in claims) + 2
