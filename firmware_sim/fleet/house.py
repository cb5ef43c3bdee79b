"""The processes of a branch: hub with its broker, kiosk, wearables; started by module name, told by lines of JSON."""

import asyncio
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import msgspec

from firmware_sim.errors import DemoError
from runtime.supervision import Child

READY_TIMEOUT_S = 60.0


class HubReady(msgspec.Struct, frozen=True, kw_only=True):
    """What the hub prints when it serves."""

    event: str
    broker: str
    http: str
    token: str
    model: str
    models_key: str


class AgentProcess:
    """A child that takes commands on stdin and says events on stdout."""

    def __init__(self, child: Child) -> None:
        self.child = child

    async def tell(self, command: dict[str, object]) -> None:
        """One command; raises ``DemoError`` when the process is gone."""
        stdin = self.child.process.stdin
        if stdin is None or self.child.process.returncode is not None:
            raise DemoError(f"{self.child.name} has ended with code {self.child.process.returncode}")
        stdin.write(msgspec.json.encode(command) + b"\n")
        try:
            await stdin.drain()
        except ConnectionError as error:
            raise DemoError(f"{self.child.name} has ended: {error}") from error


class House:
    """Starts and stops the processes of one demo; their logs are in its folder."""

    def __init__(self, folder: Path, environment: Mapping[str, str] | None = None) -> None:
        """``environment`` is the processes', without it this process's own."""
        self.folder = folder
        self._children: list[Child] = []
        self._environment = dict(os.environ if environment is None else environment, PYTHONUNBUFFERED="1")

    async def start_hub(self, arguments: Sequence[str]) -> HubReady:
        """Start the hub and wait until it serves."""
        ready: asyncio.Future[HubReady] = asyncio.get_running_loop().create_future()

        def on_line(line: bytes) -> None:
            if not ready.done():
                ready.set_result(msgspec.json.decode(line, type=HubReady))

        child = await self._start("hub", "hub", arguments, on_line)
        ended = asyncio.ensure_future(child.process.wait())
        waits: set[asyncio.Future[int] | asyncio.Future[HubReady]] = {ready, ended}
        await asyncio.wait(waits, timeout=READY_TIMEOUT_S, return_when=asyncio.FIRST_COMPLETED)
        ended.cancel()
        if not ready.done():
            raise DemoError(f"the hub did not get ready: see {self._log('hub')}")
        return ready.result()

    async def start_agent(
        self, name: str, module: str, arguments: Sequence[str], on_line: Callable[[bytes], None]
    ) -> AgentProcess:
        """Start an agent that is told by stdin."""
        return AgentProcess(await self._start(name, module, [*arguments, "--script", "-", "--events"], on_line))

    async def stop(self) -> None:
        """Stop all, agents first."""
        for child in reversed(self._children):
            await child.stop()
        self._children.clear()

    async def stop_one(self, name: str) -> None:
        """Stop the process of this name."""
        child = next(child for child in self._children if child.name == name)
        self._children.remove(child)
        await child.stop()

    def ended(self) -> list[str]:
        """Which processes have ended by themselves, and where their logs are."""
        return [
            f"{child.name} (code {child.process.returncode}, {self._log(child.name)})"
            for child in self._children
            if child.process.returncode is not None
        ]

    async def _start(self, name: str, module: str, arguments: Sequence[str], on_line: Callable[[bytes], None]) -> Child:
        child = await Child.start(
            name, module, arguments, on_line=on_line, stderr=self._log(name), environment=self._environment
        )
        self._children.append(child)
        return child

    def _log(self, name: str) -> Path:
        return self.folder / f"{name}.log"
