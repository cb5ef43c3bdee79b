"""Recordings of people, where no synthesiser speaks a language so that a recogniser understands it (Korean).

Each line of a talk is answered by the next of the recordings, whatever it says: the sound is a person's, the words
aren't the line's. They are a data set (``data/speech``, Apache-2.0), looked for where all data sets are.
"""

from __future__ import annotations

import asyncio
import itertools
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from firmware_sim.errors import DemoError
from firmware_sim.fleet.voices import Voice, cut_silence
from models.datasets.location import data_folders

KOREAN = "speech/fa_*.wav"
"""The Korean recordings, below a data folder."""


def find_recordings(pattern: str = KOREAN) -> tuple[Path, ...]:
    """The recordings of this machine, in order of name; of the first data folder that has any."""
    found = (tuple(sorted(folder.glob(pattern))) for folder in data_folders())
    return next(filter(None, found), ())


class RecordedVoice(Voice):
    """Says the next recording, over and over. ``recordings``: WAV files of 16 bit, one channel; at least one."""

    name = "a recording of a person"
    says_the_line = False

    def __init__(self, recordings: Sequence[Path]) -> None:
        if not recordings:
            raise DemoError("a recorded voice has no recordings: give at least one WAV file")
        self._next: Iterator[Path] = itertools.cycle(recordings)

    async def speak(self, text: str, wav: Path) -> float:
        """As ``Voice``, but for the words."""
        recording = next(self._next)
        try:
            await asyncio.to_thread(shutil.copyfile, recording, wav)
        except OSError as error:
            raise DemoError(f"the recording {recording} can't be read: {error}") from error
        return await asyncio.to_thread(cut_silence, wav)
