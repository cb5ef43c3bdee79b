"""The machine's own sensors: batteries as Linux and Android tell them, certificates, a disk that can't be asked."""

from __future__ import annotations

import importlib
import logging
import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding

from device_agent.conditions import MachineSensors
from device_agent.conditions.battery import Battery, KernelBattery, PlyerBattery, find_battery
from device_agent.conditions.certificate import CertificateEnd
from device_agent.core.conditions import Conditions, Storage, storage

ENDS = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)


def supply(folder: Path, name: str, **attributes: str) -> None:
    """A power supply as the kernel shows it."""
    place = folder / name
    place.mkdir(parents=True, exist_ok=True)
    for attribute, value in attributes.items():
        (place / attribute).write_text(value + "\n")


def certificate(ends: datetime) -> bytes:
    """A self-signed certificate, PEM."""
    key = ed25519.Ed25519PrivateKey.generate()
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "watch-1")])
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(ends - timedelta(days=90))
        .not_valid_after(ends)
    )
    return built.sign(key, None).public_bytes(Encoding.PEM)


@pytest.mark.parametrize(
    ("status", "charging"), [("Charging", True), ("Full", True), ("Discharging", False), ("Not charging", False)]
)
def test_the_battery_of_the_system(tmp_path: Path, status: str, charging: bool) -> None:
    supply(tmp_path, "AC", type="Mains", online="1")
    supply(tmp_path, "BAT0", type="Battery", capacity="57", status=status)
    assert KernelBattery(tmp_path)() == Battery(57, charging)


def test_the_battery_of_a_mouse_is_not_ours(tmp_path: Path) -> None:
    supply(tmp_path, "A-mouse", type="Battery", scope="Device", capacity="3", status="Discharging")
    assert KernelBattery(tmp_path)() is None
    supply(tmp_path, "B-system", type="Battery", scope="System", capacity="80", status="Discharging")
    assert KernelBattery(tmp_path)() == Battery(80, False)


def test_a_gauge_that_tells_nothing_or_too_much(tmp_path: Path) -> None:
    supply(tmp_path, "BAT0", type="Battery", status="Unknown")
    supply(tmp_path, "BAT1", type="Battery", capacity="", status="Unknown")
    supply(tmp_path, "BAT2", type="Battery", capacity="102")
    assert KernelBattery(tmp_path)() == Battery(100, False)


def test_a_machine_without_batteries(tmp_path: Path) -> None:
    assert KernelBattery(tmp_path)() is None
    assert KernelBattery(tmp_path / "none")() is None


@pytest.fixture
def android(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A machine that says that it is Android, with a plyer whose status is the text of the returned file."""
    (tmp_path / "plyer.py").write_text(
        "import json, pathlib\n"
        "class _Battery:\n"
        "    @property\n"
        "    def status(self):\n"
        "        return json.loads(pathlib.Path(__file__).with_name('status.json').read_text())\n"
        "battery = _Battery()\n"
    )
    monkeypatch.setenv("ANDROID_ARGUMENT", "app")
    monkeypatch.syspath_prepend(tmp_path)
    importlib.invalidate_caches()
    yield tmp_path / "status.json"
    sys.modules.pop("plyer", None)


@pytest.mark.parametrize(
    ("status", "battery"),
    [
        ('{"percentage": 41.6, "isCharging": true}', Battery(42, True)),
        ('{"percentage": 15, "isCharging": null}', Battery(15, False)),
        ('{"percentage": 140, "isCharging": false}', Battery(100, False)),
        ('{"percentage": null, "isCharging": null}', None),
        ('{"percentage": "much", "isCharging": false}', None),
    ],
)
def test_the_battery_as_android_tells_it(android: Path, status: str, battery: Battery | None) -> None:
    android.write_text(status)
    assert find_battery()() == battery


def test_an_android_without_plyer_says_so_once(caplog: pytest.LogCaptureFixture) -> None:
    assert importlib.util.find_spec("plyer") is None, "this machine has plyer: test with another name"
    read = PlyerBattery()
    assert (read(), read()) == (None, None)
    assert [record.message.split()[0] for record in caplog.records] == ["battery_unread"]


def test_elsewhere_the_kernel_is_asked() -> None:
    assert "ANDROID_ARGUMENT" not in os.environ
    assert isinstance(find_battery(), KernelBattery)


def test_the_end_of_a_certificate_and_of_its_successor(tmp_path: Path) -> None:
    path = tmp_path / "client.pem"
    path.write_bytes(certificate(ENDS))
    ends = CertificateEnd(path)
    assert ends.read() == ENDS
    path.write_bytes(certificate(ENDS + timedelta(days=365)))
    os.utime(path, ns=(1, 1))
    assert ends.read() == ENDS + timedelta(days=365)


def test_a_chain_ends_with_the_first_of_it(tmp_path: Path) -> None:
    path = tmp_path / "client.pem"
    path.write_bytes(certificate(ENDS + timedelta(days=30)) + certificate(ENDS))
    assert CertificateEnd(path).read() == ENDS


def test_a_certificate_that_is_none_is_told_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "client.pem"
    ends = CertificateEnd(path)
    assert (ends.read(), ends.read()) == (None, None)
    path.write_bytes(b"-----BEGIN NONSENSE-----\n")
    assert (ends.read(), ends.read()) == (None, None)
    assert [record.levelno for record in caplog.records] == [logging.WARNING] * 2
    path.write_bytes(certificate(ENDS))
    os.utime(path, ns=(1, 1))
    assert ends.read() == ENDS


@pytest.mark.parametrize(
    ("free", "room"),
    [
        (19_999_999, Storage.FULL),
        (20_000_000, Storage.LOW),
        (199_999_999, Storage.LOW),
        (200_000_000, Storage.OK),
    ],
)
def test_how_much_room_is_enough(free: int, room: Storage) -> None:
    assert storage(free) is room


def test_a_disk_that_cannot_be_asked_is_told_once_and_taken_as_it_was(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "store"
    folder.mkdir()
    room = [19_000_000]

    def free(path: Path) -> int:
        if not path.exists():
            raise FileNotFoundError(2, "No such file or directory")
        return room[0]

    sensors = MachineSensors(folder=folder, battery=lambda: None, free=free)
    folder.rmdir()
    sensors.look()
    sensors.look()
    assert sensors.conditions == Conditions(storage=Storage.FULL)
    assert len(caplog.records) == 1
    folder.mkdir()
    room[0] = 10**9
    sensors.look()
    assert sensors.conditions == Conditions()


def test_this_very_machine_can_be_read(tmp_path: Path) -> None:
    conditions = MachineSensors(folder=tmp_path).conditions
    percent = conditions.battery_percent
    assert percent is None or 0 <= percent <= 100
    assert conditions.certificate_ends is None


@pytest.mark.parametrize(
    ("percent", "charging", "low"), [(16, False, False), (15, False, True), (3, True, False), (None, False, False)]
)
def test_when_the_advisor_is_told_of_the_battery(percent: int | None, charging: bool, low: bool) -> None:
    assert Conditions(battery_percent=percent, charging=charging).battery_low is low
