"""Calls as sound for televisions whose browser has no voice: spoken by espeak-ng, where it is installed."""

import asyncio
import logging
import shutil
from collections import OrderedDict

from contracts.fields import Language

log = logging.getLogger(__name__)

VOICES = {Language.EN: "en", Language.ZH: "cmn", Language.KO: "ko"}
WORDS_A_MINUTE = 145
WITHIN_S = 5.0
KEPT = 32


class Voice:
    """Speaks short sentences. ``program``: the path of espeak-ng; null when there is none."""

    def __init__(self, program: str | None) -> None:
        self._program = program
        self._spoken: OrderedDict[tuple[str, Language], bytes] = OrderedDict()
        self._turn = asyncio.Lock()

    @classmethod
    def installed(cls) -> "Voice":
        """The voice of this machine."""
        return cls(shutil.which("espeak-ng"))

    @property
    def there(self) -> bool:
        """Whether it can speak."""
        return self._program is not None

    async def speak(self, text: str, language: Language) -> bytes | None:
        """The sentence as a WAV file; null when it can't be made in time."""
        if self._program is None:
            return None
        async with self._turn:  # several televisions ask for the same call at once
            known = self._spoken.get((text, language))
            if known is None:
                known = await self._made(self._program, text, language)
                if known:
                    self._spoken[text, language] = known
                    if len(self._spoken) > KEPT:
                        self._spoken.popitem(last=False)
        return known or None

    @staticmethod
    async def _made(program: str, text: str, language: Language) -> bytes:
        arguments = ("-v", VOICES[language], "-s", str(WORDS_A_MINUTE), "--stdin", "--stdout")
        try:
            speaker = await asyncio.create_subprocess_exec(
                program,
                *arguments,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
            )
        except OSError as error:
            log.warning("voice_missing program=%s error=%s", program, error)
            return b""
        try:
            sound, _ = await asyncio.wait_for(speaker.communicate(text.encode()), WITHIN_S)
        except TimeoutError:
            log.warning("voice_late program=%s", program)
            return b""
        finally:
            if speaker.returncode is None:
                speaker.kill()
                await speaker.wait()
        return sound
