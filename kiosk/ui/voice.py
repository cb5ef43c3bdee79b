"""What reads the screen aloud: espeak-ng as a program of the machine, or nobody."""

import asyncio
import logging
import shutil
from collections.abc import Sequence
from typing import Protocol

from contracts.fields import Language
from kiosk.presenters.guide import LOUDEST, Utterance

log = logging.getLogger(__name__)

VOICES = {Language.EN: "en", Language.ZH: "cmn", Language.KO: "ko"}

WORDS_A_MINUTE = 150
"""A little slower than espeak-ng's own 175: what is heard once, standing in a hall, must be understood."""

AMPLITUDE = 200
"""espeak-ng's loudest."""

LONGEST_S = 60.0


class Voice(Protocol):
    """Says one utterance at a time; a new one cuts off the one before."""

    def say(self, what: Utterance, volume: int) -> None:
        """Begin to say it; ``volume`` 1 to ``LOUDEST``. Returns at once."""
        ...

    def stop(self) -> None:
        """Fall silent."""
        ...

    async def close(self) -> None:
        """Fall silent, and wait until nothing runs."""
        ...


class SilentVoice:
    """Nobody: for a machine without a voice, and for pictures."""

    def say(self, what: Utterance, volume: int) -> None:
        """Nothing is heard."""

    def stop(self) -> None:
        """Nothing was heard."""

    async def close(self) -> None:
        """Nothing runs."""


class EspeakVoice:
    """espeak-ng (https://github.com/espeak-ng/espeak-ng), one process for each part of an utterance.

    ``arguments`` are added to the program's, such as ``("-w", "file.wav")`` for a machine without a sound card.
    """

    def __init__(self, program: str, arguments: Sequence[str] = ()) -> None:
        self._program = program
        self._arguments = tuple(arguments)
        self._running: set[asyncio.Task[None]] = set()

    def say(self, what: Utterance, volume: int) -> None:
        self.stop()
        task = asyncio.get_running_loop().create_task(self._say(what, volume), name="kiosk voice")
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    def stop(self) -> None:
        for task in self._running:
            task.cancel()

    async def finished(self) -> None:
        """Until all was said that there is to say."""
        await asyncio.gather(*self._running, return_exceptions=True)

    async def close(self) -> None:
        self.stop()
        await self.finished()

    async def _say(self, what: Utterance, volume: int) -> None:
        amplitude = str(round(AMPLITUDE * volume / LOUDEST))
        for language, text in what:
            command = (self._program, "-v", VOICES[language], "-a", amplitude, "-s", str(WORDS_A_MINUTE), "--stdin")
            await self._run((*command, *self._arguments), text)

    async def _run(self, command: Sequence[str], text: str) -> None:
        # By standard input: what is said is then not in the machine's list of processes.
        pipe, nowhere = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
        try:
            process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=nowhere, stderr=nowhere)
        except OSError as error:
            log.warning("voice_failed program=%s why=%r", command[0], str(error))
            return
        try:
            async with asyncio.timeout(LONGEST_S):
                await process.communicate(text.encode())
            if process.returncode:
                log.warning("voice_failed program=%s code=%s", command[0], process.returncode)
        except TimeoutError:
            log.warning("voice_failed program=%s why='still speaking after %g s'", command[0], LONGEST_S)
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()


def open_voice(program: str = "espeak-ng") -> EspeakVoice | None:
    """The machine's voice; null, and a line in the log, where there is none."""
    found = shutil.which(program)
    if found is None:
        log.warning("voice_off why='no program %s on PATH: install the package espeak-ng'", program)
        return None
    return EspeakVoice(found)
