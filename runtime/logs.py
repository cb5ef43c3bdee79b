"""Logs: key=value on stderr, one line an event, UTC. Never names, transcripts, card numbers."""

import logging
import sys
import time
from typing import TextIO


class KeyValueFormatter(logging.Formatter):
    """``2026-11-21T09:00:00.123Z level=info logger=hub.visits event…``"""

    def __init__(self) -> None:
        super().__init__("%(asctime)s.%(msecs)03dZ level=%(lower)s logger=%(name)s %(message)s", "%Y-%m-%dT%H:%M:%S")
        self.converter = time.gmtime

    def format(self, record: logging.LogRecord) -> str:
        record.lower = record.levelname.lower()
        return super().format(record).replace("\n", "\\n") if not record.exc_info else super().format(record)


def start_logging(level: str = "info", stream: TextIO | None = None) -> None:
    """Log to ``stream`` (stderr by default) from ``level`` on; replaces what was set up before."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(KeyValueFormatter())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
