"""Frames in order: whatever is lost, repeated or late, each 20 ms are accounted for once."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hub.hearing.frames import MISSING, FrameOrder, OrderRules, Piece

RULES = OrderRules(reorder=15, patience_s=0.3, conceal=50, held=150)


def frame(number: int) -> bytes:
    return f"f{number}".encode()


def frames(first: int, count: int) -> list[bytes]:
    return [frame(number) for number in range(first, first + count)]


def lengths(pieces: list[Piece]) -> int:
    return sum(len(piece.frames) + piece.skipped for piece in pieces)


def test_frames_in_order_come_out_at_once() -> None:
    order = FrameOrder(RULES)
    assert order.take(0, frames(0, 5), 0.0) == [Piece(tuple(frames(0, 5)))]
    assert order.take(5, frames(5, 5), 0.1) == [Piece(tuple(frames(5, 5)))]
    assert (order.next, order.lost, order.late, order.repeated) == (10, 0, 0, 0)


def test_a_swapped_message_is_waited_for() -> None:
    order = FrameOrder(RULES)
    assert order.take(5, frames(5, 5), 0.0) == []
    assert order.waiting == 5
    assert order.take(0, frames(0, 5), 0.1) == [Piece(tuple(frames(0, 10)))]
    assert order.lost == 0


def test_a_gap_is_concealed_when_enough_later_frames_are_there() -> None:
    order = FrameOrder(RULES)
    pieces = order.take(5, frames(5, 5), 0.0) + order.take(10, frames(10, 5), 0.1)
    assert pieces == []
    pieces = order.take(15, frames(15, 5), 0.1)
    assert pieces == [Piece((MISSING,) * 5), Piece(tuple(frames(5, 15)))]
    assert order.lost == 5


def test_a_gap_is_concealed_when_nobody_would_wait_longer() -> None:
    order = FrameOrder(RULES)
    assert order.take(2, frames(2, 1), 1.0) == []
    assert order.due(1.29) == []
    assert order.due(1.3) == [Piece((MISSING,) * 2), Piece((frame(2),))]


def test_what_comes_after_its_gap_was_concealed_is_dropped() -> None:
    order = FrameOrder(RULES)
    order.take(2, frames(2, 1), 0.0)
    order.due(9.0)
    assert order.take(0, frames(0, 2), 9.1) == []
    assert order.late == 2


def test_a_message_that_comes_twice_is_taken_once() -> None:
    order = FrameOrder(RULES)
    order.take(0, frames(0, 5), 0.0)
    assert order.take(0, frames(0, 5), 0.0) == []
    order.take(7, frames(7, 2), 0.0)
    assert order.take(7, frames(7, 2), 0.0) == []
    assert (order.late, order.repeated) == (5, 2)


def test_of_an_outage_a_second_is_concealed_and_the_rest_passed_over() -> None:
    order = FrameOrder(RULES)
    order.take(0, frames(0, 1), 0.0)
    assert order.take(501, frames(501, 1), 10.0) == [Piece((MISSING,) * 50, 450), Piece((frame(501),))]
    assert order.next == 502


def test_the_end_brings_out_what_waits_and_marks_what_never_came() -> None:
    order = FrameOrder(RULES)
    order.take(0, frames(0, 2), 0.0)
    order.take(4, frames(4, 1), 0.0)
    assert order.end(7) == [Piece((MISSING,) * 2), Piece((frame(4),)), Piece((MISSING,) * 2)]
    assert order.end(7) == []


def test_what_the_sender_left_out_is_passed_over_at_once() -> None:
    order = FrameOrder(RULES)
    order.take(0, frames(0, 5), 0.0, sent=0)
    assert order.take(30, frames(30, 5), 0.1, sent=5) == [Piece((), 25), Piece(tuple(frames(30, 5)))]
    assert (order.next, order.left_out, order.lost) == (35, 25, 0)
    assert order.take(45, frames(45, 5), 0.2, sent=45) == [], "these may still come"
    assert order.take(35, frames(35, 5), 0.2, sent=35) == [Piece(tuple(frames(35, 5)))]
    assert order.take(45, frames(45, 5), 0.2, sent=45) == []
    assert order.repeated == 5


@given(
    st.lists(st.tuples(st.integers(0, 400), st.integers(1, 25), st.floats(0.0, 0.5), st.integers(0, 9)), max_size=60),
    st.integers(0, 500),
)
def test_every_20_ms_come_out_once_and_in_order(messages: list[tuple[int, int, float, int]], end: int) -> None:
    order = FrameOrder(RULES)
    now, position = 0.0, 0
    arrived = {number for first, count, _, _ in messages for number in range(first, first + count)}
    came_out: set[int] = set()

    def look(pieces: list[Piece]) -> None:
        nonlocal position
        for piece in pieces:
            for content in piece.frames:
                assert content in (MISSING, frame(position))
                if content:
                    came_out.add(position)
                position += 1
            position += piece.skipped
        assert position == order.next

    for first, count, waited_s, left_out in messages:
        now += waited_s
        look(order.take(first, frames(first, count), now, sent=max(0, first - left_out)))
        assert order.waiting <= RULES.held
        look(order.due(now))
    look(order.end(end))
    assert order.waiting == 0
    assert position >= end
    assert came_out <= arrived
    assert order.lost + order.left_out == position - len(came_out)
