"""The voice of a machine that has espeak-ng (https://github.com/espeak-ng/espeak-ng), as a separate program."""

import logging
import shutil
from collections.abc import Sequence

from contracts.fields import Language
from runtime.one_process import OneProcess, Step

log = logging.getLogger(__name__)

VOICES = {Language.EN: "en", Language.ZH: "cmn", Language.KO: "ko"}


class EspeakSpeaker:
    """A :class:`~device_agent.haptics.port.Speaker`. Without the program it says nothing, and logs that once.

    ``arguments`` are added to the program's, such as ``("-w", "file.wav")`` for a machine without a sound card.
    """

    def __init__(self, program: str = "espeak-ng", arguments: Sequence[str] = ()) -> None:
        self._program = shutil.which(program)
        self._arguments = tuple(arguments)
        self._voice = OneProcess("voice")
        if self._program is None:
            log.warning("voice_off why='no program %s on PATH: install the package espeak-ng'", program)

    @property
    def busy(self) -> bool:
        """Whether it is speaking."""
        return self._voice.busy

    def say(self, text: str, language: Language) -> None:
        if self._program is None or not text.strip():
            return
        self._voice.start(Step((self._program, "-v", VOICES[language], "--stdin", *self._arguments), text))

    def stop(self) -> None:
        self._voice.stop()

    async def close(self) -> None:
        """Fall silent and wait for the program's end."""
        await self._voice.close()
