"""Real processes on the embedded broker: the hub's model comes into use on watch, band and kiosk, or is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.registry import PublicKey, Trust, open_sealed
from models.registry.edge import load_active, open_slots
from tests.peers import free_port
from tests.programs import event, program

FLEET = """
branches = [{ name = "main", title = "Main Street" }]
advisors = [{ name = "ada", branches = ["main"] }]
devices = [
  { name = "watch-ada", kind = "watch", advisor = "ada" },
  { name = "band-ada", kind = "band", advisor = "ada" },
  { name = "kiosk-main", kind = "kiosk", branch = "main" },
]
"""


def wearable(folder: Path, broker: str, kind: str, *more: str) -> tuple[str, ...]:
    return (
        *("--kind", kind, "--device", f"{kind}-ada", "--broker", broker, "--store", str(folder / f"{kind}.sqlite")),
        *("--headless", "--events", "--keepalive", "4", *more),
    )


@pytest.mark.req("W-13", "W-16")
async def test_the_hubs_model_comes_to_every_kind_of_device(tmp_path: Path) -> None:
    (tmp_path / "fleet.toml").write_text(FLEET, encoding="utf-8")
    port = free_port()
    broker = f"mqtt://127.0.0.1:{port}"
    hub_arguments = (
        *("--data", str(tmp_path / "hub"), "--broker-port", str(port), "--http-port", "0"),
        *("--model", "simbank", "--provision", str(tmp_path / "fleet.toml")),
    )
    async with program(tmp_path, "hub", *hub_arguments) as hub:
        key = str((await event(hub, "ready"))["models_key"])
        async with program(tmp_path, "device_agent", *wearable(tmp_path, broker, "watch", "--trust", key)) as watch:
            active = await event(watch, "model_active")
        # It was killed. What it has in use is verified, can rank, and need not be fetched again.
        store = open_slots(tmp_path / "watch.models", [Path(key)]).store
        assert store.active is not None
        assert (store.active.version, store.active.serial) == (active["version"], active["serial"])
        assert load_active(store) is not None
        hubs = open_sealed(tmp_path / "hub" / "models" / store.active.version, Trust([PublicKey.load(Path(key))]))
        assert hubs.signature == store.active.signature
        async with program(tmp_path, "device_agent", *wearable(tmp_path, broker, "watch", "--trust", key)) as watch:
            await event(watch, "online")
            # Whoever wasn't given the hub's key takes nothing of it.
            async with program(tmp_path, "device_agent", *wearable(tmp_path, broker, "band")) as band:
                refused = await event(band, "model_refused", "model_active")
                assert refused["event"] == "model_refused"
                assert PublicKey.load(Path(key)).id in str(refused["why"])
            kiosk_arguments = (
                *("--device", "kiosk-main", "--branch", "main", "--broker", broker, "--script", "-", "--events"),
                *("--store", str(tmp_path / "kiosk.sqlite"), "--keepalive", "4", "--trust", key),
            )
            async with program(tmp_path, "kiosk", *kiosk_arguments) as kiosk:
                assert (await event(kiosk, "model_active"))["version"] == active["version"]
            assert watch.stdin is not None
            watch.terminate()
            said = (await watch.communicate())[0].decode()
            assert "stopped" in said
            assert "model_" not in said, "it fetched again what it had"
