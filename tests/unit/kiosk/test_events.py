from __future__ import annotations

import io
import json
import os

from kiosk.events import Delivered, JsonLines, TicketIssued, WentOnline


def test_events_are_json_lines() -> None:
    stream = io.BytesIO()
    write = JsonLines(stream)
    write(WentOnline(at_ns=5))
    write(Delivered(at_ns=6, ids=("m-1", "m-2")))
    write(
        TicketIssued(
            at_ns=7,
            number="LK001",
            ticket="t-1",
            message="m-1",
            customer="客户-7",
            request=None,
            trace="00-0-0-01",
            repeated=False,
        )
    )
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert lines[0] == {"event": "online", "at_ns": 5}
    assert lines[1] == {"event": "delivered", "at_ns": 6, "ids": ["m-1", "m-2"]}
    assert lines[2]["event"] == "ticket"
    assert lines[2]["customer"] == "客户-7"


def test_a_reader_that_went_away_does_not_stop_the_kiosk() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb", buffering=0) as stream:
        write = JsonLines(stream)
        write(WentOnline(at_ns=5))
        write(WentOnline(at_ns=6))
    assert stream.closed
