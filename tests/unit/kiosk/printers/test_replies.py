"""What the bits of a printer's answers mean (K-03; Epson's command reference)."""

from __future__ import annotations

import pytest

from kiosk.printers import replies
from kiosk.printers.ports import WHAT_TO_DO, Paper, Trouble

pytestmark = pytest.mark.req("K-03")


@pytest.mark.parametrize(
    ("offline", "error", "paper", "trouble"),
    [
        (0x16, 0x12, Paper.OK, Trouble.COVER_OPEN),
        (0x36, 0x12, Paper.OUT, Trouble.COVER_OPEN),
        (0x32, 0x12, Paper.OK, Trouble.PAPER_OUT),
        (0x12, 0x12, Paper.OUT, Trouble.PAPER_OUT),
        (0x52, 0x1A, Paper.OK, Trouble.CUTTER),
        (0x52, 0x32, Paper.OK, Trouble.FAULT),
        (0x52, 0x52, Paper.OK, Trouble.FAULT),
        (0x52, 0x12, Paper.OK, Trouble.FAULT),
        (0x1A, 0x12, Paper.OK, Trouble.OFFLINE),
    ],
)
def test_why_it_is_offline(offline: int, error: int, paper: Paper, trouble: Trouble) -> None:
    assert replies.trouble_of(offline, error, paper) is trouble


def test_paper() -> None:
    assert [replies.paper_of(code) for code in (0x12, 0x1E, 0x72, 0x7E)] == [
        Paper.OK,
        Paper.NEAR_END,
        Paper.OUT,
        Paper.OUT,
    ]
    assert [replies.paper_when_drained(code) for code in (0, 3, 0x0C, 0x0F)] == [
        Paper.OK,
        Paper.NEAR_END,
        Paper.OUT,
        Paper.OUT,
    ]


def test_answers_are_told_apart() -> None:
    statuses = {code for code in range(256) if replies.is_status(code)}
    drained = {code for code in range(256) if replies.is_drained(code)}
    assert {0x12, 0x1A, 0x7E} <= statuses
    assert {0x00, 0x03, 0x0C} <= drained
    assert not statuses & drained


def test_there_is_advice_for_every_trouble() -> None:
    assert set(WHAT_TO_DO) == set(Trouble)
    assert replies.answer_printed(12_345) == b"\x37\x222345\x00"
