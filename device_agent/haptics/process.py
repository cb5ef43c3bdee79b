"""One program at a time, for channels whose engine is a program of the machine."""

import asyncio
import logging
from collections.abc import Sequence

log = logging.getLogger(__name__)

LONGEST_S = 120.0


class OneProcess:
    """Runs one program at a time: a new start, or ``stop``, kills the one before."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._process: asyncio.subprocess.Process | None = None
        self._runs: set[asyncio.Task[None]] = set()
        self._latest = 0

    @property
    def busy(self) -> bool:
        """Whether a program runs or is being started."""
        return bool(self._runs)

    def start(self, command: Sequence[str], text: str = "") -> None:
        """Run it with ``text`` on its standard input; returns at once. A failure is logged."""
        self.stop()
        run = asyncio.get_running_loop().create_task(self._run(self._latest, command, text), name=self._name)
        self._runs.add(run)
        run.add_done_callback(self._runs.discard)

    def stop(self) -> None:
        """Kill what runs."""
        self._latest += 1
        if self._process is not None:
            _kill(self._process)

    async def close(self) -> None:
        """Kill what runs, and wait for its end."""
        self.stop()
        await asyncio.gather(*self._runs, return_exceptions=True)

    async def _run(self, mine: int, command: Sequence[str], text: str) -> None:
        pipe, nowhere = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
        if mine != self._latest:
            return
        try:
            process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=nowhere, stderr=pipe)
        except OSError as error:
            log.warning("%s_failed program=%s why=%r", self._name, command[0], str(error))
            return
        try:
            if mine != self._latest:  # stopped while it was being started
                return
            self._process = process
            async with asyncio.timeout(LONGEST_S):
                _, complaint = await process.communicate(text.encode())
            if process.returncode and mine == self._latest:
                why = complaint.decode(errors="replace").strip()[:200]
                log.warning("%s_failed program=%s code=%s why=%r", self._name, command[0], process.returncode, why)
        except TimeoutError:
            log.warning("%s_failed program=%s why='still running after %g s'", self._name, command[0], LONGEST_S)
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
