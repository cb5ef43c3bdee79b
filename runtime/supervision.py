"""Running a process: main coroutine until it ends or a signal asks it to stop, and its children by handle."""

import asyncio
import logging
import signal
import sys
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from pathlib import Path

import msgspec

log = logging.getLogger(__name__)

LONGEST_LINE = 1 << 26
"""Bytes of a child's line: a load generator answers with every latency it saw."""


def run_until_signal(main: Callable[[], Coroutine[None, None, int]]) -> int:
    """Run ``main`` to its end and return its exit code; SIGINT and SIGTERM cancel it, which is a clean stop (0)."""

    async def supervised() -> int:
        task = asyncio.ensure_future(main())
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, task.cancel)
        try:
            return await task
        except asyncio.CancelledError:
            log.info("stopped_by_signal")
            return 0

    return asyncio.run(supervised())


class ChildExit(msgspec.Struct, frozen=True, kw_only=True):
    """How a child ended."""

    name: str
    code: int


class Child:
    """One process of ours, started by module name; its stdout comes line by line, its stderr goes to a file."""

    def __init__(self, name: str, process: asyncio.subprocess.Process) -> None:
        self.name = name
        self.process = process

    @classmethod
    async def start(
        cls,
        name: str,
        module: str,
        arguments: Sequence[str],
        *,
        on_line: Callable[[bytes], None],
        stderr: Path,
        environment: dict[str, str] | None = None,
    ) -> "Child":
        """Start ``python -m module arguments``; ``on_line`` gets each line of its stdout."""
        with stderr.open("ab") as log_file:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                module,
                *arguments,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log_file,
                env=environment,
                limit=LONGEST_LINE,
            )
        child = cls(name, process)
        child._reading = asyncio.ensure_future(child._read(on_line))
        return child

    _reading: Awaitable[None]

    async def wait(self) -> ChildExit:
        """Until it has ended and all its output was read."""
        code = await self.process.wait()
        await self._reading
        return ChildExit(name=self.name, code=code)

    async def stop(self, *, patience_s: float = 10.0) -> ChildExit:
        """SIGTERM, and SIGKILL when it takes too long."""
        if self.process.returncode is None:
            self.process.terminate()
            try:
                async with asyncio.timeout(patience_s):
                    await self.process.wait()
            except TimeoutError:
                log.warning("child_killed name=%s patience_s=%.0f", self.name, patience_s)
                self.process.kill()
        return await self.wait()

    async def _read(self, on_line: Callable[[bytes], None]) -> None:
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            on_line(line)
