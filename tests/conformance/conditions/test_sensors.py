"""One suite for all sensors: the machine's own over files that a test writes, and the scripted ones."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import pytest

from device_agent.conditions import MachineSensors, Scripted, Sensors
from device_agent.conditions.battery import KernelBattery
from device_agent.core.conditions import Conditions, Storage, Update, Wrist
from tests.unit.device_agent.test_conditions import certificate
from tests.virtual_time import pass_time, run_virtually, until

ENDS = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)
SOON_S = 61.0
PLENTY = 10**10


class Stand(Protocol):
    """A device whose battery, disk and certificate the test sets."""

    sensors: Sensors

    def battery(self, percent: int, *, charging: bool) -> None: ...

    def free(self, free_bytes: int) -> None: ...

    def certificate(self, ends: datetime) -> None: ...


class MachineStand:
    def __init__(self, folder: Path) -> None:
        self._supply = folder / "supplies" / "BAT0"
        self._supply.mkdir(parents=True)
        (self._supply / "type").write_text("Battery\n")
        self._certificate = folder / "client.pem"
        self._certificate.write_bytes(certificate(datetime(2026, 12, 1, tzinfo=UTC)))
        self._free = PLENTY
        self.sensors: Sensors = MachineSensors(
            folder=folder,
            certificate=self._certificate,
            battery=KernelBattery(folder / "supplies"),
            free=lambda _: self._free,
        )

    def battery(self, percent: int, *, charging: bool) -> None:
        (self._supply / "capacity").write_text(f"{percent}\n")
        (self._supply / "status").write_text("Charging\n" if charging else "Discharging\n")

    def free(self, free_bytes: int) -> None:
        self._free = free_bytes

    def certificate(self, ends: datetime) -> None:
        self._certificate.write_bytes(certificate(ends))
        os.utime(self._certificate, ns=(1, 1))


class ScriptedStand:
    def __init__(self, folder: Path) -> None:
        del folder
        scripted = Scripted()
        self.sensors: Sensors = scripted
        self.battery = scripted.battery
        self.free = scripted.free
        self.certificate = scripted.certificate


@pytest.fixture(params=[MachineStand, ScriptedStand])
def stand(request: pytest.FixtureRequest, tmp_path: Path) -> Stand:
    stand: Stand = request.param(tmp_path)
    return stand


class Ear:
    """Hears what the sensors tell, and checks that the value is there already."""

    def __init__(self, sensors: Sensors) -> None:
        self.heard: list[Conditions] = []
        self._sensors = sensors
        sensors.listen(self._hear)

    def _hear(self, conditions: Conditions) -> None:
        assert self._sensors.conditions == conditions
        self.heard.append(conditions)


def running(stand: Stand, story: Callable[[Ear], Awaitable[None]]) -> Ear:
    """The story while the sensors run, from the first minute on."""
    ear = Ear(stand.sensors)

    async def main() -> None:
        task = asyncio.create_task(stand.sensors.run())
        await pass_time(SOON_S)
        ear.heard.clear()
        await story(ear)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    run_virtually(main)
    return ear


def test_before_anything_happened(stand: Stand) -> None:
    conditions = stand.sensors.conditions
    assert (conditions.storage, conditions.wrist, conditions.update) == (Storage.OK, Wrist.UP, None)


def test_the_battery_is_told_when_it_changes(stand: Stand) -> None:
    async def story(ear: Ear) -> None:
        for percent, charging in ((80, False), (79, False), (79, True)):
            stand.battery(percent, charging=charging)
            await until(
                lambda percent=percent, charging=charging: (  # type: ignore[misc]
                    (stand.sensors.conditions.battery_percent, stand.sensors.conditions.charging) == (percent, charging)
                ),
                within_s=SOON_S,
                every_s=1,
            )

    ear = running(stand, story)
    assert [(told.battery_percent, told.charging) for told in ear.heard] == [(80, False), (79, False), (79, True)]


def test_nothing_changes_and_nothing_is_told(stand: Stand) -> None:
    async def story(ear: Ear) -> None:
        stand.battery(50, charging=False)
        await pass_time(SOON_S)
        ear.heard.clear()
        stand.sensors.wrist(Wrist.UP)
        stand.sensors.updating(None)
        stand.sensors.disk_took()
        await pass_time(8 * 3600)

    assert running(stand, story).heard == []


def test_the_disk_fills_and_empties(stand: Stand) -> None:
    async def story(ear: Ear) -> None:
        for free in (150_000_000, 10_000_000, PLENTY):
            stand.free(free)
            await pass_time(SOON_S)

    assert [told.storage for told in running(stand, story).heard] == [Storage.LOW, Storage.FULL, Storage.OK]


def test_a_refused_write_is_a_full_disk_until_one_succeeds_whatever_the_disk_says(stand: Stand) -> None:
    async def story(ear: Ear) -> None:
        stand.sensors.disk_refused()
        assert stand.sensors.conditions.storage is Storage.FULL
        stand.free(150_000_000)
        await pass_time(SOON_S)
        assert stand.sensors.conditions.storage is Storage.FULL
        stand.sensors.disk_took()

    assert [told.storage for told in running(stand, story).heard] == [Storage.FULL, Storage.LOW]


def test_a_certificate_is_renewed(stand: Stand) -> None:
    async def story(ear: Ear) -> None:
        stand.certificate(ENDS)
        await pass_time(SOON_S)

    assert [told.certificate_ends for told in running(stand, story).heard] == [ENDS]


def test_wrist_and_update_are_told_at_once_running_or_not(stand: Stand) -> None:
    ear = Ear(stand.sensors)
    update = Update(version="1.2.0", share=0.4)
    for wrist in (Wrist.DOWN, Wrist.OFF, Wrist.UP):
        stand.sensors.wrist(wrist)
    stand.sensors.updating(update)
    stand.sensors.updating(None)
    assert [told.wrist for told in ear.heard] == [Wrist.DOWN, Wrist.OFF, Wrist.UP, Wrist.UP, Wrist.UP]
    assert [told.update for told in ear.heard] == [None, None, None, update, None]


def test_what_was_told_stays_while_the_rest_is_read(stand: Stand) -> None:
    async def story(ear: Ear) -> None:
        stand.sensors.wrist(Wrist.DOWN)
        stand.battery(12, charging=False)
        await pass_time(SOON_S)

    last = running(stand, story).heard[-1]
    assert (last.wrist, last.battery_percent) == (Wrist.DOWN, 12)
