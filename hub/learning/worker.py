"""The process in which candidates are made: one errand from stdin, its answer on stdout. Started by the hub."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import msgspec

from hub.learning.ports import Made
from hub.learning.workshop import Answer, Errand, make_candidate, replay_log
from models.errors import ModelsError
from runtime.logs import start_logging

NICENESS = 10
"""Tickets come first."""


def main() -> int:
    """Do one errand."""
    start_logging("info")
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    errand = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=Errand)
    sys.stdout.buffer.write(msgspec.msgpack.encode(_do(errand)))
    return 0


def _do(errand: Errand) -> Answer:
    shipped = Path(errand.shipped)
    try:
        if errand.job is None:
            return Answer(digest=replay_log(shipped, errand.replay))
        made = make_candidate(errand.job, Path(errand.folder), shipped)
        return Answer(made=made) if isinstance(made, Made) else Answer(fruitless=made)
    except ModelsError as error:
        return Answer(fault=str(error))


if __name__ == "__main__":
    sys.exit(main())
