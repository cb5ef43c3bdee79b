"""A process that reads an ID number three ways, makes references, and then waits to be looked through.

``python -m tests.integration.kiosk.canary_kiosk KEYFILE [keep]``: reads a number a byte at a time from standard input,
by a wedge and by a keypad, tells the reference and ``done``, and ends when its standard input does. With ``keep`` it
holds on to the number as a ``str``, as a program that doesn't care would.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from kiosk.core.id_numbers import National
from kiosk.core.secret import Secret
from kiosk.readers.identifying import Identifier
from kiosk.readers.ports import Read, Reading
from kiosk.readers.settings import WedgeSettings
from kiosk.readers.wedge import WedgeReader
from runtime.clock import SystemClock
from runtime.identity import IdentityKey

LENGTH = 18


def _key() -> str:
    """One character, with no buffer between."""
    return os.read(0, 1).decode("ascii")


async def read(identifier: Identifier, kept: list[str]) -> None:
    """The number by the wedge, then again by the keypad."""
    told: list[Reading] = []
    wedge = WedgeReader(WedgeSettings(gap_s=1.0), identifier, SystemClock())
    wedge.start(told.append)
    for _ in range(LENGTH):
        wedge.key(_key())
    wedge.key("\r")
    keypad = Secret()
    for _ in range(LENGTH):
        keypad.add(ord(_key()))
    if kept:
        kept[0] = bytes(keypad.view()).decode("ascii")
    told.append(identifier.id_number(keypad, National.CN_ID))
    await wedge.stop()
    for reading in told:
        if isinstance(reading, Read):
            print(reading.ref, reading.masked, flush=True)


def main() -> None:
    """Read, tell, wait."""
    identifier = Identifier(
        IdentityKey.open(Path(sys.argv[1]), "bank"), SystemClock(), rules=(National.CN_ID,), region="CN"
    )
    kept = [""] if sys.argv[2:] == ["keep"] else []
    asyncio.run(read(identifier, kept))
    print("done", flush=True)
    os.read(0, 1)
    del kept


if __name__ == "__main__":
    main()
