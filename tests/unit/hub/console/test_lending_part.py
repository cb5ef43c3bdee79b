"""The counter page's forms about bands, and which bands it shows where."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest

from contracts.fields import DeviceKind, Language
from contracts.lending import LentStage
from hub.console.lending_part import Lend, bands_of, lend_of
from hub.lobby import BandCard, Board, Lending

NINE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
EMPTY = Board(
    branch="main",
    title="Main Street",
    time_zone="UTC",
    day=NINE.date(),
    version=1,
    at=NINE,
    closes=None,
    counters=(),
    line=(),
    aside=(),
    calls=(),
    classes={},
    nexts={},
    served=0,
    left=0,
    median_wait_s=None,
    alerts=(),
)


def card(device: str, *, in_reach: bool = True, stage: LentStage | None = None) -> BandCard:
    lending = Lending(
        id=f"lending-{device}",
        device=device,
        branch="main",
        ticket=f"ticket-{device}",
        number="A001",
        language=Language.EN,
        since=NINE,
    )
    kind = DeviceKind.BAND
    return BandCard(device=device, kind=kind, in_reach=in_reach, lending=lending if stage else None, stage=stage)


@pytest.mark.parametrize(
    ("do", "asked"),
    [
        ("lend t-1 band-1", Lend("band-1", "t-1")),
        ("return band-1", Lend("band-1")),
        ("lend t-1", None),
        ("lend  band-1", None),
        ("return ", None),
        ("return band-1 band-2", None),
        ("call", None),
        ("", None),
    ],
)
def test_a_form_lends_takes_back_or_is_none(do: str, asked: Lend | None) -> None:
    assert lend_of({"do": do}) == asked


def test_who_is_through_is_asked_first_and_what_is_out_of_reach_is_not_offered() -> None:
    board = msgspec.structs.replace(
        EMPTY,
        bands=(
            card("band-1", stage=LentStage.WAITING),
            card("band-2", stage=LentStage.OVER, in_reach=False),
            card("band-3"),
            card("band-4", in_reach=False),
        ),
    )
    bands = bands_of(board)
    assert [one.device for one in bands.lent] == ["band-2", "band-1"]
    assert [one.device for one in bands.free] == ["band-3"]
    assert [one.device for one in bands.away] == ["band-4"]
    assert bands.of["ticket-band-1"].device == "band-1"
    assert bands.any
    assert not bands_of(EMPTY).any
