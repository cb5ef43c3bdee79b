"""A booking told is known in the end: hub and kiosk over a line that loses, repeats and reorders (K-01, K-05)."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.bookings import BookedVisit, BookingsMark, BookingsTold, BookingsWanted
from contracts.lobby import LobbyTold
from hub.lobby.bookings.service import TakenIn
from kiosk.bookings import Bookings
from kiosk.core.checking_in import Held
from runtime.agent.mailbox import Mailbox
from tests.integration.hub.test_bookings import give, named
from tests.unit.hub.rig import NINE, Rig

pytestmark = pytest.mark.req("K-01", "K-05")
TODAY = NINE.date()
TOMORROW = TODAY + timedelta(days=1)
SERVED = ("B-1", "B-2", "B-3", "B-4", "B-5")


@dataclass
class Line:
    """What is under way from the hub to the kiosk."""

    rig: Rig
    kiosk: Bookings
    mailbox: Mailbox
    chance: random.Random
    under_way: list[BookingsTold] = field(default_factory=list)

    def ask(self, *, perfect: bool = False) -> int:
        """The kiosk asks for what it lacks, and the answers set out; returns how many questions it has."""
        self.kiosk.on_message(LobbyTold(at=self.rig.clock.now(), classes=(), bookings=self.marks()))
        wanted: list[BookingsWanted] = self.kiosk._wanted()
        for one in wanted:
            told = self.rig.say("kiosk-main", one)
            parts = [each.message for each in told if isinstance(each.message, BookingsTold)]
            self.under_way += [part for part in parts if perfect or self.chance.random() < 0.6]
            self.under_way += [part for part in parts if not perfect and self.chance.random() < 0.2]
        return len(wanted)

    def arrive(self, *, perfect: bool = False) -> None:
        """Something that is under way arrives; not the oldest first."""
        if not perfect:
            self.chance.shuffle(self.under_way)
            kept = self.under_way[: len(self.under_way) // 3]
        else:
            kept = []
        for part in self.under_way[len(kept) :]:
            self.kiosk.on_message(part)
        self.under_way = kept

    def marks(self) -> tuple[BookingsMark, ...]:
        return self.rig.run(lambda unit: self.rig.hub.lobby.bookings.marks(unit, "main"))[0]

    def held(self) -> dict[str, BookedVisit]:
        found: list[Held] = [held for one in SERVED for held in self.kiosk.find(ref=f"c-{one}")]
        return {f"{held.day}/{held.visit.booking}": held.visit for held in found}

    def truth(self) -> dict[str, BookedVisit]:
        main, service = self.rig.hub.directory.branches["main"], self.rig.hub.lobby.bookings
        rows = self.rig.run(lambda unit: [*service.of_day(unit, main), *service.of_day(unit, main, TOMORROW)])[0]
        return {f"{one.day}/{one.reference}": one.visit for one in rows}


def cancel(rig: Rig, reference: str) -> None:
    rig.run(lambda unit: rig.hub.lobby.bookings.cancel(unit, "main", reference))


@contextmanager
def connected(rig: Rig, folder: Path, seed: int) -> Iterator[Line]:
    with closing(Mailbox.open(folder / f"kiosk-{seed}-{rig.ids.new()}.db")) as mailbox:
        kiosk = Bookings()
        kiosk.keep_in(mailbox, rig.clock.now)
        kiosk.on_link(online=True)
        yield Line(rig, kiosk, mailbox, random.Random(seed))


def test_it_asks_at_once_and_until_it_has_all(rig: Rig, tmp_path: Path) -> None:
    give(rig, *(named(f"B-{number}", NINE + timedelta(minutes=number)) for number in range(1, 6)))
    with connected(rig, tmp_path, 1) as line:
        assert line.ask(perfect=True) == 2, "today and tomorrow, before it knows of any"
        line.arrive(perfect=True)
        assert line.ask(perfect=True) == 0
        assert line.held() == line.truth()
        assert len(line.held()) == 5


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seed=st.integers(0, 10**6),
    steps=st.lists(
        st.one_of(
            st.tuples(st.sampled_from(SERVED), st.integers(0, 1), st.sampled_from(["", "Kim", "Lee"])),
            st.sampled_from(["ask", "arrive", "restart", "cancel B-1", "cancel B-2"]),
        ),
        max_size=30,
    ),
)
def test_whatever_is_lost_it_knows_all_in_the_end(
    rig: Rig, tmp_path: Path, seed: int, steps: list[tuple[str, int, str] | str]
) -> None:
    with connected(rig, tmp_path, seed) as line:
        for step in steps:
            match step:
                case (reference, days, advisor):
                    start = NINE + timedelta(days=int(days), hours=1)
                    assert isinstance(give(rig, named(str(reference), start, advisor=advisor)), TakenIn)
                case "ask":
                    line.ask()
                case "arrive":
                    line.arrive()
                case "restart":
                    line.kiosk = Bookings()
                    line.kiosk.keep_in(line.mailbox, rig.clock.now)
                    line.kiosk.on_link(online=True)
                case str():
                    cancel(rig, step.removeprefix("cancel "))
            rig.clock.advance(0.4)
        line.arrive()
        for _ in range(4):
            line.ask(perfect=True)
            line.arrive(perfect=True)
        assert line.ask(perfect=True) == 0
        assert line.held() == line.truth()


def test_a_hub_that_was_set_back_is_followed(rig: Rig, tmp_path: Path) -> None:
    give(rig, named("B-1", NINE))
    with connected(rig, tmp_path, 3) as line:
        line.ask(perfect=True)
        line.arrive(perfect=True)
        later = line.marks()[0].revision + 5
        line.kiosk.on_message(BookingsTold(day=TODAY, after=0, upto=later, changed=(), early_s=900, grace_s=600))
        for _ in range(3):
            line.ask(perfect=True)
            line.arrive(perfect=True)
        assert line.held() == line.truth()


def test_yesterday_s_are_forgotten_also_without_the_hub(rig: Rig, tmp_path: Path) -> None:
    give(rig, named("B-1", NINE), named("B-2", NINE + timedelta(days=1)))
    with connected(rig, tmp_path, 4) as line:
        line.ask(perfect=True)
        line.arrive(perfect=True)
        assert len(line.held()) == 2
        rig.clock.advance(timedelta(days=1).total_seconds())
        assert [held.visit.booking for one in ("B-1", "B-2") for held in line.kiosk.find(ref=f"c-{one}")] == ["B-2"]
        Bookings().keep_in(line.mailbox, rig.clock.now)
        rows = line.mailbox.database.conn.execute("select booking from booking").fetchall()
        assert rows == [("B-2",)]


def test_an_answer_that_comes_late_or_twice_takes_nothing_back(rig: Rig, tmp_path: Path) -> None:
    give(rig, named("B-1", NINE), named("B-2", NINE))
    with connected(rig, tmp_path, 5) as line:
        line.ask(perfect=True)
        late, line.under_way = line.under_way, []
        rig.clock.advance(60)
        give(rig, named("B-1", NINE, advisor="Kim"))
        line.ask(perfect=True)
        line.arrive(perfect=True)
        newest = line.held()
        assert newest == line.truth()
        for part in (*late, *late):
            line.kiosk.on_message(part)
        assert line.held() == newest
        assert line.ask(perfect=True) == 0
