"""Branch IT hears of a kiosk's troubles, of their end, and of a kiosk that is silent (K-03, K-13)."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from contracts.fields import DeviceKind
from contracts.kiosk_health import KioskReported, NumbersLeft, PartState
from contracts.session import Presence, PresenceChanged
from hub.events import DomainEvent, PartFailed
from hub.fleet import Registry
from hub.kernel import Device
from hub.lobby.kiosks.model import KioskCard
from hub.lobby.kiosks.service import KioskEvent
from hub.storage import UnitOfWork
from tests.integration.hub.http_hub import serving
from tests.unit.hub.rig import Rig

pytestmark = pytest.mark.req("K-03", "K-13")


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    """A hub; how kiosks are is in no database."""
    rig = Rig(f"sqlite:///{tmp_path / 'hub.sqlite'}")
    yield rig
    rig.close()


def says(rig: Rig, **parts: str) -> None:
    states = tuple(PartState(part=name, condition=how, since=rig.clock.now()) for name, how in parts.items())
    left = (NumbersLeft(service_class="A", left=41),)
    rig.accept("kiosk-main", KioskReported(parts=states, undelivered=2, numbers=left))


def live(rig: Rig, seconds: int, **parts: str) -> None:
    """Time passes, and the kiosk says how it is as it does: every minute, and its heartbeat between."""
    for second in range(0, seconds, 5):
        if second % 60 == 0:
            says(rig, **parts)
        elif second % 30 == 0:
            rig.report("kiosk-main")
        rig.tick(5)


def card(rig: Rig, kiosk: str = "kiosk-main", branch: str = "main") -> KioskCard:
    [found] = [one for one in rig.hub.kiosks.of(branch) if one.kiosk == kiosk]
    return found


def news(rig: Rig, branch: str = "main") -> list[tuple[str, str, bool]]:
    return [(one.part, one.condition, one.failed) for one in rig.hub.kiosks.news(0, branch)]


def failing(rig: Rig) -> float:
    return rig.metric("usher_kiosk_part_failing", branch="main", kiosk="kiosk-main", part="printer", which="")


def test_paper_out_is_an_event_and_so_is_its_end(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    live(rig, 60, printer="ready")
    assert card(rig).failing == ()
    since = rig.clock.now()
    live(rig, 30, printer="paper_out")
    [trouble] = card(rig).failing
    assert (trouble.part, trouble.condition, trouble.since) == ("printer", "paper_out", since)
    assert card(rig).numbers == (NumbersLeft(service_class="A", left=41),)
    assert card(rig).undelivered == 2
    assert news(rig) == [("printer", "paper_out", True)]
    assert failing(rig) == 1
    live(rig, 60, printer="ready")
    assert card(rig).failing == ()
    assert news(rig) == [("printer", "paper_out", True), ("printer", "paper_out", False)]
    assert failing(rig) == 0
    assert "kiosk_part_failed kiosk=kiosk-main branch=main part=printer" in caplog.text
    assert "kiosk_part_mended kiosk=kiosk-main branch=main part=printer" in caplog.text
    seqs = [one.seq for one in rig.hub.kiosks.news(0)]
    assert rig.hub.kiosks.news(seqs[0], "main") == [rig.hub.kiosks.news(0)[1]]


def test_what_lasts_is_no_second_event_and_a_part_that_is_no_more_has_no_trouble(rig: Rig) -> None:
    live(rig, 300, printer="cover_open")
    assert news(rig) == [("printer", "cover_open", True)]
    live(rig, 60, reader="ready")
    assert news(rig)[1:] == [("printer", "cover_open", False)]
    assert card(rig).failing == ()


def test_a_kiosk_that_is_lost_is_silent_until_it_comes_back(rig: Rig) -> None:
    live(rig, 60, printer="paper_out")
    last = rig.hub.directory.heard["kiosk-main"]
    rig.say("kiosk-main", PresenceChanged(presence=Presence.LOST), topic="devices/kiosk-main/v1/state")
    for _ in range(4):
        rig.tick(3)
    assert not card(rig).silent
    for _ in range(10):
        rig.tick(3)
    assert card(rig).silent
    [trouble] = card(rig).failing
    assert (trouble.condition, trouble.since) == ("silent", last)
    rig.say("kiosk-main", PresenceChanged(presence=Presence.ONLINE), topic="devices/kiosk-main/v1/state")
    live(rig, 40, printer="paper_out")
    assert not card(rig).silent
    assert [one.part for one in card(rig).failing] == ["printer"]
    assert news(rig)[-1] == ("link", "silent", False)


def test_a_last_will_that_comes_late_makes_no_kiosk_silent_that_is_heard(rig: Rig) -> None:
    live(rig, 30, printer="ready")
    rig.say("kiosk-main", PresenceChanged(presence=Presence.LOST), topic="devices/kiosk-main/v1/state")
    live(rig, 300, printer="ready")
    assert not card(rig).silent
    assert news(rig) == []


def test_a_kiosk_that_says_nothing_and_no_goodbye_is_silent(rig: Rig) -> None:
    live(rig, 30)
    for _ in range(80):
        rig.tick(3)
    assert card(rig).silent
    assert card(rig, "kiosk-river", "river").heard is None
    assert card(rig, "kiosk-river", "river").silent


@pytest.mark.parametrize("hours", [1, 24])
def test_a_clock_that_is_set_back_hides_no_trouble(rig: Rig, hours: int) -> None:
    live(rig, 60, printer="ready", reader="ready")
    says(rig, printer="paper_out", reader="ready")
    rig.tick(3)
    rig.clock.set_back(3600 * hours)
    for _ in range(5):
        rig.tick(3)
    assert news(rig) == [("printer", "paper_out", True)]
    live(rig, 60, printer="ready", reader="fault")
    assert sorted(news(rig)[1:]) == [("printer", "paper_out", False), ("reader", "fault", True)]
    rig.clock.set_back(3600 * hours)
    for _ in range(60):
        rig.tick(3)
    assert card(rig).silent
    assert news(rig)[-1] == ("link", "silent", True)


def test_a_kiosk_that_moves_fails_no_longer_where_it_stood(rig: Rig) -> None:
    live(rig, 30, printer="paper_out")
    assert failing(rig) == 1
    moved = Device(name="kiosk-main", kind=DeviceKind.KIOSK, branch="yard")
    rig.run(lambda unit: rig.hub.fleet.provision(unit, Registry(devices=(moved,))))
    rig.tick(3)
    labels = {"kiosk": "kiosk-main", "part": "printer", "which": ""}
    assert rig.hub.metrics.registry.get_sample_value("usher_kiosk_part_failing", {"branch": "main", **labels}) is None
    assert rig.metric("usher_kiosk_part_failing", branch="yard", **labels) == 1
    live(rig, 60, printer="ready")
    assert rig.metric("usher_kiosk_part_failing", branch="yard", **labels) == 0


def test_an_event_of_a_transaction_that_is_undone_is_told_by_the_next(rig: Rig) -> None:
    failed = []

    def fails_once(_unit: UnitOfWork, events: list[DomainEvent]) -> None:
        failed.append(events)
        if len(failed) == 1:
            raise OSError("the disk is gone for a moment")

    rig.hub.engine._events.listen(PartFailed, fails_once)  # type: ignore[arg-type]
    says(rig, printer="paper_out")
    rig.tick(5)
    with pytest.raises(OSError, match="gone for a moment"):
        rig.tick(6)
    assert news(rig) == []
    assert card(rig).failing == ()
    rig.tick(3)
    assert news(rig) == [("printer", "paper_out", True)]
    assert [one.part for one in card(rig).failing] == ["printer"]


def test_after_a_start_the_hub_knows_again_what_the_kiosk_says_again(rig: Rig, tmp_path: Path) -> None:
    since = rig.clock.now()
    live(rig, 120, printer="paper_out")
    again = Rig(f"sqlite:///{tmp_path / 'other.sqlite'}", clock=rig.clock, run=2)
    try:
        again.accept(
            "kiosk-main", KioskReported(parts=(PartState(part="printer", condition="paper_out", since=since),))
        )
        again.tick(11)
        [trouble] = card(again).failing
        assert trouble.since == since
        assert again.hub.kiosks.news(0)[0].seq > rig.hub.kiosks.news(0)[-1].seq
    finally:
        again.close()


def test_many_names_of_parts_do_not_pile_up(rig: Rig) -> None:
    for number in range(50):
        parts = tuple(
            PartState(part="reader", name=f"r-{number}-{one}", condition="fault", since=rig.clock.now())
            for one in range(40)
        )
        rig.accept("kiosk-main", KioskReported(parts=parts))
        rig.tick(3)
    rig.tick(timedelta(minutes=10).total_seconds())
    says(rig)
    rig.tick(60)
    says(rig)
    assert len(rig.hub.kiosks._parts["kiosk-main"]) <= 2


async def test_branch_it_asks_over_http(rig: Rig) -> None:
    live(rig, 30, printer="paper_out")
    async with serving(rig) as api:
        cards = msgspec.json.decode((await api.call("GET", "/v1/branches/main/kiosks")).body, type=list[KioskCard])
        assert [one.part for one in cards[0].failing] == ["printer"]
        told = msgspec.json.decode((await api.call("GET", "/v1/kiosks/events?branch=main")).body, type=list[KioskEvent])
        assert [one.condition for one in told] == ["paper_out"]
        assert (await api.call("GET", f"/v1/kiosks/events?after={told[-1].seq}")).rows == []
        assert (await api.call("GET", "/v1/branches/nowhere/kiosks")).status == 404
        lobby = (await api.call("GET", "/v1/branches/main/lobby")).json
        assert msgspec.convert(lobby["kiosks"], list[KioskCard]) == cards
