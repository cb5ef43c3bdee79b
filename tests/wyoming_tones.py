"""The hub's recognising process, for which whatever is loud is speech: tones are none to a real detector."""

from __future__ import annotations

import sys

from hub.hearing.worker import main
from tests.tone_recogniser import Loudness

if __name__ == "__main__":
    sys.exit(main(Loudness))
