"""What reads the screen aloud: espeak-ng as a program of the machine, or nobody."""

import logging
import shutil
from collections.abc import Sequence
from typing import Protocol

from contracts.fields import Language
from kiosk.presenters.guide import LOUDEST, Utterance
from runtime.one_process import OneProcess, Step

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

    async def finished(self) -> None:
        """Until all was said that there is to say. Not to be cancelled: that would cut off what is being said."""
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

    async def finished(self) -> None:
        """There is nothing to say."""

    async def close(self) -> None:
        """Nothing runs."""


class EspeakVoice:
    """espeak-ng (https://github.com/espeak-ng/espeak-ng), one process for each part of an utterance.

    ``arguments`` are added to the program's, such as ``("-w", "file.wav")`` for a machine without a sound card.
    """

    def __init__(self, program: str, arguments: Sequence[str] = ()) -> None:
        self._program = program
        self._arguments = tuple(arguments)
        self._speech = OneProcess("voice", longest_s=LONGEST_S)

    def say(self, what: Utterance, volume: int) -> None:
        amplitude = str(round(AMPLITUDE * volume / LOUDEST))
        self._speech.start(
            *(
                Step(
                    (
                        *(self._program, "-v", VOICES[language], "-a", amplitude, "-s", str(WORDS_A_MINUTE)),
                        *("--stdin", *self._arguments),
                    ),
                    text,
                )
                for language, text in what
            )
        )

    def stop(self) -> None:
        self._speech.stop()

    async def finished(self) -> None:
        await self._speech.finished()

    async def close(self) -> None:
        await self._speech.close()


def open_voice(program: str = "espeak-ng") -> EspeakVoice | None:
    """The machine's voice; null, and a line in the log, where there is none."""
    found = shutil.which(program)
    if found is None:
        log.warning("voice_off why='no program %s on PATH: install the package espeak-ng'", program)
        return None
    return EspeakVoice(found)
