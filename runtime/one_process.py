"""One program at a time, for what is spoken, rung or shown by a program of the machine."""

import asyncio
import logging
from collections.abc import Sequence
from typing import NamedTuple

log = logging.getLogger(__name__)

LONGEST_S = 120.0


class Step(NamedTuple):
    """A program with its arguments, and what it reads on its standard input.

    By standard input, as what is said is then not in the machine's list of processes.
    """

    command: Sequence[str]
    text: str = ""


class OneProcess:
    """Runs one program at a time: a new start, or ``stop``, kills the one before."""

    def __init__(self, name: str, *, longest_s: float = LONGEST_S) -> None:
        """``name``: of what it is for, in the log; ``longest_s``: a program that runs on after that is killed."""
        self._name = name
        self._longest_s = longest_s
        self._process: asyncio.subprocess.Process | None = None
        self._runs: set[asyncio.Task[None]] = set()
        self._latest = 0

    @property
    def busy(self) -> bool:
        """Whether a program runs or is being started."""
        return bool(self._runs)

    def start(self, *steps: Step) -> None:
        """Run them one after the other; returns at once. One that fails is logged, without what it read."""
        self.stop()
        run = asyncio.get_running_loop().create_task(self._run(self._latest, steps), name=self._name)
        self._runs.add(run)
        run.add_done_callback(self._runs.discard)

    def stop(self) -> None:
        """Kill what runs, and begin no further step."""
        self._latest += 1
        if self._process is not None:
            _kill(self._process)

    async def finished(self) -> None:
        """Until nothing runs."""
        await asyncio.gather(*self._runs, return_exceptions=True)

    async def close(self) -> None:
        """Kill what runs, and wait for its end."""
        self.stop()
        await self.finished()

    async def _run(self, mine: int, steps: Sequence[Step]) -> None:
        for step in steps:
            if mine == self._latest:
                await self._step(mine, step)

    async def _step(self, mine: int, step: Step) -> None:
        pipe, nowhere, program = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL, step.command[0]
        try:
            process = await asyncio.create_subprocess_exec(*step.command, stdin=pipe, stdout=nowhere, stderr=pipe)
        except OSError as error:
            log.warning("%s_failed program=%s why=%r", self._name, program, str(error))
            return
        try:
            if mine != self._latest:  # stopped while it was being started
                return
            self._process = process
            async with asyncio.timeout(self._longest_s):
                _, complaint = await process.communicate(step.text.encode())
            if process.returncode and mine == self._latest:
                why = complaint.decode(errors="replace").strip()[:200]
                if step.text and step.text in why:
                    why = "it repeats what it was given"
                log.warning("%s_failed program=%s code=%s why=%r", self._name, program, process.returncode, why)
        except TimeoutError:
            log.warning("%s_failed program=%s why='still running after %g s'", self._name, program, self._longest_s)
        finally:
            if self._process is process:
                self._process = None
            _kill(process)
            await process.wait()


def _kill(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        try:
            process.kill()
        except ProcessLookupError:
            log.debug("process_gone pid=%s", process.pid)
