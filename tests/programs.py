"""Our programs as processes of their own, and what they print."""

from __future__ import annotations

import asyncio
import json
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PATIENCE_S = 120.0


@asynccontextmanager
async def program(folder: Path, module: str, *arguments: str) -> AsyncIterator[Process]:
    """One of our processes, its log in ``folder``; killed at the end if it still runs."""
    with (folder / f"{module}.log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", module, *arguments, stdin=PIPE, stdout=PIPE, stderr=log, cwd=ROOT
        )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def event(process: Process, *names: str) -> dict[str, object]:
    """The next event of one of these names that the process prints."""
    assert process.stdout is not None
    async with asyncio.timeout(PATIENCE_S):
        async for line in process.stdout:
            said: dict[str, object] = json.loads(line)
            if said["event"] in names:
                return said
    raise AssertionError(f"the process ended before {names}")
